"""AdminGetDevice with the AWS CLI."""

import json
import threading

import pytest

from aws_cli import REFUSED, Cli
from poolhouse import (
    DEVICE_OF_ANOTHER_USER,
    DEVICE_WITHOUT_TRACKING,
    NAMELESS,
    NARROWED,
    NO_DEVICE,
    OF_ANOTHER_ACCOUNT,
    PHONE,
    PHONE_ATTRIBUTES,
    POOL,
    POOL_WITHOUT_TRACKING,
    UNCONFIRMED,
    USER,
    USER_ALSO_KNOWN_AS,
)


class DeviceCli(Cli):
    """Commands on a device of the seed."""

    def run(self, operation, pool=POOL, username=USER, key=PHONE, more=()):
        options = ["--user-pool-id", pool, "--username", username, "--device-key", key, *more]
        return self.command(operation, *options)

    def get(self, **asked):
        """The device as the CLI prints it."""
        done = self.run("admin-get-device", **asked)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)["Device"]

    def get_refusal(self, **asked):
        """What the CLI says when AdminGetDevice is refused."""
        done = self.run("admin-get-device", **asked)
        assert (done.returncode, done.stdout) == (REFUSED, "")
        return done.stderr.strip("\n")


def error(code, message, retried=""):
    return f"An error occurred ({code}) when calling the AdminGetDevice operation{retried}: {message}"


@pytest.fixture
def cli(server):
    return DeviceCli(server)


def test_a_device_is_shown_with_all_attributes_and_dates(cli):
    assert cli.get() == {
        "DeviceKey": PHONE,
        "DeviceAttributes": PHONE_ATTRIBUTES,
        "DeviceCreateDate": 1715100742.022,
        "DeviceLastModifiedDate": 1723233651.167,
        # Cognito keeps this one in whole seconds; the seed says .731.
        "DeviceLastAuthenticatedDate": 1723233650,
    }


def test_dates_are_read_as_such(server, tmp_path):
    config = tmp_path / "config"
    config.write_text("[default]\ncli_timestamp_format = iso8601\n")
    device = DeviceCli(server, AWS_CONFIG_FILE=str(config)).get()
    assert device["DeviceCreateDate"] == "2024-05-07T16:52:22.022000+00:00"
    assert device["DeviceLastModifiedDate"] == "2024-08-09T20:00:51.167000+00:00"
    assert device["DeviceLastAuthenticatedDate"] == "2024-08-09T20:00:50+00:00"


def test_a_query_picks_a_value_as_text(cli):
    query = "Device.DeviceAttributes[?Name=='last_ip_used'].Value"
    done = cli.run("admin-get-device", more=["--query", query, "--output", "text"])
    assert (done.returncode, done.stdout) == (0, "192.0.2.1\n")


def test_a_device_without_a_name_has_no_such_attribute(cli):
    names = [attribute["Name"] for attribute in cli.get(key=NAMELESS)["DeviceAttributes"]]
    assert names == [attribute["Name"] for attribute in PHONE_ATTRIBUTES if attribute["Name"] != "device_name"]


@pytest.mark.parametrize("name", USER_ALSO_KNOWN_AS.values(), ids=USER_ALSO_KNOWN_AS.keys())
def test_the_user_is_found_by(cli, name):
    assert cli.get(username=name)["DeviceAttributes"] == PHONE_ATTRIBUTES


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"pool": "us-east-1_NoSuchOne"}, "User pool us-east-1_NoSuchOne does not exist."),
        ({"username": "nobody"}, "User does not exist."),
        ({"key": NO_DEVICE}, "Device does not exist."),
        ({"key": DEVICE_OF_ANOTHER_USER}, "Device does not exist."),
        ({"key": UNCONFIRMED}, "Device does not exist."),
    ],
    ids=["pool", "user", "device", "device of another user", "device that was never confirmed"],
)
def test_not_found(cli, asked, message):
    assert cli.get_refusal(**asked) == error("ResourceNotFoundException", message)


