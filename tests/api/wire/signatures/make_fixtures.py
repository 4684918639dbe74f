"""Makes botocore.json, requests as botocore signs them: python3 make_fixtures.py > botocore.json

Made with botocore 1.43. Clock and invocation ids stand still, so each run gives the same file. The first request is
captured from a client, the others are signed one by one.
"""

import datetime
import json
import sys
import uuid

import botocore
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.session

NOW = datetime.datetime(2026, 11, 22, 14, 23, 0, tzinfo=datetime.timezone.utc)
ENDPOINT = "https://cognito-idp.us-east-1.amazonaws.com/"
DEVICE = {
    "UserPoolId": "us-east-1_Test00001",
    "Username": "diego",
    "DeviceKey": "us-east-1_aaaaaaaa-0000-4000-8000-000000000001",
}
HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AWSCognitoIdentityProviderService.AdminGetDevice",
    "User-Agent": "Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 lang/python md/pyimpl#CPython cfg/retry-mode#legacy",
}
SDK_HEADERS = {
    "amz-sdk-invocation-id": "00000000-0000-4000-8000-000000000000",
    "amz-sdk-request": "ttl=20261122T142400Z; attempt=2; max=3",
}

botocore.auth.get_current_datetime = lambda *_, **__: NOW.replace(tzinfo=None)
uuid.uuid4 = lambda: uuid.UUID(SDK_HEADERS["amz-sdk-invocation-id"])


class SignedWithDate(botocore.auth.SigV4Auth):
    """Dates the request with `Date` in the form of `X-Amz-Date`."""

    def _set_necessary_date_headers(self, request):
        request.headers["Date"] = request.context["timestamp"]


def described(name, request, answer):
    headers = {
        key: value.decode() if isinstance(value, bytes) else value
        for key, value in request.headers.items()
        if key != "Content-Length"
    }
    host = request.url.split("/")[2]
    path = "/" + request.url.split("/", 3)[3]
    body = request.body or b""
    return {
        "name": name,
        "path": path,
        "headers": {"Host": host} | headers,
        "body": body.decode() if isinstance(body, bytes) else body,
        "answer": answer,
    }


def signed(name, body, answer, headers=(), url=ENDPOINT, auth=botocore.auth.SigV4Auth):
    request = botocore.awsrequest.AWSRequest("POST", url, headers=HEADERS | dict(headers), data=body.encode())
    auth(botocore.credentials.Credentials("test", "test"), "cognito-idp", "us-east-1").add_auth(request)
    return described(name, request.prepare(), answer)


def sent_by_client(answer):
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    config = botocore.config.Config(user_agent=HEADERS["User-Agent"])
    client = session.create_client("cognito-idp", region_name="us-east-1", config=config)
    sent = []

    def keep(request, **_):
        sent.append(request)
        raise InterruptedError

    client.meta.events.register("before-send", keep)
    try:
        client.admin_get_device(**DEVICE)
    except InterruptedError:
        pass
    return described("what a client sends", sent[0], answer)


def main():
    device = json.dumps(DEVICE)
    stranger = json.dumps(DEVICE | {"Username": "Zoë\u0301🦊"}, ensure_ascii=False)
    spaced = {"x-amz-note": "  two  spaces   inside  ", "x-other": "a  b", "x-amz-empty": ""}
    charset = {"Content-Type": HEADERS["Content-Type"] + "; charset=utf-8"}
    requests = [
        sent_by_client("success"),
        signed("plain", device, "success"),
        signed("a body that is not ASCII", stranger, "ResourceNotFoundException"),
        signed("an empty object", "{}", "InvalidParameterException"),
        signed("no body", "", "SerializationException"),
        signed("headers with runs of spaces", device, "success", spaced),
        signed("the headers of a second attempt", device, "success", SDK_HEADERS),
        signed("a content type with a parameter", device, "success", charset),
        signed("a host with a port", device, "success", url="http://localhost:9229/"),
        signed("a query", device, "success", url=ENDPOINT + "?b=2&a=x%20y&a=1&A=%2F"),
        signed("a Date header", device, "success", auth=SignedWithDate),
    ]
    made = f"botocore {'.'.join(botocore.__version__.split('.')[:2])}, by make_fixtures.py beside this file"
    json.dump({"made_by": made, "requests": requests}, sys.stdout, indent=2, ensure_ascii=False)
    print()


main()
