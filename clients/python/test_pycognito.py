"""Signing in with pycognito, by its SRP and on its devices, and accounts with it.

`Cognito` and `AWSSRP` are led to Poolhouse by their boto3 client. The three calls about devices post to AWS's address
with `requests` instead, whatever the client says; for these there is a detour (`tls_detour.py`).
"""

import json

import jwt
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from pycognito import Cognito
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import (
    ForceChangePasswordException,
    SoftwareTokenMFAChallengeException,
    TokenVerificationException,
)

from poolhouse import ADMINISTRATOR, NO_DEVICE
from tls_detour import Detour
from user_pool import (
    ALWAYS,
    NEW_PASSWORD,
    OPT_IN,
    PASSWORD,
    USER,
    VERIFIES_EMAIL,
    WRONG_PASSWORD,
    UserPool,
    attributes_of,
    code,
    other_than,
    refusal_of_client,
    refused_until_locked,
    wrong_code,
)

INCORRECT = ("NotAuthorizedException", "Incorrect username or password.")
NO_SUCH_DEVICE = ("ResourceNotFoundException", "Device does not exist.")
INVALID_REFRESH_TOKEN = ("NotAuthorizedException", "Invalid Refresh Token")
WRONG_CODE = ("CodeMismatchException", "Invalid verification code provided, please try again.")
USED_CODE = ("ExpiredCodeException", "Invalid code provided, please request a code again.")


@pytest.fixture
def detour(server, tmp_path, monkeypatch):
    detour = Detour(server, tmp_path)
    monkeypatch.setenv("HTTPS_PROXY", detour.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(detour.certificate))
    yield detour
    detour.close()


def cognito_of(pool, username=USER, **kept):
    """A user as pycognito sees it, who has no credentials of AWS."""
    return Cognito(
        pool.id,
        pool.client_id,
        username=username,
        client_secret=pool.client_secret,
        botocore_config=Config(signature_version=UNSIGNED),
        boto3_client_kwargs={"endpoint_url": pool.server.url},
        **kept,
    )


def administrator_of(pool):
    """An administrator as pycognito sees one."""
    key_id, secret = ADMINISTRATOR
    options = {"endpoint_url": pool.server.url}
    return Cognito(pool.id, pool.client_id, access_key=key_id, secret_key=secret, boto3_client_kwargs=options)


def srp_of(pool, password=PASSWORD, username=USER, **device):
    client = pool.server.client(signature_version=UNSIGNED)
    return AWSSRP(username, password, pool.id, pool.client_id, client=client, **device)


def refuses(call, *arguments, **parameters):
    with pytest.raises(ClientError) as error:
        call(*arguments, **parameters)
    return refusal_of_client(error)


def confirm(srp, tokens):
    """Confirms the device that was issued with the tokens: how to sign in on it, and what ConfirmDevice answered."""
    answer, password = srp.confirm_device(tokens, device_name="Diego's phone")
    assert answer.status_code == 200, answer.text
    metadata = tokens["AuthenticationResult"]["NewDeviceMetadata"]
    device = {"device_key": metadata["DeviceKey"], "device_group_key": metadata["DeviceGroupKey"]}
    return {**device, "device_password": password}, answer.json()


def remembered_device(pool):
    """How to sign in on a device of a pool that remembers every device."""
    srp = srp_of(pool)
    device, _ = confirm(srp, srp.authenticate_user())
    return device


def refresh(pool, tokens, **device_key):
    parameters = {"REFRESH_TOKEN": tokens["AuthenticationResult"]["RefreshToken"], **device_key}
    client = srp_of(pool).client
    return client.initiate_auth(ClientId=pool.client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=parameters)


