// Every page for people is looked at in a real browser, light and dark, at 360 and 1280 pixels, and checked against WCAG 2.2 AA by
// axe-core. With `PAGES_SCREENSHOTS`, the pictures are kept in that folder.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateManagedLoginBrandingCommand,
  CreateTermsCommand,
  CreateUserPoolClientCommand,
  SetUICustomizationCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import axe from "axe-core";

import { addProviders, browse, NO_BROWSER, poolOf, signIn } from "./browser.js";
import { PASSWORD, USER, WRONG_PASSWORD } from "./user-pool.js";

const SCREENSHOTS = process.env.PAGES_SCREENSHOTS;

/** How each page is reached. */
const PAGES = {
  "sign in": (page, pool) => page.goto(pool.authorize),
  "wrong password": (page, pool) => refusedSignIn(page, pool),
  "identity providers": (page, { friends }) => page.goto(friends.authorize),
  "fake identity provider": (page, { friends }) => page.goto(`${friends.authorize}&identity_provider=Friends`),
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
  const pool = await poolOf(t, "http://localhost:3000/", { settings: { EmailConfiguration: email } });
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
  pool.friends = await poolOf(t, "http://localhost:3000/");
  await addProviders(pool.friends);
  return pool;
}

/** The colours of a brand, and where its logo is. */
const BRAND = {
  categories: { global: { colorSchemeMode: "DYNAMIC", pageHeader: { enabled: true }, pageFooter: { enabled: true } } },
  componentClasses: { buttons: { borderRadius: 20 }, input: { borderRadius: 4 } },
  components: {
    form: { borderRadius: 16, logo: { enabled: true, location: "START" } },
    pageBackground: { lightMode: { color: "e8f3ecff" }, darkMode: { color: "0d1f16ff" } },
    pageHeader: { logo: { enabled: true }, lightMode: { background: { color: "14532dff" } }, darkMode: { background: { color: "052e16ff" } } },
    primaryButton: {
      lightMode: { defaults: { backgroundColor: "15803dff", textColor: "ffffffff" } },
      darkMode: { defaults: { backgroundColor: "4ade80ff", textColor: "052e16ff" } },
    },
  },
};

/** A style sheet of the classic pages. */
const CLASSIC = `.banner-customizable { background: #4a148c; }
.background-customizable { background: #efe6f5; }
.submitButton-customizable { background: #6a1b9a; border-color: #6a1b9a; color: #ffffff; border-radius: 0; }
.submitButton-customizable:hover { background: #4a148c; }
.inputField-customizable { border-radius: 0; }`;

