"""Totals across the lunar New Year, held against what the merchant's own last one did to them.

A history holds one New Year, perhaps two: too few for a model of single series to learn how far sales fall in the
holiday. The index of many goods' sales around the last one is sure enough, so forecasts of spans that touch the
holiday are scaled to it: top down, as totals are reconciled (Athanasopoulos et al. 2009), to a category's own index as
far as it sold enough then to be believed, and to that of all goods for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from include.calendar.events import LUNAR_NEW_YEAR, lunar_new_year
from include.demand.forecast import Forecast
from include.demand.panel import Panel

Floats = NDArray[np.float64]

BEFORE, AFTER = 25, 20  # days around New Year's Day in which it is felt
REMEMBERED = 28  # days after these in which a model still takes the holiday for the goods' own fall
USUAL_FROM, USUAL_TO = 70, 30  # days before it that are taken for usual
DOUBT_UNITS = 500.0  # of a category in the last holiday, at which its own index and that of all goods count alike
FURTHEST = 3.0  # a factor is kept between a third and three


def keeps_lunar_new_year(panel: Panel) -> bool:
    """The panel's calendar knows the lunar New Year, or the panel has no calendar."""
    return panel.events.empty or bool((panel.events["event"] == LUNAR_NEW_YEAR).any())


def with_lunar_new_year(ahead: Sequence[Forecast], panel: Panel) -> list[Forecast]:
    """The forecasts, each for one span from the panel's end, scaled where they touch a lunar New Year's weeks, or where
    these have just passed and the forecast still rests on them.

    Nothing changes where no span touches them, or where the panel has not seen the last one and the weeks before it.
    """
    last = panel.days[-1].date() if panel.day_count else date.min
    longest = max((int(forecast.spans[0]) for forecast in ahead if len(forecast.spans)), default=0)
    coming = _felt_between(last - timedelta(days=REMEMBERED), last + timedelta(days=longest))
    if coming is None:
        return list(ahead)
    before = lunar_new_year(coming.year - 1)
    first = panel.days[0].date()
    if before - timedelta(days=USUAL_TO + 14) < first:
        return list(ahead)
    level = _level(panel)
    found = _indices(panel, level, before, coming, last)
    if found is None:
        return list(ahead)
    groups, trust, usual_then, usual_now, then = found
    weight = _by_group(groups, level, len(trust))
    scaled = []
    for forecast in ahead:
        span = int(forecast.spans[0])
        offsets = np.array([(last + timedelta(days=d) - coming).days for d in range(1, span + 1)])
        if offsets[-1] < -BEFORE or offsets[0] > AFTER + REMEMBERED:
            scaled.append(forecast)
            continue
        # Days outside the holiday's reach are as usual.
        felt = np.where((offsets >= -BEFORE) & (offsets <= AFTER), offsets + BEFORE, -1)
        shape = np.where(felt[None, :] >= 0, then[:, felt] / usual_then[:, None], 1.0).sum(axis=1)
        expected = shape * usual_now * weight
        said = _by_group(groups, forecast.mean, len(trust))
        factor = np.divide(expected, said, out=np.ones(len(expected)), where=(said > 0) & (expected > 0))
        factor = np.clip(factor, 1 / FURTHEST, FURTHEST)
        each = (factor**trust * factor[0] ** (1 - trust))[groups]
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
) -> tuple[NDArray[np.int64], Floats, Floats, Floats, Floats] | None:
    """Group of each series, and by group: how far its own index is trusted, usual sales then and now, and each of the
    holiday's days then. Group 0 is all series together, the others are the categories.

    All are units a day over the series' own levels, of the series known on the day: so that neither empty shelves nor
    new skus move them. None where last year's weeks hold nothing.
    """
    names = panel.keys["category"].astype("str").to_numpy() if "category" in panel.keys else np.full(len(level), "all")
    _, codes = np.unique(names, return_inverse=True)
    groups = codes.astype(np.int64) + 1
    count = int(groups.max()) + 1 if len(groups) else 1
    start = panel.days[0].date()

    def window(first: date, end: date) -> slice:
        return slice(max((first - start).days, 0), max((end - start).days + 1, 0))

    holiday = window(before - timedelta(days=BEFORE), before + timedelta(days=AFTER))
    if holiday.stop - holiday.start < BEFORE + AFTER + 1:
        return None
    units = _by_group(groups, np.nansum(panel.units[:, holiday], axis=1), count)
    lead_up = window(before - timedelta(days=USUAL_FROM), before - timedelta(days=USUAL_TO))
    until = min(last, coming - timedelta(days=USUAL_TO))
    recent = window(until - timedelta(days=USUAL_FROM - USUAL_TO), until)
    usual_then = _mean_index(panel.units[:, lead_up], level, groups, count).mean(axis=1)
    usual_now = _mean_index(panel.units[:, recent], level, groups, count).mean(axis=1)
    then = _mean_index(panel.units[:, holiday], level, groups, count)
    if not usual_then[0] > 0:
        return None
    trust = np.where(usual_then > 0, units / (units + DOUBT_UNITS), 0.0)
    return groups, trust, np.where(usual_then > 0, usual_then, 1.0), usual_now, then


def _by_group(groups: NDArray[np.int64], values: Floats, count: int) -> Floats:
    """Sums by group; group 0 holds the sum of all."""
    sums = np.bincount(groups, weights=values, minlength=count)
    sums[0] = sums.sum()
    return np.asarray(sums, dtype=float)


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
