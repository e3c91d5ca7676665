"""What can be chosen of a list's columns, with the number of lines that each has."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from include.desk.choosing import MANY, Choice, Tab, lines_of_tab
from include.desk.rights import Person
from include.tasks.kind import Kind
from include.tasks.task_tables import newest_list_day, tasks

KEPT_SECONDS = 30.0  # the numbers say where to look; the lines that are shown are always as they are now
MOST_KEPT = 500  # menus: of a kind, a tab and a person's part of the merchant

Menu = Mapping[str, Sequence[tuple[str, int]]]
"""Column -> (value, lines), by value."""


class FilterMenus:
    """The menus of a process. Counting all lines by every column takes longer than all else on the page, so a count is
    shown to everybody of the same scope for KEPT_SECONDS; a newer list is counted at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, Tab, str, str | None], tuple[float, Menu]] = {}

    def of(self, connection: Connection, kind: Kind, choice: Choice, person: Person) -> Menu:
        """What can be chosen in the tab. A column with one value has nothing to choose, unless it is chosen already."""
        newest, now = newest_list_day(connection, kind.name), self._clock()
        key = (kind.name, choice.tab, person.scope.model_dump_json(), newest)
        counted_at, menu = self._kept.get(key, (now - KEPT_SECONDS, {}))
        if now - counted_at >= KEPT_SECONDS:
            menu = _counted(connection, kind, choice.tab, person, newest)
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = now, menu
        return {name: values for name, values in menu.items() if len(values) > 1 or getattr(choice, name)}


def _counted(connection: Connection, kind: Kind, tab: Tab, person: Person, newest: str | None) -> Menu:
    within = lines_of_tab(kind, tab, person, newest)
    found: dict[str, Sequence[tuple[str, int]]] = {}
    for name in MANY:
        column = tasks.c[name]
        counts: Select[Any] = select(column, func.count()).where(*within, column.is_not(None))
        rows = connection.execute(counts.group_by(column).order_by(column))
        found[name] = [(str(value), lines) for value, lines in rows]
    return found
