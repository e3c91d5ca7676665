"""What if, for one line: another service level, another lead time, another quantity, beside what the night planned.

The quantity is the one that the night would plan if the settings said so; what comes of a quantity is reckoned with the
functions of the plan: the distribution of demand, the walk of the shelf, its outlook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after
from include.lines.plan_session import Plan, PlanSession
from include.replenishment.day_plan import both_arrivals, stock_to_walk
from include.replenishment.orders.projection import Arrivals, Paths, Walk, expected, outlook, walk
from include.replenishment.orders.under_way import arrivals_of
from include.replenishment.quantity.distribution import distribution_of
from include.replenishment.quantity.plan_lines import cover_days
from include.settings.saying import BilingualError

LONGEST_LEAD_DAYS = 365
MAX_UNITS = 10_000_000
SHOWN_DAYS = 60
NEVER_DAYS = 3 * 365


@dataclass(frozen=True)
class Changes:
    """service_level: chance in (0, 1), of the sku in all its warehouses. lead_days: whole days, exactly kept, of the
    sku too. quantity: units ordered of the line, in the place of what is planned. None: as it is."""

    service_level: float | None = None
    lead_days: int | None = None
    quantity: int | None = None

    def __post_init__(self) -> None:
        if self.service_level is not None and not 0 < self.service_level < 1:
            raise BilingualError.named("line.error.level")
        if self.lead_days is not None and not 1 <= self.lead_days <= LONGEST_LEAD_DAYS:
            raise BilingualError.named("line.error.lead_days", most=LONGEST_LEAD_DAYS)
        if self.quantity is not None and not 0 <= self.quantity <= MAX_UNITS:
            raise BilingualError.named("line.error.quantity", most=MAX_UNITS)


@dataclass(frozen=True)
class Outcome:
    """What comes of ordering `quantity`. line: the row of `plan_lines`, as `explain` takes it, with its planned
    quantity. cost_micros: None if the cost is unknown. cover_days: days for which stock, goods under way and the order
    last at the expected pace; None: nothing sells. first_empty_day: None: not in sight. lost_units, lost_micros:
    expected over the protection period; micros are None if no price is known. arrival_day: of an order of today."""

    quantity: int
    cost_micros: int | None
    cover_days: int | None
    first_empty_day: str | None
    lost_units: float
    lost_micros: int | None
    arrival_day: str
    line: Mapping[str, Any]


@dataclass(frozen=True)
class LineAnswer:
    """as_it_is: what the night planned. what_if: under the changes. stock: `stock_by_day` under the changes. lines:
    sku, warehouse, quantity_as_it_is and quantity_what_if of the lines that change with it; transfers: those of the
    sku."""

    as_it_is: Outcome
    what_if: Outcome
    lines: pd.DataFrame
    transfers: pd.DataFrame
    walk: Callable[[], pd.DataFrame]

    @cached_property
    def stock(self) -> pd.DataFrame:
        """Walked when it is asked for: it takes longer than the rest of a question about a quantity."""
        return self.walk()


def line_what_if(
    session: PlanSession, sku: str, warehouse: str, changes: Changes, days: int = SHOWN_DAYS
) -> LineAnswer | None:
    """None: the line is not planned (its stock is unknown, or it is no longer sold)."""
    nightly = session.nightly
    before = nightly.row(sku, warehouse)
    if before is None:
        return None
    plan = session.planned_with(sku, changes.service_level, changes.lead_days)
    row = plan.row(sku, warehouse)
    assert row is not None, "what is planned does not change with a level or a lead time"
    as_it_is = outcome(nightly, before)
    other = outcome(plan, row, changes.quantity)
    return LineAnswer(
        as_it_is,
        other,
        _changed(nightly, plan),
        plan.transfers[plan.transfers["sku"] == sku].reset_index(drop=True),
        lambda: stock_by_day(plan, row, other.quantity, days),
    )


def outcome(plan: Plan, row: int, quantity: int | None = None) -> Outcome:
    """quantity: None: as planned."""
    inputs, lines = plan.inputs.iloc[[row]].reset_index(drop=True), plan.lines.iloc[[row]]
    line = {str(name): value for name, value in lines.iloc[0].items()}
    units = int(line["quantity"]) if quantity is None else quantity
    available = np.array([int(line["on_hand"]) + int(line["arriving"]) - int(line["promised"]) + units])
    demand = distribution_of(inputs)
    lost = float(demand.lost(available.astype(float))[0])
    cost, price = (inputs[name].astype("Int64")[0] for name in ("unit_cost_micros", "unit_price_micros"))
    cover = cover_days(available, inputs["daily_mean"])[0]
    return Outcome(
        quantity=units,
        cost_micros=None if pd.isna(cost) else int(cost) * units,
        cover_days=None if pd.isna(cover) else int(cover),
        first_empty_day=_first_empty_day(plan, row, units),
        lost_units=lost,
        lost_micros=None if pd.isna(price) else round(lost * int(price)),
        arrival_day=str(line["order_arrival_day"]),
        line=line,
    )


def _first_empty_day(plan: Plan, row: int, quantity: int) -> str | None:
    stock, courses = _shelf(plan, row)
    arrivals = expected(courses)
    if stock <= 0 and quantity == 0 and not np.isfinite(arrivals.days).any():
        return day_after(plan.moves.day, 1)
    inputs = plan.inputs.iloc[[row]]
    series = inputs["series"].to_numpy(dtype=np.int64)
    both = both_arrivals(arrivals, _order(plan, row, quantity))
    ahead = outlook(np.array([stock]), both, *plan.moves.protection.expected_totals(series))
    days = float(np.floor(np.round(ahead.first_empty[0], 6)))
    if bool((inputs["on_hand"] <= inputs["promised"]).iloc[0]) and np.isfinite(ahead.runs_out[0]):
        days = 0.0
    return day_after(plan.moves.day, 1 + int(days)) if days < NEVER_DAYS else None


def stock_by_day(plan: Plan, row: int, quantity: int, days: int = SHOWN_DAYS) -> pd.DataFrame:
    """What is expected to lie there at the end of each day after the close, units free to sell.

    Columns day, without_order, with_order (mean over the paths of demand), lost_without_order, lost_with_order
    (expected lost sales from today on), arriving (units expected that day of what is under way), ordered (units of
    the order that come that day)."""
    stock, courses = _shelf(plan, row)
    order = _order(plan, row, quantity)
    series = np.repeat(plan.inputs["series"].to_numpy(dtype=np.int64)[row], days)
    until, paths = np.arange(1.0, days + 1), plan.moves.protection.paths(series)
    frame = pd.DataFrame({"day": [day_after(plan.moves.day, ahead) for ahead in range(1, days + 1)]})
    with_order = tuple(both_arrivals(course, order) for course in courses)
    for name, each in (("without_order", courses), ("with_order", with_order)):
        walked = [_walked_daily(stock, course, until, paths) for course in each]
        frame[name] = np.mean([one.left.mean(axis=1) for one in walked], axis=0)
        frame[f"lost_{name}"] = np.mean([one.lost.mean(axis=1) for one in walked], axis=0)
    for name, coming in (("arriving", expected(courses)), ("ordered", order)):
        frame[name] = _by_day(coming, days)
    return frame


def _walked_daily(stock: float, course: Arrivals, until: np.ndarray, paths: Paths) -> Walk:
    """The one shelf at the end of each of these days."""
    days = len(until)
    every = Arrivals(np.repeat(course.days, days, axis=0), np.repeat(course.units, days, axis=0))
    return walk(np.full(days, stock), every, until, paths)


def _shelf(plan: Plan, row: int) -> tuple[float, tuple[Arrivals, ...]]:
    """Units free to sell now, and the equally likely courses of what is under way, as the plan walks them."""
    alone = replace(plan.moves, start=plan.moves.start.of(np.array([row])))
    courses = arrivals_of(alone.start.orders, 1, alone.coming(plan.transfers))
    return float(stock_to_walk(plan.inputs.iloc[[row]])[0]), courses


def _order(plan: Plan, row: int, quantity: int) -> Arrivals:
    lead = plan.inputs["lead_time_days"].to_numpy(dtype=float)[[row]]
    return Arrivals.of(1, np.zeros(1, dtype=np.int64), lead, np.array([float(quantity)]))


def _by_day(coming: Arrivals, days: int) -> np.ndarray:
    known = np.isfinite(coming.days[0])
    at = np.floor(np.round(coming.days[0][known], 6)).astype(np.int64)
    units = coming.units[0][known]
    return np.bincount(at[at < days], weights=units[at < days], minlength=days)


def _changed(nightly: Plan, plan: Plan) -> pd.DataFrame:
    keys = ["sku", "warehouse"]
    both = plan.lines[[*keys, "quantity"]].merge(
        nightly.lines[[*keys, "quantity"]], on=keys, suffixes=("_what_if", "_as_it_is")
    )
    changed = both[both["quantity_what_if"] != both["quantity_as_it_is"]]
    return changed[[*keys, "quantity_as_it_is", "quantity_what_if"]].reset_index(drop=True)
