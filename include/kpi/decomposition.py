"""Why what was paid is more or less than before: visitors, conversion, units per order, prices, mix.

Of each shop, what was paid for matched goods is the product visitors x (orders / visitors) x (units / orders) x
(paid / units). The change of a product is shared among its factors by Shapley's value, the mean over all orders in
which the factors may have changed (Shapley 1953, A value for n-person games; for products of this kind Ang, Liu and
Chew 2003, Perfect decomposition techniques in energy and environmental analysis, Energy Policy 31). It leaves no
remainder, does not hang on the order of the factors, and takes a factor that becomes zero. The change of paid / units
is shared the same way between the skus' prices and their shares. Without visitors, the number of orders is one factor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial, prod

from include.kpi.kpi_figures import Sums

Skus = Mapping[str, tuple[int, int]]
"""Sku -> micros paid, units handed out."""
TERMS = ("visitors", "conversion", "orders", "units_per_order", "price", "mix", "begun_or_ended", "unmatched")
"""orders: of shops whose visitors are not known. begun_or_ended: of shops that sold in one of the spans only."""


def change_of_paid(now: Sums, then: Sums, skus_now: Skus, skus_then: Skus) -> dict[str, int] | None:
    """Term -> micros, one shop's; they add up exactly to the change of what was paid. None: one span is not known."""
    needed = [one[name] for one in (now, then) for name in ("matched", "unmatched", "orders")]
    if None in needed:
        return None
    terms = dict.fromkeys(TERMS, 0)
    terms["unmatched"] = (now["unmatched"] or 0) - (then["unmatched"] or 0)
    whole = (now["matched"] or 0) - (then["matched"] or 0)
    factors = [_factors(one, skus) for one, skus in ((now, skus_now), (then, skus_then))]
    if None in factors:
        terms["begun_or_ended"] = whole
        return terms
    new, old = (one for one in factors if one is not None)
    shared = ("orders",) if "visitors" not in new or "visitors" not in old else ("visitors", "conversion")
    names = (*shared, "units_per_order", "paid_per_unit")
    weights = dict(zip(names, shapley([new[name] for name in names], [old[name] for name in names]), strict=True))
    told = {name: round(weights[name] * (new[name] - old[name])) for name in names if name != "paid_per_unit"}
    prices, weight = _of_prices(skus_now, skus_then), weights["paid_per_unit"]
    told["price"] = round(weight * prices)
    told["mix"] = round(weight * (new["paid_per_unit"] - old["paid_per_unit"] - prices))
    largest = max(told, key=lambda name: abs(told[name]))
    told[largest] += whole - sum(told.values())  # roundings, a micro or two
    return terms | told


def shapley(now: Sequence[Fraction], then: Sequence[Fraction]) -> list[Fraction]:
    """By factor of a product, what a unit of its change adds; with the changes they sum to prod(now) - prod(then)."""
    number = len(now)
    weights = []
    for at in range(number):
        others = [other for other in range(number) if other != at]
        weight = Fraction(0)
        for size in range(number):
            share = Fraction(factorial(size) * factorial(number - size - 1), factorial(number))
            for changed in combinations(others, size):
                weight += share * prod(now[one] if one in changed else then[one] for one in others)
        weights.append(weight)
    return weights


def _factors(sums: Sums, skus: Skus) -> dict[str, Fraction] | None:
    """None if nothing was ordered, or nothing handed out."""
    orders, matched, units = sums["orders"] or 0, sums["matched"] or 0, sum(handed for _, handed in skus.values())
    if not orders or not units:
        return None
    told = {
        "orders": Fraction(orders),
        "units_per_order": Fraction(units, orders),
        "paid_per_unit": Fraction(matched, units),
    }
    visitors = sums["visitors"]
    if visitors:
        told |= {"visitors": Fraction(visitors), "conversion": Fraction(orders, visitors)}
    return told


def _of_prices(now: Skus, then: Skus) -> Fraction:
    """The part of the change of the mean price that is the skus' own prices, at the mean of their shares. A sku that
    was sold in one of the spans only has no other price, and counts for the mix."""
    units = [sum(handed for _, handed in one.values()) for one in (now, then)]
    part = sum(
        (now[sku][1] / units[0] + then[sku][1] / units[1])
        / 2
        * (now[sku][0] / now[sku][1] - then[sku][0] / then[sku][1])
        for sku in sorted(now.keys() & then.keys())
        if now[sku][1] and then[sku][1]
    )
    return Fraction(part)
