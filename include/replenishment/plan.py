"""What to order, one line a (sku, warehouse), every term of the sum kept in whole units.

protection_demand + safety_stock - on_hand - arriving + promised        = need max(need, 0) + pack_rounding +
moq_raise - shelf_life_cut - budget_cut  = quantity

`safety_stock` is the order-up-to level less the mean demand of the protection period. It is negative where the chosen
level lies below the mean, which is right for lumpy or perishable goods: there it is stock deliberately not held.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from include.replenishment.budget import slices_of, within_budget
from include.replenishment.distribution import QUANTILE_COLUMN, DemandDistribution, distribution_of
from include.replenishment.policy import StockPolicy, classify

REQUIRED = (
    "sku",
    "warehouse",
    "mean_demand",
    "daily_mean",
    "lead_time_days",
    "on_hand",
    "promised",
    "arriving",
)
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
}
IDENTITY_TERMS = (
    "protection_demand",
    "safety_stock",
    "on_hand",
    "arriving",
    "promised",
    "need",
    "pack_rounding",
    "moq_raise",
    "shelf_life_cut",
    "budget_cut",
    "quantity",
)
YEAR_DAYS = 365.0


def plan_lines(inputs: pd.DataFrame, policy: StockPolicy, day: str) -> pd.DataFrame:
    """One plan line for each row of `inputs`, in its order, whether or not there is something to order.

    inputs: one row a (sku, warehouse): the columns REQUIRED and, where known, OPTIONAL; quantiles q0.5 ... of demand
        over the protection period; units except `*_days`, `*_micros`. `arriving` comes within the protection period,
        `arriving_later` after it. `on_hand` is what lies there, `promised` of it is sold and not yet shipped.
    day: the closed business day, 'YYYY-MM-DD'; orders are placed the next morning.
    Returns the sum's terms (IDENTITY_TERMS), what they rest on, cost_micros and money_at_risk_micros (NA where cost
    or price is unknown), last_order_day (NA: not in sight), due_day, and `reasons`: codes for `explain`.
    """
    frame = _complete(inputs, policy)
    demand = distribution_of(frame)
    classes = classify(frame, policy)
    level = classes["service_level"].to_numpy()

    protection_demand = np.ceil(np.round(frame["mean_demand"].to_numpy(dtype=float), 6)).astype(np.int64)
    order_up_to = np.ceil(np.round(demand.at(level), 6)).astype(np.int64)
    safety_stock = order_up_to - protection_demand
    on_hand, arriving, promised = (frame[c].to_numpy(dtype=np.int64) for c in ("on_hand", "arriving", "promised"))
    need = protection_demand + safety_stock - on_hand - arriving + promised

    pack, moq = frame["pack"].to_numpy(dtype=np.int64), frame["moq"].to_numpy(dtype=np.int64)
    wanted = np.maximum(need, 0)
    packed = _up_to_packs(wanted, pack)
    minimum = _up_to_packs(moq, pack)
    raised = np.where(wanted > 0, np.maximum(packed, minimum), 0)
    available = on_hand + arriving - promised
    sellable = _sellable_in_shelf_life(frame, raised, available, pack, minimum)
    quantity, from_fund = _paid_for(frame, policy, classes, demand, sellable, available, pack, minimum)

    lines = frame[["sku", "warehouse", "title", "category", "supplier"]].copy()
    lines["protection_demand"] = protection_demand
    lines["safety_stock"] = safety_stock
    lines["on_hand"], lines["arriving"], lines["promised"] = on_hand, arriving, promised
    lines["arriving_later"] = frame["arriving_later"].to_numpy(dtype=np.int64)
    lines["need"] = need
    lines["pack_rounding"] = packed - wanted
    lines["moq_raise"] = raised - packed
    lines["shelf_life_cut"] = raised - sellable
    lines["budget_cut"] = sellable - quantity
    lines["quantity"] = quantity
    lines["from_emergency_fund"] = from_fund
    lines["order_up_to"] = order_up_to
    lines["pack"], lines["moq"] = pack, moq
    lines = pd.concat([lines, classes], axis=1)
    for name in ("lead_time_days", "lead_time_spread_days", "review_period_days", "protection_days"):
        lines[name] = frame[name]
    lines["daily_mean"] = frame["daily_mean"]
    lines["mean_demand"] = frame["mean_demand"]
    lines["cost_micros"] = frame["unit_cost_micros"] * quantity
    lines["budget_cut_micros"] = frame["unit_cost_micros"] * (sellable - quantity)
    _add_dates(lines, frame, available, day, policy)
    lost = np.maximum(demand.mean() - demand.expected_met(available.astype(float)), 0.0)
    lines["lost_units_without_order"] = lost
    risk = frame["unit_price_micros"].astype("Float64") * lost
    lines["money_at_risk_micros"] = risk.round().astype("Int64")
    lines["hot_seller"] = frame["hot_seller"].to_numpy(dtype=bool)
    lines["reasons"] = _reasons(lines, day)
    return lines


def restock_lines(plan: pd.DataFrame) -> pd.DataFrame:
    """The lines a planner has something to do about: ordered, or wanted and cut; most money at risk first."""
    wanted = (plan["need"] > 0) & ((plan["quantity"] > 0) | (plan["budget_cut"] > 0) | (plan["shelf_life_cut"] > 0))
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
    for name, value in OPTIONAL.items():
        if name not in frame.columns:
            frame[name] = pd.Series([value] * len(frame), index=frame.index)
    frame["review_period_days"] = pd.to_numeric(frame["review_period_days"]).fillna(policy.review_period_days)
    covered = pd.to_numeric(frame["lead_time_days"]) + frame["review_period_days"]
    frame["protection_days"] = pd.to_numeric(frame["protection_days"]).fillna(covered)
    frame["pack"] = pd.to_numeric(frame["pack"]).fillna(1).clip(lower=1).astype("int64")
    for name in ("moq", "on_hand", "promised", "arriving", "arriving_later"):
        frame[name] = pd.to_numeric(frame[name]).fillna(0).astype("int64")
    for name in ("unit_cost_micros", "unit_price_micros", "shelf_life_days"):
        frame[name] = pd.to_numeric(frame[name]).astype("Int64")
    frame["hot_seller"] = frame["hot_seller"].fillna(False).astype(bool)
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


def _paid_for(
    frame: pd.DataFrame,
    policy: StockPolicy,
    classes: pd.DataFrame,
    demand: DemandDistribution,
    sellable: np.ndarray,
    available: np.ndarray,
    pack: np.ndarray,
    minimum: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """(quantity after the budget, of which from the emergency fund)."""
    nothing = np.zeros(len(sellable), dtype=np.int64)
    cost = frame["unit_cost_micros"].fillna(0).to_numpy(dtype=np.int64)
    if policy.budget_micros is None or int((sellable * cost).sum()) <= policy.budget_micros:
        return sellable, nothing
    price = frame["unit_price_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    known_cost = frame["unit_cost_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    margin = np.where(np.isnan(price) | np.isnan(known_cost), np.nan, price - known_cost)
    assumed = policy.assumed_margin / (1 - policy.assumed_margin) * np.nan_to_num(known_cost)
    margin = np.where(np.isnan(margin), assumed, margin)
    holding = cost * policy.holding_rate * frame["protection_days"].to_numpy(dtype=float) / YEAR_DAYS
    slices = slices_of(sellable, pack, minimum, available, demand, cost, margin, holding)
    is_emergency = (classes["abc"].to_numpy() == "A") & (available <= 0)
    return within_budget(slices, len(sellable), policy.budget_micros, policy.emergency_fund_micros, is_emergency)


def _add_dates(lines: pd.DataFrame, frame: pd.DataFrame, available: np.ndarray, day: str, policy: StockPolicy) -> None:
    """Adds stock_lasts_days, last_order_day and due_day (by when the order is to be placed)."""
    rate = frame["daily_mean"].to_numpy(dtype=float)
    stock = np.maximum(available, 0)
    lasts = np.floor(np.divide(stock, rate, out=np.full(len(rate), np.inf), where=rate > 0))
    arrival = np.ceil(frame["lead_time_days"].to_numpy(dtype=float))
    spare = lasts - arrival
    known = np.isfinite(spare) & (spare < 3 * YEAR_DAYS)
    today = np.datetime64(date.fromisoformat(day), "D")
    days_left = np.where(known, spare, 0).astype(np.int64)
    rounded = pd.Series(np.where(np.isfinite(lasts), lasts, np.nan), index=lines.index)
    lines["stock_lasts_days"] = rounded.astype("Float64").astype("Int64")
    last = pd.Series(np.datetime_as_string(today + days_left), index=lines.index, dtype="str")
    lines["last_order_day"] = last.where(known)
    patience = np.where(
        frame["hot_seller"], policy.fast_lane_days, np.rint(frame["review_period_days"].to_numpy(dtype=float))
    ).astype(np.int64)
    wait = np.clip(np.where(known, days_left, patience), 1, np.maximum(patience, 1))
    lines["due_day"] = pd.array(np.datetime_as_string(today + wait), dtype="str")


def _reasons(lines: pd.DataFrame, day: str) -> list[str]:
    """Reason codes, separated by a space, most urgent first; `explain` puts them in words."""
    last = lines["last_order_day"]
    codes = {
        "stock_out_now": (lines["on_hand"] - lines["promised"] <= 0) & (lines["protection_demand"] > 0),
        "late_already": last.notna() & (last.fillna("9999") <= day) & (lines["need"] > 0),
        "hot_seller": lines["hot_seller"],
        "emergency_fund": lines["from_emergency_fund"] > 0,
        "below_order_up_to": lines["need"] > 0,
        "enough_stock": lines["need"] <= 0,
        "promised_units": lines["promised"] > 0,
        "lead_time_varies": lines["lead_time_spread_days"].astype("float64") > 0,
        "pack_rounding": lines["pack_rounding"] > 0,
        "moq_raise": lines["moq_raise"] > 0,
        "shelf_life_cut": lines["shelf_life_cut"] > 0,
        "budget_cut": lines["budget_cut"] > 0,
        "cost_unknown": lines["cost_micros"].isna() & (lines["quantity"] > 0),
        "arriving_later": lines["arriving_later"] > 0,
    }
    text = np.full(len(lines), "", dtype=object)
    for code, holds in codes.items():
        text = np.where(holds.to_numpy(dtype=bool), text + (code + " "), text)
    return [value.rstrip() for value in text]
