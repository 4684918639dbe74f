"""Domains and resource servers of a pool, with boto3."""

import pytest

from user_pool import UserPool


@pytest.fixture
def pool(server):
    return UserPool(server)


def test_a_domain_is_created_shown_and_deleted(pool):
    admin = pool.admin
    name = "boto3-domain"
    created = admin.create_user_pool_domain(UserPoolId=pool.id, Domain=name)
    assert created["ManagedLoginVersion"] == 1
    shown = admin.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert (shown["UserPoolId"], shown["Status"], shown["CustomDomainConfig"]) == (pool.id, "ACTIVE", {})
    assert admin.describe_user_pool(UserPoolId=pool.id)["UserPool"]["Domain"] == name
    with pytest.raises(admin.exceptions.InvalidParameterException, match="already has a domain configured"):
        admin.create_user_pool_domain(UserPoolId=pool.id, Domain="boto3-second")
    with pytest.raises(admin.exceptions.InvalidParameterException, match="that should be deleted first"):
        admin.delete_user_pool(UserPoolId=pool.id)
    assert admin.update_user_pool_domain(UserPoolId=pool.id, Domain=name, ManagedLoginVersion=2)["ManagedLoginVersion"] == 2
    admin.delete_user_pool_domain(UserPoolId=pool.id, Domain=name)
    assert admin.describe_user_pool_domain(Domain=name)["DomainDescription"] == {}


def test_a_client_asks_for_the_scopes_of_a_resource_server(pool):
    admin = pool.admin
    scopes = [{"ScopeName": "read", "ScopeDescription": "Read orders"}]
    server = admin.create_resource_server(UserPoolId=pool.id, Identifier="orders", Name="Orders", Scopes=scopes)["ResourceServer"]
    assert admin.describe_resource_server(UserPoolId=pool.id, Identifier="orders")["ResourceServer"] == server
    assert admin.list_resource_servers(UserPoolId=pool.id, MaxResults=50)["ResourceServers"] == [server]
    client = admin.create_user_pool_client(UserPoolId=pool.id, ClientName="orders", AllowedOAuthScopes=["orders/read"])
    assert client["UserPoolClient"]["AllowedOAuthScopes"] == ["orders/read"]
    with pytest.raises(admin.exceptions.ScopeDoesNotExistException, match="Invalid scope requested: orders/write"):
        admin.create_user_pool_client(UserPoolId=pool.id, ClientName="orders", AllowedOAuthScopes=["orders/write"])
    changed = admin.update_resource_server(UserPoolId=pool.id, Identifier="orders", Name="Orders")["ResourceServer"]
    assert "Scopes" not in changed
    admin.delete_resource_server(UserPoolId=pool.id, Identifier="orders")
    with pytest.raises(admin.exceptions.ResourceNotFoundException, match="Resource server orders does not exist."):
        admin.describe_resource_server(UserPoolId=pool.id, Identifier="orders")
