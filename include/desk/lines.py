"""Lines of a list as the desk shows them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row, func, select

from include.desk.answering import quantity_of
from include.desk.columns import Shown, cell, task_of
from include.desk.page import Page
from include.tasks.desk import Task
from include.tasks.holds.held_rows import Hold, Holds
from include.tasks.holds.hold import HELD
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
    whose, said = _beside(connection, rows, kind)
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


def _beside(connection: Connection, rows: Sequence[Row[Any]], kind: Kind) -> tuple[dict[str, str], dict[str, int]]:
    """By subject: whose the line is, and how many comments there are."""
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
    return whose, said


def rows_shown(
    connection: Connection, rows: Sequence[Row[Any]], page: Page, columns: Sequence[Shown], kind: Kind, address: str
) -> list[Markup]:
    """The rows of a list's table, each written once as long as nothing that it shows has changed. address: of the list
    as it was chosen, which lines about customers lead back to."""
    whose, said = _beside(connection, rows, kind)
    may_answer, names = page.person.may_answer(kind.name), tuple(one.name for one in columns)
    leads_back = address if {"customer", "reference"} & set(names) else ""
    reader = (page.language, page.workspace.merchant.currency, page.root, names, may_answer, leads_back)
    keys = [_key(row, whose.get(row.subject, ""), said.get(row.subject, 0), page.person.name, reader) for row in rows]
    shown = [None if key is None else page.rows.get(key) for key in keys]
    missing = [at for at, row in enumerate(shown) if row is None]
    lines = lines_of(connection, [rows[at] for at in missing], page, columns, kind)
    for at, line in zip(missing, lines, strict=True):
        values = {"line": line, "kind": kind, "columns": columns, "may_answer": may_answer, "address": address}
        written = Markup(page.written("_row.html.j2", **values))  # noqa: S704 (our own template has escaped it)
        shown[at] = written
        if (key := keys[at]) is not None:
            page.rows.keep(key, written)
    return [row for row in shown if row is not None]


def _key(row: Row[Any], whose: str, comments: int, reader_name: str, reader: Hashable) -> Hashable | None:
    """All that a row shows; None if it shows what is decided elsewhere, too: whether a held line may go out."""
    if f'"{HELD}":' in row.payload:
        return None
    is_own = row.changed_by == reader_name
    of_task = (row.task_id, row.changed_seq, row.day, row.since_day, row.rank, row.urgency, hash(row.payload))
    return (*of_task, whose, comments, is_own, reader)
