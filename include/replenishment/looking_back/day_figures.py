"""Keeping what the desk looks back on: few rows a day, written with the day's lists and after them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, Engine, delete, select

from include.calendar.business_days import day_after
from include.demand.forecast_accuracy import forecast_hits
from include.demand.panel_store import panel_as_of, shelf_shares
from include.facts.serving import renamed
from include.facts.stock_store import StockKnown, shelves_as_of, stock_on
from include.replenishment.looking_back.plan_results import (
    AGAIN_DAYS,
    Arrived,
    Counts,
    acts_until,
    arrivals_for,
    as_frame,
    came_of,
    suggested_by,
)
from include.replenishment.looking_back.reckoning import NotDone, lines_not_done, margins_of, missed_by, saved_by
from include.replenishment.looking_back.stock_health import WEIGHT_DAYS, stock_health
from include.replenishment.orders.matching import matched_receipts
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import tasks
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.books import Publication, publication
from include.warehouse.tables import forecast_hits as forecast_hits_table
from include.warehouse.tables import plan_results
from include.warehouse.tables import stock_health as stock_health_table
from include.warehouse.workspace import Workspace

WEEKS = (4, 13)  # over which forecasts are judged


def keep_day_figures(workspace: Workspace, day: str) -> dict[str, int]:
    """Compute and store the figures of a closed day whose lists are out, in the place of what there was; returns how
    many rows of each."""
    told = told_as_of(workspace, day)
    panel = panel_as_of(workspace, day, told.shelves)
    hits = forecast_hits(workspace, panel, day, WEEKS).assign(day=day)
    places, settings = panel.keys[["sku", "warehouse"]], workspace.merchant.replenishment
    stock = stock_on(told.shelves, day, places, told.demand, told.receipts, settings)
    health = stock_health(stock, told.shares, told.demand, told.products, _excess(workspace, day), day).assign(day=day)
    with workspace.books.connect() as connection:
        results = as_frame(what_was_done(connection, told, day).counts)
    with publication(workspace.books) as change:
        for table, frame in ((forecast_hits_table, hits), (stock_health_table, health)):
            change.execute(delete(table).where(table.c.day == day))
            change.insert(table, frame)
        if _is_newest(change, day):
            again = plan_results.c.day > day_after(day, -AGAIN_DAYS), plan_results.c.day <= day
            change.execute(delete(plan_results).where(*again, plan_results.c.what != "suggested"))
            change.insert(plan_results, results)
        else:  # a replay: newer nights know more of what was done and came
            results = results.iloc[:0]
    return {"forecast_hits": len(hits), "stock_health": len(health), "plan_results": len(results)}


def keep_suggested(books: Engine, kinds: Collection[str], day: str) -> None:
    """Store what the day's lists of these kinds suggested, in the place of what their earlier editions did. With the
    lists and not with the figures above, since other kinds' lists may be made at the same time, or later."""
    with books.connect() as connection:
        rows = as_frame(suggested_by(connection, kinds, day))
    own = plan_results.c.day == day, plan_results.c.kind.in_(kinds), plan_results.c.what == "suggested"
    with publication(books) as change:
        change.execute(delete(plan_results).where(*own))
        change.insert(plan_results, rows)


def _is_newest(change: Publication, day: str) -> bool:
    newer = select(stock_health_table.c.day).where(stock_health_table.c.day > day).limit(1)
    return change.read(newer).empty


def _excess(workspace: Workspace, day: str) -> pd.DataFrame:
    """warehouse, category, grade, money_micros of the day's excess list."""
    columns = (tasks.c.warehouse, tasks.c.category, tasks.c.money_micros, tasks.c.payload)
    with workspace.books.connect() as connection:
        rows = connection.execute(select(*columns).where(tasks.c.kind == "excess", tasks.c.day == day)).all()
    told = [(row.warehouse, row.category, read_json(row.payload).get("grade"), row.money_micros or 0) for row in rows]
    return pd.DataFrame(told, columns=["warehouse", "category", "grade", "money_micros"])


@dataclass(frozen=True)
class Told:
    """What the books tell as of a day: shelves, and of the last WEIGHT_DAYS demand and shares of days in stock."""

    shelves: StockKnown
    shares: pd.DataFrame
    demand: pd.DataFrame
    products: pd.DataFrame
    receipts: pd.DataFrame
    orders: pd.DataFrame

    @property
    def costs(self) -> pd.Series:
        """Micros a unit by sku."""
        return self.products.drop_duplicates("sku", keep="last").set_index("sku")["cost_micros"]


def told_as_of(workspace: Workspace, day: str) -> Told:
    books, names = workspace.books, workspace.merchant.warehouse_names()
    shelves = shelves_as_of(workspace, day)
    demand = read_facts(books, "demand", day, day_after(day, 1 - WEIGHT_DAYS), day)
    return Told(
        shelves,
        shelf_shares(shelves, demand),
        demand,
        read_lines(books, "products", day),
        renamed(read_lines(books, "receipts", day), names),
        renamed(read_lines(books, "purchase_orders", day), names),
    )


@dataclass(frozen=True)
class Done:
    """What was done and came on AGAIN_DAYS up to a day, and what it was worth; and the lines that this rests on."""

    counts: Counts
    arrived: list[Arrived]
    not_done: list[NotDone]


def what_was_done(connection: Connection, told: Told, day: str) -> Done:
    acts, answers = acts_until(connection, day)
    not_done = lines_not_done(connection, day)
    asked = {one.sku for one in answers}
    bought, came = (frame[frame["sku"].isin(asked)] for frame in (told.orders, told.receipts))
    arrived = arrivals_for(answers, bought, matched_receipts(bought, came), day)
    margins = margins_of(told.demand, told.costs)
    keys = ["day", "sku", "warehouse"]
    left = told.shelves.facts.groupby(keys, as_index=False)["on_hand"].sum()
    seen = told.shares.groupby(keys, as_index=False)["in_stock_share"].max()
    worth = {**saved_by(arrived, left, margins, day), **missed_by(not_done, seen, told.demand, margins, day)}
    return Done({**acts, **came_of(arrived, told.costs, day), **worth}, arrived, not_done)
