"""Every row of every export is accounted for, with its money, whatever is wrong with the files."""

import csv
import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.pipeline.push import deliver_waiting
from include.pipeline.write_data_docs import draw_data_docs
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.faults import BAD_ROWS, CHANGED_AMOUNTS, DAMAGED_IDS, LATE, MISSING, Fault
from include.warehouse.books import read_frame
from include.warehouse.publish import ledger_of
from include.warehouse.tables import LINE_TABLES, metadata, quarantine
from include.warehouse.tellings import as_told, told

FIRST, SECOND = date(2025, 11, 1), date(2025, 11, 2)
FAULTS = (
    Fault(DAMAGED_IDS, "tmall", FIRST, reports=("items",)),
    Fault(BAD_ROWS, "douyin", FIRST, reports=("orders",)),
    Fault(CHANGED_AMOUNTS, "jd", FIRST),
    Fault(LATE, "jd", FIRST, reports=("settlement",)),
    Fault(MISSING, "tmall", FIRST, reports=("refunds",)),
)


def assert_every_row_is_accounted_for(desk: Any) -> pd.DataFrame:
    """The ledger's sums, and against what stands in the tables; returns the ledger."""
    ledger = ledger_of(desk.workspace.books)
    for what, unit in (("rows", ""), ("money", "_micros")):
        parts = [ledger[f"{what}_{part}{unit}"] for part in ("published", "quarantined", "ignored")]
        assert (sum(parts) == ledger[f"{what}_total{unit}"]).all()
    books = desk.workspace.books
    said = [read_frame(books, told(table, as_told(table))) for table in LINE_TABLES.values()]
    lines = pd.concat([one[["export_id", "file_line"]] for one in said])
    published = lines.drop_duplicates().groupby("export_id").size()
    assert ledger["export_id"].map(published).fillna(0).tolist() == ledger["rows_published"].tolist()
    held = desk.rows(quarantine)[["export_id", "file_line"]].drop_duplicates().groupby("export_id").size()
    stood = ledger[ledger["state"] == "published"]
    assert stood["export_id"].map(held).fillna(0).tolist() == stood["rows_quarantined"].tolist()
    return ledger


def test_every_row_of_the_history_and_of_two_days_is_accounted_for(
    second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(second_day)
    ledger = assert_every_row_is_accounted_for(desk)
    assert set(ledger["state"]) == {"published"}
    assert set(ledger["day"]) == {"2025-10-31", "2025-11-01", "2025-11-02"}
    assert ledger.loc[ledger["report"] == "orders", "money_total_micros"].gt(0).all()
    # Counted by another reader, for the files that are plain CSV.
    totals = ledger.set_index(["day", "file_name"])["rows_total"]
    files = sorted(desk.folder("tmall", FIRST).glob("*.csv"))
    assert len(files) == 2
    for file in files:
        with file.open(encoding="gb18030", newline="") as lines:
            records = sum(1 for _ in csv.reader(lines)) - 1
        assert totals["2025-11-01", file.name] == records


@pytest.fixture(scope="module")
def faulty_day(go_on: Callable[..., Path], onboarded: Path) -> Path:
    """The first day, told with faults, in the books; not closed."""

    def live(desk: Any) -> None:
        shutil.rmtree(desk.home / "exports")
        Specimen.load(desk.home / "business.npz").write_day(desk.home / "exports", FIRST, FAULTS)
        for result in desk.ingest(FIRST).values():
            assert result.whole, result.stopped

    return go_on(onboarded, live)


@pytest.fixture
def faulty(faulty_day: Path, desk_at: Callable[[Path], Any]) -> Any:
    return desk_at(faulty_day)


def test_every_row_of_faulty_exports_is_accounted_for(faulty: Any) -> None:
    ledger = assert_every_row_is_accounted_for(faulty)
    of_day = ledger[ledger["day"] == "2025-11-01"].set_index(["shop", "report"])
    assert of_day.loc[("tmall", "order_lines"), "rows_quarantined"].sum() > 0
    assert of_day.loc[("douyin", "orders"), "rows_quarantined"].sum() > 0
    assert ("tmall", "refunds") not in of_day.index
    assert ("jd", "settlement") not in of_day.index
    assert len(of_day.loc[[("jd", "orders")]]) == 2  # told again at 10:30, with other amounts
    # Every quarantined row says why, and keeps its raw text sealed.
    held = faulty.rows(quarantine)
    assert held["expectation"].ne("").all()
    assert held["sealed_text"].notna().all()
    # Not all required reports are missing: the day can be closed, and is.
    assert faulty.close(FIRST).summary()["missing_shops"] == []
    # What came late belongs to the day it was due for, and is accounted for too.
    business = Specimen.load(faulty.home / "business.npz")
    business.step(SECOND)
    business.write_day(faulty.home / "exports", SECOND, FAULTS)
    faulty.ingest(FIRST, "jd")
    late = assert_every_row_is_accounted_for(faulty)
    assert ("2025-11-01", "settlement") in set(zip(late["day"], late["report"], strict=True))


def test_no_person_is_named_outside_the_sealed_files(faulty: Any) -> None:
    """The specimen's buyers, phones and streets are in its raw files, and nowhere that Storekeeper writes in clear."""
    person = re.compile(rb"ou\d{8}|(?<![0-9a-f])100\d{8}(?![0-9a-f])|" + "样本路".encode())
    files = (faulty.home / "exports").rglob("*.csv")
    told = b"".join(path.read_bytes().decode("gb18030", "ignore").encode() for path in files)
    assert {match[:3] for match in person.findall(told)} >= {b"ou0", b"100"}
    faulty.close(FIRST)
    faulty.lists(FIRST)
    assert deliver_waiting(faulty.workspace, {}, faulty.morning_after(FIRST))["sent"] == 5
    assert draw_data_docs(faulty.workspace, "2025-11-01") is not None
    # In the books: every text of every table, and the lists' documents.
    frames = {table.name: faulty.rows(table) for table in metadata.sorted_tables}
    assert len(frames["orders"]) > 1000
    assert frames["order_customers"]["customer"].notna().all()
    contents = {name: frame.to_csv(index=False).encode() for name, frame in frames.items()}
    contents |= {
        kind: faulty.text(kind, FIRST).encode() for kind in ("restock", "transfer", "excess", "chase", "recall")
    }
    # In files: the raw store, the Data Docs, and the lists on the desk (a workbook is a zip of texts).
    written = [path for part in ("raw", "data_docs", "lists") for path in (faulty.home / part).rglob("*.*")]
    assert {path.suffix for path in written} >= {".sealed", ".html", ".json", ".xlsx", ".csv"}
    for path in (path for path in written if path.is_file()):
        contents[str(path)] = path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                contents[str(path)] = b"\n".join(book.read(name) for name in book.namelist())
    named = {name: person.findall(content)[:3] for name, content in contents.items()}
    assert {name: found for name, found in named.items() if found} == {}
