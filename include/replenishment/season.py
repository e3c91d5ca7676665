"""Totals of the weeks ahead, held against what the same weeks of last year did to each category.

A model that has seen each season once or not at all follows a winter category upwards weeks late and a summer category
downwards weeks late. How a whole category's sales changed from the four weeks before to the weeks after the same date a
year ago is known where the history reaches back that far. Forecasts are pooled with the newest four weeks times that
change, as two opinions of which nobody knows the better (Stone 1961), and less so where little was sold.
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
from include.replenishment.lunar import AFTER, BEFORE, keeps_lunar_new_year
from include.replenishment.suppliers.lead_time import mix_over_lead_time

Floats = NDArray[np.float64]

YEAR = 365  # the same date, since sales days have dates
USUAL_DAYS = 28  # before the forecast, and before the same date a year ago
LEVEL_DAYS, LEVEL_DAYS_THEN = 91, 45  # for a series' level: so many days back; then, on both sides of the date
WEIGHT = 0.6  # chance that last year's change is right rather than the model, where much was sold
DOUBT_UNITS = 100.0  # sold in the scarcest of the windows, at which last year counts half of that
FURTHEST = 2.5  # a factor is kept between one over this and this: a single year says no more
MIN_CHANGE = 0.02  # of the logarithm; a smaller one is not worth mixing two distributions for


def with_last_year(ahead: Sequence[Forecast], panel: Panel) -> list[Forecast]:
    """The forecasts, each for one span from the panel's end, pooled by category with last year's change.

    Nothing changes where the history is shorter than a year and four weeks, nor where any of the windows touches the
    weeks of a lunar New Year, which moves, if the panel's calendar has it.
    """
    origin, then = panel.day_count, panel.day_count - YEAR
    if then < USUAL_DAYS or not panel.series_count:
        return list(ahead)
    known = np.isfinite(panel.units)
    units = np.where(known, panel.units, 0.0)
    names = panel.keys["category"].astype("str").to_numpy() if "category" in panel.keys else np.full(len(units), "all")
    _, group = np.unique(names, return_inverse=True)
    level = _level(units, known, slice(max(origin - LEVEL_DAYS, 0), origin))
    level_then = _level(units, known, slice(max(then - LEVEL_DAYS_THEN, 0), then + LEVEL_DAYS_THEN))
    now = _index(units, known, level, group, slice(origin - USUAL_DAYS, origin))
    before = _index(units, known, level_then, group, slice(then - USUAL_DAYS, then))
    first = panel.days[0].date()
    is_kept = keeps_lunar_new_year(panel)
    scaled = []
    for forecast in ahead:
        span = int(forecast.spans[0]) if len(forecast.spans) else 1
        windows = [(then - USUAL_DAYS, then + span), (origin - USUAL_DAYS, origin + span)]
        if is_kept and any(_touches_new_year(first, start, end) for start, end in windows):
            scaled.append(forecast)
            continue
        after = _index(units, known, level_then, group, slice(then, then + span))
        judged = np.isin(forecast.basis, ("model", "rule"))
        said = _summed(group, np.where(judged, forecast.mean, 0.0))
        usual = _summed(group, np.where(judged, level, 0.0)) * span
        ratio, trust = _last_year([now, before, after], said, usual)
        scaled.append(_pooled(forecast, ratio[group], np.where(judged, trust[group], 0.0)))
    return scaled


def _last_year(windows: list[tuple[Floats, Floats]], said: Floats, usual: Floats) -> tuple[Floats, Floats]:
    """By group: what last year's change says of the model's total, as a ratio to it, and how far that is believed.

    windows: (units, units by the levels) now, before, after.
    """
    least = np.minimum.reduce([units for units, _ in windows])
    told = (least > 0) & (said > 0) & (usual > 0)
    index = [np.divide(units, expected, out=np.ones(len(units)), where=expected > 0) for units, expected in windows]
    now, before, after = (np.where(told, one, 1.0) for one in index)
    ratio = np.where(told, usual, 1.0) * now * after / before / np.where(told, said, 1.0)
    trust = np.where(told, WEIGHT * least / (least + DOUBT_UNITS), 0.0)
    return np.where(told, np.clip(ratio, 1 / FURTHEST, FURTHEST), 1.0), trust


def _pooled(forecast: Forecast, ratio: Floats, trust: Floats) -> Forecast:
    """The linear pool of two opinions, the model's and the model's times `ratio`: a chance of `trust` that last year is
    right. So where they differ the upper quantiles keep near the higher of the two."""
    both = np.stack([forecast.quantiles, forecast.quantiles * ratio[:, None]], axis=1)
    weights = np.column_stack([1 - trust, trust])
    rows = np.flatnonzero((trust > 0) & (np.abs(np.log(ratio)) > MIN_CHANGE))
    quantiles = forecast.quantiles.copy()
    if len(rows):
        quantiles[rows] = mix_over_lead_time(both[rows], np.array(forecast.levels), np.arange(2.0), weights[rows])
    moved = np.zeros(len(ratio), dtype=bool)
    moved[rows] = True
    mean = np.where(moved, forecast.mean * (1 - trust + trust * ratio), forecast.mean)
    return replace(forecast, mean=mean, quantiles=quantiles)


def _level(units: Floats, known: NDArray[np.bool_], days: slice) -> Floats:
    """Units a known day of each series, [n]."""
    return np.asarray(units[:, days].sum(axis=1) / np.maximum(known[:, days].sum(axis=1), 1), dtype=float)


def _index(
    units: Floats, known: NDArray[np.bool_], level: Floats, group: NDArray[np.int64], days: slice
) -> tuple[Floats, Floats]:
    """By group: units of the known days, and what the levels say of these days; empty shelves count for neither."""
    return _summed(group, units[:, days].sum(axis=1)), _summed(group, level * known[:, days].sum(axis=1))


def _summed(group: NDArray[np.int64], values: Floats) -> Floats:
    return np.asarray(np.bincount(group, weights=values), dtype=float)


def _touches_new_year(first: date, start: int, end: int) -> bool:
    """Whether the days [start, end) after `first` touch the weeks in which a lunar New Year is felt."""
    begin, last = first + timedelta(days=start), first + timedelta(days=end - 1)
    return any(
        begin <= lunar_new_year(year) + timedelta(days=AFTER) and lunar_new_year(year) - timedelta(days=BEFORE) <= last
        for year in range(begin.year, last.year + 1)
    )
