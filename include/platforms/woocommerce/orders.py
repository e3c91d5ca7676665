"""WooCommerce Analytics' orders CSV: a line an order, its products named in words (`2× Tea, 1× Cup`).

There is no sku in it: a line's listing_id is the product's name, so that the merchant's listings can say which sku it
is, and what they do not say stands among the unmapped. There is one amount, Net Sales, which leaves taxes and freight
out. No moment of payment is told: what is paid was paid when it was ordered.

What a row means:

- processing, completed and the words of parcels under way: paid. Cash on delivery is processing from its first minute.
- pending, on-hold (a transfer or a cheque that has not come), checkout-draft, partially-paid: unpaid.
- cancelled, failed, trash: closed and never paid. returned: closed, and paid.
- refunded: closed, and all of it paid back.
- another word: unpaid; the word is told.
- Net Sales or Items sold below zero: not an order but a refund, on its own day. It bears its order's number, or one of
  its own, whose order then nobody knows; such refunds are told. Its amount may hold taxes and freight and be more than
  the order's: no more is paid back than was paid.

A product is `count× name`, and a comma and a count part two. A name may hold such a text itself: Items sold, the units
of the order, says which reading is right. Where no reading or more than one comes to it, the row is held back.
"""

import html
import re
from itertools import combinations

import pandas as pd

from include.exports.building.money_rows import named
from include.exports.building.order_parts import share_out
from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Held, Kind, Report, Told, header_list, meanings
from include.files.text.encoding import ANY

NEVER_PAID, REFUNDED = "never paid", "refunded"
_WORDS = meanings(
    unpaid="pending,pending payment,on-hold,on hold,checkout-draft,draft,partially-paid,partially paid",
    paid="processing,packed,awaiting-shipment,awaiting shipment,ready-for-pickup,ready for pickup",
    shipped="partially-shipped,partially shipped,shipped,dispatched,in-transit,in transit",
    completed="delivered,completed,partially-refunded,partially refunded",
    closed="returned",
    **{REFUNDED: "refunded", NEVER_PAID: "cancelled,canceled,failed,trash"},
)
STATUSES = {spelt: meaning for word, meaning in _WORDS.items() for spelt in (word, word.capitalize(), word.title())}
_SEPARATORS = (re.compile(r"(?:^|,\s+)(\d+)×\s*"), re.compile(r"(?:^|,\s+)(\d+)\s*x\s+"))
UNKNOWN = "such orders are taken for unpaid"
_MAX_COUNTS = 12  # in one text: more readings than this many counts allow are not tried
Products = list[tuple[int, str]]


def products_in(text: str, units: int | None) -> Products | None:
    """(units, name) of each product named, by the one reading whose units are `units` together; None where no reading
    or more than one is. Where `units` is not known, every count parts two products."""
    text = html.unescape(html.unescape(text)).strip()
    counts = next((found for sign in _SEPARATORS if (found := list(sign.finditer(text)))), [])
    if not counts or counts[0].start() > 0:
        return [] if not text and not units else None
    whole = _parted(text, counts)
    if units is None or sum(count for count, _ in whole) == units:
        return whole
    if len(counts) > _MAX_COUNTS:
        return None
    readings = (
        _parted(text, [counts[0], *(counts[place] for place in places)])
        for size in range(len(counts) - 1)
        for places in combinations(range(1, len(counts)), size)
    )
    fitting = [products for products in readings if sum(count for count, _ in products) == units]
    return fitting[0] if len(fitting) == 1 else None


def _parted(text: str, counts: list[re.Match[str]]) -> Products:
    ends = [count.start() for count in counts[1:]] + [len(text)]
    return [(int(count[1]), text[count.end() : end].strip()) for count, end in zip(counts, ends, strict=True)]


def _refund_rows(rows: pd.DataFrame) -> pd.Series:
    """Rows that pay money back, or units, or stand empty beside their order."""
    below = (rows["total_micros"] < 0).fillna(False) | (rows["units"] < 0).fillna(False)
    empty = (rows["total_micros"] == 0).fillna(False) & (rows["units"].fillna(0) == 0) & rows["products"].isna()
    return below | (empty & rows["order_id"].duplicated(keep=False))


