// Dialogs: questions before something is destroyed, and forms.

import { button, h, refusal } from "./dom.js";

let fields = 0;

/** A field of a form: `{name, label, type, value, options, required, hint, placeholder}`. */
export function field({ name, label, hint, type = "text", value, options, ...attributes }) {
  const id = `field-${++fields}`;
  const described = hint && `${id}-hint`;
  const given = { id, name, "aria-describedby": described, ...attributes };
  const told = hint && h("p", { class: "hint", id: described }, hint);
  if (type === "checkbox") {
    const box = h("input", { ...given, type, value: value ?? "on", checked: attributes.checked });
    return h("div", { class: "field" }, h("label", { class: "choice", for: id }, box, label), told);
  }
  let control;
  if (options) {
    control = h("select", given, options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
  } else {
    control = h("input", { ...given, type, value, autocomplete: "off", spellcheck: "false" });
  }
  return h("div", { class: "field" }, h("label", { for: id }, label), control, told);
}

/**
 * Shows a dialog until it is done or closed. `text` is a list of paragraphs. `submit` gets the form's data; if it is refused, the dialog says so and stays. Resolves to
 * whether it is done.
 */
export function dialog({ title, text = [], form = [], action, danger = false, submit }) {
  return new Promise((resolve) => {
    let isDone = false;
    const refused = h("div", {});
    const confirm = h("button", { type: "submit", class: danger ? "danger" : "main" }, action);
    const close = () => element.close();
    const body = h(
      "form",
      { method: "dialog", novalidate: false },
      h("h2", { id: "dialog-title" }, title),
      text.map((line) => h("p", {}, line)),
      form.map((one) => (one instanceof Node ? one : field(one))),
      refused,
      h("div", { class: "actions" }, button("Cancel", close, { class: "quiet" }), confirm),
    );
    const element = h("dialog", { "aria-labelledby": "dialog-title" }, body);
    body.addEventListener("submit", async (event) => {
      event.preventDefault();
      confirm.disabled = true;
      refused.replaceChildren();
      try {
        await submit(new FormData(body));
        isDone = true;
        close();
      } catch (error) {
        refused.replaceChildren(refusal(error));
        refused.querySelector("a")?.addEventListener("click", close);
      }
      confirm.disabled = false;
    });
    element.addEventListener("close", () => {
      element.remove();
      resolve(isDone);
    });
    document.body.append(element);
    element.showModal();
  });
}
