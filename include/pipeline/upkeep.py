"""Keeping the house: a backup of the books, retention of raw files, and whether history still is what it was."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import select

from include.calendar.business_days import day_after, merchant_now, parse_day
from include.files.spill import clear_left_behind
from include.people.landings import forget_landings
from include.pipeline.audit.whole_audit import audit
from include.pipeline.recovery.back_up import back_up as back_up_books
from include.pipeline.write_data_docs import forget_results
from include.tasks.answers.hand_back_folder import folders_of_the_desk
from include.warehouse.books import read_frame
from include.warehouse.tables import exports, raw_replacements
from include.warehouse.workspace import Workspace
from include.words.texts import say

log = logging.getLogger("storekeeper.upkeep")


def back_up(
    workspace: Workspace,
    day: str,
    now: datetime,
    settings: Path | None = None,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A verified backup, unless the merchant's YAML says that somebody else makes it. Raises BackupError.

    settings: the folder of merchant.yaml. options: of the place's connection. now: an aware moment.
    """
    language = workspace.merchant.language
    if workspace.merchant.backups.by == "elsewhere":
        log.warning(say(language, "recovery.by_elsewhere"))
        return {"backed_up": False, "by": "elsewhere"}
    done = back_up_books(workspace, day, now, settings, options)
    for sentence in done.describe(language):
        log.warning(sentence) if done.same_disk else log.info(sentence)
    return done.summary()


def retire_raw_files(workspace: Workspace, day: str) -> dict[str, int]:
    """Remove raw files older than the retention: those that only older exports name; those that no export names (a zip
    around exports, a file that a fault of ours kept out of the books) by when they were written."""
    first_kept = day_after(day, -workspace.merchant.retention_days)
    before = datetime.combine(parse_day(first_kept), time(), ZoneInfo(workspace.merchant.time_zone)).astimezone(UTC)
    c, r = exports.c, raw_replacements.c
    frame = read_frame(workspace.books, select(c.content_hash, c.day))
    instead = read_frame(workspace.books, select(r.origin, r.replaced_by).where(r.replaced_by.is_not(None)))
    instead = instead.rename(columns={"origin": "content_hash"}).merge(frame, on="content_hash")
    frame = pd.concat([frame, instead[["replaced_by", "day"]].rename(columns={"replaced_by": "content_hash"})])
    kept = set(frame.loc[frame["day"] >= first_kept, "content_hash"])
    named = set(frame["content_hash"])
    store = workspace.raw_store()
    found = store.kept_since()
    old = [digest for digest, since in found.items() if digest not in kept and (digest in named or since < before)]
    removed = sum(store.erase(digest) for digest in old)
    if old:
        forget_landings(store, set(old))
    # A write takes minutes: what was begun two days ago died.
    unfinished = store.clear_unfinished(before + timedelta(days=max(0, workspace.merchant.retention_days - 2)))
    folders = folders_of_the_desk(workspace.merchant, workspace.home)
    handed_back = sum(folder.forget(before.timestamp()) for folder in folders)
    return {
        "handed_back_removed": handed_back,
        "kept": len(found) - removed,
        "removed": removed + unfinished,
        "docs_removed": forget_results(workspace, day_after(day, -workspace.merchant.retention.data_docs)),
    }


def verify(workspace: Workspace, now: datetime) -> dict[str, Any]:
    """Clear away what killed runs have left, then a night's part of the audit; RuntimeError with its page if anything
    is wrong. now: an aware moment."""
    clear_left_behind()
    found = audit(workspace, merchant_now(workspace.merchant.time_zone, now), is_nightly=True)
    if found.findings:
        language = workspace.merchant.language
        first = say(language, "alert.audit", n=len(found.findings), first=found.findings[0].describe(language))
        raise RuntimeError(f"{first}\n{found.page(language)}")
    return dict(found.counts)
