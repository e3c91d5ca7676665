"""Raw exports, kept once by content and encrypted at rest, behind any fsspec path."""

import hashlib
import io
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import fsspec

from include.landing.sealed_stream import seal_stream, unseal_stream
from include.landing.sealing import SealError, checked_key

COPY_BYTES = 1 << 20


class RawStore:
    """Files named by the SHA-256 of their content.

    root: an fsspec path ('/data/raw', 's3://bucket/raw', ...). keys: key id -> 32 bytes, all that may be needed for
    reading. key_id: the one that new files are sealed with.
    """

    def __init__(
        self, root: str, keys: Mapping[str, bytes], key_id: str, storage_options: Mapping[str, Any] | None = None
    ) -> None:
        if key_id not in keys:
            raise ValueError(f"key {key_id!r} is not among the keys given ({', '.join(sorted(keys))})")
        for key in keys.values():
            checked_key(key)
        self._keys = dict(keys)
        self._key_id = key_id
        self._files, self._root = fsspec.core.url_to_fs(root, **dict(storage_options or {}))

    def keep(self, source: bytes | BinaryIO, name: str, now: datetime) -> dict[str, Any]:
        """Keep a file; a content that is already kept is not written again. `source` must be seekable.

        Returns its manifest entry: name, sha256, size_bytes, path (under the root), key_id, landed_at, new (False where
        the content was kept before).
        """
        stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
        digest, size = _measure(stream)
        path = self._path(digest)
        new = not self._files.exists(path)
        if new:
            stream.seek(0)
            self._write(stream, path)
        return {
            "name": PurePosixPath(name.replace("\\", "/")).name,
            "sha256": digest,
            "size_bytes": size,
            "path": path.removeprefix(self._root).lstrip("/"),
            "key_id": self._key_id if new else self.key_id_of(digest),
            "landed_at": now.isoformat(sep=" ", timespec="seconds"),
            "new": new,
        }

    def read(self, digest: str) -> bytes:
        """The whole content, verified. Raises SealError, or FileNotFoundError where it was never kept or is erased."""
        content = b"".join(self.chunks(digest))
        if hashlib.sha256(content).hexdigest() != digest:
            raise SealError(f"the content kept as {digest} is another one")
        return content

    def chunks(self, digest: str) -> Iterator[bytes]:
        """The content piece by piece, in bounded memory."""
        with self._files.open(self._path(digest), "rb") as sealed:
            yield from unseal_stream(sealed, self._keys)

    def holds(self, digest: str) -> bool:
        return bool(self._files.exists(self._path(digest)))

    def erase(self, digest: str) -> bool:
        """Remove a content for good (retention, erasure). False where it was not there."""
        if not self.holds(digest):
            return False
        self._files.rm_file(self._path(digest))
        return True

    def kept(self) -> Iterator[str]:
        """The SHA-256 of every content kept."""
        if not self._files.exists(self._root):
            return
        for path in sorted(self._files.find(self._root)):
            name = PurePosixPath(path).name
            if name.endswith(".sealed"):
                yield name.removesuffix(".sealed")

    def key_id_of(self, digest: str) -> str:
        """The key that a kept content is sealed with: what must not be thrown away yet."""
        with self._files.open(self._path(digest), "rb") as sealed:
            head = sealed.read(80)
        return head[7 : 7 + head[6]].decode("ascii")

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest}.sealed"

    def _write(self, stream: BinaryIO, path: str) -> None:
        """Under another name first: a process that dies half-way must not leave half a file under the real one."""
        self._files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        unfinished = f"{path}.{uuid.uuid4().hex}.unfinished"
        try:
            with self._files.open(unfinished, "wb") as sealed:
                seal_stream(stream, sealed, self._keys[self._key_id], self._key_id)
            self._files.mv(unfinished, path)
        except BaseException:
            if self._files.exists(unfinished):
                self._files.rm_file(unfinished)
            raise


def _measure(stream: BinaryIO) -> tuple[str, int]:
    stream.seek(0)
    digest = hashlib.sha256()
    size = 0
    while chunk := stream.read(COPY_BYTES):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size
