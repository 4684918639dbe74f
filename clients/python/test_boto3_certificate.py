"""The signing certificate of a pool, with boto3, as the `cryptography` library reads it."""

import base64
from concurrent.futures import ThreadPoolExecutor

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID

from poolhouse import POOL, POOL_WITHOUT_TRACKING


def test_the_certificate_is_x509_that_its_own_key_signs_for_ten_years(cognito):
    def get(pool):
        return cognito.get_signing_certificate(UserPoolId=pool)["Certificate"]

    with ThreadPoolExecutor() as threads:
        (shown,) = set(threads.map(get, [POOL] * 4))
    certificate = x509.load_der_x509_certificate(base64.b64decode(shown, validate=True))
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == POOL
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    assert end.year - start.year == 10 and (end - start).days in (3652, 3653)
    key = certificate.public_key()
    assert key.key_size == 2048
    key.verify(
        certificate.signature,
        certificate.tbs_certificate_bytes,
        PKCS1v15(),
        certificate.signature_hash_algorithm,
    )
    certificate.verify_directly_issued_by(certificate)
    assert get(POOL_WITHOUT_TRACKING) != shown
