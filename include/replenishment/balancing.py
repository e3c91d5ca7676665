"""What units are worth in each warehouse until the next delivery: what the transfer programme weighs.

A unit more on a shelf is worth the margin of the sale that it saves before the next delivery or the next possible
order, whichever leaves it barer. A unit that exceeds the order-up-to level saves besides, where it is needed, the money
that it ties up where it lies; and one that spares a large minimum order saves holding that.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.policy import StockPolicy, unit_margin
from include.replenishment.protection import Protection
from include.replenishment.transfer import transfer_lines

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SLICES = 5  # of a shortage, of what can be spared, of what is too much
URGENT = 0.15  # chance that the next unit is wanted before a delivery, from which a warehouse asks for others' stock
SPARED_BELOW = 0.05  # a warehouse whose own chance is above this gives nothing of what it needs
YEAR_DAYS = 365.0
LONGEST_IDLE_DAYS = 3 * YEAR_DAYS


def wanted_transfers(
    inputs: pd.DataFrame, plan: pd.DataFrame, protection: Protection, policy: StockPolicy
) -> pd.DataFrame:
    """Transfers worth making before anything is bought: `transfer_lines` with title and category.

    inputs, plan: rows alike, the planner's inputs and its plan without transfers and budget. inputs holds besides
    series (row of `protection`), next_arrival_days (NA: none), arriving_in_lead (units due within the lead time).
    """
    transport = policy.transport
    stock = _slices(inputs, plan, protection, policy)
    fare = transport.micros_a_unit if transport.is_open else None
    lines = transfer_lines(stock, transport.lanes, fare)
    lines = lines[lines["saved_micros"] >= transport.least_saving_micros].reset_index(drop=True)
    about = inputs.drop_duplicates("sku").set_index("sku")[["title", "category"]]
    return lines.join(about, on="sku")


def _slices(inputs: pd.DataFrame, plan: pd.DataFrame, protection: Protection, policy: StockPolicy) -> pd.DataFrame:
    """The `stock` frame of `transfer_lines`: slices of what each warehouse could give, or lacks."""
    free = np.maximum(inputs["on_hand"] - inputs["promised"], 0).to_numpy(dtype=np.int64)
    need = plan["need"].to_numpy(dtype=np.int64)
    sku = inputs["sku"]
    lacks, has = pd.Series(need > 0, index=inputs.index), pd.Series(free > 0, index=inputs.index)
    others_have = (has.groupby(sku).transform("sum") - has) > 0
    concerned = (lacks & others_have).groupby(sku).transform("any").to_numpy()
    rows = np.flatnonzero(concerned)
    part = inputs.iloc[rows].reset_index(drop=True)
    shelf = _Shelf(part, protection, policy)
    free, need = free[rows], need[rows]
    margin = np.maximum(unit_margin(part["unit_price_micros"], part["unit_cost_micros"], policy), 0.0)
    cost = part["unit_cost_micros"].astype("Float64").to_numpy(dtype=float, na_value=0.0)
    holding = cost * policy.holding_rate / YEAR_DAYS
    rate = np.maximum(part["daily_mean"].to_numpy(dtype=float), 1e-3)

    first = shelf.chance(free, np.zeros(len(free)), np.ones(len(free)), transport_days=policy.transport.days)
    is_urgent = (need > 0) & (first >= URGENT)
    urgent_sku = pd.Series(is_urgent).groupby(part["sku"]).transform("any").to_numpy()
    takes = np.where(urgent_sku, (need > 0) & (first >= SPARED_BELOW), need > 0)
    # What lasts the rest of an order's cycle is not too much.
    cycle = plan["cycle_demand"].to_numpy(dtype=np.int64)[rows]
    surplus = np.where(takes, 0, np.minimum(np.maximum(-need - cycle, 0), free))
    spare = np.where(takes | ~urgent_sku, 0, free - surplus)
    freight = np.rint(policy.transport.share_of_cost * cost).astype(np.int64)
    place = part[["sku", "warehouse"]].assign(freight_micros=freight)

    raised = (plan["moq_raise"] + plan["pack_rounding"]).to_numpy(dtype=float)[rows]
    kept_days = np.minimum(raised / rate / 2, LONGEST_IDLE_DAYS)
    lacking = np.maximum(need, 0)
    spared_raise = np.divide(raised * holding * kept_days, lacking, out=np.zeros(len(need)), where=lacking > 0)
    relief = np.minimum(holding * np.minimum(surplus / rate, LONGEST_IDLE_DAYS), cost)
    pieces = []
    for start, end in _cuts(np.where(takes, need, 0)):
        chance = shelf.chance(free, start, end, transport_days=policy.transport.days)
        value = np.rint(margin * chance + spared_raise).astype(np.int64)
        wanted = (end - start).astype(np.int64)
        pieces.append(place.assign(surplus=0, shortage=wanted, value_micros=value, give_micros=0))
    for kept, units, eased in ((np.zeros_like(free), surplus, relief), (surplus, spare, 0.0 * relief)):
        for start, end in _cuts(units):
            chance = shelf.chance(free, -(kept + end), -(kept + start), transport_days=0)
            worth = np.rint(margin * chance - eased).astype(np.int64)
            given = (end - start).astype(np.int64)
            pieces.append(place.assign(surplus=given, shortage=0, value_micros=0, give_micros=worth))
    slices = pd.concat(pieces, ignore_index=True)
    return slices[(slices["surplus"] > 0) | (slices["shortage"] > 0)].reset_index(drop=True)


def _cuts(units: Integers) -> list[tuple[Floats, Floats]]:
    """(start, end) of each of SLICES nearly equal whole slices of `units`."""
    edges = [np.rint(units * k / SLICES) for k in range(SLICES + 1)]
    return list(pairwise(edges))


class _Shelf:
    """The chance that units of a shelf are wanted before the next delivery, and before an order of today's is there."""

    def __init__(self, part: pd.DataFrame, protection: Protection, policy: StockPolicy) -> None:
        self.protection = protection
        self.series = part["series"].to_numpy(dtype=np.int64)
        self.rate = part["daily_mean"].to_numpy(dtype=float)
        self.lead = part["lead_time_days"].to_numpy(dtype=float)
        self.due_in_lead = part["arriving_in_lead"].to_numpy(dtype=float)
        arrival = part["next_arrival_days"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
        self.until_delivery = np.minimum(arrival, self.lead)

    def chance(self, free: Integers, start: Floats, end: Floats, transport_days: int) -> Floats:
        """Mean chance over the units from `start` to `end` beyond what is free here that a customer wants them.

        transport_days: until then they are not here; what sells meanwhile is taken off both sides.
        """
        left = np.maximum(free - self.rate * transport_days, 0.0)
        highest = np.zeros(len(free))
        for until, there in ((self.until_delivery, left), (self.lead, left + self.due_in_lead)):
            days = until - transport_days
            demand = self.protection.over(np.maximum(days, 0.0), self.series)
            met = demand.expected_met(there + end) - demand.expected_met(there + start)
            chance = np.divide(met, end - start, out=np.zeros(len(free)), where=end > start)
            highest = np.maximum(highest, np.where(days > 0, chance, 0.0))
        return highest
