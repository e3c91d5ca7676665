"""Cells of text to exact values, a column at a time. Each distinct text is read once.

Every parser returns `Values`: the values, and where a text could not be read. Blank is a value (null), not an error.
Money never passes through a float. What stands beside a number is taken off only if it does not change what the number
means: the shop's own currency, a word for one piece. Anything else is no number.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.exports.values.dates import spelt_moment
from include.exports.values.ids import WHITE, are_damaged, clean_ids
from include.settings.currencies import MARKS, known_signs, marks_of
from include.settings.writing import AS_USUAL, Writing

BLANKS = ("", "-", "--", "---", "—", "——", "/", "null", "NULL")
PIECES = (
    "件", "个", "個", "只", "支", "枚", "条", "根", "张", "把", "台", "部", "本", "顶", "双", "块", "片", "颗", "粒",
    "pcs", "pcs.", "pc", "pce", "piece", "pieces", "ea", "each", "unit", "units", "Stk", "Stk.", "St.", "Stück",
)  # fmt: skip
"""Words after a quantity that mean one piece of what is sold. All others, such as 箱, 盒, 打, dozen or kg, mean so many
pieces as the shop's `units` say, and nothing if these are silent."""
DAYS = {
    **dict.fromkeys(("天", "日", "day", "days", "Tag", "Tage", "Tagen"), 1),
    **dict.fromkeys(("周", "星期", "week", "weeks", "Woche", "Wochen"), 7),
}
"""Words after a number of days. Months and years are not so many days, and are left for a person."""
_DAY = r"(\d{8}|\d{4}[-/]\d{1,2}[-/]\d{1,2})"
_RANGE = rf"^\s*{_DAY}\s*(?:[-~_至]|--)\s*{_DAY}\s*$"
_PLAIN_LENGTHS = (10, 16, 19)  # 2026-09-22, 2026-09-22 00:54, 2026-09-22 00:54:10
_ZONES = {
    "Z": "+0000",
    "UTC": "+0000",
    "GMT": "+0000",
    "CET": "+0100",
    "MEZ": "+0100",
    "CEST": "+0200",
    "MESZ": "+0200",
}
_OFFSET = r"(Z|UTC|GMT|CET|MEZ|CEST|MESZ|[+-]\d{2}:?\d{2})?"
# What programs write for no moment at all: zero in the calendars of Unix, Java, .NET, SQL Server and Excel.
_NO_DAYS = ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1969-12-31", "1970-01-01")
_END_OF_TIME = "9999-12-31"
_NO_MOMENT = (
    r"0000[-/.]00?[-/.]00?(?:[ T]+00?:00?(?::00?)?)?|1900[-/.]0?1[-/.]00?(?:[ T]+00?:00?(?::00?)?)?|未支付|未付款"
)
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
# Raised, lowered and circled figures become plain ones in NFKC: 12² would be 122.
_ODD_FIGURES = "[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209c\u2150-\u215f\u2460-\u24ff]"
# What a platform says of an amount after a blank. 万 and 折 would change the number, 美元 and 美金 make it another's
# money: what is not known to change nothing is not taken off.
_REMARK = r"\s+[一-鿿][一-鿿\w()、/-]*(?:费|款|税|佣金|补贴|保证金|押金|定金|红包|优惠|扣点)$"
_MICRO_DIGITS = 6
_SPARE_DIGITS = 12


@dataclass(frozen=True)
class Values:
    """One value a row. bad: the text could not be read (the value is null there)."""

    series: pd.Series
    bad: np.ndarray


def ids(texts: pa.ChunkedArray, *, rounded: bool | None = None) -> Values:
    """Ids in their one normal form, see `ids.clean_ids`.

    `6.91793E+18` is bad: its digits are lost. rounded: of `are_damaged`.
    """
    clean = clean_ids(texts)
    return _texts(clean, are_damaged(clean, rounded))


def words(texts: pa.ChunkedArray) -> Values:
    """Free text without the white space around it."""
    clean = pc.utf8_trim(texts, WHITE)
    return _texts(clean, np.zeros(len(clean), dtype=bool))


