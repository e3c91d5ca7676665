"""What the plan of a day rests on: everything the books say as of its close, as frames."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from include.demand.panel import Panel

MOVING = {"sku": "str", "from_warehouse": "str", "warehouse": "str", "quantity": "int64", "has_left": "bool"}


def nothing_moving() -> pd.DataFrame:
    """No transfers under way."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in MOVING.items()})


STOCK = {
    "sku": "str",
    "warehouse": "str",
    "on_hand": "int64",
    "promised": "int64",
    "stock_day": "str",
    "state": "str",
    "sold_since": "int64",
    "received_since": "int64",
    "in_transit": "Int64",
    "moving_in": "Int64",
}

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
    versions. stock: sku, warehouse, on_hand, promised (sold or deposited, not yet shipped), in_transit (bought) and
    moving_in (from another warehouse) if the stock report says them, and where it is not of the day itself, the other
    columns of STOCK: stock_day, state (see `include.warehouse.shelves`), sold_since (part of promised) and
    received_since (part of on_hand); a shelf without a row is unknown, and not planned. sold: sku, warehouse,
    revenue_13_weeks_micros, units_13_weeks. ordered: sku, warehouse, quantity, expected_day of what people said they
    ordered and no purchase order shows yet (besides, if known: task_id, acted_day, who); seen_after_days: after how
    many days earlier ones were seen. chased: columns of CHASED, what people answered about open orders, oldest first.
    moving: transfers that people agreed to and that have not arrived, columns of MOVING; `has_left` says that the stock
    report of the giver no longer holds them. deposits: columns of DEPOSITS, units of presales whose balance is still to
    be paid, by the day of the deposit. stock_files: of which shop and warehouse there are stock files, and what is
    wrong with the newest (see `Shelves.files`); None: not looked at. launches_alone: skus to be launched that no other
    launch is like.
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
    stock_files: pd.DataFrame | None = None
    launches_alone: tuple[str, ...] = ()
    chased: pd.DataFrame = field(default_factory=nothing_chased)
    seen_after_days: tuple[int, ...] = ()
