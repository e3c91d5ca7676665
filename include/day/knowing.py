"""What the books know as of a day's close, read for the planner; and what its champion forecasts from it."""

from __future__ import annotations

from collections.abc import Container

import pandas as pd

from include.calendar.business_days import day_after
from include.calendar.events import LUNAR_NEW_YEAR
from include.day.models import champion_of
from include.day.office import Office
from include.day.panels import panel_as_of
from include.demand.config import LEVELS
from include.demand.forecast import Forecast
from include.demand.model import DemandModel
from include.demand.naive import thirteen_weeks
from include.demand.panel import Panel
from include.replenishment.knowledge import Known
from include.replenishment.lunar import with_lunar_new_year
from include.tasks.commitments import commitments, transfers_under_way, unmatched
from include.warehouse.as_of import read_facts, read_lines

# Days whose totals are forecast; a protection period is mixed from its neighbours.
SPANS = (3, 7, 14, 21, 28, 45, 60, 90)
RULE = "rule-13-weeks"


def known_on(office: Office, day: str) -> Known:
    """Everything the plan of `day` rests on, as its close knew it."""
    orders = read_lines(office.books, "purchase_orders", day)
    recent = read_facts(office.books, "demand", day, day_after(day, -90), day)
    sold = recent.groupby(["sku", "warehouse"], as_index=False).agg(
        revenue_13_weeks_micros=("revenue_micros", "sum"), units_13_weeks=("units", "sum")
    )
    with office.books.connect() as connection:
        ordered = unmatched(commitments(connection, day), orders)
        moving = transfers_under_way(connection, day, office.merchant.replenishment.transport.days)
    return Known(
        day=day,
        panel=panel_as_of(office, day),
        products=read_lines(office.books, "products", day),
        suppliers=read_lines(office.books, "suppliers", day),
        purchase_orders=orders,
        receipts=read_lines(office.books, "receipts", day),
        stock=newest_stock(read_facts(office.books, "stock", day, day_after(day, -7), day)),
        sold=sold,
        ordered=ordered,
        moving=moving,
    )


def newest_stock(facts: pd.DataFrame) -> pd.DataFrame:
    """sku, warehouse, on_hand, promised on the newest of the stock facts given."""
    newest = facts.sort_values("day", kind="stable").drop_duplicates(["sku", "warehouse"], keep="last")
    promised = newest["locked"].astype("Int64").fillna(0).astype("int64")
    return newest.assign(promised=promised)[["sku", "warehouse", "on_hand", "promised"]]


def champion_forecast(office: Office, day: str, panel: Panel) -> tuple[str, list[Forecast]]:
    """(model id, a forecast of each of SPANS) by the day's champion; by the 13-week rule before there is one."""
    standing = champion_of(office, "demand", day)
    rests = office.merchant.replenishment.supplier_holidays
    if standing is None:
        return RULE, forecast_spans(None, panel, rests)
    model_id, folder = standing
    return model_id, forecast_spans(DemandModel.load(folder), panel, rests)


def forecast_spans(model: DemandModel | None, panel: Panel, holidays: Container[str] = ()) -> list[Forecast]:
    """A forecast of each of SPANS; None: by the 13-week rule.

    holidays: of the merchant's suppliers. Who buys where the lunar New Year is kept sells there too: its weeks are held
    against the last one's.
    """
    if model is None:
        ahead = [thirteen_weeks(panel, span, LEVELS) for span in SPANS]
    else:
        history = model.history(panel, max(SPANS)) if model.kind != "rule" else None
        ahead = [model.forecast(panel, span, history) for span in SPANS]
    return with_lunar_new_year(ahead, panel) if LUNAR_NEW_YEAR in holidays else ahead
