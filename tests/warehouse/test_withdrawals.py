"""An export that was taken back counts no more from that day on, and before it as it did."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, select

from include.facts.close_day import close_day
from include.warehouse.as_of import exports_as_of, inputs_hash, read_facts, read_lines
from include.warehouse.books import read_frame
from include.warehouse.tables import withdrawals
from include.warehouse.withdrawals import WithdrawalError, said_of_exports, withdraw
from tests.warehouse.conftest import Deliver, line, order

FIRST, SECOND, NOW = "2026-05-01", "2026-05-02", datetime(2026, 5, 3, 9)


def close(books: Engine, day: str) -> None:
    close_day(books, day, f"{day} 23:59:59", [], {}, "w1", lambda orders: orders["units"] < 0)


@pytest.fixture
def wrong(books: Engine, deliver: Deliver) -> str:
    """Two closed days; the first has a right file and one of another shop, whose id is given."""
    paid = f"{FIRST} 10:00:00"
    deliver("web", FIRST, orders=[order("1", paid, 10)], order_lines=[line("1", "A", 2, 10)])
    stray = deliver(
        "web", FIRST, f"{FIRST} 23:59:30", orders=[order("2", paid, 90)], order_lines=[line("2", "B", 9, 90)]
    )
    close(books, FIRST)
    paid = f"{SECOND} 10:00:00"
    deliver("web", SECOND, orders=[order("3", paid, 10)], order_lines=[line("3", "A", 1, 10)])
    close(books, SECOND)
    return stray


def test_what_an_export_said_is_gone_from_the_newest_day_on_and_stays_before(books: Engine, wrong: str) -> None:
    before, hash_before = exports_as_of(books, FIRST), inputs_hash(exports_as_of(books, SECOND))
    # when the stray file is taken back
    known_from = withdraw(books, wrong, "clerk", "file of another shop", NOW)
    # then the newest closed day is to be closed again, the day before is as it was
    assert known_from == SECOND
    assert inputs_hash(exports_as_of(books, SECOND)) != hash_before
    assert exports_as_of(books, FIRST).equals(before)
    close(books, SECOND)
    assert read_facts(books, "demand", SECOND)["units"].sum() == 3
    assert set(read_facts(books, "demand", SECOND)["sku"]) == {"A"}
    assert set(read_facts(books, "demand", FIRST)["sku"]) == {"A", "B"}
    assert set(read_lines(books, "orders", SECOND)["order_id"]) == {"1", "3"}
    # and it is told who did it and why
    (said,) = read_frame(books, select(withdrawals)).to_dict("records")
    assert (said["who"], said["why"], said["at"], said["day"]) == (
        "clerk", "file of another shop", "2026-05-03 09:00:00", SECOND,
    )  # fmt: skip
    assert said_of_exports(books, "web", FIRST).set_index("export_id").loc[wrong, "state"] == "withdrawn"


def test_it_counts_again_when_it_is_restored(books: Engine, wrong: str) -> None:
    withdraw(books, wrong, "clerk", "file of another shop", NOW)
    close(books, SECOND)
    withdraw(books, wrong, "clerk", "it was right", NOW, undo=True)
    close(books, SECOND)
    assert set(read_facts(books, "demand", SECOND)["sku"]) == {"A", "B"}


def test_what_cannot_be_taken_back_is_refused_with_the_reason(books: Engine, wrong: str) -> None:
    for words, says in (
        (("nothing", "clerk", "why", NOW), "no export has the id 'nothing'"),
        ((wrong, "clerk", " ", NOW), "who takes the export back, and why"),
        ((wrong, "clerk", "why", NOW, "2026-04-30"), "delivered for 2026-05-01"),
        ((wrong, "clerk", "why", NOW, None, True), "counts already"),
    ):
        with pytest.raises(WithdrawalError, match=says):
            withdraw(books, *words)
    withdraw(books, wrong, "clerk", "why", NOW)
    with pytest.raises(WithdrawalError, match="is taken back already"):
        withdraw(books, wrong, "clerk", "why", NOW)
