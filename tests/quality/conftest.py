"""Small canonical frames whose rows are all good; a test breaks what it is about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from include.quality.verdict import BatchContext

DAY = "2025-11-03"
CHECKED_AT = datetime(2025, 11, 4, 2, 0)
ORDERED, PAID = pd.Timestamp("2025-11-03 10:00:00"), pd.Timestamp("2025-11-03 10:01:00")

ROWS: dict[str, dict[str, Any]] = {
    "orders": {
        "order_id": "2{n:017d}", "status": "paid", "created_at": ORDERED, "paid_at": PAID, "total_micros": 20_000_000,
        "refunded_micros": 0, "freight_micros": 0, "buyer": "nick_{n}", "province": "浙江省",
        "city": "杭州市", "mark": None, "contact_until": None,
    },
    "order_lines": {
        "order_id": "2{n:017d}", "line_id": "3{n:017d}", "listing_id": "6{n:011d}", "merchant_code": "TEA-{n}",
        "title": "龙井", "quantity": 2, "unit_price_micros": 10_000_000, "paid_micros": 20_000_000,
        "refunded_micros": 0, "status": "paid", "created_at": ORDERED, "paid_at": PAID, "is_gift": False,
    },
    "refunds": {
        "refund_id": "9{n:017d}", "order_id": "2{n:017d}", "line_id": None, "merchant_code": None,
        "requested_at": ORDERED, "completed_at": PAID, "refunded_micros": 5_000_000, "quantity": 1,
        "kind": "refund_only", "status": "succeeded", "reason": "不想要了",
    },
    "stock": {
        "warehouse": "east", "sku": "TEA-{n}", "on_hand": 10, "available": 8, "locked": 2, "in_transit": 0,
        "moving_in": 0, "stock_day": None,
    },
    "products": {
        "sku": "TEA-{n}", "title": "龙井", "category": "茶", "brand": None, "list_price_micros": 10_000_000,
        "cost_micros": 4_000_000, "pack": 12, "moq": 0, "shelf_life_days": 540, "supplier": "S1",
        "launched_day": "2024-01-01", "ended_day": None,
    },
    "listings": {"listing_code": "L-{n}", "sku": "TEA-{n}", "quantity": 1, "for_shop": None},
    "order_customers": {
        "for_shop": "tmall", "order_id": "2{n:017d}", "buyer": "ou{n}", "tier": "金卡", "consent": "in",
    },
    "suppliers": {
        "supplier": "S{n}", "title": "茶厂", "lead_time_days": 7, "review_period_days": 1, "minimum_order_micros": 0,
        "return_days": 60, "return_fee_percent": 10,
    },
    "purchase_orders": {
        "purchase_order_id": "PO{n}", "line_id": "1", "sku": "TEA-{n}", "supplier": "S1", "warehouse": "east",
        "ordered_day": "2025-11-01", "expected_day": "2025-11-08", "quantity": 24, "unit_cost_micros": 4_000_000,
        "status": "open",
    },
    "receipts": {
        "receipt_id": "RK{n}", "purchase_order_id": "PO{n}", "line_id": "1", "sku": "TEA-{n}", "warehouse": "east",
        "received_day": "2025-11-03", "quantity": 24,
    },
    "promotions": {
        "promotion": "双11", "for_shop": None, "sku": "TEA-{n}", "first_day": "2025-11-01", "last_day": "2025-11-11",
        "price_micros": 8_000_000, "discount_per_mille": 100, "lift_per_mille": 1500, "stock_limit": 90,
        "status": "planned",
    },
    "traffic": {
        "listing_id": "6{n:011d}", "merchant_code": None, "part": None, "traffic_day": DAY, "visitors": 40, "views": 90,
        "favourites": 3, "carts": 5, "paid_buyers": 2, "paid_units": 3, "paid_micros": 30_000_000,
        "turnover_micros": 31_000_000, "spend_micros": 1_000_000, "impressions": 600,
    },
    "money_movements": {
        "movement_id": "7{n:017d}", "order_id": "2{n:017d}", "line_id": "3{n:017d}", "moved_at": PAID,
        "amount_micros": -1_500_000, "kind": "货款结算入账", "fee": "佣金",
    },
    "facts_demand": {
        "day": DAY, "shop": "tmall", "sku": "TEA-{n}", "warehouse": "east", "units": 3, "gift_units": 0,
        "brushed_units": 0, "bulk_units": 0, "orders": 2, "revenue_micros": 30_000_000, "last_sale_at": None,
    },
    "facts_sales": {
        "day": DAY, "shop": "tmall", "sku": "TEA-{n}", "units_paid": 3, "paid_micros": 30_000_000, "refunded_micros": 0,
    },
    "facts_stock": {
        "day": DAY, "warehouse": "east", "sku": "TEA-{n}", "on_hand": 5, "available": 5, "locked": 0, "in_transit": 0,
        "in_stock_share": 1.0,
    },
    "facts_customer_orders": {
        "day": DAY, "shop": "tmall", "customer": "c0ffee0000000000{n:016x}", "order_id": "2{n:017d}", "units": 3,
        "revenue_micros": 30_000_000, "discount_micros": 0, "refunded_micros": 0, "province": None,
        "main_category": None,
    },
}  # fmt: skip
_TIMES = ("created_at", "paid_at", "requested_at", "completed_at", "moved_at", "contact_until")


def good_frame(name: str, rows: int) -> pd.DataFrame:
    """`rows` good rows of a canonical frame; file lines start at 2, under the header."""
    pattern = ROWS[name]
    columns: dict[str, pd.Series] = {"file_line": pd.Series(range(2, rows + 2), dtype="int64")}
    for column, value in pattern.items():
        values = [value.format(n=n) if isinstance(value, str) else value for n in range(1, rows + 1)]
        if column in _TIMES:
            kind = "datetime64[us]"
        elif isinstance(value, bool):
            kind = "bool"
        elif isinstance(value, float):
            kind = "float64"
        elif isinstance(value, int):
            kind = "Int64"
        else:
            kind = "str"
        columns[column] = pd.Series(values, dtype=kind)
    return pd.DataFrame(columns)


@pytest.fixture
def frame() -> Callable[[str, int], pd.DataFrame]:
    return good_frame


@pytest.fixture
def context() -> Callable[..., BatchContext]:
    def build(rows: int, **known: Any) -> BatchContext:
        asked = {"shop": "tmall", "report": "orders", "day": DAY, "checked_at": CHECKED_AT, "rows": rows, **known}
        return BatchContext(**asked)

    return build


@dataclass
class Reading:
    """The part of a reading that the ledger looks at: file lines 2.. with one yuan a line times its number."""

    rows: int
    report: str = "orders"
    exported_at: datetime | None = None
    unknown_columns: tuple[str, ...] = ()
    ignored: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"file_line": [], "reason": []}))
    rejected: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"file_line": [], "column": [], "found": [], "expected": []})
    )
    blemished: pd.DataFrame | None = None
    row_money: pd.DataFrame = field(init=False)
    money_micros: int = field(init=False)

    def __post_init__(self) -> None:
        lines = range(2, self.rows + 2)
        money = pd.array([line * 1_000_000 for line in lines], dtype="Int64")
        self.row_money = pd.DataFrame({"file_line": list(lines), "money_micros": money})
        self.money_micros = int(money.sum())


@pytest.fixture
def reading() -> type[Reading]:
    return Reading
