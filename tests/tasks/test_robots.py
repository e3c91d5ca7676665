"""Group robots: signed as each make wants it, short enough, and judged by the code in the body."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from include.tasks.channels.card import markdown_of
from include.tasks.channels.http import Limits
from include.tasks.channels.parcel import Parcel
from include.tasks.channels.robots import Pace, RobotChannel
from include.tasks.document import Document, Line
from include.tasks.sheets.digest import digest_of

EPOCH = 1_762_992_000.5
OK = {"dingtalk": b'{"errcode":0}', "wecom": b'{"errcode":0}', "feishu": b'{"code":0}'}


def parcel(count: int = 2, kind: str = "restock", title: str = "product") -> Parcel:
    lines = tuple(
        Line(f"t{n}", f"w/{n}", n, 2, "2025-11-12",
             {"sku": f"S{n}", "title": title, "warehouse": "w", "quantity": n, "customer": f"cust{n}"})
        for n in range(1, count + 1)
    )  # fmt: skip
    notes = ({"zh": "缺少店铺", "en": "a shop is missing"},)
    return Parcel("k" * 64, 1, 1, Document(kind, "2025-11-12", lines, notes, (), {}))


def sent(receiver: Any, make: str, secret: str = "", **more: Any) -> tuple[Any, str, dict[str, Any]]:
    receiver.body = OK[make]
    channel = RobotChannel("chat", make, limits=Limits(1, 1, 2), epoch=lambda: EPOCH)
    outcome = channel.send(parcel(**more), {"url": receiver.url, "secret": secret})
    path, _, body = receiver.got[-1]
    return outcome, path, json.loads(body)


def test_dingtalk_is_signed_in_the_query_in_milliseconds(http_receiver: Any) -> None:
    outcome, path, body = sent(http_receiver, "dingtalk", "SECabc")
    query = parse_qs(urlsplit(path).query)
    timestamp = query["timestamp"][0]
    assert timestamp == "1762992000500"
    expected = hmac.digest(b"SECabc", f"{timestamp}\nSECabc".encode(), "sha256")
    assert base64.b64decode(query["sign"][0]) == expected
    assert query["access_token"] == ["t0ps3cret"]
    assert outcome.state == "sent"
    assert body["msgtype"] == "markdown"
    assert "缺少店铺" in body["markdown"]["text"]


def test_feishu_is_signed_in_the_body_in_seconds(http_receiver: Any) -> None:
    outcome, path, body = sent(http_receiver, "feishu", "abc")
    assert (outcome.state, body["timestamp"], body["msg_type"]) == ("sent", "1762992000", "interactive")
    expected = hmac.new(b"1762992000\nabc", b"", hashlib.sha256).digest()
    assert base64.b64decode(body["sign"]) == expected
    assert "sign" not in path


def test_wecom_is_not_signed(http_receiver: Any) -> None:
    outcome, path, body = sent(http_receiver, "wecom", "ignored")
    assert outcome.state == "sent"
    assert "sign" not in path
    assert set(body) == {"msgtype", "markdown"}


@pytest.mark.parametrize(
    ("make", "body", "state", "may_repeat", "wait"),
    [
        ("dingtalk", b'{"errcode":310000,"errmsg":"sign not match"}', "failed", False, 0),
        ("dingtalk", b'{"errcode":130101,"errmsg":"send too fast"}', "failed", True, 600),
        ("wecom", b'{"errcode":93000,"errmsg":"invalid webhook url"}', "failed", False, 0),
        ("wecom", b'{"errcode":45009}', "failed", True, 60),
        ("feishu", b'{"code":19021,"msg":"sign match fail"}', "failed", False, 0),
        ("feishu", b'{"StatusCode":0,"StatusMessage":"success"}', "sent", False, 0),
        ("feishu", b"<html>", "unknown", False, 0),
        ("feishu", b"[]", "unknown", False, 0),
    ],
)
def test_200_with_an_error_in_the_body(
    http_receiver: Any, make: str, body: bytes, state: str, may_repeat: bool, wait: int
) -> None:
    http_receiver.body = body
    channel = RobotChannel("chat", make, limits=Limits(1, 1, 2))
    outcome = channel.send(parcel(), {"url": http_receiver.url})
    assert (outcome.state, outcome.may_repeat, outcome.wait_seconds) == (state, may_repeat, wait)


def test_a_message_never_grows_past_what_the_robot_takes(http_receiver: Any) -> None:
    _, _, body = sent(http_receiver, "wecom", count=50, title="超长商品名称" * 200)
    text = body["markdown"]["content"]
    assert len(text.encode("utf-8")) <= 4_000
    assert "补货清单 2025-11-12" in text
    assert "�" not in markdown_of([digest_of(parcel(1, title="字" * 9_000), "zh")], 1_001)


def test_a_title_becomes_no_mention_link_or_tag(http_receiver: Any) -> None:
    _, _, body = sent(http_receiver, "wecom", title="[点我](http://x) <@all> `x`")
    assert not set("<>[]@`") & set(body["markdown"]["content"])


def test_customers_are_counted_and_never_told_in_a_chat(http_receiver: Any) -> None:
    _, _, body = sent(http_receiver, "dingtalk", kind="recall")
    text = body["markdown"]["text"]
    assert "共 2 行" in text
    assert "cust1" not in text


def test_a_robot_takes_so_many_messages_a_minute() -> None:
    now = [0.0]
    pace = Pace(2, lambda: now[0])
    assert [pace.wait_seconds() for _ in range(3)] == [0, 0, 61]
    now[0] = 60.0
    assert pace.wait_seconds() == 0


def test_a_robot_in_a_hurry_is_not_asked(http_receiver: Any) -> None:
    channel = RobotChannel("chat", "dingtalk", pace=Pace(0 + 1, lambda: 0.0))
    http_receiver.body = OK["dingtalk"]
    secrets = {"url": http_receiver.url}
    assert channel.send(parcel(), secrets).state == "sent"
    outcome = channel.send(parcel(), secrets)
    assert (outcome.state, outcome.may_repeat, outcome.wait_seconds) == ("failed", True, 61)
    assert len(http_receiver.got) == 1
