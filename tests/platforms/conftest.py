"""What the tests of the readers share: the fixtures' folder, and the ledger that every reading must balance."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from include.exports.reading import Reading

FIXTURES = Path(__file__).parent / "fixtures"
# Which frame carries a report's money, and in which column; and reports whose money is another column's.
MONEY = {
    "traffic": "paid_micros",
    "money_movements": "amount_micros",
    "orders": "total_micros",
    "order_lines": "paid_micros",
    "refunds": "refunded_micros",
}
OTHER_MONEY = {"ads": "spend_micros", "live_page": "turnover_micros"}


@pytest.fixture
def fixtures() -> Path:
    return FIXTURES


@pytest.fixture
def balanced() -> Callable[[Reading], None]:
    return assert_balanced


def assert_balanced(reading: Reading) -> None:
    """Every row is in exactly one of published, ignored, rejected; the published money is the money of its rows."""
    published = {int(line) for frame in reading.frames.values() for line in frame["file_line"]}
    ignored, rejected = reading.ignored["file_line"].tolist(), set(reading.rejected["file_line"])
    assert len(ignored) == len(set(ignored))
    assert not published & set(ignored)
    assert not published & rejected
    assert not set(ignored) & rejected
    lines = reading.row_money["file_line"].tolist()
    assert published | set(ignored) | rejected == set(lines)
    assert len(lines) == len(set(lines)) == reading.rows
    assert lines == sorted(lines)
    assert reading.raw["file_line"].tolist() == lines
    assert int(reading.row_money["money_micros"].sum()) == reading.money_micros
    frame = next((name for name in MONEY if name in reading.frames), None)
    if frame is not None:
        rows = reading.row_money[reading.row_money["file_line"].isin(published)]
        assert _signed(reading, frame) == int(rows["money_micros"].sum())


def _signed(reading: Reading, frame: str) -> int:
    """The published frames' money; sales with returns subtract them."""
    money: pd.Series = reading.frames[frame][OTHER_MONEY.get(reading.report, MONEY[frame])]
    total = int(money.sum())
    if reading.platform == "declared" and "refunds" in reading.frames and frame != "refunds":
        return total - int(reading.frames["refunds"]["refunded_micros"].sum())
    return total
