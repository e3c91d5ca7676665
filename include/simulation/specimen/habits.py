"""How the specimen's own buyer reorders when nobody tells them better: a mediocre min-max rule.

It looks at what was sold (not at what was wanted), believes the suppliers' promised lead times, knows no seasons, and
buys half as much again ahead of the two big sales. So its history has real stock-outs and real excess.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from include.simulation.specimen import sale_days
from include.simulation.specimen.catalogue import Catalogue
from include.simulation.specimen.demand import Demand
from include.simulation.specimen.settings import SpecimenSettings, day_number, stream

MEMORY_DAYS = 18.0  # of the buyer's trailing average
MIN_EXTRA_DAYS, MAX_EXTRA_DAYS = 7, 20
SALE_BOOST = 1.5
LAUNCH_COVER_DAYS = 25


@dataclass(frozen=True)
class Purchase:
    """Lines to order, by position of sku, warehouse and supplier."""

    sku: np.ndarray
    warehouse: np.ndarray
    quantity: np.ndarray
    supplier: np.ndarray


def opening_stock(settings: SpecimenSettings, catalogue: Catalogue, demand: Demand) -> np.ndarray:
    """Units on the shelves on the first morning, skus x warehouses: a cover of some weeks, well or badly guessed."""
    rng = stream(settings.seed, "purchases", 0)
    first = settings.first_day
    daily = demand.expected_units(first)
    soon = (catalogue.launched > day_number(first)) & (_launch_order_day(catalogue) < day_number(first))
    if soon.any():
        daily = np.where(soon[:, None], demand.expected_units(first + timedelta(days=45)), daily)
    lead = catalogue.suppliers.lead_days[catalogue.supplier] + catalogue.suppliers.review_days[catalogue.supplier]
    cover = (lead[:, None] + MAX_EXTRA_DAYS) * rng.lognormal(-0.1, 0.4, daily.shape)
    return np.round(daily * cover).astype(np.int64)


def usual_orders(catalogue: Catalogue, day: date, position: np.ndarray, trailing: np.ndarray) -> Purchase:
    """Min-max orders on `day`: `position` is on hand - promised + in transit, `trailing` units sold a day."""
    number, suppliers = day_number(day), catalogue.suppliers
    lead = suppliers.lead_days[catalogue.supplier][:, None]
    review = suppliers.review_days[catalogue.supplier][:, None]
    looks = (number + catalogue.supplier) % suppliers.review_days[catalogue.supplier] == 0
    sells = looks & (catalogue.launched <= number) & (catalogue.ended - 20 > number + lead[:, 0])
    boost = SALE_BOOST if _sale_ahead(day) else 1.0
    lowest = trailing * (lead + MIN_EXTRA_DAYS) * boost
    highest = np.ceil(trailing * (lead + review + MAX_EXTRA_DAYS) * boost)
    need = np.where(sells[:, None] & (position < lowest), highest - position, 0).astype(np.int64)
    return _packed(catalogue, need)


def launch_orders(settings: SpecimenSettings, catalogue: Catalogue, demand: Demand, day: date) -> Purchase:
    """The first order of skus that will be launched soon: the buyer's guess of the first weeks."""
    due = _launch_order_day(catalogue) == day_number(day)
    need = np.zeros((catalogue.skus, 3), dtype=np.int64)
    if due.any():
        rng = stream(settings.seed, "purchases", day_number(day), 10_001)
        for sku in np.flatnonzero(due):
            guess = demand.expected_units(day + timedelta(days=int(catalogue.launched[sku] - day_number(day)) + 25))
            need[sku] = np.ceil(guess[sku] * LAUNCH_COVER_DAYS * rng.lognormal(0, 0.5))
    return _packed(catalogue, need)


def _launch_order_day(catalogue: Catalogue) -> np.ndarray:
    return catalogue.launched - catalogue.suppliers.lead_days[catalogue.supplier] - 8


def _packed(catalogue: Catalogue, need: np.ndarray) -> Purchase:
    """Positive needs raised to the minimum and rounded up to packs."""
    sku, warehouse = np.nonzero(need > 0)
    pack = catalogue.pack[sku]
    wanted = np.maximum(need[sku, warehouse], catalogue.moq[sku])
    return Purchase(sku, warehouse, -(-wanted // pack) * pack, catalogue.supplier[sku])


def _sale_ahead(day: date) -> bool:
    """Whether one of the two big sales begins in 10 to 32 days."""
    return any(sale_days.effects(day + timedelta(days=ahead)).sales > 2 for ahead in range(10, 33))
