"""What the plan of a day rests on: everything the books say as of its close, as frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.demand.panel import Panel
from include.exports.frames.no_rows import no_rows
from include.facts.shelves import STOCK, SURE

MOVING = {"sku": "str", "from_warehouse": "str", "warehouse": "str", "quantity": "int64", "has_left": "bool"}
CLEARED = {
    "sku": "str",
    "warehouse": "str",
    "task_id": "str",
    "action": "str",
    "quantity": "int64",
    "on_hand": "int64",
    "acted_day": "str",
    "state": "str",
}
DEPOSITS = {"day": "str", "sku": "str", "warehouse": "str", "quantity": "int64"}
CHASED = {
    "purchase_order_id": "str",
    "line_id": "str",
    "task_id": "str",
    "outcome": "str",
    "new_day": "str",
    "quantity": "int64",
    "told_expected_day": "str",
    "told_open": "int64",
    "acted_day": "str",
}
STATED = {
    "sku": "str",
    "warehouse": "str",
    "lead_time_days": "Float64",
    "review_days": "Int64",
    "pack": "Int64",
    "minimum": "Int64",
    "supplier": "str",
    "is_blocked": "bool",
}


@dataclass(frozen=True)
class JudgedDays:
    """A series whose forecast people changed. until, added: expected demand in 0, 1, 2 .. days, (days + 1,), and what
    of it they added as certain. own_mean (s,), own_quantiles (s, k): the model's totals over the spans."""

    until: NDArray[np.float64]
    added: NDArray[np.float64]
    own_mean: NDArray[np.float64]
    own_quantiles: NDArray[np.float64]


@dataclass(frozen=True)
class PlanningData:
    """Read from the books by the day's close, or from a simulated merchant's: planning cannot tell which.

    panel: demand of every (sku, warehouse). products, suppliers, purchase_orders, receipts: canonical frames, newest
    versions. stock: sku, warehouse, on_hand, promised (sold or deposited, not yet shipped), in_transit (bought) and
    moving_in (from another warehouse) if the stock report says them, and where it is not of the day itself, the other
    columns of STOCK: stock_day, state (see `include.facts.shelves`), sold_since (part of promised) and
    received_since (part of on_hand); a shelf without a row is unknown, and not planned. sold: sku, warehouse,
    revenue_13_weeks_micros, units_13_weeks, and may hold units_7_days and units_30_days. weekly: `weekly_sales`; None:
    not looked at. ordered: sku, warehouse,
    quantity, expected_day of what people said they ordered and no purchase order shows yet (besides, if known: task_id,
    acted_day, who); seen_after_days: after how many days earlier ones were seen. chased: columns of CHASED, what people
    answered about open orders, oldest first. moving: transfers that people agreed to and that have not arrived, columns
    of MOVING; `has_left` says that the stock report of the giver no longer holds them. deposits: columns of DEPOSITS,
    units of presales whose balance is still to be paid, by the day of the deposit. stock_files: of which shop and
    warehouse there are stock files, and what is wrong with the newest (see `Shelves.files`); None: not looked at.
    launches_alone: skus to be launched that no other launch is like. cleared: columns of CLEARED, what people agreed to
    get rid of lately, with what lay there when it was suggested. best_shops: sku -> the shop that sold most of it in 13
    weeks. stated: columns of STATED, one row a line of which people set something; what is missing is not set.
    judged_days: row of the panel -> what people made of its forecast.
    """

    day: str
    panel: Panel
    products: pd.DataFrame
    suppliers: pd.DataFrame
    purchase_orders: pd.DataFrame
    receipts: pd.DataFrame
    stock: pd.DataFrame
    sold: pd.DataFrame
    ordered: pd.DataFrame
    moving: pd.DataFrame = field(default_factory=partial(no_rows, MOVING))
    deposits: pd.DataFrame = field(default_factory=partial(no_rows, DEPOSITS))
    stock_files: pd.DataFrame | None = None
    launches_alone: tuple[str, ...] = ()
    chased: pd.DataFrame = field(default_factory=partial(no_rows, CHASED))
    seen_after_days: tuple[int, ...] = ()
    cleared: pd.DataFrame = field(default_factory=partial(no_rows, CLEARED))
    best_shops: Mapping[str, str] = field(default_factory=dict)
    weekly: pd.DataFrame | None = None
    stated: pd.DataFrame = field(default_factory=partial(no_rows, STATED))
    judged_days: Mapping[int, JudgedDays] = field(default_factory=dict)


def has_sales(planning: PlanningData) -> bool:
    """Anything was sold in the history that is known."""
    return bool(np.nansum(planning.panel.units) > 0)


def whole_stock(planning: PlanningData) -> pd.DataFrame:
    """`known.stock` with all columns of STOCK: a number that does not say its day is the day's own."""
    usual = {"stock_day": planning.day, "state": SURE[0], "sold_since": 0, "received_since": 0, "in_transit": pd.NA,
             "moving_in": pd.NA}  # fmt: skip
    lacking = {name: value for name, value in usual.items() if name not in planning.stock.columns}
    return planning.stock.assign(**lacking)[list(STOCK)]
