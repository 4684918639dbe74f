"""An app that signs its user in with boto3, and with the SRP client of these tests, since boto3 has none."""

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

import srp
from user_pool import PASSWORD, USER, refusal_of_client


class App:
    """An app of the pool's client. It has no credentials of AWS."""

    def __init__(self, pool):
        self.pool = pool
        self.client = pool.server.client(signature_version=UNSIGNED)
        self.id = {"ClientId": pool.client_id}

    def initiate(self, flow, **parameters):
        return self.client.initiate_auth(**self.id, AuthFlow=flow, AuthParameters=self.hashed(parameters))

    def respond(self, challenge, responses, **session):
        return self.client.respond_to_auth_challenge(
            **self.id, ChallengeName=challenge, ChallengeResponses=self.hashed(responses), **session
        )

    def hashed(self, parameters):
        secret = self.pool.client_secret
        if secret is None:
            return parameters
        return {**parameters, "SECRET_HASH": srp.secret_hash(USER, self.pool.client_id, secret)}

    def prove_password(self, password=PASSWORD, username=USER, **device_key):
        """What follows the password, proved by SRP."""
        exchange = srp.Exchange()
        asked = self.initiate("USER_SRP_AUTH", USERNAME=username, SRP_A=exchange.srp_a, **device_key)
        assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
        parameters = asked["ChallengeParameters"]
        who = srp.user(self.pool.id, parameters["USER_ID_FOR_SRP"])
        return self.respond("PASSWORD_VERIFIER", {**exchange.answer(parameters, who, password), **device_key})

    def prove_device(self, device, asked):
        """What follows the device."""
        assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
        exchange = srp.Exchange()
        who = {"USERNAME": asked["ChallengeParameters"]["USERNAME"], "DEVICE_KEY": device.key}
        begun = self.respond("DEVICE_SRP_AUTH", {**who, "SRP_A": exchange.srp_a}, Session=asked["Session"])
        assert begun["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
        answer = exchange.answer(begun["ChallengeParameters"], device.who, device.password)
        return self.respond("DEVICE_PASSWORD_VERIFIER", {**answer, "DEVICE_KEY": device.key})

    def sign_in(self, device=None):
        """The tokens of the user, on a device that is remembered, if any."""
        if device is None:
            return self.prove_password()["AuthenticationResult"]
        asked = self.prove_password(DEVICE_KEY=device.key)
        return self.prove_device(device, asked)["AuthenticationResult"]

    def confirm(self, tokens, name="Diego's phone"):
        """The device that was issued with the tokens, and whether its user must be asked to remember it."""
        device = srp.Device(tokens["NewDeviceMetadata"])
        answer = self.client.confirm_device(
            AccessToken=tokens["AccessToken"],
            DeviceKey=device.key,
            DeviceName=name,
            DeviceSecretVerifierConfig=device.secret_verifier_config,
        )
        return device, answer["UserConfirmationNecessary"]

    def refresh(self, tokens, **device_key):
        answer = self.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"], **device_key)
        return answer["AuthenticationResult"]

    def devices(self, tokens):
        return self.client.list_devices(AccessToken=tokens["AccessToken"])["Devices"]

    def refuses(self, call, *arguments, **parameters):
        with pytest.raises(ClientError) as error:
            call(*arguments, **parameters)
        return refusal_of_client(error)


def remembered_device(app):
    """A device that the user was issued, confirmed and remembers; and the tokens that it came with."""
    tokens = app.sign_in()
    device, _ = app.confirm(tokens)
    app.client.update_device_status(
        AccessToken=tokens["AccessToken"], DeviceKey=device.key, DeviceRememberedStatus="remembered"
    )
    return device, tokens
