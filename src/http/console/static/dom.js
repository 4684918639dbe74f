// What pages are made of. Every text becomes a text node, never HTML; what users chose stands in a <bdi>, so that its direction stays
// its own.

import { to } from "./route.js";

/** An element with attributes, listeners (`onclick`) and children: nodes, texts, lists of them; null and false are nothing. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...nodes(children));
  return element;
}

/** Children without what is nothing. */
export function nodes(children) {
  return [children].flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false);
}

/** A text that somebody chose, if there is one. */
export function own(text) {
  return text === undefined || text === null ? none() : h("bdi", {}, text);
}

/** An identifier or another text for machines. */
export function code(text) {
  return text ? h("code", {}, own(text)) : none();
}

/** What stands where there is nothing. */
export function none() {
  return h("span", { class: "soft" }, "none");
}

/** A time, of a number of seconds since 1970, in the browser's time zone. */
export function time(seconds) {
  if (typeof seconds !== "number") return none();
  return timeOf(new Date(seconds * 1000));
}

/** The time of a date. */
export function timeOf(date) {
  const two = (number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  const hour = [two(date.getHours()), two(date.getMinutes()), two(date.getSeconds())].join(":");
  return h("time", { datetime: date.toISOString(), title: date.toISOString() }, `${day} ${hour}`);
}

/** A number with separators. */
export function count(number) {
  return Number(number).toLocaleString("en");
}

/** A word about a state: `good`, `bad`, or plain. */
export function badge(word, kind = "") {
  return h("span", { class: `badge ${kind}` }, word);
}

/** A link to another place of the console. */
export function link(label, parts, query) {
  return h("a", { href: to(parts, query) }, label);
}

/** A button. */
export function button(label, onclick, attributes = {}) {
  return h("button", { type: "button", onclick, ...attributes }, label);
}

/** Labels with what they say. */
export function facts(pairs) {
  const shown = nodes(pairs.filter(Boolean).map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value ?? none()))));
  return h("dl", { class: "facts" }, shown);
}

/**
 * A table; on narrow windows each row is a card. A cell is what `h` takes as a child. The roles stay what they are when CSS makes
 * something else of rows and cells.
 */
export function table(caption, columns, rows, empty = "There is nothing here.") {
  if (!rows.length) return h("p", { class: "soft" }, empty);
  const head = columns.map((column) => h("th", { scope: "col", role: "columnheader" }, column));
  const cell = (content, index) => h("td", { role: "cell", "data-label": columns[index] }, h("div", {}, content ?? none()));
  const body = rows.map((cells) => h("tr", { role: "row" }, cells.map(cell)));
  return h(
    "table",
    { role: "table" },
    h("caption", {}, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)),
    h("tbody", { role: "rowgroup" }, body),
  );
}

/** A part of a page: its heading, what can be done there, what it shows. */
export function section(title, actions, ...content) {
  const heading = h("h2", { tabindex: "-1" }, title);
  return h("section", {}, h("div", { class: "head" }, heading, h("div", { class: "actions" }, actions)), content);
}

/** The heading of a page, the way to it, and what can be done there. */
export function heading(title, trail = [], actions = []) {
  const way = trail.length > 0 && h("nav", { class: "trail", "aria-label": "Way here" }, h("ol", {}, trail.map((step) => h("li", {}, step))));
  return [way, h("div", { class: "head" }, h("h1", { tabindex: "-1" }, title), h("div", { class: "actions" }, actions))];
}

/** A refusal in the server's words, with the way to its explanation. */
export function refusal(error) {
  const id = error.requestId;
  const request = id && h("p", { class: "beside" }, "Request ", link(h("code", {}, id), ["requests", id]), " says why.");
  return h("div", { class: "note bad", role: "alert" }, h("p", {}, h("strong", {}, error.name), error.message ? ": " : ".", own(error.message)), request);
}

/** An answer as it came. */
export function raw(value) {
  return h("details", {}, h("summary", {}, "The whole answer"), h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)));
}

/** Links to the next page of a list and back to its first. The browser's way back leads to the page before. */
export function pager(parts, query, next) {
  const { after, ...rest } = query;
  if (!after && !next) return null;
  const first = after && link("First page", parts, rest);
  const more = next && link("Next page", parts, { ...rest, after: next });
  return h("nav", { class: "pager", "aria-label": "Pages" }, first, more);
}
