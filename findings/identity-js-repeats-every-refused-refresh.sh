#!/usr/bin/env bash
# Seen on 2026-11-28: amazon-cognito-identity-js 6.3.21 on Node.js 20.20.
#
# `CognitoUser.refreshSession` sends a refresh that is refused permanently (`NotAuthorizedException`, status 400) six times, over
# more than six seconds, before it tells the caller. Expected: it repeats only after throttling and server faults. Other calls of
# the same library are sent once.
#
# Output seen:
#   refreshSession:    6 requests, then NotAuthorizedException
#   authenticateUser:  1 request, then NotAuthorizedException
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm install --silent --no-audit --no-fund --prefix . amazon-cognito-identity-js@6.3.21 >/dev/null

cat > look.mjs <<'JAVASCRIPT'
import { createServer } from "node:http";
import identity from "amazon-cognito-identity-js";

const { AuthenticationDetails, CognitoRefreshToken, CognitoUser, CognitoUserPool } = identity;
let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  request.resume().on("end", () => {
    response.writeHead(400, { "Content-Type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify({ __type: "NotAuthorizedException", message: "Invalid Refresh Token" }));
  });
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const pool = new CognitoUserPool({
  UserPoolId: "us-east-1_Example01",
  ClientId: "exampleclient0000000000001",
  endpoint: `http://127.0.0.1:${server.address().port}`,
});
const user = () => new CognitoUser({ Username: "ana", Pool: pool });
async function count(name, call) {
  requests = 0;
  const error = await new Promise(call);
  console.log(`${name.padEnd(18)} ${requests} request${requests === 1 ? "" : "s"}, then ${error.code}`);
}
await count("refreshSession:", (told) =>
  user().refreshSession(new CognitoRefreshToken({ RefreshToken: "token" }), (error) => told(error)),
);
await count("authenticateUser:", (told) =>
  user().authenticateUser(new AuthenticationDetails({ Username: "ana", Password: "Tulip-Kettle-4417" }), {
    onFailure: told,
  }),
);
server.close();
process.exit();
JAVASCRIPT
seen=$(node look.mjs)
expected="refreshSession:    6 requests, then NotAuthorizedException
authenticateUser:  1 request, then NotAuthorizedException"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
