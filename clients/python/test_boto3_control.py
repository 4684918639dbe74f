"""A server whose clock is set, and whose registry goes back to a snapshot, as a test of an app would do it."""

import json
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

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
