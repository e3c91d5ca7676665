"""Amazon: All Orders and Unshipped (tab-separated .txt).

What a row of All Orders means, by what it says:

- order-status Pending…: unpaid. Amazon has not charged anybody.
- Unshipped, InvoiceUnconfirmed, PartiallyShipped, Shipped…, Complete: paid when it was bought; no moment of payment is
  told.
- Cancelled, Canceled, Unfulfillable: closed and never paid. Amazon charges when it sends.
- Shipped - Returned to Seller, Rejected by Buyer, Undeliverable, Lost in Transit, Damaged: closed, and paid: it was
  wanted and sent. What was paid back stands in no report that is read.
- another order-status: what item-status says, else unpaid; the word is told.
- item-status Cancelled, or quantity 0: ignored as a cancelled item, though a price may still stand there. The rest of
  its order goes on; where nothing is left, its first line says that the order is closed.
- sales-channel Non-Amazon…, or no channel and a number like S01-…: ignored as sent for another channel. Amazon only
  sends it, and the shop that sold it counts it. Where that shop is not read, `counts_other_channels: true` makes it
  demand; what it cost is not known here.
- price 0, a discount as large as the price (Vine), is-replacement-order or an original-order-id: a gift, which leaves
  the shelf and is no demand.

Taxes are left out of what was paid: some marketplaces write them into the price, some beside it.

Unshipped knows units and no prices; it is for shops that do not take All Orders, whose lines it would replace.
"""

import numpy as np
import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Ignored, Kind, Report, header_list, meanings

CANCELLED = "cancelled"
STATUSES = meanings(
    unpaid="Pending,PendingAvailability,Pending - Waiting for Pick Up",
    paid="Unshipped,InvoiceUnconfirmed",
    shipped="PartiallyShipped,Partially Shipped,Shipping,Shipped,Shipped - Picked Up,"
    "Shipped - Out for Delivery,Shipped - Returning to Seller",
    completed="Shipped - Delivered to Buyer,Complete",
    closed="Shipped - Returned to Seller,Shipped - Rejected by Buyer,Shipped - Undeliverable,"
    "Shipped - Lost in Transit,Shipped - Damaged",
    **{CANCELLED: "Unfulfillable,Cancelled,Canceled"},
)
UNKNOWN = "item-status decides, and else such rows are unpaid"
UNKNOWN_ITEM = "only the order's own status counts"
# Its flat files are cp1252 in Europe and America and Shift-JIS in Japan; resaved on a Chinese computer, GB18030.
ENCODINGS = ("cp1252", "cp932", "gb18030", "big5")
_CHARGES = ("item_micros", "shipping_micros", "wrap_micros")
_DISCOUNTS = ("item_discount_micros", "shipping_discount_micros")

_ORDER_HEADERS = header_list(
    "amazon-order-id,merchant-order-id,purchase-date,last-updated-date,order-status,fulfillment-channel,sales-channel,"
    "order-channel,url,ship-service-level,product-name,sku,asin,item-status,quantity,currency,item-price,item-tax,"
    "shipping-price,shipping-tax,gift-wrap-price,gift-wrap-tax,item-promotion-discount,ship-promotion-discount,ship-city,"
    "ship-state,ship-postal-code,ship-country,promotion-ids,is-business-order,purchase-order-number,price-designation,"
    "is-replacement-order"
)
_UNSHIPPED_HEADERS = header_list(
    "order-id,order-item-id,purchase-date,payments-date,reporting-date,promise-date,days-past-promise,"
    "buyer-email,buyer-name,buyer-phone-number,sku,product-name,quantity-purchased,quantity-shipped,"
    "quantity-to-ship,ship-service-level,recipient-name,ship-address-1,ship-address-2,ship-address-3,"
    "ship-city,ship-state,ship-postal-code,ship-country,is-business-order,purchase-order-number,"
    "price-designation,is-iba,verge-of-cancellation,verge-of-lateShipment"
)


def _charged(rows: pd.DataFrame) -> pd.Series:
    """What a line adds to its order: goods, freight and wrapping after promotions, without taxes; a cancelled item
    nothing, whatever its price says."""
    charges = sum((rows[name].fillna(0) for name in _CHARGES), start=0 * rows["quantity"].fillna(0))
    discounts = sum((rows[name].abs().fillna(0) for name in _DISCOUNTS), start=0 * rows["quantity"].fillna(0))
    return (charges - discounts).mask(_cancelled(rows), 0).astype("Int64")


def _goods(rows: pd.DataFrame) -> pd.Series:
    return (rows["item_micros"] - rows["item_discount_micros"].abs().fillna(0)).clip(lower=0).astype("Int64")


def _line_ids(rows: pd.DataFrame) -> pd.Series:
    """`order#sku`, alike in both order reports, of which one may hold only some of an order's lines."""
    name = rows["order_id"] + "#" + rows["merchant_code"].fillna(rows["listing_id"]).fillna("")
    again = name.groupby(name, sort=False).cumcount() + 1
    return name.mask(again > 1, name + "#" + again.astype("str")).astype("str")


def _cancelled(rows: pd.DataFrame) -> pd.Series:
    return (rows["item_status"] == CANCELLED).fillna(False) | (rows["quantity"] == 0).fillna(False)