def micros(
    texts: pa.ChunkedArray,
    spoken: Mapping[str, str] | None = None,
    *,
    currency: str | None = None,
    writing: Writing = AS_USUAL,
    remarks: bool = True,
    unsure: bool = False,
) -> Values:
    """Money as Int64 micros: `"1,234.50"`, `¥1,234.00`, `12.3元`, `-0.03 技术服务费`, `(5.00)` and `5.00-` for -5.

    spoken: words that stand for an amount, e.g. 无退款申请 -> 0. currency: whose code, signs and words may stand on
    either side; amounts with another's are bad. None: of whichever the column's amounts are in, mostly. remarks: words
    may follow after a blank. unsure: other cells have decimal commas, so 1.250 and 1,250 are bad (see
    `decimal_commas`). What is finer than a micro is rounded half to even.
    """
    currency = currency or _usual_currency(texts)

    def parse(distinct: pa.Array) -> Values:
        numbers = _numbers(distinct, spoken)
        numbers = _without_currency(_without_remarks(numbers) if remarks else numbers, currency)
        return _micros(_plain_decimals(_signed(numbers), writing, unsure))

    return _each_once(texts, parse)


def quantities(
    texts: pa.ChunkedArray,
    spoken: Mapping[str, str] | None = None,
    *,
    writing: Writing = AS_USUAL,
    unsure: bool = False,
    of_days: bool = False,
) -> Values:
    """Whole numbers as Int64: `1,234`, `2.0`, `3件`, `3 pcs`. A fraction is bad, and so is `10 箱`, unless the shop's
    `units` say how many pieces that is. spoken: words that stand for a number, or for nothing: not stocked -> "".
    of_days: days are counted, `7天` or `2 weeks`, and no pieces.
    """
    known = DAYS if of_days else {**dict.fromkeys(PIECES, 1), **(writing.units or {})}

    def parse(distinct: pa.Array) -> Values:
        numbers, factor = _without_units(_numbers(distinct, spoken), known)
        read = _wholes(_plain_decimals(_signed(numbers), writing, unsure))
        return Values((read.series * factor).astype("Int64"), read.bad)

    return _each_once(texts, parse)


def whole_of(text: object) -> int | None:
    """One quantity as `quantities` reads it, for the places that read no table; None if it is none."""
    read = quantities(pa.chunked_array([pa.array([str(text)], type=pa.large_string())]))
    return None if read.series.isna()[0] else int(read.series[0])


def shares(texts: pa.ChunkedArray, *, writing: Writing = AS_USUAL) -> Values:
    """`12.34%` as 0.1234 (Float64); a number without a sign is taken as it is."""

    def parse(distinct: pa.Array) -> Values:
        text = _numbers(distinct, None)
        signed = _mask(pc.fill_null(pc.ends_with(text, "%"), False))
        blank = _mask(pc.is_null(text))
        number = _plain_decimals(pc.utf8_rtrim(text, "% "), writing, False)
        readable = _is_number(number, AS_USUAL)  # 12,34% is no 1234 %
        number = pc.utf8_ltrim(pc.replace_substring(number, ",", ""), "+")
        value = pc.cast(pc.if_else(pa.array(readable), number, None), pa.float64()).to_numpy(zero_copy_only=False)
        series = pd.Series(np.where(signed, value / 100, value)).astype("Float64").mask(~readable)
        return Values(series, ~readable & ~blank)

    return _each_once(texts, parse)


