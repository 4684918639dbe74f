// openid-client against the endpoints of a pool's domain: discovery, tokens of a client itself, refreshing, revocation.

import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { test } from "node:test";

import {
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolDomainCommand,
  InitiateAuthCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import * as client from "openid-client";

import { Poolhouse } from "./poolhouse.js";
import { PASSWORD, USER, UserPool } from "./user-pool.js";

const OAUTH = { AllowedOAuthFlowsUserPoolClient: true, GenerateSecret: true };
const CODES = {
  ...OAUTH,
  AllowedOAuthFlows: ["code"],
  AllowedOAuthScopes: ["openid", "email"],
  CallbackURLs: ["http://localhost:3000/callback"],
};
const MACHINE = { ...OAUTH, AllowedOAuthFlows: ["client_credentials"], AllowedOAuthScopes: ["orders/read"] };

async function poolWithDomain(t) {
  const pool = await UserPool.create(await Poolhouse.start(t), undefined, CODES);
  const scopes = [{ ScopeName: "read", ScopeDescription: "Read orders" }];
  const server = { UserPoolId: pool.id, Identifier: "orders", Name: "Orders", Scopes: scopes };
  await pool.administrator.send(new CreateResourceServerCommand(server));
  const domain = { UserPoolId: pool.id, Domain: `shop-${randomUUID().slice(0, 8)}` };
  await pool.administrator.send(new CreateUserPoolDomainCommand(domain));
  return pool;
}

/** openid-client insists on HTTPS otherwise. */
function discovered(pool, id, secret, authentication) {
  const options = { execute: [client.allowInsecureRequests] };
  return client.discovery(new URL(pool.issuer), id, secret, authentication, options);
}

test("openid-client gets a token for a client itself", async (t) => {
  const pool = await poolWithDomain(t);
  const command = new CreateUserPoolClientCommand({ UserPoolId: pool.id, ClientName: "machine", ...MACHINE });
  const { UserPoolClient: machine } = await pool.administrator.send(command);
  const { ClientId: id, ClientSecret: secret } = machine;
  for (const method of [client.ClientSecretBasic, client.ClientSecretPost]) {
    const config = await discovered(pool, id, secret, method(secret));
    const tokens = await client.clientCredentialsGrant(config, { scope: "orders/read" });
    assert.deepEqual([tokens.token_type, tokens.expires_in], ["bearer", 3600]);
    const userInfo = client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck);
    // A token without a user. The library does not understand the service's WWW-Authenticate, which lacks a scheme.
    await assert.rejects(userInfo, (error) => error.cause.status === 401);
    const refused = client.clientCredentialsGrant(config, { scope: "orders/write" });
    await assert.rejects(refused, { error: "invalid_scope", status: 400 });
  }
});

test("openid-client refreshes and revokes", async (t) => {
  const pool = await poolWithDomain(t);
  const hash = createHmac("sha256", pool.clientSecret).update(`${USER}${pool.clientId}`).digest("base64");
  const signIn = new InitiateAuthCommand({
    ClientId: pool.clientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: USER, PASSWORD, SECRET_HASH: hash },
  });
  const { AuthenticationResult: given } = await pool.administrator.send(signIn);
  const config = await discovered(pool, pool.clientId, pool.clientSecret);
  const tokens = await client.refreshTokenGrant(config, given.RefreshToken);
  // The library has checked the ID token.
  assert.equal(tokens.claims().aud, pool.clientId);
  await client.tokenRevocation(config, given.RefreshToken, { token_type_hint: "refresh_token" });
  await assert.rejects(client.refreshTokenGrant(config, given.RefreshToken), { error: "invalid_grant" });
  await assert.rejects(client.tokenRevocation(config, given.AccessToken), { error: "unsupported_token_type" });
});
