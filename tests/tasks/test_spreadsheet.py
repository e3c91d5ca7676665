"""The pushed files: pleasant, exact, harmless."""

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from include.tasks.channels.file import FileChannel, delivery_key_in
from include.tasks.channels.parcel import Parcel
from include.tasks.document import Document, Line
from include.tasks.kinds import KINDS
from include.tasks.sheets import spreadsheet
from include.tasks.sheets.cells import amount_of, neutral
from include.tasks.sheets.comma_separated import write_csv
from include.tasks.sheets.digest import summary_of
from include.tasks.sheets.layout import file_name
from include.tasks.sheets.spreadsheet import FONT, write_xlsx
from include.words.texts import LANGUAGES, say
from tests.list_sheets import codes_of


def parcel(*payloads: dict[str, Any], kind: str = "restock", key: str = "k" * 64, **more: Any) -> Parcel:
    lines = tuple(
        Line(f"task{n}", f"subject{n}", n, payload.pop("urgency", 0), "2025-11-10", payload)
        for n, payload in enumerate(payloads, start=1)
    )
    notes = more.pop("notes", ())
    document = Document(kind, "2025-11-12", lines, notes, more.pop("held_back", ()), {})
    return Parcel(key, 1, more.pop("edition", 1), document, more.pop("withheld", frozenset()))


def sheet(workbook: bytes, number: int = 0) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    return book.get_sheet_by_index(number).to_python(skip_empty_area=False)


def table(workbook: bytes) -> list[dict[str, Any]]:
    """The lines by the columns' codes."""
    header, places = codes_of(openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0])
    return [{code: row[column - 1] for code, column in places.items()} for row in sheet(workbook)[header:]]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        (" =1", "' =1"),
        ("＝1+1", "'＝1+1"),
        ("-5", "-5"),
        ("+3.20", "+3.20"),
        ("-5-5", "'-5-5"),
        ("TS-01=x", "TS-01=x"),
        ("男装T恤", "男装T恤"),
        ("", ""),
        ("a\x00b\x0bc", "abc"),
    ],
)
def test_text_that_a_spreadsheet_would_execute_is_neutralised(text: str, safe: str) -> None:
    assert neutral(text) == safe


@pytest.mark.parametrize(
    ("micros", "text"),
    [(1_000_000, "1.00"), (-12_345_600, "-12.3456"), (0, "0.00"), (19_990_000, "19.99"), (1, "0.000001"),
     (9_007_199_254_740_993_000_000, "9007199254740993.00"), (100_000_000_000, "100000.00")],
)  # fmt: skip
def test_money_is_exact(micros: int, text: str) -> None:
    assert str(amount_of(micros)) == text


def test_numbers_stay_numbers_and_hostile_text_stays_text() -> None:
    one = parcel({"sku": "=cmd()", "title": "-2+3", "warehouse": "w", "quantity": 12, "safety_stock": -5,
                  "cost_micros": 66_500_000, "service_level": 950, "last_order_day": "2025-11-13"})  # fmt: skip
    workbook = write_xlsx(one, "zh")
    (line,) = table(workbook)
    assert (line["sku"], line["title"]) == ("'=cmd()", "'-2+3")
    assert (line["quantity"], line["safety_stock"], line["cost_micros"], line["service_level"]) == (12, -5, 66.5, 0.95)
    assert line["last_order_day"].isoformat() == "2025-11-13"
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml").split(b"</sheetData>")[0]

    (row,) = csv.DictReader(io.StringIO(write_csv(one, "zh").decode("utf-8-sig")))
    assert (row["商家编码"], row["建议订货"], row["安全库存"], row["货款(元)"]) == ("'=cmd()", "12", "-5", "66.50")
    assert row["服务水平"] == "95.0%"


