"""Cuts in the prices that were paid, for days of which no plan tells; and what a sku regularly costs.

A price is known only where something sold, so a cut that is seen tells of a sale. It is looked for only where a sku
sells on most days, so that having a price says nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.demand.panel import Panel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

REGULAR_DAYS = 91  # before a day, of which the median of the prices paid is the regular one
MIN_DAYS = 7
SOLD_WITHIN, MIN_SOLD = 28, 0.8  # share of the days on both sides on which a sku must sell
CUT = 0.95  # of the regular price, from which a cut is one
MAX_CUT_TOGETHER = 0.4  # of the skus: more are a sale of the whole shop, which the calendar knows


def sku_prices(panel: Panel) -> Floats:
    """Yuan a unit by sku and day over all warehouses, [skus, T]; NaN where nothing was paid."""
    code, skus = pd.factorize(panel.keys["sku"])
    units, paid = np.zeros((len(skus), panel.day_count)), np.zeros((len(skus), panel.day_count))
    known = np.isfinite(panel.price) & np.isfinite(panel.units)
    np.add.at(units, code, np.where(known, panel.units, 0.0))
    np.add.at(paid, code, np.where(known, panel.units * np.nan_to_num(panel.price), 0.0))
    return np.divide(paid, units, out=np.full(units.shape, np.nan), where=units > 0)


def regular_prices(prices: Floats, sku: Integers, day: Integers) -> Floats:
    """Median of what was paid for each sku (-1: unknown) in REGULAR_DAYS before the day; NaN: too few days."""
    out = np.full(len(sku), np.nan)
    if not len(sku):
        return out
    asked, place = np.unique(np.column_stack([sku, day]), axis=0, return_inverse=True)
    found = np.full(len(asked), np.nan)
    for number, (one, end) in enumerate(asked):
        part = prices[one, max(0, end - REGULAR_DAYS) : end] if one >= 0 else np.empty(0)
        part = part[np.isfinite(part)]
        if len(part) >= MIN_DAYS:
            found[number] = np.median(part)
    return found[place.ravel()]


def paid_cuts(panel: Panel, prices: Floats, code: Integers, end: int) -> tuple[Integers, Integers, Floats]:
    """(row, day, price over the regular one) of the series and days before `end` whose sku was sold below its price."""
    none = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    if end < 2 * SOLD_WITHIN or not len(prices):
        return none
    past = pd.DataFrame(prices[:, :end].T)
    regular = past.rolling(REGULAR_DAYS, min_periods=SOLD_WITHIN).median().shift(1).to_numpy().T
    sold = past.notna().astype("float64").rolling(2 * SOLD_WITHIN + 1, min_periods=SOLD_WITHIN, center=True).mean()
    with np.errstate(invalid="ignore"):
        ratio = prices[:, :end] / regular
        is_cut = (ratio <= CUT) & (sold.to_numpy().T >= MIN_SOLD)
        together = np.nansum(ratio <= CUT, axis=0) > MAX_CUT_TOGETHER * np.isfinite(ratio).sum(axis=0)
    is_cut &= ~together
    row, day = np.nonzero(is_cut[code])
    return row.astype(np.int64), day.astype(np.int64), np.clip(ratio[code[row], day], 0.1, 1.0)
