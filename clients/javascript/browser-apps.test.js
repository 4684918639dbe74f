// Apps of unmodified libraries whose users sign in and out on the pages of a pool's domain, in a real browser.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as forward } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { Auth } from "@auth/core";
import Cognito from "@auth/core/providers/cognito";
import { build } from "esbuild";
import * as client from "openid-client";

import { addProviders, browse, NO_BROWSER, poolOf, signIn, site } from "./browser.js";
import { claims, code, USER } from "./user-pool.js";

const EMAIL = "diego@example.com";

/** What a browser runs of this script and of the libraries that it imports. */
async function bundled(contents) {
  const stdin = { contents, resolveDir: import.meta.dirname };
  const { outputFiles: [file] } = await build({ stdin, bundle: true, write: false, format: "iife", logLevel: "error" });
  return file.text;
}

/** Serves one page that runs the script and shows who is signed in. */
function page(script) {
  return (request, response) => {
    if (request.url === "/app.js") {
      response.setHeader("content-type", "text/javascript").end(script);
    } else {
      const html = '<!DOCTYPE html><meta charset="utf-8"><title>App</title><p id="user">nobody</p><script src="/app.js"></script>';
      response.setHeader("content-type", "text/html").end(html);
    }
  };
}

const user = (page, name) => page.waitForFunction((name) => document.querySelector("#user").textContent === name, name);

