"""Whatever order exports came in and days were closed in: the lists of every day are those of a fresh rebuild."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.warehouse.books import open_books
from include.warehouse.migrate import migrate
from include.warehouse.workspace import Keys

from .list_histories import LISTS, Listed, anyhow, in_turn, list_history, same_keys

QUICK, THOROUGH = range(2), range(2, 12)
DAYS = 2
SURROUNDINGS = (
    {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"},
    {"TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "99", "OMP_NUM_THREADS": "3"},
)


@dataclass
class Rebuilds:
    """By seed: the desk where all came in turn, and its churn model. Made once for both databases."""

    folder: Path
    keys: Keys = field(default_factory=same_keys)
    made: dict[int, tuple[Listed, Path]] = field(default_factory=dict)

    def of(self, seed: int) -> tuple[Listed, Path]:
        if seed not in self.made:
            home = self.folder / str(seed)
            (model := home / "model").mkdir(parents=True)
            books = open_books(f"sqlite:///{home}/books.sqlite")
            migrate(books)
            listed = Listed.at(home, books, self.keys)
            in_turn(list_history(seed, DAYS), listed, model)
            self.made[seed] = listed, model
        return self.made[seed]


@pytest.fixture(scope="module")
def rebuilds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rebuilds]:
    made = Rebuilds(tmp_path_factory.mktemp("rebuilt"))
    yield made
    for listed, _ in made.made.values():
        listed.workspace.books.dispose()


def are_rebuilt_alike(books: Engine, home: Path, rebuilds: Rebuilds, seed: int) -> None:
    rebuilt, model = rebuilds.of(seed)
    told = list_history(seed, DAYS)
    listed = Listed.at(home, books, rebuilds.keys)
    anyhow(told, listed, model, seed)
    for day in told.days:
        for kind in LISTS:
            found, wanted = listed.document(kind, day), rebuilt.document(kind, day)
            assert found.lines == wanted.lines, f"history {seed}: {kind} of {day}"
            assert found.notes == wanted.notes, f"history {seed}: notes of {kind} of {day}"


@pytest.mark.parametrize("seed", QUICK)
def test_any_order_of_exports_and_closes_leaves_the_lists_of_a_fresh_rebuild(
    books: Engine, tmp_path: Path, rebuilds: Rebuilds, seed: int
) -> None:
    are_rebuilt_alike(books, tmp_path, rebuilds, seed)


@pytest.mark.thorough
def test_many_more_orders_of_exports_and_closes_do_so_too(
    books: Engine, tmp_path: Path, rebuilds: Rebuilds, thorough_seed: int
) -> None:
    are_rebuilt_alike(books, tmp_path, rebuilds, thorough_seed)


def test_the_histories_have_lines_to_compare(rebuilds: Rebuilds) -> None:
    days = list_history(0, DAYS).days
    count = {
        kind: sum(len(rebuilds.of(seed)[0].document(kind, day).lines) for seed in QUICK for day in days)
        for kind in LISTS
    }
    assert all(count[kind] for kind in ("restock", "chase", "excess", "recall")), count


def test_time_zone_language_threads_and_hashing_of_the_machine_change_no_list(tmp_path: Path) -> None:
    running = []
    for number, surroundings in enumerate(SURROUNDINGS):
        (home := tmp_path / str(number)).mkdir()
        command = [sys.executable, "-m", "tests.pipeline.list_histories", "1", "1", str(home)]
        running.append(subprocess.Popen(command, env=os.environ | surroundings, stdout=subprocess.PIPE, text=True))
    said = [one.communicate()[0].strip() for one in running]
    assert [one.returncode for one in running] == [0, 0]
    assert said[0] == said[1] != ""
