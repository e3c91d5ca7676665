"""Too much stock: how bad it is (S worst, then A, B, C) and the way of getting rid of it that costs least.

A sku has one price: promoting, bundling, clearing and returning are weighed for all of its warehouses together, and one
way is chosen. Every way is priced for the units that are too many, and kept on the line, so that a person sees what the
others would have cost. Holding on is one of them: where it is cheapest, the line says so and asks for nothing.
What another warehouse lacks or would sell soon is no excess: that moves, see `balancing`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.policy import YUAN_MICROS, StockPolicy
from include.replenishment.surplus.balancing import kept_units, sellable_days
from include.settings.stock.excess import Excess

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ACTIONS = ("promote", "return", "bundle", "clear", "hold")
DISPOSE = "dispose"  # of what is beyond its shelf life: it may not be sold, whatever that would bring
YEAR_DAYS = 365.0
QUARTER_DAYS = 91  # of `sold_91`
OPTIONAL = {
    "order_up_to": 0, "in_work": 0, "is_bought": False, "returnable_units": 0, "return_fee": np.nan, "companion": None,
    "companion_spare": np.inf, "fresh_units": 0,
    "expired_units": 0, "spoiling_units": 0, "days_left": pd.NA, "sellable_days": pd.NA, "sold_30": pd.NA,
    "sold_91": pd.NA, "ended_day": pd.NA,
}  # fmt: skip


def excess_lines(stock: pd.DataFrame, policy: StockPolicy) -> pd.DataFrame:
    """One row a (sku, warehouse) with more than `policy.excess.cover_days` of stock, worst first.

    stock: sku, warehouse, on_hand, promised, arriving, daily_mean (units a day expected), age_days (since the stock
        last came in; NA: unknown), unit_cost_micros, unit_price_micros (NA: unknown), and any other columns, which
        stay. Optional: order_up_to (what is kept in any case), in_work (units that people are getting rid of),
        is_bought (some warehouse buys the sku, or waits for it), returnable_units and return_fee (see
        `returnable_units`), companion (a sku it sells well with) and companion_spare (its units there beyond its own
        need: it cannot be bundled with more); fresh_units (that came lately); expired_units, spoiling_units and
        days_left (see `ageing`); sellable_days (until it is taken off sale); sold_30, sold_91 (units that really sold).
    Where units are beyond their shelf life the action is DISPOSE, of these.
    What came lately needs patience: it is no excess yet, but for what is near its end.
    Adds quantity (units too many that nobody is getting rid of), too_fresh (units that would be, had they not come
    lately; a row may have nothing else), cover_days (by the forecast; NA: does not sell),
    sold_cover_days (by what sold in 91 days; NA: nothing did), sell_through (share of what could be sold in the last 30
    days that was; NA: unknown), margin (share of price), is_near_end (units will spoil unsold, and soon), grade,
    action, action_units, action_cost_micros, cost_<action>_micros (NA: not possible), tied_up_micros (the excess at
    cost), saved_micros (against holding on);
    action_price_micros (of the promotion, of the bundle's unit, of the liquidator; else NA), discount (share),
    floor_price_micros (below it promoting costs more than the next best way), action_days (of the promotion).
    """
    rules = policy.excess
    frame = _complete(stock)
    goods = _goods(frame, policy)
    frame["quantity"], frame["too_fresh"] = goods.excess, goods.too_fresh
    cover = np.divide(goods.owned, goods.rate, out=np.full(len(frame), np.inf), where=goods.rate > 0)
    frame["cover_days"] = _whole_or_missing(cover)
    _add_sales(frame, goods)
    margin = np.divide(goods.price - goods.cost, goods.price, out=np.zeros(len(frame)), where=goods.price > 0)
    frame["margin"] = margin
    age = frame["age_days"].astype("Float64").to_numpy(dtype=float, na_value=0.0)
    grade = grades(cover, age, margin, rules)
    frame["is_near_end"] = _is_near(frame, rules)
    grade = np.where((goods.spoiling > 0) & np.isin(grade, ("B", "C")), "A", grade)
    frame["grade"] = np.where(goods.expired > 0, "S", grade)
    ways, promotion = _action_costs(frame, goods, policy)
    costs = np.column_stack(list(ways.values()))
    best = _one_way_a_sku(frame, costs, rules)
    chosen = costs[np.arange(len(frame)), best]
    is_expired = goods.expired > 0
    frame["action"] = np.where(is_expired, DISPOSE, np.array(ACTIONS)[best])
    chosen = np.where(is_expired, goods.expired * goods.cost, chosen)
    returned = np.minimum(goods.excess, frame["returnable_units"].to_numpy(dtype=np.int64))
    units = np.where(frame["action"] == "return", returned, goods.excess)
    frame["action_units"] = np.where(is_expired, goods.expired, units)
    frame["action_cost_micros"] = np.rint(chosen).astype(np.int64)
    for column, action in enumerate(ACTIONS):
        frame[f"cost_{action}_micros"] = _whole_or_missing(costs[:, column])
    frame["tied_up_micros"] = np.rint(goods.excess * goods.cost).astype(np.int64)
    frame["saved_micros"] = frame["cost_hold_micros"].astype("int64") - frame["action_cost_micros"]
    _add_terms(frame, goods, promotion, costs, rules)
    lines = frame[(frame["quantity"] > 0) | (frame["too_fresh"] > 0)]
    severity = lines["grade"].map({"S": 0, "A": 1, "B": 2, "C": 3})
    order = np.lexsort((lines["warehouse"], lines["sku"], -lines["tied_up_micros"], severity))
    return lines.iloc[order].reset_index(drop=True)


def grades(cover_days: Floats, age_days: Floats, margin: Floats, rules: Excess) -> NDArray[np.str_]:
    """Points for slow selling (0-2), age (0-2) and a thin margin (0-1): 4 and 5 are S, 3 A, 2 B, the rest C."""
    slow = (cover_days > rules.cover_days).astype(int) + (cover_days > rules.severely_slow_days)
    old = (age_days > rules.age_days).astype(int) + (age_days > rules.severely_old_days)
    return np.array(["C", "C", "B", "A", "S", "S"])[slow + old + (margin < rules.thin_margin)]


@dataclass(frozen=True)
class _Goods:
    """Arrays (lines,): units a day; units unpromised here and coming, too many of them, too many but just come, of the
    excess beyond their shelf life, and of it to be so before they sell; days in which it can be sold; micros a unit."""

    rate: Floats
    owned: Integers
    excess: Integers
    too_fresh: Integers
    expired: Integers
    spoiling: Integers
    days: Floats
    cost: Floats
    price: Floats


@dataclass(frozen=True)
class _Promotion:
    """Arrays (lines,), alike for all lines of a sku: share of the price taken off, days, units it is to sell."""

    discount: Floats
    days: Floats
    units: Floats


def _complete(stock: pd.DataFrame) -> pd.DataFrame:
    frame = stock.reset_index(drop=True).copy()
    for name, value in OPTIONAL.items():
        if name not in frame.columns:
            frame[name] = value
    return frame


def _goods(frame: pd.DataFrame, policy: StockPolicy) -> _Goods:
    rate = np.maximum(frame["daily_mean"].to_numpy(dtype=float), 0.0)
    free = frame["on_hand"].to_numpy(dtype=np.int64) - frame["promised"].to_numpy(dtype=np.int64)
    owned = np.maximum(free + frame["arriving"].to_numpy(dtype=np.int64), 0)
    days = sellable_days(frame)
    kept = np.maximum(kept_units(frame, policy), frame["order_up_to"].to_numpy(dtype=np.int64))
    # Only what lies here unpromised can be got rid of, however much is on its way.
    here = np.maximum(free, 0)
    spoiling = np.minimum(frame["spoiling_units"].to_numpy(dtype=np.int64), here)
    expired = np.minimum(frame["expired_units"].to_numpy(dtype=np.int64), here)
    whole = np.minimum(np.maximum(owned - kept, spoiling), here)
    fresh = np.where(days <= policy.excess.near_end_days, 0, frame["fresh_units"].to_numpy(dtype=np.int64))
    excess = np.minimum(whole, np.maximum(here - fresh, np.where(_is_near(frame, policy.excess), spoiling, expired)))
    too_fresh = whole - excess
    excess = np.maximum(excess - frame["in_work"].to_numpy(dtype=np.int64), 0)
    expired = np.minimum(expired, excess)
    cost = frame["unit_cost_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    price = frame["unit_price_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    cost = np.where(np.isnan(cost), price * (1 - policy.assumed_margin), cost)
    price = np.where(np.isnan(price), cost / (1 - policy.assumed_margin), price)
    return _Goods(rate, owned, excess, too_fresh, expired, spoiling, days, np.nan_to_num(cost), np.nan_to_num(price))


def _is_near(frame: pd.DataFrame, rules: Excess) -> NDArray[np.bool_]:
    """Units will spoil unsold, and soon."""
    left = frame["days_left"].astype("Float64").to_numpy(dtype=float, na_value=0.0)
    return np.asarray((frame["spoiling_units"] > 0) & (left <= rules.near_end_days), dtype=bool)


def _add_sales(frame: pd.DataFrame, goods: _Goods) -> None:
    sold_30, sold_91 = (
        frame[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for name in ("sold_30", "sold_91")
    )
    could = sold_30 + goods.owned
    share = np.divide(sold_30, could, out=np.full(len(frame), np.nan), where=could > 0)
    frame["sell_through"] = pd.Series(share, index=frame.index).astype("Float64")
    days = np.divide(goods.owned * QUARTER_DAYS, sold_91, out=np.full(len(frame), np.nan), where=sold_91 > 0)
    frame["sold_cover_days"] = _whole_or_missing(days)


def _one_way_a_sku(frame: pd.DataFrame, costs: Floats, rules: Excess) -> Integers:
    """The place in ACTIONS of each line's way: the cheapest of its sku, all lines together; held where that way is not
    possible or costs more than holding, where it saves too little on the sku, and where some warehouse buys the sku.

    What is cleared or returned leaves from where it pays; a price holds in every warehouse."""
    hold = ACTIONS.index("hold")
    possible = np.isfinite(costs)
    filled = np.where(possible, costs, costs[:, [hold]])
    is_local = np.isin(ACTIONS, ("return", "clear"))
    filled = np.where(is_local, np.minimum(filled, costs[:, [hold]]), filled)
    # What spoils soon has to go, whoever buys fresh goods.
    is_kept = frame["is_bought"].to_numpy(dtype=bool) & ~_is_near(frame, rules)
    is_kept = is_kept | (frame["in_work"] > 0).to_numpy(dtype=bool)  # somebody is at it: no second line for a few more
    filled = np.where(is_kept[:, None], costs[:, [hold]], filled)
    sku = frame["sku"].to_numpy()
    sums = pd.DataFrame(filled).groupby(sku).transform("sum").to_numpy()
    best = np.argmin(np.round(sums, 3), axis=1)
    saved = sums[:, hold] - sums[np.arange(len(sku)), best]
    best = np.where((saved < round(rules.min_saving * YUAN_MICROS)) | is_kept, hold, best)
    best = np.where((frame["quantity"] <= 0).to_numpy(), hold, best)
    own = costs[np.arange(len(sku)), best]
    return np.where(possible[np.arange(len(sku)), best] & (own <= costs[:, hold]), best, hold)


def _action_costs(frame: pd.DataFrame, goods: _Goods, policy: StockPolicy) -> tuple[dict[str, Floats], _Promotion]:
    """What each of ACTIONS costs for the excess, in micros (lines,); NaN where it is not possible."""
    rules = policy.excess
    units = goods.excess.astype(float)
    a_day = goods.cost * policy.holding_rate / YEAR_DAYS

    # The excess sells last: from the day the kept stock is gone to the day all is.
    days_to_sell = np.divide(
        goods.owned - units / 2, goods.rate, out=np.full(len(units), rules.written_off_days), where=goods.rate > 0
    )
    sells_for = np.minimum(goods.days, rules.written_off_days)
    never_sold = np.clip(goods.owned - goods.rate * sells_for, 0, units)
    never_sold = np.maximum(never_sold, np.minimum(goods.spoiling, units))
    hold = units * a_day * np.minimum(days_to_sell, rules.written_off_days) + never_sold * goods.cost

    promotion = _promotion(frame, units, goods, rules)
    share = _share_of_sku(frame["sku"], units)
    held = units * a_day * promotion.days / 2
    # What would never sell earns its price, less the discount, in the place of being written off.
    earned = never_sold * np.maximum(goods.price - goods.cost, 0.0)
    promote = np.maximum(share * promotion.units * promotion.discount * goods.price - earned, 0.0) + held
    promote = np.where((promotion.discount <= rules.max_markdown) & (units > 0), promote, np.nan)

    fee = frame["return_fee"].to_numpy(dtype=float)
    sent = np.minimum(units, frame["returnable_units"].to_numpy(dtype=float))
    stays = np.divide(units - sent, units, out=np.zeros(len(units)), where=units > 0)
    returned = np.where((sent > 0) & np.isfinite(fee), sent * goods.cost * fee + stays * hold, np.nan)

    sooner = np.minimum(days_to_sell / rules.bundle_uplift, rules.written_off_days)
    bundle = units * (rules.bundle_discount * goods.price + a_day * sooner)
    is_at_hand = frame["companion"].notna() & (frame["companion_spare"] >= units)
    bundle = np.where(is_at_hand & (goods.rate > 0), bundle, np.nan)

    clear = units * goods.cost * (1 - rules.clearance_share)
    return dict(zip(ACTIONS, (promote, returned, bundle, clear, hold), strict=True)), promotion


def _promotion(frame: pd.DataFrame, units: Floats, goods: _Goods, rules: Excess) -> _Promotion:
    """One discount a sku: it sells all its excess, and discounts what would have sold in any warehouse, too."""
    sku, spoil_in = frame["sku"], frame["days_left"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
    # What would spoil first has to sell before then.
    last = np.where(goods.spoiling > 0, np.minimum(goods.days, spoil_in), goods.days)
    shortest = pd.Series(last).groupby(sku).transform("min").to_numpy(dtype=float)
    days = np.minimum(rules.promotion_days, shortest)
    usual = pd.Series(goods.rate * days).groupby(sku).transform("sum").to_numpy(dtype=float)
    excess = pd.Series(units).groupby(sku).transform("sum").to_numpy(dtype=float)
    uplift = np.divide(excess + usual, usual, out=np.full(len(units), np.inf), where=usual > 0)
    discount = 1 - uplift ** (-1 / rules.promotion_elasticity)
    return _Promotion(discount, days, excess + usual)


def _share_of_sku(sku: pd.Series, units: Floats) -> Floats:
    whole = pd.Series(units).groupby(sku).transform("sum").to_numpy(dtype=float)
    return np.divide(units, whole, out=np.zeros(len(units)), where=whole > 0)


def _add_terms(frame: pd.DataFrame, goods: _Goods, promotion: _Promotion, costs: Floats, rules: Excess) -> None:
    """Adds discount, action_price_micros, floor_price_micros and action_days of the chosen way."""
    action = frame["action"]
    is_promoted = (action == "promote").to_numpy()
    discount = np.where(is_promoted, promotion.discount, np.where(action == "bundle", rules.bundle_discount, np.nan))
    price = np.where(action == "clear", goods.cost * rules.clearance_share, goods.price * (1 - discount))
    others = np.where(np.isfinite(costs), costs, np.inf)[:, 1:].min(axis=1)
    spare = pd.Series(np.maximum(others - costs[:, 0], 0.0)).groupby(frame["sku"]).transform("sum").to_numpy()
    lower = np.divide(spare, promotion.units, out=np.zeros(len(frame)), where=promotion.units > 0)
    deepest = goods.price * (1 - rules.max_markdown)
    floor = np.maximum(goods.price * (1 - promotion.discount) - lower, deepest)
    frame["discount"] = pd.Series(discount, index=frame.index).astype("Float64")
    frame["action_price_micros"] = _whole_or_missing(np.where(np.isfinite(price), price, np.nan))
    frame["floor_price_micros"] = _whole_or_missing(np.where(is_promoted, floor, np.nan))
    frame["action_days"] = _whole_or_missing(np.where(is_promoted, promotion.days, np.nan))


def _whole_or_missing(values: Floats) -> pd.Series:
    rounded = pd.Series(np.where(np.isfinite(values), np.rint(values), np.nan))
    return rounded.astype("Float64").astype("Int64")
