"""What Airflow's side makes of a failure: the alarm from a task's context, and channels from connections."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from tests.tasks.robot_server import SECRET, Robot, robot_server
from tests.watching.conftest import EXAMPLE

LOG_URL = "http://localhost:8080/dags/ingest_tmall/runs/r/tasks/ingest?try_number=4"


@pytest.fixture
def merchant_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example merchant, told by a robot and from the address https://airflow.example.com."""
    import shutil

    folder = tmp_path / "merchant"
    shutil.copytree(EXAMPLE, folder)
    said = yaml.safe_load((folder / "merchant.yaml").read_text(encoding="utf-8"))
    said["channels"].append({"name": "duty", "kind": "dingtalk", "lists": [], "connection": "duty_robot"})
    said |= {"alerts": {"channels": ["duty"]}, "desk": {"address": "https://airflow.example.com"}}
    (folder / "merchant.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("STOREKEEPER_MERCHANT", str(folder))
    monkeypatch.setenv("STOREKEEPER_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://localhost:8080")
    return folder


def connections(monkeypatch: pytest.MonkeyPatch, **named: Any) -> None:
    """What Airflow's connections are, by their ids."""
    import airflow.sdk
    from airflow.sdk.exceptions import AirflowNotFoundException

    class Connections:
        @staticmethod
        def get(name: str) -> Any:
            if name not in named:
                raise AirflowNotFoundException(name)
            said = {"host": "", "port": None, "login": None, "password": None, "schema": None, "conn_type": "generic",
                    "extra_dejson": {}, **named[name]}  # fmt: skip
            return SimpleNamespace(**said)

    monkeypatch.setattr(airflow.sdk, "Connection", Connections)


def context(error: Any) -> dict[str, Any]:
    task = SimpleNamespace(dag_id="ingest_tmall", task_id="ingest", log_url=LOG_URL)
    run = SimpleNamespace(dag_id="ingest_tmall", partition_key="2025-11-11")
    return {"ti": task, "dag_run": run, "task": SimpleNamespace(shop="tmall"), "exception": error}


@pytest.mark.usefixtures("merchant_folder")
def test_a_failed_task_reaches_the_robot_with_a_link_below_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.storekeeper_airflow.alerts import tell_on_call

    with robot_server(Robot("dingtalk", lambda: 0.0)) as robot:
        connections(monkeypatch, duty_robot={"host": robot.url, "password": SECRET})
        tell_on_call(context(RuntimeError("a.csv: 列缺失")))  # there are no books: it is told all the same
    (message,) = robot.taken
    assert message["actionCard"]["singleURL"] == LOG_URL.replace("http://localhost:8080", "https://airflow.example.com")
    for part in ("样品掌柜", "ingest_tmall", "2025-11-11", "列缺失"):
        assert part in message["actionCard"]["text"]


@pytest.mark.usefixtures("merchant_folder")
def test_a_task_that_died_is_told_with_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.storekeeper_airflow.alerts import alarm_of

    found = alarm_of({"ti": SimpleNamespace(dag_id="ingest_jd", task_id="ingest"), "dag_run": None})
    assert (found.dag, found.shop, found.day, found.reason, found.link) == ("ingest_jd", "jd", "", "", "")
    assert alarm_of({}).shop == ""


@pytest.mark.usefixtures("merchant_folder")
def test_trouble_with_telling_never_raises(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from plugins.storekeeper_airflow import alerts

    connections(monkeypatch)  # the channel's connection is missing
    with caplog.at_level(logging.ERROR):
        alerts.tell_on_call(context(RuntimeError("why")))
    assert "ingest_tmall.ingest failed for 2025-11-11: why" in caplog.text
    assert "channel duty: Airflow has no connection duty_robot" in caplog.text

    def breaks(*_: Any) -> None:
        raise KeyError("anything")

    monkeypatch.setattr(alerts, "channels_told", breaks)
    with caplog.at_level(logging.ERROR):
        alerts.tell_on_call(context(RuntimeError("why")))
        assert alerts.tell_again() == [], "or the lists that wait would not go out"
    assert "the failure could not be told" in caplog.text
    assert "waiting alerts could not be told" in caplog.text


@pytest.mark.usefixtures("merchant_folder")
def test_a_channel_without_its_connection_costs_no_other_its_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    from include.settings.channels import Channel
    from plugins.storekeeper_airflow.workplace import channel_secrets

    connections(monkeypatch, erp={"host": "https://erp.example.cn/in", "password": "signs"})
    channels = [Channel(name=name, kind="webhook", lists=("restock",), connection=name) for name in ("gone", "erp")]
    assert channel_secrets(channels) == {"erp": {"url": "https://erp.example.cn/in", "secret": "signs"}}


@pytest.mark.usefixtures("merchant_folder")
def test_the_connection_from_before_goes_on_hearing(monkeypatch: pytest.MonkeyPatch, receiver: Any) -> None:
    from urllib.parse import urlsplit

    from plugins.storekeeper_airflow.alerts import channels_told, tell_on_call
    from plugins.storekeeper_airflow.workplace import channel_secrets, merchant

    place = urlsplit(receiver.url)
    connections(
        monkeypatch,
        duty_robot={"host": "http://127.0.0.1:9/robot"},
        storekeeper_alerts={"conn_type": "http", "host": place.hostname, "port": place.port, "schema": "hooks/duty",
                            "password": "s3cret"},
    )  # fmt: skip
    told = channels_told(merchant())
    assert [one.name for one in told] == ["duty", "storekeeper_alerts"]
    assert channel_secrets(told)["storekeeper_alerts"] == {"url": receiver.url, "secret": "s3cret"}
    tell_on_call(context(RuntimeError("why")))
    ((_, _, headers, body),) = receiver.got
    assert "Authorization" not in headers
    assert b"s3cret" not in body
    assert headers["X-Storekeeper-Signature"].startswith("sha256=")
