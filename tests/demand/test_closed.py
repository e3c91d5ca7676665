"""A door that was closed says nothing about what customers wanted."""

from dataclasses import replace

import numpy as np
import pandas as pd

from include.demand.forecaster.closed import closed_days, without_closed_days
from include.demand.forecaster.features import History
from include.demand.panel import Panel, as_events
from tests.demand.conftest import merchant

CLOSED_DAY = 200


def closed_in_the_east(panel: Panel, day: int) -> Panel:
    units = panel.units.copy()
    east = (panel.keys["warehouse"] == "east").to_numpy()
    units[east, day] = np.where(np.isfinite(units[east, day]), 0, np.nan)
    return replace(panel, units=units)


def test_a_day_without_any_sale_in_a_warehouse_is_unknown_there_and_nowhere_else():
    panel = closed_in_the_east(merchant(), CLOSED_DAY)
    closed, place = closed_days(panel)
    east = int(place[(panel.keys["warehouse"] == "east").to_numpy()][0])
    assert [(int(w), int(d)) for w, d in np.argwhere(closed)] == [(east, CLOSED_DAY)]
    open_only = without_closed_days(panel)
    assert np.isnan(open_only.units[place == east, CLOSED_DAY]).all()
    assert np.array_equal(open_only.units[place != east], panel.units[place != east], equal_nan=True)


def test_a_small_warehouse_may_sell_nothing_by_chance():
    panel = merchant(skus=2)
    units = np.where(np.isfinite(panel.units), np.minimum(panel.units, 1), np.nan).astype(np.float32)
    panel = closed_in_the_east(replace(panel, units=units), CLOSED_DAY)
    assert not closed_days(panel)[0].any()


def test_what_is_seen_later_does_not_close_a_day():
    panel = closed_in_the_east(merchant(), CLOSED_DAY)
    assert closed_days(panel.until(CLOSED_DAY + 1))[0][:, CLOSED_DAY].any()


def test_the_level_does_not_fall_with_the_door():
    panel, origin = merchant(), CLOSED_DAY + 3
    usual = History(panel, horizon=7).mean(origin - 7, origin)
    seen = History(closed_in_the_east(panel, CLOSED_DAY), horizon=7).mean(origin - 7, origin)
    east = (panel.keys["warehouse"] == "east").to_numpy()
    taken_as_zero = np.nan_to_num(closed_in_the_east(panel, CLOSED_DAY).units[east, origin - 7 : origin]).mean()
    assert abs(np.nanmean(seen[east]) / np.nanmean(usual[east]) - 1) < 0.06
    assert taken_as_zero < 0.9 * np.nanmean(usual[east])


def test_an_event_that_closed_the_doors_closes_them_again():
    panel = merchant()
    again = panel.day_count + 3
    days = panel.days[0] + pd.to_timedelta([CLOSED_DAY, again], unit="D")
    events = pd.concat([panel.events, pd.DataFrame({"day": days, "event": "holiday"})])
    units = panel.units.copy()
    units[:, CLOSED_DAY] = np.where(np.isfinite(units[:, CLOSED_DAY]), 0, np.nan)
    history = History(replace(panel, units=units, events=as_events(events)), horizon=14)
    share = history.open_share(panel.day_count, 7)
    assert np.allclose(share, 6 / 7, atol=0.02)
    assert np.allclose(history.open_share(panel.day_count, 3), 1)
