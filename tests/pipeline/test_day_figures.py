"""What a night stores for looking back, on the specimen's days and on answers that are followed by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, select, update

from include.demand.forecast_accuracy import forecast_accuracy
from include.pipeline.publish_lists import publish_lists
from include.pipeline.restock import look_back
from include.replenishment.looking_back.plan_results import Answer, acts_until, arrivals_for, came_of
from include.replenishment.looking_back.reckoning import NotDone, missed_by, saved_by
from include.replenishment.looking_back.stock_health import stock_health
from include.tasks.acts import Act, act_all
from include.tasks.drafts import TaskList, draft
from include.tasks.kinds import kind_of
from include.tasks.task_tables import tasks
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import forecast_hits, forecasts, plan_results
from include.warehouse.tables import stock_health as stock_health_table
from include.warehouse.workspace import Keys
from tests.pipeline.plain_merchant import PlainDesk

FIRST, SECOND = "2025-11-01", "2025-11-02"
DAY = "2025-11-30"


def test_what_is_stored_is_what_the_command_says(second_day: Path, desk_at: Callable[[Path], Any]) -> None:
    """Of the forecasts of 11-01 that are of one day, as of 11-02."""
    desk = desk_at(second_day)
    with publication(desk.workspace.books) as change:
        change.execute(update(forecasts).where(forecasts.c.day == FIRST).values(protection_days=1))
    counts = look_back(desk.workspace, SECOND)
    assert counts["forecast_hits"] > 0
    kept = read_frame(desk.workspace.books, select(forecast_hits).where(forecast_hits.c.weeks == 4))
    sums = kept.groupby("category")[["forecasts", "sold", "mean", "error"]].sum()
    told = forecast_accuracy(desk.workspace, SECOND, 28, ["category"]).set_index("category")
    for category, row in sums[sums["forecasts"] > 0].iterrows():
        assert row["forecasts"] == told.loc[category, "forecasts"]
        assert row["error"] / max(row["sold"], 1) == pytest.approx(told.loc[category, "wape"])
        assert row["mean"] / max(row["sold"], 1) - 1 == pytest.approx(told.loc[category, "bias"])
    assert sums["forecasts"].sum() == told.loc["all", "forecasts"]
    assert look_back(desk.workspace, SECOND) == counts, "a second time replaces the first"
    assert len(read_frame(desk.workspace.books, select(forecast_hits))) == counts["forecast_hits"]


def test_forecasts_whose_days_nobody_has_seen_are_not_judged(second_day: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(second_day)
    assert look_back(desk.workspace, SECOND)["forecast_hits"] == 0


def test_the_excess_and_the_suggestions_are_those_of_the_lists(
    second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(second_day)
    look_back(desk.workspace, FIRST)
    grades = [stock_health_table.c[f"excess_{one}_micros"] for one in "sabc"]
    with desk.workspace.books.connect() as books:
        excess = books.scalar(select(func.sum(sum(grades[1:], grades[0]))))
        of_list = tasks.c.day == FIRST, tasks.c.kind == "excess"
        assert excess == books.scalar(select(func.sum(tasks.c.money_micros)).where(*of_list))
        new = tasks.c.day == FIRST, tasks.c.since_day == FIRST
        for kind in ("restock", "transfer", "chase", "excess"):
            told = plan_results.c.kind == kind, plan_results.c.what == "suggested"
            lines = books.scalar(select(func.sum(plan_results.c.lines)).where(*told))
            assert (lines or 0) == books.scalar(select(func.count()).where(*new, tasks.c.kind == kind)), kind


def test_what_a_list_suggested_is_stored_with_it_whatever_ran_first(tmp_path: Path, keys: Keys) -> None:
    """Recall's list may be made before the figures of its day, after them, or while they are."""
    desk = PlainDesk.at(tmp_path / "home", keys)
    desk.sells(SECOND, "A", days=3)
    desk.live(SECOND)
    desk.lists(SECOND)
    look_back(desk.workspace, SECOND)
    books, clock = desk.workspace.books, datetime(2025, 11, 3, 4)
    line = draft(kind_of("recall"), SECOND, {"customer": "c", "shop": "web", "value_micros": 9_000_000, "way": "call"})

    def told() -> list[tuple[Any, ...]]:
        suggested = select(plan_results.c.kind, plan_results.c.place, plan_results.c.lines, plan_results.c.money_micros)
        with books.connect() as connection:
            return [tuple(row) for row in connection.execute(suggested.where(plan_results.c.what == "suggested"))]

    publish_lists(desk.workspace, [TaskList("recall", SECOND, [line])], clock, replay=False, push=None)
    assert told() == [("recall", "web", 1, 9_000_000)]
    look_back(desk.workspace, SECOND)
    assert told() == [("recall", "web", 1, 9_000_000)]
    publish_lists(desk.workspace, [TaskList("recall", SECOND, [])], clock, replay=False, push=None)
    assert told() == [], "a later edition asks for nobody"


