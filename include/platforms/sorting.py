"""The rows of a body sorted into readable, ignored and rejected, and the money of each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.landing.records import Body
from include.platforms import values
from include.platforms.declaration import Column, Context, Kind, Report
from include.platforms.headers import matching, normalise
from include.platforms.locating import Located

LONGEST_FOUND = 80
_ID_LIKE = r"^[\s=\"']*#?[0-9A-Za-z][\x21-\x7e\s]*$"
_EDGES = " \t\r\n,;|\"'=\u3000\ufeff"
_TOTAL = re.compile(
    r"^(总计|合计|总合计|汇总|小计|全部|总计值|合计值|汇总值|平均值|全店汇总值|全店平均值|同行同层优秀|同行同层均值|grandtotal|total)"
    r"[::]?$",
    re.IGNORECASE,
)
_NOTE = re.compile(r"^(注|说明|备注|导出|以上|温馨提示|提示|起始|终止|统计|下载|数据)")


@dataclass
class Sorted:
    """readable, unreadable: typed rows with `file_line`. money: one value a row of the body. currency: of all readable
    rows, where the report says it. commas: headers of columns some of whose cells have undeclared decimal commas."""

    readable: pd.DataFrame
    unreadable: pd.DataFrame
    ignored: pd.DataFrame
    rejected: pd.DataFrame
    money: pd.Series
    currency: str | None = None
    commas: tuple[str, ...] = ()


def sort_rows(body: Body, located: Located, report: Report, context: Context) -> Sorted:
    """Type every row and say of each what becomes of it. An ignored row is not rejected, whatever else it holds."""
    if context.currency is None and report.currency in located.positions:
        about = next(column for column in report.columns if column.name == report.currency)
        said = parse_cells(about, body.cells[located.positions[report.currency]], context).series
        context = replace(context, currency=_usual(said))
    if context.commas is None:
        counts = fields_with_commas(body, located, report, context)
        context = replace(context, commas=in_doubt(counts))
    typed, bad = _typed(body, located, report, context)
    currency = None
    if report.currency is not None and report.currency in bad:
        currency = context.currency
        bad[report.currency] |= (typed[report.currency].notna() & (typed[report.currency] != currency)).to_numpy()
    reasons = np.zeros(len(body), dtype=np.int16)  # 0: not ignored, else 1 + position in `names`
    names: list[str] = []

    def ignore(rows: np.ndarray, reason: str) -> None:
        if rows.any():
            names.append(reason)
            reasons[rows & (reasons == 0)] = len(names)

    for reason, rows in _notes(body, located, report).items():
        ignore(rows, reason)
    whole = ~body.damaged
    whole[list(body.misshapen)] = False
    if report.ignore is not None:
        for rows, reason in report.ignore(typed, context):
            ignore(rows & whole, reason)
    ignore(_repeated(typed, body, report, (reasons == 0) & whole), "repeated line")

    wanted = reasons == 0
    rejected = _rejected(body, located, report, context, bad, wanted, currency)
    good = wanted.copy()
    good[np.isin(body.lines, rejected["file_line"].to_numpy())] = False
    if report.gathered is not None:
        typed, added = _gathered(typed, good, *report.gathered)
        ignore(added, "added to the first line of its kind")
        wanted &= ~added
        good &= ~added
    ignored = pd.DataFrame(
        {
            "file_line": body.lines[~wanted],
            "reason": pd.Series([names[code - 1] for code in reasons[~wanted]], dtype="str"),
        }
    )
    return Sorted(
        readable=typed[good].reset_index(drop=True),
        unreadable=typed[wanted & ~good],
        ignored=ignored,
        rejected=rejected,
        money=_money(report, typed, good),
        currency=currency,
        commas=tuple(located.header[located.positions[name]] for name in sorted(context.commas or ())),
    )


def fields_with_commas(body: Body, located: Located, report: Report, context: Context) -> dict[str, np.ndarray]:
    """Number field -> how many of its cells can only be read with a decimal comma, and how many only with a point.
    Empty if the shop says how it writes numbers."""
    if context.writing.decimal is not None or context.writing.thousands is not None:
        return {}
    return {
        column.name: np.array(values.decimal_commas(body.cells[located.positions[column.name]], context.currency))
        for column in report.columns
        if column.kind in (Kind.MONEY, Kind.QUANTITY) and column.name in located.positions
    }


def in_doubt(counts: Mapping[str, np.ndarray]) -> frozenset[str]:
    """Of the counts of `fields_with_commas`, added up over a file: the fields of which 1.250 is not known to be 1.25.

    If a field has more commas than points, the file is of a country that writes them, and every field is in doubt.
    """
    if any(commas > points for commas, points in counts.values()):
        return frozenset(counts)
    return frozenset(name for name, (commas, _) in counts.items() if commas)


def _typed(
    body: Body, located: Located, report: Report, context: Context
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Every field as a typed column (null where the file has no such column), and where it could not be read."""
    columns: dict[str, pd.Series] = {"file_line": pd.Series(body.lines)}
    bad: dict[str, np.ndarray] = {}
    for column in report.columns:
        position = located.positions.get(column.name)
        texts = body.cells[position] if position is not None else _no_texts(len(body))
        parsed = parse_cells(column, texts, context)
        columns[column.name] = parsed.series
        if position is None:
            continue
        unreadable = parsed.bad
        if column.filled:
            unreadable = unreadable | parsed.series.isna().to_numpy()
        bad[column.name] = unreadable
    return pd.DataFrame(columns), bad


