"""Which sheets and cells of a workbook are a report, and what is told of the others."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import xlsxwriter
import xlwt
from xlwt.Cell import ErrorCell

from include.exports.reading import Reading
from include.files.content import Held
from include.files.errors import ExportError
from include.files.workbooks.xlsx_marks import Shown, shown_by
from include.platforms.read_export import read_content

HEADER = ["order", "sku", "units", "price", "at", "buyer"]
SALES = {
    "frame": "sales",
    "columns": {
        "order_id": "order",
        "merchant_code": "sku",
        "quantity": "units",
        "unit_price": "price",
        "created_at": "at",
        "buyer": "buyer",
    },
}
AT = "2026-05-12 10:00:00"


def row(order: str, units: int = 1, price: Any = 10, buyer: str = "b") -> list[Any]:
    return [order, "T1", units, price, AT, buyer]


def book(sheets: Mapping[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as target:
        for title, rows in sheets.items():
            page = target.add_worksheet(title)
            for number, cells in enumerate(rows):
                page.write_row(number, 0, cells)
            if title in hidden:
                page.hide()
            else:
                page.activate()
                page.set_first_sheet()
    return held.getvalue()


def changed(workbook: bytes, pattern: bytes, by: bytes, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """The workbook with a piece of its XML written otherwise; the piece must be there."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == part:
                content, count = re.subn(pattern, by, content)
                assert count, f"no {pattern!r}"
            new.writestr(info.filename, content)
    return held.getvalue()


def sales(content: bytes) -> Reading:
    return read_content(Held(content), platform="declared", report="sales", declared=SALES, name="sales.xlsx")


def units(reading: Reading) -> list[int]:
    return list(reading.frames["order_lines"]["quantity"])


def test_a_copy_of_the_sheet_is_read_once_and_told() -> None:
    rows = [HEADER, row("1001", 2), row("1002", 1)]

    reading = sales(book({"sales": rows, "sales (2)": rows}))

    assert (units(reading), reading.rows) == ([2, 1], 2)
    assert reading.notes == ("Sheet sales (2) repeats 2 rows of the sheets before and was not read",)


def test_a_copy_that_somebody_worked_on_stops_the_file() -> None:
    first = [HEADER, row("1001", 2), row("1002", 1), row("1003", 1)]
    edited = [HEADER, row("1001", 2), row("1002", 1), row("1003", 5)]

    with pytest.raises(ExportError, match="one is a copy, and which is right cannot be told; found 2 of 3 rows"):
        sales(book({"sales": first, "backup": edited}))


def test_a_copy_whose_every_row_was_edited_stops_the_file() -> None:
    first = [HEADER, *[row(str(1000 + n), 2) for n in range(3)]]
    edited = [HEADER, *[row(str(1000 + n), 3) for n in range(3)]]

    with pytest.raises(ExportError, match=r"values of order of sheet backup"):
        sales(book({"sales": first, "backup": edited}))


def test_an_order_whose_lines_end_one_sheet_and_begin_the_next_is_whole() -> None:
    first = [HEADER, row("1001"), row("1002", 2)]
    second = [HEADER, row("1002", 3), row("1003"), row("1004")]

    reading = sales(book({"1": first, "2": second}))

    assert units(reading) == [1, 2, 3, 1, 1]


def test_a_later_sheet_that_holds_the_first_and_more_is_read_once() -> None:
    first = [HEADER, row("1001", 2)]
    reading = sales(book({"half": first, "whole": [*first, row("1002", 4), row("1003", 5)]}))

    assert units(reading) == [2, 4, 5]
    assert any("repeats 1 rows" in note for note in reading.notes)


def test_sheets_that_go_on_below_a_title_are_all_read() -> None:
    reading = sales(
        book(
            {
                "1": [["Sales of May"], HEADER, row("1001", 2)],
                "2": [["Sales of May"], HEADER, row("1002", 3)],
                "3": [["Sales of May", "continued"], [], HEADER, row("1003", 4)],
            }
        )
    )

    assert units(reading) == [2, 3, 4]
    # the title and header of a further sheet cost no row: the header once more is ignored
    assert reading.ignored.values.tolist() == [[5, "repeated header line"], [9, "repeated header line"]]


