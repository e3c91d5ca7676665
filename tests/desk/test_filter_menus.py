"""The menus of a list's filters: counted for all of one scope, and again after half a minute or with a new list."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, update

from include.desk.choosing import Choice, chosen_lines
from include.desk.rights import Person
from include.desk.views.book_mark import book_mark
from include.desk.views.filter_menus import KEPT_SECONDS, FilterMenus
from include.desk.views.open_counts import open_counts
from include.settings.desk import Scope
from include.tasks.drafts import TaskList
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.tasks.task_tables import tasks
from tests.desk.conftest import DAY, restock_draft

KIND = kind_of("restock")
ALL, SOUTH = (Person("li", frozenset({"planner"}), scope) for scope in (Scope(), Scope(warehouses=("华南仓",))))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def warehouses(engine: Engine, menus: FilterMenus, person: Person = ALL, **chosen: Any) -> dict[str, int]:
    with engine.connect() as connection:
        return dict(menus.of(connection, KIND, Choice(**chosen), person).get("warehouse", ()))


def test_counts_are_kept_for_half_a_minute_and_by_scope(listed: Engine) -> None:
    clock = Clock()
    menus = FilterMenus(clock)
    assert warehouses(listed, menus) == {"华东仓": 14, "华南仓": 6}
    with listed.begin() as connection:
        connection.execute(update(tasks).where(tasks.c.sku == "SKU003").values(state="done"))
    clock.now = KEPT_SECONDS - 1
    assert warehouses(listed, menus) == {"华东仓": 14, "华南仓": 6}
    assert warehouses(listed, menus, SOUTH) == {}, "one warehouse is no choice"
    assert warehouses(listed, menus, SOUTH, warehouse=("华南仓",)) == {"华南仓": 5}
    clock.now = KEPT_SECONDS
    assert warehouses(listed, menus) == {"华东仓": 14, "华南仓": 5}


def test_a_newer_list_is_counted_at_once(listed: Engine) -> None:
    menus = FilterMenus(Clock())
    assert warehouses(listed, menus) == {"华东仓": 14, "华南仓": 6}
    publish_list(
        listed, TaskList("restock", "2025-11-12", [restock_draft(3), restock_draft(4)]), datetime(2025, 11, 13)
    )
    assert warehouses(listed, menus) == {"华东仓": 1, "华南仓": 1}


def test_the_lines_and_sums_of_a_search_are_those_without_it(listed: Engine) -> None:
    """A search reads lines and sums in one statement; on a page past its last one, as elsewhere, the last is shown."""
    with listed.connect() as connection:
        opened = open_counts(connection, book_mark(connection), ALL)["restock"]
        more = (ALL, 6, DAY, opened)
        every = chosen_lines(connection, KIND, Choice(), *more)
        found = chosen_lines(connection, KIND, Choice(words=("商品",)), *more)
        beyond = chosen_lines(connection, KIND, Choice(words=("商品",), page=99), *more)
        last = chosen_lines(connection, KIND, Choice(page=4), *more)
    assert (found.rows, found.totals, found.pages) == (every.rows, every.totals, every.pages)
    assert beyond.rows == last.rows
    assert len(last.rows) == 2
    assert beyond.totals == every.totals
