#!/usr/bin/env bash
# Seen on 2026-11-29: opentelemetry-instrumentation-botocore and -urllib 0.66b1, opentelemetry-sdk 1.45.1, boto3 1.44.8, Python 3.11.
#
# OpenTelemetry's instrumentation of botocore tells the called service its trace in the header X-Amzn-Trace-Id alone, also where the
# process's propagator is W3C Trace Context, which is the default. Expected: the propagator of the process decides, as in the
# other instrumentations of HTTP clients, so that the service gets `traceparent`. A service that reads that header only starts a
# trace of its own for each call of boto3. Another propagator can be handed to the instrumentor.
#
# Output seen:
#   propagated by default: baggage, traceparent, tracestate
#   boto3: x-amzn-trace-id
#   urllib: traceparent
#   with a propagator handed to the instrumentor:
#   boto3: traceparent
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check boto3==1.44.8 botocore==1.44.8 \
  opentelemetry-sdk==1.45.1 opentelemetry-instrumentation-botocore==0.66b1 opentelemetry-instrumentation-urllib==0.66b1

cat > "$scratch/look.py" <<'PYTHON'
"""Calls a server of this process in a span, with boto3 and with urllib, and prints which headers say so."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.request import urlopen

import boto3
from opentelemetry import trace
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
from opentelemetry.instrumentation.urllib import URLLibInstrumentor
from opentelemetry.propagate import get_global_textmap
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

got = []


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        got.append(sorted({"traceparent", "x-amzn-trace-id"} & {name.lower() for name in self.headers}))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b'{"UserPools": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Service)
Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
trace.set_tracer_provider(TracerProvider())
options = {"propagator": TraceContextTextMapPropagator()} if "w3c" in sys.argv else {}
BotocoreInstrumentor().instrument(**options)
URLLibInstrumentor().instrument()
keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
with trace.get_tracer("look").start_as_current_span("work"):
    boto3.client("cognito-idp", endpoint_url=url, **keys).list_user_pools(MaxResults=1)
    urlopen(url).read()
print("propagated by default:", ", ".join(sorted(get_global_textmap().fields)))
for name, headers in zip(["boto3", "urllib"], got, strict=True):
    print(f"{name}: {', '.join(headers)}")
server.shutdown()
PYTHON
seen=$(
  "$scratch/venv/bin/python" "$scratch/look.py"
  echo "with a propagator handed to the instrumentor:"
  "$scratch/venv/bin/python" "$scratch/look.py" w3c | grep boto3
)
expected="propagated by default: baggage, traceparent, tracestate
boto3: x-amzn-trace-id
urllib: traceparent
with a propagator handed to the instrumentor:
boto3: traceparent"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
