#!/usr/bin/env bash
# Seen on 2026-11-28: @aws-sdk/client-cognito-identity-provider 3.1169.0 on Node.js 20.20; boto3 1.44.8.
#
# The SDK for JavaScript signs its next request with the time of the last answer's `Date` header, however wrong that is, and even
# after a success. So a server or proxy with a wrong `Date` makes that client sign all further requests for another day.
# Expected: it corrects its clock only after a refused signature, or never, as boto3.
#
# Output seen (the server's Date is 24 hours ahead; hours between the real time and the time that was signed):
#   JavaScript:  0, 24, 24
#   boto3:       0, 0, 0
set -euo pipefail
scratch=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check boto3==1.44.8 botocore==1.44.8
npm install --silent --no-audit --no-fund --prefix . @aws-sdk/client-cognito-identity-provider@3.1169.0 >/dev/null

cat > server.py <<'PYTHON'
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer


class Ahead(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        signed = datetime.strptime(self.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        now = datetime.now(timezone.utc)
        print(round((signed - now) / timedelta(hours=1)), flush=True)
        self.send_response_only(200)
        self.send_header("Date", format_datetime(now + timedelta(days=1), usegmt=True))
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Ahead)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py > seen &
server=$!
until [[ -s seen ]]; do sleep 0.1; done
export URL="http://127.0.0.1:$(head -1 seen)" AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_CONFIG_FILE=/dev/null NO_PROXY=127.0.0.1

cat > ask.mjs <<'JAVASCRIPT'
import { ListUserPoolsCommand, CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";

const client = new CognitoIdentityProviderClient({ endpoint: process.env.URL, region: "us-east-1" });
for (let call = 0; call < 3; call++) await client.send(new ListUserPoolsCommand({ MaxResults: 1 }));
JAVASCRIPT
cat > ask.py <<'PYTHON'
import os

import boto3

client = boto3.client("cognito-idp", endpoint_url=os.environ["URL"], region_name="us-east-1")
for _ in range(3):
    client.list_user_pools(MaxResults=1)
PYTHON
node ask.mjs 2>/dev/null
venv/bin/python ask.py
hours() { sed -n "$1p" seen | paste -sd, | sed 's/,/, /g'; }
result="JavaScript:  $(hours 2,4)
boto3:       $(hours 5,7)"
expected="JavaScript:  0, 24, 24
boto3:       0, 0, 0"
echo "$result"
[[ $result == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
