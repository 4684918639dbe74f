"""Groups of a pool, and what the tokens of their members say, with boto3."""

import jwt
import pytest

from user_pool import PASSWORD, USER, UserPool

ROLE = "arn:aws:iam::000000000000:role/staff"


@pytest.fixture
def pool(server):
    return UserPool(server)


@pytest.fixture
def staff(pool):
    created = pool.admin.create_group(UserPoolId=pool.id, GroupName="staff", RoleArn=ROLE, Precedence=1)
    return created["Group"]


def claims(pool):
    answer = pool.admin.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    tokens = [answer["AccessToken"], answer["IdToken"]]
    return [jwt.decode(token, options={"verify_signature": False}) for token in tokens]


def test_a_group_is_created_changed_and_deleted(pool, staff):
    assert (staff["UserPoolId"], staff["Precedence"], staff["RoleArn"]) == (pool.id, 1, ROLE)
    assert pool.admin.get_group(UserPoolId=pool.id, GroupName="staff")["Group"] == staff
    with pytest.raises(pool.admin.exceptions.GroupExistsException, match="A group with the name already exists"):
        pool.admin.create_group(UserPoolId=pool.id, GroupName="staff")
    changed = pool.admin.update_group(UserPoolId=pool.id, GroupName="staff", Description="Everybody")["Group"]
    assert (changed["Description"], changed["RoleArn"]) == ("Everybody", ROLE)
    pool.admin.delete_group(UserPoolId=pool.id, GroupName="staff")
    with pytest.raises(pool.admin.exceptions.ResourceNotFoundException, match="Group not found."):
        pool.admin.get_group(UserPoolId=pool.id, GroupName="staff")


def test_the_tokens_of_a_member_name_group_and_role(pool, staff):
    pool.admin.admin_add_user_to_group(**pool.user, GroupName="staff")
    access, identity = claims(pool)
    assert access["cognito:groups"] == identity["cognito:groups"] == ["staff"]
    assert (identity["cognito:roles"], identity["cognito:preferred_role"]) == ([ROLE], ROLE)
    pool.admin.admin_remove_user_from_group(**pool.user, GroupName="staff")
    access, identity = claims(pool)
    assert "cognito:groups" not in access and "cognito:groups" not in identity


def test_the_paginators_of_boto3_find_every_group_and_member_once(pool, staff):
    pool.admin.create_group(UserPoolId=pool.id, GroupName="best", Precedence=0)
    for group in ["staff", "best"]:
        pool.admin.admin_add_user_to_group(**pool.user, GroupName=group)

    def listed(operation, members, **arguments):
        pages = pool.admin.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": 1})
        return [item for page in pages for item in page[members]]

    groups = listed("list_groups", "Groups", UserPoolId=pool.id)
    assert [group["GroupName"] for group in groups] == ["best", "staff"]
    groups = listed("admin_list_groups_for_user", "Groups", **pool.user)
    assert [group["GroupName"] for group in groups] == ["best", "staff"]
    users = listed("list_users_in_group", "Users", UserPoolId=pool.id, GroupName="staff")
    assert [user["Username"] for user in users] == [USER]
