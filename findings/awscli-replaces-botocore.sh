#!/usr/bin/env bash
# Seen on 2026-11-28: awscli 1.46.3 beside boto3 1.44.8 and botocore 1.44.8, Python 3.11.
#
# `import awscli` changes what a later `import botocore` gives, in boto3 as well: the AWS CLI 1 carries its own botocore and
# replaces the installed one. In such a process boto3 retries in the older way (mode "legacy" instead of "standard") and lacks
# operations. Expected: an installed package keeps the version that pip shows.
#
# Output seen:
#   botocore alone:    1.44.8, 153 operations, retries standard
#   after awscli:      1.43.62, 129 operations, retries legacy
#   what pip says:     1.44.8
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check awscli==1.46.3 boto3==1.44.8 botocore==1.44.8

cat > "$scratch/look.py" <<'PYTHON'
import sys

if "awscli" in sys.argv:
    import awscli  # noqa: F401
import boto3
import botocore

client = boto3.client("cognito-idp", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
operations = len(client.meta.service_model.operation_names)
print(f"{botocore.__version__}, {operations} operations, retries {client.meta.config.retries['mode']}")
PYTHON
look() { env -u AWS_RETRY_MODE AWS_CONFIG_FILE=/dev/null "$scratch/venv/bin/python" "$scratch/look.py" "$@"; }

seen=$(
  echo "botocore alone:    $(look)"
  echo "after awscli:      $(look awscli)"
  echo "what pip says:     $("$scratch/venv/bin/pip" show botocore 2>/dev/null | sed -n 's/^Version: //p')"
)
expected="botocore alone:    1.44.8, 153 operations, retries standard
after awscli:      1.43.62, 129 operations, retries legacy
what pip says:     1.44.8"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
