"""A task on a terminal: which one is meant, and its line under the headings of its list."""

import re
from typing import Any

from sqlalchemy import Connection, Row

from include.pages.aligned import padded
from include.settings.saying import BilingualError
from include.tasks.canonical_json import read_json
from include.tasks.document import read_document
from include.tasks.kind import state_word
from include.tasks.kinds import kind_named, kind_of
from include.tasks.publish_list import document_of, no_list
from include.tasks.sheets.layout import shown_text, value_of
from include.tasks.task_queries import Task
from include.tasks.task_tables import MACHINE
from include.words.texts import Language, has_text, in_each, say

_LINE = re.compile(r"(?P<kind>[^_:]+)_(?P<day>\d{4}-\d\d-\d\d):(?P<rank>\d+)")
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
    raise BilingualError.named("error.no_such_line", day=day, kind=in_each(f"{kind}.name"), lines=len(lines), rank=rank)


def row_of(task: Task, language: Language) -> str:
    """One row of a table of tasks: id, day, kind, state, quantity, what it is about and its product."""
    kind, state = kind_of(task.kind).called(language), state_word(language, task.state)
    quantity = task.answer.get("quantity", task.payload.get("quantity", ""))
    about = " · ".join([task.subject, *(str(task.payload[name]) for name in _BESIDE if task.payload.get(name))])
    return f"{task.task_id}  {task.day}  {padded(kind, 8)} {padded(state, 9)} {quantity!s:>7}  {about}"


def head_of(task: Task, language: Language) -> str:
    """Which task it is, of which list, and how it stands."""
    return say(
        language,
        "task.head",
        task=task.task_id,
        kind=kind_of(task.kind).called(language),
        subject=task.subject,
        day=task.day,
        since=task.since_day,
        state=_state(task.state, language),
    )


def act_in_words(before: Row[Any], now: Row[Any], language: Language) -> str:
    """What an act made of a task (rows of `tasks`): its list, what it is about, and its quantity beside what was
    suggested, if these differ."""
    payload, quantity = read_json(now.payload), read_json(now.answer).get("quantity")
    suggested = payload.get("quantity")
    told = "" if quantity is None else say(language, "command.tasks.quantity", quantity=quantity)
    if quantity is not None and suggested is not None and quantity != suggested:
        told += say(language, "command.tasks.suggested", suggested=suggested)
    return say(
        language,
        "command.tasks.line",
        kind=f"{kind_of(now.kind).called(language)} {now.day}",
        subject=kind_of(now.kind).subject_in_words(payload),
        title=payload.get("title") or "",
        before=_state(before.state, language),
        state=_state(now.state, language),
        quantity=told,
    )


def in_words(task: Task, language: Language, currency: str) -> list[str]:
    """The task's line, a row a column that it has something for; money in the merchant's currency, not in micros."""
    return [
        f"  {column.heading(language, currency)}{say(language, 'task.colon')}"
        f"{shown_text(value_of(task, column, language), column.unit)}"
        for column in kind_of(task.kind).columns_in(language)
        if task.payload.get(column.field) is not None
    ]


def event_in_words(event: Row[Any], kind: str, language: Language) -> str:
    """When, who, from which state to which, and what was said of it."""
    before = _state(event.from_state, language) if event.from_state else say(language, "task.new")
    said = data_in_words(event.data, kind, language)
    who = say(language, "task.machine") if event.who == MACHINE else event.who
    step = f"  {event.at}  {who}{say(language, 'task.colon')}{before} -> {_state(event.to_state, language)}"
    return f"{step}  {said}" if said else step


def data_in_words(data: str, kind: str, language: Language) -> str:
    """What an event says (JSON), as 'quantity 120, expected 2025-11-20'. What the list suggested when it was refused,
    which is kept with a refusal, stands with its columns."""
    said = read_json(data)
    measures = said.pop("measures", None) or {}
    told = [f"{_field(name, language)} {_said(name, value, kind, language)}" for name, value in said.items()]
    columns = {column.field: column for column in kind_of(kind).columns}
    told += [
        f"{say(language, 'task.then')}{columns[name].bare_heading(language)} {shown_text(value, columns[name].unit)}"
        for name, value in measures.items()
        if name in columns and value is not None
    ]
    return say(language, "task.between").join(told)


def _field(name: str, language: Language) -> str:
    return say(language, f"task.field.{name}") if has_text(f"task.field.{name}") else name


def _said(name: str, value: Any, kind: str, language: Language) -> str:
    """One thing that an event says, in words."""
    if name == "changed":
        columns = {column.field: column.bare_heading(language) for column in kind_of(kind).columns_in(language)}
        found = list(dict.fromkeys(columns[field] for field in value if field in columns))
        return say(language, "list.between").join(found) or say(language, "task.other")
    if name == "outcome":
        return kind_of(kind).outcome_word(language, str(value))
    if name == "reason":
        outcome = kind_of(kind).outcome_named(str(value))
        own = f"task.reason.{str(value).replace(' ', '_')}"
        return outcome.called(language) if outcome else say(language, own) if has_text(own) else str(value)
    return str(value)


def _state(state: str, language: Language) -> str:
    """A state as a log calls it: in English by its code, as a command takes it."""
    return say(language, f"task.state.{state}")
