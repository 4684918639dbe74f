"""Users of a pool, as an administrator creates, finds and changes them with boto3."""

import pytest

from poolhouse import POOL

PASSWORD = "Correct-Horse-7"


@pytest.fixture
def ana(cognito):
    created = cognito.admin_create_user(
        UserPoolId=POOL,
        Username="Ana",
        TemporaryPassword=PASSWORD,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": "ana@example.com"},
            {"Name": "email_verified", "Value": "true"},
            {"Name": "given_name", "Value": "Ana"},
        ],
    )
    return created["User"]


def attributes(user):
    listed = user.get("UserAttributes") or user["Attributes"]
    return {attribute["Name"]: attribute["Value"] for attribute in listed}


def test_a_new_user_has_a_temporary_password_until_another_is_set(cognito, ana):
    assert (ana["Username"], ana["UserStatus"], ana["Enabled"]) == ("ana", "FORCE_CHANGE_PASSWORD", True)
    shown = cognito.admin_get_user(UserPoolId=POOL, Username="Ana")
    assert attributes(shown) == attributes(ana) and "sub" in attributes(ana)
    cognito.admin_set_user_password(UserPoolId=POOL, Username="Ana", Password=PASSWORD, Permanent=True)
    assert cognito.admin_get_user(UserPoolId=POOL, Username="Ana")["UserStatus"] == "CONFIRMED"


def test_a_password_must_follow_the_policy(cognito, ana):
    with pytest.raises(cognito.exceptions.InvalidPasswordException, match="Password not long enough"):
        cognito.admin_set_user_password(UserPoolId=POOL, Username="Ana", Password="Sh0rt!")


def test_a_username_and_a_verified_address_are_taken_once(cognito, ana):
    with pytest.raises(cognito.exceptions.UsernameExistsException, match="User account already exists"):
        cognito.admin_create_user(UserPoolId=POOL, Username="ana")


def test_a_user_is_found_by_filter_and_by_every_name(cognito, ana):
    for wanted in ['email = "ana@example.com"', 'given_name ^= "An"', f'sub = "{attributes(ana)["sub"]}"']:
        found = cognito.list_users(UserPoolId=POOL, Filter=wanted)["Users"]
        assert [user["Username"] for user in found] == ["ana"], wanted
    for name in ["ANA", "ana@example.com", attributes(ana)["sub"]]:
        assert cognito.admin_get_user(UserPoolId=POOL, Username=name)["Username"] == "ana"
    with pytest.raises(cognito.exceptions.InvalidParameterException, match="Error while parsing filter"):
        cognito.list_users(UserPoolId=POOL, Filter="email is ana")


def test_the_paginator_of_boto3_finds_every_user_once(cognito, ana):
    pages = cognito.get_paginator("list_users").paginate(UserPoolId=POOL, PaginationConfig={"PageSize": 1})
    names = [user["Username"] for page in pages for user in page["Users"]]
    assert "ana" in names and len(names) == len(set(names))


def test_attributes_are_changed_and_deleted(cognito, ana):
    change = [{"Name": "given_name", "Value": "Anita"}]
    cognito.admin_update_user_attributes(UserPoolId=POOL, Username="Ana", UserAttributes=change)
    cognito.admin_delete_user_attributes(UserPoolId=POOL, Username="Ana", UserAttributeNames=["email"])
    changed = attributes(cognito.admin_get_user(UserPoolId=POOL, Username="Ana"))
    assert changed["given_name"] == "Anita" and "email" not in changed
    with pytest.raises(cognito.exceptions.InvalidParameterException, match="non-mutable attribute sub"):
        cognito.admin_update_user_attributes(
            UserPoolId=POOL, Username="Ana", UserAttributes=[{"Name": "sub", "Value": "x"}]
        )


def test_a_disabled_user_can_be_enabled_and_a_deleted_one_is_gone(cognito, ana):
    cognito.admin_disable_user(UserPoolId=POOL, Username="Ana")
    assert cognito.admin_get_user(UserPoolId=POOL, Username="Ana")["Enabled"] is False
    cognito.admin_enable_user(UserPoolId=POOL, Username="Ana")
    cognito.admin_delete_user(UserPoolId=POOL, Username="Ana")
    with pytest.raises(cognito.exceptions.UserNotFoundException, match="User does not exist."):
        cognito.admin_get_user(UserPoolId=POOL, Username="Ana")
