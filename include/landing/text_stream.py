"""A text file too large to hold, as UTF-8 piece by piece: the same text that `encoding.decode` and `csv_records` make
of a file they hold whole.

How a file is written (its encoding, damaged lines, lone carriage returns) is decided over the whole of it. Nearly
always its beginning tells already; where a later piece says otherwise, `SurpriseError` is raised, and the file is
looked at whole (`examined`) before it is read again.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from include.landing.encoding import begins_as_utf8, refuse_undecodable
from include.landing.errors import ExportError

Source = Callable[[], Iterable[bytes]]
"""Gives a file's bytes from its beginning, as often as it is called."""

HEAD_BYTES = 1 << 20
PIECE_BYTES = 1 << 24
# A lone carriage return is an end of a line where there is no other end, white space where there is.
LINE_END, WHITE_SPACE = "line end", "white space"


class SurpriseError(Exception):
    """A file is not written as its beginning made believe."""


@dataclass(frozen=True)
class Writing:
    """How a text is written. encoding: as `Decoded` names it. damaged: some lines do not fit it. lone_return: what a
    lone carriage return stands for; None where there is none."""

    encoding: str
    damaged: bool = False
    lone_return: str | None = None


def likely(source: Source, name: str) -> Writing:
    """How a text is written, by its beginning."""
    head = b"".join(pieces(source(), HEAD_BYTES, most=1))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Writing("utf-16")
    for encoding in ("utf-8-sig",) if head.startswith(codecs.BOM_UTF8) else ("utf-8", "gb18030"):
        if encoding == "gb18030" and begins_as_utf8(head):
            break
        try:
            codecs.getincrementaldecoder(encoding)().decode(head)
            return Writing(encoding)
        except UnicodeDecodeError:
            continue
    return examined(source, name)


def examined(source: Source, name: str) -> Writing:
    """How a text is written, by all of it. Raises ExportError where no encoding fits."""
    head = b"".join(pieces(source(), HEAD_BYTES, most=1))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return _with_returns(source, Writing("utf-16"))
        except UnicodeDecodeError as error:
            raise ExportError(name, "the file begins as UTF-16 and is not", found=f"byte {error.start}") from error
    bom = head.startswith(codecs.BOM_UTF8)
    as_utf8 = "utf-8-sig" if bom else "utf-8"
    only_utf8 = bom or begins_as_utf8(head)
    for encoding in (as_utf8,) if only_utf8 else (as_utf8, "gb18030"):
        try:
            return _with_returns(source, Writing(encoding))
        except UnicodeDecodeError:
            continue
    lines, broken = _damaged_lines(source, bom, ("utf-8",) if only_utf8 else ("utf-8", "gb18030"))
    chosen = min(broken, key=lambda encoding: broken[encoding][0])
    refuse_undecodable(name, *broken[chosen], lines)
    return _with_returns(source, Writing(as_utf8 if chosen == "utf-8" else chosen, damaged=True))


def utf8_pieces(source: Source, writing: Writing) -> Iterator[bytes]:
    """The text in pieces of about PIECE_BYTES. Raises SurpriseError where it is not written so."""
    try:
        for piece in _utf8(source, writing):
            if writing.lone_return is None:
                if piece.count(b"\r") != piece.count(b"\r\n"):
                    raise SurpriseError
                yield piece
            elif writing.lone_return == LINE_END:
                yield piece.replace(b"\r", b"\n")
            else:
                yield piece.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    except UnicodeDecodeError:
        raise SurpriseError from None


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
    return Writing(writing.encoding, writing.damaged, WHITE_SPACE if ends else LINE_END)


def _damaged_lines(source: Source, bom: bool, candidates: tuple[str, ...]) -> tuple[int, dict[str, tuple[int, int]]]:
    """How many lines there are; encoding -> (lines that it does not fit, the first of them)."""
    broken = dict.fromkeys(candidates, (0, 0))
    number, held = 0, b""
    skip = len(codecs.BOM_UTF8) if bom else 0

    def look(lines: list[bytes]) -> None:
        nonlocal number
        for line in lines:
            number += 1
            for encoding in candidates:
                try:
                    line.decode(encoding)
                except UnicodeDecodeError:
                    count, first = broken[encoding]
                    broken[encoding] = (count + 1, first or number)

    for piece in pieces(source(), PIECE_BYTES):
        *lines, held = (held + piece[skip:]).split(b"\n")
        skip = 0
        look(lines)
    look([held])
    return number, broken
