"""Files beside the books: raw exports that can be opened, models as they were registered, nothing left lying about."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import select

from include.calendar.business_days import day_after
from include.files.raw_store import RawStore
from include.files.spill import left_behind
from include.pipeline.audit.finding import Finding, Looked
from include.privacy.sealing import SealError
from include.warehouse.books import read_frame
from include.warehouse.model_registry import Champion
from include.warehouse.tables import exports, models, raw_replacements
from include.warehouse.workspace import Workspace

OLD_HOURS = 24  # what a run has begun is done or dead by then


def audit_files(workspace: Workspace, today: str, chosen: Collection[str] | None = None) -> Looked:
    """chosen: exports whose raw file is opened; None: all that retention keeps."""
    raw, looked = _raw_files(workspace, today, chosen)
    found = [*raw, *_models(workspace), *_leftovers(workspace)]
    return Looked(tuple(found), {"raw_files": looked})


def _raw_files(workspace: Workspace, today: str, chosen: Collection[str] | None) -> tuple[list[Finding], int]:
    c, r = exports.c, raw_replacements.c
    first_kept = day_after(today, -workspace.merchant.retention_days)
    rows = read_frame(workspace.books, select(c.export_id, c.shop, c.day, c.file_name, c.content_hash))
    rows = rows[rows["day"] >= first_kept]
    if chosen is not None:
        rows = rows[rows["export_id"].isin(set(chosen))]
    replaced = read_frame(workspace.books, select(r.origin, r.content_hash, r.replaced_by))
    instead = _followed(replaced)
    store = workspace.raw_store()
    unfit = store.unfit_keys()
    # Files that the wrong keys do not open are not damaged.
    found = [Finding("keys", unfit.as_words())] if unfit else list(_notes(store, rows))
    for row in rows.drop_duplicates("content_hash").itertuples():
        digest = instead.get(str(row.content_hash), str(row.content_hash))
        if not digest:
            continue  # removed with an erased person
        about = {"shop": str(row.shop), "day": str(row.day), "file_name": str(row.file_name)}
        if not store.holds(digest):
            found.append(Finding("raw_gone", about))
            continue
        if unfit and store.key_id_of(digest) in unfit:
            continue
        try:
            passing = hashlib.sha256()
            for piece in store.chunks(digest):
                passing.update(piece)
        except (SealError, OSError, ValueError):
            found.append(Finding("raw_damaged", about))
            continue
        if passing.hexdigest() != digest:
            found.append(Finding("raw_damaged", about))
    return found, len(rows.drop_duplicates("content_hash"))


def _notes(store: RawStore, rows: pd.DataFrame) -> Iterator[Finding]:
    """What each raw file is stands in a note beside it, from which books without a ledger are rebuilt."""
    for row in rows.itertuples():
        try:
            store.noted(str(row.export_id))
        except SealError:
            about = {"shop": str(row.shop), "day": str(row.day), "file_name": str(row.file_name)}
            yield Finding("note_damaged", about)


def _followed(replaced: pd.DataFrame) -> dict[str, str]:
    """Content by which the books know an export -> the one that stands in its place now; '' if none does."""
    following = dict(zip(replaced["content_hash"], replaced["replaced_by"].astype(object), strict=True))
    found: dict[str, str] = {}
    for origin in replaced["origin"].unique():
        now, seen = str(origin), {str(origin)}
        while now in following:
            other = following[now]
            if pd.isna(other):
                now = ""
                break
            now = str(other)
            if now in seen:
                break
            seen.add(now)
        found[str(origin)] = now
    return found


def _models(workspace: Workspace) -> Iterator[Finding]:
    m = models.c
    for row in read_frame(workspace.books, select(m.model_id, m.path).where(m.state == "champion")).itertuples():
        champion = Champion(str(row.model_id), Path(workspace.merchant.models) / str(row.path))
        damage = champion.damage()
        if damage is not None:
            yield Finding("model_damaged", {"model": champion.model_id, "what": damage})


def _leftovers(workspace: Workspace) -> Iterator[Finding]:
    """What a killed run has left and no run after it has cleared away, as each does with temporary folders and `upkeep`
    with everything."""
    before = time.time() - OLD_HOURS * 3600
    for folder in left_behind():
        with contextlib.suppress(FileNotFoundError):  # another run has just cleared it away
            if folder.stat().st_mtime < before:
                yield Finding("left_over", {"path": str(folder)})
    for path in sorted((workspace.home / "backups").glob("*.unfinished")):
        if path.stat().st_mtime < before:
            yield Finding("left_over", {"path": str(path)})
    old = workspace.raw_store().unfinished(datetime.now(UTC) - timedelta(days=3))
    for name in old:
        yield Finding("left_over", {"path": name})
