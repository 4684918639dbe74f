// The pages for people in a real browser: apps sign in and out through them, and every page is looked at, light and dark, at 360 and
// 1280 pixels, and checked against WCAG 2.2 AA by axe-core.
//
// Needs a Chromium of this machine: `CHROMIUM`, which ../run sets. With `PAGES_SCREENSHOTS`, the pictures are kept in that folder.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolDomainCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import axe from "axe-core";
import { chromium } from "playwright-core";

import { Poolhouse } from "./poolhouse.js";
import { claims, code, PASSWORD, USER, UserPool, VERIFIES_EMAIL, WRONG_PASSWORD } from "./user-pool.js";

const LIBRARIES = join(import.meta.dirname, "node_modules");
const OIDC = '<script src="/modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js"></script>';
const SCREENSHOTS = process.env.PAGES_SCREENSHOTS;

/** A site of this machine whose page runs the script, until the test ends. It serves the libraries too. */
async function site(t, script = "") {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname.startsWith("/modules/")) {
      response.setHeader("content-type", "text/javascript");
      response.end(readFileSync(join(LIBRARIES, pathname.slice("/modules/".length))));
      return;
    }
    response.setHeader("content-type", "text/html");
    response.end(`<!DOCTYPE html><title>App</title><p id="state">signed out</p>${OIDC}<script type="module">${server.script}</script>`);
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  t.after(() => server.close());
  server.url = `http://localhost:${server.address().port}/`;
  server.script = script;
  return server;
}

/** A pool with a domain and a client whose app is at this address, and its pages. */
async function poolOf(t, url, settings = {}) {
  const server = await Poolhouse.start(t);
  const client = {
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email", "aws.cognito.signin.user.admin"],
    CallbackURLs: [url],
    LogoutURLs: [url],
    SupportedIdentityProviders: ["COGNITO"],
  };
  const pool = await UserPool.create(server, undefined, client, { ...VERIFIES_EMAIL, ...settings });
  await pool.administrator.send(new CreateUserPoolDomainCommand({ UserPoolId: pool.id, Domain: "people" }));
  pool.domain = `http://people.localhost:${new URL(server.url).port}`;
  const query = new URLSearchParams({ redirect_uri: url, response_type: "code", client_id: pool.clientId, state: "s" });
  pool.authorize = `${pool.domain}/oauth2/authorize?${query}`;
  pool.page = (name, more = "") => `${pool.domain}/${name}?${query}${more}`;
  return pool;
}

async function browse(t) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  t.after(() => browser.close());
  return browser;
}

/** Signs in on the page to which the app has led. */
async function signIn(page, username = USER, password = PASSWORD) {
  await page.fill("[name=username]", username);
  await page.fill("[name=password]", password);
  await page.click("button[type=submit]");
}