def _products(rows: pd.DataFrame) -> list[Products | None]:
    units = rows["units"].astype(object).where(rows["units"].notna(), None)
    return [products_in(text, count) for text, count in zip(rows["products"].fillna(""), units, strict=True)]


def _held(rows: pd.DataFrame, context: Context) -> Held:
    """Orders whose products cannot be told from their words."""
    unclear = pd.Series([products is None for products in _products(rows)], index=rows.index)
    held = (unclear & ~_refund_rows(rows)).to_numpy(dtype=bool)
    return [(held, "products", "products such as 2× Tea, 1× Cup, whose units are Items sold together")]


def _money(rows: pd.DataFrame) -> pd.Series:
    """What orders come to; a refund's row is no order."""
    return rows["total_micros"].mask(_refund_rows(rows), 0)


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    is_refund = _refund_rows(rows)
    sold = rows[~is_refund]
    status = sold["status"].fillna("unpaid")
    orders = sold.assign(
        status=status.replace({NEVER_PAID: "closed", REFUNDED: "closed"}),
        paid_at=sold["created_at"].mask(status.isin(["unpaid", NEVER_PAID])),
        refunded_micros=sold["total_micros"].where(status == REFUNDED, 0),
    )
    return {
        "orders": canonical("orders", orders),
        "order_lines": canonical("order_lines", _lines(orders)),
        "refunds": canonical("refunds", _refunds(rows[is_refund])),
    }


def _lines(orders: pd.DataFrame) -> pd.DataFrame:
    """One row a product named; an order's amount is shared by units, since no prices are told."""
    told = [products or [] for products in _products(orders)]
    lines = orders.loc[orders.index.repeat([len(products) for products in told])].reset_index(drop=True)
    lines["quantity"] = pd.array([units for products in told for units, _ in products], dtype="Int64")
    lines["listing_id"] = pd.array([name for products in told for _, name in products], dtype="str")
    nth = lines.groupby("order_id", sort=False).cumcount() + 1
    return lines.assign(
        title=lines["listing_id"],
        line_id=lines["order_id"] + "#" + nth.astype("str"),
        paid_micros=share_out(lines["total_micros"], lines["quantity"] * 1_000_000, lines["order_id"]),
        refunded_micros=None,
    )


def _refunds(rows: pd.DataFrame) -> pd.DataFrame:
    moment = rows["created_at"].dt.strftime("%Y%m%d%H%M%S").astype("str")
    return rows.assign(
        refund_id=named(rows["order_id"] + "/refund", moment),
        requested_at=rows["created_at"],
        completed_at=rows["created_at"],
        refunded_micros=rows["total_micros"].clip(upper=0).abs(),
        quantity=rows["units"].clip(upper=0).abs(),
        kind="unknown",
        status="succeeded",
    )


def _told(rows: pd.DataFrame, context: Context) -> Told:
    is_refund = _refund_rows(rows)
    orphan = is_refund & ~rows["order_id"].isin(rows.loc[~is_refund, "order_id"])
    return [(orphan, "a refund of a number that no order in this file has: it counts if an earlier file has it")]


ORDERS = Report(
    name="orders",
    title="WooCommerce Analytics orders (products by name, no sku)",
    columns=(
        Column("order_id", ("Order #",), Kind.ID, required=True, filled=True),
        Column("created_at", ("Date",), Kind.TIME, required=True, filled=True),
        Column("status", ("Status",), Kind.STATUS, required=True, filled=True, words=STATUSES, open_ended=UNKNOWN),
        Column("products", ("Product(s)",), Kind.TEXT, required=True),
        Column("units", ("Items sold",), Kind.QUANTITY),
        Column("total_micros", ("Net Sales", "N. Revenue"), Kind.MONEY, required=True, filled=True),
    ),
    known=header_list(
        "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales,"
        "N. Revenue,Attribution"
    ),
    generations=(("net sales", ("Net Sales",)), ("net revenue", ("N. Revenue",))),
    key=("order_id",),
    day="created_at",
    money=lambda rows, _: _money(rows),
    hold=_held,
    tell=_told,
    keep_together_by=("order_id",),
    encodings=ANY,
    build=_orders,
    guessed="an order's amount is shared over its products by units, since the report tells no prices; taxes and "
    "freight are not in it.",
)

REPORTS = (ORDERS,)
