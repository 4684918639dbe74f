"""A Poolhouse server of a test's own, and what its seed holds."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

CLIENTS = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
START_SECONDS = 60

# Of ../seed.json
POOL = "us-east-1_Tracked01"
POOL_WITHOUT_TRACKING = "us-east-1_NoDevices"
POOL_OF_ANOTHER_ACCOUNT = "us-east-1_Elsewhere"
USER = "diego"
USER_ALSO_KNOWN_AS = {
    "sub": "4d1f7c52-90a3-70b8-2c6e-5f1b3a8d9e04",
    "email": "diego@example.com",
    "phone number": "+12065550100",
    "preferred username": "diego.ramirez",
    "username in other letter case": "DIEGO",
    "email in other letter case": "Diego@Example.COM",
}
DISABLED_USER = "mary"
PHONE = "us-east-1_3f2a9c1e-7b64-4d0a-9e55-0c8b1d6f2a47"
NAMELESS = "us-east-1_b81d5e70-2c3f-4a96-8d17-64e0f9a2c35b"
UNCONFIRMED = "us-east-1_5d08c6f3-21ea-47b9-9f14-b60a7e3c8d25"
DEVICES = {
    PHONE,
    NAMELESS,
    "us-east-1_1c64e2b9-58d0-4f37-a1c8-93b7e05d2f61",
    "us-east-1_7ae93d05-f126-4b8c-b4e7-2d5c81a6094f",
    "us-east-1_e0527f8a-94b3-4c1d-8e6f-a7316bd40c92",
}
DEVICE_OF_ANOTHER_USER = "us-east-1_0d9e4b28-6f51-4c7e-a3b0-95d2e8171f6c"
DEVICE_WITHOUT_TRACKING = "us-east-1_c2b7f914-0e3d-4865-95a2-f8d1736b4e0a"
DEVICE_OF_ANOTHER_ACCOUNT = "us-east-1_48f0a6d7-b39c-4e12-8a75-1e6c9d20f3b8"
NO_DEVICE = "us-east-1_00000000-0000-0000-0000-000000000000"

# Of ../settings.toml and the shipped settings: (access key id, secret access key)
ADMINISTRATOR = ("test", "test")
OF_ANOTHER_ACCOUNT = ("elsewhere", "secret-of-elsewhere")
NARROWED = ("narrow", "secret-of-narrow")

PHONE_ATTRIBUTES = [
    {"Name": "device_status", "Value": "valid"},
    {"Name": "device_name", "Value": "Diego's phone"},
    {
        "Name": "dev:device_arn",
        "Value": f"arn:aws:cognito-idp:{REGION}:000000000000:owner/{USER}.{POOL}/device/{PHONE}",
    },
    {"Name": "dev:device_owner", "Value": f"{USER}.{POOL}"},
    {"Name": "last_ip_used", "Value": "192.0.2.1"},
    {"Name": "dev:device_remembered_status", "Value": "remembered"},
    {"Name": "dev:device_sdk", "Value": "aws-sdk"},
]


def free_port():
    """A port of this machine on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Poolhouse:
    """A running server on a free port of this machine."""

    def __init__(self, database, *arguments, config=CLIENTS / "settings.toml"):
        self.database = database
        command = [os.environ["POOLHOUSE_BIN"], "serve", "--listen", "127.0.0.1:0", "--log-format", "off"]
        command += ["--database", database, "--config", config, *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        # One that hangs is ended, which ends its output as well.
        watchdog = threading.Timer(START_SECONDS, self.process.kill)
        watchdog.start()
        try:
            self.url = self._address()
        finally:
            watchdog.cancel()

    def _address(self):
        """Where the server listens, as soon as it is ready."""
        said = []
        for line in self.process.stdout:
            said.append(line)
            if line == "Ready.\n":
                [address] = [line.split()[1] for line in said if line.startswith("Listening ")]
                return address
        self.process.wait()
        raise AssertionError(f"Poolhouse did not start: {''.join(said)}")

    def stop(self):
        """Asks the server to end, and waits until it has."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0

    def client(self, key=ADMINISTRATOR, region=REGION, **config):
        """A boto3 client of this server: the endpoint is all that differs from one of AWS."""
        key_id, secret = key
        return boto3.client(
            "cognito-idp",
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=Config(**config),
        )

    def messages(self, pool, username):
        """What a user was sent, the newest last, as an administrator reads it in the outbox."""
        query = urlencode({"UserPoolId": pool, "Username": username})
        request = AWSRequest("GET", f"{self.url}/_poolhouse/outbox?{query}")
        SigV4Auth(Credentials(*ADMINISTRATOR), "cognito-idp", REGION).add_auth(request)
        with urlopen(Request(request.url, headers=dict(request.headers)), timeout=60) as answer:
            return json.load(answer)["Messages"]

    def damage_database(self):
        self._change_database("damage")

    def repair_database(self):
        self._change_database("repair")

    def _change_database(self, action):
        subprocess.run([sys.executable, CLIENTS / "database.py", action, self.database], check=True)
