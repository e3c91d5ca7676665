"""What really sold of late, beside what is forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.demand.panel import Panel
from include.replenishment.planning_frames import PlanningData

RECENT = {"sold_7": ("units_7_days", 7), "sold_30": ("units_30_days", 30), "sold_91": ("units_13_weeks", 91)}
COURSE_WEEKS = 26  # half a year: the season before this one, and what came of it
WEEK = 7
EMPTY_DAYS = 30  # as empty_30 is called


def recent_sales(planning: PlanningData) -> pd.DataFrame:
    """sku, warehouse, units sold in the last 7, 30 and 91 days (sold_7, sold_30, sold_91), and empty_30: days, parts of
    them added up, on which of the last 30 nothing lay there to be sold.

    As the sales themselves say, if `known.sold` holds them; else as the panel does, without the days that it does not
    know.
    """
    places = planning.panel.keys[["sku", "warehouse"]].reset_index(drop=True)
    told = places.merge(planning.sold, on=["sku", "warehouse"], how="left")
    frame = places.copy()
    for name, (column, days) in RECENT.items():
        if column in told:
            units = told[column].fillna(0)
        else:
            units = pd.Series(np.nansum(planning.panel.units[:, -days:], axis=1))
        frame[name] = units.round().astype("int64").to_numpy()
    missing = 1.0 - np.nan_to_num(planning.panel.in_stock[:, -EMPTY_DAYS:].astype(float), nan=1.0)
    frame["empty_30"] = np.rint(missing.sum(axis=1)).astype(np.int64)
    return frame


def weekly_sales(sales: pd.DataFrame, day: str) -> pd.DataFrame:
    """Units sold in each of COURSE_WEEKS weeks of seven days up to `day`: index (sku, warehouse), columns 0, the
    oldest, to COURSE_WEEKS - 1. sales: day, sku, warehouse, units of these weeks, a row a shop."""
    past = (pd.Timestamp(day) - pd.to_datetime(sales["day"])).dt.days
    weeks = COURSE_WEEKS - 1 - past // WEEK
    found = sales["units"].groupby([sales["sku"], sales["warehouse"], weeks]).sum().unstack(fill_value=0)
    return found.reindex(columns=range(COURSE_WEEKS), fill_value=0)


def with_course(lines: pd.DataFrame, weekly: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """The lines (sku, warehouse) with `weekly_sales`, units of the last COURSE_WEEKS weeks, oldest first:
    "12 0 3x 0x ?". x: on a day or a part of one the shelf was empty; ?: no day of the week is known. Weeks before it
    was on sale are left out; None: there is none. weekly: `weekly_sales` of the panel's last day."""
    rows = pd.Series(range(panel.series_count), index=pd.MultiIndex.from_frame(panel.keys[["sku", "warehouse"]]))
    places = pd.MultiIndex.from_frame(lines[["sku", "warehouse"]])
    sold = weekly.reindex(places, fill_value=0).to_numpy()
    told = [
        None if pd.isna(row) else _course(units, panel, int(row))
        for units, row in zip(sold, rows.reindex(places), strict=True)
    ]
    return lines.assign(weekly_sales=pd.Series(told, index=lines.index, dtype="object"))


def _course(sold: np.ndarray, panel: Panel, row: int) -> str | None:
    weeks = min((panel.day_count - int(panel.started[row])) // WEEK, COURSE_WEEKS)
    if weeks <= 0:
        return None
    units = np.maximum(np.rint(sold[COURSE_WEEKS - weeks :].astype(float)), 0).astype(np.int64)
    demand, in_stock = (
        np.asarray(matrix[row, panel.day_count - weeks * WEEK :], dtype=float).reshape(weeks, WEEK)
        for matrix in (panel.units, panel.in_stock)
    )
    was_empty = (in_stock < 1).any(axis=1)  # NaN, nobody knows, is not less than 1
    is_unknown = np.isnan(demand).all(axis=1) & ~was_empty & (units == 0)
    told = np.char.add(units.astype(str), np.where(was_empty, "x", ""))
    return " ".join(np.where(is_unknown, "?", told).tolist())
