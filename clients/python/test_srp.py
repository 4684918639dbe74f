"""The tests' own SRP client, on computed vectors."""

import json
from datetime import datetime
from pathlib import Path

import pytest

import srp

FILE = Path(__file__).resolve().parents[2] / "tests" / "data" / "srp-vectors.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))


def moment(vector):
    return datetime.strptime(vector["TIMESTAMP"], "%a %b %d %H:%M:%S UTC %Y")


def signature(vector, who, password):
    exchange = srp.Exchange(int(vector["a_hex"], 16))
    assert exchange.srp_a == vector["SRP_A"]
    answer = exchange.answer({"USERNAME": vector["username"], **vector}, who, password, moment(vector))
    assert answer["TIMESTAMP"] == vector["TIMESTAMP"]
    return answer["PASSWORD_CLAIM_SIGNATURE"]


@pytest.mark.parametrize("vector", VECTORS["user"], ids=lambda vector: vector["name"])
def test_a_user_signs(vector):
    who = srp.user(vector["user_pool_id"], vector["user_id_for_srp"])
    assert signature(vector, who, vector["password"]) == vector["PASSWORD_CLAIM_SIGNATURE"]


@pytest.mark.parametrize("vector", VECTORS["device"], ids=lambda vector: vector["name"])
def test_a_device_is_described_and_signs(vector):
    metadata = {"DeviceKey": vector["device_key"], "DeviceGroupKey": vector["device_group_key"]}
    device = srp.Device(metadata, vector["device_password"], int(vector["SALT"], 16))
    assert device.secret_verifier_config == vector["ConfirmDevice"]
    assert signature(vector, device.who, device.password) == vector["PASSWORD_CLAIM_SIGNATURE"]


@pytest.mark.parametrize("vector", VECTORS["secret_hash"], ids=lambda vector: vector["username"])
def test_a_client_hashes_its_secret(vector):
    hashed = srp.secret_hash(vector["username"], vector["client_id"], vector["client_secret"])
    assert hashed == vector["SECRET_HASH"]
