"""Purchase orders and how suppliers keep them: lead times that spread, late parcels, deliveries in two parts."""

from __future__ import annotations

from datetime import date

import numpy as np

from include.simulation.specimen import sale_days
from include.simulation.specimen.catalogue import Catalogue
from include.simulation.specimen.growing_table import GrowingTable
from include.simulation.specimen.regions import WAREHOUSES
from include.simulation.specimen.settings import SpecimenSettings, day_number, day_of, stream

NO_DAY = 2**31 - 1
CELLS = len(WAREHOUSES)

PURCHASE_COLUMNS = {
    "number": "int64",  # of the purchase order: one a day, supplier and warehouse
    "line": "int16",
    "sku": "int32",
    "supplier": "int32",
    "warehouse": "int8",
    "ordered": "int32",  # day numbers
    "expected": "int32",
    "cancelled": "int32",  # NO_DAY: never
    "quantity": "int32",
    "cost_fen": "int64",  # of a unit
}
RECEIPT_COLUMNS = {
    "purchase": "int64",  # row of the purchase line
    "day": "int32",
    "quantity": "int32",
    "number": "int64",
}


class Supply:
    """All purchase lines and their receipts; receipts of days to come are the truth that nobody knows yet."""

    def __init__(self, settings: SpecimenSettings, catalogue: Catalogue) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.purchases = GrowingTable(PURCHASE_COLUMNS)
        self.receipts = GrowingTable(RECEIPT_COLUMNS)

    def place(
        self, day: date, sku: np.ndarray, warehouse: np.ndarray, quantity: np.ndarray, supplier: np.ndarray
    ) -> np.ndarray:
        """Order lines on `day` and draw when they will come; returns the rows of the purchase lines."""
        rows = len(sku)
        if not rows:
            return np.zeros(0, dtype=np.int64)
        turn = np.lexsort((sku, warehouse, supplier))
        sku, warehouse, quantity, supplier = sku[turn], warehouse[turn], quantity[turn], supplier[turn]
        number = day_number(day)
        head, first, order = np.unique(supplier * CELLS + warehouse, return_index=True, return_inverse=True)
        known = self.purchases["number"][self.purchases["ordered"] == number]
        earlier = int(known.max() % 10_000) if len(known) else 0
        suppliers = self.catalogue.suppliers
        lines = self.purchases.append(
            rows,
            {
                "number": int(day.strftime("%Y%m%d")) * 10_000 + earlier + order + 1,
                "line": np.arange(rows) - first[order] + 1,
                "sku": sku,
                "supplier": supplier,
                "warehouse": warehouse,
                "ordered": number,
                "expected": number + suppliers.lead_days[supplier],
                "cancelled": NO_DAY,
                "quantity": quantity,
                "cost_fen": self.catalogue.cost_fen[sku],
            },
        )
        rng = stream(self.settings.seed, "purchases", number, earlier)
        cancelled = rng.random(rows) < self.settings.cancelled_purchases
        self.purchases["cancelled"][lines[cancelled]] = number + 2 + suppliers.lead_days[supplier[cancelled]] // 2
        arrival = self._arrivals(rng, day, head // CELLS, order, supplier)
        parted = (rng.random(rows) < self.settings.partial_receipts) & (quantity > 1)
        share = np.where(parted, np.maximum(quantity * rng.integers(4, 8, rows) // 10, 1), quantity)
        later = _when_open(arrival + rng.integers(3, 9, rows))
        kept, rest = ~cancelled, ~cancelled & parted
        self._expect(lines[kept], arrival[kept], share[kept])
        self._expect(lines[rest], later[rest], (quantity - share)[rest])
        return lines

    def _arrivals(
        self, rng: np.random.Generator, day: date, head: np.ndarray, order: np.ndarray, supplier: np.ndarray
    ) -> np.ndarray:
        """Day of arrival by line: a purchase order travels together, but single lines may come later."""
        suppliers = self.catalogue.suppliers
        start = day_number(day)
        while not sale_days.effects(day_of(start)).suppliers_open:
            start += 1
        lead = suppliers.true_lead_days[head] * rng.gamma(24, 1 / 24, len(head))
        late = rng.random(len(head)) < suppliers.late[head]
        lead = np.where(late, lead * rng.uniform(1.3, 2.1, len(head)), lead)
        own = np.where(rng.random(len(supplier)) < suppliers.late[supplier] / 2, rng.integers(1, 6, len(supplier)), 0)
        return _when_open(start + np.maximum(np.round(lead), 1).astype(np.int64)[order] + own)

    def _expect(self, lines: np.ndarray, day: np.ndarray, quantity: np.ndarray) -> None:
        rows = np.arange(len(self.receipts), len(self.receipts) + len(lines))
        self.receipts.append(
            len(lines), {"purchase": lines, "day": day, "quantity": quantity, "number": 8_000_000 + rows}
        )

    def arrivals(self, day: date) -> np.ndarray:
        """Units received on `day`, skus x warehouses."""
        today = self.receipts["day"] == day_number(day)
        purchase = self.receipts["purchase"][today]
        return self._by_cell(
            self.purchases["sku"][purchase], self.purchases["warehouse"][purchase], self.receipts["quantity"][today]
        )

    def received(self, day: date) -> np.ndarray:
        """Units received by the end of `day`, by purchase line."""
        come = self.receipts["day"] <= day_number(day)
        return np.bincount(
            self.receipts["purchase"][come], weights=self.receipts["quantity"][come], minlength=len(self.purchases)
        ).astype(np.int64)

    def in_transit(self, day: date) -> np.ndarray:
        """Units ordered and not yet received or cancelled at the end of `day`, skus x warehouses."""
        number, table = day_number(day), self.purchases
        open_ = (table["ordered"] <= number) & (table["cancelled"] > number)
        left = np.where(open_, table["quantity"] - self.received(day), 0)
        return self._by_cell(table["sku"], table["warehouse"], left)

    def _by_cell(self, sku: np.ndarray, warehouse: np.ndarray, quantity: np.ndarray) -> np.ndarray:
        cell = sku.astype(np.int64) * CELLS + warehouse
        units = np.bincount(cell, weights=quantity, minlength=self.catalogue.skus * CELLS)
        return np.round(units).astype(np.int64).reshape(-1, CELLS)


def _when_open(days: np.ndarray) -> np.ndarray:
    """Day numbers moved past the days on which suppliers or the warehouse are closed."""
    unique, place = np.unique(days, return_inverse=True)
    moved = []
    for number in unique.tolist():
        while True:
            effect = sale_days.effects(day_of(number))
            if effect.warehouse_open and effect.suppliers_open:
                break
            number += 1
        moved.append(number)
    return np.array(moved, dtype=np.int64)[place] if len(unique) else days
