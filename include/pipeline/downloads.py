"""What was downloaded before: so that a server is asked for what is new only, and the kept bytes serve for the rest.

A small file a shop and day beside the books. It only spares downloads: without it everything is downloaded again.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.files.arrivals import Archives, Arrival, arrival_chunks
from include.files.content import Content, Held
from include.files.raw_store import RawStore, held_or_kept
from include.privacy.sealing import SealError
from include.warehouse.workspace import Workspace


@dataclass
class Downloads:
    """A keyed hash of the file's name -> {"mark": what the server calls the content, "sha256": what it is kept as}."""

    path: Path
    key: bytes
    known: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace, shop: str, day: str) -> "Downloads":
        path = workspace.home / "downloads" / day / f"{shop}.json"
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            known = {}
        # Files of an earlier release knew names in clear, which are not carried on.
        by_hash = {name: about for name, about in known.items() if len(name) == hashlib.sha256().digest_size * 2}
        return cls(path, workspace.keys.customers, by_hash)

    def read(
        self,
        arrival: Arrival,
        source: str,
        raw: RawStore,
        most: int,
        archives: Archives,
        storage_options: Any = None,
        password: str | None = None,
    ) -> Content:
        """The file's content: from the raw store where the server says that nothing is new, else from the server; of
        more than `most` bytes, where in the raw store it is kept.

        Raises SourceError where it cannot be read now, ExportError where it is a member of a damaged archive.
        """
        before = self.known.get(self._known_as(arrival))
        kept = None if before is None else _kept(raw, before["sha256"], most)
        if arrival.member is not None:
            if before is not None and kept is not None and before["mark"] == arrival.mark:
                return kept
            return held_or_kept(archives.member(arrival, source, storage_options, password).chunks(), raw, most)
        known_mark = None if before is None or kept is None else before["mark"]
        with arrival_chunks(arrival, source, storage_options, unless=known_mark) as chunks:
            content = kept if chunks is None else held_or_kept(chunks, raw, most)
        assert content is not None, "only a known mark is answered with nothing new"
        return content

    def remember(self, arrival: Arrival, digest: str) -> None:
        if arrival.mark:
            self.known[self._known_as(arrival)] = {"mark": arrival.mark, "sha256": digest}

    def _known_as(self, arrival: Arrival) -> str:
        """Names may name somebody, and those that are shown may be the same."""
        name = "\0".join((arrival.archive or "", arrival.name, arrival.member or ""))
        return hmac.new(self.key, name.encode(), hashlib.sha256).hexdigest()

    def write(self) -> None:
        if self.known:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self.path.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(self.known, ensure_ascii=False, indent=1), encoding="utf-8")
            unfinished.replace(self.path)


def _kept(raw: RawStore, digest: str, most: int) -> Content | None:
    try:
        kept = raw.kept_as(digest)
        return kept if kept.size > most else Held(kept.read())
    except (FileNotFoundError, SealError):
        return None
