"""What a promotion needs in stock, counted back from its days: how much, ordered by when, from whom, at what cost.

Each (sku, warehouse) has to last until the promotion's last day at its service level, and what is ordered for it has to
be there on the first: supplier by supplier the last day on which an order still is, holidays counted.

    order = demand until the end at the level - lost whatever is ordered - on hand - comes in time + promised
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.business_days import day_after
from include.calendar.events import Own
from include.demand.promotion_effects import promoted_days
from include.replenishment.day_plan import DayPlan
from include.replenishment.planning_frames import PlanningData
from include.replenishment.promotions.presale import due_units
from include.replenishment.promotions.promoted import promotions_ahead
from include.replenishment.quantity.distribution import DemandDistribution
from include.replenishment.quantity.protection_period import Protection, assumed_lead_time
from include.replenishment.suppliers.closures import days_until_arrival, opens_at
from include.settings.stock.replenishment import Replenishment

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

PLACE = ["sku", "warehouse"]


def promotion_stock(
    planning: PlanningData,
    protection: Protection,
    plan: DayPlan,
    settings: Replenishment,
    own_events: Own = None,
    before_days: int | None = None,
) -> pd.DataFrame:
    """One row a (promotion, shop, sku, warehouse) of the promotions that run or begin within `before_days`, ordered.

    before_days: the settings' `promotion_plan_days` by default.
    plan: of the day, with its transfers.
    Returns promotion, shop, first_day, last_day, sku, title, warehouse, supplier, price (yuan), lift, basis,
    service_level, days (until the end), demand_before, demand_promotion (expected units before it and on its days
    ahead), target (units until the end at the level), lost (of these, before any order can come), on_hand, promised,
    arriving (there by the first day), arriving_during (by the last), need, quantity (to order: packs and least order;
    0 where nothing can come before the end), unit_cost_micros, cost_micros, order_by (last day on which an order is
    there by the first day; null: there is none any more), arrives_day (of an order of tomorrow), is_late, can_come.
    Units are null where nobody knows the stock.
    Left out: what ends after the furthest forecast.
    """
    furthest = int(protection.spans[-1])
    before_days = settings.promotion_plan_days if before_days is None else before_days
    ahead = promotions_ahead(planning.panel, furthest)
    offset = _offsets(ahead["first_day"], planning.day)
    rows = ahead[(offset <= before_days) & (_offsets(ahead["last_day"], planning.day) <= furthest)].reset_index(
        drop=True
    )
    inputs = plan.inputs.assign(line=np.arange(len(plan.inputs)), service_level=plan.lines["service_level"].to_numpy())
    stock = ["on_hand", "promised", "lost_before_arrival", "service_level", "line", "pack", "moq", "unit_cost_micros"]
    titles = planning.products.drop_duplicates("sku", keep="last")[["sku", "title"]]
    about = protection.frame[[*PLACE, "supplier"]]
    rows = rows.merge(titles, on="sku", how="left").merge(about, on=PLACE, how="left")
    rows = rows.merge(inputs[[*PLACE, *stock]], on=PLACE, how="left")
    first, last = _offsets(rows["first_day"], planning.day), _offsets(rows["last_day"], planning.day)
    rows = _with_demand(rows, first, last, planning, protection, own_events)
    rows = _with_arrivals(rows, first, last, plan)
    rows = _with_dates(rows, first, last, protection, planning.day, settings)
    need = rows["target"] - rows["lost"] - rows["on_hand"] - rows["arriving"] - rows["arriving_during"]
    rows["need"] = need + rows["promised"]
    rows["quantity"] = _ordered(rows)
    rows["cost_micros"] = rows["unit_cost_micros"].astype("Int64") * rows["quantity"]
    return rows[list(COLUMNS)]


COLUMNS = (
    "promotion", "shop", "first_day", "last_day", "sku", "title", "warehouse", "supplier", "price", "lift", "basis",
    "service_level", "days", "demand_before", "demand_promotion", "target", "lost", "on_hand", "promised", "arriving",
    "arriving_during", "need", "quantity", "unit_cost_micros", "cost_micros", "order_by", "arrives_day", "is_late",
    "can_come", "stock_limit",
)  # fmt: skip


def by_supplier(lines: pd.DataFrame) -> pd.DataFrame:
    """promotion, shop, supplier, lines, units, cost_micros, order_by (the first of them), late (lines too late for the
    first day) of what is to be ordered, ordered."""
    wanted = lines[(lines["quantity"] > 0).fillna(False)]
    grouped = wanted.groupby(["promotion", "shop", "supplier"], as_index=False, sort=True, dropna=False)
    return grouped.agg(
        lines=("sku", "size"),
        units=("quantity", "sum"),
        cost_micros=("cost_micros", lambda part: part.sum(min_count=len(part))),
        order_by=("order_by", "min"),
        late=("is_late", "sum"),
    )


def _offsets(days: pd.Series, day: str) -> Integers:
    """Days from the closed day to each of `days`: 1 is tomorrow."""
    return (pd.to_datetime(days) - pd.Timestamp(day)).dt.days.to_numpy(dtype=np.int64)


def _with_demand(
    rows: pd.DataFrame, first: Integers, last: Integers, planning: PlanningData, protection: Protection, own_events: Own
) -> pd.DataFrame:
    """Adds days, demand_before, demand_promotion, target and lost, what is presold and paid by then left out."""
    series = rows["series"].to_numpy(dtype=np.int64)
    until, before = last.astype(float), np.maximum(first - 1, 0).astype(float)
    whole = _over(planning, protection, until, series)
    mean = whole.mean()
    mean_before = np.where(before > 0, _over(planning, protection, np.maximum(before, 1), series).mean(), 0.0)
    level = rows["service_level"].fillna(0.5).to_numpy(dtype=float)
    due = due_units(rows[PLACE], planning.deposits, planning.day, until, own_events) if len(rows) else np.zeros(0)
    target = np.ceil(np.round(whole.at(level), 6)) - due
    promotion = np.maximum(mean - mean_before, 0.0)
    limited = _beyond_limit(rows, promotion)
    is_known = rows["on_hand"].notna()
    return rows.assign(
        days=last,
        demand_before=mean_before,
        demand_promotion=promotion - limited,
        target=pd.Series(np.maximum(target - np.floor(limited), 0.0)).astype("Int64").where(is_known),
        lost=rows["lost_before_arrival"].astype("Float64").round().astype("Int64"),
        on_hand=rows["on_hand"].astype("Float64").astype("Int64"),
        promised=rows["promised"].astype("Float64").astype("Int64"),
    )


def _over(planning: PlanningData, protection: Protection, days: Floats, series: Integers) -> DemandDistribution:
    """Demand of the series over their own number of days. Between the spans only ordinary sales are interpolated: the
    promotion's own days are known."""
    promoted = promoted_days(planning.panel, int(protection.spans[-1]))
    if promoted is None:
        return protection.over(days, series)
    origin = planning.panel.day_count
    lift = np.column_stack([promoted.mean_lift(origin, int(span)) for span in protection.spans])
    plain = replace(protection, totals=protection.totals / lift[:, :, None]).over(days, series)
    own = np.ones(len(series))
    for length in np.unique(days):
        rows = days == length
        own[rows] = promoted.mean_lift(origin, int(length))[series[rows]]
    return replace(plain, values=plain.values * own[:, None])


