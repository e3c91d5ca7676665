"""What really sold of late, beside what is forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.replenishment.knowledge import Known

RECENT = {"sold_7": ("units_7_days", 7), "sold_30": ("units_30_days", 30), "sold_91": ("units_13_weeks", 91)}


def recent_sales(known: Known) -> pd.DataFrame:
    """sku, warehouse, and units sold in the last 7, 30 and 91 days: sold_7, sold_30, sold_91.

    As the sales themselves say, if `known.sold` holds them; else as the panel does, without the days that it does not
    know.
    """
    places = known.panel.keys[["sku", "warehouse"]].reset_index(drop=True)
    told = places.merge(known.sold, on=["sku", "warehouse"], how="left")
    frame = places.copy()
    for name, (column, days) in RECENT.items():
        if column in told:
            units = told[column].fillna(0)
        else:
            units = pd.Series(np.nansum(known.panel.units[:, -days:], axis=1))
        frame[name] = units.round().astype("int64").to_numpy()
    return frame
