"""Files of any size under AES-256-GCM in bounded memory.

The file is cut into chunks, each sealed on its own. A chunk's nonce holds its number and whether it is the last, so
that a chunk lost, repeated, moved or cut off at the end does not open (the STREAM construction, Hoang et al. 2015).

Layout: magic, length of key id (1 byte), key id, chunk size (4 bytes), nonce prefix (7 bytes), then the chunks, each 16
bytes longer than its plain text. The header is authenticated with every chunk.
"""

import os
import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from include.landing.sealing import SealError, checked_key, checked_key_id

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
    magic = sealed.read(len(MAGIC))
    if magic != MAGIC:
        raise SealError("this is no sealed file")
    length = sealed.read(1)
    name = sealed.read(length[0] if length else 0)
    size = sealed.read(4)
    prefix = sealed.read(_PREFIX_BYTES)
    if len(prefix) != _PREFIX_BYTES:
        raise SealError("the sealed file is cut off in its header")
    header = MAGIC + length + name + size + prefix
    key_id = name.decode("ascii", errors="replace")
    if key_id not in keys:
        raise SealError(f"sealed with key {key_id!r}, which is not at hand")
    cipher = AESGCM(checked_key(keys[key_id]))
    chunk_bytes = struct.unpack(">I", size)[0] + TAG_BYTES
    number = 0
    chunk = sealed.read(chunk_bytes)
    while True:
        following = sealed.read(chunk_bytes)
        try:
            yield cipher.decrypt(_nonce(prefix, number, not following), chunk, header)
        except InvalidTag as error:
            raise SealError(
                f"chunk {number} does not open with key {key_id!r}: changed, cut off or wrong key"
            ) from error
        if not following:
            return
        chunk, number = following, number + 1


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)
