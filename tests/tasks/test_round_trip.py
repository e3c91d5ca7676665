"""What people do to a list before they hand it back, case by case: entered, or refused with what to write instead."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.worksheet.table import Table
from sqlalchemy import Engine

from include.tasks.answers.answers import Entered, NotAListError, enter_answers, read_answers, report
from include.tasks.answers.clean_sheet import clean_sheet
from include.tasks.answers.plausibility import BUDGET
from include.tasks.answers.receipt import HandedBack, write_receipt
from include.tasks.answers.written import WrittenDay, number_in_words, written_day
from include.tasks.channels.delivery import deliver
from include.tasks.channels.file import FileChannel
from include.tasks.drafts import task_id
from include.tasks.publish_list import publish_list
from include.tasks.sheets.spreadsheet import HEADING_OF, LIST_SHEET
from include.tasks.task_queries import one_task
from tests.list_sheets import codes_of
from tests.task_books import act

pytestmark = pytest.mark.slow

DAY, MORNING = "2025-11-12", "2025-11-13"  # a Wednesday, and the Thursday on which its list is worked


@pytest.fixture
def push(books: Engine, make: Any, tmp_path: Path) -> Callable[..., Path]:
    """Publish a list of A to E, 10 units each at 5.50, and lay its spreadsheet down."""

    def push(language: Any = "zh", **manifest: Any) -> Path:
        lines = make.restock(DAY, *(make.draft(s) for s in "ABCDE"))
        object.__setattr__(lines, "manifest", {**lines.manifest, **manifest})
        publish_list(books, lines, make.at(MORNING, 2), channels=["desk"])
        deliver(
            books, [FileChannel("desk", str(tmp_path / "out"), language, ("xlsx",))], {}, lambda: make.at(MORNING, 3)
        )
        return next((tmp_path / "out").glob("*.xlsx"))

    return push


class Sheet:
    """A pushed list under somebody's hands."""

    def __init__(self, path: Path) -> None:
        self.book = openpyxl.load_workbook(path, rich_text=True)
        self.sheet = self.book.worksheets[0]
        self.header_row, _ = codes_of(self.sheet)

    def place(self, code: str) -> int:
        return codes_of(self.sheet)[1][code]

    def row(self, sku: str) -> int:
        place = self.place("sku")
        rows = range(self.header_row + 1, self.sheet.max_row + 1)
        return next(row for row in rows if self.sheet.cell(row, place).value == sku)

    def write(self, of: str, **cells: Any) -> "Sheet":
        row = self.row(of)
        for code, value in cells.items():
            self.sheet.cell(row, self.place(code)).value = value
        return self

    def write_heading(self, code: str, text: str) -> None:
        self.sheet.cell(self.header_row, self.place(code)).value = text

    def saved(self) -> bytes:
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()


def enter(books: Engine, workbook: bytes, who: str = "小王", hour: int = 9) -> Entered:
    return enter_answers(books, read_answers(workbook, MORNING), who, datetime(2025, 11, 13, hour))


def state(books: Engine, sku: str) -> tuple[str, dict[str, Any]]:
    with books.connect() as connection:
        task = one_task(connection, task_id("restock", DAY, f"hangzhou/{sku}"))
    assert task is not None
    return task.state, {name: value for name, value in task.answer.items() if name != "measures"}


