"""Cells of text to exact values, a column at a time. Each distinct text is read once.

Every parser returns `Values`: the values, and where a text could not be read. Blank is a value (null), not an error.
Money never passes through a float.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

BLANKS = ("", "-", "--", "---", "—", "——", "/", "null", "NULL")
WHITE = " \t\r\n\u3000\ufeff\u00a0\u200b"
# Excel writes a number beyond its digits so: the id is lost and must not be guessed.
_DAMAGED_ID = r"^[+-]?\d(\.\d+)?[eE]\+\d+$"
_NUMBER = r"^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?$|^[+-]?\.\d+$"
_RANGE = r"^\s*(\d{8}|\d{4}[-/]\d{1,2}[-/]\d{1,2})\s*(?:[-~_至]|--)\s*(\d{8}|\d{4}[-/]\d{1,2}[-/]\d{1,2})\s*$"
_PLAIN_LENGTHS = (10, 16, 19)  # 2026-09-22, 2026-09-22 00:54, 2026-09-22 00:54:10
_MICRO_DIGITS = 6
_SPARE_DIGITS = 12


@dataclass(frozen=True)
class Values:
    """One value a row. bad: the text could not be read (the value is null there)."""

    series: pd.Series
    bad: np.ndarray


def ids(texts: pa.ChunkedArray) -> Values:
    """Ids as plain text: `="…"`, a leading apostrophe, tabs and a numeric cell's `.0` are taken off.

    `6.91793E+18` is bad: its digits are lost.
    """
    clean = pc.utf8_trim(texts, WHITE)
    if pc.any(pc.starts_with(clean, "=")).as_py():
        clean = pc.utf8_trim(_undressed(clean), WHITE)
    if pc.any(pc.starts_with(clean, "'")).as_py():
        clean = pc.utf8_ltrim(clean, "'" + WHITE)
    if pc.any(pc.match_substring(clean, ".0")).as_py():
        clean = pc.replace_substring_regex(clean, r"^(\d+)\.0+$", r"\1")
    if pc.any(pc.match_substring(clean, "+")).as_py():
        bad = _mask(pc.match_substring_regex(clean, _DAMAGED_ID))
    else:
        bad = np.zeros(len(clean), dtype=bool)
    return _texts(clean, bad)


def words(texts: pa.ChunkedArray) -> Values:
    """Free text without the white space around it."""
    clean = pc.utf8_trim(texts, WHITE)
    return _texts(clean, np.zeros(len(clean), dtype=bool))


def micros(texts: pa.ChunkedArray, spoken: Mapping[str, str] | None = None) -> Values:
    """Money as Int64 micros: `"1,234.50"`, `¥1,234.00`, `￥0`, `৳2,999`, `12.3元`, `-0.03 技术服务费`.

    spoken: words that stand for an amount, e.g. 无退款申请 -> 0. What is finer than a micro is rounded half to even.
    """
    return _each_once(texts, lambda distinct: _micros(_numbers(distinct, spoken)))


def quantities(texts: pa.ChunkedArray, spoken: Mapping[str, str] | None = None) -> Values:
    """Whole numbers as Int64: `1,234`, `2.0`, `3件`. A fraction is bad.

    spoken: words that stand for a number, or for nothing: not stocked -> "".
    """
    return _each_once(texts, lambda distinct: _wholes(_numbers(distinct, spoken)))


def shares(texts: pa.ChunkedArray) -> Values:
    """`12.34%` as 0.1234 (Float64); a number without a sign is taken as it is."""

    def parse(distinct: pa.Array) -> Values:
        text = pc.utf8_trim(pc.utf8_normalize(distinct, form="NFKC"), WHITE)
        signed = _mask(pc.ends_with(text, "%"))
        number = pc.replace_substring(pc.utf8_rtrim(text, "% "), ",", "")
        blank = _mask(pc.is_in(text, pa.array(BLANKS, type=text.type)))
        readable = _mask(pc.match_substring_regex(number, r"^[+-]?\d*\.?\d+$")) & ~blank
        value = pc.cast(pc.if_else(pa.array(readable), number, None), pa.float64()).to_numpy(zero_copy_only=False)
        series = pd.Series(np.where(signed, value / 100, value)).astype("Float64").mask(~readable)
        return Values(series, ~readable & ~blank)

    return _each_once(texts, parse)


def times(texts: pa.ChunkedArray, time_zone: str) -> Values:
    """Moments of the merchant's wall clock, datetime64[us].

    `2026-09-22 00:54:10`, `2026/6/6 13:41`, `20260501`, `20260501101112`, Excel serials, `2026年5月1日`; a text with an
    offset (`2025-10-02 17:09:34 -0300`) is brought to `time_zone`.
    """
    clean = pc.utf8_trim(texts, WHITE)
    blank = _mask(pc.is_in(clean, pa.array(BLANKS, type=clean.type)))
    try:
        plain = pc.cast(pc.if_else(pa.chunked_array([pa.array(~blank)]), clean, None), pa.timestamp("us"))
    except pa.ArrowInvalid:
        plain = None
    # Arrow also reads writings that we do not; what a cell says must not depend on the cells beside it.
    lengths = pc.binary_length(clean).to_numpy(zero_copy_only=False)
    if plain is not None and np.isin(lengths[~blank], _PLAIN_LENGTHS).all():
        moments = pd.Series(plain.to_numpy(zero_copy_only=False)).astype("datetime64[us]")
        return Values(moments, np.zeros(len(blank), dtype=bool))
    return _each_once(clean, lambda distinct: _times(distinct, time_zone))


def days(texts: pa.ChunkedArray, time_zone: str) -> Values:
    """Days as ISO text; a time of day is dropped. A range of one day (20260730-20260730) is that day, a longer one is
    bad."""
    if pc.any(pc.match_substring_regex(texts, _RANGE)).as_py():
        texts = pa.chunked_array([pa.array([_one_day(text) for text in texts.to_pylist()], type=pa.large_string())])
    moments = times(texts, time_zone)
    return Values(moments.series.dt.strftime("%Y-%m-%d").astype("str"), moments.bad)


def american_days(texts: pa.ChunkedArray, time_zone: str) -> Values:
    """Days written month first (05/13/2026) as ISO text; other writings as `days` reads them."""
    turned = pc.replace_substring_regex(texts, r"^\s*(\d{1,2})/(\d{1,2})/(\d{4})\s*$", r"\3-\1-\2")
    return days(turned, time_zone)


def _one_day(text: str) -> str:
    found = re.match(_RANGE, text)
    return found.group(1) if found and found.group(1) == found.group(2) else text


def statuses(texts: pa.ChunkedArray, vocabulary: Mapping[str, str]) -> Values:
    """The platform's words in ours. White space and the width of punctuation do not matter."""
    known = {plain(word): meaning for word, meaning in vocabulary.items()}

    def parse(distinct: pa.Array) -> Values:
        found = [plain(text) for text in distinct.to_pylist()]
        blank = np.array([text in BLANKS for text in found], dtype=bool)
        meanings = [known.get(text) for text in found]
        bad = np.array([meaning is None for meaning in meanings], dtype=bool) & ~blank
        return Values(pd.Series(meanings, dtype="str"), bad)

    return _each_once(texts, parse)