def test_a_forgotten_device_is_not_found(cli):
    done = cli.run("admin-forget-device")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert cli.get_refusal() == error("ResourceNotFoundException", "Device does not exist.")


def test_a_key_that_is_none_violates_the_pattern(cli):
    assert cli.get_refusal(key="my phone") == error(
        "InvalidParameterException",
        "1 validation error detected: Value 'my phone' at 'deviceKey' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+_[0-9a-f-]+",
    )


def test_all_violations_are_told_at_once_and_sensitive_values_are_not(cli):
    assert cli.get_refusal(pool="my pool", username="di ego", key="my phone") == error(
        "InvalidParameterException",
        "3 validation errors detected: Value 'my phone' at 'deviceKey' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+_[0-9a-f-]+; "
        "Value 'my pool' at 'userPoolId' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+; "
        "Value at 'username' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+",
    )


def test_a_pool_without_tracking_refuses(cli):
    assert cli.get_refusal(pool=POOL_WITHOUT_TRACKING, key=DEVICE_WITHOUT_TRACKING) == error(
        "InvalidUserPoolConfigurationException",
        f"Device tracking is not configured for user pool {POOL_WITHOUT_TRACKING}.",
    )


def test_a_key_of_another_account_is_not_authorized(server):
    assert DeviceCli(server, key=OF_ANOTHER_ACCOUNT).get_refusal() == error(
        "NotAuthorizedException", f"Not authorized to access user pool {POOL}."
    )


def test_a_narrowed_key_reads_one_pool_and_nothing_else(server):
    narrowed = DeviceCli(server, key=NARROWED)
    assert narrowed.get()["DeviceKey"] == PHONE
    assert narrowed.get_refusal(pool=POOL_WITHOUT_TRACKING) == error(
        "AccessDeniedException",
        "User: arn:aws:iam::000000000000:user/narrow is not authorized to perform: cognito-idp:AdminGetDevice "
        f"on resource: arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL_WITHOUT_TRACKING} "
        "because no identity-based policy allows the cognito-idp:AdminGetDevice action",
    )


@pytest.mark.parametrize(
    ("signed_with", "code", "message"),
    [
        (
            {"key": ("unknown", "test")},
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (
            {"key": ("test", "wrong")},
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        ),
        (
            {"region": "eu-west-1"},
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'eu-west-1'. ",
        ),
    ],
    ids=["unknown access key", "wrong secret", "wrong region"],
)
def test_a_signature_is_refused_for_its(server, signed_with, code, message):
    assert DeviceCli(server, **signed_with).get_refusal() == error(code, message)


def test_too_many_requests_while_others_use_up_the_quota(server):
    impatient = DeviceCli(server, AWS_MAX_ATTEMPTS="1")
    greedy = server.client(retries={"total_max_attempts": 1})
    enough = threading.Event()
    others = [threading.Thread(target=use_up_the_quota, args=(greedy, enough)) for _ in range(4)]
    for other in others:
        other.start()
    try:
        # Now and then this one is the lucky one.
        attempts = (impatient.run("admin-get-device") for _ in range(50))
        refused = next((done for done in attempts if done.returncode != 0), None)
    finally:
        enough.set()
        for other in others:
            other.join()
    assert refused, "50 commands went through"
    assert refused.returncode == REFUSED
    assert refused.stderr.strip("\n") == error("TooManyRequestsException", "Rate exceeded")


def use_up_the_quota(cognito, enough):
    while not enough.is_set():
        try:
            cognito.admin_get_device(UserPoolId=POOL, Username=USER, DeviceKey=PHONE)
        except cognito.exceptions.TooManyRequestsException:
            pass


def test_a_damaged_database_is_an_internal_error_until_it_is_repaired(server):
    cli = DeviceCli(server, AWS_MAX_ATTEMPTS="1")
    server.damage_database()
    no_retry = " (reached max retries: 0)"
    assert cli.get_refusal() == error("InternalErrorException", "An internal error occurred.", no_retry)
    server.repair_database()
    assert cli.get()["DeviceAttributes"] == PHONE_ATTRIBUTES
