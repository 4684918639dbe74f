// The server's clock: what it shows, setting and advancing it, letting it stand still or run.

import { field } from "../dialog.js";
import { badge, button, facts, h, heading, section, time } from "../dom.js";

/** The units in which the clock goes forward, in seconds. */
const UNITS = [["60", "minutes"], ["3600", "hours"], ["86400", "days"]];

/** The page of the clock. */
export function clockPage(page) {
  const shown = page.later(
    () => page.ask("GET", ["clock"]),
    (clock) => [
      facts([
        ["The clock shows", time(clock.Time)],
        ["It is", clock.Frozen ? badge("standing still", "bad") : badge("running", "good")],
        ["System's time", time(clock.SystemTime)],
      ]),
      h("div", { class: "actions" }, actions(clock)),
    ],
  );
  const change = (done, method, body) => page.act(done, () => page.ask(method, ["clock"], { body }), shown.reload);
  const actions = (clock) => [
    clock.Frozen
      ? button("Let it run", () => change("The clock runs.", "POST", { Frozen: false }), { class: "quiet" })
      : button("Let it stand still", () => change("The clock stands still.", "POST", { Frozen: true }), { class: "quiet" }),
    button("Show the system's time again", () => change("The clock shows the system's time.", "DELETE"), { class: "quiet" }),
  ];
  const told = "Everything that expires follows the clock: tokens, sessions, codes, lockouts. A restart ends it.";
  return {
    title: "Clock",
    content: [
      heading("Clock"),
      h("p", { class: "soft" }, told),
      section("Now", [], shown.node),
      section("Change", [], advance(change), set(change)),
    ],
  };
}

function advance(change) {
  const form = h(
    "form",
    { class: "search" },
    field({ name: "number", label: "Advance by", type: "number", min: 0, step: "any", required: true, value: "1" }),
    field({ name: "unit", label: "Unit", options: UNITS, value: "3600" }),
    h("button", { type: "submit", class: "main" }, "Advance"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form);
    change("The clock has advanced.", "POST", { AdvanceSeconds: Number(data.get("number")) * Number(data.get("unit")) });
  });
  return form;
}

function set(change) {
  const form = h(
    "form",
    { class: "search" },
    field({ name: "time", label: "Set to (your time zone)", type: "datetime-local", step: "1", required: true }),
    h("button", { type: "submit", class: "main" }, "Set"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const date = new Date(new FormData(form).get("time"));
    change("The clock is set.", "POST", { Time: date.getTime() / 1000 });
  });
  return form;
}
