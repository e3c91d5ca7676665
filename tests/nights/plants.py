"""Bugs that the nights must find: each is planted for as long as a `with` block, none of them is in the product."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import update

from include.tasks import align
from include.tasks.channels import delivery
from include.tasks.task_tables import tasks
from include.warehouse import books


def _commit(writer: Any) -> None:
    connection = writer._connection
    if hasattr(connection, "adbc_connection"):
        connection.commit()
    else:
        connection.connection.driver_connection.commit()


@contextmanager
def published_without_transaction() -> Iterator[None]:
    """Every insert of a publication is committed at once."""

    def insert(original: Callable[..., int]) -> Callable[..., int]:
        def inserted(self: Any, *rows: Any) -> int:
            count = original(self, *rows)
            _commit(self)
            return count

        return inserted

    sqlite, postgres = books._SqlitePublication, books._PostgresPublication
    with (
        patch.object(sqlite, "insert", insert(sqlite.insert)),
        patch.object(postgres, "insert", insert(postgres.insert)),
    ):
        yield


@contextmanager
def partition_deleted_before_its_insert() -> Iterator[None]:
    """What is deleted from facts is committed before the new rows are there."""

    def execute(original: Callable[..., None]) -> Callable[..., None]:
        def executed(self: Any, statement: Any) -> None:
            original(self, statement)
            if getattr(getattr(statement, "table", None), "name", "").startswith("facts_"):
                _commit(self)

        return executed

    sqlite, postgres = books._SqlitePublication, books._PostgresPublication
    with (
        patch.object(sqlite, "execute", execute(sqlite.execute)),
        patch.object(postgres, "execute", execute(postgres.execute)),
    ):
        yield


@contextmanager
def unknown_sent_again() -> Iterator[None]:
    """A delivery of which nobody knows whether it arrived is repeated, whatever its receiver makes of it."""
    original = delivery._state_after

    def state_after(row: Any, channel: Any, outcome: Any, *more: Any) -> Any:
        failed = replace(outcome, state="failed", may_repeat=True) if outcome.state == "unknown" else outcome
        return original(row, channel, failed, *more)

    with patch.object(delivery, "_state_after", state_after):
        yield


@contextmanager
def answers_overwritten() -> Iterator[None]:
    """A list that is made again opens the tasks of its day that somebody has answered."""
    original = align._Work.write

    def write(self: Any) -> None:
        original(self)
        of_list = (tasks.c.kind == self.document.kind, tasks.c.day == self.document.day)
        answered = tasks.c.state.in_(["accepted", "done", "refused", "snoozed"])
        self.connection.execute(update(tasks).where(*of_list, answered).values(state="open", answer="{}"))

    with patch.object(align._Work, "write", write):
        yield


PLANTS: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    one.__name__: one
    for one in (
        published_without_transaction,
        partition_deleted_before_its_insert,
        unknown_sent_again,
        answers_overwritten,
    )
}
