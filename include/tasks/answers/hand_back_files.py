"""What lies in a hand-back folder, and how it is read, written and moved there.

People write in this folder, so nothing in it is trusted: no link is followed, no name is taken for longer than the disk
allows, and what is written gets a name of its own before it gets the one that people see.
"""

import contextlib
import errno
import functools
import html
import itertools
import os
import re
import stat
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from include.files.errors import DAMAGED_ZIP
from include.words.texts import Language

# Names on people's disks, looked for again at every look, in both languages: fixed, and so no texts of a catalogue.
FOLDER: Mapping[Language, str] = {"zh": "交回", "en": "hand-back"}
PROCESSED: Mapping[Language, str] = {"zh": "已处理", "en": "processed"}
RECEIPT: Mapping[Language, str] = {"zh": "回执", "en": "receipt"}
REFUSED: Mapping[Language, str] = {"zh": "未录入", "en": "not-entered"}  # of which nothing was entered
UNNAMED: Mapping[Language, str] = {"zh": "未署名", "en": "unnamed"}
LOCK_HOURS = 8  # a lock file that is older was left behind
MAX_BYTES = 20_000_000  # many times the largest list; more is refused, so that no file fills our memory
UNFINISHED = ".unfinished"
_LONGEST_FILE_NAME = 255  # bytes, where the disk does not say it
_LONGEST_SUFFIX = 20  # bytes; what is longer is no suffix but part of a name
# Files that programs lay down beside others, and folders that systems keep, bins among them: nobody hands these back.
_OF_PROGRAMS = ("~$", ".~", "._", ".#", ".ds_store", ".directory", ".nfs", ".fuse_hidden", ".goutputstream",
                ".syncthing.", "thumbs.db", "desktop.ini")  # fmt: skip
_UNDER_WAY = (".tmp", ".part", ".partial", ".crdownload", UNFINISHED, ".swp")
_SENT_BY_RSYNC = re.compile(r"\..+\.[A-Za-z0-9]{6}")
_LISTS = (".xlsx", ".xls", ".ods", ".csv")
_FOLDERS_OF_SYSTEMS = (".trash", ".recycle", "@recycle", "#recycle", "$recycle.bin", "@eadir", ".stversions",
                       "system volume information", ".stfolder", ".snapshot", ".git", ".fseventsd", ".spotlight",
                       ".temporaryitems", "lost+found", "__macosx")  # fmt: skip
_SHEET_NAME = re.compile(rb'<(?:\w+:)?sheet\s[^<>]*?\bname="([^"<>]*)"')


class ChangedError(Exception):
    """The file was written while it was read: it is looked at again."""


@dataclass(frozen=True)
class Content:
    """A file as it was read. data: None where it is no plain file, or too large; stood: what it was then."""

    data: bytes | None
    stood: os.stat_result

    @property
    def is_plain(self) -> bool:
        return stat.S_ISREG(self.stood.st_mode)


def files_below(folder: Path) -> Iterator[Path]:
    """Everything below a folder that is no folder, links to folders too, in order; a folder that cannot be looked into
    is given itself."""
    try:
        entries = sorted(os.scandir(folder), key=lambda one: one.name)
    except FileNotFoundError:
        return
    except OSError:
        yield folder
        return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            yield Path(entry.path)
        elif not entry.name.casefold().startswith(_FOLDERS_OF_SYSTEMS):
            yield from files_below(Path(entry.path))


def is_of_a_program(name: str) -> bool:
    """A file that a program lays down beside others, or that is still on its way."""
    plain = name.casefold()
    if plain.startswith(_OF_PROGRAMS) or plain.endswith(_UNDER_WAY):
        return True
    return bool(_SENT_BY_RSYNC.fullmatch(name)) and not plain.endswith(_LISTS)


def is_open(path: Path) -> bool:
    """Excel, WPS or LibreOffice say beside the file that somebody has it open."""
    for lock in (path.with_name(f"~${path.name}"), path.with_name(f"~${path.name[2:]}"),
                 path.with_name(f".~lock.{path.name}#"), path.with_name(f".~{path.name}")):  # fmt: skip
        try:
            if time.time() - lock.stat().st_mtime < LOCK_HOURS * 3600:
                return True
        except OSError:
            continue
    return False


