"""One normal form for every id: of orders, lines, goods, suppliers, buyers, whoever writes them down.

Ids come in dresses. Exporters and spreadsheets put things around a number so that nobody reads it as one, or write it
as a number after all; an id must be the same in every report, or a refund does not find its order.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

WHITE = " \t\r\n\v\f\u3000\ufeff\u00a0\u202f\u2007\u2009\u200b"
_INVISIBLE = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
_WIDE = "[\uff03\uff08\uff09\uff0c-\uff1a\uff21-\uff3b\uff3d\uff3f\uff41-\uff5b\uff5d]"
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "；！？"}
_QUOTES = "'`\u2018\u2019\u00b4"
_PAIRS = "^(?:\u2018([^\u2018\u2019]*)\u2019|\u201c([^\u201c\u201d]*)\u201d)$"
_DASHES = "(\\S)[\u2010-\u2015\u2212\ufe58\ufe63](\\S)"  # which word processors put in place of a hyphen
_ESCAPED = "_x(00[0-9A-Fa-f]{2})_"
_WHITE_WITHIN = "[ \t\r\n\v\f\u3000\u00a0\u202f\u2007\u2009]+"
_ODD_WHITE = "  |[\t\r\n\v\f\u3000\u00a0\u202f\u2007\u2009]"
_GROUPED = "^[0-9]{1,3}(?:(?:,[0-9]{3})+|(?:[\u00a0\u202f\u2007\u2009][0-9]{3})+)(?:\\.0+)?$"

_NO_IDS = pa.array(
    [
        "none", "nan", "n/a", "na", "nil", "null", "undefined", "<na>", "<null>", "[null]", "(null)", r"\n", r"\\n",
        "(空)", "(无)", "(空白)", "(blank)", "(none)", "无", "空", "空白", "暂无", "没有", "未填", "未填写", "—", "——",
    ],
    type=pa.large_string(),
)  # fmt: skip
"""What databases, programs and clerks write in the cell of an id that there is not, in lower case."""

DAMAGED = (
    # A spreadsheet's way to show a number beyond its digits. 12E4, 250E3 and 1E5 are codes that merchants give.
    r"^[+-]?[0-9]{1,3}(?:[.,][0-9]+)?[eE]\+[0-9]+$"
    r"|^[0-9][.,][0-9]+[eE](?:1[1-9]|[2-9][0-9])$|^[0-9][eE](?:1[5-9]|[2-9][0-9])$"
    # A column too narrow, or an error cell.
    r"|^#+$|^#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)$"
)
"""An id whose digits are lost, as one can see of it alone. The suites are written with this pattern."""

NOUGHTS_OF_NO_CHANCE = 6
_ROUNDED = "^[0-9]{15}0+$"
"""Behind the fifteenth digits of a column's long ids, together."""

NAMES_AND_PLACES = (
    r"^[一-鿿·*]+$|@"
    # Words without a figure: `SO 1004` and `#1005 EU` are order numbers, `John Smith` is none.
    r"|^[^0-9]*[^0-9\s]\s+[^0-9\s][^0-9]*$"
    r"|\b(?:[Ss]treet|[Rr]oad|[Aa]venue|[Ll]ane|[Dd]rive|[Bb]oulevard|[Aa]partment|[Pp]laza)\b"
    r"|(?:[Ss]tra(?:ß|ss)e|[Ss]tr\.|[Aa]llee|[Gg]asse)\s+[0-9]"
    # A mobile number written in groups.
    r"|^(?:\+?86[ -]?)?1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}$"
    r"|[一-鿿](?:省|市|区|县|镇|街道|路|巷|小区|村)"
)
"""What a row whose cells have shifted puts under an order's number. The suites are written with this pattern."""


