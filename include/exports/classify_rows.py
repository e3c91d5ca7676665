"""The rows of a body sorted into readable, ignored and rejected, and the money of each."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.exports.declaration import NO_END, Column, Context, Held, Kind, Report
from include.exports.headers import matching, normalise
from include.exports.locating import Located
from include.exports.repetitions import EXPECTED, apart
from include.exports.second_tables import second_header, units_row
from include.exports.values import values
from include.exports.values.amounts import MAX_MICROS, MAX_UNITS, product_fits
from include.exports.values.fractions import rounded_down
from include.exports.values.ids import Roundness, clean_ids
from include.files.limits import NO_LIMITS, ReadLimits, mostly_rejected
from include.files.records import Body
from include.files.workbooks.cell_text import ERRORS, MERGED, NO_VALUE

LONGEST_FOUND = 80
LONGEST_WORD = 20
# What another program put in place of characters that it could not read or write: all ids of Chinese letters alike.
REPLACED = r"\x{fffd}|锟斤拷|烫烫烫|\?\?|^\?"
AMOUNTS = (Kind.MONEY, Kind.QUANTITY)
_LOST_VALUE = rf"^\s*({'|'.join(map(re.escape, (NO_VALUE, *ERRORS)))}|Err:\d{{3}})\s*$"
_ID_LIKE = r"^[\s=\"']*#?[0-9A-Za-z][\x21-\x7e\s]*$"
_EDGES = " \t\r\n,;|\"'=\u3000\ufeff"
_SUM = "小计|总计|合计|总合计|共计|汇总|累计|总数|总额|总和"
_TOTAL = re.compile(
    rf"^(?:(?:本页|当页|本期|本月|本日|当日|分类|分组|全部|库存|数量|金额|费用)?(?:{_SUM})(?:行|数|数量|金额|库存|件数|元|值)?"
    r"|全部|平均值|全店汇总值|全店平均值|同行同层优秀|同行同层均值|共(?:计)?\d+(?:单|条|行|笔|件|个|款|种|项|条记录|条数据)"
    r"|(?:grand)?totals?|sub-?totals?|sum|summe|gesamt(?:summe)?|zwischensumme|insgesamt|count|average)[::]?(?:[¥\d.,]+元?)?$",
    re.IGNORECASE,
)
# What the outline of a spreadsheet writes under each group: `T1 汇总`, `T1 Total`.
_GROUP_TOTAL = re.compile(
    r"\S\s+(?:汇总|小计|合计|总计|求和|计数|平均值|total|subtotal|count|sum)\s*[::]?\s*$", re.IGNORECASE
)
# NUL and the other controls, which no database or page takes as text, and the signs that turn what follows around.
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{202a}-\x{202e}\x{2066}-\x{2069}]"
_HAS_CONTROLS = re.compile(_CONTROLS.replace("x{", "u").replace("}", ""))
_NOTE = re.compile(
    r"^(注|说明|备注|导出|以上|温馨提示|提示|起始|终止|统计|下载|数据|\*数据|仅导出|仅显示|只导出|更新时间|生成时间|截止|来源|第\d+页|页码)"
)
# Who made, checked or printed a sheet, and when, in cells beside each other.
_SIGNED = re.compile(
    r"^(?:制表|制单|打印|审核|复核|经手|经办|负责|仓管|财务|盘点|填表|部门|单位|日期|时间|店铺|页码|第\d+页|共\d+页)\w{0,4}"
    r"(?:[::].*)?$"
)
# A file that says of itself that it is not whole.
_PARTIAL = re.compile(
    r"(?:仅|只)(?:能|支持)?(?:导出|显示|保留|下载)(?:.{0,8}\d[\d,]*\s*万?\s*(?:条|行|笔)|.{0,4}部分)"
    r"|超过.{0,12}(?:条|行)|(?:达到|超出|超过).{0,6}(?:上限|限制)|最多(?:导出|显示|支持)|未(?:全部|完全)导出"
    r"|数据(?:过多|量过大|不完整|被截断)|(?:only|first) .{0,12}(?:rows|records|lines)|truncated|limited to|row limit",
    re.IGNORECASE,
)


Reason = tuple[int, str | None, str, str]
"""file line, column (None: the row as a whole), found, expected."""
Fault = tuple[str, np.ndarray, str | None]
"""A field, the rows in which it is at fault, and what was expected if the column itself does not say it."""


@dataclass
class ClassifiedRows:
    """readable, unreadable: typed rows with `file_line`. refused, unlisted: all that are rejected, and those that the
    report's own rules ignore. rejected, blemished: file_line, column, found, expected, a row a cell that could not be
    read; the first cost their rows, the second became null. money: one value a row of the body. currency: of all
    readable rows, if the report says it. row_notes: sentence -> of how many readable rows it speaks. commas: headers of
    columns some of whose cells have undeclared decimal commas."""

    readable: pd.DataFrame
    unreadable: pd.DataFrame
    refused: pd.DataFrame
    unlisted: pd.DataFrame
    ignored: pd.DataFrame
    rejected: pd.DataFrame
    blemished: pd.DataFrame
    money: pd.Series
    currency: str | None = None
    row_notes: Counter[str] = field(default_factory=Counter)
    commas: tuple[str, ...] = ()


def classify_rows(
    body: Body, located: Located, report: Report, context: Context, limits: ReadLimits = NO_LIMITS
) -> ClassifiedRows:
    """Type every row and say of each what becomes of it. An ignored row is not rejected, whatever else it holds.

    Raises ExportError when most rows cannot be read, and they are too many to be told one by one.
    """
    typed, bad, unknown, uncleaned, rounded = _typed(body, located, report, context)
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

    notes, partial = _notes(body, located, report)
    for reason, rows in notes.items():
        ignore(rows, reason)
    if (units := units_row(body, located, report.columns, bad)) is not None:
        ignore(units, "explanation line")
    whole = ~body.damaged
    whole[list(body.misshapen)] = False
    unlisted = np.zeros(len(body), dtype=bool)
    if report.ignore is not None:
        noted = reasons != 0
        for rows, reason in report.ignore(typed, context):
            ignore(rows & whole, reason)
            unlisted |= rows & whole & ~noted
    ignore(_repeated(typed, body, report, (reasons == 0) & whole), "repeated line")
    twice = apart(typed, body, report, (reasons == 0) & whole)
    if twice is not None:
        ignore(twice.again, "repeated line")

    wanted = reasons == 0
    spared = {column.name: bad.pop(column.name) for column in report.columns
              if column.name in bad and report.spares(column)}  # fmt: skip
    _hold_back_products(report, typed, bad)
    _refuse_mostly_rejected(bad, wanted, whole, located, context, limits)
    held = list(report.hold(typed, context)) if report.hold is not None else []
    if twice is not None and twice.other.any():
        held.append((twice.other, twice.by, EXPECTED))
    key = _key_column(located, report)
    if (under := (body.lines >= context.table_end) & wanted).any():
        held.append((under, key.name, f"the table's own rows; another table begins at line {context.table_end}"))
    rejected = _rejected(body, located, report, context, bad, held, wanted, currency)
    good = wanted.copy()
    good[np.isin(body.lines, rejected["file_line"].to_numpy())] = False
    blemishes: list[Fault] = [(name, rows, None) for name, rows in {**spared, **uncleaned}.items()]
    blemished = _unreadable_cells(body, located, report, context, blemishes, good, currency)
    if report.sum_rows_by is not None:
        if report.tells_stock and len(rejected):
            parts = _parts_of_unreadable(typed, good, wanted, located, report)
            good[np.isin(body.lines, parts["file_line"].to_numpy())] = False
            rejected = pd.concat([rejected, parts], ignore_index=True)
        typed, added = _gathered(typed, good, *report.sum_rows_by, spared)
        ignore(added, "added to the first line of its kind")
        wanted &= ~added
        good &= ~added
    ignored = pd.DataFrame(
        {
            "file_line": body.lines[~wanted],
            "reason": pd.Series([names[code - 1] for code in reasons[~wanted]], dtype="str"),
        }
    )
    readable = typed[good].reset_index(drop=True)
    told = _unknown_words(body, located, report, unknown, good) + _of_rounded(body, located, rounded, good) + partial
    for rows_told, sentence in report.tell(readable, context) if report.tell is not None else ():
        told[sentence] += int(rows_told.sum())
    return ClassifiedRows(
        readable=readable,
        # Of stock, what is held back on purpose is as unknown as what cannot be read.
        unreadable=typed[wanted & ~good & (report.tells_stock | ~_any(held, len(body)))],
        refused=typed[wanted & ~good],
        unlisted=typed[unlisted],
        ignored=ignored,
        rejected=rejected,
        blemished=blemished,
        money=_money(report, typed, good),
        currency=currency,
        row_notes=+told,
        commas=tuple(located.header[located.positions[name]] for name in sorted(context.commas)),
    )


def _unknown_words(
    body: Body, located: Located, report: Report, unknown: Mapping[str, np.ndarray], good: np.ndarray
) -> Counter[str]:
    """Words that a status may be and that nobody has met yet, each with the number of its rows."""
    told: Counter[str] = Counter()
    for column in report.columns:
        if column.name not in unknown or not (rows := np.flatnonzero(unknown[column.name] & good)).size:
            continue
        position = located.positions[column.name]
        for word in body.cells[position].take(pa.array(rows)).to_pylist():
            shown = normalise(word)
            # A cell of a row that has shifted may name somebody.
            shown = shown if len(shown) <= LONGEST_WORD and not re.search(r"[\d@]", shown) else "(a text)"
            told[f"{located.header[position]} says {shown}, which is not known: {column.open_ended}"] += 1
    return told


def _refuse_mostly_rejected(
    bad: dict[str, np.ndarray],
    wanted: np.ndarray,
    whole: np.ndarray,
    located: Located,
    context: Context,
    limits: ReadLimits,
) -> None:
    rejected = wanted & (np.logical_or.reduce([~whole, *bad.values()]) if bad else ~whole)
    count = int(rejected.sum())
    if count <= limits.max_rejected_rows:
        return
    by_column = {name: int((rows & wanted).sum()) for name, rows in bad.items()}
    worst = max(by_column, key=by_column.__getitem__, default=None)
    why = "their cells are not what the header says"
    if worst is not None and by_column[worst]:
        why += f", most often in column {located.header[located.positions[worst]]} ({by_column[worst]:,} rows)"
    refusal = mostly_rejected(context.file, count, len(wanted), limits, why, "the report that the header is of")
    if refusal is not None:
        raise refusal


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


def roundness(
    body: Body, located: Located, report: Report, before: Mapping[str, Roundness] | None = None
) -> dict[str, Roundness]:
    """Id field -> what its ids tell of lost digits, with what those `before` did."""
    told = dict(before or {})
    for column in report.columns:
        if column.kind is Kind.ID and column.name in located.positions:
            known = told.get(column.name, Roundness())
            if not known.has_whole:
                told[column.name] = known.and_of(clean_ids(body.cells[located.positions[column.name]]))
    return told


def in_doubt(counts: Mapping[str, np.ndarray]) -> frozenset[str]:
    """Of the counts of `fields_with_commas`, added up over a file: the fields of which 1.250 is not known to be 1.25.

    If a field has more commas than points, the file is of a country that writes them, and every field is in doubt.
    """
    if any(commas > points for commas, points in counts.values()):
        return frozenset(counts)
    return frozenset(name for name, (commas, _) in counts.items() if commas)


def _typed(
    body: Body, located: Located, report: Report, context: Context
) -> tuple[pd.DataFrame, dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Every field as a typed column (null if the file has no such column); which of its cells could not be read; in
    which cells an open-ended one holds a word that is not known; from which cells of text control characters were
    taken out; which quantities of stock were rounded down (by weight or length it lies there in parts of a unit)."""
    columns: dict[str, pd.Series] = {"file_line": pd.Series(body.lines)}
    bad: dict[str, np.ndarray] = {}
    unknown: dict[str, np.ndarray] = {}
    uncleaned: dict[str, np.ndarray] = {}
    rounded: dict[str, np.ndarray] = {}
    for column in report.columns:
        position = located.positions.get(column.name)
        texts = body.cells[position] if position is not None else _no_texts(len(body))
        controls = pc.match_substring_regex(texts, _CONTROLS).to_numpy(zero_copy_only=False)
        if controls.any() and column.kind is Kind.TEXT:
            texts = pc.replace_substring_regex(texts, _CONTROLS, "")
            uncleaned[column.name] = controls
        parsed = parse_cells(column, texts, context)
        if report.tells_stock and column.kind is Kind.QUANTITY and parsed.bad.any():
            parsed, rounded[column.name] = _in_whole_units(column, texts, parsed, context)
        columns[column.name] = parsed.series
        if position is None:
            continue
        unreadable = parsed.bad | _impossible(column, parsed.series)
        if controls.any() and column.kind is not Kind.TEXT:
            unreadable = unreadable | controls
        if position in body.merged and column.kind in AMOUNTS:
            # The amount stands once over several rows: how much of it each has nobody says.
            unreadable = unreadable | body.merged[position]
        if unreadable.any():
            columns[column.name] = parsed.series.mask(unreadable)
        if column.filled:
            unreadable = unreadable | parsed.series.isna().to_numpy()
        if column.open_ended:
            unknown[column.name] = parsed.bad
            unreadable = unreadable & ~parsed.bad
        bad[column.name] = unreadable
    return pd.DataFrame(columns), bad, unknown, uncleaned, rounded


