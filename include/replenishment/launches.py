"""First orders: what the masters say will be launched has sold nothing yet, and is wanted all the same.

Its demand is borrowed from the launches of skus like it in the same warehouse (category and price band, then category,
then all), from its launch day on. What nothing is like gets no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.business_days import day_after
from include.demand.forecast import Forecast
from include.demand.forecaster.analogues import borrow
from include.demand.panel import Panel
from include.replenishment.planning_frames import PlanningData
from include.replenishment.quantity.plan_lines import FIRST_ORDER

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


def with_launches(
    planning: PlanningData, ahead: Sequence[Forecast], launch_days: int
) -> tuple[PlanningData, list[Forecast]]:
    """`planning`, and the forecasts of spans made from it, with a series of each launch in each warehouse.

    launch_days: a sku that has not sold is a launch for so long after its launch day.
    """
    goods = _launched(planning, launch_days)
    files = planning.stock_files
    places = sorted(set(planning.panel.keys["warehouse"]))
    if files is not None:
        places = sorted(set(places) & set(files["warehouse"]))
    if goods.empty or not places or not ahead:
        return planning, list(ahead)
    planning, first_new = with_series(planning, goods, places)
    panel = planning.panel
    launched = goods.set_index("sku")["launched_day"]
    rows = np.flatnonzero(panel.keys["sku"].isin(launched.index) & panel.keys["warehouse"].isin(places))
    days = pd.to_datetime(panel.keys["sku"].iloc[rows].map(launched))
    wait = np.maximum((days - pd.Timestamp(planning.day)).dt.days.to_numpy() - 1, 0).astype(np.int64)
    told, last = [], _Curve.none(len(rows), len(ahead[0].levels))
    for forecast in sorted(ahead, key=_span):
        last = _borrowed(panel, rows, np.maximum(_span(forecast) - wait, 0), forecast.levels, last)
        told.append(_filled(forecast, panel, first_new, rows, last))
    liked = set(panel.keys["sku"].iloc[rows[last.found]])
    return replace(planning, launches_alone=tuple(sorted(set(launched.index) - liked))), told


def _launched(planning: PlanningData, launch_days: int) -> pd.DataFrame:
    """The newest row of each sku that the masters launch and that never sold."""
    goods = planning.products.drop_duplicates("sku", keep="last")
    if goods.empty:
        return goods
    panel = planning.panel
    sold = set(panel.keys.loc[np.nansum(panel.units, axis=1) > 0, "sku"])
    day = goods["launched_day"]
    is_launch = (day >= day_after(planning.day, -launch_days)).fillna(False) & ~goods["sku"].isin(sold)
    is_launch &= ~(goods["ended_day"] <= planning.day).fillna(False)
    return goods[is_launch]


def with_series(planning: PlanningData, goods: pd.DataFrame, places: Sequence[str]) -> tuple[PlanningData, int]:
    """`planning` with a series and a bare shelf of each launch and warehouse that has none; and the first of these."""
    panel = planning.panel
    every = goods[["sku"]].merge(pd.DataFrame({"warehouse": list(places)}), how="cross")
    new = every[~_among(every, panel.keys)]
    keys = new.merge(goods.drop(columns=["file_line"], errors="ignore"), on="sku", how="left")
    count, width = len(keys), panel.day_count
    unknown = np.full((count, width), np.nan, np.float32)
    extended = replace(
        panel,
        keys=pd.concat([panel.keys, keys.reindex(columns=panel.keys.columns)], ignore_index=True),
        units=np.vstack([panel.units, unknown]),
        price=np.vstack([panel.price, unknown]),
        in_stock=np.vstack([panel.in_stock, np.ones_like(unknown)]),
        started=np.concatenate([panel.started, np.full(count, width, np.int32)]),
        ended=np.concatenate([panel.ended, np.zeros(count, dtype=bool)]),
    )
    bare = every[~_among(every, planning.stock) & _among(every, new)]
    # A number that is not there yet is no unknown one: it is a launch, and nothing of it was ever reported.
    usual = {
        "on_hand": 0,
        "promised": 0,
        "stock_day": planning.day,
        "state": "told",
        "sold_since": 0,
        "received_since": 0,
    }
    shelf = bare.assign(**{name: value for name, value in usual.items() if name in planning.stock.columns})
    stock = pd.concat([planning.stock, shelf.reindex(columns=planning.stock.columns)], ignore_index=True)
    return replace(planning, panel=extended, stock=stock.astype(planning.stock.dtypes.to_dict())), panel.series_count


def _among(places: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    names = pd.MultiIndex.from_frame(others[["sku", "warehouse"]])
    return np.asarray(pd.MultiIndex.from_frame(places[["sku", "warehouse"]]).isin(names))


def _span(forecast: Forecast) -> int:
    return int(forecast.spans[0]) if len(forecast.spans) else 1


@dataclass(frozen=True)
class _Curve:
    """The first `days` on sale of each launch: mean, quantiles, and whether others are like it."""

    days: Integers
    mean: Floats
    quantiles: Floats
    found: NDArray[np.bool_]

    @staticmethod
    def none(count: int, levels: int) -> _Curve:
        return _Curve(
            np.zeros(count, dtype=np.int64), np.zeros(count), np.zeros((count, levels)), np.zeros(count, dtype=bool)
        )


def _filled(forecast: Forecast, panel: Panel, first_new: int, rows: Integers, curve: _Curve) -> Forecast:
    """One span's forecast with the launches `rows` of the panel."""
    count = panel.series_count - first_new
    mean = np.concatenate([forecast.mean, np.zeros(count)])
    quantiles = np.vstack([forecast.quantiles, np.zeros((count, len(forecast.levels)))])
    basis = np.concatenate([forecast.basis, np.full(count, "none")]).astype("<U16")
    confidence = np.concatenate([forecast.confidence, np.full(count, "low")])
    those = rows[curve.found]
    mean[those], quantiles[those] = curve.mean[curve.found], curve.quantiles[curve.found]
    basis[those], confidence[those] = FIRST_ORDER, "low"
    spans = np.concatenate([forecast.spans, np.full(count, _span(forecast))]).astype(int)
    keys = panel.keys[["sku", "warehouse"]]
    return Forecast(keys, spans, forecast.levels, mean, quantiles, basis, confidence, forecast.note)


