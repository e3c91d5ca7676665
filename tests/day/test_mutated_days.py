"""Damaged exports of every kind go through ingest and close on both databases: nothing fails, nothing is lost."""

import random
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select

from include.day.closing import close
from include.day.ingest import ingest_shop
from include.day.keys import new_keys
from include.day.office import Keys, Office, open_office
from include.settings.merchant import Merchant
from include.warehouse.books import read_frame
from include.warehouse.publish import ledger_of
from include.warehouse.tables import LINE_TABLES
from tests.copies import emptied
from tests.platforms.mutations import mutated
from tests.platforms.test_mutated import known_files

DAY, NOW = "2026-08-20", datetime(2026, 8, 21, 3, tzinfo=ZoneInfo("Asia/Shanghai"))
QUICK, ALL, AT_ONCE = 24, 1_000, 24


def office_of(home: Path, books: Engine, damaged: list[tuple[str, str, str, bytes]]) -> Office:
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
    return open_office(merchant, url, Keys.from_mapping(new_keys()), home)


def lived(home: Path, books: Engine, count: int, seed: int) -> None:
    rng, files = random.Random(seed), known_files()
    damaged = []
    for _ in range(count):
        known = rng.choice(files)
        damaged.append((known.platform, known.report, *mutated(known.path, rng.randrange(2**32))))
    office = office_of(home, books, damaged)
    for shop in office.merchant.shops:
        done = ingest_shop(office, shop.name, DAY, NOW)
        assert not done.failed, (shop.platform, list(shop.reports), seed, done.failed)
    assert close(office, DAY, NOW, without_late_shops=True) is not None
    # every row has its fate, and the line tables hold what the ledger calls published
    ledger = ledger_of(office.books)
    parts = ledger["rows_published"] + ledger["rows_quarantined"] + ledger["rows_ignored"]
    assert (ledger["rows_total"] == parts).all()
    stored: dict[str, int] = {}
    for table in LINE_TABLES.values():
        lines = select(table.c.export_id, func.count(table.c.file_line.distinct()).label("lines")).group_by(
            table.c.export_id
        )
        for row in read_frame(office.books, lines).itertuples():
            stored[row.export_id] = max(stored.get(row.export_id, 0), int(row.lines))
    for row in ledger.itertuples():
        assert stored.get(row.export_id, 0) <= row.rows_published
        assert bool(stored.get(row.export_id)) == bool(row.rows_published)


def test_a_sample_of_damaged_files_is_lived_on_each_database(tmp_path: Path, books: Engine) -> None:
    lived(tmp_path, books, QUICK, seed=20261129)


@pytest.mark.thorough
@pytest.mark.postgres
def test_all_damaged_files_are_lived_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    for seed in range(ALL // AT_ONCE):
        lived(tmp_path / str(seed), emptied(postgres_url), AT_ONCE, seed)
