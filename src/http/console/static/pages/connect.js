// The access key, which is typed in once and stays in the page's memory.

import { field } from "../dialog.js";
import { h, heading, refusal } from "../dom.js";
import { connect } from "../server.js";

/** Asks for an access key; `then` goes on when the server knows it. The shipped key is filled in. */
export function connectPage(page, shipped, region, then) {
  const form = h(
    "form",
    { class: "card" },
    field({ name: "id", label: "Access key id", required: true, value: shipped?.Id ?? "", autocapitalize: "none" }),
    field({ name: "secret", label: "Secret access key", required: true, type: "password", value: shipped?.Secret ?? "" }),
    field({ name: "region", label: "Region", required: true, value: region ?? "us-east-1" }),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "main" }, "Connect")),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    page.notes.replaceChildren();
    try {
      await connect({ id: data.get("id").trim(), secret: data.get("secret"), region: data.get("region").trim() });
    } catch (error) {
      page.notes.replaceChildren(refusal(error));
      return;
    }
    then();
  });
  const told = shipped
    ? "This server takes the shipped key, which everybody knows. It is filled in."
    : "The console signs its requests with an access key of this server, as any SDK does. The key stays in this page's memory: reloading the page forgets it.";
  return { title: "Connect", content: [heading("Connect"), h("p", { class: "soft" }, told), form] };
}
