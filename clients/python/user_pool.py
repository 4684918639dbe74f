"""A user pool of a test's own, as an administrator sets it up: with a client, and a user who knows a password."""

import base64
import hmac
import time

USER = "diego"
PASSWORD = "Correct-Horse-7"
WRONG_PASSWORD = "Battery-Staple-8"
NEW_PASSWORD = "Staple-Battery-9"

# What `DeviceConfiguration` says of a pool that remembers every device, and of one that asks its users.
ALWAYS = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
OPT_IN = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}

# What a pool says that sends codes to email addresses.
VERIFIES_EMAIL = {"AutoVerifiedAttributes": ["email"]}

FLOWS = [
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]


class UserPool:
    def __init__(self, server, devices=None, settings=None, **client):
        self.server = server
        self.admin = server.client()
        settings = {**(settings or {}), **({"DeviceConfiguration": devices} if devices else {})}
        self.id = self.admin.create_user_pool(PoolName="Signs users in", **settings)["UserPool"]["Id"]
        created = self.admin.create_user_pool_client(
            UserPoolId=self.id, ClientName="app", **{"ExplicitAuthFlows": FLOWS, **client}
        )["UserPoolClient"]
        self.client_id = created["ClientId"]
        self.client_secret = created.get("ClientSecret")
        self.issuer = f"{server.url}/{self.id}"
        self.user = {"UserPoolId": self.id, "Username": USER}
        attributes = [{"Name": "email", "Value": "diego@example.com"}, {"Name": "email_verified", "Value": "true"}]
        self.admin.admin_create_user(**self.user, UserAttributes=attributes, MessageAction="SUPPRESS")
        self.set_password(PASSWORD)

    def set_password(self, password, permanent=True):
        self.admin.admin_set_user_password(**self.user, Password=password, Permanent=permanent)

    def ask_for_software_tokens(self, when="ON"):
        """The pool's users give a code of an authenticator besides, always or if they wish (`OPTIONAL`)."""
        self.admin.set_user_pool_mfa_config(
            UserPoolId=self.id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration=when
        )

    def status(self, username):
        """The status of a user's account."""
        return self.admin.admin_get_user(UserPoolId=self.id, Username=username)["UserStatus"]

    def last_message(self, username):
        """The newest message to a user in the outbox."""
        return self.server.messages(self.id, username)[-1]

    def last_code(self, username):
        """The newest code that a user was sent."""
        return self.last_message(username)["Code"]

    def device(self, key):
        """The device as an administrator sees it."""
        return self.admin.admin_get_device(**self.user, DeviceKey=key)["Device"]

    def device_is(self, key):
        """`remembered`, `not_remembered`, or `unknown`."""
        try:
            return attributes_of(self.device(key))["dev:device_remembered_status"]
        except self.admin.exceptions.ResourceNotFoundException as refusal:
            assert refusal.response["Error"]["Message"] == "Device does not exist."
            return "unknown"

    def forget(self, key):
        self.admin.admin_forget_device(**self.user, DeviceKey=key)


def attributes_of(device):
    return {attribute["Name"]: attribute["Value"] for attribute in device["DeviceAttributes"]}


def refusal_of_client(error):
    """Code and message of what boto3 raised."""
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def refused_until_locked(attempt):
    """The refusals of attempts that go on until one is told of the lockout. Each lockout is twice as long as the one
    before it, so that even a slow attempt falls into one of them."""
    refusals = []
    while "Password attempts exceeded" not in refusals and len(refusals) < 15:
        refusals.append(attempt())
    return refusals


def code(secret, ahead=0):
    """What an authenticator shows now, or so many steps of half a minute later (RFC 6238).

    A code counts once, and none before it counts any more; the next one counts already.
    """
    step = int(time.time()) // 30 + ahead
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def wrong_code(secret):
    return other_than(code(secret))


def other_than(code):
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06}"