def _in_whole_units(
    column: Column, texts: pa.ChunkedArray, parsed: values.Values, context: Context
) -> tuple[values.Values, np.ndarray]:
    """The values with the parts of a unit rounded down, and where that was; where it is not known what point and comma
    mean, there are none."""
    if column.name in context.commas:
        return parsed, np.zeros(len(parsed.bad), dtype=bool)
    whole, fractions = rounded_down(texts, parsed.bad, context.writing.decimal or ".")
    if not fractions.any():
        return parsed, fractions
    again = parse_cells(column, whole, context)
    return again, fractions & ~again.bad


def _of_rounded(body: Body, located: Located, rounded: Mapping[str, np.ndarray], good: np.ndarray) -> Counter[str]:
    """What is told of quantities that were rounded down, with an example."""
    told: Counter[str] = Counter()
    for name, rows in rounded.items():
        places = np.flatnonzero(rows & good)
        if len(places):
            position = located.positions[name]
            found = body.cells[position][int(places[0])].as_py().strip()[:LONGEST_FOUND]
            told[
                f"{located.header[position]} holds parts of a unit, which were rounded down, as in line "
                f"{int(body.lines[places[0]])}: found {found}, expected whole units"
            ] += len(places)
    return told


def _impossible(column: Column, series: pd.Series) -> np.ndarray:
    """Amounts and quantities beyond all that there is: digits of an id, a key that stuck."""
    most = {Kind.MONEY: MAX_MICROS, Kind.QUANTITY: MAX_UNITS}.get(column.kind)
    if most is None:
        return np.zeros(len(series), dtype=bool)
    return (series.abs() > most).fillna(False).to_numpy(dtype=bool)


