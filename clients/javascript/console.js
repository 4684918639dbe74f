// The console in a real browser: a visitor of a server's console, and how its pages are checked.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";

import axe from "axe-core";
import { chromium } from "playwright-core";

import { Poolhouse } from "./poolhouse.js";
import { UserPool, VERIFIES_EMAIL } from "./user-pool.js";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const HAS_BROWSER = { skip: process.env.CHROMIUM ? false : "no Chromium" };
export const SCREENSHOTS = process.env.CONSOLE_SCREENSHOTS;

/** One browser for all tests of a suite. */
export function browser() {
  const held = {};
  before(async () => {
    held.browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  });
  after(() => held.browser?.close());
  return held;
}

/** A pool of a server of its own, whose only user knows a password. */
export async function ownPool(t, settings = VERIFIES_EMAIL) {
  return UserPool.create(await Poolhouse.start(t), undefined, {}, settings);
}

/** Somebody who visits a server's console, in a window of their own. */
export class Visitor {
  static async of(t, held, server, options = {}) {
    const context = await held.browser.newContext({ timezoneId: "UTC", acceptDownloads: true, ...options });
    context.setDefaultTimeout(15_000);
    t.after(() => context.close());
    const visitor = new Visitor(await context.newPage(), server);
    const ours = new URL(server.url).origin;
    const faults = [];
    visitor.page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== "blob:" && origin !== ours) faults.push(`a request to ${origin}`);
    });
    visitor.page.on("pageerror", (error) => faults.push(String(error)));
    t.after(() => assert.deepEqual(faults, []));
    return visitor;
  }

  constructor(page, server) {
    this.page = page;
    this.server = server;
  }

  /** Opens a place of the console, without a key. */
  async open(place = "/pools") {
    await this.page.goto(`${this.server.url}/_poolhouse/console/#${place}`);
    await this.heading("Connect");
  }

  /** Connects with the shipped key, which is filled in, or with another one. */
  async connect({ accessKeyId, secretAccessKey } = {}) {
    if (accessKeyId) {
      await this.page.getByLabel("Access key id").fill(accessKeyId);
      await this.page.getByLabel("Secret access key").fill(secretAccessKey);
    }
    await this.press("Connect");
  }

  /** Opens a place with the shipped key. */
  async visit(place) {
    await this.open(place);
    await this.connect();
  }

  /** Goes to another place. */
  async go(place) {
    await this.page.evaluate((to) => void (location.hash = to), `#${place}`);
  }

  /** The page with this heading is shown, and what it loads is there. */
  async heading(text) {
    await this.page.getByRole("heading", { level: 1, name: text, exact: true }).waitFor();
    await this.loaded();
  }

  async loaded() {
    await this.page.waitForFunction(() => !document.querySelector("[aria-busy]"));
  }

  press(name) {
    return this.page.getByRole("button", { name, exact: true }).click();
  }

  follow(name) {
    return this.page.getByRole("link", { name, exact: true }).first().click();
  }

  /** The open dialog. */
  get dialog() {
    return this.page.getByRole("dialog");
  }

  fill(label, value) {
    return this.dialog.getByLabel(label, { exact: true }).fill(value);
  }

  /** Presses a button of the dialog. */
  agree(name) {
    return this.dialog.getByRole("button", { name, exact: true }).click();
  }

  /** That something was done is told. */
  async told(text) {
    await this.page.locator("#told").getByText(text, { exact: true }).waitFor();
    await this.loaded();
  }

  /** The text is somewhere on the page. */
  sees(text) {
    return this.page.getByText(text).first().waitFor();
  }

  /** The cells of each row of the only table, by their labels. */
  async rows() {
    await this.loaded();
    return this.page.locator("tbody tr").evaluateAll((rows) =>
      rows.map((row) => Object.fromEntries([...row.cells].map((cell) => [cell.dataset.label, cell.textContent]))),
    );
  }

  /** What a refusal on the page says. */
  async refusal() {
    return (await this.page.getByRole("alert").first().innerText()).replace(/\s+/g, " ");
  }

  /** Asserts that the page is no wider than its window. */
  async fits(name) {
    await this.loaded();
    const fits = await this.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
    assert.ok(fits, `${name} is wider than the window`);
  }

  /** Asserts that the page is no wider than its window, and that axe-core finds nothing. */
  async isSound(name) {
    await this.fits(name);
    if (!(await this.page.evaluate(() => "axe" in window))) await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate((values) => axe.run({ runOnly: { type: "tag", values } }), RULES);
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], name);
  }

  /** Keeps a picture of the window, if pictures are kept. */
  async keep(name) {
    if (!SCREENSHOTS) return;
    mkdirSync(SCREENSHOTS, { recursive: true });
    writeFileSync(join(SCREENSHOTS, name), await this.page.screenshot({ fullPage: true }));
  }
}
