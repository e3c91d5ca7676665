"""What an alert says, to whom it is told, and that neither floods nor secrets get out."""

import email
import email.policy
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from include.pipeline.watching.alarms import SECTIONS, Alarm, notice_of, reason_hash, reason_of, section_of
from include.pipeline.watching.alert_book import raise_alarm, standing_alerts, tell_directly, tell_waiting
from include.settings.saying import BilingualError
from include.tasks.channels.secrecy import web_address
from include.warehouse.tables import alerts
from include.words.texts import has_text
from tests.docs.test_links import anchors
from tests.planted import MAIL, PHONE
from tests.ports import on_a_port
from tests.tasks.robot_server import SECRET, MailServer, Robot, robot_server

NOW = datetime(2025, 11, 12, 7, 0)
RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
LINK = "https://airflow.example.com/dags/ingest_tmall/runs/r/tasks/ingest?try_number=4"
STOPPED = Alarm("ingest_tmall", "ingest", "2025-11-11", "tmall", "tmall：有文件没有入账：a.csv: 列缺失", LINK)
MAKES = ("dingtalk", "wecom", "feishu")


def said_by(make: str, message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False).replace("\\n", "\n")


def told(books: Engine, merchant: Any, secrets: dict[str, dict[str, str]], at: datetime, *alarms: Alarm) -> list[str]:
    hears = [one for one in merchant.channels if one.name in merchant.alerts.channels]
    for alarm in alarms:
        raise_alarm(books, merchant, hears, alarm, at)
    return tell_waiting(books, merchant, hears, secrets, lambda: at)


@pytest.mark.parametrize("make", MAKES)
def test_a_robot_says_everything_and_opens_the_run(make: str, books: Engine, merchant_with: Callable[..., Any]) -> None:
    merchant = merchant_with(
        {"name": "duty", "kind": make, "mention": ["all"]}, runbook="https://wiki.example.com/runbook"
    )
    with robot_server(Robot(make, lambda: 0.0)) as robot:
        assert told(books, merchant, {"duty": {"url": robot.url, "secret": SECRET}}, NOW, STOPPED) == []
    (message,) = robot.taken
    said = said_by(make, message)
    for part in ("样品掌柜", "ingest_tmall", "2025-11-11", "店铺：", "列缺失", "怎么办", LINK,
                 "https://wiki.example.com/runbook#an-export-was-stopped"):  # fmt: skip
        assert part in said, part
    assert "@" in said or "<at id=all>" in said
    (kept,) = standing(books)
    assert (kept.state, kept.failures) == ("told", 1)


def standing(books: Engine) -> list[Any]:
    with books.connect() as connection:
        return standing_alerts(connection, "")


def test_a_mail_says_it_in_its_own_language_with_links(books: Engine, merchant_with: Callable[..., Any]) -> None:
    merchant = merchant_with({"name": "post", "kind": "mail", "encryption": "none", "language": "en"})
    with on_a_port(MailServer()) as server:
        secrets = {
            "host": "127.0.0.1",
            "port": str(server.port),
            "sender": "a@example.com",
            "recipients": "b@example.com",
        }
        assert told(books, merchant, {"post": secrets}, NOW, STOPPED) == []
    (raw,) = server.messages
    message: Any = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Subject"] == "样品掌柜: ingest_tmall.ingest failed"
    text = message.get_body(("plain",)).get_content()
    assert "Business day: 2025-11-11" in text
    assert "What to do: mend the file" in text
    assert "Runbook: docs/runbook.md#an-export-was-stopped" in text
    assert LINK in text
    assert f'href="{LINK}"' in message.get_body(("html",)).get_content()


