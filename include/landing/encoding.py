"""Bytes to text, decided on the bytes and strictly.

UTF-8 is tried before GB18030: nearly every byte string is some GB18030, hardly any GB18030 text is UTF-8. Where
neither fits the whole file, single lines are damaged (a cut character, a bad disk): the encoding that fits more lines
is taken, and the bytes that do not fit become `DAMAGE`, which no real text holds, so that the reader can set those rows
aside and keep the others.
"""

import codecs
import io
from dataclasses import dataclass

from include.landing.errors import ExportError

DAMAGE = "\ufdd0"
# A file with a larger share of damaged lines is in some third encoding, not damaged.
LARGEST_DAMAGED_SHARE = 0.2
FEW_LINES = 10
BYTES_AT_ONCE = 1 << 24
_CANDIDATES = ("utf-8", "gb18030")


def _mark_damage(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return DAMAGE, error.end


codecs.register_error("storekeeper_damage", _mark_damage)


@dataclass(frozen=True)
class Decoded:
    """UTF-8 bytes without BOM, whatever the file was in. `damaged_lines`: 1-based physical lines."""

    data: bytes
    encoding: str
    damaged_lines: tuple[int, ...] = ()


def decode(data: bytes, name: str) -> Decoded:
    """Decode a text export. Raises ExportError naming the first line that no encoding fits."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return Decoded(data.decode("utf-16").encode(), "utf-16")
        except UnicodeDecodeError as error:
            raise ExportError(name, "the file begins as UTF-16 and is not", found=f"byte {error.start}") from error
    bom = data.startswith(codecs.BOM_UTF8)
    body = data[len(codecs.BOM_UTF8) :] if bom else data
    try:
        body.decode("utf-8")
        return Decoded(body, "utf-8-sig" if bom else "utf-8")
    except UnicodeDecodeError:
        pass
    only_utf8 = bom or begins_as_utf8(body)
    if not only_utf8:
        try:
            return Decoded(_as_utf8(body, "gb18030"), "gb18030")
        except UnicodeDecodeError:
            pass
    return _decode_damaged(body, name, bom, ("utf-8",) if only_utf8 else _CANDIDATES)


def _as_utf8(data: bytes, encoding: str) -> bytes:
    """The bytes encoded anew, some at a time: text in memory takes two to four times its file. Raises
    UnicodeDecodeError."""
    read = codecs.getincrementaldecoder(encoding)()
    written = io.BytesIO()
    for first in range(0, len(data), BYTES_AT_ONCE):
        block = data[first : first + BYTES_AT_ONCE]
        written.write(read.decode(block, final=first + BYTES_AT_ONCE >= len(data)).encode())
    return written.getvalue()


def begins_as_utf8(data: bytes) -> bool:
    """Whether the first line that is not ASCII (a header, most likely) is UTF-8.

    A damaged UTF-8 file can pass as GB18030 by accident; a header in GB18030 hardly ever passes as UTF-8.
    """
    for line in data[:65_536].split(b"\n")[:-1]:
        if not line.isascii():
            return not _damaged_lines([line], "utf-8")
    return False


def _decode_damaged(data: bytes, name: str, bom: bool, candidates: tuple[str, ...]) -> Decoded:
    lines = data.split(b"\n")
    damaged = {encoding: _damaged_lines(lines, encoding) for encoding in candidates}
    encoding = min(candidates, key=lambda candidate: len(damaged[candidate]))
    broken = damaged[encoding]
    refuse_undecodable(name, len(broken), broken[0], len(lines))
    text = data.decode(encoding, errors="storekeeper_damage")
    return Decoded(text.encode(), "utf-8-sig" if bom else encoding, tuple(broken))


def refuse_undecodable(name: str, damaged: int, first: int, lines: int) -> None:
    """Raises ExportError where too many lines are damaged for the encoding to be right. first: the first of them."""
    if damaged * 2 > lines or damaged > max(FEW_LINES, LARGEST_DAMAGED_SHARE * lines):
        raise ExportError(
            name,
            f"{damaged} of {lines} lines fit neither UTF-8 nor GB18030",
            line=first,
            expected="a csv in UTF-8 (with or without BOM), GBK or GB18030",
        )


def _damaged_lines(lines: list[bytes], encoding: str) -> list[int]:
    broken = []
    for number, line in enumerate(lines, start=1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError:
            broken.append(number)
    return broken
