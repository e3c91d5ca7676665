"""The webhook against a real server on this machine."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from include.settings.channels import Channel
from include.tasks.channels.configured import channels_of
from include.tasks.channels.http import Limits
from include.tasks.channels.parcel import Parcel
from include.tasks.channels.secrecy import without_secrets
from include.tasks.channels.webhook import WebhookChannel
from include.tasks.document import Document, Line

SECRET = "shared-s3cret"
QUICK = Limits(connect=0.5, answer=0.5, whole=1.0)


@pytest.fixture
def receiver(http_receiver: Any) -> Any:
    """A receiver that takes only what is signed with the shared secret."""

    def verify(headers: dict[str, str], body: bytes) -> bool:
        signed = f"{headers['X-Storekeeper-Timestamp']}.".encode() + body
        expected = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, headers["X-Storekeeper-Signature"])

    http_receiver.verify = verify
    return http_receiver


def parcel() -> Parcel:
    lines = tuple(Line(f"task{n}", f"hangzhou/{n}", n, 0, "2025-11-12", {"sku": str(n), "quantity": n}) for n in (1, 2))
    document = Document("restock", "2025-11-12", lines, ({"zh": "缺", "en": "missing"},), (), {"code": "v1"})
    return Parcel("k" * 64, 1, 1, document, frozenset({"task2"}))


def send(receiver: Any, epoch: Any = time.time, secrets: Mapping[str, str] = {}, **said: Any) -> Any:
    """Through the channel that the merchant's YAML describes so."""
    described = Channel(name="erp", kind="webhook", lists=("restock",), connection="erp", **said)
    (channel,) = channels_of([described])
    assert isinstance(channel, WebhookChannel)
    quick = replace(channel, limits=QUICK, epoch=epoch)
    return quick.send(parcel(), {"url": receiver.url, "secret": SECRET, **secrets})


def test_the_receiver_can_verify_who_sent_what(receiver: Any) -> None:
    outcome = send(receiver, epoch=lambda: 1_762_992_000.9)
    assert (outcome.state, receiver.wrong) == ("sent", 0)
    ((_, headers, body),) = receiver.got
    assert headers["Idempotency-Key"] == "k" * 64
    assert headers["X-Storekeeper-Timestamp"] == "1762992000"
    whole = json.loads(body)
    assert (whole["kind"], whole["day"], whole["manifest"]) == ("restock", "2025-11-12", {"code": "v1"})
    assert [line["task_id"] for line in whole["lines"]] == ["task1"]  # task2 is withheld


def test_another_secret_does_not_verify(receiver: Any) -> None:
    WebhookChannel("erp", limits=QUICK).send(parcel(), {"url": receiver.url, "secret": "another"})
    assert (receiver.got, receiver.wrong) == ([], 1)


def test_the_same_parcel_is_the_same_body_each_time(receiver: Any) -> None:
    send(receiver)
    send(receiver)
    assert receiver.got[0][2] == receiver.got[1][2]


@pytest.mark.parametrize(
    ("status", "headers", "state", "may_repeat", "wait"),
    [
        (201, {}, "sent", False, 0),
        (302, {"Location": "/elsewhere"}, "failed", False, 0),
        (400, {}, "failed", False, 0),
        (401, {}, "failed", False, 0),
        (429, {"Retry-After": "90"}, "failed", True, 90),
        (500, {}, "unknown", False, 0),
        (503, {}, "unknown", False, 0),
    ],
)
def test_what_a_status_says(
    receiver: Any, status: int, headers: dict[str, str], state: str, may_repeat: bool, wait: int
) -> None:
    receiver.status, receiver.headers, receiver.body = status, headers, b"say what"
    outcome = send(receiver)
    assert (outcome.state, outcome.may_repeat, outcome.wait_seconds) == (state, may_repeat, wait)
    assert str(status) in outcome.detail
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("body", "state", "may_repeat"),
    [
        (b'{"result": {"code": 0}}', "sent", False),
        (b'{"result": {"code": 40035, "msg": "missing parameter"}}', "failed", False),
        (b'{"result": {"code": -1}}', "failed", True),
        (b'{"result": {"code": false}}', "failed", False),  # false is not 0
        (b"<html>welcome</html>", "unknown", False),
        (b'{"result": null}', "unknown", False),
        (b"", "unknown", False),
    ],
)
def test_200_with_an_error_in_the_body(receiver: Any, body: bytes, state: str, may_repeat: bool) -> None:
    receiver.body = body
    outcome = send(receiver, receivers_answer={"field": "result.code", "busy": [-1]})
    assert (outcome.state, outcome.may_repeat) == (state, may_repeat)