@pytest.mark.parametrize("devices", [ALWAYS, OPT_IN], ids=["always", "opt-in"])
def test_a_device_is_confirmed_remembered_proved_and_forgotten(server, detour, devices):
    pool = UserPool(server, devices)
    asks = devices is OPT_IN

    srp = srp_of(pool)
    first = srp.authenticate_user()
    device, confirmed = confirm(srp, first)
    key = device["device_key"]
    assert confirmed == {"UserConfirmationNecessary": asks}
    assert pool.device_is(key) == ("not_remembered" if asks else "remembered")

    access_token = first["AuthenticationResult"]["AccessToken"]
    if asks:
        unproved = srp_of(pool, **device).authenticate_user()
        assert "NewDeviceMetadata" not in unproved["AuthenticationResult"]
    for remembered, status in [(False, "not_remembered"), (True, "remembered")]:
        assert srp.update_device_status(remembered, access_token, key).startswith("<Response [200]>")
        assert pool.device_is(key) == status
    assert attributes_of(pool.device(key))["device_name"] == "Diego's phone"

    before = pool.device(key)
    second = srp_of(pool, **device).authenticate_user()
    assert "NewDeviceMetadata" not in second["AuthenticationResult"]
    assert pool.device(key)["DeviceLastModifiedDate"] > before["DeviceLastModifiedDate"]

    refreshed = refresh(pool, second, DEVICE_KEY=key)["AuthenticationResult"]
    assert jwt.decode(refreshed["AccessToken"], options={"verify_signature": False})["device_key"] == key
    assert refuses(refresh, pool, second) == INVALID_REFRESH_TOKEN
    assert refuses(refresh, pool, second, DEVICE_KEY=NO_DEVICE) == INVALID_REFRESH_TOKEN

    listed = srp.client.list_devices(AccessToken=refreshed["AccessToken"])["Devices"]
    assert [device["DeviceKey"] for device in listed] == [key]
    assert srp.forget_device(access_token, key).startswith("<Response [200]>")
    assert srp.client.list_devices(AccessToken=refreshed["AccessToken"])["Devices"] == []
    assert pool.device_is(key) == "unknown"

    assert refuses(refresh, pool, second, DEVICE_KEY=key) == INVALID_REFRESH_TOKEN
    assert refuses(srp_of(pool, **device).authenticate_user) == NO_SUCH_DEVICE
    new = srp_of(pool).authenticate_user()["AuthenticationResult"]["NewDeviceMetadata"]
    assert new["DeviceKey"] != key
    assert {target.split(".")[1] for target in detour.seen} == {"ConfirmDevice", "UpdateDeviceStatus", "ForgetDevice"}


@pytest.mark.parametrize("devices", [ALWAYS, OPT_IN], ids=["always", "opt-in"])
def test_a_remembered_device_takes_the_place_of_the_second_factor(server, detour, devices):
    pool = UserPool(server, devices)
    pool.ask_for_software_tokens()

    # The library leaves MFA_SETUP to its caller.
    srp = srp_of(pool)
    asked = srp.authenticate_user()
    assert asked["ChallengeName"] == "MFA_SETUP"
    begun = srp.client.associate_software_token(Session=asked["Session"])
    secret = begun["SecretCode"]
    verified = srp.client.verify_software_token(Session=begun["Session"], UserCode=code(secret))
    assert verified["Status"] == "SUCCESS"

    # And what a code is answered with, when there is a device to confirm.
    with pytest.raises(SoftwareTokenMFAChallengeException) as challenge:
        srp.authenticate_user()
    tokens = srp.client.respond_to_auth_challenge(
        ClientId=pool.client_id,
        ChallengeName="SOFTWARE_TOKEN_MFA",
        ChallengeResponses={"USERNAME": USER, "SOFTWARE_TOKEN_MFA_CODE": code(secret, ahead=1)},
        Session=challenge.value.get_tokens()["Session"],
    )
    device, confirmed = confirm(srp, tokens)
    if confirmed["UserConfirmationNecessary"]:
        with pytest.raises(SoftwareTokenMFAChallengeException):
            srp_of(pool, **device).authenticate_user()
        srp.update_device_status(True, tokens["AuthenticationResult"]["AccessToken"], device["device_key"])
    assert srp_of(pool, **device).authenticate_user()["AuthenticationResult"]

    pool.forget(device["device_key"])
    assert refuses(srp_of(pool, **device).authenticate_user) == NO_SUCH_DEVICE
    with pytest.raises(SoftwareTokenMFAChallengeException):
        srp_of(pool).authenticate_user()