REFUSED = [
    ({"answer": "完成", "answer_quantity": "六十"}, "实际数量：填的是“六十”，请写数字 60"),
    ({"answer": "完成", "answer_quantity": 0}, "实际数量：填的是“0”，0 件就是不做：请在“处理结果”选 拒绝 并写原因"),
    ({"answer": "完成", "answer_quantity": -5}, "实际数量：填的是“-5”，件数不能是负数"),
    ({"answer": "完成", "answer_quantity": 1.5}, "实际数量：填的是“1.5”，件数不能是小数"),
    ({"answer": "完成", "answer_quantity": 99999999}, "超过建议件数 10 的 3 倍"),
    ({"answer": "完成", "answer_quantity": 99999999, "answer_reason": "确认"}, "请填 1 到 10000000 之间的整数"),
    ({"answer": "完成", "answer_quantity": "#N/A"}, "实际数量：填的是“#N/A”，这一格是错误值或没有算出结果的公式"),
    ({"answer": "完成", "answer_quantity": "#REF!"}, "实际数量：填的是“#REF!”，这一格是错误值或没有算出结果的公式"),
    ({"answer": "完成", "answer_quantity": "=H10"}, "实际数量：填的是“没有值的公式”，这一格是错误值"),
    ({"answer": "拒绝", "answer_reason": "#NAME?"}, "原因：填的是“#NAME?”，这一格是错误值"),
    ({"answer": "OK"}, "处理结果：填的是“OK”，请选 接受、完成、拒绝 或 稍后；同意就写 接受"),
    ({"answer": "拒绝"}, "原因：填的是“”，请写拒绝的原因"),
    ({"answer_reason": "再看看"}, "处理结果：填的是“”，其他列已填写，这里请选 接受、完成、拒绝 或 稍后"),
    ({"answer": "完成", "answer_expected_day": "2024-01-01"}, "请填 2025-11-12 起两年内的日期"),
    ({"answer": "完成", "answer_expected_day": "尽快"}, "预计到货：填的是“尽快”，请填日期，如 2025-11-20 或 11月20日"),
    ({"answer": "完成", "answer_expected_day": "下周"}, "预计到货：填的是“下周”，请填日期"),
    ({"answer": "稍后", "answer_quantity": 5}, "实际数量：填的是“5”，稍后 不填数量；现在就办，请在“处理结果”选 接受"),
    ({"answer": "稍后", "answer_expected_day": "月底"}, "预计到货：填的是“月底”，请写提醒日，如 2025-11-20"),
    ({"answer": "稍后 看情况"}, "处理结果：填的是“稍后 看情况”，请写提醒日"),
    (
        {"answer": "稍后", "answer_expected_day": "2025-11-13"},
        "提醒日请填 2025-11-13 之后、2026-02-11 之前（含）的日期",
    ),
    ({"answer": "稍后", "answer_expected_day": "100天"}, "提醒日请填 2025-11-13 之后、2026-02-11 之前（含）的日期"),
]


@pytest.mark.parametrize(("cells", "told"), REFUSED)
def test_what_is_not_understood_is_refused_by_row_and_product(
    books: Engine, push: Callable[..., Path], cells: dict[str, Any], told: str
) -> None:
    sheet = Sheet(push()).write("B", **cells).write("C", answer="接受")
    entered = enter(books, sheet.saved())
    head, line = report(entered)
    assert head == "已录入 1 行，早已录入 0 行，未录入 1 行"
    assert line.startswith(f"第 {sheet.row('B')} 行 hangzhou B product B，")
    assert told in line
    assert (state(books, "B")[0], state(books, "C")[0]) == ("open", "accepted")


def test_an_english_list_is_answered_in_english(books: Engine, push: Callable[..., Path]) -> None:
    sheet = Sheet(push("en")).write("B", answer="done", answer_quantity=0).write("C", answer="fine")
    lines = report(enter(books, sheet.saved()))
    assert lines[0] == "0 lines entered, 0 known already, 2 not entered"
    assert "0 units means not doing it: choose refuse, and say why" in lines[1]
    assert "found 'fine', expected accept, done, refuse or later; to agree, write accept" in lines[2]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("11月20日", "2025-11-20"), ("11月20号", "2025-11-20"), ("2025年11月20日", "2025-11-20"),
        ("11/20", "2025-11-20"),
        ("下周三", "2025-11-19"), ("下个星期三", "2025-11-19"), ("周五", "2025-11-14"), ("本周日", "2025-11-16"),
        ("下下周一", "2025-11-24"), ("明天", "2025-11-14"), ("后天", "2025-11-15"), ("5天后", "2025-11-18"),
        ("20 Nov", "2025-11-20"), ("tomorrow", "2025-11-14"), (datetime(2025, 11, 20), "2025-11-20"),
        (45981, "2025-11-20"),
    ],
)  # fmt: skip
def test_days_as_people_write_them_are_understood(
    books: Engine, push: Callable[..., Path], written: Any, day: str
) -> None:
    entered = enter(books, Sheet(push()).write("A", answer="完成", answer_expected_day=written).saved())
    assert entered.problems == ()
    assert state(books, "A")[1]["expected_day"] == day


