"""What the plan of a day rests on: everything the books say as of its close, as frames."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from include.demand.panel import Panel

MOVING = {"sku": "str", "from_warehouse": "str", "warehouse": "str", "quantity": "int64", "has_left": "bool"}


def nothing_moving() -> pd.DataFrame:
    """No transfers under way."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in MOVING.items()})


DEPOSITS = {"day": "str", "sku": "str", "warehouse": "str", "quantity": "int64"}


def no_deposits() -> pd.DataFrame:
    """No presale is on."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in DEPOSITS.items()})


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


def nothing_chased() -> pd.DataFrame:
    """Nobody was asked about an open order."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in CHASED.items()})


@dataclass(frozen=True)
class Known:
    """Read from the books by the day's close, or from a simulated merchant's: planning cannot tell which.

    panel: demand of every (sku, warehouse). products, suppliers, purchase_orders, receipts: canonical frames, newest
    versions. stock: sku, warehouse, on_hand, promised (sold or deposited, not yet shipped). sold: sku, warehouse,
    revenue_13_weeks_micros, units_13_weeks. ordered: sku, warehouse, quantity, expected_day of what people said they
    ordered and no purchase order shows yet (besides, where known: task_id, acted_day, who); seen_after_days: after how
    many days earlier ones were seen. stock holds in_transit where the stock report says it. chased: columns of CHASED,
    what people answered about open orders, oldest first. moving: transfers that people agreed to and that have not
    arrived, columns of MOVING; `has_left` says that the stock report of the giver no longer holds them. deposits:
    columns of DEPOSITS, units of presales whose balance is still to be paid, by the day of the deposit.
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
    moving: pd.DataFrame = field(default_factory=nothing_moving)
    deposits: pd.DataFrame = field(default_factory=no_deposits)
    chased: pd.DataFrame = field(default_factory=nothing_chased)
    seen_after_days: tuple[int, ...] = ()
