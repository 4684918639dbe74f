"""Writes what Amazon Cognito's API shows of a user pool as a seed of Poolhouse, and says what it does not show.

    python3 copy_pool.py us-east-1_AbCdEf123 > pool.json
    poolhouse seed apply --create --dry-run pool.json
    poolhouse seed apply --create pool.json

Needs boto3, credentials that may read the pool (`cognito-idp:Describe*`, `Get*`, `List*`, `AdminGetUser` and `AdminListDevices`), and
a Region, both as boto3 finds them. It only reads. For each user it asks twice, and waits whenever Cognito throttles it: some 20 users
a second. The seed has the secrets of app clients and identity providers in it: keep it as you keep those.
"""

import argparse
import base64
import json
import sys
from collections import defaultdict
from datetime import datetime
from urllib.error import URLError
from urllib.request import urlopen

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# Cognito's quotas are for the whole account: an app's sign-ins come first.
PATIENT = Config(retries={"mode": "adaptive", "max_attempts": 10})

PAGE_OF_DEVICES = 60


class Source:
    """A user pool, and what could not be read of it."""

    def __init__(self, pool_id, users=True, **settings):
        self.cognito = boto3.client("cognito-idp", config=PATIENT, **settings)
        self.pool_id = pool_id
        self.with_users = users
        self.left_out = []

    def ask(self, operation, **parameters):
        """The answer; None where the pool has no such thing."""
        try:
            answer = getattr(self.cognito, operation)(UserPoolId=self.pool_id, **parameters)
        except self.cognito.exceptions.ResourceNotFoundException:
            return None
        del answer["ResponseMetadata"]
        return answer

    def ask_if_served(self, operation, **parameters):
        """The same for what not every pool, Region or version of boto3 has; why it is not there is told at the end."""
        try:
            return self.ask(operation, **parameters)
        except (AttributeError, ClientError) as error:
            self.left_out.append(f"{operation}: {error}")
            return None

    def pages(self, operation, member, token="NextToken", ask=None, **parameters):
        """The items of all pages of a list."""
        after = {}
        while True:
            answer = (ask or self.ask)(operation, **parameters, **after) or {}
            yield from answer.get(member, [])
            if not answer.get(token):
                return
            after = {token: answer[token]}

    def seed(self):
        pool = self.cognito.describe_user_pool(UserPoolId=self.pool_id)["UserPool"]
        clients = [self.client(found["ClientId"]) for found in self.pages("list_user_pool_clients", "UserPoolClients")]
        groups = list(self.pages("list_groups", "Groups"))
        seed = {
            "UserPool": pool,
            "MfaConfig": self.ask("get_user_pool_mfa_config"),
            "SessionConfiguration": self.ask_if_served("get_user_pool_session_configuration"),
            "Clients": clients,
            "Domains": [self.domain(pool[name]) for name in ("Domain", "CustomDomain") if pool.get(name)],
            "ResourceServers": list(self.pages("list_resource_servers", "ResourceServers", MaxResults=50)),
            "IdentityProviders": list(self.providers()),
            "ManagedLoginBrandings": list(self.styles(clients)),
            "UICustomizations": list(self.customizations(clients)),
            "Terms": list(self.terms()),
            "Groups": groups,
            "Users": list(self.users(groups)) if self.with_users else None,
        }
        self.tell_of_pool(pool)
        return {name: value for name, value in seed.items() if value}

    def client(self, client_id):
        client = self.ask("describe_user_pool_client", ClientId=client_id)["UserPoolClient"]
        secrets = list(self.pages("list_user_pool_client_secrets", "ClientSecrets", ask=self.ask_if_served, ClientId=client_id))
        if len(secrets) > 1:
            self.left_out.append(f"app client {client_id}: its other secret than ClientSecret")
        session = self.ask_if_served("get_user_pool_client_session_configuration", ClientId=client_id) or {}
        return {**client, **{name: value for name, value in session.items() if name == "SSOSession"}}

    def domain(self, name):
        return self.cognito.describe_user_pool_domain(Domain=name)["DomainDescription"]

    def providers(self):
        for found in self.pages("list_identity_providers", "Providers"):
            name = found["ProviderName"]
            yield self.ask("describe_identity_provider", ProviderName=name)["IdentityProvider"]
            if found["ProviderType"] == "SAML":
                self.left_out.append(f"identity provider {name}: nobody can sign in at a SAML provider here")

    def styles(self, clients):
        for client_id in (client["ClientId"] for client in clients):
            found = self.ask_if_served("describe_managed_login_branding_by_client", ClientId=client_id)
            if found:
                yield {**found["ManagedLoginBranding"], "ClientId": client_id}

    def customizations(self, clients):
        """The classic pages of the pool, and of the clients that have others."""
        of_pool = (self.ask_if_served("get_ui_customization") or {}).get("UICustomization")
        if of_pool:
            yield self.with_logo(of_pool)
        for client_id in (client["ClientId"] for client in clients):
            found = (self.ask_if_served("get_ui_customization", ClientId=client_id) or {}).get("UICustomization")
            if found and found.get("ClientId") == client_id:
                yield self.with_logo(found)

    def with_logo(self, customization):
        """The customization with its logo, which Cognito shows as an address alone."""
        if not customization.get("ImageUrl"):
            return customization
        try:
            with urlopen(customization["ImageUrl"], timeout=30) as logo:
                return {**customization, "ImageFile": logo.read()}
        except (URLError, TimeoutError) as error:
            self.left_out.append(f"the logo at {customization['ImageUrl']}: {error}")
            return customization

    def terms(self):
        for found in self.pages("list_terms", "Terms", ask=self.ask_if_served):
            yield self.ask("describe_terms", TermsId=found["TermsId"])["Terms"]

    def users(self, groups):
        groups_of = defaultdict(list)
        for name in (group["GroupName"] for group in groups):
            for member in self.pages("list_users_in_group", "Users", GroupName=name):
                groups_of[member["Username"]].append(name)
        self.passwords = self.authenticators = self.devices = 0
        for listed in self.pages("list_users", "Users", token="PaginationToken"):
            name = listed["Username"]
            shown = self.ask("admin_get_user", Username=name)
            if shown is None:
                continue  # The user was deleted meanwhile.
            parameters = {"Username": name, "Limit": PAGE_OF_DEVICES}
            devices = list(self.pages("admin_list_devices", "Devices", token="PaginationToken", **parameters))
            self.passwords += shown["UserStatus"] != "EXTERNAL_PROVIDER"
            self.authenticators += "SOFTWARE_TOKEN_MFA" in shown.get("UserMFASettingList", [])
            self.devices += len(devices)
            yield {**shown, "Groups": groups_of[name], "Devices": devices}

    def tell_of_pool(self, pool):
        self.left_out.append("the keys that sign tokens: tokens that Cognito issued are not valid here")
        if pool.get("LambdaConfig"):
            self.left_out.append(f"the functions behind the triggers: {', '.join(sorted(pool['LambdaConfig']))}")
        if not self.with_users:
            return
        for number, what in [
            (self.passwords, "passwords: set them by a reset, by AdminSetUserPassword or by another seed"),
            (self.authenticators, "secrets of authenticators: their users set one up again"),
            (self.devices, "secrets of devices: they are in the registry, and are issued anew at the next sign-in"),
        ]:
            if number:
                self.left_out.append(f"{number} {what}")


def shape(value):
    """How the AWS CLI prints what JSON does not have."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pool_id", metavar="POOL", help="the id of the user pool")
    parser.add_argument("--region", help="the Region of the pool, if boto3 is set to another one")
    parser.add_argument("--no-users", dest="users", action="store_false", help="leave the users out")
    chosen = parser.parse_args()
    source = Source(chosen.pool_id, chosen.users, region_name=chosen.region or chosen.pool_id.partition("_")[0])
    json.dump(source.seed(), sys.stdout, default=shape, indent=2)
    print()
    print("What does not come along:", *source.left_out, sep="\n- ", file=sys.stderr)


if __name__ == "__main__":
    main()