def test_true_in_the_body_is_success_where_the_receiver_says_so(receiver: Any) -> None:
    receiver.body = b'{"success": true}'
    assert send(receiver, receivers_answer={"field": "success", "success": [True]}).state == "sent"
    receiver.body = b'{"success": 1}'
    assert send(receiver, receivers_answer={"field": "success", "success": [True]}).state == "failed"


def test_headers_of_the_connection_are_sent_and_replace_none_of_ours(receiver: Any) -> None:
    mine = {"header:Authorization": "Bearer s3cret-of-the-erp", "header:X-Tenant": "7", "header:Idempotency-Key": "x"}
    assert send(receiver, secrets=mine).state == "sent"
    ((_, headers, _),) = receiver.got
    assert (headers["Authorization"], headers["X-Tenant"]) == ("Bearer s3cret-of-the-erp", "7")
    assert headers["Idempotency-Key"] == "k" * 64
    assert "s3cret" not in without_secrets("refused: Bearer s3cret-of-the-erp", mine)


def test_how_long_is_waited_is_the_merchants_to_say(receiver: Any) -> None:
    receiver.wait = 5
    described = Channel(name="erp", kind="webhook", lists=("restock",), connection="erp", timeout_seconds=0.5)
    (channel,) = channels_of([described])
    started = time.monotonic()
    assert channel.send(parcel(), {"url": receiver.url, "secret": SECRET}).state == "unknown"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("said", [{"receivers_answer": {"field": "code"}}, {"encryption": "none"}])
def test_what_is_of_another_kind_of_channel_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(said))} is for channels of .*; this one is a dingtalk channel"):
        Channel(name="chat", kind="dingtalk", lists=("restock",), connection="chat", **said)


def test_without_an_answer_in_time_the_outcome_is_unknown(receiver: Any) -> None:
    receiver.wait = 5
    started = time.monotonic()
    assert send(receiver).state == "unknown"
    assert time.monotonic() - started < 3


def test_an_answer_that_trickles_for_ever_is_cut_off(receiver: Any) -> None:
    receiver.drip, receiver.body = True, b"x" * 100
    started = time.monotonic()
    assert send(receiver).state == "unknown"
    assert time.monotonic() - started < 4


def test_a_connection_that_breaks_after_sending_is_unknown(receiver: Any) -> None:
    receiver.hang_up = True
    outcome = send(receiver)
    assert outcome.state == "unknown"


def test_nobody_there_is_a_definite_failure(receiver: Any) -> None:
    channel = WebhookChannel("erp", limits=QUICK)
    outcome = channel.send(parcel(), {"url": "http://127.0.0.1:9/hook", "secret": SECRET})
    assert (outcome.state, outcome.may_repeat) == ("failed", True)


@pytest.mark.parametrize("secrets", [{}, {"url": "http://127.0.0.1:9"}, {"secret": "x"}])
def test_a_connection_that_lacks_something_sends_nothing(secrets: dict[str, str]) -> None:
    outcome = WebhookChannel("erp").send(parcel(), secrets)
    assert (outcome.state, outcome.may_repeat) == ("failed", False)
    assert "lacks" in outcome.detail


def test_the_addresss_token_is_not_logged(receiver: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        send(receiver)
    assert "t0ps3cret" not in caplog.text