def _hold_back_products(report: Report, typed: pd.DataFrame, bad: dict[str, np.ndarray]) -> None:
    """Mark quantities as unreadable whose row's price times quantity does not fit 64 bits, before anyone multiplies."""
    if not callable(report.money):
        return
    for column in report.columns:
        if column.kind is not Kind.QUANTITY or column.name not in bad:
            continue
        for money in (other.name for other in report.columns if other.kind is Kind.MONEY):
            if not (fits := product_fits(typed[money], typed[column.name])).all():
                bad[column.name] = bad[column.name] | ~fits
                typed[column.name] = typed[column.name].mask(~fits)


def _no_texts(count: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, dtype=np.int32)), [""])]).cast(
        pa.large_string()
    )


def parse_cells(column: Column, texts: pa.ChunkedArray, context: Context) -> values.Values:
    """A column's cells as values. An error of a spreadsheet (#N/A) is none, and no text either; an id in which another
    program has replaced characters is lost."""
    parsed = _parsed(column, texts, context)
    if column.kind not in (Kind.ID, Kind.TEXT):
        return parsed  # to which such a cell is unreadable anyway
    marked = pc.or_(pc.starts_with(texts, "#"), pc.or_(pc.starts_with(texts, "Err:"), pc.equal(texts, NO_VALUE)))
    lost = np.zeros(len(texts), dtype=bool)
    if pc.any(marked).as_py():
        lost |= pc.match_substring_regex(texts, _LOST_VALUE).to_numpy(zero_copy_only=False)
    if column.kind is Kind.ID:
        garbled = pc.match_substring_regex(texts, REPLACED)
        if pc.any(garbled).as_py():
            lost |= garbled.to_numpy(zero_copy_only=False)
    if not lost.any():
        return parsed
    return values.Values(parsed.series.mask(lost), parsed.bad | lost if column.kind is Kind.ID else parsed.bad)


