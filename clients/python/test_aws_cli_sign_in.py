"""Signing in with the AWS CLI: by password, and on a device, whose part in SRP the tests' own client works out."""

import base64
import json

import srp
from aws_cli import Cli, SignIn, error, with_token
from poolhouse import NO_DEVICE
from user_pool import NEW_PASSWORD, OPT_IN, USER, WRONG_PASSWORD, UserPool, attributes_of


def no_such_device(operation):
    return error("ResourceNotFoundException", operation, "Device does not exist.")


INVALID_REFRESH_TOKEN = error("NotAuthorizedException", "InitiateAuth", "Invalid Refresh Token")


def device_key_in(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=="))["device_key"]


def test_a_device_is_confirmed_remembered_proved_and_forgotten(server):
    pool = UserPool(server, OPT_IN)
    user, administrator = SignIn(pool), Cli(server)

    first = user.answer(*user.by_password())["AuthenticationResult"]
    device = srp.Device(first["NewDeviceMetadata"])
    as_administrator = ["--user-pool-id", pool.id, "--username", USER, "--device-key", device.key]
    assert administrator.refusal("admin-get-device", *as_administrator) == no_such_device("AdminGetDevice")
    assert user.answer(*user.confirmation(first, device)) == {"UserConfirmationNecessary": True}
    assert user.answer("list-devices", *with_token(first)) == {"Devices": []}
    remember = ["--device-key", device.key, "--device-remembered-status", "remembered"]
    # The answer has no members, and CLI version 1 prints nothing then.
    assert user.answer("update-device-status", *with_token(first), *remember) is None
    shown = administrator.answer("admin-get-device", *as_administrator)["Device"]
    assert attributes_of(shown)["device_name"] == "Diego's laptop"
    assert attributes_of(shown)["dev:device_remembered_status"] == "remembered"

    asked = user.answer(*user.by_password(DEVICE_KEY=device.key))
    second = user.prove(device, asked)["AuthenticationResult"]
    assert "NewDeviceMetadata" not in second
    assert device_key_in(second["AccessToken"]) == device.key
    assert user.answer("get-user", *with_token(second))["Username"] == USER

    refreshed = user.answer(*user.by_refresh_token(second, DEVICE_KEY=device.key))["AuthenticationResult"]
    assert device_key_in(refreshed["AccessToken"]) == device.key
    assert user.refusal(*user.by_refresh_token(second, DEVICE_KEY=NO_DEVICE)) == INVALID_REFRESH_TOKEN

    [listed] = user.answer("list-devices", *with_token(refreshed))["Devices"]
    assert listed["DeviceKey"] == device.key
    assert user.answer("forget-device", *with_token(refreshed), "--device-key", device.key) is None
    assert user.answer("list-devices", *with_token(refreshed)) == {"Devices": []}
    assert administrator.refusal("admin-get-device", *as_administrator) == no_such_device("AdminGetDevice")
    assert user.refusal(*user.by_password(DEVICE_KEY=device.key)) == no_such_device("InitiateAuth")

    assert user.answer("global-sign-out", *with_token(refreshed)) is None
    revoked = error("NotAuthorizedException", "GetUser", "Access Token has been revoked")
    assert user.refusal("get-user", *with_token(refreshed)) == revoked


def test_refusals_of_a_sign_in(server):
    user = SignIn(UserPool(server))
    incorrect = error("NotAuthorizedException", "InitiateAuth", "Incorrect username or password.")
    assert user.refusal(*user.by_password(WRONG_PASSWORD)) == incorrect
    unknown = error("UserNotFoundException", "InitiateAuth", "User does not exist.")
    assert user.refusal(*user.by_password(username="nobody")) == unknown
    missing = error("InvalidParameterException", "InitiateAuth", "Missing required parameter PASSWORD")
    assert user.refusal(*user.initiate("USER_PASSWORD_AUTH", {"USERNAME": USER})) == missing


def test_a_temporary_password_is_changed_at_the_first_sign_in(server):
    pool = UserPool(server)
    user = SignIn(pool)
    pool.set_password(WRONG_PASSWORD, permanent=False)
    asked = user.answer(*user.by_password(WRONG_PASSWORD))
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    responses = {"USERNAME": USER, "NEW_PASSWORD": NEW_PASSWORD}
    response = user.response("NEW_PASSWORD_REQUIRED", responses, "--session", asked["Session"])
    assert user.answer(*response)["AuthenticationResult"]["TokenType"] == "Bearer"
    used = "Invalid session for the user, session can only be used once."
    assert user.refusal(*response) == error("NotAuthorizedException", "RespondToAuthChallenge", used)
