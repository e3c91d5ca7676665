"""Whatever order exports came in and days were closed in: the facts as of every day are those of a fresh rebuild."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, select

from include.warehouse.as_of import read_facts
from include.warehouse.books import open_books, read_frame
from include.warehouse.migrate import migrate
from include.warehouse.tables import FACT_TABLES, fact_versions

from .histories import History, digest, history, in_any_order, in_order

QUICK, THOROUGH = range(2), range(2, 50)
SURROUNDINGS = (
    {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"},
    {"TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "99", "OMP_NUM_THREADS": "3"},
)


def first_difference(one: Engine, other: Engine, told: History) -> str | None:
    """Table, day it is read as of, and the first row by which the facts of two books differ; None if nothing does."""
    for as_of in told.days:
        for name in FACT_TABLES:
            found, wanted = (read_facts(books, name, as_of).astype("str") for books in (one, other))
            if found.equals(wanted):
                continue
            keys = ["shop", "day", *FACT_TABLES[name].info["keys"]]
            both = found.merge(wanted, how="outer", indicator=True).sort_values(keys, kind="stable")
            row = both[both["_merge"] != "both"].iloc[0]
            where = "only here" if row["_merge"] == "left_only" else "only in the rebuild"
            return f"{FACT_TABLES[name].name} as of {as_of}, {where}: {row.drop('_merge').to_dict()}"
    return None


def versions(books: Engine) -> pd.DataFrame:
    v = fact_versions.c
    return read_frame(books, select(v.fact, v.shop, v.day, v.as_of, v.content_hash, v.rows)).sort_values(
        ["fact", "shop", "day", "as_of"], ignore_index=True
    )


Rebuild = Callable[[int], Engine]


@pytest.fixture(scope="module")
def rebuild(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rebuild]:
    """seed -> SQLite books in which the history's exports came in time; made once for both databases."""
    made: dict[int, Engine] = {}

    def of(seed: int) -> Engine:
        if seed not in made:
            made[seed] = open_books(f"sqlite:///{tmp_path_factory.mktemp('rebuilt')}/books.sqlite")
            migrate(made[seed])
            in_order(made[seed], history(seed))
        return made[seed]

    yield of
    for books in made.values():
        books.dispose()


def is_rebuilt_alike(books: Engine, rebuilt: Engine, seed: int) -> None:
    told = history(seed)
    in_any_order(books, told, np.random.default_rng(seed))
    difference = first_difference(books, rebuilt, told)
    assert difference is None, f"history {seed}: {difference}"
    pd.testing.assert_frame_equal(versions(books), versions(rebuilt))


@pytest.mark.parametrize("seed", QUICK)
def test_any_order_of_exports_and_closes_leaves_the_facts_of_a_fresh_rebuild(
    books: Engine, rebuild: Rebuild, seed: int
) -> None:
    is_rebuilt_alike(books, rebuild(seed), seed)


@pytest.mark.thorough
def test_many_more_orders_of_exports_and_closes_do_so_too(books: Engine, rebuild: Rebuild, thorough_seed: int) -> None:
    is_rebuilt_alike(books, rebuild(thorough_seed), thorough_seed)


def test_time_zone_language_threads_and_hashing_of_the_machine_change_nothing(tmp_path: Path) -> None:
    told = history(1, 1)
    running = []
    for number, surroundings in enumerate(SURROUNDINGS):
        command = [sys.executable, "-m", "tests.warehouse.histories", "1", "1", str(tmp_path / f"{number}.sqlite")]
        running.append(subprocess.Popen(command, env=os.environ | surroundings, stdout=subprocess.PIPE, text=True))
    rebuilt = open_books(f"sqlite:///{tmp_path}/rebuilt.sqlite")
    migrate(rebuilt)
    in_order(rebuilt, told)
    said = [one.communicate()[0].strip() for one in running]
    assert said == [digest(rebuilt, told)] * 2


def test_the_histories_hold_what_they_are_made_for(tmp_path: Path) -> None:
    # without bulk orders, listings that nobody has mapped and days that change, the tests above would prove little
    books = open_books(f"sqlite:///{tmp_path}/books.sqlite")
    migrate(books)
    in_order(books, history(0))
    last = history(0).days[-1]
    assert (read_facts(books, "order_sizes", last)["is_bulk"] == 1).any()
    assert len(read_facts(books, "unmapped", history(0).days[1]))
    assert read_facts(books, "stock", last)["in_stock_share"].between(0.01, 0.99).any()
    assert versions(books).duplicated(["fact", "shop", "day"]).any()
