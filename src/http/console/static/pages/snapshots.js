// Snapshots of the whole registry: saving, putting back, deleting.

import { button, code, count, h, heading, section, table, time } from "../dom.js";

/** The page of the snapshots. */
export function snapshotsPage(page) {
  const list = page.later(
    () => page.ask("GET", ["snapshots"]),
    ({ Snapshots: snapshots }) => table(
      "Snapshots of the registry",
      ["Name", "Saved", "Bytes", "Actions"],
      snapshots.map((snapshot) => [
        code(snapshot.Name),
        time(snapshot.CreationDate),
        count(snapshot.Bytes),
        h(
          "div",
          { class: "actions" },
          button("Restore", () => restore(page, snapshot.Name), { class: "danger small", "aria-label": `Restore ${snapshot.Name}` }),
          button("Delete", () => remove(page, snapshot.Name, list.reload), { class: "quiet small", "aria-label": `Delete ${snapshot.Name}` }),
        ),
      ]),
      "There is no snapshot.",
    ),
  );
  const create = button("Save snapshot", () => save(page, list.reload), { class: "main" });
  const told = "A snapshot is the whole registry, of all accounts, at one moment.";
  return { title: "Snapshots", content: [heading("Snapshots"), h("p", { class: "soft" }, told), section("Saved", create, list.node)] };
}

function save(page, then) {
  return page.question({
    title: "Save a snapshot",
    text: ["One with the same name is replaced."],
    form: [{ name: "name", label: "Name", required: true, maxlength: 64 }],
    action: "Save",
    submit: (data) => page.ask("PUT", ["snapshots", data.get("name")]),
    done: "The snapshot is saved.",
    then,
  });
}

function restore(page, name) {
  return page.question({
    title: "Restore the snapshot?",
    text: [["The whole registry becomes what it was in ", code(name), ". What has changed since is lost."]],
    action: "Restore",
    danger: true,
    submit: () => page.ask("POST", ["snapshots", name, "restore"]),
    done: "The snapshot is restored.",
  });
}

function remove(page, name, then) {
  return page.question({
    title: "Delete the snapshot?",
    text: [["The snapshot ", code(name), " goes for good."]],
    action: "Delete",
    danger: true,
    submit: () => page.ask("DELETE", ["snapshots", name]),
    done: "The snapshot is deleted.",
    then,
  });
}
