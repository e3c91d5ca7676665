"""Features by hand, and the promise that the future never leaks into them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from include.demand.forecaster.features import History
from include.demand.panel import Panel, as_events
from include.demand.sales_events import event_days


def small(units: list[list[float]], events: pd.DataFrame | None = None) -> Panel:
    matrix = np.array(units, np.float32)
    started = np.where(np.isfinite(matrix).any(axis=1), np.isfinite(matrix).argmax(axis=1), matrix.shape[1])
    return Panel(
        keys=pd.DataFrame({"sku": [f"S{i}" for i in range(len(matrix))], "warehouse": "w", "category": "tea"}),
        days=pd.date_range("2025-01-06", periods=matrix.shape[1], freq="D"),
        units=matrix,
        price=np.full(matrix.shape, np.nan, np.float32),
        in_stock=np.where(np.isfinite(matrix), 1.0, 0.0).astype(np.float32),
        started=started.astype(np.int32),
        ended=np.zeros(len(matrix), bool),
        events=as_events(events),
    )


def test_means_skip_unknown_days() -> None:
    history = History(small([[2, 4, np.nan, 0, 6, np.nan, 2, 2]]), horizon=7)
    assert history.mean(0, 8)[0] == pytest.approx(16 / 6)
    level = history.level(8)[0]
    assert level == pytest.approx(16 / 6 + 0.1)
    features = history.series(8)
    assert features["mean_7"][0] * level == pytest.approx(14 / 5)
    assert features["since_sale"][0] == 1
    assert features["zeros_28"][0] == pytest.approx(1 / 6)
    assert features["shelf_28"][0] == pytest.approx(6 / 8)


def test_a_stock_out_leaves_the_level_where_it_was() -> None:
    sold = [3.0] * 60
    unknown = History(small([sold[:40] + [np.nan] * 20]), horizon=7)
    zero = History(small([sold[:40] + [0.0] * 20]), horizon=7)
    assert unknown.level(60)[0] == pytest.approx(3.1)
    assert zero.level(60)[0] < 2.2


def test_weekday_means_stand_under_their_own_weekday() -> None:
    weekly = [1.0, 2, 3, 4, 5, 6, 7]
    history = History(small([weekly * 4 + [1.0, 2]]), horizon=7)
    assert history.weekday_means(30, 4)[0].tolist() == weekly
    assert history.day(30, np.array([0]), np.array([0]))["weekday_mean_4"][0] * history.level(30)[0] == pytest.approx(3)


def test_target_makes_up_for_unknown_days() -> None:
    history = History(small([[1, 1, 1, 2, np.nan, 4, 2]]), horizon=7)
    total, share = history.target(3, 4)
    assert total[0] == pytest.approx(8 / 0.75)
    assert share[0] == 0.75


def test_the_future_changes_no_feature_of_the_past(panel: Panel) -> None:
    origin = 200
    changed = replace(panel, units=panel.units.copy(), price=panel.price.copy(), in_stock=panel.in_stock.copy())
    changed.units[:, origin:] = 999
    changed.price[:, origin:] = 0.01
    changed.in_stock[:, origin:] = 0
    before, after = (History(each.until(origin), horizon=14) for each in (panel, changed))
    rows = np.arange(panel.series_count)
    for one, two in (
        (before.series(origin), after.series(origin)),
        (before.span(origin, 14), after.span(origin, 14)),
        (before.day(origin, rows % 14, rows), after.day(origin, rows % 14, rows)),
    ):
        assert one.keys() == two.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], two[name], err_msg=name)


def test_series_features_read_nothing_at_or_after_the_origin(panel: Panel) -> None:
    changed = replace(panel, units=panel.units.copy())
    changed.units[:, 200:] += 50
    one, two = History(panel, horizon=14).series(200), History(changed, horizon=14).series(200)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name], err_msg=name)


def test_flags_hold_only_where_the_event_is() -> None:
    events = pd.DataFrame(
        {
            "day": pd.date_range("2025-01-06", periods=20, freq="2D"),
            "event": "snap",
            "column": "warehouse",
            "value": ["w", "x"] * 10,
        }
    )
    panel = small([[1.0] * 40, [1.0] * 40], events)
    calendar = event_days(panel, 7, np.zeros(2, int))
    seen = calendar.flags["snap"][calendar.place["snap"]][0]
    assert np.flatnonzero(seen).tolist() == list(range(0, 40, 4))


def test_a_closed_day_closes_next_years_too() -> None:
    rng = np.random.default_rng(1)
    units = rng.poisson(20, (5, 400)).astype(float)
    units[:, 30] = 0
    events = pd.DataFrame({"day": ["2025-02-05", "2026-02-05"], "event": "closed"})  # days 30 and 395
    past = small(units[:, :390].tolist(), events)
    calendar = event_days(past, 20, np.zeros(5, int))
    lift, doors = calendar.lift[0], calendar.open[0]
    assert doors[395] < 0.1
    assert lift[300] == 1.0


def test_ordinary_noise_is_no_lift() -> None:
    rng = np.random.default_rng(2)
    events = pd.DataFrame({"day": ["2025-03-05", "2026-01-20"], "event": "quiet"})
    lift = event_days(small(rng.poisson(20, (5, 370)).tolist(), events), 20, np.zeros(5, int)).lift[0]
    assert np.abs(lift - 1).max() < 0.05


def test_a_stock_out_up_to_the_last_day_changes_no_feature_of_a_steady_series() -> None:
    """Three a day, then an empty shelf for the last ten days: nothing says that interest has gone."""
    whole = small([[3.0] * 120] * 2)
    units = whole.units.copy()
    units[0, -10:] = np.nan
    features = History(replace(whole, units=units), horizon=14).series(120)
    for name, values in features.items():
        assert values[0] == pytest.approx(values[1], abs=1e-3, nan_ok=True), name
