from datetime import date

import pytest

from include.simulation.specimen.sale_days import balance_day, effects, lunar_new_year, next_working_day


@pytest.mark.parametrize(
    ("year", "first"),
    [(2023, date(2023, 1, 22)), (2024, date(2024, 2, 10)), (2025, date(2025, 1, 29)), (2026, date(2026, 2, 17))],
)
def test_the_lunar_new_year_moves_through_january_and_february(year: int, first: date) -> None:
    assert lunar_new_year(year) == first


def test_around_new_year_the_warehouse_rests_and_little_is_sold() -> None:
    eve, after = effects(date(2025, 1, 28)), effects(date(2025, 2, 4))

    assert not eve.warehouse_open
    assert next_working_day(date(2025, 1, 28)) == date(2025, 2, 4)
    assert after.warehouse_open
    assert not after.suppliers_open
    assert after.sales < 0.5


def test_gifts_are_bought_before_the_festival() -> None:
    assert effects(date(2025, 1, 15)).festival > 1.5 > effects(date(2025, 2, 5)).festival


def test_double_11_is_the_biggest_day_and_takes_deposits_before() -> None:
    year = [effects(date.fromordinal(date(2025, 1, 1).toordinal() + day)).sales for day in range(365)]

    assert effects(date(2025, 11, 11)).sales == max(year)
    assert effects(date(2025, 10, 24)).presale
    assert not effects(date(2025, 11, 10)).presale
    assert balance_day(date(2025, 10, 24)) == date(2025, 11, 11)


def test_an_ordinary_day_is_ordinary() -> None:
    assert effects(date(2025, 4, 16)) == effects(date(2025, 7, 23))
    assert effects(date(2025, 4, 16)).sales == 1.0
