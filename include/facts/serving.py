"""Warehouses under their own names, whatever a report calls them."""

from collections.abc import Mapping

import pandas as pd

STOCK_SUMS = ("on_hand", "available", "locked", "in_transit", "moving_in")


def renamed(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """`frame` with its warehouses under their own names; unknown names stay as they are.

    names: `Merchant.warehouse_names`."""
    written = frame["warehouse"].astype("str").str.strip()
    return frame.assign(warehouse=written.map(names).astype("str").fillna(frame["warehouse"]))


def renamed_stock(stock: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """`renamed` for stock, of one shop or with `shop`; what one report keeps under several names of a warehouse is
    added up."""
    own = renamed(stock, names)
    keys = [name for name in ("shop", "day", "sku", "warehouse") if name in own]
    if own["warehouse"].equals(stock["warehouse"]) or not own.duplicated(keys).any():
        return own
    together = own.groupby(keys, as_index=False, sort=False)
    sums = {name: (name, lambda units: units.sum(min_count=1)) for name in STOCK_SUMS if name in own}
    rest = {name: (name, "max") for name in own.columns if name not in (*keys, *sums)}
    return together.agg(**sums, **rest).astype({name: own[name].dtype for name in sums})[list(own.columns)]
