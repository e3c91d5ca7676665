"""What was said to be ordered counts until the ERP shows it."""

from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from include.replenishment.orders.commitments import COLUMNS, commitments, unmatched
from include.tasks.drafts import task_id
from include.tasks.publish_list import publish_list
from tests.task_books import act

DAY = "2025-11-12"


def standing(*rows: tuple[str, int, str]) -> pd.DataFrame:
    """Commitments of (sku, quantity, ordered_from), oldest first."""
    return pd.DataFrame(
        [
            {"sku": s, "warehouse": "w", "quantity": q, "expected_day": None, "task_id": f"t{n}", "state": "done",
             "acted_day": d, "ordered_from": d, "who": "li"}
            for n, (s, q, d) in enumerate(rows)
        ]
    ).astype(dict(COLUMNS))  # fmt: skip


def orders(*rows: tuple[str, str, int, str]) -> pd.DataFrame:
    """Purchase orders of (sku, ordered_day, quantity, status)."""
    frame = pd.DataFrame(rows, columns=["sku", "ordered_day", "quantity", "status"]).assign(warehouse="w")
    return frame.astype({"quantity": "Int64"})


def test_accepted_and_done_tasks_count_with_their_real_quantity(books: Engine, make: Any) -> None:
    publish_list(books, make.restock(DAY, *(make.draft(sku) for sku in "ABCD")), make.at("2025-11-13", 2))
    with books.begin() as connection:
        for sku, state, data in (
            ("A", "accepted", {}),
            ("B", "done", {"quantity": 7, "expected_day": "2025-11-25"}),
            ("C", "refused", {"reason": "no"}),
        ):
            act(connection, task_id("restock", DAY, f"hangzhou/{sku}"), state, "li", make.at("2025-11-13"), data)  # type: ignore[arg-type]
        found = commitments(connection, "2025-11-13")
        assert commitments(connection, DAY).empty  # nobody had acted by then
        assert list(commitments(connection, DAY).columns) == list(COLUMNS)
    assert found[["sku", "warehouse", "quantity", "state", "acted_day", "ordered_from"]].sort_values(
        "sku"
    ).values.tolist() == [
        ["A", "hangzhou", 10, "accepted", "2025-11-13", "2025-11-13"],
        ["B", "hangzhou", 7, "done", "2025-11-13", "2025-11-13"],
    ]
    assert found.set_index("sku")["expected_day"].fillna("-").to_dict() == {"A": "-", "B": "2025-11-25"}


def test_commitments_are_read_as_of_a_day(books: Engine, make: Any) -> None:
    """Given accepted on the 13th, done with fewer units on the 15th, refused on the 17th."""
    publish_list(books, make.restock(DAY, make.draft("A")), make.at("2025-11-13", 2))
    task = task_id("restock", DAY, "hangzhou/A")
    with books.begin() as connection:
        act(connection, task, "accepted", "li", make.at("2025-11-13"))
        act(connection, task, "done", "li", make.at("2025-11-15"), {"quantity": 4})
        act(connection, task, "refused", "li", make.at("2025-11-17"), {"reason": "supplier is out"})
        seen = {
            day: [(row.quantity, row.acted_day) for row in commitments(connection, day).itertuples()]
            for day in ("2025-11-12", "2025-11-14", "2025-11-16", "2025-11-18")
        }
    assert seen == {
        "2025-11-12": [],
        "2025-11-14": [(10, "2025-11-13")],
        "2025-11-16": [(4, "2025-11-13")],
        "2025-11-18": [],
    }


def test_commitments_that_no_export_showed_for_half_a_year_are_forgotten(books: Engine, make: Any) -> None:
    publish_list(books, make.restock(DAY, make.draft("A")), make.at("2025-11-13", 2))
    with books.begin() as connection:
        act(connection, task_id("restock", DAY, "hangzhou/A"), "done", "li", make.at("2025-11-13"))
        assert len(commitments(connection, "2026-05-12")) == 1
        assert len(commitments(connection, "2026-05-13")) == 0


@pytest.mark.parametrize(
    ("purchase_orders", "left"),
    [
        ((), [100]),
        ((("A", "2025-11-13", 100, "open"),), []),
        ((("A", "2025-11-12", 100, "open"),), [100]),  # the planner knew of it
        ((("B", "2025-11-14", 100, "open"),), [100]),
        ((("A", "2025-11-14", 60, "open"),), [40]),  # partial
        ((("A", "2025-11-14", 60, "open"), ("A", "2025-11-20", 40, "open")), []),  # in two orders
        ((("A", "2025-11-14", 150, "open"),), []),
        ((("A", "2025-11-14", 100, "cancelled"),), []),  # the ERP knows, and nothing comes
        ((("A", "2025-11-14", 100, "closed"),), []),
    ],
)
def test_a_purchase_order_answers_a_commitment(
    purchase_orders: tuple[tuple[str, str, int, str], ...], left: list[int]
) -> None:
    found = unmatched(standing(("A", 100, "2025-11-13")), orders(*purchase_orders))
    assert found["quantity"].to_list() == left


def test_one_order_answers_no_more_than_its_units() -> None:
    both = standing(("A", 100, "2025-11-13"), ("A", 30, "2025-11-15"))
    found = unmatched(both, orders(("A", "2025-11-16", 110, "open")))
    assert found[["task_id", "quantity"]].values.tolist() == [["t1", 20]]
    early = unmatched(both, orders(("A", "2025-11-14", 130, "open")))
    assert early[["task_id", "quantity"]].values.tolist() == [["t1", 30]]  # ordered before the second was asked for