def plain(text: str) -> str:
    """Text for comparing: NFKC, no white space, no BOM."""
    import unicodedata

    return "".join(unicodedata.normalize("NFKC", text).replace("\ufeff", "").split())


def is_blank(texts: pa.ChunkedArray) -> np.ndarray:
    clean = pc.utf8_trim(texts, WHITE)
    return _mask(pc.is_in(clean, pa.array(BLANKS, type=clean.type)))


def _undressed(clean: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without the `="…"` that keeps a spreadsheet from reading a number; the usual dress is cut off, not looked for."""
    usual = pc.and_(pc.starts_with(clean, '="'), pc.ends_with(clean, '"'))
    usual = pc.and_(usual, pc.equal(pc.count_substring(clean, '"'), 2))
    bare = pc.utf8_slice_codeunits(clean, 2, -1)
    if pc.all(usual).as_py():
        return bare
    others = pc.if_else(usual, pa.scalar("", type=clean.type), clean)
    return pc.if_else(usual, bare, pc.replace_substring_regex(others, r'^="?([^"]*)"?$', r"\1"))


def _mask(array: pa.ChunkedArray | pa.Array) -> np.ndarray:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)


def _texts(clean: pa.ChunkedArray, bad: np.ndarray) -> Values:
    blank = pc.is_in(clean, pa.array(BLANKS, type=clean.type))
    series = pc.if_else(blank, pa.scalar(None, type=clean.type), clean).to_pandas().astype("str")
    if bad.any():
        series = series.mask(bad)
    return Values(series.reset_index(drop=True), bad)


def _each_once(texts: pa.ChunkedArray, parse: Callable[[pa.Array], Values]) -> Values:
    encoded = pc.dictionary_encode(texts.combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    distinct = parse(encoded.dictionary)
    positions = encoded.indices.to_numpy()
    return Values(distinct.series.take(positions).reset_index(drop=True), distinct.bad[positions])


def _numbers(distinct: pa.Array, spoken: Mapping[str, str] | None) -> pa.Array:
    """Texts with currency signs, units and remarks taken off; blank is null."""
    text = pc.utf8_trim(pc.utf8_normalize(distinct, form="NFKC"), WHITE)
    text = pc.replace_substring_regex(text, r'^="?([^"]*)"?$', r"\1")
    text = pc.utf8_ltrim(text, "'")
    for word, amount in (spoken or {}).items():
        text = pc.if_else(pc.equal(text, pa.scalar(word, type=text.type)), pa.scalar(amount, type=text.type), text)
    blank = pc.is_in(text, pa.array(BLANKS, type=text.type))
    text = pc.replace_substring_regex(text, r"^([+-]?)\s*(?:\p{Sc}|CNY|RMB)\s*", r"\1")
    text = pc.replace_substring_regex(text, r"\s*(?:元|件|个)?(?:\s+[^\d\s][^\d]*)?$", "")
    return pc.if_else(blank, pa.scalar(None, type=text.type), text)


def _micros(numbers: pa.Array) -> Values:
    null, readable = _readable(numbers, _NUMBER)
    digits = pc.replace_substring(pc.utf8_ltrim(numbers, "+"), ",", "")
    # Amounts up to a trillion fit 64 bits as micros; longer ones are an id in the wrong column.
    readable &= ~_mask(pc.fill_null(pc.match_substring_regex(digits, r"^-?\d{13,}"), False))
    digits = pc.replace_substring_regex(digits, rf"(\.\d{{{_SPARE_DIGITS}}})\d+$", r"\1")
    digits = pc.replace_substring_regex(digits, r"\.$", "")
    exact = pc.cast(pc.if_else(pa.array(readable), digits, None), pa.decimal128(28, _SPARE_DIGITS))
    rounded = pc.cast(
        pc.round(exact, ndigits=_MICRO_DIGITS, round_mode="half_to_even"), pa.decimal128(22, _MICRO_DIGITS)
    )
    return Values(_integers(_unscaled(rounded), readable), ~readable & ~null)


def _unscaled(decimals: pa.Array) -> np.ndarray:
    """The integers behind a decimal128 column, which fit its lower 64 bits."""
    if len(decimals) == 0:
        return np.empty(0, dtype=np.int64)
    words = np.frombuffer(decimals.buffers()[1], dtype="<i8")[::2]
    return words[decimals.offset : decimals.offset + len(decimals)]


def _wholes(numbers: pa.Array) -> Values:
    null, readable = _readable(numbers, r"^[+-]?(\d{1,3}(,\d{3})+|\d{1,15})(\.0*)?$")
    digits = pc.replace_substring_regex(pc.replace_substring(numbers, ",", ""), r"\.0*$", "")
    digits = pc.if_else(pa.array(readable), pc.utf8_ltrim(digits, "+"), None)
    whole = pc.fill_null(pc.cast(digits, pa.int64()), 0).to_numpy(zero_copy_only=False)
    return Values(_integers(whole, readable), ~readable & ~null)


def _readable(numbers: pa.Array, pattern: str) -> tuple[np.ndarray, np.ndarray]:
    null = _mask(pc.is_null(numbers))
    return null, _mask(pc.fill_null(pc.match_substring_regex(numbers, pattern), False))


def _integers(values: np.ndarray, known: np.ndarray) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(np.where(known, values, 0).astype(np.int64), ~known))


def _times(distinct: pa.Array, time_zone: str) -> Values:
    text = pd.Series(distinct.to_pandas()).astype("str")
    text = text.str.replace(r'^="?([^"]*)"?$', r"\1", regex=True).str.lstrip("'").str.strip()
    blank = text.isin(list(BLANKS)).to_numpy()
    moments = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")

    parts = text.str.extract(
        r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
        r"(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$"
    )
    compact = text.str.extract(r"^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?$")
    parts[list(range(6))] = parts[list(range(6))].where(parts[0].notna(), compact)
    dated = parts[0].notna()
    if dated.any():
        written = parts.loc[dated, 0] + "-" + parts.loc[dated, 1].str.zfill(2) + "-" + parts.loc[dated, 2].str.zfill(2)
        clock = parts.loc[dated, [3, 4, 5]].fillna("0").apply(lambda column: column.str.zfill(2))
        written = written + " " + clock[3] + ":" + clock[4] + ":" + clock[5]
        moments[dated] = pd.to_datetime(written, format="%Y-%m-%d %H:%M:%S", errors="coerce").astype("datetime64[us]")
        offset = parts[6].notna() & moments.notna()
        if offset.any():
            aware = pd.to_datetime(
                moments[offset].dt.strftime("%Y-%m-%d %H:%M:%S") + parts.loc[offset, 6].str.replace("Z", "+0000"),
                utc=True,
            )
            moments[offset] = aware.dt.tz_convert(time_zone).dt.tz_localize(None).astype("datetime64[us]")
    serial = text.str.fullmatch(r"[2-7]\d{4}(\.\d+)?") & ~dated  # 1954 to 2119
    if serial.any():
        seconds = (text[serial].astype("float64") * 86_400).round().astype("int64")
        moments[serial] = (pd.Timestamp("1899-12-30") + pd.to_timedelta(seconds, unit="s")).astype("datetime64[us]")
    return Values(moments, moments.isna().to_numpy() & ~blank)
