"""The list as a document: canonical JSON lines, a function of its inputs and of nothing else.

Line 1 is the head (kind, day, notes, what was held back, manifest); each further line is one task line, or one of the
further tables. Two documents made of the same inputs are equal byte by byte.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from include.tasks.canonical_json import Json, canonical_json, content_hash, read_json

FORMAT = 1
Table = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Line:
    """One line of a list. `rank` counts from 1; `since_day` is the first list in a row that asked for it."""

    task_id: str
    subject: str
    rank: int
    urgency: int
    since_day: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Document:
    """notes: sentences about the list by language, with `is_detail` of those that do not stand above it. held_back:
    subjects left out because they were refused or snoozed and nothing changed since. tables: what goes along with the
    list and is answered nowhere, rows by the table's name."""

    kind: str
    day: str
    lines: tuple[Line, ...]
    notes: tuple[Mapping[str, Any], ...]
    held_back: tuple[Mapping[str, Any], ...]
    manifest: Mapping[str, Any]
    tables: Mapping[str, Table] = field(default_factory=dict)

    def told_first(self, language: str) -> list[str]:
        """The sentences above the list."""
        return [note[language] for note in self.notes if not note.get("is_detail")]

    def details(self, language: str) -> list[str]:
        """The sentences on the sheet that explains."""
        return [note[language] for note in self.notes if note.get("is_detail")]


@dataclass(frozen=True)
class Written:
    """A document as text, the hash of all of it, and the hash of what a reader sees: all but the manifest, so that new
    code which changes nothing pushes nothing."""

    text: str
    document_hash: str
    content_hash: str


def write_document(document: Document) -> Written:
    """Raises NotCanonicalError where a payload or the manifest holds a real number."""
    seen: dict[str, Json] = {
        "format": FORMAT,
        "kind": document.kind,
        "day": document.day,
        "lines": len(document.lines),
        "notes": list(document.notes),
        "held_back": list(document.held_back),
    }
    lines = "".join(canonical_json(vars(line)) + "\n" for line in document.lines)
    for name, rows in sorted(document.tables.items()):
        lines += canonical_json({"table": name, "rows": [dict(row) for row in rows]}) + "\n"
    text = canonical_json({**seen, "manifest": document.manifest}) + "\n" + lines
    return Written(text, content_hash(text), content_hash(canonical_json(seen) + "\n" + lines))


def read_document(text: str) -> Document:
    head, *rows = _parsed(text)
    return Document(
        kind=head["kind"],
        day=head["day"],
        lines=tuple(Line(**row) for row in rows if "table" not in row),
        notes=tuple(head["notes"]),
        held_back=tuple(head["held_back"]),
        manifest=head["manifest"],
        tables={row["table"]: row["rows"] for row in rows if "table" in row},
    )


def read_head(text: str) -> dict[str, Any]:
    """All that stands above the lines: kind, day, notes, what was held back, manifest."""
    head: dict[str, Any] = read_json(text.partition("\n")[0])
    return head


def pack(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8"), 6)


def unpack(blob: bytes) -> str:
    return zlib.decompress(blob).decode("utf-8")


def _parsed(text: str) -> Sequence[Any]:
    # Not splitlines(): U+2028 and its like may stand inside JSON text.
    return [read_json(line) for line in text.split("\n") if line]
