"""Two copies of SQLite work in one process, Python's own and ADBC's: on one file they take turns.

SQLite locks a file by POSIX locks. These belong to the process: one copy does not notice what the other holds, and when
either closes the file, all of them are gone (sqlite.org/howtocorrupt.html, section 2.2.1). Open side by side, the one
that closes takes itself for the last, deletes the write-ahead log under the other, and rows are lost.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

Library = Literal["python", "adbc"]
PATIENCE_SECONDS = 600  # a close of a long history holds the books for minutes


class LibraryLock:
    """Which of the two libraries has one database file open in this process. Each may have it open many times."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._holders: dict[Library, list[int]] = {"python": [], "adbc": []}

    def take(self, library: Library, patience: float = PATIENCE_SECONDS) -> int:
        """Wait until the other library has closed the file; returns the thread that holds it now.

        RuntimeError where this very thread has it open by the other library: it would wait for itself.
        """
        other: Library = "adbc" if library == "python" else "python"
        thread = threading.get_ident()
        until = time.monotonic() + patience
        with self._changed:
            while self._holders[other]:
                if thread in self._holders[other]:
                    raise RuntimeError(
                        "a bulk transfer inside an open connection (or the other way round): on SQLite, end the one "
                        "before the other begins"
                    )
                if not self._changed.wait(until - time.monotonic()):
                    raise TimeoutError(f"the books have been in use by another thread for {patience:.0f} s")
            self._holders[library].append(thread)
        return thread

    def give_back(self, library: Library, thread: int) -> None:
        with self._changed:
            self._holders[library].remove(thread)
            self._changed.notify_all()


_turns: dict[str, LibraryLock] = {}
_making = threading.Lock()


def turns_of(database: str) -> LibraryLock:
    """The turns of one database file, the same for all engines on it."""
    with _making:
        return _turns.setdefault(os.path.realpath(database), LibraryLock())


@contextmanager
def adbc_turn(database: str) -> Iterator[None]:
    turns = turns_of(database)
    thread = turns.take("adbc")
    try:
        yield
    finally:
        turns.give_back("adbc", thread)


class TurnTakingConnection(sqlite3.Connection):
    """A connection of Python's library that holds its turn from before the file is opened until after it is closed."""

    def __init__(self, database: str, *arguments: Any, **more: Any) -> None:
        self._turns = turns_of(database)
        self._holder: int | None = self._turns.take("python")
        try:
            super().__init__(database, *arguments, **more)
        except BaseException:
            self._give_back()
            raise

    def close(self) -> None:
        super().close()
        self._give_back()

    def _give_back(self) -> None:
        holder, self._holder = self._holder, None
        if holder is not None:
            self._turns.give_back("python", holder)
