"""What units are worth in each warehouse until the next delivery: what the transfer programme weighs.

A unit more on a shelf is worth the margin of the sale that it saves before the next delivery or the next possible
order, whichever leaves it barer. Only what exceeds the order-up-to level leaves: who gives has nothing to order. It
saves the money that it ties up until the level is reached, or what clearing it would cost; where it is needed, it
spares an order, and what a large minimum order would add to that. What a shelf will miss before an order of today or
goods under way are there lacks as well, though nothing is to be ordered for it: the unit that comes saves a sale now
and is held later. What exceeds the excess cover goes besides to where it sells within that cover, if holding it there
and freight cost less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.policy import StockPolicy, unit_margin
from include.replenishment.quantity.protection_period import Protection
from include.replenishment.surplus.transfer import COLUMNS, best_gains, no_transfers, transfer_lines

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SLICES = 5  # of a shortage, of what can be spared, of what is too much
YEAR_DAYS = 365.0
LIKELY = 0.5  # more likely than not: the chance of a sale from which a unit is missed, and not only at risk


def wanted_transfers(
    inputs: pd.DataFrame, plan: pd.DataFrame, protection: Protection, policy: StockPolicy, is_early_wanted: bool = True
) -> pd.DataFrame:
    """Transfers worth making before anything is bought: `transfer_lines` with title and category.

    inputs, plan: rows alike, the planner's inputs and its plan without transfers and budget. inputs holds besides
    series (row of `protection`), next_arrival_days (NA: none), arriving_in_lead (units due within the lead time), and
    after a first round: taken_today (gives nothing), given_today (takes nothing). is_early_wanted: what is missed
    before goods are there lacks as well.
    """
    transport = policy.transport
    stock = _slices(inputs, plan, protection, policy, is_early_wanted)
    if stock.empty:
        return no_transfers()
    fare = transport.micros_per_unit if transport.is_open else None
    lines = transfer_lines(stock, transport.lanes, fare)
    # What gives does not take as well; a chain is cheaper than the direct lane only where that one is closed.
    gives = pd.MultiIndex.from_frame(lines[["sku", "from_warehouse"]])
    lines = lines[~pd.MultiIndex.from_frame(lines[["sku", "warehouse"]]).isin(gives)]
    lines = lines[lines["saved_micros"] >= transport.min_saving_micros].reset_index(drop=True)
    about = inputs.drop_duplicates("sku").set_index("sku")[["title", "category"]]
    return lines.join(about, on="sku")


@dataclass(frozen=True)
class Standing:
    """How each warehouse stands for transfers, after those that are planned. places: a row a row of the inputs, with
    sku, warehouse, spare (units that could still leave), lacks (units that it would still take), level (units that it
    keeps for itself), available (what it has or expects); gains: `best_gains`."""

    places: pd.DataFrame
    gains: pd.DataFrame


def standing(inputs: pd.DataFrame, plan: pd.DataFrame, protection: Protection, policy: StockPolicy) -> Standing:
    """What is left to give and to take, and what a unit more would gain. inputs, plan: as of `wanted_transfers`."""
    units, transport = _units(inputs, plan, policy, is_early_wanted=True), policy.transport
    places = inputs[["sku", "warehouse"]].assign(
        spare=units.surplus, lacks=units.lacks + units.early, level=units.level, available=units.available
    )
    stock = _slices(inputs, plan, protection, policy, is_early_wanted=True)
    fare = transport.micros_per_unit if transport.is_open else None
    return Standing(places, best_gains(stock, transport.lanes, fare))


def added_up(first: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Transfers of two rounds, one row a lane; what could be given and what was lacking are as before the first."""
    if more.empty:
        return first
    keys = ["sku", "from_warehouse", "warehouse"]
    at_ends = ("surplus", "shortage", "room")
    sums = [name for name in COLUMNS if name not in (*keys, *at_ends)]
    how = {**dict.fromkeys(sums, "sum"), **dict.fromkeys((*at_ends, "title", "category"), "first")}
    together = pd.concat([first, more], ignore_index=True).groupby(keys, as_index=False, sort=True).agg(how)
    return together[list(first.columns)]


def kept_units(frame: pd.DataFrame, policy: StockPolicy) -> Integers:
    """Units that each row sells within the excess cover, before they spoil and before they are taken off sale; what is
    beyond is too much.

    frame: daily_mean; optional: sellable_days (NA: no end).
    """
    rate = np.maximum(frame["daily_mean"].to_numpy(dtype=float), 0.0)
    cover = np.ceil(np.round(rate * policy.excess.cover_days, 6))
    return np.asarray(np.minimum(cover, np.floor(rate * sellable_days(frame))), dtype=np.int64)


def sellable_days(frame: pd.DataFrame) -> Floats:
    """Days in which each row can be sold: see `kept_units`."""
    if "sellable_days" not in frame:
        return np.full(len(frame), 100 * YEAR_DAYS)
    left = frame["sellable_days"].astype("Float64").to_numpy(dtype=float, na_value=100 * YEAR_DAYS)
    return np.clip(left, 0.0, 100 * YEAR_DAYS)


