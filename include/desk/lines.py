"""Lines of a list as the desk shows them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row, func, select

from include.desk.answering import quantity_of
from include.desk.columns import Shown, cell, task_of
from include.desk.page import READS, Page
from include.tasks.holds.held_rows import Hold, Holds
from include.tasks.holds.hold import HELD
from include.tasks.kind import Kind
from include.tasks.task_queries import Task
from include.tasks.task_tables import assignments, desk_events, tasks


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
    return _lines(connection, rows, page, columns, kind, *_beside(connection, rows, page, kind))


def _lines(
    connection: Connection,
    rows: Sequence[Row[Any]],
    page: Page,
    columns: Sequence[Shown],
    kind: Kind,
    whose: Mapping[str, str],
    said: Mapping[str, int],
) -> list[Line]:
    lines, holds = [], Holds(connection, [row for row in rows if f'"{HELD}":' in row.payload])
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


def _beside(
    connection: Connection, rows: Sequence[Row[Any]], page: Page, kind: Kind
) -> tuple[Mapping[str, str], Mapping[str, int]]:
    """By subject: whose the line is, and how many comments there are. Both are of the desk's log."""
    subjects = tuple(row.subject for row in rows)
    if page.request.method not in READS:  # the page's mark is of before it wrote
        return _read_beside(connection, subjects, kind)
    key = ("beside", page.mark.desk_seq, kind.name, subjects)
    return page.values.of(key, lambda: _read_beside(connection, subjects, kind))


def _read_beside(
    connection: Connection, subjects: Sequence[str], kind: Kind
) -> tuple[Mapping[str, str], Mapping[str, int]]:
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
    """The rows of a list's table, each written once as long as nothing that it shows has changed. rows: the columns
    SHORT of `tasks`. address: of the list as it was chosen, which lines about customers lead back to."""
    whose, said = _beside(connection, rows, page, kind)
    may_answer, names = page.person.may_answer(kind.name), tuple(one.name for one in columns)
    leads_back = address if {"customer", "reference"} & set(names) else ""
    reader = (page.language, page.workspace.merchant.currency, page.root, names, may_answer, leads_back)
    keys = [_key(row, whose.get(row.subject, ""), said.get(row.subject, 0), page.person.name, reader) for row in rows]
    shown = [page.rows.get(key) for key in keys]
    missing = {row.task_id: at for at, row in enumerate(rows) if shown[at] is None}
    if missing:
        whole = connection.execute(select(tasks).where(tasks.c.task_id.in_(list(missing)))).all()
        for row, line in zip(whole, _lines(connection, whole, page, columns, kind, whose, said), strict=True):
            at = missing[row.task_id]
            values = {"line": line, "kind": kind, "columns": columns, "may_answer": may_answer, "address": address}
            written = Markup(page.written("_row.html.j2", **values))  # noqa: S704 (our own template has escaped it)
            shown[at] = written
            # A held line shows what is decided elsewhere, too; and one that was changed just now has another key.
            if line.hold is None and row.changed_seq == rows[at].changed_seq:
                page.rows.keep(keys[at], written)
    return [row for row in shown if row is not None]


def _key(row: Row[Any], whose: str, comments: int, reader_name: str, reader: Hashable) -> Hashable:
    """All that a row shows."""
    is_own = row.changed_by == reader_name
    of_task = (row.task_id, row.changed_seq, row.day, row.since_day, row.rank, row.urgency, row.payload_hash)
    return (*of_task, whose, comments, is_own, reader)
