import numpy as np
import pytest

from include.simulation.simulator import (
    SameForAll,
    Supply,
    View,
    base_stock,
    min_max_by_pace,
    simulate,
)
from include.simulation.tune import tune_levels

ONE_WEEK = Supply(np.array([1]))


def order_up_to(level):
    """Orders the gap between the position and `level`, (items,)."""
    return lambda view: np.maximum(level - view.position, 0.0)


def test_lost_sales_and_holding_by_hand():
    # Start with 5; order up to 4 of on hand + on order, arriving a period later.
    demand = np.array([[3.0, 4.0, 1.0]])

    outcome = simulate(demand, order_up_to(np.array([4.0])), ONE_WEEK, np.array([5.0]), 0.2, 1.0)

    # p0: no order (5 >= 4), sells 3, holds 2. p1: orders 2, sells 2, loses 2, holds 0.
    # p2: 2 arrive, orders 2, sells 1, holds 1.
    assert outcome.sold.tolist() == [[6]]
    assert outcome.held.tolist() == [[3]]
    assert outcome.shortage_cost.tolist() == [[2.0]]
    assert outcome.holding_cost.tolist() == [[pytest.approx(0.6)]]
    assert outcome.ordered.tolist() == [[4]]


def test_a_period_with_unknown_demand_counts_neither_way():
    demand = np.array([[np.nan, 2.0]])

    outcome = simulate(demand, order_up_to(np.array([0.0])), ONE_WEEK, np.array([3.0]), 0.2, 1.0)

    assert outcome.held.tolist() == [[1]]
    assert outcome.demand.tolist() == [[2]]


def test_orders_under_way_at_the_start_arrive_in_their_turn():
    demand = np.zeros((1, 3))

    outcome = simulate(
        demand, order_up_to(np.array([0.0])), ONE_WEEK, np.zeros(1), 1.0, 1.0, start_on_order=np.array([[1.0, 2.0]])
    )

    assert outcome.held.tolist() == [[1 + 3 + 3]]


def test_the_policy_never_sees_the_period_it_orders_for():
    seen = []

    def spy(view):
        seen.append(view.demand_seen.copy())
        return np.zeros_like(view.on_hand)

    demand = np.arange(4.0)[None, :]
    simulate(demand, spy, ONE_WEEK, np.zeros(1), 0.2, 1.0)

    assert [part.tolist() for part in seen] == [[[]], [[0]], [[0, 1]], [[0, 1, 2]]]


def test_a_late_part_comes_late():
    supply = Supply(np.array([1]), partial_chance=1.0, late_share=0.5, late_periods=2)
    demand = np.array([[0.0, 10.0, 0.0, 10.0]])

    def once(view):
        return np.full_like(view.on_hand, 6.0 if view.period == 0 else 0.0)

    outcome = simulate(demand, once, supply, np.zeros(1), 0.2, 1.0)

    # 3 of 6 are there in period 1, the other 3 in period 3.
    assert outcome.sold.tolist() == [[6]]
    assert outcome.held.tolist() == [[0]]


def test_a_review_every_second_period_orders_only_then():
    periods = []

    def spy(view):
        periods.append(view.period)
        return np.zeros_like(view.on_hand)

    simulate(np.zeros((1, 5)), spy, ONE_WEEK, np.zeros(1), 0.2, 1.0, review_every=2)

    assert periods == [0, 2, 4]


def test_base_stock_orders_up_to_past_totals():
    demand = np.array([[1.0, 3.0, 2.0, 4.0, 0.0]])

    outcome = simulate(demand, base_stock(2, 1.0, window=3), ONE_WEEK, np.zeros(1), 0.0, 1.0, counted_from=4)

    # In period 4 the totals of two are 4, 5 and 6: the largest is the level, and 1 unit is there.
    assert outcome.known_periods.tolist() == [[1]]
    assert outcome.ordered.tolist() == [[5]]


