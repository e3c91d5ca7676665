"""Data Docs say in words and colours how each rule came out: no font is wanted, and a warning is no failure."""

import re
from pathlib import Path

from include.quality.data_docs import build_data_docs
from include.quality.data_docs_status import state_of_all
from tests.quality.one_part import check_frames

PASSED, NOTED, BROKEN = "✓ passed · 通过", "! note · 提醒", "✗ broken · 有问题"


def shown(text: str) -> str:
    """What a reader sees of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)))


def page_of(index: Path, suite: str) -> str:
    (page,) = index.parent.glob(f"validations/{suite}/*/*/*.html")
    return page.read_text(encoding="utf-8")


def test_a_day_without_a_finding_is_green(frame, context, tmp_path: Path) -> None:
    verdict = check_frames({"orders": frame("orders", 30)}, context(30))
    index = build_data_docs(verdict.results, tmp_path / "docs")
    told = shown(index.read_text(encoding="utf-8"))
    assert PASSED in told
    assert NOTED not in told
    assert BROKEN not in told
    page = page_of(index, "orders")
    assert "<i class" not in page
    assert f"Status: {PASSED}" in shown(page)
    assert shown(page).count(PASSED) == 1 + len(verdict.results[0]["results"])


def test_a_warning_is_yellow_and_its_row_tells_rule_and_action(frame, context, tmp_path: Path) -> None:
    lines = frame("order_lines", 30)
    lines.loc[0, "refunded_micros"] = 263_000_000
    verdict = check_frames({"order_lines": lines}, context(30))
    assert [state_of_all(result) for result in verdict.results] == ["noted", "passed"]
    index = build_data_docs(verdict.results, tmp_path / "docs")
    told = shown(index.read_text(encoding="utf-8"))
    assert NOTED in told
    assert BROKEN not in told
    page = page_of(index, "order_lines")
    assert '<span class="state noted">' in page
    assert '<span class="state broken">' not in page
    text = shown(page)
    assert "expected: refunded_micros ≤ paid_micros + the order's freight" in text.replace("&#x27;", "'")
    assert "what to do: Noted only; look at the rows if they become many." in text
    assert "paid + freight = 120.00 · refunded = 263.00" in text, "two amounts, told apart and in whole units"


def test_a_critical_rule_is_red(frame, context, tmp_path: Path) -> None:
    orders = frame("orders", 30)
    orders.loc[0, "status"] = "lost"
    verdict = check_frames({"orders": orders}, context(30))
    index = build_data_docs(verdict.results, tmp_path / "docs")
    assert BROKEN in shown(index.read_text(encoding="utf-8"))
    assert '<span class="state broken">' in page_of(index, "orders")
