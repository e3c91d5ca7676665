"""What people do on the desk besides answering lines: comments, assignments, overrides, purchase orders, approvals.

A log as that of the tasks is: appended, numbered without a gap, each event with the hash of the one before. The chain
goes over a salted digest of what an event is about and says, so that both can be erased.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from include.settings.saying import BilingualError
from include.tasks.canonical_json import canonical_json, content_hash, read_json
from include.tasks.moments import moment
from include.tasks.persons import is_person
from include.tasks.privacy import masked
from include.tasks.task_events import DESK_LOG, ERASED, GENESIS, lock_log, move_end
from include.tasks.task_tables import MACHINE, assignments, desk_events, task_log_end
from include.warehouse.books import insert_new

_NAMES = ("seq", "at", "day", "who", "what", "about", "data_hash")
LONGEST_COMMENT = 500  # letters


@dataclass(frozen=True)
class DeskEvent:
    seq: int
    at: str
    day: str
    who: str
    what: str
    about: str
    subject: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Doing:
    """what: comment, assign, ..; about: the kind of list, or what else `subject` is a name of."""

    what: str
    about: str
    subject: str
    data: Mapping[str, Any]


def note_doings(connection: Connection, doings: Sequence[Doing], who: str, at: datetime, day: str) -> range:
    """Append one event for each, in order; returns their numbers. day: the business day whose list is the first to know
    of it."""
    if not is_person(who):
        raise BilingualError.named("error.no_person", who=who)
    return _append(connection, doings, who, at, day)


def _append(connection: Connection, doings: Sequence[Doing], who: str, at: datetime, day: str) -> range:
    last, previous = lock_log(connection, DESK_LOG)
    rows: list[dict[str, Any]] = []
    for seq, one in enumerate(doings, start=last + 1):
        row: dict[str, Any] = {
            "seq": seq,
            "at": moment(at),
            "day": day,
            "who": who,
            "what": one.what,
            "about": one.about,
            "subject": one.subject,
            "data": canonical_json(dict(one.data)),
            "salt": secrets.token_hex(16),
            "previous_hash": previous,
        }
        row["data_hash"] = _digest(row)
        row["hash"] = previous = _hash_of(row)
        rows.append(row)
    if rows:
        connection.execute(insert(desk_events), rows)
        move_end(connection, rows[-1]["seq"], previous, DESK_LOG)
    return range(last + 1, last + len(rows) + 1)


def comment(connection: Connection, kind: str, subject: str, text: str, who: str, at: datetime, day: str) -> None:
    """Keep what somebody says about a line; it stays with the subject from list to list. Raises ValueError for an empty
    text. Numbers that look like a person's are blacked out."""
    said = masked(text.replace("\x00", "").strip())[:LONGEST_COMMENT]
    if not said:
        raise BilingualError.named("error.empty_comment")
    note_doings(connection, [Doing("comment", kind, subject, {"text": said})], who, at, day)


def assign(
    connection: Connection, kind: str, subjects: Sequence[str], person: str, who: str, at: datetime, day: str
) -> None:
    """Say whose lines these are; an empty name: nobody's in particular."""
    named = person.strip()
    if named and not is_person(named):
        raise BilingualError.named("error.no_person", who=named)
    note_doings(connection, [Doing("assign", kind, one, {"person": named}) for one in subjects], who, at, day)
    for subject in subjects:
        connection.execute(delete(assignments).where(assignments.c.kind == kind, assignments.c.subject == subject))
    if named:
        rows = [
            {"kind": kind, "subject": one, "person": named, "assigned_by": who, "assigned_at": moment(at)}
            for one in subjects
        ]
        insert_new(connection, assignments, rows)


def desk_events_about(connection: Connection, about: str, subject: str) -> list[DeskEvent]:
    """What was done about a subject, oldest first."""
    query = select(desk_events).where(desk_events.c.about == about, desk_events.c.subject == subject)
    rows = connection.execute(query.order_by(desk_events.c.seq))
    return [
        DeskEvent(row.seq, row.at, row.day, row.who, row.what, row.about, row.subject, read_json(row.data))
        for row in rows
    ]


def erase_desk_events(
    connection: Connection, about: str, subjects: Sequence[str], erasure_id: str, at: datetime, day: str
) -> int:
    """Blank what was done about these subjects, for good, and tell so in the log; returns how many events."""
    lock_log(connection, DESK_LOG)
    connection.execute(delete(assignments).where(assignments.c.kind == about, assignments.c.subject.in_(subjects)))
    blanked = connection.execute(
        update(desk_events)
        .where(desk_events.c.about == about, desk_events.c.subject.in_(subjects))
        .values(subject=ERASED, data=canonical_json({ERASED: erasure_id}), salt="")
    ).rowcount
    if blanked:
        _append(connection, [Doing(ERASED, about, erasure_id, {"events": blanked})], MACHINE, at, day)
    return blanked


def verify_desk_log(connection: Connection) -> int | None:
    """The number of the first event that was changed, removed or inserted; None when the log is whole."""
    expected, previous = 1, GENESIS
    rows: Iterator[Row[Any]] = iter(connection.execute(select(desk_events).order_by(desk_events.c.seq)))
    erased: dict[str, int] = {}  # erasure -> the first event that it took
    told: set[str] = set()
    for row in rows:
        said = dict(row._mapping)
        if said["seq"] != expected or said["previous_hash"] != previous or said["hash"] != _hash_of(said):
            return expected
        if not said["salt"]:
            erased.setdefault(str(read_json(said["data"]).get(ERASED)), expected)
        elif said["data_hash"] != _digest(said):
            return expected
        elif said["what"] == ERASED:
            told.add(said["subject"])
        expected, previous = expected + 1, said["hash"]
    unfounded = [seq for erasure, seq in erased.items() if erasure not in told]
    if unfounded:
        return min(unfounded)
    end = connection.execute(select(task_log_end).where(task_log_end.c.log == DESK_LOG)).one_or_none()
    if end is None:
        return None if expected == 1 else expected
    return None if (end.seq, end.hash) == (expected - 1, previous) else min(expected, end.seq + 1)


def _digest(row: Mapping[str, Any]) -> str:
    return content_hash(row["salt"] + canonical_json([row["subject"], row["data"]]))


def _hash_of(row: Mapping[str, Any]) -> str:
    return content_hash(row["previous_hash"] + "\n" + canonical_json([row[name] for name in _NAMES]))
