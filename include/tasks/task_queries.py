"""Looking at tasks: what a board, a command line or a report asks."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from include.tasks.canonical_json import read_json
from include.tasks.task_tables import tasks

FACETS = ("kind", "day", "state", "sku", "warehouse", "supplier", "shop", "customer", "category", "abc", "urgency")


@dataclass(frozen=True)
class Task:
    """One task as it stands. answer: data of its last change of state."""

    task_id: str
    kind: str
    day: str
    subject: str
    state: str
    since_day: str
    rank: int
    urgency: int
    payload: Mapping[str, Any]
    answer: Mapping[str, Any]
    changed_at: str
    changed_by: str


def find_tasks(connection: Connection, *, limit: int = 100, text: str = "", **facets: Any) -> list[Task]:
    """Tasks by facets (FACETS; a list means any of), newest list first, then by rank. text: part of a subject."""
    query = _chosen(select(tasks), facets, text)
    query = query.order_by(tasks.c.day.desc(), tasks.c.kind, tasks.c.rank, tasks.c.task_id)
    return [task_of(row) for row in connection.execute(query.limit(limit))]


def count_tasks(connection: Connection, *, text: str = "", **facets: Any) -> int:
    return connection.execute(_chosen(select(func.count()).select_from(tasks), facets, text)).scalar_one()


def one_task(connection: Connection, task_id: str) -> Task | None:
    row = connection.execute(select(tasks).where(tasks.c.task_id == task_id)).one_or_none()
    return None if row is None else task_of(row)


def _chosen(query: Select[Any], facets: Mapping[str, Any], text: str) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = []
    for name, wanted in facets.items():
        if name not in FACETS:
            raise ValueError(f"tasks cannot be chosen by {name!r}; they can by {', '.join(FACETS)}")
        if wanted is None:
            continue
        column = tasks.c[name]
        conditions.append(column.in_(wanted) if isinstance(wanted, (list, tuple)) else column == wanted)
    if text:
        conditions.append(tasks.c.subject.contains(text, autoescape=True))
    return query.where(*conditions)


def task_of(row: Row[*tuple[Any, ...]]) -> Task:
    columns = {field.name: getattr(row, field.name) for field in fields(Task)}
    return Task(**{**columns, "payload": read_json(row.payload), "answer": read_json(row.answer)})
