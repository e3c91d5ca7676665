"""Alerts reach a receiver that checks the signature; a receiver that is not there is told of, not raised."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from include.tasks.channels.alert import post_alert


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    taken: list[tuple[dict[str, str], bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((dict(self.headers), body))
            self.send_response(500 if b"refuse" in body else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/alerts", taken
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_alert_is_signed(receiver: tuple[str, list[tuple[dict[str, str], bytes]]]) -> None:
    url, taken = receiver
    assert post_alert(url, "s3cret", {"dag": "close_day", "day": "2025-11-11"}) is None
    ((headers, body),) = taken
    assert json.loads(body) == {"dag": "close_day", "day": "2025-11-11"}
    signed = headers["X-Storekeeper-Timestamp"].encode() + b"." + body
    assert headers["X-Storekeeper-Signature"] == "sha256=" + hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()


def test_a_refusal_is_told(receiver: tuple[str, list[tuple[dict[str, str], bytes]]]) -> None:
    assert post_alert(receiver[0], "s3cret", {"what": "refuse"}) == "HTTP 500"


def test_nobody_there_is_told_without_the_secret() -> None:
    said = post_alert("http://127.0.0.1:9/hooks/s3cret", "s3cret", {})
    assert said
    assert "s3cret" not in said
