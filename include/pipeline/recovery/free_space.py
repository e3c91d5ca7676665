"""Room for the day: what is free on each disk against what days took of late."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from include.calendar.business_days import MOMENT, merchant_now
from include.pipeline.recovery.backup_place import BackupError, folder_of
from include.warehouse.books import read_frame
from include.warehouse.tables import exports
from include.warehouse.workspace import Workspace
from include.words.texts import Language, say

LOOK_BACK_DAYS = 14  # two of every weekday
GIGABYTE = 10**9
PACKED = 3  # to one: what a compressed copy of the books takes, as measured on the specimen


class NoRoomError(BackupError):
    """There is no room for the day; the message names the disk."""


@dataclass(frozen=True)
class Room:
    """A disk. holds: what of ours lies there, by the names of `recovery.disk.NAME`. path: one on it. Bytes; needed: by
    a day like the largest of late, or the floor if that is more."""

    holds: tuple[str, ...]
    path: str
    free: int
    needed: int
    wanted: int

    @property
    def state(self) -> str:
        """full: less than a day needs; short: less than is wanted; enough."""
        return "full" if self.free < self.needed else "short" if self.free < self.wanted else "enough"

    def describe(self, language: Language) -> str:
        names = say(language, "why.and").join(say(language, f"recovery.disk.{name}") for name in self.holds)
        values = {"free": _gb(self.free), "needed": _gb(self.needed), "wanted": _gb(self.wanted)}
        return say(language, f"recovery.room.{self.state}", names=names, path=self.path, **values)


def room_for_a_day(workspace: Workspace, now: datetime) -> list[Room]:
    """Every disk that a day writes to. now: an aware moment.

    A day is reckoned by the largest of the last two weeks. What stays of it: its files in the raw store, the same share
    of the books as all files have of them, and a backup of both if backups lie on this machine. What passes: twice its
    files while they are worked on, what the books' log takes, and a copy of the books while a backup is verified.
    """
    largest, all_files = _bytes_taken(workspace, now)
    books = _books_bytes(workspace)
    in_books = round(books * largest / all_files) if all_files else 0
    merchant = workspace.merchant
    uses = [_Use("temporary", Path(tempfile.gettempdir()), 0, 2 * largest), _Use("home", workspace.home, 0, books)]
    if workspace.books.dialect.name == "sqlite":
        uses.append(_Use("books", Path(str(workspace.books.url.database)), in_books, in_books))
    if (raw := folder_of(merchant.raw)) is not None:
        uses.append(_Use("raw", raw, largest, 0))
    if merchant.backups.by == "storekeeper" and (backups := folder_of(merchant.backups.to)) is not None:
        uses.append(_Use("backups", backups, largest + books // PACKED, 0))
    return list(_by_disk(workspace, uses))


@dataclass(frozen=True)
class _Use:
    """Bytes that a day leaves at a place, and that it takes there for a while."""

    name: str
    path: Path
    stays: int
    passes: int


def _by_disk(workspace: Workspace, uses: Sequence[_Use]) -> Iterator[Room]:
    said = workspace.merchant.disk
    disks: dict[int, list[_Use]] = {}
    for use in uses:
        disks.setdefault(os.stat(_there(use.path)).st_dev, []).append(use)
    for found in disks.values():
        stays, passes = sum(use.stays for use in found), sum(use.passes for use in found)
        needed = max(round(said.min_free_gb * GIGABYTE), stays + passes)
        first = _there(found[0].path)
        free = shutil.disk_usage(first).free
        wanted = max(needed, said.days_ahead * stays + passes)
        yield Room(tuple(use.name for use in found), str(first), free, needed, wanted)


def _there(path: Path) -> Path:
    """The path, or the nearest folder above it that there is."""
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())


def require_room(workspace: Workspace, now: datetime) -> list[str]:
    """Warnings in the merchant's language. Raises NoRoomError if a disk has less than a day needs."""
    language = workspace.merchant.language
    rooms = room_for_a_day(workspace, now)
    full = [room for room in rooms if room.state == "full"]
    if full:
        raise NoRoomError(
            "\n".join(room.describe("en") for room in full), "\n".join(room.describe("zh") for room in full)
        )
    return [room.describe(language) for room in rooms if room.state == "short"]


def summary(workspace: Workspace, now: datetime) -> Mapping[str, object]:
    """Path -> bytes free and needed: what may travel between tasks."""
    return {room.path: {"free": room.free, "needed": room.needed} for room in room_for_a_day(workspace, now)}


def _bytes_taken(workspace: Workspace, now: datetime) -> tuple[int, int]:
    """Of files: by the largest day of late, and by all exports."""
    c = exports.c
    clock = merchant_now(workspace.merchant.time_zone, now)
    since = (clock - timedelta(days=LOOK_BACK_DAYS)).strftime(MOMENT)
    days = read_frame(
        workspace.books,
        select(c.day, func.sum(c.size_bytes).label("bytes")).where(c.landed_at >= since).group_by(c.day),
    )
    whole = read_frame(workspace.books, select(c.size_bytes))
    return (0 if days.empty else int(days["bytes"].max())), int(whole["size_bytes"].sum())


def _books_bytes(workspace: Workspace) -> int:
    if workspace.books.dialect.name == "sqlite":
        file = Path(str(workspace.books.url.database))
        return file.stat().st_size if file.exists() else 0
    with workspace.books.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def _gb(count: int) -> str:
    return f"{count / GIGABYTE:,.2f}"
