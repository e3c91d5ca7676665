"""`storekeeper day`: the steps of a business day without Airflow give what the steps give."""

import base64
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from include.pipeline import whole_day
from include.tasks.task_tables import outbox
from include.warehouse.workspace import Keys
from tests.command_lines import EXAMPLE, storekeeper

FIRST, SECOND, THIRD = date(2025, 11, 1), date(2025, 11, 2), date(2025, 11, 3)
KINDS = ("restock", "transfer", "chase", "excess", "recall")

main = storekeeper("day")


def run(home: Path, *words: str, day: date = SECOND) -> int:
    """The command at three in the morning after SECOND."""
    place = ["--merchant", str(EXAMPLE), "--home", str(home), "--day", day.isoformat()]
    return main([*place, *words], now=lambda zone: datetime(2025, 11, 3, 3))


@pytest.fixture(autouse=True)
def with_keys(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    def text(key: bytes) -> str:
        return base64.b64encode(key).decode()

    vault = {name: text(key) for name, key in keys.vault.items()}
    said = {"vault": vault, "vault_key_id": keys.vault_key_id, "customers": text(keys.customers)}
    monkeypatch.setenv("STOREKEEPER_KEYS", json.dumps(said))


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool, bool | None]]:
    """Instead of lists: the day, replay and push that they were to be published with."""
    asked: list[tuple[str, bool, bool | None]] = []

    def publish(workspace: Any, day: str, now: datetime, replay: bool, push: bool | None) -> dict[str, Any]:
        asked.append((day, replay, push))
        return {"lines": 0}

    monkeypatch.setattr(whole_day, "publish_restock_lists", publish)
    return asked


def test_its_lists_are_those_of_the_steps_and_are_pushed_once(
    first_day: Path, second_day: Path, desk_at: Callable[[Path], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    # given the second day, by the steps themselves
    by_steps = desk_at(second_day)
    by_steps.lists(SECOND)

    # when the command runs it from its folders
    by_command = desk_at(first_day)
    assert run(by_command.home) == 0

    # then both have the same lists, to the byte
    for kind in KINDS:
        assert by_command.text(kind, SECOND) == by_steps.text(kind, SECOND) is not None, kind
    said = capsys.readouterr().out
    assert "2025-11-02 接收 jd：" in said
    assert "2025-11-02 结账：" in said
    delivered = by_command.rows(outbox, outbox.c.day == SECOND.isoformat())
    assert set(delivered["state"]) == {"sent"}

    # and once more it is a replay, which says and pushes nothing new
    assert run(by_command.home) == 0
    assert "2025-11-02 补货：重放，不推送" in capsys.readouterr().out
    assert len(by_command.rows(outbox, outbox.c.day == SECOND.isoformat())) == len(delivered)


def test_a_replay_is_silent_unless_it_is_told_otherwise(
    second_day: Path, desk_at: Callable[[Path], Any], published: list[tuple[str, bool, bool | None]]
) -> None:
    home = desk_at(second_day).home
    for day, words, replay, push in (
        (SECOND, (), False, None),  # has no lists yet
        (FIRST, (), True, None),
        (FIRST, ("--push",), True, True),
        (SECOND, ("--no-push",), False, False),
    ):
        assert run(home, "--step", "restock", *words, day=day) == 0
        assert published[-1] == (day.isoformat(), replay, push)


def test_of_several_days_the_last_one_s_lists_are_pushed(
    second_day: Path, desk_at: Callable[[Path], Any], published: list[tuple[str, bool, bool | None]]
) -> None:
    assert run(desk_at(second_day).home, "--step", "restock", "--until", SECOND.isoformat(), day=FIRST) == 0
    assert published == [(FIRST.isoformat(), True, False), (SECOND.isoformat(), False, None)]


def test_late_shops_are_waited_for_until_it_is_said_not_to(
    jd_awaited: Path, desk_at: Callable[[Path], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_at(jd_awaited)
    assert run(desk.home, "--step", "close") == 1
    assert "2025-11-02 还缺 jd；不等就加 --without-late-shops" in capsys.readouterr().err
    assert run(desk.home, "--step", "close", "--without-late-shops") == 0
    assert run(desk.home, "--step", "restock", day=THIRD) == 1
    assert "2025-11-03 还没有结账" in capsys.readouterr().err
