"""User pools and app clients from creation to deletion, with boto3 and its own paginators."""

import pytest

POOL_ID = "us-east-1_Created01"
TRACKING = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}


@pytest.fixture
def pool(cognito):
    """A new pool, with an id of the test's own choice."""
    created = cognito.create_user_pool(
        PoolName="created",
        DeviceConfiguration=TRACKING,
        UsernameConfiguration={"CaseSensitive": False},
        UserPoolTags={"_custom_id_": POOL_ID, "team": "a"},
    )
    return created["UserPool"]


def test_a_pool_is_described_as_it_was_created_with_every_default(cognito, pool):
    assert pool["Id"] == POOL_ID
    assert pool["Arn"] == f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL_ID}"
    assert pool["UserPoolTags"] == {"team": "a"}
    assert (pool["MfaConfiguration"], pool["UserPoolTier"]) == ("OFF", "ESSENTIALS")
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert "email" in [attribute["Name"] for attribute in pool["SchemaAttributes"]]
    assert cognito.describe_user_pool(UserPoolId=POOL_ID)["UserPool"] == pool


def test_an_update_puts_what_it_leaves_out_back_to_its_default(cognito, pool):
    cognito.update_user_pool(UserPoolId=POOL_ID, DeletionProtection="ACTIVE")
    updated = cognito.describe_user_pool(UserPoolId=POOL_ID)["UserPool"]
    assert "DeviceConfiguration" not in updated
    assert updated["UsernameConfiguration"] == pool["UsernameConfiguration"]
    with pytest.raises(cognito.exceptions.InvalidParameterException, match="deletion protection is activated"):
        cognito.delete_user_pool(UserPoolId=POOL_ID)


def test_a_deleted_pool_is_gone_with_its_clients(cognito, pool):
    client = cognito.create_user_pool_client(UserPoolId=POOL_ID, ClientName="web")["UserPoolClient"]
    cognito.delete_user_pool(UserPoolId=POOL_ID)
    with pytest.raises(cognito.exceptions.ResourceNotFoundException, match=f"User pool {POOL_ID} does not exist."):
        cognito.describe_user_pool_client(UserPoolId=POOL_ID, ClientId=client["ClientId"])


def test_the_paginators_of_boto3_find_every_pool_and_client(cognito, pool):
    pools = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 1})
    assert POOL_ID in [found["Id"] for page in pools for found in page["UserPools"]]
    names = [f"client-{number}" for number in range(5)]
    for name in names:
        cognito.create_user_pool_client(UserPoolId=POOL_ID, ClientName=name)
    clients = cognito.get_paginator("list_user_pool_clients").paginate(
        UserPoolId=POOL_ID, PaginationConfig={"PageSize": 2}
    )
    assert sorted(found["ClientName"] for page in clients for found in page["UserPoolClients"]) == names


def test_a_pool_is_tagged_and_untagged_by_its_arn(cognito, pool):
    arn = pool["Arn"]
    cognito.tag_resource(ResourceArn=arn, Tags={"team": "b", "stage": "test"})
    assert cognito.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "b", "stage": "test"}
    cognito.untag_resource(ResourceArn=arn, TagKeys=["stage", "never there"])
    assert cognito.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "b"}
    assert cognito.describe_user_pool(UserPoolId=POOL_ID)["UserPool"]["UserPoolTags"] == {"team": "b"}
    with pytest.raises(cognito.exceptions.ResourceNotFoundException, match="User pool us-east-1_Nowhere01 does not exist."):
        cognito.list_tags_for_resource(ResourceArn=arn.replace(POOL_ID, "us-east-1_Nowhere01"))


def test_a_client_with_a_secret_shows_the_same_one_each_time(cognito, pool):
    created = cognito.create_user_pool_client(
        UserPoolId=POOL_ID, ClientName="_custom_id_:webapp", GenerateSecret=True
    )["UserPoolClient"]
    assert (created["ClientId"], created["RefreshTokenValidity"]) == ("webapp", 30)
    described = cognito.describe_user_pool_client(UserPoolId=POOL_ID, ClientId="webapp")["UserPoolClient"]
    assert described == created and len(described["ClientSecret"]) > 40
