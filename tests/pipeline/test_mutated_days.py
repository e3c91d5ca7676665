"""Damaged exports of every kind go through ingest and close on both databases: nothing fails, nothing is lost."""

import multiprocessing
import random
import shutil
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import Engine, func, make_url, select, text

from include.cli.keys import new_keys
from include.pipeline import ingest
from include.pipeline.close import close
from include.settings.merchant import Merchant
from include.warehouse.as_of import read_facts
from include.warehouse.books import open_books, read_frame
from include.warehouse.migrate import migrate
from include.warehouse.publish import Landed, OpenExport, ledger_of, publishing
from include.warehouse.tables import FACT_TABLES, LINE_TABLES
from include.warehouse.tellings import as_told, told
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace
from tests.platforms.conftest import FIXTURES
from tests.platforms.mutations import mutated
from tests.platforms.test_mutated import Known, known_files

DAY, NOW = "2026-08-20", datetime(2026, 8, 21, 3, tzinfo=ZoneInfo("Asia/Shanghai"))
QUICK, ALL, AT_ONCE = 24, 5_000, 100


def workspace_of(home: Path, books: Engine, damaged: list[tuple[str, str, str, bytes]]) -> Workspace:
    """A shop for each file: (platform, report, file name, content)."""
    shops = []
    for number, (platform, report, name, content) in enumerate(damaged):
        folder = home / "exports" / f"shop_{number}" / DAY
        folder.mkdir(parents=True)
        (folder / name).write_bytes(content)
        shops.append(
            {
                "name": f"shop_{number}",
                "platform": platform,
                "source": {"path": f"{home}/exports/shop_{number}/{{day}}", "settle_seconds": 0},
                "reports": {report: {"pattern": "*", "required": False}},
            }
        )
    merchant = Merchant.model_validate(
        {
            "name": "damaged",
            "raw": f"{home}/raw",
            "models": f"{home}/models",
            "data_docs": f"{home}/data_docs",
            "running": {"clock_starts": "2100-01-01"},
            "warehouses": [{"name": "w1"}],
            "checking": {"quarantine_ceiling": 1.0, "stale_days": 10_000},
            "shops": shops,
        }
    )
    url = books.url.render_as_string(hide_password=False)
    return new_workspace(merchant, url, Keys.from_mapping(new_keys()), home)


class _InEach:
    """One export on its way into several books: read and checked once, published by each database's own code."""

    def __init__(self, each: list[OpenExport]) -> None:
        self.each = each

    def add(self, *part: Any) -> None:
        for export in self.each:
            export.add(*part)

    def close(self, ledger: dict[str, Any], described: dict[str, Any]) -> None:
        for export in self.each:
            export.close(ledger, described)


@contextmanager
def publishing_in(several: list[Engine]) -> Iterator[None]:
    """Within, `ingest` publishes in each of these books."""

    @contextmanager
    def publishing_in_each(_: Engine, landed: Landed) -> Iterator[_InEach]:
        with ExitStack() as stack:
            yield _InEach([stack.enter_context(publishing(books, landed)) for books in several])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest, "publishing", publishing_in_each)
        yield


def chosen(count: int, seed: int) -> Iterator[tuple[Known, int]]:
    rng, files = random.Random(seed), known_files()
    for _ in range(count):
        yield rng.choice(files), rng.randrange(2**32)


