"""Stock as the planner takes it: what the books tell of every shelf as of a day, and what sold and came in since."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from include.calendar.business_days import day_after
from include.facts.serving import renamed, renamed_stock
from include.facts.shelves import STOCK, SURE, ShelfRules, Shelves, shelves_of
from include.settings.stock.replenishment import Replenishment
from include.warehouse.as_of import known_on, read_facts
from include.warehouse.books import read_frame
from include.warehouse.tables import exports, quarantine
from include.warehouse.workspace import Workspace

SELLING_DAYS = 28  # a sku that sold within them and that no stock file names is missed there


@dataclass(frozen=True)
class StockKnown:
    """facts: of stock, as files told them. shelves: what follows from them."""

    facts: pd.DataFrame
    shelves: Shelves


def shelves_as_of(workspace: Workspace, as_of: str, last_day: str | None = None) -> StockKnown:
    """Every shelf at the end of `last_day` (default: `as_of`), as the close of `as_of` knew it."""
    last = last_day or as_of
    first = day_after(last, 1 - workspace.merchant.demand.history_days)
    names = workspace.merchant.warehouse_names()
    facts = renamed_stock(read_facts(workspace.books, "stock", as_of, first, last), names)
    settings = workspace.merchant.replenishment
    rules = ShelfRules(workspace.merchant.leaves_out(), settings.missing_skus_share, settings.min_missing_skus)
    return StockKnown(facts, shelves_of(facts, renamed(_unread(workspace, as_of, first, last), names), rules))


def _unread(workspace: Workspace, as_of: str, first: str, last: str) -> pd.DataFrame:
    """day, shop, warehouse, sku of the stock rows that are in quarantine."""
    day = func.coalesce(quarantine.c.stock_day, exports.c.day)
    rows = (
        select(day.label("day"), exports.c.shop, quarantine.c.warehouse, quarantine.c.sku)
        .join(exports, exports.c.export_id == quarantine.c.export_id)
        .where(known_on(as_of), day >= first, day <= last)
        .where(quarantine.c.sku.is_not(None))
        .distinct()
    )
    frame = read_frame(workspace.books, rows)
    frame["sku"] = frame["sku"].where(frame["sku"] != "")
    return frame.sort_values(["day", "shop", "warehouse", "sku"], kind="stable", ignore_index=True)


def stock_on(
    known: StockKnown,
    day: str,
    places: pd.DataFrame,
    sold: pd.DataFrame,
    receipts: pd.DataFrame,
    settings: Replenishment,
) -> pd.DataFrame:
    """Columns of STOCK: the shelves that a plan of `day` may rest on; a shelf without a row is unknown.

    places: sku, warehouse of every series. sold: facts of demand up to the day. receipts: canonical, up to the day.
    What sold since the day of an older number is promised, what came in since is on hand.
    """
    current = _with_never_named(known.shelves, places, sold, day, settings)
    age = (pd.Timestamp(day) - pd.to_datetime(current["stock_day"])).dt.days
    usable = age <= settings.max_stock_age_days
    if settings.unknown_stock == "hold_back":
        usable &= current["state"].isin(SURE)
    current = current[usable].reset_index(drop=True)
    taken = ["units", "gift_units", "bulk_units"]
    gone = sold.assign(units=sold[taken].sum(axis=1))[["day", "sku", "warehouse", "units"]]
    came = receipts.rename(columns={"received_day": "day", "quantity": "units"})
    came = came.loc[came["day"] <= day, ["day", "sku", "warehouse", "units"]]
    current["sold_since"] = _since(current, gone)
    current["received_since"] = _since(current, came)
    current["on_hand"] += current["received_since"]
    current["promised"] += current["sold_since"]
    coming = ["in_transit", "moving_in"]
    told = known.facts[["day", "sku", "warehouse", *coming]].rename(columns={"day": "stock_day"})
    told = told.groupby(["stock_day", "sku", "warehouse"], as_index=False)[coming].sum(min_count=1)
    current = current.merge(told, on=["stock_day", "sku", "warehouse"], how="left")
    return current[list(STOCK)].astype(STOCK)


def _since(current: pd.DataFrame, moved: pd.DataFrame) -> np.ndarray:
    """Units of `moved` after each shelf's own stock day."""
    old = current[["sku", "warehouse", "stock_day"]]
    later = moved.merge(old, on=["sku", "warehouse"], how="inner")
    later = later[later["day"] > later["stock_day"]]
    units = later.groupby(["sku", "warehouse"])["units"].sum()
    places = pd.MultiIndex.from_frame(current[["sku", "warehouse"]])
    return units.reindex(places).fillna(0).to_numpy(dtype=np.int64)


def _with_never_named(
    shelves: Shelves, places: pd.DataFrame, sold: pd.DataFrame, day: str, settings: Replenishment
) -> pd.DataFrame:
    """`shelves.newest`, and the series that no file names although their warehouse has one that leaves out what is
    empty: 0, as long as these are few. Many skus that sell and that no file names are codes written in another way, or
    files that are not there."""
    newest = shelves.newest
    files = shelves.files.sort_values("stock_day", kind="stable").drop_duplicates("warehouse", keep="last")
    tells = files.loc[(files["state"] == "told") & (files["leaves_out"] == "zeros"), ["warehouse", "stock_day"]]
    heard = pd.concat([newest[["sku", "warehouse"]], shelves.unread[["sku", "warehouse"]]]).drop_duplicates()
    silent = places.merge(heard.assign(is_heard=True), on=["sku", "warehouse"], how="left")
    silent = silent.loc[silent["is_heard"].isna(), ["sku", "warehouse"]]
    recent = sold[sold["day"] > day_after(day, -SELLING_DAYS)]
    selling = set(recent.loc[recent["units"] > 0, "sku"])
    strangers = selling - set(heard["sku"])
    if len(strangers) >= settings.min_missing_skus and len(strangers) > settings.missing_skus_share * len(selling):
        silent = silent[~silent["sku"].isin(strangers)]
    empty = silent.merge(tells, on="warehouse", how="inner")
    empty = empty.assign(shop="", on_hand=0, promised=0, state="left_out")
    return pd.concat([newest, empty[list(newest.columns)]], ignore_index=True)
