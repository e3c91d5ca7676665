"""What several platforms' orders need: lines numbered, bundles taken apart, an order's money shared over its lines."""

import re
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from include.exports.declaration import Context, Told
from include.exports.values.amounts import split_exactly
from include.privacy.contact_keys import is_nobody

_WEIGHT_UNIT = 10_000  # a fen: small enough for any price, and products fit 64 bits up to 30 million yuan an order
PAID = ("paid", "shipped", "completed")
"""Statuses that say that an order was paid."""
_BUNDLE = r"\s*[;；]\s*"


def numbered_lines(order_id: pd.Series, code: pd.Series, file_line: pd.Series) -> pd.Series:
    """`order#n` for reports without a line id: n counts an order's lines by code, then by place in the file, so that
    a re-export with its lines in another order gives the same ids. An order that has lost a line has other ids: the
    books know these by their form, and replace the lines of such an order as a whole."""
    rows = pd.DataFrame({"order": order_id, "code": code.fillna(""), "line": file_line})
    ranked = rows.sort_values(["order", "code", "line"], kind="stable")
    number = ranked.groupby("order", sort=False).cumcount().reindex(rows.index) + 1
    return (order_id + "#" + number.astype("str")).astype("str")


def share_out(total: pd.Series, weight: pd.Series, group: pd.Series) -> pd.Series:
    """Each row's share of its group's total (micros, repeated on each of its rows), by weight. The shares of a group
    sum to its total exactly; where all its weights are nothing, its rows share evenly.

    weight: Int64 micros, counted in whole fen; what is below 0 counts as 0.
    """
    fens = (weight.fillna(0).astype("int64") // _WEIGHT_UNIT).clip(lower=0)
    shares = split_exactly(total.fillna(0).astype("int64"), fens, group.set_axis(total.index))
    return shares.astype("Int64").mask(total.isna())


def paid_by_line(goods: pd.Series, weight: pd.Series, order_id: pd.Series, context: Context) -> pd.Series:
    """Each line's share of what its order's goods cost (`share_out`); null in an order with a line that cannot be read:
    what its other lines cost is not known."""
    incomplete = order_id.isin(context.unreadable_values("order_id"))
    return share_out(goods, weight, order_id).mask(incomplete)


def unbundled(rows: pd.DataFrame, numbered: str | None = None) -> pd.DataFrame:
    """Rows whose merchant code is 'A;B' as one row each, with an even part of the money, the remainder on the first.

    Where the platform packs as many line ids ('1;2'), these are sub-orders: their own ids are used, and the quantity,
    which is the sum of theirs (see `untold_packs`), is one each. Else the row is one sub-order of a set: line ids
    become `line/1`, `line/2`, and the quantity is that of the sets. Listing ids and titles are taken apart where there
    are as many of them. `numbered` is another id that must stay unique and is numbered the same way.
    """
    packed = rows["merchant_code"].str.contains("[;；]", regex=True, na=False)
    if not packed.any():
        return rows
    bundles = rows[packed]
    codes, own_ids = _unpacked(bundles["merchant_code"]), _unpacked(bundles["line_id"])
    sizes = np.array([len(parts) for parts in codes])
    place = np.repeat(np.arange(len(bundles)), sizes)
    number = np.arange(len(place)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    parts = bundles.take(place)
    parts["merchant_code"] = pd.Series([code for bundle in codes for code in bundle], index=parts.index, dtype="str")
    ids = [
        own_ids[at][n] if len(own_ids[at]) == sizes[at] else f"{line}/{n + 1}"
        for at, n, line in zip(place, number, parts["line_id"], strict=True)
    ]
    parts["line_id"] = pd.Series(ids, index=parts.index, dtype="str")
    for name in ("listing_id", "title"):
        if name in parts:
            own = _unpacked(bundles[name])
            told = [
                own[at][n] if len(own[at]) == sizes[at] else whole
                for at, n, whole in zip(place, number, parts[name], strict=True)
            ]
            parts[name] = pd.Series(told, index=parts.index, dtype="str")
    if "quantity" in parts:
        is_pack = np.array([len(own) > 1 for own in own_ids], dtype=bool)[place]
        parts["quantity"] = parts["quantity"].mask(is_pack, 1)
    if numbered is not None:
        parts[numbered] = parts[numbered] + "/" + pd.Series(number + 1, index=parts.index).astype("str")
    for money in ("paid_micros", "unit_price_micros", "refunded_micros"):
        if money in parts:
            each = parts[money] // sizes[place]
            rest = parts[money] - each * sizes[place]
            parts[money] = each + rest.where(number == 0, 0)
    return pd.concat([rows[~packed], parts]).sort_values("file_line", kind="stable", ignore_index=True)


def untold_packs(rows: pd.DataFrame) -> pd.Series:
    """Rows that pack several sub-orders ('1;2') and do not say how many pieces each of them is of.

    Their quantity is the sum of all: as many as there are sub-orders are one each. One piece of several sub-orders is a
    set of one each too; any other number can be parted in more than one way. So can a row with another number of codes
    than of sub-orders, unless it has one code: then all of it is of that code.
    """
    ids = rows["line_id"].str.count("[;；]").fillna(0) + 1
    codes = rows["merchant_code"].str.count("[;；]").fillna(0) + 1
    pieces = rows["quantity"]
    told = (ids == codes) & ((pieces == ids) | (pieces == 1)).fillna(False)
    of_one_code = (codes == 1) & rows["merchant_code"].notna()
    return (ids > 1) & ~told & ~of_one_code


def _unpacked(texts: pd.Series) -> list[list[str]]:
    return [[part for part in re.split(_BUNDLE, text) if part] for text in texts.fillna("")]


def marks_of(remarks: pd.Series, remark_marks: Mapping[str, str]) -> pd.Series:
    """The mark of each order by the merchant's convention: the first text found in the seller's remark decides."""
    marks = pd.Series(None, index=remarks.index, dtype="str")
    for text, mark in remark_marks.items():
        marks = marks.mask(marks.isna() & remarks.str.contains(text, regex=False, na=False), mark)
    return marks


def with_presales(marks: pd.Series, is_presale: pd.Series) -> pd.Series:
    """Orders that were begun with a deposit (预售定金) are marked so, unless the merchant's own mark says more."""
    return marks.mask(marks.isna() & is_presale.fillna(False).astype(bool), "presale")


def payment_moments(
    status: pd.Series, paid_at: pd.Series, created_at: pd.Series, method: pd.Series | None = None
) -> pd.Series:
    """When orders count as paid: as the report says; on the day they were made where the status says paid and no moment
    stands there, and for cash on delivery (货到付款), whose money comes weeks after the goods were wanted."""
    counted = status.isin(PAID)
    unknown = counted & paid_at.isna()
    return paid_at.mask(unknown | (counted & _on_delivery(status, method)), created_at)


def payments_told(header: str) -> Callable[[pd.DataFrame, Context], Told]:
    """`tell` of a report: what a person should know of the moments that `payment_moments` supplies. header: of the
    moment of payment."""

    def tell(rows: pd.DataFrame, context: Context) -> Told:
        status = rows["status"]
        on_delivery = status.isin(PAID) & _on_delivery(status, rows.get("method"))
        dated = status.isin(PAID) & rows["paid_at"].isna() & ~on_delivery
        return [
            (on_delivery, "cash on delivery (货到付款): counted on the day it was ordered"),
            (dated, f"the status says paid and {header} is blank: counted on the day it was ordered"),
        ]

    return tell


def _on_delivery(status: pd.Series, method: pd.Series | None) -> pd.Series:
    if method is None:
        return pd.Series(False, index=status.index)
    return method.str.contains("货到付款|到付", regex=True, na=False)


def paid_back_by_closing(status: pd.Series, paid_at: pd.Series, amount: pd.Series) -> pd.Series:
    """What went back to buyers because a paid order, or a part of it, was closed: all of it, else nothing known. For
    platforms on which closing pays the whole amount back and the report has no column for it."""
    return amount.where((status == "closed") & paid_at.notna(), 0).astype("Int64")


def with_payments(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `status`, and where it is a word that nobody has met yet, what the payment says; and with `paid_at`
    as `payment_moments` has it. rows: status, paid_at, created_at, and method (of payment) if the report tells it."""
    by_payment = rows["paid_at"].notna().map({True: "paid", False: "unpaid"}).astype("str")
    status = rows["status"].fillna(by_payment)
    return rows.assign(
        status=status, paid_at=payment_moments(status, rows["paid_at"], rows["created_at"], rows.get("method"))
    )


def buyer_keys(buyers: pd.Series) -> pd.Series:
    """Buyers that are one person for certain, as they are written: a masked name (t**3) is many people, and a word such
    as 散客 or Guest is whoever came, so nobody."""
    named = pd.Series(buyers.dropna().unique(), dtype="str")
    return buyers.mask(buyers.isin(named[[is_nobody(buyer) for buyer in named]]))


def line_amount(unit_price: pd.Series, quantity: pd.Series) -> pd.Series:
    return (unit_price * quantity).astype("Int64")


def order_total_once(rows: pd.DataFrame, good: np.ndarray) -> pd.Series:
    """`money` of a report whose total_micros is repeated on every line of its order: counted once, on the order's first
    readable line, else on its first line at all; 0 on the others, null where it cannot be read."""
    order, total = rows["order_id"].reset_index(drop=True), rows["total_micros"].reset_index(drop=True)
    order = order.fillna("row " + order.index.astype("str").to_series(index=order.index))
    known = pd.DataFrame({"order": order, "later": ~good})[total.notna()].sort_values("later", kind="stable")
    first = known.index[~known["order"].duplicated()]
    counted = total.mask(total.notna(), 0)
    counted[first] = total[first]
    return counted