def problems_of(home: Path, several: list[Engine], count: int, seed: int) -> list[str]:
    """What is wrong after so many damaged files came in and their day was closed in each of the books; each with what
    is needed to see it again."""
    picked = list(chosen(count, seed))
    damaged = [(known.platform, known.report, *mutated(known.path, number)) for known, number in picked]
    workspace = workspace_of(home, several[0], damaged)
    wrong = []
    with publishing_in(several):
        for (known, number), shop in zip(picked, workspace.merchant.shops, strict=True):
            try:
                failed = ingest.ingest_shop(workspace, shop.name, DAY, NOW).failed
            except Exception:
                failed = {shop.name: traceback.format_exc(limit=-3)}
            if failed:
                again = f"mutated({known.path.relative_to(FIXTURES)!s}, {number}) as {known.platform} {known.report}"
                wrong.append(f"{again}: {failed}")
    for books in several:
        there = f"{books.dialect.name}, seed {seed}"
        try:
            close(replace(workspace, books=books), DAY, NOW, without_late_shops=True)
        except Exception:
            wrong.append(f"{there}, close: {traceback.format_exc(limit=-4)}")
        wrong += [f"{there}: {problem}" for problem in _off_the_ledger(books)]
    for name, (one, *others) in {name: [lines_of(b, name) for b in several] for name in LINE_TABLES}.items():
        wrong += [f"seed {seed}: {name} differs between the databases" for other in others if not one.equals(other)]
    for name in FACT_TABLES:
        one, *others = (read_facts(books, name, DAY).astype("str") for books in several)
        wrong += [
            f"seed {seed}: facts {name} differ between the databases" for other in others if not one.equals(other)
        ]
    return wrong


def lines_of(books: Engine, name: str) -> pd.DataFrame:
    table = LINE_TABLES[name]
    frame = read_frame(books, told(table, as_told(table))).astype("str")
    return frame.sort_values(["export_id", "file_line", "number"], ignore_index=True)


def _off_the_ledger(books: Engine) -> Iterator[str]:
    """Rows without a fate, and line tables that do not hold what the ledger calls published."""
    ledger = ledger_of(books)
    parts = ledger["rows_published"] + ledger["rows_quarantined"] + ledger["rows_ignored"]
    for row in ledger[ledger["rows_total"] != parts].itertuples():
        yield f"{row.shop} {row.file_name}: {row.rows_total} rows are not the sum of their fates"
    stored: dict[str, int] = {}
    for table in LINE_TABLES.values():
        c = told(table, as_told(table)).subquery().c
        lines = select(c.export_id, func.count(c.file_line.distinct()).label("lines")).group_by(c.export_id)
        for row in read_frame(books, lines).itertuples():
            stored[row.export_id] = max(stored.get(row.export_id, 0), int(row.lines))
    for row in ledger.itertuples():
        lines = stored.get(row.export_id, 0)
        if lines > row.rows_published or bool(lines) != bool(row.rows_published):
            yield f"{row.shop} {row.file_name}: {lines} lines are stored, {row.rows_published} rows were published"


def live_batch(task: tuple[Path, str, int, int]) -> list[str]:
    """A batch on SQLite and in a PostgreSQL database of its own, which is made and dropped."""
    home, url, count, seed = task
    sqlite, server = open_books(f"sqlite:///{home}/books.sqlite"), open_books(url)
    database = f"damaged_{seed}"
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {database}"))
        postgresql = open_books(make_url(url).set(database=database).render_as_string(hide_password=False))
        for books in (sqlite, postgresql):
            migrate(books)
        wrong = problems_of(home, [sqlite, postgresql], count, seed)
        postgresql.dispose()
        connection.execute(text(f"DROP DATABASE {database} WITH (FORCE)"))
    server.dispose()
    shutil.rmtree(home, ignore_errors=True)
    return wrong


def test_a_sample_of_damaged_files_is_lived_on_each_database(tmp_path: Path, books: Engine) -> None:
    assert problems_of(tmp_path, [books], QUICK, seed=20261129) == []


@pytest.mark.thorough
@pytest.mark.postgres
def test_all_damaged_files_are_lived_on_both_databases(tmp_path: Path, postgres_url: str) -> None:
    tasks = []
    for seed in range(ALL // AT_ONCE):
        (home := tmp_path / str(seed)).mkdir()
        tasks.append((home, postgres_url, AT_ONCE, seed))
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=4) as workers:
        wrong = [problem for problems in workers.imap_unordered(live_batch, tasks) for problem in problems]

    assert not wrong, f"{len(wrong)} of {ALL}:\n" + "\n".join(wrong[:20])
