"""`storekeeper alerts test`: every receiver gets a message that says it is a test, and its answer is told."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command_lines import english_merchant, storekeeper
from tests.ports import on_a_port
from tests.tasks.robot_server import SECRET, MailServer, Robot, robot_server

NOW = datetime(2025, 11, 12, 8)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    """The words that name a merchant whose alerts go to a robot, by mail and to a webhook. There are no books yet."""
    words = english_merchant(tmp_path)
    file = tmp_path / "merchant" / "merchant.yaml"
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    told = {"duty": "feishu", "post": "mail", "hook": "webhook"}
    said["channels"] += [{"name": name, "kind": kind, "lists": [], "connection": name} for name, kind in told.items()]
    said["channels"][-2]["encryption"] = "none"
    said["alerts"] = {"channels": list(told), "heartbeat": {"connection": "beat", "attempts": 1}}
    file.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    return words


def secrets_file(tmp_path: Path, **secrets: dict[str, Any]) -> str:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps(secrets))
    return str(file)


def test_each_receivers_answer_is_told(
    place: list[str], tmp_path: Path, receiver: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with robot_server(Robot("feishu", lambda: 0.0)) as robot, on_a_port(MailServer()) as post:
        file = secrets_file(
            tmp_path,
            duty={"url": robot.url, "secret": SECRET},
            post={"host": "127.0.0.1", "port": post.port, "sender": "a@example.com", "recipients": "b@example.com"},
            hook={"url": receiver.url, "secret": "s3cret"},
            heartbeat={"url": receiver.url},
        )
        assert storekeeper("alerts", "test")([*place, "--secrets", file, "--heartbeat"], lambda _: NOW) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == ["duty", "post", "hook", "heartbeat"]
    assert [line.partition(": ")[2] for line in said] == ["taken"] * 4
    assert "a test alert" in json.dumps(robot.taken)
    assert len(post.messages) == 1
    assert json.loads(receiver.got[0][3]) == {"kind": "test", "merchant": "样品掌柜"}


def test_a_receiver_that_refuses_ends_it_with_one(
    place: list[str], tmp_path: Path, receiver: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers[:] = [403]
    with robot_server(Robot("feishu", lambda: 0.0)) as robot:
        file = secrets_file(
            tmp_path, duty={"url": robot.url, "secret": "wrong"}, hook={"url": receiver.url, "secret": "s"}
        )
        assert storekeeper("alerts", "test")([*place, "--secrets", file], lambda _: NOW) == 1
    said = capsys.readouterr().out
    assert "duty: not taken. code 19021" in said
    assert f"post: not taken. {file} says nothing of it; it has duty, hook" in said
    assert "hook: not taken. HTTP 403" in said
    assert "t0ken" not in said


def test_without_a_channel_it_says_that_nobody_hears(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = secrets_file(tmp_path)
    assert storekeeper("alerts", "test")([*english_merchant(tmp_path), "--secrets", file], lambda _: NOW) == 1
    assert "nobody hears of failures" in capsys.readouterr().out


def test_without_an_airflow_it_says_what_to_do(
    place: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    monkeypatch.setenv("STOREKEEPER_HOME", str(tmp_path))
    assert storekeeper("alerts", "test")(place, lambda _: NOW) == 1
    assert "--secrets names a file instead" in capsys.readouterr().err


def test_connections_of_airflow_are_read(place: list[str], tmp_path: Path, receiver: Any) -> None:
    """From the environment, as a container has them; what is missing is told and not guessed."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "STOREKEEPER_MERCHANT": place[1],
        "STOREKEEPER_HOME": place[3],
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
    }
    named = {
        "AIRFLOW_CONN_DUTY": json.dumps({"conn_type": "generic", "host": receiver.url, "password": "s3cret"}),
        "AIRFLOW_CONN_POST": "smtp://me:pw@mail.example.com:587",
        "AIRFLOW_CONN_HOOK": "https://:s3cret@hooks.example.com/x?team=a",
        "AIRFLOW_CONN_BEAT": "https://hc-ping.com/some-check",
        "AIRFLOW_CONN_STOREKEEPER_ALERTS": "http://:old@127.0.0.1:9/alerts",
    }
    words = [sys.executable, "-m", "scripts.alert_secrets"]
    done = subprocess.run(words, env={**environment, **named}, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["duty"] == {"url": receiver.url, "secret": "s3cret"}
    assert found["post"] == {"host": "mail.example.com", "port": "587", "user": "me", "password": "pw"}
    assert found["hook"]["url"] == "https://hooks.example.com/x?team=a"
    assert found["heartbeat"] == {"url": "https://hc-ping.com/some-check"}
    assert found["storekeeper_alerts"] == {"url": "http://127.0.0.1:9/alerts", "secret": "old"}


def test_a_file_of_another_shape_is_told(place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "secrets.json"
    file.write_text('{"duty": "https://robot.example/t0ken"}', encoding="utf-8")
    assert storekeeper("alerts", "test")([*place, "--secrets", str(file)], lambda _: NOW) == 1
    said = capsys.readouterr().err
    assert 'duty must be an object such as {"url": …}' in said
    assert "t0ken" not in said
