"""Signing in with boto3."""

import jwt
import pytest

import srp
from app import App, remembered_device
from poolhouse import NO_DEVICE
from user_pool import (
    ALWAYS,
    NEW_PASSWORD,
    OPT_IN,
    PASSWORD,
    USER,
    WRONG_PASSWORD,
    UserPool,
    attributes_of,
    refused_until_locked,
)

INCORRECT = ("NotAuthorizedException", "Incorrect username or password.")
NO_SUCH_DEVICE = ("ResourceNotFoundException", "Device does not exist.")
INVALID_REFRESH_TOKEN = ("NotAuthorizedException", "Invalid Refresh Token")


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


@pytest.mark.parametrize("devices", [ALWAYS, OPT_IN], ids=["always", "opt-in"])
def test_a_device_is_confirmed_remembered_proved_and_forgotten(server, devices):
    pool = UserPool(server, devices)
    app = App(pool)
    asks = devices is OPT_IN

    first = app.sign_in()
    key = first["NewDeviceMetadata"]["DeviceKey"]
    assert claims(first["AccessToken"])["device_key"] == key
    assert "device_key" not in claims(first["IdToken"])
    assert pool.device_is(key) == "unknown"
    assert app.refuses(app.refresh, first, DEVICE_KEY=key) == INVALID_REFRESH_TOKEN

    device, user_confirmation_necessary = app.confirm(first)
    assert user_confirmation_necessary is asks
    assert pool.device_is(key) == ("not_remembered" if asks else "remembered")
    if asks:
        assert app.devices(first) == []
        # A sign-in with it is none of a remembered device, nor of a new one.
        unproved = app.prove_password(DEVICE_KEY=key)["AuthenticationResult"]
        assert "NewDeviceMetadata" not in unproved
        app.client.update_device_status(
            AccessToken=first["AccessToken"], DeviceKey=key, DeviceRememberedStatus="remembered"
        )
    before = pool.device(key)
    assert attributes_of(before) == {
        "device_status": "valid",
        "device_name": "Diego's phone",
        "dev:device_arn": f"arn:aws:cognito-idp:us-east-1:000000000000:owner/{USER}.{pool.id}/device/{key}",
        "dev:device_owner": f"{USER}.{pool.id}",
        "last_ip_used": "127.0.0.1",
        "dev:device_remembered_status": "remembered",
        "dev:device_sdk": "aws-sdk",
    }

    second = app.sign_in(device)
    assert "NewDeviceMetadata" not in second
    assert claims(second["AccessToken"])["device_key"] == key
    after = pool.device(key)
    assert after["DeviceCreateDate"] == before["DeviceCreateDate"]
    assert after["DeviceLastModifiedDate"] > before["DeviceLastModifiedDate"]
    assert after["DeviceLastAuthenticatedDate"] >= before["DeviceLastAuthenticatedDate"]

    refreshed = app.refresh(second, DEVICE_KEY=key)
    assert "RefreshToken" not in refreshed and "NewDeviceMetadata" not in refreshed
    assert claims(refreshed["AccessToken"])["origin_jti"] == claims(second["AccessToken"])["origin_jti"]
    assert claims(refreshed["AccessToken"])["device_key"] == key
    assert app.refuses(app.refresh, second) == INVALID_REFRESH_TOKEN
    assert app.refuses(app.refresh, second, DEVICE_KEY=NO_DEVICE) == INVALID_REFRESH_TOKEN

    [listed] = app.devices(refreshed)
    assert listed["DeviceKey"] == key
    assert attributes_of(listed) == {
        "device_status": "valid",
        "device_name": "Diego's phone",
        "last_ip_used": "127.0.0.1",
    }
    shown = app.client.get_device(AccessToken=refreshed["AccessToken"], DeviceKey=key)
    assert shown["Device"] == listed

    app.client.forget_device(AccessToken=refreshed["AccessToken"], DeviceKey=key)
    assert app.devices(refreshed) == []
    assert pool.device_is(key) == "unknown"
    assert app.refuses(app.refresh, second, DEVICE_KEY=key) == INVALID_REFRESH_TOKEN
    assert app.refuses(app.prove_password, DEVICE_KEY=key) == NO_SUCH_DEVICE
    assert app.sign_in()["NewDeviceMetadata"]["DeviceKey"] != key