def test_a_webhook_gets_it_signed_and_the_password_nowhere(
    books: Engine, merchant_with: Callable[..., Any], receiver: Any
) -> None:
    merchant = merchant_with({"name": "hook", "kind": "webhook"})
    host, port = urlsplit(receiver.url).hostname, urlsplit(receiver.url).port
    url = web_address(str(host), kind="http", port=port, schema="hooks/duty", extra={"header:X": "1"})
    assert url == receiver.url
    assert told(books, merchant, {"hook": {"url": url, "secret": "s3cret"}}, NOW, STOPPED) == []
    ((_, path, headers, body),) = receiver.got
    assert (path, "Authorization" in headers) == ("/hooks/duty", False)
    assert b"s3cret" not in body + repr(headers).encode()
    said = json.loads(body)
    assert (said["kind"], said["merchant"], said["dag"], said["day"], said["shop"], said["run"]) == (
        "task_failed", "样品掌柜", "ingest_tmall", "2025-11-11", "tmall", LINK,
    )  # fmt: skip
    signed = headers["X-Storekeeper-Timestamp"].encode() + b"." + body
    assert headers["X-Storekeeper-Signature"] == "sha256=" + hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ({"host": "https://hooks.example.com/x?token=1"}, "https://hooks.example.com/x?token=1"),
        ({"host": "https://:s3cret@hooks.example.com/x"}, "https://hooks.example.com/x"),
        ({"host": "hooks.example.com"}, "https://hooks.example.com"),
        ({"host": "user:s3cret@hooks.example.com/a", "kind": "http"}, "http://hooks.example.com/a"),
        ({"host": "hooks.example.com", "kind": "generic", "schema": "http", "port": 81}, "http://hooks.example.com:81"),
        # as Airflow reads https://:s3cret@oapi.example.com/robot/send?access_token=abc
        ({"host": "oapi.example.com", "kind": "https", "schema": "robot/send", "extra": {"access_token": "abc"}},
         "https://oapi.example.com/robot/send?access_token=abc"),
        ({"host": "h.example.com", "extra": {"header:Authorization": "Bearer x", "secret": "y"}}, "https://h.example.com"),
    ],
)  # fmt: skip
def test_no_address_carries_a_password(said: dict[str, Any], address: str) -> None:
    assert web_address(**said) == address


def test_the_same_reason_is_told_once_and_then_counted(books: Engine, merchant_with: Callable[..., Any]) -> None:
    merchant = merchant_with({"name": "duty", "kind": "wecom"}, join_minutes=10)
    shops = ("tmall", "jd", "douyin", "erp")
    lost = [Alarm(f"ingest_{one}", "ingest", "2025-11-11", one, f"{one}: connection to server {n} was lost")
            for n, one in enumerate(shops)]  # fmt: skip
    with robot_server(Robot("wecom", lambda: 0.0)) as robot:
        secrets = {"duty": {"url": robot.url}}
        told(books, merchant, secrets, NOW, lost[0])
        for minute, alarm in enumerate(lost[1:], start=1):
            told(books, merchant, secrets, NOW + timedelta(minutes=minute), alarm)
        assert len(robot.taken) == 1, "those that follow wait until the time is over"
        told(books, merchant, secrets, NOW + timedelta(minutes=9))
        assert len(robot.taken) == 1
        told(books, merchant, secrets, NOW + timedelta(minutes=10))
        assert len(robot.taken) == 2
        assert "共 4 次" in said_by("wecom", robot.taken[1])
        assert "ingest_erp.ingest" in said_by("wecom", robot.taken[1])
        told(books, merchant, secrets, NOW + timedelta(minutes=11), lost[0])
        assert len(robot.taken) == 3, "a new time begins"
        told(books, merchant, secrets, NOW + timedelta(minutes=11), replace(lost[0], reason="no space is left"))
        assert len(robot.taken) == 4, "another reason is another alert"


def test_a_hundred_failures_are_two_messages(books: Engine, merchant_with: Callable[..., Any]) -> None:
    merchant = merchant_with({"name": "duty", "kind": "feishu"})
    flood = [replace(STOPPED, task=f"t{n}", reason=f"OperationalError: timeout after {n} s") for n in range(100)]
    with robot_server(Robot("feishu", lambda: 0.0)) as robot:
        told(books, merchant, {"duty": {"url": robot.url, "secret": SECRET}}, NOW, *flood)
        told(books, merchant, {"duty": {"url": robot.url, "secret": SECRET}}, NOW + timedelta(hours=1))
    assert len(robot.taken) == 1, "they came before the first message went out"
    assert "100" in said_by("feishu", robot.taken[0])


def test_quiet_hours_hold_an_alert_and_no_longer(books: Engine, merchant_with: Callable[..., Any]) -> None:
    merchant = merchant_with({"name": "duty", "kind": "wecom", "quiet_hours": ["22:00", "07:30"]})
    with robot_server(Robot("wecom", lambda: 0.0)) as robot:
        secrets = {"duty": {"url": robot.url}}
        told(books, merchant, secrets, NOW, STOPPED)
        assert robot.taken == []
        told(books, merchant, secrets, NOW + timedelta(minutes=31))
        assert len(robot.taken) == 1


