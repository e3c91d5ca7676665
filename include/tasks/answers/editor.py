"""Who saved a workbook last, as the workbook itself says."""

import html
import io
import re
import zipfile

from include.tasks.persons import LONGEST_NAME, plain_name

# What programs write where nobody told them a name: it says who nobody is.
NOBODY = frozenset(
    {"", "openpyxl", "xlsxwriter", "storekeeper", "administrator", "admin", "user", "owner", "pc", "root", "unknown",
     "microsoft office user", "microsoft", "apache poi", "windows user", "用户", "未知", "作者"}
)  # fmt: skip
_PARTS = (
    ("docProps/core.xml", re.compile(rb"<cp:lastModifiedBy[^<>]*>([^<]*)<")),
    ("meta.xml", re.compile(rb"<dc:creator[^<>]*>([^<]*)<")),
)
_MAX_BYTES = 1_000_000  # of a workbook's properties, so that a hostile file does not fill our memory


def last_editor(workbook: bytes) -> str | None:
    """The name in an .xlsx, .ods or .xls; None if there is none that names a person."""
    try:
        name = _of_archive(workbook) if workbook.startswith(b"PK") else _of_compound_file(workbook)
    except Exception:  # zipfile and olefile stumble over damage in many ways, and a name is worth no failure
        return None
    name = plain_name(name)
    return None if name.casefold() in NOBODY else name[:LONGEST_NAME]


def _of_archive(workbook: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        for part, pattern in _PARTS:
            if part in archive.namelist():
                with archive.open(part) as file:
                    found = pattern.search(file.read(_MAX_BYTES))
                return html.unescape(found[1].decode("utf-8")) if found else ""
    return ""


def _of_compound_file(workbook: bytes) -> str:
    import olefile

    if not olefile.isOleFile(workbook):
        return ""
    with olefile.OleFileIO(io.BytesIO(workbook)) as file:
        said = file.get_metadata()
    name = said.last_saved_by or b""
    for encoding in ("utf-8", f"cp{said.codepage or 936}", "gb18030"):
        try:
            return str(name.decode(encoding)) if isinstance(name, bytes) else str(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return ""
