"""Rows in the file = published + quarantined + ignored, and the money the same."""

import json
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from include.quality.findings import empty_reasons
from include.quality.row_ledger import LedgerError, ledger
from include.quality.verdict import NOTE_COLUMNS, BatchContext, Verdict
from tests.quality.one_part import check_frames


def verdict_of(published: list[int], quarantined=(), repeated=(), stopped: bool = False) -> Verdict:
    reasons = empty_reasons()
    if quarantined:
        reasons = pd.DataFrame({"file_line": list(quarantined), "title": "Quantity is there"})
    failures = pd.DataFrame([dict.fromkeys(NOTE_COLUMNS, "x")] if stopped else [], columns=list(NOTE_COLUMNS))
    return Verdict(
        frames={} if stopped else {"orders": pd.DataFrame({"file_line": published})},
        quarantined=reasons,
        ignored=pd.DataFrame({"file_line": list(repeated), "reason": "repeated line"}),
        warnings=pd.DataFrame(columns=list(NOTE_COLUMNS)),
        failures=failures,
    )


def ignored(*lines: int, reason: str = "total line") -> pd.DataFrame:
    return pd.DataFrame({"file_line": list(lines), "reason": reason})


def test_rows_and_money_of_a_small_file(reading) -> None:
    # given lines 2..7 worth 2..7 yuan: three published, one quarantined for two reasons, a total line, a repeated one
    file = reading(6, ignored=ignored(7))
    book = ledger(file, verdict_of([2, 3, 3, 4], quarantined=[5, 5], repeated=[6]))
    reasons = json.loads(book.pop("reasons"))
    assert book == {
        "rows_total": 6, "rows_published": 3, "rows_quarantined": 1, "rows_ignored": 2,
        "money_total_micros": 27_000_000, "money_published_micros": 9_000_000,
        "money_quarantined_micros": 5_000_000, "money_ignored_micros": 13_000_000,
    }  # fmt: skip
    assert reasons == {
        "Quantity is there": {"rows": 1, "money_micros": 5_000_000},
        "repeated line": {"rows": 1, "money_micros": 6_000_000},
        "total line": {"rows": 1, "money_micros": 7_000_000},
    }


def test_a_stopped_export_publishes_nothing_and_still_adds_up(reading) -> None:
    book = ledger(reading(3, ignored=ignored(4)), verdict_of([2, 3], quarantined=[2], stopped=True))
    assert (book["rows_published"], book["rows_quarantined"], book["rows_ignored"]) == (0, 2, 1)
    assert json.loads(book["reasons"])["the export was stopped"] == {"rows": 1, "money_micros": 3_000_000}


def test_money_that_cannot_be_read_counts_nothing(reading) -> None:
    file = reading(2)
    file.row_money["money_micros"] = pd.array([2_000_000, pd.NA], dtype="Int64")
    file.money_micros = 2_000_000
    assert ledger(file, verdict_of([2], quarantined=[3]))["money_quarantined_micros"] == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (verdict_of([2, 3]), r"3 rows in the file, 2 published \+ 0 quarantined \+ 0 ignored: file line 4 neither"),
        (verdict_of([2, 3, 4], quarantined=[4]), "file line 4 both published and quarantined"),
        (verdict_of([2, 3, 4], repeated=[2]), "file line 2 both published and ignored"),
        (verdict_of([2, 3, 4, 99]), "file line 99 published, though the file has no such row"),
    ],
)
def test_a_lost_or_doubled_row_is_named(given, says, reading) -> None:
    with pytest.raises(LedgerError, match=says):
        ledger(reading(3), given)


def test_money_that_differs_from_the_readers_sum_is_named(reading) -> None:
    file = reading(2)
    file.money_micros += 1
    with pytest.raises(LedgerError, match="difference -1"):
        ledger(file, verdict_of([2, 3]))
    file = reading(2)
    file.rows = 3
    with pytest.raises(LedgerError, match="says 3 rows and lists 2"):
        ledger(file, verdict_of([2, 3]))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_identity_holds_on_checked_mixtures(seed, frame, reading) -> None:
    # given 300 lines: some no data, some unreadable, some broken in one frame or the other, some repeated
    rng = np.random.default_rng(seed)
    fate = pd.Series(rng.choice(["good", "total", "unreadable", "order", "line"], 300, p=[0.9, 0.03, 0.02, 0.03, 0.02]))
    orders, lines = frame("orders", 300), frame("order_lines", 300)
    orders.loc[fate == "order", "total_micros"] = -5
    lines.loc[fate == "line", "quantity"] = 0
    readable = ~fate.isin(["total", "unreadable"])
    again = orders[fate == "good"].head(4)
    frames = {
        "orders": pd.concat([orders[readable], again.assign(file_line=range(302, 306))], ignore_index=True),
        "order_lines": lines[readable].reset_index(drop=True),
    }
    unreadable = orders["file_line"][fate == "unreadable"]
    rejected = pd.DataFrame({"file_line": unreadable, "column": "paid_at", "found": "?", "expected": "a time"})
    totals = ignored(*orders["file_line"][fate == "total"])
    file = reading(304, ignored=totals, rejected=rejected)
    # when it is checked and booked
    known = BatchContext.of(file, shop="tmall", day="2025-11-03", checked_at=datetime(2025, 11, 4))
    verdict = check_frames(frames, known, rejected)
    if verdict.stopped:
        assert set(verdict.failures["column"]) == {"quarantined_share"}
    book = ledger(file, verdict)
    # then rows and money add up, and every fate is where it belongs
    parts = ("published", "quarantined", "ignored")
    assert sum(book[f"rows_{part}"] for part in parts) == book["rows_total"] == 304
    assert sum(book[f"money_{part}_micros"] for part in parts) == book["money_total_micros"] == file.money_micros
    assert book["rows_ignored"] == (fate == "total").sum() + 4
    if not verdict.stopped:
        assert book["rows_published"] == (fate == "good").sum()
