"""What the world refuses, told as what it is: a full disk, a read-only one, a database that is gone.

An error's own text may quote a buyer's cell; of these kinds the part that is told names a disk or a connection only.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from include.words.texts import Language, in_each, say

Kind = Literal[
    "disk_full", "disk_refused", "read_only", "not_allowed", "database_gone", "too_many", "locked", "damaged",
    "no_memory", "open_files",
]  # fmt: skip

_ERRNO: dict[int, Kind] = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EROFS: "read_only",
    errno.EACCES: "not_allowed",
    errno.EPERM: "not_allowed",
    errno.EIO: "disk_refused",
    errno.ENOMEM: "no_memory",
    errno.EMFILE: "open_files",
    errno.ENFILE: "open_files",
    errno.ECONNREFUSED: "database_gone",
    errno.ECONNRESET: "database_gone",
}
# PostgreSQL's codes (Appendix A of its manual), the longest beginning that fits.
_SQLSTATE: dict[str, Kind] = {
    "53100": "disk_full",
    "53200": "no_memory",
    "53300": "too_many",
    "25006": "read_only",
    "42501": "not_allowed",
    "28": "not_allowed",
    "3D000": "not_allowed",
    "55P03": "locked",
    "40P01": "locked",
    "58030": "disk_refused",
    "XX001": "damaged",
    "XX002": "damaged",
    "57P": "database_gone",
    "08": "database_gone",
}
# What SQLite, libpq and file systems say, where they give no number.
_SAID: tuple[tuple[Kind, str], ...] = (
    ("disk_full", r"database or disk is full|No space left on device|Disk quota exceeded|could not extend file"),
    ("read_only", r"attempt to write a readonly database|readonly database|Read-only file system"),
    (
        "not_allowed",
        r"Permission denied|permission denied for \w+|unable to open database file|no pg_hba\.conf entry|"
        r"password authentication failed for user \"[^\"]*\"|(?:database|role) \"[^\"]*\" does not exist",
    ),
    ("locked", r"database is locked|deadlock detected"),
    ("damaged", r"database disk image is malformed|file is not a database"),
    ("disk_refused", r"disk I/O error|Input/output error"),  # which SQLite also says of a disk without a free byte
    ("too_many", r"too many (?:clients|connections)"),
    ("no_memory", r"Cannot allocate memory|out of memory"),
    ("open_files", r"Too many open files"),
    (
        "database_gone",
        r"connection (?:failed|refused|timed out|is closed|is lost)|connection to server[^:]*failed|"
        r"the connection is (?:closed|lost)|server closed the connection|terminating connection|could not connect|"
        r"no connection to the server|consuming input failed|SSL connection has been closed",
    ),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _SAID)


@dataclass(frozen=True)
class WorldFault:
    """kind: what it is. cause: what the system or the database said of it, as far as it may be told."""

    kind: Kind
    cause: str

    @property
    def both(self) -> tuple[str, str]:
        """What it is and what to do, in Chinese and in English."""
        return in_each(f"error.world.{self.kind}", cause=self.cause)

    def describe(self, language: Language) -> str:
        return say(language, f"error.world.{self.kind}", cause=self.cause)


def world_fault(error: BaseException) -> WorldFault | None:
    """What of the world an error, or one that it came of, tells; None if it is another kind of error."""
    for one in _chain(error):
        if (found := _fault_of(one)) is not None:
            return found
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        yield following
        # Of a database's error that SQLAlchemy wraps, the driver's own comes first.
        following = following.__cause__ or following.__context__


def _fault_of(error: BaseException) -> WorldFault | None:
    own = getattr(error, "orig", None) or error
    if isinstance(own, OSError) and own.errno:
        kind = _ERRNO.get(own.errno)
        return None if kind is None else WorldFault(kind, os.strerror(own.errno) + _where(own))
    said = str(own)
    state = str(getattr(own, "sqlstate", None) or "")
    for length in (5, 3, 2):
        if len(state) >= length and (kind := _SQLSTATE.get(state[:length])):
            return WorldFault(kind, _part(said, kind) or f"SQLSTATE {state}")
    for kind, pattern in _PATTERNS:
        if found := pattern.search(said):
            return WorldFault(kind, found[0])
    return None


def _where(error: OSError) -> str:
    """The folder that the system refused, if the error knows it; a file's own name may say somebody's."""
    if error.filename is None:
        return ""
    path = Path(os.fsdecode(error.filename))
    return f": {path if path.is_dir() else path.parent}"


def _part(said: str, kind: Kind) -> str:
    return next((found[0] for name, pattern in _PATTERNS if name == kind and (found := pattern.search(said))), "")
