"""Accounts with boto3: signing up, recovering a password and verifying an address, by the codes of the outbox."""

from urllib.error import HTTPError
from urllib.request import urlopen

import jwt
import pytest

import srp
from app import App
from user_pool import NEW_PASSWORD, PASSWORD, VERIFIES_EMAIL, UserPool, other_than

EMAIL = "mia@example.com"
NEW_EMAIL = "mia@example.org"
TO_EMAIL = {"Destination": "m***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
WRONG_CODE = "Invalid verification code provided, please try again."
USED_CODE = "Invalid code provided, please request a code again."
REVOKED = "Access Token has been revoked"


class Newcomer:
    """Somebody who has no account yet. Every call is that of an app without credentials of AWS."""

    def __init__(self, pool, username="mia"):
        self.pool = pool
        self.username = username
        self.app = App(pool)
        self.client = self.app.client
        self.who = {**self.app.id, "Username": username}
        if pool.client_secret:
            self.who["SecretHash"] = srp.secret_hash(username, pool.client_id, pool.client_secret)

    def sign_up(self):
        attributes = [{"Name": "email", "Value": EMAIL}]
        return self.client.sign_up(**self.who, Password=PASSWORD, UserAttributes=attributes)

    def confirm(self, code=None):
        self.client.confirm_sign_up(**self.who, ConfirmationCode=code or self.last_code())

    def reset(self, code, password=NEW_PASSWORD):
        self.client.confirm_forgot_password(**self.who, ConfirmationCode=code, Password=password)

    def sign_in(self, password=PASSWORD):
        """The member that later calls prove the sign-in by."""
        answer = self.app.initiate("USER_PASSWORD_AUTH", USERNAME=self.username, PASSWORD=password)
        return {"AccessToken": answer["AuthenticationResult"]["AccessToken"]}

    def last_code(self):
        return self.pool.last_code(self.username)

    def attributes(self, token):
        listed = self.client.get_user(**token)["UserAttributes"]
        return {attribute["Name"]: attribute["Value"] for attribute in listed}


@pytest.fixture
def pool(server):
    return UserPool(server, settings=VERIFIES_EMAIL)


@pytest.fixture
def mia(pool):
    """Somebody who has signed up."""
    mia = Newcomer(pool)
    mia.sign_up()
    return mia


def test_who_signs_up_is_confirmed_by_the_code(pool):
    mia = Newcomer(pool)
    signed_up = mia.sign_up()
    assert (signed_up["UserConfirmed"], signed_up["CodeDeliveryDetails"]) == (False, TO_EMAIL)
    refused = mia.client.exceptions
    with pytest.raises(refused.UserNotConfirmedException, match="User is not confirmed."):
        mia.sign_in()
    with pytest.raises(refused.CodeMismatchException, match=WRONG_CODE):
        mia.confirm(other_than(mia.last_code()))
    with pytest.raises(refused.UsernameExistsException, match="User already exists"):
        mia.sign_up()
    assert mia.client.resend_confirmation_code(**mia.who)["CodeDeliveryDetails"] == TO_EMAIL
    code = mia.last_code()
    mia.confirm(code)
    shown = mia.attributes(mia.sign_in())
    assert (shown["sub"], shown["email"], shown["email_verified"]) == (signed_up["UserSub"], EMAIL, "true")
    with pytest.raises(refused.NotAuthorizedException, match="Current status is CONFIRMED"):
        mia.confirm(code)


def test_a_forgotten_password_is_replaced_by_the_code(mia):
    mia.confirm()
    token = mia.sign_in()
    assert mia.client.forgot_password(**mia.who)["CodeDeliveryDetails"] == TO_EMAIL
    code = mia.last_code()
    refused = mia.client.exceptions
    with pytest.raises(refused.CodeMismatchException, match=WRONG_CODE):
        mia.reset(other_than(code))
    with pytest.raises(refused.InvalidPasswordException, match="Password not long enough"):
        mia.reset(code, "Sh0rt!")
    mia.reset(code)
    with pytest.raises(refused.ExpiredCodeException, match=USED_CODE):
        mia.reset(code)
    with pytest.raises(refused.NotAuthorizedException, match=REVOKED):
        mia.client.get_user(**token)
    with pytest.raises(refused.NotAuthorizedException, match="Incorrect username or password."):
        mia.sign_in()
    mia.sign_in(NEW_PASSWORD)


def test_a_password_that_an_administrator_resets_is_replaced_by_the_code(pool, mia):
    mia.confirm()
    pool.admin.admin_reset_user_password(UserPoolId=pool.id, Username="mia")
    with pytest.raises(mia.client.exceptions.PasswordResetRequiredException, match="Password reset required"):
        mia.sign_in()
    mia.reset(mia.last_code())
    mia.sign_in(NEW_PASSWORD)


@pytest.mark.parametrize("first", [False, True], ids=["at once", "after its verification"])
def test_a_changed_address_is_verified_by_the_code(server, first):
    before = {"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"] if first else []}}
    mia = Newcomer(UserPool(server, settings={**VERIFIES_EMAIL, **before}))
    mia.sign_up()
    mia.confirm()
    token = mia.sign_in()
    change = [{"Name": "email", "Value": NEW_EMAIL}, {"Name": "nickname", "Value": "Mimi"}]
    assert mia.client.update_user_attributes(**token, UserAttributes=change)["CodeDeliveryDetailsList"] == [TO_EMAIL]
    shown = mia.attributes(token)
    assert shown["nickname"] == "Mimi"
    assert (shown["email"], shown["email_verified"]) == ((EMAIL, "true") if first else (NEW_EMAIL, "false"))

    again = mia.client.get_user_attribute_verification_code(**token, AttributeName="email")
    assert again["CodeDeliveryDetails"] == TO_EMAIL
    assert mia.pool.last_message("mia")["Destination"] == NEW_EMAIL
    code = mia.last_code()
    email = {**token, "AttributeName": "email"}
    with pytest.raises(mia.client.exceptions.CodeMismatchException, match=WRONG_CODE):
        mia.client.verify_user_attribute(**email, Code=other_than(code))
    mia.client.verify_user_attribute(**email, Code=code)
    shown = mia.attributes(token)
    assert (shown["email"], shown["email_verified"]) == (NEW_EMAIL, "true")
    with pytest.raises(mia.client.exceptions.ExpiredCodeException, match=USED_CODE):
        mia.client.verify_user_attribute(**email, Code=code)


