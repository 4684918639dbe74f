"""A server whose clock is set, that is made to fail, and whose registry goes back to a snapshot, as a test of an app would do it."""

import json
import subprocess
import urllib.request

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from documents import block
from poolhouse import ADMINISTRATOR, POOL, REGION, USER


def control(server, method, path, body=None):
    """Calls a control endpoint as the administrator."""
    data = json.dumps(body).encode() if body is not None else b""
    request = AWSRequest(method, f"{server.url}/_poolhouse/{path}", data=data)
    SigV4Auth(Credentials(*ADMINISTRATOR), "cognito-idp", REGION).add_auth(request)
    sent = urllib.request.Request(request.url, data=data, headers=dict(request.headers), method=method)
    with urllib.request.urlopen(sent, timeout=60) as answer:
        return json.load(answer)


def test_a_token_expires_when_the_clock_goes_on(server):
    cognito = server.client()
    client = cognito.create_user_pool_client(
        UserPoolId=POOL, ClientName="clock", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_set_user_password(UserPoolId=POOL, Username=USER, Password="Clock-Password-1", Permanent=True)
    signed_in = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER, "PASSWORD": "Clock-Password-1"},
    )["AuthenticationResult"]
    assert cognito.get_user(AccessToken=signed_in["AccessToken"])["Username"] == USER
    control(server, "POST", "clock", {"AdvanceSeconds": 3601})
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="Access Token has expired"):
        cognito.get_user(AccessToken=signed_in["AccessToken"])
    # Signatures still go by the client's own clock.
    assert cognito.admin_get_user(UserPoolId=POOL, Username=USER)["Enabled"]
    control(server, "DELETE", "clock")
    assert cognito.get_user(AccessToken=signed_in["AccessToken"])["Username"] == USER


@pytest.mark.parametrize("mode", ["standard", "adaptive"])
def test_a_client_that_is_throttled_twice_succeeds_the_third_time(server, mode):
    control(server, "POST", "faults", {"Operation": "AdminGetUser", "Error": "TooManyRequestsException", "Count": 2})
    cognito = server.client(retries={"mode": mode, "total_max_attempts": 3})
    answer = cognito.admin_get_user(UserPoolId=POOL, Username=USER)
    assert answer["Username"] == USER
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    [fault] = control(server, "GET", "faults")["Faults"]
    assert (fault["Struck"], fault["Ended"]) == (2, True)


def test_a_client_gives_up_when_it_is_throttled_too_often(server):
    control(server, "POST", "faults", {"Operation": "AdminGetUser", "Error": "InternalErrorException", "Count": 2})
    cognito = server.client(retries={"mode": "standard", "total_max_attempts": 2})
    with pytest.raises(cognito.exceptions.InternalErrorException, match="Fault 1 of this server"):
        cognito.admin_get_user(UserPoolId=POOL, Username=USER)


@pytest.mark.parametrize("when", ["BEFORE_WORK", "AFTER_WORK"])
def test_a_connection_that_is_cut_is_tried_again(server, when):
    rule = {"Operation": "AdminDeleteUser", "UserPoolId": POOL, "Disconnect": when, "Count": 1}
    control(server, "POST", "faults", rule)
    cognito = server.client(retries={"mode": "standard", "total_max_attempts": 1})
    with pytest.raises(ConnectionClosedError):
        cognito.admin_delete_user(UserPoolId=POOL, Username=USER)
    control(server, "POST", "faults", rule)
    again = server.client(retries={"mode": "standard", "total_max_attempts": 2})
    if when == "BEFORE_WORK":
        again.admin_delete_user(UserPoolId=POOL, Username=USER)
    else:
        # The first attempt deleted the user, so the second one finds nobody.
        with pytest.raises(cognito.exceptions.UserNotFoundException):
            again.admin_delete_user(UserPoolId=POOL, Username=USER)


def test_an_answer_that_takes_too_long_is_given_up(server):
    control(server, "POST", "faults", {"Operation": "AdminGetUser", "DelayMilliseconds": 5000, "Count": 1})
    impatient = server.client(read_timeout=0.5, retries={"mode": "standard", "total_max_attempts": 1})
    with pytest.raises(ReadTimeoutError):
        impatient.admin_get_user(UserPoolId=POOL, Username=USER)


def test_metrics_are_read_with_the_command_of_the_document(server):
    server.client().admin_get_user(UserPoolId=POOL, Username=USER)
    command = block("docs/metrics.md", "metrics").replace("http://127.0.0.1:9229", server.url)
    text = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, timeout=60).stdout
    assert 'poolhouse_requests_total{operation="AdminGetUser",outcome="ok"} 1\n' in text
    families = list(text_string_to_metric_families(text))
    assert {family.name for family in families} >= {"poolhouse_requests", "poolhouse_request_duration_seconds"}


def test_the_registry_goes_back_to_a_snapshot(server):
    cognito = server.client()
    control(server, "PUT", "snapshots/clean")
    cognito.admin_delete_user(UserPoolId=POOL, Username=USER)
    with pytest.raises(cognito.exceptions.UserNotFoundException):
        cognito.admin_get_user(UserPoolId=POOL, Username=USER)
    control(server, "POST", "snapshots/clean/restore")
    assert cognito.admin_get_user(UserPoolId=POOL, Username=USER)["Username"] == USER
    [snapshot] = control(server, "GET", "snapshots")["Snapshots"]
    assert snapshot["Name"] == "clean"
