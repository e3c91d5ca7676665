"""Figures of the day for graphs and thresholds. What emits them is no matter of this module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from include.calendar.business_days import day_after, parse_day
from include.pipeline.push import DUE_KINDS
from include.pipeline.watching.state_of_days import StateOfDays, state_of_days
from include.settings.merchant import Merchant
from include.tasks.task_tables import outbox
from include.warehouse.tables import closes, forecast_hits

# Name -> what it says. docs/monitoring.md has the same table.
FIGURES: Mapping[str, str] = {
    "storekeeper.rows.read": "rows of the shop's exports of the newest day",
    "storekeeper.rows.published": "of these, in the books",
    "storekeeper.rows.held": "of these, held back",
    "storekeeper.shop.trouble": "1 if the shop's files of the newest day are late or stopped, else 0",
    "storekeeper.close.age_hours": "since the newest day was closed",
    "storekeeper.lists.minutes_to_due": "by which the newest day's lists were made in time; below zero: late",
    "storekeeper.forecast.error_share": "sum of |forecast - sold| over units sold, of the lists of the last weeks",
    "storekeeper.outbox.waiting": "deliveries that are to be sent",
    "storekeeper.outbox.unknown": "deliveries of which nobody knows whether they arrived",
    "storekeeper.outbox.dead": "deliveries that failed for good",
    "storekeeper.alerts.dead": "alerts of the last days that nobody took",
    "storekeeper.status.wrong": "what `storekeeper status` calls wrong",
}
WAITING, GONE = ("pending", "sending", "held"), ("dead", "failed")


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    tags: Mapping[str, str] = field(default_factory=dict)


def measurements(connection: Connection, merchant: Merchant, clock: datetime) -> list[Figure]:
    """What is known of the figures; unknown ones are left out. clock: the merchant's."""
    state = state_of_days(connection, merchant, clock)
    found = [*_of_shops(state), *_of_close(connection, clock), *_of_lists(state, merchant, clock)]
    found += [*_of_forecasts(connection), *_of_outbox(connection)]
    found.append(Figure("storekeeper.alerts.dead", sum(one.state == "dead" for one in state.alerts)))
    found.append(Figure("storekeeper.status.wrong", len(state.wrong)))
    return found


def _of_shops(state: StateOfDays) -> Iterator[Figure]:
    for shop in state.shops if state.days else ():
        one, tags = shop.days[-1], {"shop": shop.name}
        yield Figure("storekeeper.rows.read", one.rows, tags)
        yield Figure("storekeeper.rows.published", one.published, tags)
        yield Figure("storekeeper.rows.held", one.held, tags)
        yield Figure("storekeeper.shop.trouble", int(one.state in ("late", "stopped")), tags)


def _of_close(connection: Connection, clock: datetime) -> Iterator[Figure]:
    first = select(func.min(closes.c.closed_at)).where(closes.c.day == select(func.max(closes.c.day)).scalar_subquery())
    closed_at = connection.scalar(first)
    if closed_at is not None:
        hours = (clock - datetime.fromisoformat(closed_at)).total_seconds() / 3600
        yield Figure("storekeeper.close.age_hours", round(hours, 2))


def _of_lists(state: StateOfDays, merchant: Merchant, clock: datetime) -> Iterator[Figure]:
    """As long as they are not there, by how much the present is before the hour."""
    if not state.days:
        return
    day = state.days[-1]
    due = datetime.combine(parse_day(day_after(day.day)), merchant.closing.lists_due)
    made = [datetime.fromisoformat(day.lists[kind].made_at) for kind in DUE_KINDS if kind in day.lists]
    at = max(made) if len(made) == len(DUE_KINDS) else clock
    yield Figure("storekeeper.lists.minutes_to_due", round((due - at).total_seconds() / 60, 1))


def _of_forecasts(connection: Connection) -> Iterator[Figure]:
    c = forecast_hits.c
    newest = select(func.max(c.day)).scalar_subquery()
    weeks = select(func.min(c.weeks)).where(c.day == newest).scalar_subquery()
    sums = select(func.sum(c.error), func.sum(c.sold)).where(c.day == newest, c.weeks == weeks)
    error, sold = connection.execute(sums).one()
    if error is not None and sold:
        yield Figure("storekeeper.forecast.error_share", round(error / sold, 4))


def _of_outbox(connection: Connection) -> Iterator[Figure]:
    rows = connection.execute(select(outbox.c.state, func.count().label("n")).group_by(outbox.c.state))
    counts: dict[str, Any] = {row.state: row.n for row in rows}
    for name, states in (("waiting", WAITING), ("unknown", ("unknown",)), ("dead", GONE)):
        yield Figure(f"storekeeper.outbox.{name}", sum(counts.get(one, 0) for one in states))
