"""Certificates of all kinds, and an HTTPS server on loopback that remembers what it was asked."""
import datetime
import http.server
import ipaddress
import ssl
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """Signs certificates. `file` is what a client has to trust."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Kamili test authority")])
        cert = self._builder(self.name, self.name, self.key, 30 * DAY).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(self.key, hashes.SHA256())
        self.file = self.folder / "test-ca.pem"
        self.file.write_bytes(cert.public_bytes(serialization.Encoding.PEM))

    @staticmethod
    def _builder(subject, issuer, key, left):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
                .public_key(key.public_key()).serial_number(x509.random_serial_number())
                .not_valid_before(now - 30 * DAY).not_valid_after(now + left))

    def issue(self, file, name, left=DAY, self_signed=False):
        """A certificate for `name` that ends in `left` (negative: it has ended), with its key, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(subject, subject if self_signed else self.name, key, left)
        cert = builder.add_extension(x509.SubjectAlternativeName([alternative(name)]), critical=False).sign(
            key if self_signed else self.key, hashes.SHA256())
        path = self.folder / file
        path.write_bytes(cert.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return path


class TlsServer:
    """Answers every request with 503, or as `answer(handler)` does, and keeps (method, path, headers) in `requests`; `connections` counts
    those that came, whatever became of their handshake."""

    def __init__(self, certificate, answer=None):
        self.requests, self.connections = [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append((self.command, self.path, dict(self.headers)))
                if answer:
                    return answer(self)
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def finish_request(self, request, address):
                outer.connections += 1
                try:
                    # In the connection's own thread: a client that hangs up holds nobody.
                    with context.wrap_socket(request, server_side=True) as secured:
                        super().finish_request(secured, address)
                except OSError:
                    pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(20)