def _no_texts(count: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, dtype=np.int32)), [""])]).cast(
        pa.large_string()
    )


def parse_cells(column: Column, texts: pa.ChunkedArray, context: Context) -> values.Values:
    """A column's cells as values."""
    match column.kind:
        case Kind.ID:
            return values.ids(texts)
        case Kind.TEXT:
            return values.words(texts)
        case Kind.MONEY:
            return values.micros(
                texts,
                column.words,
                currency=context.currency,
                writing=context.writing,
                remarks=column.remarks,
                unsure=column.name in (context.commas or ()),
            )
        case Kind.QUANTITY:
            return values.quantities(texts, writing=context.writing, unsure=column.name in (context.commas or ()))
        case Kind.TIME:
            return values.times(texts, context.time_zone, writing=context.writing)
        case Kind.DAY:
            return values.days(texts, context.time_zone, writing=context.writing)
        case Kind.AMERICAN_DAY:
            return values.american_days(texts, context.time_zone, writing=context.writing)
        case Kind.PERCENT:
            return values.shares(texts, writing=context.writing)
        case Kind.STATUS:
            return values.statuses(texts, column.words)


def _notes(body: Body, located: Located, report: Report) -> dict[str, np.ndarray]:
    """Rows that are no data: blank lines, totals, footers, headers again, explanations. reason -> rows.

    Only rows whose key cell does not look like an id are looked at, so that this costs nothing on a clean file.
    """
    found: dict[str, np.ndarray] = {}
    there = [column for column in report.columns if column.name in located.positions]
    key = next((column for column in there if column.kind is Kind.ID), there[0])
    keys = body.cells[located.positions[key.name]]
    places = np.flatnonzero(~pc.match_substring_regex(keys, _ID_LIKE).to_numpy(zero_copy_only=False))
    first_header = next((matching(name) for name in located.header if name), "")
    explanations = [re.compile(pattern) for pattern in report.explanations]
    texts = body.raw.take(pa.array(places)).to_pylist()
    for place, text, key_text in zip(places, texts, keys.take(pa.array(places)).to_pylist(), strict=True):
        reason = "total line" if _TOTAL.match(normalise(key_text)) else _note(text, first_header, key, explanations)
        if reason is not None:
            found.setdefault(reason, np.zeros(len(body), dtype=bool))[place] = True
    return found


