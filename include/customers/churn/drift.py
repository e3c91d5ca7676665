"""Whether a churn model still fits the customers it scores: its inputs and scores against the day of training, and what
its scores said against what happened."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from include.customers.churn.customer_features import FeatureMatrix
from include.customers.history import OrderHistory, day_number

WATCH_COLUMNS = ("measure", "about", "value", "by_chance", "customers")
DRIFT, CALIBRATION, LEVEL = "drift", "calibration_error", "level"
SCORE = "score"
# Shares of ten bins are compared; an empty one counts as this share, as the index needs a logarithm.
_BINS, _MIN_SHARE = 10, 1e-4


def reference_of(features: FeatureMatrix, p_churn: np.ndarray) -> dict[str, Any]:
    """What the customers of the day of training looked like: by column the inner borders of ten bins of equal numbers
    and the share of customers in each, the last one of those of whom it is not known. JSON."""
    columns = {SCORE: np.asarray(p_churn, dtype=np.float64)}
    columns |= {name: features.column(name) for name in features.names}
    described = {}
    for name, values in columns.items():
        known = values[~np.isnan(values)]
        borders = _borders(known) if len(known) else np.empty(0)
        described[name] = {"borders": borders.tolist(), "shares": _shares(values, borders).tolist()}
    return {"customers": len(p_churn), "columns": described}


def drift_since(reference: dict[str, Any], features: FeatureMatrix, p_churn: np.ndarray) -> pd.DataFrame:
    """WATCH_COLUMNS: the population stability index of the score and of each feature against `reference`: the sum over
    bins of (share - share then) x log(share / share then). by_chance: what samples of one population show on average,
    (bins - 1) x (1/n + 1/m)."""
    rows = []
    for name, then in reference["columns"].items():
        if name != SCORE and name not in features.names:
            continue
        values = np.asarray(p_churn, dtype=np.float64) if name == SCORE else features.column(name)
        shares = np.maximum(_shares(values, np.asarray(then["borders"])), _MIN_SHARE)
        before = np.maximum(np.asarray(then["shares"]), _MIN_SHARE)
        used = int(((shares > _MIN_SHARE) | (before > _MIN_SHARE)).sum())
        rows.append(
            {
                "measure": DRIFT,
                "about": name,
                "value": float(((shares - before) * np.log(shares / before)).sum()),
                "by_chance": (used - 1) * (1 / max(len(values), 1) + 1 / max(reference["customers"], 1)),
                "customers": len(values),
            }
        )
    return pd.DataFrame(rows, columns=list(WATCH_COLUMNS))


def calibration_of(p_churn: np.ndarray, lost: np.ndarray, about: str) -> pd.DataFrame:
    """WATCH_COLUMNS of scores whose horizon has ended: `level`, how far their mean is from the share lost, and
    `calibration_error`, the same bin by bin (mean over customers). by_chance: what scores that are right show."""
    bins = calibration_bins(p_churn, lost)
    weight = bins["customers"] / bins["customers"].sum()
    n, variance = len(p_churn), float((p_churn * (1 - p_churn)).sum())
    off = float((weight * (bins["mean_chance"] - bins["lost_share"]).abs()).sum())
    # The mean of |normal| is its deviation x sqrt(2/pi).
    chance = float((weight * bins["deviation"]).sum() * np.sqrt(2 / np.pi))
    level = abs(float(np.mean(p_churn)) - float(np.mean(lost)))
    return pd.DataFrame(
        [
            (LEVEL, about, level, float(np.sqrt(variance) / n * np.sqrt(2 / np.pi)), n),
            (CALIBRATION, about, off, chance, n),
        ],
        columns=list(WATCH_COLUMNS),
    )


def calibration_bins(p_churn: np.ndarray, lost: np.ndarray, bins: int = _BINS) -> pd.DataFrame:
    """customers, mean_chance, lost_share, deviation (of that share, were the chances right) of bins of equal size."""
    order = np.argsort(p_churn, kind="stable")
    rows = []
    for part in np.array_split(order, min(bins, max(len(order), 1))):
        p = p_churn[part]
        deviation = float(np.sqrt((p * (1 - p)).sum()) / max(len(part), 1))
        rows.append((len(part), float(p.mean()), float(lost[part].mean()), deviation))
    return pd.DataFrame(rows, columns=["customers", "mean_chance", "lost_share", "deviation"])


def lost_between(customers: np.ndarray, history: OrderHistory, first_day: str, last_day: str) -> np.ndarray:
    """(customers,) bool: no order after `first_day` up to `last_day`."""
    if not len(history.customers):
        return np.ones(len(customers), dtype=bool)
    names = np.asarray(customers, dtype=object).astype(str)
    place = np.minimum(np.searchsorted(history.customers, names), len(history.customers) - 1)
    came = history.position(place, day_number(last_day)) > history.position(place, day_number(first_day))
    return ~(came & (history.customers[place] == names))


def _borders(known: np.ndarray) -> np.ndarray:
    """Inner borders of bins of equal size, each half way to the next value that occurs: a value that many share, such
    as a category's, may move a little without all of them changing bins."""
    values = np.unique(known)
    place = np.searchsorted(values, np.quantile(known, np.arange(1, _BINS) / _BINS, method="lower"))
    place = np.unique(place[place + 1 < len(values)])
    return np.asarray((values[place] + values[place + 1]) / 2)


def _shares(values: np.ndarray, borders: np.ndarray) -> np.ndarray:
    """(bins + 1,) share of customers in each bin, and of those of whom it is unknown."""
    known = ~np.isnan(values)
    counts = np.bincount(np.searchsorted(borders, values[known], side="left"), minlength=len(borders) + 1)
    return np.append(counts, (~known).sum()) / max(len(values), 1)
