"""Shopify's orders_export.csv: a line an item, the order's own columns on its first line only.

What an order means, by Financial Status and what stands beside it:

- paid, partially_refunded: paid at Paid at; where that is blank, on the day it was made, which is told.
- refunded: the same, and closed. Where Refunded Amount is blank, all of it was paid back.
- authorized: paid on the day it was made. The buyer has done what there is to do; the merchant captures later.
- partially_paid: the same, of an order that is paid in parts.
- pending: unpaid, unless it was sent (fulfilled, partial) or Payment Method says cash on delivery: then it was wanted
  on the day it was made, and stays on that day when the courier's money comes weeks later. So does every order that
  was sent before it was paid.
- voided, expired: closed and never paid. So is cash on delivery that was cancelled.
- another word: paid if Paid at says when, else unpaid; the word is told.
- Cancelled at with anything in it: closed; some exports write UNKNOWN there.
- Payment Method with Bogus in it: Shopify's gateway for tests. Ignored as a test order.
- Lineitem quantity 0: taken off the order when it was edited. Ignored; where it is the order's first line, the line
  still says what the order is.
- Lineitem price 0: a gift.

Two orders can have one Name: two stores' exports put together, or a prefix that was changed. Their Id tells them apart:
the elder keeps its name, the younger gets its Id behind it. Without Id, a second first line of another buyer or moment
is held back with all that follows under that name.

Times carry an offset and are brought to the merchant's time zone. Amounts are in the file's Currency: a row in another
one is held back, since amounts of two currencies cannot be added. Nothing says that a parcel has arrived, so a
fulfilled order stays shipped.
"""

import numpy as np
import pandas as pd

from include.exports.building.order_parts import line_amount, marks_of, numbered_lines, share_out
from include.exports.building.provinces import province_names
from include.exports.canonical import canonical
from include.exports.declaration import BY_PAYMENT, Column, Context, Held, Ignored, Kind, Report, Told, header_list
from include.files.text.encoding import ANY

