"""A workbook that goes on in further sheets, and cells that all end with a tab."""

import io

import pytest
import xlsxwriter

from include.landing.csv_records import find_delimiter
from include.landing.workbook import GridSheet, workbook_sheets

HEADER = ["订单号", "金额", "状态"]


def opened(sheets: dict[str, list[list[str]]]) -> list[GridSheet]:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        for title, rows in sheets.items():
            page = book.add_worksheet(title)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return workbook_sheets(held.getvalue(), "orders.xlsx")


def test_sheets_under_the_same_header_are_one_table() -> None:
    sheets = opened(
        {
            "1": [HEADER, ["A", "1", "x"]],
            "note": [["说明"]],
            "2": [HEADER, ["B", "2", "y", "beyond the header"]],
        }
    )

    assert [sheet.name for sheet in sheets] == ["1", "note"]
    body = sheets[0].body(0, [0, 1])
    assert body.lines.tolist() == [2, 3, 4]  # counted on: the second header is line 3
    assert body.cells[0].to_pylist() == ["A", "订单号", "B"]
    assert body.cells[1].to_pylist() == ["1", "金额", "2"]


@pytest.mark.parametrize("second", [["订单号", "金额"], ["金额", "订单号", "状态"], ["", *HEADER]])
def test_sheets_under_another_header_stay_apart(second: list[str]) -> None:
    assert [sheet.name for sheet in opened({"1": [HEADER, ["A"]], "2": [second, ["B"]]})] == ["1", "2"]


def test_sheets_that_share_a_title_only_stay_apart() -> None:
    assert len(opened({"1": [["报表"], HEADER], "2": [["报表"], ["商品", "库存", "仓库"]]})) == 2


@pytest.mark.parametrize("quote", ["", '"'])
def test_tabs_that_end_cells_part_nothing(quote: str) -> None:
    row = ",".join(f"{quote}{cell}\t{quote}" for cell in ("1", "168.99", "", "待发货")) + "\n"

    assert find_delimiter(["订单号,金额,备注,状态\n", row, row]) == ","


def test_tabs_still_part_cells_that_hold_commas() -> None:
    row = "111-1\tPan, large\t2\tSEATTLE, WA\n"

    assert find_delimiter(["id\tname\tquantity\tcity\n", row, row]) == "\t"
