"""What the cap leaves out, and what that would have earned."""

import numpy as np

from include.replenishment.quantity.budget import slices_of, within_budget
from include.replenishment.quantity.distribution import DemandDistribution

YUAN = 1_000_000


def test_what_is_left_out_is_told_with_the_profit_it_would_have_made() -> None:
    # Ten of each are surely wanted; they cost one yuan and earn three and one.
    demand = DemandDistribution(np.array([0.0, 1.0]), np.array([[10.0, 10.0], [10.0, 10.0]]))
    ones, ten = np.ones(2, dtype=np.int64), np.array([10, 10])
    slices = slices_of(ten, ones, ones, 0 * ones, demand, YUAN * ones, np.array([3.0, 1.0]) * YUAN, np.zeros(2))

    spent = within_budget(slices, 2, 14 * YUAN, 2 * YUAN, np.array([False, True]))

    # The better line is bought whole, four of the other, and two more of it by the emergency fund.
    assert spent.kept.tolist() == [10, 6]
    assert spent.from_fund.tolist() == [0, 2]
    assert spent.forgone_micros.tolist() == [0.0, 4.0 * YUAN]


def test_units_that_would_not_sell_are_no_profit_forgone() -> None:
    demand = DemandDistribution(np.array([0.0, 1.0]), np.array([[3.0, 3.0]]))
    one = np.ones(1, dtype=np.int64)
    slices = slices_of(10 * one, one, one, 0 * one, demand, YUAN * one, np.array([2.0 * YUAN]), np.array([0.5 * YUAN]))

    spent = within_budget(slices, 1, 3 * YUAN, 0, np.array([False]))

    assert spent.kept.tolist() == [3]
    assert spent.forgone_micros.tolist() == [0.0]


def test_what_goes_first_is_bought_before_what_earns_more() -> None:
    """Ten of each are surely wanted; of the poorer line the first four go first."""
    demand = DemandDistribution(np.array([0.0, 1.0]), np.array([[10.0, 10.0], [10.0, 10.0]]))
    ones, ten = np.ones(2, dtype=np.int64), np.array([10, 10])
    margin = np.array([3.0, 1.0]) * YUAN

    def bought(first_up_to: np.ndarray | None, money: int) -> list[int]:
        slices = slices_of(ten, ones, ones, 0 * ones, demand, YUAN * ones, margin, np.zeros(2), first_up_to=first_up_to)
        return within_budget(slices, 2, money * YUAN, 0, np.array([False, False])).kept.tolist()

    assert bought(None, 8) == [8, 0]
    assert bought(np.array([0.0, 4.0]), 8) == [4, 4]
    assert bought(np.array([0.0, 4.0]), 3) == [0, 3]
