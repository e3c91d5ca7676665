"""A pushed spreadsheet, filled in by people, read back."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from include.tasks.answers.answers import NotAListError, enter_answers, read_answers, report
from include.tasks.channels.delivery import deliver
from include.tasks.channels.file import FileChannel
from include.tasks.drafts import task_id
from include.tasks.holds.approvals import hold_named, release
from include.tasks.holds.hold import Reason, held_payload
from include.tasks.publish_list import publish_list
from include.tasks.task_queries import one_task
from tests.list_sheets import codes_of

DAY = "2025-11-12"
NAME = "补货_2025-11-12.xlsx"


@pytest.fixture
def pushed(books: Engine, make: Any, tmp_path: Path) -> tuple[Engine, Path]:
    """Books with restock tasks for A to E, 10 units each, and the spreadsheet of them."""
    publish_list(
        books, make.restock(DAY, *(make.draft(s) for s in "ABCDE")), make.at("2025-11-13", 2), channels=["desk"]
    )
    deliver(books, [FileChannel("desk", str(tmp_path / "out"))], {}, lambda: make.at("2025-11-13", 3))
    return books, tmp_path / "out" / NAME


def fill(path: Path, answers: dict[str, dict[str, Any]], language: str = "zh") -> bytes:
    """The workbook with cells typed into, by sku and column code."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows())
    header, place = codes_of(sheet)
    for row in rows[header:]:
        for code, value in answers.get(row[place["sku"] - 1].value, {}).items():
            sheet.cell(row[0].row, place[code]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def state(books: Engine, sku: str, day: str = DAY) -> tuple[str, dict[str, Any]]:
    with books.begin() as connection:
        task = one_task(connection, task_id("restock", day, f"hangzhou/{sku}"))
    assert task is not None
    return task.state, dict(task.answer)


def test_what_was_pushed_filled_in_and_read_back_is_done(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    filled = fill(
        path,
        {
            "A": {"answer": "接受"},
            "B": {"answer": "完成", "answer_quantity": 24, "answer_expected_day": "2025年11月20日"},
            "C": {"answer": " REFUSE ", "answer_reason": "供应商停产"},
            "D": {
                "answer": "done",
                "answer_quantity": "１，２００件",
                "answer_expected_day": make.at("2025-11-21", 0),
                "answer_reason": "确认",
            },
        },
    )
    read = read_answers(filled)
    assert (read.kind, read.day, read.problems) == ("restock", DAY, ())
    entered = enter_answers(books, read, "li", make.at("2025-11-13"))

    assert (entered.changed, entered.unchanged, entered.problems) == (4, 0, ())
    assert state(books, "A") == ("accepted", {"quantity": 10})
    assert state(books, "B") == ("done", {"quantity": 24, "expected_day": "2025-11-20"})
    assert state(books, "C")[0] == "refused"
    assert state(books, "C")[1]["reason"] == "供应商停产"
    assert state(books, "D") == ("done", {"quantity": 1200, "expected_day": "2025-11-21", "reason": "确认"})
    assert state(books, "E")[0] == "open"

    again = enter_answers(books, read_answers(filled), "li", make.at("2025-11-14"))
    assert (again.changed, again.unchanged) == (0, 4)


def test_sorted_and_deleted_lines_do_not_matter(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    book = openpyxl.load_workbook(io.BytesIO(fill(path, {"E": {"answer": "接受"}})))
    sheet = book.worksheets[0]
    header, _ = codes_of(sheet)
    sheet.delete_rows(header + 1, 2)  # the first two lines
    sheet.insert_rows(header + 1)  # and an empty one
    out = io.BytesIO()
    book.save(out)
    entered = enter_answers(books, read_answers(out.getvalue()), "li", make.at("2025-11-13"))
    assert (entered.changed, entered.problems) == (1, ())
    assert state(books, "E")[0] == "accepted"


@pytest.mark.parametrize(
    ("cells", "heading", "found", "expected"),
    [
        ({"answer": "好的"}, "处理结果", "好的", "接受、完成、拒绝 或 稍后"),
        ({"answer": "完成", "answer_quantity": 2.5}, "实际数量", "2.5", "大于 0 的整数"),
        ({"answer": "完成", "answer_quantity": "十二"}, "实际数量", "十二", "请写数字 12"),
        ({"answer": "完成", "answer_quantity": -3}, "实际数量", "-3", "大于 0 的整数"),
        ({"answer": "完成", "answer_expected_day": "下周"}, "预计到货", "下周", "请填日期"),
        ({"answer": "完成", "answer_expected_day": "2025-02-30"}, "预计到货", "2025-02-30", "请填日期"),
        ({"answer": "完成", "answer_expected_day": "2024-11-20"}, "预计到货", "2024-11-20", "两年内"),
        ({"answer": "拒绝"}, "原因", "", "拒绝的原因"),
        ({"answer_quantity": 5}, "处理结果", "", "接受、完成、拒绝 或 稍后"),
        ({"task_id": "", "answer": "接受"}, "任务编号", "", "没有隐藏编号"),
        ({"task_id": "nobody", "answer": "接受"}, "任务编号", "nobody", "没有这个任务"),
    ],
)
def test_a_bad_row_is_named_and_stops_no_other(
    pushed: tuple[Engine, Path], make: Any, cells: dict[str, Any], heading: str, found: str, expected: str
) -> None:
    books, path = pushed
    read = read_answers(fill(path, {"B": cells, "C": {"answer": "接受"}}))
    entered = enter_answers(books, read, "li", make.at("2025-11-13"))
    (problem,) = entered.problems
    assert (problem.column.split(" ", 1)[1], problem.found) == (heading, found)
    assert expected in problem.expected
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert "product B" in [cell.value for cell in sheet[problem.row]]  # the row as the person sees it
    assert (entered.changed, state(books, "C")[0], state(books, "B")[0]) == (1, "accepted", "open")
    assert (problem.product, report(entered)[0]) == ("hangzhou B product B", "已录入 1 行，早已录入 0 行，未录入 1 行")


def test_yesterdays_spreadsheet_acts_on_todays_task(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    publish_list(books, make.restock("2025-11-13", make.draft("A", 15)), make.at("2025-11-14", 2))
    entered = enter_answers(books, read_answers(fill(path, {"A": {"answer": "接受"}})), "li", make.at("2025-11-14"))
    assert (entered.changed, entered.problems) == (1, ())
    assert state(books, "A", "2025-11-13") == ("accepted", {"quantity": 10}), (
        "the number on the sheet that was filled in"
    )
    assert entered.notices == (
        "注意：这份清单是 2025-11-12 的，最新的是 2025-11-13；没填数量的行，按这份清单上的件数录入。",
    )
    assert state(books, "A")[0] == "withdrawn"


def sort_by_sku_descending(content: bytes, first_column: int) -> bytes:
    """The lines sorted as a spreadsheet sorts a range that begins at a column: what is left of it stays in place."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    header, place = codes_of(sheet)
    sku = place["sku"]
    numbers = range(header + 1, sheet.max_row + 1)
    last = sheet.max_column
    lines = [[sheet.cell(n, c).value for c in range(first_column, last + 1)] for n in numbers]
    lines.sort(key=lambda line: str(line[sku - first_column]), reverse=True)
    for number, line in zip(numbers, lines, strict=True):
        for column, value in enumerate(line, start=first_column):
            sheet.cell(number, column).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_lists_own_filter_moves_the_ids_with_their_lines(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    reference = openpyxl.load_workbook(path).worksheets[0].auto_filter.ref
    assert reference.startswith("A")
    first = openpyxl.utils.range_boundaries(reference)[0]
    filled = sort_by_sku_descending(fill(path, {"A": {"answer": "完成"}, "B": {"answer": "接受"}}), first)
    entered = enter_answers(books, read_answers(filled), "li", make.at("2025-11-13"))
    assert (entered.changed, entered.problems) == (2, ())
    assert (state(books, "A")[0], state(books, "B")[0], state(books, "D")[0]) == ("done", "accepted", "open")


def test_a_line_that_was_parted_from_its_id_is_refused_by_name(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    filled = sort_by_sku_descending(fill(path, {"A": {"answer": "完成"}, "C": {"answer": "完成"}}), 2)
    entered = enter_answers(books, read_answers(filled), "li", make.at("2025-11-13"))
    assert entered.changed == 1, "the line in the middle still carries its own id"
    (problem,) = entered.problems
    assert "hangzhou A product A" in str(problem)
    assert "hangzhou E" in str(problem), "whose id the line carries"
    assert [state(books, sku)[0] for sku in "ABCDE"] == ["open", "open", "done", "open", "open"]


def test_a_list_without_the_column_that_names_its_lines_is_refused(pushed: tuple[Engine, Path]) -> None:
    _, path = pushed
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet.delete_cols(codes_of(sheet)[1]["warehouse"])
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(NotAListError, match="仓库"):
        read_answers(out.getvalue())


def test_an_empty_quantity_does_not_undo_the_one_that_the_same_person_gave(
    pushed: tuple[Engine, Path], make: Any
) -> None:
    # given ten suggested, of which li ordered twelve
    books, path = pushed
    first = read_answers(fill(path, {"A": {"answer": "接受", "answer_quantity": 12}}))
    enter_answers(books, first, "li", make.at("2025-11-13"))

    # when li says that it is done, and no number
    enter_answers(books, read_answers(fill(path, {"A": {"answer": "完成"}})), "li", make.at("2025-11-13", 5))

    assert state(books, "A") == ("done", {"quantity": 12})


def test_another_persons_answer_is_not_overwritten_unasked(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    enter_answers(books, read_answers(fill(path, {"A": {"answer": "接受"}})), "小王", make.at("2025-11-13", 9))
    second = fill(path, {"A": {"answer": "拒绝", "answer_reason": "太多"}, "B": {"answer": "接受"}})
    entered = enter_answers(books, read_answers(second), "小李", make.at("2025-11-13", 10))
    (problem,) = entered.problems
    assert "小王 已答复“接受” 10" in str(problem)
    assert (state(books, "A")[0], state(books, "B")[0]) == ("accepted", "accepted")

    sure = fill(path, {"A": {"answer": "拒绝", "answer_reason": "确认：供应商停产"}})
    entered = enter_answers(books, read_answers(sure), "小李", make.at("2025-11-13", 11))
    assert (entered.changed, entered.problems, state(books, "A")[0]) == (1, (), "refused")


def test_the_same_answer_by_another_person_is_no_conflict(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    filled = fill(path, {"A": {"answer": "接受"}})
    enter_answers(books, read_answers(filled), "小王", make.at("2025-11-13", 9))
    entered = enter_answers(books, read_answers(filled), "小李", make.at("2025-11-13", 10))
    assert (entered.changed, entered.unchanged, entered.problems) == (0, 1, ())


@pytest.mark.parametrize("way", ["reason", "option"])
def test_a_quantity_far_above_the_suggestion_is_asked_about(pushed: tuple[Engine, Path], make: Any, way: str) -> None:
    books, path = pushed
    filled = fill(
        path, {"A": {"answer": "完成", "answer_quantity": 31}, "B": {"answer": "完成", "answer_quantity": 30}}
    )
    entered = enter_answers(books, read_answers(filled), "li", make.at("2025-11-13"))
    (problem,) = entered.problems
    assert "超过建议件数 10 的 3 倍" in str(problem)
    assert (state(books, "A")[0], state(books, "B")) == ("open", ("done", {"quantity": 30}))

    cells = {"answer": "完成", "answer_quantity": 31} | ({"answer_reason": "确认 大客户"} if way == "reason" else {})
    entered = enter_answers(
        books, read_answers(fill(path, {"A": cells})), "li", make.at("2025-11-13"), confirmed=way == "option"
    )
    assert (entered.changed, state(books, "A")[1]["quantity"]) == (1, 31)


def test_a_date_without_a_year_is_the_next_such_day(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    cells = {"A": "11月20日", "B": "1月5日", "C": "11-12"}
    filled = fill(path, {sku: {"answer": "完成", "answer_expected_day": text} for sku, text in cells.items()})
    entered = enter_answers(books, read_answers(filled), "li", make.at("2025-11-13"))
    assert entered.problems == ()
    days = [state(books, sku)[1]["expected_day"] for sku in "ABC"]
    assert days == ["2025-11-20", "2026-01-05", "2025-11-12"]


def test_another_workbook_is_told_apart(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(NotAListError, match="headings are not there"):
        read_answers(tmp_path / "x.xlsx")
    with pytest.raises(NotAListError, match="cannot be read as a spreadsheet"):
        read_answers(b"PK\x03\x04 not a workbook")
    with pytest.raises(NotAListError, match=r"请在同名的 \.xlsx 清单里填写") as refused:
        read_answers("序号,商品\r\n1,毛毯\r\n".encode("utf-8-sig"))
    assert "hand back the .xlsx" in refused.value.in_words("en")


def test_the_merchant_says_how_much_more_is_asked_about(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    answers = read_answers(fill(path, {"A": {"answer": "完成", "answer_quantity": 31}}))
    (problem,) = enter_answers(books, answers, "li", make.at("2025-11-13"), doubtful_times=2.5).problems
    assert "超过建议件数 10 的 2.5 倍" in str(problem)
    assert enter_answers(books, answers, "li", make.at("2025-11-13"), doubtful_times=4).problems == ()


def test_a_held_line_says_so_on_its_sheet_and_is_refused_by_name_until_it_is_released(
    books: Engine, make: Any, tmp_path: Path
) -> None:
    lines = [make.draft(sku, brief_zh="缺货", brief_en="short") for sku in "AB"]
    lines[0] = replace(lines[0], payload=held_payload(lines[0].payload, [Reason("line", 900, 120)]))
    publish_list(books, make.restock(DAY, *lines), make.at("2025-11-13", 2), channels=["desk"])
    deliver(books, [FileChannel("desk", str(tmp_path / "out"))], {}, lambda: make.at("2025-11-13", 3))
    path = tmp_path / "out" / NAME
    sheet = openpyxl.load_workbook(path).worksheets[0]
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert sum(cell.startswith("【待审批：") and "900" in cell and "120" in cell for cell in cells) == 1

    filled = fill(path, {sku: {"answer": "接受"} for sku in "AB"})
    entered = enter_answers(books, read_answers(filled), "li", make.at("2025-11-13"))
    assert (state(books, "A")[0], state(books, "B")[0]) == ("open", "accepted")
    (problem,) = entered.problems
    assert "待审批" in problem.expected
    assert "900" in problem.expected

    with books.begin() as connection:
        hold = hold_named(connection, task_id("restock", DAY, "hangzhou/A"))
        release(connection, hold, "", "boss", make.at("2025-11-13"), "2025-11-13")
    assert enter_answers(books, read_answers(filled), "li", make.at("2025-11-13")).problems == ()
    assert state(books, "A")[0] == "accepted"
