"""Marks of what happens once a day or night, and is missed when it does not: the heartbeat, the backup, the audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, delete, insert, select

from include.calendar.business_days import merchant_now
from include.pipeline.watching.alarms import reason_of
from include.tasks.moments import moment
from include.warehouse.tables import watch_marks
from include.warehouse.workspace import Workspace

Name = Literal["heartbeat", "backup", "audit"]


@dataclass(frozen=True)
class Mark:
    """day: the business day, or the night, that it is about. detail: what came of it, in one line."""

    day: str
    at: str
    is_well: bool
    detail: str


def set_mark(books: Engine, name: Name, day: str, at: datetime, is_well: bool, detail: str = "") -> None:
    """at: the merchant's clock."""
    with books.begin() as connection:
        connection.execute(delete(watch_marks).where(watch_marks.c.name == name))
        connection.execute(
            insert(watch_marks).values(name=name, day=day, at=moment(at), is_well=int(is_well), detail=detail[:500])
        )


def marks(connection: Connection) -> Mapping[str, Mark]:
    """What is marked, by its name."""
    rows = connection.execute(select(watch_marks)).all()
    return {row.name: Mark(row.day, row.at, bool(row.is_well), row.detail) for row in rows}


def marked(
    workspace: Workspace, name: Name, day: str, now: datetime, step: Callable[[], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Do the step and keep whether it went well; what it raises is kept and raised. now: an aware moment."""
    clock = merchant_now(workspace.merchant.time_zone, now)
    try:
        told = step()
    except Exception as error:
        set_mark(workspace.books, name, day, clock, False, reason_of(error, workspace.merchant.language))
        raise
    set_mark(workspace.books, name, day, clock, True, ", ".join(f"{key} {value}" for key, value in told.items()))
    return told