describe("an app in the browser", { skip: process.env.CHROMIUM ? false : "no Chromium" }, () => {
  test("oidc-client-ts signs in by the code flow with PKCE, and out", async (t) => {
    const app = await site(t);
    const pool = await poolOf(t, app.url);
    app.script = `
      const domain = ${JSON.stringify(pool.domain)};
      const issuer = ${JSON.stringify(pool.issuer)};
      const users = new oidc.UserManager({
        authority: issuer,
        client_id: ${JSON.stringify(pool.clientId)},
        redirect_uri: ${JSON.stringify(app.url)},
        scope: "openid email",
        userStore: new oidc.WebStorageStateStore({ store: localStorage }),
        metadata: {
          issuer,
          authorization_endpoint: domain + "/oauth2/authorize",
          token_endpoint: domain + "/oauth2/token",
          userinfo_endpoint: domain + "/oauth2/userInfo",
          jwks_uri: issuer + "/.well-known/jwks.json",
        },
      });
      if (location.search.includes("code=")) await users.signinCallback();
      const user = await users.getUser();
      if (user) document.querySelector("#state").textContent = user.profile.email;
      window.signIn = () => users.signinRedirect();
      window.signOut = async () => {
        await users.removeUser();
        location.href = domain + "/logout?client_id=${pool.clientId}&logout_uri=" + encodeURIComponent(${JSON.stringify(app.url)});
      };
      document.title = "ready";`;
    const page = await (await browse(t)).newPage();
    await page.goto(app.url);
    await page.waitForFunction(() => document.title === "ready");
    await page.evaluate(() => void window.signIn());
    await page.waitForURL(`${pool.domain}/login?**`);
    await signIn(page);
    await page.waitForFunction(() => document.querySelector("#state").textContent === "diego@example.com");
    await page.evaluate(() => void window.signOut());
    await page.waitForURL(app.url);
    await page.waitForFunction(() => document.title === "ready");
    await page.evaluate(() => void window.signIn());
    await page.waitForURL(`${pool.domain}/login?**`);
  });

  test("a plain request for a code signs in, is remembered, and signs out", async (t) => {
    const app = await site(t);
    const pool = await poolOf(t, app.url);
    const page = await (await browse(t)).newPage();
    await page.goto(pool.authorize);
    await signIn(page);
    await page.waitForURL(`${app.url}?code=**`);
    const given = new URL(page.url()).searchParams;
    assert.equal(given.get("state"), "s");
    const body = new URLSearchParams({
      grant_type: "authorization_code",
      code: given.get("code"),
      client_id: pool.clientId,
      redirect_uri: app.url,
    });
    const token = `${pool.server.url}/_poolhouse/domains/people/oauth2/token`;
    const answer = await (await fetch(token, { method: "POST", body })).json();
    assert.equal(claims(answer.id_token).email, "diego@example.com");
    await page.goto(pool.authorize);
    await page.waitForURL(`${app.url}?code=**`);
    const out = new URLSearchParams({ client_id: pool.clientId, logout_uri: app.url });
    await page.goto(`${pool.domain}/logout?${out}`);
    await page.waitForURL(app.url);
    await page.goto(pool.authorize);
    await page.waitForURL(`${pool.domain}/login?**`);
  });

  test("an authenticator app is set up by its secret, and then asked for", async (t) => {
    const app = await site(t);
    const pool = await poolOf(t, app.url);
    await pool.askForSoftwareTokens();
    const page = await (await browse(t)).newPage();
    await page.goto(pool.authorize);
    await signIn(page);
    const secret = await page.textContent("code");
    await page.fill("[name=code]", code(secret));
    await page.click("button[type=submit]");
    await page.waitForURL(`${app.url}?code=**`);
    await page.context().clearCookies();
    await page.goto(pool.authorize);
    await signIn(page);
    await page.fill("[name=code]", code(secret, 1));
    await page.keyboard.press("Enter");
    await page.waitForURL(`${app.url}?code=**`);
  });
});

/** How each page is reached. */
const PAGES = {
  "sign in": (page, pool) => page.goto(pool.authorize),
  "wrong password": (page, pool) => refusedSignIn(page, pool),
  "sign up": (page, pool) => page.goto(pool.page("signup")),
  "confirm": async (page, pool) => {
    await page.goto(pool.page("signup"));
    await page.fill("[name=username]", `mia${Math.random()}`);
    await page.fill("[type=email]", "mia@example.com");
    await page.fill("[name=password]", PASSWORD);
    await page.click("button[type=submit]");
  },
  "forgotten password": (page, pool) => page.goto(pool.page("forgotPassword")),
  "reset password": async (page, pool) => {
    await page.goto(pool.page("forgotPassword"));
    await page.fill("[name=username]", "reset");
    await page.click("button[type=submit]");
  },
  "new password": (page, pool) => signInAs(page, pool, "temporary"),
  "code by email": (page, pool) => signInAs(page, pool, USER),
  "choose what to set up": (page, pool) => signInAs(page, pool, "nobodys"),
  "set up an app": (page, pool) => setUp(page, pool, "SOFTWARE_TOKEN_MFA"),
  "set up an address": (page, pool) => setUp(page, pool, "EMAIL_OTP"),
  "error": (page, pool) => page.goto(pool.authorize.replace("redirect_uri=", "redirect_uri=x")),
  "no such page": (page, pool) => page.goto(`${pool.server.url}/_poolhouse/domains/people/nowhere`),
  // The last one, since a cookie keeps the language.
  "sign up in Japanese": (page, pool) => page.goto(pool.page("signup", "&lang=ja")),
};

