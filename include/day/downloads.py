"""What was downloaded before: so that a server is asked for what is new only, and the kept bytes serve for the rest.

A small file a shop and day beside the books. It only spares downloads: without it everything is downloaded again.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.day.office import Office
from include.landing.arrivals import Arrival, arrival_chunks, read_arrival
from include.landing.errors import SourceError
from include.landing.raw_store import RawStore
from include.landing.sealing import SealError


@dataclass
class Downloads:
    """name -> {"mark": what the server calls the content, "sha256": what it is kept as}."""

    path: Path
    known: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, office: Office, shop: str, day: str) -> "Downloads":
        path = office.home / "downloads" / day / f"{shop}.json"
        try:
            return cls(path, json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return cls(path)

    def read(
        self, arrival: Arrival, source: str, raw: RawStore, storage_options: Any = None, password: str | None = None
    ) -> bytes:
        """The file's content: from the raw store where the server says that nothing is new, else from the server.

        Raises SourceError where it cannot be read now, ExportError where it is a member of a damaged archive.
        """
        before = self.known.get(arrival.told)
        if before is not None:
            kept = _kept(raw, before["sha256"])
            if kept is not None:
                fresh = read_arrival(arrival, source, storage_options, unless=before["mark"], password=password)
                return kept if fresh is None else fresh
        content = read_arrival(arrival, source, storage_options, password=password)
        assert content is not None, "only a known mark is answered with nothing new"
        return content

    def keep(self, arrival: Arrival, source: str, raw: RawStore, storage_options: Any = None) -> str:
        """Bring a file too large to hold into the raw store as it comes; returns the SHA-256 it is kept as.

        Raises SourceError where it cannot be read now, or is not whole.
        """
        before = self.known.get(arrival.told)
        if before is not None and before["mark"] == arrival.mark and raw.holds(before["sha256"]):
            return before["sha256"]
        with arrival_chunks(arrival, source, storage_options) as chunks:
            try:
                return raw.keep_chunks(chunks, arrival.size)[0]
            except ValueError as error:
                raise SourceError(f"{arrival.told}: {error}; it is read again later") from None

    def remember(self, arrival: Arrival, digest: str) -> None:
        if arrival.mark:
            self.known[arrival.told] = {"mark": arrival.mark, "sha256": digest}

    def write(self) -> None:
        if self.known:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self.path.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(self.known, ensure_ascii=False, indent=1), encoding="utf-8")
            unfinished.replace(self.path)


def _kept(raw: RawStore, digest: str) -> bytes | None:
    try:
        return raw.read(digest)
    except (FileNotFoundError, SealError):
        return None