def clean_ids(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The ids without what exporters and spreadsheets put around them.

    Taken off: white and invisible characters, `="…"`, quotes, leading apostrophes, backticks, thousands separators of a
    number and its `.0`, commas and semicolons at the end; full-width letters, figures and brackets become plain, any
    dash a hyphen, letters with accents one character, white space within one blank. What programs write for no id at
    all (None, NaN, N/A, 无) is blank.
    """
    clean = pc.utf8_trim(texts, WHITE)
    if _any(escaped := pc.match_substring_regex(clean, _ESCAPED)):
        clean = pc.utf8_trim(_unescaped(clean, escaped), WHITE)
    if _any(pc.match_substring_regex(clean, r"[^\x00-\x7f]")):
        clean = pc.utf8_trim(pc.replace_substring_regex(clean, _INVISIBLE, ""), WHITE)
        clean = _narrowed(pc.utf8_normalize(clean, form="NFC"))
        clean = pc.replace_substring_regex(clean, _DASHES, r"\1-\2")
        clean = pc.replace_substring_regex(clean, _PAIRS, r"\1\2")
    for _ in range(2):  # '="42" and ="'42" are both met
        if _any(pc.match_substring_regex(clean, f"^[{_QUOTES}]|`$")):
            clean = pc.utf8_rtrim(pc.utf8_ltrim(clean, _QUOTES + WHITE), "`" + WHITE)
        if _any(pc.match_substring_regex(clean, '^[="]')):
            clean = pc.utf8_trim(_undressed(clean), WHITE)
    grouped = pc.match_substring_regex(clean, _GROUPED)
    if _any(grouped):
        clean = pc.if_else(grouped, pc.replace_substring_regex(clean, "[,\u00a0\u202f\u2007\u2009]", ""), clean)
    if _any(pc.match_substring(clean, ".0")):
        clean = pc.replace_substring_regex(clean, r"^(\d+)\.0+$", r"\1")
    if _any(pc.match_substring_regex(clean, _ODD_WHITE)):
        clean = pc.replace_substring_regex(clean, _WHITE_WITHIN, " ")
    if _any(pc.match_substring_regex(clean, r"[\w)][,;；、]+$")):
        clean = pc.utf8_rtrim(clean, ",;；、" + WHITE)
    none = pc.is_in(pc.utf8_lower(clean), _NO_IDS)
    return pc.if_else(none, pa.scalar("", type=clean.type), clean) if _any(none) else clean


def are_damaged(clean: pa.ChunkedArray, rounded: bool | None = None) -> np.ndarray:
    """Whose digits are lost, of ids as `clean_ids` gives them. rounded: whether long ids that end in zeros were
    rounded; None: as these ids tell themselves, see `Roundness`."""
    bad = np.zeros(len(clean), dtype=bool)
    if _any(pc.match_substring_regex(clean, r"[#+]|[.,][0-9]+[eE]|^[0-9][eE]")):
        bad |= _mask(pc.match_substring_regex(clean, DAMAGED))
    if rounded is None:
        rounded = Roundness.of(clean).is_lost
    return bad | _mask(pc.match_substring_regex(clean, _ROUNDED)) if rounded else bad


@dataclass(frozen=True)
class Roundness:
    """What a column's long ids, or a part of them, tell of a spreadsheet that keeps fifteen digits and writes zeros
    for the rest: 4212700000000000000.

    One id may end so by chance. All long ids of a column do not, if that is less likely than one in a million.
    has_whole: an id has more than fifteen digits and ends otherwise. rounded: ids that end in zeros, as many as may
    be needed to know.
    """

    has_whole: bool = False
    rounded: frozenset[str] = frozenset()

    @classmethod
    def of(cls, clean: pa.ChunkedArray) -> "Roundness":
        """Of ids as `clean_ids` gives them."""
        if not _any(pc.match_substring_regex(clean, "^[0-9]{16}")):
            return cls()
        if _any(pc.match_substring_regex(clean, "^[0-9]{15,}[1-9][0-9]*$")):
            return cls(has_whole=True)
        rounded = pc.unique(clean.filter(pc.match_substring_regex(clean, _ROUNDED)).combine_chunks()).to_pylist()
        return cls(rounded=frozenset(sorted(rounded)[:NOUGHTS_OF_NO_CHANCE]))

    def and_of(self, clean: pa.ChunkedArray) -> "Roundness":
        """With what further ids of the column tell."""
        if self.has_whole:
            return self
        other = Roundness.of(clean)
        return Roundness(other.has_whole, self.rounded | other.rounded)

    @property
    def is_lost(self) -> bool:
        """The ids that end in zeros have lost digits."""
        return not self.has_whole and sum(len(text) - 15 for text in self.rounded) >= NOUGHTS_OF_NO_CHANCE


def _mask(array: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)


def id_of(text: object) -> str:
    """One id in its normal form, for the places that read no table: answers, consents, commands. '' if it is blank."""
    if text is None or text is pd.NA or text != text:
        return ""
    clean: str = clean_ids(pa.chunked_array([pa.array([str(text)], type=pa.large_string())]))[0].as_py()
    return clean


def _any(mask: pa.ChunkedArray) -> bool:
    return bool(pc.any(mask).as_py())


def _narrowed(clean: pa.ChunkedArray) -> pa.ChunkedArray:
    wide = pc.match_substring_regex(clean, _WIDE)
    if not _any(wide):
        return clean
    texts = clean.to_pandas().astype("str")
    mask = wide.to_numpy(zero_copy_only=False)
    texts[mask] = texts[mask].map(lambda text: text.translate(_NARROW))
    return pa.chunked_array([pa.array(texts, type=pa.large_string())])


def _unescaped(clean: pa.ChunkedArray, escaped: pa.ChunkedArray) -> pa.ChunkedArray:
    """With the characters that a workbook's writer has spelt by their numbers: `_x002B_` is a plus."""
    texts = clean.to_pandas().astype("str")
    mask = escaped.to_numpy(zero_copy_only=False)
    texts[mask] = texts[mask].str.replace(_ESCAPED, lambda found: chr(int(found[1], 16)), regex=True)
    return pa.chunked_array([pa.array(texts, type=pa.large_string())])


def _undressed(clean: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without the `="…"` that keeps a spreadsheet from reading a number, or the quotes that a writer doubled; the usual
    dress is cut off, not looked for."""
    usual = pc.and_(pc.starts_with(clean, '="'), pc.ends_with(clean, '"'))
    usual = pc.and_(usual, pc.equal(pc.count_substring(clean, '"'), 2))
    bare = pc.utf8_slice_codeunits(clean, 2, -1)
    if pc.all(usual).as_py():
        return bare
    others = pc.if_else(usual, pa.scalar("", type=clean.type), clean)
    return pc.if_else(usual, bare, pc.replace_substring_regex(others, r'^(?:="?([^"]*)"?|"([^"]*)")$', r"\1\2"))
