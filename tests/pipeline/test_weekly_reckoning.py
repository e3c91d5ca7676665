"""The week's reckoning goes out with Monday morning's restock list: by hand, on the specimen's day, and once."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from sqlalchemy import select

from include.pipeline import restock
from include.replenishment.looking_back.plan_results import AGAIN_DAYS, suggested_before
from include.replenishment.looking_back.reckoning import lines_not_done
from include.replenishment.looking_back.weekly import Reckoning, _rows, is_due, reckoning_note
from include.tasks.acts import Act, act_all
from include.tasks.channels.parcel import Parcel
from include.tasks.sheets.list_tables import csv_files, tables_shown
from include.tasks.sheets.spreadsheet import write_xlsx
from include.tasks.task_tables import outbox, tasks
from include.warehouse.books import read_frame

FIRST, SECOND = date(2025, 11, 1), date(2025, 11, 2)  # a Saturday and a Sunday: the second is worked on Monday
SUNDAY = "2025-11-02"


def test_it_is_due_on_the_morning_of_its_weekday() -> None:
    assert [is_due(f"2025-11-0{day}", "mon") for day in (1, 2, 3)] == [False, True, False]
    assert is_due("2025-11-03", "tue")
    assert not is_due(SUNDAY, None)


def sums(**counts: list[int]) -> pd.DataFrame:
    """The rows of (day, what) -> lines, units, micros, by 'd1102_suggested'."""
    read = {(f"2025-{name[1:3]}-{name[3:5]}", "restock", name[6:], "east", "warm"): three
            for name, three in counts.items()}  # fmt: skip
    return _rows(read, SUNDAY).set_index("what")


def test_the_week_is_part_of_the_four_weeks() -> None:
    rows = sums(d1102_suggested=[1, 10, 100], d1027_suggested=[2, 20, 200], d1026_suggested=[4, 40, 400],
                d1020_refused=[1, 3, 30])  # fmt: skip
    assert rows.loc["suggested", ["lines", "units", "money_micros"]].tolist() == [3, 30, 300]
    assert rows.loc["suggested", ["lines_before", "units_before", "money_before_micros"]].tolist() == [7, 70, 700]
    assert rows.loc["refused", ["lines", "lines_before"]].tolist() == [0, 1]
    assert list(rows.index) == ["suggested", "accepted", "done", "refused", "unanswered", "came", "saved", "missed"]


def told(arrived_lines: int, since: str | None = None, uncosted: int = 0, **counts: list[int]) -> str:
    rows = sums(**counts).reset_index()
    return reckoning_note(Reckoning(SUNDAY, rows, since, arrived_lines, uncosted), "CNY")[0]


def test_what_it_brought_is_said_with_how_far_it_can_be_trusted() -> None:
    done = {"d1102_suggested": [50, 500, 9_000_000_000], "d1101_came": [30, 300, 5_000_000_000]}
    brought = {"d1102_saved": [12, 80, 1_600_000_000], "d1101_missed": [3, 9, 120_000_000]}

    sure = told(30, **done, **brought)
    assert "听掌柜的多卖 80 件，多赚毛利 ¥1,600.00；没照做的约少卖 9 件，少赚 ¥120.00" in sure
    assert "只供参考" not in sure
    few = told(3, **done, **brought)
    assert "只有 3 行" in few
    assert "只供参考" in few
    assert "还没有到，多赚多少还算不出来" in told(0, d1102_suggested=[50, 500, 1], d1101_accepted=[1, 5, 1])
    assert "没有人照清单订货" in told(0, d1102_suggested=[50, 500, 1])
    assert "目前还没有带来多卖" in told(2, **done)
    young = told(3, "2025-10-28", 2, **done, **brought)
    assert "清单从 2025-10-28 才有" in young
    assert "2 个商品不知道成本" in young


@pytest.fixture
def answered(second_day: Path, desk_at: Callable[[Path], Any]) -> Any:
    """On Sunday somebody accepts two lines of Saturday's restock list and refuses a third."""
    desk = desk_at(second_day)
    lines = desk.document("restock", FIRST).lines
    assert len(lines) > 3
    desk.act(SECOND, Act(lines[0].task_id, "accepted"), Act(lines[1].task_id, "accepted"),
             Act(lines[2].task_id, "refused", {"reason": "season is over"}))  # fmt: skip
    return desk


def of_restock(document: Any) -> pd.DataFrame:
    rows = pd.DataFrame(document.tables["reckoning"])
    return rows[rows["list"] == "restock"].set_index("what")


