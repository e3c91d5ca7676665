"""The specimen merchant, day by day: deliveries, reorders, customers, parcels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from include.simulation.specimen import baskets, habits, parcels, sale_days, selling
from include.simulation.specimen.catalogue import draw_catalogue
from include.simulation.specimen.customers import BRUSHER, Customers
from include.simulation.specimen.demand import Demand
from include.simulation.specimen.growing_table import GrowingTable
from include.simulation.specimen.parcels import Stock
from include.simulation.specimen.regions import WAREHOUSES
from include.simulation.specimen.sales import Sales
from include.simulation.specimen.settings import SpecimenSettings, day_number, stream
from include.simulation.specimen.supply import Supply

if TYPE_CHECKING:
    from include.simulation.specimen.faults import Fault

TRANSFER_COLUMNS = {
    "day": "int32",
    "sku": "int32",
    "giver": "int8",
    "taker": "int8",
    "quantity": "int32",
    "arrives": "int32",  # day number
}
FOUNDING_DAYS = 17  # of ordinary business that the customers of the first day are worth


class Specimen:
    """A simulated merchant whose truth is known.

    The same settings, orders and contacts give the same business to the last byte. What customers want does not depend
    on what is restocked: two runs that differ in orders only meet the same customers wanting the same things.
    """

    def __init__(self, settings: SpecimenSettings | None = None) -> None:
        self.settings = settings or SpecimenSettings()
        self.catalogue = draw_catalogue(self.settings)
        self.demand = Demand(self.settings, self.catalogue)
        self.customers = Customers(self.settings)
        self.supply = Supply(self.settings, self.catalogue)
        self.sales = Sales(self.settings, self.catalogue)
        self.wanted = GrowingTable(selling.WANTED_COLUMNS)
        self.transfers = GrowingTable(TRANSFER_COLUMNS)
        self.opening = habits.opening_stock(self.settings, self.catalogue, self.demand)
        self.stock = Stock(self.opening.copy(), np.zeros_like(self.opening))
        self.trailing = self.demand.expected_units(self.settings.first_day)  # units sold a day, as the buyer recalls
        self.closings: list[np.ndarray] = []  # on hand, promised, in transit at the end of each day
        self._found_customers()

    @property
    def days(self) -> int:
        """How many days have been lived through."""
        return len(self.closings)

    @property
    def next_day(self) -> date:
        """The day that `step` takes next."""
        return self.settings.first_day + timedelta(days=self.days)

    @property
    def last_day(self) -> date:
        """The last day lived through."""
        return self.next_day - timedelta(days=1)

    def lived_days(self) -> Iterator[date]:
        """Every day lived through."""
        return (self.settings.first_day + timedelta(days=past) for past in range(self.days))

    def run_history(self, days: int) -> None:
        """Live through `days` days by the merchant's own habits."""
        for _ in range(days):
            self.step(self.next_day)

    def step(self, day: date, orders: pd.DataFrame | None = None, transfers: pd.DataFrame | None = None) -> None:
        """Live through `day`, which must be the next one.

        `orders` replaces the merchant's own reordering: columns sku (code), warehouse (name), quantity and, where it is
        not the sku's usual one, supplier (code); they are placed this morning, an empty frame orders nothing. First
        orders for skus about to be launched are placed in any case. `transfers` (sku, from_warehouse, warehouse,
        quantity) leave this morning, as far as the giver has them unpromised, and arrive `transfer_days` later. Raises
        ValueError for what cannot be ordered.
        """
        if day != self.next_day:
            raise ValueError(f"the specimen's next day is {self.next_day}, not {day}")
        told = None if orders is None else self._read_orders(orders)
        self.stock.on_hand += self.supply.arrivals(day)
        self._move(day, transfers)
        if told is None:
            position = self.stock.available + self.supply.in_transit(day)
            told = habits.usual_orders(self.catalogue, day, position, self.trailing)
        for purchase in (habits.launch_orders(self.settings, self.catalogue, self.demand, day), told):
            self.supply.place(day, purchase.sku, purchase.warehouse, purchase.quantity, purchase.supplier)
        self._sell(day)
        balances = parcels.send(self.sales, self.stock, day)
        _, cell, units = self.sales.units_of(balances)
        selling.book_balances(self.wanted, day, cell, units)
        closing = [self.stock.on_hand, self.stock.promised, self.supply.in_transit(day)]
        self.closings.append(np.stack(closing).astype(np.int32))

    def contact(
        self,
        customers: Iterable[int],
        day: date,
        by: str = "call",
        offer_fen: int = 0,
        coupon_fen: int = 0,
        days: int = 30,
    ) -> int:
        """Contact customers (numbers: the index of `truth("customers")`) on `day`; see Customers.contact."""
        if day != self.last_day:
            raise ValueError(f"contacts are made on the last day lived through, {self.last_day}, not {day}")
        return self.customers.contact(customers, day, by, offer_fen, coupon_fen, days)

    def truth(self, name: str) -> pd.DataFrame:
        """What really happened: demand, expected, stock, shipments, customers, visits, orders, lines, purchase_orders,
        receipts, shop_traffic, advertising or live_sessions; columns are told in truth.py."""
        from include.simulation.specimen import truth

        return truth.frame(self, name)

    def write_day(self, root: Path, day: date, faults: Iterable[Fault] = ()) -> list[Path]:
        """Write the exports of `day` as its platforms gave them the next night; returns the files."""
        from include.simulation.specimen import export_files

        return export_files.write_day(self, root, day, faults)

    def write_history(self, root: Path, last_day: date) -> list[Path]:
        """Write the opening history up to and with `last_day`; returns the files."""
        from include.simulation.specimen import export_files

        return export_files.write_history(self, root, last_day)

    def save(self, path: Path) -> None:
        """Keep the whole business in one file, so that another process can go on."""
        from include.simulation.specimen import saving

        saving.save(self, path)

    @classmethod
    def load(cls, path: Path) -> Specimen:
        """The business that `save` kept."""
        from include.simulation.specimen import saving

        return saving.load(path)

    def _move(self, day: date, transfers: pd.DataFrame | None) -> None:
        table, number = self.transfers, day_number(day)
        come = table["arrives"] == number
        np.add.at(self.stock.on_hand, (table["sku"][come], table["taker"][come]), table["quantity"][come])
        if transfers is None or transfers.empty:
            return
        sku = _positions(transfers["sku"], self.catalogue.sku_codes, "sku")
        giver = _positions(transfers["from_warehouse"], WAREHOUSES, "warehouse")
        taker = _positions(transfers["warehouse"], WAREHOUSES, "warehouse")
        wished = pd.to_numeric(transfers["quantity"]).to_numpy(dtype=np.int64)
        arrives = day_number(sale_days.next_working_day(day + timedelta(days=self.settings.transfer_days)))
        for one, frm, to, units in zip(sku, giver, taker, wished, strict=True):
            quantity = min(int(units), max(int(self.stock.available[one, frm]), 0))
            if quantity > 0 and frm != to:
                self.stock.on_hand[one, frm] -= quantity
                table.append(
                    1, {"day": number, "sku": one, "giver": frm, "taker": to, "quantity": quantity, "arrives": arrives}
                )

    def _sell(self, day: date) -> None:
        prices = self.demand.listing_prices(day)
        liking = self.catalogue.category[self.catalogue.listing_main]
        today = baskets.gather(self.settings, self.demand.draw(day), liking, self.customers, day)
        new, sold = selling.sell(
            self.settings, self.catalogue, self.customers, today, prices, self.stock.available, self.wanted, day
        )
        self.trailing += (sold - self.trailing) / habits.MEMORY_DAYS
        parcels.promise(self.sales, self.stock, self.sales.register(day, new))

    def _found_customers(self) -> None:
        first = self.settings.first_day
        self.customers.found(first, int(self.settings.skus * self.settings.lines_per_sku_day * FOUNDING_DAYS))
        rng = stream(self.settings.seed, "founders", 1)
        hands = max(30, self.settings.skus // 2)
        shops = rng.choice(3, size=hands, p=self.settings.shop_shares).astype(np.int8)
        self.customers.born(rng, first, shops, rng.integers(0, 3, hands).astype(np.int8), kind=BRUSHER)

    def _read_orders(self, frame: pd.DataFrame) -> habits.Purchase:
        missing = {"sku", "warehouse", "quantity"} - set(frame.columns)
        if missing:
            raise ValueError(f"orders lack the columns {sorted(missing)}; found {list(frame.columns)}")
        sku = _positions(frame["sku"], self.catalogue.sku_codes, "sku")
        warehouse = _positions(frame["warehouse"], WAREHOUSES, "warehouse")
        quantity = pd.to_numeric(frame["quantity"]).to_numpy(dtype=np.int64)
        if (quantity <= 0).any():
            raise ValueError(f"quantities to order must be positive, found {quantity.min()}")
        supplier = self.catalogue.supplier[sku]
        if "supplier" in frame.columns:
            named = frame["supplier"].notna().to_numpy()
            supplier[named] = _positions(frame["supplier"][named], self.catalogue.suppliers.codes, "supplier")
        return habits.Purchase(sku, warehouse, quantity, supplier)


def _positions(values: pd.Series, known: tuple[str, ...], what: str) -> np.ndarray:
    place = pd.Index(known).get_indexer(pd.Index(values.astype(str)))
    if (place < 0).any():
        unknown = sorted(set(values.astype(str)[place < 0]))
        raise ValueError(f"unknown {what}: {', '.join(unknown[:5])}")
    return place.astype(np.int64)
