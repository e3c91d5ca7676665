"""What people see of reports: the answers of other systems that were not entered and still wait for somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from include.desk.answering import visible_rows
from include.desk.page import Page
from include.tasks.acts import carried_on
from include.tasks.answers.reported import NOT_ENTERED, SENDER
from include.tasks.canonical_json import read_json
from include.tasks.kinds import kind_of
from include.tasks.task_tables import MACHINE, desk_events

SHOWN_DAYS = 30  # a line is open for less; what nobody has looked at by then has been overtaken by newer lists
MAX_SHOWN = 100  # of them; a system that is wrong about everything must not fill the page
MAX_READ = 5_000  # the newest, of which those of answered lines and of other people's part are left out


@dataclass(frozen=True)
class LeftOut:
    """said: the data of its event (see `include.tasks.answers.reported`). task: the row of its line, if it is known."""

    seq: int
    at: str
    said: Mapping[str, Any]
    task: Row[Any] | None

    @property
    def is_asked(self) -> bool:
        return self.said["result"] == "asked"

    @property
    def what(self) -> str:
        """What the line is about; for an unknown one the id that was sent."""
        if self.task is None:
            return str(self.said["task_id"])
        return kind_of(self.task.kind).subject_in_words(read_json(self.task.payload))

    @property
    def reported(self) -> str:
        """The fields that were sent, as they were."""
        return " · ".join(str(value) for value in self.said["said"].values())


def left_out(connection: Connection, page: Page) -> tuple[list[LeftOut], int]:
    """(the newest that wait for somebody with this person's rights, how many more there are)."""
    since = (page.now.date() - timedelta(days=SHOWN_DAYS)).isoformat()
    rows = connection.execute(
        select(desk_events)
        .where(desk_events.c.what == NOT_ENTERED, desk_events.c.day >= since)
        .order_by(desk_events.c.seq.desc())
        .limit(MAX_READ)
    ).all()
    found = _waiting(connection, page, rows)
    return found[:MAX_SHOWN], max(len(found) - MAX_SHOWN, 0)


def left_out_by_number(connection: Connection, page: Page, seq: int) -> LeftOut | None:
    """One that was asked about, if it still waits and the person may answer its line."""
    rows = connection.execute(
        select(desk_events).where(desk_events.c.seq == seq, desk_events.c.what == NOT_ENTERED)
    ).all()
    found = _waiting(connection, page, rows)
    return found[0] if found and found[0].is_asked and found[0].task is not None else None


def _waiting(connection: Connection, page: Page, rows: Any) -> list[LeftOut]:
    """Those of `rows` (of desk_events) whose line nobody has answered since, and which the person may answer; those of
    no known line are shown to everybody who sees all of the merchant."""
    told = {row.seq: read_json(row.data) for row in rows if row.salt}  # what was erased has none
    known = {row.seq: told[row.seq]["task_id"] for row in rows if row.seq in told and row.about != SENDER}
    now = {task: carried_on(connection, task) for task in set(known.values())}
    tasks = visible_rows(connection, set(now.values()), page.person)
    found, seen = [], set()
    for row in rows:
        said = told.get(row.seq)
        if said is None:
            continue
        task = None if row.about == SENDER else tasks.get(now[known[row.seq]])
        if row.about == SENDER and not page.person.is_narrowed:
            found.append(LeftOut(row.seq, row.at, said, None))
        if task is None or not page.person.may_answer(task.kind) or _is_answered(task, said["seq"]):
            continue
        if (task.task_id, said["sender"]) not in seen:  # the newest word of a system goes before its older ones
            seen.add((task.task_id, said["sender"]))
            found.append(LeftOut(row.seq, row.at, said, task))
    return found


def _is_answered(task: Row[Any], seq: int) -> bool:
    """Whether anybody has answered the task after the event `seq`; a newer list's word is no answer."""
    return bool(task.changed_seq > seq and task.changed_by != MACHINE)
