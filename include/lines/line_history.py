"""What a line's picture shows, as frames: what was sold and lay there, what is forecast, what comes and what will lie
there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after
from include.lines.behind_the_sum import events_between
from include.lines.line_what_if import SHOWN_DAYS, stock_by_day
from include.lines.plan_session import Plan, PlanSession

HISTORY_DAYS = 2 * 365
Step = Literal["day", "week"]
STEP_DAYS: Mapping[str, int] = {"day": 1, "week": 7}
FAN_LEVELS = (0.1, 0.5, 0.9)
HISTORY = {"day": "str", "units": "float64", "in_stock": "float64", "price": "float64"}
FAN = {"day": "str", "mean": "float64", "low": "float64", "middle": "float64", "high": "float64", "total": "float64",
       "total_low": "float64", "total_high": "float64"}  # fmt: skip


@dataclass(frozen=True)
class LineHistory:
    """All of one line that its picture needs, as of the list's day.

    past: HISTORY, a row a step. events: day and event, of the past and the days shown ahead. fan: FAN, a row a step.
    stock: `stock_by_day`. last_order_day: None: not in sight. arrival_day: of an order of today."""

    day: str
    sku: str
    warehouse: str
    step: Step
    past: pd.DataFrame
    events: pd.DataFrame
    fan: pd.DataFrame
    stock: pd.DataFrame
    last_order_day: str | None
    arrival_day: str


def line_history(
    session: PlanSession,
    sku: str,
    warehouse: str,
    step: Step = "week",
    quantity: int | None = None,
    days_ahead: int = SHOWN_DAYS,
    plan: Plan | None = None,
) -> LineHistory | None:
    """quantity: of the order of today that is shown; None: as planned. plan: in the place of the night's, see
    `PlanSession.planned_with`. None: the line is not planned."""
    plan = plan or session.nightly
    row, series = plan.row(sku, warehouse), session.series_of(sku, warehouse)
    if row is None or series is None:
        return None
    line = plan.lines.iloc[row]
    past = past_of(session, series, step)
    last = line["last_order_day"]
    return LineHistory(
        day=session.day,
        sku=sku,
        warehouse=warehouse,
        step=step,
        past=past,
        events=events_of(session, past["day"].iloc[0] if len(past) else session.day, days_ahead),
        fan=fan_of(session, series, step, days_ahead),
        stock=stock_by_day(plan, row, int(line["quantity"]) if quantity is None else quantity, days_ahead),
        last_order_day=None if pd.isna(last) else str(last),
        arrival_day=str(line["order_arrival_day"]),
    )


def past_of(session: PlanSession, series: int, step: Step) -> pd.DataFrame:
    """HISTORY, oldest first, whole steps up to the list's day, HISTORY_DAYS at most and none before it was sold. day:
    the step's first; units: wanted, NaN: on no day is it known; in_stock: share of the step in which the shelf was
    filled, NaN: nobody knows; price: yuan a unit, mean.

    Of a week in which some days are unknown the units are those of the known days, for as many days as the step has."""
    panel, long = session.basis.planning.panel, STEP_DAYS[step]
    first = max(int(panel.started[series]), panel.day_count - HISTORY_DAYS)
    steps = max((panel.day_count - first) // long, 0)
    start = panel.day_count - steps * long
    units, in_stock, price = (
        np.asarray(matrix[series, start:], dtype=float).reshape(steps, long)
        for matrix in (panel.units, panel.in_stock, panel.price)
    )
    days = [day_after(session.day, 1 - (steps - place) * long) for place in range(steps)]
    means = {"units": _mean(units) * long, "in_stock": _mean(in_stock), "price": _mean(price)}
    return pd.DataFrame({"day": days, **means}).astype(HISTORY)


def _mean(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)


def events_of(session: PlanSession, first: str, days_ahead: int) -> pd.DataFrame:
    """day, event, ordered by day, from `first` to so many days after the list's."""
    found = events_between(session.workspace, first, day_after(session.day, days_ahead))
    rows = sorted((day, name) for name, days in found.items() for day in days)
    return pd.DataFrame(rows, columns=["day", "event"]).astype("str")


def fan_of(session: PlanSession, series: int, step: Step, days_ahead: int) -> pd.DataFrame:
    """FAN, from the day after the list's. mean and low, middle, high (FAN_LEVELS): units of the step alone, along paths
    that keep their rank, as the shelf is walked; total, total_low, total_high: from the first day on."""
    long, protection = STEP_DAYS[step], session.basis.protection
    steps = max(days_ahead // long, 1)
    until = np.arange(1, steps + 1).astype(np.float64) * long
    rows = np.full(steps, series, dtype=np.int64)
    paths = protection.paths(rows)(until, np.arange(steps, dtype=np.int64))
    alone = np.diff(np.maximum.accumulate(paths, axis=0), axis=0, prepend=0.0)
    whole = protection.over(until, rows)
    low, middle, high = (np.quantile(alone, level, axis=1) for level in FAN_LEVELS)
    lowest, highest = (whole.at(np.full(steps, level)) for level in (FAN_LEVELS[0], FAN_LEVELS[-1]))
    frame = pd.DataFrame(
        {
            "day": [day_after(session.day, 1 + place * long) for place in range(steps)],
            "mean": alone.mean(axis=1), "low": low, "middle": middle, "high": high, "total": whole.mean(),
            "total_low": lowest, "total_high": highest,
        }
    )  # fmt: skip
    return frame.astype(FAN)
