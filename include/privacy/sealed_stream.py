"""Files of any size under AES-256-GCM in bounded memory.

The file is cut into chunks, each sealed on its own. A chunk's nonce holds its number and whether it is the last, so
that a chunk lost, repeated, moved or cut off at the end does not open (the STREAM construction, Hoang et al. 2015).

Layout: magic, length of key id (1 byte), key id, chunk size (4 bytes), nonce prefix (7 bytes), then the chunks, each 16
bytes longer than its plain text. The header is authenticated with every chunk.
"""

import io
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from include.privacy.sealing import SealError, checked_key, checked_key_id

MAGIC = b"SKRAW\x01"
CHUNK_BYTES = 1 << 20
TAG_BYTES = 16
_PREFIX_BYTES = 7


class Plain(Protocol):
    """What can be read to its end: `read` gives as many bytes as asked for, fewer at the end only."""

    def read(self, size: int, /) -> bytes: ...


def seal_stream(plain: Plain, sealed: BinaryIO, key: bytes, key_id: str, chunk_bytes: int = CHUNK_BYTES) -> None:
    """Write `plain` sealed to `sealed`."""
    cipher = AESGCM(checked_key(key))
    name = checked_key_id(key_id).encode()
    prefix = os.urandom(_PREFIX_BYTES)
    header = MAGIC + bytes([len(name)]) + name + struct.pack(">I", chunk_bytes) + prefix
    sealed.write(header)
    number = 0
    chunk = plain.read(chunk_bytes)
    while True:
        following = plain.read(chunk_bytes)
        last = not following
        sealed.write(cipher.encrypt(_nonce(prefix, number, last), chunk, header))
        if last:
            return
        chunk, number = following, number + 1


def unseal_stream(sealed: BinaryIO, keys: Mapping[str, bytes]) -> Iterator[bytes]:
    """The plain text chunk by chunk. Raises SealError, at the latest before the last chunk is given."""
    seal = _Seal.of(sealed, keys)
    number = 0
    chunk = sealed.read(seal.chunk_bytes)
    while True:
        following = sealed.read(seal.chunk_bytes)
        yield seal.opened(chunk, number, is_last=not following)
        if not following:
            return
        chunk, number = following, number + 1


def open_sealed(sealed: BinaryIO, keys: Mapping[str, bytes]) -> tuple[BinaryIO, int]:
    """The plain text as a file in which one can seek, and its size; `sealed` must be seekable, and is closed with it.
    Raises SealError, also while it is read."""
    pieces = _Sealed(sealed, keys)
    return cast(BinaryIO, io.BufferedReader(pieces)), pieces.size


@dataclass(frozen=True)
class _Seal:
    """What a sealed file's header says. chunk_bytes: of a sealed chunk."""

    cipher: AESGCM
    header: bytes
    prefix: bytes
    chunk_bytes: int
    key_id: str

    @classmethod
    def of(cls, sealed: BinaryIO, keys: Mapping[str, bytes]) -> "_Seal":
        magic = sealed.read(len(MAGIC))
        if magic != MAGIC:
            raise SealError("this is no sealed file")
        length = sealed.read(1)
        name = sealed.read(length[0] if length else 0)
        size = sealed.read(4)
        prefix = sealed.read(_PREFIX_BYTES)
        if len(prefix) != _PREFIX_BYTES:
            raise SealError("the sealed file is cut off in its header")
        key_id = name.decode("ascii", errors="replace")
        if key_id not in keys:
            raise SealError(f"sealed with key {key_id!r}, which is not at hand")
        header = MAGIC + length + name + size + prefix
        return cls(AESGCM(checked_key(keys[key_id])), header, prefix, struct.unpack(">I", size)[0] + TAG_BYTES, key_id)

    def opened(self, chunk: bytes, number: int, is_last: bool) -> bytes:
        try:
            return self.cipher.decrypt(_nonce(self.prefix, number, is_last), chunk, self.header)
        except InvalidTag as error:
            raise SealError(
                f"chunk {number} does not open with key {self.key_id!r}: changed, cut off or wrong key"
            ) from error


class _Sealed(io.RawIOBase):
    """Chunks are unsealed as they are wanted; the last one at once, which shows that none is missing."""

    def __init__(self, sealed: BinaryIO, keys: Mapping[str, bytes]) -> None:
        self._sealed = sealed
        self._seal = _Seal.of(sealed, keys)
        sealed.seek(0, io.SEEK_END)  # which does not tell the place everywhere
        length = sealed.tell() - len(self._seal.header)
        self._chunks = max(1, -(-length // self._seal.chunk_bytes))
        self.size = length - self._chunks * TAG_BYTES
        self._at = 0
        self._held = (-1, b"")
        self._chunk(self._chunks - 1)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size:
            return 0
        number, within = divmod(self._at, self._seal.chunk_bytes - TAG_BYTES)
        part = self._chunk(number)[within : within + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        self._sealed.close()
        super().close()

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            self._sealed.seek(len(self._seal.header) + number * self._seal.chunk_bytes)
            chunk = self._sealed.read(self._seal.chunk_bytes)
            self._held = (number, self._seal.opened(chunk, number, is_last=number == self._chunks - 1))
        return self._held[1]


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)