COMPUTED = {
    "quantity": 10, "unit_cost_micros": 2_500_000, "on_hand": 10, "arriving": 6, "promised": 4, "daily_mean": "2.500",
    "cover_after_days": 8,
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_line_costs_and_how_long_it_lasts_has_its_value_beside_its_formula(language: Any) -> None:
    """For programs that compute nothing, such as a phone's preview and our own reader."""
    accepted, refused, later = (say(language, f"list.state.{state}") for state in ("accepted", "refused", "snoozed"))
    unknown = {"unit_cost_micros": None, "daily_mean": 0, "cover_after_days": None}
    one = parcel(*({"sku": sku, **COMPUTED} for sku in "ABCD"), {"sku": "E", **COMPUTED, **unknown})
    answers = {"task2": {"answer": accepted, "answer_quantity": 40}, "task3": {"answer": f"{later} 7"},
               "task4": {"answer": refused, "answer_reason": "x"}}  # fmt: skip
    workbook = write_xlsx(one, language, answers)
    values = openpyxl.load_workbook(io.BytesIO(workbook), data_only=True).worksheets[0]
    header, places = codes_of(values)
    told = [[values.cell(row, places[code]).value for code in ("if_cost", "if_cover")]
            for row in range(header + 1, header + 6)]  # fmt: skip
    assert told == [[25, 8], [100, 20], [0, 4], [0, 4], [None, None]]
    total = values.cell(header - 2, 2).value
    assert total.startswith(say(language, "list.as_answered", money="元" if language == "zh" else "yuan", sum="125.00"))
    assert total.endswith(say(language, "list.as_answered.uncounted", lines=1))
    written = openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0]
    assert all(
        str(written.cell(row, places["if_cover"]).value).startswith("=") for row in range(header + 1, header + 6)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_line_becomes_a_part_of_a_formula(language: Any) -> None:
    hostile = '=HYPERLINK("http://x","y")'
    texts = ("sku", "title", "warehouse", "supplier", "supplier_name", f"why_{language}", f"brief_{language}", "abc")
    one = parcel(
        {**dict.fromkeys(texts, hostile), **COMPUTED, "weekly_sales": "1 2x"}, notes=({"zh": hostile, "en": hostile},)
    )
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(one, language)))
    header, places = codes_of(book.worksheets[0])
    formulas = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert [(cell.row, cell.column) for cell in formulas] == [
        (header - 2, 2), (header + 1, places["if_cost"]), (header + 1, places["if_cover"]),
    ]  # fmt: skip
    texts_within = [text for cell in formulas for text in re.findall(r'"([^"]*)"', cell.value)]
    assert max(map(len, texts_within)) <= 255, "Excel opens no workbook with a longer text in a formula"
    assert not [cell.value for cell in formulas if "HYPERLINK" in cell.value or "http" in cell.value]


@pytest.mark.parametrize(
    ("course", "bars"),
    [
        ("1 4 8", "▂▅█"),
        ("8 4x 0x 0 ?", "█[▅×]▁?"),
        ("0x 0x", "[××]"),
        ("0 0", "▁▁"),
        ("? 3x", "?[█]"),
    ],
)
def test_weeks_with_an_empty_shelf_are_told_without_colours(course: str, bars: str) -> None:
    one = parcel({"sku": "A", "weekly_sales": course})
    workbook = write_xlsx(one, "zh")
    (line,) = table(workbook)
    assert line["weekly_sales"] == bars
    page = openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0]
    header, places = codes_of(page)
    legend = str(page.cell(header - 2, places["weekly_sales"]).value)
    assert all(sign in legend for sign in ("[ ]", "×", "▁", "?"))
    (row,) = csv.DictReader(io.StringIO(write_csv(one, "zh").decode("utf-8-sig")))
    assert row["近26周销量走势"] == course, "a CSV holds the numbers"


def test_a_long_list_written_row_by_row_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    one = parcel(*({"sku": sku, **COMPUTED, "weekly_sales": "8 4x 0x 0 ?"} for sku in "ABC"))
    whole = write_xlsx(one, "zh")
    monkeypatch.setattr(spreadsheet, "MANY_LINES", 2)
    by_row = write_xlsx(one, "zh")
    assert by_row != whole
    assert sheet(by_row) == sheet(whole)
    assert table(by_row)[0]["weekly_sales"] == "█[▅×]▁?"


