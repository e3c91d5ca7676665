"""A text file too large to hold, as UTF-8 piece by piece: the same text that `encoding.decode` and `csv_records` make
of a file they hold whole.

How a file is written (its encoding, damaged lines, lone carriage returns) is decided over the whole of it. Nearly
always its beginning tells already; where a later piece says otherwise, `SurpriseError` is raised, and the file is
looked at whole (`examined`) before it is read again.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from include.files.errors import ExportError
from include.files.text.encoding import (
    NO_HINTS,
    Hints,
    begins_as_utf8,
    by_mark,
    choose,
    declared_otherwise,
    refuse_undecodable,
    unmarked_note,
    utf16_without_mark,
)

Source = Callable[[], Iterable[bytes]]
"""Gives a file's bytes from its beginning, as often as it is called."""

HEAD_BYTES = 1 << 20
PIECE_BYTES = 1 << 24
# A lone carriage return is an end of a line where there is no other end, white space where there is.
CTRL_Z = b"\x1a"  # what DOS ends a text with
LINE_END, WHITE_SPACE = "line end", "white space"


class SurpriseError(Exception):
    """A file is not written as its beginning made believe."""


@dataclass(frozen=True)
class Writing:
    """How a text is written. encoding, note: as `Decoded` names them. damaged: some lines do not fit it. lone_return:
    what a lone carriage return stands for; None when there is none."""

    encoding: str
    damaged: bool = False
    lone_return: str | None = None
    note: str | None = None


def likely(source: Source, name: str, hints: Hints = NO_HINTS) -> Writing:
    """How a text is written, by its beginning."""
    head = _head(source)
    marked = by_mark(head)
    if marked == "utf-16":
        return Writing(marked)
    if marked is None and (unmarked := utf16_without_mark(head)) is not None:
        return Writing(unmarked, note=unmarked_note(unmarked))
    if _fits(head, marked or "utf-8"):
        return Writing(marked or "utf-8", note=None if marked else declared_otherwise(head, hints))
    if marked is None and not begins_as_utf8(head):
        chosen = choose(head.split(b"\n"), name, hints, only_utf8=False)
        if not chosen.is_damaged and _fits(head, chosen.encoding):
            return Writing(chosen.encoding, note=chosen.note)
    return examined(source, name, hints)


def examined(source: Source, name: str, hints: Hints = NO_HINTS) -> Writing:
    """How a text is written, by all of it. Raises ExportError when no encoding fits."""
    head = _head(source)
    marked = by_mark(head)
    utf16 = marked if marked == "utf-16" else None if marked else utf16_without_mark(head)
    if utf16 is not None:
        try:
            return _with_returns(source, Writing(utf16, note=None if marked else unmarked_note(utf16)))
        except UnicodeDecodeError as error:
            raise ExportError(name, "the file begins as UTF-16 and is not", found=f"byte {error.start}") from error
    as_utf8 = marked or "utf-8"
    try:
        return _with_returns(source, Writing(as_utf8, note=None if marked else declared_otherwise(head, hints)))
    except UnicodeDecodeError:
        pass
    chosen = choose(_lines(source, marked is not None), name, hints, marked is not None or begins_as_utf8(head))
    if not chosen.is_damaged:
        try:
            return _with_returns(source, Writing(chosen.encoding, note=chosen.note))
        except UnicodeDecodeError:
            pass
    lines, broken, first = 0, 0, 0
    for line in _lines(source, marked is not None):
        lines += 1
        try:
            line.decode(chosen.encoding)
        except UnicodeDecodeError:
            broken, first = broken + 1, first or lines
    if broken:
        refuse_undecodable(name, broken, first, lines, chosen.encoding)
    encoding = as_utf8 if chosen.encoding == "utf-8" else chosen.encoding
    return _with_returns(source, Writing(encoding, damaged=True, note=chosen.note))


