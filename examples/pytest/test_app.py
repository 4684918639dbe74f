"""What a team would test of an app that signs its users in with Cognito."""

import pytest

SHOP = {"ClientId": "shop0000000000000000000001"}
BANK = {"ClientId": "bank0000000000000000000001"}
PASSWORD = "Example-Password-1"


def sign_in(cognito, client, username):
    parameters = {"USERNAME": username, "PASSWORD": PASSWORD}
    return cognito.initiate_auth(**client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)


# Twice: the second run finds the name free again.
@pytest.mark.parametrize("run", [1, 2])
def test_a_customer_signs_up(poolhouse, run):
    cognito = poolhouse.client()
    attributes = [{"Name": "email", "Value": "ben@example.com"}]
    cognito.sign_up(**SHOP, Username="ben", Password=PASSWORD, UserAttributes=attributes)
    [message] = poolhouse.outbox(Username="ben", wait=5)
    cognito.confirm_sign_up(**SHOP, Username="ben", ConfirmationCode=message["Code"])
    assert "AuthenticationResult" in sign_in(cognito, SHOP, "ben")


def test_a_bank_asks_for_a_second_factor(poolhouse):
    cognito = poolhouse.client()
    asked = sign_in(cognito, BANK, "ana")
    assert asked["ChallengeName"] == "EMAIL_OTP"
    [message] = poolhouse.outbox(Username="ana", wait=5)
    signed_in = cognito.respond_to_auth_challenge(
        **BANK,
        ChallengeName="EMAIL_OTP",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "ana", "EMAIL_OTP_CODE": message["Code"]},
    )
    assert signed_in["AuthenticationResult"]["TokenType"] == "Bearer"


def test_a_token_is_refreshed_when_it_has_expired(poolhouse):
    cognito = poolhouse.client()
    tokens = sign_in(cognito, SHOP, "ana")["AuthenticationResult"]
    poolhouse.advance(seconds=3601)
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="expired"):
        cognito.get_user(AccessToken=tokens["AccessToken"])
    again = cognito.initiate_auth(
        **SHOP, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]}
    )["AuthenticationResult"]
    assert cognito.get_user(AccessToken=again["AccessToken"])["Username"] == "ana"
