"""A small merchant's knowledge: as many skus as asked for, three warehouses, forecasts that are given."""

from typing import Any

import numpy as np
import pandas as pd

from include.demand.forecast import Forecast
from include.demand.panel import build_panel
from include.replenishment.planning_frames import PlanningData

DAY = "2025-06-04"
FIRST_DAY = "2025-04-01"
WAREHOUSES = ("east", "north", "south")
SPANS = (3, 7, 14, 28, 60)
LEVELS = (0.1, 0.5, 0.9, 0.975)
YUAN = 1_000_000


def known(skus: tuple[str, ...] = ("S1",), on_hand: Any = 50, promised: Any = 0, **product: Any) -> PlanningData:
    """on_hand, promised: one number or one a (sku, warehouse), skus first. A lead time of 10 days is promised."""
    places = pd.MultiIndex.from_product([skus, WAREHOUSES], names=["sku", "warehouse"]).to_frame(index=False)
    goods = pd.DataFrame(
        [
            {
                "sku": sku,
                "title": sku,
                "category": "care",
                "list_price_micros": 20 * YUAN,
                "cost_micros": 10 * YUAN,
                "pack": 1,
                "moq": 0,
                "shelf_life_days": None,
                "supplier": "G1",
                "launched_day": "2025-01-01",
                "ended_day": None,
                **product,
            }
            for sku in skus
        ]
    ).astype({"shelf_life_days": "Int64", "ended_day": "str"})
    goods["ended_day"] = goods["ended_day"].where(goods["ended_day"] != "None")
    stock = places.assign(
        on_hand=np.broadcast_to(on_hand, len(places)), promised=np.broadcast_to(promised, len(places))
    )
    facts = places.assign(day=DAY, units=1.0, revenue_micros=20 * YUAN)
    shelf = places.assign(day=DAY, in_stock_share=1.0)
    return PlanningData(
        day=DAY,
        panel=build_panel(facts, shelf, goods, FIRST_DAY, DAY, None, known_share=0.5),
        products=goods,
        suppliers=pd.DataFrame(
            [
                {
                    "supplier": "G1",
                    "title": "G1",
                    "lead_time_days": 10,
                    "review_period_days": 7,
                    "minimum_order_micros": 0,
                }
            ]
        ),
        purchase_orders=no_orders(),
        receipts=no_receipts(),
        stock=stock,
        sold=places.assign(revenue_13_weeks_micros=91 * 20 * YUAN, units_13_weeks=91.0),
        ordered=pd.DataFrame(columns=["sku", "warehouse", "quantity", "expected_day"]),
    )


def no_orders() -> pd.DataFrame:
    text = dict.fromkeys(
        ("purchase_order_id", "line_id", "sku", "supplier", "warehouse", "ordered_day", "expected_day", "status"), "str"
    )
    return pd.DataFrame(columns=[*text, "quantity", "unit_cost_micros"]).astype(
        {**text, "quantity": "int64", "unit_cost_micros": "Int64"}
    )


def no_receipts() -> pd.DataFrame:
    text = dict.fromkeys(("receipt_id", "purchase_order_id", "line_id", "sku", "warehouse", "received_day"), "str")
    return pd.DataFrame(columns=[*text, "quantity"]).astype({**text, "quantity": "int64"})


def forecasts(planning: PlanningData, a_day: Any = 1.0) -> list[Forecast]:
    """Of each span: a mean of `a_day` units a day (one, or one a series), quantiles at 0.4, 1, 1.5 and 1.8 times it."""
    keys = planning.panel.keys[["sku", "warehouse"]]
    rate = np.broadcast_to(np.asarray(a_day, dtype=float), len(keys))
    words = np.full(len(keys), "model"), np.full(len(keys), "high")
    return [
        Forecast(
            keys, np.full(len(keys), span), LEVELS, rate * span, np.outer(rate * span, [0.4, 1.0, 1.5, 1.8]), *words
        )
        for span in SPANS
    ]
