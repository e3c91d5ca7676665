"""Which encoding a text is in, decided on its bytes and strictly.

A mark at the beginning decides, then UTF-8, since hardly any other text is UTF-8 by accident, then the encoding that
the shop declares (`text_stream` asks in this order; `choose` decides what is neither marked nor UTF-8). What is none
of these is in one of the encodings that the platform is known to use; of several the bytes are the evidence, and the
guess is said. Bytes that are evidence for none stop the file: text that is garbled in silence is worse.

Single lines may be damaged (a cut character, a bad disk): the bytes that do not fit become `DAMAGE`, which no real text
holds, so that the reader can set those rows aside and keep the others.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from include.files.errors import ExportError

DAMAGE = "\ufdd0"
# A file with a larger share of damaged lines is in some third encoding, not damaged.
LARGEST_DAMAGED_SHARE = 0.2
FEW_LINES = 10
SAMPLE_BYTES = 1 << 20
# Of a sample's characters beyond ASCII, how many must be usual ones before an encoding is believed. Nothing is
# impossible in cp1252, so that its cousins (cp1250, cp1257) pass in part.
MIN_EVIDENCE = {"cp1252": 0.85}
MIN_EVIDENCE_OTHERWISE = 0.6
# Korean syllables lie where Chinese has the first two thirds of its usual characters: of so many different Chinese
# ones, some are among the last third.
FEWEST_KOREAN = 16
ANY = ("gb18030", "cp1252", "big5", "cp932", "cp949")
"""What exports that are not UTF-8 are written in, the likeliest first."""
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
SPOKEN = {"gb18030": "GB18030", "utf-8": "UTF-8", "big5": "Big5", "cp932": "Shift-JIS (cp932)", "cp1252": "cp1252",
          "cp949": "Korean (cp949)"}  # fmt: skip
_LATIN = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿŒœŠšŽžŸ"
_SIGNS = "¥§©®°²³´µ·ºª«»¿¡–—‘’“”„…•™\u00a0"
# A letter with an accent stands among plain letters, two of them beside each other in lower case at most; a sign does
# not stand within a word.
_LATIN_TEXT = re.compile(
    rf"(?<![^\x00-\x7f{_SIGNS}])(?:(?<![a-z])[{_LATIN}]|[{_LATIN.lower()}ß]{{1,2}})(?![^\x00-\x7f{_SIGNS}])"
    r"|(?<![A-Za-z])[€£](?![A-Za-z])"
    rf"|(?:(?<![A-Za-z])[{_SIGNS}]|[{_SIGNS}](?![A-Za-z])|(?<=[A-Za-z])[’´‘–](?=[A-Za-z]))"
)


def _mark_damage(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return DAMAGE, error.end


codecs.register_error("storekeeper_damage", _mark_damage)


@dataclass(frozen=True)
class Hints:
    """What is known of a text's encoding before its bytes are looked at. declared: by the shop. usual: what the
    platform's exports are in when they are not UTF-8, the likeliest first."""

    declared: str | None = None
    usual: tuple[str, ...] = ANY


NO_HINTS = Hints()


@dataclass(frozen=True)
class Chosen:
    """An encoding to read with. is_damaged: single lines do not fit it."""

    encoding: str
    note: str | None = None
    is_damaged: bool = False


TWICE = "The text is UTF-8 that was taken for Latin-1 and written as UTF-8 again: it was read as what it was before"
LATIN = {ord(bytes([code]).decode("cp1252")): code for code in range(0x80, 0xA0)
         if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}  # fmt: skip
_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf" + "".join(map(chr, LATIN)) + "]")


def begins_encoded_twice(text: str) -> bool:
    """Whether the first letter beyond ASCII is a piece of one that a program took for Latin-1 and encoded again:
    `MÃ¼ller`."""
    beyond = _BEYOND_ASCII.search(text)
    return beyond is not None and _TWICE.match(text, beyond.start()) is not None


