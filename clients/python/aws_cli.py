"""The `aws` command."""

import json
import os
import subprocess
import sys
from pathlib import Path

from poolhouse import ADMINISTRATOR, REGION

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
