#!/usr/bin/env bash
# Seen on 2026-11-28: boto3 1.44.8, default retry mode (`standard`).
#
# A client object repeats a throttled call twice, but only for fifty calls. Then its retry quota is used up, and every further
# throttled call is sent once, without a message. Server faults use up the quota sooner. Expected: each call gets its three
# attempts.
#
# Output seen (requests for each call, and how many calls in a row):
#   throttled (TooManyRequestsException): 3 requests x 50 calls, 1 request x 10 calls
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check boto3==1.44.8 botocore==1.44.8
cat > look.py <<'PYTHON'
import time
from itertools import groupby

import boto3
from botocore.awsrequest import AWSResponse

time.sleep = lambda _: None  # The delays do not matter here.


class Body:
    def stream(self, **_):
        yield b'{"__type":"TooManyRequestsException","message":"Rate exceeded"}'


requests = 0


def throttled(request, **_):
    global requests
    requests += 1
    return AWSResponse(request.url, 400, {"x-amzn-ErrorType": "TooManyRequestsException"}, Body())


client = boto3.client("cognito-idp", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
client.meta.events.register("before-send.cognito-idp", throttled)
counts = []
for _ in range(60):
    requests = 0
    try:
        client.list_user_pools(MaxResults=1)
    except client.exceptions.TooManyRequestsException:
        counts.append(requests)
runs = [(count, len(list(calls))) for count, calls in groupby(counts)]
told = ", ".join(f"{count} request{'s' * (count > 1)} x {calls} calls" for count, calls in runs)
print(f"throttled (TooManyRequestsException): {told}")
PYTHON
seen=$(env -u AWS_RETRY_MODE -u AWS_MAX_ATTEMPTS AWS_CONFIG_FILE=/dev/null venv/bin/python look.py)
expected="throttled (TooManyRequestsException): 3 requests x 50 calls, 1 request x 10 calls"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
