"""Where a period's sales will land: what was paid so far, and the rest with an 80 % interval.

The rest is the level of the last four weeks times the shape of the year before, each day held against the day that
the calendar puts it against (`year_before`). Without a year before, the shape is the last eight weeks' weekdays. The
interval is lognormal: its variance adds what the daily ratios of the last eight weeks scatter by, over as many days as
are averaged, and the drift of the level, which grows with the days ahead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, sqrt
from typing import Literal

import numpy as np

from include.calendar.events import Own, event_dates
from include.calendar.year_before import days_of_year_before

LEVEL_DAYS = 28  # the level is that of four weeks: each weekday four times
SCATTER_DAYS = 56
MIN_DAYS = 14  # of sales, before anything is said
SMOOTHED_DAYS = 7  # an ordinary day of the year before is the mean of the week around it
AT_EVENT_DAYS = 3  # but so near to an event a day is itself
Z_80 = 1.2816  # the 90th percentile of the normal distribution
# Of the log level over four weeks: with it four of five months of simulated merchants hold (docs/measurements.md).
DRIFT = 0.05

Paid = Mapping[date, int]
"""Day -> micros; a day that the books do not tell is not there."""


@dataclass(frozen=True)
class Landing:
    """Micros. done: paid so far; rest, low, high: of the days to come, mean and 80 % interval. basis: what the rest
    rests on."""

    done: int
    rest: int
    low: int
    high: int
    basis: Literal["year_before", "weekdays", "over"]

    @property
    def expected(self) -> int:
        return self.done + self.rest

    @property
    def interval(self) -> tuple[int, int]:
        return self.done + self.low, self.done + self.high


def landing(paid: Paid, first: date, last: date, as_of: date, own: Own = None) -> Landing | None:
    """Of the days `first` to `last`, as known at the close of `as_of`. None: too few days of sales are known, or one of
    the period's is not."""
    so_far = [paid.get(day) for day in _days(first, min(last, as_of))]
    known = [one for one in so_far if one is not None]
    if len(known) < len(so_far):
        return None
    done, ahead = sum(known), _days(max(first, as_of + timedelta(days=1)), last)
    if not ahead:
        return Landing(done, 0, 0, 0, "over")
    recent = _days(as_of - timedelta(days=SCATTER_DAYS - 1), as_of)
    if sum(day in paid for day in recent) < MIN_DAYS:
        return None
    shape = shape_of([*recent, *ahead], paid, own)
    told = [day for day in recent if day in paid and shape.get(day)]
    level_days = told[-LEVEL_DAYS:]
    basis: Literal["year_before", "weekdays"] = "year_before"
    if len(level_days) < LEVEL_DAYS or any(not shape.get(day) for day in ahead):
        basis, shape = "weekdays", _weekdays(paid, recent, ahead)
        told = [day for day in recent if day in paid and shape.get(day)]
        level_days = told[-LEVEL_DAYS:]
    base = sum(shape[day] for day in level_days)
    level = sum(paid[day] for day in level_days) / base if base else 0.0
    rest = level * sum(shape[day] for day in ahead)
    if rest <= 0:
        return Landing(done, 0, 0, 0, basis)
    ratios = np.array([paid[day] / (level * shape[day]) - 1 for day in told])
    scatter = float(np.mean(ratios**2))
    # Days that weigh more scatter more of the sum: the number of equal days that the rest is worth.
    weights = np.array([shape[day] for day in ahead])
    worth = float(weights.sum() ** 2 / (weights**2).sum())
    variance = scatter * (1 / len(level_days) + 1 / worth) + DRIFT**2 * (1 + len(ahead) / LEVEL_DAYS)
    spread = Z_80 * sqrt(variance)
    return Landing(done, round(rest), round(rest * exp(-spread)), round(rest * exp(spread)), basis)


def shape_of(days: Sequence[date], paid: Paid, own: Own = None) -> dict[date, float]:
    """Day -> what the day of the year before took that the calendar holds it against, an ordinary one smoothed over its
    week; a day is left out if that day is not known."""
    if not days:
        return {}
    events = [one for dates in event_dates(days[0] - timedelta(days=400), days[-1], own).values() for one in dates]
    near = {one + timedelta(days=offset) for one in events for offset in range(-AT_EVENT_DAYS, AT_EVENT_DAYS + 1)}
    found: dict[date, float] = {}
    for day, before in zip(days, days_of_year_before(days, own), strict=True):
        half = SMOOTHED_DAYS // 2
        around = [before] if before in near else _days(before - timedelta(days=half), before + timedelta(days=half))
        told = [paid[one] for one in around if one in paid]
        if before in paid:
            found[day] = sum(told) / len(told)
    return found


def _weekdays(paid: Paid, recent: Sequence[date], ahead: Sequence[date]) -> dict[date, float]:
    by_weekday: dict[int, list[int]] = {}
    for day in recent:
        if day in paid:
            by_weekday.setdefault(day.weekday(), []).append(paid[day])
    means = {weekday: sum(own) / len(own) for weekday, own in by_weekday.items()}
    return {day: means.get(day.weekday(), 0.0) for day in [*recent, *ahead]}


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