def utf8_pieces(source: Source, writing: Writing) -> Iterator[bytes]:
    """The text in pieces of about PIECE_BYTES. Raises SurpriseError where it is not written so."""
    try:
        for piece in _without_tail(_utf8(source, writing)):
            if writing.lone_return is None:
                if piece.count(b"\r") != piece.count(b"\r\n"):
                    raise SurpriseError
                yield piece
            elif writing.lone_return == LINE_END:
                yield piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            else:
                yield piece.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    except UnicodeDecodeError:
        raise SurpriseError from None


def without_tail(data: bytes) -> bytes:
    """A text without the zeros and the Ctrl-Z that some systems fill a file up with: one mark is left of those on a
    line of their own, none of those behind the last row's last cell."""
    if not data.endswith((b"\0", CTRL_Z)):
        return data
    bare = data.rstrip(b"\0" + CTRL_Z)
    return bare + CTRL_Z if bare.endswith(b"\n") else bare


def _without_tail(texts: Iterable[bytes]) -> Iterator[bytes]:
    held, last = b"", b"\n"
    for text in texts:
        text = held + text
        bare = text.rstrip(b"\0" + CTRL_Z)
        held, last = text[len(bare) :], bare[-1:] or last
        yield bare
    if held and last == b"\n":
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


def _utf8(source: Source, writing: Writing) -> Iterator[bytes]:
    """Decoded strictly (or with damage marked) and encoded anew; never cut between \\r and \\n."""
    decoder = codecs.getincrementaldecoder(writing.encoding)("storekeeper_damage" if writing.damaged else "strict")
    held, at = b"", 0

    def decoded(piece: bytes, final: bool = False) -> bytes:
        waiting = len(decoder.getstate()[0])
        try:
            return decoder.decode(piece, final).encode()
        except UnicodeDecodeError as error:
            error.start += at - waiting
            raise

    for piece in pieces(source(), PIECE_BYTES):
        text = held + decoded(piece)
        at += len(piece)
        held = b"\r" if text.endswith(b"\r") else b""
        yield text[: len(text) - len(held)]
    yield held + decoded(b"", final=True)


def _with_returns(source: Source, writing: Writing) -> Writing:
    """With what a lone carriage return stands for. Raises UnicodeDecodeError where the encoding does not fit."""
    returns = pairs = ends = 0
    for piece in _utf8(source, writing):
        returns += piece.count(b"\r")
        pairs += piece.count(b"\r\n")
        ends += piece.count(b"\n")
    if returns == pairs:
        return writing
    ends_records = ends == 0 or returns_end_records(_text_lines(_utf8(source, writing)))
    return replace(writing, lone_return=LINE_END if ends_records else WHITE_SPACE)


def returns_end_records(lines: Iterable[bytes]) -> bool:
    """Lone carriage returns of a text part records that are all as wide as the first: files of several systems, put
    together. lines: as line feeds part them."""
    first: tuple[int, bytes] | None = None
    has_some = False
    for line in lines:
        pieces = [piece for piece in line.removesuffix(b"\r").split(b"\r") if piece.strip()]
        if first is None and pieces:
            first = max((pieces[0].count(delimiter), delimiter) for delimiter in (b",", b"\t", b";", b"|"))
        if b"\r" in line.removesuffix(b"\r") and first is not None:
            has_some = True
            if len(pieces) < 2 or first[0] == 0 or any(piece.count(first[1]) != first[0] for piece in pieces):
                return False
    return has_some


def _text_lines(texts: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for text in texts:
        *lines, held = (held + text).split(b"\n")
        yield from lines
    yield held


def _head(source: Source) -> bytes:
    return b"".join(pieces(source(), HEAD_BYTES, most=1))


def _fits(head: bytes, encoding: str) -> bool:
    """The beginning of a text, which may end within a character."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _lines(source: Source, is_marked: bool) -> Iterator[bytes]:
    held = b""
    skip = len(codecs.BOM_UTF8) if is_marked else 0
    for piece in pieces(source(), PIECE_BYTES):
        *lines, held = (held + piece[skip:]).split(b"\n")
        skip = 0
        yield from lines
    yield held
