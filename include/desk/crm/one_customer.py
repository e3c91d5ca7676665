"""What the books know of one customer, as of the newest closed day: by pseudonym, without anything that says who they
are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from include.calendar.business_days import day_after, parse_day
from include.customers.recall.calls.sentences import reason_in_words
from include.customers.recall.calls.talk_sheet import is_about_price
from include.customers.tags import load_tags
from include.desk.choosing import may_see_line
from include.desk.crm.call_card import Contact, contacts_of
from include.desk.crm.contact_right import ContactRight, contact_right, shorts_of
from include.desk.crm.whose import customers_behind, newest_closed_day
from include.desk.page import Page
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import tasks
from include.warehouse.as_of import latest_lines
from include.warehouse.tables import (
    churn_scores,
    customer_profiles,
    experiment_arms,
    fact_versions,
    facts_customer_orders,
    order_lines,
    recall_arms,
)

ORDERS_SHOWN = 50  # the newest
ARMS_SHOWN = 20


@dataclass(frozen=True)
class Bought:
    """goods: 'title × units' of each line that is no gift. Money in micros."""

    day: str
    shop: str
    shop_called: str
    order_id: str
    goods: Sequence[str]
    paid: int
    refunded: int


@dataclass(frozen=True)
class Rhythm:
    """Of the orders that the person at the desk may see. due_day: the last order and one usual gap; None without a
    profile. late_days: since then, none before it."""

    order_days: int
    first_day: str
    last_day: str
    days_since: int
    usual_gap_days: int | None
    due_day: str | None
    late_days: int


@dataclass(frozen=True)
class Arm:
    """arm: listed or control of a recall list; of an experiment, its arm."""

    day: str
    arm: str
    channel: str
    offer: str
    experiment: str


@dataclass(frozen=True)
class OneCustomer:
    """customers: all pseudonyms of the person. profile: columns of `customer_profiles`; None for somebody without one.
    tags: in words, without those about price (`is_about_price`). churn: columns of `churn_scores`. reason: why they
    may be lost, in words. paid, refunded: micros, of all `orders_known` orders; orders: the newest."""

    short: str
    customers: Sequence[str]
    as_of: str
    profile: Row[Any] | None
    tags: Sequence[str]
    churn: Row[Any] | None
    reason: str
    rhythm: Rhythm | None
    orders: Sequence[Bought]
    orders_known: int
    paid: int
    refunded: int
    contacts: Sequence[Contact]
    arms: Sequence[Arm]
    right: ContactRight
    newest_task: str | None

    @property
    def is_left_alone(self) -> bool:
        """The newest list counted them to the control group."""
        return next((one.arm == "control" for one in self.arms if not one.experiment), False)


def one_customer(connection: Connection, page: Page, short: str) -> OneCustomer | None:
    """None if there is nobody of this name, or nobody who bought in a shop that the person at the desk may see."""
    as_of = newest_closed_day(connection)
    customers = customers_behind(connection, short, as_of) if as_of else ()
    if as_of is None or not customers:
        return None
    rules, shops = page.workspace.merchant.customers, page.person.scope.shops
    bought = [row for row in _orders(connection, customers, as_of) if not shops or row.shop in shops]
    if not bought and shops:
        return None
    person, shorts = customers[0], sorted({short, *shorts_of(customers)})
    profile = _newest(connection, customer_profiles, person, as_of)
    rhythm = _rhythm(bought, profile, as_of)
    arms = _arms(connection, customers, as_of)
    channel = next((one.channel for one in arms if one.channel), rules.channels_of_contact[0].name)
    listed = _recall_line(connection, shorts, as_of)
    line = None if listed is None else may_see_line(connection, page.person, listed.task_id)
    return OneCustomer(
        short=short,
        customers=customers,
        as_of=as_of,
        profile=profile,
        tags=_tags(profile, page.language),
        churn=_newest_score(connection, person, as_of),
        reason=_reason(page, listed, rhythm),
        rhythm=rhythm,
        orders=_with_goods(connection, page, bought[:ORDERS_SHOWN], as_of),
        orders_known=len(bought),
        paid=sum(row.revenue_micros for row in bought),
        refunded=sum(row.refunded_micros for row in bought),
        contacts=contacts_of(connection, page, shorts),
        arms=arms,
        right=contact_right(connection, customers, shorts, channel, rules),
        newest_task=None if line is None else line.task_id,
    )


def _orders(connection: Connection, customers: Sequence[str], as_of: str) -> list[Row[Any]]:
    """The newest first, as the close of `as_of` knew them."""
    f, v = facts_customer_orders.c, fact_versions.c
    newest = (
        select(func.max(v.as_of))
        .where(v.fact == "customer_orders", v.shop == f.shop, v.day == f.day, v.as_of <= as_of)
        .scalar_subquery()
    )
    query = select(f.shop, f.day, f.order_id, f.revenue_micros, f.refunded_micros).where(
        f.customer.in_(customers), f.day <= as_of, f.as_of == newest
    )
    return list(connection.execute(query.order_by(f.day.desc(), f.shop, f.order_id)))


def _with_goods(connection: Connection, page: Page, bought: Sequence[Row[Any]], as_of: str) -> list[Bought]:
    numbers, shops = sorted({row.order_id for row in bought}), sorted({row.shop for row in bought})
    c = order_lines.c
    goods: dict[tuple[str, str], list[str]] = {}
    if numbers:
        for line in connection.execute(latest_lines(order_lines, as_of, c.shop.in_(shops), c.order_id.in_(numbers))):
            if line.is_gift != 1:
                name = line.title or line.merchant_code or line.listing_id or "?"
                goods.setdefault((line.shop, line.order_id), []).append(f"{name} × {line.quantity}")
    called = {shop.name: shop.called(page.language) for shop in page.workspace.merchant.shops}
    return [
        Bought(
            row.day,
            row.shop,
            called.get(row.shop, row.shop),
            row.order_id,
            sorted(goods.get((row.shop, row.order_id), ())),
            row.revenue_micros,
            row.refunded_micros,
        )
        for row in bought
    ]


def _rhythm(bought: Sequence[Row[Any]], profile: Row[Any] | None, as_of: str) -> Rhythm | None:
    days = sorted({row.day for row in bought})
    if not days:
        return None
    since = (parse_day(as_of) - parse_day(days[-1])).days
    gap = None if profile is None else int(profile.usual_gap_days)
    due = None if gap is None else day_after(days[-1], gap)
    late = 0 if due is None else max((parse_day(as_of) - parse_day(due)) // timedelta(days=1), 0)
    return Rhythm(len(days), days[0], days[-1], since, gap, due, late)


def _reason(page: Page, listed: Row[Any] | None, rhythm: Rhythm | None) -> str:
    """By their own dates as of now, with what the model looked at when a list last named them."""
    if rhythm is None or rhythm.usual_gap_days is None:
        return ""
    codes = "" if listed is None else read_json(listed.payload).get("reasons") or ""
    line: Mapping[str, Any] = {
        "days_since": rhythm.days_since,
        "usual_gap_days": rhythm.usual_gap_days,
        "order_days": rhythm.order_days,
        "reasons": codes.split(),
    }
    return reason_in_words(line, page.workspace.merchant.customers, page.language)


def _recall_line(connection: Connection, shorts: Sequence[str], as_of: str) -> Row[Any] | None:
    """The person's line on the newest list that names them."""
    query = (
        select(tasks)
        .where(tasks.c.kind == "recall", tasks.c.subject.in_(shorts), tasks.c.day <= as_of)
        .order_by(tasks.c.day.desc(), tasks.c.task_id)
    )
    return connection.execute(query.limit(1)).one_or_none()


