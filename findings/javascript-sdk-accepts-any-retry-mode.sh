#!/usr/bin/env bash
# Seen on 2026-11-29: @aws-sdk/client-cognito-identity-provider 3.1169.0 on Node.js 20.20.
#
# `retryMode` and `AWS_RETRY_MODE` take any text without an error or a warning, and whatever is not `adaptive` works as `standard`:
# `off` repeats a throttled call as well. Expected: an unknown mode is refused, as boto3 refuses it (InvalidRetryModeError), or `off`
# sends a call once. To send a call once, set `maxAttempts: 1`.
#
# Output seen:
#   retryMode=standard        3 requests, then TooManyRequestsException
#   retryMode=off             3 requests, then TooManyRequestsException
#   retryMode=standrad        3 requests, then TooManyRequestsException
#   AWS_RETRY_MODE=off        3 requests, then TooManyRequestsException
#   maxAttempts=1             1 request, then TooManyRequestsException
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm install --silent --no-audit --no-fund --prefix . @aws-sdk/client-cognito-identity-provider@3.1169.0 >/dev/null

cat > look.mjs <<'JAVASCRIPT'
import { createServer } from "node:http";
import { CognitoIdentityProviderClient, GetUserCommand } from "@aws-sdk/client-cognito-identity-provider";

let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  request.resume().on("end", () => {
    response.writeHead(400, { "Content-Type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify({ __type: "TooManyRequestsException", message: "Rate exceeded" }));
  });
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
async function count(name, options) {
  requests = 0;
  const client = new CognitoIdentityProviderClient({
    endpoint: `http://127.0.0.1:${server.address().port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "example", secretAccessKey: "example" },
    ...options,
  });
  const error = await client.send(new GetUserCommand({ AccessToken: "example" })).catch((thrown) => thrown);
  console.log(`${name.padEnd(25)} ${requests} request${requests === 1 ? "" : "s"}, then ${error.name}`);
}
delete process.env.AWS_RETRY_MODE;
delete process.env.AWS_MAX_ATTEMPTS;
for (const retryMode of ["standard", "off", "standrad"]) await count(`retryMode=${retryMode}`, { retryMode });
process.env.AWS_RETRY_MODE = "off";
await count("AWS_RETRY_MODE=off", {});
await count("maxAttempts=1", { maxAttempts: 1 });
server.close();
JAVASCRIPT
seen=$(node --no-warnings look.mjs)
expected="retryMode=standard        3 requests, then TooManyRequestsException
retryMode=off             3 requests, then TooManyRequestsException
retryMode=standrad        3 requests, then TooManyRequestsException
AWS_RETRY_MODE=off        3 requests, then TooManyRequestsException
maxAttempts=1             1 request, then TooManyRequestsException"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
