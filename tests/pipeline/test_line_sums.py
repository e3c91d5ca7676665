"""A line's sum adds up to what the list says, and what stands behind each term adds up to the term."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from include.lines.behind_the_sum import (
    forecast_basis,
    orders_under_way,
    sold_not_shipped,
    stock_source,
    transfers_under_way,
)
from include.lines.line_sum import sums_of
from include.lines.plan_session import PlanSession, open_session
from include.tasks.task_queries import find_tasks
from include.words.texts import LANGUAGES
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


@pytest.mark.parametrize("kind", ["restock", "transfer", "chase", "excess"])
def test_the_terms_add_up_to_what_the_list_says(desk: Desk, kind: str) -> None:
    with desk.workspace.books.connect() as connection:
        tasks = find_tasks(connection, kind=kind, day=DAY, limit=500)
    assert tasks
    for task in tasks:
        said = task.payload["counted" if kind == "chase" else "quantity"]
        units, *money = sums_of(kind, task.payload)
        assert units.total == said, task.subject
        assert all(one.total == task.payload["saved_micros"] for one in money)
        for one in (units, *money):
            seen = 0
            for term in one.terms:
                seen += 0 if term.is_total else term.sign * term.amount
                assert not term.is_total or term.sign * term.amount == seen, (task.subject, term.code)
                assert term.amount >= 0
                assert all(term.words(language) for language in LANGUAGES)


def test_a_sum_has_steps_for_what_was_raised_and_cut() -> None:
    line = {
        "period_forecast": 30, "lost_before_arrival": 4, "protection_demand": 26, "safety_stock": -3, "on_hand": 5,
        "arriving": 8, "transfer_in": 6, "promised": 7, "transfer_out": 2, "need": 17, "pack_rounding": 1,
        "cycle_raise": 6, "moq_raise": 12, "supplier_raise": 10, "shelf_life_cut": 3, "budget_cut": 9, "quantity": 24,
    }  # fmt: skip
    (units,) = sums_of("restock", line)
    assert [(term.code, term.sign * term.amount) for term in units.terms] == [
        ("period_forecast", 30), ("lost_before_arrival", -4), ("protection_demand", 26), ("below_mean", -3),
        ("on_hand", -5), ("arriving", -2), ("transfer_in", -6), ("promised", 5), ("transfer_out", 2), ("need", 17),
        ("pack_rounding", 1), ("cycle_raise", 6), ("moq_raise", 2), ("supplier_raise", 10), ("shelf_life_cut", -3),
        ("budget_cut", -9), ("quantity", 24),
    ]  # fmt: skip
    assert units.total == 24


def test_orders_under_way_are_what_the_line_counts(session: PlanSession) -> None:
    lines = session.nightly.lines
    coming = lines[lines["arriving"] + lines["arriving_later"] > 0]
    assert len(coming)
    for line in coming.to_dict("records"):
        rows = orders_under_way(session, line["sku"], line["warehouse"])
        assert rows["counted"].sum() == line["arriving"] + line["arriving_later"] - line["transfer_in"]
        assert (rows["counted"] <= rows["open"]).all()
        assert rows["counted_day"].gt(DAY).all()
    assert transfers_under_way(session, "NOPE", "NOWHERE").empty


def test_stock_says_its_day_and_file(session: PlanSession) -> None:
    line = session.nightly.lines.iloc[0]
    source = stock_source(session, line["sku"], line["warehouse"])
    assert source is not None
    assert source.on_hand == line["on_hand"]
    assert source.stock_day == line["stock_day"]
    assert len(source.files) == 1
    assert source.files["day"][0] == DAY
    assert source.files["file_name"][0].endswith((".csv", ".xlsx", ".zip", ".xls"))
    assert stock_source(session, "NOPE", "NOWHERE") is None


def test_the_forecast_says_what_it_rests_on(session: PlanSession) -> None:
    line = session.nightly.lines.iloc[0]
    basis = forecast_basis(session, line["sku"], line["warehouse"])
    assert basis is not None
    assert basis.model_id == "rule-13-weeks"
    assert basis.days == round(line["protection_days"])
    assert list(basis.quantiles.values()) == sorted(basis.quantiles.values())
    assert basis.known_days + basis.unknown_days <= session.basis.planning.panel.day_count
    assert basis.known_days > 0
    assert "double_11" in " ".join(basis.events) or basis.days < 10
    assert forecast_basis(session, "NOPE", "NOWHERE") is None


def test_sold_and_not_shipped_are_order_lines(desk: Desk, session: PlanSession) -> None:
    lines = session.nightly.lines
    promised = lines[lines["promised"] - lines["transfer_out"] > 0]
    found = {
        (line["sku"], line["warehouse"]): sold_not_shipped(desk.workspace, DAY, line["sku"], line["warehouse"])
        for line in promised.head(5).to_dict("records")
    }
    assert any(len(rows) for rows in found.values())
    for rows in found.values():
        assert (rows["units"] > 0).all()
        assert (rows["day"] <= DAY).all()
        assert rows["day"].is_monotonic_decreasing


def test_what_came_later_is_not_seen(session: PlanSession, second_day: Path, desk_at: Callable[[Path], Desk]) -> None:
    later = desk_at(second_day)
    again = open_session(later.workspace, DAY)
    for line in session.nightly.lines.head(8).to_dict("records"):
        place = line["sku"], line["warehouse"]
        pd.testing.assert_frame_equal(orders_under_way(session, *place), orders_under_way(again, *place))
        assert forecast_basis(session, *place) == forecast_basis(again, *place)
        pd.testing.assert_frame_equal(
            sold_not_shipped(session.workspace, DAY, *place), sold_not_shipped(later.workspace, DAY, *place)
        )
        before, after = stock_source(session, *place), stock_source(again, *place)
        assert before is not None
        assert after is not None
        pd.testing.assert_frame_equal(before.files, after.files)
