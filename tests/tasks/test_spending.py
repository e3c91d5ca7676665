"""A month's money: what people accepted of it."""

from typing import Any

from sqlalchemy import Engine

from include.replenishment.orders.spending import Accepted, accepted_since
from include.tasks.drafts import task_id
from include.tasks.publish_list import publish_list
from tests.task_books import act

YUAN = 1_000_000


def test_what_was_accepted_is_spent_once_by_its_real_quantity(books: Engine, make: Any) -> None:
    """Ten units of each at 5.5 yuan; D is paid half by the emergency fund, E has no known cost."""
    lines = [make.draft(sku) for sku in "ABC"]
    lines += [make.draft("D", from_emergency_fund=5), make.draft("E", cost_micros=None)]
    publish_list(books, make.restock("2025-10-30", *lines), make.at("2025-10-31", 2))
    with books.begin() as connection:
        for sku, day, state, data in (
            ("A", "2025-10-31", "accepted", {}),
            ("A", "2025-11-03", "done", {"quantity": 12}),
            ("B", "2025-11-01", "done", {"quantity": 4}),
            ("C", "2025-11-01", "refused", {"reason": "no"}),
            ("D", "2025-11-02", "accepted", {"quantity": 8}),
            ("E", "2025-11-02", "accepted", {}),
        ):
            act(connection, task_id("restock", "2025-10-30", f"hangzhou/{sku}"), state, "li", make.at(day), data)  # type: ignore[arg-type]

        october = accepted_since(connection, "2025-10-01", "2025-10-31")
        november = accepted_since(connection, "2025-11-01", "2025-11-30")
        early = accepted_since(connection, "2025-11-01", "2025-11-01")

    assert october == Accepted(55 * YUAN, 0, 0)
    # A is October's, done or not. Of D's eight the budget pays for five, the fund for three.
    assert november == Accepted(22 * YUAN + 44 * YUAN, round(16.5 * YUAN), 1)
    assert early == Accepted(22 * YUAN, 0, 0)
