"""Which lines of a list a person wants to see, and in which order: read from the address of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, or_, select, true

from include.calendar.business_days import day_after
from include.desk.rights import Person
from include.settings.desk import Scope
from include.tasks.acts import LONGEST_SNOOZE
from include.tasks.kind import Kind
from include.tasks.task_tables import IS_OPEN, MACHINE, assignments, newest_list_day, tasks

Tab = Literal["open", "handled", "snoozed", "all"]
TABS: tuple[Tab, ...] = get_args(Tab)
HANDLED = ("accepted", "done", "refused")
MANY = ("warehouse", "supplier", "shop", "category", "abc")
"""Columns of tasks of which several values may be chosen."""
SORTED_BY: Mapping[str, ColumnElement[Any]] = {
    "rank": tasks.c.rank.asc(),
    "urgency": tasks.c.urgency.desc(),
    "money": tasks.c.money_micros.desc().nulls_last(),
    "quantity": tasks.c.quantity.desc().nulls_last(),
    "due_day": tasks.c.due_day.asc().nulls_last(),
    "sku": tasks.c.sku.asc(),
    "title": tasks.c.title.asc(),
    "warehouse": tasks.c.warehouse.asc(),
    "supplier": tasks.c.supplier.asc(),
    "shop": tasks.c.shop.asc(),
    "category": tasks.c.category.asc(),
    "abc": tasks.c.abc.asc(),
    "since_day": tasks.c.since_day.asc(),
}
SHORT = tuple(
    tasks.c[name]
    for name in (
        "task_id", "kind", "day", "subject", "since_day", "rank", "urgency", "payload_hash", "changed_seq", "changed_by"
    )
)  # fmt: skip
"""All that tells whether a line is as it was; the whole row is read only if it is not."""
SUMS = (func.count(), func.sum(tasks.c.money_micros), func.count().filter(tasks.c.urgency == 2))
_BETWEEN = re.compile(r"[\s,;，；、]+")
_TOLD = re.compile(r"[^\x00-\x7f]|\d{4}")
MAX_WORDS = 500  # of a pasted set of skus
MAX_PARTS = 8  # words that are looked for in names; more are skus


@dataclass(frozen=True)
class Choice:
    """words: skus or parts of a name, pasted or typed. urgency: 1: soon or now, 2: now. min_money: in whole units of
    the merchant's currency. mine: only lines that are assigned to the person."""

    tab: Tab = "open"
    words: tuple[str, ...] = ()
    warehouse: tuple[str, ...] = ()
    supplier: tuple[str, ...] = ()
    shop: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    abc: tuple[str, ...] = ()
    urgency: int = 0
    min_money: int = 0
    mine: bool = False
    sort: str = "rank"
    page: int = 1

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> Choice:
        """From an address; what cannot be read there chooses nothing."""
        said: dict[str, list[str]] = {}
        for name, value in pairs:
            if value.strip():
                said.setdefault(name, []).append(value.strip())

        def one(name: str, otherwise: str) -> str:
            return said.get(name, [otherwise])[-1]

        words = [word for text in said.get("q", ()) for word in _BETWEEN.split(text) if word]
        tab, sort = one("tab", "open"), one("sort", "rank")
        return cls(
            tab=next((known for known in TABS if known == tab), "open"),
            words=tuple(dict.fromkeys(words))[:MAX_WORDS],
            **{name: tuple(dict.fromkeys(said.get(name, ()))) for name in MANY},
            urgency=min(_number(one("urgency", "0")), 2),
            min_money=_number(one("min_money", "0")),
            mine=one("mine", "") == "1",
            sort=sort if sort in SORTED_BY else "rank",
            page=max(_number(one("page", "1")), 1),
        )

    def pairs(self) -> list[tuple[str, str]]:
        """What `read` reads back as this choice; what chooses nothing is left out."""
        told: list[tuple[str, str]] = []
        for one in fields(self):
            value, name = getattr(self, one.name), "q" if one.name == "words" else one.name
            if value == one.default:
                continue
            if name == "q":
                told.append((name, " ".join(value)))
            elif isinstance(value, tuple):
                told += [(name, each) for each in value]
            else:
                told.append((name, str(int(value)) if isinstance(value, (bool, int)) else value))
        return told

    def address(self, **changes: Any) -> str:
        """The part of an address behind its question mark, with changes; another choice begins at its first page."""
        return urlencode(replace(self, **{"page": 1, **changes}).pairs())

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab, the order and the page is chosen."""
        return bool(
            self.words or any(getattr(self, name) for name in MANY) or self.urgency or self.min_money or self.mine
        )

    def saved(self) -> str:
        """The choice as it is kept, without its page."""
        return self.address()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


@dataclass(frozen=True)
class Totals:
    """Of all lines that are chosen, whatever the page. money: in micros."""

    lines: int
    money: int
    now: int


@dataclass(frozen=True)
class Chosen:
    """rows: of one page, the columns SHORT of `tasks`."""

    rows: Sequence[Row[Any]]
    totals: Totals
    newest_day: str | None
    pages: int


def chosen_lines(
    connection: Connection,
    kind: Kind,
    choice: Choice,
    person: Person,
    lines_a_page: int,
    newest: str | None,
    opened: tuple[int, int, int],
) -> Chosen:
    """A page of the lines that `choice` names, as far as the person may see them. newest: day of the kind's newest
    list. opened: lines of the kind that are open, those for now and their money, as `OpenCounts` has them."""
    wanted = and_(*_conditions(kind, choice, person, newest))
    if choice.tab == "open" and not kind.stays and newest is not None:
        wanted = and_(wanted, tasks.c.day == newest)  # where all of them are: the index then gives them in order
    # An index alone tells which lines; they are read whole only then.
    order = _over_days(choice)
    ids = select(tasks.c.task_id).where(wanted).order_by(*order).limit(lines_a_page)
    found: Sequence[Row[Any]] = ()
    if choice.is_narrowed:  # what a few lines are picked from is looked through once, for the sums too
        beside = [one.over() for one in SUMS]
        found = connection.execute(ids.add_columns(*beside).offset((choice.page - 1) * lines_a_page)).all()
    if found:
        lines, money, now = tuple(found[0])[1:]
    elif choice.tab == "open" and not choice.is_narrowed:
        lines, now, money = opened
    else:
        lines, money, now = connection.execute(select(*SUMS).where(wanted)).one()
    pages = max(-(-lines // lines_a_page), 1)
    chosen = [row.task_id for row in found] or ids.offset((min(choice.page, pages) - 1) * lines_a_page)
    rows = connection.execute(select(*SHORT).where(tasks.c.task_id.in_(chosen)).order_by(*order)).all()
    return Chosen(rows, Totals(lines, int(money or 0), now), newest, pages)


def totals_of(connection: Connection, kind: Kind, choice: Choice, person: Person) -> Totals:
    """What `chosen_lines` adds up, without reading its lines."""
    wanted = _conditions(kind, choice, person, newest_list_day(connection, kind.name))
    lines, money, now = connection.execute(select(*SUMS).where(*wanted)).one()
    return Totals(lines, int(money or 0), now)


def chosen_ids(connection: Connection, kind: Kind, choice: Choice, person: Person, most: int) -> list[tuple[str, int]]:
    """(task, seq of its newest event) of all lines that are chosen, at most so many."""
    wanted = _conditions(kind, choice, person, newest_list_day(connection, kind.name))
    query = select(tasks.c.task_id, tasks.c.changed_seq).where(*wanted).order_by(*_over_days(choice)).limit(most)
    return [(row.task_id, row.changed_seq) for row in connection.execute(query)]


@dataclass(frozen=True)
class Place:
    """Where a line stands among the open lines of a choice. following: the line after it, from the last one back to the
    first; None if no other is open."""

    position: int
    lines: int
    following: str | None


def place_among_open(connection: Connection, kind: Kind, choice: Choice, person: Person, task_id: str) -> Place:
    """The place of a line, answered or not, in the order of its list: day by day, the newest first, so that no more
    than the lines of one day are put in order; unless the person sorts them."""
    choice = replace(choice, tab="open")
    wanted = and_(*_conditions(kind, choice, person, newest_list_day(connection, kind.name)))
    if choice.sort != "rank":
        among = select(tasks.c.task_id).where(or_(wanted, tasks.c.task_id == task_id)).order_by(*_order(choice))
        every = list(connection.scalars(among))
        here = every.index(task_id)
        after = every[(here + 1) % len(every)]
        return Place(here + 1, len(every), after if after != task_id else None)
    own_day = connection.scalars(select(tasks.c.day).where(tasks.c.task_id == task_id)).one()
    own = select(tasks.c.task_id).where(tasks.c.day == own_day, or_(wanted, tasks.c.task_id == task_id))
    lines = list(connection.scalars(own.order_by(*_order(choice))))
    at = lines.index(task_id)

    def count(*days: ColumnElement[bool]) -> int:
        return connection.execute(select(func.count()).select_from(tasks).where(wanted, *days)).scalar_one()

    def first(*days: ColumnElement[bool]) -> str | None:
        """The first line of the newest of these days."""
        newest = connection.scalar(select(func.max(tasks.c.day)).where(wanted, *days))
        of_day = select(tasks.c.task_id).where(wanted, tasks.c.day == newest).order_by(*_order(choice)).limit(1)
        return None if newest is None else connection.scalar(of_day)

    newer, older = count(tasks.c.day > own_day), count(tasks.c.day < own_day)
    if at + 1 < len(lines):
        following: str | None = lines[at + 1]
    else:
        following = first(tasks.c.day < own_day) if older else first()
    return Place(newer + at + 1, newer + len(lines) + older, following if following != task_id else None)


def may_see_line(connection: Connection, person: Person, task_id: str) -> Row[Any] | None:
    """The task's row; None if there is none, or if it is not for this person's eyes."""
    row = connection.execute(select(tasks).where(tasks.c.task_id == task_id)).one_or_none()
    if row is None or not person.may_see(row.kind):
        return None
    if not person.is_narrowed:
        return row
    within = select(tasks.c.task_id).where(tasks.c.task_id == task_id, in_scope(person.scope, row.kind))
    return row if connection.execute(within).first() is not None else None


def in_scope(scope: Scope, kind: str) -> ColumnElement[bool]:
    """The lines of a kind that lie within what a person sees of the merchant."""
    conditions: list[ColumnElement[bool]] = [true()]
    if kind == "recall":
        if scope.shops:
            conditions.append(tasks.c.shop.in_(scope.shops))
        return and_(*conditions)
    if scope.warehouses:
        here = tasks.c.warehouse.in_(scope.warehouses)
        # A transfer's subject begins with the warehouse that gives.
        gives = [tasks.c.subject.startswith(one.replace("/", "%2F") + "/", autoescape=True) for one in scope.warehouses]
        conditions.append(or_(here, *gives) if kind == "transfer" else here)
    if scope.categories:
        conditions.append(tasks.c.category.in_(scope.categories))
    return and_(*conditions)


def _over_days(choice: Choice) -> tuple[ColumnElement[Any], ...]:
    """The newest list first, each as it is ranked; what the person sorts by goes over all lists."""
    return (tasks.c.day.desc(), *_order(choice)) if choice.sort == "rank" else _order(choice)


def _order(choice: Choice) -> tuple[ColumnElement[Any], ...]:
    by_rank = (tasks.c.rank.asc(), tasks.c.task_id.asc())
    return by_rank if choice.sort == "rank" else (SORTED_BY[choice.sort], *by_rank)


def lines_of_tab(kind: Kind, tab: Tab, person: Person, newest: str | None) -> list[ColumnElement[bool]]:
    """Conditions on `tasks`: the lines of a tab that the person may see. newest: the day of the kind's newest list."""
    return [tasks.c.kind == kind.name, in_scope(person.scope, kind.name), _of_tab(tab, newest)]


