"""Targets by day and where they land, in numbers that can be checked by hand."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from include.calendar.year_before import days_of_year_before
from include.kpi.landing import landing, shape_of
from include.kpi.targets import daily_plan, plans, split, standing
from include.settings.reviewing.targets import Targets, holds

YUAN = 1_000_000


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def steady(first: date, last: date, each: int = 100 * YUAN) -> dict[date, int]:
    return dict.fromkeys(days(first, last), each)


def test_a_day_is_held_against_the_same_distance_from_the_new_year_and_the_sales() -> None:
    year = days(date(2025, 1, 1), date(2025, 12, 31))
    pairs = zip(year, days_of_year_before(year), strict=True)
    found = {day.isoformat(): before.isoformat() for day, before in pairs}
    assert found["2025-01-29"] == "2024-02-10", "lunar New Year's day"
    assert found["2025-01-22"] == "2024-02-03", "a week before it"
    assert found["2025-06-18"] == "2024-06-18"
    assert found["2025-11-11"] == "2024-11-11"
    assert found["2025-11-09"] == "2024-11-09"
    assert found["2025-08-12"] == "2024-08-13", "an ordinary Tuesday is held against a Tuesday"


def test_a_new_year_of_january_is_held_against_one_of_february() -> None:
    # 2023-01-22, 2024-02-10, 2026-02-17: each day around it has the same distance.
    for first, before in ((date(2024, 2, 10), date(2023, 1, 22)), (date(2026, 2, 17), date(2025, 1, 29))):
        around = days(first - timedelta(days=12), first + timedelta(days=12))
        assert days_of_year_before(around) == [before + (day - first) for day in around]


def test_a_sale_of_the_merchant_s_own_is_held_against_the_one_of_the_year_before() -> None:
    own = {"founding_day": [date(2024, 8, 20), date(2025, 8, 27)]}
    assert days_of_year_before([date(2025, 8, 27)], own) == [date(2024, 8, 20)]
    assert days_of_year_before([date(2025, 8, 27)]) == [date(2024, 8, 28)]
    once = {"opening": [date(2025, 8, 27)]}
    assert days_of_year_before([date(2025, 8, 27)], once) == [date(2024, 8, 28)], "it has no year before"


def test_a_year_is_split_by_weight_and_a_stated_month_counts_for_its_days() -> None:
    year = days(date(2025, 1, 1), date(2025, 12, 31))
    weights = {day: 3.0 if day.month == 6 else 1.0 for day in year}
    plan = daily_plan({"2025": 1_000 * YUAN, "2025-11": 300 * YUAN}, weights)
    of_month = {month: sum(amount for day, amount in plan.items() if day.month == month) for month in range(1, 13)}
    assert sum(plan.values()) == 1_000 * YUAN
    assert of_month[11] == 300 * YUAN
    # 700 over 335 days, of which 30 weigh three: 395 parts
    assert of_month[6] == pytest.approx(700 * YUAN * 90 / 395, abs=2)
    assert of_month[7] == pytest.approx(700 * YUAN * 31 / 395, abs=2)


@pytest.mark.parametrize("seed", range(20))
def test_parts_add_up_to_the_micro(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chosen = days(date(2025, 1, 1), date(2025, 1, 1) + timedelta(days=int(rng.integers(1, 300))))
    weights = {day: float(rng.integers(0, 5)) for day in chosen if rng.random() < 0.8}
    amount = int(rng.integers(1, 10**13))
    plan = split(amount, chosen, weights)
    assert sum(plan.values()) == amount
    assert min(plan.values()) >= 0


def test_shops_share_what_the_others_leave() -> None:
    year = (date(2024, 1, 1), date(2025, 6, 30))
    paid = {"big": steady(*year, 300 * YUAN), "small": steady(*year, 100 * YUAN), "own": steady(*year)}
    found = plans({"2025-06": 600 * YUAN}, {"own": {"2025-06": 200 * YUAN}}, paid)
    whole = {shop: sum(plan.values()) for shop, plan in found.items()}
    assert whole == {"big": 300 * YUAN, "small": 100 * YUAN, "own": 200 * YUAN}
    assert {len(plan) for plan in found.values()} == {30}


def test_without_a_target_there_is_no_standing() -> None:
    paid = {"a": steady(date(2025, 1, 1), date(2025, 3, 15))}
    assert plans({}, {}, paid) == {"a": {}}
    assert standing("month", {}, paid["a"], date(2025, 3, 15)) is None


def test_a_steady_shop_lands_where_it_stands() -> None:
    paid = steady(date(2024, 1, 1), date(2025, 8, 15))
    found = landing(paid, date(2025, 8, 1), date(2025, 8, 31), date(2025, 8, 15))
    assert found is not None
    assert (found.basis, found.done, found.expected) == ("year_before", 1_500 * YUAN, 3_100 * YUAN)
    low, high = found.interval
    assert 1_500 * YUAN < low < 3_100 * YUAN < high, "no past is so steady that its future is certain"


def test_a_sale_to_come_is_expected_at_the_year_s_new_level() -> None:
    # Given a shop that sells half as much again as a year before, and Double 11 of then worth ten days
    paid = steady(date(2024, 9, 1), date(2025, 8, 31)) | steady(date(2025, 9, 1), date(2025, 11, 8), 150 * YUAN)
    paid[date(2024, 11, 11)] = 1_000 * YUAN
    shape = shape_of(days(date(2025, 11, 9), date(2025, 11, 12)), paid)
    assert [round(one / YUAN) for one in shape.values()] == [100, 100, 1_000, 100]
    found = landing(paid, date(2025, 11, 1), date(2025, 11, 30), date(2025, 11, 8))
    assert found is not None
    assert found.done == 8 * 150 * YUAN
    assert found.rest == pytest.approx(1.5 * (21 * 100 + 1_000) * YUAN, rel=0.02)


def test_young_books_land_by_weekday_and_say_so() -> None:
    paid = {day: (200 if day.weekday() >= 5 else 100) * YUAN for day in days(date(2025, 8, 1), date(2025, 9, 15))}
    found = landing(paid, date(2025, 9, 1), date(2025, 9, 30), date(2025, 9, 15))
    assert found is not None
    assert (found.basis, found.rest) == ("weekdays", (15 + 4) * 100 * YUAN), "15 days, four of which are weekends"
    assert landing(steady(date(2025, 9, 5), date(2025, 9, 10)), date(2025, 9, 5), date(2025, 9, 30),
                   date(2025, 9, 10)) is None  # fmt: skip


def test_a_day_that_is_not_known_has_no_landing() -> None:
    paid = steady(date(2024, 1, 1), date(2025, 8, 15))
    del paid[date(2025, 8, 3)]
    assert landing(paid, date(2025, 8, 1), date(2025, 8, 31), date(2025, 8, 15)) is None


def test_a_verdict_is_given_once_the_interval_leaves_the_target() -> None:
    paid = steady(date(2024, 1, 1), date(2025, 8, 20))

    def of(amount: int) -> Any:
        found = standing("month", daily_plan({"2025-08": amount * YUAN}, {}), paid, date(2025, 8, 20))
        assert found is not None
        return found

    assert [of(amount).verdict for amount in (1_000, 3_100, 9_000)] == ["above", "open", "below"]
    short = of(4_200)
    assert short.run_rate == 3_100 * YUAN
    assert short.gap == 1_100 * YUAN
    assert short.needed == 200 * YUAN, "4,200 less 2,000 over 11 days"
    assert short.lift == pytest.approx(1.0), "twice what is expected of these days"
    assert short.usual == 100 * YUAN


def test_about_four_of_five_landings_hold_where_days_are_independent() -> None:
    held = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        all_days = days(date(2024, 1, 1), date(2025, 10, 31))
        paid = {day: int(1e8 * rng.lognormal(0, 0.3)) for day in all_days}
        for month in (5, 8, 10):
            last = date(2025, month + 1, 1) - timedelta(days=1)
            found = landing({day: v for day, v in paid.items() if day <= date(2025, month, 15)},
                            date(2025, month, 1), last, date(2025, month, 15))  # fmt: skip
            assert found is not None
            took = sum(value for day, value in paid.items() if (day.year, day.month) == (2025, month))
            low, high = found.interval
            held.append(low <= took <= high)
    assert 0.7 < np.mean(held) < 0.97


def test_settings_whose_parts_come_to_more_than_the_whole_are_refused() -> None:
    assert holds("2026", "2026-Q4")
    assert holds("2026-Q4", "2026-11")
    assert not holds("2026-Q3", "2026-11")
    assert not holds("2026-11", "2026-Q4")
    for wrong, said in (
        ({"paid": {"2026-Q4": 100, "2026-10": 60, "2026-11": 60}}, "come to 120, more than the 100 of 2026-Q4"),
        ({"paid": {"2026": 100}, "shops": {"a": {"2026": 60}, "b": {"2026": 60}}}, "come to 120 for 2026"),
        ({"paid": {"2026-13": 100}}, "2026-13"),
        ({"paid": {"2026": 0}}, "greater than 0"),
    ):
        with pytest.raises(ValidationError, match=said):
            Targets.model_validate(wrong)