def _parsed(column: Column, texts: pa.ChunkedArray, context: Context) -> values.Values:
    match column.kind:
        case Kind.ID:
            return values.ids(texts, rounded=None if context.rounded is None else column.name in context.rounded)
        case Kind.TEXT:
            return values.words(texts)
        case Kind.MONEY:
            return values.micros(
                texts,
                column.words,
                currency=context.currency,
                writing=context.writing,
                remarks=column.remarks,
                unsure=column.name in context.commas,
            )
        case Kind.QUANTITY:
            return values.quantities(
                texts,
                column.words,
                writing=context.writing,
                unsure=column.name in context.commas,
                of_days=column.name.endswith("_days"),
            )
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


def table_end(body: Body, located: Located, report: Report) -> int:
    """The line at which another table begins below, beyond all lines if none does."""
    found = second_header(body, located, report.recognised())
    return NO_END if found is None else found


def _key_column(located: Located, report: Report) -> Column:
    there = [column for column in report.columns if column.name in located.positions]
    return next((column for column in there if column.kind is Kind.ID), there[0])


def _notes(body: Body, located: Located, report: Report) -> tuple[dict[str, np.ndarray], Counter[str]]:
    """Rows that are no data: blank lines, totals, footers, headers again, explanations. reason -> rows. And what the
    file says of itself, if that is that it is not whole.

    Only rows whose key cell does not look like an id are looked at, so that this costs nothing on a clean file.
    """
    found: dict[str, np.ndarray] = {}
    key = _key_column(located, report)
    partial: Counter[str] = Counter()
    keys = body.cells[located.positions[key.name]]
    looked_at = ~pc.match_substring_regex(keys, _ID_LIKE).to_numpy(zero_copy_only=False)
    # A header again: in Chinese it looks like no id, in English it does.
    key_header = located.header[located.positions[key.name]]
    folded = pc.utf8_lower(pc.utf8_trim(keys, _EDGES))
    looked_at |= pc.equal(folded, pa.scalar(key_header.lower(), folded.type)).to_numpy(zero_copy_only=False)
    looked_at |= pc.match_substring_regex(folded, r"total|sum|count|average|gesamt").to_numpy(zero_copy_only=False)
    places = np.flatnonzero(looked_at)
    first_header = next((matching(name) for name in located.header if name), "")
    explanations = [re.compile(pattern) for pattern in report.explanations]
    texts = body.raw.take(pa.array(places)).to_pylist()
    for place, text, key_text in zip(places, texts, keys.take(pa.array(places)).to_pylist(), strict=True):
        is_total = _TOTAL.match(normalise(key_text)) or _GROUP_TOTAL.search(key_text)
        reason = "total line" if is_total else _note(text, first_header, key, explanations)
        if reason is not None:
            found.setdefault(reason, np.zeros(len(body), dtype=bool))[place] = True
        if reason in ("explanation line", "footer line") and _PARTIAL.search(text):
            partial[f"the file says of itself that it is not whole: {text.strip(_EDGES)[:LONGEST_FOUND]}"] += 1
    return found, partial


