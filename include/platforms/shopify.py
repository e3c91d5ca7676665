"""Shopify's orders_export.csv: a line an item, the order's own columns on its first line only.

Times carry an offset and are brought to the merchant's time zone. Amounts are in the file's Currency: a row in another
one is held back, since amounts of two currencies cannot be added. Nothing says that a parcel has arrived, so a
fulfilled order stays shipped.
"""

import numpy as np
import pandas as pd

from include.platforms.canonical import canonical
from include.platforms.declaration import Column, Context, Kind, Report, header_list
from include.platforms.order_parts import line_amount, marks_of, numbered_lines, share_out
from include.platforms.provinces import province_names

FINANCIAL = {
    "pending": "unpaid",
    "authorized": "unpaid",
    "partially_paid": "unpaid",
    "paid": "paid",
    "partially_refunded": "paid",
    "refunded": "closed",
    "voided": "closed",
    "expired": "closed",
}
_ORDER_FIELDS = (
    "financial", "paid_at", "created_at", "cancelled_at", "fulfilment", "total_micros", "subtotal_micros",
    "freight_micros", "refunded_micros", "buyer", "province_name", "province_code", "country", "city", "tags",
)  # fmt: skip

_HEADERS = header_list(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,"
    "Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,"
    "Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,"
    "Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,"
    "Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,"
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,"
    "Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,"
    "Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,"
    "Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,"
    "Payment References"
)


def _order_money(rows: pd.DataFrame, good: np.ndarray) -> pd.Series:
    """The total stands on an order's first line; the others hold none, and where one states it again it is not more."""
    known = rows["order_id"].notna()
    later = known & rows["order_id"].duplicated() & rows["total_micros"].isna()
    stated = rows["total_micros"].notna() & good
    again = stated & rows["order_id"].where(stated).duplicated()
    return rows["total_micros"].mask(later | again, 0)


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    by_order = rows.groupby("order_id", sort=False)
    whole = rows.assign(**{field: by_order[field].transform("first") for field in _ORDER_FIELDS})
    whole = whole.assign(status=_status(whole))
    # The rest of an order whose first line cannot be read is lines without an order.
    unreadable = whole["order_id"].isin(context.unreadable_values("order_id"))
    first = whole[~whole["order_id"].duplicated() & ~(unreadable & whole["total_micros"].isna())]
    orders = first.assign(
        refunded_micros=first["refunded_micros"].fillna(0),
        province=province_names(first["province_name"].fillna(first["province_code"]).fillna(first["country"])),
        mark=marks_of(first["tags"], context.remark_marks),
    )
    price = line_amount(whole["unit_price_micros"], whole["quantity"])
    lines = whole.assign(
        line_id=numbered_lines(whole["order_id"], whole["merchant_code"], whole["file_line"]),
        # Subtotal is what the goods cost after every discount, also those on the order as a whole.
        paid_micros=share_out(
            whole["subtotal_micros"], price - whole["discount_micros"].fillna(0), whole["order_id"]
        ).mask(unreadable),
        refunded_micros=None,
        is_gift=(whole["unit_price_micros"] == 0).fillna(False),
    )
    return {"orders": canonical("orders", orders), "order_lines": canonical("order_lines", lines)}


def _status(whole: pd.DataFrame) -> pd.Series:
    status = whole["financial"]
    sent = whole["fulfilment"].isin(["fulfilled", "partial"]) & (status == "paid")
    return status.mask(sent, "shipped").mask(whole["cancelled_at"].notna(), "closed")


ORDERS = Report(
    platform="shopify",
    name="orders",
    title="Shopify orders_export",
    columns=(
        Column("order_id", ("Name",), Kind.ID, required=True, filled=True),
        Column("financial", ("Financial Status",), Kind.STATUS, required=True, words=FINANCIAL),
        Column("paid_at", ("Paid at",), Kind.TIME, required=True),
        Column("created_at", ("Created at",), Kind.TIME, required=True),
        Column("cancelled_at", ("Cancelled at",), Kind.TIME),
        Column("fulfilment", ("Fulfillment Status",), Kind.TEXT),
        Column("currency", ("Currency",), Kind.TEXT, required=True),
        Column("total_micros", ("Total",), Kind.MONEY, required=True),
        Column("subtotal_micros", ("Subtotal",), Kind.MONEY, required=True),
        Column("freight_micros", ("Shipping",), Kind.MONEY),
        Column("refunded_micros", ("Refunded Amount",), Kind.MONEY),
        Column("merchant_code", ("Lineitem sku",), Kind.ID, required=True),
        Column("title", ("Lineitem name",), Kind.TEXT),
        Column("quantity", ("Lineitem quantity",), Kind.QUANTITY, required=True, filled=True),
        Column("unit_price_micros", ("Lineitem price",), Kind.MONEY, required=True),
        Column("discount_micros", ("Lineitem discount",), Kind.MONEY),
        Column("buyer", ("Email",), Kind.TEXT, personal=True),
        Column("email", ("Email",), Kind.TEXT, personal=True),
        Column("phone", ("Phone", "Billing Phone"), Kind.TEXT, personal=True),
        Column("receiver_phone", ("Shipping Phone",), Kind.TEXT, personal=True),
        Column("person_name", ("Billing Name",), Kind.TEXT, personal=True),
        Column("province_name", ("Shipping Province Name",), Kind.TEXT),
        Column("province_code", ("Shipping Province",), Kind.TEXT),
        Column("country", ("Shipping Country",), Kind.TEXT),  # all that many countries' addresses say of the place
        Column("city", ("Shipping City",), Kind.TEXT),
        Column("tags", ("Tags",), Kind.TEXT, personal=True),
    ),
    known=_HEADERS,
    generations=(("79 columns", ("Payment References", "Lineitem discount")), ("older", ("Lineitem sku",))),
    day="created_at",
    money=_order_money,
    currency="currency",
    together=("order_id",),
    build=_orders,
)

REPORTS = (ORDERS,)