def test_an_administrator_forgets_the_device_between_two_sign_ins(server):
    pool = UserPool(server, ALWAYS)
    app = App(pool)
    device, tokens = remembered_device(app)
    pool.forget(device.key)
    assert app.refuses(app.sign_in, device) == NO_SUCH_DEVICE
    assert app.refuses(app.refresh, tokens, DEVICE_KEY=device.key) == INVALID_REFRESH_TOKEN


def test_an_administrator_forgets_the_device_within_a_sign_in(server):
    pool = UserPool(server, ALWAYS)
    app = App(pool)
    device, _ = remembered_device(app)
    asked = app.prove_password(DEVICE_KEY=device.key)
    pool.forget(device.key)
    assert app.refuses(app.prove_device, device, asked) == NO_SUCH_DEVICE


def test_a_device_with_another_password_is_refused(server):
    app = App(UserPool(server, ALWAYS))
    device, _ = remembered_device(app)
    impostor = srp.Device({"DeviceKey": device.key, "DeviceGroupKey": device.group_key})
    assert app.refuses(app.sign_in, impostor) == INCORRECT
    assert app.sign_in(device)["AccessToken"]


def test_a_device_does_not_stand_by_itself(server):
    app = App(UserPool(server, ALWAYS))
    device, _ = remembered_device(app)
    responses = {"USERNAME": USER, "DEVICE_KEY": device.key, "SRP_A": srp.Exchange().srp_a}
    code, _ = app.refuses(app.respond, "DEVICE_SRP_AUTH", responses)
    assert code == "NotAuthorizedException"


def test_a_device_key_is_confirmed_once_and_by_any_sign_in_of_its_user(server):
    app = App(UserPool(server, ALWAYS))
    first, second = app.sign_in(), app.sign_in()
    app.confirm({**first, "NewDeviceMetadata": second["NewDeviceMetadata"]})
    nobodys = {**first["NewDeviceMetadata"], "DeviceKey": NO_DEVICE}
    forged = {**first, "NewDeviceMetadata": nobodys}
    assert app.refuses(app.confirm, forged) == ("InvalidParameterException", "Invalid device key given.")
    app.confirm(first)
    code, _ = app.refuses(app.confirm, first)
    assert code == "DeviceKeyExistsException"


def test_an_administrator_signs_a_user_in_on_a_device(server):
    pool = UserPool(server, ALWAYS)
    app = App(pool)
    device, _ = remembered_device(app)
    where = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    asked = pool.admin.admin_initiate_auth(
        **where,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD, "DEVICE_KEY": device.key},
    )
    exchange = srp.Exchange()
    begun = pool.admin.admin_respond_to_auth_challenge(
        **where,
        ChallengeName=asked["ChallengeName"],
        ChallengeResponses={"USERNAME": USER, "DEVICE_KEY": device.key, "SRP_A": exchange.srp_a},
        Session=asked["Session"],
    )
    answer = exchange.answer(begun["ChallengeParameters"], device.who, device.password)
    done = pool.admin.admin_respond_to_auth_challenge(
        **where,
        ChallengeName=begun["ChallengeName"],
        ChallengeResponses={**answer, "DEVICE_KEY": device.key},
    )
    assert claims(done["AuthenticationResult"]["AccessToken"])["device_key"] == device.key


def test_a_wrong_password_and_an_unknown_user_are_told_apart_unless_the_client_hides_them(server):
    told, hidden = UserPool(server), UserPool(server, PreventUserExistenceErrors="ENABLED")
    for pool in [told, hidden]:
        app = App(pool)
        assert app.refuses(app.prove_password, WRONG_PASSWORD) == INCORRECT
        by_password = {"USERNAME": USER, "PASSWORD": WRONG_PASSWORD}
        assert app.refuses(app.initiate, "USER_PASSWORD_AUTH", **by_password) == INCORRECT
    app = App(told)
    unknown = ("UserNotFoundException", "User does not exist.")
    assert app.refuses(app.prove_password, PASSWORD, "nobody") == unknown
    app = App(hidden)
    assert app.refuses(app.prove_password, PASSWORD, "nobody") == INCORRECT


