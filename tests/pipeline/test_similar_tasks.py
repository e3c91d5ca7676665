"""Tasks like this one: of the sku, then of its category, with what was answered and what came of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from include.lines.plan_session import PlanSession, open_session
from include.lines.similar_tasks import MAX_TASKS, earlier_tasks, similar_tasks
from include.tasks.acts import Act
from include.tasks.task_queries import Task, find_tasks
from tests.pipeline.conftest import FIRST, SECOND, Desk


@pytest.fixture(scope="module")
def desk(second_day: Path, open_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    import shutil

    home = tmp_path_factory.mktemp("similar") / "home"
    shutil.copytree(second_day, home)
    desk = open_desk(home)
    yield desk
    desk.workspace.books.dispose()


@pytest.fixture(scope="module")
def session(desk: Desk) -> PlanSession:
    return open_session(desk.workspace, SECOND.isoformat())


def tasks_of(desk: Desk, kind: str) -> list[Task]:
    with desk.workspace.books.connect() as connection:
        return find_tasks(connection, kind=kind, day=FIRST.isoformat(), limit=500)


def test_of_the_sku_first_then_of_its_category(desk: Desk, session: PlanSession) -> None:
    asked = tasks_of(desk, "restock")[0]
    with desk.workspace.books.connect() as connection:
        found = similar_tasks(connection, session, "restock", str(asked.payload["sku"]))
    assert found[0].is_same_sku
    assert asked.task_id in [one.task.task_id for one in found if one.is_same_sku]
    assert len(found) <= MAX_TASKS
    category = session.basis.planning.products.drop_duplicates("sku").set_index("sku")["category"]
    assert len({category[one.task.payload["sku"]] for one in found}) == 1
    assert [one.is_same_sku for one in found] == sorted((one.is_same_sku for one in found), reverse=True)
    assert all(one.came_units is None for one in found), "nobody has answered"


def test_nothing_of_the_day_itself_or_later(desk: Desk, first_day: Path, open_desk: Callable[..., Desk]) -> None:
    earlier = open_session(desk.workspace, FIRST.isoformat())
    asked = tasks_of(desk, "restock")[0]
    with desk.workspace.books.connect() as connection:
        assert similar_tasks(connection, earlier, "restock", str(asked.payload["sku"])) == []


def test_what_was_answered_and_what_came(desk: Desk, session: PlanSession) -> None:
    asked = tasks_of(desk, "restock")[1]
    sku, warehouse, supplier = (str(asked.payload[name]) for name in ("sku", "warehouse", "supplier"))
    desk.act(SECOND, Act(asked.task_id, "accepted", {"quantity": 40}))
    known = session.basis.planning
    order = {
        "purchase_order_id": "P-NEW", "line_id": "1", "sku": sku, "warehouse": warehouse, "supplier": supplier,
        "ordered_day": SECOND.isoformat(), "quantity": 40, "status": "open",
    }  # fmt: skip
    orders = pd.concat([known.purchase_orders, pd.DataFrame([order])], ignore_index=True)
    came = {"purchase_order_id": "P-NEW", "line_id": "1", "sku": sku, "warehouse": warehouse, "quantity": 25,
            "received_day": SECOND.isoformat(), "receipt_id": "R"}  # fmt: skip
    receipts = pd.concat([known.receipts, pd.DataFrame([came])], ignore_index=True)
    planning = replace(known, purchase_orders=orders, receipts=receipts)
    later = replace(session, basis=replace(session.basis, planning=planning))

    with desk.workspace.books.connect() as connection:
        one = next(one for one in similar_tasks(connection, later, "restock", sku) if one.task.task_id == asked.task_id)
    assert one.task.state == "accepted"
    assert one.task.answer["quantity"] == 40
    assert (one.came_units, one.came_day) == (25, SECOND.isoformat())
    assert one.seen_days <= 1
    assert one.stock_out_days <= one.seen_days


@pytest.mark.parametrize("skus", [["A"], ["A", "B", "C"]])
def test_tasks_are_found_by_an_index(desk: Desk, skus: list[str]) -> None:
    statement = earlier_tasks("restock", skus, SECOND.isoformat())
    written = statement.compile(desk.workspace.books, compile_kwargs={"literal_binds": True})
    with desk.workspace.books.connect() as connection:
        steps = connection.execute(text(f"explain query plan {written}")).all()
    assert "SEARCH tasks USING INDEX ix_tasks_sku_kind_day (sku=? AND kind=? AND day<?)" in str(steps)
