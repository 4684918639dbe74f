// The console: finds the page of a place and shows it.

import { badge, button, h, heading, link, nodes, time } from "./dom.js";
import { Page } from "./page.js";
import { here, to } from "./route.js";
import { connection, greeting, leave } from "./server.js";
import { connectPage } from "./pages/connect.js";
import { clockPage } from "./pages/clock.js";
import { clientPage, clientsPage } from "./pages/clients.js";
import { devicePage } from "./pages/devices.js";
import { faultsPage } from "./pages/faults.js";
import { groupPage, groupsPage } from "./pages/groups.js";
import { outboxPage } from "./pages/outbox.js";
import { poolPage } from "./pages/pool.js";
import { poolsPage } from "./pages/pools.js";
import { requestPage, requestsPage } from "./pages/requests.js";
import { seedsPage } from "./pages/seeds.js";
import { snapshotsPage } from "./pages/snapshots.js";
import { userPage } from "./pages/user.js";
import { usersPage } from "./pages/users.js";

/** The areas of the menu. */
const AREAS = [
  ["pools", "Pools"],
  ["outbox", "Outbox"],
  ["requests", "Requests"],
  ["snapshots", "Snapshots"],
  ["clock", "Clock"],
  ["faults", "Faults"],
  ["seeds", "Seeds"],
];

/** Each page by its path; `*` is a part that the page gets. */
const PAGES = [
  ["", poolsPage],
  ["pools", poolsPage],
  ["pools/*", poolPage],
  ["pools/*/users", usersPage],
  ["pools/*/users/*", userPage],
  ["pools/*/users/*/devices/*", devicePage],
  ["pools/*/users/*/*", userPage],
  ["pools/*/clients", clientsPage],
  ["pools/*/clients/*", clientPage],
  ["pools/*/groups", groupsPage],
  ["pools/*/groups/*", groupPage],
  ["outbox", outboxPage],
  ["requests", requestsPage],
  ["requests/*", requestPage],
  ["snapshots", snapshotsPage],
  ["clock", clockPage],
  ["faults", faultsPage],
  ["seeds", seedsPage],
];

const main = document.getElementById("main");
let page;
let told = {};

/** The page of a path, and the parts that it gets. */
function found(parts) {
  for (const [path, show] of PAGES) {
    const pattern = path.split("/").filter(Boolean);
    if (pattern.length !== parts.length) continue;
    if (pattern.every((part, at) => part === "*" || part === parts[at])) {
      return [show, parts.filter((_, at) => pattern[at] === "*")];
    }
  }
  return [nowhere, []];
}

function nowhere() {
  return { title: "Not found", content: [heading("Not found"), h("p", {}, "There is no such page. ", link("Pools", ["pools"]))] };
}

/** Shows the page of the present place, or asks for a key first. */
function show() {
  page?.end();
  const place = here();
  page = new Page(place);
  const [of, given] = connection() ? found(place.parts) : [(shown) => connectPage(shown, told.AccessKey, told.Region, show), []];
  const { title, content } = of(page, ...given);
  document.title = `${title} – Poolhouse`;
  main.replaceChildren(...nodes([content]));
  const headline = main.querySelector("h1");
  headline.closest(".head").after(page.notes);
  headline.focus({ preventScroll: true });
  scrollTo(0, 0);
  showAreas(place.parts[0] ?? "pools");
  showPresent();
}

function showAreas(present) {
  const item = ([area, label]) => h("li", {}, h("a", { href: to([area]), "aria-current": area === present && "page" }, label));
  document.getElementById("areas").replaceChildren(...(connection() ? AREAS.map(item) : []));
}

/** Shows who is connected, and what the clock shows if it was set. */
async function showPresent() {
  const of = connection();
  const { Clock: set } = await greeting().catch(() => ({}));
  const clock = set && h(
    "a",
    { class: "clock", href: to(["clock"]) },
    badge(set.Frozen ? "Clock stands still" : "Clock is set", "bad"),
    " ",
    time(set.Time),
  );
  const key = of && h("span", { class: "key" }, "Key ", h("code", {}, of.id), " in ", h("code", {}, of.region));
  const forget = () => {
    leave();
    show();
  };
  document.getElementById("present").replaceChildren(...nodes([clock, key, of && button("Leave", forget, { class: "quiet small" })]));
}

async function start() {
  told = await greeting().catch(() => ({}));
  globalThis.addEventListener("hashchange", show);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  show();
}

start();
