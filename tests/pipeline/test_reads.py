"""What each step of the small merchant's day reads: nothing is read twice that a step has read already.

Counted are entries of four functions (see `entries`), selects by table, and all SQL statements on the books, reads and
writes. The bounds are the numbers that were measured; a step that reads less may lower its own.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from include.customers.store import customer_orders
from include.people.identity_store import persons_of_days
from include.pipeline.push import deliver_waiting
from include.pipeline.recall import publish_recall_list
from include.pipeline.restock import publish_restock_lists
from include.replenishment.suppliers.closures import closed_days
from include.warehouse.model_registry import champion_of
from tests.pipeline.conftest import with_a_long_horizon
from tests.reads import Reads, reads_of

SECOND, THIRD = date(2025, 11, 2), date(2025, 11, 3)
ENTERED = (persons_of_days, customer_orders, champion_of, closed_days)


def reads(desk: Any, step: Callable[[], object]) -> Reads:
    with reads_of(desk.workspace.books, *ENTERED) as found:
        step()
    return found


def entries(persons: int = 0, histories: int = 0, champions: int = 0, closed: int = 0) -> dict[str, int]:
    """How often identity keys are read and joined, all customers' orders read, a champion looked up, and the days on
    which suppliers rest reckoned."""
    return dict(zip((one.__name__ for one in ENTERED), (persons, histories, champions, closed), strict=True))


def test_a_close_enters_persons_once(jd_awaited: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(jd_awaited)
    desk.ingest(SECOND, "jd")

    found = reads(desk, lambda: desk.close(SECOND))

    assert found.entries == entries(persons=1)
    assert found.statements <= 105


@pytest.fixture
def desk(third_day: Path, desk_at: Callable[[Path], Any]) -> Any:
    return with_a_long_horizon(desk_at(third_day))


def test_a_restock_run_looks_up_its_champion_and_the_closed_days_once(desk: Any) -> None:
    now = desk.morning_after(THIRD)

    found = reads(desk, lambda: publish_restock_lists(desk.workspace, THIRD.isoformat(), now))

    assert found.entries == entries(champions=1, closed=1)
    assert found.statements <= 132  # six of them hold the transfers against the guards


def test_a_recall_run_enters_persons_and_histories_once_and_a_push_persons_by_now(desk: Any) -> None:
    now = desk.morning_after(THIRD)

    made = reads(desk, lambda: publish_recall_list(desk.workspace, THIRD.isoformat(), now))
    pushed = reads(desk, lambda: deliver_waiting(desk.workspace, {}, now))

    assert made.entries == entries(persons=1, histories=1, champions=2)  # of churn and of uplift
    once = ("facts_customer_orders", "identity_statements", "recall_arms", "experiment_arms")
    assert [made.by_table[name] for name in once] == [1, 1, 1, 1]
    assert made.by_table["identity_keys"] == 2  # who is one person, and who has a number of their own
    assert made.statements <= 68
    assert pushed.entries == entries(persons=1)
    assert pushed.statements <= 29