@pytest.mark.parametrize("hides", [False, True], ids=["told", "hidden"])
def test_who_asks_for_nobodys_codes_is_told_what_the_client_says(server, hides):
    prevents = {"PreventUserExistenceErrors": "ENABLED" if hides else "LEGACY"}
    nobody = Newcomer(UserPool(server, settings=VERIFIES_EMAIL, **prevents), "nobody")
    asks = [nobody.client.forgot_password, nobody.client.resend_confirmation_code]
    if not hides:
        for ask in asks:
            refused = nobody.app.refuses(ask, **nobody.who)
            assert refused == ("UserNotFoundException", "Username/client id combination not found.")
        return
    for answer in [nobody.confirm, nobody.reset]:
        assert nobody.app.refuses(answer, "123456") == ("ExpiredCodeException", USED_CODE)
    for ask in asks:
        told = ask(**nobody.who)["CodeDeliveryDetails"]
        assert told.keys() == TO_EMAIL.keys()
    for answer in [nobody.confirm, nobody.reset]:
        assert nobody.app.refuses(answer, "123456") == ("CodeMismatchException", WRONG_CODE)


def test_a_link_confirms_whoever_follows_it(server):
    template = {"DefaultEmailOption": "CONFIRM_WITH_LINK"}
    mia = Newcomer(UserPool(server, settings={**VERIFIES_EMAIL, "VerificationMessageTemplate": template}))
    mia.sign_up()
    message = mia.pool.last_message("mia")
    link = message["Link"]
    assert link.startswith(f"{server.url}/confirmUser?") and link.replace("&", "&amp;") in message["Message"]
    wrong = link.replace(message["Code"], other_than(message["Code"]))
    with pytest.raises(HTTPError, match="400"):
        urlopen(wrong, timeout=60)
    assert mia.pool.status("mia") == "UNCONFIRMED"
    with urlopen(link, timeout=60) as page:
        assert (page.status, page.headers.get_content_type()) == (200, "text/html")
    assert mia.attributes(mia.sign_in())["email_verified"] == "true"


def test_a_client_with_a_secret_proves_it_in_every_step(server):
    mia = Newcomer(UserPool(server, settings=VERIFIES_EMAIL, GenerateSecret=True))
    mia.sign_up()
    mia.client.resend_confirmation_code(**mia.who)
    mia.confirm()
    mia.client.forgot_password(**mia.who)
    mia.reset(mia.last_code())
    forged = {**mia.who, "SecretHash": "AAAA"}
    refused = f"Unable to verify secret hash for client {mia.pool.client_id}"
    for call, more in [
        (mia.client.sign_up, {"Password": PASSWORD}),
        (mia.client.confirm_sign_up, {"ConfirmationCode": "123456"}),
        (mia.client.resend_confirmation_code, {}),
        (mia.client.forgot_password, {}),
        (mia.client.confirm_forgot_password, {"ConfirmationCode": "123456", "Password": PASSWORD}),
    ]:
        assert mia.app.refuses(call, **forged, **more) == ("NotAuthorizedException", refused)


def test_an_administrator_confirms_and_a_group_is_in_the_next_token(pool, mia):
    pool.admin.admin_confirm_sign_up(UserPoolId=pool.id, Username="mia")
    assert pool.status("mia") == "CONFIRMED"
    pool.admin.create_group(UserPoolId=pool.id, GroupName="readers")
    pool.admin.admin_add_user_to_group(UserPoolId=pool.id, Username="mia", GroupName="readers")
    claims = jwt.decode(mia.sign_in()["AccessToken"], options={"verify_signature": False})
    assert claims["cognito:groups"] == ["readers"]


def test_who_is_invited_chooses_a_password(pool):
    invited = {"UserPoolId": pool.id, "Username": "leo", "DesiredDeliveryMediums": ["EMAIL"]}
    email = [{"Name": "email", "Value": "leo@example.com"}]
    pool.admin.admin_create_user(**invited, UserAttributes=email)
    first = pool.last_message("leo")
    again = pool.admin.admin_create_user(**invited, MessageAction="RESEND")
    assert again["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    message = pool.last_message("leo")
    assert message["Purpose"] == "AdminCreateUser" and message["Code"] != first["Code"]
    assert "leo" in message["Message"] and message["Code"] in message["Message"]
    app = App(pool)
    asked = app.initiate("USER_PASSWORD_AUTH", USERNAME="leo", PASSWORD=message["Code"])
    responses = {"USERNAME": "leo", "NEW_PASSWORD": NEW_PASSWORD}
    assert app.respond("NEW_PASSWORD_REQUIRED", responses, Session=asked["Session"])["AuthenticationResult"]
    assert pool.status("leo") == "CONFIRMED"
