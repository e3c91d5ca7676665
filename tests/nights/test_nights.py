"""A few seeded nights, and a few of a day's operations that fail: `make nights` lives as many as one likes.

Each selection is a process of its own, since nights fork, and what a fork does with other tests' threads is nobody's
business here.
"""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.nights.business import damaged, exports_of, in_another_order, with_other_amounts
from tests.nights.faults import Fault, Killed, Watch, unseen, watched
from tests.nights.plants import PLANTS
from tests.nights.script import Script
from tests.nights.state import State, first_mix

ROOT = Path(__file__).parents[2]
SMALL = 850  # the first night of a scenario of one day whose exports are all in time


def lived(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.nights", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return done.stdout


def test_a_few_nights_end_as_if_nothing_had_gone_wrong() -> None:
    told = lived("--nights", "8", "--seed", str(SMALL))
    assert "'nights': 8" in told
    assert "0 failed" in told


@pytest.mark.slow
@pytest.mark.postgres
def test_a_few_nights_on_postgresql_do_so_too(postgres_url: str) -> None:
    assert "0 failed" in lived("--nights", "8", "--seed", str(SMALL), "--database", "postgres")


@pytest.mark.thorough
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_any_operation_of_a_day_may_fail_or_be_the_last(database: str) -> None:
    assert "0 failed" in lived("--seed", str(SMALL), "--every-operation", "1", "--database", database)


@pytest.mark.thorough
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_bug_is_found(plant: str) -> None:
    # answers are overwritten by the second list of a day: seed 0 is of a scenario that has one
    seed = 0 if plant == "answers_overwritten" else SMALL
    assert "FAILED seed" in lived("--nights", "50", "--seed", str(seed), "--plant", plant)


def test_a_seed_says_the_same_every_time() -> None:
    one, other = (Script(7).steps for _ in range(2))
    assert [step.name for step in one] == [step.name for step in other]
    assert exports_of(3, "2025-11-02") == exports_of(3, "2025-11-02") != exports_of(4, "2025-11-02")


def test_files_are_damaged_corrected_and_shuffled_as_their_names_say() -> None:
    content = b"order,units\nA,1\nB,2\nC,3\n"
    assert sorted(in_another_order(content, random.Random(1)).splitlines()) == sorted(content.splitlines())
    corrected = with_other_amounts(content, random.Random(1))
    assert corrected != content
    assert [line[:2] for line in corrected.splitlines()] == [b"or", b"A,", b"B,", b"C,"]
    assert all(damaged(content, random.Random(seed)) != content for seed in (1, 2, 3, 5, 8))


def test_the_nth_operation_fails_and_a_dead_process_does_nothing_more(tmp_path: Path) -> None:
    def write() -> None:
        with open(tmp_path / "a", "w") as file:
            file.write("whole")
        (tmp_path / "a").rename(tmp_path / "b")

    with watched(Watch(tmp_path)) as watch:
        write()
    assert watch.told == ["open to write", "write", "rename"]

    with pytest.raises(OSError, match="No space left"), watched(Watch(tmp_path, Fault(2, "error"))):
        write()
    assert (tmp_path / "a").read_text() == "wh"  # half a write

    def write_and_clean_up() -> None:
        try:
            write()
        finally:
            (tmp_path / "b").unlink()  # what a dead process does not do

    dying = Watch(tmp_path, Fault(3, "die"))
    with pytest.raises(Killed), watched(dying):
        write_and_clean_up()
    assert (tmp_path / "b").exists()
    assert dying.is_dead


def test_who_looks_sees_what_each_operation_finds_and_is_not_counted(tmp_path: Path) -> None:
    seen = []

    def look(number: int) -> None:
        with open(tmp_path / f"{number}.copy", "w") as copy:
            copy.write("kept")
        seen.append(sorted(path.name for path in tmp_path.glob("?")))

    with watched(Watch(tmp_path, look=unseen(look))) as watch:
        with open(tmp_path / "a", "w") as file:
            file.write("whole")
        (tmp_path / "a").rename(tmp_path / "b")

    assert watch.told == ["open to write", "write", "rename"]
    assert seen == [[], ["a"], ["a"]]


def test_some_of_an_export_is_neither_before_nor_after() -> None:
    def state(*lines: tuple[str, int]) -> State:
        empty = {name: [] for name in ("order_lines", "orders", "exports")}
        tables = {**empty, "orders": list(lines)}
        return State(_Empty(tables), _Columns(), frozenset())

    before, after = state(), state(("X", 1), ("X", 2))
    assert first_mix("ingest", "2025-11-02", before, before, after) is None
    assert first_mix("ingest", "2025-11-02", before, after, after) is None
    told = first_mix("ingest", "2025-11-02", before, state(("X", 1)), after)
    assert told is not None
    assert "orders export_id 'X'" in told
    assert "[0, 1, 2] rows" in told


class _Empty(dict):
    def __missing__(self, name: str) -> list:
        return []


class _Columns(dict):
    def __missing__(self, name: str) -> list[str]:
        return ["export_id", "number"]
