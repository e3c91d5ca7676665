"""Where the books stand: what is added up of tasks and of what people did is the same as long as the mark is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, literal, select, union_all

from include.tasks.task_events import DESK_LOG, TASKS_LOG
from include.tasks.task_tables import task_lists, task_log_end


@dataclass(frozen=True)
class BookMark:
    """tasks_seq, desk_seq: of the newest events of the two logs; 0: none yet. lists: kind, day of its newest list, and
    how many revisions of lists of this kind there are, in the order of the kinds."""

    tasks_seq: int
    desk_seq: int
    lists: tuple[tuple[str, str, int], ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(kind for kind, _, _ in self.lists)

    def newest_day(self, kind: str | None = None) -> str | None:
        """The day of the newest list (of this kind); None before the first."""
        return max((day for one, day, _ in self.lists if kind in (None, one)), default=None)


def book_mark(connection: Connection) -> BookMark:
    """In one statement, so that all of it is of one moment."""
    c = task_lists.c
    lists = select(c.kind, func.max(c.day).label("day"), func.count().label("number")).group_by(c.kind)
    ends = select(literal(""), literal(""), task_log_end.c.seq).where(task_log_end.c.log == TASKS_LOG)
    doings = select(literal(""), literal("desk"), task_log_end.c.seq).where(task_log_end.c.log == DESK_LOG)
    rows = [tuple(row) for row in connection.execute(union_all(lists, ends, doings))]
    seqs = {day: number for kind, day, number in rows if not kind}
    return BookMark(seqs.get("", 0), seqs.get("desk", 0), tuple(sorted(row for row in rows if row[0])))