def test_seeds_differ_only_by_what_is_drawn_and_repeat_exactly():
    demand = np.full((3, 30), 2.0)
    supply = Supply(np.array([1, 2, 5]))

    first = simulate(demand, order_up_to(np.full(3, 8.0)), supply, np.full(3, 8.0), 0.2, 1.0, seeds=20, seed=7)
    again = simulate(demand, order_up_to(np.full(3, 8.0)), supply, np.full(3, 8.0), 0.2, 1.0, seeds=20, seed=7)

    assert np.array_equal(first.sold, again.sold)
    by_seed = first.sold.sum(axis=1)
    assert by_seed.min() < by_seed.max() <= first.demand.sum(axis=1).max()


def test_each_segment_gets_its_own_level_and_a_window_is_judged_by_the_others():
    segments = np.array(["fast", "slow"])

    def window_cost(window: int, level: float) -> np.ndarray:
        # The fast want 0.9, the slow 0.6; in window 2 the fast would have wanted 0.6.
        fast = 0.6 if window == 2 else 0.9
        return np.array([10 * abs(level - fast), abs(level - 0.6)])

    tuning = tune_levels(window_cost, [0, 1, 2], segments, [0.6, 0.9], shrink_to_all=0.0)

    assert tuning.levels == {"fast": 0.9, "slow": 0.6}
    # Windows 0 and 1 leave one vote each way for the fast (a tie goes to the lower level): 3 each; window 2 costs 3.
    assert tuning.honest_cost == pytest.approx(3.0)
    shrunk = tune_levels(window_cost, [0, 1, 2], segments, [0.6, 0.9], shrink_to_all=1.0)
    assert shrunk.levels == {"fast": 0.9, "slow": 0.9}


def test_policies_side_by_side_meet_the_same_lead_times_and_holidays():
    """Each seed a policy: what one alone would meet, and nothing sent in periods 2 to 4."""
    demand = np.tile([1.0, 2.0], (6, 20))
    pool = np.tile([0, 1, 2, 3], (6, 1))
    closed = np.isin(np.arange(80), [2, 3, 4])
    levels = (4.0, 9.0)
    left: list[np.ndarray] = []

    def watch(period: int, units: np.ndarray, lost: np.ndarray) -> None:
        left.append(units)

    def both(view: View) -> np.ndarray:
        return np.vstack([order_up_to(np.full(6, level))(view.of(k)) for k, level in enumerate(levels)])

    def alone(level: float) -> np.ndarray:
        return simulate(
            demand, order_up_to(np.full(6, level)), SameForAll(pool, closed=closed), np.full(6, 3.0), 1.0, 1.0, seed=7
        ).sold[0]

    supply = SameForAll(pool, closed=closed)
    together = simulate(demand, both, supply, np.full(6, 3.0), 1.0, 1.0, seeds=2, seed=7, watch=watch)
    for k, level in enumerate(levels):
        assert together.sold[k].tolist() == alone(level).tolist()
    assert together.held.tolist() == np.sum(left, axis=0).tolist()
    drawn = supply.drawn(np.random.default_rng(1), 2, 6, 2)
    assert (drawn[0] == drawn[1]).all()
    assert drawn.min() == 3


def test_min_max_by_pace_goes_by_recent_sales_and_each_items_lead_time():
    seen = np.array([[2.0, 2.0, np.nan, 2.0], [1.0, 1.0, 1.0, 1.0]])
    view = View(4, np.array([[9.0, 9.0]]), np.zeros((3, 1, 2)), seen)
    rule = min_max_by_pace(np.array([3.0, 3.0]), 2.0, 5.0)
    # 2 a period: below 2 x 5, so up to 2 x 8. 1 a period: 9 is enough.
    assert rule(view).tolist() == [[7.0, 0.0]]


def test_base_stock_looks_over_each_items_own_periods():
    seen = np.array([[0.0, 3.0, 0.0, 3.0, 0.0], [0.0, 3.0, 0.0, 3.0, 0.0]])
    view = View(5, np.zeros((1, 2)), np.zeros((3, 1, 2)), seen)
    assert base_stock(np.array([1, 3]), 1.0, window=3)(view).tolist() == [[3.0, 6.0]]
