"""The page of the day: what lies to be done, what came in from each shop, and what changed since yesterday."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, and_, func, not_, select

from include.calendar.business_days import day_after, parse_day
from include.desk.choosing import HANDLED, in_scope
from include.desk.page import Page
from include.desk.rights import Person
from include.desk.views.book_mark import BookMark
from include.pipeline.watching.state_of_days import DAYS_SHOWN, StateOfShop, late_by, shops_on_days
from include.settings.merchant import Merchant
from include.tasks.kinds import in_order
from include.tasks.task_tables import MACHINE, task_lists, tasks
from include.warehouse.tables import closes, exports, quarantine
from include.warehouse.workspace import Workspace
from include.words.texts import LANGUAGES

MAX_QUARANTINED = 200  # rows shown of a shop's day


@dataclass(frozen=True)
class ListToday:
    """open, now: lines; money: at stake in the open ones, in micros. handled: of this list's lines. before: lines of
    the list before. late_minutes: after it was due; None: in time."""

    kind: str
    day: str
    open: int
    now: int
    money: int
    lines: int
    handled: int
    before: int | None
    made_at: str
    late_minutes: int | None


@dataclass(frozen=True)
class Today:
    """day: the newest closed day; None before the first. missing: shops it was closed without."""

    day: str | None
    closed_at: str | None
    revision: int
    missing: Sequence[str]
    lists: Sequence[ListToday]
    shops: Sequence[StateOfShop]
    days: Sequence[str]
    mine: Sequence[Row[Any]]


def today_of(connection: Connection, page: Page, counts: Mapping[str, tuple[int, int, int]]) -> Today:
    """counts: of `OpenCounts`, which every page has at hand."""
    person, mark = page.person, page.mark
    newest = connection.execute(
        select(closes).order_by(closes.c.day.desc(), closes.c.revision.desc()).limit(1)
    ).one_or_none()
    merchant = page.workspace.merchant
    day = None if newest is None else newest.day
    first = day_after(day, 1 - DAYS_SHOWN) if day else None
    # The day after the newest closed one is on its way.
    days = [day_after(first, n) for n in range(DAYS_SHOWN + 1)] if first else []
    return Today(
        day=day,
        closed_at=None if newest is None else newest.closed_at,
        revision=0 if newest is None else newest.revision,
        missing=[] if newest is None else [one for one in json.loads(newest.missing_shops) if sees_shop(person, one)],
        lists=page.values.of(
            ("today", mark, person.scope.model_dump_json(), person.rights),
            lambda: _lists(connection, merchant, person, mark, counts),
        ),
        shops=shops_on_days(connection, merchant, days, day, sees=partial(sees_shop, person)),
        days=days,
        mine=_answered_lately(connection, person),
    )


def _lists(
    connection: Connection,
    merchant: Merchant,
    person: Person,
    mark: BookMark,
    counts: Mapping[str, tuple[int, int, int]],
) -> list[ListToday]:
    found = []
    for kind in (one.name for one in in_order()):
        newest = mark.newest_day(kind) if person.may_see(kind) else None
        if newest is None:
            continue
        last = _list_of(connection, kind, newest)
        before_day = connection.scalar(
            select(func.max(task_lists.c.day)).where(task_lists.c.kind == kind, task_lists.c.day < newest)
        )
        before = _list_of(connection, kind, before_day) if before_day else None
        handled = connection.scalar(
            select(func.count()).where(
                tasks.c.kind == kind,
                tasks.c.day == newest,
                tasks.c.state.in_(HANDLED),
                tasks.c.changed_by != MACHINE,
                in_scope(person.scope, kind),
            )
        )
        own = counts.get(kind, (0, 0, 0))
        lines, lines_before = last.lines, before.lines if before else None
        if person.is_narrowed:
            lines = _lines_in_scope(connection, kind, newest, person)
            lines_before = _lines_in_scope(connection, kind, before_day, person) if before_day else None
        found.append(
            ListToday(
                kind, newest, *own, lines, int(handled or 0), lines_before, last.stored_at,
                late_by(merchant, newest, _first_made(connection, kind, newest)),
            )
        )  # fmt: skip
    return found


def _lines_in_scope(connection: Connection, kind: str, day: str, person: Person) -> int:
    """Lines of the newest edition of a list that the person sees."""
    dropped = and_(tasks.c.state == "withdrawn", tasks.c.changed_day == day)  # by a later edition of the same list
    own = (tasks.c.kind == kind, tasks.c.day == day, not_(dropped), in_scope(person.scope, kind))
    return connection.execute(select(func.count()).select_from(tasks).where(*own)).scalar_one()


def sees_shop(person: Person, shop: str) -> bool:
    return not person.scope.shops or shop in person.scope.shops


def _list_of(connection: Connection, kind: str, day: str) -> Any:
    query = select(task_lists.c.lines, task_lists.c.stored_at).where(task_lists.c.kind == kind, task_lists.c.day == day)
    return connection.execute(query.order_by(task_lists.c.revision.desc()).limit(1)).one()


def _first_made(connection: Connection, kind: str, day: str) -> str:
    query = select(func.min(task_lists.c.stored_at)).where(task_lists.c.kind == kind, task_lists.c.day == day)
    return str(connection.scalar(query))


def _answered_lately(connection: Connection, person: Person) -> Sequence[Row[Any]]:
    """The person's last answers of the newest day that has any."""
    last = connection.scalar(select(func.max(tasks.c.changed_day)).where(tasks.c.changed_by == person.name))
    if last is None:
        return []
    query = select(tasks.c.kind, tasks.c.state, func.count().label("lines")).where(
        and_(tasks.c.changed_by == person.name, tasks.c.changed_day == last)
    )
    return connection.execute(query.group_by(tasks.c.kind, tasks.c.state).order_by(tasks.c.kind, tasks.c.state)).all()


@dataclass(frozen=True)
class ShopDay:
    """exports: rows of the table; reasons: export -> reason -> rows and money of what was left out. quarantined: rows
    that were held back, without what stood in them."""

    shop: str
    called: Mapping[str, str]
    day: str
    exports: Sequence[Row[Any]]
    reasons: Mapping[str, Mapping[str, Any]]
    quarantined: Sequence[Row[Any]]
    more: int


def state_of_shop_day(
    connection: Connection, workspace: Workspace, person: Person, name: str, day: str
) -> ShopDay | None:
    """What a shop delivered for a day; None if there is no such shop or day, or it is not for the person's eyes."""
    if not sees_shop(person, name):
        return None
    try:
        shop = workspace.merchant.shop(name)
        parse_day(day)
    except (KeyError, ValueError):
        return None
    rows = connection.execute(
        select(exports)
        .where(exports.c.shop == name, exports.c.day == day)
        .order_by(exports.c.report, exports.c.landed_at)
    ).all()
    ids = [row.export_id for row in rows]
    held = select(quarantine).where(quarantine.c.export_id.in_(ids))
    count = connection.scalar(select(func.count()).select_from(held.subquery())) or 0
    order = (quarantine.c.export_id, quarantine.c.file_line, quarantine.c.number)
    return ShopDay(
        shop=name,
        called={one: shop.called(one) for one in LANGUAGES},
        day=day,
        exports=rows,
        reasons={row.export_id: json.loads(row.reasons or "{}") for row in rows},
        quarantined=connection.execute(held.order_by(*order).limit(MAX_QUARANTINED)).all(),
        more=max(int(count) - MAX_QUARANTINED, 0),
    )
