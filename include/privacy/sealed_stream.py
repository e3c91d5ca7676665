"""Files of any size under AES-256-GCM in bounded memory.

The file is cut into chunks, each packed and sealed on its own. A chunk's nonce holds its number and whether it is the
last, so that a chunk lost, repeated, moved or cut off at the end does not open (the STREAM construction, Hoang et al.
2015). What is sealed can be packed no more, so it is packed before: exports are text that repeats itself.

Layout: magic, length of key id (1 byte), key id, chunk size (4 bytes), nonce prefix (7 bytes), then the chunks, each
with its sealed length (4 bytes) before it. A chunk's plain text begins with how it is packed (1 byte: as it is, or zstd
after the length of what it was packed from). The header is authenticated with every chunk; a length that is changed
cuts a chunk that does not open. Files of before 2026-12 have no lengths, chunks of one size and no packing.
"""

import io
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO, Protocol, cast

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from include.privacy.sealing import SealError, checked_key, checked_key_id

MAGIC, UNPACKED = b"SKRAW\x02", b"SKRAW\x01"
CHUNK_BYTES = 1 << 20
TAG_BYTES = 16
_PREFIX_BYTES = 7
_LENGTH = struct.Struct(">I")
_AS_IT_IS, _ZSTD = b"\x00", b"\x01"
_PACKING_BYTES = 1 + _LENGTH.size  # more than a packed chunk may hold besides its content


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
        closed = cipher.encrypt(_nonce(prefix, number, last), _packed(chunk), header)
        sealed.write(_LENGTH.pack(len(closed)) + closed)
        if last:
            return
        chunk, number = following, number + 1


def unseal_stream(sealed: BinaryIO, keys: Mapping[str, bytes]) -> Iterator[bytes]:
    """The plain text chunk by chunk. Raises SealError, at the latest before the last chunk is given."""
    seal = _Seal.of(sealed, keys)
    coming = seal.chunks_of(sealed)
    chunk = next(coming, b"")
    for number, following in enumerate(chain(coming, [None])):
        yield seal.opened(chunk, number, is_last=following is None)
        chunk = following or b""


def open_sealed(sealed: BinaryIO, keys: Mapping[str, bytes]) -> tuple[BinaryIO, int]:
    """The plain text as a file in which one can seek, and its size; `sealed` must be seekable, and is closed with it.
    Raises SealError, also while it is read."""
    pieces = _Sealed(sealed, keys)
    return cast(BinaryIO, io.BufferedReader(pieces)), pieces.size


def key_id_of(head: bytes) -> str | None:
    """The key that a sealed file names in its first bytes (80 do); None if it is no sealed file."""
    length = len(MAGIC)
    if head[:length] not in (MAGIC, UNPACKED) or len(head) <= length:
        return None
    return head[length + 1 : length + 1 + head[length]].decode("ascii", errors="replace")