@pytest.mark.parametrize(
    ("cells", "until", "reason"),
    [
        ({"answer": "稍后"}, "2025-11-20", None),
        ({"answer": "稍后提醒", "answer_reason": "等新品定价"}, "2025-11-20", "等新品定价"),
        ({"answer": "later", "answer_expected_day": datetime(2025, 12, 1)}, "2025-12-01", None),
        ({"answer": "稍后", "answer_expected_day": "12月1日", "answer_reason": "等样品"}, "2025-12-01", "等样品"),
        ({"answer": "稍后", "answer_expected_day": 5}, "2025-11-18", None),
        ({"answer": "稍后", "answer_expected_day": "5天"}, "2025-11-18", None),
        ({"answer": "稍后", "answer_expected_day": "两周后"}, "2025-11-27", None),
        ({"answer": "稍后", "answer_reason": "到12月1日"}, "2025-12-01", None),
        ({"answer": "稍后", "answer_reason": "十天"}, "2025-11-23", None),
        ({"answer": "稍后 3 天"}, "2025-11-16", None),
        ({"answer": "稍后（到下周三）"}, "2025-11-19", None),
        ({"answer": "snooze until 2025-12-01"}, "2025-12-01", None),
    ],
)
def test_a_line_is_put_off_until_the_day_that_is_written_or_for_a_week(
    books: Engine, push: Callable[..., Path], cells: dict[str, Any], until: str, reason: str | None
) -> None:
    entered = enter(books, Sheet(push()).write("A", **cells).saved())
    assert [str(one) for one in entered.problems] == []
    assert state(books, "A") == ("snoozed", {"until": until, **({"reason": reason} if reason else {})})


def test_a_line_that_was_put_off_stays_so_and_comes_again_on_its_day(
    books: Engine, push: Callable[..., Path], make: Any
) -> None:
    path = push()
    workbook = Sheet(path).write("A", answer="稍后").write("B", answer="接受").saved()
    first = enter(books, workbook)
    assert report(first) == ["已录入 2 行，早已录入 0 行，未录入 0 行"]
    # handed back again, also days later: no day was written, so the day stays
    assert report(enter(books, workbook, hour=10))[0] == "已录入 0 行，早已录入 2 行，未录入 0 行"
    later = enter_answers(books, read_answers(workbook, "2025-11-17"), "小王", datetime(2025, 11, 17, 9))
    assert (later.changed, later.unchanged) == (0, 2)
    # another person is asked about, as of any answer
    (problem,) = enter(books, Sheet(path).write("A", answer="接受").saved(), "小李", 11).problems
    assert "小王 已答复“稍后”" in problem.expected
    # and the lists until then leave it out, unless it changes
    for day, held in (("2025-11-13", 1), ("2025-11-19", 1), ("2025-11-20", 0)):
        published = publish_list(books, make.restock(day, make.draft("A")), make.at(day, 2))
        assert published.held_back == held, day


def test_the_receipt_and_a_clean_sheet_name_the_day(books: Engine, push: Callable[..., Path]) -> None:
    read = read_answers(Sheet(push()).write("A", answer="稍后", answer_expected_day="12月1日").saved(), MORNING)
    entered = enter_answers(books, read, "小王", datetime(2025, 11, 13, 9))
    receipt = write_receipt(HandedBack("a.xlsx", "小王", datetime(2025, 11, 13, 9), "zh", read, entered))
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(receipt)).active.values for cell in row if cell]
    assert "稍后，2025-12-01 再提醒" in cells
    assert "其中 稍后" in cells
    with books.connect() as connection:
        clean = clean_sheet(connection, "restock", DAY, "zh")
    again = enter_answers(books, read_answers(clean.content, MORNING), "小王", datetime(2025, 11, 13, 10))
    assert (again.changed, again.unchanged, again.problems) == (0, 1, ())