def test_it_goes_out_with_mondays_list_and_no_other(answered: Any) -> None:
    first = answered.document("restock", FIRST)
    assert "reckoning" not in first.tables
    made = answered.lists(SECOND)
    document = answered.document("restock", SECOND)

    rows = of_restock(document)
    assert rows.loc["suggested", "lines"] == len(first.lines)
    assert rows.loc["suggested", "units"] == sum(line.payload["quantity"] for line in first.lines)
    assert rows.loc[["accepted", "refused", "unanswered"], "lines"].tolist() == [2, 1, len(first.lines) - 3]
    assert rows.loc["came", "lines"] == 0
    assert set(pd.DataFrame(document.tables["reckoning"])["list"]) <= {"restock", "transfer", "chase", "excess"}
    assert any("一周对账" in note["zh"] and "还算不出来" in note["zh"] for note in document.notes)
    assert any("The week's reckoning" in note["en"] for note in document.notes)
    assert made["restock"]["queued"] == 1
    assert all("reckoning" not in answered.document(kind, SECOND).tables for kind in ("transfer", "chase", "excess"))


def test_the_sheet_shows_it_in_the_list_s_language(answered: Any) -> None:
    answered.lists(SECOND)
    document = answered.document("restock", SECOND)
    parcel = Parcel("key", 1, 1, document)

    for language, name, first in (("zh", "对账", ["补货", "新建议"]), ("en", "Reckoning", ["restock", "suggested"])):
        book = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel, language)))
        cells = [[cell.value for cell in row] for row in book[name].iter_rows(min_row=3)]
        assert cells[1][:2] == first
        assert cells[1][2] == len(answered.document("restock", FIRST).lines)
        assert f"{name}_{SUNDAY}.csv" in csv_files(document.tables, SUNDAY, language, "CNY")
        assert [one.title for one in tables_shown(document.tables, language, "CNY", 100)] == [name]


def test_a_replay_tells_the_same_and_sends_nothing(answered: Any) -> None:
    answered.lists(SECOND)
    before = answered.text("restock", SECOND)
    sent = read_frame(answered.workspace.books, select(outbox))

    with answered.workspace.books.begin() as connection:  # on Monday, when the list is out
        later = connection.execute(select(tasks.c.task_id).where(tasks.c.kind == "restock", tasks.c.day == SUNDAY))
        act_all(connection, [Act(one, "accepted") for one in later.scalars()], "li", datetime(2025, 11, 3, 9))
    made = answered.lists(SECOND, replay=True)

    assert answered.text("restock", SECOND) == before
    assert made["restock"]["queued"] == 0
    assert len(read_frame(answered.workspace.books, select(outbox))) == len(sent)


def test_another_weekday_or_none_can_be_set(answered: Any) -> None:
    never = answered.with_settings(replenishment={"reckoning_day": None})
    never.lists(SECOND)
    assert "reckoning" not in never.document("restock", SECOND).tables
    sunday = answered.with_settings(replenishment={"reckoning_day": "mon"})
    restock.publish_restock_lists(sunday.workspace, SUNDAY, sunday.morning_after(SECOND))
    assert "reckoning" in sunday.document("restock", SECOND).tables


def test_what_was_refused_and_taken_up_later_was_refused_as_of_its_day(answered: Any) -> None:
    """Refused on Sunday, accepted on Monday: Sunday's reckoning is not changed by it, Monday's no longer counts it."""
    answered.lists(SECOND)
    books = answered.workspace.books
    with books.begin() as connection:
        refused = lines_not_done(connection, SUNDAY)
        assert [one.day for one in refused] == [SUNDAY]
        again = select(tasks.c.task_id).where(tasks.c.kind == "restock", tasks.c.state == "refused")
        (line,) = connection.execute(again).scalars()
        act_all(connection, [Act(line, "accepted")], "li", datetime(2025, 11, 3, 9))
        assert lines_not_done(connection, SUNDAY) == refused
        assert lines_not_done(connection, "2025-11-03") == []


def test_a_line_carried_on_is_one_suggestion_and_answered_on_any_list(answered: Any) -> None:
    """A line of Saturday that Sunday's list carries on, accepted there on Monday."""
    answered.lists(SECOND)
    books = answered.workspace.books
    with books.begin() as connection:
        carried = select(tasks.c.task_id).where(
            tasks.c.kind == "restock", tasks.c.day == SUNDAY, tasks.c.since_day == FIRST.isoformat()
        )
        task = connection.execute(carried).scalars().first()
        assert task is not None
        before = suggested_before(connection, "2025-11-03")
        act_all(connection, [Act(task, "accepted")], "li", datetime(2025, 11, 3, 9))
        after = suggested_before(connection, "2025-11-03")

    def lines(counts: Any, what: str) -> int:
        return sum(three[0] for key, three in counts.items() if key[1:3] == ("restock", what))

    assert lines(after, "suggested") == lines(before, "suggested")
    assert lines(after, "unanswered") == lines(before, "unanswered") - 1
    assert AGAIN_DAYS == 28