def is_note(text: str, located: Located, report: Report) -> bool:
    """Whether a record is no data: a blank line, a total, a footer, an explanation."""
    key = _key_column(located, report)
    first_header = next((matching(name) for name in located.header if name), "")
    explanations = [re.compile(pattern) for pattern in report.explanations]
    return _note(text, first_header, key, explanations) is not None


def _note(text: str, first_header: str, key: Column, explanations: list[re.Pattern[str]]) -> str | None:
    bare = text.strip(_EDGES)
    if not bare.strip("\0\x1a"):
        return "footer line" if bare else "blank line"
    first = normalise(re.split(r'[,\t;|"]', bare, maxsplit=1)[0])
    if _TOTAL.match(first):
        return "total line"
    if first.startswith(("#", "-----")):
        return "footer line"
    if matching(first) == first_header and any(matching(name) in matching(text) for name in key.headers):
        return "repeated header line"
    if any(pattern.search(text) for pattern in explanations):
        return "explanation line"
    if len(first) == len(normalise(bare)) and (_NOTE.match(first) or _PARTIAL.search(bare)):
        return "explanation line"
    cells = [normalise(cell) for cell in re.split(r'[,\t;|"]', bare) if cell.strip()]
    if all(_SIGNED.match(cell) for cell in cells) and any(re.search("[::]|页$", cell) for cell in cells):
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
    held: Held,
    wanted: np.ndarray,
    currency: str | None,
) -> pd.DataFrame:
    """file_line, column, found, expected: one row a cell that could not be read, or one for a row broken as a whole."""
    whole = wanted & ~body.damaged
    broken: list[Reason] = [
        (int(line), None, "bytes that are no text in the file's encoding", "text")
        for line in body.lines[wanted & body.damaged]
    ]
    for place, cells in body.misshapen.items():
        if whole[place]:
            broken.append((int(body.lines[place]), None, f"{len(cells)} cells", f"{len(located.header)} cells"))
            whole[place] = False
    faults: list[Fault] = [(name, rows, None) for name, rows in bad.items()]
    faults += [(name, rows, said) for rows, name, said in held]
    cells_of = _unreadable_cells(body, located, report, context, faults, whole, currency)
    return pd.concat([_reasons(broken), cells_of], ignore_index=True) if broken else cells_of


