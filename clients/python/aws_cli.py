"""The `aws` command, and how somebody signs in with it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import srp
from poolhouse import ADMINISTRATOR, REGION
from user_pool import PASSWORD, USER

AWS = Path(sys.executable).parent / "aws"
REFUSED = 255


class Cli:
    """The `aws` command, pointed at a server by `--endpoint-url`, without any configuration but this."""

    def __init__(self, server, key=ADMINISTRATOR, region=REGION, **environment):
        self.arguments = ["--endpoint-url", server.url, "--region", region]
        self.environment = {
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": key[0],
            "AWS_SECRET_ACCESS_KEY": key[1],
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "NO_PROXY": "127.0.0.1",
            **environment,
        }

    def command(self, operation, *options):
        command = [AWS, "cognito-idp", operation, *self.arguments, *options]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def answer(self, operation, *options):
        """What the CLI prints, if anything."""
        done = self.command(operation, *options)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout) if done.stdout else None

    def refusal(self, operation, *options):
        """What the CLI says of a refusal."""
        done = self.command(operation, *options)
        assert (done.returncode, done.stdout) == (REFUSED, "")
        return done.stderr.strip("\n")


class SignIn:
    """The commands of somebody who signs in, and has no credentials of AWS."""

    def __init__(self, pool):
        self.pool = pool
        self.cli = Cli(pool.server, key=("", ""))
        self.answer, self.refusal = self.cli.answer, self.cli.refusal

    def by_password(self, password=PASSWORD, username=USER, **device_key):
        parameters = {"USERNAME": username, "PASSWORD": password, **device_key}
        return self.initiate("USER_PASSWORD_AUTH", parameters)

    def by_refresh_token(self, tokens, **device_key):
        return self.initiate("REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": tokens["RefreshToken"], **device_key})

    def initiate(self, flow, parameters):
        shorthand = ",".join(f"{name}={value}" for name, value in parameters.items())
        options = ["--client-id", self.pool.client_id, "--auth-flow", flow, "--auth-parameters", shorthand]
        return ["initiate-auth", *options]

    def response(self, challenge, responses, *session):
        options = ["--client-id", self.pool.client_id, "--challenge-name", challenge, *session]
        return ["respond-to-auth-challenge", *options, "--challenge-responses", json.dumps(responses)]

    def confirmation(self, tokens, device):
        config = device.secret_verifier_config
        shorthand = f"PasswordVerifier={config['PasswordVerifier']},Salt={config['Salt']}"
        options = ["--device-key", device.key, "--device-name", "Diego's laptop"]
        return ["confirm-device", *with_token(tokens), *options, "--device-secret-verifier-config", shorthand]

    def prove(self, device, asked):
        """The answers for the device, after the password was right."""
        assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
        exchange = srp.Exchange()
        who = {"USERNAME": asked["ChallengeParameters"]["USERNAME"], "DEVICE_KEY": device.key}
        responses = {**who, "SRP_A": exchange.srp_a}
        begun = self.answer(*self.response("DEVICE_SRP_AUTH", responses, "--session", asked["Session"]))
        answer = exchange.answer(begun["ChallengeParameters"], device.who, device.password)
        return self.answer(*self.response(begun["ChallengeName"], {**answer, "DEVICE_KEY": device.key}))


def with_token(tokens):
    return ["--access-token", tokens["AccessToken"]]


def error(code, operation, message):
    return f"An error occurred ({code}) when calling the {operation} operation: {message}"
