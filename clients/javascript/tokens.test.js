// Tokens as an application verifies them, with aws-jwt-verify and the keys that the server publishes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { CognitoJwtVerifier, JwtVerifier } from "aws-jwt-verify";
import { JwtInvalidClaimError, JwtInvalidSignatureError, KidNotFoundInJwksError } from "aws-jwt-verify/error";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";

import { Poolhouse } from "./poolhouse.js";
import { ALWAYS, claims, PASSWORD, USER, UserPool } from "./user-pool.js";

async function signedIn(t, environment) {
  const pool = await UserPool.create(await Poolhouse.start(t, environment), ALWAYS);
  const { AuthenticationResult: tokens } = await pool.administrator.send(
    new InitiateAuthCommand({
      ClientId: pool.clientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: USER, PASSWORD },
    }),
  );
  return { pool, tokens };
}

/** What the verifiers fetch keys with. Their own fetcher speaks HTTPS alone; this is the place for another. */
function jwksCache(address = (uri) => uri) {
  const fetcher = { fetch: async (uri) => (await fetch(address(uri))).arrayBuffer() };
  return new SimpleJwksCache({ fetcher });
}

function verifier({ issuer, clientId }, audience = clientId) {
  const jwksUri = `${issuer}/.well-known/jwks.json`;
  return JwtVerifier.create({ issuer, audience, jwksUri }, { jwksCache: jwksCache() });
}

/** The token with its username changed, or with another signature. */
function altered(token, part) {
  const parts = token.split(".");
  if (part === "claims") {
    parts[1] = Buffer.from(JSON.stringify({ ...claims(token), username: "mary" })).toString("base64url");
  } else {
    parts[2] = (parts[2][0] === "A" ? "B" : "A") + parts[2].slice(1);
  }
  return parts.join(".");
}

describe("JwtVerifier", () => {
  test("verifies both tokens from the published keys", async (t) => {
    const { pool, tokens } = await signedIn(t);
    const access = await verifier(pool, null).verify(tokens.AccessToken);
    assert.equal(access.token_use, "access");
    assert.equal(access.client_id, pool.clientId);
    assert.equal(access.username, USER);
    assert.equal(access.device_key, tokens.NewDeviceMetadata.DeviceKey);
    const id = await verifier(pool).verify(tokens.IdToken);
    assert.equal(id.token_use, "id");
    assert.equal(id["cognito:username"], USER);
    assert.equal(id.email_verified, true);
    assert.equal(id.sub, access.sub);
  });

  for (const part of ["claims", "signature"]) {
    test(`rejects a token with another ${part}`, async (t) => {
      const { pool, tokens } = await signedIn(t);
      for (const token of [tokens.AccessToken, tokens.IdToken]) {
        await assert.rejects(verifier(pool, null).verify(altered(token, part)), JwtInvalidSignatureError);
      }
    });
  }

  test("rejects another pool's token", async (t) => {
    const { pool, tokens } = await signedIn(t);
    const other = await UserPool.create(pool.server);
    await assert.rejects(verifier(other, null).verify(tokens.AccessToken), KidNotFoundInJwksError);
  });

  test("finds issuer and keys in the discovery document", async (t) => {
    const { pool, tokens } = await signedIn(t);
    const answer = await fetch(`${pool.issuer}/.well-known/openid-configuration`);
    const { issuer, jwks_uri: jwksUri } = await answer.json();
    assert.equal(issuer, pool.issuer);
    const found = JwtVerifier.create({ issuer, audience: pool.clientId, jwksUri }, { jwksCache: jwksCache() });
    assert.equal((await found.verify(tokens.IdToken)).sub, claims(tokens.AccessToken).sub);
  });
});

// It knows no other issuer than AWS, which is one that the server can be.
describe("CognitoJwtVerifier", () => {
  const OF_AWS = "https://cognito-idp.us-east-1.amazonaws.com";

  async function verifiers(t) {
    const { pool, tokens } = await signedIn(t, { POOLHOUSE_ISSUER: "aws" });
    const verifierOf = (tokenUse) =>
      CognitoJwtVerifier.create(
        { userPoolId: pool.id, clientId: pool.clientId, tokenUse },
        { jwksCache: jwksCache((uri) => uri.replace(OF_AWS, pool.server.url)) },
      );
    return { pool, tokens, access: verifierOf("access"), id: verifierOf("id") };
  }

  test("verifies both tokens of a server that says it is AWS", async (t) => {
    const { pool, tokens, access, id } = await verifiers(t);
    assert.equal((await access.verify(tokens.AccessToken)).iss, `${OF_AWS}/${pool.id}`);
    assert.equal((await id.verify(tokens.IdToken)).aud, pool.clientId);
  });

  test("rejects a token of the other use, and an altered one", async (t) => {
    const { tokens, access, id } = await verifiers(t);
    await assert.rejects(access.verify(tokens.IdToken), JwtInvalidClaimError);
    await assert.rejects(id.verify(tokens.AccessToken), JwtInvalidClaimError);
    await assert.rejects(access.verify(altered(tokens.AccessToken, "claims")), JwtInvalidSignatureError);
  });
});