def _unreadable_cells(
    body: Body,
    located: Located,
    report: Report,
    context: Context,
    faults: Sequence[Fault],
    rows: np.ndarray,
    currency: str | None,
) -> pd.DataFrame:
    """file_line, column, found, expected of the cells of `rows` that a fault marks, in the order of the columns."""
    by_name = {column.name: column for column in report.columns}
    places = {column.name: number for number, column in enumerate(report.columns)}
    cells: list[Reason] = []
    for name, marked, said in sorted(faults, key=lambda fault: (fault[2] is not None, places[fault[0]])):
        column, position = by_name[name], located.positions[name]
        for place in np.flatnonzero(marked & rows).tolist():
            seen = body.cells[position][place].as_py()
            if not seen.strip():
                seen = "nothing"
            elif column.personal:
                seen = "(personal, withheld)"
            elif column.kind in AMOUNTS and position in body.merged and body.merged[position][place]:
                seen = seen[:LONGEST_FOUND] + MERGED
            right = said or (
                f"{currency}, the currency of the shop" if name == report.currency else column.expected(context)
            )
            if _HAS_CONTROLS.search(seen):
                right, seen = f"{right} without control characters", repr(seen[:LONGEST_FOUND])[1:-1]
            cells.append((int(body.lines[place]), located.header[position], seen[: LONGEST_FOUND + len(MERGED)], right))
    return _reasons(cells)


def _reasons(rows: list[Reason]) -> pd.DataFrame:
    columns = {"file_line": "int64", "column": "str", "found": "str", "expected": "str"}
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _any(held: Held, count: int) -> np.ndarray:
    together = np.zeros(count, dtype=bool)
    for rows, _, _ in held:
        together |= rows
    return together


def _parts_of_unreadable(
    typed: pd.DataFrame, good: np.ndarray, wanted: np.ndarray, located: Located, report: Report
) -> pd.DataFrame:
    """Readable rows of a shelf of which another row cannot be read, as `_rejected` tells rows: their sum would say less
    than there is."""
    assert report.sum_rows_by is not None
    key = [name for name in report.sum_rows_by[0] if name in located.positions]
    names = pd.MultiIndex.from_frame(typed[key].astype("str").fillna(""))
    incomplete = good & names.isin(names[wanted & ~good])
    places = np.flatnonzero(incomplete)
    found = typed["sku"].astype("str").to_numpy()[places]
    return pd.DataFrame(
        {
            "file_line": typed["file_line"].to_numpy(dtype=np.int64)[places],
            "column": pd.Series([located.header[located.positions["sku"]]] * len(places), dtype="str"),
            "found": pd.Series([f"{text}, of which another row cannot be read" for text in found], dtype="str"),
            "expected": pd.Series(["every row of it readable, since they are added up"] * len(places), dtype="str"),
        }
    )


def _gathered(
    typed: pd.DataFrame, good: np.ndarray, key: tuple[str, ...], amounts: tuple[str, ...], spared: dict[str, np.ndarray]
) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows with each key's amounts added up on its first readable row, and which rows were added to another.

    A sum of which a part could not be read (`spared`) is unknown, not the sum of the other parts.
    """
    rows = typed[good]
    amounts = tuple(name for name in amounts if name in typed)  # not every report tells all of them
    later = rows.duplicated(list(key))
    added = np.zeros(len(typed), dtype=bool)
    if not later.any():
        return typed, added
    added[later.index[later].to_numpy()] = True
    sums = rows.groupby(list(key), dropna=False, sort=False)[list(amounts)].transform("sum", min_count=1)
    for amount in set(amounts) & set(spared):
        unknown = pd.Series(spared[amount][good], index=rows.index)
        groups = [rows[name] for name in key]
        sums[amount] = sums[amount].mask(unknown.groupby(groups, dropna=False, sort=False).transform("any"))
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
