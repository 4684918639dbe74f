// A real browser, and what it visits: sites of apps, and the pages of a pool.
//
// Needs a Chromium of this machine: `CHROMIUM`, which ../run sets.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

import {
  CreateIdentityProviderCommand,
  CreateUserPoolDomainCommand,
  DescribeUserPoolClientCommand,
  UpdateUserPoolClientCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { chromium } from "playwright-core";

import { Poolhouse } from "./poolhouse.js";
import { PASSWORD, USER, UserPool, VERIFIES_EMAIL } from "./user-pool.js";

/** Why tests that need a browser are left out; false if they are not. */
export const NO_BROWSER = process.env.CHROMIUM ? false : "no Chromium";

/** A site of this machine whose requests `serve` answers, until the test ends. */
export async function site(t, serve = (request, response) => response.end()) {
  const server = createServer((request, response) => server.serve(request, response));
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  t.after(() => server.close());
  server.url = `http://localhost:${server.address().port}/`;
  server.serve = serve;
  return server;
}

/** A pool with a domain and a client whose app is at this address, and its pages. */
export async function poolOf(t, url, { client = {}, settings = {}, domain = {}, environment = {} } = {}) {
  const server = await Poolhouse.start(t, environment);
  const app = {
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email", "aws.cognito.signin.user.admin"],
    CallbackURLs: [url],
    LogoutURLs: [url],
    SupportedIdentityProviders: ["COGNITO"],
    ...client,
  };
  const pool = await UserPool.create(server, undefined, app, { ...VERIFIES_EMAIL, ...settings });
  await pool.administrator.send(new CreateUserPoolDomainCommand({ UserPoolId: pool.id, Domain: "people", ...domain }));
  pool.domain = `http://people.localhost:${new URL(server.url).port}`;
  const query = new URLSearchParams({ redirect_uri: url, response_type: "code", client_id: pool.clientId, state: "s" });
  pool.authorize = `${pool.domain}/oauth2/authorize?${query}`;
  pool.page = (name, more = "") => `${pool.domain}/${name}?${query}${more}`;
  pool.signOut = `${pool.domain}/logout?${new URLSearchParams({ client_id: pool.clientId, logout_uri: url })}`;
  return pool;
}

/** Lets users of the pool's client sign in at the pool's fake identity provider too, and at Google in name. */
export async function addProviders(pool) {
  const { UserPoolClient } = await pool.administrator.send(
    new DescribeUserPoolClientCommand({ UserPoolId: pool.id, ClientId: pool.clientId }),
  );
  const { CreationDate, LastModifiedDate, ...client } = UserPoolClient;
  const ProviderDetails = {
    client_id: "app",
    client_secret: "any",
    oidc_issuer: `http://localhost:${new URL(pool.server.url).port}/_poolhouse/idp/${pool.id}`,
    attributes_request_method: "GET",
    authorize_scopes: "openid email profile",
  };
  const AttributeMapping = { email: "email", email_verified: "email_verified", name: "name" };
  const seed = {
    UserPool: { Id: pool.id },
    IdentityProviders: [{ ProviderName: "Friends", ProviderType: "OIDC", ProviderDetails, AttributeMapping }],
    People: [
      { sub: "akua", name: "Akua Mansa", email: "akua@example.com", email_verified: true },
      { sub: "jorge", name: "Jorge Souza", email: "jorge@example.com", email_verified: true },
      { sub: "li" },
    ],
  };
  const file = `${pool.server.database}.providers.json`;
  writeFileSync(file, JSON.stringify(seed));
  execFileSync(process.env.POOLHOUSE_BIN, ["seed", "apply", "--database", pool.server.database, file]);
  const google = { client_id: "app", client_secret: "any", authorize_scopes: "openid" };
  const ofGoogle = { UserPoolId: pool.id, ProviderName: "Google", ProviderType: "Google", ProviderDetails: google };
  await pool.administrator.send(new CreateIdentityProviderCommand(ofGoogle));
  const SupportedIdentityProviders = ["COGNITO", "Friends", "Google"];
  await pool.administrator.send(new UpdateUserPoolClientCommand({ ...client, SupportedIdentityProviders }));
}

export async function browse(t) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  t.after(() => browser.close());
  return browser;
}

/** Signs in on the page to which the app has led. */
export async function signIn(page, username = USER, password = PASSWORD) {
  await page.fill("[name=username]", username);
  await page.fill("[name=password]", password);
  await page.click("button[type=submit]");
}