def test_an_answer_counts_on_its_day_and_is_taken_back_on_its_own(
    second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    """Somebody accepts a line the morning after the first list, with three units, and opens it again next morning."""
    desk = desk_at(second_day)
    books = desk.workspace.books
    with books.begin() as connection:
        line = connection.execute(select(tasks).where(tasks.c.kind == "restock", tasks.c.day == FIRST)).first()
        assert line is not None
        act_all(connection, [Act(line.task_id, "accepted", {"quantity": 3})], "li", datetime(2025, 11, 2, 9))
    look_back(desk.workspace, FIRST)
    told = select(plan_results.c.day, plan_results.c.lines, plan_results.c.units)
    told = told.where(plan_results.c.what == "accepted")
    assert len(read_frame(books, told)) == 0, "the list of that day did not know of it"
    with books.connect() as connection:
        counts, answers = acts_until(connection, "2025-11-02")
    assert [(key[0], key[2], *sums[:2]) for key, sums in counts.items()] == [("2025-11-02", "accepted", 1, 3)]
    assert [(one.sku, one.units, one.day) for one in answers] == [(line.sku, 3, "2025-11-02")]
    with books.begin() as connection:
        act_all(connection, [Act(line.task_id, "open")], "li", datetime(2025, 11, 3, 9))
    with books.connect() as connection:
        counts, answers = acts_until(connection, "2025-11-03")
    found = sorted((key[0], key[2], *sums[:2]) for key, sums in counts.items())
    assert found == [("2025-11-02", "accepted", 1, 3), ("2025-11-03", "accepted", -1, -3)]
    assert answers == []


def orders(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame([{"purchase_order_id": one, "line_id": "1", "ordered_day": day} for one, day in rows])


def receipts(*rows: tuple[str | None, str, int]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"purchase_order_id": order, "line_id": "1", "sku": "S1", "warehouse": "east", "received_day": day,
             "quantity": units}
            for order, day, units in rows
        ]
    )  # fmt: skip


def test_what_came_is_never_more_than_what_was_ordered_for_it() -> None:
    said = Answer("restock", "2025-11-10", "S1", "east", "warm", 50, None)
    bought = orders(("OLD", "2025-11-01"), ("NEW", "2025-11-10"))
    came = receipts(("OLD", "2025-11-15", 30), ("NEW", "2025-11-20", 40), ("NEW", "2025-11-25", 40))
    counts = came_of(arrivals_for([said], bought, came, DAY), pd.Series({"S1": 2_000_000}), DAY)
    assert counts == {
        ("2025-11-20", "restock", "came", "east", "warm"): [0, 40, 80_000_000],
        ("2025-11-25", "restock", "came", "east", "warm"): [1, 10, 20_000_000],
    }
    until = "2025-11-22"
    assert came_of(arrivals_for([said], bought, came, until), pd.Series(dtype=float), until) == {
        ("2025-11-20", "restock", "came", "east", "warm"): [0, 40, 0]
    }, "nothing of days to come, and no money without a cost"


def test_a_chase_is_met_by_its_own_order() -> None:
    said = Answer("chase", "2025-11-10", "S1", "east", "warm", 30, ("OLD", "1"))
    bought = orders(("OLD", "2025-11-01"), ("NEW", "2025-11-10"))
    came = receipts(("NEW", "2025-11-12", 40), ("OLD", "2025-11-15", 30))
    assert list(came_of(arrivals_for([said], bought, came, DAY), pd.Series({"S1": 1.0}), DAY)) == [
        ("2025-11-15", "chase", "came", "east", "warm")
    ]