def _note(text: str, first_header: str, key: Column, explanations: list[re.Pattern[str]]) -> str | None:
    bare = text.strip(_EDGES)
    if not bare:
        return "blank line"
    first = normalise(re.split(r'[,\t;|"]', bare, maxsplit=1)[0])
    if _TOTAL.match(first):
        return "total line"
    if first.startswith(("#", "-----")):
        return "footer line"
    if matching(first) == first_header and any(matching(name) in matching(text) for name in key.headers):
        return "repeated header line"
    if any(pattern.search(text) for pattern in explanations):
        return "explanation line"
    if len(first) == len(normalise(bare)) and _NOTE.match(first):
        return "explanation line"
    return None


def _repeated(typed: pd.DataFrame, body: Body, report: Report, candidates: np.ndarray) -> np.ndarray:
    """Rows that stand in the file a second time, cell by cell. Rows of one key that differ are no repetitions."""
    repeated = np.zeros(len(typed), dtype=bool)
    if not report.key:
        return repeated
    keyed = typed.loc[candidates, list(report.key)].dropna()
    twice = keyed.index[keyed.duplicated(keep=False)].to_numpy()
    if len(twice):
        texts = body.raw.take(pa.array(twice)).to_pandas()
        repeated[twice[texts.duplicated(keep="first").to_numpy()]] = True
    return repeated


def _rejected(
    body: Body,
    located: Located,
    report: Report,
    context: Context,
    bad: dict[str, np.ndarray],
    wanted: np.ndarray,
    currency: str | None,
) -> pd.DataFrame:
    """file_line, column, found, expected: one row a cell that could not be read, or one for a row broken as a whole."""
    lines: list[int] = []
    columns: list[str | None] = []
    found: list[str] = []
    expected: list[str] = []

    def reject(place: int, column: str | None, seen: str, right: str) -> None:
        lines.append(int(body.lines[place]))
        columns.append(column)
        found.append(seen)
        expected.append(right)

    whole = wanted & ~body.damaged
    for place in np.flatnonzero(wanted & body.damaged).tolist():
        reject(place, None, "bytes that are no text in the file's encoding", "text")
    for place, cells in body.misshapen.items():
        if whole[place]:
            reject(place, None, f"{len(cells)} cells", f"{len(located.header)} cells")
            whole[place] = False
    for column in report.columns:
        if column.name not in bad:
            continue
        position = located.positions[column.name]
        for place in np.flatnonzero(bad[column.name] & whole).tolist():
            seen = body.cells[position][place].as_py()
            if not seen.strip():
                seen = "nothing"
            elif column.personal:
                seen = "(personal, withheld)"
            is_currency = column.name == report.currency
            right = f"{currency}, the currency of the shop" if is_currency else column.expected(context)
            reject(place, located.header[position], seen[:LONGEST_FOUND], right)
    return pd.DataFrame(
        {
            "file_line": pd.Series(lines, dtype="int64"),
            "column": pd.Series(columns, dtype="str"),
            "found": pd.Series(found, dtype="str"),
            "expected": pd.Series(expected, dtype="str"),
        }
    )


def _usual(currencies: pd.Series) -> str | None:
    counts = currencies.value_counts()
    return None if counts.empty else str(counts.index[0])


def _gathered(
    typed: pd.DataFrame, good: np.ndarray, key: tuple[str, ...], amounts: tuple[str, ...]
) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows with each key's amounts added up on its first readable row, and which rows were added to another."""
    rows = typed[good]
    later = rows.duplicated(list(key))
    added = np.zeros(len(typed), dtype=bool)
    if not later.any():
        return typed, added
    added[later.index[later].to_numpy()] = True
    sums = rows.groupby(list(key), dropna=False, sort=False)[list(amounts)].transform("sum", min_count=1)
    typed = typed.copy()
    for amount in amounts:  # one by one: pandas cannot set several columns with gaps at once
        typed[amount] = sums[amount].reindex(typed.index).where(good, typed[amount])
    return typed, added


def _money(report: Report, typed: pd.DataFrame, good: np.ndarray) -> pd.Series:
    if report.money is None:
        return pd.Series([None] * len(typed), dtype="Int64")
    if isinstance(report.money, str):
        return typed[report.money].astype("Int64")
    return report.money(typed, good).astype("Int64")
