"""What a supplier takes back: by its terms, of what it delivered lately."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.planning_frames import PlanningData


def returnable_units(stock: pd.DataFrame, planning: PlanningData) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(units of each row of `stock` that its supplier takes back today, the fee as a share of their cost).

    stock: sku, warehouse, supplier, on_hand. A supplier's return_days count from the receipt; without them it takes
    nothing back. The first in is the first out, so what came within them is still there as far as stock reaches.
    """
    terms = planning.suppliers.drop_duplicates("supplier", keep="last").set_index("supplier")
    none = np.zeros(len(stock), dtype=np.int64), np.full(len(stock), np.nan)
    if "return_days" not in terms:
        return none
    days = stock["supplier"].map(terms["return_days"]).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    stated = terms.get("return_fee_percent", pd.Series(pd.NA, index=terms.index, dtype="Int64"))
    fee = stock["supplier"].map(stated).astype("Float64")
    came = planning.receipts[planning.receipts["received_day"] <= planning.day]
    rows = stock[["sku", "warehouse"]].assign(row=np.arange(len(stock)), days=days)
    rows = rows[rows["days"].notna()].merge(came, on=["sku", "warehouse"], how="inner")
    age = (pd.Timestamp(planning.day) - pd.to_datetime(rows["received_day"])).dt.days
    recent = rows[age <= rows["days"]]
    units = np.bincount(recent["row"], weights=recent["quantity"], minlength=len(stock)).astype(np.int64)
    share = fee.to_numpy(dtype=float, na_value=0.0) / 100
    return np.minimum(units, stock["on_hand"].clip(lower=0).to_numpy(dtype=np.int64)), np.where(
        np.isnan(days), np.nan, share
    )
