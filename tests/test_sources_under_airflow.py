"""A shop's place opened through an Airflow connection: waited for by the trigger, its secrets told to nobody."""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

EXAMPLE = Path(__file__).parents[1] / "examples" / "specimen"


@pytest.fixture
def merchant_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The specimen's settings with one shop's source replaced."""

    def of(source: dict[str, Any]) -> None:
        (tmp_path / "merchant" / "shops").mkdir(parents=True)
        (tmp_path / "merchant" / "merchant.yaml").write_text((EXAMPLE / "merchant.yaml").read_text(encoding="utf-8"))
        shop = yaml.safe_load((EXAMPLE / "shops" / "tmall.yaml").read_text(encoding="utf-8")) | {"source": source}
        shop["reports"] = {"orders": {"pattern": "*.csv"}}
        (tmp_path / "merchant" / "shops" / "tmall.yaml").write_text(yaml.safe_dump(shop), encoding="utf-8")

    monkeypatch.setenv("STOREKEEPER_MERCHANT", str(tmp_path / "merchant"))
    monkeypatch.setenv("STOREKEEPER_HOME", str(tmp_path / "home"))
    return of


def test_a_connection_gives_the_source_its_credentials(merchant_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.storekeeper_airflow.workplace import source_options

    merchant_of({"path": "sftp:///exports/{day}", "connection": "sftp_tmall"})
    connection = {
        "conn_type": "sftp", "host": "ftp.example.cn", "port": 2222, "login": "shop", "password": "very secret",
        "extra": {"host_key": "ssh-ed25519 AAAA"},
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_SFTP_TMALL", json.dumps(connection))

    options = source_options("tmall")

    assert options is not None
    assert (options["host"], options["port"], options["password"]) == ("ftp.example.cn", 2222, "very secret")
    assert "very secret" not in f"{options!r} {options}"


def test_a_channel_gets_what_its_connection_holds_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    from include.settings.channels import Channel
    from plugins.storekeeper_airflow.workplace import channel_secrets

    channels = (
        Channel(name="erp", kind="webhook", lists=("restock",), connection="erp"),
        Channel(name="post", kind="mail", lists=("restock",), connection="mail_of_li"),
        Channel(name="group", kind="wecom", lists=("restock",), connection="robot"),
    )
    said = {
        "ERP": {
            "conn_type": "http", "host": "https://erp.example.cn/in", "password": "signs",
            "extra": {"header:X-Tenant": 7},
        },
        "MAIL_OF_LI": {
            "conn_type": "smtp", "host": "smtp.example.cn", "port": 465, "login": "li", "password": "very secret",
            "extra": {"sender": "li@example.cn", "recipients": "wang@example.cn"},
        },
        "ROBOT": {"conn_type": "http", "host": "https://robot.example.cn/send?key=t0ken"},
    }  # fmt: skip
    for name, connection in said.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(connection))

    assert channel_secrets(channels) == {
        "erp": {"url": "https://erp.example.cn/in", "secret": "signs", "header:X-Tenant": "7"},
        "post": {
            "host": "smtp.example.cn", "port": "465", "user": "li", "password": "very secret",
            "sender": "li@example.cn", "recipients": "wang@example.cn",
        },
        "group": {"url": "https://robot.example.cn/send?key=t0ken"},
    }  # fmt: skip


def test_a_shop_without_a_connection_needs_none(merchant_of: Any) -> None:
    from plugins.storekeeper_airflow.workplace import source_options

    merchant_of({"path": "/exports/{day}"})

    assert source_options("tmall") is None


def test_an_address_that_holds_a_password_is_refused_and_not_repeated(merchant_of: Any) -> None:
    from include.settings.yaml_reading.yaml_files import SettingsError
    from plugins.storekeeper_airflow.workplace import merchant

    merchant_of({"path": "sftp://shop:hunter2@ftp.example.cn/{day}"})

    with pytest.raises(SettingsError, match="地址里不能写密码") as caught:
        merchant()
    assert "hunter2" not in str(caught.value)


def test_the_trigger_waits_and_hands_on_what_it_saw(merchant_of: Any, tmp_path: Path) -> None:
    """A file dated in the future is settled by having been watched; the ingesting look must know that."""
    from plugins.storekeeper_airflow.waiting import ExportsTrigger, seen_before

    merchant_of({"path": f"{tmp_path}/in/{{day}}", "settle_seconds": 1})
    file = tmp_path / "in" / "2025-11-12" / "orders.csv"
    file.parent.mkdir(parents=True)
    file.write_text("x")
    os.utime(file, (time.time() + 3600,) * 2)

    async def first_event() -> Any:
        return await anext(ExportsTrigger("tmall", "2025-11-12", "2100-01-01T00:00:00+00:00", 0.3).run())

    event = asyncio.run(asyncio.wait_for(first_event(), 30))

    assert event.payload["came"]
    assert json.loads(json.dumps(event.payload)) == event.payload
    assert seen_before(event.payload)[str(file)].size == 1


def test_a_place_that_cannot_be_reached_is_looked_at_again(merchant_of: Any, tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    from plugins.storekeeper_airflow.waiting import ExportsTrigger

    merchant_of({"path": "http://127.0.0.1:9/{day}/"})
    give_up = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()

    async def first_event() -> Any:
        return await anext(ExportsTrigger("tmall", "2025-11-12", give_up, 0.3).run())

    assert asyncio.run(asyncio.wait_for(first_event(), 30)).payload == {"came": False}
