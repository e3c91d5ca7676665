"""Mail against a small SMTP server of our own."""

import email
import email.policy
import io
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from include.settings.channels import Channel
from include.tasks.channels.configured import channels_of
from include.tasks.channels.mail import MailChannel
from include.tasks.channels.parcel import Parcel
from include.tasks.document import Document, Line
from tests.ports import on_a_port


@dataclass
class Server:
    """Says `refusals[command]` instead of yes; hangs up after the message when told to."""

    port: int = 0
    refusals: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    messages: list[bytes] = field(default_factory=list)

    def talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:

            def say(line: str) -> None:
                stream.write(line.encode() + b"\r\n")
                stream.flush()

            say("220 hello")
            while line := stream.readline():
                command = line.split()[0].decode().upper()
                if command in self.refusals:
                    say(self.refusals[command])
                elif command == "DATA":
                    say("354 go on")
                    message = b""
                    while (part := stream.readline()) != b".\r\n":
                        message += part
                    if self.hang_up:
                        return
                    self.messages.append(message)
                    say(self.refusals.get("END", "250 taken"))
                else:
                    say("221 bye" if command == "QUIT" else "250 fine")


@pytest.fixture
def server() -> Iterator[Server]:
    with on_a_port(Server()) as server:
        yield server


LINE = Line("t1", "w/A", 1, 2, "2025-11-12", {"sku": "A", "title": "T恤", "warehouse": "w", "quantity": 3})
DOCUMENT = Document("restock", "2025-11-12", (LINE,), ({"zh": "缺少店铺", "en": "missing"},), (), {})


def send(server: Server, **secrets: str) -> Any:
    described = Channel(
        name="mail", kind="mail", lists=("restock",), connection="mail", encryption="none", timeout_seconds=2
    )
    (channel,) = channels_of([described])
    return channel.send(
        Parcel("k" * 64, 1, 1, DOCUMENT),
        {"host": "127.0.0.1", "port": str(server.port), "sender": "desk@example.com",
         "recipients": "li@example.com, wang@example.com", **secrets},
    )  # fmt: skip


def test_the_mail_says_what_matters_and_carries_the_workbook(server: Server) -> None:
    assert send(server).state == "sent"
    message = email.message_from_bytes(server.messages[0], policy=email.policy.default)
    assert message["Subject"] == "补货清单 2025-11-12"
    assert message["Message-ID"] == f"<{'k' * 64}@storekeeper>"
    body = message.get_body()
    assert body is not None
    assert "缺少店铺" in body.get_content()
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "补货_2025-11-12.xlsx"
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(attached.get_content()))
    assert workbook.sheet_names[0] == "补货"


@pytest.mark.parametrize(
    ("refusals", "state", "may_repeat"),
    [
        ({"MAIL": "550 no"}, "failed", False),
        ({"MAIL": "451 later"}, "failed", True),
        ({"RCPT": "550 nobody"}, "failed", False),
        ({"RCPT": "450 busy"}, "failed", True),
        ({"END": "554 spam"}, "failed", False),
        ({"EHLO": "500 no", "HELO": "421 later"}, "failed", True),
    ],
)
def test_a_refusal_is_a_definite_failure(
    server: Server, refusals: dict[str, str], state: str, may_repeat: bool
) -> None:
    server.refusals = refusals
    outcome = send(server)
    assert (outcome.state, outcome.may_repeat) == (state, may_repeat)


def test_a_connection_that_breaks_after_the_message_is_unknown(server: Server) -> None:
    server.hang_up = True
    assert send(server).state == "unknown"


def test_encryption_is_asked_for_unless_the_merchant_says_otherwise(server: Server) -> None:
    secrets = {"host": "127.0.0.1", "port": str(server.port), "sender": "a@example.com", "recipients": "b@example.com"}
    outcome = MailChannel("mail", timeout_seconds=2).send(Parcel("k" * 64, 1, 1, DOCUMENT), secrets)
    assert (outcome.state, server.messages) == ("failed", [])
    assert "STARTTLS" in outcome.detail


def test_nobody_there_and_nothing_configured(server: Server) -> None:
    assert send(server, port="9").may_repeat
    outcome = send(server, recipients="")
    assert (outcome.state, outcome.may_repeat) == ("failed", False)
    assert "recipients" in outcome.detail
