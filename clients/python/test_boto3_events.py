"""Events of a user in a pool with threat protection, with boto3."""

import jwt
import pytest

from user_pool import PASSWORD, USER, WRONG_PASSWORD, UserPool


@pytest.fixture
def pool(server):
    pool = UserPool(server)
    pool.admin.update_user_pool(
        UserPoolId=pool.id, UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"}
    )
    return pool


def sign_in(pool, password):
    return pool.admin.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER, "PASSWORD": password},
    )


def test_a_user_signs_in_and_an_administrator_reads_of_it_and_answers(pool):
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException):
        sign_in(pool, WRONG_PASSWORD)
    answer = sign_in(pool, PASSWORD)
    claims = jwt.decode(answer["AuthenticationResult"]["AccessToken"], options={"verify_signature": False})
    paginator = pool.admin.get_paginator("admin_list_user_auth_events")
    pages = paginator.paginate(**pool.user, PaginationConfig={"PageSize": 1})
    passed, failed = [event for page in pages for event in page["AuthEvents"]]
    assert (passed["EventResponse"], failed["EventResponse"]) == ("Pass", "Fail")
    assert passed["EventId"] == claims["event_id"] == answer["ResponseMetadata"]["RequestId"]
    assert passed["ChallengeResponses"] == [{"ChallengeName": "Password", "ChallengeResponse": "Success"}]
    assert passed["EventContextData"]["IpAddress"] == "127.0.0.1"
    assert passed["EventContextData"]["DeviceName"].startswith("Boto3 1.")
    pool.admin.admin_update_auth_event_feedback(**pool.user, EventId=failed["EventId"], FeedbackValue="Invalid")
    event = pool.admin.admin_list_user_auth_events(**pool.user)["AuthEvents"][1]
    assert (event["EventFeedback"]["FeedbackValue"], event["EventFeedback"]["Provider"]) == ("Invalid", "Admin")
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException, match="Invalid feedback token."):
        pool.admin.update_auth_event_feedback(
            **pool.user, EventId=failed["EventId"], FeedbackToken="guessed", FeedbackValue="Valid"
        )


def test_a_pool_without_threat_protection_says_so(server):
    pool = UserPool(server)
    with pytest.raises(pool.admin.exceptions.UserPoolAddOnNotEnabledException):
        pool.admin.admin_list_user_auth_events(**pool.user)
