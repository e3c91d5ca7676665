"""Whole numbers that are added and multiplied without ever leaving 64 bits unseen."""

import numpy as np
import pandas as pd

MOST_MICROS = 10**16
"""Ten thousand million: no amount on one row of an export is larger. What is, is an id in the wrong column."""
MOST_UNITS = 10**9
MOST_STORED = 2**63 - 1
_HALF = 32


def exact_sum(values: pd.Series) -> int:
    """The sum of 64-bit whole numbers, as large as it is; null counts 0."""
    known = values.dropna().to_numpy(dtype=np.int64)
    high, low = known >> _HALF, known & ((1 << _HALF) - 1)
    return (int(high.sum()) << _HALF) + int(low.sum())


def product_fits(one: pd.Series, other: pd.Series) -> np.ndarray:
    """Which products of two columns fit 64 bits; unknown ones do."""
    sizes = one.astype("Float64").abs() * other.astype("Float64").abs()
    return (sizes.fillna(0) < MOST_STORED).to_numpy(dtype=bool)
