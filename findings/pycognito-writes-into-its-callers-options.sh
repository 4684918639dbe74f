#!/usr/bin/env bash
# Seen on 2026-11-28: pycognito 2024.5.1, Python 3.11.
#
# `Cognito(...)` writes the Region of its pool into the dictionary that the caller passed as `boto3_client_kwargs`. A caller who
# uses one dictionary for several pools sends the next client, of any service, to the Region of the last pool. Expected: options
# are only read.
#
# Output seen:
#   before: {'endpoint_url': 'http://127.0.0.1:9'}
#   after:  {'endpoint_url': 'http://127.0.0.1:9', 'region_name': 'eu-west-1'}
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check pycognito==2024.5.1 boto3==1.44.8 botocore==1.44.8
cat > "$scratch/look.py" <<'PYTHON'
from pycognito import Cognito

options = {"endpoint_url": "http://127.0.0.1:9"}
print(f"before: {options}")
Cognito("eu-west-1_Example01", "exampleclient0000000000001", boto3_client_kwargs=options)
print(f"after:  {options}")
PYTHON
seen=$(env -u AWS_REGION -u AWS_DEFAULT_REGION AWS_CONFIG_FILE=/dev/null "$scratch/venv/bin/python" "$scratch/look.py")
expected="before: {'endpoint_url': 'http://127.0.0.1:9'}
after:  {'endpoint_url': 'http://127.0.0.1:9', 'region_name': 'eu-west-1'}"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