/** HTTPS in front of a server of this machine, until the test ends, as a proxy does it. Returns its port. */
async function encrypted(t, url) {
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name));
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
  execFileSync("openssl", [...made, "-subj", "/CN=localhost", "-keyout", key, "-out", cert], { stdio: "ignore" });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const { method, headers, url: path } = request;
    const onward = forward(new URL(path, url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  rmSync(folder, { recursive: true });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  t.after(() => server.close());
  return server.address().port;
}

describe("an app signs its user in and out on the pages", { skip: NO_BROWSER }, () => {
  test("oidc-client-ts, in the browser", async (t) => {
    const app = await site(t);
    const pool = await poolOf(t, app.url);
    app.serve = page(await bundled(`
      import { UserManager, WebStorageStateStore } from "oidc-client-ts";
      const [domain, issuer, here] = ${JSON.stringify([pool.domain, pool.issuer, app.url])};
      const users = new UserManager({
        authority: issuer,
        client_id: "${pool.clientId}",
        redirect_uri: here,
        scope: "openid email",
        userStore: new WebStorageStateStore({ store: localStorage }),
        metadata: {
          issuer,
          authorization_endpoint: domain + "/oauth2/authorize",
          token_endpoint: domain + "/oauth2/token",
          userinfo_endpoint: domain + "/oauth2/userInfo",
          jwks_uri: issuer + "/.well-known/jwks.json",
        },
      });
      window.signIn = () => users.signinRedirect();
      window.signOut = async () => {
        await users.removeUser();
        location.href = "${pool.signOut}";
      };
      (async () => {
        if (location.search.includes("code=")) await users.signinCallback();
        const user = await users.getUser();
        if (user) document.querySelector("#user").textContent = user.profile.email;
        document.title = "ready";
      })();`));
    const tab = await (await browse(t)).newPage();
    const ready = () => tab.waitForFunction(() => document.title === "ready");
    await tab.goto(app.url);
    await ready();
    await tab.evaluate(() => void window.signIn());
    await tab.waitForURL(`${pool.domain}/login?**`);
    await signIn(tab);
    await user(tab, EMAIL);
    await tab.evaluate(() => void window.signOut());
    await tab.waitForURL(app.url);
    await ready();
    await tab.evaluate(() => void window.signIn());
    await tab.waitForURL(`${pool.domain}/login?**`);
  });

  test("Amplify by signInWithRedirect, which insists on HTTPS for the domain", async (t) => {
    const app = await site(t);
    const pool = await poolOf(t, app.url);
    const domain = `people.localhost:${await encrypted(t, pool.server.url)}`;
    const oauth = { domain, scopes: ["openid", "email"], redirectSignIn: [app.url], redirectSignOut: [app.url], responseType: "code" };
    const config = { userPoolId: pool.id, userPoolClientId: pool.clientId, userPoolEndpoint: pool.server.url, loginWith: { oauth } };
    app.serve = page(await bundled(`
      import { Amplify } from "aws-amplify";
      import { fetchAuthSession, signInWithRedirect, signOut } from "aws-amplify/auth";
      import { Hub } from "aws-amplify/utils";
      const show = async () => {
        const { tokens } = await fetchAuthSession();
        document.querySelector("#user").textContent = tokens?.idToken.payload.email ?? "nobody";
        document.title = "ready";
      };
      Hub.listen("auth", ({ payload }) => payload.event === "signInWithRedirect" && show());
      Amplify.configure({ Auth: { Cognito: ${JSON.stringify(config)} } });
      window.signIn = () => signInWithRedirect();
      window.signOut = () => signOut();
      show();`));
    const context = await (await browse(t)).newContext({ ignoreHTTPSErrors: true });
    const tab = await context.newPage();
    const ready = () => tab.waitForFunction(() => document.title === "ready");
    await tab.goto(app.url);
    await ready();
    await tab.evaluate(() => void window.signIn());
    await tab.waitForURL(`https://${domain}/login?**`);
    await signIn(tab);
    await user(tab, EMAIL);
    await tab.evaluate(() => void window.signOut());
    await tab.waitForURL(app.url);
    await user(tab, "nobody");
    await ready();
    await tab.evaluate(() => void window.signIn());
    await tab.waitForURL(`https://${domain}/login?**`);
  });

  test("oidc-client-ts at a provider of the pool, which identity_provider names", async (t) => {
    const app = await site(t);
    const pool = await poolOf(t, app.url);
    await addProviders(pool);
    app.serve = page(await bundled(`
      import { UserManager, WebStorageStateStore } from "oidc-client-ts";
      const [domain, issuer, here] = ${JSON.stringify([pool.domain, pool.issuer, app.url])};
      const users = new UserManager({
        authority: issuer,
        client_id: "${pool.clientId}",
        redirect_uri: here,
        scope: "openid email",
        extraQueryParams: { identity_provider: "Friends" },
        userStore: new WebStorageStateStore({ store: localStorage }),
        metadata: {
          issuer,
          authorization_endpoint: domain + "/oauth2/authorize",
          token_endpoint: domain + "/oauth2/token",
          jwks_uri: issuer + "/.well-known/jwks.json",
        },
      });
      window.signIn = () => users.signinRedirect();
      (async () => {
        if (location.search.includes("code=")) await users.signinCallback();
        const user = await users.getUser();
        if (user) document.querySelector("#user").textContent = user.profile.email + " of " + user.profile.identities[0].providerName;
        document.title = "ready";
      })();`));
    const tab = await (await browse(t)).newPage();
    await tab.goto(app.url);
    await tab.waitForFunction(() => document.title === "ready");
    await tab.evaluate(() => void window.signIn());
    await tab.getByRole("link", { name: "Akua Mansa" }).click();
    await user(tab, "akua@example.com of Friends");
  });

  test("Auth.js with its Cognito provider, on a server", async (t) => {
    const app = await site(t);
    const callback = `${app.url}auth/callback/cognito`;
    const settings = { GenerateSecret: true, CallbackURLs: [callback], LogoutURLs: [app.url], AllowedOAuthScopes: ["openid", "profile", "email"] };
    const pool = await poolOf(t, app.url, { client: settings });
    const { clientId, clientSecret, issuer } = pool;
    const config = { providers: [Cognito({ clientId, clientSecret, issuer })], secret: "of-the-app", trustHost: true, basePath: "/auth" };
    app.serve = async (request, response) => {
      const { method, headers, url } = request;
      if (!url.startsWith("/auth/")) return response.end();
      const body = method === "POST" ? request : undefined;
      const answer = await Auth(new Request(new URL(url, app.url), { method, headers, body, duplex: "half" }), config);
      response.writeHead(answer.status, [...answer.headers].flat());
      response.end(await answer.text());
    };
    const tab = await (await browse(t)).newPage();
    const session = async () => JSON.parse(await (await tab.goto(`${app.url}auth/session`)).text());
    await tab.goto(`${app.url}auth/signin`);
    await tab.click("button[type=submit]");
    await tab.waitForURL("**/login?**");
    await signIn(tab);
    await tab.waitForURL(app.url);
    assert.equal((await session()).user.email, EMAIL);
    await tab.goto(`${app.url}auth/signout`);
    await tab.click("button[type=submit]");
    await tab.waitForURL(app.url);
    assert.equal(await session(), null);
    // The library ends the session of the app alone, and the app leads on to end that of the pool.
    const out = new URLSearchParams({ client_id: clientId, logout_uri: app.url });
    await tab.goto(`${pool.server.url}/_poolhouse/domains/people/logout?${out}`);
    await tab.goto(`${app.url}auth/signin`);
    await tab.click("button[type=submit]");
    await tab.waitForURL("**/login?**");
  });

  test("openid-client, on a server", async (t) => {
    const app = await site(t);
    const pool = await poolOf(t, app.url, { client: { GenerateSecret: true } });
    const execute = [client.allowInsecureRequests];
    const config = await client.discovery(new URL(pool.issuer), pool.clientId, pool.clientSecret, undefined, { execute });
    const tab = await (await browse(t)).newPage();
    const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()];
    const asked = client.buildAuthorizationUrl(config, {
      redirect_uri: app.url,
      scope: "openid email",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    await tab.goto(asked.href);
    await signIn(tab);
    await tab.waitForURL(`${app.url}?code=**`);
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    const tokens = await client.authorizationCodeGrant(config, new URL(tab.url()), checks);
    const shown = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.deepEqual([shown.username, shown.email], [USER, EMAIL]);
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(refreshed.claims().sub, shown.sub);
    await client.tokenRevocation(config, tokens.refresh_token);
    const userInfo = client.fetchUserInfo(config, refreshed.access_token, shown.sub);
    await assert.rejects(userInfo, (error) => error.cause.status === 401);
    await tab.goto(client.buildEndSessionUrl(config, { logout_uri: app.url }).href);
    await tab.waitForURL(app.url);
    await tab.goto(asked.href);
    await tab.waitForURL("**/login?**");
  });

  test("a plain request for a code signs in, is remembered, and signs out", async (t) => {
    const app = await site(t);
    const pool = await poolOf(t, app.url);
    const tab = await (await browse(t)).newPage();
    await tab.goto(pool.authorize);
    await signIn(tab);
    await tab.waitForURL(`${app.url}?code=**`);
    const given = new URL(tab.url()).searchParams;
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
    await tab.goto(pool.authorize);
    await tab.waitForURL(`${app.url}?code=**`);
    await tab.goto(pool.signOut);
    await tab.waitForURL(app.url);
    await tab.goto(pool.authorize);
    await tab.waitForURL(`${pool.domain}/login?**`);
  });

  test("an authenticator app is set up by its secret, and then asked for", async (t) => {
    const app = await site(t);
    const pool = await poolOf(t, app.url);
    await pool.askForSoftwareTokens();
    const tab = await (await browse(t)).newPage();
    await tab.goto(pool.authorize);
    await signIn(tab);
    const secret = await tab.textContent("code");
    await tab.fill("[name=code]", code(secret));
    await tab.click("button[type=submit]");
    await tab.waitForURL(`${app.url}?code=**`);
    await tab.context().clearCookies();
    await tab.goto(pool.authorize);
    await signIn(tab);
    await tab.fill("[name=code]", code(secret, 1));
    await tab.keyboard.press("Enter");
    await tab.waitForURL(`${app.url}?code=**`);
  });
});
