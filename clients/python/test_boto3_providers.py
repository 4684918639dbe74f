"""Identity providers of a pool, and users who are linked to identities at them, with boto3."""

import json

import pytest

from user_pool import USER, UserPool

DETAILS = {
    "client_id": "app",
    "client_secret": "secret",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://login.example.com",
    "authorize_scopes": "openid email",
}


@pytest.fixture
def pool(server):
    return UserPool(server)


@pytest.fixture
def provider(pool):
    created = pool.admin.create_identity_provider(
        UserPoolId=pool.id, ProviderName="Login", ProviderType="OIDC", ProviderDetails=DETAILS
    )
    return created["IdentityProvider"]


def test_a_provider_is_created_changed_and_deleted(pool, provider):
    admin = pool.admin
    named = {"UserPoolId": pool.id, "ProviderName": "Login"}
    assert provider["AttributeMapping"] == {"username": "sub"}
    assert "IdpIdentifiers" not in provider
    shown = admin.describe_identity_provider(**named)["IdentityProvider"]
    assert shown == {**provider, "IdpIdentifiers": []}
    with pytest.raises(admin.exceptions.DuplicateProviderException, match="Login already exists for tenant"):
        admin.create_identity_provider(ProviderType="OIDC", ProviderDetails=DETAILS, **named)
    changed = admin.update_identity_provider(IdpIdentifiers=["example.com"], **named)["IdentityProvider"]
    assert changed["ProviderDetails"]["client_secret"] == "secret"
    found = admin.get_identity_provider_by_identifier(UserPoolId=pool.id, IdpIdentifier="example.com")
    assert found["IdentityProvider"]["ProviderName"] == "Login"
    assert [one["ProviderName"] for one in admin.list_identity_providers(UserPoolId=pool.id)["Providers"]] == ["Login"]
    admin.delete_identity_provider(**named)
    with pytest.raises(admin.exceptions.ResourceNotFoundException, match="Identity provider Login for tenantId"):
        admin.describe_identity_provider(**named)


def test_a_client_names_the_providers_of_its_pool(pool, provider):
    admin = pool.admin
    client = admin.create_user_pool_client(
        UserPoolId=pool.id, ClientName="web", SupportedIdentityProviders=["COGNITO", "Login"]
    )
    assert client["UserPoolClient"]["SupportedIdentityProviders"] == ["COGNITO", "Login"]
    with pytest.raises(admin.exceptions.InvalidParameterException, match="The provider Other does not exist"):
        admin.create_user_pool_client(UserPoolId=pool.id, ClientName="web", SupportedIdentityProviders=["Other"])


def test_an_identity_is_linked_to_a_user(pool, provider):
    admin = pool.admin
    identity = {"ProviderName": "Login", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1234"}
    user = {"ProviderName": "Cognito", "ProviderAttributeValue": USER}
    admin.admin_link_provider_for_user(UserPoolId=pool.id, SourceUser=identity, DestinationUser=user)
    shown = admin.admin_get_user(UserPoolId=pool.id, Username=USER)["UserAttributes"]
    [linked] = json.loads({one["Name"]: one["Value"] for one in shown}["identities"])
    assert (linked["userId"], linked["providerName"], linked["primary"]) == ("1234", "Login", False)
    with pytest.raises(admin.exceptions.InvalidParameterException, match="already linked"):
        admin.admin_link_provider_for_user(UserPoolId=pool.id, SourceUser=identity, DestinationUser=user)
    admin.admin_disable_provider_for_user(UserPoolId=pool.id, User=identity)
    shown = admin.admin_get_user(UserPoolId=pool.id, Username=USER)["UserAttributes"]
    assert "identities" not in [one["Name"] for one in shown]
