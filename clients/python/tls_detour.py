"""A way to Poolhouse for code that calls `https://cognito-idp.us-east-1.amazonaws.com/` and knows no other address.

It is an HTTPS proxy that ends the connection itself, as those of companies do that look into what leaves their network,
and hands every request to Poolhouse unchanged. `HTTPS_PROXY` leads clients to it, and `REQUESTS_CA_BUNDLE` makes them
trust its certificate; `requests` reads both.
"""

import http.client
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "cognito-idp.us-east-1.amazonaws.com"
DAY = timedelta(days=1)


class Detour:
    def __init__(self, server, directory):
        self.certificate = directory / "detour.pem"
        self.certificate.write_bytes(certificate_and_key())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.seen = []
        self.proxy = ThreadingHTTPServer(("127.0.0.1", 0), handler(context, urlsplit(server.url).netloc, self.seen))
        self.proxy.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.proxy.server_port}"
        self.thread = threading.Thread(target=self.proxy.serve_forever)
        self.thread.start()

    def close(self):
        self.proxy.shutdown()
        self.thread.join()
        self.proxy.server_close()


def handler(context, poolhouse, seen):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self):
            if self.path != f"{HOST}:443":
                self.send_error(403)
                return
            self.send_response(200)
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.setup_streams()
            self.handle_one_request()
            self.close_connection = True

        def setup_streams(self):
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", buffering=0)

        def do_POST(self):
            seen.append(self.headers["X-Amz-Target"])
            body = self.rfile.read(int(self.headers["Content-Length"]))
            upstream = http.client.HTTPConnection(poolhouse)
            upstream.request("POST", self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            body = answer.read()
            upstream.close()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def certificate_and_key():
    """A certificate of the host's name that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Detour of the tests")])
    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = dict.fromkeys(
        ["content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign"], False
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, encipher_only=False, decipher_only=False, **usage
            ),
            critical=True,
        )
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
