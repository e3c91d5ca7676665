"""A month's money: what is left of it, on which morning, and how the list says so."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from include.replenishment.orders.month_budget import budget_note, month_budget
from include.replenishment.planning_data import policy_from
from include.settings.loading import load_merchant
from include.tasks.drafts import TaskList, draft, task_id
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.warehouse.books import open_books
from include.warehouse.tables import metadata
from include.warehouse.workspace import Keys, Workspace
from tests.task_books import TABLES, act

ROOT = Path(__file__).parents[2]
YUAN = 1_000_000


@pytest.fixture
def workspace(tmp_path: Path) -> Any:
    """Books with a list of 30 October: A for 400 yuan, B for 300, of it 100 from the fund."""
    merchant = load_merchant(ROOT / "examples" / "specimen", tmp_path)
    settings = merchant.replenishment.model_copy(
        update={"budget": 1000.0, "emergency_fund": 150.0, "budget_of": "month"}
    )
    books = open_books(f"sqlite:///{tmp_path / 'books.sqlite'}")
    metadata.create_all(books, tables=list(TABLES))
    lines = [
        draft(kind_of("restock"), "2025-10-30", {"sku": sku, "warehouse": "w", "quantity": 10, **more})
        for sku, more in (
            ("A", {"cost_micros": 400 * YUAN}),
            ("B", {"cost_micros": 300 * YUAN, "from_emergency_fund": 4}),
        )
    ]
    publish_list(books, TaskList("restock", "2025-10-30", lines, manifest={}), at("2025-10-31", 2))
    yield Workspace(merchant.model_copy(update={"replenishment": settings}), books, Keys({}, "", b""), tmp_path)
    books.dispose()


def at(day: str, hour: int = 9) -> Any:
    return datetime.fromisoformat(f"{day}T{hour:02d}:00:00")


def test_what_was_accepted_is_off_the_months_budget_and_the_fund(workspace: Any) -> None:
    with workspace.books.begin() as connection:
        act(connection, task_id("restock", "2025-10-30", "w/A"), "accepted", "li", at("2025-10-31"))
        act(connection, task_id("restock", "2025-10-30", "w/B"), "done", "li", at("2025-11-01"), {"quantity": 8})

    october, november = month_budget(workspace, "2025-10-29"), month_budget(workspace, "2025-11-01")
    # The list of the 31st is worked on the first of November: its month has just begun.
    new = month_budget(workspace, "2025-10-31")

    assert october is not None
    assert new is not None
    assert november is not None
    assert (october.month, october.left_micros, october.fund_left_micros) == ("2025-10", 1000 * YUAN, 150 * YUAN)
    assert (new.month, new.left_micros, new.fund_left_micros) == ("2025-11", 1000 * YUAN, 150 * YUAN)
    # Eight of B's ten: six by the budget, two by the fund, at thirty yuan.
    assert (november.left_micros, november.fund_left_micros) == (820 * YUAN, 90 * YUAN)
    policy = policy_from(workspace, None, november)
    assert (policy.budget_micros, policy.emergency_fund_micros) == (820 * YUAN, 90 * YUAN)
    zh, en = budget_note(november, 55 * YUAN, "CNY")
    assert "2025-11 采购预算 1,000.00 元" in zh
    assert "用去 180.00，还剩 820.00；本清单建议 55.00。应急资金 150.00，还剩 90.00。" in zh
    assert "of which 180.00 went on suggestions accepted this month and 820.00 is left" in en


def test_a_days_budget_is_whole_every_day(workspace: Any) -> None:
    daily = workspace.merchant.replenishment.model_copy(update={"budget_of": "day"})
    with workspace.books.begin() as connection:
        act(connection, task_id("restock", "2025-10-30", "w/A"), "accepted", "li", at("2025-10-31"))
    of_day = Workspace(
        workspace.merchant.model_copy(update={"replenishment": daily}), workspace.books, workspace.keys, workspace.home
    )

    assert month_budget(of_day, "2025-10-31") is None
    assert policy_from(of_day, None, None).budget_micros == 1000 * YUAN
