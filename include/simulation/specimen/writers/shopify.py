"""Shopify's orders_export: a line an item, the order's own columns on its first line only, times with their offset."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.snapshot import CLOSED, COMPLETED, SHIPPED, UNPAID, Columns, Snapshot
from include.simulation.specimen.writers import buyer_cells
from include.simulation.specimen.writers.sheet import Cells, Sheet, columns, money, pick, repeated, texts, when, whole
from include.simulation.specimen.writers.tmall import remarks

HEADER = columns(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)

ZONE = "America/New_York"  # the shop's


def order_numbers(row: np.ndarray) -> pa.Array:
    """#1001 and on: by an order's row in the ledger."""
    return texts("#", whole(1_001 + row.astype(np.int64)))


def buyers(customer: np.ndarray) -> pa.Array:
    """A mail address that cannot be anybody's."""
    return texts("c", whole(customer), "@example.com")


def orders(specimen: Specimen, snapshot: Snapshot, refunds: Columns, exported_at: datetime, part: int) -> Sheet:
    """The one report, which tells refunds as an amount."""
    table, lines, goods = snapshot.orders, snapshot.lines, specimen.catalogue
    order, first = lines["position"], lines["nth"] == 0
    paid, status = ~np.isnat(table["paid"]), table["status"]
    back = table["refunded_fen"]
    financial = when(
        ~paid,
        when(status == CLOSED, "expired", "pending"),
        when((back >= table["total_fen"]) & (back > 0), "refunded", when(back > 0, "partially_refunded", "paid")),
    )
    gone = np.isin(status, [SHIPPED, COMPLETED])

    def once(cells: Cells) -> pa.Array:
        """An order's cell on its first line."""
        return when(first, cells if isinstance(cells, str) else repeated(cells, order))

    who = table["customer"]
    province, city, _ = buyer_cells.regions(specimen.customers, who)
    return Sheet(
        name=f"orders_export_{exported_at:%Y%m%d%H%M}{part:02d}.csv",
        header=HEADER,
        rows=len(order),
        encoding="utf-8",
        ending="\n",
        roles={"id": ("Name",), "quantity": ("Lineitem quantity",)},
        cells={
            "Name": repeated(order_numbers(table["row"]), order),
            "Email": repeated(buyers(who), order),
            "Financial Status": once(financial),
            "Paid at": once(_zoned(table["paid"])),
            "Fulfillment Status": once(when(gone, "fulfilled", "unfulfilled")),
            "Fulfilled at": once(_zoned(table["shipped"])),
            "Currency": once("CNY"),
            "Subtotal": once(money(table["goods_fen"])),
            "Shipping": once(money(table["freight_fen"])),
            "Taxes": once("0.00"),
            "Total": once(money(table["total_fen"])),
            "Created at": repeated(_zoned(table["created"]), order),
            "Lineitem quantity": whole(lines["quantity"]),
            "Lineitem name": pick(goods.listing_titles, lines["listing"]),
            "Lineitem price": money(lines["price_fen"]),
            "Lineitem sku": pick(goods.listing_codes, lines["listing"]),
            "Lineitem discount": money(lines["price_fen"] * lines["quantity"] - lines["payable_fen"]),
            "Shipping City": once(city),
            "Shipping Zip": once("'100000"),
            "Shipping Province Name": once(province),
            "Shipping Country": once("CN"),
            "Cancelled at": once(when((status == CLOSED) & ~paid, _zoned(table["closed"]))),
            "Refunded Amount": once(money(back)),
            "Id": once(whole(5_820_000_000_000 + table["row"])),
            "Tags": once(remarks(table["kind"])),
            "Outstanding Balance": once(money(np.where(status == UNPAID, table["total_fen"], 0))),
        },
    )


def _zoned(moments: np.ndarray) -> pa.Array:
    """The merchant's moments on the shop's own clock, which is set an hour forward in spring and back in autumn."""
    shown = pd.DatetimeIndex(moments).tz_localize("Asia/Shanghai").tz_convert(ZONE)
    return pa.array(shown.strftime("%Y-%m-%d %H:%M:%S %z").fillna(""), pa.string())
