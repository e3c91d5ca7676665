"""Which exports of a day are there, and whether they are still being written."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.files.arrivals import arrival_chunks, find_exports

NOW = datetime(2026, 5, 2, 0, 30, tzinfo=UTC)
PATTERNS = {"refunds": "*退款*", "orders": "ExportOrderList*", "items": "ExportItem*"}


def put(folder: Path, name: str, age_seconds: float, content: bytes = b"x") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    moment = (NOW - timedelta(seconds=age_seconds)).timestamp()
    os.utime(path, (moment, moment))


def test_what_is_there_what_is_young_and_what_is_missing(tmp_path: Path) -> None:
    put(tmp_path / "2026-05-01", "ExportOrderList202605020010.csv", 600)
    put(tmp_path / "2026-05-01", "退款报表.xls", 10)
    put(tmp_path / "2026-05-02", "ExportItemlList202605030010.csv", 600)  # another day's

    look = find_exports(str(tmp_path / "{day}"), "2026-05-01", PATTERNS, NOW, settle_seconds=60)

    assert [(a.report, a.name, a.stable) for a in look.found] == [
        ("orders", "ExportOrderList202605020010.csv", True), ("refunds", "退款报表.xls", False),
    ]  # fmt: skip
    assert (look.missing, look.unstable) == (("items",), ("refunds",))
    assert look.complete(["orders"])
    assert not look.complete(["orders", "refunds"])
    assert not look.complete(["orders", "items"])
    assert not look.complete({"orders": 2})


def test_a_file_is_stable_when_it_looked_the_same_long_enough(tmp_path: Path) -> None:
    # given a file from a clock that goes ahead of ours
    put(tmp_path / "2026-05-01", "ExportOrderList1.csv", -3600)
    source = str(tmp_path / "{day}")

    first = find_exports(source, "2026-05-01", PATTERNS, NOW, 60)
    soon = find_exports(source, "2026-05-01", PATTERNS, NOW + timedelta(seconds=30), 60, first.seen)
    later = find_exports(source, "2026-05-01", PATTERNS, NOW + timedelta(seconds=60), 60, soon.seen)

    assert [look.found[0].stable for look in (first, soon, later)] == [False, False, True]


def test_a_file_that_grew_starts_anew(tmp_path: Path) -> None:
    put(tmp_path / "2026-05-01", "ExportOrderList1.csv", -3600, b"x")
    source = str(tmp_path / "{day}")
    first = find_exports(source, "2026-05-01", PATTERNS, NOW, 60)
    put(tmp_path / "2026-05-01", "ExportOrderList1.csv", -3600, b"xy")

    later = find_exports(source, "2026-05-01", PATTERNS, NOW + timedelta(seconds=90), 60, first.seen)

    assert not later.found[0].stable


def test_unfinished_downloads_and_lock_files_are_not_exports(tmp_path: Path) -> None:
    for name in ("ExportOrderList1.csv.crdownload", "~$ExportOrderList.xlsx", ".ExportOrderList1.csv", "readme.txt"):
        put(tmp_path / "2026-05-01", name, 600)

    look = find_exports(str(tmp_path / "{day}"), "2026-05-01", {"orders": "*ExportOrderList*"}, NOW, 60)

    assert look.found == ()
    assert look.missing == ("orders",)


def test_a_folder_that_is_not_there_yet_is_all_missing(tmp_path: Path) -> None:
    look = find_exports(str(tmp_path / "{day}"), "2026-05-01", PATTERNS, NOW, 60)

    assert look.missing == ("refunds", "orders", "items")


def test_a_day_may_stand_in_the_name(tmp_path: Path) -> None:
    put(tmp_path, "stock_20260501.csv", 600)
    put(tmp_path, "stock_20260502.csv", 600)

    look = find_exports(str(tmp_path), "2026-05-01", {"stock": "stock_{yyyymmdd}*"}, NOW, 60)

    assert [arrival.name for arrival in look.found] == ["stock_20260501.csv"]
    with arrival_chunks(look.found[0], str(tmp_path)) as chunks:
        assert list(chunks or ()) == [b"x"]


def test_a_file_of_two_patterns_belongs_to_the_first(tmp_path: Path) -> None:
    put(tmp_path, "售后单.csv", 600)
    put(tmp_path, "1790059200_0123.csv", 600)

    look = find_exports(str(tmp_path), "2026-05-01", {"refunds": "*售后*", "orders": "*.csv"}, NOW, 60)

    assert [(arrival.report, arrival.name) for arrival in look.found] == [
        ("orders", "1790059200_0123.csv"), ("refunds", "售后单.csv"),
    ]  # fmt: skip


def test_the_clock_must_be_aware(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="aware"):
        find_exports(str(tmp_path), "2026-05-01", PATTERNS, datetime(2026, 5, 2), 60)
