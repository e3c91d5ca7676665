"""Columns that exist only to be checked: comparisons of more than two columns, and keys with gaps filled.

Suites compare columns as they are; what needs arithmetic first is computed here, on a copy that is thrown away.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from include.exports.frames.all_frames import FRAMES
from include.files.hashes import distinct, hashed
from include.quality.masking import MASK

KEYS: Mapping[str, tuple[str, ...]] = {name: frame.key for name, frame in FRAMES.items()}
SEALED = ("buyer", "reason")
"""Personal columns that no rule needs to read: Great Expectations sees only whether they are filled."""

DAYS = frozenset({"day", "launched_day", "ended_day", "ordered_day", "expected_day", "received_day", "traffic_day",
                  "first_day", "last_day"})  # fmt: skip
"""Days are text in frames; Great Expectations compares dates."""

FEN_MICROS = 10_000
FREIGHT, MAX_FREIGHT = "order_freight_micros", "max_freight_micros"
"""Columns of order lines that `with_freight` adds and only comparisons read: what is known, and what may be."""
_PAID = ("paid", "shipped", "completed")


def for_checking(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A copy of a canonical or facts frame with the columns its suite compares, and sealed personal columns.

    Where a column that a comparison needs is absent or of another type, the comparison is left out: the suite's
    rules on columns and types say so already.
    """
    checked = frame.copy(deep=False)
    for column in SEALED:
        if column in checked:
            checked[column] = checked[column].where(checked[column].isna(), MASK)
    for column in DAYS & set(frame.columns):
        checked[f"{column}_date"] = pd.to_datetime(frame[column], format="%Y-%m-%d", errors="coerce")
    for column, compute in _COMPARISONS.get(name, {}).items():
        try:
            checked[column] = compute(frame)
        except (KeyError, TypeError, ValueError):
            continue
    return checked


def keys_of(frames: Mapping[str, pd.DataFrame]) -> dict[str, np.ndarray]:
    """A hash of 64 bits of each key that each frame brings, ascending, to be compared with those of other files of the
    same shop and day. Two of ten million keys share one with a chance of 1 in 400,000."""
    return {name: distinct(_key_hashes(name, frame)) for name, frame in frames.items() if name in KEYS}


def keys_seen(keys: Mapping[str, np.ndarray], elsewhere: Mapping[str, np.ndarray]) -> int:
    """How many of these keys (see `keys_of`) are among `elsewhere`."""
    shared = [name for name in keys if name in elsewhere]
    return sum(len(np.intersect1d(keys[name], elsewhere[name], assume_unique=True)) for name in shared)


def _key_hashes(name: str, frame: pd.DataFrame) -> np.ndarray:
    return hashed(*(frame[column].astype("str").fillna("") for column in KEYS[name] if column in frame))


def _text_or(frame: pd.DataFrame, column: str, otherwise: str) -> pd.Series:
    """A nullable key column with its gaps filled, so that two gaps are the same key."""
    if column not in frame:
        return pd.Series(otherwise, index=frame.index, dtype="str")
    return frame[column].astype("str").fillna(otherwise)


def _whole(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame[column].astype("Int64")


def _payment_time_known(orders: pd.DataFrame) -> pd.Series:
    return orders["paid_at"].notna() | ~orders["status"].isin(_PAID)


def _completion_known(refunds: pd.DataFrame) -> pd.Series:
    return refunds["completed_at"].notna() | (refunds["status"] != "succeeded")


def _listing_scope(listings: pd.DataFrame) -> pd.Series:
    return _text_or(listings, "for_shop" if "for_shop" in listings else "shop", "every shop")


def _line_value(lines: pd.DataFrame) -> pd.Series:
    # Platforms round a unit price to the fen: up to half a fen a unit is no finding. An order's freight is paid with
    # its lines where a platform tells one amount for both.
    goods = (_whole(lines, "unit_price_micros") + FEN_MICROS // 2) * _whole(lines, "quantity")
    return goods + (_whole(lines, FREIGHT).fillna(0) if FREIGHT in lines else 0)


def _refund_ceiling(lines: pd.DataFrame) -> pd.Series:
    # Who is given all money back is given the freight back too, with one of the lines.
    most = next((name for name in (FREIGHT, MAX_FREIGHT) if name in lines), None)
    return _whole(lines, "paid_micros") + (_whole(lines, most).fillna(0) if most else 0)


def with_freight(lines: pd.DataFrame, orders: pd.DataFrame | None, max_micros: int) -> pd.DataFrame:
    """The lines with the freight of their order, as the export's own orders say; with the most that it may be in an
    export that has lines without orders, and so says nothing of freight."""
    if orders is None:
        return lines.assign(**{MAX_FREIGHT: max_micros})
    if "freight_micros" not in orders:
        return lines
    by_order = _whole(orders, "freight_micros").groupby(orders["order_id"]).max()
    return lines.assign(**{FREIGHT: lines["order_id"].map(by_order)})


_COMPARISONS: Mapping[str, Mapping[str, Callable[[pd.DataFrame], pd.Series]]] = {
    "orders": {"payment_time_known": _payment_time_known},
    "order_lines": {"line_value_micros": _line_value, "refund_ceiling_micros": _refund_ceiling},
    "refunds": {"completion_known": _completion_known},
    "stock": {
        "available_ceiling": lambda stock: (
            _whole(stock, "on_hand") + _whole(stock, "in_transit").fillna(0) + _whole(stock, "moving_in").fillna(0)
        ),
        "stock_day_key": lambda stock: _text_or(stock, "stock_day", ""),
    },
    # cost < price, said as cost + 1 <= price
    "products": {"cost_above_micros": lambda products: _whole(products, "cost_micros") + 1},
    "listings": {"listing_scope": _listing_scope},
    "promotions": {"shop_key": lambda promotions: _text_or(promotions, "for_shop", "")},
    "receipts": {"line_key": lambda receipts: _text_or(receipts, "line_id", "")},
    "traffic": {
        "listing_key": lambda traffic: _text_or(traffic, "listing_id", ""),
        "code_key": lambda traffic: _text_or(traffic, "merchant_code", ""),
        "part_key": lambda traffic: _text_or(traffic, "part", ""),
    },
    "facts_demand": {"revenue_known": lambda facts: ~((facts["units"] > 0) & (facts["revenue_micros"] <= 0))},
}