def test_a_sheet_without_costs_or_a_course_says_nothing_of_them() -> None:
    workbook = write_xlsx(parcel({"sku": "A", "quantity": 3}), "zh")
    assert not {"if_cost", "if_cover", "weekly_sales"} & set(table(workbook)[0])
    assert "按现在填写" not in str(sheet(workbook)[:6])
    assert say("zh", "list.legend") not in str(sheet(workbook))


@pytest.mark.parametrize(
    ("language", "title", "why"), [("zh", "补货清单 2025-11-12", "中文"), ("en", "Restock list", "english")]
)
def test_the_top_says_what_the_reader_must_know(language: Any, title: str, why: str) -> None:
    one = parcel(
        {"sku": "A", "quantity": 2, "cost_micros": 3_500_000, "why_zh": "中文", "why_en": "english", "urgency": 2},
        {"sku": "B", "quantity": 1, "cost_micros": 1_000_000, "why_zh": "中文", "why_en": "english"},
        {"sku": "C", "quantity": 9, "cost_micros": 9_000_000, "why_zh": "中文", "why_en": "english"},
        notes=({"zh": "缺少店铺：抖音", "en": "missing shop: douyin"},),
        held_back=({"subject": "x"},),
        withheld=frozenset({"task3"}),
        edition=2,
    )
    workbook = write_xlsx(one, language)
    rows = sheet(workbook)
    top = " | ".join(str(row[1]) for row in rows[:7])
    assert title in top
    assert "¥4.50" in top
    assert ("缺少店铺：抖音" if language == "zh" else "missing shop: douyin") in top
    assert [line["sku"] for line in table(workbook)] == ["A", "B"]
    assert why in [line["why_zh" if language == "zh" else "why_en"] for line in table(workbook)]
    assert ("why_en" if language == "zh" else "why_zh") not in table(workbook)[0]


def test_a_restock_line_shows_its_whole_sum_and_it_adds_up() -> None:
    terms = {"period_forecast": 47, "lost_before_arrival": 7, "safety_stock": 12, "on_hand": 20, "arriving": 6,
             "promised": 3, "need": 29, "pack_rounding": 1, "moq_raise": 20, "shelf_life_cut": 0, "budget_cut": 10,
             "quantity": 40}  # fmt: skip
    (line,) = table(write_xlsx(parcel({"sku": "A", **terms}), "zh"))
    total = line["period_forecast"] - line["lost_before_arrival"] + line["safety_stock"]
    total += line["promised"] - line["on_hand"] - line["arriving"]
    assert total == line["need"] == 29
    changes = line["pack_rounding"] + line["moq_raise"] - line["shelf_life_cut"] - line["budget_cut"]
    assert max(total, 0) + changes == line["quantity"]


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_spreadsheet_that_sorts_finds_the_table_alone(kind: str) -> None:
    """Data > Sort takes the cells that touch the one under the cursor: no merged one, and none above the header."""
    one = parcel({"sku": "A", "why_zh": "x", "customer": "c1", "reason_zh": "好久没来", "channel": "call"}, kind=kind,
                 notes=({"zh": "缺少店铺：抖音。" * 30, "en": "-"},))  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(one, "zh")))
    for page in [one for one in book.worksheets if one.title in (KINDS[kind].called("zh"), "通话单")]:
        header, places = codes_of(page)
        assert not page.merged_cells.ranges
        assert all(cell.value is None for cell in page[header - 1])
        assert all(page.cell(header, column).value for column in places.values()), "nothing but headings in its row"
        assert len({page.cell(header, column).value for column in places.values()}) == len(places)
    assert "筛选按钮" in str([row[1] for row in book["说明"].values])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(KINDS))
