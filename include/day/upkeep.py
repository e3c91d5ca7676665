"""Keeping the house: a backup of the books, retention of raw files, and whether history still is what it was."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import select

from include.calendar.business_days import day_after
from include.day.documents import forget_results
from include.day.office import Office
from include.warehouse.books import read_frame
from include.warehouse.publish import ledger_of
from include.warehouse.tables import exports
from include.warehouse.two_libraries import TurnTakingConnection

BACKUPS_KEPT = 8


def back_up(office: Office, day: str) -> dict[str, Any]:
    """Copy the books of SQLite while others use them, check the copy, keep the newest few.

    PostgreSQL is backed up by its own means (the runbook says how): {"backed_up": False} then.
    """
    if office.books.dialect.name != "sqlite":
        return {"backed_up": False, "why": "PostgreSQL is backed up by its own means"}
    folder = office.home / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    target, unfinished = folder / f"books_{day}.sqlite", folder / f"books_{day}.sqlite.unfinished"
    with (
        closing(sqlite3.connect(str(office.books.url.database), factory=TurnTakingConnection)) as books,
        closing(sqlite3.connect(unfinished)) as copy,
    ):
        books.backup(copy)
        (found,) = copy.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        raise RuntimeError(f"the copy of the books is damaged: {found}")
    unfinished.replace(target)
    for old in _oldest(folder):
        old.unlink()
    return {"backed_up": True, "size_bytes": target.stat().st_size}


def _oldest(folder: Path) -> list[Path]:
    return sorted(folder.glob("books_*.sqlite"))[:-BACKUPS_KEPT]


def retire_raw_files(office: Office, day: str) -> dict[str, int]:
    """Remove raw files that only exports older than the retention name."""
    first_kept = day_after(day, -office.merchant.retention_days)
    frame = read_frame(office.books, select(exports.c.content_hash, exports.c.day))
    kept = set(frame.loc[frame["day"] >= first_kept, "content_hash"])
    named = set(frame["content_hash"])
    store = office.raw_store()
    found = list(store.kept())
    # A file that no export names may have been landed this very moment: only what an old export names is removed.
    old = [digest for digest in found if digest in named and digest not in kept]
    removed = sum(store.erase(digest) for digest in old)
    return {"kept": len(found) - removed, "removed": removed, "docs_removed": forget_results(office, first_kept)}


def verify(office: Office, now: datetime) -> dict[str, Any]:
    """Check every export's ledger identity and the hash chain of the tasks' events; RuntimeError on a break."""
    from include.tasks.events import verify_chain

    ledger = ledger_of(office.books)
    broken = ledger[_unbalanced(ledger)]
    if len(broken):
        raise RuntimeError(f"rows do not add up in {', '.join(broken['file_name'])}")
    with office.books.connect() as connection:
        first_broken = verify_chain(connection)
    if first_broken is not None:
        raise RuntimeError(f"the tasks' event log was changed at event {first_broken}")
    return {"exports": len(ledger), "chain": "whole", "verified_at": now.isoformat(timespec="seconds")}


def _unbalanced(ledger: pd.DataFrame) -> pd.Series:
    rows = ledger["rows_published"] + ledger["rows_quarantined"] + ledger["rows_ignored"]
    parts = ("published", "quarantined", "ignored")
    money = sum(ledger[f"money_{part}_micros"] for part in parts)
    published = ledger["state"] == "published"
    return published & ((rows != ledger["rows_total"]) | (money != ledger["money_total_micros"]))