def by_mark(head: bytes, size: int) -> str | None:
    """'utf-32', 'utf-16' or 'utf-8-sig' by the mark at a text's beginning. size: of the whole."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) and size % 4 == 0:
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else None


def utf16_without_mark(head: bytes) -> str | None:
    """'utf-16-le' or 'utf-16-be' when every other byte of the commas, digits and line ends is zero."""
    head = head[: min(len(head), 1 << 16) & ~1]
    if len(head) < 8:
        return None
    even, odd = head[::2], head[1::2]
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) * 10 > len(zeros) and others.count(0) * 100 < len(others):
            return encoding
    return None


def choose(lines: Iterable[bytes], name: str, hints: Hints, only_utf8: bool) -> Chosen:
    """The encoding of a text that is not whole UTF-8, by its lines beyond ASCII; about a megabyte of them is looked at.
    Raises ExportError when the bytes speak for none."""
    if only_utf8:
        return Chosen("utf-8", is_damaged=True)
    if hints.declared is not None:
        return Chosen(hints.declared)
    sample: list[bytes] = []
    first = size = number = 0
    for number, line in enumerate(lines, start=1):
        if not line.isascii():
            first = first or number
            sample.append(line)
            size += len(line)
            if size > SAMPLE_BYTES:
                break
    if 2 * len(_damaged_lines(sample, "utf-8")) <= len(sample):
        return Chosen("utf-8", is_damaged=True)
    if len(hints.usual) == 1:
        return Chosen(hints.usual[0])
    text = b"\n".join(sample)
    found = {encoding: evidence(text, encoding) for encoding in hints.usual}
    if len(sample) > FEW_LINES:
        found |= {
            one: 0.0 for one in hints.usual if len(_damaged_lines(sample, one)) > LARGEST_DAMAGED_SHARE * len(sample)
        }
    best = max(hints.usual, key=lambda encoding: found[encoding])
    if found[best] < MIN_EVIDENCE.get(best, MIN_EVIDENCE_OTHERWISE):
        if len(sample) <= FEW_LINES and len(sample) <= LARGEST_DAMAGED_SHARE * number:
            return Chosen("utf-8", is_damaged=True)  # a few lines that nobody can read cost themselves
        raise ExportError(
            name,
            "the text's encoding cannot be told: its lines fit neither UTF-8 nor "
            + " nor ".join(SPOKEN.get(encoding, encoding) for encoding in hints.usual),
            line=first,
            expected="`encoding:` in the shop's settings, such as cp1250; or save the file as UTF-8",
        )
    return Chosen(
        best,
        f"The text was taken for {SPOKEN.get(best, best)} by its bytes; if names look wrong, say `encoding:` in the "
        "shop's settings",
    )


def evidence(sample: bytes, encoding: str) -> float:
    """The share of the characters beyond ASCII that are usual ones in texts of the encoding; 0 to 1."""
    text = sample.decode(encoding, errors="storekeeper_damage")
    beyond = [character for character in text if character > "\x7f"]
    if not beyond:
        return 0.0
    if encoding == "cp1252":
        return sum(len(found[0]) for found in _LATIN_TEXT.finditer(text)) / len(beyond)
    usual = _usual(encoding)
    if encoding == "cp949" and len(set(beyond)) < FEWEST_KOREAN:
        return 0.0
    share = sum(character in usual for character in beyond) / len(beyond) if usual else 0.0
    if encoding == "gb18030" and evidence(sample, "cp949") == 1.0:
        return share / 2
    return share


@cache
def _usual(encoding: str) -> frozenset[str]:
    """The characters of everyday texts: the first level of the old national standards, which were chosen by use."""
    if encoding == "cp932":
        firsts, seconds = [0x81, 0x82, 0x83, *range(0x88, 0x98)], range(0x40, 0xFD)
    elif encoding == "cp949":
        firsts, seconds = [0xA1, 0xA3, *range(0xB0, 0xC9)], range(0xA1, 0xFF)
    else:
        first_level = {"gb18030": range(0xB0, 0xD8), "big5": range(0xA4, 0xC7)}.get(encoding)
        if first_level is None:
            return frozenset()
        firsts, seconds = [0xA1, 0xA2, 0xA3, *first_level], range(0x40 if encoding == "big5" else 0xA1, 0xFF)
    usual = frozenset("".join(bytes([a, b]).decode(encoding, "ignore") for a in firsts for b in seconds))
    return usual | _usual("big5") if encoding == "gb18030" else usual  # which writes traditional characters too


def unmarked_note(encoding: str) -> str:
    """What is told of a UTF-16 text that does not begin by saying so."""
    return f"The text is {encoding.upper()} without the mark at its beginning that says so"


def declared_otherwise(chunks: Iterable[bytes], hints: Hints) -> str | None:
    """What is told when a text is UTF-8 and its shop declares another encoding."""
    if hints.declared is None or hints.declared == "utf-8" or all(chunk.isascii() for chunk in chunks):
        return None
    return f"The shop's settings say {hints.declared}, and the text is UTF-8: it was read as UTF-8"


def begins_as_utf8(data: bytes) -> bool:
    """Whether the first line that is not ASCII (a header, most likely) is UTF-8.

    A damaged UTF-8 file can pass as GB18030 by accident; a header in GB18030 hardly ever passes as UTF-8.
    """
    for line in data[:65_536].split(b"\n")[:-1]:
        if not line.isascii():
            return not _damaged_lines([line], "utf-8")
    return False


def refuse_undecodable(name: str, damaged: int, first: int, lines: int, encoding: str) -> None:
    """Raises ExportError when too many lines are damaged for the encoding to be right. first: the first of them."""
    if damaged * 2 > lines or damaged > max(FEW_LINES, LARGEST_DAMAGED_SHARE * lines):
        tried = "fit neither UTF-8 nor GB18030" if encoding in ("utf-8", "gb18030") else f"do not fit {encoding}"
        raise ExportError(
            name,
            f"{damaged} of {lines} lines {tried}",
            line=first,
            expected="a csv in UTF-8 (with or without BOM), GBK or GB18030; or `encoding:` in the shop's settings",
        )


def _damaged_lines(lines: list[bytes], encoding: str) -> list[int]:
    broken = []
    for number, line in enumerate(lines, start=1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError:
            broken.append(number)
    return broken
