// Seeds: taking the registry as one, and applying one.

import { field } from "../dialog.js";
import { count, h, heading, refusal, section } from "../dom.js";

/** The page of the seeds. */
export function seedsPage(page) {
  return {
    title: "Seeds",
    content: [
      heading("Seeds"),
      h("p", { class: "soft" }, "A seed is the registry as JSON, in AWS's own shapes."),
      section("Download", [], download(page)),
      section("Upload", [], upload(page)),
    ],
  };
}

function download(page) {
  const state = h("div", { role: "status" });
  const form = h(
    "form",
    {},
    h("p", {}, "All pools with their users, devices, clients and groups. Passwords come as verifiers, secrets as they are: keep the file as you keep the database."),
    field({ name: "keys", label: "With the keys that sign tokens", type: "checkbox", hint: "Whoever has them can make tokens of any user." }),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "main" }, "Download")),
    state,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const withKeys = new FormData(form).has("keys");
    busy(page, form, state, async () => {
      const response = await page.control("GET", ["seeds"], { query: { WithKeys: withKeys ? "true" : undefined } });
      const file = await response.blob();
      save(file, "seed.json");
      return `${count(file.size)} bytes were downloaded.`;
    });
  });
  return form;
}

/** Hands a file to the browser's downloads. */
function save(file, name) {
  const url = URL.createObjectURL(file);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function upload(page) {
  const state = h("div", { role: "status" });
  const form = h(
    "form",
    {},
    h("p", {}, "What the seed says holds afterwards; what it does not mention stays. A mistake changes nothing."),
    field({ name: "file", label: "File", type: "file", accept: ".json,application/json", required: true }),
    field({ name: "pool", label: "User pool id", hint: "For what names no pool, such as what list-users prints." }),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "main" }, "Apply")),
    state,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form);
    busy(page, form, state, async () => {
      const body = await data.get("file").arrayBuffer();
      const query = { UserPoolId: data.get("pool") || undefined };
      return applied(await page.ask("POST", ["seeds"], { query, body }));
    });
  });
  return form;
}

function applied(told) {
  const changed = `${count(told.Created)} created, ${count(told.Updated)} updated, ${count(told.Unchanged)} unchanged.`;
  const without = told.WithoutPassword;
  return without ? `${changed} ${count(without)} users have no password yet.` : changed;
}

/** Works on what a form asks for, and shows the outcome below it. */
async function busy(page, form, state, work) {
  const submit = form.querySelector("[type=submit]");
  submit.disabled = true;
  state.replaceChildren(h("p", { class: "soft" }, "Working …"));
  try {
    const done = await work();
    state.replaceChildren(h("p", { class: "note good" }, done));
  } catch (error) {
    if (!page.isOver) state.replaceChildren(refusal(error));
  }
  submit.disabled = false;
}
