"""What forecast overrides were worth: the forecast with and without them, against what was really sold.

Forecast value added (Gilliland 2010): by how many units the person's number came nearer than the model's, place by
place. A day on which the shelf was empty is unknown: both forecasts are held against the other days alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from include.calendar.business_days import day_after, parse_day
from include.demand.panel import Panel
from include.tasks.by_hand.overrides import Foretold, Override, Score, foretold

JUDGED_AGAIN_DAYS = 28  # after the span: late exports may still say what was sold
MIN_KNOWN = 0.5  # of the span's days; below it nobody knows what would have sold


def worth_as_of(
    connection: Connection, overrides: Sequence[Override], panel: Panel, products: pd.DataFrame, day: str
) -> list[Score]:
    """A score of each forecast override whose span is over since a short while, as the books of `day` have it."""
    over = [one for one in overrides if _is_to_be_judged(one, day)]
    told = foretold(connection, [one.number for one in over], day) if over else []
    by_number: dict[int, list[Foretold]] = {}
    for part in told:
        by_number.setdefault(part.number, []).append(part)
    costs = products.drop_duplicates("sku", keep="last").set_index("sku")["cost_micros"] if over else pd.Series()
    found = [score_of(one, by_number.get(one.number, []), panel, costs, day) for one in over]
    return [one for one in found if one is not None]


def _is_to_be_judged(one: Override, day: str) -> bool:
    """Its days are over, and it was not taken back before they began."""
    if not one.is_forecast or one.last_day is None:
        return False
    is_taken_back = one.ended_day is not None and one.ended_day <= one.first_day
    return not is_taken_back and day_after(day, -JUDGED_AGAIN_DAYS) <= one.last_day <= day


def score_of(one: Override, told: Sequence[Foretold], panel: Panel, costs: pd.Series, day: str) -> Score | None:
    """What an override was worth; None if no list ever forecast its span. costs: micros a unit by sku.

    The last list before the span began is judged, or the first one that knew of it.
    """
    days = sorted({part.day for part in told})
    if not days:
        return None
    list_day = max((each for each in days if each < one.first_day), default=days[0])
    parts = [part for part in told if part.day == list_day]
    places = pd.MultiIndex.from_frame(panel.keys[["sku", "warehouse"]])
    rows = places.get_indexer(pd.MultiIndex.from_tuples([(part.sku, part.warehouse) for part in parts])).tolist()
    sold = without = with_it = better = 0.0
    micros, unknown, is_priced = 0.0, 0, False
    for part, row in zip(parts, rows, strict=True):
        known = _known_sales(part, panel, row)
        if known is None:
            unknown += 1
            continue
        units, share = known
        nearer = abs(part.units_without * share - units) - abs(part.units_with * share - units)
        sold, better = sold + units, better + nearer
        without, with_it = without + part.units_without * share, with_it + part.units_with * share
        cost = costs.get(part.sku)
        if cost is not None and not pd.isna(cost):
            micros, is_priced = micros + nearer * float(cost), True
    return Score(
        number=one.number,
        day=day,
        list_day=list_day,
        places=len(parts),
        unknown_places=unknown,
        units_sold=round(sold, 3),
        units_without=round(without, 3),
        units_with=round(with_it, 3),
        better_units=round(better, 3),
        better_micros=round(micros) if is_priced else None,
    )


def _known_sales(part: Foretold, panel: Panel, row: int) -> tuple[float, float] | None:
    """(units sold on the days that are known, their share of the span); None if too few are."""
    first = (parse_day(part.first_day) - panel.days[0].date()).days
    last = (parse_day(part.last_day) - panel.days[0].date()).days
    if row < 0 or first < 0 or last >= panel.day_count:
        return None
    units = panel.units[row, first : last + 1]
    share = float(np.isfinite(units).mean())
    return None if share < MIN_KNOWN else (float(np.nansum(units)), share)
