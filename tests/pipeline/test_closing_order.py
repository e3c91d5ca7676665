"""Lists are made of the books alone: facts thrown away and computed in another order give the same facts and lists."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import delete

from include.warehouse.as_of import read_facts
from include.warehouse.tables import FACT_TABLES, closes, fact_versions

OPENING, FIRST, SECOND = date(2025, 10, 31), date(2025, 11, 1), date(2025, 11, 2)
LISTS = ("restock", "transfer", "excess", "recall")


def facts(desk: Any) -> dict[tuple[str, str], pd.DataFrame]:
    days = [day.isoformat() for day in (OPENING, FIRST, SECOND)]
    return {(name, day): read_facts(desk.workspace.books, name, day) for name in FACT_TABLES for day in days}


def close_anew(desk: Any, *days: date) -> None:
    """Forget every fact and close, and close these days."""
    with desk.workspace.books.begin() as change:
        for table in (*FACT_TABLES.values(), fact_versions, closes):
            change.execute(delete(table))
    for day in days:
        desk.close(day, without_late_shops=True)


def test_days_closed_in_another_order_and_twice_give_the_same_facts_and_the_same_lists(
    second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    # given two desks with the same books, one of which closed its days in turn
    in_turn, other = desk_at(second_day), desk_at(second_day)
    wanted = facts(in_turn)
    in_turn.lists(SECOND)

    # when the other closes the newest first, the opening last, and one of them again
    close_anew(other, SECOND, FIRST, SECOND, OPENING)
    made_again = other.lists(FIRST)
    other.lists(SECOND)

    # then all that was known on any day is the same
    for (name, day), found in facts(other).items():
        pd.testing.assert_frame_equal(found, wanted[name, day], obj=f"{name} as of {day}")
    # and the first day's lists are the ones that are out, and the second's are those of the first desk
    assert {kind: made_again[kind]["revision"] for kind in LISTS} == dict.fromkeys(LISTS, 1)
    for kind in LISTS:
        assert other.document(kind, SECOND).lines == in_turn.document(kind, SECOND).lines, kind
