"""Importing users with the AWS CLI and curl, as AWS's guide shows it."""

import subprocess
import time

import pytest

from aws_cli import Cli
from user_pool import PASSWORD

ROLE = "arn:aws:iam::000000000000:role/CloudWatchLogs"
VALUES = {"email_verified": "TRUE", "cognito:mfa_enabled": "FALSE"}


class ImportCli(Cli):
    """Commands on a pool that verifies email addresses."""

    def __init__(self, server):
        super().__init__(server)
        created = self.answer("create-user-pool", "--pool-name", "imported", "--auto-verified-attributes", "email")
        self.pool = created["UserPool"]["Id"]
        self.of_pool = ["--user-pool-id", self.pool]

    def csv(self, *users):
        """A file with these users, in the columns that the pool asks for."""
        columns = self.answer("get-csv-header", *self.of_pool)["CSVHeader"]
        lines = [",".join({**VALUES, **user}.get(column, "") for column in columns) for user in users]
        return "\n".join([",".join(columns), *lines, ""])

    def create(self):
        options = ["--job-name", "import", "--cloud-watch-logs-role-arn", ROLE]
        return self.answer("create-user-import-job", *self.of_pool, *options)["UserImportJob"]

    def on(self, operation, job):
        return self.answer(operation, *self.of_pool, "--job-id", job["JobId"])["UserImportJob"]

    def ended(self, job):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            shown = self.on("describe-user-import-job", job)
            if "CompletionDate" in shown:
                return shown
        raise AssertionError("the job does not end")


def curl(path, url, *headers):
    """What `curl -T` prints, and the status of the answer."""
    options = [option for header in headers for option in ("-H", header)]
    command = ["curl", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", "-T", str(path), *options, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    body, status = done.stdout.rsplit("\n", 1)
    return body, int(status)


ENCRYPTED = "x-amz-server-side-encryption:aws:kms"


@pytest.fixture
def cli(server):
    return ImportCli(server)


def user(username, **values):
    return {"cognito:username": username, "email": f"{username}@example.com", **values}


def test_a_file_is_uploaded_by_curl_and_becomes_users(cli, tmp_path, server):
    path = tmp_path / "users.csv"
    path.write_text(cli.csv(user("john", name="John", address=r"123 Any Street\, Anytown"), user("jane"), user("jim", email="jim")))
    job = cli.create()
    assert (job["Status"], job["ImportedUsers"]) == ("Created", 0)
    assert curl(path, job["PreSignedUrl"], ENCRYPTED) == ("", 200)
    started = cli.on("start-user-import-job", job)
    assert (started["Status"], "StartDate" in started) == ("Pending", True)
    ended = cli.ended(job)
    assert (ended["Status"], ended["CompletionMessage"]) == ("Succeeded", "Import Job Completed Successfully.")
    assert (ended["ImportedUsers"], ended["SkippedUsers"], ended["FailedUsers"]) == (2, 0, 1)
    assert cli.answer("list-user-import-jobs", *cli.of_pool, "--max-results", "10")["UserImportJobs"] == [ended]

    john = cli.answer("admin-get-user", *cli.of_pool, "--username", "john")
    assert (john["UserStatus"], john["Enabled"]) == ("RESET_REQUIRED", True)
    attributes = {attribute["Name"]: attribute["Value"] for attribute in john["UserAttributes"]}
    assert attributes.pop("sub")
    assert attributes == {
        "address": "123 Any Street, Anytown",
        "email": "john@example.com",
        "email_verified": "true",
        "name": "John",
    }
    client = cli.answer(
        "create-user-pool-client", *cli.of_pool, "--client-name", "app", "--explicit-auth-flows", "ALLOW_USER_PASSWORD_AUTH"
    )["UserPoolClient"]
    refusal = cli.refusal(
        "initiate-auth",
        "--client-id",
        client["ClientId"],
        "--auth-flow",
        "USER_PASSWORD_AUTH",
        "--auth-parameters",
        f"USERNAME=john,PASSWORD={PASSWORD}",
    )
    assert refusal == (
        "An error occurred (PasswordResetRequiredException) when calling the InitiateAuth operation: "
        "Password reset required for the user"
    )


def test_curl_reads_why_a_file_of_any_size_is_refused(cli, tmp_path):
    path = tmp_path / "users.csv"
    with path.open("w") as file:
        file.write(cli.csv(user("john")))
        for number in range(30_000):
            file.write("," * 20 + f"user-{number}{' ' * 100}\n")
    job = cli.create()
    body, status = curl(path, job["PreSignedUrl"].replace("Signature=", "Signature=0"), ENCRYPTED)
    assert (status, "<Code>SignatureDoesNotMatch</Code>" in body) == (403, True)
    body, status = curl(path, job["PreSignedUrl"])
    assert (status, "x-amz-server-side-encryption: aws:kms" in body) == (403, True)
    assert curl(path, job["PreSignedUrl"], ENCRYPTED) == ("", 200)
    path.write_bytes(b"")
    path.open("r+b").truncate(100 * 1024 * 1024 + 1)
    body, status = curl(path, job["PreSignedUrl"], ENCRYPTED)
    assert (status, "<Code>EntityTooLarge</Code>" in body) == (400, True)


def test_a_job_without_a_file_does_not_start(cli):
    job = cli.create()
    refusal = cli.refusal("start-user-import-job", *cli.of_pool, "--job-id", job["JobId"])
    assert refusal == (
        "An error occurred (PreconditionNotMetException) when calling the StartUserImportJob operation: "
        f"No csv file was uploaded for {job['JobId']}"
    )
