"""Second factors, and devices that take their place, with boto3."""

import pytest

from app import App, remembered_device
from user_pool import ALWAYS, OPT_IN, PASSWORD, USER, UserPool, code, wrong_code

BOTH = {**ALWAYS, "ChallengeRequiredOnNewDevice": False}


def new_app(server, devices):
    pool = UserPool(server, devices)
    pool.ask_for_software_tokens()
    return App(pool)


def set_up(app, asked):
    """The secret of a software token, and the tokens of the sign-in that demanded it."""
    assert asked["ChallengeName"] == "MFA_SETUP"
    assert asked["ChallengeParameters"]["MFAS_CAN_SETUP"] == '["SOFTWARE_TOKEN_MFA"]'
    begun = app.client.associate_software_token(Session=asked["Session"])
    secret = begun["SecretCode"]
    verified = app.client.verify_software_token(Session=begun["Session"], UserCode=code(secret))
    assert verified["Status"] == "SUCCESS"
    done = app.respond("MFA_SETUP", {"USERNAME": USER}, Session=verified["Session"])
    return secret, done["AuthenticationResult"]


def give(app, asked, shown, **device_key):
    """What follows the code."""
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    responses = {"USERNAME": USER, "SOFTWARE_TOKEN_MFA_CODE": shown, **device_key}
    return app.respond("SOFTWARE_TOKEN_MFA", responses, Session=asked["Session"])


@pytest.mark.parametrize("devices", [ALWAYS, OPT_IN], ids=["always", "opt-in"])
def test_a_remembered_device_takes_the_place_of_the_second_factor(server, devices):
    app = new_app(server, devices)
    secret, tokens = set_up(app, app.prove_password())
    device, asks = app.confirm(tokens)
    if asks:
        unproved = app.prove_password(DEVICE_KEY=device.key)
        assert unproved["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        app.client.update_device_status(
            AccessToken=tokens["AccessToken"], DeviceKey=device.key, DeviceRememberedStatus="remembered"
        )
    second = app.sign_in(device)
    assert "NewDeviceMetadata" not in second
    assert app.refresh(second, DEVICE_KEY=device.key)["AccessToken"]

    app.client.forget_device(AccessToken=second["AccessToken"], DeviceKey=device.key)
    asked = app.prove_password()
    refused = app.refuses(give, app, asked, wrong_code(secret))
    assert refused == ("CodeMismatchException", "Invalid code received for user")
    # A wrong code ends no session; a right one counts once.
    shown = code(secret, ahead=1)
    assert give(app, asked, shown)["AuthenticationResult"]["NewDeviceMetadata"]["DeviceKey"] != device.key
    used = "Your software token has already been used once."
    assert app.refuses(give, app, app.prove_password(), shown) == ("ExpiredCodeException", used)


def test_both_are_asked_for_where_a_device_takes_no_place(server):
    app = new_app(server, BOTH)
    secret, tokens = set_up(app, app.prove_password())
    device, _ = app.confirm(tokens)
    asked = app.prove_password(DEVICE_KEY=device.key)
    asked = give(app, asked, code(secret, ahead=1), DEVICE_KEY=device.key)
    assert app.prove_device(device, asked)["AuthenticationResult"]


def test_a_user_chooses_a_second_factor(server):
    pool = UserPool(server, ALWAYS)
    pool.ask_for_software_tokens("OPTIONAL")
    app = App(pool)
    device, tokens = remembered_device(app)
    token = {"AccessToken": tokens["AccessToken"]}
    secret = app.client.associate_software_token(**token)["SecretCode"]
    app.client.verify_software_token(**token, UserCode=code(secret), FriendlyDeviceName="Diego's authenticator")
    wished = {"Enabled": True, "PreferredMfa": True}
    app.client.set_user_mfa_preference(**token, SoftwareTokenMfaSettings=wished)
    shown = pool.admin.admin_get_user(**pool.user)
    assert (shown["PreferredMfaSetting"], shown["UserMFASettingList"]) == ("SOFTWARE_TOKEN_MFA", ["SOFTWARE_TOKEN_MFA"])

    asked = app.initiate("USER_PASSWORD_AUTH", USERNAME=USER, PASSWORD=PASSWORD)
    assert asked["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "Diego's authenticator"
    assert give(app, asked, code(secret, ahead=1))["AuthenticationResult"]
    assert app.sign_in(device)["AccessToken"]


def test_codes_by_sms_are_switched_on_in_the_older_way(server):
    pool = UserPool(server)
    pool.admin.set_user_pool_mfa_config(
        UserPoolId=pool.id,
        SmsMfaConfiguration={"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}},
        MfaConfiguration="OPTIONAL",
    )
    by_sms = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    with pytest.raises(pool.admin.exceptions.InvalidParameterException, match="to turn on SMS_MFA"):
        pool.admin.admin_set_user_settings(**pool.user, MFAOptions=by_sms)
    number = {"Name": "phone_number", "Value": "+12065550100"}
    pool.admin.admin_update_user_attributes(**pool.user, UserAttributes=[number])
    tokens = App(pool).initiate("USER_PASSWORD_AUTH", USERNAME=USER, PASSWORD=PASSWORD)["AuthenticationResult"]
    pool.admin.set_user_settings(AccessToken=tokens["AccessToken"], MFAOptions=by_sms)
    assert pool.admin.admin_get_user(**pool.user)["MFAOptions"] == by_sms
    shown = pool.admin.admin_get_user_auth_factors(**pool.user)
    assert shown["ConfiguredUserAuthFactors"] == ["PASSWORD", "SMS_OTP"]
    assert shown["UserMFASettingList"] == ["SMS_MFA"]
    own = pool.admin.get_user_auth_factors(AccessToken=tokens["AccessToken"])
    assert own["ConfiguredUserAuthFactors"] == shown["ConfiguredUserAuthFactors"]
    asked = App(pool).initiate("USER_PASSWORD_AUTH", USERNAME=USER, PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == "SMS_MFA"
