"""Successors: a sku that takes over the history of another one from a day on, and what the other sells until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.business_days import day_after, parse_day
from include.demand.forecast import Forecast
from include.demand.panel import Panel
from include.replenishment.launches import with_series
from include.replenishment.planning_frames import PlanningData
from include.tasks.by_hand.overrides import Override

_SOLD = ("revenue_13_weeks_micros", "units_13_weeks")


def with_heirs(planning: PlanningData, overrides: Sequence[Override]) -> PlanningData:
    """`planning` in which every successor sold what the other sku did, in each of its warehouses; the other one is
    sold until the day before. A successor that the product master does not know is left out."""
    goods = planning.products.drop_duplicates("sku", keep="last")
    for one in _successions(overrides):
        new = goods[goods["sku"] == one.value]
        places = planning.panel.keys.loc[planning.panel.keys["sku"] == one.name, "warehouse"].tolist()
        if new.empty or not places:
            continue
        planning, _ = with_series(planning, new, places)
        planning = replace(planning, panel=_inherited(planning.panel, one), sold=_sold(planning.sold, one))
    return planning


def from_their_day(
    ahead: Sequence[Forecast], own: Sequence[Forecast], day: str, overrides: Sequence[Override]
) -> list[Forecast]:
    """A successor whose day is to come sells until then what it would by itself, and the other's part afterwards.

    own: forecasts without the successions, of the same spans."""
    later = [one for one in _successions(overrides) if _wait(one, day) > 0]
    if not later:
        return list(ahead)
    told, spans = list(ahead), np.array([int(one.spans[0]) for one in ahead], dtype=np.int64)
    order = np.argsort(spans, kind="stable")
    grid = np.concatenate([[0], spans[order]]).astype(np.float64)
    places = pd.MultiIndex.from_frame(own[0].keys[["sku", "warehouse"]])
    for one in later:
        wait = min(float(_wait(one, day)), grid[-1])
        for row in np.flatnonzero(ahead[0].keys["sku"] == one.value):
            at = places.get_indexer([tuple(ahead[0].keys[["sku", "warehouse"]].iloc[row])])[0]
            whole = np.array([0.0, *(ahead[place].mean[row] for place in order)])
            alone = np.array([0.0, *(own[place].mean[at] if at >= 0 else 0.0 for place in order)])
            until = np.interp(wait, grid, alone) - np.interp(wait, grid, whole)
            for step, place in enumerate(order, start=1):
                mean = alone[step] if grid[step] <= wait else max(whole[step] + until, 0.0)
                ratio = mean / whole[step] if whole[step] > 0 else 0.0
                means, quantiles = told[place].mean.copy(), told[place].quantiles.copy()
                means[row], quantiles[row] = mean, quantiles[row] * ratio
                told[place] = replace(told[place], mean=means, quantiles=quantiles)
    return told


def _successions(overrides: Sequence[Override]) -> list[Override]:
    return [one for one in overrides if one.what == "successor"]


def _wait(one: Override, day: str) -> int:
    """Days from now on which the other one is still sold."""
    return (parse_day(one.first_day) - parse_day(day_after(day))).days


def _inherited(panel: Panel, one: Override) -> Panel:
    """The panel in which the successor's series hold both skus' past."""
    units, price, shelf, started = (
        panel.units.copy(), panel.price.copy(), panel.in_stock.copy(), panel.started.copy(),
    )  # fmt: skip
    since = int(np.clip((pd.Timestamp(one.first_day) - panel.days[0]).days, 0, panel.day_count))
    keys = panel.keys[["sku", "warehouse"]]
    old = {str(keys.loc[row, "warehouse"]): row for row in np.flatnonzero(keys["sku"] == one.name)}
    for row in np.flatnonzero(keys["sku"] == one.value):
        other = old.get(str(keys.loc[row, "warehouse"]))
        if other is None:
            continue
        shelf[row, :since] = np.where(
            np.isfinite(units[row, :since]), np.fmax(shelf[row, :since], shelf[other, :since]), shelf[other, :since]
        )
        both = _sum(units[row], units[other])
        # Once it is sold, a day on which it was out of stock says nothing.
        begun = max(since, int(started[row]))
        both[begun:] = np.where(np.isfinite(units[row, begun:]), both[begun:], np.nan)
        units[row] = both
        price[row] = np.where(np.isfinite(price[row]), price[row], price[other])
        started[row] = min(started[row], started[other])
    return replace(panel, units=units, price=price, in_stock=shelf, started=started)


def _sum(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    unknown = ~np.isfinite(one) & ~np.isfinite(other)
    return np.where(unknown, np.nan, np.nan_to_num(one) + np.nan_to_num(other)).astype(np.float32)


def _sold(sold: pd.DataFrame, one: Override) -> pd.DataFrame:
    """The other's sales of 13 weeks count for the value of the successor."""
    more = sold[sold["sku"] == one.name].assign(sku=one.value)
    kept = [name for name in _SOLD if name in sold.columns]
    numbers = [name for name in sold.columns if name not in ("sku", "warehouse")]
    more = more.assign(**{name: 0 for name in numbers if name not in kept})
    own = sold["sku"] == one.value
    both = pd.concat([sold[own], more], ignore_index=True).groupby(["sku", "warehouse"], as_index=False)[numbers].sum()
    return pd.concat([sold[~own], both], ignore_index=True)[list(sold.columns)].astype(sold.dtypes.to_dict())
