"""Sessions of users, with boto3."""

import pytest

from user_pool import PASSWORD, USER, UserPool


@pytest.fixture
def pool(server):
    pool = UserPool(server)
    pool.admin.set_user_pool_session_configuration(
        UserPoolId=pool.id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 2}
    )
    return pool


def sign_in(pool):
    answer = pool.admin.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD},
    )
    return answer["AuthenticationResult"]["AccessToken"]


def test_a_user_sees_and_ends_the_other_sessions(pool):
    other, own = sign_in(pool), sign_in(pool)
    sessions = pool.admin.list_user_sessions(AccessToken=own)["Sessions"]
    assert [session["IsCurrentSession"] for session in sessions].count(True) == 1
    by_admin = pool.admin.admin_list_user_sessions(**pool.user)["Sessions"]
    assert {session["SessionId"] for session in by_admin} == {session["SessionId"] for session in sessions}
    for session in sessions:
        assert session["SessionType"] == "TOKEN" and session["ClientId"] == pool.client_id
        assert session["DeviceType"].startswith("Boto3 1.") and session["LastIPAddress"] == "127.0.0.1"
        assert session["LastActiveDate"] == session["CreateDate"]
        assert session["LastLocation"] == {"Country": "unknown"} and "OriginSessionId" not in session
    ids = {session["IsCurrentSession"]: session["SessionId"] for session in sessions}
    with pytest.raises(pool.admin.exceptions.InvalidParameterException, match="current session"):
        pool.admin.revoke_user_session(AccessToken=own, SessionId=ids[True])
    pool.admin.revoke_user_session(AccessToken=own, SessionId=ids[False])
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        pool.admin.get_user(AccessToken=other)
    pool.admin.admin_revoke_user_session(**pool.user, SessionId=ids[True], RevokeAssociatedSessions="LINKED")
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        pool.admin.list_user_sessions(AccessToken=own)
    with pytest.raises(pool.admin.exceptions.ResourceNotFoundException, match="Session not found."):
        pool.admin.admin_revoke_user_session(**pool.user, SessionId=ids[True])
    assert pool.admin.admin_list_user_sessions(**pool.user)["Sessions"] == []


def test_the_third_session_of_two_ends_the_first(pool):
    first, second, third = (sign_in(pool) for _ in range(3))
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        pool.admin.get_user(AccessToken=first)
    for token in [second, third]:
        assert len(pool.admin.list_user_sessions(AccessToken=token)["Sessions"]) == 2


def test_the_configurations_of_pool_and_client_are_whole(pool):
    shown = pool.admin.get_user_pool_session_configuration(UserPoolId=pool.id)
    assert (shown["UserSessionTracking"], shown["TokenSession"]) == ("ENABLED", {"MaxPerUser": 2})
    client = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    shown = pool.admin.get_user_pool_client_session_configuration(**client)
    assert shown["SSOSession"] == {"MaxValidityMinutes": 60}
    pool.admin.set_user_pool_client_session_configuration(**client, SSOSession={"MaxValidityMinutes": 0})
    shown = pool.admin.get_user_pool_client_session_configuration(**client)
    assert (shown["ClientId"], shown["SSOSession"]) == (pool.client_id, {"MaxValidityMinutes": 0})
