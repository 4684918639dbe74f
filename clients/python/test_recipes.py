"""The recipes of docs/recipes.md, as they stand there."""

import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

import boto3
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from documents import block
from poolhouse import free_port

BINARY = Path(os.environ["POOLHOUSE_BIN"])
ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:9229"
DEMO_POOL, DEMO_CLIENT = "us-east-1_PoolDemo1", "poolhousedemoclient0000001"


def recipe(name):
    return block("docs/recipes.md", name)


def program(name):
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


@pytest.fixture
def on_path(tmp_path):
    """The environment of somebody who has `poolhouse` and `aws` on the PATH."""
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "poolhouse").symlink_to(BINARY)
    own = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{bin}:{own}:{os.environ['PATH']}"}


def shell(script, environment):
    ran = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, env=environment, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_first_code_lies_in_the_outbox(start, on_path):
    server = start("--demo")
    printed = shell(recipe("first-code").replace(ADDRESS, server.url), on_path)
    assert '"ChallengeName": "EMAIL_OTP"' in printed
    outbox = ["poolhouse", "outbox", "--database", server.database, "--username", "diego@example.com"]
    line = subprocess.run(outbox, capture_output=True, text=True, env=on_path, check=True).stdout
    [(user, code)] = re.findall(rf"  {DEMO_POOL}  (\w+)  EMAIL diego@example.com  Authentication  (\d{{6}})$", line, re.M)
    assert user == "diego"
    program("curl")
    shown = json.loads(shell(recipe("outbox").replace(ADDRESS, server.url), on_path))
    assert [message["Code"] for message in shown["Messages"]] == [code]
    script = recipe("next-code").replace(ADDRESS, server.url)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert ran.stdout == "Bearer True\n", ran.stderr


def test_a_test_suite_has_a_server_of_its_own(tmp_path, on_path):
    suite = tmp_path / "suite"
    suite.mkdir()
    for name in ["conftest.py", "test_sign_in.py", "test_sign_up.py", "seed.json"]:
        (suite / name).write_text(recipe(name))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=suite, capture_output=True, text=True, env=on_path, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout


def test_an_app_that_is_throttled_tries_again(start, on_path):
    server = start("--demo")
    environment = {**on_path, "POOLHOUSE_LISTEN": server.url.removeprefix("http://")}
    printed = shell(recipe("throttled").replace(ADDRESS, server.url), environment)
    assert '"Bearer"' in printed
    assert "TooManyRequestsException, 2 times  (struck 2, ended)" in printed


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes what comes, and keeps it."""

    came = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.came.append((self.path, body))
        self.send_response(200)
        self.end_headers()


def test_a_server_is_watched_by_metrics_and_traces(tmp_path, on_path):
    program("curl")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever).start()
        port = free_port()
        script = recipe("watched").replace("localhost:4318", f"127.0.0.1:{collector.server_port}")
        environment = {**on_path, "POOLHOUSE_LISTEN": f"127.0.0.1:{port}", "POOLHOUSE_LOG_FORMAT": "text"}
        command = ["bash", "-ec", script.replace("poolhouse serve", "exec poolhouse serve")]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path)
        assert any(line == "Ready.\n" for line in server.stdout)
        metrics = shell(recipe("scrape").replace(ADDRESS, f"http://127.0.0.1:{port}"), on_path)
        assert metrics.endswith("# EOF\n")
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
        collector.shutdown()
    assert server.returncode == 0
    # The names of operations stand in the messages as they are.
    assert [(path, b"ReadMetrics" in body) for path, body in Collector.came] == [("/v1/traces", True)]


def test_the_unit_is_one_that_systemd_accepts(tmp_path):
    analyze = program("systemd-analyze")
    unit = tmp_path / "poolhouse.service"
    unit.write_text((ROOT / "packaging/poolhouse.service").read_text().replace("/usr/bin/poolhouse", str(BINARY)))
    ran = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, timeout=60)
    # It also reports on units of this machine that have nothing to do with this one.
    told = [line for line in (ran.stdout + ran.stderr).splitlines() if "poolhouse" in line]
    assert (ran.returncode, told) == (0, [])


def test_the_container_serves_and_tells_its_health(tmp_path):
    dockerfile = (ROOT / "Dockerfile").read_text()
    environment = dict(pair.split("=") for pair in re.search(r"^ENV (.*)$", dockerfile, re.M)[1].split())
    [command] = re.findall(r"^CMD (.*)$", dockerfile, re.M)
    [health] = re.findall(r"^HEALTHCHECK .*? CMD (.*)$", dockerfile, re.M)
    command, health = (json.loads(words) for words in (command, health))
    environment["POOLHOUSE_DATABASE"] = str(tmp_path / "data" / "poolhouse.db")

    def run(words):
        return subprocess.Popen(
            [BINARY, *words[1:]], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    refused = run(command)
    assert "the secret access key is the shipped 'test'" in refused.communicate(timeout=60)[1]
    assert refused.returncode == 2
    environment |= {"POOLHOUSE_ACCESS_KEY_ID": "staging", "POOLHOUSE_SECRET_ACCESS_KEY": "secret-of-staging"}
    environment["POOLHOUSE_LISTEN"] = f"127.0.0.1:{free_port()}"
    server = run(command)
    try:
        until_ready(lambda: run(health).wait(timeout=60) == 0, server)
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    assert server.returncode == 0
    ended = run(health)
    assert "no answer from" in ended.communicate(timeout=60)[1]
    assert ended.returncode == 1


def until_ready(is_ready, process):
    for _ in range(300):
        if is_ready():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    raise AssertionError("not ready")


def certificate(directory):
    """A certificate of localhost that certifies itself, and its key: their files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = directory / "staging.pem", directory / "staging.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    unencrypted = serialization.NoEncryption()
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)
    )
    return pem, private


def test_a_proxy_with_tls_keeps_signatures_and_issuer(tmp_path, start):
    nginx = os.environ.get("NGINX") or program("nginx")
    port = free_port()
    url = f"https://localhost:{port}"
    settings = tmp_path / "poolhouse.toml"
    settings.write_text(recipe("poolhouse.toml").replace("https://cognito.staging.example", url))
    server = start("--demo", config=settings)
    pem, private = certificate(tmp_path)
    site = recipe("nginx.conf")
    for there, here in [
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("cognito.staging.example", "localhost"),
        ("/etc/ssl/staging.pem", str(pem)),
        ("/etc/ssl/staging.key", str(private)),
        (ADDRESS, server.url),
    ]:
        assert there in site
        site = site.replace(there, here)
    scratch = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    )
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{scratch}{site}}}\n"
    )
    proxy = subprocess.Popen([nginx, "-p", tmp_path, "-e", tmp_path / "error.log", "-c", configuration])
    try:
        until_ready(lambda: connects(port), proxy)
        cognito = boto3.client(
            "cognito-idp",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="staging",
            aws_secret_access_key="choose-one-of-your-own",
            verify=str(pem),
        )
        assert cognito.admin_get_user(UserPoolId=DEMO_POOL, Username="diego")["UserStatus"] == "CONFIRMED"
        tokens = cognito.initiate_auth(
            ClientId=DEMO_CLIENT,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "diego", "PASSWORD": "Demo-Password-1"},
        )["AuthenticationResult"]
        claims = jwt.decode(tokens["IdToken"], options={"verify_signature": False})
        assert claims["iss"] == f"{url}/{DEMO_POOL}"
    finally:
        proxy.terminate()
        proxy.wait(timeout=60)


def connects(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
