"""What if, for one line: to the unit what the night would plan if the settings said so, in a fraction of its time."""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from itertools import cycle
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pandas as pd
import pytest

from include.calendar.business_days import day_after
from include.lines.line_what_if import Changes, line_what_if, stock_by_day
from include.lines.plan_session import PlanSession, PlanSessions, open_session, state_of
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.quantity.protection_period import protection_of
from include.settings.saying import BilingualError
from include.simulation.what_if import Question, what_if
from include.tasks.by_hand.overrides import NewOverride, What, set_override
from tests.pipeline.conftest import FIRST, SECOND, Desk

Asked = tuple[float | None, int | None]

DAY = FIRST.isoformat()
QUESTIONS = ((0.55, None), (0.97, None), (None, 2), (None, 40), (0.9, 15))
# Money and lists that are short, so that lines compete; suppliers with a least order; levels by class.
MERCHANTS: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "a short list": {"max_restock_lines": 6},
    "little money": {"budget": 4000, "emergency_fund": 500, "max_restock_lines": None},
    "both": {"budget": 4000, "emergency_fund": 500, "max_restock_lines": 8},
    "least orders": {"supplier_minimums": {f"GYS10{number}": 3000 for number in range(1, 5)}},
    "first days": {"catch_up_from": DAY, "catch_up_days": 3, "max_restock_lines": 8},
    "by class": {"levels_from": "classes", "budget": 9000, "order_line_cost": 0},
}


@pytest.fixture(scope="module")
def desk(first_day: Path, open_desk: Callable[..., Desk]) -> Iterator[Desk]:
    desk = open_desk(first_day)
    yield desk
    desk.workspace.books.dispose()


@pytest.fixture(scope="module")
def session(desk: Desk) -> PlanSession:
    return open_session(desk.workspace, DAY)


def planned_again(session: PlanSession, question: Question) -> DayPlan:
    """The whole plan, as `what_if` makes it, from the same basis."""
    basis, settings = session.basis, session.settings
    policy, events = question.policy(basis.policy), session.workspace.calendar
    protection = protection_of(basis.planning, basis.ahead, settings, policy, events, question.lead_days)
    return plan_day(basis.planning, protection, settings, policy, events, is_excess_wanted=False)


def differences(session: PlanSession, asked: list[tuple[tuple[str, str], Asked]]) -> list[str]:
    """Where a line's answer is not what the whole plan says."""
    found = []
    for (sku, warehouse), (level, lead) in asked:
        levels, lead_days = {} if level is None else {f"sku:{sku}": level}, {} if lead is None else {sku: lead}
        whole = planned_again(session, Question(levels, lead_days=lead_days))
        one = line_what_if(session, sku, warehouse, Changes(level, lead))
        assert one is not None
        theirs = whole.lines.set_index(["sku", "warehouse"]).loc[(sku, warehouse)]
        for name, value in theirs.items():
            ours = one.what_if.line[str(name)]
            is_near = isinstance(value, float) and np.isclose(value, ours, rtol=1e-9, atol=1e-6)
            if not (is_near or (pd.isna(value) and pd.isna(ours)) or value == ours):
                found.append(f"{sku} at {warehouse}, level {level}, {lead} days: {name} is {ours}, not {value}")
        moved = whole.transfers[whole.transfers["sku"] == sku].reset_index(drop=True)
        columns = ["from_warehouse", "warehouse", "quantity", "saved_micros"]
        if not one.transfers[columns].equals(moved[columns]):
            found.append(f"{sku}: moves {one.transfers[columns]}, not {moved[columns]}")
    return found


def places_of(session: PlanSession, count: int, seed: int) -> list[tuple[str, str]]:
    """Lines at random, those that are ordered first."""
    lines = session.nightly.lines
    wanted = lines[(lines["need"] > 0) | (lines["transfer_in"] > 0) | (lines["transfer_out"] > 0)]
    generator = random.Random(seed)
    chosen = list(wanted[["sku", "warehouse"]].itertuples(index=False, name=None))
    rest = list(lines.drop(wanted.index)[["sku", "warehouse"]].itertuples(index=False, name=None))
    generator.shuffle(chosen)
    generator.shuffle(rest)
    return [*chosen, *rest][:count]


@pytest.mark.slow
@pytest.mark.parametrize("merchant", MERCHANTS)
def test_a_line_is_what_the_night_would_plan(desk: Desk, merchant: str) -> None:
    session = open_session(desk.with_settings(replenishment=dict(MERCHANTS[merchant])).workspace, DAY)
    places = places_of(session, 7, seed=1)
    assert differences(session, list(zip(places, cycle(QUESTIONS), strict=False))) == []


