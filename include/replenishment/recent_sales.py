"""What really sold of late, beside what is forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.replenishment.planning_frames import PlanningData

RECENT = {"sold_7": ("units_7_days", 7), "sold_30": ("units_30_days", 30), "sold_91": ("units_13_weeks", 91)}
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
