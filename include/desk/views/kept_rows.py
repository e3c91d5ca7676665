"""Rows of the lists' tables, kept as they were written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from markupsafe import Markup

MOST_KEPT = 20_000  # rows of a table, of some 2 kB each


class KeptRows:
    """Rows of tables as they were written for somebody: fifty people who open a list are shown the same."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[Hashable, Markup] = OrderedDict()

    def get(self, key: Hashable) -> Markup | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: Hashable, row: Markup) -> None:
        with self._lock:
            self._kept[key] = row
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)