def _borrowed(panel: Panel, rows: Integers, days: Integers, levels: tuple[float, ...], shorter: _Curve) -> _Curve:
    """Each launch's first `days` on sale, by the launches of its warehouse; where none of these was followed so long,
    the `shorter` curve goes on at its pace."""
    mean, quantiles = np.zeros(len(rows)), np.zeros((len(rows), len(levels)))
    found = np.zeros(len(rows), dtype=bool)
    place = panel.keys["warehouse"].to_numpy()
    # As if each were launched on the day after the panel's last, whatever lay on its shelf before.
    fresh, units = panel.started.copy(), panel.units.copy()
    fresh[rows], units[rows] = panel.day_count, np.nan
    young = replace(panel, started=fresh, units=units)
    for warehouse in sorted(set(place[rows])):
        here = np.flatnonzero(place == warehouse)
        own = np.flatnonzero((place[rows] == warehouse) & (days > 0))
        if len(own):
            at = np.searchsorted(here, rows[own])
            mean[own], quantiles[own], count = borrow(young.rows(here), at, days[own], levels)
            found[own] = count > 0
    pace = np.divide(days, shorter.days, out=np.zeros(len(rows)), where=shorter.days > 0)
    goes_on = ~found & shorter.found
    mean = np.where(goes_on, shorter.mean * pace, np.where(found, mean, 0.0))
    spread = np.where(goes_on[:, None], shorter.quantiles * pace[:, None], np.where(found[:, None], quantiles, 0.0))
    return _Curve(days, mean, spread, found | shorter.found)
