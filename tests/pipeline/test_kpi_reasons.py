"""Why what was paid moved: exact whatever happened, and by hand where it is small."""

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest

from include.kpi.decomposition import TERMS, change_of_paid, shapley

YUAN = 1_000_000


def sums(orders: int, skus: dict[str, tuple[int, int]], visitors: int | None = None, unmatched: int = 0) -> Any:
    return {"orders": orders, "matched": sum(paid for paid, _ in skus.values()), "unmatched": unmatched,
            "visitors": visitors}  # fmt: skip


def moved(
    now: dict[str, tuple[int, int]], then: dict[str, tuple[int, int]], orders: tuple[int, int], **more: Any
) -> dict[str, int]:
    visitors, unmatched = more.get("visitors", (None, None)), more.get("unmatched", (0, 0))
    a, b = (
        sums(o, skus, v, u) for o, skus, v, u in zip(orders, (now, then), visitors, unmatched, strict=True)
    )  # fmt: skip
    found = change_of_paid(a, b, now, then)
    assert found is not None
    return found


def test_twice_the_visitors_is_all_of_the_change() -> None:
    then, now = {"A": (100 * YUAN, 10)}, {"A": (200 * YUAN, 20)}
    found = moved(now, then, (10, 5), visitors=(200, 100))
    assert {name: value for name, value in found.items() if value} == {"visitors": 100 * YUAN}


def test_two_factors_share_what_they_did_together() -> None:
    # 100 x 0.1 x 10 = 100 became 200 x 0.2 x 10 = 400: each alone adds 100, and together another 100.
    then, now = {"A": (100 * YUAN, 10)}, {"A": (400 * YUAN, 40)}
    found = moved(now, then, (40, 10), visitors=(200, 100))
    assert {name: value for name, value in found.items() if value} == {
        "visitors": 150 * YUAN, "conversion": 150 * YUAN
    }  # fmt: skip


def test_a_price_cut_and_a_shift_to_cheap_goods_are_told_apart() -> None:
    dear, cheap = (100 * YUAN, 1), (10 * YUAN, 1)
    cut = moved({"A": (80 * YUAN, 1), "B": cheap}, {"A": dear, "B": cheap}, (2, 2))
    assert (cut["price"], cut["mix"]) == (-20 * YUAN, 0)
    shift = moved({"B": (20 * YUAN, 2)}, {"A": dear, "B": cheap}, (2, 2))
    assert (shift["price"], shift["mix"]) == (0, -90 * YUAN)


def test_prices_and_mix_that_cancel_out_are_both_told() -> None:
    then = {"A": (100 * YUAN, 10), "B": (200 * YUAN, 10)}
    now = {"A": (50 * YUAN, 5), "B": (250 * YUAN, 15)}  # B costs a sixth less and sells more
    found = moved(now, then, (20, 20))
    assert found["price"] < 0 < found["mix"]
    assert found["price"] + found["mix"] == 0


def test_a_shop_that_begins_or_ends_is_one_term() -> None:
    found = moved({"A": (5, 1)}, {}, (1, 0), unmatched=(7, 3))
    assert {name: value for name, value in found.items() if value} == {"begun_or_ended": 5, "unmatched": 4}


def test_what_is_not_known_has_no_reasons() -> None:
    known = sums(1, {"A": (5, 1)})
    assert change_of_paid(known, {**known, "orders": None}, {}, {}) is None


@pytest.mark.parametrize("seed", range(60))
def test_the_terms_add_up_exactly(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def goods() -> dict[str, tuple[int, int]]:
        count = int(rng.integers(0, 40))
        return {f"S{one}": (int(rng.integers(0, 10**10)), int(rng.integers(0, 50)))
                for one in rng.choice(60, count, replace=False)}  # fmt: skip

    now, then = goods(), goods()
    visitors = tuple(int(one) if one else None for one in rng.integers(0, 3, 2) * rng.integers(0, 10**6, 2))
    unmatched = tuple(int(one) for one in rng.integers(0, 10**9, 2))
    found = moved(now, then, tuple(int(one) for one in rng.integers(0, 900, 2)), visitors=visitors, unmatched=unmatched)
    paid = [sum(one for one, _ in goods.values()) for goods in (now, then)]
    assert list(found) == list(TERMS)
    assert sum(found.values()) == paid[0] - paid[1] + unmatched[0] - unmatched[1]


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_weights_of_a_product_leave_no_remainder(number: int) -> None:
    rng = np.random.default_rng(number)
    now, then = ([Fraction(int(one), 7) for one in rng.integers(0, 30, number)] for _ in range(2))
    weights = shapley(now, then)
    assert sum(w * (a - b) for w, a, b in zip(weights, now, then, strict=True)) == prod(now) - prod(then)
    turned = shapley(now[::-1], then[::-1])
    assert turned == weights[::-1], "the order of the factors does not count"