@dataclass(frozen=True)
class _Units:
    """Units of each row: free to leave; lacking; missed before goods are there, beyond these; beyond the level, of
    these beyond the excess cover; room up to that cover; what it has or expects; the level, what will be lost before an
    order comes included; what sells in the rest of an order's cycle."""

    free: Integers
    lacks: Integers
    early: Integers
    surplus: Integers
    excess: Integers
    room: Integers
    available: Integers
    level: Integers
    cycle: Integers

    def of(self, rows: Integers) -> _Units:
        return _Units(*(getattr(self, one.name)[rows] for one in fields(self)))


def _slices(
    inputs: pd.DataFrame, plan: pd.DataFrame, protection: Protection, policy: StockPolicy, is_early_wanted: bool
) -> pd.DataFrame:
    """The `stock` frame of `transfer_lines`: slices of what each warehouse could give, lacks, or has room for."""
    units = _units(inputs, plan, policy, is_early_wanted)
    rows = np.flatnonzero(_concerned(inputs["sku"], units))
    if not len(rows):
        return inputs.iloc[:0]
    part, units = inputs.iloc[rows].reset_index(drop=True), units.of(rows)
    shelf = _Shelf(part, protection, policy)
    raised = (plan["moq_raise"] + plan["pack_rounding"]).to_numpy(dtype=float)[rows]
    freight = np.rint(policy.transport.share_of_cost * shelf.cost).astype(np.int64)
    place = part[["sku", "warehouse"]].assign(freight_micros=freight)
    pieces = [*_takes(place, shelf, units, raised), *_gives(place, shelf, units, sellable_days(part))]
    slices = pd.concat(pieces, ignore_index=True)
    for name in ("is_room", "is_excess"):
        slices[name] = slices[name].astype("boolean").fillna(False).astype(bool)
    numbers = ["value_micros", "risk_micros", "minimum_micros", "held_micros", "give_micros", "relief_micros"]
    slices[numbers] = slices[numbers].fillna(0).astype("int64")
    return slices[(slices["surplus"] > 0) | (slices["shortage"] > 0)].reset_index(drop=True)


def could_move(inputs: pd.DataFrame, plan: pd.DataFrame, policy: StockPolicy) -> set[str]:
    """Skus of which one warehouse has what another lacks or has room for: no transfer of any other is weighed."""
    return set(inputs.loc[_concerned(inputs["sku"], _units(inputs, plan, policy, is_early_wanted=True)), "sku"])


def _concerned(sku: pd.Series, units: _Units) -> NDArray[np.bool_]:
    wants = _others(sku, units.lacks + units.early) & (units.surplus > 0) | _others(sku, units.room) & (
        units.excess > 0
    )
    return np.asarray(pd.Series(wants, index=sku.index).groupby(sku).transform("any").to_numpy(dtype=bool))


def _units(inputs: pd.DataFrame, plan: pd.DataFrame, policy: StockPolicy, is_early_wanted: bool) -> _Units:
    free = np.maximum(inputs["on_hand"] - inputs["promised"] - inputs.get("expired_units", 0), 0).to_numpy(
        dtype=np.int64
    )
    need = plan["need"].to_numpy(dtype=np.int64)
    available = (plan["on_hand"] + plan["arriving"] - plan["promised"]).to_numpy(dtype=np.int64)
    kept = kept_units(inputs, policy)
    # The barer a shelf, the more it will lose before an order comes: that is nothing to spare.
    level = (plan["order_up_to"] + plan["lost_before_arrival"]).to_numpy(dtype=np.int64)
    taken, given = (_of_today(inputs, name) for name in ("taken_today", "given_today"))
    cycle = plan["cycle_demand"].to_numpy(dtype=np.int64)
    lacks = np.where(given, 0, np.maximum(need, 0))
    early = plan["lost_before_arrival"].to_numpy(dtype=np.int64) if is_early_wanted else np.zeros_like(lacks)
    # What is missed before a transfer can be there is out of its reach.
    soon = np.ceil(np.maximum(inputs["daily_mean"].to_numpy(dtype=float), 0.0) * policy.transport.days) - free
    early = np.where(given, 0, np.maximum(early - np.maximum(soon, 0).astype(np.int64) - lacks, 0))
    # Who is to miss sales gives nothing, however much is under way.
    surplus = np.where(taken | (early > 0), 0, np.minimum(np.maximum(available - level, 0), free))
    # What lasts the rest of an order's cycle is not too much.
    excess = np.minimum(np.maximum(available - np.maximum(kept, level + cycle), 0), surplus)
    room = np.where(given | (excess > 0), 0, np.maximum(kept - np.maximum(available, level), 0))
    return _Units(free, lacks, early, surplus, excess, room, available, level, cycle)


