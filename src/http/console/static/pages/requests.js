// The last requests with their true outcome, and what became of one of them.

import { field } from "../dialog.js";
import { badge, code, facts, h, heading, link, own, raw, section, table, timeOf } from "../dom.js";

/** How often new requests are asked for, in milliseconds. */
const LOOK = 1500;

/** The most requests that are kept here and shown. */
const KEPT = 1000;
const SHOWN = 50;

/** Members of a line that have a place of their own. */
const PLACED = ["timestamp", "level", "message", "status", "outcome", "reason", "request_id"];

/** The page of the last requests. The query says which of them are shown. */
export function requestsPage(page) {
  const list = h("div", { class: "later" }, h("p", { class: "soft" }, "Loading …"));
  let lines = [];
  let after = 0;
  const show = () => list.replaceChildren(rows(lines, page.query));
  page.repeat(LOOK, async () => {
    const { Requests: requests, LastNumber: last } = await page.ask("GET", ["requests"], { query: { after } });
    if (page.isOver || (last === after && after > 0)) return;
    after = last;
    lines = [...requests.reverse(), ...lines].slice(0, KEPT);
    show();
  });
  return { title: "Requests", content: [heading("Requests"), search(page, show), section("The last requests", [], list)] };
}

function rows(lines, { text = "", refused }) {
  const wanted = lines.filter((line) => {
    if (refused && line.outcome === "ok") return false;
    return !text || Object.values(line).some((value) => String(value).toLowerCase().includes(text.toLowerCase()));
  });
  return table(
    "The newest first",
    ["Time", "What", "Outcome", "Reason", "Request"],
    wanted.slice(0, SHOWN).map((line) => [
      timeOf(new Date(line.timestamp)),
      h("div", { class: "named" }, own(line.message), code(line.pool ?? line.path)),
      outcome(line),
      line.reason ? own(line.reason) : "",
      link(h("code", {}, line.request_id), ["requests", line.request_id]),
    ]),
    "No request was found.",
  );
}

function outcome(line) {
  return badge(line.outcome, line.outcome === "ok" ? "good" : "bad");
}

function search(page, show) {
  const form = h(
    "form",
    { class: "search", role: "search" },
    field({ name: "text", label: "With this text", type: "search", value: page.query.text ?? "" }),
    field({ name: "refused", label: "Only what was refused", type: "checkbox", checked: page.query.refused === "on" }),
  );
  const change = () => {
    page.query = Object.fromEntries(new FormData(form));
    page.remember(page.query);
    show();
  };
  form.addEventListener("input", change);
  form.addEventListener("submit", (event) => event.preventDefault());
  return form;
}

/** The page of one request: the checks that it passed, and the one that refused it. */
export function requestPage(page, id) {
  const shown = page.later(
    () => page.ask("GET", ["requests", id]),
    (found) => [explained(found), raw(found)],
  );
  const trail = [link("Requests", ["requests"])];
  return { title: "Request", content: [heading("Request", trail), section("What became of it", [], shown.node)] };
}

function explained({ Request: line, Passed: passed, RefusedBy: refusedBy }) {
  const others = Object.entries(line).filter(([name]) => !PLACED.includes(name));
  const refused = refusedBy && h("li", { class: "refused" }, "refused by ", refusedBy);
  return [
    facts([
      ["What", own(line.message)],
      ["Outcome", outcome(line)],
      ["Status", String(line.status ?? "none")],
      ["Reason", line.reason && own(line.reason)],
      ["Ended", timeOf(new Date(line.timestamp))],
      ["Request", code(line.request_id)],
      ...others.map(([name, value]) => [name, code(String(value))]),
    ]),
    h("h3", {}, "Checks"),
    h("ol", { class: "checks" }, passed.map((check) => h("li", { class: "passed" }, check)), refused),
  ];
}