def is_receipt(path: Path) -> bool:
    """A receipt of ours, by its name and its first sheet's; a list that somebody called 回执_… is none."""
    if not (path.name.startswith(tuple(f"{name}_" for name in RECEIPT.values())) and path.suffix == ".xlsx"):
        return False
    try:
        stood = path.lstat()
        return stat.S_ISREG(stood.st_mode) and _has_receipt_sheet(path, stood.st_size, stood.st_mtime_ns)
    except OSError:
        return False


@functools.lru_cache(maxsize=20_000)
def _has_receipt_sheet(path: Path, _size: int, _changed: int) -> bool:
    """Remembered for as long as the file looks the same: the folder is looked at every few seconds."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as file:
            found = _SHEET_NAME.search(file.read(65_536))
    except DAMAGED_ZIP:
        return False
    return found is not None and html.unescape(found[1].decode("utf-8", "replace")).casefold() in {
        name.casefold() for name in RECEIPT.values()
    }


def refuse_links(folder: Path, below: Path) -> None:
    """Raises OSError where a folder on the way from `folder` down to `below` is a link."""
    at = folder
    for part in below.relative_to(folder).parts:
        at = at / part
        if at.is_symlink():
            raise OSError(errno.ELOOP, "a link stands in place of a folder, it is not followed", at.name)


def read_plain(path: Path) -> Content:
    """Raises OSError where it may not be read or later not be removed, ChangedError where it changes meanwhile."""
    stood = path.lstat()
    if stat.S_ISDIR(stood.st_mode):
        os.listdir(path)  # given because this fails
        raise ChangedError
    _refuse_sticky(path, stood)
    if not stat.S_ISREG(stood.st_mode) or stood.st_size > MAX_BYTES:
        return Content(None, stood)
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        data = file.read(MAX_BYTES + 1)
        after = os.fstat(file.fileno())
    if not _is_same(stood, after) or len(data) != stood.st_size:
        raise ChangedError
    return Content(data, stood)


def is_as_read(path: Path, content: Content) -> bool:
    """The path still holds the file that was read, unchanged."""
    try:
        return _is_same(content.stood, path.lstat())
    except FileNotFoundError:
        return False


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino, one.st_size, one.st_mtime_ns) == (
        other.st_dev, other.st_ino, other.st_size, other.st_mtime_ns,
    )  # fmt: skip


def _refuse_sticky(path: Path, stood: os.stat_result) -> None:
    """In a folder with the sticky bit only its owner and the file's may move the file away."""
    folder = path.parent.stat()
    if folder.st_mode & stat.S_ISVTX and os.geteuid() not in (0, stood.st_uid, folder.st_uid):
        raise PermissionError(errno.EPERM, "the folder lets nobody but the file's owner move it", path.parent.name)


@contextlib.contextmanager
def unfinished(folder: Path, suffix: str = UNFINISHED) -> Iterator[Path]:
    """A new file under a hidden name that nobody foresees, to be written and renamed; removed if it still has that
    name."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=suffix, dir=folder)
    with contextlib.suppress(OSError):  # whoever may read and write in the folder may read and write the file
        os.fchmod(handle, 0o600 | stat.S_IMODE(folder.stat().st_mode) & 0o066)
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def give_name(path: Path, folder: Path, stem: str, ending: str, suffix: str) -> Path:
    """Rename to the first free of `stem + ending + suffix`, `stem + ending (2) + suffix` ..; the stem is cut where the
    name would be longer than the disk allows."""
    for number in itertools.count(1):
        rest = f"{ending}{f' ({number})' if number > 1 else ''}{suffix}"
        target = folder / f"{_cut(stem, _longest_name(folder) - len(rest.encode()))}{rest}"
        if not os.path.lexists(target):
            break
    os.replace(path, target)
    return target


def parted(name: str) -> tuple[str, str]:
    """(stem, suffix) of a name as it can be shown; a suffix that is none belongs to the stem."""
    shown = display_name(name)
    stem, suffix = os.path.splitext(shown)
    return (stem, suffix) if len(suffix.encode()) <= _LONGEST_SUFFIX else (shown, "")


def display_name(name: str) -> str:
    """A file's name without what a page or a log cannot show: bytes that are no letters, line breaks, marks of
    direction."""
    decoded = os.fsencode(name).decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in decoded)


def _cut(text: str, most: int) -> str:
    """As much of the text as fits into so many bytes of UTF-8, no letter halved."""
    return text.encode()[: max(most, 0)].decode("utf-8", "ignore")


def _longest_name(folder: Path) -> int:
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError):
        return _LONGEST_FILE_NAME
