"""Every figure of the business, declared once: what it is made of, its unit, and which direction is good.

Its name, its formula in words and what it leaves out stand in the catalogue `review`; the desk and docs/figures.md show
them. A figure is made of counts and sums that `kpi_sums` reads; if one of these is not known, neither is the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Unit = Literal["count", "money", "price", "ratio", "share"]
Sums = Mapping[str, int | None]
"""Count or sum by its name (GOODS, SHOP); money in micros; None: not known."""

GOODS = ("matched", "unmatched", "refunded", "units", "costed", "cost")
"""Known by shop and category: paid for goods that are a sku; for listings that no sku answers to; refunded of the
former; units without gifts; what was paid for goods with a known cost; what these cost."""
SHOP = (
    "gmv", "orders", "buyers", "new_buyers", "named_orders", "visitors", "visiting_buyers", "impressions", "carts",
    "ad_spend", "ad_paid",
)  # fmt: skip
"""Known by shop alone."""


@dataclass(frozen=True)
class Figure:
    """needs: the sums that it is made of. tables: of the books, where these stand. good: the direction that is good,
    "either" if none is by itself.
    ripens: a period's value still grows after it, so that a newer one is not better than an older for being lower."""

    name: str
    unit: Unit
    needs: tuple[str, ...]
    tables: tuple[str, ...]
    good: Literal["up", "down", "either"]
    made: Callable[..., int | float | None]
    ripens: bool = False

    @property
    def is_by_category(self) -> bool:
        """Whether it can be broken down by category; by shop and platform each can."""
        return set(self.needs) <= set(GOODS)

    def value(self, sums: Sums) -> int | float | None:
        """Money in micros, shares of 1; None: not known."""
        found = [sums.get(name) for name in self.needs]
        return None if None in found else self.made(*found)


def _of(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _each(money: int, number: int) -> int | None:
    """Micros, half a micro up."""
    return (2 * money + number) // (2 * number) if number else None


SALES, UNMAPPED, DEMAND = "facts_sales", "unmapped", "facts_demand"
ORDERS, CUSTOMERS, PRODUCTS, TRAFFIC = "orders", "facts_customer_orders", "products", "traffic"
FIGURES: tuple[Figure, ...] = (
    Figure("paid", "money", ("matched", "unmatched"), (SALES, UNMAPPED), "up", lambda goods, lost: goods + lost),
    Figure("gmv", "money", ("gmv",), (ORDERS,), "up", lambda gmv: gmv),
    Figure("orders", "count", ("orders",), (ORDERS,), "up", lambda orders: orders),
    Figure("buyers", "count", ("buyers",), (CUSTOMERS,), "up", lambda buyers: buyers),
    Figure("new_buyers", "count", ("new_buyers",), (CUSTOMERS,), "up", lambda new: new),
    Figure(
        "returning_buyers", "count", ("buyers", "new_buyers"), (CUSTOMERS,), "up", lambda buyers, new: buyers - new
    ),
    Figure("units", "count", ("units",), (DEMAND,), "up", lambda units: units),
    Figure(
        "order_value", "price", ("matched", "unmatched", "orders"), (SALES, UNMAPPED, ORDERS), "up",
        lambda goods, lost, orders: _each(goods + lost, orders),
    ),
    Figure("units_per_order", "ratio", ("units", "orders"), (DEMAND, ORDERS), "up", _of),
    Figure("refunded", "money", ("refunded",), (SALES,), "down", lambda refunded: refunded, ripens=True),
    Figure("refund_rate", "share", ("refunded", "matched"), (SALES,), "down", _of, ripens=True),
    Figure(
        "margin", "money", ("matched", "costed", "cost"), (SALES, PRODUCTS), "up",
        lambda goods, costed, cost: costed - cost if costed or not goods else None,
    ),
    Figure(
        "margin_rate", "share", ("costed", "cost"), (SALES, PRODUCTS), "up",
        lambda costed, cost: _of(costed - cost, costed),
    ),
    Figure(
        "uncosted", "share", ("matched", "costed"), (SALES, PRODUCTS), "down",
        lambda goods, costed: _of(goods - costed, goods),
    ),
    Figure("unmatched", "money", ("unmatched",), (UNMAPPED,), "down", lambda lost: lost),
    Figure("visitors", "count", ("visitors",), (TRAFFIC,), "up", lambda visitors: visitors),
    Figure("conversion", "share", ("visiting_buyers", "visitors"), (TRAFFIC,), "up", _of),
    Figure("impressions", "count", ("impressions",), (TRAFFIC,), "up", lambda shown: shown),
    Figure("click_rate", "share", ("visitors", "impressions"), (TRAFFIC,), "up", _of),
    Figure("cart_rate", "share", ("carts", "visitors"), (TRAFFIC,), "up", _of),
    Figure("ad_spend", "money", ("ad_spend",), (TRAFFIC,), "either", lambda spent: spent),
    Figure(
        "ad_share", "share", ("ad_spend", "matched", "unmatched"), (TRAFFIC, SALES, UNMAPPED), "down",
        lambda spent, goods, lost: _of(spent, goods + lost),
    ),
    Figure("ad_return", "ratio", ("ad_paid", "ad_spend"), (TRAFFIC,), "up", _of),
)  # fmt: skip


def added(parts: list[Sums]) -> dict[str, int | None]:
    """The parts as a whole: what one of them does not know, the whole does not know either."""
    whole: dict[str, int | None] = {}
    for name in (*GOODS, *SHOP):
        found = [one.get(name) for one in parts]
        whole[name] = None if None in found or not found else sum(one for one in found if one is not None)
    return whole


def change(figure: Figure, now: float | None, then: float | None) -> float | None:
    """The relative change; of a share the difference, in shares of 1. None: one is not known, or was nothing."""
    if now is None or then is None:
        return None
    if figure.unit == "share":
        return now - then
    return (now - then) / abs(then) if then else None
