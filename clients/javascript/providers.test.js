// An identity provider over HTTPS, whose certificate an authority of its own has signed, as one inside a company has it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSign, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import {
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { Poolhouse } from "./poolhouse.js";
import { claims } from "./user-pool.js";

const CALLBACK = "http://localhost:3000/";
const PROVIDER = { client_id: "app", client_secret: "any", attributes_request_method: "GET", authorize_scopes: "openid email" };

/** Makes an authority and a certificate of its for `localhost`. Returns the folder, which the test removes. */
function certificates(t) {
  const folder = mkdtempSync(join(tmpdir(), "authority-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "leaf.cnf"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n");
  const openssl = (...given) => execFileSync("openssl", given, { cwd: folder, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...key, "-days", "1", "-subj", "/CN=Company", "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", "-new", ...key, "-subj", "/CN=localhost", "-keyout", "leaf.key", "-out", "leaf.csr");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1", "-extfile", "leaf.cnf"];
  openssl("x509", "-req", "-in", "leaf.csr", ...signed, "-out", "leaf.pem");
  return folder;
}

/** A provider of OpenID Connect by HTTPS, at which everybody is ana. */
async function provider(t, folder) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const tls = { key: readFileSync(join(folder, "leaf.key")), cert: readFileSync(join(folder, "leaf.pem")) };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const provider = { nonce: undefined };
  const server = createServer(tls, (request, response) => {
    const { url } = provider;
    const now = Math.floor(Date.now() / 1000);
    const idToken = { iss: url, aud: "app", sub: "ana", nonce: provider.nonce, iat: now, exp: now + 60, email: "ana@example.com" };
    const signed = `${part({ alg: "RS256", kid: "only" })}.${part(idToken)}`;
    const signature = createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url");
    const answers = {
      "/.well-known/openid-configuration": {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/keys`,
      },
      "/keys": { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "only", use: "sig" }] },
      "/token": { access_token: "a", token_type: "Bearer", id_token: `${signed}.${signature}` },
    };
    response.setHeader("content-type", "application/json").end(JSON.stringify(answers[request.url]));
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  t.after(() => server.close());
  provider.url = `https://localhost:${server.address().port}`;
  return provider;
}

/** A pool with the provider, on a server in this environment. Returns where a request for authorization begins. */
async function pool(t, provider, environment) {
  const server = await Poolhouse.start(t, environment);
  const administrator = server.client();
  const { UserPool } = await administrator.send(new CreateUserPoolCommand({ PoolName: "Of a company" }));
  const of = { UserPoolId: UserPool.Id };
  await administrator.send(new CreateUserPoolDomainCommand({ ...of, Domain: "company" }));
  await administrator.send(
    new CreateIdentityProviderCommand({
      ...of,
      ProviderName: "Company",
      ProviderType: "OIDC",
      ProviderDetails: { ...PROVIDER, oidc_issuer: provider.url },
      AttributeMapping: { email: "email" },
    }),
  );
  const app = { AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: ["code"], AllowedOAuthScopes: ["openid", "email"] };
  const { UserPoolClient } = await administrator.send(
    new CreateUserPoolClientCommand({ ...of, ClientName: "app", CallbackURLs: [CALLBACK], SupportedIdentityProviders: ["Company"], ...app }),
  );
  const client = { client_id: UserPoolClient.ClientId, redirect_uri: CALLBACK };
  const domain = `${server.url}/_poolhouse/domains/company`;
  return { domain, client, begin: `${domain}/oauth2/authorize?${new URLSearchParams({ ...client, response_type: "code" })}` };
}

const got = (url, headers = {}) => fetch(url, { redirect: "manual", headers });

test("a provider inside a company is trusted by the file of authorities that SSL_CERT_FILE names", async (t) => {
  const folder = certificates(t);
  const company = await provider(t, folder);
  const { domain, client, begin } = await pool(t, company, { SSL_CERT_FILE: join(folder, "ca.pem") });
  const departed = await got(begin);
  const asked = new URL(departed.headers.get("location"));
  assert.equal(`${asked.origin}${asked.pathname}`, `${company.url}/authorize`);
  company.nonce = asked.searchParams.get("nonce");
  const answer = new URLSearchParams({ code: "c", state: asked.searchParams.get("state") });
  const cookie = departed.headers.get("set-cookie").split(";")[0];
  const arrived = await got(`${domain}/oauth2/idpresponse?${answer}`, { cookie });
  const code = new URL(arrived.headers.get("location")).searchParams.get("code");
  const form = new URLSearchParams({ ...client, grant_type: "authorization_code", code });
  const tokens = await (await fetch(`${domain}/oauth2/token`, { method: "POST", body: form })).json();
  const { email, identities } = claims(tokens.id_token);
  assert.deepEqual([email, identities[0].userId, identities[0].providerName], ["ana@example.com", "ana", "Company"]);
});

test("a provider whose authority nobody has named is not asked for anything", async (t) => {
  const company = await provider(t, certificates(t));
  const { begin } = await pool(t, company, {});
  const refused = new URL((await got(begin)).headers.get("location"));
  assert.equal(`${refused.origin}${refused.pathname}`, CALLBACK);
  assert.deepEqual(
    [refused.searchParams.get("error"), refused.searchParams.get("error_description")],
    ["invalid_request", "Connection reset"],
  );
});
