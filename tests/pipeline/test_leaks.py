"""Leaks of the funnel on the simulated merchant's year: planted ones are found within two days, and sound days are let
be."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from include.kpi.leaks import DayOfFunnel, leaks
from include.simulation.specimen import marketing
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import JD, SpecimenSettings, day_of

FIRST, DAYS = date(2024, 9, 1), 400
PLANTED = (date(2025, 4, 14), date(2025, 7, 21))


@pytest.fixture(scope="module")
def lived() -> Specimen:
    specimen = Specimen(SpecimenSettings(seed=3, skus=40, first_day=FIRST, lines_per_sku_day=5.0))
    specimen.run_history(DAYS)
    return specimen


def funnel(table: pd.DataFrame) -> dict[date, DayOfFunnel]:
    return {
        day_of(int(row.day)): DayOfFunnel(row.impressions, row.visitors, row.carts, row.buyers)  # type: ignore[arg-type]
        for row in table.itertuples()
    }


def test_sound_shops_are_wrongly_warned_of_at_most_once_a_week_over_a_year(lived: Specimen) -> None:
    wrong, days = 0, 0
    for shop in range(3):
        told = funnel(marketing.shop_traffic(lived, shop, FIRST, lived.last_day))
        for number in range(40, DAYS):
            days += 1
            wrong += bool(leaks(told, FIRST + timedelta(days=number)))
    assert days == 3 * 360
    assert wrong <= 5, f"{wrong} of {days} shop days"


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_leak_is_found_within_two_days_and_in_its_shop_alone(lived: Specimen, planted: date) -> None:
    usual = lived.settings
    lived.settings = replace(usual, marketing_faults=(f"conversion_leak:jd:{planted}:0.5",))
    end = planted + timedelta(days=1)
    try:
        told = [funnel(marketing.shop_traffic(lived, shop, planted - timedelta(days=40), end)) for shop in range(3)]
    finally:
        lived.settings = usual
    found = leaks(told[JD], end)
    assert "buy" in {one.step for one in found}
    buy = next(one for one in found if one.step == "buy")
    assert 0.35 < buy.rate / buy.usual < 0.7
    assert not leaks(told[JD], planted - timedelta(days=1))
    assert not any(leaks(told[shop], end) for shop in range(3) if shop != JD)


def steady(rate: float, days: int = 40, last: float | None = None) -> dict[date, DayOfFunnel]:
    end = date(2025, 8, 15)
    return {
        end - timedelta(days=back): DayOfFunnel(
            None, 1_000, None, round(1_000 * (last if last is not None and back < 2 else rate))
        )
        for back in range(days)
    }


def test_the_limits() -> None:
    end = date(2025, 8, 15)
    (found,) = leaks(steady(0.04, last=0.02), end)
    assert (found.step, found.came, found.expected) == ("buy", 40, 80.0)
    assert not leaks(steady(0.04, last=0.036), end), "a tenth less is no leak"
    assert not leaks(steady(0.008, last=0.002), end), "of 16 expected nothing is said"
    assert not leaks(steady(0.04, days=12, last=0.01), end), "too few days to know what is usual"
    assert not leaks({day: one for day, one in steady(0.04, last=0.01).items() if day != end}, end), "a day is missing"


def test_days_of_a_sale_are_not_judged() -> None:
    moved = {day + timedelta(days=88): one for day, one in steady(0.04, last=0.02).items()}
    assert max(moved) == date(2025, 11, 11)
    assert not leaks(moved, date(2025, 11, 11))
