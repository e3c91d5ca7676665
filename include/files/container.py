"""What a file is, by its first bytes: the extension is never believed.

Platforms name zips `.csv`, BIFF workbooks `.xlsx` and password-protected workbooks `.xls`.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, cast

from include.files.content import Content, Held, Passing, head_of
from include.files.errors import DAMAGED_ZIP, ExportError
from include.privacy.display_names import decoded

ZIP_MAGIC = b"PK\x03\x04"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARQUET_MAGIC = b"PAR1"
GZIP_MAGIC = b"\x1f\x8b"
_PAGE = re.compile(
    rb"<(?:!doctype html|!--|html|head|body|meta|style|script|title|link|table|thead|tr|div|form|p|br|center)\b"
)
# An export is a spreadsheet that a person could open; what unpacks to more is an accident or an attack. So is what
# unpacks to much more than text can be packed.
LARGEST_UNPACKED = 2 * 1024**3
LARGEST_RATIO = 250
ALWAYS_FITS = 64 * 1024**2
# What archivers and desktops leave beside real files.
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_UTF8_NAME = 0x800
_IS_LOCKED = 0x1
_CHUNK_BYTES = 1 << 20
_TAIL_BYTES = 64


@dataclass(frozen=True)
class Unpacked:
    """The innermost file. `container` tells the whole way in, e.g. 'zip > csv' or 'encrypted > xlsx'."""

    container: str
    kind: str  # text, parquet, or a workbook: xlsx, xlsb, xls, ods, html, mhtml, xml
    content: Content
    member: str | None = None


@dataclass(frozen=True)
class Member:
    """One export in a zip, unpacked as it is read: ExportError then where it is damaged."""

    archive: Content
    info: zipfile.ZipInfo
    of: str  # the archive's name
    password: str | None = None

    @property
    def name(self) -> str:
        return _member_name(self.info)

    @property
    def size(self) -> int:
        return self.info.file_size

    def chunks(self) -> Iterator[bytes]:
        if self.info.flag_bits & _IS_LOCKED and self.password is None:
            raise ExportError(self.of, "the zip is password-protected and the shop's connection gives no password")
        try:
            with self.open() as file:
                while chunk := file.read(_CHUNK_BYTES):
                    yield chunk
        except (*DAMAGED_ZIP, OSError) as error:
            raise ExportError(self.of, "the zip cannot be opened: wrong password or a damaged file") from error

    def open(self) -> BinaryIO:
        """Going back in it means to unpack it again."""
        archive = zipfile.ZipFile(self.archive.open())
        return cast(BinaryIO, archive.open(self.info, pwd=self.password.encode() if self.password else None))

    def read(self) -> bytes:
        return b"".join(self.chunks())

    @cached_property
    def digest(self) -> str:
        """Raises ExportError if it is damaged."""
        passing = Passing(self.chunks())
        while passing.read(_CHUNK_BYTES):
            pass
        return passing.digest.hexdigest()


def unpack(content: Content, name: str, password: str | None = None) -> Unpacked:
    """Open zips of one member and password-protected workbooks until a table is reached.

    Raises ExportError where the file is empty, needs a password that is not given or does not fit, or holds several
    members.
    """
    return _unpack(content, name, password, member=None, way=())


def _unpack(content: Content, name: str, password: str | None, member: str | None, way: tuple[str, ...]) -> Unpacked:
    if not content.size:
        raise ExportError(name, "the file is empty", found="0 bytes", expected="an export with a header line")
    if len(way) > 2:
        raise ExportError(name, "archives stand in archives", found=" > ".join(way))
    head = head_of(content)
    if head.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC)):
        return _from_zip(content, name, password, member, way)
    if head.startswith(OLE_MAGIC):
        return _from_ole(content, name, password, member, way)
    if head.startswith(PARQUET_MAGIC) and _tail(content, name).endswith(PARQUET_MAGIC):
        return Unpacked(" > ".join((*way, "parquet")), "parquet", content, member)
    if head.startswith(GZIP_MAGIC):
        raise ExportError(
            name, "a gzip file is not read as it is", found="a .gz file", expected="the file within it, or a zip"
        )
    kind = _written_as(head)
    if kind is not None:
        return Unpacked(" > ".join((*way, kind)), kind, content, member)
    _refuse_disguised(head, content, name)
    return Unpacked(" > ".join((*way, "csv")), "text", content, member)


def _written_as(head: bytes) -> str | None:
    """'html', 'mhtml' or 'xml' when a text's beginning is a web page's or an Excel-2003 spreadsheet's."""
    begins = head[:65_536].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if begins.startswith(b"<?xml"):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in begins:
            return "xml"
        return "html" if b"<html" in begins[:2048] else None
    if _PAGE.match(begins):
        return "html"
    return (
        "mhtml"
        if begins.startswith(b"mime-version:") or b"\ncontent-type: multipart/related" in begins[:2048]
        else None
    )


def _tail(content: Content, name: str) -> bytes:
    try:
        with content.open() as file:
            file.seek(max(0, content.size - _TAIL_BYTES))
            return file.read()
    except DAMAGED_ZIP as error:
        raise ExportError(name, "the zip cannot be opened: wrong password or a damaged file") from error


