"""The VN2 wrapper on weeks made up here: nothing from the future leaks in, and an order is written for every item."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import vn2_demand
from benchmarks.vn2 import order
from benchmarks.vn2_demand import dispersion_of, rows_at
from benchmarks.vn2_season import YEAR, WeeklyHistory, days_to_event, season_of

ITEMS, WEEKS = 12, 120


def made_up(weeks: int = WEEKS, seed: int = 3) -> WeeklyHistory:
    """Demand of 4 a week, thrice that in every 40th week of the year; one week in twenty unknown."""
    generator = np.random.default_rng(seed)
    lift = np.where(np.arange(weeks) % YEAR == 40, 3.0, 1.0)
    units = generator.poisson(4 * lift, size=(ITEMS, weeks)).astype(float)
    units[generator.random((ITEMS, weeks)) < 0.05] = np.nan
    one = np.arange(ITEMS)
    attributes = {"store": one % 3, "product": one // 3, "group": one // 6, "department": one // 6}
    return WeeklyHistory(units, np.datetime64("2021-01-04", "D") + 7 * np.arange(weeks), attributes)


def test_a_changed_future_changes_nothing_in_what_was_known():
    whole = made_up()
    origin = 110
    before = WeeklyHistory(whole.units[:, :origin], whole.weeks[:origin], whole.attributes)
    changed = WeeklyHistory(whole.units.copy(), whole.weeks, whole.attributes)
    changed.units[:, origin:] = 999.0

    known = rows_at(before, season_of(before, 4), origin, (0, 1, 2))
    with_future = rows_at(changed, season_of(changed, 4), origin, (0, 1, 2))

    pd.testing.assert_frame_equal(known.features, with_future.features)
    assert np.array_equal(known.start, with_future.start)


def test_the_season_of_a_peak_week_is_seen_a_year_ahead():
    history = made_up(100)

    season = season_of(history, 4)

    # Week 92 = 52 + 40 is in the history; its index comes from week 40 alone.
    assert (season.expected[:, 92] > 2).all()
    assert (season.expected[:, 80] < 1.5).all()
    assert season.reference[92] == 40


def test_days_to_an_event_are_counted_from_monday():
    mondays = np.array(["2023-05-01", "2023-05-08", "2023-05-15", "2023-08-07"], dtype="datetime64[D]")

    assert days_to_event("mothers_day", mondays).tolist() == [9, 2, -5, -21]


def test_dispersion_tells_lumpy_items_from_even_ones():
    units = np.array([[4.0] * 78, [0.0] * 77 + [312.0]])
    history = WeeklyHistory(units, np.arange(78).astype("datetime64[D]"), {})

    even, lumpy = dispersion_of(history)

    assert even < 0.1
    assert lumpy == 2.5


@pytest.mark.slow
def test_an_order_is_written_for_every_item_and_models_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vn2_demand, "ROUNDS", 5)
    history = made_up()
    keys = pd.MultiIndex.from_arrays([history.attributes["store"], np.arange(ITEMS)], names=["Store", "Product"])
    names = [str(week) for week in history.weeks]
    pd.DataFrame(np.nan_to_num(history.units), index=keys, columns=names).to_csv(tmp_path / "sales.csv")
    pd.DataFrame(~np.isnan(history.units), index=keys, columns=names).to_csv(tmp_path / "in_stock.csv")
    columns = ["ProductGroup", "Division", "Department", "DepartmentGroup", "StoreFormat", "Format"]
    pd.DataFrame(1, index=keys, columns=columns).to_csv(tmp_path / "master.csv")
    state = pd.DataFrame({"on_hand": 0, "in_transit_1": 0, "in_transit_2": 0}, index=keys)
    state.iloc[0] = 500
    state.to_csv(tmp_path / "state.csv")

    order(tmp_path, tmp_path / "order.csv", tmp_path)
    first = pd.read_csv(tmp_path / "order.csv").set_index(["Store", "Product"])["order"]
    order(tmp_path, tmp_path / "order.csv", tmp_path)

    assert (tmp_path / "models.json").exists()
    assert first.index.equals(keys)
    assert first.iloc[0] == 0
    # About 4 a week are wanted in the week of arrival; nothing is there.
    assert first.iloc[1:].between(3, 12).all()
    assert pd.read_csv(tmp_path / "order.csv")["order"].tolist() == first.tolist()
