"""What is held of each list, and what a second person said of it: the table `approvals`.

A hold is known by its fingerprint, of what waits and why. So a list that is made again keeps a release as long as the
line is what was released, and asks again if it is another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from include.tasks.canonical_json import canonical_json, content_hash, read_json
from include.tasks.document import Document
from include.tasks.holds.hold import HELD, Reason, reasons_of
from include.tasks.kinds import kind_of
from include.tasks.task_tables import approvals

Verdict = Literal["", "released", "rejected"]
WHOLE = ""  # the subject of a hold of the whole list
STANDS = approvals.c.is_standing == 1  # the newest revision of its list holds it
_KEY = ("kind", "day", "subject", "fingerprint")


@dataclass(frozen=True)
class Hold:
    """subject: of the line; '' for the whole list, which has no task. quantity, money_micros: what waits. verdict: ''
    as long as nobody has decided. decided_day: the first business day whose list knows of it."""

    kind: str
    day: str
    subject: str
    fingerprint: str
    task_id: str | None
    reasons: tuple[Reason, ...]
    quantity: int
    money_micros: int
    verdict: Verdict = ""
    decided_by: str | None = None
    decided_day: str | None = None
    why: str | None = None

    @property
    def is_list(self) -> bool:
        return self.subject == WHOLE

    @property
    def is_released(self) -> bool:
        return self.verdict == "released"

    @property
    def is_rejected(self) -> bool:
        return self.verdict == "rejected"

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.kind, self.day, self.subject, self.fingerprint

    @property
    def is_key(self) -> ColumnElement[bool]:
        return and_(*(approvals.c[name] == getattr(self, name) for name in _KEY))


def keep_holds(connection: Connection, document: Document) -> None:
    """Bring the table in line with a list that is published."""
    if not kind_of(document.kind).is_guarded:
        return
    wanted = [*_line_holds(document), *_list_hold(document)]
    of_list = and_(approvals.c.kind == document.kind, approvals.c.day == document.day)
    connection.execute(update(approvals).where(of_list, STANDS).values(is_standing=0))
    for one in wanted:
        if not connection.execute(update(approvals).where(one.is_key).values(is_standing=1)).rowcount:
            connection.execute(insert(approvals).values(**_columns(one)))


def is_list_held(connection: Connection, document: Document) -> bool:
    """Whether the whole list waits for a release that nobody has given."""
    return any(
        not read_holds(connection, one.is_key, approvals.c.verdict == "released") for one in _list_hold(document)
    )


def read_holds(connection: Connection, *conditions: ColumnElement[bool]) -> list[Hold]:
    """Oldest list first."""
    query = select(approvals).where(*conditions).order_by(*(approvals.c[name] for name in _KEY))
    return [hold_of(row) for row in connection.execute(query)]


def hold_of(row: Row[Any]) -> Hold:
    return Hold(
        row.kind, row.day, row.subject, row.fingerprint, row.task_id, reasons_of({HELD: read_json(row.reasons)}),
        row.quantity, row.money_micros, row.verdict, row.decided_by, row.decided_day, row.why,
    )  # fmt: skip


def list_hold(connection: Connection, kind: str, day: str) -> Hold | None:
    """The hold of a whole list, decided or not."""
    own = and_(approvals.c.kind == kind, approvals.c.day == day, approvals.c.subject == WHOLE)
    return next(iter(read_holds(connection, own, STANDS)), None)


class Holds:
    """What is held of some tasks (rows of `tasks`)."""

    def __init__(self, connection: Connection, rows: Iterable[Row[Any]]) -> None:
        lists = sorted({(row.kind, row.day) for row in rows})
        lines: list[Hold] = []
        whole: list[Hold] = []
        for start in range(0, len(lists), _AT_ONCE):
            some = [and_(approvals.c.kind == k, approvals.c.day == d) for k, d in lists[start : start + _AT_ONCE]]
            lines += read_holds(connection, or_(*some), approvals.c.subject != WHOLE)
            whole += read_holds(connection, or_(*some), STANDS, approvals.c.subject == WHOLE)
        self._lists = {(one.kind, one.day): one for one in whole}
        self._lines = {(one.kind, one.day, one.subject, one.fingerprint): one for one in lines}

    def of_list(self, kind: str, day: str) -> Hold | None:
        return self._lists.get((kind, day))

    def waits(self, row: Row[Any]) -> bool:
        """Whether a second person has to release the line, or its whole list, before it can be ordered."""
        whole = self.of_list(row.kind, row.day)
        line = self.of_line(row, read_json(row.payload)) if f'"{HELD}":' in row.payload else None
        return any(one is not None and not one.is_released for one in (whole, line))

    def of_line(self, row: Row[Any], payload: Mapping[str, Any]) -> Hold | None:
        """The line's own hold, released or not; None if it is not held."""
        reasons = reasons_of(payload)
        if not reasons:
            return None
        mark = fingerprint_of(row.kind, payload, reasons)
        kept = self._lines.get((row.kind, row.day, row.subject, mark))
        return kept or _hold(row.kind, row.day, row.subject, row.task_id, payload, reasons)


_AT_ONCE = 200  # lists in one query: databases bound how many conditions it may have


def fingerprint_of(kind: str, payload: Mapping[str, Any], reasons: Iterable[Reason]) -> str:
    """Of what is ordered, of whom, for how much, and of the guards that it broke."""
    worth = payload.get(kind_of(kind).spent_field)
    said: list[Any] = [payload.get("quantity"), payload.get("supplier"), worth, sorted(one.guard for one in reasons)]
    return content_hash(canonical_json(said))


def _line_holds(document: Document) -> list[Hold]:
    return [
        _hold(document.kind, document.day, line.subject, line.task_id, line.payload, reasons)
        for line in document.lines
        if (reasons := reasons_of(line.payload))
    ]


def _hold(
    kind: str, day: str, subject: str, task_id: str, payload: Mapping[str, Any], reasons: tuple[Reason, ...]
) -> Hold:
    quantity, worth = payload.get("quantity"), payload.get(kind_of(kind).spent_field)
    mark = fingerprint_of(kind, payload, reasons)
    return Hold(kind, day, subject, mark, task_id, reasons, int(quantity or 0), int(worth or 0))


def _list_hold(document: Document) -> list[Hold]:
    reasons = reasons_of(document.manifest)
    if not reasons:
        return []
    sums = sums_of(document)
    said: list[Any] = [sums.lines, sums.units, sums.money_micros, sorted(one.guard for one in reasons)]
    mark = content_hash(canonical_json(said))
    return [Hold(document.kind, document.day, WHOLE, mark, None, reasons, sums.units, sums.money_micros)]


@dataclass(frozen=True)
class ListSums:
    """What a list orders in all, without the lines that are held one by one."""

    lines: int
    units: int
    money_micros: int


def sums_of(document: Document) -> ListSums:
    return summed(document.kind, [line.payload for line in document.lines])


def summed(kind: str, payloads: Iterable[Mapping[str, Any]]) -> ListSums:
    worth, free = kind_of(kind).spent_field, [one for one in payloads if not one.get(HELD)]
    units, money = (sum(int(one.get(name) or 0) for one in free) for name in ("quantity", worth))
    return ListSums(len(free), units, money)


def _columns(one: Hold) -> dict[str, Any]:
    reasons = canonical_json([{"guard": r.guard, "said": r.said, "usual": r.usual} for r in one.reasons])
    own = ("task_id", "quantity", "money_micros", "verdict")
    return {name: getattr(one, name) for name in (*_KEY, *own)} | {"reasons": reasons, "is_standing": 1}
