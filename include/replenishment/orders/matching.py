"""Which order line a receipt belongs to, where the receipt does not say.

Warehouses write the order and the sku onto a receipt; line numbers are the ERP's affair, and often missing. A receipt
without a line belongs to the line of its order with its sku; of several, the oldest that still lacks something. One
that names no order belongs to the oldest line of its sku and warehouse that lacks something.
"""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

KEYS = ["purchase_order_id", "line_id"]


def matched_receipts(purchase_orders: pd.DataFrame, receipts: pd.DataFrame) -> pd.DataFrame:
    """`receipts` with the order and line that each belongs to; one that fits several lines becomes a row for each.

    purchase_orders, receipts: canonical frames. What exceeds all lines of its order goes to the last of them. A receipt
    that fits no order stays as it was: goods come back from customers and other warehouses too. No unit is lost.
    """
    if receipts.empty or not {"sku", "line_id"} <= set(receipts.columns) or purchase_orders.empty:
        return receipts
    named = pd.MultiIndex.from_frame(receipts[KEYS]).isin(pd.MultiIndex.from_frame(purchase_orders[KEYS]))
    loose = receipts[~named]
    if loose.empty:
        return receipts
    lines = _Lines(purchase_orders, receipts[named])
    pieces = []
    order_of = loose["purchase_order_id"].astype(object).where(loose["purchase_order_id"].notna(), None)
    ordered = loose.assign(purchase_order_id=order_of).sort_values("received_day", kind="stable")
    for row in ordered.to_dict("records"):
        for key, units in lines.take(row):
            pieces.append({**row, **dict(zip(KEYS, key, strict=True)), "quantity": units})
    found = pd.DataFrame(pieces, columns=receipts.columns).astype(receipts.dtypes.to_dict())
    return pd.concat([receipts[named], found], ignore_index=True)


class _Lines:
    """What each order line still lacks, oldest first."""

    def __init__(self, purchase_orders: pd.DataFrame, came: pd.DataFrame) -> None:
        received = came.groupby(KEYS)["quantity"].sum().to_dict()
        self.lacks: dict[tuple[str, str], int] = {}
        self.of_order: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        self.of_place: dict[tuple[str, str], list[tuple[str, tuple[str, str]]]] = defaultdict(list)
        oldest = purchase_orders[purchase_orders["status"] != "cancelled"]
        oldest = oldest.sort_values(["ordered_day", *KEYS], kind="stable")
        for row in oldest[[*KEYS, "sku", "warehouse", "ordered_day", "quantity"]].itertuples(index=False):
            key = (row.purchase_order_id, row.line_id)
            self.lacks[key] = max(int(row.quantity) - int(received.get(key, 0)), 0)
            self.of_order[row.purchase_order_id, row.sku].append(key)
            self.of_place[row.sku, row.warehouse].append((row.ordered_day, key))

    def take(self, receipt: dict) -> list[tuple[tuple[str | None, str | None], int]]:
        """(order and line, units) that a receipt is split into."""
        units, order = int(receipt["quantity"]), receipt["purchase_order_id"]
        if order is not None:
            fitting = self.of_order.get((order, receipt["sku"]), [])
        else:
            day, place = receipt["received_day"], (receipt["sku"], receipt["warehouse"])
            fitting = [key for ordered_day, key in self.of_place.get(place, []) if ordered_day <= day]
        parts: list[tuple[tuple[str | None, str | None], int]] = []
        for key in fitting:
            used = min(units, self.lacks[key])
            if used > 0:
                self.lacks[key] -= used
                units -= used
                parts.append((key, used))
        if units > 0 or not parts:
            rest = fitting[-1] if fitting and order is not None else (order, receipt["line_id"])
            parts.append((rest, units))
        return parts
