"""Static attributes of the series as the model's categories: which columns serve, and each key's number in them."""

from __future__ import annotations

import numpy as np
import pandas as pd

MAX_CLASSES = 64  # a static attribute with more values than this is no category for the model


def class_lists(keys: pd.DataFrame) -> dict[str, list[str]]:
    """Static attributes that serve as categories, with their values in a fixed order."""
    lists = {}
    for name in keys.columns:
        if name in ("sku", "title") or name.endswith(("_day", "_micros")):
            continue
        if pd.api.types.is_numeric_dtype(keys[name]):
            continue
        values = sorted(keys[name].dropna().astype(str).unique())
        if 2 <= len(values) <= MAX_CLASSES:
            lists[name] = values
    return lists


def class_codes(keys: pd.DataFrame, name: str, values: list[str]) -> np.ndarray:
    """Position of each key's value in the list; -1 for unknown ones."""
    if name not in keys:
        return np.full(len(keys), -1)
    return pd.Categorical(keys[name].astype("str"), categories=values).codes.astype(np.int64)
