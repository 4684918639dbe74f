"""Emails that Poolhouse sends: what a mail server of somebody else's receives, with TLS and a password."""

import email
import email.policy
import ssl
import time
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from poolhouse import free_port

# aiosmtpd does not know that a connection that began with TLS is encrypted.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

POOL, CLIENT = "us-east-1_PoolDemo1", "poolhousedemoclient0000001"
USERNAME, PASSWORD = "poolhouse", "Mail-Password-1"
SUBJECT = "Ihr Schlüssel ✓ für die Anmeldung, der lang genug ist, dass er in mehreren Zeilen steht"
TEXT = "<p>Für Übung &amp; Spaß: <b>{####}</b></p>\n" + "ein langer Satz " * 80


def signed(name, issuer=None):
    """A certificate of localhost and its key; without an issuer, one that may sign others."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    return SimpleNamespace(certificate=made, key=key, pem=made.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def authority():
    return signed("Test authority")


@pytest.fixture
def context(tmp_path, authority):
    """What the mail server proves itself with."""
    own = signed("localhost", authority)
    file = tmp_path / "mail.pem"
    unencrypted = serialization.NoEncryption()
    key = own.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)
    file.write_bytes(key + own.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


class Letters(list):
    """Keeps what the mail server takes."""

    async def handle_DATA(self, server, session, envelope):
        self.append(envelope)
        return "250 2.0.0 taken"


@pytest.fixture
def mail():
    """Starts a mail server that takes letters from whoever logs in."""
    started = []

    def start(**options):
        def authenticate(server, session, envelope, mechanism, data):
            right = (data.login, data.password) == (USERNAME.encode(), PASSWORD.encode())
            return AuthResult(success=right, handled=False)

        letters = Letters()
        controller = Controller(
            letters,
            hostname="localhost",
            port=free_port(),
            authenticator=authenticate,
            auth_required=True,
            **options,
        )
        controller.start()
        started.append(controller)
        return SimpleNamespace(letters=letters, address=f"localhost:{controller.port}")

    yield start
    for controller in started:
        controller.stop()


@pytest.fixture
def sending(tmp_path, start):
    """Starts a Poolhouse that sends emails, and signs a user in by a code that it sends."""

    def sending(address, tls, authority, password=PASSWORD):
        file = tmp_path / "authority.pem"
        file.write_bytes(authority.pem)
        settings = tmp_path / "settings.toml"
        settings.write_text(
            f'[smtp]\naddress = "{address}"\ntls = "{tls}"\nca_file = "{file}"\n'
            f'username = "{USERNAME}"\npassword = "{password}"\nfrom = "Poolhouse <no-reply@example.org>"\n'
        )
        server = start("--demo", config=settings)
        cognito = server.client()
        cognito.set_user_pool_mfa_config(
            UserPoolId=POOL,
            MfaConfiguration="OPTIONAL",
            EmailMfaConfiguration={"Message": TEXT, "Subject": SUBJECT},
        )
        wanted = {"Enabled": True, "PreferredMfa": True}
        cognito.admin_set_user_mfa_preference(UserPoolId=POOL, Username="diego", EmailMfaSettings=wanted)
        asked = cognito.initiate_auth(
            ClientId=CLIENT,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "diego", "PASSWORD": "Demo-Password-1"},
        )
        assert asked["ChallengeName"] == "EMAIL_OTP"
        return server

    return sending


def message_as(server, is_so):
    """The message of the outbox, as soon as it is so."""
    for _ in range(600):
        [message] = server.messages(POOL, "diego")
        if is_so(message):
            return message
        time.sleep(0.05)
    raise AssertionError(message)


def is_delivered(message):
    return message.get("DeliveryStatus") == "DELIVERED"


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_what_arrives_is_what_the_outbox_shows(mail, sending, context, authority, tls):
    options = {"tls_context": context, "require_starttls": True} if tls == "starttls" else {"ssl_context": context}
    server = mail(auth_require_tls=tls == "starttls", **options)
    shown = message_as(sending(server.address, tls, authority), is_delivered)
    [envelope] = server.letters
    assert envelope.rcpt_tos == ["diego@example.com"]
    letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert letter.get_content_type() == "text/html"
    # The body of an email ends with a line break, and has those of the network within.
    assert letter.get_content().replace("\r\n", "\n").rstrip("\n") == shown["Message"].rstrip("\n")
    assert letter["Subject"] == shown["Subject"] == SUBJECT
    assert TEXT.replace("{####}", shown["Code"]) == shown["Message"]
    assert (letter["To"], shown["DeliveryAttempts"]) == ("diego@example.com", 1)


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_of_somebody_else_is_refused(mail, sending, context, tls):
    options = {"tls_context": context, "require_starttls": True} if tls == "starttls" else {"ssl_context": context}
    server = mail(auth_require_tls=False, **options)
    poolhouse = sending(server.address, tls, signed("Another authority"))
    shown = message_as(poolhouse, lambda message: "LastDeliveryError" in message)
    assert "certificate" in shown["LastDeliveryError"]
    assert (shown["DeliveryStatus"], server.letters) == ("PENDING", [])


def test_a_mail_server_without_encryption_gets_nothing_where_encryption_is_wanted(mail, sending, authority):
    server = mail(auth_require_tls=False)
    shown = message_as(sending(server.address, "starttls", authority), lambda message: "LastDeliveryError" in message)
    assert "STARTTLS is not supported" in shown["LastDeliveryError"]
    assert server.letters == []


def test_a_wrong_password_is_said_and_not_shown(mail, sending, context, authority):
    server = mail(tls_context=context, require_starttls=True)
    poolhouse = sending(server.address, "starttls", authority, password="Wrong-Mail-Password")
    shown = message_as(poolhouse, lambda message: "LastDeliveryError" in message)
    assert shown["LastDeliveryError"] == "the mail server answered 535 5.7.8"
    assert (shown["DeliveryStatus"], server.letters) == ("PENDING", [])
