"""What the restock lists were worth: sales that their goods made possible, and sales missed where a line was not done.

Goods that came of a line are taken to be sold last. A shelf on which less lies at the end of a day than is left of them
has sold the difference out of them: without them nobody could have bought it. A line that was refused or left until it
expired has missed what its shelf could not sell in the days after, beyond what no order could have saved any more, and
never more than was suggested. What nobody knows of a shelf counts neither way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, func, select

from include.calendar.business_days import day_after
from include.replenishment.looking_back.plan_results import AGAIN_DAYS, Arrived, Counts
from include.tasks.canonical_json import read_json
from include.tasks.memory import visible_on
from include.tasks.task_tables import task_events, tasks

PLACE = ["sku", "warehouse"]
NOT_DONE = ("refused", "expired")
PACE_DAYS = 91  # of sales, for the pace of a shelf that is empty: those of the forecasts' longest look back on the desk


@dataclass(frozen=True)
class NotDone:
    """A restock line that was refused or expired on `day`. units: suggested; unsaveable: of them missed in any case."""

    day: str
    sku: str
    warehouse: str
    category: str
    units: int
    unsaveable: int


def lines_not_done(connection: Connection, day: str) -> list[NotDone]:
    """The restock lines that were refused or expired lately enough to have missed something on AGAIN_DAYS up to day, as
    the list of `day` may know of them: what people do later, or its own making, changes nothing."""
    c, event = tasks.c, task_events.c
    lately = select(event.task_id).where(event.to_state.in_(NOT_DONE), event.day > day_after(day, -2 * AGAIN_DAYS))
    last = (
        select(func.max(event.seq).label("seq"))
        .where(event.task_id.in_(lately), visible_on(day))
        .group_by(event.task_id)
        .subquery()
    )
    columns = (event.day, c.sku, c.warehouse, c.category, c.quantity, c.payload)
    query = select(*columns).join(last, last.c.seq == event.seq).join(tasks, c.task_id == event.task_id)
    query = query.where(c.kind == "restock", event.to_state.in_(NOT_DONE))
    return [
        NotDone(row.day, row.sku, row.warehouse, row.category or "", int(row.quantity or 0),
                int(read_json(row.payload).get("lost_before_arrival") or 0))
        for row in connection.execute(query.order_by(event.day, c.task_id))
    ]  # fmt: skip


def saved_by(arrived: Iterable[Arrived], left: pd.DataFrame, margins: Mapping[str, float], day: str) -> Counts:
    """Sales of AGAIN_DAYS up to `day` that only goods of a restock line made possible.

    left: day, sku, warehouse, on_hand at the end of days that are known. margins: micros a unit by sku; of others no
    money is counted. A line counts on the first day of such a sale.
    """
    came: dict[tuple[str, str], list[Arrived]] = defaultdict(list)
    for one in arrived:
        if one.answer.kind == "restock":
            came[one.answer.sku, one.answer.warehouse].append(one)
    first = min((one.day for parts in came.values() for one in parts), default=day)
    shelves = _by_place(left[left["day"] >= first], "on_hand", came)
    counts: Counts = defaultdict(lambda: [0, 0, 0])
    for place, parts in came.items():
        coming = sorted(parts, key=lambda one: one.day)
        extra, lines = 0, 0
        for today, on_hand in shelves.get(place, ()):
            while coming and coming[0].day <= today:
                extra += coming.pop(0).units
                lines += 1
            sold = max(extra - max(int(on_hand), 0), 0)
            extra -= sold
            if sold and day_after(day, -AGAIN_DAYS) < today <= day:
                _add(counts, today, "saved", parts[0].answer.warehouse, parts[0].answer.category, lines, sold,
                     margins.get(place[0]))  # fmt: skip
            lines = 0 if sold else lines
    return counts


def missed_by(
    lines: Collection[NotDone], shares: pd.DataFrame, demand: pd.DataFrame, margins: Mapping[str, float], day: str
) -> Counts:
    """Sales of AGAIN_DAYS up to `day` that a line which was not done has missed, in the AGAIN_DAYS after it.

    shares: day, sku, warehouse, in_stock_share, missing where nobody knows. demand: day, sku, warehouse, units.
    """
    asked = {(one.sku, one.warehouse) for one in lines}
    known = shares[shares["day"] > day_after(day, -PACE_DAYS)].dropna(subset=["in_stock_share"])
    by_place = _by_place(known, "in_stock_share", asked)
    pace = _pace(known, demand, day)
    counts: Counts = defaultdict(lambda: [0, 0, 0])
    for one in lines:
        place = (one.sku, one.warehouse)
        lost = counted = 0.0
        for today, share in by_place.get(place, ()):
            if not one.day < today <= min(day, day_after(one.day, AGAIN_DAYS)):
                continue
            lost += (1 - min(max(share, 0.0), 1.0)) * pace.get(place, 0.0)
            missed = min(max(lost - one.unsaveable, 0.0), one.units)
            units = int(missed) - int(counted)
            if units and today > day_after(day, -AGAIN_DAYS):
                _add(counts, today, "missed", one.warehouse, one.category, int(counted) == 0, units,
                     margins.get(one.sku))  # fmt: skip
            counted = missed
    return counts


def margins_of(demand: pd.DataFrame, costs: pd.Series) -> dict[str, float]:
    """Sku -> micros that a unit sold brings above its cost, at the price of these days; none without a sale or cost.

    demand: sku, units, revenue_micros. costs: micros a unit by sku.
    """
    sums = demand.groupby("sku")[["units", "revenue_micros"]].sum()
    sums = sums[sums["units"] > 0]
    margin = sums["revenue_micros"] / sums["units"] - pd.to_numeric(costs).reindex(sums.index).astype("float64")
    return {str(sku): float(one) for sku, one in margin.dropna().items()}


def _pace(known: pd.DataFrame, demand: pd.DataFrame, day: str) -> dict[tuple[str, str], float]:
    """Units a day that a shelf sells while goods lie on it."""
    since = day_after(day, -PACE_DAYS)
    there = known.groupby(PLACE)["in_stock_share"].sum()
    sold = demand[demand["day"] > since].groupby(PLACE)["units"].sum()
    pace = (sold / there[there > 0]).dropna()
    return {(str(sku), str(warehouse)): float(one) for (sku, warehouse), one in pace.items()}


def _by_place(
    frame: pd.DataFrame, column: str, places: Collection[tuple[str, str]]
) -> dict[tuple[str, str], list[tuple[str, float]]]:
    """Place -> (day, value), oldest first, of these places alone: a merchant has many more, and years of days."""
    own = frame[pd.MultiIndex.from_frame(frame[PLACE]).isin(list(places))] if places else frame.iloc[:0]
    ordered = own.sort_values("day", kind="stable")
    found: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    for on, sku, warehouse, value in zip(*(ordered[name] for name in ("day", *PLACE, column)), strict=True):
        found[sku, warehouse].append((on, value))
    return found


def _add(
    counts: Counts, day: str, what: str, place: str, category: str, lines: int, units: int, margin: float | None
) -> None:
    sums = counts[day, "restock", what, place, category]
    sums[0] += int(lines)
    sums[1] += units
    sums[2] += 0 if margin is None else round(units * margin)
