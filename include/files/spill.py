"""Tables and files set aside on disk while what is too large to hold is worked on.

They hold personal data: the folder is the owner's alone, everything is sealed with a key that is never written
anywhere, and nothing is left when the work is done. What a killed process leaves behind nobody can open; the next one
removes it.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from include.files.content import Passing
from include.privacy.sealed_stream import open_sealed, seal_stream, unseal_stream

_NONCE_BYTES = 12
_KEY_ID = "spill"
_PREFIX = "storekeeper-"
# Locked for as long as its process lives, whoever numbers the processes: the system lets go of it at their death.
_ALIVE = "alive"
_JUST_MADE_SECONDS = 60
_UNLOCKED_SECONDS = 24 * 3600


class Spill:
    """Arrow tables by number, and contents; to be used in a `with`, which makes no folder before one is needed."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._made = ExitStack()
        self._key = AESGCM.generate_key(256)
        self._cipher = AESGCM(self._key)
        self._count = 0

    def __enter__(self) -> "Spill":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._made.close()

    def put(self, table: pa.Table) -> int:
        """Set a table aside; returns its number."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_table(table)
        nonce = os.urandom(_NONCE_BYTES)
        number = self._next()
        with open(self._path(number), "wb", opener=_owners_only) as file:
            file.write(nonce)
            file.write(self._cipher.encrypt(nonce, memoryview(sink.getvalue()).cast("B"), None))
        return number

    def take(self, number: int) -> pa.Table:
        """The table again, which is then no longer here."""
        path = self._path(number)
        sealed = memoryview(path.read_bytes())
        path.unlink()
        content = self._cipher.decrypt(bytes(sealed[:_NONCE_BYTES]), sealed[_NONCE_BYTES:], None)
        with pa.ipc.open_stream(pa.py_buffer(content)) as reader:
            return reader.read_all()

    def keep(self, chunks: Iterable[bytes]) -> "Spilled":
        """Set a content of any size aside as it comes."""
        path, passing = self._path(self._next()), Passing(chunks)
        with open(path, "wb", opener=_owners_only) as file:
            seal_stream(passing, file, self._key, _KEY_ID)
        return Spilled(path, {_KEY_ID: self._key}, passing.size, passing.digest.hexdigest())

    def _next(self) -> int:
        self._count += 1
        return self._count - 1

    @cached_property
    def _place(self) -> Path:
        """Made when something is set aside: most files are small."""
        clear_left_behind(self._folder)
        place = Path(self._made.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX, dir=self._folder)))
        alive = os.open(place / _ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
        self._made.callback(os.close, alive)
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return place

    def _path(self, number: int) -> Path:
        return self._place / f"{number}.sealed"


@dataclass(frozen=True)
class Spilled:
    """A content set aside, for as long as its Spill is there."""

    path: Path
    keys: Mapping[str, bytes] = field(repr=False)
    size: int
    digest: str

    def chunks(self) -> Iterator[bytes]:
        with self.path.open("rb") as sealed:
            yield from unseal_stream(sealed, self.keys)

    def open(self) -> BinaryIO:
        return open_sealed(self.path.open("rb"), self.keys)[0]

    def read(self) -> bytes:
        return b"".join(self.chunks())


def left_behind(folder: Path | None = None) -> Iterator[Path]:
    """The folders of processes that were killed, this user's."""
    for place in Path(folder or tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # somebody else's, or removed by another process just now
            about = place.lstat()
            age = time.time() - about.st_mtime
            if not place.is_dir() or place.is_symlink() or about.st_uid != os.getuid() or age < _JUST_MADE_SECONDS:
                continue
            if _is_dead(place, age):
                yield place


def clear_left_behind(folder: Path | None = None) -> int:
    """Remove what processes that were killed have left of their spills; returns how many."""
    removed = 0
    for place in left_behind(folder):
        shutil.rmtree(place, ignore_errors=True)
        removed += 1
    return removed


def _is_dead(place: Path, age: float) -> bool:
    try:
        held = os.open(place / _ALIVE, os.O_RDWR)
    except FileNotFoundError:
        return age > _UNLOCKED_SECONDS
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(held)
    return True


def _owners_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
