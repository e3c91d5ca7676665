"""What was forecast when a list was made, held against what was sold since: pinball, coverage, bias by demand class."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from include.calendar.business_days import parse_day
from include.demand.classes import PATTERNS, pattern
from include.demand.forecaster.backtest import pinball, truth
from include.demand.panel import Panel

ALL = "all"
COLUMNS = ["sku", "warehouse", "day", "model_id", "span_days", "demand_class", "sold", "mean", "loss"]
YEAR = 364


def held_against(told: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Every forecast whose days are over, beside what was sold on them, one row each.

    told: day (of the list), sku, warehouse, model_id, protection_days, mean, quantiles (JSON: level -> units), as the
    table `forecasts` keeps them. panel: as of a later day. A forecast of N days is about the N days after its own.
    Left out: what has not ended, series the panel does not hold or that had not started, and totals of which less than
    four fifths of the days are known (the shelf was empty).
    Returns sku, warehouse, day, model_id, span_days, demand_class (as of the forecast), sold, mean, loss (pinball of
    all levels, mean, twice, units) and a column at_or_below_<level> (bool; `below_<level>`: under its whole units).
    """
    parts = [
        _judged(group[is_known], panel, sold[is_known], origin)
        for group, sold, is_known, origin in _ended(told, panel)
        if is_known.any()
    ]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(parts, ignore_index=True)


def hits(told: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Every forecast whose days are over, as `held_against` judges it: day, sku, warehouse, mean, sold (units) and
    is_known, False for what that leaves out because nobody knows what would have sold.

    told: as of `held_against`, without its quantiles.
    """
    parts = [
        group[["day", "sku", "warehouse", "mean"]].assign(sold=sold, is_known=is_known)
        for group, sold, is_known, _ in _ended(told, panel)
    ]
    if not parts:
        return pd.DataFrame(columns=["day", "sku", "warehouse", "mean", "sold", "is_known"])
    return pd.concat(parts, ignore_index=True)


def _ended(told: pd.DataFrame, panel: Panel) -> Iterator[tuple[pd.DataFrame, np.ndarray, np.ndarray, int]]:
    """The forecasts of each list and span whose days are over: their rows, with `row` in the panel; what each sold on
    these days; which of them have a yardstick; the first of the days, counted in the panel."""
    places = pd.MultiIndex.from_frame(panel.keys[["sku", "warehouse"]])
    row = places.get_indexer(pd.MultiIndex.from_frame(told[["sku", "warehouse"]]))
    for (day, span), group in told.assign(row=row)[row >= 0].groupby(["day", "protection_days"], sort=True):
        origin = (parse_day(str(day)) - panel.days[0].date()).days + 1
        if origin < 1 or origin + int(span) > panel.day_count:
            continue
        yield group, *truth(panel, origin, int(span), group["row"].to_numpy()), origin


def _judged(group: pd.DataFrame, panel: Panel, actual: np.ndarray, origin: int) -> pd.DataFrame:
    rows = group["row"].to_numpy()
    quantiles = pd.DataFrame([json.loads(text) for text in group["quantiles"]]).astype("float64")
    kinds = np.array(PATTERNS)[pattern(panel.units[rows, max(0, origin - YEAR) : origin])]
    losses = [2 * pinball(actual, quantiles[name].to_numpy(), float(name)) for name in quantiles]
    out = pd.DataFrame(
        {
            "sku": group["sku"].to_numpy(),
            "warehouse": group["warehouse"].to_numpy(),
            "day": group["day"].to_numpy(),
            "model_id": group["model_id"].to_numpy(),
            "span_days": group["protection_days"].to_numpy(),
            "demand_class": kinds,
            "sold": actual,
            "mean": group["mean"].to_numpy(dtype=float),
            "loss": np.mean(losses, axis=0),
        }
    )
    for name in quantiles:
        out[f"at_or_below_{name}"] = actual <= quantiles[name].to_numpy()
        out[f"below_{name}"] = actual < np.floor(quantiles[name].to_numpy())
    return out


def accuracy(judged: pd.DataFrame, by: Sequence[str] = ("demand_class",)) -> pd.DataFrame:
    """One row for each value of `by` and one for all: forecasts, units sold, pinball (over units sold), bias (mean over
    units sold, minus 1), wape, and for each level how far its share is off (0 where totals are too coarse to tell).

    judged: of `held_against`.
    """
    names = list(by)
    parts = [(dict.fromkeys(names, ALL), judged)]
    if names and len(judged):
        parts += [
            (dict(zip(names, value if isinstance(value, tuple) else (value,), strict=True)), part)
            for value, part in judged.groupby(names if len(names) > 1 else names[0], sort=True)
        ]
    return pd.DataFrame([{**about, **_figures(part)} for about, part in parts if len(part)])


def bias_and_wape(sold: float, mean: float, error: float) -> tuple[float, float]:
    """Of sums over forecasts, in units: how far all of them lie above what was sold (below zero: below it), and how far
    each lies off, both as a share of what was sold. error: sum of |mean - sold|."""
    yardstick = max(sold, 1.0)
    return mean / yardstick - 1, error / yardstick


def _figures(part: pd.DataFrame) -> dict[str, float]:
    units = float(part["sold"].sum())
    bias, wape = bias_and_wape(units, float(part["mean"].sum()), float((part["mean"] - part["sold"]).abs().sum()))
    out = {
        "forecasts": float(len(part)),
        "units_sold": units,
        "pinball": float(part["loss"].sum()) / max(units, 1.0),
        "bias": bias,
        "wape": wape,
    }
    for column in part.columns[part.columns.str.startswith("at_or_below_")]:
        level = float(column.removeprefix("at_or_below_"))
        reached, under = float(part[column].mean()), float(part[column.replace("at_or_", "")].mean())
        out[f"off_{level:g}"] = max(under - level, 0.0) + min(reached - level, 0.0)
    return out