@pytest.mark.thorough
@pytest.mark.parametrize("day", [FIRST, SECOND])
@pytest.mark.parametrize("merchant", MERCHANTS)
def test_many_lines_are_what_the_night_would_plan(
    second_day: Path, desk_at: Callable[[Path], Desk], merchant: str, day: date
) -> None:
    desk = desk_at(second_day).with_settings(replenishment=dict(MERCHANTS[merchant]))
    session = open_session(desk.workspace, day.isoformat())
    places = places_of(session, 50, seed=2)
    assert differences(session, [(place, question) for place in places for question in QUESTIONS]) == []


def test_it_is_the_what_if_of_the_command(session: PlanSession) -> None:
    ((sku, warehouse),) = places_of(session, 1, seed=3)
    asked = what_if(session.workspace, DAY, Question({f"sku:{sku}": 0.6}, lead_days={sku: 21}))
    one = line_what_if(session, sku, warehouse, Changes(0.6, 21))
    assert one is not None
    told = asked.what_if.lines.set_index(["sku", "warehouse"]).loc[(sku, warehouse)]
    assert one.what_if.quantity == told["quantity"]
    assert one.what_if.line["protection_days"] == told["protection_days"]


@pytest.fixture
def judged(first_day: Path, desk_at: Callable[[Path], Desk]) -> tuple[PlanSession, list[tuple[str, str]]]:
    """A session whose lines people set something of, one thing a line, and these lines."""
    desk = desk_at(first_day)
    before = open_session(desk.workspace, DAY)
    state_before = state_of(desk.workspace, DAY)
    places = places_of(before, 6, seed=5)
    kinds: tuple[tuple[What, str], ...] = (
        ("add", "60"), ("replace", "9"), ("service_level", "0.6"), ("lead_time_days", "25"), ("pack", "7"),
        ("block", ""),
    )  # fmt: skip
    with desk.workspace.books.begin() as connection:
        for (sku, warehouse), (what, value) in zip(places, kinds, strict=True):
            asked = NewOverride(what, "sku", sku, warehouse, value, day_after(DAY, 1), day_after(DAY, 20), "直播加推")
            set_override(connection, asked, "li", datetime(2025, 11, 1, 9), DAY)
    assert state_of(desk.workspace, DAY) != state_before, "a session that was kept would not know of them"
    return open_session(desk.workspace, DAY), places


@pytest.mark.slow
def test_what_people_set_holds_in_a_what_if_until_it_asks_otherwise(
    judged: tuple[PlanSession, list[tuple[str, str]]],
) -> None:
    session, places = judged
    told = session.nightly.lines.set_index(["sku", "warehouse"])
    assert told.loc[places[2], "service_level"] == 0.6
    assert told.loc[places[3], "lead_time_days"] == pytest.approx(25)
    assert told.loc[places[5], "waits_for"] in ("blocked", "")
    assert session.basis.planning.judged_days
    questions: list[Asked] = [(0.97, None), (None, 12), (0.8, None), (0.8, 9), (None, 30), (0.97, 5)]
    assert differences(session, list(zip(places, questions, strict=True))) == []
    sku, warehouse = places[2]
    other = line_what_if(session, sku, warehouse, Changes(service_level=0.97))
    assert other is not None
    assert other.what_if.line["service_level"] == 0.97
    sku, warehouse = places[3]
    sooner = line_what_if(session, sku, warehouse, Changes(lead_days=4))
    assert sooner is not None
    assert sooner.what_if.line["lead_time_days"] == pytest.approx(4)


def test_merchants_of_the_comparison_do_compete(desk: Desk) -> None:
    """Else the comparison would not see what lines decide together."""
    poor = open_session(desk.with_settings(replenishment=dict(MERCHANTS["both"])).workspace, DAY).nightly.lines
    assert (poor["budget_cut"] > 0).any()
    assert (poor["waits_for"] == "turn").any()
    new = open_session(desk.with_settings(replenishment=dict(MERCHANTS["first days"])).workspace, DAY).nightly.lines
    assert (new["waits_for"] == "catch_up").any()


