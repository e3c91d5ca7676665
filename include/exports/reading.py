"""One export, read: every one of its rows is published, ignored with a reason, or rejected with a reason.

This is the edge between files and facts. Names, phones, addresses and messages stay behind here; what leaves is the
canonical frames, the platform's buyer key (`buyer`) and `people` (both to be hashed or sealed before anything is
stored) and `raw` (to be sealed).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pandas as pd

from include.exports import file_names
from include.exports.classify_rows import ClassifiedRows, classify_rows
from include.exports.declaration import CONTACTS, Context, Report
from include.exports.frames.no_rows import no_rows
from include.exports.headers import matching, shareable_names
from include.exports.locating import Located
from include.exports.values.amounts import exact_sum
from include.files.errors import ExportError
from include.files.limits import NO_LIMITS, ReadLimits
from include.files.records import Body
from include.files.text.encoding import Hints

LIMITS = (1000, 2000, 3000, 65_535, 65_536, 1_048_575, 1_048_576)
LIMIT_STEP = 5000
"""Platforms end exports at round numbers of rows."""


@dataclass
class Reading:
    """What an export says. Every file_line of `row_money` is in at least one frame, or in `ignored`, or in `rejected`,
    and in one of the three only."""

    platform: str
    report: str
    generation: str
    container: str
    encoding: str | None
    header_line: int
    sheet: str | None
    columns: tuple[str, ...]  # header as found, normalised
    unknown_columns: tuple[str, ...]
    missing_columns: tuple[str, ...]  # optional ones that this file does not have
    exported_at: datetime | None  # from the file's name, where it says so
    rows: int  # every line after the header
    money_micros: int  # the report's measure over all rows where it can be read
    frames: dict[str, pd.DataFrame]
    row_money: pd.DataFrame  # file_line, money_micros (null where unreadable)
    ignored: pd.DataFrame  # file_line, reason
    rejected: pd.DataFrame  # file_line, column, found, expected
    raw: pd.DataFrame  # file_line, text
    blemished: pd.DataFrame  # file_line, column, found, expected: optional cells that became null, their rows stay
    first_day: str | None = None  # the days its rows speak of
    last_day: str | None = None
    currency: str | None = None  # of its amounts, where the report says it
    notes: tuple[str, ...] = ()  # what a person should know of how it was read, a sentence each
    row_notes: Counter[str] = field(default_factory=Counter)  # sentence -> of how many of its rows it speaks
    # file_line and what of CONTACTS the report tells of the people on its rows: to be hashed or sealed, never stored.
    people: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"file_line": pd.Series(dtype="int64")}))
    # The rejected rows of a stock report: file_line, warehouse, sku, stock_day, null where they could not be read.
    unread_shelves: pd.DataFrame = field(default_factory=lambda: no_shelves())
    # What the rows that are in no frame say they belong to (null: cannot be read), and whether they are rejected or, by
    # the report's own rules, ignored: file_line, is_rejected, order_id, listing_code,
    # promotion, receipt_id.
    left_out: pd.DataFrame = field(default_factory=lambda: _left_out())


@dataclass(frozen=True)
class Asked:
    """What an export is to be read as."""

    report: Report
    context: Context
    encoding: str | None = None
    limits: ReadLimits = NO_LIMITS

    @property
    def hints(self) -> Hints:
        """Of the encoding of its text files."""
        return Hints(self.encoding, self.report.encodings)


def limit_note(rows: int) -> tuple[str, ...]:
    """What is told of a file that holds as many rows as exports do that end at a limit."""
    is_limit = rows in LIMITS or (rows >= LIMIT_STEP and rows % LIMIT_STEP == 0)
    if not is_limit:
        return ()
    return (f"The file holds exactly {rows:,} rows, as exports do that end at a limit of the platform: see whether it "
            "left rows out",)  # fmt: skip


def read_body(body: Body, located: Located, asked: Asked, container: str, encoding: str | None) -> Reading:
    """The reading of some rows of an export: all, or a part that no row outside belongs with."""
    rows = classify_rows(body, located, asked.report, asked.context, asked.limits)
    built = asked.report.build(rows.readable, replace(asked.context, unreadable=rows.unreadable))
    frames = {name: _with_own_shop_names(frame, asked.context) for name, frame in built.items()}
    reading = _reading(asked.report, located, body, rows, frames)
    reading.unread_shelves = _unread_shelves(rows, asked)
    reading.container = container
    reading.encoding = encoding
    reading.exported_at = file_names.exported_at(asked.context.file, asked.context.time_zone)
    _check_ledger(reading)
    return reading


def no_shelves() -> pd.DataFrame:
    """No shelf: file_line, warehouse, sku, stock_day."""
    kinds = {"file_line": "int64", "warehouse": "str", "sku": "str", "stock_day": "str"}
    return no_rows(kinds)


def _unread_shelves(rows: ClassifiedRows, asked: Asked) -> pd.DataFrame:
    """Which shelves the rejected rows speak of: their stock is unknown, which is not nothing. A row that does not say
    its sku, or that is broken as a whole, may be of any of them: its sku is null."""
    if rows.unreadable.empty or not asked.report.tells_stock:
        return no_shelves()
    typed = rows.unreadable.reset_index(drop=True)
    try:
        stock = asked.report.build(typed, asked.context)["stock"]
    except ExportError:  # not even the warehouse is known
        stock = typed[["file_line"]].assign(warehouse=None, sku=None, stock_day=asked.context.file_day)
    broken = stock["file_line"].isin(rows.rejected.loc[rows.rejected["column"].isna(), "file_line"])
    shelves = stock[list(no_shelves().columns)].astype(no_shelves().dtypes.to_dict())
    return shelves.assign(
        warehouse=shelves["warehouse"].mask(broken, asked.context.warehouse),
        sku=shelves["sku"].mask(broken),
        stock_day=shelves["stock_day"].mask(broken, asked.context.file_day),
    ).reset_index(drop=True)


def _with_own_shop_names(frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """The merchant's shops by their names in the YAML, whatever the report calls them; other names stay."""
    if "for_shop" not in frame or not context.shop_names:
        return frame
    names = {text: context.shop_names.get(matching(text), text) for text in frame["for_shop"].dropna().unique()}
    return frame.assign(for_shop=frame["for_shop"].map(names).astype("str"))


