// A page that is being shown: what it has loaded, what was done on it, and its end.

import { dialog } from "./dialog.js";
import { h, nodes, refusal } from "./dom.js";
import { go, to } from "./route.js";
import { NoAnswer, ask, call, control } from "./server.js";

/** How long a server that does not answer is left alone, in milliseconds. */
const AWAY = 2000;

/** How long it stands there what was done, in milliseconds. */
const TOLD = 8000;

/** Tells what was done, aloud in screen readers. */
export function tell(text) {
  const line = h("p", {}, text);
  document.getElementById("told").replaceChildren(line);
  setTimeout(() => line.remove(), TOLD);
}

/** A page at a place. */
export class Page {
  /** Where refusals of what was done on the page are shown. */
  notes = h("div", { class: "notes" });
  #end = new AbortController();

  constructor({ parts, query }) {
    this.parts = parts;
    this.query = query;
  }

  get signal() {
    return this.#end.signal;
  }

  get isOver() {
    return this.signal.aborted;
  }

  /** Ends the page: its requests are given up. */
  end() {
    this.#end.abort();
  }

  /** Calls an operation for this page. */
  call(operation, input) {
    return call(operation, input, this.signal);
  }

  /** Calls a control endpoint for this page; the answer is JSON. */
  ask(method, parts, options = {}) {
    return ask(method, parts, { ...options, signal: this.signal });
  }

  /** Calls a control endpoint for this page; the answer is the response. */
  control(method, parts, options = {}) {
    return control(method, parts, { ...options, signal: this.signal });
  }

  /** Goes to the same page with another query. */
  turn(query) {
    go(this.parts, query);
  }

  /** Replaces what the address says of this page, without another visit. */
  remember(query) {
    history.replaceState(null, "", to(this.parts, query));
  }

  /** Does something, and tells that it is done; `then` shows what it changed. */
  async act(done, work, then) {
    try {
      await work();
    } catch (error) {
      if (!this.isOver) this.notes.replaceChildren(refusal(error));
      return;
    }
    this.notes.replaceChildren();
    tell(done);
    if (!this.isOver) await then?.();
  }

  /** Asks or lets fill in a form before something is done; `done` says that it is, `then` shows what it changed. */
  async question({ done, then, ...options }) {
    if (!(await dialog(options))) return;
    tell(done);
    if (!this.isOver) await then?.();
  }

  /** A part of the page that is loaded, and loaded again when it has changed. */
  later(load, render) {
    const node = h("div", { class: "later" }, h("p", { class: "soft" }, "Loading …"));
    const reload = async () => {
      node.setAttribute("aria-busy", "true");
      let shown;
      try {
        shown = render(await load());
      } catch (error) {
        if (this.isOver) return;
        shown = refusal(error);
      }
      if (this.isOver) return;
      const hadFocus = node.contains(document.activeElement);
      node.replaceChildren(...nodes([shown]));
      node.removeAttribute("aria-busy");
      if (hadFocus) node.closest("section")?.querySelector("h2")?.focus();
    };
    reload();
    return { node, reload };
  }

  /**
   * Calls `step` again and again, with a pause between, until the page ends. A refusal is shown and ends it too, but not a server that
   * is away for a while.
   */
  async repeat(milliseconds, step) {
    while (!this.isOver) {
      let pause = milliseconds;
      try {
        await step();
        this.notes.replaceChildren();
      } catch (error) {
        if (this.isOver) return;
        this.notes.replaceChildren(refusal(error));
        if (!(error instanceof NoAnswer)) return;
        pause = AWAY;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
