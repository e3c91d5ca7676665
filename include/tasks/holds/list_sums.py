"""What each list ordered in all when it was first published, to hold later lists against."""

from __future__ import annotations

from sqlalchemy import Connection, and_, or_, select

from include.calendar.business_days import day_after
from include.tasks.document import Document
from include.tasks.holds.held_rows import WHOLE, ListSums, sums_of
from include.tasks.holds.hold import HELD
from include.tasks.kinds import kind_of
from include.tasks.task_tables import approvals, list_sums
from include.warehouse.books import insert_new

BEFORE_DAYS = 90  # as `list_times` says


def keep_sums(connection: Connection, document: Document) -> None:
    """Keep the sums of a guarded list. Those of its first publication stay: what is made of the list later must not
    change the lists after it."""
    if not kind_of(document.kind).is_guarded:
        return
    sums = sums_of(document)
    row = {
        "kind": document.kind,
        "day": document.day,
        "lines": sums.lines,
        "units": sums.units,
        "money_micros": sums.money_micros,
        "is_held": int(bool(document.manifest.get(HELD))),
    }
    insert_new(connection, list_sums, row)


def sums_before(connection: Connection, kind: str, day: str) -> list[ListSums]:
    """Of the lists of the ninety days before `day`; of those that were held as a whole, only what was released by
    then."""
    released = select(approvals.c.day).where(
        approvals.c.kind == kind, approvals.c.subject == WHOLE, approvals.c.verdict == "released",
        approvals.c.decided_day <= day,
    )  # fmt: skip
    within = and_(list_sums.c.kind == kind, list_sums.c.day < day, list_sums.c.day >= day_after(day, -BEFORE_DAYS))
    counts = or_(list_sums.c.is_held == 0, list_sums.c.day.in_(released))
    rows = connection.execute(select(list_sums).where(within, counts).order_by(list_sums.c.day))
    return [ListSums(row.lines, row.units, row.money_micros) for row in rows]
