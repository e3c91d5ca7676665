"""A task on a terminal: which one is meant, and its line under the headings of its list."""

import re
from typing import Any

from sqlalchemy import Connection

from include.pages.aligned import padded
from include.settings.saying import SaidError
from include.tasks.canonical import read_json
from include.tasks.cells import amount_of, per_cent
from include.tasks.columns import Column, shown
from include.tasks.desk import Task
from include.tasks.document import read_document
from include.tasks.kinds import kind_named, kind_of
from include.tasks.publish import document_of, no_list
from include.tasks.wording import Language, state_word

_LINE = re.compile(r"(?P<kind>[^_:]+)_(?P<day>\d{4}-\d\d-\d\d):(?P<rank>\d+)")
_DATA_ZH = {
    "quantity": "件数", "expected_day": "预计到货", "outcome": "结果", "reason": "原因", "note": "备注",
    "measures": "当时的数", "carried_on_to": "转到",
}  # fmt: skip
_BESIDE = ("title", "supplier", "item_title")  # what a row of `list` shows besides its subject


def task_meant(connection: Connection, text: str) -> str:
    """A task's id: as it is, or as 补货_2025-11-11:1 (restock_2025-11-11:1), line 1 of that day's newest list.

    Raises ValueError where there is no such list or line."""
    named = _LINE.fullmatch(text)
    if named is None:
        return text
    kind, day, rank = kind_named(named["kind"]), named["day"], int(named["rank"])
    written = document_of(connection, kind, day)
    if written is None:
        raise no_list(connection, kind, day)
    lines = read_document(written).lines
    for line in lines:
        if line.rank == rank:
            return line.task_id
    raise SaidError(
        f"the {kind} list of {day} has {len(lines)} lines: there is no line {rank}",
        f"{day} 的{kind_of(kind).zh}清单有 {len(lines)} 行：没有第 {rank} 行",
    )


def row_of(task: Task, language: Language) -> str:
    """One row of a table of tasks: id, day, kind, state, quantity, what it is about and its product."""
    kind, state = kind_in(task.kind, language), state_word(language, task.state)
    quantity = task.answer.get("quantity", task.payload.get("quantity", ""))
    about = " · ".join([task.subject, *(str(task.payload[name]) for name in _BESIDE if task.payload.get(name))])
    return f"{task.task_id}  {task.day}  {padded(kind, 8)} {padded(state, 9)} {quantity!s:>7}  {about}"


def kind_in(kind: str, language: Language) -> str:
    """What lists of a kind are called."""
    return kind_of(kind).zh if language == "zh" else kind


def in_words(task: Task, language: Language, currency: str) -> list[str]:
    """The task's line, a row a column that it has something for; money in the merchant's currency, not in micros."""
    kind = kind_of(task.kind)
    return [
        f"  {column.heading(language, currency)}: {_value(task.payload[column.field], column)}"
        for column in shown(kind.columns, language)
        if task.payload.get(column.field) is not None
    ]


def data_in_words(data: str, language: Language) -> str:
    """What an event says (JSON), as 'quantity 120, expected_day 2025-11-20'."""
    said = read_json(data)
    if language == "zh":
        return "，".join(f"{_DATA_ZH.get(name, name)} {value}" for name, value in said.items())
    return ", ".join(f"{name} {value}" for name, value in said.items())


def _value(value: Any, column: Column) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if column.unit == "money":
        return f"{amount_of(int(value)):,}"
    return f"{per_cent(int(value))}%" if column.unit == "per_mille" else str(value)