@dataclass(frozen=True)
class _Seal:
    """What a sealed file's header says. chunk_bytes: of a chunk's content; the last one's may be less."""

    cipher: AESGCM
    header: bytes
    prefix: bytes
    chunk_bytes: int
    key_id: str
    is_packed: bool

    @classmethod
    def of(cls, sealed: BinaryIO, keys: Mapping[str, bytes]) -> "_Seal":
        magic = sealed.read(len(MAGIC))
        if magic not in (MAGIC, UNPACKED):
            raise SealError("error.seal.no_file")
        length = sealed.read(1)
        name = sealed.read(length[0] if length else 0)
        size = sealed.read(4)
        prefix = sealed.read(_PREFIX_BYTES)
        if len(prefix) != _PREFIX_BYTES:
            raise SealError("error.seal.cut_off")
        key_id = name.decode("ascii", errors="replace")
        if key_id not in keys:
            raise SealError("error.seal.no_key", key=repr(key_id), there=", ".join(sorted(keys)) or "-")
        header, (chunk_bytes,) = magic + length + name + size + prefix, _LENGTH.unpack(size)
        return cls(AESGCM(checked_key(keys[key_id])), header, prefix, chunk_bytes, key_id, magic == MAGIC)

    def length_told(self, told: bytes) -> int:
        """Of the sealed chunk behind these four bytes. Raises SealError for one that cannot be."""
        length = _LENGTH.unpack(told)[0] if len(told) == _LENGTH.size else 0
        if not TAG_BYTES <= length <= self.chunk_bytes + _PACKING_BYTES + TAG_BYTES:
            raise SealError("error.seal.length", key=repr(self.key_id))
        return int(length)

    def chunks_of(self, sealed: BinaryIO) -> Iterator[bytes]:
        """The sealed chunks from here to the end. A chunk is read with the length behind it: in an object store each
        read is a request."""
        if not self.is_packed:
            yield from iter(lambda: sealed.read(self.chunk_bytes + TAG_BYTES), b"")
            return
        told = sealed.read(_LENGTH.size)
        while told:
            length = self.length_told(told)
            read = sealed.read(length + _LENGTH.size)
            yield read[:length]
            told = read[length:]

    def opened(self, chunk: bytes, number: int, is_last: bool) -> bytes:
        try:
            plain = self.cipher.decrypt(_nonce(self.prefix, number, is_last), chunk, self.header)
        except InvalidTag as error:
            raise SealError("error.seal.closed_chunk", number=number, key=repr(self.key_id)) from error
        return _unpacked(plain, self.chunk_bytes) if self.is_packed else plain


class _Sealed(io.RawIOBase):
    """Chunks are unsealed as they are wanted."""

    def __init__(self, sealed: BinaryIO, keys: Mapping[str, bytes]) -> None:
        self._sealed = sealed
        self._seal = _Seal.of(sealed, keys)
        self._places = self._find_chunks()
        self._last = len(self._places) - 1
        self._at = 0
        self._held = (-1, b"")
        # The last one at once, which shows that none is missing.
        self.size = self._last * self._seal.chunk_bytes + len(self._chunk(self._last))

    def _find_chunks(self) -> list[tuple[int, int]]:
        """(place, length) of every sealed chunk."""
        at = len(self._seal.header)
        self._sealed.seek(0, io.SEEK_END)  # which does not tell the place everywhere
        end = self._sealed.tell()
        if not self._seal.is_packed:
            whole = self._seal.chunk_bytes + TAG_BYTES
            return [(place, whole) for place in range(at, max(end, at + 1), whole)]
        places = []
        while at < end:
            self._sealed.seek(at)
            length = self._seal.length_told(self._sealed.read(_LENGTH.size))
            places.append((at + _LENGTH.size, length))
            at += _LENGTH.size + length
        if not places:
            raise SealError("error.seal.cut_off")
        return places

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
        number, within = divmod(self._at, self._seal.chunk_bytes)
        part = self._chunk(number)[within : within + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        self._sealed.close()
        super().close()

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            place, length = self._places[number]
            self._sealed.seek(place)
            self._held = (number, self._seal.opened(self._sealed.read(length), number, is_last=number == self._last))
        return self._held[1]


def _packed(chunk: bytes) -> bytes:
    """As it is, where packing gains nothing: workbooks and zips are packed already."""
    packed = pa.compress(chunk, codec="zstd", asbytes=True) if chunk else chunk
    if len(packed) + _LENGTH.size >= len(chunk):
        return _AS_IT_IS + chunk
    return _ZSTD + _LENGTH.pack(len(chunk)) + packed


def _unpacked(plain: bytes, most: int) -> bytes:
    if plain[:1] == _AS_IT_IS:
        return plain[1:]
    size = _LENGTH.unpack_from(plain, 1)[0]
    if plain[:1] != _ZSTD or size > most:
        raise SealError("error.seal.packing")
    return bytes(pa.decompress(plain[_PACKING_BYTES:], decompressed_size=size, codec="zstd", asbytes=True))


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)
