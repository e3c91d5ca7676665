"""What can be chosen of a list's columns, with the number of lines that each has."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Select, func, select

from include.desk.choosing import MANY, Choice, Tab, lines_of_tab
from include.desk.rights import Person
from include.lines.recent import Recent
from include.tasks.kind import Kind
from include.tasks.task_tables import newest_list_day, tasks

KEPT_SECONDS = 30.0  # the numbers say where to look; the lines that are shown are always as they are now
MAX_KEPT = 500  # menus: of a kind, a tab and a person's part of the merchant

Menu = Mapping[str, Sequence[tuple[str, int]]]
"""Column -> (value, lines), by value."""


@dataclass
class _Counted:
    """menu: as it was counted at a moment of the clock; None: not yet."""

    lock: Lock = field(default_factory=Lock)
    at: float = 0.0
    menu: Menu | None = None


class FilterMenus:
    """The menus of a process. Counting all lines by every column takes longer than all else on the page, so a count is
    shown to everybody of the same scope for KEPT_SECONDS; a newer list is counted at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: Recent[_Counted] = Recent(MAX_KEPT)

    def of(self, connection: Connection, kind: Kind, choice: Choice, person: Person) -> Menu:
        """What can be chosen in the tab. A column with one value has nothing to choose, unless it is chosen already."""
        newest, now = newest_list_day(connection, kind.name), self._clock()
        kept = self._kept.of((kind.name, choice.tab, person.scope.model_dump_json(), newest), _Counted)
        # One counts; the others are shown what was counted before, and wait for it only if there is nothing.
        if (kept.menu is None or now - kept.at >= KEPT_SECONDS) and kept.lock.acquire(blocking=kept.menu is None):
            try:
                if kept.menu is None or now - kept.at >= KEPT_SECONDS:
                    kept.menu, kept.at = _count(connection, kind, choice.tab, person, newest), now
            finally:
                kept.lock.release()
        menu = kept.menu or {}
        return {name: values for name, values in menu.items() if len(values) > 1 or getattr(choice, name)}


def _count(connection: Connection, kind: Kind, tab: Tab, person: Person, newest: str | None) -> Menu:
    within = lines_of_tab(kind, tab, person, newest)
    found: dict[str, Sequence[tuple[str, int]]] = {}
    for name in MANY:
        column = tasks.c[name]
        counts: Select[Any] = select(column, func.count()).where(*within, column.is_not(None))
        rows = connection.execute(counts.group_by(column).order_by(column))
        found[name] = [(str(value), lines) for value, lines in rows]
    return found
