"""Tokens as an application verifies them, with PyJWT and the keys that the server publishes."""

import json
from urllib.error import HTTPError
from urllib.request import urlopen

import jwt
import pytest

from user_pool import ALWAYS, PASSWORD, USER, UserPool


@pytest.fixture
def pool(server):
    return UserPool(server, ALWAYS)


@pytest.fixture
def tokens(pool):
    answer = pool.admin.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD},
    )
    return answer["AuthenticationResult"]


def verified(pool, token, **options):
    keys = jwt.PyJWKClient(f"{pool.issuer}/.well-known/jwks.json")
    key = keys.get_signing_key_from_jwt(token)
    return jwt.decode(token, key, algorithms=["RS256"], issuer=pool.issuer, **options)


def test_an_access_token_is_verified(pool, tokens):
    claims = verified(pool, tokens["AccessToken"])
    assert (claims["token_use"], claims["client_id"], claims["username"]) == ("access", pool.client_id, USER)
    assert claims["scope"] == "aws.cognito.signin.user.admin"
    assert claims["device_key"] == tokens["NewDeviceMetadata"]["DeviceKey"]
    assert claims["exp"] - claims["iat"] == tokens["ExpiresIn"]


def test_an_id_token_is_verified(pool, tokens):
    claims = verified(pool, tokens["IdToken"], audience=pool.client_id)
    assert (claims["token_use"], claims["cognito:username"]) == ("id", USER)
    assert (claims["email"], claims["email_verified"]) == ("diego@example.com", True)
    access = verified(pool, tokens["AccessToken"])
    for same in ["sub", "origin_jti", "event_id", "auth_time"]:
        assert claims[same] == access[same]
    with pytest.raises(jwt.InvalidAudienceError):
        verified(pool, tokens["IdToken"], audience="another client")


def test_the_two_tokens_are_signed_with_two_keys(tokens):
    headers = [jwt.get_unverified_header(tokens[name]) for name in ["AccessToken", "IdToken"]]
    assert [header["alg"] for header in headers] == ["RS256", "RS256"]
    assert headers[0]["kid"] != headers[1]["kid"]


@pytest.mark.parametrize("part", [1, 2], ids=["claims", "signature"])
def test_an_altered_token_is_rejected(pool, tokens, part):
    parts = tokens["AccessToken"].split(".")
    if part == 1:
        claims = jwt.decode(tokens["AccessToken"], options={"verify_signature": False})
        parts[1] = jwt.encode({**claims, "username": "mary"}, None, algorithm="none").split(".")[1]
    else:
        parts[2] = ("B" if parts[2][0] == "A" else "A") + parts[2][1:]
    altered = ".".join(parts)
    with pytest.raises(jwt.InvalidSignatureError):
        verified(pool, altered)
    refusal = "Could not verify signature for Access Token"
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException, match=refusal):
        pool.admin.get_user(AccessToken=altered)


def test_a_token_of_another_pool_is_rejected(server, pool, tokens):
    with pytest.raises(jwt.PyJWKClientError, match="Unable to find a signing key"):
        verified(UserPool(server), tokens["AccessToken"])


def test_the_discovery_document_says_where_the_keys_are(pool, tokens):
    with urlopen(f"{pool.issuer}/.well-known/openid-configuration") as answer:
        document = json.load(answer)
    assert document["issuer"] == pool.issuer
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    keys = jwt.PyJWKClient(document["jwks_uri"])
    key = keys.get_signing_key_from_jwt(tokens["IdToken"])
    assert jwt.decode(tokens["IdToken"], key, algorithms=["RS256"], audience=pool.client_id)["iss"] == pool.issuer


@pytest.mark.parametrize("document", ["jwks.json", "openid-configuration"])
def test_an_unknown_pool_has_no_documents(server, document):
    with pytest.raises(HTTPError) as error:
        urlopen(f"{server.url}/us-east-1_NoSuchOne/.well-known/{document}")
    with error.value:
        assert error.value.code == 404
