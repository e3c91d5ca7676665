"""A text file of any size, as text and as UTF-8, piece by piece.

How a file is written (its encoding, damaged lines, lone carriage returns) is decided over the whole of it. Nearly
always the beginning of a large file tells already; if a later piece says otherwise, `SurpriseError` is raised, and the
file is looked at whole (`examined`) before it is read again.
"""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from include.files.content import Content, Held
from include.files.errors import ExportError
from include.files.text.encoding import (
    LATIN,
    NO_HINTS,
    TWICE,
    Hints,
    begins_as_utf8,
    begins_encoded_twice,
    by_mark,
    choose,
    declared_otherwise,
    refuse_undecodable,
    unmarked_note,
    utf16_without_mark,
)

HEAD_BYTES = 1 << 20
PIECE_BYTES = 1 << 22
CTRL_Z = "\x1a"  # what DOS ends a text with
# A lone carriage return is an end of a line if there is no other end, white space if there is.
LINE_END, WHITE_SPACE = "\n", " "
_WIDE = ("utf-16", "utf-32")


class SurpriseError(Exception):
    """A file is not written as its beginning made believe."""


@dataclass(frozen=True)
class Writing:
    """How a text is written. damaged: some lines do not fit the encoding. lone_return: what a lone carriage return
    stands for; None when there is none. twice: the text is UTF-8 encoded again as if it were Latin-1; None while no
    letter beyond ASCII was seen. note: what a person should know of how the encoding was found; None when nothing was
    guessed."""

    encoding: str
    damaged: bool = False
    lone_return: str | None = None
    twice: bool | None = False
    note: str | None = None


@dataclass(frozen=True)
class Decoded:
    """A text that is held whole, bytes that fit no encoding as `DAMAGE`. encoding, note: as `Writing` has them."""

    text: str
    encoding: str
    note: str | None = None


def decode(data: bytes, name: str, hints: Hints = NO_HINTS) -> Decoded:
    """Decode a text. Raises ExportError when no encoding fits, or none can be told from another."""
    content = Held(data)
    writing = examined(content, name, hints)
    return Decoded("".join(_texts(content, writing)), writing.encoding, writing.note)


def likely(content: Content, name: str, hints: Hints = NO_HINTS) -> Writing:
    """How a text is written, by the beginning of a large one."""
    if content.size <= HEAD_BYTES:
        return examined(content, name, hints)
    head = _head(content)
    marked = by_mark(head, content.size)
    if marked in _WIDE:
        return Writing(marked)
    if marked is None and (unmarked := utf16_without_mark(head)) is not None:
        return Writing(unmarked, note=unmarked_note(unmarked))
    as_utf8 = marked or "utf-8"
    if (text := _begun(head, as_utf8)) is not None:
        if not begins_encoded_twice(text):
            note = None if marked else declared_otherwise(content.chunks(), hints)
            return Writing(as_utf8, twice=None if text.isascii() else False, note=note)
    elif marked is None and not begins_as_utf8(head):
        chosen = choose(_lines(content, False), name, hints, only_utf8=False)
        if not chosen.is_damaged and _begun(head, chosen.encoding) is not None:
            return Writing(chosen.encoding, note=chosen.note)
    return examined(content, name, hints)


def examined(content: Content, name: str, hints: Hints = NO_HINTS) -> Writing:
    """How a text is written, by all of it. Raises ExportError when no encoding fits."""
    head = _head(content)
    marked = by_mark(head, content.size)
    wide = marked if marked in _WIDE else None if marked else utf16_without_mark(head)
    if wide is not None:
        try:
            return _with_returns(content, Writing(wide, note=None if marked else unmarked_note(wide)))
        except UnicodeDecodeError as error:
            raise ExportError(name, "the file begins as UTF-16 and is not", found=f"byte {error.start}") from error
    as_utf8 = marked or "utf-8"
    try:
        plain = Writing(as_utf8, note=None if marked else declared_otherwise(content.chunks(), hints))
        if begins_encoded_twice(next((text for text in _texts(content, plain) if not text.isascii()), "")):
            try:
                return _with_returns(content, replace(plain, twice=True, note=TWICE))
            except UnicodeError:
                pass
        return _with_returns(content, plain)
    except UnicodeDecodeError:
        pass
    chosen = choose(_lines(content, marked is not None), name, hints, marked is not None or begins_as_utf8(head))
    if not chosen.is_damaged:
        try:
            return _with_returns(content, Writing(chosen.encoding, note=chosen.note))
        except UnicodeDecodeError:
            pass
    lines, broken, first = 0, 0, 0
    for line in _lines(content, marked is not None):
        lines += 1
        try:
            line.decode(chosen.encoding)
        except UnicodeDecodeError:
            broken, first = broken + 1, first or lines
    if broken:
        refuse_undecodable(name, broken, first, lines, chosen.encoding)
    encoding = as_utf8 if chosen.encoding == "utf-8" else chosen.encoding
    return _with_returns(content, Writing(encoding, damaged=True, note=chosen.note))


