"""A shop of a few orders, published by hand."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from include.warehouse.publish import Landed
from tests.warehouse.one_part import publish_export

Deliver = Callable[..., str]


def order(order_id: str, paid_at: str | None, total: int, **more: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "status": "paid" if paid_at else "unpaid",
        "created_at": paid_at,
        "paid_at": paid_at,
        "total_micros": total,
        "refunded_micros": 0,
        "customer": f"customer of {order_id}",
        "province": "浙江",
        "mark": None,
        **more,
    }


def line(order_id: str, code: str | None, quantity: int, paid: int, **more: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "line_id": more.pop("line_id", f"{order_id}#1"),
        "merchant_code": code,
        "title": f"title of {code}",
        "quantity": quantity,
        "unit_price_micros": paid // max(quantity, 1),
        "paid_micros": paid,
        "refunded_micros": 0,
        "is_gift": False,
        **more,
    }


@pytest.fixture
def deliver(books: Engine) -> Deliver:
    """Publish frames as one export of a shop for a day; `exported_at` says how new its truth is."""

    def publish(shop: str, day: str, exported_at: str | None = None, **frames: list[dict[str, Any]]) -> str:
        content = json.dumps([shop, day, exported_at, frames], sort_keys=True)
        moment = exported_at or f"{day} 23:59:00"
        count = sum(len(rows) for rows in frames.values())
        landed = Landed(shop, "taobao", "+".join(frames), day, str(hash(content)), "file.csv", 1, moment, moment)
        numbers = {
            f"{kind}_{what}": 0 for kind in ("rows",) for what in ("total", "published", "quarantined", "ignored")
        }
        money = {f"money_{what}_micros": 0 for what in ("total", "published", "quarantined", "ignored")}
        ledger = {**numbers, **money, "rows_total": count, "rows_published": count, "reasons": "{}"}
        return publish_export(
            books,
            landed,
            {n: pd.DataFrame(rows).assign(file_line=range(2, len(rows) + 2)) for n, rows in frames.items()},
            ledger,
            pd.DataFrame(),
            {"state": "published"},
        )

    return publish