def _sent_only(rows: pd.DataFrame) -> pd.Series:
    """Rows of orders that another channel sold and Amazon only sends."""
    channel = rows["channel"].str.casefold()
    unsaid = channel.isna() & rows["order_id"].str.contains(r"^S\d{2}-", regex=True, na=False)
    return channel.str.startswith("non-amazon").fillna(False) | unsaid


def _ignored_orders(rows: pd.DataFrame, context: Context) -> Ignored:
    """Of an order whose items are all cancelled the first line stays: it says that the order is."""
    cancelled = _cancelled(rows)
    is_dead = cancelled.groupby(rows["order_id"], sort=False, dropna=False).transform("all")
    says_so = is_dead & ~rows["order_id"].duplicated()
    ignored = [((cancelled & ~says_so).to_numpy(), "cancelled item")]
    if not context.counts_other_channels:
        ignored.insert(0, (_sent_only(rows).to_numpy(), "sent for another channel"))
    return ignored


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    cancelled = _cancelled(rows)
    status = rows["status"].fillna(rows["item_status"]).fillna("unpaid").mask(cancelled, CANCELLED)
    unpaid = status.isin(["unpaid", CANCELLED])
    whole = rows.assign(
        charged=_charged(rows),
        status=status.replace(CANCELLED, "closed"),
        paid_at=rows["created_at"].mask(unpaid),
        item_micros=rows["item_micros"].mask(_sent_only(rows)),  # 0.0 there is no price
    )
    by_order = whole.groupby("order_id", sort=False)
    first = whole[~whole["order_id"].duplicated()]
    orders = first.assign(
        total_micros=first["order_id"].map(by_order["charged"].sum()),
        freight_micros=first["order_id"].map(by_order["shipping_micros"].sum()),
        refunded_micros=0,
    )
    sold = whole[~cancelled]
    replaced = sold["replacement"].str.casefold().eq("true").fillna(False) | sold["original"].notna()
    lines = sold.assign(
        line_id=_line_ids(sold),
        paid_micros=_goods(sold),
        unit_price_micros=sold["item_micros"] // sold["quantity"],
        is_gift=(_goods(sold) == 0).fillna(False) | replaced,
    )
    return {"orders": canonical("orders", orders), "order_lines": canonical("order_lines", lines)}


def _unshipped(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    lines = rows.assign(line_id=_line_ids(rows.assign(listing_id=None)), status="paid")
    return {"order_lines": canonical("order_lines", lines)}


def _units(rows: pd.DataFrame, good: np.ndarray) -> pd.Series:
    return _charged(rows)


ORDERS = Report(
    name="orders",
    title="Amazon All Orders",
    columns=(
        Column("order_id", ("amazon-order-id",), Kind.ID, required=True, filled=True),
        Column("created_at", ("purchase-date",), Kind.TIME, required=True, filled=True),
        Column(
            "status", ("order-status",), Kind.STATUS, required=True, filled=True, words=STATUSES, open_ended=UNKNOWN
        ),
        Column("item_status", ("item-status",), Kind.STATUS, words=STATUSES, open_ended=UNKNOWN_ITEM),
        Column("channel", ("sales-channel",), Kind.TEXT),
        Column("replacement", ("is-replacement-order",), Kind.TEXT),
        Column("original", ("original-order-id",), Kind.ID),
        Column("title", ("product-name",), Kind.TEXT),
        Column("merchant_code", ("sku",), Kind.ID, required=True),
        Column("listing_id", ("asin",), Kind.ID),
        Column("quantity", ("quantity", "quantity-purchased"), Kind.QUANTITY, required=True, filled=True),
        Column("currency", ("currency",), Kind.TEXT),
        Column("item_micros", ("item-price",), Kind.MONEY, required=True),
        Column("shipping_micros", ("shipping-price",), Kind.MONEY),
        Column("wrap_micros", ("gift-wrap-price",), Kind.MONEY),
        Column("item_discount_micros", ("item-promotion-discount",), Kind.MONEY),
        Column("shipping_discount_micros", ("ship-promotion-discount",), Kind.MONEY),
        Column("province", ("ship-state",), Kind.TEXT),
        Column("city", ("ship-city",), Kind.TEXT),
    ),
    known=_ORDER_HEADERS,
    generations=(("all orders", ("amazon-order-id", "item-status")),),
    day="created_at",
    money=_units,
    currency="currency",
    ignore=_ignored_orders,
    keep_together_by=("order_id",),
    encodings=ENCODINGS,
    quoted=False,
    build=_orders,
)

UNSHIPPED = Report(
    name="unshipped",
    title="Amazon Unshipped Orders (units only)",
    columns=(
        Column("order_id", ("order-id",), Kind.ID, required=True, filled=True),
        Column("created_at", ("purchase-date",), Kind.TIME, required=True, filled=True),
        Column("paid_at", ("payments-date",), Kind.TIME, required=True),
        Column("title", ("product-name",), Kind.TEXT),
        Column("merchant_code", ("sku",), Kind.ID, required=True, filled=True),
        Column("quantity", ("quantity-purchased",), Kind.QUANTITY, required=True, filled=True),
    ),
    known=_UNSHIPPED_HEADERS,
    generations=(("unshipped", ("quantity-to-ship",)),),
    key=("order_id", "merchant_code"),
    day="created_at",
    keep_together_by=("order_id",),
    encodings=ENCODINGS,
    quoted=False,
    build=_unshipped,
)

REPORTS = (ORDERS, UNSHIPPED)
