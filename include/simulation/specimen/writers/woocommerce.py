"""WooCommerce Analytics' orders CSV: a line an order, its products in words, one amount."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.snapshot import CLOSED, COMPLETED, Columns, Snapshot
from include.simulation.specimen.writers.sheet import Sheet, columns, money, texts, times, when, whole

HEADER = columns(
    "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales,"
    "Attribution"
)


def order_numbers(row: np.ndarray) -> pa.Array:
    """By an order's row in the ledger."""
    return whole(2_001 + row.astype(np.int64))


def orders(specimen: Specimen, snapshot: Snapshot, refunds: Columns, exported_at: datetime, part: int) -> Sheet:
    """The one report; it knows of a refund where all of an order was given back."""
    table = snapshot.orders
    paid, back = ~np.isnat(table["paid"]), table["refunded_fen"]
    status = when(
        ~paid,
        when(table["status"] == CLOSED, "cancelled", "pending"),
        when(
            (back >= table["total_fen"]) & (back > 0),
            "refunded",
            when(table["status"] == COMPLETED, "completed", "processing"),
        ),
    )
    net = money(table["goods_fen"])
    return Sheet(
        name=f"wc-orders-report-export-{exported_at:%Y%m%d%H%M}{part:02d}.csv",
        header=HEADER,
        rows=len(paid),
        encoding="utf-8",
        ending="\n",
        roles={"id": ("Order #",), "time": ("Date",)},
        wrap={"Product(s)": ('"', '"')},
        cells={
            "Date": times(table["created"]),
            "Order #": order_numbers(table["row"]),
            "N. Revenue (formatted)": texts("¥", net),
            "Status": status,
            "Customer": texts("c", whole(table["customer"])),
            "Product(s)": _products(specimen, snapshot),
            "Items sold": whole(table["quantity"]),
            "Net Sales": net,
        },
    )


def _products(specimen: Specimen, snapshot: Snapshot) -> pa.Array:
    """`2× Tea, 1× Cup`, an order."""
    lines = snapshot.lines
    titles = np.array(specimen.catalogue.listing_titles, dtype=object)[lines["listing"]]
    each = pd.Series(lines["quantity"].astype(str)).astype(object) + "× " + titles
    said = each.groupby(lines["position"]).agg(", ".join)
    return pa.array(said.reindex(np.arange(len(snapshot.orders["row"])), fill_value=""), pa.string())
