"""Forecast overrides on the forecasts of all spans at once, so that any period mixed from them agrees with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.business_days import day_after, parse_day
from include.demand.forecast import Forecast
from include.demand.panel import Panel
from include.replenishment.planning_frames import JudgedDays
from include.tasks.by_hand.overrides import FORECASTS, Override

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
NOTHING = 1e-9  # units: less is no demand


@dataclass(frozen=True)
class Change:
    """What one override did to one series over the part of its span that is in sight."""

    number: int
    row: int
    first_day: str
    last_day: str
    units_without: float
    units_with: float


class Totals:
    """Expected demand in 0, 1, 2 .. days (m, days + 1) and quantiles of the totals over spans (m, s, k) of some series,
    changed in place. Spans rise; between them a day's expected demand is interpolated."""

    def __init__(self, ahead: Sequence[Forecast], spans: Integers, rows: Integers) -> None:
        self.spans, self.rows = spans, rows
        self.longest = int(spans[-1])
        self.days = np.arange(self.longest + 1)
        grid = np.concatenate([[0], spans])
        curves = np.column_stack([np.zeros(len(rows)), *(one.mean[rows] for one in ahead)])
        right = np.clip(np.searchsorted(grid, self.days, side="left"), 1, len(grid) - 1)
        share = (self.days - grid[right - 1]) / (grid[right] - grid[right - 1])
        self.until = curves[:, right - 1] + share * (curves[:, right] - curves[:, right - 1])
        self.added = np.zeros_like(self.until)  # what of `until` is certain
        self.quantiles = np.stack([one.quantiles[rows] for one in ahead], axis=1).astype(np.float64)
        self.own_mean, self.own_quantiles = curves[:, 1:], self.quantiles.copy()

    def of_days(self, at: Integers, first: int, last: int) -> Floats:
        """Expected demand of the days first..last, as far as each day reaches, (rows, days + 1)."""
        return self.until[at][:, np.clip(self.days, first - 1, last)] - self.until[at, first - 1][:, None]

    def scale(self, at: Integers, until: Floats) -> None:
        """Give them another expected demand: their quantiles are scaled with it; those of no demand are shifted."""
        before = self.until[at]
        ratio = np.divide(until, before, out=np.ones_like(before), where=before > NOTHING)
        shift = np.where(before > NOTHING, 0.0, until - before)
        self.added[at] = self.added[at] * ratio + shift
        spans = self.spans
        self.quantiles[at] = self.quantiles[at] * ratio[:, spans][:, :, None] + shift[:, spans][:, :, None]
        self._settle(at, until)

    def shift(self, at: Integers, more: Floats) -> None:
        """Add units (rows, days + 1) that are sure to come."""
        self.added[at] += more
        self.quantiles[at] += more[:, self.spans][:, :, None]
        self._settle(at, self.until[at] + more)

    def _settle(self, at: Integers, until: Floats) -> None:
        """More days sell no less than fewer."""
        self.until[at] = np.maximum.accumulate(np.maximum(until, 0.0), axis=1)
        self.quantiles[at] = np.maximum.accumulate(np.maximum(self.quantiles[at], 0.0), axis=1)


@dataclass(frozen=True)
class JudgedForecasts:
    """ahead: of each span. changes: what each override did. days: of the series that were changed."""

    ahead: list[Forecast]
    changes: list[Change]
    days: dict[int, JudgedDays]


def judged_forecasts(
    ahead: Sequence[Forecast], panel: Panel, day: str, overrides: Sequence[Override]
) -> JudgedForecasts:
    """The forecasts of each span as these overrides have them, in their order, and what each override did.

    Units that are added are taken as certain: mean and quantiles are shifted. Another demand a day, or a multiple,
    scales both. What is said of several series together is shared by what they were expected to sell in the span.
    """
    wanted = [(one, _touched(one, panel, day)) for one in overrides if one.what in FORECASTS]
    rows = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(some for _, some in wanted)])).astype(np.int64)
    if not ahead or not len(rows):
        return JudgedForecasts(list(ahead), [], {})
    spans = np.array([int(one.spans[0]) for one in ahead], dtype=np.int64)
    order = np.argsort(spans, kind="stable")
    totals = Totals([ahead[place] for place in order], spans[order], rows)
    changes = [change for one, some in wanted for change in _applied(one, totals, panel, some, day)]
    touched = np.unique([one.row for one in changes]).astype(np.int64)
    at, judged = np.searchsorted(rows, touched), list(ahead)
    for column, place in enumerate(order):
        mean, quantiles = ahead[place].mean.copy(), ahead[place].quantiles.copy()
        mean[touched] = totals.until[at, spans[place]]
        quantiles[touched] = totals.quantiles[at, column]
        judged[place] = replace(ahead[place], mean=mean, quantiles=quantiles)
    own_mean, own_quantiles, back = totals.own_mean, totals.own_quantiles, np.argsort(order)
    days = {
        int(row): JudgedDays(totals.until[n], totals.added[n], own_mean[n][back], own_quantiles[n][back])
        for row, n in zip(touched, at, strict=True)
    }
    return JudgedForecasts(judged, changes, days)


