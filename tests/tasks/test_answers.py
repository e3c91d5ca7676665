"""A pushed spreadsheet, filled in by people, read back."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from include.tasks.answers import NotAListError, enter_answers, read_answers, report
from include.tasks.channels.file import FileChannel
from include.tasks.delivery import deliver
from include.tasks.desk import one_task
from include.tasks.drafts import task_id
from include.tasks.publish import publish_list

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
    codes = next(row for row in rows if row[0].value == "task_id")
    place = {cell.value: cell.column for cell in codes}
    for row in rows[codes[0].row + 1 :]:
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
            "D": {"answer": "done", "answer_quantity": "１，２００件", "answer_expected_day": make.at("2025-11-21", 0)},
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
    assert state(books, "D") == ("done", {"quantity": 1200, "expected_day": "2025-11-21"})
    assert state(books, "E")[0] == "open"

    again = enter_answers(books, read_answers(filled), "li", make.at("2025-11-14"))
    assert (again.changed, again.unchanged) == (0, 4)


def test_sorted_and_deleted_lines_do_not_matter(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    book = openpyxl.load_workbook(io.BytesIO(fill(path, {"E": {"answer": "接受"}})))
    sheet = book.worksheets[0]
    header = next(cell.row for cell in sheet["A"] if cell.value == "task_id") + 1
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
        ({"answer": "好的"}, "答复", "好的", "接受/完成/拒绝"),
        ({"answer": "完成", "answer_quantity": 2.5}, "实际数量", "2.5", "a whole number above 0"),
        ({"answer": "完成", "answer_quantity": "十二"}, "实际数量", "十二", "a whole number above 0"),
        ({"answer": "完成", "answer_quantity": -3}, "实际数量", "-3", "a whole number above 0"),
        ({"answer": "完成", "answer_expected_day": "下周"}, "预计到货", "下周", "a date such as"),
        ({"answer": "完成", "answer_expected_day": "2025-02-30"}, "预计到货", "2025-02-30", "a date such as"),
        ({"answer": "完成", "answer_expected_day": "2024-11-20"}, "预计到货", "2024-11-20", "within two years"),
        ({"answer": "拒绝"}, "原因", "", "why it is refused"),
        ({"answer_quantity": 5}, "答复", "", "接受/完成/拒绝"),
        ({"task_id": "", "answer": "接受"}, "id", "", "the hidden task id"),
        ({"task_id": "nobody", "answer": "接受"}, "id", "nobody", "no task 'nobody'"),
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
    assert "1 answers entered" in report(entered)[0]


def test_yesterdays_spreadsheet_acts_on_todays_task(pushed: tuple[Engine, Path], make: Any) -> None:
    books, path = pushed
    publish_list(books, make.restock("2025-11-13", make.draft("A", 15)), make.at("2025-11-14", 2))
    entered = enter_answers(books, read_answers(fill(path, {"A": {"answer": "接受"}})), "li", make.at("2025-11-14"))
    assert (entered.changed, entered.problems) == (1, ())
    assert state(books, "A", "2025-11-13") == ("accepted", {"quantity": 15})
    assert state(books, "A")[0] == "withdrawn"


def test_another_workbook_is_told_apart(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(NotAListError, match="no row of column codes"):
        read_answers(tmp_path / "x.xlsx")
    with pytest.raises(NotAListError, match="cannot be read as a spreadsheet"):
        read_answers(b"not a workbook")
