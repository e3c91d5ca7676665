"""Days on which suppliers rest, and what they do to a lead time: an order placed into a holiday waits for its end.

The weeks around the lunar New Year are the longest of them: who orders too late before it waits for nearly a month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.business_days import parse_day
from include.calendar.events import Own, event_dates
from include.replenishment.suppliers.lead_time import LeadTime

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

AHEAD_DAYS = 500  # of suppliers' calendars: beyond the longest lead time and holiday that are told


def closed_days(first: date, days: int, holidays: Mapping[str, tuple[int, int]], own: Own = None) -> Booleans:
    """Whether suppliers rest on `first` and each of the days after it, shape (days,).

    holidays: event -> (days before, days after) that suppliers are closed around it, the event's day included.
    own: the merchant's calendar. Its suppliers may rest by it or by China's: whoever sells in Germany may buy in Yiwu.
    Raises ValueError for an event that neither knows.
    """
    closed = np.zeros(days, dtype=bool)
    last = first + timedelta(days=days)
    dates = event_dates(first, last) | event_dates(first, last, own)
    for name, (before, after) in holidays.items():
        if name not in dates:
            raise ValueError(f"suppliers rest around {name!r}: expected one of {', '.join(sorted(dates))}")
        for day in dates[name]:
            start, end = (day - first).days - before, (day - first).days + after + 1
            closed[max(start, 0) : max(end, 0)] = True
    return closed


def opens_at(closed: Booleans) -> Integers:
    """For each day the first open one from it on, shape of `closed`; the end where none is left."""
    place = np.where(closed, len(closed), np.arange(len(closed)))
    return np.minimum.accumulate(place[::-1])[::-1].astype(np.int64)


def days_until_arrival(lead_days: Integers, placed: Integers | int, closed: Booleans) -> Integers:
    """Days from day 0 until an order placed on day `placed` is there, where the supplier needs `lead_days`."""
    opens = opens_at(closed)
    last = len(closed) - 1
    started = opens[np.minimum(np.asarray(placed), last)]
    return np.asarray(opens[np.minimum(started + lead_days, last)], dtype=np.int64)


def stretched(lead: LeadTime, placed: int, closed: Booleans) -> Floats:
    """P(the demand of d days comes before the order placed on day `placed` is there), d = 0, 1 ...

    Day 0 is the closed business day, the first day of demand is day 1. Without holidays this is the lead time moved by
    `placed` - 1 days: an order placed tomorrow with a lead time of 7 covers the 7 days from tomorrow on.
    """
    lead_days = np.arange(len(lead.probability))
    days = days_until_arrival(lead_days, placed, closed) - 1
    return np.bincount(np.maximum(days, 0), weights=lead.probability).astype(np.float64)


@dataclass(frozen=True)
class Closures:
    """closed: (days,) whether suppliers rest on `first` and each of the days after it."""

    first: date
    closed: Booleans

    def ahead_of(self, day: str) -> Booleans:
        """Whether suppliers rest on `day` and each of the days after it, shape (AHEAD_DAYS,)."""
        start = (parse_day(day) - self.first).days
        return self.closed[start : start + AHEAD_DAYS]

    def outside(self, observations: pd.DataFrame) -> pd.DataFrame:
        """The lead-time observations that no holiday stretched: what is left is how long the supplier itself takes."""
        if not self.closed.any():
            return observations
        start = (pd.to_datetime(observations["ordered_day"]) - pd.Timestamp(self.first)).dt.days.to_numpy(np.int64)
        end = start + observations["days"].to_numpy(np.int64)
        rested = np.concatenate([[0], np.cumsum(self.closed)])
        return observations[rested[end + 1] == rested[start]].reset_index(drop=True)


def closures_of(
    observations: pd.DataFrame, day: str, holidays: Mapping[str, tuple[int, int]], own: Own = None
) -> Closures:
    """`closed_days` from the first of the orders observed until `day`, and of AHEAD_DAYS from `day` on."""
    today = parse_day(day)
    first = parse_day(str(observations["ordered_day"].min())) if holidays and len(observations) else today
    return Closures(first, closed_days(first, (today - first).days + AHEAD_DAYS, holidays, own))
