"""What kind of demand a series has: its pattern, its stage of life, and its place by value and predictability."""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.demand.panel import Panel

PATTERNS = ("smooth", "erratic", "intermittent", "lumpy")
STAGES = ("introduction", "growth", "maturity", "decline")
STAGES_ZH = {"introduction": "导入", "growth": "成长", "maturity": "成熟", "decline": "衰退"}
NEW_DAYS = 60
SLOPE = 0.2


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


def stage(panel: Panel) -> np.ndarray:
    """Stage of life of each series, str [n] from STAGES.

    introduction: on sale for fewer than 60 days; growth, decline: the last 28 known days sell a fifth more or
    less than the 91 before them, beyond chance (two standard errors of a Poisson count); ended skus decline.
    """
    end = panel.day_count
    recent, before = panel.units[:, max(0, end - 28) :], panel.units[:, max(0, end - 119) : max(0, end - 28)]
    now_days, then_days = np.isfinite(recent).sum(axis=1), np.isfinite(before).sum(axis=1)
    now, then = np.nansum(recent, axis=1), np.nansum(before, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = then / then_days * now_days
        ratio = now / expected
        doubt = 2 * np.sqrt(np.maximum(expected, 1)) / expected
    age = end - panel.started
    out = np.full(panel.series_count, "maturity", dtype=object)
    out[(ratio > 1 + np.maximum(SLOPE, doubt)) & (then_days > 0)] = "growth"
    out[(ratio < 1 - np.maximum(SLOPE, doubt)) & (then_days > 0)] = "decline"
    silent = (np.nansum(panel.units[:, max(0, end - 91) :], axis=1) == 0) & (age > 180)
    out[silent | panel.ended] = "decline"
    known_start = (panel.started > 0) | (end < NEW_DAYS)
    out[known_start & (age < NEW_DAYS) & ~panel.ended] = "introduction"
    return out.astype(str)


def abc_xyz(
    panel: Panel, value: np.ndarray | None = None, *, a: float = 0.8, b: float = 0.95, x: float = 0.5, y: float = 1.0
) -> pd.DataFrame:
    """ABC by value over the last year and XYZ by the coefficient of variation of 13 weekly totals.

    value: yuan a series [n]; None takes units times price (units where no price is known). a, b: cumulated
    shares of value up to which a series is A, B. x, y: variation up to which it is X, Y.
    Returns sku, warehouse, abc, xyz, value, variation.
    """
    if value is None:
        price = np.nan_to_num(panel.filled_price(), nan=1.0)
        year = slice(max(0, panel.day_count - 364), None)
        value = np.nansum(panel.units[:, year] * price[:, year], axis=1)
    order = np.argsort(-value, kind="stable")
    above = np.empty(len(value))
    above[order] = np.cumsum(value[order]) - value[order]
    share = above / value.sum() if value.sum() > 0 else np.ones(len(value))
    abc = np.where(value <= 0, "C", np.where(share < a, "A", np.where(share < b, "B", "C")))
    weeks = min(13, panel.day_count // 7)
    variation = np.full(panel.series_count, np.inf)
    if weeks >= 4:
        block = panel.units[:, panel.day_count - 7 * weeks :].reshape(-1, weeks, 7)
        known = np.isfinite(block).sum(axis=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            weekly = np.where(known >= 3, np.nansum(block, axis=2) / known, np.nan)
            count = np.isfinite(weekly).sum(axis=1)
            mean = np.nansum(weekly, axis=1) / count
            deviation = np.sqrt(np.nansum((weekly - mean[:, None]) ** 2, axis=1) / np.maximum(count - 1, 1))
            variation = np.where((count >= 4) & (mean > 0), deviation / mean, np.inf)
    xyz = np.where(variation <= x, "X", np.where(variation <= y, "Y", "Z"))
    out = panel.keys[["sku", "warehouse"]].reset_index(drop=True).copy()
    return out.assign(abc=abc, xyz=xyz, value=value, variation=variation)
