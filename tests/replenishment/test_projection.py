"""The walk: goods help from the day on which they come, and what an empty shelf turned away is lost."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.replenishment.orders.projection import Arrivals, Outlook, Walk, expected, expected_loss, outlook, walk
from include.replenishment.quantity.distribution import distribution_through


def at_pace(*a_day: float):
    """Paths that sell so many units on every day; one line."""
    pace = np.array(a_day)
    return lambda days, rows: days[:, None] * pace[None, :]


def walked(stock: float, arrivals: list[tuple[float, float]], until: float, *a_day: float) -> Walk:
    days, units = zip(*arrivals, strict=True) if arrivals else ((), ())
    coming = Arrivals.of(1, np.zeros(len(days), dtype=np.int64), np.array(days), np.array(units, dtype=float))
    return walk(np.array([stock]), coming, np.array([until]), at_pace(*a_day))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4),
            st.sampled_from([-1.0, 0.0, 1.0, 2.5, np.inf]),
            st.sampled_from([-2.0, 0.0, 0.1, 1 / 3, 7.0, 1e17]),
        ),
        max_size=40,
    )
)
def test_arrivals_are_one_a_day_and_line_and_lose_nothing(entries: list[tuple[int, float, float]]) -> None:
    row, days, units = (np.array(part) for part in (zip(*entries, strict=True) if entries else ((), (), ())))
    coming = Arrivals.of(5, row.astype(np.int64), days.astype(float), units.astype(float))
    assert (np.diff(coming.days, axis=1) > 0)[np.isfinite(coming.days[:, 1:])].all()
    for line in range(5):
        for day in (0.0, 1.0, 2.5):
            told = [much for at, when, much in entries if at == line and max(when, 0.0) == day and much > 0]
            found = coming.units[line][coming.days[line] == day]
            assert found.tolist() == ([pytest.approx(math.fsum(told), rel=1e-15)] if told else [])


def test_what_sells_before_the_goods_come_is_lost_however_many_come() -> None:
    # 10 there, 10 a day: bare after a day; 165 come when 29 days have sold. 280 are lost, and 155 are left a day later.
    after = walked(10, [(29, 165)], 30, 10.0)
    assert (after.lost.item(), after.left.item()) == (280, 155)


def test_goods_that_come_while_stock_lasts_save_sales() -> None:
    after = walked(30, [(3, 20)], 6, 10.0)
    assert (after.lost.item(), after.left.item()) == (10, 0)
    assert walked(30, [(4, 20)], 6, 10.0).lost.item() == 10  # a day too late: day 4 is lost, day 6 is not


def test_goods_that_come_after_the_walk_change_nothing() -> None:
    assert walked(10, [(30, 500)], 30, 10.0).lost.item() == walked(10, [], 30, 10.0).lost.item() == 290


def test_what_is_owed_is_served_before_anything_is_sold() -> None:
    # 5 owed: of the 20 that come after two days 15 can be sold.
    after = walked(-5, [(2, 20)], 4, 10.0)
    assert (after.lost.item(), after.left.item()) == (25, 0)


def test_lost_sales_are_the_furthest_that_demand_ran_ahead_of_stock() -> None:
    """Given random shelves, the walk's losses are the reflection formula's."""
    generator = np.random.default_rng(3)
    for _ in range(50):
        stock, until = float(generator.integers(0, 40)), 20.0
        arrivals = [(float(day), float(generator.integers(1, 30))) for day in sorted(generator.integers(0, 25, 4))]
        pace = float(generator.integers(1, 9))
        had = [(end, stock + sum(units for day, units in arrivals if day < end)) for end, _ in [*arrivals, (until, 0)]]
        ahead = [pace * end - there for end, there in had if end <= until]
        assert walked(stock, arrivals, until, pace).lost.item() == pytest.approx(max(0.0, *ahead))


def test_an_order_changes_nothing_that_is_lost_before_it_comes() -> None:
    before = walked(10, [(29, 165)], 29, 6.0, 10.0, 14.0)
    after = walked(10, [(29, 165), (29, 80)], 29, 6.0, 10.0, 14.0)
    assert (before.lost == after.lost).all()


def test_more_paths_mean_more_lost_than_their_mean() -> None:
    # 10 there, two days: 5 a day lose nothing, 15 a day lose 20; 10 a day would lose 10.
    assert walked(10, [], 2, 5.0, 15.0).lost.mean() == 10
    assert walked(20, [], 2, 5.0, 15.0).lost.mean() == 5 > walked(20, [], 2, 10.0).lost.mean() == 0


def test_an_order_comes_whole_on_one_of_its_days() -> None:
    # 30 tomorrow, or after ten days, or after ten: a bare shelf loses nothing, or ten days' demand of 2. In the average
    # course ten of them come tomorrow and ten days' demand lacks ten.
    none = np.zeros(1, dtype=np.int64)
    courses = [Arrivals.of(1, none, np.array([day]), np.array([30.0])) for day in (0.0, 10.0, 10.0)]
    bare, until = np.zeros(1), np.array([10.0])
    assert expected_loss(bare, courses, until, at_pace(2.0)).item() == pytest.approx(40 / 3)
    assert walk(bare, expected(courses), until, at_pace(2.0)).lost.item() == pytest.approx(10)


def seen(stock: float, arrivals: list[tuple[float, float]], a_day: float, since: float = 0.0) -> Outlook:
    days, units = zip(*arrivals, strict=True) if arrivals else ((), ())
    coming = Arrivals.of(1, np.zeros(len(days), dtype=np.int64), np.array(days), np.array(units, dtype=float))
    expected, inverse = (lambda days, _: days * a_day), (lambda units, _: units / a_day)
    return outlook(np.array([stock]), coming, expected, inverse, np.array([since]))


def test_a_shelf_runs_out_first_and_for_good_on_different_days() -> None:
    # Three days, then empty for two, then 50 last five days more.
    ahead = seen(30, [(5, 50)], 10.0)
    assert (ahead.first_empty.item(), ahead.runs_out.item()) == (3, 10)
    # In time, it runs out once.
    ahead = seen(30, [(2, 50)], 10.0)
    assert (ahead.first_empty.item(), ahead.runs_out.item()) == (8, 8)


@pytest.mark.parametrize(
    ("stock", "arrivals", "since", "lacks_from"),
    [
        (30, [(5, 500)], 7, 55),  # empty for two days, which no order helps
        (30, [(12, 500)], 7, 7),  # empty from day 3 to 12: what comes on day 7 helps at once
        (80, [(12, 500)], 7, 8),  # empty from day 8 to 12
        (30, [], 7, 3),  # bare for good, four days before it could come
    ],
)
def test_an_order_is_missed_from_the_first_day_on_which_it_could_help(
    stock: float, arrivals: list[tuple[float, float]], since: float, lacks_from: float
) -> None:
    assert seen(stock, arrivals, 10.0, since).lacks_from.item() == lacks_from


def test_strata_hold_the_mean_and_the_order_of_a_distribution() -> None:
    given = distribution_through(np.array([0.1, 0.5, 0.9]), np.array([[2.0, 10.0, 26.0], [0.0, 0.0, 3.0]]))
    slices = given.strata(20)
    assert slices.mean(axis=1) == pytest.approx(given.mean())
    assert (np.diff(slices, axis=1) >= -1e-12).all()
    assert slices[0, 0] == pytest.approx(0.5)  # the lowest twentieth lies evenly between 0 and 1