def test_an_unknown_shelf_is_neither_full_nor_empty() -> None:
    """S1 has 10 units at 3 yuan and was there half the day; nobody knows of S2; S3 has no cost."""
    demand = pd.DataFrame(
        {"day": [DAY, "2025-10-01", DAY, DAY], "sku": ["S1", "S1", "S2", "S3"], "warehouse": "east",
         "units": [4, 6, 5, 1], "gift_units": [1, 0, 0, 0], "bulk_units": [2, 0, 0, 0]}
    )  # fmt: skip
    stock = pd.DataFrame({"sku": ["S1", "S3"], "warehouse": "east", "on_hand": [10, 8]})
    shares = pd.DataFrame(
        {"day": DAY, "sku": ["S1", "S2", "S3"], "warehouse": "east", "in_stock_share": [0.5, np.nan, 1.0]}
    )
    products = pd.DataFrame({"sku": ["S1", "S2", "S3"], "category": ["warm", "warm", None],
                             "cost_micros": [3_000_000, 1_000_000, None]})  # fmt: skip
    excess = pd.DataFrame({"warehouse": ["east"], "category": ["warm"], "grade": ["B"], "money_micros": [9]})
    found = stock_health(stock, shares, demand, products, excess, DAY).set_index("category").to_dict("index")
    warm, other = found["warm"], found[""]
    assert (warm["places"], warm["unknown_places"], warm["on_hand"], warm["value_micros"]) == (2, 1, 10, 30_000_000)
    # In 28 days 4 + 1 + 2 of S1 and 5 of S2 left; by 13 weeks' 10 units S1 weighs, S2's 5 are unknown.
    assert warm["cost_of_sales_micros"] == 7 * 3_000_000 + 5 * 1_000_000
    assert (warm["weight"], warm["weight_in_stock"], warm["weight_unknown"]) == (10, 5, 5)
    assert (warm["excess_b_micros"], warm["excess_s_micros"]) == (9, 0)
    assert (other["uncosted"], other["value_micros"], other["excess_b_micros"]) == (8, 0, 0)


def shelf(**on_hand: int) -> pd.DataFrame:
    """on_hand: at the end of days of November."""
    rows = [{"day": f"2025-11-{day[1:]}", "on_hand": units} for day, units in on_hand.items()]
    return pd.DataFrame(rows).assign(sku="S1", warehouse="east")


def test_what_only_the_ordered_goods_could_serve_was_sold_because_of_them() -> None:
    """50 came on the 20th onto 30: of the 60 that sold until the 25th, 30 were there anyway."""
    said = Answer("restock", "2025-11-10", "S1", "east", "warm", 50, None)
    came = arrivals_for([said], orders(("NEW", "2025-11-10")), receipts(("NEW", "2025-11-20", 50)), DAY)
    left = shelf(d19=30, d20=80, d22=55, d25=20, d28=20)  # of other days nobody knows
    assert saved_by(came, left, {"S1": 3_000_000.0}, DAY) == {
        ("2025-11-25", "restock", "saved", "east", "warm"): [1, 30, 90_000_000]
    }
    assert saved_by(came, left, {}, DAY) == {("2025-11-25", "restock", "saved", "east", "warm"): [1, 30, 0]}
    assert saved_by(came, shelf(d20=80, d28=60), {}, DAY) == {}, "what was there would have done"
    chased = [replace(one, answer=replace(said, kind="chase")) for one in came]
    assert saved_by(chased, left, {}, DAY) == {}, "chased goods were ordered already"


def test_what_a_line_not_done_has_missed() -> None:
    """10 a day sell while goods are there; the shelf is empty from the 22nd to the 24th, and half of the 25th."""
    line = NotDone("2025-11-20", "S1", "east", "warm", 20, 5)
    days = [f"2025-11-{day:02}" for day in range(1, 31)]
    empty = {"2025-11-22": 0.0, "2025-11-23": np.nan, "2025-11-24": 0.0, "2025-11-25": 0.5}
    share = pd.DataFrame({"day": days, "sku": "S1", "warehouse": "east",
                          "in_stock_share": [empty.get(one, 1.0) for one in days]})  # fmt: skip
    units = [0 if one == "2025-11-23" else round(10 * empty.get(one, 1.0)) for one in days]
    sold = pd.DataFrame({"day": days, "sku": "S1", "warehouse": "east", "units": units})
    found = missed_by([line], share, sold, {"S1": 2_000_000.0}, DAY)
    assert found == {
        ("2025-11-22", "restock", "missed", "east", "warm"): [1, 5, 10_000_000],  # 5 no order could have saved
        ("2025-11-24", "restock", "missed", "east", "warm"): [0, 10, 20_000_000],  # of the 23rd nobody knows
        ("2025-11-25", "restock", "missed", "east", "warm"): [0, 5, 10_000_000],
    }
    assert sum(sums[1] for sums in found.values()) <= line.units
    assert missed_by([replace(line, day="2025-11-26")], share, sold, {}, DAY) == {}, "nothing was missed after it"
