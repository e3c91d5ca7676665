"""`storekeeper status`: the state of the last days and what is wrong, by text and by exit code."""

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, delete, update

from include.pipeline.watching.state_of_days import StateOfDays, state_of_days
from include.tasks.task_tables import outbox, task_lists
from include.warehouse.tables import alerts, closes, exports, watch_marks
from tests.command_lines import english_merchant, storekeeper
from tests.watching.lived import FIRST, REASON, SECOND, THIRD, live

MORNING = datetime(2025, 11, 12, 8, 10)


@pytest.fixture
def merchant(merchant_with: Callable[..., Any]) -> Any:
    """Its days are opened by the clock."""
    made = merchant_with()
    running = made.running.model_copy(update={"clock_starts": date(2025, 1, 1)})
    return made.model_copy(update={"running": running})


def looked(books: Engine, merchant: Any, clock: datetime = MORNING, **more: Any) -> StateOfDays:
    with books.connect() as connection:
        return state_of_days(connection, merchant, clock, **more)


def test_days_are_told_shop_by_shop(books: Engine, merchant: Any) -> None:
    with books.begin() as connection:
        live(connection, merchant)
    found = looked(books, merchant, count=3)
    assert [one.day for one in found.days] == [FIRST, SECOND, THIRD]
    states = {shop.name: [one.state for one in shop.days] for shop in found.shops}
    assert states == {
        "douyin": ["published"] * 3,
        "erp": ["published"] * 3,
        "jd": ["published", "late", "published"],
        "tmall": ["published", "published", "stopped"],
    }
    tmall = next(one for one in found.shops if one.name == "tmall").days[2]
    assert (tmall.published, tmall.files > 0, tmall.published_files) == (0, True, 0)
    assert tmall.stopped[0][1] == REASON
    assert sum(one.held for one in next(one for one in found.shops if one.name == "douyin").days) > 0
    assert {one.name for one in found.wrong} == {"late", "stopped", "delivery", "alert", "audit_failed"}
    assert any(REASON in one.describe("en") for one in found.wrong)


def test_a_day_that_all_went_well_is_fine(books: Engine, merchant: Any) -> None:
    with books.begin() as connection:
        live(connection, merchant)
        connection.execute(delete(alerts))
        connection.execute(update(watch_marks).values(is_well=1))
    assert looked(books, merchant, last=FIRST, count=1).wrong == []


def test_nothing_is_wrong_before_it_is_due(books: Engine, merchant: Any) -> None:
    """At 05:00 nothing of 11-11 is there, and nothing need be; at 06:31 it should be closed; its lists at 08:00."""
    with books.begin() as connection:
        live(connection, merchant)
        connection.execute(delete(alerts))
        connection.execute(update(watch_marks).values(is_well=1))
        for table in (exports, closes, outbox, task_lists):
            connection.execute(delete(table).where(table.c.day == THIRD))
    early = looked(books, merchant, MORNING.replace(hour=5), count=1)
    assert ([one.day for one in early.days], early.wrong) == ([THIRD], [])
    assert {shop.days[0].state for shop in early.shops} == {"waiting"}
    late = looked(books, merchant, MORNING.replace(hour=6, minute=31), count=1)
    assert {one.name for one in late.wrong} == {"not_closed", "late"}


def test_a_closed_day_without_lists_is_wrong_when_they_are_due(books: Engine, merchant: Any) -> None:
    with books.begin() as connection:
        live(connection, merchant, lists=False)
    names = [one.name for one in looked(books, merchant, count=1).wrong]
    assert names.count("no_list") == 2
    assert "no_list" not in [one.name for one in looked(books, merchant, MORNING.replace(hour=7), count=1).wrong]


def test_nights_without_a_backup_are_told(books: Engine, merchant: Any) -> None:
    with books.begin() as connection:
        live(connection, merchant)
        connection.execute(update(watch_marks).values(is_well=1, at="2025-11-09 00:05:00"))
    assert {"no_backup", "no_audit"} <= {one.name for one in looked(books, merchant).wrong}


@pytest.fixture
def place(sqlite_books: Engine, tmp_path: Path, merchant: Any) -> list[str]:
    """What names the merchant on a command line; its books are `sqlite_books`."""
    with sqlite_books.begin() as connection:
        live(connection, merchant)
    words = english_merchant(tmp_path)
    file = tmp_path / "merchant" / "merchant.yaml"
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    said["running"]["clock_starts"] = date(2025, 1, 1)
    file.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    return words


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_command_tells_it_and_ends_with_one(
    place: list[str], capsys: pytest.CaptureFixture[str], language: str
) -> None:
    code = storekeeper("status")([*place, "--days", "3", "--language", language], lambda _: MORNING)
    said = capsys.readouterr().out
    assert code == 1
    assert REASON in said
    lines = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line and not line.startswith(" ")}
    assert lines["掌柜样本旗舰店" if language == "zh" else "Taobao"][-3:] == ["✓", "✓", "✕"]
    assert lines["召回" if language == "zh" else "recall"][-3:] == ["1,234", "1,234", "1,234●"]
    assert ("结果不明" if language == "zh" else "unknown") in said


def test_all_well_ends_with_zero(place: list[str], sqlite_books: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite_books.begin() as connection:
        connection.execute(delete(alerts))
        connection.execute(update(watch_marks).values(is_well=1))
    assert storekeeper("status")([*place, "--day", FIRST, "--days", "1"], lambda _: MORNING) == 0
    assert capsys.readouterr().out.rstrip().endswith("All is well.")


def test_wrong_words_are_told(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert storekeeper("status")([*place, "--days", "0"], lambda _: MORNING) == 2
    assert storekeeper("status")([*place, "--day", "yesterday"], lambda _: MORNING) == 2
    assert re.search("a whole number, 1 or more", capsys.readouterr().err)
    assert storekeeper("status")([*place, "--days", "99999"], lambda _: MORNING) == 2
    assert "expected a whole number from 1 to 92, found '99999' · 要写 1 到 92 之间的整数" in capsys.readouterr().err


def test_nothing_known_of_a_day_is_not_well(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is a backup or an audit that never was passed over."""
    for day in ("2030-01-01", "1999-01-01"):
        assert storekeeper("status")([*place, "--day", day, "--days", "2"], lambda _: MORNING) == 1
        said = capsys.readouterr().out
        assert f"nothing is known of {day}" in said
        assert "All is well" not in said


def test_a_backup_that_never_was_is_said(
    place: list[str], sqlite_books: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite_books.begin() as connection:
        connection.execute(delete(watch_marks).where(watch_marks.c.name == "backup"))
    storekeeper("status")([*place, "--day", FIRST, "--days", "1"], lambda _: MORNING)
    said = capsys.readouterr().out
    assert "backup: never yet" in said
    assert "audit: never yet" not in said