def test_no_code_stands_on_a_sheet_that_people_type_into(kind: str, language: Any) -> None:
    """A spreadsheet offers the texts of a column while somebody types into it, hidden ones too."""
    one = parcel({"sku": "A", "why_zh": "x", "why_en": "x", "brief_zh": "x", "brief_en": "x"}, kind=kind)
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(one, language)))
    said = {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row}
    assert not {word for word in said if re.fullmatch(r"[a-z]+(_[a-z]+)+|answer", word)}


def test_the_orders_of_each_supplier_are_added_up_and_held_against_its_minimum() -> None:
    terms = {"unit_cost_micros": 5_000_000, "pack": 6, "moq": 12}
    one = parcel(
        {"supplier": "S1", "quantity": 12, "cost_micros": 60_000_000, "supplier_minimum_micros": 100_000_000, **terms},
        {"supplier": "S2", "quantity": 3, "cost_micros": 15_000_000, **terms},
        {"supplier": "S1", "quantity": 6, "cost_micros": 30_000_000, "supplier_minimum_micros": 100_000_000, **terms},
        {"supplier": "S3", "quantity": 2, "cost_micros": 10_000_000, "supplier_minimum_micros": 10_000_000, **terms},
    )
    workbook = write_xlsx(one, "zh")
    names = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).sheet_names
    assert sheet(workbook, names.index("按供应商")) == [
        ["供应商", "行数", "建议订货", "货款(元)", "起订金额(元)", "够起订金额"],
        ["S1", 2, 18, 90, 100, "差 10.00"],
        ["S2", 1, 3, 15, "", ""],
        ["S3", 1, 2, 10, 10, "够"],
        ["合计", 4, 23, 115, "", ""],
    ]
    assert [(line["unit_cost_micros"], line["pack"], line["moq"]) for line in table(workbook)] == [(5, 6, 12)] * 4


def test_the_sheet_is_frozen_filtered_coloured_and_explained() -> None:
    workbook = write_xlsx(parcel({"sku": "A", "quantity": 2, "why_zh": "x", "urgency": 2}), "zh")
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    header = next(n for n, row in enumerate(sheet(workbook)) if "序号" in row)
    assert f'ySplit="{header + 1}"' in xml
    assert 'state="frozen"' in xml
    assert "<autoFilter" in xml
    assert f'$C{header + 2}="紧急"'.replace('"', "&quot;") in xml or f'$C{header + 2}="紧急"' in xml
    assert re.search(r'<col min="1" max="1"[^>]*hidden="1"', xml)
    assert "接受,完成,拒绝,稍后" in xml
    names = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).sheet_names
    assert names == ["补货", "算式", "按供应商", "说明", "_list"]
    explained = {row[0] for row in sheet(workbook, names.index("说明"))}
    shown = {cell for cell in sheet(workbook)[header] if cell not in ("", "任务编号")}
    assert shown <= explained


def test_equal_parcels_are_equal_bytes() -> None:
    font = dict(FONT)
    assert write_xlsx(parcel({"sku": "A"}), "zh") == write_xlsx(parcel({"sku": "A"}), "zh")
    assert font == FONT, "what the library adds to it would change every workbook after the first"


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_column_and_outcome_has_its_words_in_both_languages(kind: str) -> None:
    columns, outcomes = KINDS[kind].columns, KINDS[kind].outcomes
    for language in LANGUAGES:
        assert all(column.heading(language, "CNY") and column.meaning(language) for column in columns)
        assert all(outcome.called(language) for outcome in outcomes)
        headings = [column.heading(language, "CNY") for column in KINDS[kind].columns_in(language)]
        assert len(set(headings)) == len(headings)
    assert len({column.field for column in columns}) == len(columns)


def test_a_recall_line_says_why_in_words_and_shows_no_codes() -> None:
    one = parcel(
        {
            "customer": "c1",
            "reasons": "overdue refunds",
            "why_en": "is later than their own rhythm",
            "p_churn": 812,
            "value_micros": 5_000_000,
        },
        kind="recall",
    )
    (line,) = table(write_xlsx(one, "en"))
    assert (line["why_en"], line["p_churn"], line["value_micros"]) == ("is later than their own rhythm", 0.812, 5)
    assert "reasons" not in line
    assert "answer_quantity" not in line