def test_what_is_not_taken_is_logged_kept_and_tried_again(
    books: Engine, merchant_with: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    merchant = merchant_with({"name": "duty", "kind": "dingtalk"})
    with robot_server(Robot("dingtalk", lambda: 0.0)) as robot:
        robot.faults.extend(["busy", "502 before"])
        secrets = {"duty": {"url": robot.url, "secret": SECRET}}
        (missed,) = told(books, merchant, secrets, NOW, STOPPED)
        assert missed.startswith("duty: code -1")
        assert "was not taken by duty" in caplog.text
        assert standing(books)[0].state == "waiting"
        assert told(books, merchant, secrets, NOW) == [], "not at once"
        assert len(told(books, merchant, secrets, NOW + timedelta(minutes=10))) == 1
        assert told(books, merchant, secrets, NOW + timedelta(minutes=20)) == []
        assert len(robot.taken) == 1
        assert standing(books)[0].state == "told"


def test_a_refusal_is_dead_and_shows_no_token(
    books: Engine, merchant_with: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    merchant = merchant_with({"name": "duty", "kind": "dingtalk"})
    secrets = {"duty": {"url": "http://127.0.0.1:9/robot/send?access_token=t0ken-of-the-robot", "secret": SECRET}}
    for minutes in range(0, 70, 10):
        told(books, merchant, secrets, NOW + timedelta(minutes=minutes), *([STOPPED] if not minutes else []))
    (one,) = standing(books)
    assert (one.state, one.channel) == ("dead", "duty")
    assert "not reached" in one.answer
    with books.connect() as connection:
        kept = repr(connection.execute(select(alerts)).all())
    assert "t0ken" not in kept + caplog.text
    assert SECRET not in kept + caplog.text


def test_without_books_it_is_told_all_the_same(merchant_with: Callable[..., Any]) -> None:
    merchant = merchant_with({"name": "duty", "kind": "wecom"})
    with robot_server(Robot("wecom", lambda: 0.0)) as robot:
        secrets = {"duty": {"url": robot.url}}
        hears = [one for one in merchant.channels if one.name == "duty"]
        assert tell_directly(merchant, hears, secrets, STOPPED, "k") == []
        assert len(robot.taken) == 1


def test_a_reason_is_one_line_without_personal_data() -> None:
    assert reason_of(None, "en") == ""
    assert reason_of(RuntimeError(f"a line\n{PHONE}"), "en") == "a line"
    masked = reason_of(RuntimeError(f"call {PHONE} or {MAIL} at https://:pw@host/t0ken"), "en")
    assert masked == "call *** or *** at https://host/..."
    assert reason_of(BilingualError("no", "不行"), "zh") == "不行"
    lost = OperationalError("SELECT 1", {"name": "张三"}, Exception("database is locked"))
    assert reason_of(lost, "en") == (
        "the database is being written by somebody else (database is locked): try again later"
    )
    try:
        reason_hash("张三的地址", None)  # type: ignore[arg-type]
    except AttributeError as error:
        told = reason_of(error, "en")
    assert told.startswith("AttributeError in include/pipeline/watching/alarms.py, line ")
    assert len(reason_of(RuntimeError("x" * 1000), "en")) < 500


def test_every_step_leads_to_a_section_of_the_runbook_that_is_there(merchant_with: Callable[..., Any]) -> None:
    there = anchors(RUNBOOK.read_text(encoding="utf-8"))
    assert set(SECTIONS.values()) <= there
    assert all(has_text(f"alert.do.{one.replace('-', '_')}") for one in SECTIONS.values())
    merchant = merchant_with()
    assert section_of(STOPPED, merchant) == "an-export-was-stopped"
    assert section_of(Alarm("upkeep", "verify", "", "", ""), merchant) == "history-was-changed"
    assert section_of(Alarm("upkeep", "back_up", "", "", ""), merchant) == "backup-and-restore"


def test_nothing_in_a_reason_becomes_a_link_or_a_mention(merchant_with: Callable[..., Any]) -> None:
    merchant = merchant_with({"name": "duty", "kind": "wecom"})
    sly = replace(STOPPED, reason="<@all> [free](https://evil.example) `x`")
    with robot_server(Robot("wecom", lambda: 0.0)) as robot:
        tell_directly(merchant, [one for one in merchant.channels if one.name == "duty"], {"duty": {"url": robot.url}},
                      sly, "k")  # fmt: skip
    said = robot.taken[0]["markdown"]["content"]
    assert "<@all>" not in said
    assert "](https://evil" not in said


def test_a_file_channel_hears_no_alert(merchant_with: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="desk is no channel that hears at once; expected: duty"):
        merchant_with({"name": "duty", "kind": "wecom"}, channels=["desk"])


def test_many_places_are_cut_and_counted(merchant_with: Callable[..., Any]) -> None:
    places = [(f"a.t{n}", "2025-11-11", "tmall") for n in range(20)]
    notice = notice_of(STOPPED, merchant_with(), "zh", "k", places, 70)
    assert notice.title == "样品掌柜：ingest_tmall.ingest 等 70 次失败"
    assert any("a.t19……" in one for one in notice.paragraphs)