def _newest(connection: Connection, table: Any, person: str, as_of: str) -> Row[Any] | None:
    mine = select(table).where(table.c.customer == person, table.c.day <= as_of)
    return connection.execute(mine.order_by(table.c.day.desc()).limit(1)).one_or_none()


def _newest_score(connection: Connection, person: str, as_of: str) -> Row[Any] | None:
    """Of the newest day that was scored: whoever has none on it is no customer any more."""
    c = churn_scores.c
    day = select(func.max(c.day)).where(c.day <= as_of).scalar_subquery()
    return connection.execute(select(churn_scores).where(c.day == day, c.customer == person)).one_or_none()


def _arms(connection: Connection, customers: Sequence[str], as_of: str) -> list[Arm]:
    r, e = recall_arms.c, experiment_arms.c
    lists = select(recall_arms).where(r.customer.in_(customers), r.day <= as_of)
    trials = select(experiment_arms).where(e.customer.in_(customers), e.day <= as_of)
    found = [
        *(Arm(row.day, row.arm, row.channel or "", row.offer or "", "") for row in connection.execute(lists)),
        *(Arm(row.day, row.arm, "", "", row.experiment) for row in connection.execute(trials)),
    ]
    return sorted(found, key=lambda one: (one.day, not one.experiment, one.experiment), reverse=True)[:ARMS_SHOWN]


def _tags(profile: Row[Any] | None, language: str) -> list[str]:
    words = {tag.name: getattr(tag, language) for tag in load_tags() if not is_about_price(tag)}
    return [] if profile is None else [words[name] for name in profile.tags.split() if name in words]
