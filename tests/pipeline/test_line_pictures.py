"""A line's picture: its frames say what the books say, and its specifications can be drawn."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from include.lines.line_history import LineHistory, line_history
from include.lines.picture import Colours, demand_picture, event_name, stock_picture
from include.lines.plan_session import PlanSession, open_session
from include.warehouse.as_of import read_facts
from tests.pipeline.conftest import FIRST, Desk

DAY = FIRST.isoformat()


@pytest.fixture(scope="module")
def desk(first_day: Path, open_desk: Callable[..., Desk]) -> Iterator[Desk]:
    desk = open_desk(first_day)
    yield desk
    desk.workspace.books.dispose()


@pytest.fixture(scope="module")
def session(desk: Desk) -> PlanSession:
    return open_session(desk.workspace, DAY)


def place(session: PlanSession) -> tuple[str, str]:
    """The line that sells most."""
    best = session.nightly.lines.sort_values("daily_mean").iloc[-1]
    return str(best["sku"]), str(best["warehouse"])


@pytest.fixture(scope="module")
def history(session: PlanSession) -> LineHistory:
    found = line_history(session, *place(session))
    assert found is not None
    return found


def test_days_are_those_of_the_books(desk: Desk, session: PlanSession) -> None:
    sku, warehouse = place(session)
    found = line_history(session, sku, warehouse, step="day", days_ahead=21)
    assert found is not None
    assert found.past["day"].iloc[-1] == DAY
    sold = read_facts(desk.workspace.books, "demand", DAY)
    sold = sold[(sold["sku"] == sku) & (sold["warehouse"] == warehouse)].groupby("day")["units"].sum()
    whole = found.past[found.past["in_stock"] == 1].set_index("day")["units"]
    assert len(whole) > 20
    assert (whole == sold.reindex(whole.index).fillna(0)).all()
    assert len(found.fan) == len(found.stock) == 21
    assert found.fan["day"].iloc[0] == found.stock["day"].iloc[0] > DAY


def test_weeks_add_up_their_days_and_what_is_unknown_is_not_zero(session: PlanSession, history: LineHistory) -> None:
    sku, warehouse = place(session)
    days = line_history(session, sku, warehouse, step="day")
    assert days is not None
    assert len(history.past) == len(days.past) // 7
    last = days.past.tail(7)
    assert history.past["units"].iloc[-1] == pytest.approx(7 * last["units"].mean())
    unknown = [
        line_history(session, str(line["sku"]), str(line["warehouse"]), step="day")
        for line in session.nightly.lines[["sku", "warehouse"]].to_dict("records")
    ]
    empty = [one.past for one in unknown if one is not None and (one.past["in_stock"] == 0).any()]
    assert empty
    assert all(np.isnan(past.loc[past["in_stock"] == 0, "units"]).all() for past in empty)


def test_the_fan_is_the_forecast_that_the_plan_was_made_from(session: PlanSession, history: LineHistory) -> None:
    fan = history.fan
    assert (fan["low"] <= fan["middle"]).all()
    assert (fan["middle"] <= fan["high"]).all()
    assert fan["mean"].cumsum().to_numpy() == pytest.approx(fan["total"].to_numpy(), rel=0.02, abs=0.5)
    row = session.series_of(*place(session))
    assert row is not None
    span = int(np.searchsorted(session.basis.protection.spans, 28))
    forecast = session.basis.ahead[span]
    assert fan["total_low"].iloc[3] == pytest.approx(float(forecast.quantile(0.1)[row]), rel=0.02, abs=0.6)
    assert fan["total_high"].iloc[3] == pytest.approx(float(forecast.quantile(0.9)[row]), rel=0.02, abs=0.6)


def test_events_have_their_days_and_names(history: LineHistory) -> None:
    assert "double_11" in set(history.events["event"]), "it is ten days ahead"
    assert history.events["day"].is_monotonic_increasing
    assert event_name("double_11", "zh") == "双11"
    assert event_name("our own sale", "en") == "our own sale"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pictures_are_whole_specifications(history: LineHistory, language: str) -> None:
    demand, stock = demand_picture(history, language), stock_picture(history, language, Colours(with_order="#123456"))  # type: ignore[arg-type]
    for picture in (demand, stock):
        assert picture["width"] == "container"
        assert picture["background"] == "transparent"
        assert len(json.dumps(picture)) < 100_000
        assert picture["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
        assert "NaN" not in json.dumps(picture)
    assert "#123456" in json.dumps(stock)
    title = {"zh": "需求：历史与预测", "en": "Demand: past and forecast"}[language]
    assert demand["title"]["text"] == title
    assert (history.last_order_day or "") in json.dumps(stock) or history.last_order_day < DAY


def test_a_line_that_is_not_planned_has_no_picture(session: PlanSession) -> None:
    assert line_history(session, "NOPE", "NOWHERE") is None
