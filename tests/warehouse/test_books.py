"""Publishing is all or nothing; reading types by the tables, not by what the rows happen to hold."""

import threading

import pandas as pd
import pytest
from sqlalchemy import Engine, delete, select

from include.warehouse.books import BATCH_ROWS, open_books, publication, read_frame, step_lock
from include.warehouse.migrate import is_current, migrate
from include.warehouse.tables import metadata, stock


def rows(*skus: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "export_number": 1,
            "file_line": range(len(skus)),
            "number": 0,
            "shop": "erp",
            "warehouse": "华东仓",
            "sku": list(skus),
            "on_hand": pd.array([5] * len(skus), dtype="Int64"),
            "available": pd.array([None] * len(skus), dtype="Int64"),
        }
    )


def test_a_publication_that_fails_leaves_the_old_partition(books: Engine) -> None:
    with publication(books) as change:
        change.insert(stock, rows("a", "b"))

    def replace_and_fail() -> None:
        with publication(books) as change:
            change.execute(delete(stock).where(stock.c.export_number == 1))
            change.insert(stock, rows("c").assign(file_line=9))
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        replace_and_fail()
    assert list(read_frame(books, select(stock.c.sku).order_by(stock.c.sku))["sku"]) == ["a", "b"]


def test_rows_come_back_as_they_went_in(books: Engine) -> None:
    given = rows("a", "b;c", 'with "quotes", commas\nand a line', "100%", "").assign(
        in_transit=pd.array([1, None, 3, 4, 5], dtype="Int64")
    )
    with publication(books) as change:
        assert change.insert(stock, given) == 5
    found = read_frame(
        books, select(stock.c.sku, stock.c.on_hand, stock.c.available, stock.c.in_transit).order_by(stock.c.file_line)
    )
    assert list(found["sku"]) == list(given["sku"])
    assert found["on_hand"].dtype == "int64"
    assert found["available"].isna().all()
    assert list(found["in_transit"].fillna(-1)) == [1, -1, 3, 4, 5]


def test_what_comes_late_in_a_long_result_is_read_by_its_column(books: Engine) -> None:
    """SQLite's driver infers types from the first batch, in which these columns hold nothing at all."""
    count = BATCH_ROWS[0] + 10
    empty = [None] * (count - 1)
    with publication(books) as change:
        change.insert(
            stock,
            rows(*(f"s{n:06d}" for n in range(count))).assign(stock_day=[*empty, "2025-11-02"], locked=[*empty, 7]),
        )

    read = read_frame(books, select(stock.c.sku, stock.c.stock_day, stock.c.locked).order_by(stock.c.sku))

    assert len(read) == count
    assert read.iloc[-1].tolist() == [f"s{count - 1:06d}", "2025-11-02", 7]
    assert read["stock_day"].isna().sum() == read["locked"].isna().sum() == count - 1
    assert read_frame(books, select(stock.c.sku).where(stock.c.sku == "none")).empty


def test_a_per_cent_sign_in_a_condition_is_taken_literally(books: Engine) -> None:
    with publication(books) as change:
        change.insert(stock, rows("50% off", "x"))
    assert len(read_frame(books, select(stock.c.sku).where(stock.c.sku == "50% off"))) == 1


def test_an_unknown_column_is_named(books: Engine) -> None:
    with pytest.raises(ValueError, match="stock has no column 'shelf'"), publication(books) as change:
        change.insert(stock, rows("a").assign(shelf=1))


def test_migrations_build_exactly_the_tables_that_the_code_declares(books: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    import include.tasks.task_tables  # noqa: F401 - declares its tables on the same metadata

    with books.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert is_current(books)
    migrate(books)  # a second time changes nothing


def test_books_need_a_file_or_postgresql() -> None:
    with pytest.raises(ValueError, match="need a file"):
        open_books("sqlite://")
    with pytest.raises(ValueError, match="not on 'mysql'"):
        open_books("mysql://somewhere/books")


def test_a_step_waits_for_itself_and_for_no_other_step(books: Engine) -> None:
    done: list[str] = []

    def step(name: str) -> None:
        with step_lock(books, name):
            done.append(name)

    with step_lock(books, "train demand"):
        others = [threading.Thread(target=step, args=(name,)) for name in ("train demand", "train churn")]
        for other in others:
            other.start()
        others[1].join(20)
        others[0].join(0.3)
        assert done == ["train churn"]
    others[0].join(20)
    assert done == ["train churn", "train demand"]
