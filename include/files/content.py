"""The bytes of a file, wherever they lie: in memory, sealed on disk, in a zip. Large ones are never held whole."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Protocol

HEAD_BYTES = 1 << 20


class Content(Protocol):
    """What can be read from its beginning as often as one likes. size: in bytes. digest: its SHA-256."""

    @property
    def size(self) -> int: ...

    @property
    def digest(self) -> str: ...

    def chunks(self) -> Iterator[bytes]:
        """All of it, piece by piece."""

    def open(self) -> BinaryIO:
        """As a file in which one can seek."""

    def read(self) -> bytes:
        """All of it at once."""


@dataclass(frozen=True)
class Held:
    """A content in memory."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def chunks(self) -> Iterator[bytes]:
        for first in range(0, len(self.data), HEAD_BYTES):
            yield self.data[first : first + HEAD_BYTES]

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data)

    def read(self) -> bytes:
        return self.data


def head_of(content: Content) -> bytes:
    """Its first bytes, a megabyte at most."""
    return next(content.chunks(), b"")[:HEAD_BYTES]


class Passing:
    """Chunks as a stream that is measured while it is read."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = b""
        self.digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """`size` bytes, fewer at the end only."""
        parts = [self._held]
        length = len(self._held)
        while size < 0 or length < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self.digest.update(chunk)
            self.size += len(chunk)
            parts.append(chunk)
            length += len(chunk)
        whole = b"".join(parts)
        given, self._held = (whole, b"") if size < 0 else (whole[:size], whole[size:])
        return given
