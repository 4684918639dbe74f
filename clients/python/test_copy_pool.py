"""../../examples/copy-pool copies a pool by what the API shows: here from one Poolhouse to another."""

import json
import os
import subprocess
import sys

import pytest

from poolhouse import CLIENTS, PHONE, POOL, USER, Poolhouse

SCRIPT = CLIENTS.parent / "examples" / "copy-pool" / "copy_pool.py"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PASSWORD = "Correct-Horse-7"

# What differs by itself: when something was asked, and what only the service counts.
VOLATILE = {"ResponseMetadata", "LastModifiedDate", "EstimatedNumberOfUsers"}


@pytest.fixture
def furnished(server):
    """The seed's pool with something of everything beside its users and devices."""
    cognito = server.client()
    of_pool = {"UserPoolId": POOL}
    cognito.create_resource_server(**of_pool, Identifier="shop", Name="Shop", Scopes=[{"ScopeName": "read", "ScopeDescription": "r"}])
    details = {"client_id": "google", "client_secret": "s3cret-of-google", "authorize_scopes": "openid email"}
    cognito.create_identity_provider(**of_pool, ProviderName="Google", ProviderType="Google", ProviderDetails=details)
    metadata = '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="idp"/>'
    client = cognito.create_user_pool_client(
        **of_pool,
        ClientName="shop",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "shop/read"],
        CallbackURLs=["https://shop.example/back"],
        SupportedIdentityProviders=["COGNITO", "Google"],
    )["UserPoolClient"]
    of_client = {**of_pool, "ClientId": client["ClientId"]}
    cognito.create_user_pool_domain(**of_pool, Domain="copied-shop", ManagedLoginVersion=2)
    cognito.create_managed_login_branding(**of_client, Settings={"components": {"form": {"borderRadius": 2.0}}})
    cognito.set_ui_customization(**of_client, CSS=".banner-customizable { background: #fff; }", ImageFile=PNG)
    cognito.create_terms(
        **of_client, TermsName="terms-of-use", TermsSource="LINK", Enforcement="NONE", Links={"cognito:default": "https://shop.example/terms"}
    )
    for number in range(61):
        cognito.create_group(**of_pool, GroupName=f"group{number}", Precedence=number)
    cognito.admin_add_user_to_group(**of_pool, Username=USER, GroupName="group60")
    return cognito, client["ClientId"], metadata


def copy(server, *arguments):
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": server.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    command = [sys.executable, SCRIPT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def apply(database, *arguments):
    command = [os.environ["POOLHOUSE_BIN"], "seed", "apply", "--create", "--database", database, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.partition(": ")[2], done.stderr


def stable(value):
    if isinstance(value, dict):
        return {name: stable(of) for name, of in value.items() if name not in VOLATILE}
    return [stable(of) for of in value] if isinstance(value, list) else value


def shown(cognito, client_id):
    """What an administrator sees of the pool."""
    of_pool = {"UserPoolId": POOL}
    of_client = {**of_pool, "ClientId": client_id}
    return stable(
        [
            cognito.describe_user_pool(**of_pool),
            cognito.get_user_pool_mfa_config(**of_pool),
            cognito.describe_user_pool_client(**of_client),
            cognito.describe_user_pool_domain(Domain="copied-shop"),
            cognito.list_resource_servers(**of_pool, MaxResults=50),
            cognito.describe_identity_provider(**of_pool, ProviderName="Google"),
            cognito.describe_managed_login_branding_by_client(**of_client),
            cognito.get_ui_customization(**of_client)["UICustomization"]["CSS"],
            cognito.list_terms(**of_pool),
            cognito.get_group(**of_pool, GroupName="group60"),
            cognito.list_users(**of_pool),
            cognito.list_users_in_group(**of_pool, GroupName="group60"),
            cognito.admin_list_devices(**of_pool, Username=USER),
        ]
    )


def test_a_pool_is_copied_with_all_that_the_api_shows(server, furnished, tmp_path):
    cognito, client_id, _ = furnished
    copied = copy(server, POOL)
    assert copied.returncode == 0, copied.stderr
    seed = tmp_path / "pool.json"
    seed.write_text(copied.stdout)
    database = tmp_path / "copy.db"

    tried = apply(database, "--dry-run", seed)
    assert not database.exists() and tried[1].endswith("Nothing was written.\n")
    assert apply(database, seed)[0] == tried[0]
    assert apply(database, "--dry-run", seed)[0].startswith("0 created, 0 updated,")

    other = Poolhouse(database)
    try:
        there = other.client()
        assert shown(there, client_id) == shown(cognito, client_id)
        device = there.admin_get_device(UserPoolId=POOL, Username=USER, DeviceKey=PHONE)["Device"]
        assert {"Name": "device_name", "Value": "Diego's phone"} in device["DeviceAttributes"]
        there.admin_set_user_password(UserPoolId=POOL, Username=USER, Password=PASSWORD, Permanent=True)
    finally:
        other.stop()


def test_what_does_not_come_along_is_said(server, furnished):
    cognito, _, metadata = furnished
    details = {"MetadataFile": metadata}
    cognito.create_identity_provider(UserPoolId=POOL, ProviderName="Corp", ProviderType="SAML", ProviderDetails=details)
    said = copy(server, POOL).stderr
    assert said.startswith("What does not come along:\n- ")
    for part in ["- the keys that sign tokens", " passwords: ", " secrets of devices: ", "- identity provider Corp: "]:
        assert part in said, said
    without_users = copy(server, POOL, "--no-users")
    assert "Users" not in json.loads(without_users.stdout)
    assert "passwords" not in without_users.stderr


def test_a_pool_that_is_not_there_is_refused_in_cognitos_words(server):
    copied = copy(server, "us-east-1_Nowhere01")
    assert copied.returncode != 0 and copied.stdout == ""
    assert "User pool us-east-1_Nowhere01 does not exist." in copied.stderr
