"""WooCommerce Analytics' orders CSV: a line an order, its products named in words (`2× Tea, 1× Cup`).

There is no sku in it: a line's listing_id is the product's name, so that the merchant's listings can say which sku it
is, and what they do not say stands among the unmapped. There is one amount, Net Sales, which leaves taxes and freight
out.
"""

import re

import pandas as pd

from include.landing.encoding import ANY
from include.platforms.canonical import canonical
from include.platforms.declaration import Column, Context, Kind, Report, header_list
from include.platforms.order_parts import share_out

STATUSES = {
    "pending": "unpaid",
    "pending payment": "unpaid",
    "on-hold": "unpaid",
    "on hold": "unpaid",
    "checkout-draft": "unpaid",
    "processing": "paid",
    "completed": "completed",
    "cancelled": "closed",
    "canceled": "closed",
    "failed": "closed",
    "refunded": "closed",
}
_NEVER_PAID = ("pending", "on-hold", "on hold", "checkout-draft", "cancelled", "canceled", "failed")
_PRODUCT = re.compile(r"(\d+)\s*[×x]\s+(.+?)(?=,\s*\d+\s*[×x]\s+|$)", re.DOTALL)


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    paid_at = rows["created_at"].mask(rows["status"] == "unpaid")
    orders = rows.assign(paid_at=paid_at.mask(rows["word"].str.casefold().isin(_NEVER_PAID)), refunded_micros=0)
    return {"orders": canonical("orders", orders), "order_lines": canonical("order_lines", _lines(orders))}


def _lines(orders: pd.DataFrame) -> pd.DataFrame:
    """One row a product named; an order's amount is shared by units, since no prices are told."""
    named = [_PRODUCT.findall(text) for text in orders["products"].fillna("")]
    lines = orders.loc[orders.index.repeat([len(products) for products in named])].reset_index(drop=True)
    lines["quantity"] = pd.array([int(units) for products in named for units, _ in products], dtype="Int64")
    lines["listing_id"] = pd.array([name.strip() for products in named for _, name in products], dtype="str")
    nth = lines.groupby("order_id", sort=False).cumcount() + 1
    return lines.assign(
        title=lines["listing_id"],
        line_id=lines["order_id"] + "#" + nth.astype("str"),
        paid_micros=share_out(lines["total_micros"], lines["quantity"] * 1_000_000, lines["order_id"]),
        refunded_micros=None,
    )


ORDERS = Report(
    platform="woocommerce",
    name="orders",
    title="WooCommerce Analytics orders (products by name, no sku)",
    columns=(
        Column("order_id", ("Order #",), Kind.ID, required=True, filled=True),
        Column("created_at", ("Date",), Kind.TIME, required=True, filled=True),
        Column("status", ("Status",), Kind.STATUS, required=True, filled=True, words=STATUSES),
        Column("word", ("Status",), Kind.TEXT),
        Column("products", ("Product(s)",), Kind.TEXT, required=True),
        Column("total_micros", ("Net Sales", "N. Revenue"), Kind.MONEY, required=True, filled=True),
    ),
    known=header_list(
        "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales,"
        "N. Revenue,Attribution"
    ),
    generations=(("net sales", ("Net Sales",)), ("net revenue", ("N. Revenue",))),
    key=("order_id",),
    day="created_at",
    money="total_micros",
    together=("order_id",),
    encodings=ANY,
    build=_orders,
    guessed="an order's amount is shared over its products by units, since the report tells no prices; taxes and "
    "freight are not in it.",
)

REPORTS = (ORDERS,)
