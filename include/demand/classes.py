"""What kind of demand a series has: how often it sells, and how much the sizes of its sales differ."""

from __future__ import annotations

import numpy as np

PATTERNS = ("smooth", "erratic", "intermittent", "lumpy")


def pattern(units: np.ndarray) -> np.ndarray:
    """Demand pattern: days between sales against 1.32, squared variation of sizes against 0.49.

    Syntetos, Boylan and Croston, "On the categorization of demand patterns", JORS 56 (2005).

    units: [n, T], NaN unknown. Returns int [n], positions in PATTERNS; a series without sales is intermittent.
    """
    known = np.isfinite(units)
    sold = np.where(known, units, 0) > 0
    sales = sold.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        interval = np.where(sales > 0, known.sum(axis=1) / sales, np.inf)
        size = np.where(sold, units, 0).sum(axis=1) / sales
        square = np.where(sold, units, 0) ** 2
        varied = np.where(sales > 1, square.sum(axis=1) / sales / size**2 - 1, 0.0)
    rare = interval >= 1.32
    wild = np.nan_to_num(varied) >= 0.49
    return np.where(rare, np.where(wild, 3, 2), np.where(wild, 1, 0))
