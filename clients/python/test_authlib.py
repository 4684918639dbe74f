"""Authlib against the endpoints of a pool's domain: discovery, a code flow, tokens of a client itself, refreshing, revocation."""

import base64
import hmac
import re
from uuid import uuid4

import jwt
import pytest
from authlib.integrations.base_client.errors import OAuthError as ClientError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import OAuth2Error
from requests import Session, get

from user_pool import PASSWORD, USER, UserPool

CODES = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "email"],
    "CallbackURLs": ["http://localhost:3000/callback"],
    "GenerateSecret": True,
}
MACHINE = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["client_credentials"],
    "AllowedOAuthScopes": ["orders/read"],
    "GenerateSecret": True,
}


@pytest.fixture
def pool(server, monkeypatch):
    # Authlib insists on HTTPS otherwise.
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "true")
    pool = UserPool(server, **CODES)
    scopes = [{"ScopeName": "read", "ScopeDescription": "Read orders"}]
    pool.admin.create_resource_server(UserPoolId=pool.id, Identifier="orders", Name="Orders", Scopes=scopes)
    pool.admin.create_user_pool_domain(UserPoolId=pool.id, Domain=f"shop-{uuid4().hex[:8]}")
    return pool


@pytest.fixture
def found(pool):
    """The discovery document."""
    return get(f"{pool.issuer}/.well-known/openid-configuration").json()


def machine(pool, **session):
    created = pool.admin.create_user_pool_client(UserPoolId=pool.id, ClientName="machine", **MACHINE)["UserPoolClient"]
    return OAuth2Session(created["ClientId"], created["ClientSecret"], **session)


def secret_hash(pool):
    message = f"{USER}{pool.client_id}".encode()
    return base64.b64encode(hmac.digest(pool.client_secret.encode(), message, "sha256")).decode()


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_client_gets_a_token_for_itself(pool, found, method):
    session = machine(pool, scope="orders/read", token_endpoint_auth_method=method)
    token = session.fetch_token(found["token_endpoint"], grant_type="client_credentials")
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    key = jwt.PyJWKClient(found["jwks_uri"]).get_signing_key_from_jwt(token["access_token"])
    claims = jwt.decode(token["access_token"], key, algorithms=["RS256"], issuer=found["issuer"])
    assert (claims["sub"], claims["scope"]) == (session.client_id, "orders/read")
    # Such a token has no user.
    assert session.get(found["userinfo_endpoint"]).status_code == 401


def test_authlib_tells_the_word_of_a_refusal(pool, found):
    session = machine(pool, scope="orders/write")
    with pytest.raises((ClientError, OAuth2Error)) as refused:
        session.fetch_token(found["token_endpoint"], grant_type="client_credentials")
    assert refused.value.error == "invalid_scope"


def sign_in(address):
    """Signs the user in on the page that this address leads to. Returns the address of the app that the browser is sent to."""
    with Session() as browser:
        page = browser.get(address)
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        typed = {"username": USER, "password": PASSWORD}
        return browser.post(page.url, {**fields, **typed}, allow_redirects=False).headers["location"]


def test_a_user_signs_in_on_the_page_and_is_known_to_user_info(pool, found):
    callback = CODES["CallbackURLs"][0]
    session = OAuth2Session(
        pool.client_id, pool.client_secret, scope="openid email", redirect_uri=callback, code_challenge_method="S256"
    )
    verifier = uuid4().hex * 2
    address, state = session.create_authorization_url(found["authorization_endpoint"], code_verifier=verifier)
    given = sign_in(address)
    session.fetch_token(found["token_endpoint"], authorization_response=given, code_verifier=verifier, state=state)
    shown = session.get(found["userinfo_endpoint"]).json()
    assert (shown["username"], shown["email"]) == (USER, "diego@example.com")


def test_a_refresh_token_is_used_and_revoked(pool, found):
    answer = pool.admin.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=pool.client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD, "SECRET_HASH": secret_hash(pool)},
    )
    refresh_token = answer["AuthenticationResult"]["RefreshToken"]
    session = OAuth2Session(pool.client_id, pool.client_secret)
    token = session.refresh_token(found["token_endpoint"], refresh_token=refresh_token)
    assert token["access_token"] != answer["AuthenticationResult"]["AccessToken"]
    revoked = session.revoke_token(found["revocation_endpoint"], refresh_token, token_type_hint="refresh_token")
    assert (revoked.status_code, revoked.content) == (200, b"")
    with pytest.raises((ClientError, OAuth2Error)) as refused:
        session.refresh_token(found["token_endpoint"], refresh_token=refresh_token)
    assert refused.value.error == "invalid_grant"
