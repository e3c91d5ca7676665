"""What another system (an ERP, a CRM, a call centre) reports of lines: read, doubted and entered as a sheet's rows are.

One delivery is entered in one transaction, and its receipt with it, so that the same delivery that comes again is given
that receipt and enters nothing, whichever process takes it and whenever one has died. What is not entered is noted with
its line, for people to see; of an unknown line, with the sender.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from include.tasks.answers.answers import enter_rows
from include.tasks.answers.sheet_reading import Answer, Answers, Problem, RowReader
from include.tasks.answers.written import plain_text
from include.tasks.by_hand.desk_log import Doing, note_doings
from include.tasks.canonical_json import canonical_json, read_json
from include.tasks.kind import CALL
from include.tasks.kinds import kind_of
from include.tasks.persons import LONGEST_NAME, is_person
from include.tasks.privacy import masked
from include.tasks.sheets.cells import neutral
from include.tasks.sheets.layout import CODES_ROW_MARK, WAY
from include.tasks.task_events import lock_log
from include.tasks.task_tables import desk_events, first_day_to_know
from include.words.texts import Language, say

REPORTED, NOT_ENTERED = "reported", "not_entered"  # what the desk's log calls a delivery, and an answer left out
SENDER = "sender"  # what such an event is about, if no line is known
CODES = {
    "answer": "answer",
    "quantity": "answer_quantity",
    "expected_day": "answer_expected_day",
    "outcome": "answer_outcome",
    "reason": "answer_reason",
}
"""Field of an answer -> column of a sheet that says the same."""
FIELDS = ("task_id", *CODES, "at", "by", "subject")
LONGEST_KEPT = 200  # letters of a field of an answer that was not entered: enough to know what was meant
AHEAD = timedelta(minutes=5)  # a sender's clock may be fast by as much as its signature's may
_TASK_ID = re.compile(r"[a-z0-9]{1,32}")
Result = Literal["entered", "asked", "refused"]


class ReportedBeforeError(ValueError):
    """Another delivery of this sender had the same key."""


class NotReadableError(ValueError):
    """A field of an answer, in words of the sender's language."""

    def __init__(self, place: str, told: str) -> None:
        super().__init__(told)
        self.place, self.told = place, told


@dataclass(frozen=True)
class Delivery:
    """key: the sender's own, once a delivery. content_hash: of all that it says. answers: as they came."""

    sender: str
    key: str
    content_hash: str
    answers: Sequence[object]

    @property
    def subject(self) -> str:
        return f"{self.sender}/{self.key}"


@dataclass(frozen=True)
class Rules:
    """visible: the tasks among these ids that the sender may see; may_answer: whether it may answer lists of a kind.
    received_at: the merchant's clock; aware_now: the same instant, to hold reported times against."""

    language: Language
    doubtful_times: float
    received_at: datetime
    aware_now: datetime
    visible: Callable[[Connection, set[str]], Mapping[str, Row[Any]]]
    may_answer: Callable[[str], bool]


@dataclass(frozen=True)
class Told:
    """What became of one answer. row: its place in the delivery, from 1. row_of_task: of `tasks`, if it is known."""

    row: int
    task_id: str
    result: Result
    field: str = ""
    message: str = ""
    is_new: bool = False
    state: str = ""
    row_of_task: Row[Any] | None = None

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"row": self.row, "task_id": self.task_id, "result": self.result}
        if self.result == "entered":
            return {**told, "changed": self.is_new, "state": self.state}
        return {**told, "field": self.field, "message": self.message}


def take_delivery(connection: Connection, delivery: Delivery, rules: Rules) -> tuple[dict[str, Any], bool]:
    """(the receipt of a delivery, whether it is an earlier one's), within the caller's transaction, which must not have
    read anything yet. Raises ReportedBeforeError."""
    last, _ = lock_log(connection)  # whoever brings the same at the same time waits, and finds the receipt
    before = _receipt(connection, delivery)
    if before is not None:
        return before, True
    told = _entered(connection, delivery, rules)
    receipt: dict[str, Any] = {
        "delivery_key": delivery.key,
        "sender": delivery.sender,
        "received_at": rules.received_at.isoformat(timespec="seconds"),
        "totals": {
            "answers": len(told),
            "entered": sum(one.result == "entered" for one in told),
            "changed": sum(one.is_new for one in told),
            "asked": sum(one.result == "asked" for one in told),
            "refused": sum(one.result == "refused" for one in told),
        },
        "answers": [one.as_json() for one in told],
    }
    kept = Doing(REPORTED, SENDER, delivery.subject, {"content": delivery.content_hash, "receipt": receipt})
    left_out = [_left_out(delivery, one, last) for one in told if one.result != "entered"]
    day = first_day_to_know(connection, rules.received_at)
    note_doings(connection, [kept, *left_out], delivery.sender, rules.received_at, day)
    return read_json(canonical_json(receipt)), False  # the same bytes as when it is read again


