"""Whole numbers that are added and multiplied without ever leaving 64 bits unseen."""

import math

import numpy as np
import pandas as pd

MAX_MICROS = 10**16
"""Ten thousand million: no amount on one row of an export is larger. What is, is an id in the wrong column."""
MAX_UNITS = 10**9
MAX_STORED = 2**63 - 1
_MAX_SQUARED = math.isqrt(MAX_STORED)
_HALF = 32


def exact_sum(values: pd.Series) -> int:
    """The sum of 64-bit whole numbers, as large as it is; null counts 0."""
    known = values.dropna().to_numpy(dtype=np.int64)
    high, low = known >> _HALF, known & ((1 << _HALF) - 1)
    return (int(high.sum()) << _HALF) + int(low.sum())


def product_fits(one: pd.Series, other: pd.Series) -> np.ndarray:
    """Which products of two columns fit 64 bits; unknown ones do."""
    sizes = one.astype("Float64").abs() * other.astype("Float64").abs()
    return (sizes.fillna(0) < MAX_STORED).to_numpy(dtype=bool)


def split_exactly(amount: pd.Series, weight: pd.Series, group: pd.Series) -> pd.Series:
    """Share each group's `amount` (the same on all its rows) by `weight` (0 and more), in whole numbers that add up
    exactly.

    By running totals: a row gets the difference of two rounded-down cumulative shares. Equal weights where all are 0.
    """
    shares = amount.astype("int64")
    several = group.duplicated(keep=False)
    if not several.any():
        return shares
    whole, weight, group = shares[several], weight[several].astype("int64"), group[several]
    weight = weight.where(weight.groupby(group, sort=False).transform("sum") > 0, 1)
    total = weight.groupby(group, sort=False).transform("sum")
    upto = weight.groupby(group, sort=False).cumsum()
    if total.max() > _MAX_SQUARED:  # Python's integers: amount x weight of two columns of money does not fit 64 bits
        whole, total = whole.astype(object), total.astype(object)
    times, rest = whole // total, whole % total
    before = times * (upto - weight) + rest * (upto - weight) // total
    parts = shares.to_numpy(copy=True)  # a Series set by a mask is aligned, and goes through floats
    parts[several.to_numpy()] = (times * upto + rest * upto // total - before).to_numpy(dtype="int64")
    return pd.Series(parts, index=amount.index)
