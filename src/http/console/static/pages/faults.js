// Faults: what requests are made to suffer, so that an app's retries can be tested.

import { badge, button, count, h, heading, own, section, table, time } from "../dom.js";

/** What may become of the connection. */
const CONNECTIONS = [["", "stays"], ["BEFORE_WORK", "is cut before the work"], ["AFTER_WORK", "is cut after the work"]];

/** The page of the faults. */
export function faultsPage(page) {
  const list = page.later(
    () => page.ask("GET", ["faults"]),
    ({ Faults: faults }) => [
      table(
        "Faults of the server",
        ["Fault", "Struck", "State", "Ends", "Actions"],
        faults.map((fault) => row(page, fault, list.reload)),
        "No request suffers anything.",
      ),
    ],
  );
  const clear = () => page.act("All faults are cleared.", () => page.ask("DELETE", ["faults"]), list.reload);
  const told = "A fault makes requests fail, wait, or lose their connection. The console's own requests suffer it, too.";
  return {
    title: "Faults",
    content: [
      heading("Faults"),
      h("p", { class: "soft" }, told),
      section("Set", [button("Clear all", clear, { class: "quiet" }), button("Add fault", () => add(page, list.reload), { class: "main" })], list.node),
    ],
  };
}

function row(page, fault, then) {
  const clear = () => page.act("The fault is cleared.", () => page.ask("DELETE", ["faults", String(fault.Id)]), then);
  return [
    own(fault.Summary),
    count(fault.Struck),
    fault.Ended ? badge("Ended") : badge("Set", "bad"),
    fault.ExpirationDate === undefined ? "when it is cleared" : time(fault.ExpirationDate),
    button("Clear", clear, { class: "quiet small", "aria-label": `Clear fault ${fault.Id}` }),
  ];
}

function add(page, then) {
  return page.question({
    title: "Add a fault",
    form: [
      { name: "Operation", label: "Operation", hint: "Such as InitiateAuth. All of them if it is empty." },
      { name: "UserPoolId", label: "User pool id", hint: "All pools if it is empty." },
      { name: "Error", label: "Error", value: "TooManyRequestsException", hint: "One that the operation declares. None if it is empty." },
      { name: "Disconnect", label: "The connection", options: CONNECTIONS },
      { name: "DelayMilliseconds", label: "Delay in milliseconds", type: "number", min: 0 },
      { name: "Count", label: "How many requests", type: "number", min: 1, hint: "All of them if it is empty." },
      { name: "Share", label: "Share of requests", type: "number", min: 0, max: 1, step: "any" },
      { name: "DurationSeconds", label: "Seconds that it lasts", type: "number", min: 1 },
    ],
    action: "Add",
    submit: (data) => page.ask("POST", ["faults"], { body: ruleOf(data) }),
    done: "The fault is set.",
    then,
  });
}

/** What was filled in, numbers as numbers. */
function ruleOf(data) {
  const numbers = ["DelayMilliseconds", "Count", "Share", "DurationSeconds"];
  const given = [...data].filter(([, value]) => value !== "");
  return Object.fromEntries(given.map(([name, value]) => [name, numbers.includes(name) ? Number(value) : value]));
}