def test_an_english_header_in_the_middle_of_a_csv_is_ignored() -> None:
    head = ",".join(HEADER)

    reading = sales(f"{head}\n1,T1,1,10,2026-05-12,b\n{head}\n2,T1,2,10,2026-05-12,b\n".encode())

    assert units(reading) == [1, 2]
    assert reading.ignored.values.tolist() == [[3, "repeated header line"]]
    assert reading.rejected.empty


def test_a_full_sheet_goes_on_in_the_next_without_a_header() -> None:
    held = xlwt.Workbook()
    first, second = held.add_sheet("1"), held.add_sheet("2")
    for column, name in enumerate(HEADER):
        first.write(0, column, name)
    for number in range(1, 65_536):
        for column, cell in enumerate(row(f"A{number}")):
            first.write(number, column, cell)
    for column, cell in enumerate(row("B1", 7)):
        second.write(0, column, cell)
    out = io.BytesIO()
    held.save(out)

    reading = sales(out.getvalue())

    assert reading.rows == 65_536
    assert units(reading)[-1] == 7
    assert reading.notes == ("Sheet 2 was read as going on, without a header, where a full sheet ends",)


def test_a_hidden_sheet_is_not_read_beside_one_that_is_seen() -> None:
    reading = sales(book({"old": [HEADER, row("0999", 9)], "now": [HEADER, row("1001", 2)]}, hidden=["old"]))

    assert (reading.sheet, units(reading)) == ("now", [2])
    assert reading.notes == ("Sheet old is hidden and was not read (1 rows)",)


def test_a_hidden_sheet_that_alone_holds_the_report_is_read_and_told() -> None:
    reading = sales(book({"info": [["see"]], "data": [HEADER, row("1001", 2)]}, hidden=["data"]))

    assert units(reading) == [2]
    assert reading.notes == ("Sheet data is hidden and was read: no other sheet holds the report",)


def test_a_sheet_that_is_another_report_is_named() -> None:
    reading = sales(book({"now": [HEADER, row("1001", 2)], "pivot": [["a", "b", "c", "d", "e", "f", "g"], [1] * 7]}))

    assert units(reading) == [2]
    assert reading.notes == ("Sheet pivot was not read (2 rows): it has no header of declared report sales",)


def test_rows_that_a_filter_hides_are_read_and_told() -> None:
    workbook = changed(book({"s": [HEADER, row("1001"), row("1002")]}), rb'<row r="3"', b'<row hidden="1" r="3"')

    reading = sales(workbook)

    assert units(reading) == [1, 1]
    assert reading.notes == ("1 rows of sheet s are hidden (a filter, most likely) and were read",)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (b'<c r="D2"><f>B2*2</f></c>', "a formula without a value"),
        (b'<c r="D2"><f>B2*2</f><v></v></c>', "a formula without a value"),
        (b'<c r="D2"><f ca="1">B2*2</f><v/></c>', "a formula without a value"),
        (b'<c s="0" r="D2" t="e"><f>A9</f><v>#REF!</v></c>', "#REF!"),
        (b'<c r="D2" t="e"><v>#N/A</v></c>', "#N/A"),
    ],
)
def test_a_price_that_is_no_value_holds_its_row_back(cell: bytes, found: str) -> None:
    workbook = changed(book({"s": [HEADER, row("1001", 2), row("1002", 3)]}), rb'<c r="D2">.*?</c>', cell)

    reading = sales(workbook)

    assert units(reading) == [3]
    assert reading.rejected[["file_line", "column", "found"]].values.tolist() == [[2, "price", found]]


