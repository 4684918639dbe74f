#!/usr/bin/env bash
# Seen on 2026-11-28: boto3 1.44.8; @aws-sdk/client-cognito-identity-provider 3.1169.0 on Node.js 20.20.
#
# boto3 ignores `Retry-After: 4`, HTTP's own header, in a throttled answer: it repeats the request after a random delay of at
# most a second. The SDK for JavaScript waits for the four seconds. With `x-amz-retry-after: 4000`, in milliseconds, both wait.
# Expected: two SDKs with the same documented retry mode read the same headers.
#
# Output seen (the time before the second request):
#   boto3:       no header under 3 s, Retry-After under 3 s, x-amz-retry-after 4 s or more
#   JavaScript:  no header under 3 s, Retry-After 4 s or more, x-amz-retry-after 4 s or more
set -euo pipefail
scratch=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check boto3==1.44.8 botocore==1.44.8
npm install --silent --no-audit --no-fund --prefix . @aws-sdk/client-cognito-identity-provider@3.1169.0 >/dev/null

# Throttles every other request, and reports the time until the next one. `NextToken` names the header to send.
cat > server.py <<'PYTHON'
import json
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

HEADERS = {"standard": ("Retry-After", "4"), "aws": ("x-amz-retry-after", "4000")}
refused_at = None


class Throttling(BaseHTTPRequestHandler):
    def do_POST(self):
        global refused_at
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = b"{}"
        if refused_at is None:
            refused_at = time.monotonic()
            body = b'{"__type":"TooManyRequestsException","message":"Rate exceeded"}'
            self.send_response(400)
            self.send_header("x-amzn-ErrorType", "TooManyRequestsException:")
            if asked["NextToken"] in HEADERS:
                self.send_header(*HEADERS[asked["NextToken"]])
        else:
            waited = time.monotonic() - refused_at
            refused_at = None
            print("under 3 s" if waited < 3 else "4 s or more" if waited >= 4 else f"{waited:.1f} s", flush=True)
            self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Throttling)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py > seen &
server=$!
until [[ -s seen ]]; do sleep 0.1; done
export URL="http://127.0.0.1:$(head -1 seen)" AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_CONFIG_FILE=/dev/null NO_PROXY=127.0.0.1
unset AWS_RETRY_MODE AWS_MAX_ATTEMPTS

cat > ask.py <<'PYTHON'
import os

import boto3

client = boto3.client("cognito-idp", endpoint_url=os.environ["URL"], region_name="us-east-1")
for header in ["none", "standard", "aws"]:
    client.list_user_pools(MaxResults=1, NextToken=header)
PYTHON
cat > ask.mjs <<'JAVASCRIPT'
import { CognitoIdentityProviderClient, ListUserPoolsCommand } from "@aws-sdk/client-cognito-identity-provider";

const client = new CognitoIdentityProviderClient({ endpoint: process.env.URL, region: "us-east-1" });
for (const header of ["none", "standard", "aws"]) {
  await client.send(new ListUserPoolsCommand({ MaxResults: 1, NextToken: header }));
}
JAVASCRIPT
venv/bin/python ask.py
node ask.mjs 2>/dev/null
waits() { sed -n "$1p" seen | paste -sd'|' | sed 's/\(.*\)|\(.*\)|\(.*\)/no header \1, Retry-After \2, x-amz-retry-after \3/'; }
result="boto3:       $(waits 2,4)
JavaScript:  $(waits 5,7)"
expected="boto3:       no header under 3 s, Retry-After under 3 s, x-amz-retry-after 4 s or more
JavaScript:  no header under 3 s, Retry-After 4 s or more, x-amz-retry-after 4 s or more"
echo "$result"
[[ $result == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
