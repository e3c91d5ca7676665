"""A line that exports repeat is stored once; every export still says all its rows, and as-of reads are as before."""

from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, Table, func, select, text, update

from include.warehouse.as_of import exports_as_of, read_lines
from include.warehouse.books import publication, read_frame
from include.warehouse.lines_hash import hashes_of_lines
from include.warehouse.tables import LINE_TABLES, REPEATS, exports, order_lines, orders, products, stock
from include.warehouse.tellings import PLACE, as_told, forget, told
from include.warehouse.withdrawals import withdraw

from .conftest import Deliver, line, order
from .test_chain_migration import move

FIRST, SECOND, THIRD = "2025-11-01", "2025-11-02", "2025-11-03"
A, B = order("1", f"{FIRST} 10:00:00", 30), order("1", f"{FIRST} 10:00:00", 40)
OTHER = order("2", f"{FIRST} 11:00:00", 7)


@pytest.fixture
def deliver(deliver: Deliver) -> Deliver:
    """As the readers do, with every column."""

    def whole(shop: str, day: str, exported_at: str | None = None, **frames: list[dict[str, Any]]) -> str:
        columns = {
            name: [c.name for c in LINE_TABLES[name].columns if c.name not in (*PLACE, "shop")] for name in frames
        }
        rows = {name: [{**dict.fromkeys(columns[name]), **row} for row in some] for name, some in frames.items()}
        return deliver(shop, day, exported_at, **rows)

    return whole


def count(books: Engine, table: Table) -> int:
    return int(read_frame(books, select(func.count().label("n")).select_from(table))["n"].iloc[0])


def totals(books: Engine, day: str) -> dict[str, int]:
    return read_lines(books, "orders", day).set_index("order_id")["total_micros"].to_dict()


def all_told(books: Engine) -> dict[str, pd.DataFrame]:
    return {
        name: read_frame(books, told(table, as_told(table)))
        .sort_values(["export_id", "file_line", "number"], ignore_index=True)
        .astype("str")
        for name, table in LINE_TABLES.items()
    }


def hashes_hold(books: Engine) -> None:
    """Every export's lines are those that were published."""
    ledger = read_frame(books, select(exports.c.export_id, exports.c.lines_hash, exports.c.rows_published))
    found = hashes_of_lines(books, ledger["export_id"].tolist())
    for row in ledger.itertuples():
        hashes, _ = found[row.export_id]
        assert row.lines_hash in hashes


def test_what_an_export_repeats_is_a_repeat_and_what_differs_a_line(books: Engine, deliver: Deliver) -> None:
    deliver("web", FIRST, orders=[A, OTHER])
    deliver("web", SECOND, orders=[OTHER, B])
    deliver("web", THIRD, orders=[A])
    assert (count(books, orders), count(books, REPEATS["orders"])) == (3, 2)
    assert [totals(books, day)["1"] for day in (FIRST, SECOND, THIRD)] == [30, 40, 30], "A, B, A"
    hashes_hold(books)


def test_an_older_export_that_comes_late_stays_the_older_truth(books: Engine, deliver: Deliver) -> None:
    deliver("web", FIRST, f"{FIRST} 23:00:00", orders=[A])
    deliver("web", SECOND, f"{SECOND} 23:00:00", orders=[A])  # says it again
    deliver("web", THIRD, f"{SECOND} 08:00:00", orders=[B])  # made between the two, came after both
    assert [totals(books, day)["1"] for day in (FIRST, SECOND, THIRD)] == [30, 30, 30]
    deliver("web", THIRD, f"{THIRD} 08:00:00", orders=[B])
    assert totals(books, THIRD)["1"] == 40


def test_a_line_outlives_the_export_that_said_it_first(books: Engine, deliver: Deliver) -> None:
    wrong = deliver("web", FIRST, orders=[A, OTHER])
    deliver("web", SECOND, orders=[A])
    withdraw(books, wrong, "li", "wrong file", datetime(2025, 11, 3, 9), SECOND)
    assert totals(books, FIRST) == {"1": 30, "2": 7}
    assert totals(books, SECOND) == {"1": 30}, "the second export says it by itself"