def test_a_zero_that_the_workbook_asks_to_be_computed_is_no_value() -> None:
    """Programs that compute nothing write 0 for every formula, and that it be computed on loading."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as target:
        page = target.add_worksheet("s")
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, row("1001"))
        page.write_formula(1, 3, "=5*2")

    assert sales(held.getvalue()).rejected["found"].tolist() == ["a formula without a value"]


def test_a_formula_that_gives_an_empty_text_is_blank() -> None:
    workbook = changed(
        book({"s": [HEADER, row("1001")]}), rb'<c r="F2".*?</c>', b'<c r="F2" t="str"><f>""</f><v></v></c>'
    )

    reading = sales(workbook)

    assert reading.rejected.empty
    assert reading.frames["orders"]["buyer"].isna().tolist() == [True]


@pytest.mark.parametrize("error", ["#N/A", "#NAME?", "Err:502"])
def test_an_error_is_no_code_in_a_csv_either(error: str) -> None:
    content = f"order,sku,units,price,at,buyer\n1,{error},1,10,2026-05-12,b\n2,T1,1,10,2026-05-12,b\n"

    reading = sales(content.encode())

    assert units(reading) == [1]
    assert reading.rejected[["column", "found"]].values.tolist() == [["sku", error]]


def test_errors_of_an_old_workbook_are_no_blanks() -> None:
    held = xlwt.Workbook()
    page = held.add_sheet("s", cell_overwrite_ok=True)
    for number, cells in enumerate([HEADER, row("1001")]):
        for column, cell in enumerate(cells):
            page.write(number, column, cell)
    page.row(1).insert_cell(3, ErrorCell(1, 3, 0, 0x17))
    out = io.BytesIO()
    held.save(out)

    assert sales(out.getvalue()).rejected[["column", "found"]].values.tolist() == [["price", "#REF!"]]


def test_an_order_number_merged_over_its_lines_stands_on_each() -> None:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as target:
        page = target.add_worksheet("s")
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, row("x", 2))
        page.write_row(2, 0, row("x", 1))
        page.write_row(3, 0, row("1002", 5))
        page.merge_range(1, 0, 2, 0, "1001")
        page.merge_range(1, 4, 2, 4, AT)

    reading = sales(held.getvalue())

    assert list(reading.frames["order_lines"]["order_id"]) == ["1001", "1001", "1002"]
    assert reading.frames["order_lines"]["created_at"].notna().all()


def test_an_amount_merged_over_lines_is_not_counted_twice() -> None:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as target:
        page = target.add_worksheet("s")
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, row("1001", 2))
        page.write_row(2, 0, row("1001", 1))
        page.merge_range(1, 3, 2, 3, 25)

    reading = sales(held.getvalue())

    assert reading.money_micros == 50_000_000  # 2 x 25, of the first line
    assert reading.rejected[["file_line", "found"]].values.tolist() == [[3, "25, merged with the cell above"]]


def test_digits_that_the_number_format_adds_belong_to_the_code() -> None:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as target:
        padded = target.add_format({"num_format": "000000"})
        page = target.add_worksheet("s")
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, row("1001"))
        page.write_number(1, 1, 42, padded)

    assert list(sales(held.getvalue()).frames["order_lines"]["merchant_code"]) == ["000042"]


def test_an_id_beyond_fifteen_digits_in_a_number_cell_is_damaged() -> None:
    content = book({"s": [HEADER, [6917926768823643751, "T1", 1, 10, AT, "b"]]})

    assert sales(content).rejected[["column", "found"]].values.tolist() == [["order", "6.91793E+18"]]


def test_letters_that_the_number_format_adds_belong_to_the_code_and_the_amount() -> None:
    # given 42 shown as SO-0042, and 10 shown as 10箱
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as target:
        page = target.add_worksheet("s")
        page.write_row(0, 0, HEADER)
        for number, units_format in ((1, '0"件"'), (2, '0"箱"')):
            page.write_row(number, 0, row("1001", price=12.5))
            page.write_number(number, 0, 41 + number, target.add_format({"num_format": '"SO-"0000'}))
            page.write_number(number, 2, 10, target.add_format({"num_format": units_format}))
            page.write_number(number, 3, 12.5, target.add_format({"num_format": '#,##0.00"元"'}))

    reading = sales(held.getvalue())

    assert reading.frames["orders"][["order_id", "total_micros"]].values.tolist() == [["SO-0042", 125_000_000]]
    assert reading.rejected[["column", "found"]].values.tolist() == [["units", "10箱"]]


@pytest.mark.parametrize(
    ("code", "shown"),
    [("0000", Shown("", 4, "")), ('"SO-"0000', Shown("SO-", 4, "")), ("[$€-407]#,##0.00", Shown("€", 0, "")),
     ('0.0,"万"', None), ('0!.0,"万"', None), ('yyyy"年"m"月"d"日"', None), ("0%", None), ("#,##0.00", None),
     ("000-0000", None)],
)  # fmt: skip
def test_a_format_that_shows_another_number_adds_nothing(code: str, shown: Shown | None) -> None:
    assert shown_by(code) == shown


def test_a_column_that_stands_twice_is_told() -> None:
    reading = sales(book({"s": [[*HEADER, "units"], [*row("1001", 2), 99]]}))

    assert units(reading) == [2]
    assert reading.notes == ("Column units stands in the header 2 times: the first was read",)