def test_a_quantity_is_held_against_what_is_planned(session: PlanSession) -> None:
    lines = session.nightly.lines
    line = lines[(lines["quantity"] > 0) & lines["cost_micros"].notna()].iloc[0]
    sku, warehouse, planned = str(line["sku"]), str(line["warehouse"]), int(line["quantity"])

    same = line_what_if(session, sku, warehouse, Changes(quantity=planned))
    assert same is not None
    assert same.what_if == same.as_it_is
    assert same.as_it_is.cost_micros == line["cost_micros"]
    assert same.as_it_is.cover_days == line["cover_after_days"]
    assert same.as_it_is.lost_units == pytest.approx(line["lost_units_with_order"])

    none = line_what_if(session, sku, warehouse, Changes(quantity=0))
    assert none is not None
    assert none.what_if.cost_micros == 0
    assert none.what_if.lost_units > same.as_it_is.lost_units
    assert none.what_if.first_empty_day == line["first_empty_day"]
    pd.testing.assert_series_equal(none.stock["with_order"], none.stock["without_order"], check_names=False)

    more = line_what_if(session, sku, warehouse, Changes(quantity=10 * planned))
    assert more is not None
    assert more.what_if.lost_units < same.as_it_is.lost_units
    comes = more.stock["day"] > more.what_if.arrival_day
    assert (more.stock.loc[comes, "with_order"] > more.stock.loc[comes, "without_order"]).all()
    before = more.stock["day"] < more.what_if.arrival_day
    assert (more.stock.loc[before, "with_order"] == more.stock.loc[before, "without_order"]).all()
    assert more.stock["ordered"].sum() == 10 * planned


def test_projected_stock_keeps_every_unit(session: PlanSession) -> None:
    """What lay there and what came is sold or there: what sells is the demand less what is lost."""
    row = int(np.flatnonzero((session.nightly.lines["quantity"] > 0).to_numpy())[0])
    inputs, days = session.nightly.inputs.iloc[row], 30
    stock = stock_by_day(session.nightly, row, 100, days)
    series = np.full(days, inputs["series"])
    wanted = session.basis.protection.over(np.arange(1.0, days + 1), series).strata(20).mean(axis=1)
    free = inputs["on_hand"] - inputs["promised"] + inputs["presold_in_lead"]
    came = (stock["arriving"] + stock["ordered"]).cumsum()
    there = free + came - (wanted - stock["lost_with_order"])
    # Below nothing, what is owed is no stock.
    assert np.allclose(np.maximum(there, 0), stock["with_order"], atol=0.5)


def test_what_cannot_be_is_refused_in_both_languages() -> None:
    for wrong in (
        {"service_level": 1.0}, {"service_level": 0.0}, {"lead_days": 0}, {"lead_days": 9999}, {"quantity": -1},
    ):  # fmt: skip
        with pytest.raises(BilingualError):
            Changes(**wrong)  # type: ignore[arg-type]


def test_a_line_that_is_not_planned_has_no_answer(session: PlanSession) -> None:
    assert line_what_if(session, "NOPE", "NOWHERE", Changes(0.9)) is None


def test_what_was_planned_once_is_not_planned_again(session: PlanSession) -> None:
    """A quantity that is tried after a level, or the sku in another warehouse, has the plan of the level at hand."""
    ((sku, warehouse),) = places_of(session, 1, seed=7)
    first = line_what_if(session, sku, warehouse, Changes(0.61))
    again = line_what_if(session, sku, warehouse, Changes(0.61, quantity=5))
    assert first is not None
    assert again is not None
    assert session.planned_with(sku, 0.61) is session.planned_with(sku, 0.61)
    assert first.what_if.line == again.what_if.line
    assert again.what_if.quantity == 5


def test_a_session_is_made_once_and_forgotten_if_the_books_change(
    first_day: Path, desk_at: Callable[[Path], Desk]
) -> None:
    desk, made = desk_at(first_day), []

    def opened(workspace: Any, day: str) -> Any:
        made.append(workspace)
        return open_session(workspace, day)

    sessions, found = PlanSessions(max_sessions=2, make=opened), []
    asking = [Thread(target=lambda: found.append(sessions.of(desk.workspace, DAY))) for _ in range(3)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(made) == 1
    assert len({id(one) for one in found}) == 1

    for level in (0.5, 0.7):
        sessions.of(desk.with_settings(replenishment={"new_sku_level": level}).workspace, DAY)
    assert len(made) == 3
    assert len(sessions) == 2, "the day asked about longest ago is forgotten"

    before = state_of(desk.workspace, DAY)
    with desk.workspace.books.begin() as connection:
        connection.exec_driver_sql("update exports set landed_at = '2030-01-01T00:00:00'")
    assert state_of(desk.workspace, DAY) != before