async function signInAs(page, pool, username, password) {
  await page.goto(pool.authorize);
  await signIn(page, username, password);
}

async function refusedSignIn(page, pool) {
  await signInAs(page, pool, USER, WRONG_PASSWORD);
}

async function setUp(page, pool, factor) {
  await signInAs(page, pool, "nobodys");
  await page.check(`[value=${factor}]`);
  await page.click("button[type=submit]");
}

/** A pool whose users meet every page. */
async function poolOfAllPages(t) {
  const email = { EmailSendingAccount: "DEVELOPER", SourceArn: "arn:aws:ses:us-east-1:000000000000:identity/a@example.com" };
  const pool = await poolOf(t, "http://localhost:3000/", { EmailConfiguration: email });
  const factors = { EmailMfaConfiguration: {}, SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: "ON" };
  await pool.administrator.send(new SetUserPoolMfaConfigCommand({ UserPoolId: pool.id, ...factors }));
  const verified = [{ Name: "email", Value: "reset@example.com" }, { Name: "email_verified", Value: "true" }];
  for (const [Username, UserAttributes] of [["temporary", []], ["nobodys", []], ["reset", verified]]) {
    const user = { UserPoolId: pool.id, Username };
    const created = { ...user, UserAttributes, TemporaryPassword: PASSWORD, MessageAction: "SUPPRESS" };
    await pool.administrator.send(new AdminCreateUserCommand(created));
    if (Username === "temporary") continue;
    await pool.administrator.send(new AdminSetUserPasswordCommand({ ...user, Password: PASSWORD, Permanent: true }));
  }
  return pool;
}

describe("every page", { skip: process.env.CHROMIUM ? false : "no Chromium" }, () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 1280]) {
      test(`fits and is accessible, ${colorScheme}, at ${width} pixels`, async (t) => {
        const pool = await poolOfAllPages(t);
        const browser = await browse(t);
        // The browser lets axe-core in, whose script no page would run.
        const viewport = { width, height: 740 };
        const context = await browser.newContext({ viewport, colorScheme, bypassCSP: true });
        const pictures = [];
        for (const [name, go] of Object.entries(PAGES)) {
          const page = await context.newPage();
          await go(page, pool);
          const fits = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
          assert.ok(fits, `${name} is wider than the window`);
          pictures.push([name, await page.screenshot({ fullPage: true })]);
          await page.evaluate(axe.source);
          const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
          const { violations } = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values } }), tags);
          assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], name);
          await page.close();
        }
        assert.deepEqual(pictures.length, Object.keys(PAGES).length);
        if (SCREENSHOTS) await keep(browser, `pages-${colorScheme}-${width}.png`, pictures, width);
      });
    }
  }
});

/** Keeps the pictures on one sheet, each under its name. */
async function keep(browser, name, pictures, width) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const shown = width > 1000 ? 460 : 230;
  const figures = pictures.map(
    ([title, picture]) =>
      `<figure><figcaption>${title}</figcaption><img width="${shown}" src="data:image/png;base64,${picture.toString("base64")}"></figure>`,
  );
  const page = await browser.newPage({ viewport: { width: 1460, height: 800 } });
  const style = "body{margin:12px;display:flex;flex-wrap:wrap;gap:12px;background:#888;font:14px sans-serif}figure{margin:0}";
  await page.setContent(`<style>${style}</style>${figures.join("")}`);
  writeFileSync(join(SCREENSHOTS, name), await page.screenshot({ fullPage: true }));
}
