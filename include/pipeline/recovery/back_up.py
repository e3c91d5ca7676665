"""Each night's backup: the books as one dump, raw files, models and handed-back spreadsheets once each by content.

A backup counts only once its dump was fetched again from the place and restored; then the old ones may go.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from include.files.errors import naming
from include.files.locations.locations import redacted_url
from include.files.raw_store import RawStore
from include.pipeline.recovery.backup_place import (
    Backup,
    BackupError,
    BackupPlace,
    folder_of,
    lies_on_disk_of,
    made_on,
    name_of,
    telling_of,
)
from include.pipeline.recovery.books_dump import PIECE_BYTES, SQLITE, compressed, dump, verify_dump, write_expanded
from include.privacy.sealing import SealError
from include.settings.location import MERCHANT_FILE
from include.tasks.answers.hand_back_folder import folders_of_the_desk
from include.warehouse.books import step_lock
from include.warehouse.migrate import revision_of
from include.warehouse.workspace import Workspace, code_version
from include.words.texts import say

FOLDER = "backups"
ROUND = 28  # nights in which every object of the place is read once, as the audit reads raw files
log = logging.getLogger("storekeeper.backup")


@dataclass(frozen=True)
class BackedUp:
    """backup: what was written. copied: contents that were not there before. read: objects that were fetched again and
    compared. removed: old backups. same_disk: the place goes down with the disk of the books."""

    backup: Backup
    place: str
    copied: int
    read: int
    removed: int
    same_disk: bool
    raw_elsewhere: str | None

    def summary(self) -> dict[str, Any]:
        """What may travel between tasks."""
        return {
            "backed_up": True,
            "to": self.place,
            "backup": self.backup.name,
            "verified": self.backup.verified,
            "size_bytes": self.backup.books_bytes,
            "raw_files": None if self.backup.raw is None else len(self.backup.raw),
            "copied": self.copied,
            "removed": self.removed,
            "same_disk": self.same_disk,
        }

    def describe(self, language: str) -> list[str]:
        """In sentences."""
        made = self.backup
        said = [
            say(
                language,
                "recovery.backed_up",
                name=made.name,
                place=self.place,
                size=f"{made.books_bytes / 1e6:,.1f}",
                copied=f"{self.copied:,}",
                removed=self.removed,
            ),
            say(language, f"recovery.verified.{made.verified}"),
        ]
        if made.why_read:
            said.append(say(language, made.why_read))
        if self.raw_elsewhere:
            said.append(say(language, "recovery.raw_elsewhere", place=self.raw_elsewhere))
        if self.same_disk:
            said.append(say(language, "recovery.same_disk", place=self.place))
        return said


def back_up(
    workspace: Workspace,
    day: str,
    now: datetime,
    settings: Path | None = None,
    options: Mapping[str, Any] | None = None,
) -> BackedUp:
    """Back up to the place that the merchant's YAML names, verify, and remove what is too old. Raises BackupError.

    settings: the folder of merchant.yaml, which is kept too. options: of the place's connection. now: an aware moment.
    """
    said = workspace.merchant.backups
    with step_lock(workspace.books, "back up"), telling_of(said.to), _work_folder(workspace) as work:
        place = BackupPlace(said.to, workspace.keys, options)
        return _BackingUp(workspace, place, day, now, work).run(settings)


@contextmanager
def _work_folder(workspace: Workspace) -> Iterator[Path]:
    """On the disk of the home, since the books may be larger than what temporary files get; what a killed backup has
    left there is removed."""
    folder = workspace.home / FOLDER / "at_work.unfinished"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        with naming(str(folder)):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _BackingUp:
    def __init__(self, workspace: Workspace, place: BackupPlace, day: str, now: datetime, work: Path) -> None:
        self.workspace, self.place, self.day, self.now, self.work = workspace, place, day, now.astimezone(UTC), work
        self.objects = place.objects
        self.there = set(self.objects.kept())
        self.copied = self.read = 0

    def run(self, settings: Path | None) -> BackedUp:
        workspace = self.workspace
        database = workspace.books.dialect.name
        file = self.work / "books"
        figures = dump(workspace.books, file)
        pieces = partial(compressed, file) if database == SQLITE else partial(_pieces, file)
        books = self._put(pieces())
        file.unlink()
        raw, landings = self._raw()
        models = self._folder(Path(workspace.merchant.models))
        handed_back: dict[str, str] = {}
        for one in folders_of_the_desk(workspace.merchant, workspace.home):
            if one.folder.is_relative_to(workspace.home):
                handed_back |= self._folder(one.folder, workspace.home)
        verified = self._verify(books, file, figures)
        made_at = self.now.strftime("%Y%m%dT%H%M%S")
        backup = Backup(
            name=name_of(self.day, made_at),
            day=self.day,
            made_at=made_at,
            code=code_version(),
            revision=revision_of(workspace.books) or "",
            database=database,
            books=books.digest,
            books_bytes=books.size,
            figures=figures,
            raw=raw,
            landings=landings,
            models=models,
            handed_back=handed_back,
            settings=_settings(settings),
            verified=verified.how,
            why_read=verified.why,
        )
        self._read_some(backup)
        self.place.write(backup)
        self.place.read(backup.name)
        removed = self._remove_old(backup)
        elsewhere = redacted_url(workspace.merchant.raw) if raw is None else None
        same = lies_on_disk_of(workspace.merchant.backups.to, _books_disk(workspace))
        return BackedUp(
            backup, redacted_url(self.place.address), self.copied, self.read, removed, same, elsewhere
        )  # fmt: skip

    def _put(self, pieces: Iterable[bytes]) -> Any:
        kept = self.objects.keep_chunks(pieces)
        self.copied += kept.digest not in self.there
        self.there.add(kept.digest)
        return kept

    def _put_once(self, digest: str, pieces: Callable[[], Iterable[bytes]]) -> None:
        """A content whose digest is known; read again from the place if it is new there."""
        if digest in self.there:
            return
        if (kept := self._put(pieces())).digest != digest:
            self.objects.erase(kept.digest)
            raise BackupError.named("recovery.error.source_damaged", digest=digest)
        self._require_whole(digest)

    def _raw(self) -> tuple[tuple[str, ...] | None, str | None]:
        """Raw files, unless they lie elsewhere already, and what each of them is."""
        store = self.workspace.raw_store()
        notes = dict(store.notes())
        landings = self._put([json.dumps(notes, sort_keys=True).encode()]).digest
        if folder_of(self.workspace.merchant.raw) is None:
            return None, landings
        kept = tuple(sorted(store.kept()))
        damaged = [digest for digest in kept if not self._copied_whole(store, digest)]
        if damaged:
            # The backup goes on: one damaged file must not cost the books theirs. The audit names the file.
            log.error(say(self.workspace.merchant.language, "recovery.raw_damaged", n=len(damaged), first=damaged[0]))
        return tuple(digest for digest in kept if digest not in damaged), landings

    def _copied_whole(self, store: RawStore, digest: str) -> bool:
        try:
            self._put_once(digest, lambda: store.chunks(digest))
        except (SealError, BackupError):
            return False
        return True

    def _folder(self, folder: Path, below: Path | None = None) -> dict[str, str]:
        """Path (below the folder, or below `below`) -> object, of every file."""
        found: dict[str, str] = {}
        for path in sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()):
            digest = _digest(_pieces(path))
            self._put_once(digest, partial(_pieces, path))
            found[path.relative_to(below or folder).as_posix()] = digest
        return found

    def _verify(self, books: Any, file: Path, figures: dict[str, Any]) -> Any:
        """Restore the dump as it lies at the place."""
        fetched = self.objects.chunks(books.digest)
        if self.workspace.books.dialect.name == SQLITE:
            write_expanded(fetched, file)
        else:
            with file.open("wb") as plain:
                plain.writelines(fetched)
        return verify_dump(self.workspace.books, file, figures)

    def _read_some(self, backup: Backup) -> None:
        """Every object must be there; one in ROUND is read and compared."""
        there = set(self.objects.kept())
        gone = sorted(backup.objects - there)
        if gone:
            raise BackupError.named("recovery.error.object_gone", n=len(gone), digest=gone[0])
        night = self.now.toordinal() % ROUND
        for digest in sorted(backup.objects):
            if int(digest[:8], 16) % ROUND == night:
                self._require_whole(digest)

    def _require_whole(self, digest: str) -> None:
        self.read += 1
        try:
            whole = _digest(self.objects.chunks(digest)) == digest
        except SealError:
            whole = False
        if not whole:
            self.objects.erase(digest)  # the next backup brings it again
            raise BackupError.named("recovery.error.object_damaged", digest=digest)

    def _remove_old(self, newest: Backup) -> int:
        """Backups made more than the days ago, and the objects that no other needs. Nothing is removed while one of
        those that stay cannot be read: what it needs is not known."""
        first_kept = (self.now.date() - timedelta(days=self.workspace.merchant.backups.days)).isoformat()
        old = [name for name in self.place.names() if made_on(name) < first_kept and name != newest.name]
        needed = set(newest.objects)
        for name in self.place.names():
            if name not in old:
                try:
                    needed |= self.place.read(name).objects
                except BackupError as error:
                    log.warning("%s", error)
                    return 0
        for name in old:
            self.place.forget(name)
        for digest in set(self.objects.kept()) - needed:
            self.objects.erase(digest)
        self.objects.clear_unfinished(self.now - timedelta(days=2))  # a write takes minutes: what is older died
        return len(old) + _remove_former(self.workspace.home / FOLDER, first_kept)


def _remove_former(folder: Path, first_kept: str) -> int:
    """Backups of releases before this one: plain copies of SQLite, named by their day."""
    old = [path for path in folder.glob("books_????-??-??.sqlite") if path.stem.removeprefix("books_") < first_kept]
    for path in old:
        path.unlink()
    return len(old)


def _books_disk(workspace: Workspace) -> Path:
    """A path on the disk of the books; of PostgreSQL, whose disk nobody tells, on that of the home."""
    url = workspace.books.url
    return Path(str(url.database)) if workspace.books.dialect.name == SQLITE else workspace.home


def _settings(folder: Path | None) -> dict[str, str]:
    if folder is None or not (folder / MERCHANT_FILE).is_file():
        return {}
    files = [folder / MERCHANT_FILE, *sorted((folder / "shops").glob("*.yaml"))]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.read, PIECE_BYTES), b"")


def _digest(pieces: Iterable[bytes]) -> str:
    passing = sha256()
    for piece in pieces:
        passing.update(piece)
    return passing.hexdigest()
