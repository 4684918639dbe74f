"""What an administrator does with devices, from one call to the next, with boto3."""

import pytest
from botocore.exceptions import ClientError

from poolhouse import (
    CLIENTS,
    DEVICES,
    NAMELESS,
    NO_DEVICE,
    PHONE,
    POOL,
    POOL_WITHOUT_TRACKING,
    USER,
    USER_ALSO_KNOWN_AS,
)

REMEMBERED_STATUS = "dev:device_remembered_status"
PHONE_OF_USER = {"UserPoolId": POOL, "Username": USER, "DeviceKey": PHONE}


def attribute(device, name):
    [value] = [attribute["Value"] for attribute in device["DeviceAttributes"] if attribute["Name"] == name]
    return value


def message_of(refused):
    return refused.value.response["Error"]["Message"]


def pages(cognito, **request):
    """All pages of a user's devices: boto3 has no paginator for this operation."""
    while True:
        page = cognito.admin_list_devices(**request)
        yield page["Devices"]
        if "PaginationToken" not in page:
            return
        request["PaginationToken"] = page["PaginationToken"]


def test_pages_of_two_show_each_of_five_devices_once(cognito):
    found = list(pages(cognito, UserPoolId=POOL, Username=USER, Limit=2))
    assert [len(page) for page in found] == [2, 2, 1]
    keys = [device["DeviceKey"] for page in found for device in page]
    assert len(keys) == len(DEVICES) and set(keys) == DEVICES


def test_a_list_shows_the_devices_as_admin_get_device_does(cognito):
    listed = cognito.admin_list_devices(UserPoolId=POOL, Username=USER)
    assert len(listed["Devices"]) == len(DEVICES)
    assert "PaginationToken" not in listed
    for device in listed["Devices"]:
        shown = cognito.admin_get_device(UserPoolId=POOL, Username=USER, DeviceKey=device["DeviceKey"])
        assert device == shown["Device"]


def test_a_page_is_continued_under_another_name_of_the_same_user(cognito):
    request = {"UserPoolId": POOL, "Username": USER, "Limit": 3}
    first = cognito.admin_list_devices(**request)
    request["Username"] = USER_ALSO_KNOWN_AS["email"]
    rest = cognito.admin_list_devices(**request, PaginationToken=first["PaginationToken"])
    assert {device["DeviceKey"] for device in first["Devices"] + rest["Devices"]} == DEVICES


def test_a_token_that_was_never_given_is_refused(cognito):
    with pytest.raises(cognito.exceptions.InvalidParameterException):
        cognito.admin_list_devices(UserPoolId=POOL, Username=USER, PaginationToken="made-up")


def test_the_list_of_an_unknown_user_is_not_found(cognito):
    with pytest.raises(cognito.exceptions.ResourceNotFoundException) as refused:
        cognito.admin_list_devices(UserPoolId=POOL, Username="nobody")
    assert message_of(refused) == "User does not exist."


def test_a_device_is_remembered_and_not_remembered_in_turn(cognito):
    before = cognito.admin_get_device(**PHONE_OF_USER)["Device"]
    for status in ["not_remembered", "remembered", "not_remembered"]:
        cognito.admin_update_device_status(**PHONE_OF_USER, DeviceRememberedStatus=status)
        device = cognito.admin_get_device(**PHONE_OF_USER)["Device"]
        assert attribute(device, REMEMBERED_STATUS) == status
        assert device["DeviceLastModifiedDate"] > before["DeviceLastModifiedDate"]
        assert device["DeviceCreateDate"] == before["DeviceCreateDate"]
        assert device["DeviceLastAuthenticatedDate"] == before["DeviceLastAuthenticatedDate"]


def test_a_forgotten_device_is_gone_and_the_others_stay(cognito):
    cognito.admin_forget_device(**PHONE_OF_USER)
    for call in [
        cognito.admin_get_device,
        cognito.admin_forget_device,
        cognito.admin_update_device_status,
    ]:
        with pytest.raises(cognito.exceptions.ResourceNotFoundException) as refused:
            call(**PHONE_OF_USER)
        assert message_of(refused) == "Device does not exist."
    listed = cognito.admin_list_devices(UserPoolId=POOL, Username=USER)["Devices"]
    assert {device["DeviceKey"] for device in listed} == DEVICES - {PHONE}


@pytest.mark.parametrize("operation", ["admin_forget_device", "admin_update_device_status"])
def test_what_changes_devices_knows_an_error_for_unknown_users(cognito, operation):
    with pytest.raises(cognito.exceptions.UserNotFoundException) as refused:
        getattr(cognito, operation)(UserPoolId=POOL, Username="nobody", DeviceKey=PHONE)
    assert message_of(refused) == "User does not exist."


@pytest.mark.parametrize("operation", ["admin_list_devices", "admin_forget_device", "admin_update_device_status"])
def test_no_device_operation_works_in_a_pool_without_tracking(cognito, operation):
    request = {"UserPoolId": POOL_WITHOUT_TRACKING, "Username": USER}
    if operation != "admin_list_devices":
        request["DeviceKey"] = NO_DEVICE
    with pytest.raises(cognito.exceptions.InvalidUserPoolConfigurationException) as refused:
        getattr(cognito, operation)(**request)
    assert message_of(refused) == f"Device tracking is not configured for user pool {POOL_WITHOUT_TRACKING}."


def test_an_operation_that_is_not_served_says_so(cognito):
    with pytest.raises(ClientError) as refused:
        cognito.get_log_delivery_configuration(UserPoolId=POOL)
    assert refused.value.response["Error"]["Code"] == "NotImplementedException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_what_was_answered_is_still_so_after_a_restart(start):
    server = start("--seed", CLIENTS / "seed.json")
    cognito = server.client()
    cognito.admin_update_device_status(**PHONE_OF_USER, DeviceRememberedStatus="not_remembered")
    cognito.admin_forget_device(UserPoolId=POOL, Username=USER, DeviceKey=NAMELESS)
    before = cognito.admin_get_device(**PHONE_OF_USER)["Device"]
    server.stop()

    cognito = start().client()
    assert cognito.admin_get_device(**PHONE_OF_USER)["Device"] == before
    assert attribute(before, REMEMBERED_STATUS) == "not_remembered"
    with pytest.raises(cognito.exceptions.ResourceNotFoundException):
        cognito.admin_get_device(UserPoolId=POOL, Username=USER, DeviceKey=NAMELESS)