def _conditions(kind: Kind, choice: Choice, person: Person, newest: str | None) -> list[ColumnElement[bool]]:
    conditions = lines_of_tab(kind, choice.tab, person, newest)
    conditions += [tasks.c[name].in_(getattr(choice, name)) for name in MANY if getattr(choice, name)]
    if choice.words:
        conditions.append(_named(choice.words, is_of_customers=kind.name == "recall"))
    if choice.urgency:
        conditions.append(tasks.c.urgency >= choice.urgency)
    if choice.min_money:
        conditions.append(tasks.c.money_micros >= choice.min_money * 1_000_000)
    if choice.mine:
        own = select(assignments.c.subject).where(assignments.c.kind == kind.name, assignments.c.person == person.name)
        conditions.append(tasks.c.subject.in_(own))
    return conditions


def _named(words: Sequence[str], *, is_of_customers: bool) -> ColumnElement[bool]:
    """A pasted set of skus; or words that all stand in the product's name or in what the line is about. A line about a
    customer is found by its order number and by what was bought, too: by words that no name of a field is."""
    among = tasks.c.sku.in_(words)
    if len(words) > MAX_PARTS:
        return among
    parts = []
    for one in words:
        places = [tasks.c.title.contains(one, autoescape=True), tasks.c.subject.contains(one, autoescape=True)]
        if is_of_customers and _TOLD.search(one):
            places.append(tasks.c.payload.contains(one, autoescape=True))
        parts.append(or_(*places))
    return or_(among, and_(*parts))


def _of_tab(tab: Tab, newest: str | None) -> ColumnElement[bool]:
    """Handled: of the newest list, and what was answered since it came. Snoozed: as long as a snooze may last."""
    if newest is None:
        return false()
    if tab == "open":
        return IS_OPEN
    handled = and_(
        tasks.c.state.in_(HANDLED),
        or_(tasks.c.day == newest, tasks.c.changed_day > newest),
        tasks.c.changed_by != MACHINE,
    )
    snoozed = and_(tasks.c.state == "snoozed", tasks.c.changed_day >= day_after(newest, -LONGEST_SNOOZE))
    if tab == "handled":
        return handled
    return snoozed if tab == "snoozed" else or_(IS_OPEN, handled, snoozed)
