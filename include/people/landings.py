"""What each raw file is, kept beside it: the books can be rebuilt from raw files alone.

A note an export, sealed as the files are: its shop, report, day and name, when it came, and in which place of its run.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Set
from dataclasses import asdict, dataclass

from include.files.raw_store import RawStore
from include.privacy.sealing import SealError

_REPLACED = "replaced-"


@dataclass(frozen=True)
class Landing:
    """name: the file's own. told: as it may be shown. content_hash: by which the books know it. landed_at, exported_at:
    'YYYY-MM-DD HH:MM:SS' where the merchant is. number: its place among the files of its run. history: of the opening
    history."""

    export_id: str
    shop: str
    report: str
    day: str
    name: str
    told: str
    content_hash: str
    exported_at: str
    landed_at: str
    number: int
    history: bool


def keep_landing(raw: RawStore, landing: Landing) -> None:
    """The first time that an export comes; a later one tells nothing new."""
    raw.note(landing.export_id, json.dumps(asdict(landing)), anew=False)


def keep_replacement(
    raw: RawStore, hashes: Collection[str], replaced_by: str | None, origin: str, at: str, exports: Collection[str]
) -> None:
    """These contents held somebody who was erased: another one stands for them now, or none. exports: what they were
    landings of; their files' own names are forgotten."""
    for digest in hashes:
        said = {"content_hash": digest, "replaced_by": replaced_by, "origin": origin, "at": at}
        raw.note(f"{_REPLACED}{digest}", json.dumps(said))
    for export_id in exports:
        try:
            text = raw.noted(export_id)
        except SealError:  # nobody knows whom it names
            raw.forget_note(export_id)
            continue
        if text is not None:
            said = json.loads(text)
            raw.note(export_id, json.dumps({**said, "name": said["told"]}))


def forget_landings(raw: RawStore, removed: Set[str]) -> None:
    """Forget what is known of contents that were removed: a note has the file's own name, which people write customers
    into."""
    notes = dict(raw.notes())
    instead = {str(one["content_hash"]): one["replaced_by"] for one in replacements_of(notes)}
    for landing in landings_of(notes):
        digests = [landing.content_hash]
        while (following := instead.get(digests[-1])) and following not in digests:
            digests.append(following)
        if removed & set(digests):
            for digest in digests:
                raw.forget_note(f"{_REPLACED}{digest}")
            raw.forget_note(landing.export_id)


def landings_of(notes: Mapping[str, str]) -> list[Landing]:
    """In the order in which they came."""
    found = [Landing(**json.loads(text)) for name, text in notes.items() if not name.startswith(_REPLACED)]
    return sorted(found, key=lambda one: (one.landed_at, one.day, one.shop, one.number, one.export_id))


def replacements_of(notes: Mapping[str, str]) -> list[dict[str, str | None]]:
    """content_hash, replaced_by, origin, at: rows of `raw_replacements`."""
    return [json.loads(text) for name, text in sorted(notes.items()) if name.startswith(_REPLACED)]
