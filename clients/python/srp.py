"""The client's half of the SRP exchanges of user pools, for clients that bring none: boto3 and the AWS CLI.

The group is the 3072-bit one of RFC 3526 with generator 2, the hash SHA-256. The messages are those of AWS's guide,
"Working with user devices in your user pool" and "Authentication flows".
"""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2


def pad(number):
    """Big-endian bytes with room for a sign bit, as Java writes a BigInteger."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hmac_sha256(key, *parts):
    return hmac.digest(key, b"".join(parts), "sha256")


def number(digest):
    return int.from_bytes(digest, "big")


def text(data):
    return base64.b64encode(data).decode()


K = number(sha256(pad(N), pad(G)))


def private_exponent(salt, who, password):
    return number(sha256(pad(salt), sha256(f"{who}:{password}".encode())))


def timestamp(moment):
    return f"{moment:%a %b} {moment.day} {moment:%H:%M:%S} UTC {moment.year}"


class Exchange:
    """One exchange: send `srp_a`, then the answer to the challenge that comes back."""

    def __init__(self, a=None):
        self.a = secrets.randbits(1024) if a is None else a
        self.A = pow(G, self.a, N)
        self.srp_a = f"{self.A:x}"

    def key(self, salt, B, who, password):
        u = number(sha256(pad(self.A), pad(B)))
        x = private_exponent(salt, who, password)
        S = pow(B - K * pow(G, x, N), self.a + u * x, N)
        # One block of HKDF (RFC 5869).
        return hmac_sha256(hmac_sha256(pad(u), pad(S)), b"Caldera Derived Key\x01")[:16]

    def answer(self, challenge, who, password, moment=None):
        """The responses to PASSWORD_VERIFIER or DEVICE_PASSWORD_VERIFIER."""
        key = self.key(int(challenge["SALT"], 16), int(challenge["SRP_B"], 16), who, password)
        block, now = challenge["SECRET_BLOCK"], timestamp(moment or datetime.now(UTC))
        signature = hmac_sha256(key, who.encode(), base64.b64decode(block), now.encode())
        return {
            "USERNAME": challenge["USERNAME"],
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": text(signature),
            "TIMESTAMP": now,
        }


def user(pool, user_id):
    """Who a user is in an exchange: `user_id` is the challenge's USER_ID_FOR_SRP."""
    return pool.split("_")[1] + user_id


class Device:
    """A device that has been issued a key: its password, and what ConfirmDevice is told of it."""

    def __init__(self, metadata, password=None, salt=None):
        self.key, self.group_key = metadata["DeviceKey"], metadata["DeviceGroupKey"]
        self.who = self.group_key + self.key
        self.password = password or secrets.token_urlsafe(40)
        salt = secrets.randbits(128) if salt is None else salt
        verifier = pow(G, private_exponent(salt, self.who, self.password), N)
        self.secret_verifier_config = {"PasswordVerifier": text(pad(verifier)), "Salt": text(pad(salt))}


def secret_hash(username, client_id, client_secret):
    return text(hmac_sha256(client_secret.encode(), f"{username}{client_id}".encode()))
