"""What a receipt calls things, kind by kind."""

import io
from datetime import datetime
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from include.tasks.answers.answers import Answers, Entered, EnteredLine
from include.tasks.answers.receipt import HandedBack, write_receipt
from include.tasks.kinds import kind_of

AT = datetime(2025, 11, 14, 9)


def rows_of(kind: str, language: Any) -> list[list[Any]]:
    """The receipt of one line: 20 of 10 suggested units, which are worth 55.00."""
    worth = {"quantity": 10, "cost_micros": 55_000_000, "tied_up_micros": 55_000_000}
    line = EnteredLine(9, "", "A", kind, "accepted", {"quantity": 20}, worth, True, 4)
    said = HandedBack("list.xlsx", "小王", AT, language, Answers(kind, "2025-11-12", (), (), language),
                      Entered(1, 0, (), (), language, (line,)))  # fmt: skip
    rows = CalamineWorkbook.from_filelike(io.BytesIO(write_receipt(said))).get_sheet_by_index(0).to_python()
    return [[cell for cell in row if cell != ""] for row in rows if any(cell != "" for cell in row)]


@pytest.mark.parametrize(
    ("kind", "language", "totals"),
    [
        ("restock", "zh", [["合计", "行数", "件数", "货款(元)"], ["已录入", 1.0, 20.0, 110.0]]),
        ("transfer", "zh", [["合计", "行数", "件数", "运费(元)"], ["已录入", 1.0, 20.0, 110.0]]),
        ("transfer", "en", [["In all", "Lines", "Units", "Freight (yuan)"], ["Entered", 1.0, 20.0, 110.0]]),
        ("excess", "zh", [["合计", "行数", "件数", "占用资金(元)"], ["已录入", 1.0, 20.0, 110.0]]),
        ("chase", "zh", [["合计", "行数", "件数"], ["已录入", 1.0, 20.0]]),
    ],
)
def test_the_money_of_a_receipt_is_called_as_on_its_list_and_none_stands_without_worth(
    kind: str, language: Any, totals: list[list[Any]]
) -> None:
    assert rows_of(kind, language)[2:4] == totals


def test_a_line_has_the_sheets_row_and_the_lists_number() -> None:
    rows = rows_of("restock", "zh")
    assert rows[-2][:3] == ["行", "序号", "商品或客户"]
    assert rows[-1][:3] == ["9", 4.0, "A"]


def test_a_word_that_is_none_of_those_offered_stands_beside_what_it_was_taken_for() -> None:
    line = EnteredLine(9, "", "A", "restock", "done", {"quantity": 10}, {"quantity": 10}, True, 4, "已下单")
    said = HandedBack("list.xlsx", "小王", AT, "zh", Answers("restock", "2025-11-12", (), (), "zh"),
                      Entered(1, 0, (), (), "zh", (line,)))  # fmt: skip
    rows = CalamineWorkbook.from_filelike(io.BytesIO(write_receipt(said))).get_sheet_by_index(0).to_python()
    assert "完成（写的是“已下单”）" in rows[-1]


def test_a_transfer_is_named_from_one_warehouse_to_another() -> None:
    payload = {"from_warehouse": "华南仓", "warehouse": "华北仓", "sku": "KF10082"}
    assert kind_of("transfer").subject_in_words(payload) == "华南仓 → 华北仓 KF10082"
    assert kind_of("restock").subject_in_words(payload) == "华北仓 KF10082"
