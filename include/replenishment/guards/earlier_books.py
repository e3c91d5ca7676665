"""What guards hold the day's numbers against, read from the books as of the day."""

from __future__ import annotations

import pandas as pd

from include.calendar.business_days import day_after
from include.facts.serving import renamed_stock
from include.replenishment.guards.unit_faults import WEEK, Earlier
from include.replenishment.planning_frames import PlanningData
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.workspace import Workspace

PRODUCTS_BEFORE = (1, 7, 28)  # days: a fault of less than a week is outvoted by two, and so is one that was mended
TAKEN = ("units", "gift_units", "bulk_units")


def earlier_books(workspace: Workspace, planning: PlanningData) -> Earlier:
    """What the books said in the days before `planning`, as far as they are known on its day."""
    day, names = planning.day, workspace.merchant.warehouse_names()
    first = day_after(day, -WEEK)
    parts = [read_lines(workspace.books, "products", day_after(day, -days)) for days in PRODUCTS_BEFORE]
    columns = ["sku", "cost_micros", "list_price_micros"]
    products = pd.concat([one.drop_duplicates("sku", keep="last")[columns] for one in parts], ignore_index=True)
    facts = renamed_stock(read_facts(workspace.books, "stock", day, first, day), names)
    locked = facts["locked"].astype("Float64").fillna((facts["on_hand"] - facts["available"]).astype("Float64"))
    told = facts.assign(promised=locked.fillna(0).clip(lower=0).astype("int64"))
    stock = told.groupby(["day", "sku", "warehouse"], as_index=False)[["on_hand", "promised"]].sum()
    demand = read_facts(workspace.books, "demand", day, first, day)
    sold = demand.assign(sold=demand[list(TAKEN)].sum(axis=1), received=0)
    came = planning.receipts.rename(columns={"received_day": "day", "quantity": "received"})
    came = came.loc[came["day"] >= first].assign(sold=0)
    both = pd.concat([part[["day", "sku", "warehouse", "sold", "received"]] for part in (sold, came)])
    moved = both.groupby(["day", "sku", "warehouse"], as_index=False)[["sold", "received"]].sum()
    return Earlier(products, stock, moved)
