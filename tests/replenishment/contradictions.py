"""What may not stand on the lists of one day: found over the whole plan, sku by sku."""

import pandas as pd

from include.replenishment.day_plan import DayPlan
from include.replenishment.policy import StockPolicy

YEAR_DAYS = 365.0
PRICED_WAYS = ("promote", "return", "bundle", "clear")


def contradictions(plan: DayPlan, policy: StockPolicy) -> list[str]:
    """Sentences, none if the lists agree with each other."""
    lines, moved, excess = plan.lines, plan.transfers, plan.excess
    places = pd.MultiIndex.from_frame(lines[["sku", "warehouse"]])
    gives = _units(moved, "from_warehouse", places)
    takes = _units(moved, "warehouse", places)
    ordered = lines["quantity"].to_numpy()
    told = [f"{place} orders {units} and gives {out}" for place, units, out in zip(places, ordered, gives, strict=True)
            if units > 0 and out > 0]  # fmt: skip
    told += [f"{place} gives and takes" for place, a, b in zip(places, gives, takes, strict=True) if a > 0 and b > 0]
    told += _spared_elsewhere(lines, moved, policy)
    if len(excess):
        told += _of_excess(lines, excess)
    return told


def units_of_skus(plan: DayPlan) -> pd.DataFrame:
    """One row a sku: free, coming, moved_in, moved_out, bought, wanted, left, lacking; free + coming + moved_in -
    moved_out + bought = wanted + left - lacking."""
    lines, moved = plan.lines, plan.transfers
    places = pd.MultiIndex.from_frame(lines[["sku", "warehouse"]])
    took, gave = _units(moved, "warehouse", places), _units(moved, "from_warehouse", places)
    frame = lines[["sku"]].assign(
        free=lines["on_hand"] - (lines["promised"] - gave), coming=lines["arriving"] - took, moved_in=took,
        moved_out=gave, bought=lines["quantity"], wanted=lines["order_up_to"],
    )  # fmt: skip
    ends_with = lines["on_hand"] - lines["promised"] + lines["arriving"] + lines["quantity"]
    frame["left"] = (ends_with - lines["order_up_to"]).clip(lower=0)
    frame["lacking"] = (lines["order_up_to"] - ends_with).clip(lower=0)
    return frame.groupby("sku").sum()


def _units(moved: pd.DataFrame, end: str, places: pd.MultiIndex) -> "pd.Series":
    return moved.groupby(["sku", end])["quantity"].sum().reindex(places).fillna(0).astype(int).to_numpy()


def _spared_elsewhere(lines: pd.DataFrame, moved: pd.DataFrame, policy: StockPolicy) -> list[str]:
    """What is bought though others could spare it for clearly less: holding it until their level is reached costs more
    than freight. The saved sale and minimum, which only add to it, are left out."""
    told = []
    skus = set(lines.loc[(lines["quantity"] > 0) & (lines["need"] > 0), "sku"])
    took = set(map(tuple, moved[["sku", "warehouse"]].to_numpy()))
    for sku, part in lines[lines["sku"].isin(skus) & (lines["state"] == "told")].groupby("sku"):
        # What lasts the rest of an order's cycle is not spare.
        for giver in part[part["need"] + part["cycle_demand"] < 0].itertuples():
            if (sku, giver.warehouse) in took:
                continue
            for taker in part[(part["quantity"] > 0) & (part["need"] > 0)].itertuples():
                lane = policy.transport.lanes.get(
                    (giver.warehouse, taker.warehouse),
                    policy.transport.micros_a_unit if policy.transport.is_open else None,
                )
                units = min(taker.need, -giver.need - giver.cycle_demand, max(giver.on_hand - giver.promised, 0))
                if lane is None or units <= 0:
                    continue
                cost = taker.cost_micros / taker.quantity
                rate = max(giver.daily_mean, 1e-3)
                idle = (-giver.need - units / 2) / rate
                relief = min(cost * policy.holding_rate / YEAR_DAYS * idle, cost * (1 - policy.excess.clear_recovery))
                freight = lane + policy.transport.share_of_cost * cost
                # Slices are whole units and valued at their middle: half a unit's worth of slack.
                if units * (relief - freight) > policy.transport.least_saving_micros + cost:
                    told.append(f"{taker.warehouse} buys {taker.quantity} of {sku}, {giver.warehouse} spares {units}")
    return told


def _of_excess(lines: pd.DataFrame, excess: pd.DataFrame) -> list[str]:
    told = [
        f"{row.sku} at {row.warehouse} says {row.action}" for row in excess.itertuples() if row.action == "transfer"
    ]
    acted = excess[excess["action"].isin(PRICED_WAYS)]
    ways = acted.groupby("sku")["action"].nunique()
    told += [f"{sku} has {count} ways" for sku, count in ways.items() if count > 1]
    bought = set(lines.loc[lines["quantity"] > 0, "sku"])
    fit = acted[acted["spoiling_units"] == 0]
    told += [f"{sku} is bought and sold off" for sku in sorted(set(fit["sku"]) & bought)]
    fresh = excess[excess["action"] != "dispose"]
    both = fresh.merge(lines[lines["quantity"] > 0][["sku", "warehouse"]], on=["sku", "warehouse"])
    told += [f"{row.sku} at {row.warehouse} orders and has {row.quantity} too many" for row in both.itertuples()
             if row.spoiling_units == 0]  # fmt: skip
    return told
