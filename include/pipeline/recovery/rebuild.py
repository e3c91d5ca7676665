"""The books rebuilt from raw files: every kept export in the order in which it came, then every day closed again.

What no file says is not there afterwards: lists, tasks and what people answered, forecasts, models, consents that were
given by hand. Where the present books can be read, what people said about exports and persons is taken over from them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Engine, Table, select

from include.calendar.business_days import MOMENT
from include.files.raw_store import RawStore
from include.people.landings import Landing, landings_of, replacements_of
from include.pipeline.close import close
from include.pipeline.ingest import ingest_kept
from include.pipeline.recovery.backup_place import BackupError
from include.pipeline.recovery.compare_books import Difference, differences
from include.pipeline.recovery.restore import is_filled
from include.settings.merchant import Merchant
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import (
    closes,
    erased_keys,
    erasures,
    exports,
    identity_statements,
    listing_dismissals,
    raw_replacements,
    withdrawals,
)
from include.warehouse.workspace import Keys, Workspace, open_workspace

# What people said that decides about facts, and what keeps erased persons out.
TAKEN_OVER = (withdrawals, listing_dismissals, identity_statements, erasures, erased_keys, raw_replacements)


@dataclass
class Rebuilt:
    """exports: brought in; by_ledger: of them, known from the present books alone, since their raw file has no note of
    its own. not_brought: file -> why. unnamed: raw files of which nobody knows what they are. taken_over: table ->
    rows.
    found: the first difference of each table, None if there are no present books."""

    exports: int = 0
    by_ledger: int = 0
    not_brought: dict[str, str] = field(default_factory=dict)
    unnamed: int = 0
    days: list[str] = field(default_factory=list)
    taken_over: dict[str, int] = field(default_factory=dict)
    found: list[Difference] | None = None


def rebuild(
    merchant: Merchant,
    keys: Keys,
    home: Path,
    into: str,
    present: Engine | None,
    passwords: Mapping[str, str],
    raw_options: Mapping[str, Any] | None = None,
    tell: Callable[[str, int, int], None] = lambda _step, _done, _of: None,
) -> Rebuilt:
    """Make books at `into`, a database that is empty. passwords: shop -> of its locked workbooks. tell: how far it is.

    The raw store and the present books are only read. Raises BackupError, and UnfitKeysError if the
    keys are not those of the raw files.
    """
    if is_filled(into):
        raise BackupError.named("recovery.error.into_not_empty", books=into.rpartition("@")[2])
    RawStore(merchant.raw, keys.vault, keys.vault_key_id, raw_options).require_fitting_keys()
    with _work_home(home) as work:
        # What steps write beside the books goes away with the folder.
        apart = merchant.model_copy(update={"data_docs": str(work / "data_docs"), "models": str(work / "models")})
        workspace = open_workspace(apart, into, keys, work, raw_options)
        try:
            return _Rebuilding(workspace, present, tell).run(passwords)
        finally:
            workspace.books.dispose()


@contextmanager
def _work_home(home: Path) -> Iterator[Path]:
    folder = home / "rebuilding"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Rebuilding:
    def __init__(self, workspace: Workspace, present: Engine | None, tell: Callable[[str, int, int], None]) -> None:
        self.workspace, self.present, self.tell = workspace, present, tell
        self.done = Rebuilt()

    def run(self, passwords: Mapping[str, str]) -> Rebuilt:
        store = self.workspace.raw_store()
        notes = dict(store.notes())
        self._take_over(replacements_of(notes))
        landings = self._landings(notes)
        known = {landing.content_hash for landing in landings}
        instead = read_frame(self.workspace.books, select(raw_replacements))
        known |= set(instead.loc[instead["origin"].isin(known), "replaced_by"].dropna())
        self.done.unnamed = len(set(store.kept()) - known)
        brought = 0
        for _, run in groupby(landings, key=lambda one: (one.landed_at, one.day, one.shop, one.history)):
            files = list(run)
            result = ingest_kept(self.workspace, files, passwords.get(files[0].shop))
            self.done.not_brought |= {f"{result.shop} {result.day} {file}": why for file, why in result.problems()}
            brought += len(files)
            self.tell("exports", brought, len(landings))
        self.done.exports = brought
        days = self._days(landings)
        for number, (day, at) in enumerate(days.items(), 1):
            close(self.workspace, day, at, without_late_shops=True)
            self.tell("days", number, len(days))
        self.done.days = list(days)
        if self.present is not None:
            self.done.found = list(differences(self.present, self.workspace.books))
        return self.done

    def _take_over(self, replaced: Sequence[Mapping[str, Any]]) -> None:
        """What the present books have of people's words; without them, what the raw store's notes say."""
        rows: dict[Table, pd.DataFrame] = {raw_replacements: pd.DataFrame(replaced)}
        if self.present is not None:
            rows = {table: read_frame(self.present, select(table)) for table in TAKEN_OVER}
        with publication(self.workspace.books) as change:
            for table, frame in rows.items():
                change.insert(table, frame)
        self.done.taken_over = {table.name: len(frame) for table, frame in rows.items() if len(frame)}

    def _landings(self, notes: Mapping[str, str]) -> list[Landing]:
        """What each raw file is: by its own note; of files from before there were notes, by the present ledger."""
        found = {landing.export_id: landing for landing in landings_of(notes)}
        if self.present is not None:
            c = exports.c
            ledger = read_frame(self.present, select(exports).order_by(c.landed_at, c.day, c.shop, c.file_name))
            first = ledger["day"].min()
            for number, row in enumerate(ledger.to_dict("records"), 1):
                if row["export_id"] not in found:
                    own = {name: str(row[name]) for name in _OF_LEDGER}
                    found[str(row["export_id"])] = Landing(
                        **own,
                        name=str(row["file_name"]),
                        told=str(row["file_name"]),
                        number=number,
                        history=bool(row["day"] == first),  # an opening history is all that came for the first day
                    )
                    self.done.by_ledger += 1
        return sorted(found.values(), key=lambda one: (one.landed_at, one.day, one.shop, one.history, one.number))

    def _days(self, landings: Sequence[Landing]) -> dict[str, datetime]:
        """Day -> when it is closed, in order: the days that are closed in the present books; without them every day
        for which something came."""
        zone = ZoneInfo(self.workspace.merchant.time_zone)
        last = {landing.day: landing.landed_at for landing in landings}
        if self.present is not None:
            c = closes.c
            rows = read_frame(self.present, select(c.day, c.closed_at).order_by(c.day, c.revision))
            last = dict(zip(rows["day"], rows["closed_at"], strict=True))
        return {day: datetime.strptime(at, MOMENT).replace(tzinfo=zone) for day, at in sorted(last.items())}


_OF_LEDGER = ("export_id", "shop", "report", "day", "content_hash", "exported_at", "landed_at")