def test_a_user_chooses_a_second_factor(server):
    pool = UserPool(server)
    pool.ask_for_software_tokens("OPTIONAL")
    user = cognito_of(pool)
    user.authenticate(PASSWORD)
    secret = user.associate_software_token()
    assert user.verify_software_token(code(secret), "Diego's authenticator") is True
    user.set_user_mfa_preference(sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN")

    again = cognito_of(pool)
    with pytest.raises(SoftwareTokenMFAChallengeException):
        again.authenticate(PASSWORD)
    mismatch = ("CodeMismatchException", "Invalid code received for user")
    assert refuses(again.respond_to_software_token_mfa_challenge, wrong_code(secret)) == mismatch
    again.respond_to_software_token_mfa_challenge(code(secret, ahead=1))
    assert again.access_claims["username"] == USER


def test_an_administrator_forgets_the_device_between_two_sign_ins(server, detour):
    pool = UserPool(server, ALWAYS)
    device = remembered_device(pool)
    pool.forget(device["device_key"])
    assert refuses(srp_of(pool, **device).authenticate_user) == NO_SUCH_DEVICE


def test_another_device_password_is_refused(server, detour):
    pool = UserPool(server, ALWAYS)
    device = remembered_device(pool)
    impostor = {**device, "device_password": "guessed"}
    assert refuses(srp_of(pool, **impostor).authenticate_user) == INCORRECT
    assert srp_of(pool, **device).authenticate_user()["AuthenticationResult"]


def test_a_refused_confirmation_is_shown_as_it_came(server, detour):
    pool = UserPool(server, ALWAYS)
    srp = srp_of(pool)
    tokens = srp.authenticate_user()
    tokens["AuthenticationResult"]["NewDeviceMetadata"]["DeviceKey"] = NO_DEVICE
    answer, _ = srp.confirm_device(tokens)
    refusal = {"__type": "InvalidParameterException", "message": "Invalid device key given."}
    assert (answer.status_code, json.loads(answer.text)) == (400, refusal)


@pytest.mark.parametrize("secret", [False, True], ids=["public client", "client with a secret"])
def test_a_user_signs_in_with_verified_tokens_refreshes_and_signs_out(server, secret):
    pool = UserPool(server, GenerateSecret=secret)
    user = cognito_of(pool)
    user.authenticate(PASSWORD)
    assert (user.token_type, user.access_claims["username"], user.id_claims["aud"]) == ("Bearer", USER, pool.client_id)
    assert user.id_claims["email"] == "diego@example.com" and user.id_claims["email_verified"] is True
    assert user.get_user().email == "diego@example.com"

    first = user.access_token
    assert user.check_token() is False
    user.renew_access_token()
    assert user.access_token != first
    user.verify_tokens()

    kept = {"id_token": user.id_token, "access_token": user.access_token, "refresh_token": user.refresh_token}
    user.logout()
    assert user.access_token is None
    left = cognito_of(pool, **kept)
    left.verify_tokens()
    assert refuses(left.get_user) == ("NotAuthorizedException", "Access Token has been revoked")
    assert refuses(left.renew_access_token) == ("NotAuthorizedException", "Refresh Token has been revoked")


def test_an_altered_token_is_not_verified(server):
    user = cognito_of(UserPool(server))
    user.authenticate(PASSWORD)
    header, payload, signature = user.access_token.split(".")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    user.access_token = ".".join([header, payload, flipped])
    with pytest.raises(TokenVerificationException, match="Signature verification failed"):
        user.verify_tokens()
    code, message = refuses(user.get_user)
    assert (code, message) == ("NotAuthorizedException", "Could not verify signature for Access Token")


def test_renewing_tells_of_no_device_and_is_refused_where_devices_are_tracked(server):
    user = cognito_of(UserPool(server, ALWAYS))
    user.authenticate(PASSWORD)
    assert refuses(user.renew_access_token) == INVALID_REFRESH_TOKEN


def test_a_wrong_password_and_an_unknown_user(server):
    pool, hidden = UserPool(server), UserPool(server, PreventUserExistenceErrors="ENABLED")
    assert refuses(cognito_of(pool).authenticate, WRONG_PASSWORD) == INCORRECT
    unknown = ("UserNotFoundException", "User does not exist.")
    assert refuses(srp_of(pool, username="nobody").authenticate_user) == unknown
    assert refuses(srp_of(hidden, username="nobody").authenticate_user) == INCORRECT


def test_a_temporary_password_is_changed_at_the_first_sign_in(server):
    pool = UserPool(server, ALWAYS)
    pool.set_password(WRONG_PASSWORD, permanent=False)
    user = cognito_of(pool)
    with pytest.raises(ForceChangePasswordException):
        user.authenticate(WRONG_PASSWORD)
    user.new_password_challenge(WRONG_PASSWORD, NEW_PASSWORD)
    assert user.access_claims["username"] == USER
    cognito_of(pool).authenticate(NEW_PASSWORD)


def test_too_many_wrong_passwords_lock_the_user_out(server):
    pool = UserPool(server)
    refusals = refused_until_locked(lambda: refuses(cognito_of(pool).authenticate, WRONG_PASSWORD)[1])
    assert refusals[:5] == ["Incorrect username or password."] * 5
    assert refusals[-1] == "Password attempts exceeded"


@pytest.mark.parametrize("secret", [False, True], ids=["public client", "client with a secret"])
def test_who_registers_confirms_forgets_the_password_and_changes_the_address(server, secret):
    pool = UserPool(server, settings=VERIFIES_EMAIL, GenerateSecret=secret)
    mia = cognito_of(pool, "mia")
    mia.set_base_attributes(email="mia@example.com", nickname="Mimi")
    answer = mia.register("mia", PASSWORD)
    assert answer["UserConfirmed"] is False and answer["CodeDeliveryDetails"]["Destination"] == "m***@e***"
    assert refuses(mia.authenticate, PASSWORD) == ("UserNotConfirmedException", "User is not confirmed.")
    mia.resend_confirmation_code("mia")
    confirming = pool.last_code("mia")
    assert refuses(mia.confirm_sign_up, other_than(confirming)) == WRONG_CODE
    mia.confirm_sign_up(confirming)

    mia.initiate_forgot_password()
    resetting = pool.last_code("mia")
    assert refuses(mia.confirm_forgot_password, other_than(resetting), NEW_PASSWORD) == WRONG_CODE
    mia.confirm_forgot_password(resetting, NEW_PASSWORD)
    assert refuses(mia.confirm_forgot_password, resetting, NEW_PASSWORD) == USED_CODE
    assert refuses(mia.authenticate, PASSWORD) == INCORRECT
    mia.authenticate(NEW_PASSWORD)

    user = mia.get_user()
    assert (user.email, user.email_verified, user.nickname) == ("mia@example.com", True, "Mimi")
    user.email = "mia@example.org"
    user.save()
    changed = mia.get_user()
    assert (changed.email, changed.email_verified) == ("mia@example.org", False)
    mia.send_verification()
    assert pool.last_message("mia")["Destination"] == "mia@example.org"
    verifying = pool.last_code("mia")
    assert refuses(mia.validate_verification, other_than(verifying)) == WRONG_CODE
    mia.validate_verification(verifying)
    assert mia.get_user().email_verified is True
    assert refuses(mia.validate_verification, verifying) == USED_CODE


def test_an_administrator_confirms_resets_and_puts_into_a_group(server):
    pool = UserPool(server, settings=VERIFIES_EMAIL)
    mia, admin = cognito_of(pool, "mia"), administrator_of(pool)
    mia.set_base_attributes(email="mia@example.com")
    mia.register("mia", PASSWORD)
    admin.admin_confirm_sign_up("mia")
    mia.authenticate(PASSWORD)
    pool.admin.admin_update_user_attributes(
        UserPoolId=pool.id, Username="mia", UserAttributes=[{"Name": "email_verified", "Value": "true"}]
    )
    admin.admin_reset_password("mia")
    required = ("PasswordResetRequiredException", "Password reset required for the user")
    assert refuses(cognito_of(pool, "mia").authenticate, PASSWORD) == required
    mia.confirm_forgot_password(pool.last_code("mia"), NEW_PASSWORD)

    pool.admin.create_group(UserPoolId=pool.id, GroupName="readers")
    admin.admin_add_user_to_group("mia", "readers")
    assert admin.admin_list_groups_for_user("mia") == ["readers"]
    mia.authenticate(NEW_PASSWORD)
    assert mia.access_claims["cognito:groups"] == mia.id_claims["cognito:groups"] == ["readers"]


def test_a_secret_is_hashed_with_the_name_of_the_object(server):
    pool = UserPool(server, settings=VERIFIES_EMAIL, GenerateSecret=True)
    unverified = ("NotAuthorizedException", f"Unable to verify secret hash for client {pool.client_id}")
    assert refuses(cognito_of(pool).register, "mia", PASSWORD) == unverified
    with pytest.raises(TypeError):
        cognito_of(pool, None).register("mia", PASSWORD)
