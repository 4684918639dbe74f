"""A pytest plugin: a Poolhouse of the test run's own, and the state of its seed in every test.

Copy this file beside your tests and name it in conftest.py: `pytest_plugins = ["pytest_poolhouse"]`. The binary is the one that
POOLHOUSE_BIN names, or `poolhouse` on the PATH. The seed is seed.json beside conftest.py; the option --poolhouse-seed names another.
"""

import json
import os
import subprocess
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "us-east-1"


class Poolhouse:
    """A running server: its URL, and what tests do with it besides calling operations."""

    def __init__(self, database, seed):
        command = [os.environ.get("POOLHOUSE_BIN", "poolhouse"), "serve", "--listen", "127.0.0.1:0"]
        command += ["--limits", "off", "--log-format", "off", "--database", str(database), "--seed", str(seed)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = None
        for line in self.process.stdout:
            if line.startswith("Listening"):
                self.url = line.split()[1]
            if line == "Ready.\n":
                return
        raise RuntimeError("poolhouse did not start; it says why on standard error")

    def client(self):
        """A boto3 client of this server."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client("cognito-idp", endpoint_url=self.url, region_name=REGION, **keys)

    def outbox(self, **query):
        """The messages that users were sent, the newest last. With `wait=5`, waits so many seconds for one."""
        return self.control("GET", f"outbox?{urlencode(query)}")["Messages"]

    def advance(self, seconds):
        """Sets the server's clock forward."""
        self.control("POST", "clock", {"AdvanceSeconds": seconds})

    def save(self, name):
        """Keeps the registry aside."""
        self.control("PUT", f"snapshots/{name}")

    def restore(self, name):
        """Makes the registry what it was when it was saved, and the clock the system's."""
        self.control("POST", f"snapshots/{name}/restore")
        self.control("DELETE", "clock")

    def control(self, method, path, body=None):
        """Calls a control endpoint, signed as any operation."""
        data = b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(method, f"{self.url}/_poolhouse/{path}", data=data)
        SigV4Auth(Credentials("test", "test"), "cognito-idp", REGION).add_auth(request)
        sent = Request(request.url, data=data, headers=dict(request.headers), method=method)
        with urlopen(sent, timeout=60) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def pytest_addoption(parser):
    parser.addoption("--poolhouse-seed", help="the seed of the registry that each test begins with")


@pytest.fixture(scope="session")
def poolhouse_server(request, tmp_path_factory):
    seed = request.config.getoption("--poolhouse-seed") or request.config.rootpath / "seed.json"
    server = Poolhouse(tmp_path_factory.mktemp("poolhouse") / "registry.db", seed)
    server.save("seeded")
    yield server
    server.stop()


@pytest.fixture
def poolhouse(poolhouse_server):
    """The server, whose registry is that of the seed again after the test."""
    yield poolhouse_server
    poolhouse_server.restore("seeded")
