"""A place of backups: a folder, SFTP, S3, OSS or whatever else fsspec writes to.

objects/…               contents by their SHA-256, sealed: each is written once, whatever backups name it
backups/DAY_MOMENT.json.sealed   one backup: what it holds, and how it was verified
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from include.files.errors import naming
from include.files.locations.credentials import StorageOptions
from include.files.locations.locations import opened, redacted_url
from include.files.raw_store import RawStore
from include.privacy.sealed_stream import seal_stream, unseal_stream
from include.privacy.sealing import SealError
from include.settings.saying import BilingualError
from include.warehouse.workspace import Keys

_NAME = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)_(?P<moment>\d{8}T\d{6})\.json\.sealed")
ENDING = ".json.sealed"
MAX_NAMED = 5  # backups that a message names
FORMAT = 1  # of a backup's own file; a later one is refused


class BackupError(BilingualError):
    """A backup that was not made, or cannot be read; the message says what to do."""


@dataclass(frozen=True)
class Backup:
    """One backup.

    name: of its file. day: the business day of the run. made_at: UTC, 'YYYYmmddTHHMMSS'. books: the object that holds
    the dump. figures: of `figures_of`. raw: contents of the raw store; None if they lie elsewhere. landings: the object
    that says what each raw file is. models, handed_back: path -> object. settings: path -> text of the merchant's YAML.
    verified: 'restored' (the dump was restored and had the same figures) or 'read' (it was read to its end).
    """

    name: str
    day: str
    made_at: str
    code: str
    revision: str
    database: str
    books: str
    books_bytes: int
    figures: Mapping[str, Any]
    raw: tuple[str, ...] | None
    landings: str | None
    models: Mapping[str, str]
    handed_back: Mapping[str, str]
    settings: Mapping[str, str]
    verified: str
    why_read: str | None = None
    format: int = field(default=FORMAT)

    @property
    def objects(self) -> set[str]:
        """Every object that it needs."""
        one = {self.books, *(self.raw or ()), *self.models.values(), *self.handed_back.values()}
        return one | ({self.landings} if self.landings else set())


class BackupPlace:
    """to: its address. options: what opens it, see `include.files.locations.credentials`."""

    def __init__(self, to: str, keys: Keys, options: Mapping[str, Any] | None = None) -> None:
        self.address = to
        self._keys = keys
        self.objects = RawStore(_below(to, "objects"), keys.vault, keys.vault_key_id, options)
        self._files, self._root = opened(_below(to, "backups"), StorageOptions(options or {}))

    def names(self) -> list[str]:
        """Of its backups, the oldest first."""
        if not self._files.exists(self._root):
            return []
        found = (posixpath.basename(str(path)) for path in self._files.find(self._root))
        return [name for _, name in sorted((one["moment"], one[0]) for one in map(_NAME.fullmatch, found) if one)]

    def read(self, name: str) -> Backup:
        """Raises BackupError if it cannot be opened with these keys."""
        try:
            with self._files.open(f"{self._root}/{name}", "rb") as sealed:
                said = json.loads(b"".join(unseal_stream(sealed, self._keys.vault)))
        except SealError as error:
            raise BackupError.named("recovery.error.sealed", name=name, why=error.both) from error
        if said.get("format") != FORMAT:
            raise BackupError.named("recovery.error.later_format", name=name)
        raw = said.pop("raw")
        return Backup(**said, raw=None if raw is None else tuple(raw))

    def write(self, backup: Backup) -> None:
        """Under another name until it is whole."""
        self._files.makedirs(self._root, exist_ok=True)
        text = json.dumps(asdict(backup), ensure_ascii=False, sort_keys=True).encode()
        unfinished = f"{self._root}/{backup.name}.unfinished"
        with naming(self._root), self._files.open(unfinished, "wb") as sealed:
            seal_stream(BytesIO(text), sealed, self._keys.newest, self._keys.vault_key_id)
        self._files.mv(unfinished, f"{self._root}/{backup.name}")

    def forget(self, name: str) -> None:
        self._files.rm_file(f"{self._root}/{name}")

    def choose(self, day: str | None = None, name: str | None = None) -> Backup:
        """The backup of a name, as `names` says it, else the newest (of a day). Raises BackupError if there is none, or
        if it does not open: which one was made before it is told."""
        names = self.names()
        if name is not None:
            own = name if name in names else f"{name}{ENDING}"
            if own not in names:
                known = ", ".join(one.removesuffix(ENDING) for one in names[-MAX_NAMED:]) or "-"
                raise BackupError.named("recovery.error.no_such_backup", name=name, names=known)
            return self.read(own)
        fitting = [name for name in names if day is None or name.startswith(f"{day}_")]
        if not names:
            raise BackupError.named("recovery.error.no_backup", place=redacted_url(self.address))
        if not fitting:
            days = sorted({name[:10] for name in names})
            raise BackupError.named(
                "recovery.error.no_backup_of_day",
                day=day,
                first=days[0],
                last=days[-1],
                place=redacted_url(self.address),
            )
        try:
            return self.read(fitting[-1])
        except BackupError as error:
            at = names.index(fitting[-1])
            if at == 0:
                raise
            older = names[at - 1].removesuffix(ENDING)
            about = error.both
            raise BackupError.named("recovery.error.newest_damaged", about=about, older=older) from error


def name_of(day: str, made_at: str) -> str:
    return f"{day}_{made_at}.json.sealed"


def made_on(name: str) -> str:
    """'YYYY-MM-DD' on which a backup was made, of its file's name."""
    found = _NAME.fullmatch(name)
    assert found is not None
    moment = found["moment"]
    return f"{moment[:4]}-{moment[4:6]}-{moment[6:8]}"


def folder_of(address: str) -> Path | None:
    """The folder of this machine that an address names; None if it is elsewhere."""
    if "://" not in address:
        return Path(address)
    parts = urlsplit(address)
    return Path(url2pathname(parts.path)) if parts.scheme in ("file", "local") else None


def lies_on_disk_of(address: str, other: Path) -> bool:
    """Whether a place is on the disk of a path; one that is not there yet, by the folder that it will be in."""
    folder = folder_of(address)
    return folder is not None and _disk(folder) == _disk(other)


def _disk(path: Path) -> int:
    there = next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
    return os.stat(there).st_dev


def _below(address: str, name: str) -> str:
    return f"{address.rstrip('/')}/{name}"


@contextmanager
def telling_of(address: str) -> Iterator[None]:
    """Tells what the world refuses at a place as a BackupError."""
    try:
        yield
    except _faults_of_the_world(address) as error:
        if folder_of(address) is not None:
            raise  # a disk of this machine is told as what it is
        said = f"{type(error).__name__}: {error}"
        raise BackupError.named("recovery.error.place", place=redacted_url(address), why=said) from error


def _faults_of_the_world(address: str) -> tuple[type[Exception], ...]:
    if not address.startswith(("sftp://", "ssh://")):
        return (OSError, EOFError)
    import paramiko

    return (OSError, EOFError, paramiko.SSHException)
