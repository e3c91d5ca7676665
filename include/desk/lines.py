"""Lines of a list as the desk shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from include.desk.answering import quantity_of
from include.desk.columns import Shown, cell, task_of
from include.desk.page import Page
from include.tasks.desk import Task
from include.tasks.holds.held_rows import Hold, Holds
from include.tasks.kind import Kind
from include.tasks.task_tables import assignments, desk_events


@dataclass(frozen=True)
class Line:
    """cells: name of the column -> its text. quantity: as answered, else as suggested. comments: how many. hold: for a
    second person's release, of the line itself; None: it was never held."""

    task: Task
    seq: int
    cells: Mapping[str, str]
    quantity: int | None
    suggested: int | None
    outcome: str
    assigned: str
    comments: int
    hold: Hold | None

    @property
    def is_open(self) -> bool:
        return self.task.state == "open"


def lines_of(
    connection: Connection, rows: Sequence[Row[Any]], page: Page, columns: Sequence[Shown], kind: Kind
) -> list[Line]:
    """The rows with their cells, whose they are and how much was said of them."""
    subjects = [row.subject for row in rows]
    whose: dict[str, str] = {}
    said: dict[str, int] = {}
    for start in range(0, len(subjects), 500):
        some = subjects[start : start + 500]
        people = select(assignments.c.subject, assignments.c.person).where(
            assignments.c.kind == kind.name, assignments.c.subject.in_(some)
        )
        whose |= {row.subject: row.person for row in connection.execute(people)}
        comments = (
            select(desk_events.c.subject, func.count().label("lines"))
            .where(desk_events.c.about == kind.name, desk_events.c.subject.in_(some), desk_events.c.what == "comment")
            .group_by(desk_events.c.subject)
        )
        said |= {row.subject: row.lines for row in connection.execute(comments)}
    lines, holds = [], Holds(connection, rows)
    for row in rows:
        task = task_of(row)
        suggested = task.payload.get("quantity")
        outcome = task.answer.get("outcome")
        lines.append(
            Line(
                task=task,
                seq=row.changed_seq,
                cells={one.name: cell(task, one, page.language) for one in columns},
                quantity=quantity_of(row) if kind.counted else None,
                suggested=suggested if isinstance(suggested, int) else None,
                outcome=kind.outcome_word(page.language, str(outcome)) if outcome else "",
                assigned=whose.get(row.subject, ""),
                comments=said.get(row.subject, 0),
                hold=holds.of_line(row, task.payload),
            )
        )
    return lines
