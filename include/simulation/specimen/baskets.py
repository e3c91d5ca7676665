"""Who buys what: the day's wanted lines gathered into orders, and a customer for each order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from include.simulation.specimen.customers import Customers
from include.simulation.specimen.demand import Wanted
from include.simulation.specimen.settings import SpecimenSettings, day_number, stream

LINES_JOIN = 0.26  # chance that a line joins the order of the line before it
MAX_LINES = 3
MAX_RETURNING = 0.92  # of a day's orders: some are always newcomers


@dataclass(frozen=True)
class Baskets:
    """Wanted lines in order of their order: `order_of_line` ascends; `customer` and the rest are by order."""

    lines: Wanted
    order_of_line: np.ndarray
    shop: np.ndarray
    warehouse: np.ndarray
    customer: np.ndarray

    @property
    def orders(self) -> int:
        return len(self.customer)


def gather(
    settings: SpecimenSettings, wanted: Wanted, category_of_listing: np.ndarray, customers: Customers, day: date
) -> Baskets:
    """Orders and buyers for the lines wanted: first whoever is due to come back, then newcomers (born here)."""
    rng = stream(settings.seed, "baskets", day_number(day))
    cell = wanted.shop.astype(np.int64) * 3 + wanted.warehouse
    # Alike lines lie near one another, so that a basket often holds one category, but not always.
    liking = category_of_listing[wanted.listing] + rng.normal(0, 1.5, len(wanted))
    turn = np.lexsort((liking, cell))
    lines = Wanted(wanted.listing[turn], wanted.warehouse[turn], wanted.shop[turn], wanted.quantity[turn])
    cell = cell[turn]
    order_of_line, first = _group(rng, cell, lines.listing)
    order_cell = cell[first]
    customer = np.full(len(first), -1, dtype=np.int64)
    visited_before = customers.table["last_visit"].copy()
    who = customers.visitors(day)
    who_cell = customers.table["shop"][who].astype(np.int64) * 3 + customers.table["warehouse"][who]
    order_taste = category_of_listing[lines.listing[first]] + rng.normal(0, 1.0, len(first))
    who_taste = customers.table["category"][who] + rng.normal(0, 1.0, len(who))
    for place in range(9):
        orders = np.flatnonzero(order_cell == place)
        mine = np.flatnonzero(who_cell == place)
        room = int(len(orders) * MAX_RETURNING)
        if len(mine) > room:
            mine = rng.permutation(mine)
            homeless, mine = who[mine[room:]], mine[:room]
            customers.put_off(rng, day, homeless, visited_before[homeless])
        taken = rng.permutation(orders)[: len(mine)]
        taken = taken[np.argsort(order_taste[taken])]
        customer[taken] = who[mine[np.argsort(who_taste[mine])]]
    shop, warehouse = lines.shop[first], lines.warehouse[first]
    new = np.flatnonzero(customer < 0)
    newcomers = stream(settings.seed, "newcomers", day_number(day))
    customer[new] = customers.born(newcomers, day, shop[new], warehouse[new])
    return Baskets(lines, order_of_line, shop, warehouse, customer)


def _group(rng: np.random.Generator, cell: np.ndarray, listing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order each line belongs to and each order's first line, for lines sorted by cell."""
    rows = len(cell)
    starts = rng.random(rows) >= LINES_JOIN
    if rows:
        starts[0] = True
    starts[1:] |= (cell[1:] != cell[:-1]) | (listing[1:] == listing[:-1])
    starts[2:] |= listing[2:] == listing[:-2]
    # No order longer than MAX_LINES: count the run since the last start and break it.
    position = np.arange(rows)
    since = position - np.maximum.accumulate(np.where(starts, position, 0))
    starts |= since % MAX_LINES == 0
    order = np.cumsum(starts) - 1
    return order, np.flatnonzero(starts)
