"""The sheets of a workbook that came from people, as texts: read by a process of its own, under limits of memory and
time, so that a file with a cell in its far corner costs itself alone.

A cell that shows an error has the error as its text (#REF!), and a formula without a value says so (`NO_VALUE`): an
empty cell would have a meaning.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from include.files.errors import DAMAGED_ZIP, ExportError
from include.files.limits import ReadLimits
from include.files.workbooks.cell_text import ERRORS, NO_VALUE
from include.words.texts import LANGUAGES, Language, say

LIMITS = ReadLimits(max_cells=5_000_000, max_text_bytes=64 << 20, memory_bytes=1 << 30, seconds=60)
"""A list of 50,000 lines is far within them."""
# Names of sheets of a list, read in neither language.
NOT_ANSWERED_ON = (
    "list.explained", "list.sum", "table.sheet.plan", "table.sheet.suppliers", "table.sheet.review",
    "table.sheet.reckoning",
)  # fmt: skip
_EARLY_DAY = re.compile(r"(?:1899-12-31|1900-0[12]-\d\d)(?: 00:00:00)?")
_READ = ("xlsx", "xls", "ods")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BEGINNINGS: Mapping[bytes, str] = {
    b"%PDF": "pdf",
    b"\xff\xd8\xff": "picture",
    b"\x89PNG": "picture",
    b"GIF8": "picture",
    b"Rar!": "archive",
    b"7z\xbc\xaf": "archive",
    b"\x1f\x8b": "archive",
}
_OF_OFFICE: Mapping[str, str] = {"word/": "document", "ppt/": "slides", "xl/": "workbook"}
_OF_OPEN_DOCUMENT: Mapping[str, str] = {"text": "document", "presentation": "slides", "spreadsheet": "workbook"}
_OF_OLE: Mapping[str, str] = {
    "EncryptedPackage": "locked",
    "WordDocument": "document",
    "PowerPoint Document": "slides",
    "Workbook": "workbook",
    "Book": "workbook",
}
_FILEPASS, _END_OF_RECORDS = 0x2F, 0x0A  # records of an .xls, by the file format


class NotAListError(ValueError):
    """The file is not a list of ours, or its hidden parts are gone. name: of the text that says so; without one the
    message is in the language of the list already. what: the file is instead, as `what_it_is` says."""

    def __init__(self, message: str, name: str = "", what: str = "") -> None:
        super().__init__(message)
        self.name, self.what = name, what

    def in_words(self, language: Language) -> str:
        if not self.name:
            return str(self)
        return say(language, self.name, what=say(language, f"answer.file.{self.what}") if self.what else "")


@dataclass(frozen=True)
class Sheet:
    """rows: as the spreadsheet counts them, the first is rows[0]; all of one width."""

    name: str
    rows: list[list[str]]


def sheets_of(content: bytes) -> list[Sheet]:
    """Every sheet with cells but those on which nobody answers. A merged cell's text stands in its first cell alone.

    Raises NotAListError where the content is no workbook, or takes more than the limits to be read.
    """
    from include.files.container import unpack
    from include.files.content import Held
    from include.files.workbooks.workbook import read_workbook

    what = what_it_is(content)
    if what == "locked":
        raise not_a_list("answer.has_password")
    if what == "text":
        raise not_a_list("answer.is_text")
    if what not in ("workbook", ""):
        raise not_a_list("answer.is_another_file", what=what)
    try:
        kind = unpack(Held(content), "").kind if what else ""
        if kind not in _READ:
            raise not_a_list("answer.not_a_workbook")
        skipped = frozenset(say(language, name) for language in LANGUAGES for name in NOT_ANSWERED_ON)
        book = read_workbook(kind, content, "", LIMITS, skipped=skipped)
    except ExportError as error:
        name = {"too_large": "answer.too_large_to_read", "password": "answer.has_password"}.get(error.code)
        raise not_a_list(name or "answer.not_a_workbook") from error
    sheets = []
    for grid in book.sheets:
        rows = list(grid.rows())
        if kind == "ods":
            rows = [[_as_excel_counts(text) if text[:2] in ("18", "19") else text for text in row] for row in rows]
        for column, first, last in grid.merged:
            for row in rows[first : last + 1]:
                row[column] = ""
        sheets.append(Sheet(grid.name or "", rows))
    return sheets


def _as_excel_counts(text: str) -> str:
    """A small number in a cell for dates as Excel shows it: 5 is 1900-01-05 there, and 1900-01-04 in LibreOffice."""
    if not _EARLY_DAY.fullmatch(text):
        return text
    return (date.fromisoformat(text[:10]) + timedelta(days=1)).isoformat()


def is_lost(text: str) -> bool:
    """The cell shows an error, or a formula whose value nobody computed."""
    return text == NO_VALUE or text in ERRORS


def what_it_is(content: bytes) -> str:
    """What a file is by its content: 'workbook', 'locked' (by a password), 'text', 'document', 'slides', 'picture',
    'pdf', 'archive', 'empty'; '' where it cannot be told."""
    if not content:
        return "empty"
    if content.startswith(b"PK"):
        return _of_archive(content)
    if content.startswith(_OLE):
        return _of_compound_file(content)
    found = next((what for beginning, what in _BEGINNINGS.items() if content.startswith(beginning)), "")
    return found or ("text" if _is_text(content[:4096]) else "")


def _of_archive(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if any(info.flag_bits & 1 for info in archive.infolist()) or "encrypted-package" in names:
                return "locked"
            if "META-INF/manifest.xml" in names and b":encryption-data" in _read(archive, "META-INF/manifest.xml"):
                return "locked"
            if "mimetype" in names and "content.xml" in names:
                said = _read(archive, "mimetype").decode("latin-1").rpartition(".")[2].strip()
                return _OF_OPEN_DOCUMENT.get(said, "archive")
    except (*DAMAGED_ZIP, OSError):
        return ""
    if "[Content_Types].xml" not in names:
        return "archive"
    return next((what for folder, what in _OF_OFFICE.items() if any(n.startswith(folder) for n in names)), "archive")


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """A small part's beginning, whatever it unpacks to."""
    with archive.open(name) as file:
        return file.read(65_536)


def _of_compound_file(content: bytes) -> str:
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(content)) as container:
            streams = {parts[0] for parts in container.listdir()}
            what = next((what for name, what in _OF_OLE.items() if name in streams), "")
            if "Workbook" in streams and _has_password(container.openstream("Workbook").read(65_536)):
                return "locked"
            return what
    except Exception:  # olefile stumbles over damage in many ways
        return ""


def _has_password(stream: bytes) -> bool:
    """Whether the records of an .xls, up to the end of its first part, say that what follows is encrypted."""
    at = 0
    while at + 4 <= len(stream):
        kind, size = int.from_bytes(stream[at : at + 2], "little"), int.from_bytes(stream[at + 2 : at + 4], "little")
        if kind in (_FILEPASS, _END_OF_RECORDS):
            return kind == _FILEPASS
        at += 4 + size
    return False


def _is_text(head: bytes) -> bool:
    """True for letters in one of the encodings in use here, without control characters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):  # the head may end within a letter
            try:
                text = head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return not any((sign < " " and sign not in "\t\r\n\f") or sign == "\x7f" for sign in text)
    return False


def not_a_list(name: str, what: str = "") -> NotAListError:
    error = NotAListError("", name, what)
    return NotAListError(f"{error.in_words('zh').rstrip('。')}。 {error.in_words('en').rstrip('.')}.", name, what)
