"""How good the forecasts behind past lists were, as far as their days are over.

Every list keeps what was forecast for each sku and warehouse over its protection period, with the model that said it;
here it is held against what was sold since.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Select, select

from include.calendar.business_days import day_after
from include.demand.accuracy import accuracy, held_against, hits
from include.demand.panel import Panel
from include.demand.panel_store import panel_as_of
from include.facts.close_day import last_closed_day
from include.warehouse.books import read_frame
from include.warehouse.tables import forecasts
from include.warehouse.workspace import Workspace


def forecast_accuracy(
    workspace: Workspace, day: str, since_days: int = 91, by: Sequence[str] = ("demand_class",)
) -> pd.DataFrame:
    """`accuracy` of the forecasts of the lists of the last so many days, as of the newest closed day up to `day`.

    by: columns of `held_against`, and `category`, '' of goods without one.
    """
    seen = last_closed_day(workspace.books, day)
    told = read_frame(workspace.books, _forecasts(seen, since_days))
    panel = panel_as_of(workspace, seen)
    return accuracy(with_category(held_against(told, panel), panel), by)


def forecast_hits(workspace: Workspace, panel: Panel, day: str, weeks: Sequence[int]) -> pd.DataFrame:
    """What `forecast_accuracy` judges as of a closed `day`, added up by warehouse and category.

    panel: as of the day. Returns weeks (the lists of so many weeks before), warehouse, category, forecasts, unknown
    (left out: the shelf was empty), sold, mean, error (units, sum of |mean - sold|).
    """
    columns = [forecasts.c[name] for name in ("day", "sku", "warehouse", "protection_days", "mean")]
    told = read_frame(workspace.books, _forecasts(day, 7 * max(weeks)).with_only_columns(*columns))
    judged = with_category(hits(told, panel), panel)
    judged["error"] = (judged["mean"] - judged["sold"]).abs()
    measures = ["sold", "mean", "error"]
    judged[measures] = judged[measures].astype("float64").where(judged["is_known"].astype(bool), 0.0)
    judged = judged.assign(forecasts=judged["is_known"].astype("int64"), unknown=1 - judged["is_known"].astype("int64"))
    parts = []
    for count in weeks:
        recent = judged[judged["day"] >= day_after(day, -7 * count)]
        sums = recent.groupby(["warehouse", "category"], as_index=False)[["forecasts", "unknown", *measures]].sum()
        parts.append(sums.assign(weeks=count))
    return pd.concat(parts, ignore_index=True)


def with_category(judged: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Rows with sku and warehouse, with the category of the product, '' if it has none."""
    if "category" not in panel.keys:
        return judged.assign(category="")
    category = panel.keys.drop_duplicates("sku").set_index("sku")["category"]
    return judged.assign(category=judged["sku"].map(category).astype("str").fillna(""))


def first_day_to_judge(workspace: Workspace, day: str, since_days: int = 91) -> str | None:
    """The day whose close lets the first of these forecasts be judged; None if there is no forecast."""
    told = read_frame(workspace.books, _forecasts(last_closed_day(workspace.books, day), since_days))
    if told.empty:
        return None
    spans = told.groupby("day")["protection_days"].min()
    return min(day_after(str(made), int(span)) for made, span in spans.items())


def _forecasts(seen: str, since_days: int) -> Select:
    """Those of the lists of so many days before `seen`, a closed day, and of its own."""
    return select(forecasts).where(forecasts.c.day >= day_after(seen, -since_days), forecasts.c.day <= seen)
