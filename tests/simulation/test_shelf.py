from types import SimpleNamespace

import numpy as np
import pytest

from include.simulation.specimen.shelf import Served, serve

# Listings 0 and 1 are skus sold singly; listing 2 is a bundle of two of sku 0 and one of sku 1.
CATALOGUE = SimpleNamespace(
    part_first=np.array([0, 1, 2, 4]), part_sku=np.array([0, 1, 0, 1]), part_quantity=np.array([1, 1, 2, 1])
)


def ask(on_shelf: list[int], lines: list[tuple[int, int, int]]) -> tuple[Served, dict[int, tuple[int, int, int, int]]]:
    """Lines (listing, quantity, second) at the first warehouse; also (wanted, lost, with bundle, empty from) by sku."""
    available = np.zeros((2, 3), dtype=np.int64)
    available[:, 0] = on_shelf
    listing, quantity, second = (np.array(column) for column in zip(*lines, strict=True))
    served = serve(CATALOGUE, available, listing, np.zeros(len(lines), dtype=np.int8), quantity, second)  # type: ignore[arg-type]
    cells = zip(served.wanted, served.lost, served.lost_with_bundle, served.empty_from, strict=True)
    return served, {int(cell) // 3: tuple(map(int, row)) for cell, row in zip(served.cell, cells, strict=True)}  # type: ignore[misc]


def test_a_full_shelf_serves_everybody() -> None:
    served, by_sku = ask([5, 5], [(0, 3, 10), (0, 2, 20)])

    assert served.quantity.tolist() == [3, 2]
    assert by_sku == {0: (5, 0, 0, -1)}


def test_the_earlier_buyer_is_served_and_the_later_takes_what_is_left() -> None:
    served, by_sku = ask([4, 0], [(0, 3, 200), (0, 2, 100)])

    assert served.quantity.tolist() == [2, 2]
    assert by_sku == {0: (5, 1, 0, 200)}


def test_a_bundle_is_lost_for_the_part_that_is_missing_not_for_the_other() -> None:
    served, by_sku = ask([10, 1], [(2, 2, 50)])

    assert served.quantity.tolist() == [1]
    assert by_sku == {0: (4, 0, 2, -1), 1: (2, 1, 0, 50)}


@pytest.mark.parametrize("on_shelf", [-3, 0])
def test_nothing_is_sold_from_a_shelf_that_is_empty_or_promised_away(on_shelf: int) -> None:
    served, by_sku = ask([on_shelf, 0], [(0, 1, 5)])

    assert served.quantity.tolist() == [0]
    assert by_sku[0] == (1, 1, 0, 5)


def test_a_bundle_and_a_single_compete_for_the_same_shelf_in_order_of_time() -> None:
    served, _ = ask([2, 9], [(0, 1, 30), (2, 1, 10), (0, 1, 20)])

    assert served.quantity.tolist() == [0, 1, 0]
