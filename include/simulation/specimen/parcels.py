"""What leaves the warehouses: parcels that are due, goods set free again, and parcels that have to wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from include.simulation.specimen.orders import BRUSHING, PRESALE, moment
from include.simulation.specimen.sales import Sales

PATIENCE_DAYS = 20  # a paid order that still lacks goods by then is called off and refunded


@dataclass
class Stock:
    """Units by skus x warehouses: `on_hand` in the warehouse, `promised` to orders that have not left yet."""

    on_hand: np.ndarray
    promised: np.ndarray

    @property
    def available(self) -> np.ndarray:
        """What may still be sold; below zero when deposits were taken for more than there is."""
        return self.on_hand - self.promised


def promise(sales: Sales, stock: Stock, rows: np.ndarray) -> None:
    """Hold the goods of new orders: those that are or will be paid, and deposits; brushing moves nothing."""
    kind, paid = sales.orders["kind"][rows], sales.orders["paid"][rows]
    _add(sales, stock.promised, rows[(kind != BRUSHING) & ((kind == PRESALE) | ~np.isnat(paid))], +1)


def send(sales: Sales, stock: Stock, day: date) -> np.ndarray:
    """Ship what is due on `day` and release what was given up; returns the deposits whose balance was paid today."""
    recent = sales.recent()
    recent = recent[sales.orders["kind"][recent] != BRUSHING]
    presale = sales.orders["kind"][recent] == PRESALE
    start, end = moment(day, np.array([0, 86_400]))

    def today(column: str) -> np.ndarray:
        when = sales.orders[column][recent]
        return (when >= start) & (when < end)

    paid = ~np.isnat(sales.orders["paid"][recent])
    never_left = np.isnat(sales.orders["shipped"][recent])
    _add(sales, stock.promised, recent[today("closed") & ((presale & ~paid) | (paid & never_left))], -1)
    due = recent[today("shipped")]
    leaves = _can_leave(sales, stock.on_hand, due)
    _add(sales, stock.on_hand, due[leaves], -1)
    _add(sales, stock.promised, due[leaves], -1)
    waiting = due[~leaves]
    hopeless = sales.orders["paid"][waiting] < end - np.timedelta64(PATIENCE_DAYS, "D")
    _add(sales, stock.promised, waiting[hopeless], -1)
    sales.call_off(waiting[hopeless], end - np.timedelta64(3600, "s"))
    sales.put_off(waiting[~hopeless])
    return recent[today("paid") & presale]


def _can_leave(sales: Sales, on_hand: np.ndarray, due: np.ndarray) -> np.ndarray:
    """Which of the due orders the shelves can fill, earliest payers first."""
    order, cell, units = sales.units_of(due)
    left = on_hand.ravel().copy()
    fine = np.ones(len(due), dtype=bool)
    short = np.bincount(cell, weights=units, minlength=left.size) > left
    touched = np.unique(order[short[cell]])
    for place in touched[np.argsort(sales.orders["paid"][due[touched]], kind="stable")]:
        parts = order == place
        # Cells that are not short suffice for everybody, so only the short ones are counted down.
        asked, wanted = cell[parts][short[cell[parts]]], units[parts][short[cell[parts]]]
        fine[place] = bool((left[asked] >= wanted).all())
        if fine[place]:
            np.subtract.at(left, asked, wanted)
    return fine


def _add(sales: Sales, stock: np.ndarray, rows: np.ndarray, sign: int) -> None:
    _, cell, units = sales.units_of(rows)
    np.add.at(stock.reshape(-1), cell, sign * units)
