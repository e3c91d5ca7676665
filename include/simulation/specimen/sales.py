"""The sales ledger: every order ever placed with the times of its life, its lines and its refunds."""

from __future__ import annotations

from datetime import date

import numpy as np

from include.simulation.specimen import lives, orders, shelf
from include.simulation.specimen.catalogue import Catalogue
from include.simulation.specimen.growing_table import NEVER, GrowingTable
from include.simulation.specimen.orders import NewOrders
from include.simulation.specimen.settings import SpecimenSettings, day_number, stream

ORDER_LIFE_DAYS = 75  # nothing happens to an order later than this after its creation


_AS_ORDERED = ("shop", "kind", "customer", "warehouse", "created", "paid", "freight_fen")
_OF_LINES = ("listing", "quantity", "price_fen", "payable_fen", "gift")


class Sales:
    """Orders, lines and refunds. Times to come are plans that no export shows before they are reached."""

    def __init__(self, settings: SpecimenSettings, catalogue: Catalogue) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.orders = GrowingTable(orders.ORDER_COLUMNS)
        self.lines = GrowingTable(orders.LINE_COLUMNS)
        self.refunds = GrowingTable(lives.REFUND_COLUMNS)
        self.day_starts: list[int] = []  # the first order row of each day

    def register(self, day: date, new: NewOrders) -> np.ndarray:
        """Give a day's orders their numbers and futures; returns their rows."""
        rng = stream(self.settings.seed, "lives", day_number(day))
        future = lives.plan_lives(self.settings, rng, new)
        number = orders.platform_numbers(new.shop, day, np.arange(1, len(new) + 1), new.customer)
        per_order = np.bincount(new.line_order, minlength=len(new))
        self.day_starts.append(len(self.orders))
        rows = self.orders.append(
            len(new),
            {
                **{name: getattr(new, name) for name in _AS_ORDERED},
                **{name: getattr(future, name) for name in ("shipped", "completed", "closed")},
                "number": number,
                "parent": _parents(new.family, number),
                "first_line": len(self.lines) + np.cumsum(per_order) - per_order,
                "lines": per_order,
            },
        )
        lines = self.lines.append(
            len(new.line_order), {"order": rows[new.line_order], **{name: getattr(new, name) for name in _OF_LINES}}
        )
        self.refunds.append(
            len(future.refund_line),
            {
                "order": rows[new.line_order[future.refund_line]],
                "line": lines[future.refund_line],
                "kind": future.refund_kind,
                "outcome": future.outcome,
                "requested": future.requested,
                "completed": future.refund_completed,
                "amount_fen": future.amount_fen,
                "quantity": future.refund_quantity,
                "reason": future.reason,
            },
        )
        return rows

    def recent(self) -> np.ndarray:
        """Rows of the orders to which something may still happen."""
        return np.arange(self.day_starts[max(0, len(self.day_starts) - ORDER_LIFE_DAYS)], len(self.orders))

    def lines_of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Lines of some orders: the order's position in `rows`, the line's row, and which line of its order it is."""
        count = self.orders["lines"][rows].astype(np.int64)
        order = np.repeat(np.arange(len(rows)), count)
        nth = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
        return order, self.orders["first_line"][rows][order] + nth, nth

    def units_of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Goods of some orders by part: the order's position in `rows`, the cell (sku * 3 + warehouse), the units."""
        order, line, _ = self.lines_of(rows)
        part, sku, units = shelf.parts_of(self.catalogue, self.lines["listing"][line], self.lines["quantity"][line])
        warehouse = self.orders["warehouse"][rows][order[part]]
        return order[part], sku.astype(np.int64) * 3 + warehouse, units

    def put_off(self, rows: np.ndarray) -> None:
        """Parcels that lack goods leave a day later; everything that follows moves with them."""
        for column in ("shipped", "completed", "closed"):
            self.orders[column][rows] += lives.ONE_DAY
        theirs = np.flatnonzero(np.isin(self.refunds["order"], rows)) if len(rows) else rows
        self.refunds["requested"][theirs] += lives.ONE_DAY
        self.refunds["completed"][theirs] += lives.ONE_DAY

    def call_off(self, rows: np.ndarray, when: np.datetime64) -> None:
        """Paid orders that cannot be filled are closed and refunded in full; whatever was planned for them is void."""
        if not len(rows):
            return
        for column in ("shipped", "completed"):
            self.orders[column][rows] = NEVER
        self.orders["closed"][rows] = when
        theirs = np.flatnonzero(np.isin(self.refunds["order"], rows))
        self.refunds["requested"][theirs] = NEVER
        self.refunds["completed"][theirs] = NEVER
        order, line, nth = self.lines_of(rows)
        freight = np.where(nth == 0, self.orders["freight_fen"][rows][order], 0)
        self.refunds.append(
            len(line),
            {
                "order": rows[order],
                "line": line,
                "kind": lives.BEFORE_SHIPPING,
                "outcome": lives.SUCCEEDED,
                "requested": when - np.timedelta64(7200, "s"),
                "completed": when,
                "amount_fen": self.lines["payable_fen"][line] + freight,
                "quantity": self.lines["quantity"][line],
                "reason": lives.OUT_OF_STOCK,
            },
        )


def _parents(family: np.ndarray, number: np.ndarray) -> np.ndarray:
    """The deleted parent's number for orders that were split, made from the eldest child's; 0 for the others."""
    families, eldest, place, size = np.unique(family, return_index=True, return_inverse=True, return_counts=True)
    split = (family >= 0) & (size[place] > 1)
    return np.where(split, number[eldest[place]] + 5, 0) if len(families) else np.zeros(0, dtype=np.int64)
