"""What really happened, as frames: for tests and for judging forecasts and lists, never for making them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from include.simulation.specimen import marketing
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.catalogue import CATEGORIES
from include.simulation.specimen.orders import BULK, GIFT, KINDS
from include.simulation.specimen.regions import PROVINCE_FULL, WAREHOUSES
from include.simulation.specimen.settings import day_number


def frame(specimen: Specimen, name: str) -> pd.DataFrame:
    """The frame of that name; see the functions below for columns. Raises ValueError for another name."""
    told = (
        demand, expected, stock, shipments, customers, visits, orders, lines, purchase_orders, receipts, shop_traffic,
        advertising, live_sessions,
    )  # fmt: skip
    frames: dict[str, Callable[[Specimen], pd.DataFrame]] = {one.__name__: one for one in told}
    if name not in frames:
        raise ValueError(f"no truth called {name!r}; there are {', '.join(frames)}")
    return frames[name](specimen)


def demand(specimen: Specimen) -> pd.DataFrame:
    """Units a day, sku and warehouse, where anything was wanted.

    Columns day (text), sku, warehouse, wanted, sold (= wanted - lost - lost_with_bundle), lost (this shelf was empty),
    lost_with_bundle (another part of a bundle was missing), empty_from (second of the day, NA when nobody was turned
    away). Company orders and gifts are apart: see `lines`.
    """
    table = specimen.wanted.arrays()
    rows = table["day"] <= day_number(specimen.last_day)
    cells = pd.DataFrame({name: values[rows] for name, values in table.items()})
    cells["empty_from"] = cells["empty_from"].where(cells["empty_from"] >= 0).astype("Int64")
    total = cells.groupby(["day", "sku", "warehouse"], as_index=False).agg(
        {"wanted": "sum", "lost": "sum", "lost_with_bundle": "sum", "empty_from": "min"}
    )
    total.insert(4, "sold", total["wanted"] - total["lost"] - total["lost_with_bundle"])
    return _named(specimen, total)


def expected(specimen: Specimen) -> pd.DataFrame:
    """The mean that each day's demand was drawn around: day, sku, warehouse, units (float), all cells."""
    return _dense(specimen, np.stack([specimen.demand.expected_units(day) for day in specimen.lived_days()]), "units")


def stock(specimen: Specimen) -> pd.DataFrame:
    """Every cell at the end of every day: day, sku, warehouse, on_hand, promised, in_transit."""
    closings = np.stack(specimen.closings)
    table = _dense(specimen, closings[:, 0], "on_hand")
    table["promised"] = closings[:, 1].ravel()
    table["in_transit"] = closings[:, 2].ravel()
    return table


def shipments(specimen: Specimen) -> pd.DataFrame:
    """Units that left a warehouse: day, sku, warehouse, units."""
    shipped = specimen.sales.orders["shipped"]
    end = np.datetime64(specimen.next_day, "s")
    rows = np.flatnonzero((shipped < end) & (specimen.sales.orders["kind"] != KINDS.index("brushing")))
    order, cell, units = specimen.sales.units_of(rows)
    table = pd.DataFrame(
        {
            "day": shipped[rows][order].astype("datetime64[D]").astype(np.int64),
            "sku": cell // 3,
            "warehouse": cell % 3,
            "units": units,
        }
    )
    return _named(specimen, table.groupby(["day", "sku", "warehouse"], as_index=False)["units"].sum())


def customers(specimen: Specimen) -> pd.DataFrame:
    """One row a customer (the index is the number that `contact` takes).

    Columns shop, buyer (the key by which the ERP knows them), kind, province, favourite, gap_days,
    regularity, hazard (a day), born, lost, last_visit (day texts; lost is NA while alive), visits, called_back.
    """
    table = specimen.customers.table.arrays()
    number = np.arange(len(specimen.customers.table))
    today = day_number(specimen.last_day)
    called = pd.Series(table["called_back"], dtype="int64")
    return pd.DataFrame(
        {
            "shop": np.array(list(specimen.settings.shops))[table["shop"]],
            "buyer": buyer_keys(number),
            "kind": np.array(["shopper", "brusher", "company"])[table["kind"]],
            "province": np.array(PROVINCE_FULL)[table["province"]],
            "favourite": np.array([category.title for category in CATEGORIES])[table["category"]],
            "gap_days": table["gap_days"],
            "regularity": table["regularity"],
            "hazard": table["hazard"],
            "born": day_texts(table["born"]),
            "lost": day_texts(table["lost"]).where(table["lost"] <= today),
            "last_visit": day_texts(table["last_visit"]),
            "visits": table["visits"],
            "called_back": day_texts(np.where(called <= today, called, 0)).where(called <= today),
        }
    )


def visits(specimen: Specimen) -> pd.DataFrame:
    """Customers' orders as they were paid: customer, shop, day."""
    rows = np.flatnonzero(
        (specimen.sales.orders["paid"] < np.datetime64(specimen.next_day, "s"))
        & ~np.isin(specimen.sales.orders["kind"], [GIFT, KINDS.index("brushing")])
    )
    return pd.DataFrame(
        {
            "customer": specimen.sales.orders["customer"][rows],
            "shop": np.array(list(specimen.settings.shops))[specimen.sales.orders["shop"][rows]],
            "day": day_texts(specimen.sales.orders["paid"][rows].astype("datetime64[D]").astype(np.int64)),
        }
    )


