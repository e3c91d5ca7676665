"""A task on a terminal: which one is meant, and its line under the headings of its list."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from include.pages.aligned import padded
from include.settings.saying import SaidError
from include.tasks.canonical_json import read_json
from include.tasks.desk import Task
from include.tasks.document import read_document
from include.tasks.kinds import kind_named, kind_of
from include.tasks.publish_list import document_of, no_list
from include.tasks.sheets.columns import shown
from include.tasks.sheets.layout import shown_text, value_of
from include.tasks.task_tables import MACHINE
from include.tasks.wording import WORDS, Language, outcome_word, state_word

_LINE = re.compile(r"(?P<kind>[^_:]+)_(?P<day>\d{4}-\d\d-\d\d):(?P<rank>\d+)")
_BESIDE = ("title", "supplier", "item_title")  # what a row of `list` shows besides its subject

# What `show` says around a line: its head, and the fields of its log.
SHOWN: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "head": "{task}  {kind} {subject}，{day} 的清单，{since} 起一直建议：{state}",
        "colon": "：",
        "between": "，",
        "new": "新建",
        "machine": "系统",
        "then": "当时",
        "other": "说明",
        "quantity": "件数",
        "expected_day": "预计到货",
        "outcome": "结果",
        "reason": "原因",
        "note": "备注",
        "revision": "清单版本",
        "since_day": "首次建议",
        "changed": "改动",
        "carried_on_to": "转到新清单的任务",
        "already_acted_on": "同一事项已处理，见任务",
        "after_days": "超过天数",
    },
    "en": {
        "head": "{task}  {kind} {subject}, list of {day}, since {since}: {state}",
        "colon": ": ",
        "between": ", ",
        "new": "new",
        "machine": MACHINE,
        "then": "then ",
        "other": "its words",
        "quantity": "quantity",
        "expected_day": "expected",
        "outcome": "outcome",
        "reason": "reason",
        "note": "note",
        "revision": "revision",
        "since_day": "since",
        "changed": "changed",
        "carried_on_to": "carried on to",
        "already_acted_on": "already acted on as",
        "after_days": "after days",
    },
}
# Reasons that the log is given by the system, as readers of Chinese know them.
REASONS = {
    "no longer wanted": "新清单不再建议",
    "opted out": "客户不愿再被联系",
    "no consent": "客户没有同意被联系",
    "erased": "客户资料已删除",
}


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


def head_of(task: Task, language: Language) -> str:
    """Which task it is, of which list, and how it stands."""
    kind = kind_of(task.kind)
    return SHOWN[language]["head"].format(
        task=task.task_id,
        kind=kind.zh if language == "zh" else kind.en,
        subject=task.subject,
        day=task.day,
        since=task.since_day,
        state=_state(task.state, language),
    )


def in_words(task: Task, language: Language, currency: str) -> list[str]:
    """The task's line, a row a column that it has something for; money in the merchant's currency, not in micros."""
    kind, words = kind_of(task.kind), WORDS[language]
    return [
        f"  {column.heading(language, currency)}{SHOWN[language]['colon']}"
        f"{shown_text(value_of(task, column, words), column.unit)}"
        for column in shown(kind.columns, language)
        if task.payload.get(column.field) is not None
    ]


def event_in_words(event: Row[Any], kind: str, language: Language) -> str:
    """When, who, from which state to which, and what was said of it."""
    before = _state(event.from_state, language) if event.from_state else SHOWN[language]["new"]
    said = data_in_words(event.data, kind, language)
    who = SHOWN[language]["machine"] if event.who == MACHINE else event.who
    step = f"  {event.at}  {who}{SHOWN[language]['colon']}{before} -> {_state(event.to_state, language)}"
    return f"{step}  {said}" if said else step


def data_in_words(data: str, kind: str, language: Language) -> str:
    """What an event says (JSON), as 'quantity 120, expected 2025-11-20'. What the list suggested when it was refused,
    which is kept with a refusal, stands with its columns."""
    words = SHOWN[language]
    said = read_json(data)
    measures = said.pop("measures", None) or {}
    told = [f"{words.get(name, name)} {_said(name, value, kind, language)}" for name, value in said.items()]
    columns = {column.field: column for column in kind_of(kind).columns}
    told += [
        f"{words['then']}{columns[name].bare_heading(language)} {shown_text(value, columns[name].unit)}"
        for name, value in measures.items()
        if name in columns and value is not None
    ]
    return words["between"].join(told)


def _said(name: str, value: Any, kind: str, language: Language) -> str:
    """One thing that an event says, in words."""
    if name == "changed":
        columns = {column.field: column.bare_heading(language) for column in shown(kind_of(kind).columns, language)}
        found = list(dict.fromkeys(columns[field] for field in value if field in columns))
        return WORDS[language]["separator"].join(found) or SHOWN[language]["other"]
    if name == "outcome":
        return outcome_word(language, kind, str(value))
    if name == "reason":
        outcome = kind_of(kind).outcome_named(str(value))
        own = REASONS.get(str(value), str(value)) if language == "zh" else str(value)
        return outcome.called(language) if outcome else own
    return str(value)


def _state(state: str, language: Language) -> str:
    return state_word("zh", state) if language == "zh" else state