def test_next_wednesday_is_not_clear_once_a_week_has_passed() -> None:
    assert written_day("下周三", DAY, MORNING) == WrittenDay("2025-11-19")
    assert written_day("下周三", DAY, "2025-11-17") == WrittenDay(None, ("2025-11-19", "2025-11-26"))
    assert written_day("周三", DAY, MORNING) == WrittenDay(None), "this week's Wednesday is over"
    assert written_day("下周三", "", MORNING) == WrittenDay("2025-11-19")
    for cell in ("2025-11-19 00:00:00", "2025-11-19", "45980", "45980.75"):  # as workbooks keep a date
        assert written_day(cell, DAY, MORNING) == WrittenDay("2025-11-19")


def test_an_unclear_day_is_told_with_both_days(books: Engine, push: Callable[..., Path]) -> None:
    workbook = Sheet(push()).write("A", answer="完成", answer_expected_day="下周三").saved()
    (problem,) = enter_answers(books, read_answers(workbook, "2025-11-17"), "li", datetime(2025, 11, 17, 9)).problems
    assert problem.expected == "从清单的那天算是 2025-11-19，从今天算是 2025-11-26，请写明日期"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("六十", 60),
        ("十二", 12),
        ("一百二十件", 120),
        ("两千零五", 2005),
        ("三万五千", 35_000),
        ("好的", None),
        ("", None),
    ],
)
def test_numbers_in_words_are_known(text: str, number: int | None) -> None:
    assert number_in_words(text) == number


def test_answered_again_by_the_same_person_or_another(books: Engine, push: Callable[..., Path]) -> None:
    path = push()
    workbook = Sheet(path).write("A", answer="接受").write("B", answer="完成").saved()
    enter(books, workbook)
    again = enter(books, workbook, hour=10)
    assert report(again) == ["已录入 0 行，早已录入 2 行，未录入 0 行"]
    by_another = enter(books, workbook, "小李", 11)
    assert report(by_another) == ["已录入 0 行，早已录入 2 行，未录入 0 行", "其中 2 行与 小王 早先的答复相同。"]
    changed = enter(books, Sheet(path).write("A", answer="完成", answer_quantity=12).saved(), hour=12)
    assert report(changed) == ["已录入 1 行，早已录入 0 行，未录入 0 行", "其中 1 行改动了您早先的答复。"]


def test_what_is_done_cannot_become_accepted_and_the_message_says_what_can(
    books: Engine, push: Callable[..., Path]
) -> None:
    path = push()
    enter(books, Sheet(path).write("A", answer="完成", answer_quantity=12).saved())
    entered = enter(books, Sheet(path).write("A", answer="接受").saved(), hour=10)
    (line,) = report(entered)[1:]
    assert "hangzhou A product A，" in line
    assert "填的是“接受”，小王 已答复“完成” 12 件，不能这样改；若没有做成，请选 拒绝 并写原因" in line


def test_a_withdrawn_line_says_so(books: Engine, push: Callable[..., Path], make: Any) -> None:
    path = push()
    publish_list(books, make.restock("2025-11-13", make.draft("B")), make.at("2025-11-14", 2))
    workbook = Sheet(path).write("A", answer="拒绝", answer_reason="不要").write("C", answer="完成").saved()
    entered = enter(books, workbook)
    assert [problem.expected for problem in entered.problems] == ["该任务已撤回，不必再答复；若已做了，请选 完成"]
    assert state(books, "C")[0] == "done"


