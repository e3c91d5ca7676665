"""What may not stand on the lists of one day: found over the whole plan, sku by sku."""

import pandas as pd

from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.planning_data import plan_basis
from include.replenishment.policy import StockPolicy
from include.warehouse.workspace import Workspace

YEAR_DAYS = 365.0
SOON_DAYS = 3
NEAR_DAYS = 180
PRICED_WAYS = ("promote", "return", "bundle", "clear")


def planned(workspace: Workspace, day: str) -> DayPlan:
    """The plan of the lists of `day`, made again."""
    basis = plan_basis(workspace, day)
    settings = workspace.merchant.replenishment
    return plan_day(basis.planning, basis.protection, settings, basis.policy, workspace.calendar)


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
    told += _of_urgency(plan)
    told += _of_chase(plan)
    if len(excess):
        told += _of_excess(lines, excess)
    return told


def _of_urgency(plan: DayPlan) -> list[str]:
    """Urgency and last order day say the same: what is late is not normal, what has days to spare is not urgent. What
    saves sales of an empty shelf by coming sooner is not normal."""
    restock = plan.restock
    last = pd.to_datetime(restock["last_order_day"])
    is_passed = (last <= pd.Timestamp(plan.day)).fillna(False)
    has_time = (last > pd.Timestamp(plan.day) + pd.Timedelta(days=SOON_DAYS)).fillna(False)
    told = [f"{row.sku} at {row.warehouse} was to be ordered by {row.last_order_day}, and is normal"
            for row in restock[is_passed & (restock["urgency"] == 0)].itertuples()]  # fmt: skip
    told += [f"{row.sku} at {row.warehouse} has time until {row.last_order_day}, and is urgent"
             for row in restock[has_time & (restock["urgency"] > 0)].itertuples()]  # fmt: skip
    moved = plan.transfers
    told += [f"{row.sku} at {row.warehouse} is empty, a transfer saves sales, and is normal"
             for row in moved[(moved["empty_in_days"] == 0).fillna(False) & (moved["money_at_risk_micros"] > 0)
                              & (moved["urgency"] == 0)].itertuples()]  # fmt: skip
    if len(plan.chase):
        bare = plan.chase[plan.chase["is_empty"].astype(bool) & plan.chase["action"].isin(("expedite", "pull_forward"))]
        told += [f"{row.sku} at {row.warehouse} is empty, is called forward, and is normal"
                 for row in bare[bare["urgency"] == 0].itertuples()]  # fmt: skip
    return told


def _of_chase(plan: DayPlan) -> list[str]:
    """Nothing is got rid of that some warehouse waits for, or called forward to a shelf that gives away."""
    if plan.chase.empty:
        return []
    waited = plan.chase[plan.chase["action"].isin(("expedite", "pull_forward"))]
    told = []
    if len(plan.excess):
        acted = plan.excess[plan.excess["action"].isin(PRICED_WAYS) & ~_spoils_soon(plan.excess)]
        told += [f"{sku} is called for and sold off" for sku in sorted(set(acted["sku"]) & set(waited["sku"]))]
    gives = set(map(tuple, plan.transfers[["sku", "from_warehouse"]].to_numpy()))
    sooner = waited[waited["action"] == "pull_forward"]
    told += [f"{row.warehouse} gives {row.sku} and calls it forward" for row in sooner.itertuples()
             if (row.sku, row.warehouse) in gives]  # fmt: skip
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


def unbalanced(plan: DayPlan) -> list[str]:
    """Skus whose units do not add up over all warehouses, none if all do."""
    of_sku = units_of_skus(plan)
    has = of_sku["free"] + of_sku["coming"] + of_sku["moved_in"] - of_sku["moved_out"] + of_sku["bought"]
    adds_up = (has == of_sku["wanted"] + of_sku["left"] - of_sku["lacking"]) & (
        of_sku["moved_in"] == of_sku["moved_out"]
    )
    return list(of_sku.index[~adds_up])


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
                    policy.transport.micros_per_unit if policy.transport.is_open else None,
                )
                units = min(taker.need, -giver.need - giver.cycle_demand, max(giver.on_hand - giver.promised, 0))
                if lane is None or units <= 0:
                    continue
                cost = taker.cost_micros / taker.quantity
                rate = max(giver.daily_mean, 1e-3)
                idle = (-giver.need - units / 2) / rate
                relief = min(cost * policy.holding_rate / YEAR_DAYS * idle, cost * (1 - policy.excess.clearance_share))
                freight = lane + policy.transport.share_of_cost * cost
                # Slices are whole units and valued at their middle: half a unit's worth of slack.
                if units * (relief - freight) > policy.transport.min_saving_micros + cost:
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
    fit = acted[~_spoils_soon(acted)]
    told += [f"{sku} is bought and sold off" for sku in sorted(set(fit["sku"]) & bought)]
    told += _of_partners(lines, acted[acted["action"] == "bundle"])
    fresh = excess[(excess["action"] != "dispose") & (excess["quantity"] > 0)]
    both = fresh.merge(lines[lines["quantity"] > 0][["sku", "warehouse"]], on=["sku", "warehouse"])
    told += [f"{row.sku} at {row.warehouse} orders and has {row.quantity} too many" for row in both.itertuples()
             if row.spoiling_units == 0]  # fmt: skip
    return told


def _spoils_soon(excess: pd.DataFrame) -> "pd.Series[bool]":
    return (excess["spoiling_units"] > 0) & (excess["days_left"].fillna(0) <= NEAR_DAYS)


def _of_partners(lines: pd.DataFrame, bundled: pd.DataFrame) -> list[str]:
    """A bundle's partner is there for every unit of the bundle, beyond what its own customers need."""
    at = lines.set_index(["sku", "warehouse"])
    bought = set(lines.loc[(lines["quantity"] > 0) | (lines["deferred"] > 0), "sku"])
    told = []
    for row in bundled.itertuples():
        partner = at.loc[(row.companion, row.warehouse)]
        free = partner["on_hand"] - partner["promised"]
        spare = min(free, free + partner["arriving"] - partner["order_up_to"] - partner["cycle_demand"])
        if row.companion in bought or spare < row.action_units:
            told.append(
                f"{row.sku} at {row.warehouse}: {row.action_units} bundled with {row.companion}, {spare} to spare"
            )
    return told
