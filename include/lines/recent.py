"""What this process has made lately and may show again, bounded: the least lately used goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by keys that say all that they are a function of."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: Hashable, value: Value) -> None:
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def of(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value, made now if it is not kept. None is not kept."""
        found = self.get(key)
        if found is None:
            found = make()
            if found is not None:
                self.keep(key, found)
        return found

    def __len__(self) -> int:
        return len(self._kept)
