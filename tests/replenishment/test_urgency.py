"""How urgent an open order is: by what a day's wait costs, and by what can still be saved."""

import numpy as np
import pytest

from include.replenishment.policy import YUAN_MICROS
from include.replenishment.quantity.urgency import NORMAL, NOW, SOON, chase_urgency
from include.settings.stock.replenishment import Replenishment


@pytest.mark.parametrize(
    ("a_day", "empty_in", "is_empty", "can_save", "is_late", "level"),
    [
        (459, 0, True, 100, False, NOW),  # not overdue, and the shelf that loses most
        (5, 0, True, 3, False, SOON),  # three days cost 15 yuan, but the shelf is empty and three units can be saved
        (5, 43, True, 3, False, SOON),  # goods come in a moment; the loss that is saved is later
        (459, 0, True, 0, False, NORMAL),  # all is lost before the goods can come
        (459, 0, True, 0, True, SOON),
        (34, 10, False, 5, True, SOON),
        (34, 2, False, 5, False, SOON),
        (459, 10, False, 5, False, NORMAL),
        (np.nan, 0, True, 5, False, NOW),  # nobody knows the price
    ],
)
def test_an_open_order_is_as_urgent_as_what_it_can_save(
    a_day: float, empty_in: float, is_empty: bool, can_save: float, is_late: bool, level: int
) -> None:
    """Waiting a day costs so many yuan; 20 a day are urgent."""
    settings = Replenishment(urgent_loss_per_day=20.0)

    found = chase_urgency(
        np.array([a_day * YUAN_MICROS]), np.array([empty_in]), np.array([is_empty]), np.array([can_save]),
        np.array([is_late]), settings,
    )  # fmt: skip

    assert found.tolist() == [level]


@pytest.mark.parametrize(("soon_days", "level"), [(2, NORMAL), (3, SOON)])
def test_the_merchant_says_how_soon_is_soon(soon_days: int, level: int) -> None:
    settings = Replenishment(urgent_loss_per_day=20.0, soon_days=soon_days)
    money, no = np.array([34.0 * YUAN_MICROS]), np.array([False])
    assert chase_urgency(money, np.array([3.0]), no, np.array([5.0]), no, settings).tolist() == [level]
