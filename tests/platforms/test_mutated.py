"""Whatever has happened to a file: it is read with every row and every yuan accounted for, or refused by name."""

import multiprocessing
import os
import random
import traceback
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from include.exports.headers import HEADER_WITHIN, normalise
from include.files.content import Held
from include.files.errors import ExportError
from include.files.limits import ReadLimits
from include.files.table import open_tables
from include.platforms.read_export import read_content
from include.platforms.registry import recognise
from tests.conftest import Cases
from tests.platforms.bombs import BOMBS, bomb
from tests.platforms.conftest import FIXTURES, assert_balanced
from tests.platforms.mutations import mutated

QUICK, ALL = 300, 5_000
LARGEST_MEMORY = 1024**3
MAX_SECONDS = 60  # of processor time
BATCH = 50
A_BOMB_IN = 100  # files
A_FEW = ("far_corner", "laughs", "zips_in_zips", "equal_rows", "short_rows")  # of the bombs, for each run of the suite


@dataclass(frozen=True)
class Known:
    """is_bomb: the fixture's header alone is taken, above rows that are made to eat memory."""

    path: Path
    platform: str
    report: str
    is_bomb: bool = False

    def damaged(self, seed: int) -> tuple[str, bytes]:
        return (bomb if self.is_bomb else mutated)(self.path, seed)


def known_files() -> list[Known]:
    """Every fixture, with the report that it is recognised as."""
    found = []
    for path in sorted(FIXTURES.rglob("*")):
        if not path.is_file() or path.suffix == ".py" or "__pycache__" in path.parts:
            continue
        best = None
        try:
            tables = open_tables(Held(path.read_bytes()), path.name)
        except ExportError:
            continue  # locked: its damage would be the lock's
        for sheet in tables.sheets:
            for cells in sheet.head[:HEADER_WITHIN]:
                recognised = recognise([normalise(cell) for cell in cells])
                if recognised and (best is None or len(recognised.known) > len(best.known)):
                    best = recognised
        if best is not None:
            found.append(Known(path, best.platform, best.report))
    return found


def judge(batch: list[tuple[Known, int]]) -> list[str]:
    """What is wrong with the readings of a batch of mutated files, each with what is needed to see it again."""
    wrong = []
    for known, seed in batch:
        how = "bomb" if known.is_bomb else "mutated"
        again = f"{how}({known.path.relative_to(FIXTURES)!s}, {seed}) read as {known.platform} {known.report}"
        name, content = known.damaged(seed)
        limits, began = ReadLimits(memory_bytes=LARGEST_MEMORY), processor_seconds()
        settings = {"platform": known.platform, "report": known.report, "limits": limits}
        try:
            assert_balanced(read_content(Held(content), name, **settings))
        except ExportError as error:
            if name not in str(error):
                wrong.append(f"{again}: the error does not name the file: {error}")
        except AssertionError as error:
            wrong.append(f"{again}: the ledger does not balance: {error}")
        except Exception:
            wrong.append(f"{again}: {traceback.format_exc(limit=-3)}")
        if (seconds := processor_seconds() - began) > MAX_SECONDS:
            wrong.append(f"{again}: {seconds:.0f} s of processor time")
        if (memory := peak_memory()) > LARGEST_MEMORY:
            wrong.append(f"{again}: {memory / 1024**3:.1f} GiB of memory")
            break
    return wrong


def processor_seconds() -> float:
    """Of this process, and of those that it started and that ended."""
    return sum(os.times()[:4])


def peak_memory() -> int:
    """The most bytes that this program has held. `getrusage` would answer for the program that started it as well,
    whose peak a child keeps across exec."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel tells no peak of memory here")
def test_the_measure_of_memory_sees_a_large_array() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as workers:
        before = workers.apply(peak_memory)
        workers.apply(bytes, (3 * 10**8,))
        assert workers.apply(peak_memory) - before > 2 * 10**8


def batches(count: int, seed: int) -> list[list[tuple[Known, int]]]:
    files = known_files()
    assert len(files) > 20
    rng = random.Random(seed)
    chosen = [
        (
            replace(files[number % len(files)], is_bomb=count > QUICK and number % A_BOMB_IN == A_BOMB_IN - 1),
            rng.randrange(2**32),
        )
        for number in range(count)
    ]
    return [chosen[at : at + BATCH] for at in range(0, count, BATCH)]


def judged(count: int, seed: int) -> list[str]:
    """In processes of their own, so that a reader that eats memory eats its own."""
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=4) as workers:
        return [problem for problems in workers.imap(judge, batches(count, seed)) for problem in problems]


def test_a_sample_of_mutated_files_is_accounted_for() -> None:
    wrong = judged(QUICK, seed=20260501)

    assert not wrong, f"{len(wrong)} of {QUICK}:\n" + "\n".join(wrong[:10])


@pytest.mark.thorough
def test_all_mutated_files_are_accounted_for(cases: Cases) -> None:
    wrong = judged(count := cases.count or ALL, cases.first_seed or 1)

    assert not wrong, f"{len(wrong)} of {count}:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize(
    "kind", [kind if kind in A_FEW else pytest.param(kind, marks=pytest.mark.thorough) for kind in BOMBS]
)
def test_no_bomb_takes_the_machine(kind: str) -> None:
    known = replace(next(one for one in known_files() if one.report == "orders"), is_bomb=True)
    with multiprocessing.get_context("spawn").Pool(1) as workers:
        assert workers.apply(judge, ([(known, list(BOMBS).index(kind))],)) == []


def test_the_mutator_repeats_itself_and_reaches_readings_and_refusals() -> None:
    """A mutator that breaks everything, or nothing, tests nothing."""
    files = known_files()
    assert mutated(files[0].path, 7) == mutated(files[0].path, 7)
    whole = refused = rows_lost = 0
    for seed in range(60):
        known = files[zlib.crc32(bytes([seed])) % len(files)]
        name, content = mutated(known.path, seed)
        try:
            reading = read_content(Held(content), platform=known.platform, report=known.report, name=name)
        except ExportError:
            refused += 1
            continue
        whole += 1
        rows_lost += bool(len(reading.rejected))

    assert whole > 15
    assert refused > 5
    assert rows_lost > 5


def test_a_file_with_nothing_to_read_below_its_header_is_accounted_for() -> None:
    """Every report alone with its header, and with a row of cells that are empty, no value of any kind, or 0."""
    read = 0
    for known in known_files():
        name = known.path.name
        try:
            whole = read_content(Held(known.path.read_bytes()), name, platform=known.platform, report=known.report)
        except ExportError:
            continue
        if whole.container != "csv" or whole.encoding is None:
            continue
        above = known.path.read_bytes().decode(whole.encoding).splitlines(keepends=True)[: whole.header_line]
        separator = max("\t,;|", key=above[-1].count)
        columns = above[-1].count(separator) + 1
        rows = [separator.join([cell] * columns) + "\r\n" for cell in ("", "?", "0")]
        for text in ("".join([*above, row]) for row in ("", *rows)):
            try:
                content = Held(text.encode(whole.encoding))
                reading = read_content(content, name, platform=known.platform, report=known.report)
            except ExportError as error:
                if name not in str(error):
                    raise
                continue
            assert_balanced(reading)
            read += 1
    assert read > 80
