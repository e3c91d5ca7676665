"""Too much stock: how bad it is (S worst, then A, B, C) and the way of getting rid of it that costs least.

Every way is priced for the units that are too many, and kept on the line, so that a person sees what the others would
have cost. Holding on is one of them: where it is cheapest, the line says so and asks for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.policy import ExcessPolicy, StockPolicy

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ACTIONS = ("promote", "transfer", "return", "bundle", "clear", "hold")
DISPOSE = "dispose"  # of what is beyond its shelf life: it may not be sold, whatever that would bring
YEAR_DAYS = 365.0
WRITTEN_OFF_DAYS = 3 * YEAR_DAYS  # what would not sell before then is worth nothing
RECENT_DAYS = 30
FOR_EVER = 100 * YEAR_DAYS
OPTIONAL = (("expired_units", 0), ("spoiling_units", 0), ("shelf_life_left_days", pd.NA), ("sellable_days", pd.NA))


def excess_lines(stock: pd.DataFrame, policy: StockPolicy) -> pd.DataFrame:
    """One row a (sku, warehouse) with more than `policy.excess.cover_days` of stock, worst first.

    stock: sku, warehouse, on_hand, promised, arriving, daily_mean (units a day expected), age_days (since the stock
        last came in; NA: unknown), unit_cost_micros, unit_price_micros (NA: unknown), and any other columns, which
        stay. Optional: is_returnable (the supplier takes it back), shortage_elsewhere (units that other warehouses
        want), companion (a sku it sells well with), shelf_life_left_days; expired_units and spoiling_units (see
        `ageing`); sellable_days (until it is taken off sale).
    Where units are beyond their shelf life the action is DISPOSE, of these.
    Adds quantity (units too many), cover_days (NA: does not sell), sell_through (share of the stock that 30 days
    sell), margin (share of price), grade, action, action_units, action_cost_micros, cost_<action>_micros (NA: not
    possible), tied_up_micros (the excess at cost), saved_micros (against holding on).
    """
    rules = policy.excess
    frame = _complete(stock)
    goods = _goods(frame, policy)
    frame["quantity"] = goods.excess
    cover = np.divide(goods.owned, goods.rate, out=np.full(len(frame), np.inf), where=goods.rate > 0)
    frame["cover_days"] = _whole_or_missing(cover)
    sold_soon = np.divide(RECENT_DAYS * goods.rate, goods.owned, out=np.ones(len(frame)), where=goods.owned > 0)
    frame["sell_through"] = np.minimum(sold_soon, 1.0)
    margin = np.divide(goods.price - goods.cost, goods.price, out=np.zeros(len(frame)), where=goods.price > 0)
    frame["margin"] = margin
    age = frame["age_days"].astype("Float64").to_numpy(dtype=float, na_value=0.0)
    grade = grades(cover, age, margin, rules)
    grade = np.where((goods.spoiling > 0) & np.isin(grade, ("B", "C")), "A", grade)
    frame["grade"] = np.where(goods.expired > 0, "S", grade)
    costs = np.column_stack(list(_action_costs(frame, goods, policy).values()))
    best = np.argmin(np.nan_to_num(costs, nan=np.inf), axis=1)
    chosen = costs[np.arange(len(frame)), best]
    is_expired = goods.expired > 0
    frame["action"] = np.where(is_expired, DISPOSE, np.array(ACTIONS)[best])
    chosen = np.where(is_expired, goods.expired * goods.cost, chosen)
    moved = np.minimum(goods.excess, frame["shortage_elsewhere"].to_numpy(dtype=np.int64))
    units = np.where(frame["action"] == "transfer", moved, goods.excess)
    frame["action_units"] = np.where(is_expired, goods.expired, units)
    frame["action_cost_micros"] = np.rint(chosen).astype(np.int64)
    for column, action in enumerate(ACTIONS):
        frame[f"cost_{action}_micros"] = _whole_or_missing(costs[:, column])
    frame["tied_up_micros"] = np.rint(goods.excess * goods.cost).astype(np.int64)
    frame["saved_micros"] = frame["cost_hold_micros"].astype("int64") - frame["action_cost_micros"]
    lines = frame[frame["quantity"] > 0]
    severity = lines["grade"].map({"S": 0, "A": 1, "B": 2, "C": 3})
    order = np.lexsort((lines["warehouse"], lines["sku"], -lines["tied_up_micros"], severity))
    return lines.iloc[order].reset_index(drop=True)


def grades(cover_days: Floats, age_days: Floats, margin: Floats, rules: ExcessPolicy) -> NDArray[np.str_]:
    """Points for slow selling (0-2), age (0-2) and a thin margin (0-1): 4 and 5 are S, 3 A, 2 B, the rest C."""
    slow = (cover_days > rules.cover_days).astype(int) + (cover_days > rules.cover_days_severe)
    old = (age_days > rules.age_days).astype(int) + (age_days > rules.age_days_severe)
    return np.array(["C", "C", "B", "A", "S", "S"])[slow + old + (margin < rules.thin_margin)]


@dataclass(frozen=True)
class _Goods:
    """Arrays (lines,): units a day; units unpromised here and coming, too many of them, of these beyond their shelf
    life, and of these to be so before they sell; days in which it can be sold; micros a unit."""

    rate: Floats
    owned: Integers
    excess: Integers
    expired: Integers
    spoiling: Integers
    days: Floats
    cost: Floats
    price: Floats


def _complete(stock: pd.DataFrame) -> pd.DataFrame:
    frame = stock.reset_index(drop=True).copy()
    for name, value in (("is_returnable", False), ("shortage_elsewhere", 0), ("companion", None), *OPTIONAL):
        if name not in frame.columns:
            frame[name] = value
    return frame


def _goods(frame: pd.DataFrame, policy: StockPolicy) -> _Goods:
    rate = frame["daily_mean"].to_numpy(dtype=float)
    free = frame["on_hand"].to_numpy(dtype=np.int64) - frame["promised"].to_numpy(dtype=np.int64)
    owned = np.maximum(free + frame["arriving"].to_numpy(dtype=np.int64), 0)
    kept = np.ceil(np.round(rate * policy.excess.cover_days, 6))
    days = np.minimum(_days(frame["shelf_life_left_days"]), _days(frame["sellable_days"]))
    kept = np.minimum(kept, np.floor(rate * days))
    # Only what lies here unpromised can be got rid of, however much is on its way.
    here = np.maximum(free, 0)
    spoiling = np.minimum(frame["spoiling_units"].to_numpy(dtype=np.int64), here)
    expired = np.minimum(frame["expired_units"].to_numpy(dtype=np.int64), here)
    excess = np.minimum(np.maximum(owned - kept.astype(np.int64), spoiling), here)
    cost = frame["unit_cost_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    price = frame["unit_price_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    cost = np.where(np.isnan(cost), price * (1 - policy.assumed_margin), cost)
    price = np.where(np.isnan(price), cost / (1 - policy.assumed_margin), price)
    return _Goods(rate, owned, excess, expired, spoiling, days, np.nan_to_num(cost), np.nan_to_num(price))


def _days(values: pd.Series) -> Floats:
    return np.maximum(values.astype("Float64").to_numpy(dtype=float, na_value=FOR_EVER), 0.0)


def _action_costs(frame: pd.DataFrame, goods: _Goods, policy: StockPolicy) -> dict[str, Floats]:
    """What each of ACTIONS costs for the excess, in micros (lines,); NaN where it is not possible."""
    rules = policy.excess
    units = goods.excess.astype(float)
    a_day = goods.cost * policy.holding_rate / YEAR_DAYS

    # The excess sells last: from the day the kept stock is gone to the day all is.
    days_to_sell = np.divide(
        goods.owned - units / 2, goods.rate, out=np.full(len(units), WRITTEN_OFF_DAYS), where=goods.rate > 0
    )
    sells_for = np.minimum(goods.days, WRITTEN_OFF_DAYS)
    never_sold = np.clip(goods.owned - goods.rate * sells_for, 0, units)
    never_sold = np.maximum(never_sold, np.minimum(goods.spoiling, units))
    hold = units * a_day * np.minimum(days_to_sell, WRITTEN_OFF_DAYS) + never_sold * goods.cost

    # A promotion discounts what would have sold anyway, too.
    horizon = np.minimum(rules.promote_horizon_days, goods.days)
    usual = goods.rate * horizon
    uplift = np.divide(units + usual, usual, out=np.full(len(units), np.inf), where=usual > 0)
    discount = 1 - uplift ** (-1 / rules.promote_elasticity)
    promote = (units + usual) * discount * goods.price + units * a_day * horizon / 2
    promote = np.where(discount <= rules.promote_deepest, promote, np.nan)

    moved = np.minimum(units, frame["shortage_elsewhere"].to_numpy(dtype=float))
    stays = np.divide(units - moved, units, out=np.zeros(len(units)), where=units > 0)
    transfer = np.where(moved > 0, moved * rules.transfer_micros + stays * hold, np.nan)

    is_returnable = frame["is_returnable"].fillna(False).to_numpy(dtype=bool)
    returned = np.where(is_returnable, units * goods.cost * rules.return_fee, np.nan)

    sooner = np.minimum(days_to_sell / rules.bundle_uplift, WRITTEN_OFF_DAYS)
    bundle = units * (rules.bundle_discount * goods.price + a_day * sooner)
    bundle = np.where(frame["companion"].notna() & (goods.rate > 0), bundle, np.nan)

    clear = units * goods.cost * (1 - rules.clear_recovery)
    return dict(zip(ACTIONS, (promote, transfer, returned, bundle, clear, hold), strict=True))


def _whole_or_missing(values: Floats) -> pd.Series:
    rounded = pd.Series(np.where(np.isfinite(values), np.rint(values), np.nan))
    return rounded.astype("Float64").astype("Int64")