def decimal_commas(texts: pa.ChunkedArray, currency: str | None) -> tuple[int, int]:
    """How many cells of a column can only be read with a decimal comma (12,50), and only with a point (12.50)."""
    if not _mask(pc.match_substring_regex(texts, r",|\.\d+\.")).any():
        return 0, 0
    encoded = pc.dictionary_encode(texts.combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    numbers = _signed(_without_currency(_without_remarks(_numbers(encoded.dictionary, None)), currency or "CNY"))
    point, comma = _is_number(numbers, Writing(decimal=".")), _is_number(numbers, Writing(decimal=","))
    times = np.bincount(encoded.indices.to_numpy(), minlength=len(numbers))
    return int(times[comma & ~point].sum()), int(times[point & ~comma].sum())


def times(texts: pa.ChunkedArray, time_zone: str, *, writing: Writing = AS_USUAL) -> Values:
    """Moments of the merchant's wall clock, datetime64[us].

    `2026-09-22 00:54:10`, `2026/6/6 13:41`, `20260501`, `20260501101112`, Excel serials, `2026年5月1日`; a text with an
    offset (`2025-10-02 17:09:34 -0300`) is brought to `time_zone`, and so are seconds and milliseconds since 1970.
    Other writings that can only mean one moment are read too, see `moments.py`. `12.11.2025 09:14` is read if the
    writing says whether the day stands first, and what fits the writing's own formats as these say. What programs write
    for no moment (1970-01-01, 0001-01-01, 0000-00-00) is null; before 1990 and after 2100 is bad.
    """
    clean = pc.utf8_trim(texts, WHITE)
    return _possible(_moments(clean, time_zone, writing))


def _possible(read: Values) -> Values:
    """Without the moments that stand for none, and with those that nobody can have meant as bad."""
    day = read.series.dt.strftime("%Y-%m-%d")
    none = day.isin([*_NO_DAYS, _END_OF_TIME]).to_numpy()
    year = read.series.dt.year
    absurd = ((year < _FIRST_YEAR) | (year > _LAST_YEAR)).fillna(False).to_numpy() & ~none
    return Values(read.series.mask(none | absurd), read.bad | absurd) if (none | absurd).any() else read


def _moments(clean: pa.ChunkedArray, time_zone: str, writing: Writing) -> Values:
    if writing.time_formats:
        return _each_once(clean, lambda distinct: _times(distinct, time_zone, writing))
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
    return _each_once(clean, lambda distinct: _times(distinct, time_zone, writing))


def days(texts: pa.ChunkedArray, time_zone: str, *, writing: Writing = AS_USUAL) -> Values:
    """Days as ISO text; a time of day is dropped. A range of one day (20260730-20260730) is that day, a longer one is
    bad. 9999-12-31 stays: a day that never comes."""
    if pc.any(pc.match_substring_regex(texts, _RANGE)).as_py():
        texts = pa.chunked_array([pa.array([_one_day(text) for text in texts.to_pylist()], type=pa.large_string())])
    moments = _moments(pc.utf8_trim(texts, WHITE), time_zone, writing)
    written = moments.series.dt.strftime("%Y-%m-%d").astype("str")
    return Values(written.mask(written.isin(_NO_DAYS)), moments.bad)


def american_days(texts: pa.ChunkedArray, time_zone: str, *, writing: Writing = AS_USUAL) -> Values:
    """Days written month first (05/13/2026) as ISO text, unless the shop says that its days stand first; other writings
    as `days` reads them."""
    if writing.day_first is not None or writing.time_formats:
        return days(texts, time_zone, writing=writing)
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
    """Texts without the dress of a spreadsheet, in plain figures; blank is null."""
    odd = pc.match_substring_regex(distinct, _ODD_FIGURES)
    text = pc.if_else(odd, distinct, pc.utf8_normalize(distinct, form="NFKC"))
    text = pc.utf8_trim(text, WHITE)
    text = pc.replace_substring_regex(text, r'^="?([^"]*)"?$', r"\1")
    text = pc.utf8_trim(pc.utf8_ltrim(text, "'`"), WHITE)
    for word, amount in (spoken or {}).items():
        text = pc.if_else(pc.equal(text, pa.scalar(word, type=text.type)), pa.scalar(amount, type=text.type), text)
    blank = pc.is_in(text, pa.array(BLANKS, type=text.type))
    return pc.if_else(blank, pa.scalar(None, type=text.type), text)


def _without_remarks(text: pa.Array) -> pa.Array:
    """`-0.03 技术服务费` without what the platform says of the amount."""
    return pc.replace_substring_regex(text, rf"(\d[\d.,]*[^\s\d]?){_REMARK}", r"\1")


def _without_currency(text: pa.Array, currency: str) -> pa.Array:
    """Without the currency's own marks on either side."""
    marks = _marks_pattern(currency)
    text = pc.replace_substring_regex(text, rf"^([+-]?)\s*{marks}\s*", r"\1")
    return pc.replace_substring_regex(text, rf"([\d.,)-])\s*{marks}$", r"\1")


@cache
def _marks_pattern(currency: str) -> str:
    marks = [re.escape(mark) for mark in sorted(marks_of(currency), key=len, reverse=True)]
    if currency not in MARKS:  # we do not know its sign: any that is no other's
        marks.append(rf"[^\P{{Sc}}{''.join(known_signs())}]")
    return f"(?i:{'|'.join(marks)})"


def _usual_currency(texts: pa.ChunkedArray) -> str:
    """The currency whose marks stand beside most of a column's amounts, CNY before all others."""
    bare = pc.match_substring_regex(texts, r"^[\d\s.,+\-()'\"=]*$")
    marked = texts.filter(pc.invert(bare))
    if len(marked) == 0:
        return "CNY"
    several = pc.utf8_normalize(pc.unique(marked.combine_chunks()), form="NFKC")

    def seen(currency: str) -> int:
        pattern = rf"^\s*[+-]?\s*{_marks_pattern(currency)}\s*[\d.+-]|\d\s*{_marks_pattern(currency)}\s*$"
        return int(_mask(pc.match_substring_regex(several, pattern)).sum())

    return max(MARKS, key=seen)  # the first of several with as many


def _without_units(text: pa.Array, units: Mapping[str, int]) -> tuple[pa.Array, np.ndarray]:
    """Numbers without the unit after them, and how many pieces (or days) that unit is."""
    pieces = {plain(word).casefold(): count for word, count in units.items()}
    found = pc.extract_regex(text, r"^(?P<number>[^\s\p{L}]*\d[\d.,)-]*)\s*(?P<unit>[^\d\s][^\d]*)$")
    unit = [plain(word or "").casefold() for word in pc.struct_field(found, "unit").to_pylist()]
    known = np.array([word in pieces for word in unit], dtype=bool)
    factor = np.array([pieces.get(word, 1) for word in unit], dtype=np.int64)
    return pc.if_else(pa.array(known), pc.struct_field(found, "number"), text), factor


def _signed(numbers: pa.Array) -> pa.Array:
    """A minus as accounts write it: `(12.30)`, `12.30-`, `−12.30`."""
    numbers = pc.replace_substring_regex(numbers, r"^[−–]\s*", "-")
    numbers = pc.replace_substring_regex(numbers, r"^\(\s*([\d.,' ]+)\s*\)$", r"-\1")
    return pc.replace_substring_regex(numbers, r"^([\d.,' ]*\d)\s?-$", r"-\1")


def _is_number(numbers: pa.Array, writing: Writing) -> np.ndarray:
    return _mask(pc.fill_null(pc.match_substring_regex(numbers, _number_pattern(writing)), False))


def _number_pattern(writing: Writing) -> str:
    sign = re.escape(writing.decimal_sign)
    between = _between_thousands(writing)
    return rf"^[+-]?(?:\d{{1,3}}(?:{between}\d{{3}})+|\d+)(?:{sign}\d*)?$|^[+-]?{sign}\d+$"


def _between_thousands(writing: Writing) -> str:
    thousands = writing.thousands or ("." if writing.decimal_sign == "," else ",")
    return {" ": "[ \u00a0\u202f\u2009]", "'": "['’]"}.get(thousands, re.escape(thousands))


def _plain_decimals(numbers: pa.Array, writing: Writing, unsure: bool) -> pa.Array:
    """Numbers as 1234.50, however they are written; what cannot be read so becomes a text that is no number."""
    if writing.decimal is None and writing.thousands is None:
        if not unsure:
            return numbers
        # Beside 12,50 an amount of 1.250 may be a thousand and more, or a little more than one.
        both = _is_number(numbers, Writing(decimal=".")) & _is_number(numbers, Writing(decimal=","))
        fits = ~(both & _mask(pc.fill_null(pc.match_substring_regex(numbers, r"[.,]"), False)))
    else:
        fits = _is_number(numbers, writing)
        numbers = pc.replace_substring_regex(numbers, rf"(\d){_between_thousands(writing)}", r"\1")
        if writing.decimal_sign == ",":
            numbers = pc.replace_substring(numbers, ",", ".")
    no_number = pc.if_else(pc.is_null(numbers), numbers, pa.scalar("?", type=numbers.type))
    return pc.if_else(pa.array(fits), numbers, no_number)


def _micros(numbers: pa.Array) -> Values:
    null, readable = _readable(numbers, _number_pattern(AS_USUAL))
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


def _times(distinct: pa.Array, time_zone: str, writing: Writing) -> Values:
    text = pd.Series(distinct.to_pandas()).astype("str")
    text = text.str.replace(r'^="?([^"]*)"?$', r"\1", regex=True).str.lstrip("'`").str.strip()
    text = text.mask(text.str.fullmatch(_NO_MOMENT), "")
    blank = text.isin(list(BLANKS)).to_numpy()
    moments = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    for form in writing.time_formats:
        open_ones = moments.isna() & ~blank
        moments[open_ones] = _by_format(text[open_ones], form, time_zone)
    if any(form.startswith("%Y") for form in writing.time_formats):
        return Values(moments, moments.isna().to_numpy() & ~blank)
    # A date cell of a workbook, or a writing that leaves no doubt, is read beside the formats declared.
    rest = text[moments.isna()]
    parts = rest.str.extract(
        r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
        rf"(?:[ T]+(\d{{1,2}}):(\d{{1,2}})(?::(\d{{1,2}})(?:\.\d+)?)?)?\s*{_OFFSET}$"
    )
    if writing.day_first is not None:
        parts = parts.where(parts[0].notna(), _day_or_month_first(rest, writing.day_first))
    compact = rest.str.extract(r"^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?$")
    parts[list(range(6))] = parts[list(range(6))].where(parts[0].notna(), compact)
    dated = parts.index[parts[0].notna()]
    if len(dated):
        written = parts.loc[dated, 0] + "-" + parts.loc[dated, 1].str.zfill(2) + "-" + parts.loc[dated, 2].str.zfill(2)
        clock = parts.loc[dated, [3, 4, 5]].fillna("0").apply(lambda column: column.str.zfill(2))
        written = written + " " + clock[3] + ":" + clock[4] + ":" + clock[5]
        moments[dated] = pd.to_datetime(written, format="%Y-%m-%d %H:%M:%S", errors="coerce").astype("datetime64[us]")
        offset = dated[parts.loc[dated, 6].notna().to_numpy() & moments[dated].notna().to_numpy()]
        if len(offset):
            aware = pd.to_datetime(
                moments[offset].dt.strftime("%Y-%m-%d %H:%M:%S") + parts.loc[offset, 6].replace(_ZONES), utc=True
            )
            moments[offset] = _local(aware, time_zone)
    serial = rest.index[rest.str.fullmatch(r"[2-7]\d{4}(\.\d+)?") & ~rest.index.isin(dated)]  # 1954 to 2119
    if len(serial):
        seconds = (text[serial].astype("float64") * 86_400).round().astype("int64")
        moments[serial] = (pd.Timestamp("1899-12-30") + pd.to_timedelta(seconds, unit="s")).astype("datetime64[us]")
    for place in rest.index[moments[rest.index].isna() & (rest != "")]:
        moments[place] = spelt_moment(rest[place], time_zone)
    return Values(moments, moments.isna().to_numpy() & ~blank)


def _by_format(text: pd.Series, form: str, time_zone: str) -> pd.Series:
    if "%z" in form:
        return _local(pd.to_datetime(text, format=form, errors="coerce", utc=True), time_zone)
    return pd.to_datetime(text, format=form, errors="coerce").astype("datetime64[us]")


def _local(aware: pd.Series, time_zone: str) -> pd.Series:
    return aware.dt.tz_convert(time_zone).dt.tz_localize(None).astype("datetime64[us]")


def _day_or_month_first(text: pd.Series, day_first: bool) -> pd.DataFrame:
    """Year, month, day, hour, minute, second and offset of 12.11.2025 09:14, 12/11/25 or 11/12/2025 9:14 PM."""
    found = text.str.extract(
        r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})"
        r"(?:(?:,| um)?[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*Uhr)?\s*([AaPp]\.?[Mm]\.?)?)?"
        rf"\s*{_OFFSET}$"
    )
    day, month = (0, 1) if day_first else (1, 0)
    hour = pd.to_numeric(found[3])
    late, early = (found[6].str.lower().str.startswith(letter, na=False) for letter in "pa")
    hour = (hour + 12).where(late & (hour < 12), hour).mask(early & (hour == 12), 0)
    return pd.DataFrame(
        {
            0: found[2].where(found[2].str.len() == 4, "20" + found[2]),
            1: found[month],
            2: found[day],
            3: hour.astype("Int64").astype("str").where(hour.notna()),
            4: found[4],
            5: found[5],
            6: found[7],
        }
    )
