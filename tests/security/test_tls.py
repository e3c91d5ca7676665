"""A server that nobody vouches for gets nothing: no list, no mail, no credentials of a source."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from include.files.errors import SourceError
from include.files.locations.credentials import storage_options
from include.pipeline.ingest import look_for_exports
from include.settings.channels import Channel
from include.settings.shops import Shop
from include.tasks.channels.configured import channels_of
from tests.ports import on_a_port
from tests.tasks.test_webhook import parcel

SECRET = "s3cret-of-the-receiver"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@dataclass
class TlsServer:
    """got: what came through a handshake that the client finished."""

    certificate: Path
    port: int = 0
    got: list[bytes] = field(default_factory=list)

    def talk(self, connection: socket.socket) -> None:
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(self.certificate)
        try:
            with own.wrap_socket(connection, server_side=True) as stream:
                stream.settimeout(5)
                received = b""
                while b"\r\n\r\n" not in received and (part := stream.recv(65536)):
                    received += part
                self.got.append(received)
                stream.sendall(ANSWER)
        except OSError:
            return  # the client went away: that is what is wanted


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, signed by itself alone; its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@pytest.fixture
def server(certificate: Path) -> Iterator[TlsServer]:
    with on_a_port(TlsServer(certificate)) as server:
        yield server


def sent(kind: Any, secrets: dict[str, str]) -> Any:
    (channel,) = channels_of([Channel(name="erp", kind=kind, lists=("restock",), connection="erp", timeout_seconds=5)])
    return channel.send(parcel(), secrets)


@pytest.mark.parametrize("kind", ["webhook", "dingtalk", "wecom", "feishu"])
def test_no_receiver_with_a_certificate_of_its_own_making_gets_a_list(kind: str, server: TlsServer) -> None:
    outcome = sent(kind, {"url": f"https://127.0.0.1:{server.port}/hook", "secret": SECRET})
    assert outcome.state != "sent"
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.detail
    assert server.got == []


def test_no_mail_server_with_one_gets_a_password(server: TlsServer) -> None:
    host = {"host": "127.0.0.1", "port": str(server.port), "user": "desk", "password": SECRET}
    people = {"sender": "desk@example.com", "recipients": "li@example.com"}
    (channel,) = channels_of([Channel(name="mail", kind="mail", lists=("restock",), connection="mail")])
    opened = ssl.create_default_context()
    with socket.create_connection(("127.0.0.1", server.port)) as plain, pytest.raises(ssl.SSLCertVerificationError):
        opened.wrap_socket(plain, server_hostname="127.0.0.1")
    with pytest.MonkeyPatch.context() as patch:
        # The port that is TLS from the start is a fixed one: ours stands for it.
        import include.tasks.channels.mail as mail

        real = mail.smtplib.SMTP_SSL
        patch.setattr(mail.smtplib, "SMTP_SSL", lambda host, _port, **more: real(host, server.port, **more))
        outcome = channel.send(parcel(), {**host, "port": "465", **people})
    assert outcome.state == "failed"
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.detail
    assert server.got == []


def source(server: TlsServer, **extra: str) -> Any:
    path = f"https://127.0.0.1:{server.port}/exports/{{day}}/"
    shop = Shop.model_validate(
        {
            "name": "web",
            "platform": "taobao",
            "source": {"path": path, "settle_seconds": 0},
            "reports": {"orders": {"pattern": "*.csv"}},
        }
    )
    options = storage_options(path, host=None, port=None, login="desk", password=SECRET, extra=extra)
    return look_for_exports(shop, "2025-11-11", datetime.now(UTC), storage_options=options)


def test_no_source_with_one_gets_credentials_unless_the_merchant_vouches_for_it(server: TlsServer) -> None:
    with pytest.raises(SourceError, match=r"CERTIFICATE_VERIFY_FAILED|certificate"):
        source(server)
    assert server.got == []
    # and with the certificate named as trusted it is asked, so that the refusal above was the certificate's doing
    source(server, verify=str(server.certificate))
    assert b"GET /exports/2025-11-11/" in server.got[0]