def _reading(
    declaration: Report, located: Located, body: Body, rows: ClassifiedRows, frames: dict[str, pd.DataFrame]
) -> Reading:
    known = declaration.recognised()
    days = _days(rows.readable, declaration.day)
    generation = declaration.generation_of(located.header, located.sheet.name)
    guess = declaration.guess_of(generation)
    return Reading(
        platform=declaration.platform,
        report=declaration.name,
        generation=generation,
        container="",
        encoding=None,
        header_line=located.line,
        sheet=located.sheet.name,
        columns=located.header,
        unknown_columns=shareable_names([name for name in located.header if name and matching(name) not in known]),
        missing_columns=tuple(
            column.headers[0] for column in declaration.columns if column.name not in located.positions
        ),
        exported_at=None,
        rows=len(body),
        money_micros=exact_sum(rows.money),
        frames=frames,
        row_money=pd.DataFrame({"file_line": body.lines, "money_micros": rows.money}),
        ignored=rows.ignored,
        rejected=rows.rejected,
        blemished=rows.blemished,
        raw=pd.DataFrame({"file_line": body.lines, "text": body.raw.to_pandas().astype("str")}),
        first_day=days[0],
        last_day=days[1],
        currency=rows.currency,
        row_notes=rows.row_notes,
        notes=_notes(guess, rows.commas),
        people=rows.readable[["file_line", *(name for name in CONTACTS if name in rows.readable)]],
        left_out=_left_out(rows),
    )


def counted_sentences(told: Mapping[str, int]) -> tuple[str, ...]:
    """What is told of rows, the most of them first: `12 rows: ...`."""
    return tuple(f"{count} {'row' if count == 1 else 'rows'}: {sentence}" for sentence, count in most_first(told))


def most_first(told: Mapping[str, int]) -> list[tuple[str, int]]:
    """Sentences with the number of rows that they are told of, the most of them first."""
    return sorted(told.items(), key=lambda one: (-one[1], one[0]))


def _notes(guess: str | None, commas: tuple[str, ...]) -> tuple[str, ...]:
    notes = [] if guess is None else [f"Read by best knowledge, not confirmed: {guess}"]
    if commas:
        notes.append(
            f"Decimal commas (12,50) stand in the file, so that 1.250 in {', '.join(commas)} is not known to be 1.25: "
            'say `decimal: ","` of the shop or the report'
        )
    return tuple(notes)


def _left_out(rows: ClassifiedRows | None = None) -> pd.DataFrame:
    """`Reading.left_out` of sorted rows; empty where there are none."""
    columns = ["file_line", "is_rejected", "order_id", "listing_code", "promotion", "receipt_id"]
    if rows is None:
        return pd.DataFrame(columns=columns)
    parts = [rows.refused.assign(is_rejected=True), rows.unlisted.assign(is_rejected=False)]
    return pd.concat([part.reindex(columns=columns) for part in parts], ignore_index=True)


def _days(rows: pd.DataFrame, field: str | None) -> tuple[str | None, str | None]:
    if field is None:
        return None, None
    known = rows[field].dropna()
    if known.empty:
        return None, None
    first, last = known.min(), known.max()
    if isinstance(first, str):
        return first, last
    return first.date().isoformat(), last.date().isoformat()


def _check_ledger(reading: Reading) -> None:
    """The identity that the whole house stands on; a breach is a fault of the adapter, not of the file."""
    lines = reading.row_money["file_line"].to_numpy()
    published = np.zeros(len(lines), dtype=bool)
    for frame in reading.frames.values():
        published |= _standing(lines, frame["file_line"].to_numpy())
    ignored = _standing(lines, reading.ignored["file_line"].to_numpy())
    rejected = _standing(lines, reading.rejected["file_line"].to_numpy())
    fates = published.astype(np.int8) + ignored + rejected
    if reading.rows != len(lines) or (fates != 1).any() or len(reading.ignored) != ignored.sum():
        raise AssertionError(
            f"{reading.platform} {reading.report}: of {reading.rows} rows {published.sum()} are published, "
            f"{ignored.sum()} ignored, {rejected.sum()} rejected; {(fates == 0).sum()} are none of these, "
            f"{(fates > 1).sum()} more than one"
        )


def _standing(lines: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Which of `lines` (ascending) are among `some`, all of which are lines of the file."""
    standing = np.zeros(len(lines), dtype=bool)
    if len(some):
        places = np.minimum(np.searchsorted(lines, some), len(lines) - 1)
        if not np.array_equal(lines[places], some):
            raise AssertionError("an adapter names a line that the file does not have")
        standing[places] = True
    return standing
