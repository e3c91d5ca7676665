"""Forecasts across the lunar New Year are held against what the last one did."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from include.demand.forecast import Forecast
from include.demand.panel import Panel
from include.replenishment.lunar import with_lunar_new_year

# New Year's Day: 29 January 2025, 17 February 2026.
FIRST, LAST = pd.Timestamp("2024-10-01"), pd.Timestamp("2026-02-09")
SERIES = 6


def panel(falls_to: float, last: pd.Timestamp = LAST, first: pd.Timestamp = FIRST) -> Panel:
    """Ten units a day each, but `falls_to` times that in the week from New Year's Day on."""
    days = pd.date_range(first, last)
    units = np.full((SERIES, len(days)), 10.0, np.float32)
    week = (days >= pd.Timestamp("2025-01-29")) & (days < pd.Timestamp("2025-02-05"))
    units[:, week] *= falls_to
    keys = pd.DataFrame({"sku": [f"S{n}" for n in range(SERIES)], "warehouse": "east", "category": "care"})
    return Panel(
        keys=keys, days=days, units=units, price=np.full_like(units, 5.0), in_stock=np.ones_like(units),
        started=np.zeros(SERIES, np.int32), ended=np.zeros(SERIES, bool),
    )  # fmt: skip


def forecast(of: Panel, span: int, a_day: float = 10.0) -> Forecast:
    mean = np.full(SERIES, a_day * span)
    words = np.full(SERIES, "model"), np.full(SERIES, "high")
    quantiles = np.column_stack([mean, 2 * mean])
    return Forecast(of.keys[["sku", "warehouse"]], np.full(SERIES, span), (0.5, 0.9), mean, quantiles, *words)


def test_a_span_over_the_holiday_falls_as_the_last_one_did() -> None:
    known = panel(0.2)

    over, ends_before = with_lunar_new_year([forecast(known, 14), forecast(known, 7)], known)

    # The 14 days from 10 February hold seven usual days and the seven of the holiday at a fifth.
    assert over.mean == pytest.approx(np.full(SERIES, 10 * (7 + 7 * 0.2)))
    assert over.quantiles[:, 1] == pytest.approx(2 * over.mean)
    assert ends_before.mean == pytest.approx(np.full(SERIES, 70.0))


def test_a_bias_of_the_model_is_corrected_where_the_holiday_is_felt_only() -> None:
    known = panel(0.2)
    (too_high,) = with_lunar_new_year([forecast(known, 14, a_day=15.0)], known)
    assert too_high.mean == pytest.approx(np.full(SERIES, 10 * (7 + 7 * 0.2)))

    autumn = panel(0.2, last=pd.Timestamp("2025-10-01"))
    (left_alone,) = with_lunar_new_year([forecast(autumn, 14, a_day=20.0)], autumn)
    assert left_alone.mean == pytest.approx(np.full(SERIES, 280.0))


def test_without_a_last_holiday_in_the_history_nothing_changes() -> None:
    young = panel(0.2, first=pd.Timestamp("2025-02-01"))
    (alone,) = with_lunar_new_year([forecast(young, 14)], young)
    assert alone.mean == pytest.approx(np.full(SERIES, 140.0))


def test_empty_shelves_in_the_last_holiday_do_not_look_like_a_fall() -> None:
    known = panel(0.5)
    units = known.units.copy()
    units[:4, (known.days >= pd.Timestamp("2025-01-20")) & (known.days < pd.Timestamp("2025-02-10"))] = np.nan
    bare = replace(known, units=units)

    (over,) = with_lunar_new_year([forecast(bare, 14)], bare)

    assert over.mean == pytest.approx(np.full(SERIES, 10 * (7 + 7 * 0.5)))


def test_a_model_that_takes_the_holiday_for_the_goods_own_fall_is_corrected_for_four_weeks() -> None:
    """On 12 March the weeks in which the New Year of 17 February is felt are over."""
    known = panel(0.2, last=pd.Timestamp("2026-03-12"))
    (too_low,) = with_lunar_new_year([forecast(known, 14, a_day=6.0)], known)
    assert too_low.mean == pytest.approx(np.full(SERIES, 140.0))

    later = panel(0.2, last=pd.Timestamp("2026-04-12"))
    (left_alone,) = with_lunar_new_year([forecast(later, 14, a_day=6.0)], later)
    assert left_alone.mean == pytest.approx(np.full(SERIES, 84.0))


def test_a_category_that_sold_little_in_the_last_holiday_follows_all_goods_more_than_itself() -> None:
    known = panel(1.0)
    units = known.units.copy()
    week = (known.days >= pd.Timestamp("2025-01-29")) & (known.days < pd.Timestamp("2025-02-05"))
    units[0] *= 0.1
    units[0, week] *= 3  # one sku of its own category, that sells a unit a day, tripled
    keys = known.keys.assign(category=["gifts"] + ["care"] * (SERIES - 1))
    mixed = replace(known, units=units, keys=keys)
    said = forecast(mixed, 14)
    said.mean[0] = 14.0

    (over,) = with_lunar_new_year([said], mixed)

    own = 14 * (7 + 7 * 3) / 14
    assert 14.0 < over.mean[0] < 14.0 + 0.2 * (own - 14.0)
    assert over.mean[1:] == pytest.approx(np.full(SERIES - 1, 140.0), rel=0.02)
