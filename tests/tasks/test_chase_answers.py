"""What people answer about open orders: a spreadsheet's words become outcomes that the next plan knows."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from sqlalchemy import Engine

from include.replenishment.orders.chase_answers import chase_answers
from include.tasks.acts import ActError
from include.tasks.answers.answers import enter_answers, read_answers
from include.tasks.channels.delivery import deliver
from include.tasks.channels.file import FileChannel
from include.tasks.drafts import TaskList, drafts_from_frame, task_id
from include.tasks.kinds import KINDS
from include.tasks.publish_list import publish_list
from tests.list_sheets import codes_of
from tests.task_books import act

DAY, NEXT = "2025-11-12", "2025-11-13"


def chase_list(*actions: tuple[str, str]) -> TaskList:
    """Lines of (purchase order, action), 40 units open, expected on the 5th."""
    frame = pd.DataFrame(
        [
            {
                "reference": f"{order}-1", "purchase_order": order, "purchase_order_line": "1", "accepted_task": None,
                "sku": "A", "warehouse": "hangzhou", "supplier": "G1", "action": action, "action_zh": action,
                "quantity": 40, "overdue_days": 7, "expected_day": "2025-11-05", "money_at_risk_micros": 9_000_000,
                "why_zh": "…", "why_en": "…",
            }
            for order, action in actions
        ]
    )  # fmt: skip
    return TaskList("chase", DAY, drafts_from_frame("chase", DAY, frame))


def test_the_spreadsheet_of_open_orders_is_answered_with_what_came_of_asking(
    books: Engine, make: Any, tmp_path: Path
) -> None:
    lines = chase_list(("P1", "expedite"), ("P2", "cancel"), ("P3", "confirm"), ("P4", "postpone"))
    publish_list(books, lines, make.at(NEXT, 2), channels=["desk"])
    deliver(books, [FileChannel("desk", str(tmp_path))], {}, lambda: make.at(NEXT, 3))
    book = openpyxl.load_workbook(tmp_path / f"催货_{DAY}.xlsx")
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows())
    header, place = codes_of(sheet)
    said = {
        "P1-1": {"answer": "完成", "answer_outcome": "新交期", "answer_expected_day": "2025-11-20"},
        "P2-1": {"answer": "完成"},
        "P3-1": {"answer": "接受"},
        "P4-1": {"answer": "完成", "answer_outcome": "已延后"},
    }
    for row in rows[header:]:
        for code, value in said[row[place["reference"] - 1].value].items():
            sheet.cell(row[0].row, place[code]).value = value
    out = io.BytesIO()
    book.save(out)

    entered = enter_answers(books, read_answers(out.getvalue()), "li", make.at(NEXT))

    # A postponement needs the day that was agreed on; the other rows are entered.
    assert (entered.changed, len(entered.problems)) == (3, 1)
    assert str(entered.problems[0]).endswith("预计到货：填的是“”，请填双方约定的预计到货日")
    with books.begin() as connection:
        known = chase_answers(connection, NEXT).set_index("purchase_order_id")
        assert chase_answers(connection, DAY).empty
    # Done without the supplier's answer is asked and no more, whatever was to be asked; accepted is not even that.
    assert known["outcome"].to_dict() == {"P1": "new_day", "P2": "asked", "P3": ""}
    kept = {line.product.split()[0]: line.answer for line in entered.lines}
    assert kept["P2-1"] == {"outcome": "asked"}  # nobody promised any units
    assert "供应商答复" in [cell.value for row in rows[:header] for cell in row]
    assert known.loc["P1", ["new_day", "told_expected_day", "told_open"]].tolist() == ["2025-11-20", "2025-11-05", 40]


def test_an_unknown_outcome_is_refused_with_what_is_expected(books: Engine, make: Any) -> None:
    publish_list(books, chase_list(("P1", "expedite")), make.at(NEXT, 2))
    with books.begin() as connection, pytest.raises(ActError, match="expected one of asked, new_day"):
        act(connection, task_id("chase", DAY, "P1-1"), "done", "li", make.at(NEXT), {"outcome": "lost"})


@pytest.mark.parametrize("word", ["已催", "已催未答复", "asked", "asked without answer"])
def test_asked_is_understood_as_lists_called_it_before_and_call_it_now(word: str) -> None:
    assert KINDS["chase"].outcome_named(word) == KINDS["chase"].outcomes[0]


def test_an_answer_that_was_taken_back_counts_no_more(books: Engine, make: Any) -> None:
    publish_list(books, chase_list(("P1", "cancel")), make.at(NEXT, 2))
    task = task_id("chase", DAY, "P1-1")
    with books.begin() as connection:
        act(connection, task, "done", "li", make.at(NEXT), {"outcome": "已取消"})
        assert chase_answers(connection, NEXT)["outcome"].tolist() == ["cancelled"]
        act(connection, task, "refused", "li", make.at("2025-11-14"), {"reason": "it comes after all"})
        assert chase_answers(connection, "2025-11-14").empty
        assert chase_answers(connection, NEXT)["outcome"].tolist() == ["cancelled"]


def test_a_restock_answer_has_no_outcome(books: Engine, make: Any) -> None:
    publish_list(books, make.restock(DAY, make.draft("A")), make.at(NEXT, 2))
    with books.begin() as connection, pytest.raises(ActError, match="expected quantity, expected_day, reason or note"):
        act(connection, task_id("restock", DAY, "hangzhou/A"), "done", "li", make.at(NEXT), {"outcome": "asked"})