def _touched(one: Override, panel: Panel, day: str) -> Integers:
    """The series that it is about, and those that sell in their place."""
    rows = rows_about(one, panel, day)
    if one.what != "substitute":
        return rows
    return np.union1d(rows, np.flatnonzero(panel.keys["sku"] == one.value)).astype(np.int64)


def rows_about(one: Override, panel: Panel, day: str) -> Integers:
    """The series that an override is about."""
    keys = panel.keys
    if one.about == "sku":
        chosen = (keys["sku"] == one.name).to_numpy(dtype=bool)
    elif one.about == "category":
        chosen = (keys["category"] == one.name).fillna(False).to_numpy(dtype=bool) if "category" in keys else None
        chosen = np.zeros(len(keys), dtype=bool) if chosen is None else chosen
    else:
        chosen = _of_event(one.name, panel, day)
    if one.warehouse:
        chosen = chosen & (keys["warehouse"] == one.warehouse).to_numpy(dtype=bool)
    return np.flatnonzero(chosen & ~panel.ended)


def _of_event(name: str, panel: Panel, day: str) -> NDArray[np.bool_]:
    """Series of a promotion's skus as it is planned on `day`; of a day of the calendar, those it is limited to."""
    if panel.promotions is not None and (panel.promotions["promotion"] == name).any():
        plans, at = panel.promotions[panel.promotions["promotion"] == name], pd.Timestamp(day)
        stands = (plans["known_from"] <= at) & (plans["known_until"].isna() | (plans["known_until"] > at))
        return panel.keys["sku"].isin(plans.loc[stands, "sku"]).to_numpy(dtype=bool)
    chosen = np.zeros(len(panel.keys), dtype=bool)
    limits = panel.events.loc[panel.events["event"] == name, ["column", "value"]].drop_duplicates()
    for limit in limits.itertuples(index=False):
        if pd.isna(limit.column):
            return np.ones(len(panel.keys), dtype=bool)
        chosen |= (panel.keys[str(limit.column)] == limit.value).to_numpy(dtype=bool)
    return chosen


def _applied(one: Override, totals: Totals, panel: Panel, touched: Integers, day: str) -> list[Change]:
    """Change the totals as one override says; nothing if its days are over or out of sight."""
    assert one.last_day is not None
    first = max(_days_ahead(one.first_day, day), 1)
    last = min(_days_ahead(one.last_day, day), totals.longest)
    if last < first or not len(touched):
        return []
    if one.what == "substitute":
        return _passed_on(one, totals, panel, touched, first, last, day)
    at = np.searchsorted(totals.rows, touched)
    before = totals.of_days(at, first, last)
    own, length = before[:, -1], last - first + 1
    part = np.clip(totals.days - (first - 1), 0, length) / length  # of the span, by each day
    share = own / own.sum() if own.sum() > NOTHING else np.full(len(at), 1 / len(at))
    if one.what == "add":
        whole = _days_ahead(one.last_day, day) - _days_ahead(one.first_day, day) + 1
        more = (one.amount * length / whole * share)[:, None] * part
        if one.amount >= 0:
            totals.shift(at, more)
        else:
            totals.scale(at, totals.until[at] + np.maximum(more, -before))
    elif one.what == "replace":
        totals.scale(at, totals.until[at] - before + (one.amount * length * share)[:, None] * part)
    else:
        totals.scale(at, totals.until[at] + (one.amount - 1) * before)
    return _changes(one, totals, at, own, first, last, day)


def _passed_on(
    one: Override, totals: Totals, panel: Panel, touched: Integers, first: int, last: int, day: str
) -> list[Change]:
    """The demand of the span goes to the substitute, if the same warehouse holds it."""
    keys = panel.keys.iloc[touched].reset_index(drop=True)
    heirs = {str(keys.loc[place, "warehouse"]): place for place in np.flatnonzero(keys["sku"] == one.value).tolist()}
    givers = np.flatnonzero(keys["sku"] != one.value).tolist()
    pairs = [(place, heirs[str(keys.loc[place, "warehouse"])]) for place in givers
             if str(keys.loc[place, "warehouse"]) in heirs]  # fmt: skip
    if not pairs:
        return []
    at = np.searchsorted(totals.rows, touched)
    giving, taking = (at[list(side)] for side in zip(*pairs, strict=True))
    moved, own = totals.of_days(giving, first, last), totals.of_days(taking, first, last)[:, -1]
    totals.scale(taking, totals.until[taking] + moved)
    totals.scale(giving, totals.until[giving] - moved)
    told = _changes(one, totals, giving, moved[:, -1], first, last, day)
    return [*told, *_changes(one, totals, taking, own, first, last, day)]


def _changes(
    one: Override, totals: Totals, at: Integers, without: Floats, first: int, last: int, day: str
) -> list[Change]:
    told, days = totals.of_days(at, first, last)[:, -1], (day_after(day, first), day_after(day, last))
    return [
        Change(one.number, int(row), *days, float(old), float(new))
        for row, old, new in zip(totals.rows[at], without, told, strict=True)
    ]


def _days_ahead(day: str, today: str) -> int:
    return (parse_day(day) - parse_day(today)).days
