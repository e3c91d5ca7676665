"""The canonical frames: what every adapter yields, whatever the platform calls it.

Each frame has `file_line` first. Money is Int64 micros, quantities Int64, moments datetime64[us] in the merchant's time
zone, days ISO text, everything else text; a column that the report does not know is there and null.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from include.exports.order_parts import buyer_keys

TEXT, MONEY, UNITS, MOMENT, DAY, TRUTH = "text", "money", "units", "moment", "day", "truth"

_PLACES = ("province", "city")
_NO_PLACE = r"\d|@|.{31,}|[路街巷弄栋幢室]"

FRAMES: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "order_id": TEXT,
        "status": TEXT,
        "created_at": MOMENT,
        "paid_at": MOMENT,
        "total_micros": MONEY,
        "refunded_micros": MONEY,
        "freight_micros": MONEY,
        "buyer": TEXT,
        "province": TEXT,
        "city": TEXT,
        "mark": TEXT,
        "contact_until": MOMENT,
    },
    "order_lines": {
        "order_id": TEXT,
        "line_id": TEXT,
        "listing_id": TEXT,
        "merchant_code": TEXT,
        "title": TEXT,
        "quantity": UNITS,
        "unit_price_micros": MONEY,
        "paid_micros": MONEY,
        "refunded_micros": MONEY,
        "status": TEXT,
        "created_at": MOMENT,
        "paid_at": MOMENT,
        "is_gift": TRUTH,
    },
    "refunds": {
        "refund_id": TEXT,
        "order_id": TEXT,
        "line_id": TEXT,
        "merchant_code": TEXT,
        "requested_at": MOMENT,
        "completed_at": MOMENT,
        "refunded_micros": MONEY,
        "quantity": UNITS,
        "kind": TEXT,
        "status": TEXT,
        "reason": TEXT,
    },
    "stock": {
        "warehouse": TEXT,
        "sku": TEXT,
        "stock_day": DAY,
        "on_hand": UNITS,
        "available": UNITS,
        "locked": UNITS,
        "in_transit": UNITS,  # bought and not received
        "moving_in": UNITS,  # on its way from another warehouse of the merchant
    },
    "products": {
        "sku": TEXT,
        "title": TEXT,
        "category": TEXT,
        "brand": TEXT,
        "list_price_micros": MONEY,
        "cost_micros": MONEY,
        "pack": UNITS,
        "moq": UNITS,
        "shelf_life_days": UNITS,
        "supplier": TEXT,
        "launched_day": DAY,
        "ended_day": DAY,
    },
    # Whose an order of `for_shop` is, where its own report does not say. tier: of the membership, as the system calls
    # it. consent: in or out, to being contacted at all.
    "order_customers": {"for_shop": TEXT, "order_id": TEXT, "buyer": TEXT, "tier": TEXT, "consent": TEXT},
    "listings": {"for_shop": TEXT, "listing_code": TEXT, "sku": TEXT, "quantity": UNITS},
    "suppliers": {
        "supplier": TEXT,
        "title": TEXT,
        "lead_time_days": UNITS,
        "review_period_days": UNITS,
        "minimum_order_micros": MONEY,
        "return_days": UNITS,
        "return_fee_percent": UNITS,
    },
    "purchase_orders": {
        "purchase_order_id": TEXT,
        "line_id": TEXT,
        "sku": TEXT,
        "supplier": TEXT,
        "warehouse": TEXT,
        "ordered_day": DAY,
        "expected_day": DAY,
        "quantity": UNITS,
        "unit_cost_micros": MONEY,
        "status": TEXT,
    },
    "receipts": {
        "receipt_id": TEXT,
        "purchase_order_id": TEXT,
        "line_id": TEXT,
        "sku": TEXT,
        "warehouse": TEXT,
        "received_day": DAY,
        "quantity": UNITS,
    },
    # A row is a sku of a promotion, from first_day to last_day; for_shop null: in every shop. price_micros is what it
    # will cost, discount_per_mille what is taken off the list price, lift_per_mille what people expect it to sell: 1500
    # is 1.5 times ordinary days. status: planned, cancelled.
    "promotions": {
        "promotion": TEXT,
        "for_shop": TEXT,
        "sku": TEXT,
        "first_day": DAY,
        "last_day": DAY,
        "price_micros": MONEY,
        "discount_per_mille": UNITS,
        "lift_per_mille": UNITS,
        "stock_limit": UNITS,
        "status": TEXT,
    },
    # A row is a day of a listing; without listing_id and merchant_code, of the shop as a whole. `part` null: all of
    # that traffic; else which part of it (`sku 5012`, `source 手淘搜索`, `live 731`, `video 88`, `ads 万相台`), never
    # to be added to the whole. views of ads are clicks. carts are units put into carts where the platform says so,
    # else people. paid_micros is what buyers paid; turnover_micros the platform's 成交金额 where it is another number;
    # spend_micros what was spent on advertising.
    "traffic": {
        "listing_id": TEXT,
        "merchant_code": TEXT,
        "part": TEXT,
        "traffic_day": DAY,
        "visitors": UNITS,
        "views": UNITS,
        "favourites": UNITS,
        "carts": UNITS,
        "paid_buyers": UNITS,
        "paid_units": UNITS,
        "paid_micros": MONEY,
        "turnover_micros": MONEY,
        "spend_micros": MONEY,
    },
    # Money on the shop's account with the platform; amount_micros is above zero where it came in. kind is the
    # platform's word for the business (货款结算入账), fee its word for the fee (佣金); both null where it says nothing.
    "money_movements": {
        "movement_id": TEXT,
        "order_id": TEXT,
        "line_id": TEXT,
        "moved_at": MOMENT,
        "amount_micros": MONEY,
        "kind": TEXT,
        "fee": TEXT,
    },
}

_DTYPES: Mapping[str, Any] = {
    TEXT: "str",
    DAY: "str",
    MONEY: "Int64",
    UNITS: "Int64",
    MOMENT: "datetime64[us]",
    TRUTH: "bool",
}


def canonical(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` (with `file_line`) as the frame `name`: its columns, in its order and types; columns it lacks are null."""
    columns: dict[str, pd.Series] = {"file_line": rows["file_line"].astype("int64").reset_index(drop=True)}
    for column, kind in FRAMES[name].items():
        if column in rows and column in _PLACES:
            columns[column] = _place(rows[column].reset_index(drop=True)).astype(_DTYPES[kind])
        elif column in rows and column == "buyer":
            columns[column] = buyer_keys(rows[column].reset_index(drop=True).astype(_DTYPES[kind]))
        elif column in rows:
            columns[column] = rows[column].reset_index(drop=True).astype(_DTYPES[kind])
        elif kind == TRUTH:
            columns[column] = pd.Series(False, index=range(len(rows)), dtype="bool")
        else:
            columns[column] = pd.Series([None] * len(rows), dtype=_DTYPES[kind])
    frame = pd.DataFrame(columns)
    return frame.assign(line_id=_lines_of_receipts(frame)) if name == "receipts" else frame


def _lines_of_receipts(receipts: pd.DataFrame) -> pd.Series:
    """The order line of each row; of a receipt's rows of one sku that name none, the second is `#2` and so on. A sku
    that comes in several lots is no row told twice. No order has such a line: they are matched by order and sku."""
    line = receipts["line_id"]
    nameless = receipts[line.isna()].sort_values("file_line", kind="stable")
    number = nameless.groupby(["receipt_id", "sku"], sort=False).cumcount() + 1
    again = number[number > 1]
    return line.where(~line.index.isin(again.index), "#" + again.astype("str").reindex(line.index)).astype("str")


def _place(names: pd.Series) -> pd.Series:
    """Null where a place's name is none: a row whose cells have shifted holds an address there, or a person."""
    distinct = pd.Series(names.dropna().unique(), dtype="str")
    wrong = distinct[distinct.str.contains(_NO_PLACE, regex=True)]
    return names.mask(names.isin(wrong)) if len(wrong) else names
