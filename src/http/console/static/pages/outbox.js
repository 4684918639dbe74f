// The outbox, live: what users were sent, as soon as it is on disk.

import { field } from "../dialog.js";
import { badge, code, facts, h, heading, link, own, section, time } from "../dom.js";

/** The most messages that are shown. */
const SHOWN = 100;

/** How long the server may wait for a message, in seconds. */
const WAIT = 25;

/** The page of the outbox. Its query names a pool or a user, or neither. */
export function outboxPage(page) {
  const { pool, user } = page.query;
  const list = h("div", { class: "messages", role: "log", "aria-label": "Messages", "aria-relevant": "additions" });
  const state = h("p", { class: "soft" }, "Loading …");
  const wanted = { UserPoolId: pool, Username: user };
  let after = 0;
  let wait;
  page.repeat(0, async () => {
    const query = { ...wanted, after, wait };
    const { Messages: messages, LastId: last } = await page.ask("GET", ["outbox"], { query });
    if (page.isOver) return;
    for (const message of messages.slice(-SHOWN)) list.prepend(shown(message));
    while (list.children.length > SHOWN) list.lastElementChild.remove();
    after = last;
    wait = WAIT;
    state.textContent = list.children.length ? "New messages come by themselves, the newest first." : "No message yet. New ones come by themselves.";
  });
  return { title: "Outbox", content: [heading("Outbox"), search(page), section("Messages", [], state, list)] };
}

function search(page) {
  const form = h(
    "form",
    { class: "search", role: "search" },
    field({ name: "pool", label: "User pool id", value: page.query.pool ?? "" }),
    field({ name: "user", label: "Username, email or phone number", value: page.query.user ?? "" }),
    h("button", { type: "submit", class: "main" }, "Show"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    page.turn(Object.fromEntries(new FormData(form)));
  });
  return form;
}

function shown(message) {
  const where = ["pools", message.UserPoolId, "users", message.Username];
  return h(
    "article",
    { class: "card" },
    h(
      "div",
      { class: "head" },
      h("h3", {}, message.Purpose, " ", badge(message.DeliveryMedium)),
      message.Code && h("code", { class: "secret", title: "Code" }, own(message.Code)),
    ),
    facts([
      ["To", own(message.Destination)],
      ["User", link(own(message.Username), where)],
      ["Pool", code(message.UserPoolId)],
      ["Sent", time(message.CreationDate)],
      ["Expires", time(message.ExpirationDate)],
      message.DeliveryStatus && ["Delivery", badge(message.DeliveryStatus)],
      message.LastDeliveryError && ["Error", own(message.LastDeliveryError)],
      message.Subject && ["Subject", own(message.Subject)],
      message.Link && ["Link", code(message.Link)],
    ]),
    h("details", {}, h("summary", {}, "Text"), h("pre", { tabindex: "0" }, own(message.Message))),
  );
}
