"""Amazon's All Orders: tab-separated, times in UTC, cancelled items with quantity 0 and no price."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.snapshot import CLOSED, PAID, SHIPPED, Columns, Snapshot
from include.simulation.specimen.writers.sheet import Sheet, columns, money, pick, repeated, texts, times, when, whole

HEADER = columns(
    "amazon-order-id,merchant-order-id,purchase-date,last-updated-date,order-status,fulfillment-channel,sales-channel,"
    "order-channel,url,ship-service-level,product-name,sku,asin,item-status,quantity,currency,item-price,item-tax,"
    "shipping-price,shipping-tax,gift-wrap-price,gift-wrap-tax,item-promotion-discount,ship-promotion-discount,"
    "ship-city,ship-state,ship-postal-code,ship-country,promotion-ids,is-business-order,purchase-order-number,"
    "price-designation"
)
STATUS = ("Pending", "Unshipped", "Shipped", "Shipped", "Cancelled")  # by the states of a snapshot


def order_numbers(row: np.ndarray) -> pa.Array:
    """111-1234567-1234567: by an order's row in the ledger."""
    return texts("111-", whole(1_000_000 + row % 1_000_000), "-", whole(1_000_000 + row // 1_000_000))


def orders(specimen: Specimen, snapshot: Snapshot, refunds: Columns, exported_at: datetime, part: int) -> Sheet:
    """The one report; an order that was sent stays shipped, whatever was paid back for it."""
    table, lines, goods = snapshot.orders, snapshot.lines, specimen.catalogue
    order = lines["position"]
    paid, gone = ~np.isnat(table["paid"]), ~np.isnat(table["shipped"])
    status = np.where((table["status"] == CLOSED) & paid, np.where(gone, SHIPPED, PAID), table["status"])[order]
    alive = status != CLOSED
    full = lines["price_fen"] * lines["quantity"]
    freight = np.where(lines["nth"] == 0, table["freight_fen"][order], 0)
    bought = repeated(_utc(table["created"]), order)
    return Sheet(
        name=f"all_orders_{exported_at:%Y%m%d%H%M}{part:02d}.txt",
        header=HEADER,
        rows=len(order),
        encoding="utf-8",
        ending="\n",
        delimiter="\t",
        roles={"id": ("amazon-order-id",), "quantity": ("quantity",)},
        cells={
            "amazon-order-id": repeated(order_numbers(table["row"]), order),
            "purchase-date": bought,
            "last-updated-date": bought,
            "order-status": pick(STATUS, status),
            "fulfillment-channel": "Merchant",
            "sales-channel": "Amazon.com",
            "product-name": pick(goods.listing_titles, lines["listing"]),
            "sku": pick(goods.listing_codes, lines["listing"]),
            "asin": texts("B0", whole(10_000_000 + lines["listing"].astype(np.int64))),
            "item-status": pick(STATUS, status),
            "quantity": whole(np.where(alive, lines["quantity"], 0)),
            "currency": when(alive, "CNY"),
            "item-price": when(alive, money(full)),
            "shipping-price": when(alive, money(freight)),
            "item-promotion-discount": when(alive, money(full - lines["payable_fen"])),
            "ship-country": "CN",
            "is-business-order": "false",
        },
    )


def _utc(moments: np.ndarray) -> pa.Array:
    """2025-11-11T00:54:10+00:00; merchant's time is eight hours ahead."""
    text = pc.replace_substring(times(moments - np.timedelta64(8 * 3600, "s")), " ", "T")
    return texts(text, "+00:00")