def test_orders_beyond_the_days_budget_are_asked_about(books: Engine, push: Callable[..., Path]) -> None:
    path = push(**{BUDGET: 200_000_000})  # five lines of 55.00 are 275.00
    sheet = Sheet(path)
    for sku in "ABCD":
        sheet.write(sku, answer="接受")
    entered = enter(books, sheet.saved())
    (problem,) = entered.problems
    assert problem.product == "hangzhou D product D"
    assert problem.expected.startswith("连同已接受的共 ¥220.00，超出当日预算 ¥200.00；若无误")
    sure = Sheet(path).write("D", answer="接受", answer_reason="确认").saved()
    assert (enter(books, sure, hour=10).changed, state(books, "D")[0]) == (1, "accepted")
    # 20 more units of E alone would be within three times the suggestion, and beyond the budget.
    assert "超出当日预算" in enter(books, Sheet(path).write("E", answer="完成").saved(), hour=11).problems[0].expected


def test_an_answer_given_while_the_file_was_read_is_not_overwritten(
    books: Engine, push: Callable[..., Path], make: Any
) -> None:
    """What is doubted is what stands when the answers are written, not when the file was read."""
    read = read_answers(Sheet(push()).write("A", answer="拒绝", answer_reason="太多").saved(), MORNING)
    with books.begin() as connection:
        act(connection, task_id("restock", DAY, "hangzhou/A"), "accepted", "小李", make.at(MORNING))
    entered = enter_answers(books, read, "小王", make.at(MORNING, 10))
    assert (entered.changed, state(books, "A")[0]) == (0, "accepted")
    assert "小李 已答复“接受” 10 件" in entered.problems[0].expected


# As other programs write files


def as_text(sheet: Sheet) -> None:
    """WPS leaves numbers that were typed into cells of text as text, with blanks."""
    sheet.write("A", answer=" 完成 ", answer_quantity=" 12 ")


def with_filter_and_hidden_rows(sheet: Sheet) -> None:
    """Excel and WPS keep what a filter hides as hidden rows, with the filter's choice beside it."""
    sheet.write("A", answer="完成", answer_quantity=12)
    sheet.sheet.auto_filter.add_filter_column(3, ["A"], blank=False)
    sheet.sheet.auto_filter.add_sort_condition(f"D{sheet.header_row + 1}:D{sheet.sheet.max_row}")
    for sku in "BCDE":
        sheet.sheet.row_dimensions[sheet.row(sku)].hidden = True


def with_rich_text(sheet: Sheet) -> None:
    """Half of the word was coloured."""
    sheet.write("A", answer=CellRichText(TextBlock(InlineFont(b=True), "完"), "成"), answer_quantity=12)


def with_a_table(sheet: Sheet) -> None:
    """Ctrl+T: the range became a table."""
    sheet.write("A", answer="完成", answer_quantity=12)
    sheet.sheet.auto_filter.ref = None
    last = openpyxl.utils.get_column_letter(sheet.sheet.max_column)
    sheet.sheet.add_table(Table(displayName="t1", ref=f"A{sheet.header_row}:{last}{sheet.sheet.max_row}"))


def without_validation_or_colours(sheet: Sheet) -> None:
    sheet.write("A", answer="完成", answer_quantity=12)
    sheet.sheet.data_validations.dataValidation.clear()
    sheet.sheet.conditional_formatting = type(sheet.sheet.conditional_formatting)()


def with_everything_unhidden(sheet: Sheet) -> None:
    sheet.write("A", answer="完成", answer_quantity=12)
    sheet.sheet.column_dimensions["A"].hidden = False
    sheet.book["_list"].sheet_state = "visible"


def with_other_sheets_first(sheet: Sheet) -> None:
    sheet.write("A", answer="完成", answer_quantity=12)
    sheet.book.move_sheet("说明", -2)
    sheet.book.create_sheet("我的笔记", 0)["A1"] = "打电话给工厂"