def _beyond_limit(rows: pd.DataFrame, promotion: Floats) -> Floats:
    """Expected units of each row beyond the pieces that are set aside for the sku's promotion; its ordinary sales go
    on."""
    limit = rows["stock_limit"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
    whole = rows.assign(units=promotion).groupby(["promotion", "shop", "sku"])["units"].transform("sum").to_numpy()
    ordinary = promotion / np.maximum(rows["lift"].to_numpy(dtype=float), 1.0)
    kept = np.divide(limit, whole, out=np.ones(len(rows)), where=whole > limit)
    return np.asarray(np.maximum(promotion - np.maximum(promotion * kept, ordinary), 0.0), dtype=float)


def _with_arrivals(rows: pd.DataFrame, first: Integers, last: Integers, plan: DayPlan) -> pd.DataFrame:
    """Adds arriving and arriving_during: counted units that come by the first day, and after it by the last."""
    line = rows["line"].astype("Float64").to_numpy(dtype=float, na_value=-1).astype(np.int64)
    orders = plan.orders
    moved = plan.inputs["transfer_in"].to_numpy(dtype=np.int64)
    by_first, by_last = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    place, units = orders["row"].to_numpy(np.int64), orders["counted"].to_numpy(np.int64)
    # What is overdue does not come tomorrow.
    ahead = np.where(orders["overdue_days"] > 0, orders["assumed_days"], orders["ahead_days"]).astype(np.int64)
    for number, (of_line, begin, end) in enumerate(zip(line, first, last, strict=True)):
        mine = place == of_line
        by_first[number] = units[mine & (ahead <= max(begin, 1))].sum()
        by_last[number] = units[mine & (ahead <= end)].sum()
    transfers = np.where(line >= 0, moved[np.maximum(line, 0)] if len(moved) else 0, 0)
    is_known = rows["on_hand"].notna()
    return rows.assign(
        arriving=pd.Series(by_first + transfers).astype("Int64").where(is_known),
        arriving_during=pd.Series(by_last - by_first).astype("Int64").where(is_known),
    )


def _with_dates(
    rows: pd.DataFrame, first: Integers, last: Integers, protection: Protection, day: str, settings: Replenishment
) -> pd.DataFrame:
    """Adds order_by, arrives_day, is_late (for the first day) and can_come (before the end)."""
    closed = protection.closed
    open_days = np.flatnonzero(~closed)
    order_by, arrives = [], []
    for supplier, begin in zip(rows["supplier"].astype("str").fillna(""), first, strict=True):
        lead = protection.leads.get(str(supplier)) or assumed_lead_time(settings.default_lead_time_days)
        needs = int(np.searchsorted(np.cumsum(lead.probability), settings.promotion_arrival_level - 1e-9))
        tried = open_days[(open_days >= 1) & (open_days <= max(int(begin), 0))]
        there = days_until_arrival(np.full(len(tried), needs), tried, closed)
        in_time = tried[there <= begin]
        order_by.append(day_after(day, int(in_time.max())) if len(in_time) else None)
        tomorrow = days_until_arrival(np.array([needs]), int(opens_at(closed)[1]), closed)[0]
        arrives.append(int(tomorrow))
    coming = np.array(arrives, dtype=np.int64)
    last_day = pd.Series(order_by, index=rows.index, dtype="str")
    return rows.assign(
        order_by=last_day,
        arrives_day=pd.Series([day_after(day, days) for days in arrives], index=rows.index, dtype="str"),
        is_late=last_day.isna().to_numpy(),
        can_come=coming <= last,
    )


def _ordered(rows: pd.DataFrame) -> pd.Series:
    """Units to order: whole packs, the least order at least, nothing where it cannot come before the end."""
    need = rows["need"].clip(lower=0)
    pack = rows["pack"].astype("Float64").astype("Int64").fillna(1).clip(lower=1)
    least = rows["moq"].astype("Float64").astype("Int64").fillna(0)
    wanted = need.where(need.isna() | (need == 0) | (need >= least), least)
    packed = -(-wanted // pack) * pack
    return packed.where(rows["can_come"].to_numpy() | packed.isna().to_numpy(), 0)
