"""Whom a replay compares: the plan of the daily lists, and the rules of thumb that merchants live by.

Each player looks at its own copy of the business, each evening, and says what to order and to move next morning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from include.replenishment.day_plan import plan_day
from include.replenishment.planning_data import forecast_spans
from include.replenishment.policy import StockPolicy, policy_of, with_levels
from include.replenishment.quantity.protection_period import protection_of
from include.settings.stock.replenishment import Replenishment
from include.simulation.observe_specimen import Observer
from include.simulation.retrained_model import ModelSource, RetrainedModel
from include.simulation.specimen import sale_days
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.habits import SALE_BOOST, Purchase
from include.simulation.specimen.regions import WAREHOUSES
from include.simulation.specimen.settings import day_number, day_of

if TYPE_CHECKING:
    pass

ORDER_COLUMNS = ["sku", "warehouse", "quantity"]


@dataclass(frozen=True)
class Decision:
    """orders None: by the merchant's own habits. Both frames as `Specimen.step` takes them."""

    orders: pd.DataFrame | None
    transfers: pd.DataFrame | None = None
    budget_used: float | None = None  # share of the budget, where there is one


class Player(Protocol):
    """One way of running the stock."""

    def decide(self, business: Specimen) -> Decision:
        """At the end of the business's last day."""


class Habits:
    """The merchant as it is."""

    def decide(self, business: Specimen) -> Decision:
        return Decision(None)


@dataclass(frozen=True)
class MinMax:
    """Order when the position falls below `lowest` days beyond the promised lead time, up to `highest` days beyond it;
    `boost` times as much ahead of the big sales. is_daily: looks every day, not on the suppliers' days only."""

    lowest: float
    highest: float
    boost: float = SALE_BOOST
    is_daily: bool = True

    def decide(self, business: Specimen) -> Decision:
        goods, day = business.catalogue, business.next_day
        number, suppliers = day_number(day), goods.suppliers
        lead = suppliers.lead_days[goods.supplier]
        review = suppliers.review_days[goods.supplier]
        looks = np.ones(goods.skus, dtype=bool) if self.is_daily else (number + goods.supplier) % review == 0
        sells = looks & (goods.launched <= number) & (goods.ended - 20 > number + lead)
        is_sale_ahead = any(sale_days.effects(day_of(number + ahead)).sales > 2 for ahead in range(10, 33))
        rate = business.trailing * (self.boost if is_sale_ahead else 1.0)
        position = business.stock.available + business.supply.in_transit(business.last_day)
        need = np.where(
            sells[:, None] & (position < rate * (lead[:, None] + self.lowest)),
            np.ceil(rate * (lead[:, None] + self.highest)) - position,
            0,
        )
        return Decision(packed_orders(business, need))


@dataclass(frozen=True)
class BaseStock:
    """Every day up to the `quantile` of the last thirteen weeks' totals over promised lead time and one day."""

    quantile: float
    days: int = 91

    def decide(self, business: Specimen) -> Decision:
        goods, number = business.catalogue, day_number(business.next_day)
        lead = goods.suppliers.lead_days[goods.supplier]
        sells = (goods.launched <= number) & (goods.ended - 20 > number + lead)
        sold = sold_by_day(business, self.days)
        running = np.concatenate([np.zeros((1, *sold.shape[1:])), np.cumsum(sold, axis=0)])
        level = np.zeros(sold.shape[1:])
        for days in np.unique(lead):
            which = lead == days
            span = int(days) + 1
            totals = running[span:, which] - running[:-span, which]
            level[which] = np.ceil(np.quantile(totals, self.quantile, axis=0))
        position = business.stock.available + business.supply.in_transit(business.last_day)
        return Decision(packed_orders(business, np.where(sells[:, None], level - position, 0)))


def sold_by_day(business: Specimen, days: int) -> np.ndarray:
    """Units sold, (days, skus, warehouses), oldest first: what was wanted and found."""
    table = business.wanted
    last = day_number(business.last_day)
    ago = last - table["day"]
    rows = np.flatnonzero((ago >= 0) & (ago < days))
    sold = np.zeros((days, business.catalogue.skus, len(WAREHOUSES)))
    units = table["wanted"][rows] - table["lost"][rows] - table["lost_with_bundle"][rows]
    np.add.at(sold, (days - 1 - ago[rows], table["sku"][rows], table["warehouse"][rows]), units)
    return sold


def packed_orders(business: Specimen, need: np.ndarray) -> pd.DataFrame:
    """Positive needs (skus x warehouses) raised to the minimum and rounded up to packs, as orders."""
    goods = business.catalogue
    sku, warehouse = np.nonzero(need > 0)
    wanted = np.maximum(need[sku, warehouse], goods.moq[sku]).astype(np.int64)
    bought = Purchase(sku, warehouse, -(-wanted // goods.pack[sku]) * goods.pack[sku], goods.supplier[sku])
    return pd.DataFrame(
        {
            "sku": np.array(goods.sku_codes)[bought.sku],
            "warehouse": np.array(WAREHOUSES)[bought.warehouse],
            "quantity": bought.quantity,
        }
    )


class Planner:
    """The code of the daily lists: panel, champion's forecast, transfers, orders. People do what the lists say.

    model_for: what is known -> the model that speaks today; None: the 13-week rule.
    """

    def __init__(self, settings: Replenishment, observer: Observer, model_for: ModelSource) -> None:
        self.settings = settings
        self.policy: StockPolicy = policy_of(settings)
        self.observer = observer
        self.model_for = model_for

    def decide(self, business: Specimen) -> Decision:
        known = self.observer.look(business)
        ahead = forecast_spans(self.model_for(known), known.panel, self.settings.supplier_holidays)
        policy = self.policy
        if self.settings.levels_from == "simulation" and isinstance(self.model_for, RetrainedModel):
            policy = with_levels(policy, self.model_for.levels(known, self.settings))
        protection = protection_of(known, ahead, self.settings, policy)
        plan = plan_day(known, protection, self.settings, policy, is_excess_wanted=False)
        orders = plan.lines.loc[plan.lines["quantity"] > 0, ORDER_COLUMNS]
        budget = self.policy.budget_micros
        used = None if not budget else float(plan.lines["cost_micros"].sum()) / budget
        return Decision(orders, plan.transfers, used)
