"""What the lines of a plan decide together: who is A, B or C, who waits to be caught up with or for its turn, and what
the budget pays for.

Everything else is decided line by line (and supplier by supplier, see `supplier_minimum`). These take all lines of a
plan at once, so that they are handed in: a plan of a few lines is the whole plan's, if these are taken among all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.policy import StockPolicy, value_class
from include.replenishment.quantity.budget import Spending, slices_of, within_budget
from include.replenishment.quantity.distribution import DemandDistribution
from include.replenishment.quantity.supplier_minimum import suppliers_below
from include.replenishment.quantity.waiting import CatchUp, waits_for_its_turn, waits_to_catch_up

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Orders:
    """What the budget is asked for, one element a line. sellable: units to order, whole packs; minimum: of the sku, in
    packs; available: stock to come before this order; holding_micros: of a unit over the protection period; least:
    value of an order that the supplier takes; first_up_to: units of stock that are paid for before all else (0: none).
    """

    sellable: Integers
    pack: Integers
    minimum: Integers
    available: Integers
    cost_micros: Integers
    margin_micros: Floats
    holding_micros: Floats
    is_emergency: Booleans
    supplier: NDArray[np.str_]
    min_order_micros: Integers
    first_up_to: Floats
    demand: DemandDistribution


class JointDecisions:
    """Taken among the lines that are planned. frame: these lines, as `plan_lines` has completed them."""

    def value_classes(self, revenue: pd.Series, policy: StockPolicy) -> pd.Series:
        """A, B or C by sku. revenue: of 13 weeks, by sku, in their order."""
        return value_class(revenue, policy)

    def put_off(self, frame: pd.DataFrame, lines: CatchUp, lists: int) -> Booleans:
        """Lines that wait to be caught up with, see `waits_to_catch_up`."""
        return waits_to_catch_up(lines, lists)

    def turns(self, frame: pd.DataFrame, waiting_cost: Floats, wanted: Booleans, policy: StockPolicy) -> Booleans:
        """Lines that wait for their turn, see `waits_for_its_turn`."""
        return waits_for_its_turn(waiting_cost, wanted, policy.max_lines, policy.order_line_micros)

    def paid(self, frame: pd.DataFrame, orders: Orders, policy: StockPolicy) -> Spending:
        """What the budget and the emergency fund pay for, see `paid_for`."""
        return paid_for(orders, policy)


class Deciding:
    """The joint decisions of each of the plans that the plan of a day makes, by what it is made for."""

    def of(self, plan: str) -> JointDecisions:
        return JointDecisions()

    def is_made_again(self) -> bool:
        """The lines are planned once more though none of these was sent anything after the budget: others were."""
        return False


def paid_for(orders: Orders, policy: StockPolicy) -> Spending:
    """What of the orders the budget and the emergency fund pay for."""
    sellable, cost, count = orders.sellable, orders.cost_micros, len(orders.sellable)
    if policy.budget_micros is None or int((sellable * cost).sum()) <= policy.budget_micros:
        return Spending(sellable, np.zeros(count, dtype=np.int64), np.zeros(count))
    refused = np.zeros(count, dtype=bool)
    while True:
        slices = slices_of(
            sellable, orders.pack, orders.minimum, orders.available, orders.demand, cost, orders.margin_micros,
            orders.holding_micros, refused, orders.first_up_to,
        )  # fmt: skip
        budget, fund = policy.budget_micros, policy.emergency_fund_micros
        paid = within_budget(slices, count, budget, fund, orders.is_emergency)
        # What the cap leaves of a supplier's order may be too little for it: then none of it is bought.
        supplier, least = orders.supplier, orders.min_order_micros
        anyway = {int(rows[0]) for rows, _ in suppliers_below(supplier, least, sellable * cost)}
        short = [rows for rows, _ in suppliers_below(supplier, least, paid.kept * cost) if int(rows[0]) not in anyway]
        if not short:
            return paid
        refused[np.concatenate(short)] = True