def test_files_are_named_by_kind_and_day() -> None:
    assert file_name(parcel(), "zh", "xlsx") == "补货_2025-11-12.xlsx"
    assert file_name(parcel(), "en", "csv") == "restock_2025-11-12.csv"
    assert file_name(parcel(kind="recall", edition=2), "zh", "xlsx") == "召回_2025-11-12_修订2.xlsx"


def test_the_folder_gets_both_files_and_nothing_half_written(tmp_path: Path) -> None:
    outcome = FileChannel("desk", str(tmp_path / "lists" / "{day}")).send(parcel({"sku": "A"}), {})
    assert outcome.state == "sent"
    files = sorted(path.name for path in (tmp_path / "lists" / "2025-11-12").iterdir())
    assert files == ["补货_2025-11-12.csv", "补货_2025-11-12.xlsx"]


def test_a_workbook_somebody_may_have_typed_into_is_never_overwritten(tmp_path: Path) -> None:
    desk = FileChannel("desk", str(tmp_path), formats=("xlsx",))
    desk.send(parcel({"sku": "A"}), {})
    path = tmp_path / "补货_2025-11-12.xlsx"
    before = path.stat().st_mtime_ns
    desk.send(parcel({"sku": "A"}), {})  # the same delivery once more
    assert path.stat().st_mtime_ns == before
    desk.send(parcel({"sku": "B"}, key="other" * 12), {})  # another list under the same name
    assert sorted(p.name for p in tmp_path.iterdir()) == ["补货_2025-11-12 (2).xlsx", "补货_2025-11-12.xlsx"]
    assert delivery_key_in(path.read_bytes()) == "k" * 64


def test_a_folder_that_cannot_be_written_is_a_definite_failure(tmp_path: Path) -> None:
    (tmp_path / "lists").write_text("a file, not a folder")
    outcome = FileChannel("desk", str(tmp_path / "lists")).send(parcel({"sku": "A"}), {})
    assert (outcome.state, outcome.may_repeat) == ("failed", True)


def test_any_fsspec_path_will_do() -> None:
    import fsspec

    FileChannel("desk", "memory://lists", language="en").send(parcel({"sku": "A"}), {})
    FileChannel("desk", "memory://lists", language="en").send(parcel({"sku": "A"}), {})
    names = sorted(Path(name).name for name in fsspec.filesystem("memory").ls("/lists", detail=False))
    assert names == ["restock_2025-11-12.csv", "restock_2025-11-12.xlsx"]


def test_the_head_of_the_transfer_list_says_units_what_they_save_and_freight() -> None:
    """The parts of a line's sum have signs there: added up over all lines they say nothing to anybody."""
    parts = {"sales_micros": 9_000_000, "relief_micros": 3_000_000, "held_micros": 1_000_000, "a_day_micros": 2_000_000}
    line = {"sku": "A", "warehouse": "n", "from_warehouse": "e", "quantity": 4, "saved_micros": 8_500_000,
            "cost_micros": 2_500_000, **parts}  # fmt: skip
    moved = parcel(line, {**line, "sku": "B", "quantity": 1_200}, kind="transfer")
    assert summary_of(moved, "zh") == "共 2 行，其中紧急 0 行，调拨件数合计 1,204，运费合计 ¥5.00，净省合计 ¥17.00"
    assert summary_of(moved, "en").startswith("2 lines, 0 of them urgent, Units to move 1,204 in all, Freight")


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_heading_needs_the_column_before_it(kind: str) -> None:
    for column in KINDS[kind].columns:
        assert not column.bare_heading("zh").removeprefix("其他").startswith("其"), column
        words = set(column.bare_heading("en").lower().split())
        assert not words & {"it", "its"}, column
