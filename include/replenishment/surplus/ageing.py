"""How old the goods on a shelf are, by its receipts, and what of them spoils before it is sold.

The first in is the first out, so what lies there came with the newest receipts. What no receipt tells of is at least as
old as the oldest one that is known.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

AGEING = {"expired_units": "int64", "spoiling_units": "int64", "days_left": "Int64"}


def ageing(shelves: pd.DataFrame, receipts: pd.DataFrame, day: str) -> pd.DataFrame:
    """Columns of AGEING, one row each of `shelves`, in its order.

    shelves: sku, warehouse, on_hand, promised, daily_mean (units a day), shelf_life_days (NA: it keeps). receipts:
    canonical. expired_units are beyond their shelf life; spoiling_units will not be sold before it, those included;
    days_left: of the oldest units that can be sold (0: all are expired; NA: it keeps, or its receipts are not known).
    """
    told = pd.DataFrame({name: pd.Series(0, index=shelves.index, dtype=kind) for name, kind in AGEING.items()})
    told["days_left"] = pd.Series(pd.NA, index=shelves.index, dtype="Int64")
    layers = _layers(shelves, receipts, day)
    if layers.empty:
        return told
    sold = layers["rate"] * layers["left"].clip(lower=0)
    # Oldest first: the units up to a layer's end have until that layer spoils, and what is promised leaves before.
    layers["over"] = (layers["units_until"] - layers["promised"] - np.floor(sold + 1e-9)).clip(lower=0)
    layers["expired"] = layers["units"].where(layers["left"] <= 0, 0)
    by_row = layers.groupby("row")
    rows = by_row.size().index
    expired = by_row["expired"].sum()
    told.loc[rows, "expired_units"] = expired.astype("int64")
    told.loc[rows, "spoiling_units"] = np.maximum(by_row["over"].max(), expired).astype("int64")
    fresh = layers[layers["left"] > 0].groupby("row")["left"].min()
    told.loc[rows, "days_left"] = fresh.reindex(rows).fillna(0).astype("Int64")
    return told


def _layers(shelves: pd.DataFrame, receipts: pd.DataFrame, day: str) -> pd.DataFrame:
    """row (label in `shelves`), units, left (days), rate, promised, units_until (oldest first) of what lies on each
    shelf that spoils and whose receipts are known, oldest first."""
    keeps = shelves["shelf_life_days"].isna() | (shelves["on_hand"] <= 0)
    spoils = shelves[~keeps.to_numpy(dtype=bool)].reset_index(names="row")
    came = receipts[(receipts["received_day"] <= day) & (receipts["quantity"] > 0)]
    came = came.groupby(["sku", "warehouse", "received_day"], as_index=False)["quantity"].sum()
    layers = spoils.merge(came, on=["sku", "warehouse"], how="inner")
    if layers.empty:
        return layers
    layers = layers.sort_values(["row", "received_day"], ascending=[True, False], kind="stable", ignore_index=True)
    newer = layers.groupby("row")["quantity"].cumsum() - layers["quantity"]
    layers["units"] = np.minimum(layers["quantity"], (layers["on_hand"] - newer).clip(lower=0))
    oldest = ~layers.duplicated("row", keep="last")
    untold = layers["on_hand"] - layers.groupby("row")["units"].transform("sum")
    layers["units"] += untold.where(oldest, 0)
    age = (pd.Timestamp(day) - pd.to_datetime(layers["received_day"])).dt.days
    layers["left"] = layers["shelf_life_days"].astype("int64") - age
    layers["rate"] = layers["daily_mean"].clip(lower=0)
    layers = layers[layers["units"] > 0].iloc[::-1].reset_index(drop=True)
    layers["units_until"] = layers.groupby("row")["units"].cumsum()
    return layers[["row", "units", "left", "rate", "promised", "units_until"]]