const leaf = (colour) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="64"><path fill="${colour}" d="M8 56C8 20 40 8 72 8c0 32-24 48-48 48l24-28-32 32z"/>` +
  `<text x="84" y="42" font-family="sans-serif" font-size="28" fill="${colour}">leaf</text></svg>`;

const asset = (Category, ColorMode, image) => ({ Category, ColorMode, Extension: "SVG", Bytes: Buffer.from(image) });

/** How each page with a look of its own is reached. */
const LOOKS = {
  "managed login": (page, { managed }) => page.goto(managed.authorize),
  "managed login, identity providers": (page, { managed }) => page.goto(managed.providers.authorize),
  "managed login, sign up": (page, { managed }) => page.goto(managed.page("signup")),
  "managed login, refused": (page, { managed }) => refusedSignIn(page, managed),
  "managed login without a style": (page, { managed }) => page.goto(managed.page("login").replace(managed.clientId, managed.without)),
  "classic": (page, { classic }) => page.goto(classic.authorize),
};

/** Pools whose clients have a style, and a customization. */
async function poolsOfAllLooks(t, browser) {
  const managed = await poolOf(t, "http://localhost:3000/", { domain: { ManagedLoginVersion: 2 } });
  const of = { UserPoolId: managed.id, ClientId: managed.clientId };
  const Assets = [
    asset("FORM_LOGO", "LIGHT", leaf("#15803d")),
    asset("FORM_LOGO", "DARK", leaf("#4ade80")),
    asset("PAGE_HEADER_LOGO", "DYNAMIC", leaf("#ffffff")),
    asset("FAVICON_SVG", "DYNAMIC", leaf("#15803d")),
  ];
  const style = { ...of, Settings: BRAND, Assets };
  await managed.administrator.send(new CreateManagedLoginBrandingCommand(style));
  for (const TermsName of ["terms-of-use", "privacy-policy"]) {
    const links = { "cognito:default": `https://example.com/${TermsName}` };
    const terms = { ...of, TermsName, TermsSource: "LINK", Enforcement: "NONE", Links: links };
    await managed.administrator.send(new CreateTermsCommand(terms));
  }
  const app = { AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: ["code"], AllowedOAuthScopes: ["openid"] };
  const other = { UserPoolId: managed.id, ClientName: "other", CallbackURLs: ["http://localhost:3000/"], ...app };
  const { UserPoolClient: without } = await managed.administrator.send(new CreateUserPoolClientCommand(other));
  managed.without = without.ClientId;
  managed.providers = await poolOf(t, "http://localhost:3000/", { domain: { ManagedLoginVersion: 2 } });
  await addProviders(managed.providers);
  const { id: UserPoolId, clientId: ClientId } = managed.providers;
  await managed.providers.administrator.send(new CreateManagedLoginBrandingCommand({ ...style, UserPoolId, ClientId }));

  const classic = await poolOf(t, "http://localhost:3000/");
  const drawing = await browser.newPage();
  await drawing.setContent(`<body style="margin:0">${leaf("#ffffff")}`);
  const ImageFile = await drawing.locator("svg").screenshot({ omitBackground: true });
  await drawing.close();
  const customization = { UserPoolId: classic.id, CSS: CLASSIC, ImageFile };
  await classic.administrator.send(new SetUICustomizationCommand(customization));
  return { managed, classic };
}

describe("every page", { skip: NO_BROWSER }, () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 1280]) {
      test(`fits and is accessible, ${colorScheme}, at ${width} pixels`, async (t) => {
        const browser = await browse(t);
        // The browser lets axe-core in, whose script no page would run.
        const context = await browser.newContext({ viewport: { width, height: 740 }, colorScheme, bypassCSP: true });
        const [pool, pools] = [await poolOfAllPages(t), await poolsOfAllLooks(t, browser)];
        for (const [sheet, pages, visited] of [["looks", LOOKS, pools], ["pages", PAGES, pool]]) {
          const pictures = [];
          for (const [name, go] of Object.entries(pages)) {
            const page = await context.newPage();
            await go(page, visited);
            pictures.push([name, await lookedAt(page, name)]);
            await page.close();
          }
          if (SCREENSHOTS) await keep(browser, `${sheet}-${colorScheme}-${width}.png`, pictures, width);
        }
      });
    }
  }

  test("loads its own style sheets and images, and nothing else, under its own policy", async (t) => {
    const browser = await browse(t);
    const { managed, classic } = await poolsOfAllLooks(t, browser);
    const blocked = [];
    for (const [pool, images] of [[managed, 2], [classic, 1]]) {
      const page = await browser.newPage();
      page.on("console", (message) => message.text().includes("Content Security Policy") && blocked.push(message.text()));
      const loaded = [];
      page.on("response", (response) => loaded.push([response.status(), response.request().resourceType()]));
      await page.goto(pool.authorize, { waitUntil: "networkidle" });
      const count = (type) => loaded.filter(([status, kind]) => status === 200 && kind === type).length;
      assert.deepEqual([count("stylesheet"), count("image")], [2, images], pool.domain);
    }
    assert.deepEqual(blocked, []);
  });
});

/** A picture of the page, once it is known to fit and to be accessible. */
async function lookedAt(page, name) {
  const fits = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  assert.ok(fits, `${name} is wider than the window`);
  const picture = await page.screenshot({ fullPage: true });
  await page.evaluate(axe.source);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values } }), tags);
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], name);
  return picture;
}

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