def test_a_temporary_password_is_changed_at_the_first_sign_in(server):
    pool = UserPool(server, ALWAYS)
    app = App(pool)
    pool.set_password(WRONG_PASSWORD, permanent=False)
    asked = app.prove_password(WRONG_PASSWORD)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert asked["ChallengeParameters"]["USER_ID_FOR_SRP"] == USER
    session = {"Session": asked["Session"]}
    weak = {"USERNAME": USER, "NEW_PASSWORD": "weak"}
    code, message = app.refuses(app.respond, "NEW_PASSWORD_REQUIRED", weak, **session)
    assert (code, "Password not long enough" in message) == ("InvalidPasswordException", True)
    done = app.respond("NEW_PASSWORD_REQUIRED", {"USERNAME": USER, "NEW_PASSWORD": NEW_PASSWORD}, **session)
    assert done["AuthenticationResult"]["NewDeviceMetadata"]
    assert app.refuses(app.prove_password, WRONG_PASSWORD) == INCORRECT
    assert "AuthenticationResult" in app.prove_password(NEW_PASSWORD)
    assert pool.admin.admin_get_user(**pool.user)["UserStatus"] == "CONFIRMED"


def test_too_many_wrong_passwords_lock_the_user_out(server):
    app = App(UserPool(server))
    wrong = {"USERNAME": USER, "PASSWORD": WRONG_PASSWORD}
    refusals = refused_until_locked(lambda: app.refuses(app.initiate, "USER_PASSWORD_AUTH", **wrong)[1])
    assert refusals[:5] == ["Incorrect username or password."] * 5
    assert refusals[-1] == "Password attempts exceeded"


def test_a_client_with_a_secret_wants_its_hash(server):
    pool = UserPool(server, ALWAYS, GenerateSecret=True)
    app = App(pool)
    device, _ = remembered_device(app)
    tokens = app.sign_in(device)
    assert app.refresh(tokens, DEVICE_KEY=device.key)["AccessToken"]
    parameters = {"USERNAME": USER, "PASSWORD": PASSWORD}
    by_password = {**app.id, "AuthFlow": "USER_PASSWORD_AUTH"}
    assert app.refuses(app.client.initiate_auth, **by_password, AuthParameters=parameters) == (
        "NotAuthorizedException",
        f"Client {pool.client_id} is configured with secret but SECRET_HASH was not received",
    )
    parameters["SECRET_HASH"] = srp.secret_hash("mary", pool.client_id, pool.client_secret)
    assert app.refuses(app.client.initiate_auth, **by_password, AuthParameters=parameters) == (
        "NotAuthorizedException",
        f"Unable to verify secret hash for client {pool.client_id}",
    )


def test_refresh_tokens_rotate_and_are_revoked(server):
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    flows = ["ALLOW_USER_SRP_AUTH"]
    app = App(UserPool(server, ALWAYS, RefreshTokenRotation=rotation, ExplicitAuthFlows=flows))
    device, tokens = remembered_device(app)

    def rotate(token, **device_key):
        answer = app.client.get_tokens_from_refresh_token(**app.id, RefreshToken=token, **device_key)
        return answer["AuthenticationResult"]

    assert app.refuses(rotate, tokens["RefreshToken"]) == INVALID_REFRESH_TOKEN
    rotated = rotate(tokens["RefreshToken"], DeviceKey=device.key)
    assert rotated["RefreshToken"] != tokens["RefreshToken"]
    again = rotate(rotated["RefreshToken"], DeviceKey=device.key)
    app.client.revoke_token(**app.id, Token=again["RefreshToken"])
    revoked = ("NotAuthorizedException", "Refresh Token has been revoked")
    assert app.refuses(rotate, again["RefreshToken"], DeviceKey=device.key) == revoked


@pytest.mark.parametrize("by", ["user", "administrator"])
def test_a_global_sign_out_ends_every_token_and_no_device(server, by):
    pool = UserPool(server, ALWAYS)
    app = App(pool)
    device, first = remembered_device(app)
    second = app.sign_in(device)
    if by == "user":
        app.client.global_sign_out(AccessToken=second["AccessToken"])
    else:
        pool.admin.admin_user_global_sign_out(**pool.user)
    for tokens in [first, second]:
        revoked = app.refuses(app.client.get_user, AccessToken=tokens["AccessToken"])
        assert revoked == ("NotAuthorizedException", "Access Token has been revoked")
        revoked = app.refuses(app.refresh, tokens, DEVICE_KEY=device.key)
        assert revoked == ("NotAuthorizedException", "Refresh Token has been revoked")
    assert pool.device_is(device.key) == "remembered"
    assert app.sign_in(device)["AccessToken"]


def test_a_disabled_user_is_told_so_once_the_password_is_right(server):
    pool = UserPool(server)
    app = App(pool)
    pool.admin.admin_disable_user(**pool.user)
    assert app.refuses(app.prove_password, WRONG_PASSWORD) == INCORRECT
    assert app.refuses(app.prove_password) == ("NotAuthorizedException", "User is disabled.")
