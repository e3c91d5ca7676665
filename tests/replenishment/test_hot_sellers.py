"""A hit sells more than before while its like does not; a sale that lifts everything makes no hits."""

from dataclasses import replace

import numpy as np
import pandas as pd

from include.calendar.events import Calendar
from include.demand.panel import build_panel
from include.replenishment.planning_frames import PlanningData
from include.replenishment.quantity.protection_period import hot_sellers
from include.settings.stock.replenishment import Replenishment
from tests.replenishment.known import WAREHOUSES, known

SETTINGS = Replenishment()
SKUS = ("S1", "S2", "S3")


def on(last_day: str, own: dict | None = None) -> tuple[PlanningData, Calendar]:
    """Three skus that sell two a day everywhere, up to `last_day`."""
    there = known(SKUS)
    keys = there.panel.keys[["sku", "warehouse"]]
    facts = keys.assign(day=last_day, units=2.0, revenue_micros=1)
    panel = build_panel(
        facts,
        keys.assign(day=last_day, in_stock_share=1.0),
        there.products,
        "2025-07-01",
        last_day,
        None,
        known_share=0.5,
    )
    return replace(there, panel=replace(panel, units=np.full_like(panel.units, 2.0))), Calendar(own=own or {})


def selling(what: PlanningData, rows: slice, days: slice, units: float) -> PlanningData:
    grown = what.panel.units.copy()
    grown[rows, days] = units
    return replace(what, panel=replace(what.panel, units=grown))


def test_a_sku_that_takes_off_alone_is_hot() -> None:
    what, calendar = on("2025-08-20")

    hot = hot_sellers(selling(what, slice(0, 1), slice(-7, None), 9.0), SETTINGS, calendar)

    assert hot.tolist() == [True] + [False] * (len(SKUS) * len(WAREHOUSES) - 1)


def test_the_days_of_a_sale_make_nothing_hot() -> None:
    """On Double 11 everything sells eight a day for four days, two before them and two on all others."""
    what, calendar = on("2025-11-11")
    lifted = selling(what, slice(None), slice(-4, None), 8.0)

    assert not hot_sellers(lifted, SETTINGS, calendar).any()
    # What took off in the ordinary week before is still seen.
    early = selling(lifted, slice(0, 1), slice(-11, -4), 9.0)
    assert hot_sellers(early, SETTINGS, calendar).tolist()[0]
    # So are the merchant's own promotions left out.
    own, calendar = on("2025-08-20", {"anniversary": [pd.Timestamp("2025-08-18").date()]})
    assert not hot_sellers(selling(own, slice(None), slice(-5, None), 8.0), SETTINGS, calendar).any()


def test_a_season_that_lifts_the_category_makes_nothing_hot() -> None:
    what, calendar = on("2025-08-20")
    warm = selling(what, slice(None), slice(-7, None), 6.0)

    assert not hot_sellers(warm, SETTINGS, calendar).any()
    # One that grows far beyond its season is hot.
    assert hot_sellers(selling(warm, slice(0, 1), slice(-7, None), 20.0), SETTINGS, calendar).tolist()[0]
