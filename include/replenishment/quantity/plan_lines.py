"""What to order, one line a (sku, warehouse), every term of the sum kept in whole units.

    period_forecast - lost_before_arrival = protection_demand
    protection_demand + safety_stock - on_hand - arriving + promised = need
    max(need, 0) - deferred + pack_rounding + cycle_raise + moq_raise - shelf_life_cut - budget_cut = quantity

There are two levels, s and S (`include.replenishment.quantity.order_cycle`): nothing is needed above s, and what is
ordered below it lasts a cycle longer, up to S, so that the line need not be ordered again tomorrow: `cycle_raise`.

What is needed and not ordered yet is `deferred`; then `quantity` is 0, the line is on no list, and `waits_for` says
why: 'blocked' (a person wants none of it ordered), 'rest' (the supplier is closed, and an order of the next review
would arrive just as early), 'minimum' (below the least order of the supplier), 'order_day' (the supplier takes orders
on another day, `order_day`) or 'turn' (the list is full of lines that lose more by waiting a day).

`safety_stock` is the order-up-to level less the mean demand of the protection period. It is negative where the chosen
level lies below the mean, which is right for lumpy or perishable goods: there it is stock deliberately not held.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after
from include.facts.shelves import SURE
from include.replenishment.policy import StockPolicy, classify, unit_margin
from include.replenishment.quantity.distribution import QUANTILE_COLUMN, DemandDistribution, distribution_of
from include.replenishment.quantity.joint_decisions import JointDecisions, Orders
from include.replenishment.quantity.order_cycle import unit_cost
from include.replenishment.quantity.supplier_minimum import Decided, Lines, heed_minimums
from include.replenishment.quantity.waiting import (
    Booleans,
    CatchUp,
    Floats,
    Integers,
    catch_up_units,
    cost_of_waiting,
    never_waits,
    waits_for_order_day,
)

REQUIRED = ("sku", "warehouse", "mean_demand", "daily_mean", "lead_time_days", "on_hand", "promised", "arriving")
OPTIONAL: dict[str, object] = {
    "title": "",
    "category": "",
    "supplier": "",
    "arriving_later": 0,
    "lead_time_spread_days": 0.0,
    "review_period_days": pd.NA,
    "protection_days": pd.NA,
    "unit_cost_micros": pd.NA,
    "unit_price_micros": pd.NA,
    "pack": 1,
    "moq": 0,
    "shelf_life_days": pd.NA,
    "revenue_13_weeks_micros": 0,
    "weekly_cv": np.nan,
    "hot_seller": False,
    "basis": "",
    "days_on_sale": pd.NA,
    "units_13_weeks": 0,
    "rest_days": 0.0,
    "can_wait": False,
    "lost_before_arrival": 0,
    "presold": 0,
    "transfer_in": 0,
    "transfer_out": 0,
    "supplier_on_time_share": pd.NA,
    "fallback_suppliers": "",
    "supplier_minimum_micros": 0,
    "stock_day": pd.NA,
    "state": "told",
    "launched_day": pd.NA,
    "ended_day": pd.NA,
    "sold_since": 0,
    "received_since": 0,
    "first_empty_days": pd.NA,
    "runs_out_days": pd.NA,
    "lacks_from_days": pd.NA,
    "arriving_reported": 0,
    "arriving_moved": 0,
    "next_arrival_days": pd.NA,
    "is_lead_time_assumed": False,
    "overdue_zh": "",
    "overdue_en": "",
    "next_arrival_units": 0,
    "next_overdue_days": 0,
    "next_due_days": pd.NA,
    "sold_7": pd.NA,
    "sold_30": pd.NA,
    "sold_91": pd.NA,
    "empty_30": 0,
    "promotion_zh": "",
    "promotion_en": "",
    "cycle_days": 0.0,
    "cycle_demand": 0,
    "order_wait_days": 0,
    "is_blocked": False,
}
FIRST_ORDER = "launch"  # the basis of a forecast for what has not been launched yet
YEAR_DAYS = 365.0
AMONG_THEMSELVES = JointDecisions()


def plan_lines(
    inputs: pd.DataFrame,
    policy: StockPolicy,
    day: str,
    together: JointDecisions = AMONG_THEMSELVES,
    only_sum: bool = False,
) -> pd.DataFrame:
    """One plan line for each row of `inputs`, in its order, whether or not there is something to order.

    inputs: one row a (sku, warehouse): the columns REQUIRED and, where known, OPTIONAL; quantiles q0.5 ... of demand
        over the protection period; units except `*_days`, `*_micros`. `arriving` comes within the protection period,
        `arriving_later` after it. `on_hand` is what lies there, `promised` of it is sold and not yet shipped.
        `mean_demand` and the quantiles leave out `lost_before_arrival`, units that no order can save any more, and
    `presold`, units of `promised` whose balance will be paid within the protection period.
        `transfer_in` is what of `arriving`, `transfer_out` what of `promised` goes from warehouse to warehouse.
    `supplier_minimum_micros` is the least value of a purchase order that the line's supplier takes; `supplier_raise` is
    what of `moq_raise` was added to reach it, and lines that wait for it are `deferred`.
    `stock_day` and `state` say from which day `on_hand` is and how it is known (see `include.facts.shelves`);
    `sold_since` of `promised` and `received_since` of `on_hand` happened after it.
    `first_empty_days`, `runs_out_days`, `lacks_from_days`: see `outlook`; without them the pace of the protection
    period says when stock runs out. `arriving_reported` is what of `arriving` the stock report alone says,
    `arriving_moved` what it says comes from another warehouse. `overdue_zh`, `overdue_en`: what is overdue, in words;
    `promotion_zh`, `promotion_en`: the promotions within the protection period that raise it.
    `cycle_days` and `cycle_demand` say for how long an order is to last and what of that sells after the protection
    period; `order_wait_days` how many days from tomorrow the supplier takes no orders.
    day: the closed business day, 'YYYY-MM-DD'; orders are placed the next morning. together: what the lines decide
    together, among themselves by default. only_sum: the sum's terms and order_up_to are wanted, and nothing else.
    Returns the sum's terms, what they rest on, cost_micros and money_at_risk_micros (NA where cost
    or price is unknown), last_order_day (NA: not in sight), due_day, level_from (where the service level is from:
    restock.level in the texts), and `reasons`: codes for `explain`.
    """
    frame = _complete(inputs, policy)
    demand = distribution_of(frame)
    classes = classify(frame, policy, together.value_classes)
    origin = np.full(len(frame), "class", dtype=object)
    if policy.holding_weight is not None:
        classes["service_level"] = _levels_by_cost(frame, policy, classes)
        at_cost = classes["service_level"].to_numpy()
        bounds = [at_cost >= policy.highest_level, at_cost <= policy.lowest_level]
        origin = np.select(bounds, ["highest", "lowest"], "cost").astype(object)
    # A guess from other skus is seen to be right within days, and a wrong one lies there for months.
    capped = np.minimum(classes["service_level"], _max_for_new(frame, policy))
    origin[(capped < classes["service_level"]).to_numpy()] = "new"
    rest_days = np.rint(frame["rest_days"].to_numpy(dtype=float)).astype(np.int64)
    if policy.holiday_level is not None:
        rested = capped.where(rest_days < policy.min_holiday_days, np.minimum(capped, policy.holiday_level))
        origin[(rested < capped).to_numpy()] = "holiday"
        capped = rested
    origin[classes["is_overridden"].to_numpy(dtype=bool)] = "own"
    classes["service_level"] = classes["service_level"].where(classes["is_overridden"], capped)
    level = classes["service_level"].to_numpy()

    protection_demand = np.ceil(np.round(frame["mean_demand"].to_numpy(dtype=float), 6)).astype(np.int64)
    order_up_to = np.ceil(np.round(demand.at(level), 6)).astype(np.int64)
    safety_stock = order_up_to - protection_demand
    on_hand, arriving, promised = (frame[c].to_numpy(dtype=np.int64) for c in ("on_hand", "arriving", "promised"))
    need = protection_demand + safety_stock - on_hand - arriving + promised

    pack, moq = frame["pack"].to_numpy(dtype=np.int64), frame["moq"].to_numpy(dtype=np.int64)
    # Of what is taken off sale nobody buys the rest of a box: it is ordered to the unit.
    ends = _ends(frame, day)
    pack, moq = np.where(ends, 1, pack), np.where(ends, 0, moq)
    available = on_hand + arriving - promised
    is_blocked = frame["is_blocked"].to_numpy(dtype=bool)
    rests = frame["can_wait"].to_numpy(dtype=bool) | is_blocked
    not_its_day = ~rests & (need > 0) & waits_for_order_day(frame, policy, classes, demand, available)
    waiting_cost = cost_of_waiting(frame, policy, demand, available)
    caught_up_later = _caught_up_later(frame, policy, day, together, classes, need, rests | not_its_day, waiting_cost)
    unheld = (need > 0) & ~rests & ~not_its_day & ~caught_up_later
    not_its_turn = together.turns(frame, waiting_cost, unheld, policy)
    can_wait = rests | not_its_day | caught_up_later | not_its_turn
    wanted = np.where(can_wait, 0, np.maximum(need, 0))
    packed = _up_to_packs(wanted, pack)
    cycle = frame["cycle_demand"].to_numpy(dtype=np.int64)
    lasting = np.where(wanted > 0, np.maximum(packed, (wanted + cycle) // pack * pack), 0)
    minimum = _up_to_packs(moq, pack)
    raised = np.where(wanted > 0, np.maximum(lasting, minimum), 0)
    sellable = _sellable_in_shelf_life(frame, raised, available, pack, minimum)
    heeded = _supplier_minimums(frame, policy, demand, sellable, available, pack, minimum, can_wait | ends)
    sellable = sellable + heeded.more
    asked = np.where(heeded.waits, 0, sellable)
    orders = _orders(frame, policy, classes, demand, asked, available, pack, minimum)
    paid = together.paid(frame, orders, policy)
    quantity = paid.kept

    lines = frame[["sku", "warehouse", "title", "category", "supplier"]].copy()
    lines["protection_demand"] = protection_demand
    lines["safety_stock"] = safety_stock
    lines["on_hand"], lines["arriving"], lines["promised"] = on_hand, arriving, promised
    lines["arriving_later"] = frame["arriving_later"].to_numpy(dtype=np.int64)
    lines["need"] = need
    waits = can_wait | heeded.waits
    lines["deferred"] = np.where(waits, np.maximum(need, 0), 0)
    lines["lost_before_arrival"] = frame["lost_before_arrival"].to_numpy(dtype=np.int64)
    lines["period_forecast"] = protection_demand + lines["lost_before_arrival"]
    lines["presold"] = frame["presold"].to_numpy(dtype=np.int64)
    waited_for = np.select(
        [is_blocked, rests, not_its_day, caught_up_later, not_its_turn, heeded.waits],
        ["blocked", "rest", "order_day", "catch_up", "turn", "minimum"],
        "",
    )
    lines["waits_for"] = np.where(lines["deferred"] > 0, waited_for, "")
    on_its_day = np.datetime64(date.fromisoformat(day), "D") + 1 + frame["order_wait_days"].to_numpy(dtype=np.int64)
    lines["order_day"] = pd.Series(np.datetime_as_string(on_its_day), dtype="str").where(not_its_day)
    if caught_up_later.any():
        all_listed = day_after(day, policy.catch_up_lists(day))
        lines["order_day"] = lines["order_day"].mask(caught_up_later, all_listed)
    lines["pack_rounding"] = np.where(waits, 0, packed - wanted)
    lines["cycle_raise"] = np.where(waits, 0, lasting - packed)
    lines["moq_raise"] = np.where(waits, 0, raised - lasting + heeded.more)
    lines["cycle_demand"], lines["cycle_days"] = cycle, frame["cycle_days"]
    lines["waiting_cost_micros"] = np.rint(waiting_cost).astype(np.int64)
    lines["supplier_raise"] = heeded.more
    lines["shelf_life_cut"] = np.where(waits, 0, raised + heeded.more - sellable)
    lines["budget_cut"] = np.where(waits, 0, sellable - quantity)
    lines["quantity"] = quantity
    lines["from_emergency_fund"] = paid.from_fund
    lines["order_up_to"] = order_up_to
    if only_sum:
        return lines
    lines["pack"], lines["moq"] = frame["pack"], frame["moq"]
    lines = pd.concat([lines, classes.drop(columns="is_overridden")], axis=1)
    lines["level_from"] = pd.array(origin, dtype="str")
    for name in ("lead_time_days", "lead_time_spread_days", "review_period_days", "protection_days"):
        lines[name] = frame[name]
    lines["rest_days"] = rest_days
    lines["daily_mean"] = frame["daily_mean"]
    lines["mean_demand"] = frame["mean_demand"]
    lines["unit_cost_micros"] = frame["unit_cost_micros"]
    lines["cost_micros"] = frame["unit_cost_micros"] * quantity
    lines["budget_cut_micros"] = frame["unit_cost_micros"] * lines["budget_cut"]
    lines["cover_after_days"] = cover_days(available + quantity, frame["daily_mean"])
    lines["forgone_micros"] = np.rint(paid.forgone_micros).astype(np.int64)
    carried = ("transfer_in", "transfer_out", "supplier_on_time_share", "fallback_suppliers", "arriving_reported")
    shown = ("arriving_moved", "next_arrival_units", "next_overdue_days", "sold_7", "sold_30", "sold_91", "empty_30")
    words = ("overdue_zh", "overdue_en", "promotion_zh", "promotion_en")
    for name in (*carried, *shown, "is_lead_time_assumed", *words):
        lines[name] = frame[name]
    _add_stock_day(lines, frame, day)
    _add_dates(lines, frame, available, day, policy)
    lost = demand.lost(available.astype(float))
    lines["lost_units_with_order"] = demand.lost((available + quantity).astype(float))
    # What is sold and cannot be shipped without an order has to be paid back.
    risk = frame["unit_price_micros"].astype("Float64") * (lost + np.maximum(-available, 0))
    lines["money_at_risk_micros"] = risk.round().astype("Int64")
    lines["hot_seller"] = frame["hot_seller"].to_numpy(dtype=bool)
    lines["is_below_supplier_minimum"] = heeded.is_below & (quantity > 0)
    lines["supplier_minimum_micros"] = frame["supplier_minimum_micros"]
    lines["is_borrowed"] = (frame["basis"] == "analogue").to_numpy(dtype=bool)
    _add_life(lines, frame, day)
    lines["reasons"] = _reasons(lines, policy, day)
    return lines


def _caught_up_later(
    frame: pd.DataFrame,
    policy: StockPolicy,
    day: str,
    together: JointDecisions,
    classes: pd.DataFrame,
    need: Integers,
    waits: Booleans,
    waiting_cost: Floats,
) -> Booleans:
    """Lines that one of the next lists catches up with. waits: for something else already."""
    lists = policy.catch_up_lists(day)
    if not lists:
        return np.zeros(len(frame), dtype=bool)
    cost = frame["unit_cost_micros"].astype("Float64").to_numpy(dtype=float, na_value=0.0)
    money = cost * catch_up_units(frame, need)
    lines = CatchUp(money, waiting_cost, (need > 0) & ~waits, ~never_waits(frame, classes))
    return together.put_off(frame, lines, lists)


def restock_lines(plan: pd.DataFrame) -> pd.DataFrame:
    """The lines a planner has something to do about: ordered, or wanted and cut; most money at risk first."""
    is_wanted = (plan["need"] > 0) | (plan["supplier_raise"] > 0)
    wanted = is_wanted & ((plan["quantity"] > 0) | (plan["budget_cut"] > 0) | (plan["shelf_life_cut"] > 0))
    chosen = plan[wanted]
    return chosen.sort_values(
        ["money_at_risk_micros", "sku", "warehouse"], ascending=[False, True, True], kind="stable"
    ).reset_index(drop=True)


def _complete(inputs: pd.DataFrame, policy: StockPolicy) -> pd.DataFrame:
    missing = [name for name in REQUIRED if name not in inputs.columns]
    if missing:
        raise ValueError(f"plan inputs lack {', '.join(missing)}: found {', '.join(map(str, inputs.columns))}")
    frame = inputs.reset_index(drop=True).copy()
    repeated = frame.duplicated(["sku", "warehouse"])
    if repeated.any():
        first = frame.loc[repeated, ["sku", "warehouse"]].iloc[0]
        raise ValueError(
            f"sku {first['sku']} at {first['warehouse']} stands twice: expected one row a (sku, warehouse)"
        )
    quantiles = [name for name in frame.columns if QUANTILE_COLUMN.match(str(name))]
    numbers = ["mean_demand", "daily_mean", "lead_time_days", *quantiles]
    unknown = frame[numbers].isna().to_numpy()
    if unknown.any():
        row, column = np.argwhere(unknown)[0]
        where = f"sku {frame['sku'][row]} at {frame['warehouse'][row]}"
        raise ValueError(f"{where} has no {numbers[column]}: expected a number on every line")
    # Both are not in sight where a shelf was walked and nothing runs out.
    frame["is_walked"] = {"first_empty_days", "runs_out_days", "lacks_from_days"} <= set(frame.columns)
    for name, value in OPTIONAL.items():
        if name not in frame.columns:
            frame[name] = pd.Series([value] * len(frame), index=frame.index)
    frame["review_period_days"] = pd.to_numeric(frame["review_period_days"]).fillna(policy.review_period_days)
    covered = pd.to_numeric(frame["lead_time_days"]) + frame["review_period_days"]
    frame["protection_days"] = pd.to_numeric(frame["protection_days"]).fillna(covered)
    frame["pack"] = pd.to_numeric(frame["pack"]).fillna(1).clip(lower=1).astype("int64")
    moved = ("on_hand", "promised", "arriving", "arriving_later", "transfer_in", "transfer_out")
    for name in (
        *moved,
        "moq",
        "cycle_demand",
        "order_wait_days",
        "lost_before_arrival",
        "presold",
        "supplier_minimum_micros",
        "arriving_reported",
        "arriving_moved",
    ):
        frame[name] = pd.to_numeric(frame[name]).fillna(0).astype("int64")
    for name in ("unit_cost_micros", "unit_price_micros", "shelf_life_days"):
        frame[name] = pd.to_numeric(frame[name]).astype("Int64")
    for name in ("units_13_weeks", "rest_days", "cycle_days"):
        frame[name] = pd.to_numeric(frame[name]).fillna(0).astype("float64")
    for name in ("hot_seller", "can_wait", "is_lead_time_assumed", "is_blocked"):
        frame[name] = frame[name].fillna(False).astype(bool)
    return frame


def _up_to_packs(units: np.ndarray, pack: np.ndarray) -> np.ndarray:
    return -(-units // pack) * pack


def _sellable_in_shelf_life(
    frame: pd.DataFrame, raised: np.ndarray, available: np.ndarray, pack: np.ndarray, minimum: np.ndarray
) -> np.ndarray:
    """The order cut to what will sell before it spoils; below the supplier's minimum there is no order at all."""
    shelf_life = frame["shelf_life_days"]
    limited = shelf_life.notna().to_numpy()
    sold_in_time = np.floor(frame["daily_mean"].to_numpy(dtype=float) * shelf_life.fillna(0).to_numpy(dtype=float))
    room = np.maximum(sold_in_time.astype(np.int64) - np.maximum(available, 0), 0)
    allowed = np.minimum(raised, room // pack * pack)
    allowed = np.where(allowed < minimum, 0, allowed)
    return np.where(limited, allowed, raised)


def _levels_by_cost(frame: pd.DataFrame, policy: StockPolicy, classes: pd.DataFrame) -> np.ndarray:
    """The chance of lasting the protection period at which a unit more earns what it costs.

    A batch (the minimum order, or what sells until the next order would be there) is exposed to a stock-out once, at
    its end, and held for the days it lasts: level = margin / (margin + weight * holding of a unit a day * days a batch
    lasts); Silver, Pyke and Thomas (2017), 7.7. So what is ordered in large batches is ordered later. Overrides go
    before.
    """
    assert policy.holding_weight is not None
    rate = np.maximum(frame["daily_mean"].to_numpy(dtype=float), 1e-6)
    pack, moq = frame["pack"].to_numpy(dtype=np.int64), frame["moq"].to_numpy(dtype=np.int64)
    # Ahead of a supplier's holiday the next order that can follow is weeks away.
    until_next = (frame["protection_days"] - frame["lead_time_days"]).to_numpy(dtype=float)
    until_next = np.maximum(until_next, frame["review_period_days"].to_numpy(dtype=float))
    until_next = np.maximum(until_next, frame["cycle_days"].to_numpy(dtype=float))
    batch = np.maximum(_up_to_packs(np.maximum(moq, 1), pack), rate * until_next)
    margin = np.maximum(unit_margin(frame["unit_price_micros"], frame["unit_cost_micros"], policy), 0.0)
    held = policy.holding_weight * unit_cost(frame, policy) * policy.holding_rate / YEAR_DAYS * batch / rate
    level = np.divide(margin, margin + held, out=np.full(len(rate), policy.lowest_level), where=margin + held > 0)
    level = np.clip(level, policy.lowest_level, policy.highest_level)
    overridden = classes["is_overridden"].to_numpy(dtype=bool)
    return np.where(overridden, classes["service_level"].to_numpy(dtype=float), level)


def _max_for_new(frame: pd.DataFrame, policy: StockPolicy) -> np.ndarray:
    """The highest level of each line: `new_sku_level` for a borrowed forecast, more the more `settled` its sku is."""
    return np.asarray(policy.new_sku_level + (1.0 - policy.new_sku_level) * settled(frame, policy))


def settled(frame: pd.DataFrame, policy: StockPolicy) -> np.ndarray:
    """From 0, a borrowed forecast, to 1: more with every day that a sku is sold and every unit that it has sold in all
    warehouses. frame: sku, basis, days_on_sale, units_13_weeks."""
    days = frame["days_on_sale"].astype("Float64").to_numpy(dtype=float, na_value=policy.settled_days)
    units = frame["units_13_weeks"].groupby(frame["sku"]).transform("sum").to_numpy(dtype=float)
    own = np.clip(np.maximum(days / policy.settled_days, units / policy.settled_units), 0.0, 1.0)
    return np.where(frame["basis"].isin(("analogue", FIRST_ORDER)).to_numpy(), 0.0, own)


def _orders(
    frame: pd.DataFrame,
    policy: StockPolicy,
    classes: pd.DataFrame,
    demand: DemandDistribution,
    sellable: np.ndarray,
    available: np.ndarray,
    pack: np.ndarray,
    minimum: np.ndarray,
) -> Orders:
    """What the budget is asked for."""
    cost = frame["unit_cost_micros"].fillna(0).to_numpy(dtype=np.int64)
    is_a = classes["abc"].to_numpy() == "A"
    return Orders(
        sellable=sellable,
        pack=pack,
        minimum=minimum,
        available=available,
        cost_micros=cost,
        margin_micros=unit_margin(frame["unit_price_micros"], frame["unit_cost_micros"], policy),
        holding_micros=cost * policy.holding_rate * frame["protection_days"].to_numpy(dtype=float) / YEAR_DAYS,
        is_emergency=is_a & (available <= 0),
        supplier=frame["supplier"].to_numpy(dtype=str),
        min_order_micros=frame["supplier_minimum_micros"].to_numpy(dtype=np.int64),
        first_up_to=np.where(is_a, np.ceil(frame["mean_demand"].to_numpy(dtype=float)), 0.0),
        demand=demand,
    )


def _supplier_minimums(
    frame: pd.DataFrame,
    policy: StockPolicy,
    demand: DemandDistribution,
    sellable: np.ndarray,
    available: np.ndarray,
    pack: np.ndarray,
    minimum: np.ndarray,
    can_wait: np.ndarray,
) -> Decided:
    """What suppliers' least order values do to the orders."""
    pace = frame["mean_demand"].to_numpy(dtype=float) / np.maximum(frame["protection_days"].to_numpy(dtype=float), 1.0)
    stock = np.maximum(available, 0)
    until_next = frame["lead_time_days"].to_numpy(dtype=float) + frame["review_period_days"].to_numpy(dtype=float)
    days = np.full(len(frame), float(policy.excess.cover_days))
    shelf_life = frame["shelf_life_days"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
    most = np.floor(pace * np.minimum(days, shelf_life)) - stock - sellable
    lines = Lines(
        supplier=frame["supplier"].to_numpy(dtype=str),
        minimum_micros=frame["supplier_minimum_micros"].to_numpy(dtype=np.int64),
        wanted=sellable,
        room=np.where(can_wait, 0, np.maximum(most, 0)).astype(np.int64),
        pack=pack,
        least=np.maximum(minimum, pack),
        available=available,
        pace=pace,
        protection_days=frame["protection_days"].to_numpy(dtype=float),
        cost_micros=frame["unit_cost_micros"].fillna(0).to_numpy(dtype=np.int64),
        margin_micros=unit_margin(frame["unit_price_micros"], frame["unit_cost_micros"], policy),
        is_urgent=(stock < pace * until_next) | frame["hot_seller"].to_numpy(dtype=bool),
        demand=demand,
    )
    return heed_minimums(lines, policy.holding_rate)


def _add_stock_day(lines: pd.DataFrame, frame: pd.DataFrame, day: str) -> None:
    """Adds stock_day (which day on_hand is from), stock_age_days, state, and what sold and came in since."""
    lines["stock_day"] = frame["stock_day"].astype("str").fillna(day)
    lines["stock_age_days"] = (pd.Timestamp(day) - pd.to_datetime(lines["stock_day"])).dt.days
    for name in ("state", "sold_since", "received_since"):
        lines[name] = frame[name]


def _ends(frame: pd.DataFrame, day: str) -> np.ndarray:
    """It is taken off sale before the protection period is over."""
    left = (pd.to_datetime(frame["ended_day"], errors="coerce") - pd.Timestamp(day)).dt.days
    return (left < frame["protection_days"]).fillna(False).to_numpy(dtype=bool)


def _add_life(lines: pd.DataFrame, frame: pd.DataFrame, day: str) -> None:
    """Adds is_launch and launched_day (NA: no launch), ended_day (NA: not before the protection period is over)."""
    is_launch = (frame["basis"] == FIRST_ORDER).to_numpy(dtype=bool)
    lines["is_launch"] = is_launch
    lines["launched_day"] = frame["launched_day"].where(is_launch)
    lines["ended_day"] = frame["ended_day"].where(_ends(frame, day))


def _add_dates(lines: pd.DataFrame, frame: pd.DataFrame, available: np.ndarray, day: str, policy: StockPolicy) -> None:
    """Adds stock_lasts_days (until nothing can be sold for the first time) and first_empty_day, runs_out_days (until
    the shelf is bare for good, after all that is under way came) and runs_out_day, next_arrival_day and next_due_day
    (NA: the same), order_arrival_day (when an order of today is counted as there), order_spare_days and last_order_day,
    and due_day (by when the order is to be placed).

    The last order day is the last one on which an order loses nothing that an order of today would save. What is
    missing before an order of today is there (`lost_before_arrival`) does not move it: no order helps, and the line
    says so beside it. So it is passed (order_spare_days <= 0) if the shelf is bare when an order of today comes, or
    units are owed that nothing under way covers; else the days until the shelf runs out after that are spare, and
    urgency counts the same days. Where nothing can be ordered before it spoils there is none."""
    # Without a walk, the pace of all that sells, lost or not: the emptier the shelf, the slower it would seem.
    span = np.maximum(frame["protection_days"].to_numpy(dtype=float), 1.0)
    rate = (frame["mean_demand"] + frame["lost_before_arrival"]).to_numpy(dtype=float) / span
    stock = np.maximum(available, 0)
    by_pace = np.divide(stock, rate, out=np.full(len(rate), np.inf), where=rate > 0)
    lasts = np.where(frame["is_walked"], _days_or_never(frame["first_empty_days"]), by_pace)
    lasts = np.floor(np.round(lasts, 6))
    ends = np.where(frame["is_walked"], _days_or_never(frame["runs_out_days"]), by_pace)
    arrival = np.ceil(np.round(frame["lead_time_days"].to_numpy(dtype=float), 6))
    lacks = np.where(frame["is_walked"], _days_or_never(frame["lacks_from_days"]), by_pace)
    spare = np.floor(np.round(lacks, 6)) - arrival
    spare = np.where(available < 0, np.minimum(spare, 0), spare)
    spoils = (lines["quantity"] == 0) & (lines["shelf_life_cut"] > 0) & (lines["budget_cut"] == 0)
    known = np.isfinite(spare) & (spare < 3 * YEAR_DAYS) & ~spoils.to_numpy(dtype=bool)
    today = np.datetime64(date.fromisoformat(day), "D")
    days_left = np.where(known, spare, 0).astype(np.int64)
    rounded = pd.Series(np.where(np.isfinite(lasts), lasts, np.nan), index=lines.index)
    lines["stock_lasts_days"] = rounded.astype("Float64").astype("Int64")
    whole = np.floor(np.round(np.where(np.isfinite(ends), ends, np.nan), 6))
    lines["runs_out_days"] = pd.Series(whole, index=lines.index).astype("Float64").astype("Int64")
    for name, days in (("first_empty_day", lines["stock_lasts_days"]), ("runs_out_day", lines["runs_out_days"])):
        ahead = days.to_numpy(dtype=float, na_value=np.inf)
        is_near = ahead < 3 * YEAR_DAYS
        on_day = np.datetime_as_string(today + 1 + np.where(is_near, ahead, 0).astype(np.int64))
        lines[name] = pd.Series(on_day, index=lines.index, dtype="str").where(is_near)
    coming = frame["next_arrival_days"].astype("Float64").to_numpy(dtype=float, na_value=0.0).astype(np.int64)
    next_day = pd.Series(np.datetime_as_string(today + coming), index=lines.index, dtype="str")
    lines["next_arrival_day"] = next_day.where(coming > 0)
    due = frame["next_due_days"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    due_day = np.datetime_as_string(today + np.nan_to_num(due).astype(np.int64))
    is_other = np.isfinite(due) & (due != coming) & (coming > 0)
    lines["next_due_day"] = pd.Series(due_day, index=lines.index, dtype="str").where(is_other)
    lines["order_arrival_day"] = pd.Series(
        np.datetime_as_string(today + arrival.astype(np.int64)), index=lines.index, dtype="str"
    )
    lines["order_spare_days"] = pd.Series(days_left, index=lines.index, dtype="Int64").where(known)
    last = pd.Series(np.datetime_as_string(today + days_left), index=lines.index, dtype="str")
    lines["last_order_day"] = last.where(known)
    patience = np.where(
        frame["hot_seller"], policy.fast_lane_days, np.rint(frame["review_period_days"].to_numpy(dtype=float))
    ).astype(np.int64)
    wait = np.clip(np.where(known, days_left, patience), 1, np.maximum(patience, 1))
    lines["due_day"] = pd.array(np.datetime_as_string(today + wait), dtype="str")


def _days_or_never(days: pd.Series) -> np.ndarray:
    return days.astype("Float64").to_numpy(dtype=float, na_value=np.inf)


def cover_days(units: np.ndarray, daily: pd.Series) -> pd.Series:
    """Whole days for which units last at a pace; NA: nothing sells."""
    pace = daily.to_numpy(dtype=float)
    days = np.divide(np.maximum(units, 0), pace, out=np.full(len(pace), np.nan), where=pace > 0)
    return pd.Series(np.floor(np.minimum(days, 9999.0)), index=daily.index).astype("Float64").astype("Int64")


def _reasons(lines: pd.DataFrame, policy: StockPolicy, day: str) -> list[str]:
    """Reason codes, separated by a space, most urgent first; `explain` puts them in words."""
    last, ends = lines["last_order_day"], lines["ended_day"].notna()
    codes = {
        "stock_out_now": (lines["on_hand"] - lines["promised"] <= 0)
        & (lines["protection_demand"] > 0)
        & lines["state"].isin(SURE),
        "stock_unreadable": lines["state"] == "unreadable",
        "stock_unsure": lines["state"] == "unsure",
        "stock_old": (lines["stock_age_days"] > 0) & (lines["state"] != "left_out"),
        "left_out": lines["state"] == "left_out",
        "late_already": last.notna()
        & (last.astype("str").fillna("9999") <= day)
        & (lines["need"] > 0)
        & ~(ends & (lines["protection_demand"] == 0)),
        "only_promised": ends & (lines["promised"] > 0) & (lines["protection_demand"] == 0),
        "ends": ends & (lines["protection_demand"] > 0),
        "hot_seller": lines["hot_seller"] & ~(ends & (lines["protection_demand"] == 0)),
        "emergency_fund": lines["from_emergency_fund"] > 0,
        # Half of what is expected of as many days, and less: the number alone seems to say that nobody wants it.
        "sold_while_empty": (lines["need"] > 0)
        & (lines["empty_30"] > 0)
        & (lines["sold_30"] < 30 * lines["daily_mean"] / 2).fillna(False),
        "demand_uncertain": (lines["need"] > 0) & (lines["safety_stock"] > lines["protection_demand"]),
        "below_order_up_to": (lines["need"] > 0) & (lines["order_up_to"] > 0),
        "promotion": (lines["promotion_en"] != "") & (lines["need"] > 0),
        "enough_stock": (lines["need"] <= 0) & (lines["supplier_raise"] == 0),
        "promised_units": lines["promised"] > lines["transfer_out"],
        "borrowed_forecast": lines["is_borrowed"],
        "first_order": lines["is_launch"] & (lines["need"] > 0),
        "lost_before_arrival": lines["lost_before_arrival"] > 0,
        "lost_by_risk": (lines["lost_before_arrival"] > 0)
        & ~(lines["first_empty_day"] < lines["order_arrival_day"]).fillna(False),
        "presold": lines["presold"] > 0,
        "transfer_in": lines["transfer_in"] > 0,
        "transfer_out": lines["transfer_out"] > 0,
        "overdue_order": lines["overdue_en"] != "",
        "arriving_reported": lines["arriving_reported"] > 0,
        "arriving_moved": lines["arriving_moved"] > 0,
        "supplier_rests": lines["rest_days"] >= policy.min_holiday_days,
        "lead_time_varies": lines["lead_time_spread_days"].astype("float64") > 0,
        "lead_time_assumed": lines["is_lead_time_assumed"],
        "to_the_unit": ends & (lines["quantity"] % lines["pack"] > 0),
        "pack_rounding": lines["pack_rounding"] > 0,
        "cycle_raise": lines["cycle_raise"] > 0,
        "moq_raise": lines["moq_raise"] > lines["supplier_raise"],
        "supplier_raise": lines["supplier_raise"] > 0,
        "below_supplier_minimum": lines["is_below_supplier_minimum"],
        "shelf_life_cut": lines["shelf_life_cut"] > 0,
        "budget_cut": lines["budget_cut"] > 0,
        "cost_unknown": lines["cost_micros"].isna() & (lines["quantity"] > 0),
        "arriving_later": lines["arriving_later"] > 0,
        "supplier_often_late": (lines["supplier_on_time_share"].astype("Float64") < policy.often_late_below).fillna(
            False
        ),
        "fallback_suppliers": lines["fallback_suppliers"].astype("str").fillna("") != "",
    }
    text = np.full(len(lines), "", dtype=object)
    for code, holds in codes.items():
        text = np.where(holds.to_numpy(dtype=bool), text + (code + " "), text)
    return [value.rstrip() for value in text]
