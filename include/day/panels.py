"""The demand panel as of a business day, from the facts in the books."""

from datetime import date

import pandas as pd

from include.calendar.business_days import day_after, parse_day
from include.calendar.events import event_dates
from include.day.office import Office
from include.day.places import renamed_stock
from include.demand.panel import Panel, build_panel
from include.warehouse.as_of import read_facts, read_lines


def panel_as_of(office: Office, day: str) -> Panel:
    """Every (sku, warehouse) over the history that the settings ask for, as the close of `day` knew it."""
    settings = office.merchant.demand
    first = day_after(day, 1 - settings.history_days)
    demand = read_facts(office.books, "demand", day, first, day)
    if len(demand):
        first = max(first, str(demand["day"].min()))
    return build_panel(
        demand,
        renamed_stock(read_facts(office.books, "stock", day, first, day), office.merchant.warehouse_names()),
        read_lines(office.books, "products", day),
        first,
        day,
        calendar_events(office, parse_day(first), parse_day(day)),
        known_share=settings.known_in_stock_share,
    )


def calendar_events(office: Office, first: date, last: date) -> pd.DataFrame:
    """day, event: shopping festivals and the merchant's own promotions, a year past the last day included."""
    rows = [
        {"day": day.isoformat(), "event": name}
        for name, days in event_dates(first, last, office.calendar).items()
        for day in days
    ]
    return pd.DataFrame(rows)
