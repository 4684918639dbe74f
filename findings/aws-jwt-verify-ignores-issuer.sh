#!/usr/bin/env bash
# Seen on 2026-11-28: aws-jwt-verify 5.2.1 on Node.js 20.20.
#
# `CognitoJwtVerifier.create` accepts `issuer` and `jwksUri` but uses neither: it refuses a token of that issuer because no such
# issuer is configured. Expected: the two options, which `JwtVerifier` of the same package has, work here too or are refused.
#
# Output seen:
#   CognitoJwtVerifier:  create said nothing; Error: issuer not configured: http://127.0.0.1:9/us-east-1_Example01
#   JwtVerifier:         valid
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm install --silent --no-audit --no-fund --prefix . aws-jwt-verify@5.2.1 >/dev/null
cat > look.mjs <<'JAVASCRIPT'
import { createSign, generateKeyPairSync } from "node:crypto";
import { CognitoJwtVerifier, JwtVerifier } from "aws-jwt-verify";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" }] };
const userPoolId = "us-east-1_Example01";
const issuer = `http://127.0.0.1:9/${userPoolId}`;
const [clientId, now] = ["exampleclient0000000000001", Math.floor(Date.now() / 1000)];
const encoded = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
const claims = { iss: issuer, aud: clientId, token_use: "id", iat: now, exp: now + 300 };
const signed = `${encoded({ alg: "RS256", kid: "one" })}.${encoded(claims)}`;
const token = `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;

async function verdict(verifier, ...pool) {
  verifier.cacheJwks(jwks, ...pool);
  return verifier.verify(token).then(() => "valid", (error) => `${error.name}: ${error.message}`);
}
const jwksUri = `${issuer}/.well-known/jwks.json`;
const cognito = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse: "id", issuer, jwksUri });
console.log(`CognitoJwtVerifier:  create said nothing; ${await verdict(cognito)}`);
console.log(`JwtVerifier:         ${await verdict(JwtVerifier.create({ issuer, audience: clientId, jwksUri }))}`);
JAVASCRIPT
seen=$(node look.mjs)
expected="CognitoJwtVerifier:  create said nothing; Error: issuer not configured: http://127.0.0.1:9/us-east-1_Example01
JwtVerifier:         valid"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
