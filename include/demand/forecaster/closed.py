"""Days on which a whole warehouse sold next to nothing: it was closed, or its export is missing. They say nothing
about what customers wanted of a single sku, so they are unknown, not zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from include.demand.panel import Panel

NEXT_TO_NOTHING = 0.1  # of what is usual on that weekday
MIN_UNITS = 20.0  # usual units a day, below which a day of nothing may be chance
WEEKS = 4  # before and after, from which the usual is taken


def without_closed_days(panel: Panel) -> Panel:
    """The panel with every unit of a closed (warehouse, day) unknown; the same panel where there is none."""
    closed, place = closed_days(panel)
    if not closed.any():
        return panel
    return replace(panel, units=np.where(closed[place], np.float32(np.nan), panel.units))


def closed_days(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Whether each warehouse was closed, bool [warehouses, T], and each series' warehouse number, int [n].

    A day's usual is the median of the same weekday in the weeks around it, in units a known (sku, day).
    """
    place = pd.factorize(panel.keys["warehouse"])[0]
    shape = (int(place.max()) + 1 if len(place) else 0, panel.day_count)
    units, known = np.zeros(shape), np.zeros(shape)
    np.add.at(units, place, np.nan_to_num(panel.units))
    np.add.at(known, place, np.isfinite(panel.units))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(known > 0, units / known, np.nan)
    around = np.full((2 * WEEKS, *shape), np.nan)
    for number, week in enumerate([*range(-WEEKS, 0), *range(1, WEEKS + 1)]):
        source, target = max(0, 7 * week), max(0, -7 * week)
        length = shape[1] - abs(7 * week)
        if length > 0:
            around[number, :, target : target + length] = rate[:, source : source + length]
    around.sort(axis=0)  # unknown days last
    count = np.isfinite(around).sum(axis=0)
    middle = np.take_along_axis(around, np.maximum(count - 1, 0)[None] // 2, axis=0)[0]
    expected = np.where(count > 0, middle, 0.0) * known
    return (expected >= MIN_UNITS) & (units < NEXT_TO_NOTHING * expected), place
