"""Raw exports, kept once by content and encrypted at rest, behind any fsspec path."""

import hashlib
import logging
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from include.files.content import Content, Held, Passing
from include.files.errors import naming
from include.files.locations.credentials import StorageOptions
from include.files.locations.locations import opened, redacted_url
from include.privacy.sealed_stream import key_id_of, open_sealed, seal_stream, unseal_stream
from include.privacy.sealing import SealError, checked_key
from include.settings.saying import BilingualError

_NOTES, _NOTE = "landings", ".note"
WITNESSES = 40  # files by which keys are judged, over all the time of the store: each costs a request
CERTAIN = 2  # files that a key does not open: one may be damaged
log = logging.getLogger("storekeeper.raw")


class UnfitKeysError(BilingualError):
    """The keys are not those that sealed what lies in a place; the message names both."""


@dataclass(frozen=True)
class UnfitKeys:
    """Keys that sealed what lies in a store. missing: not at hand; other: at hand is another key of that name."""

    missing: tuple[str, ...]
    other: tuple[str, ...]
    there: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.other)

    def __contains__(self, key_id: str) -> bool:
        return key_id in self.missing or key_id in self.other

    def as_words(self) -> dict[str, str]:
        """What a message names."""
        return {name: ", ".join(getattr(self, name)) or "-" for name in ("missing", "other", "there")}