def _takes(place: pd.DataFrame, shelf: _Shelf, units: _Units, raised: Floats) -> Iterator[pd.DataFrame]:
    """What a unit is worth that comes: the sale it saves and the minimum it spares; beyond the level it is held."""
    kept_days = np.minimum(raised / shelf.rate / 2, shelf.longest_idle_days)
    lacks = units.lacks
    spared = np.divide(raised * shelf.holding * kept_days, lacks, out=np.zeros(len(lacks)), where=lacks > 0)
    spared = np.rint(spared).astype(np.int64)
    for start, end in _cuts(lacks):
        chance = shelf.chance(units.free, start, end, shelf.transport_days)
        sales = np.rint(shelf.margin * chance).astype(np.int64)
        yield place.assign(
            surplus=0, shortage=(end - start).astype(np.int64), value_micros=sales + spared,
            risk_micros=np.rint(shelf.price * chance).astype(np.int64), minimum_micros=spared,
        )  # fmt: skip
    above = np.maximum(units.available + lacks - units.level, 0)
    for start, end in _cuts(units.early):
        chance = shelf.chance(units.free, lacks + start, lacks + end, shelf.transport_days)
        days = np.minimum((above + (start + end) / 2) / shelf.rate, shelf.longest_idle_days)
        held = np.rint(shelf.holding * days).astype(np.int64)
        is_likely = chance >= LIKELY
        yield place.assign(
            surplus=0, shortage=np.where(is_likely, end - start, 0).astype(np.int64),
            value_micros=np.rint(shelf.margin * chance).astype(np.int64) - held,
            risk_micros=np.rint(shelf.price * chance).astype(np.int64), held_micros=held,
        )  # fmt: skip
    above = above + units.early
    for start, end in _cuts(units.room):
        days = np.minimum((above + (start + end) / 2) / shelf.rate, shelf.longest_idle_days)
        held = np.rint(shelf.holding * days).astype(np.int64)
        yield place.assign(
            surplus=0, shortage=(end - start).astype(np.int64), is_room=True, value_micros=-held, held_micros=held
        )


def _gives(place: pd.DataFrame, shelf: _Shelf, units: _Units, last_days: Floats) -> Iterator[pd.DataFrame]:
    """What a unit that leaves is missed for, less what it spares: holding until the level is reached without it, or
    clearing where it would not sell. The unit that would sell last leaves first. A unit of an order's cycle is missed
    for its share of the next order line, too, which comes sooner without it.

    last_days: in which the goods can be sold.
    """
    sold_at_all = shelf.rate * np.minimum(last_days, shelf.longest_idle_days)
    none, cycle = np.zeros_like(units.excess), np.maximum(units.cycle, 1)
    for given, some, is_excess in ((none, units.excess, True), (units.excess, units.surplus - units.excess, False)):
        for start, end in _cuts(some):
            middle = given + (start + end) / 2
            idle = shelf.holding * np.maximum(units.surplus - middle, 0.0) / shelf.rate
            is_sold = units.available - middle <= sold_at_all
            relief = np.rint(np.where(is_sold, np.minimum(idle, shelf.clearing), shelf.clearing)).astype(np.int64)
            sooner = np.where(units.available - middle < units.level + units.cycle, shelf.order_line / cycle, 0.0)
            chance = shelf.chance(units.free, -(given + end), -(given + start), 0)
            missed = np.rint(shelf.margin * chance + sooner)
            yield place.assign(
                surplus=(end - start).astype(np.int64), shortage=0, value_micros=0, is_excess=is_excess,
                give_micros=missed.astype(np.int64) - relief, relief_micros=relief,
            )  # fmt: skip


def _of_today(inputs: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    return inputs[name].to_numpy(dtype=bool) if name in inputs else np.zeros(len(inputs), dtype=bool)


def _others(sku: pd.Series, units: Integers) -> NDArray[np.bool_]:
    """Another warehouse of the sku has such units."""
    of_sku = pd.Series(units, index=sku.index).groupby(sku).transform("sum").to_numpy(dtype=np.int64)
    return np.asarray(of_sku - units > 0)


def _cuts(units: Integers) -> list[tuple[Floats, Floats]]:
    """(start, end) of each of SLICES nearly equal whole slices of `units`."""
    edges = [np.rint(units * k / SLICES) for k in range(SLICES + 1)]
    return list(pairwise(edges))


class _Shelf:
    """The chance that units of a shelf are wanted before the next delivery, and before an order of today's is there;
    and what a unit costs, earns, and costs to hold for a day or to clear."""

    def __init__(self, part: pd.DataFrame, protection: Protection, policy: StockPolicy) -> None:
        self.protection = protection
        self.series = part["series"].to_numpy(dtype=np.int64)
        self.rate = np.maximum(part["daily_mean"].to_numpy(dtype=float), 1e-3)
        self.margin = np.maximum(unit_margin(part["unit_price_micros"], part["unit_cost_micros"], policy), 0.0)
        cost, price = (
            part[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            for name in ("unit_cost_micros", "unit_price_micros")
        )
        self.cost = np.nan_to_num(np.where(np.isnan(cost), price * (1 - policy.assumed_margin), cost))
        self.price = np.where(np.isnan(price), self.cost + self.margin, price)
        self.holding = self.cost * policy.holding_rate / YEAR_DAYS
        self.clearing = self.cost * (1 - policy.excess.clearance_share)
        self.longest_idle_days = policy.excess.written_off_days
        self.transport_days = policy.transport.days
        self.order_line = policy.order_line_micros
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
