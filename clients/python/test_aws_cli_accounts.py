"""Accounts with the AWS CLI: from signing up to a verified address, by the codes of the outbox."""

from aws_cli import Cli, SignIn, error, with_token
from user_pool import NEW_PASSWORD, PASSWORD, VERIFIES_EMAIL, UserPool, other_than

EMAIL = "mia@example.com"
TO_EMAIL = {"Destination": "m***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
WRONG_CODE = "Invalid verification code provided, please try again."
USED_CODE = "Invalid code provided, please request a code again."


class Newcomer(SignIn):
    """The commands of somebody who has no account yet, nor credentials of AWS."""

    def __init__(self, pool, username="mia"):
        super().__init__(pool)
        self.username = username
        self.who = ["--client-id", pool.client_id, "--username", username]

    def sign_up(self, email=EMAIL):
        return ["sign-up", *self.who, "--password", PASSWORD, "--user-attributes", f"Name=email,Value={email}"]

    def confirmation_by(self, code):
        return ["confirm-sign-up", *self.who, "--confirmation-code", code]

    def reset_by(self, code, password=NEW_PASSWORD):
        return ["confirm-forgot-password", *self.who, "--confirmation-code", code, "--password", password]

    def last_code(self):
        return self.pool.last_code(self.username)


def attributes(user):
    return {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}


def test_who_signs_up_confirms_forgets_the_password_and_changes_the_address(server):
    pool = UserPool(server, settings=VERIFIES_EMAIL)
    mia = Newcomer(pool)
    signed_up = mia.answer(*mia.sign_up())
    assert (signed_up["UserConfirmed"], signed_up["CodeDeliveryDetails"]) == (False, TO_EMAIL)
    unconfirmed = error("UserNotConfirmedException", "InitiateAuth", "User is not confirmed.")
    assert mia.refusal(*mia.by_password(username="mia")) == unconfirmed
    assert mia.answer("resend-confirmation-code", *mia.who) == {"CodeDeliveryDetails": TO_EMAIL}
    code = mia.last_code()
    wrong = mia.confirmation_by(other_than(code))
    assert mia.refusal(*wrong) == error("CodeMismatchException", "ConfirmSignUp", WRONG_CODE)
    # The answer of the service is empty, and the CLI prints nothing.
    assert mia.answer(*mia.confirmation_by(code)) is None

    assert mia.answer("forgot-password", *mia.who) == {"CodeDeliveryDetails": TO_EMAIL}
    code = mia.last_code()
    wrong = mia.reset_by(other_than(code))
    assert mia.refusal(*wrong) == error("CodeMismatchException", "ConfirmForgotPassword", WRONG_CODE)
    assert mia.answer(*mia.reset_by(code)) is None
    assert mia.refusal(*mia.reset_by(code)) == error("ExpiredCodeException", "ConfirmForgotPassword", USED_CODE)
    token = with_token(mia.answer(*mia.by_password(NEW_PASSWORD, "mia"))["AuthenticationResult"])

    change = ["--user-attributes", "Name=email,Value=mia@example.org"]
    changed = mia.answer("update-user-attributes", *token, *change)
    assert changed == {"CodeDeliveryDetailsList": [TO_EMAIL]}
    assert attributes(mia.answer("get-user", *token))["email_verified"] == "false"
    email = [*token, "--attribute-name", "email"]
    sent = mia.answer("get-user-attribute-verification-code", *email)
    assert sent == {"CodeDeliveryDetails": TO_EMAIL}
    verify = ["verify-user-attribute", *email, "--code", mia.last_code()]
    assert mia.answer(*verify) is None
    shown = attributes(mia.answer("get-user", *token))
    assert (shown["email"], shown["email_verified"]) == ("mia@example.org", "true")
    assert mia.refusal(*verify) == error("ExpiredCodeException", "VerifyUserAttribute", USED_CODE)


def test_an_administrator_resets_a_password_and_invites(server):
    pool = UserPool(server, settings=VERIFIES_EMAIL)
    administrator, mia = Cli(server), Newcomer(pool)
    mia.answer(*mia.sign_up())
    mia.answer(*mia.confirmation_by(mia.last_code()))
    as_administrator = ["--user-pool-id", pool.id, "--username"]
    assert administrator.answer("admin-reset-user-password", *as_administrator, "mia") is None
    required = error("PasswordResetRequiredException", "InitiateAuth", "Password reset required for the user")
    assert mia.refusal(*mia.by_password(username="mia")) == required
    mia.answer(*mia.reset_by(mia.last_code()))
    assert pool.status("mia") == "CONFIRMED"

    invited = ["--user-attributes", "Name=email,Value=leo@example.com", "--desired-delivery-mediums", "EMAIL"]
    administrator.answer("admin-create-user", *as_administrator, "leo", *invited)
    asked = mia.answer(*mia.by_password(pool.last_code("leo"), "leo"))
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_a_client_that_hides_users_says_that_nobody_was_sent_a_code(server):
    nobody = Newcomer(UserPool(server, settings=VERIFIES_EMAIL, PreventUserExistenceErrors="ENABLED"), "nobody")
    expired = error("ExpiredCodeException", "ConfirmForgotPassword", USED_CODE)
    assert nobody.refusal(*nobody.reset_by("123456")) == expired
    assert nobody.answer("forgot-password", *nobody.who)["CodeDeliveryDetails"].keys() == TO_EMAIL.keys()
    mismatch = error("CodeMismatchException", "ConfirmForgotPassword", WRONG_CODE)
    assert nobody.refusal(*nobody.reset_by("123456")) == mismatch