def test_an_export_read_anew_leaves_what_others_repeat_of_it(books: Engine, deliver: Deliver) -> None:
    deliver("web", FIRST, orders=[A, OTHER])
    deliver("web", SECOND, orders=[OTHER, A])
    deliver("web", THIRD, orders=[A])
    before, taken = all_told(books), exports_as_of(books, THIRD).set_index("day")
    number = read_frame(books, select(exports.c.export_number).where(exports.c.day == FIRST))["export_number"].iloc[0]
    with publication(books) as change:
        forget(change, int(number))
    left = before["orders"][before["orders"]["export_id"] != taken.loc[FIRST, "export_id"]]
    pd.testing.assert_frame_equal(all_told(books)["orders"], left.reset_index(drop=True))
    # and published again it says what it said
    deliver("web", FIRST, orders=[A, OTHER])
    pd.testing.assert_frame_equal(all_told(books)["orders"], before["orders"])
    assert count(books, exports) == 3
    hashes_hold(books)


def test_equal_rows_of_one_file_are_each_kept(books: Engine, deliver: Deliver) -> None:
    goods = [{"sku": "TEA", "title": "tea"}, {"sku": "TEA", "title": "tea"}, {"sku": "CUP", "title": None}]
    for day in (FIRST, SECOND):
        deliver("erp", day, products=goods)
    assert [len(found) for found in (all_told(books)["products"], read_lines(books, "products", SECOND))] == [6, 2]
    assert count(books, products) == 3
    hashes_hold(books)


def test_texts_with_what_stands_between_values_are_never_taken_for_others(books: Engine, deliver: Deliver) -> None:
    deliver("erp", FIRST, products=[{"sku": "1", "title": "a\x1fb", "category": "c"}])
    deliver("erp", SECOND, products=[{"sku": "1", "title": "a", "category": "b\x1fc"}])
    assert read_lines(books, "products", SECOND)["category"].tolist() == ["b\x1fc"]


def test_other_shops_rows_and_null_values_are_told_apart(books: Engine, deliver: Deliver) -> None:
    deliver("web", FIRST, orders=[A])
    deliver("tmall", FIRST, orders=[A])
    deliver("web", SECOND, orders=[{**A, "province": None}])
    assert (count(books, orders), count(books, REPEATS["orders"])) == (3, 0)
    assert read_lines(books, "orders", SECOND).set_index("shop")["province"].isna().to_dict() == {
        "tmall": False, "web": True,
    }  # fmt: skip


def test_stock_keeps_each_row(books: Engine, deliver: Deliver) -> None:
    shelf = [{"warehouse": "东", "sku": "TEA", "on_hand": 3, "stock_day": None}]
    for day in (FIRST, SECOND):
        deliver("erp", day, stock=shelf)
    assert count(books, stock) == 2


@pytest.mark.parametrize("ends_at", ["0020", "0019"])
def test_books_of_before_come_to_the_same_and_go_back(books: Engine, deliver: Deliver, ends_at: str) -> None:
    for day in (FIRST, SECOND, THIRD):
        lines = [line("1", "TEA", 1, 10), line("1", "CUP", 2, 20, line_id="1#2")]
        deliver("web", day, orders=[B if day == SECOND else A, OTHER], order_lines=lines)
        deliver(
            "erp",
            day,
            products=[{"sku": "TEA"}, {"sku": "TEA"}],
            stock=[{"warehouse": "东", "sku": "TEA", "on_hand": 1}],
        )
    before, stored = all_told(books), {name: count(books, table) for name, table in LINE_TABLES.items()}

    move(books, ends_at)
    with books.connect() as connection:
        old = connection.execute(text("SELECT export_id, file_line, total_micros FROM orders ORDER BY 1, 2")).all()
    assert [tuple(map(str, row)) for row in old] == [
        tuple(row) for row in before["orders"][["export_id", "file_line", "total_micros"]].to_numpy()
    ]
    move(books, "head")

    after = all_told(books)
    for name in LINE_TABLES:
        pd.testing.assert_frame_equal(after[name], before[name])
    # equal rows within one file are one line here, since nothing tells which of them came first
    assert {name: count(books, table) for name, table in LINE_TABLES.items()} == {**stored, "products": 1}
    hashes_hold(books)
    deliver("web", "2025-11-04", orders=[A, order("9", f"{FIRST} 12:00:00", 1)])
    assert count(books, orders) == stored["orders"] + 1
    assert totals(books, "2025-11-04") == {"1": 30, "2": 7, "9": 1}


def test_a_changed_line_changes_every_export_that_said_it(books: Engine, deliver: Deliver) -> None:
    ids = [deliver("web", day, orders=[A]) for day in (FIRST, SECOND)]
    before = hashes_of_lines(books, ids)
    with books.begin() as connection:
        connection.execute(update(orders).values(total_micros=31))
    after = hashes_of_lines(books, ids)
    assert all(not before[one][0] & after[one][0] for one in ids)
    assert count(books, order_lines) == 0
