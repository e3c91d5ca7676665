"""How many lines are open, of which kinds and for how much: on every page, so counted once and then kept up to date by
the events of the log, which are few beside the open lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, or_, select, true

from include.desk.choosing import in_scope
from include.desk.rights import Person
from include.desk.views.book_mark import BookMark
from include.lines.recent import Recent
from include.tasks.task_events import TASKS_LOG
from include.tasks.task_tables import IS_OPEN, task_events, task_log_end, tasks

Counts = Mapping[str, tuple[int, int, int]]
"""Kind -> (open lines, those for now, money in micros)."""
MAX_SCOPES = 500  # parts of the merchant that people are narrowed to, with room for changes of them
MAX_EVENTS = 5_000  # that are added up one by one; more are counted anew about as fast


@dataclass
class _Counted:
    """seq: of the newest event that is in the counts. lists: of the mark that they were counted under."""

    lock: Lock = field(default_factory=Lock)
    seq: int = -1
    lists: tuple[tuple[str, str, int], ...] = ()
    counts: Counts = field(default_factory=dict)


class OpenCounts:
    """The counts of a process, by people's scopes. What an event does not tell, a new revision of a list or an erasure,
    has all lines counted anew."""

    def __init__(self) -> None:
        self._kept: Recent[_Counted] = Recent(MAX_SCOPES)

    def of(self, connection: Connection, mark: BookMark, person: Person) -> dict[str, tuple[int, int, int]]:
        """Of the kinds that the person may see, at least as new as the mark."""
        kept = self._kept.of(person.scope.model_dump_json(), _Counted)
        with kept.lock:  # others wait for the one who counts, and need not count then
            if kept.seq < mark.tasks_seq or kept.lists != mark.lists:
                within = _within(mark, person)
                is_near = 0 <= kept.seq <= mark.tasks_seq <= kept.seq + MAX_EVENTS and kept.lists == mark.lists
                if not (is_near and _add_events(connection, mark, within, kept)):
                    _count(connection, mark, within, kept)
            counts = kept.counts
        return {kind: found for kind, found in counts.items() if person.may_see(kind)}


def open_counts(connection: Connection, mark: BookMark, person: Person) -> dict[str, tuple[int, int, int]]:
    """Counted now."""
    return OpenCounts().of(connection, mark, person)


def _within(mark: BookMark, person: Person) -> ColumnElement[bool]:
    if not person.is_narrowed:
        return true()
    return or_(false(), *(and_(tasks.c.kind == kind, in_scope(person.scope, kind)) for kind in mark.kinds))


def _count(connection: Connection, mark: BookMark, within: ColumnElement[bool], kept: _Counted) -> None:
    # The log's end is read in the same statement: an event of after it is not among the lines, and is added later.
    end = select(task_log_end.c.seq).where(task_log_end.c.log == TASKS_LOG).scalar_subquery()
    rows = connection.execute(
        select(
            tasks.c.kind,
            func.count(),
            func.count().filter(tasks.c.urgency == 2),
            func.coalesce(func.sum(tasks.c.money_micros), 0),
            func.coalesce(end, 0),
        )
        .where(IS_OPEN, within)
        .group_by(tasks.c.kind)
    ).all()
    kept.counts = {kind: (lines, now, int(money)) for kind, lines, now, money, _ in rows}
    kept.seq, kept.lists = max((row[4] for row in rows), default=-1), mark.lists


def _add_events(connection: Connection, mark: BookMark, within: ColumnElement[bool], kept: _Counted) -> bool:
    """Bring the counts up to the mark; False if an event is among the new ones that does not say what it changed."""
    e = task_events.c
    opened = case((e.to_state == "open", 1), else_=0) - case((e.from_state == "open", 1), else_=0)

    def summed(*factors: ColumnElement[int]) -> ColumnElement[int]:
        change: ColumnElement[int] = opened
        for one in factors:
            change = change * one
        return func.coalesce(func.sum(case((within, change), else_=0)), 0)

    rows = connection.execute(
        select(
            tasks.c.kind,
            summed(),
            summed(case((tasks.c.urgency == 2, 1), else_=0)),
            summed(func.coalesce(tasks.c.money_micros, 0)),
            func.sum(case((e.from_state == e.to_state, 1), else_=0)),
        )
        .join_from(task_events, tasks, e.task_id == tasks.c.task_id)
        .where(e.seq > kept.seq, e.seq <= mark.tasks_seq)
        .group_by(tasks.c.kind)
    ).all()
    if any(erased for *_, erased in rows):
        return False
    counts = dict(kept.counts)
    for kind, *more, _ in rows:
        before = counts.get(kind, (0, 0, 0))
        lines, now, money = (old + int(new) for old, new in zip(before, more, strict=True))
        counts[kind] = (lines, now, money)
    kept.counts, kept.seq = {kind: found for kind, found in counts.items() if found[0]}, mark.tasks_seq
    return True
