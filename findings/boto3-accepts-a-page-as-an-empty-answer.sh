#!/usr/bin/env bash
# Seen on 2026-11-28: boto3 1.44.8; @aws-sdk/client-cognito-identity-provider 3.1169.0 on Node.js 20.20.
#
# If a proxy answers with an HTML page and status 200, boto3 raises nothing and returns an empty dictionary, as for an operation
# with an empty answer. So behind such a proxy, deleting or changing something seems to have worked. Expected: it fails, as the
# SDK for JavaScript does on the same bytes.
#
# Output seen:
#   boto3:       admin_get_user answered without an error, members: none
#   JavaScript:  SyntaxError
set -euo pipefail
scratch=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check boto3==1.44.8 botocore==1.44.8
npm install --silent --no-audit --no-fund --prefix . @aws-sdk/client-cognito-identity-provider@3.1169.0 >/dev/null

cat > server.py <<'PYTHON'
from http.server import BaseHTTPRequestHandler, HTTPServer


class Page(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b"<!doctype html><title>Maintenance</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Page)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py > port &
server=$!
until [[ -s port ]]; do sleep 0.1; done
export URL="http://127.0.0.1:$(cat port)" AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_CONFIG_FILE=/dev/null NO_PROXY=127.0.0.1

cat > ask.py <<'PYTHON'
import os

import boto3

client = boto3.client("cognito-idp", endpoint_url=os.environ["URL"], region_name="us-east-1")
answer = client.admin_get_user(UserPoolId="us-east-1_Example01", Username="ana")
members = ", ".join(sorted(set(answer) - {"ResponseMetadata"})) or "none"
print(f"boto3:       admin_get_user answered without an error, members: {members}")
PYTHON
cat > ask.mjs <<'JAVASCRIPT'
import { AdminGetUserCommand, CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";

const client = new CognitoIdentityProviderClient({ endpoint: process.env.URL, region: "us-east-1" });
const command = new AdminGetUserCommand({ UserPoolId: "us-east-1_Example01", Username: "ana" });
const outcome = await client.send(command).then(() => "answered without an error", (error) => error.name);
console.log(`JavaScript:  ${outcome}`);
JAVASCRIPT
seen=$(venv/bin/python ask.py; node ask.mjs 2>/dev/null)
expected="boto3:       admin_get_user answered without an error, members: none
JavaScript:  SyntaxError"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
