"""What a step of the day reads: its SQL statements, and how often it enters a function."""

import functools
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Engine, event

from include.warehouse import books as books_module

INCLUDE = Path(books_module.__file__).parents[1]
# What others read through: their caller is who reads.
_THROUGH = {INCLUDE / "warehouse" / "books.py", INCLUDE / "warehouse" / "as_of.py"}
_TABLE = re.compile(r'\b(?:FROM|JOIN)\s+"?([a-z_]+)"?')


class Reads:
    """Statements on the books: `by_function` ('module.function'), `by_table` (a select counts once for each of its
    tables); `entries` of functions, by name."""

    def __init__(self) -> None:
        self.by_function: Counter[str] = Counter()
        self.by_table: Counter[str] = Counter()
        self.entries: Counter[str] = Counter()

    @property
    def statements(self) -> int:
        return self.by_function.total()

    def note(self, text: str, frame: FrameType | None) -> None:
        self.by_function[_reader(frame)] += 1
        if text.lstrip().startswith(("SELECT", "WITH")):
            self.by_table.update(set(_TABLE.findall(text)))


@contextmanager
def reads_of(engine: Engine, *entered: Callable[..., Any]) -> Iterator[Reads]:
    """Count every statement on `engine`'s books, and how often the functions `entered` are called, by whom ever."""
    found = Reads()
    original = books_module._literal

    def literal(*given: Any) -> str:
        text = original(*given)
        found.note(text, sys._getframe(1))
        return text

    def executed(_connection: Any, _cursor: Any, text: str, *_more: Any) -> None:
        found.note(text, sys._getframe(1))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(books_module, "_literal", literal)
        for function in entered:
            _count_entries(patch, function, found.entries)
        event.listen(engine, "before_cursor_execute", executed)
        try:
            yield found
        finally:
            event.remove(engine, "before_cursor_execute", executed)


def _count_entries(patch: pytest.MonkeyPatch, function: Callable[..., Any], entries: Counter[str]) -> None:
    """Put a counting function in the place of `function`, in every module of include/ that knows it."""

    @functools.wraps(function)
    def counted(*given: Any, **named: Any) -> Any:
        entries[function.__name__] += 1
        return function(*given, **named)

    entries[function.__name__] = 0
    for name, module in list(sys.modules.items()):
        if name.startswith("include."):
            for own, value in list(vars(module).items()):
                if value is function:
                    patch.setattr(module, own, counted)


def _reader(frame: FrameType | None) -> str:
    """The nearest function of include/ above `frame` that does not merely pass statements on."""
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if INCLUDE in path.parents and path not in _THROUGH:
            return f"{path.stem}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "outside"