class RawStore:
    """Files named by the SHA-256 of their content.

    root: a folder or an address ('/data/raw', 's3://bucket/raw', ...). keys: key id -> 32 bytes, all that may be needed
    for reading. key_id: the one that new files are sealed with. storage_options: what opens the place, see
    `include.files.locations.credentials`.
    """

    def __init__(
        self, root: str, keys: Mapping[str, bytes], key_id: str, storage_options: Mapping[str, Any] | None = None
    ) -> None:
        if key_id not in keys:
            raise ValueError(f"key {key_id!r} is not among the keys given ({', '.join(sorted(keys))})")
        for key in keys.values():
            checked_key(key)
        self._keys = dict(keys)
        self._address = root
        self._key_id = key_id
        self._files, self._root = opened(root, StorageOptions(storage_options or {}))

    def keep(self, content: Content) -> "Kept":
        """Keep a content; one that is already kept is not written again."""
        if not self.holds(content.digest):
            return self.keep_chunks(content.chunks())
        return Kept(self, content.digest, content.size)

    def keep_chunks(self, chunks: Iterable[bytes]) -> "Kept":
        """Keep a content of any size as it comes, once through, under another name until it is whole: where the chunks
        end in an error nothing is kept, and a process that dies leaves no half file under a content's name."""
        passing = Passing(chunks)
        with self._sealed(passing, f"{self._root}/unfinished/") as unfinished:
            digest = passing.digest.hexdigest()
            if not self.holds(digest) or self.key_id_of(digest) != self._key_id:
                path = self._path(digest)
                self._files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
                self._files.mv(unfinished, path)
        return Kept(self, digest, passing.size)

    @contextmanager
    def _sealed(self, content: Any, beginning: str) -> Iterator[str]:
        """A content sealed with the newest key, under a name of its own that is gone afterwards."""
        unfinished = f"{beginning}{uuid.uuid4().hex}.unfinished"
        self._files.makedirs(unfinished.rsplit("/", 1)[0], exist_ok=True)
        try:
            with naming(self._root), self._files.open(unfinished, "wb") as sealed:
                seal_stream(content, sealed, self._keys[self._key_id], self._key_id)
            yield unfinished
        finally:
            if self._files.exists(unfinished):
                self._files.rm_file(unfinished)

    def read(self, digest: str) -> bytes:
        """The whole content, verified. Raises SealError, or FileNotFoundError where it was never kept or is erased."""
        content = b"".join(self.chunks(digest))
        if hashlib.sha256(content).hexdigest() != digest:
            raise SealError("error.seal.other_content", digest=digest)
        return content

    def chunks(self, digest: str) -> Iterator[bytes]:
        """The content piece by piece, in bounded memory."""
        with self._files.open(self._path(digest), "rb") as sealed:
            yield from unseal_stream(sealed, self._keys)

    def open(self, digest: str) -> tuple[BinaryIO, int]:
        """The content as a file in which one can seek, in bounded memory, and its size. Raises as `read` does."""
        return open_sealed(self._files.open(self._path(digest), "rb"), self._keys)

    def kept_as(self, digest: str) -> "Kept":
        """A content that is here, not held. Raises as `read` does."""
        file, size = self.open(digest)
        file.close()
        return Kept(self, digest, size)

    def holds(self, digest: str) -> bool:
        return bool(self._files.exists(self._path(digest)))

    def erase(self, digest: str) -> bool:
        """Remove a content for good (retention, erasure). False where it was not there."""
        if not self.holds(digest):
            return False
        self._files.rm_file(self._path(digest))
        return True

    def reseal(self, digest: str) -> bool:
        """Seal a kept content anew, where its key is not the newest; False where it is. Bounded memory."""
        if self.key_id_of(digest) == self._key_id:
            return False
        self.keep_chunks(self.chunks(digest))
        return True

    def unfit_keys(self) -> UnfitKeys:
        """The keys that do not open what they should, judged by some of the files and notes: the store of another
        merchant, a key that was lost, a new set in place of the old. What is damaged here or there does not count."""
        there = sorted(self._there(), key=lambda one: one[2])
        there = [one for one in there if one[0].endswith((".sealed", _NOTE))]
        refused: Counter[str] = Counter()
        opened = set()
        for _, path, _ in there[:: max(1, len(there) // WITNESSES)]:
            with self._files.open(path, "rb") as sealed:
                key_id = key_id_of(sealed.read(80))
            if key_id is None:
                continue
            refused[key_id] += 1
            try:
                with self._files.open(path, "rb") as sealed:
                    next(unseal_stream(sealed, self._keys))
                opened.add(key_id)
            except SealError:
                pass
        unfit = sorted(one for one in refused.keys() - opened if refused[one] >= CERTAIN or not opened)
        missing = tuple(one for one in unfit if one not in self._keys)
        other = tuple(one for one in unfit if one in self._keys)
        return UnfitKeys(missing, other, tuple(sorted(self._keys)))

    def require_fitting_keys(self) -> None:
        """Raises UnfitKeysError if the keys are not those that sealed what lies here."""
        if unfit := self.unfit_keys():
            raise UnfitKeysError.named("error.unfit_keys", place=redacted_url(self._address), **unfit.as_words())

    def note(self, name: str, text: str, *, anew: bool = True) -> None:
        """Keep a short text beside the contents, sealed: what one of them is. anew: in place of one that is there."""
        path = self._note(name)
        if not anew and self._files.exists(path):
            return
        with self._sealed(BytesIO(text.encode()), f"{path}.") as unfinished:
            self._files.mv(unfinished, path)

    def notes(self) -> Iterator[tuple[str, str]]:
        """(name, text) of every note, by name. One that does not open is logged and left out: a damaged note must not
        cost the others their backup."""
        for name, path, _ in self._there():
            if name.endswith(_NOTE):
                try:
                    with self._files.open(path, "rb") as sealed:
                        yield name.removesuffix(_NOTE), b"".join(unseal_stream(sealed, self._keys)).decode()
                except SealError as error:
                    log.error("the note %s does not open: %s", name, error)

    def noted(self, name: str) -> str | None:
        """A note; None if there is none. Raises SealError if it does not open."""
        if not self._files.exists(path := self._note(name)):
            return None
        with self._files.open(path, "rb") as sealed:
            return b"".join(unseal_stream(sealed, self._keys)).decode()

    def forget_note(self, name: str) -> None:
        if self._files.exists(path := self._note(name)):
            self._files.rm_file(path)

    def kept(self) -> Iterator[str]:
        """The SHA-256 of every content kept."""
        yield from self.kept_since()

    def kept_since(self) -> dict[str, datetime]:
        """The SHA-256 of every content kept -> since when it lies there (UTC)."""
        return {name.removesuffix(".sealed"): since for name, _, since in self._there() if name.endswith(".sealed")}

    def clear_unfinished(self, before: datetime) -> int:
        """Remove what writes that died before a moment (UTC) have left behind; returns how many."""
        old = self.unfinished(before)
        for path in old:
            self._files.rm_file(path)
        return len(old)

    def unfinished(self, before: datetime) -> list[str]:
        """The paths of writes that were begun before a moment (UTC) and did not end."""
        return [path for name, path, since in self._there() if name.endswith(".unfinished") and since < before]

    def _there(self) -> Iterator[tuple[str, str, datetime]]:
        """(name, path, written at) of every file."""
        if not self._files.exists(self._root):
            return
        for path, about in sorted(self._files.find(self._root, detail=True).items()):
            yield PurePosixPath(path).name, path, _utc(about.get("mtime") or about.get("created"))

    def key_id_of(self, digest: str) -> str:
        """The key that a kept content is sealed with: what must not be thrown away yet."""
        with self._files.open(self._path(digest), "rb") as sealed:
            return key_id_of(sealed.read(80)) or ""

    def _note(self, name: str) -> str:
        return f"{self._root}/{_NOTES}/{name}{_NOTE}"

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest}.sealed"


@dataclass(frozen=True)
class Kept:
    """A content of the raw store that is too large to hold."""

    raw: RawStore
    digest: str
    size: int

    def chunks(self) -> Iterator[bytes]:
        return self.raw.chunks(self.digest)

    def open(self) -> BinaryIO:
        return self.raw.open(self.digest)[0]

    def read(self) -> bytes:
        return self.raw.read(self.digest)


def held_or_kept(chunks: Iterable[bytes], raw: RawStore, most: int) -> Content:
    """A content as it comes: up to `most` bytes in memory, a larger one in the raw store."""
    coming = iter(chunks)
    held: list[bytes] = []
    size = 0
    for chunk in coming:
        held.append(chunk)
        size += len(chunk)
        if size > most:
            return raw.keep_chunks(chain(held, coming))
    return Held(b"".join(held))


def _utc(written: datetime | float | None) -> datetime:
    """As the file systems tell it: seconds, a moment with or without its zone; of those that tell nothing, now."""
    if written is None:
        return datetime.now(UTC)
    if isinstance(written, datetime):
        return written.replace(tzinfo=written.tzinfo or UTC).astimezone(UTC)
    return datetime.fromtimestamp(written, UTC)