REFUNDED, AUTHORIZED, VOIDED = "refunded", "authorized", "voided"
FINANCIAL = {
    "pending": "unpaid",
    "authorized": AUTHORIZED,
    "partially_paid": AUTHORIZED,
    "paid": "paid",
    "partially_refunded": "paid",
    "refunded": REFUNDED,
    "voided": VOIDED,
    "expired": VOIDED,
}
CASH_ON_DELIVERY = (
    r"\bcod\b|cash on delivery|pay(?:ment)? on delivery|collect on delivery|货到付款|貨到付款|代金引換|代引|nachnahme|"
    r"contrassegno|contra ?reembolso|contra ?entrega|contre[- ]remboursement|paiement à la livraison|rembours|"
    r"pobranie|dobírka|utánvét|ramburs|наложен"
)
_ORDER_FIELDS = (
    "financial", "paid_at", "created_at", "cancelled_at", "fulfilment", "fulfilled_at", "payment", "total_micros",
    "subtotal_micros", "freight_micros", "refunded_micros", "buyer", "province_name", "province_code", "country",
    "city", "tags",
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
    name = _order_names(rows)
    known = name.notna()
    later = known & name.duplicated() & rows["total_micros"].isna()
    stated = rows["total_micros"].notna() & good
    again = stated & name.where(stated).duplicated()
    return rows["total_micros"].mask(later | again, 0)


def _order_names(rows: pd.DataFrame) -> pd.Series:
    """The name of each row's order: its number, and its Id too where an elder order has that number."""
    number = rows["order_id"]
    ids = rows["platform_id"].groupby(number, sort=False).ffill()
    ids = ids.fillna(ids.groupby(number, sort=False).bfill())
    known = pd.DataFrame({"number": number, "id": ids}).dropna().drop_duplicates()
    if not known["number"].duplicated().any():
        return number
    known = known.assign(length=known["id"].str.len()).sort_values(["number", "length", "id"], kind="stable")
    younger = known[known["number"].duplicated()]
    names = pd.MultiIndex.from_frame(younger[["number", "id"]])
    is_younger = pd.MultiIndex.from_arrays([number, ids]).isin(names)
    return number.mask(is_younger, number + "/" + ids).astype("str")


def _ignored(rows: pd.DataFrame, context: Context) -> Ignored:
    name = _order_names(rows)
    tested = (
        rows["payment"].str.contains("bogus", case=False, regex=False, na=False).groupby(name, sort=False, dropna=False)
    )
    taken_off = (rows["quantity"] == 0).fillna(False) & name.duplicated()
    return [
        ((tested.transform("any") & name.notna()).to_numpy(), "test order"),
        (taken_off.to_numpy(), "taken off the order"),
    ]


def _held(rows: pd.DataFrame, context: Context) -> Held:
    """Lines of a second order of a number that no Id tells from the first."""
    name = _order_names(rows)
    starts = rows[rows["total_micros"].notna() & name.notna()]
    first = starts.assign(name=name).drop_duplicates("name").set_index("name")
    second = pd.Series(False, index=rows.index)
    for field in ("buyer", "created_at"):
        of_first = pd.Series(first[field].reindex(name).array, index=rows.index)  # `map` fails on no dates at all
        second |= (rows[field].notna() & of_first.notna() & (rows[field] != of_first)).fillna(False)
    second &= rows["total_micros"].notna() & name.duplicated()
    held = second.groupby(name, sort=False, dropna=False).cummax() & name.notna()
    return [(held.to_numpy(dtype=bool), "order_id", "one order of this number; the column Id would tell two apart")]


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    whole = _whole(rows)
    # The rest of an order whose first line cannot be read is lines without an order.
    unreadable = rows["order_id"].isin(context.unreadable_values("order_id"))
    first = whole[~whole["order_id"].duplicated() & ~(unreadable & whole["total_micros"].isna())]
    refunded = first["refunded_micros"].fillna(0)
    orders = first.assign(
        refunded_micros=refunded.mask((first["financial"] == REFUNDED) & (refunded == 0), first["total_micros"]),
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
    sold = lines[(lines["quantity"] != 0).fillna(True)]
    return {"orders": canonical("orders", orders), "order_lines": canonical("order_lines", sold)}


def _whole(rows: pd.DataFrame) -> pd.DataFrame:
    """Each line with its order's name, status and moment of payment."""
    named = rows.assign(order_id=_order_names(rows))
    by_order = named.groupby("order_id", sort=False)
    whole = named.assign(**{field: by_order[field].transform("first") for field in _ORDER_FIELDS})
    sent = whole["fulfilment"].isin(["fulfilled", "partial"])
    on_delivery = whole["payment"].str.contains(CASH_ON_DELIVERY, case=False, regex=True, na=False)
    cancelled = whole["cancelled_at"].notna()
    financial = whole["financial"].fillna(whole["paid_at"].notna().map({True: "paid", False: "unpaid"}))
    accepted = (financial == "unpaid") & (sent | on_delivery) & ~cancelled
    owed = (financial == AUTHORIZED) & ~cancelled
    counted = accepted | owed | financial.isin(["paid", REFUNDED])
    paid_later = on_delivery | (whole["fulfilled_at"] <= whole["paid_at"]).fillna(False)
    status = financial.mask(accepted | owed, "paid")
    status = status.mask(sent & (status == "paid"), "shipped").replace(AUTHORIZED, "unpaid")
    return whole.assign(
        status=status.mask(cancelled | status.isin([REFUNDED, VOIDED]), "closed"),
        accepted=accepted,
        dated=counted & whole["paid_at"].isna(),
        paid_at=whole["paid_at"].mask(counted & (whole["paid_at"].isna() | paid_later), whole["created_at"]),
    )


def _told(rows: pd.DataFrame, context: Context) -> Told:
    whole = _whole(rows)
    first = ~whole["order_id"].duplicated()
    return [
        (
            first & whole["accepted"] & whole["dated"],
            "cash on delivery or on account: counted on the day it was ordered",
        ),
        (
            first & whole["dated"] & ~whole["accepted"],
            "the order is paid or authorized and Paid at is blank: counted on the day it was ordered",
        ),
    ]


ORDERS = Report(
    name="orders",
    title="Shopify orders_export",
    columns=(
        Column("order_id", ("Name",), Kind.ID, required=True, filled=True),
        Column("financial", ("Financial Status",), Kind.STATUS, required=True, words=FINANCIAL, open_ended=BY_PAYMENT),
        Column("paid_at", ("Paid at",), Kind.TIME, required=True),
        Column("created_at", ("Created at",), Kind.TIME, required=True),
        Column("cancelled_at", ("Cancelled at",), Kind.TEXT),
        Column("fulfilment", ("Fulfillment Status",), Kind.TEXT),
        Column("fulfilled_at", ("Fulfilled at",), Kind.TIME),
        Column("payment", ("Payment Method",), Kind.TEXT),
        Column("platform_id", ("Id",), Kind.ID),
        Column("currency", ("Currency",), Kind.TEXT, required=True),
        Column("total_micros", ("Total",), Kind.MONEY, required=True),
        Column("subtotal_micros", ("Subtotal",), Kind.MONEY, required=True),
        Column("freight_micros", ("Shipping",), Kind.MONEY, spared=True),
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
    ignore=_ignored,
    hold=_held,
    tell=_told,
    keep_together_by=("order_id",),
    encodings=ANY,
    build=_orders,
)

REPORTS = (ORDERS,)