def confirm_reported(
    connection: Connection, said: Mapping[str, Any], row: Row[Any], who: str, at: datetime, language: Language
) -> str:
    """Enter an answer that was asked about, as a person's own word; returns why it could not be, '' if it was. The
    caller has locked the log. said: the data of its event; row: of its task."""
    reader = _reader(row, language, at)
    try:
        answer, problem = _read(reader, int(said["row"]), said["said"], row, language)
    except NotReadableError as error:
        return error.told
    if answer is None:
        return problem.expected if problem else ""
    answers = Answers(row.kind, row.day, (answer,), (), language)
    entered = enter_rows(connection, answers, who, at, confirmed=True, doubtful_times=1.0)
    return entered.problems[0].expected if entered.problems else ""


def _receipt(connection: Connection, delivery: Delivery) -> dict[str, Any] | None:
    query = select(desk_events.c.data).where(
        desk_events.c.about == SENDER, desk_events.c.subject == delivery.subject, desk_events.c.what == REPORTED
    )
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        return None
    kept = read_json(found)
    if kept["content"] != delivery.content_hash:
        raise ReportedBeforeError
    receipt: dict[str, Any] = kept["receipt"]
    return receipt


def _entered(connection: Connection, delivery: Delivery, rules: Rules) -> list[Told]:
    """What became of each answer, in their order."""
    language, told = rules.language, dict[int, Told]()
    ids = {task for one in delivery.answers if (task := _task_id(one))}
    rows = rules.visible(connection, ids)
    by_kind: dict[str, list[Answer]] = {}
    readers: dict[tuple[str, str], RowReader] = {}
    for number, said in enumerate(delivery.answers, start=1):
        task = _task_id(said)
        row = rows.get(task)

        def refuse(place: str, message: str, number: int = number, task: str = task, row: Any = row) -> None:
            told[number] = Told(number, task, "refused", place, message, row_of_task=row)

        try:
            fields = fields_of(said, language)
            if row is None:
                raise NotReadableError("task_id", say(language, "answer.reported.no_task"))
            if not rules.may_answer(row.kind):
                raise NotReadableError("task_id", say(language, "answer.reported.not_yours"))
            _require_subject(fields.get("subject") or {}, row, language)
            said_at = _said_at(fields.get("at", ""), rules)
            by = _by(fields.get("by", ""), language)
            reader = readers.setdefault((row.kind, row.day), _reader(row, language, rules.received_at))
            answer, problem = _read(reader, number, fields, row, language)
        except NotReadableError as error:
            refuse(error.place, error.told)
            continue
        if answer is None:
            assert problem is not None
            refuse(problem.column, problem.expected)
            continue
        at = str(fields.get("at", ""))
        note = say(language, "answer.reported.note", by=by, at=at) if by and at else by or at
        # What a machine writes as its reason confirms nothing: only a person has looked.
        answer = replace(answer, confirmed=False, said_at=said_at, note=note)
        by_kind.setdefault(row.kind, []).append(answer)
    for kind, answers in sorted(by_kind.items()):
        _enter(connection, kind, answers, rows, delivery.sender, rules, told)
    return [told[number] for number in sorted(told)]


def _enter(
    connection: Connection,
    kind: str,
    answers: Sequence[Answer],
    rows: Mapping[str, Row[Any]],
    sender: str,
    rules: Rules,
    told: dict[int, Told],
) -> None:
    """Enter the answers about lists of one kind, and tell of each."""
    read = Answers(kind, "", tuple(answers), (), rules.language)
    entered = enter_rows(connection, read, sender, rules.received_at, False, rules.doubtful_times)
    tasks = {one.row: one.act.task_id for one in answers}
    for line in entered.lines:
        told[line.row] = Told(line.row, tasks[line.row], "entered", is_new=line.is_new, state=line.state)
    problems: dict[int, list[Problem]] = {}
    for one in entered.problems:
        problems.setdefault(one.row, []).append(one)
    for number, task in tasks.items():
        found = problems.get(number, [])
        wrong = [one for one in found if not one.is_doubt]
        if number in told:
            continue
        if found:
            result: Result = "refused" if wrong else "asked"
            message = " ".join(one.question if one.is_doubt else one.expected for one in wrong or found)
            told[number] = Told(number, task, result, found[0].column, message, row_of_task=rows[task])
        else:  # the first of two that say different things
            message = say(rules.language, "answer.expect.one_answer")
            told[number] = Told(number, task, "refused", "task_id", message, row_of_task=rows[task])


def _left_out(delivery: Delivery, told: Told, last: int) -> Doing:
    """The event that shows people an answer which was not entered. last: the newest event of any task before it. Where
    no line is known no free text is kept: nobody could find it to erase it."""
    row, said = told.row_of_task, delivery.answers[told.row - 1]
    fields = said if isinstance(said, Mapping) else {}
    names = [name for name in FIELDS if name not in ("task_id", "subject") and (row is not None or name != "reason")]
    kept = {
        name: masked(str(fields[name]))[:LONGEST_KEPT]
        for name in names
        if isinstance(fields.get(name), (str, int, float)) and fields[name] != ""
    }
    data = {
        "sender": delivery.sender,
        "delivery": delivery.key,
        "row": told.row,
        "seq": last,
        "task_id": told.task_id,
        "result": told.result,
        "field": told.field,
        "message": told.message,
        "said": kept,
    }
    if row is None:
        return Doing(NOT_ENTERED, SENDER, delivery.subject, data)
    return Doing(NOT_ENTERED, row.kind, row.subject, data)