def as_lists_were_written_once(sheet: Sheet) -> None:
    """With a hidden row of codes right above the header, and nothing about headings on the hidden sheet."""
    sheet.write("A", answer="完成", answer_quantity=12)
    for code, column in codes_of(sheet.sheet)[1].items():
        sheet.sheet.cell(sheet.header_row - 1, column).value = code
    hidden = sheet.book[LIST_SHEET]
    for row in range(hidden.max_row, 0, -1):
        if str(hidden.cell(row, 1).value).startswith(HEADING_OF):
            hidden.delete_rows(row)


def sorted_with_its_header(sheet: Sheet) -> None:
    """Somebody said that the range has no header: it stands among the lines now."""
    sheet.write("A", answer="完成", answer_quantity=12)
    first = sheet.header_row
    rows = [[cell.value for cell in sheet.sheet[row]] for row in range(first, first + 3)]
    for row, values in zip((first + 2, first, first + 1), rows, strict=True):
        for column, value in enumerate(values, start=1):
            sheet.sheet.cell(row, column).value = value


def with_a_total_below(sheet: Sheet) -> None:
    sheet.write("A", answer="完成", answer_quantity=12)
    sheet.sheet.cell(sheet.sheet.max_row + 2, sheet.place("quantity")).value = "=SUM(H10:H14)"


WRITERS = [
    as_text, with_filter_and_hidden_rows, with_rich_text, with_a_table, without_validation_or_colours,
    with_everything_unhidden, with_other_sheets_first, with_a_total_below,
    as_lists_were_written_once, sorted_with_its_header,
]  # fmt: skip


@pytest.mark.parametrize("change", WRITERS, ids=lambda one: one.__name__)
def test_files_as_excel_and_wps_leave_them_are_read(
    books: Engine, push: Callable[..., Path], change: Callable[[Sheet], None]
) -> None:
    sheet = Sheet(push())
    change(sheet)
    entered = enter(books, sheet.saved())
    assert ([str(one) for one in entered.problems], entered.changed) == ([], 1)
    assert state(books, "A") == ("done", {"quantity": 12})


def test_sku_codes_that_became_numbers_are_still_their_lines(books: Engine, make: Any, tmp_path: Path) -> None:
    """A sku of figures only comes back as a number once somebody has typed over it."""
    publish_list(books, make.restock(DAY, make.draft("10086")), make.at(MORNING, 2), channels=["desk"])
    deliver(books, [FileChannel("desk", str(tmp_path / "out"))], {}, lambda: make.at(MORNING, 3))
    sheet = Sheet(next((tmp_path / "out").glob("*.xlsx"))).write("10086", answer="接受", sku=10086)
    assert enter(books, sheet.saved()).problems == ()
    assert state(books, "10086")[0] == "accepted"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda sheet: sheet.sheet.delete_cols(1), "不要删除隐藏的 A 列"),
        (lambda sheet: sheet.sheet.delete_rows(sheet.header_row), "不要改表头的文字，不要删除隐藏的 A 列"),
        (
            lambda sheet: sheet.write_heading("answer_quantity", "实际下单"),
            "没有表头“实际数量”，却有“实际下单”：请把表头改回原来的文字",
        ),
        (lambda sheet: sheet.sheet.delete_cols(sheet.place("sku")), "清单里少了这些列，无法核对每一行：商家编码"),
    ],
)
def test_a_list_that_lost_its_hidden_parts_is_refused_whole(
    books: Engine, push: Callable[..., Path], change: Callable[[Sheet], None], told: str
) -> None:
    sheet = Sheet(push()).write("A", answer="接受")
    change(sheet)
    with pytest.raises(NotAListError, match=told):
        read_answers(sheet.saved())


def test_a_workbook_whose_parts_were_packed_anew_is_the_same_list(books: Engine, push: Callable[..., Path]) -> None:
    """WPS packs the parts in another order and without compression."""
    content = Sheet(push()).write("A", answer="接受").saved()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as after:
        for name in sorted(before.namelist(), reverse=True):
            after.writestr(name, before.read(name))
    assert enter(books, out.getvalue()).changed == 1
