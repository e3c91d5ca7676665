"""The lists of a day: their sums, their replay, and what becomes of the work that people have done on them."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from include.demand.forecast_accuracy import forecast_accuracy
from include.replenishment.orders.commitments import commitments, unmatched
from include.replenishment.policy import policy_of
from include.replenishment.quantity.plan_lines import plan_lines, restock_lines
from include.simulation.specimen.business import Specimen
from include.tasks.acts import Act
from include.tasks.task_tables import outbox, task_events, task_lists, tasks
from include.warehouse.as_of import read_lines
from include.warehouse.tables import forecasts

FIRST, SECOND, THIRD = date(2025, 11, 1), date(2025, 11, 2), date(2025, 11, 3)
KINDS = ("restock", "transfer", "excess", "recall")


def assert_sums_hold(desk: Any, day: date) -> pd.DataFrame:
    """The arithmetic of every restock line of the stored list; returns the lines."""
    lines = pd.DataFrame([line.payload for line in desk.document("restock", day).lines])
    sold = lines["protection_demand"] + lines["safety_stock"] + lines["promised"]
    assert (sold - lines["on_hand"] - lines["arriving"] == lines["need"]).all()
    ordered = lines["need"].clip(lower=0) + lines["pack_rounding"] + lines["cycle_raise"] + lines["moq_raise"]
    assert (ordered - lines["shelf_life_cut"] - lines["budget_cut"] == lines["quantity"]).all()
    return lines


def test_the_sum_of_every_restock_line_holds(first_day: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(first_day)
    lines = assert_sums_hold(desk, FIRST)
    assert len(lines) > 5
    assert (lines["arriving"] > 0).any()
    assert (lines["quantity"] > 0).any()
    # Under a budget of half of it, what the cap cuts is shown, and the sums still hold.
    yuan = lines["cost_micros"].sum() / 1_000_000 / 2
    poorer = desk.with_settings(replenishment={"budget": yuan, "emergency_fund": 0})
    assert poorer.lists(FIRST)["restock"]["revision"] == 2
    cut = assert_sums_hold(poorer, FIRST)
    assert (cut["budget_cut"] > 0).any()
    assert 0 < cut["cost_micros"].sum() <= yuan * 1_000_000


def test_a_replay_gives_the_same_bytes_whatever_came_since(desk: Any) -> None:
    of_first = {kind: desk.text(kind, FIRST) for kind in KINDS}
    first, second, *_ = desk.document("restock", FIRST).lines
    desk.act(SECOND, Act(first.task_id, "accepted"), Act(second.task_id, "refused", {"reason": "discontinued"}))
    desk.lists(SECOND)
    before = {table.name: desk.rows(table) for table in (tasks, task_events, outbox)}
    lists = desk.rows(task_lists)[["list_id", "revision", "document_hash", "stored_at"]]

    for result in desk.ingest(FIRST).values():
        assert result.whole
    closed = desk.close(FIRST)
    made = desk.lists(FIRST, replay=True)

    assert closed.summary()["revision"] == 1
    assert [made[kind]["revision"] for kind in KINDS] == [1, 1, 1, 1]
    assert {kind: desk.text(kind, FIRST) for kind in KINDS} == of_first
    pd.testing.assert_frame_equal(desk.rows(task_lists)[list(lists)], lists)
    for table in (tasks, task_events, outbox):
        pd.testing.assert_frame_equal(desk.rows(table), before[table.name])


def test_the_next_list_keeps_what_people_did(desk: Any) -> None:
    # Without transfers a line's need hangs on its own stock alone, so that the next list can be foretold.
    desk = desk.with_settings(replenishment={"transport": {"open": False}})
    workspace = desk.workspace
    before = desk.inputs(SECOND)
    wanted = restock_lines(plan_lines(before.reset_index(), policy_of(workspace.merchant.replenishment), "2025-11-02"))
    wanted = wanted.assign(subject=wanted["warehouse"] + "/" + wanted["sku"]).set_index("subject")
    lines = {line.subject: line for line in desk.document("restock", FIRST).lines}
    both = [subject for subject in lines if subject in wanted.index]
    said = pd.DataFrame({subject: lines[subject].payload for subject in both}).T
    apart = (wanted.loc[both, ["quantity", "need"]] - said[["quantity", "need"]]).abs()
    *_, refused = [s for s in both if (apart.loc[s] <= 0.25 * said.loc[s, ["quantity", "need"]]).all()]
    accepted, done, *left = [s for s in both if s != refused and lines[s].payload["quantity"] > 0]
    assert left, "the test needs a task that nobody acts on"
    told = Act(lines[done].task_id, "done", {"quantity": 7, "expected_day": "2025-11-04"})
    desk.act(
        SECOND, Act(lines[accepted].task_id, "accepted"), told, Act(lines[refused].task_id, "refused", {"reason": "no"})
    )
    acted = desk.rows(tasks, tasks.c.day == "2025-11-01", tasks.c.state.in_(["accepted", "done", "refused"]))

    desk.lists(SECOND)

    # Accepted and done are on their way, once.
    arriving = ["arriving", "arriving_later"]
    more = (desk.inputs(SECOND)[arriving].sum(axis=1) - before[arriving].sum(axis=1)).astype(int)
    assert {f"{w}/{s}": units for (w, s), units in more[more != 0].items()} == {
        accepted: lines[accepted].payload["quantity"],
        done: 7,
    }
    # Refused is not asked again, and the list says why it is not there.
    document = desk.document("restock", SECOND)
    after = {line.subject: line for line in document.lines}
    assert refused not in after
    assert [one["subject"] for one in document.held_back] == [refused]
    # Open is carried on with its age, not doubled.
    now = desk.rows(tasks, tasks.c.kind == "restock")
    for subject in (s for s in left if s in after):
        assert after[subject].since_day == lines[subject].since_day
        old = now[now["task_id"] == lines[subject].task_id].iloc[0]
        assert (old["state"], after[subject].task_id in old["answer"]) == ("withdrawn", True)
    assert not now.loc[now["state"] == "open", "subject"].duplicated().any()
    assert set(now.loc[now["state"] == "open", "day"]) == {"2025-11-02"}
    pd.testing.assert_frame_equal(now[now["task_id"].isin(acted["task_id"])].reset_index(drop=True), acted)

    # Run again after somebody acted on the new list, under settings that change every line: that task stays.
    chosen = next(line for line in document.lines if line.payload["quantity"] > 0)
    desk.act(THIRD, Act(chosen.task_id, "done", {"quantity": 3}))
    touched = desk.rows(tasks, tasks.c.task_id == chosen.task_id)
    desk.with_settings(replenishment={"budget": 0, "emergency_fund": 0}).lists(SECOND)
    pd.testing.assert_frame_equal(desk.rows(tasks, tasks.c.task_id == chosen.task_id), touched)
    assert desk.rows(tasks, tasks.c.day == "2025-11-02", tasks.c.changed_by == "planner").shape[0] == 1


def test_an_order_that_the_erp_shows_is_not_counted_twice(first_day: Path, desk_at: Callable[[Path], Any]) -> None:
    """given three restocks that were done, when the ERP's own export shows their orders, then they count once."""
    desk = desk_at(first_day)
    chosen = [line for line in desk.document("restock", FIRST).lines if line.payload["quantity"] > 0][:3]
    desk.act(
        SECOND,
        *(
            Act(one.task_id, "done", {"quantity": one.payload["quantity"], "expected_day": "2025-11-09"})
            for one in chosen
        ),
    )
    orders = pd.DataFrame([one.payload for one in chosen])[["sku", "warehouse", "quantity"]]
    business = Specimen.load(desk.home / "business.npz")
    business.step(SECOND, orders)
    shutil.rmtree(desk.folder("erp", SECOND))
    business.write_day(desk.home / "exports", SECOND)
    desk.ingest(SECOND, "erp")
    desk.close(SECOND, without_late_shops=True)

    shown = read_lines(desk.workspace.books, "purchase_orders", "2025-11-02")
    with desk.workspace.books.connect() as connection:
        promised = commitments(connection, "2025-11-02")
    assert len(promised) == 3
    assert unmatched(promised, shown).empty
    came = (
        read_lines(desk.workspace.books, "receipts", "2025-11-02")
        .groupby(["purchase_order_id", "line_id"])["quantity"]
        .sum()
    )
    waiting = shown[shown["status"] == "open"].set_index(["purchase_order_id", "line_id"])
    waiting["quantity"] = (waiting["quantity"] - came.reindex(waiting.index).fillna(0)).clip(lower=0)
    under_way = waiting.groupby(["warehouse", "sku"])["quantity"].sum()
    inputs = desk.inputs(SECOND)
    counted = inputs["arriving"] + inputs["arriving_later"]
    for one in chosen:
        place = (one.payload["warehouse"], one.payload["sku"])
        assert counted[place] == under_way[place] >= one.payload["quantity"]
    # The day before, when the ERP showed nothing yet, what was done counted by people's word alone.
    earlier = read_lines(desk.workspace.books, "purchase_orders", "2025-11-01")
    assert unmatched(promised, earlier)["quantity"].tolist() == promised["quantity"].tolist()


def test_what_was_forecast_is_held_against_what_was_sold(first_day: Path, desk_at: Callable[[Path], Any]) -> None:
    """The stored forecasts of a list are all judged once their days are over: here told as those of an earlier day."""
    desk = desk_at(first_day)
    stored = desk.rows(forecasts)
    earlier = stored.assign(day="2025-10-10", protection_days=stored["protection_days"].clip(upper=14))
    with desk.workspace.books.begin() as connection:
        connection.execute(forecasts.insert(), earlier.to_dict("records"))
    table = forecast_accuracy(desk.workspace, "2025-11-01").set_index("demand_class")
    assert 0 < table.loc["all", "forecasts"] <= len(stored)
    assert table.loc["all", "forecasts"] == table.drop(index="all")["forecasts"].sum()
    assert table.loc["all", "units_sold"] > 100
    assert 0 < table.loc["all", "pinball"] < 2
