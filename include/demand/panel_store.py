"""The demand panel as of a business day, from the facts in the books."""

from datetime import date

import pandas as pd

from include.calendar.business_days import day_after, parse_day
from include.calendar.events import event_dates
from include.demand.panel import Panel, build_panel
from include.demand.promotion_plans import promotions_as_of
from include.facts.shelves import shares_of
from include.facts.stock_store import StockKnown, shelves_as_of
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.workspace import Workspace


def panel_as_of(workspace: Workspace, day: str, stock: StockKnown | None = None) -> Panel:
    """Every (sku, warehouse) over the history that the settings ask for, as the close of `day` knew it.

    stock: `shelves_as_of` the day, where it is at hand.
    """
    settings = workspace.merchant.demand
    first = day_after(day, 1 - settings.history_days)
    demand = read_facts(workspace.books, "demand", day, first, day)
    if len(demand):
        first = max(first, str(demand["day"].min()))
    stock = stock or shelves_as_of(workspace, day)
    return build_panel(
        demand,
        shelf_shares(stock, demand),
        read_lines(workspace.books, "products", day),
        first,
        day,
        calendar_events(workspace, parse_day(first), parse_day(day)),
        known_share=settings.known_in_stock_share,
        promotions=promotions_as_of(workspace, day, demand),
    )


def shelf_shares(stock: StockKnown, demand: pd.DataFrame) -> pd.DataFrame:
    """day, sku, warehouse, in_stock_share of every shelf and day of which something is known; NaN: the report cannot be
    read. demand: facts of the same days."""
    told = stock.facts[["day", "sku", "warehouse", "in_stock_share"]]
    return pd.concat([told, _untold(told, shares_of(stock.shelves, demand))], ignore_index=True)


def _untold(told: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """The rows of `shares` whose day and shelf no file tells."""
    keys = ["day", "sku", "warehouse"]
    known = pd.MultiIndex.from_frame(told[keys])
    return shares[~pd.MultiIndex.from_frame(shares[keys]).isin(known)]


def calendar_events(workspace: Workspace, first: date, last: date) -> pd.DataFrame:
    """day, event: shopping festivals and the merchant's own promotions, a year past the last day included."""
    rows = [
        {"day": day.isoformat(), "event": name}
        for name, days in event_dates(first, last, workspace.calendar).items()
        for day in days
    ]
    return pd.DataFrame(rows)