def utf8_pieces(content: Content, writing: Writing) -> Iterator[bytes]:
    """The text in pieces of about PIECE_BYTES, its lines ended by line feeds. Raises SurpriseError if it is not written
    so."""
    try:
        for text in _without_tail(_with_line_feeds(content, writing)):
            yield text.encode()
    except UnicodeError:
        raise SurpriseError from None


def _with_line_feeds(content: Content, writing: Writing) -> Iterator[str]:
    for text in _texts(content, writing):
        if writing.lone_return is not None:
            yield text.replace("\r\n", "\n").replace("\r", writing.lone_return)
        elif _lone_returns(text):
            raise SurpriseError
        else:
            yield text


def _without_tail(texts: Iterable[str]) -> Iterator[str]:
    """A text without the zeros and the Ctrl-Z that some systems fill a file up with: one mark is left of those on a
    line of their own, none of those behind the last row's last cell."""
    held, last = "", ""
    for text in texts:
        text = held + text
        bare = text.rstrip("\0" + CTRL_Z)
        held, last = text[len(bare) :], bare[-1:] or last
        yield bare
    if held and last == "\n":
        yield CTRL_Z


def pieces(chunks: Iterable[bytes], size: int, most: int | None = None) -> Iterator[bytes]:
    """The bytes in pieces of `size`, the last one shorter; not more than `most` of them."""
    held, length, given = [], 0, 0
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        while length >= size:
            whole = b"".join(held)
            yield whole[:size]
            given += 1
            if given == most:
                return
            held, length = [whole[size:]], length - size
    if length:
        yield b"".join(held)


def _texts(content: Content, writing: Writing) -> Iterator[str]:
    """Decoded strictly (or with damage marked), never cut in an end of line. Raises UnicodeError and SurpriseError."""
    decoder = codecs.getincrementaldecoder(writing.encoding)("storekeeper_damage" if writing.damaged else "strict")
    again = codecs.getincrementaldecoder("utf-8")()
    may_be_twice = writing.twice is None
    held, at = "", 0
    for piece in chain(pieces(content.chunks(), PIECE_BYTES), [b""]):
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            error.start += at - waiting
            raise
        at += len(piece)
        if may_be_twice and not text.isascii():
            if begins_encoded_twice(text):
                raise SurpriseError
            may_be_twice = False
        if writing.twice:
            text = again.decode(text.translate(LATIN).encode("latin-1"), final=not piece)
        text = held + text
        held = "\r" if piece and text.endswith("\r") else ""
        yield text[: len(text) - len(held)]


def _with_returns(content: Content, writing: Writing) -> Writing:
    """With what a lone carriage return stands for. Raises UnicodeError if the encoding does not fit."""
    lone = ends = 0
    for text in _texts(content, writing):
        lone += _lone_returns(text)
        ends += text.count("\n")
    if not lone:
        return writing
    ends_records = ends == 0 or _returns_end_records(_text_lines(_texts(content, writing)))
    return replace(writing, lone_return=LINE_END if ends_records else WHITE_SPACE)


def _lone_returns(text: str) -> int:
    returns = text.count("\r")
    return returns - text.count("\r\n") if returns else 0


def _returns_end_records(lines: Iterable[str]) -> bool:
    """Lone carriage returns of a text part records that are all as wide as the first: files of several systems, put
    together. lines: as line feeds part them."""
    first: tuple[int, str] | None = None
    has_some = False
    for line in lines:
        pieces = [piece for piece in line.removesuffix("\r").split("\r") if piece.strip()]
        if first is None and pieces:
            first = max((pieces[0].count(delimiter), delimiter) for delimiter in (",", "\t", ";", "|"))
        if "\r" in line.removesuffix("\r") and first is not None:
            has_some = True
            if len(pieces) < 2 or first[0] == 0 or any(piece.count(first[1]) != first[0] for piece in pieces):
                return False
    return has_some


def _text_lines(texts: Iterable[str]) -> Iterator[str]:
    held = ""
    for text in texts:
        *lines, held = (held + text).split("\n")
        yield from lines
    yield held


def _head(content: Content) -> bytes:
    return next(pieces(content.chunks(), HEAD_BYTES, most=1), b"")


def _begun(head: bytes, encoding: str) -> str | None:
    """The beginning of a text, which may end within a character; None if the encoding does not fit."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return None


def _lines(content: Content, is_marked: bool) -> Iterator[bytes]:
    held = b""
    skip = len(codecs.BOM_UTF8) if is_marked else 0
    for piece in pieces(content.chunks(), HEAD_BYTES):
        *lines, held = (held + piece[skip:]).split(b"\n")
        skip = 0
        yield from lines
    yield held
