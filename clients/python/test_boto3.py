"""AdminGetDevice with boto3, the AWS SDK for Python."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError

from poolhouse import (
    DEVICE_OF_ANOTHER_ACCOUNT,
    DEVICE_OF_ANOTHER_USER,
    DEVICE_WITHOUT_TRACKING,
    DISABLED_USER,
    NAMELESS,
    NARROWED,
    NO_DEVICE,
    OF_ANOTHER_ACCOUNT,
    PHONE,
    PHONE_ATTRIBUTES,
    POOL,
    POOL_OF_ANOTHER_ACCOUNT,
    POOL_WITHOUT_TRACKING,
    UNCONFIRMED,
    USER,
    USER_ALSO_KNOWN_AS,
)

ONE_ATTEMPT = {"total_max_attempts": 1}


def get(client, pool=POOL, username=USER, key=PHONE):
    return client.admin_get_device(UserPoolId=pool, Username=username, DeviceKey=key)


def check(refused, code, message, status=400):
    """What the exception says beside its type."""
    response = refused.value.response
    assert response["Error"] == {"Code": code, "Message": message}
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_device_is_shown_with_all_attributes_and_dates(cognito):
    device = get(cognito)["Device"]
    assert device == {
        "DeviceKey": PHONE,
        "DeviceAttributes": PHONE_ATTRIBUTES,
        "DeviceCreateDate": datetime(2024, 5, 7, 16, 52, 22, 22_000, timezone.utc),
        "DeviceLastModifiedDate": datetime(2024, 8, 9, 20, 0, 51, 167_000, timezone.utc),
        # Cognito keeps this one in whole seconds; the seed says .731.
        "DeviceLastAuthenticatedDate": datetime(2024, 8, 9, 20, 0, 50, 0, timezone.utc),
    }


def test_a_device_without_a_name_has_no_such_attribute(cognito):
    attributes = get(cognito, key=NAMELESS)["Device"]["DeviceAttributes"]
    assert [attribute["Name"] for attribute in attributes] == [
        "device_status",
        "dev:device_arn",
        "dev:device_owner",
        "last_ip_used",
        "dev:device_remembered_status",
        "dev:device_sdk",
    ]
    values = {attribute["Name"]: attribute["Value"] for attribute in attributes}
    assert values["last_ip_used"] == "2001:db8::17"
    assert values["dev:device_remembered_status"] == "not_remembered"


@pytest.mark.parametrize("name", USER_ALSO_KNOWN_AS.values(), ids=USER_ALSO_KNOWN_AS.keys())
def test_the_user_is_found_by(cognito, name):
    assert get(cognito, username=name)["Device"] == get(cognito)["Device"]


def test_the_devices_of_a_disabled_user_are_shown(cognito):
    device = get(cognito, username=DISABLED_USER, key=DEVICE_OF_ANOTHER_USER)["Device"]
    assert {"Name": "device_name", "Value": "Mary's laptop"} in device["DeviceAttributes"]


def test_every_answer_has_a_request_id(cognito):
    assert len(get(cognito)["ResponseMetadata"]["RequestId"]) == 36


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
def test_not_found(cognito, asked, message):
    with pytest.raises(cognito.exceptions.ResourceNotFoundException) as refused:
        get(cognito, **asked)
    check(refused, "ResourceNotFoundException", message)


def test_a_forgotten_device_is_not_found(cognito):
    cognito.admin_forget_device(UserPoolId=POOL, Username=USER, DeviceKey=PHONE)
    with pytest.raises(cognito.exceptions.ResourceNotFoundException) as refused:
        get(cognito)
    check(refused, "ResourceNotFoundException", "Device does not exist.")


def test_a_key_that_is_none_violates_the_pattern(cognito):
    with pytest.raises(cognito.exceptions.InvalidParameterException) as refused:
        get(cognito, key="my phone")
    check(
        refused,
        "InvalidParameterException",
        "1 validation error detected: Value 'my phone' at 'deviceKey' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+_[0-9a-f-]+",
    )


def test_all_violations_are_told_at_once_and_sensitive_values_are_not(server):
    # boto3 itself would refuse empty values.
    cognito = server.client(parameter_validation=False)
    with pytest.raises(cognito.exceptions.InvalidParameterException) as refused:
        get(cognito, pool="", username="di ego", key="")
    check(
        refused,
        "InvalidParameterException",
        "5 validation errors detected: "
        "Value '' at 'deviceKey' failed to satisfy constraint: Member must have length greater than or equal to 1; "
        "Value '' at 'deviceKey' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+_[0-9a-f-]+; "
        "Value '' at 'userPoolId' failed to satisfy constraint: Member must have length greater than or equal to 1; "
        "Value '' at 'userPoolId' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+; "
        "Value at 'username' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+",
    )


def test_a_missing_key_violates_its_constraint(server):
    cognito = server.client(parameter_validation=False)
    with pytest.raises(cognito.exceptions.InvalidParameterException) as refused:
        cognito.admin_get_device(UserPoolId=POOL, Username=USER)
    check(
        refused,
        "InvalidParameterException",
        "1 validation error detected: Value null at 'deviceKey' failed to satisfy constraint: Member must not be null",
    )


@pytest.mark.parametrize("username", [USER, "nobody"])
def test_a_pool_without_tracking_refuses_whomever_is_asked_for(cognito, username):
    with pytest.raises(cognito.exceptions.InvalidUserPoolConfigurationException) as refused:
        get(cognito, POOL_WITHOUT_TRACKING, username, DEVICE_WITHOUT_TRACKING)
    check(
        refused,
        "InvalidUserPoolConfigurationException",
        f"Device tracking is not configured for user pool {POOL_WITHOUT_TRACKING}.",
    )


def test_a_pool_is_open_to_the_keys_of_its_account_alone(server):
    administrator, other = server.client(), server.client(key=OF_ANOTHER_ACCOUNT)
    foreign = (POOL_OF_ANOTHER_ACCOUNT, USER, DEVICE_OF_ANOTHER_ACCOUNT)
    for client, device in [(other, (POOL, USER, PHONE)), (administrator, foreign)]:
        with pytest.raises(client.exceptions.NotAuthorizedException) as refused:
            get(client, *device)
        check(refused, "NotAuthorizedException", f"Not authorized to access user pool {device[0]}.")
    [arn] = [
        attribute["Value"]
        for attribute in get(other, *foreign)["Device"]["DeviceAttributes"]
        if attribute["Name"] == "dev:device_arn"
    ]
    assert arn.startswith("arn:aws:cognito-idp:us-east-1:111111111111:owner/")


def test_a_narrowed_key_reads_one_pool_and_nothing_else(server):
    narrowed = server.client(key=NARROWED)
    assert get(narrowed)["Device"]["DeviceKey"] == PHONE
    refusals = [
        (lambda: get(narrowed, POOL_WITHOUT_TRACKING), "AdminGetDevice", POOL_WITHOUT_TRACKING),
        (lambda: narrowed.admin_list_devices(UserPoolId=POOL, Username=USER), "AdminListDevices", POOL),
    ]
    for call, operation, pool in refusals:
        with pytest.raises(ClientError) as refused:
            call()
        check(
            refused,
            "AccessDeniedException",
            f"User: arn:aws:iam::000000000000:user/narrow is not authorized to perform: cognito-idp:{operation} "
            f"on resource: arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool} "
            f"because no identity-based policy allows the cognito-idp:{operation} action",
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
    with pytest.raises(ClientError) as refused:
        get(server.client(**signed_with))
    check(refused, code, message)


def test_more_than_50_requests_a_second_are_too_many(server):
    impatient = server.client(retries=ONE_ATTEMPT)

    def attempt(_):
        try:
            return get(impatient)
        except impatient.exceptions.TooManyRequestsException as error:
            return error

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(400)))
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert refused, "400 requests went through"
    assert len(answers) - len(refused) >= 50
    for error in refused:
        assert error.response["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate exceeded"}
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        # In milliseconds; 50 requests a second let the next one through within twenty.
        assert 0 <= int(error.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-retry-after"]) <= 20


def test_the_retries_of_the_sdk_get_over_too_many_requests(server):
    patient = server.client(retries={"mode": "standard", "total_max_attempts": 10})
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: get(patient), range(200)))
    assert all(answer["Device"]["DeviceKey"] == PHONE for answer in answers)
    assert any(answer["ResponseMetadata"]["RetryAttempts"] for answer in answers)


def test_a_damaged_database_is_an_internal_error_until_it_is_repaired(server):
    cognito = server.client(retries=ONE_ATTEMPT)
    server.damage_database()
    with pytest.raises(cognito.exceptions.InternalErrorException) as refused:
        get(cognito)
    check(refused, "InternalErrorException", "An internal error occurred.", status=500)
    server.repair_database()
    assert get(cognito)["Device"]["DeviceAttributes"] == PHONE_ATTRIBUTES
