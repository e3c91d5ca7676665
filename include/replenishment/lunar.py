"""Totals across the lunar New Year, held against what the merchant's own last one did to them.

A history holds one New Year, perhaps two: too few for a model of single series to learn how far sales fall in the
holiday. The index of a whole category's sales around the last one is sure enough, so forecasts of spans that touch the
holiday are scaled to it, category by category: top down, as totals are reconciled (Athanasopoulos et al. 2009).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from include.calendar.events import lunar_new_year
from include.demand.forecast import Forecast
from include.demand.panel import Panel

Floats = NDArray[np.float64]

BEFORE, AFTER = 25, 20  # days around New Year's Day in which it is felt
USUAL_FROM, USUAL_TO = 70, 30  # days before it that are taken for usual
ENOUGH_UNITS = 1500.0  # of a category in the last holiday, below which all categories speak together
FURTHEST = 3.0  # a factor is kept between a third and three


def with_lunar_new_year(ahead: Sequence[Forecast], panel: Panel) -> list[Forecast]:
    """The forecasts, each for one span from the panel's end, scaled where they touch a lunar New Year's weeks.

    Nothing changes where no span touches them, or where the panel has not seen the last one and the weeks before it.
    """
    last = panel.days[-1].date() if panel.day_count else date.min
    longest = max((int(forecast.spans[0]) for forecast in ahead if len(forecast.spans)), default=0)
    coming = _felt_between(last + timedelta(days=1), last + timedelta(days=longest))
    if coming is None:
        return list(ahead)
    before = lunar_new_year(coming.year - 1)
    first = panel.days[0].date()
    if before - timedelta(days=USUAL_TO + 14) < first:
        return list(ahead)
    level = _level(panel)
    groups, index = _indices(panel, level, before, coming, last)
    if index is None:
        return list(ahead)
    usual_then, usual_now, then = index
    scaled = []
    for forecast in ahead:
        span = int(forecast.spans[0])
        offsets = np.array([(last + timedelta(days=d) - coming).days for d in range(1, span + 1)])
        if not ((offsets >= -BEFORE) & (offsets <= AFTER)).any():
            scaled.append(forecast)
            continue
        # Days outside the holiday's reach are as usual.
        felt = np.where((offsets >= -BEFORE) & (offsets <= AFTER), offsets + BEFORE, -1)
        shape = np.where(felt[None, :] >= 0, then[:, felt] / usual_then[:, None], 1.0).sum(axis=1)
        expected = shape * usual_now
        weight = np.bincount(groups, weights=level, minlength=len(expected))
        said = np.bincount(groups, weights=forecast.mean, minlength=len(expected)) / np.maximum(weight, 1e-9)
        factor = np.divide(expected, said, out=np.ones(len(expected)), where=said > 0)
        each = np.clip(factor, 1 / FURTHEST, FURTHEST)[groups]
        scaled.append(replace(forecast, mean=forecast.mean * each, quantiles=forecast.quantiles * each[:, None]))
    return scaled


def _felt_between(first: date, last: date) -> date | None:
    """The New Year's Day whose weeks the days touch."""
    for year in (first.year, first.year + 1):
        day = lunar_new_year(year)
        if first <= day + timedelta(days=AFTER) and day - timedelta(days=BEFORE) <= last:
            return day
    return None


def _level(panel: Panel) -> Floats:
    """Units a known day of each series over the last quarter, [n]."""
    recent = panel.units[:, -91:]
    known = np.isfinite(recent).sum(axis=1)
    return np.asarray(np.nansum(recent, axis=1) / np.maximum(known, 1), dtype=float)


def _indices(
    panel: Panel, level: Floats, before: date, coming: date, last: date
) -> tuple[NDArray[np.int64], tuple[Floats, Floats, Floats] | None]:
    """Group of each series, and by group: usual sales then and now, and each of the holiday's days then.

    All are units a day over the series' own levels, of the series known on the day: so that neither empty shelves nor
    new skus move them. None where last year's weeks hold nothing.
    """
    names = panel.keys["category"].astype("str").to_numpy() if "category" in panel.keys else np.full(len(level), "all")
    _, groups = np.unique(names, return_inverse=True)
    start = panel.days[0].date()

    def window(first: date, end: date) -> slice:
        return slice(max((first - start).days, 0), max((end - start).days + 1, 0))

    holiday = window(before - timedelta(days=BEFORE), before + timedelta(days=AFTER))
    if holiday.stop - holiday.start < BEFORE + AFTER + 1:
        return groups, None
    units = np.nansum(panel.units[:, holiday], axis=1)
    enough = np.bincount(groups, weights=units) >= ENOUGH_UNITS
    groups = np.where(enough[groups], groups + 1, 0)  # group 0: those that are too small, judged by all together
    count = int(groups.max()) + 1 if len(groups) else 1
    lead_up = window(before - timedelta(days=USUAL_FROM), before - timedelta(days=USUAL_TO))
    until = min(last, coming - timedelta(days=USUAL_TO))
    recent = window(until - timedelta(days=USUAL_FROM - USUAL_TO), until)
    usual_then = _mean_index(panel.units[:, lead_up], level, groups, count).mean(axis=1)
    usual_now = _mean_index(panel.units[:, recent], level, groups, count).mean(axis=1)
    then = _mean_index(panel.units[:, holiday], level, groups, count)
    if not (usual_then > 0).all():
        return groups, None
    return groups, (usual_then, usual_now, then)


def _mean_index(units: NDArray[np.float32], level: Floats, groups: NDArray[np.int64], count: int) -> Floats:
    """(groups, days): units of the known series over their levels; group 0 is all series."""
    known = np.isfinite(units)
    sold, expected = np.where(known, units, 0.0), known * level[:, None]
    index = np.ones((count, units.shape[1]))
    for group in range(count):
        rows = slice(None) if group == 0 else groups == group
        total = expected[rows].sum(axis=0)
        index[group] = np.divide(sold[rows].sum(axis=0), total, out=np.ones(len(total)), where=total > 0)
    return index
