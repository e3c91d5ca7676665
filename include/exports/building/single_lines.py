"""Platforms on which an order is one line of one sku: the line is the order."""

import pandas as pd

from include.exports.building.order_parts import marks_of, numbered_lines, unbundled, with_payments, with_presales
from include.exports.building.provinces import province_names
from include.exports.canonical import canonical
from include.exports.declaration import Context


def one_line_orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """The frames `orders` and `order_lines` of rows that are both. When an order counts as paid: `payment_moments`.

    rows: order_id, status, created_at, paid_at, total_micros (freight included), freight_micros, province, city,
    remark, merchant_code, listing_id, title, quantity, unit_price_micros, is_gift, and is_presale, method (of payment)
    and paid_back (True where all of it went back) where known. What was paid for the line is the order's total without
    its freight. A code 'A;B' is a set: a line of each, of as many pieces. How much of it was refunded after it was sent
    such reports do not say: their after-sale reports do.
    """
    rows = with_payments(rows)
    marks = marks_of(rows["remark"], context.remark_marks)
    orders = rows.assign(
        refunded_micros=rows["total_micros"].where(rows["paid_back"] & rows["paid_at"].notna(), 0),
        province=province_names(rows["province"]),
        mark=with_presales(marks, rows["is_presale"]) if "is_presale" in rows else marks,
    )
    lines = rows.assign(
        line_id=numbered_lines(rows["order_id"], rows["merchant_code"], rows["file_line"]),
        paid_micros=(rows["total_micros"] - rows["freight_micros"].fillna(0)).clip(lower=0),
    )
    return {"orders": canonical("orders", orders), "order_lines": canonical("order_lines", unbundled(lines))}
