"""How good the forecasts behind past lists were, as far as their days are over.

Every list keeps what was forecast for each sku and warehouse over its protection period, with the model that said it;
here it is held against what was sold since.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Select, select

from include.calendar.business_days import day_after
from include.demand.accuracy import accuracy, held_against
from include.demand.panel_store import panel_as_of
from include.facts.close_day import last_closed_day
from include.warehouse.books import read_frame
from include.warehouse.tables import forecasts
from include.warehouse.workspace import Office


def forecast_accuracy(
    office: Office, day: str, since_days: int = 91, by: Sequence[str] = ("demand_class",)
) -> pd.DataFrame:
    """`accuracy` of the forecasts of the lists of the last so many days, as of the newest closed day up to `day`."""
    seen = last_closed_day(office.books, day)
    told = read_frame(office.books, _forecasts(seen, since_days))
    return accuracy(held_against(told, panel_as_of(office, seen)), by)


def first_day_to_judge(office: Office, day: str, since_days: int = 91) -> str | None:
    """The day whose close lets the first of these forecasts be judged; None if there is no forecast."""
    told = read_frame(office.books, _forecasts(last_closed_day(office.books, day), since_days))
    if told.empty:
        return None
    spans = told.groupby("day")["protection_days"].min()
    return min(day_after(str(made), int(span)) for made, span in spans.items())


def _forecasts(seen: str, since_days: int) -> Select:
    """Those of the lists of so many days before `seen`, a closed day, and of its own."""
    return select(forecasts).where(forecasts.c.day >= day_after(seen, -since_days), forecasts.c.day <= seen)
