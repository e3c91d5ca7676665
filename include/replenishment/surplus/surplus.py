"""What is too much after transfers and orders: the goods, their sales and age, and what is being done about them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.facts.shelves import SURE
from include.replenishment.planning_frames import PlanningData, has_sales, whole_stock
from include.replenishment.policy import StockPolicy
from include.replenishment.recent_sales import RECENT, recent_sales
from include.replenishment.surplus.ageing import ageing
from include.replenishment.surplus.excess import excess_lines
from include.replenishment.surplus.returns import returnable_units


def surplus_lines(
    planning: PlanningData,
    lines: pd.DataFrame,
    inputs: pd.DataFrame,
    policy: StockPolicy,
    called_forward: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """`excess_lines` of the day: what is still sold, and what was taken off sale and still lies there.

    lines, inputs: rows alike, the plan after transfers and what it was planned from. called_forward: skus that some
    warehouse waits for.
    """
    stock = _stock(planning, lines, inputs, policy, called_forward)
    # Without any sale nothing can be called too much: it is the sales that are missing.
    return excess_lines(stock if has_sales(planning) else stock.iloc[:0], policy)


def in_work(planning: PlanningData, stock: pd.DataFrame, days: int) -> pd.Series:
    """Units of each row of `stock` that people agreed to get rid of in the last `days` and that still lie there.

    What left the shelf since it was agreed to is taken for them.
    """
    since = pd.Timestamp(planning.day) - pd.Timedelta(days=days)
    recent = planning.cleared[pd.to_datetime(planning.cleared["acted_day"]) > since]
    met = recent.merge(stock[["sku", "warehouse", "on_hand"]], on=["sku", "warehouse"], suffixes=("_then", ""))
    gone = (met["on_hand_then"] - met["on_hand"]).clip(lower=0)
    left = (met["quantity"] - gone).clip(lower=0)
    units = left.groupby([met["sku"], met["warehouse"]]).sum()
    places = pd.MultiIndex.from_frame(stock[["sku", "warehouse"]])
    return pd.Series(units.reindex(places).fillna(0).to_numpy(dtype=np.int64), index=stock.index)


def _stock(
    planning: PlanningData,
    lines: pd.DataFrame,
    inputs: pd.DataFrame,
    policy: StockPolicy,
    called_forward: frozenset[str],
) -> pd.DataFrame:
    """The `stock` of `excess_lines`."""
    columns = ["sku", "warehouse", "title", "category", "supplier", "on_hand", "promised", "arriving", "daily_mean"]
    columns += ["stock_day", "stock_age_days", "state", "sold_30", "sold_91"]
    more = ["unit_cost_micros", "unit_price_micros", "shelf_life_days", "ended_day"]
    # What lasts the rest of an order's cycle is kept, as is what lasts until an order comes.
    kept = lines["order_up_to"] + lines["cycle_demand"]
    sold = lines[columns].assign(order_up_to=kept, **{name: inputs[name].to_numpy() for name in more})
    over = _ended(planning, lines).reindex(columns=sold.columns)
    frame = pd.concat([sold, over], ignore_index=True) if len(over) else sold
    whole = ("on_hand", "promised", "arriving", "stock_age_days", "order_up_to")
    frame = frame.astype(dict.fromkeys(whole, "int64"))
    for name in ("unit_cost_micros", "unit_price_micros", "shelf_life_days", "sold_30", "sold_91"):
        frame[name] = pd.to_numeric(frame[name]).astype("Int64")
    frame = frame[frame["state"].isin(SURE)].reset_index(drop=True)
    places = pd.MultiIndex.from_frame(frame[["sku", "warehouse"]])
    last = planning.receipts.groupby(["sku", "warehouse"])["received_day"].max().reindex(places).to_numpy()
    age = (pd.Timestamp(planning.day) - pd.to_datetime(pd.Series(last, index=frame.index))).dt.days
    left = (pd.to_datetime(frame["ended_day"], errors="coerce") - pd.Timestamp(planning.day)).dt.days
    frame = pd.concat([frame, ageing(frame, planning.receipts, planning.day)], axis=1)
    # A sku has one price: what one warehouse buys, or waits for, is not sold off in another.
    is_bought = (lines["quantity"] > 0) | (lines["deferred"] > 0) | (lines["budget_cut"] > 0)
    wanted = {*lines.loc[is_bought, "sku"], *called_forward}
    frame["is_bought"] = frame["sku"].isin(wanted)
    companion, spare = _companions(frame, policy.excess.companion_times)
    returned, fee = returnable_units(frame, planning)
    return frame.assign(
        age_days=age.astype("Int64"),
        sellable_days=left.clip(lower=0).astype("Int64"),
        companion=companion,
        companion_spare=spare,
        fresh_units=_fresh(frame, planning, policy.excess.patience_days),
        in_work=in_work(planning, frame, policy.excess.being_cleared_days),
        returnable_units=returned,
        return_fee=fee,
        best_shop=frame["sku"].map(dict(planning.best_shops)).astype("str"),
    )


def _ended(planning: PlanningData, lines: pd.DataFrame) -> pd.DataFrame:
    """What is off sale and lies there still, as lines are: it sells nothing any more."""
    goods = planning.products.drop_duplicates("sku", keep="last")
    goods = goods[(goods["ended_day"] <= planning.day).fillna(False)]
    stock = whole_stock(planning)
    stock = stock[(stock["on_hand"] > 0) & stock["sku"].isin(goods["sku"])]
    planned = pd.MultiIndex.from_frame(lines[["sku", "warehouse"]])
    stock = stock[~pd.MultiIndex.from_frame(stock[["sku", "warehouse"]]).isin(planned)]
    about = goods.rename(columns={"cost_micros": "unit_cost_micros", "list_price_micros": "unit_price_micros"})
    frame = stock.merge(about.drop(columns=["shop"], errors="ignore"), on="sku", how="left")
    frame = frame.merge(recent_sales(planning)[["sku", "warehouse", *RECENT]], on=["sku", "warehouse"], how="left")
    for name in ("title", "category", "supplier"):
        frame[name] = frame[name].astype("str").fillna("")
    stock_age = (pd.Timestamp(planning.day) - pd.to_datetime(frame["stock_day"])).dt.days
    return frame.assign(arriving=0, order_up_to=0, daily_mean=0.0, stock_age_days=stock_age)


def _fresh(frame: pd.DataFrame, planning: PlanningData, patience_days: int) -> pd.Series:
    """Units of each row that came within the last days: first in, first out, so the newest are still there."""
    since = pd.Timestamp(planning.day) - pd.Timedelta(days=patience_days)
    came = pd.to_datetime(planning.receipts["received_day"])
    recent = planning.receipts[(came > since) & (came <= pd.Timestamp(planning.day))]
    units = recent.groupby(["sku", "warehouse"])["quantity"].sum()
    places = pd.MultiIndex.from_frame(frame[["sku", "warehouse"]])
    return pd.Series(units.reindex(places).fillna(0).to_numpy(dtype=np.int64), index=frame.index)


def _companions(frame: pd.DataFrame, times: float) -> tuple[pd.Series, NDArray[np.int64]]:
    """(a sku of the same category that sells `times` as much or more, over all warehouses, and that none of them buys
    or waits for: the best of them, or NA; its units beyond its own need in the row's warehouse)."""
    rate = frame.groupby(["category", "sku"], as_index=False).agg(
        daily_mean=("daily_mean", "sum"), is_short=("is_bought", "any")
    )
    own_rate = rate.set_index("sku")["daily_mean"]
    rate = rate[~rate["is_short"]]
    best = rate.sort_values(["daily_mean", "sku"], ascending=[False, True], kind="stable").drop_duplicates("category")
    own = frame["sku"].map(own_rate).to_numpy(dtype=float)
    hit = frame[["category"]].merge(best, on="category", how="left")
    sells = hit["daily_mean"].to_numpy(dtype=float) >= times * np.maximum(own, 1e-9)
    chosen = pd.Series(hit["sku"].to_numpy(), index=frame.index, dtype="str")
    chosen = chosen.where(sells & (frame["category"] != "").to_numpy())
    free = (frame["on_hand"] - frame["promised"]).clip(lower=0)
    spare = np.minimum(free, free + frame["arriving"] - frame["order_up_to"]).clip(lower=0)
    spare.index = pd.MultiIndex.from_frame(frame[["sku", "warehouse"]])
    theirs = pd.MultiIndex.from_arrays([chosen.fillna(""), frame["warehouse"]])
    return chosen, spare.reindex(theirs).fillna(0).to_numpy(dtype=np.int64)
