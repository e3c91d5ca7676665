"""Forecasts are pooled by category with what the same weeks of last year did."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from include.demand.forecast import Forecast
from include.demand.panel import Panel
from include.replenishment.season import DOUBT_UNITS, WEIGHT, with_last_year

FIRST, LAST = pd.Timestamp("2024-08-01"), pd.Timestamp("2025-10-14")
SERIES = 6  # of each category
LEVELS = (0.1, 0.5, 0.9, 0.975)


def panel(first: pd.Timestamp = FIRST, last: pd.Timestamp = LAST, a_day: float = 10.0) -> Panel:
    """Two categories of steady sales; those of `warm` doubled on 15 October 2024, for four weeks."""
    days = pd.date_range(first, last)
    units = np.full((2 * SERIES, len(days)), a_day, np.float32)
    doubled = (days >= pd.Timestamp("2024-10-15")) & (days < pd.Timestamp("2024-11-12"))
    units[:SERIES, doubled] *= 2
    keys = pd.DataFrame(
        {
            "sku": [f"S{n}" for n in range(2 * SERIES)],
            "warehouse": "east",
            "category": ["warm"] * SERIES + ["care"] * SERIES,
        }
    )
    return Panel(
        keys=keys, days=days, units=units, price=np.full_like(units, 5.0), in_stock=np.ones_like(units),
        started=np.zeros(2 * SERIES, np.int32), ended=np.zeros(2 * SERIES, bool),
    )  # fmt: skip


def forecast(of: Panel, span: int, a_day: float = 10.0) -> Forecast:
    mean = np.full(len(of.keys), a_day * span)
    words = np.full(len(of.keys), "model"), np.full(len(of.keys), "high")
    quantiles = np.outer(mean, [0.8, 1.0, 1.2, 1.3])
    return Forecast(of.keys[["sku", "warehouse"]], np.full(len(mean), span), LEVELS, mean, quantiles, *words)


def test_what_rose_a_year_ago_is_expected_to_rise_as_far_as_last_year_is_believed() -> None:
    known = panel()
    (ahead,) = with_last_year([forecast(known, 14)], known)

    # The scarcest window is two or four weeks of six series: at least 28 days a series before, 14 after at twice.
    least = 10.0 * SERIES * 28
    trust = WEIGHT * least / (least + DOUBT_UNITS)
    assert ahead.mean[:SERIES] == pytest.approx(np.full(SERIES, 140 * (1 + trust)), rel=0.01)
    assert ahead.mean[SERIES:] == pytest.approx(np.full(SERIES, 140.0), rel=0.02)
    # Nobody knows which of the two is right: high quantiles are near the higher opinion's, low ones near the lower's.
    assert (ahead.quantiles[:SERIES, 3] > 1.2 * 280).all()
    assert (ahead.quantiles[:SERIES, 0] < 140).all()
    assert (np.diff(ahead.quantiles, axis=1) >= 0).all()


def test_a_model_that_says_the_same_already_is_left_alone() -> None:
    known = panel()
    said = forecast(known, 14)
    said.mean[:SERIES] *= 2
    said.quantiles[:SERIES] *= 2

    (ahead,) = with_last_year([said], known)

    assert ahead.mean == pytest.approx(said.mean, rel=0.02)


def test_little_sold_moves_little() -> None:
    rare = panel(a_day=0.05)
    (ahead,) = with_last_year([forecast(rare, 14, a_day=0.05)], rare)
    assert (ahead.mean[:SERIES] < 0.7 * 1.1).all()


def test_empty_shelves_of_last_year_do_not_look_like_a_fall() -> None:
    known = panel()
    units = known.units.copy()
    units[:3, (known.days >= pd.Timestamp("2024-10-15")) & (known.days < pd.Timestamp("2024-11-12"))] = np.nan
    (ahead,) = with_last_year([forecast(known, 14)], replace(known, units=units))
    assert (ahead.mean[:SERIES] > 140 * 1.4).all()


def test_no_year_of_history_or_a_lunar_new_year_in_the_windows_changes_nothing() -> None:
    young = panel(first=pd.Timestamp("2024-10-01"))
    (alone,) = with_last_year([forecast(young, 14, a_day=12.0)], young)
    assert alone.mean == pytest.approx(np.full(2 * SERIES, 168.0))

    # New Year's Day of 2025 was on 29 January: four weeks from 25 December touch its weeks.
    winter = panel(last=pd.Timestamp("2025-12-24"))
    short, long = with_last_year([forecast(winter, 7, a_day=20.0), forecast(winter, 28, a_day=20.0)], winter)
    assert (short.mean < 140).all()
    assert long.mean == pytest.approx(np.full(2 * SERIES, 560.0))


def test_what_is_borrowed_from_other_skus_is_left_alone() -> None:
    known = panel()
    basis = np.array(["analogue"] + ["model"] * (2 * SERIES - 1))
    (ahead,) = with_last_year([replace(forecast(known, 14), basis=basis)], known)
    assert ahead.mean[0] == 140.0
    assert ahead.mean[1] > 190