def orders(specimen: Specimen) -> pd.DataFrame:
    """All orders with all the times of their lives, those still to come included (NaT: never)."""
    table = pd.DataFrame(specimen.sales.orders.arrays())
    table["kind"] = np.array(KINDS)[table["kind"]]
    table["shop"] = np.array(list(specimen.settings.shops))[table["shop"]]
    table["warehouse"] = np.array(WAREHOUSES)[table["warehouse"]]
    return table


def lines(specimen: Specimen) -> pd.DataFrame:
    """Order lines with their listing, and of their order number, kind, shop, warehouse and day of payment."""
    table = pd.DataFrame(specimen.sales.lines.arrays())
    order = orders(specimen).loc[table["order"]].reset_index(drop=True)
    table["listing"] = np.array(specimen.catalogue.listing_codes)[table["listing"]]
    for column in ("number", "kind", "shop", "warehouse", "paid"):
        table[column] = order[column]
    table["bulk"] = order["kind"] == KINDS[BULK]
    return table


def purchase_orders(specimen: Specimen) -> pd.DataFrame:
    """Purchase lines: number, line, sku, supplier, warehouse, ordered, expected, quantity, cancelled, received."""
    table = pd.DataFrame(specimen.supply.purchases.arrays())
    table["received"] = specimen.supply.received(specimen.last_day)
    table["supplier"] = np.array(specimen.catalogue.suppliers.codes)[table["supplier"]]
    table["sku"] = np.array(specimen.catalogue.sku_codes)[table["sku"]]
    table["warehouse"] = np.array(WAREHOUSES)[table["warehouse"]]
    for column in ("ordered", "expected"):
        table[column] = day_texts(table[column].to_numpy())
    cancelled = table["cancelled"].to_numpy()
    known = cancelled <= day_number(specimen.last_day)
    table["cancelled"] = day_texts(np.where(known, cancelled, 0)).where(known)
    return table


def receipts(specimen: Specimen) -> pd.DataFrame:
    """Goods received so far: day, sku, warehouse, quantity, purchase (row), number."""
    table = pd.DataFrame(specimen.supply.receipts.arrays())
    table = table[table["day"] <= day_number(specimen.last_day)].reset_index(drop=True)
    purchase = table["purchase"].to_numpy()
    table["sku"] = specimen.supply.purchases["sku"][purchase]
    table["warehouse"] = specimen.supply.purchases["warehouse"][purchase]
    return _named(specimen, table)


def shop_traffic(specimen: Specimen) -> pd.DataFrame:
    """Each shop's visitors by day: shop, day, and the columns of `marketing.shop_traffic`."""
    return _by_shop(specimen, marketing.shop_traffic)


def advertising(specimen: Specimen) -> pd.DataFrame:
    """What each shop advertised by day and listing: shop, day, and the columns of `marketing.advertising`."""
    return _by_shop(specimen, marketing.advertising)


def live_sessions(specimen: Specimen) -> pd.DataFrame:
    """Each shop's live sessions, if its platform tells them: shop, day, and those of `marketing.live_sessions`."""
    return _by_shop(specimen, marketing.live_sessions, only="douyin")


def _by_shop(
    specimen: Specimen, of_shop: Callable[[Specimen, int, date, date], pd.DataFrame], only: str | None = None
) -> pd.DataFrame:
    first, last = specimen.settings.first_day, specimen.last_day
    shops = [(at, name) for at, name in enumerate(specimen.settings.shops) if only in (None, name)]
    table = pd.concat([of_shop(specimen, at, first, last).assign(shop=name) for at, name in shops], ignore_index=True)
    return table.assign(day=day_texts(table["day"].to_numpy()).to_numpy())


def buyer_keys(number: np.ndarray) -> pd.Series:
    """The key by which the merchant's ERP knows a customer; the platforms' own exports mask their buyers."""
    scrambled = pd.Series((number.astype(np.int64) * 7_919 + 104_729) % 100_000_000).astype(str).str.zfill(8)
    return "ou" + scrambled


def day_texts(numbers: np.ndarray) -> pd.Series:
    """Day numbers as YYYY-MM-DD."""
    clipped = np.clip(np.asarray(numbers, dtype=np.int64), 0, 60_000)
    return pd.Series(clipped.astype("datetime64[D]").astype(str))


def _named(specimen: Specimen, table: pd.DataFrame) -> pd.DataFrame:
    table["day"] = day_texts(table["day"].to_numpy()).to_numpy()
    table["sku"] = np.array(specimen.catalogue.sku_codes)[table["sku"]]
    table["warehouse"] = np.array(WAREHOUSES)[table["warehouse"]]
    return table


def _dense(specimen: Specimen, values: np.ndarray, name: str) -> pd.DataFrame:
    days, skus, warehouses = values.shape
    return pd.DataFrame(
        {
            "day": np.repeat([day.isoformat() for day in specimen.lived_days()], skus * warehouses),
            "sku": np.tile(np.repeat(specimen.catalogue.sku_codes, warehouses), days),
            "warehouse": np.tile(WAREHOUSES, days * skus),
            name: values.ravel(),
        }
    )
