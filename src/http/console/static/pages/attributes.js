// The attributes of a user.

import { button, code, h, own, raw, section, table } from "../dom.js";

/** The part of a user's page that shows the attributes. */
export function attributesPart(page, user) {
  const list = page.later(
    () => page.call("AdminGetUser", user),
    (found) => [
      table(
        "Attributes of the user",
        ["Name", "Value", "Actions"],
        (found.UserAttributes ?? []).map((attribute) => row(page, user, attribute, list.reload)),
        "The user has no attributes.",
      ),
      raw(found),
    ],
  );
  const add = button("Set an attribute", () => setAttribute(page, user, {}, list.reload), { class: "main" });
  return { node: section("Attributes", add, list.node), reload: list.reload };
}

function row(page, user, attribute, then) {
  const { Name: name, Value: value } = attribute;
  const changes = name !== "sub" && [
    button("Change", () => setAttribute(page, user, attribute, then), { class: "quiet small", "aria-label": `Change ${name}` }),
    button("Remove", () => removeAttribute(page, user, name, then), { class: "quiet small", "aria-label": `Remove ${name}` }),
  ];
  return [code(name), own(value), h("div", { class: "actions" }, changes)];
}

function setAttribute(page, user, { Name: name = "", Value: value = "" }, then) {
  return page.question({
    title: name ? "Change the attribute" : "Set an attribute",
    form: [
      { name: "name", label: "Name", value: name, required: true, readonly: Boolean(name), hint: name ? undefined : "Such as nickname, or custom:tier." },
      { name: "value", label: "Value", value },
    ],
    action: "Set",
    submit: (data) => {
      const attribute = { Name: data.get("name"), Value: data.get("value") };
      return page.call("AdminUpdateUserAttributes", { ...user, UserAttributes: [attribute] });
    },
    done: "The attribute is set.",
    then,
  });
}

function removeAttribute(page, user, name, then) {
  return page.question({
    title: "Remove the attribute?",
    text: [["The user loses ", code(name), "."]],
    action: "Remove",
    danger: true,
    submit: () => page.call("AdminDeleteUserAttributes", { ...user, UserAttributeNames: [name] }),
    done: "The attribute is removed.",
    then,
  });
}