def fields_of(said: object, language: Language) -> dict[str, Any]:
    """The fields of an answer, those that say nothing left out. Raises NotReadableError."""
    if not isinstance(said, Mapping):
        raise NotReadableError("", say(language, "answer.reported.no_object"))
    strange = sorted(set(said) - set(FIELDS))
    if strange:
        known = ", ".join(FIELDS)
        raise NotReadableError(strange[0][:LONGEST_NAME], say(language, "answer.reported.field", known=known))
    fields = {name: value for name, value in said.items() if value is not None and value != ""}
    for name, value in fields.items():
        is_right = isinstance(value, Mapping) if name == "subject" else isinstance(value, str)
        if not is_right and not (name == "quantity" and type(value) in (int, float)):
            expected = "answer.reported.subject" if name == "subject" else "answer.reported.text"
            raise NotReadableError(name, say(language, expected))
    return fields


def _task_id(said: object) -> str:
    """The id of the task that an answer names; '' if that can be none."""
    named = said.get("task_id") if isinstance(said, Mapping) else None
    return named if isinstance(named, str) and _TASK_ID.fullmatch(named) else ""


def _require_subject(said: Mapping[str, Any], row: Row[Any], language: Language) -> None:
    """Raises NotReadableError if the answer says that its line is about something else than its task is."""
    kind, payload = kind_of(row.kind), read_json(row.payload)
    for name, value in said.items():
        if name not in kind.subject:
            known = ", ".join(kind.subject)
            raise NotReadableError(
                f"subject.{name}"[:LONGEST_NAME], say(language, "answer.reported.field", known=known)
            )
        if plain_text(value) != plain_text(payload.get(name, "")):
            if "customer" in kind.subject:  # the receipt is kept with the delivery, where no erasure finds a name
                raise NotReadableError(f"subject.{name}", say(language, "answer.reported.other_customer"))
            other = kind.subject_in_words(payload)
            raise NotReadableError(f"subject.{name}", say(language, "answer.reported.other_subject", other=other))


def _said_at(text: str, rules: Rules) -> datetime | None:
    """When it was done, by the merchant's clock: as long ago as the sender says."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotReadableError("at", say(rules.language, "answer.reported.at")) from error
    if found.tzinfo is None or found > rules.aware_now + AHEAD:
        name = "answer.reported.at" if found.tzinfo is None else "answer.reported.later"
        raise NotReadableError("at", say(rules.language, name))
    try:
        return rules.received_at - max(rules.aware_now - found, timedelta())
    except OverflowError as error:  # before the first year, by the merchant's clock
        raise NotReadableError("at", say(rules.language, "answer.reported.at")) from error


def _by(text: str, language: Language) -> str:
    if text and not is_person(text):
        raise NotReadableError("by", say(language, "answer.reported.by", most=LONGEST_NAME))
    return text


def _reader(row: Row[Any], language: Language, at: datetime) -> RowReader:
    """Reads answers about tasks of the row's list. Its columns are called as the fields of an answer."""
    kind = kind_of(row.kind)
    headings = {CODES_ROW_MARK: "task_id", **{code: field for field, code in CODES.items()}}
    if not kind.counted:
        del headings[CODES["quantity"]]
    return RowReader(row.kind, row.day, language, headings, "", at.date().isoformat())


def _read(
    reader: RowReader, number: int, fields: Mapping[str, Any], row: Row[Any], language: Language
) -> tuple[Answer | None, Problem | None]:
    """The answer that the fields say, or what is wrong with it."""
    kind, payload = kind_of(row.kind), read_json(row.payload)
    if "quantity" in fields and not kind.counted:
        raise NotReadableError("quantity", say(language, "answer.reported.no_quantity"))
    values: dict[str, Any] = {CODES_ROW_MARK: row.task_id, "rank": row.rank}
    values |= {name: neutral(str(payload.get(name, ""))) for name in (*kind.subject, "title", "quantity")}
    values |= {code: fields[field] for field, code in CODES.items() if field in fields}
    if "answer" not in values and "answer_outcome" in values:
        values["answer"] = values.pop("answer_outcome")
    if kind.answers_by_outcome:
        values[WAY] = say(language, f"list.way.{payload.get('way') or CALL}")
    answers, problems = len(reader.answers), len(reader.problems)
    reader.read(number, values)
    if len(reader.answers) > answers:
        return reader.answers[-1], None
    if len(reader.problems) > problems:
        return None, reader.problems[-1]
    raise NotReadableError("answer", say(language, "answer.expect.answer"))
