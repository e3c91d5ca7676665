"""The columns of a list on the desk: which there are, which a person chose, and how a cell is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Row

from include.desk.choosing import SORTED_BY
from include.tasks.answers.plausibility import money_of
from include.tasks.canonical_json import read_json
from include.tasks.kind import Column, Kind
from include.tasks.kinds import kind_of
from include.tasks.sheets.layout import shown_text, value_of
from include.tasks.task_queries import Task
from include.words.texts import Language

NUMBERS = frozenset({"count", "signed", "days", "rate", "money", "per_mille"})


@dataclass(frozen=True)
class Shown:
    """A column as a page shows it. sort: how the list is sorted by it, if it can be."""

    column: Column
    name: str
    heading: str
    meaning: str
    unit: str
    sort: str | None

    @property
    def is_number(self) -> bool:
        return self.unit in NUMBERS


def columns_of(kind: Kind, language: Language, currency: str) -> tuple[Shown, ...]:
    """All columns of the kind's list in this language, the product's first."""
    return _columns(kind.name, language, currency)


@cache
def _columns(name: str, language: Language, currency: str) -> tuple[Shown, ...]:
    kind = kind_of(name)
    found = [one for one in kind.columns_in(language) if one.sheet == "list" or one.unit == "why"]
    return tuple(_shown(kind, one, language, currency) for one in found)


def chosen_columns(every: Sequence[Shown], kind: Kind, names: Sequence[str]) -> list[Shown]:
    """Those that a person chose, else the usual ones, in the order of the list."""
    wanted = set(names) or set(kind.shown) or {one.name for one in every[:10]}
    return [one for one in every if one.name in wanted] or list(every[:10])


def task_of(row: Row[Any]) -> Task:
    return Task(
        row.task_id, row.kind, row.day, row.subject, row.state, row.since_day, row.rank, row.urgency,
        read_json(row.payload), read_json(row.answer), row.changed_at, row.changed_by,
    )  # fmt: skip


def cell(task: Task, shown: Shown, language: Language) -> str:
    """What stands in a cell. What a line's units are worth follows the quantity that a person answered with."""
    answered = task.answer.get("quantity") if task.state in ("accepted", "done") else None
    if isinstance(answered, int) and shown.column.field == kind_of(task.kind).money_of_units:
        return shown_text(money_of(task.kind, task.payload, answered), shown.unit)
    return shown_text(value_of(task, shown.column, language), shown.unit)


def _shown(kind: Kind, column: Column, language: Language, currency: str) -> Shown:
    by_money = column.field == kind.money
    sort = "money" if by_money else "due_day" if column.field == kind.due else column.name
    return Shown(
        column=column,
        name=column.name,
        heading=column.heading(language, currency),
        meaning=column.meaning(language),
        unit=column.unit,
        sort=sort if sort in SORTED_BY else None,
    )
