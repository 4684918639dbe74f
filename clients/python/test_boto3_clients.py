"""The secrets of an app client, with boto3."""

import base64
import hmac

import pytest

from user_pool import PASSWORD, USER, UserPool


@pytest.fixture
def pool(server):
    return UserPool(server, GenerateSecret=True)


def sign_in(pool, secret):
    message = (USER + pool.client_id).encode()
    proof = base64.b64encode(hmac.digest(secret.encode(), message, "sha256")).decode()
    return pool.admin.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD, "SECRET_HASH": proof},
    )["AuthenticationResult"]


def test_an_app_changes_from_one_secret_to_another(pool):
    client = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    added = pool.admin.add_user_pool_client_secret(**client)["ClientSecretDescriptor"]
    for secret in [pool.client_secret, added["ClientSecretValue"]]:
        assert sign_in(pool, secret)["AccessToken"]
    first, second = pool.admin.list_user_pool_client_secrets(**client)["ClientSecrets"]
    assert second == {name: added[name] for name in ["ClientSecretId", "ClientSecretCreateDate"]}
    with pytest.raises(pool.admin.exceptions.LimitExceededException):
        pool.admin.add_user_pool_client_secret(**client)
    pool.admin.delete_user_pool_client_secret(**client, ClientSecretId=first["ClientSecretId"])
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException, match="Unable to verify secret hash"):
        sign_in(pool, pool.client_secret)
    assert sign_in(pool, added["ClientSecretValue"])["AccessToken"]
    shown = pool.admin.describe_user_pool_client(**client)["UserPoolClient"]
    assert shown["ClientSecret"] == added["ClientSecretValue"]