def _refuse_disguised(data: bytes, content: Content, name: str) -> None:
    """Web pages and pictures that were saved under an export's name. data: how the content begins."""
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for beginning, what in (
        (b"<?xml", "an XML document"),
        (b"%pdf", "a PDF"),
        (b"\x89png", "a picture"),
        (b"rar!", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
    ):
        if head.startswith(beginning):
            raise ExportError(name, "this is no export", found=what, expected="csv, xlsx, xls, zip or parquet")
    if head.startswith(b"{") and _tail(content, name).rstrip().endswith(b"}"):
        raise ExportError(name, "this is no export", found="a JSON answer", expected="csv, xlsx, xls or zip")


def members_in(content: Content, name: str, password: str | None = None) -> list[Member] | None:
    """The exports in a zip; None if the content is anything else.

    Raises ExportError if the zip is damaged, empty or unpacks to too much; a member that is damaged or locked says so
    when it is read.
    """
    if not head_of(content).startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC)):
        return None
    archive = _opened_zip(content, name)
    if _workbook_kind(archive) is not None:
        return None
    files = _members(archive)
    if not files:
        raise ExportError(name, "the zip is empty", found="0 files", expected="one export or several")
    _refuse_bombs(archive, content, name)
    return [Member(content, info, name, password) for info in files]


def member_names(content: Content, name: str) -> list[str]:
    """The members of a zip that are not junk; none where it is no zip. Raises ExportError where it is damaged."""
    if not head_of(content).startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC)):
        return []
    return [_member_name(info) for info in _members(_opened_zip(content, name))]


def _opened_zip(content: Content, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(content.open())
    except DAMAGED_ZIP as error:
        raise ExportError(name, f"the zip container is damaged ({error}); fetch the file again") from error


def _workbook_kind(archive: zipfile.ZipFile) -> str | None:
    names = set(archive.namelist())
    if "[Content_Types].xml" in names and any(n.startswith("xl/") for n in names):
        return "xlsb" if "xl/workbook.bin" in names else "xlsx"
    return "ods" if {"content.xml", "META-INF/manifest.xml"} <= names else None


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        info
        for info in archive.infolist()
        if info.filename
        and not info.filename.endswith("/")
        and not info.filename.startswith(_JUNK)
        and not info.filename.rpartition("/")[2].startswith((*_JUNK[1:], "._"))
    ]


def _member_name(info: zipfile.ZipInfo) -> str:
    """Archivers of a Chinese Windows write names in GBK and do not say so."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        written = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    return decoded(written) or info.filename


def _refuse_bombs(archive: zipfile.ZipFile, content: Content, name: str) -> None:
    """A member cannot give more than it announces: reading stops there and its checksum fails."""
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > LARGEST_UNPACKED:
        raise ExportError(name, "the zip unpacks to more than 2 GiB", found=f"{unpacked} bytes", code="too_large")
    if unpacked > max(ALWAYS_FITS, LARGEST_RATIO * content.size):
        raise ExportError(
            name,
            "the zip unpacks to more than an export can be packed into",
            found=f"{unpacked} bytes out of {content.size}",
            expected=f"at most {LARGEST_RATIO} times as many",
            code="too_large",
        )


def _from_zip(content: Content, name: str, password: str | None, member: str | None, way: tuple[str, ...]) -> Unpacked:
    archive = _opened_zip(content, name)
    _refuse_bombs(archive, content, name)
    kind = _workbook_kind(archive)
    if kind is not None:
        return Unpacked(" > ".join((*way, kind)), kind, content, member)
    files = _members(archive)
    if len(files) != 1:
        raise ExportError(
            name, "a zip must hold one export", found=f"{len(files)} files", expected="one csv, xlsx or xls"
        )
    inner = Member(content, files[0], name, password)
    return _unpack(inner, name, password, member=inner.name, way=(*way, "zip"))


def _from_ole(content: Content, name: str, password: str | None, member: str | None, way: tuple[str, ...]) -> Unpacked:
    import msoffcrypto
    import olefile

    data = content.read()
    try:
        streams = {"/".join(parts) for parts in olefile.OleFileIO(io.BytesIO(data)).listdir()}
    except Exception as error:  # olefile stumbles over damage in many ways
        raise ExportError(name, "the OLE container is damaged; fetch the file again") from error
    if "EncryptedPackage" not in streams:
        if not streams & {"Workbook", "Book"}:
            raise ExportError(name, "this is no export", found="an OLE document that is no workbook")
        return Unpacked(" > ".join((*way, "xls")), "xls", content, member)
    if password is None:
        raise ExportError(
            name, "the workbook is password-protected and the shop's connection gives no password", code="password"
        )
    decrypted = io.BytesIO()
    try:
        workspace = msoffcrypto.OfficeFile(io.BytesIO(data))
        workspace.load_key(password=password, verify_password=True)
        workspace.decrypt(decrypted)
    except Exception as error:  # msoffcrypto raises its own and its parsers' errors alike
        raise ExportError(name, "the workbook cannot be decrypted: the shop's password does not fit") from error
    return _unpack(Held(decrypted.getvalue()), name, password, member, way=(*way, "encrypted"))
