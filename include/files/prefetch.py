"""The next of a series is made while the present one is worked on."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(series: Iterator[T]) -> Generator[T, None, None]:
    """The series, each member made by a thread while the one before it is in use."""
    with ThreadPoolExecutor(1) as worker:
        following = worker.submit(_next_of, series)
        while found := following.result():
            following = worker.submit(_next_of, series)
            yield found[0]


def _next_of(series: Iterator[T]) -> tuple[T] | None:
    for one in series:
        return (one,)
    return None
