"""Tables that only grow: the columns of one table as numpy arrays with room to spare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

NEVER = np.datetime64("NaT", "s")


class GrowingTable:
    """A table of numpy columns that rows are appended to; row numbers never change."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        """`columns` maps names to numpy dtypes."""
        self.types = {name: np.dtype(kind) for name, kind in columns.items()}
        self.length = 0
        self._room = {name: np.empty(1024, dtype=kind) for name, kind in self.types.items()}

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, name: str) -> np.ndarray:
        """The filled part of a column: a view, writes reach the table."""
        return self._room[name][: self.length]

    def append(self, rows: int, values: Mapping[str, Any]) -> np.ndarray:
        """Append `rows` rows (every column must be given, scalars are repeated); returns their row numbers."""
        if set(values) != set(self.types):
            raise KeyError(f"columns given and columns of the table differ: {set(values) ^ set(self.types)}")
        first, last = self.length, self.length + rows
        for name, value in values.items():
            if last > len(self._room[name]):
                grown = np.empty(max(last, 2 * len(self._room[name])), dtype=self.types[name])
                grown[:first] = self._room[name][:first]
                self._room[name] = grown
            self._room[name][first:last] = value
        self.length = last
        return np.arange(first, last)

    def arrays(self) -> dict[str, np.ndarray]:
        """All columns by name."""
        return {name: self[name] for name in self.types}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over the columns that `arrays` once gave."""
        self._room = {name: np.array(arrays[name], dtype=kind) for name, kind in self.types.items()}
        self.length = len(next(iter(self._room.values())))
