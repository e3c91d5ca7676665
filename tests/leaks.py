"""Looking for planted texts in everything that a run leaves behind, whatever they are written or packed in."""

import base64
import gzip
import io
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

DEEPEST = 4  # a workbook in a zip in a zip is enough


def writings(text: str) -> dict[str, bytes]:
    """The ways in which a text may stand in a file: name of the way -> its bytes."""
    found = {"UTF-8": text.encode(), "UTF-16-LE": text.encode("utf-16-le"), "UTF-16-BE": text.encode("utf-16-be")}
    found["GB18030"] = text.encode("gb18030")
    found["JSON"] = json.dumps(text)[1:-1].encode()
    found["JSON in JSON"] = json.dumps(json.dumps(text)[1:-1])[1:-1].encode()
    found["address"] = quote(text).encode()
    found["repr of bytes"] = repr(text.encode())[2:-1].encode()
    for name, plain in (("UTF-8", text.encode()), ("GB18030", text.encode("gb18030"))):
        # In base64 a text has three forms, by where in a triple it begins; its first and last letters hold neighbours.
        for before in range(3):
            packed = base64.b64encode(b"\0" * before + plain)
            held = packed[(before * 8 + 5) // 6 : len(b"\0" * before + plain) * 8 // 6]
            found[f"base64 of {name}, {before}"] = held
            found[f"base64url of {name}, {before}"] = held.replace(b"+", b"-").replace(b"/", b"_")
    return found


class Planted:
    """Texts that may stand nowhere. Their writings must be long enough to stand nowhere by chance."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.needles: dict[bytes, str] = {}
        for text in texts:
            for way, needle in writings(text).items():
                assert len(needle) >= 6, f"{text} is too short to be looked for"
                self.needles.setdefault(needle, f"{text} as {way}")

    def found_in(self, content: bytes) -> set[str]:
        return {said for needle, said in self.needles.items() if needle in content}

    def leaks(self, places: Mapping[str, bytes]) -> dict[str, set[str]]:
        """place -> what stands there, of places where something stands."""
        return {place: found for place, content in places.items() if (found := self.found_in(content))}


def contents(folder: Path, leave_out: Iterable[Path] = ()) -> dict[str, bytes]:
    """Every file below a folder, unpacked where it is packed, and every cell of every SQLite database."""
    left_out = tuple(leave_out)
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or any(path.is_relative_to(other) for other in left_out):
            continue
        content = path.read_bytes()
        found.update(unpacked(str(path), content))
        if content.startswith(b"SQLite format 3\0"):
            found.update(database(path))
    return found


def unpacked(name: str, content: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """The content itself, and what is packed in it."""
    yield name, content
    if depth == DEEPEST:
        return
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from unpacked(f"{name} > {member}", archive.read(member), depth + 1)
    elif content.startswith(b"\x1f\x8b"):
        yield from unpacked(f"{name} > gzip", gzip.decompress(content), depth + 1)
    elif content[:1] == b"\x78":
        try:
            inner = zlib.decompress(content)
        except zlib.error:
            return
        yield from unpacked(f"{name} > zlib", inner, depth + 1)


def database(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every row of every table: a long cell is scattered over the file's pages."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as books:
        tables = [name for (name,) in books.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for number, row in enumerate(books.execute(f'SELECT * FROM "{table}"')):
                texts = b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
                yield f"{path}: {table} {number}", texts
                for cell in row:
                    if isinstance(cell, bytes):
                        yield from unpacked(f"{path}: {table} {number}", cell)
