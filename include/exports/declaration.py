"""What an adapter declares of a report: its columns, words, rules, and the function that makes canonical frames."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import numpy as np
import pandas as pd

from include.exports.headers import matching
from include.settings.writing import AS_USUAL, Writing

CONTACTS = ("phone", "receiver_phone", "phone_expires", "member", "email", "person_name")
"""Fields by which a report tells who somebody is, on the line of their order: the buyer's own phone, that of who gets
the parcel, until when they are virtual, the number of a membership that spans shops, e-mail, name."""


BY_PAYMENT = "such rows count as paid if they say when they were paid, else as unpaid"
"""What becomes of an order whose status is a word that nobody has met yet: `Column.open_ended`."""
BLEMISHABLE = frozenset(
    {
        "category", "brand", "list_price_micros", "cost_micros", "pack", "moq", "shelf_life_days", "supplier",
        "launched_day", "ended_day", "lead_time_days", "review_period_days", "minimum_order_micros", "return_days",
        "return_fee_percent", "available",
        "locked", "in_transit", "moving_in", "expected_day", "unit_cost_micros", "purchase_order_id", "requested_at",
        "completed_at", "agreed_at", "ended_at", "refunded_at", "buyer", "visitors", "views", "favourites", "carts",
        "cart_units", "cart_people", "paid_buyers", "paid_units", "turnover_micros", "spend_micros",
    }
)  # fmt: skip
"""Fields that a row can do without: null says that nothing is known there, and no sum, no moment of payment and no
identity rests on it. In all other fields null has a meaning of its own (not paid, nothing refunded, the listing's code
in place of the merchant's), so that a cell which cannot be read there costs its row."""


class Kind(StrEnum):
    """How a cell is read; see values.py."""

    ID = "id"
    TEXT = "text"
    MONEY = "money"
    QUANTITY = "quantity"
    TIME = "time"
    DAY = "day"
    AMERICAN_DAY = "american day"  # month first
    PERCENT = "percent"
    STATUS = "status"


@dataclass(frozen=True)
class Column:
    """One field of a report.

    headers: every name the platform has given the column, the preferred one first. required: without the column the
    export cannot be read. filled: a row whose cell is blank cannot be read. words: the vocabulary of a status, or words
    that stand for an amount. open_ended: a word that is not among `words` does not cost its row: the value is null and
    the word is told, with this sentence on what becomes of the row. personal: its cells never leave the reader, not
    even in an error. remarks: of money, the platform may say after a blank what an amount is for (-0.03 技术服务费).
    spared: a cell that cannot be read is null with a warning here, though other reports compute with the field.
    """

    name: str
    headers: tuple[str, ...]
    kind: Kind
    required: bool = False
    filled: bool = False
    personal: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    open_ended: str | None = None
    remarks: bool = False
    spared: bool = False

    def expected(self, context: "Context") -> str:
        """What a person should have found in the cell, by how the shop writes."""
        writing = context.writing
        comma = writing.decimal_sign == ","
        doubt = '; with decimal commas, say `decimal: ","` of the shop' if self.name in context.commas else ""
        moment = datetime(2026, 9, 22, 0, 54, 10)
        if self.kind is Kind.STATUS:
            return "one of " + ", ".join(self.words)
        if self.kind is Kind.MONEY:
            of = f" in {context.currency}" if context.currency else ""
            return f"an amount of money{of} such as {'1.234,50' if comma else '1,234.50'}{doubt}"
        if self.kind is Kind.QUANTITY:
            if self.name.endswith("_days"):
                return f"a whole number of days or weeks{doubt}"
            units = f", or followed by one of {', '.join(writing.units)}" if writing.units else ""
            return f"a whole number of pieces{units}{doubt}"
        if self.kind in (Kind.TIME, Kind.DAY, Kind.AMERICAN_DAY) and writing.time_formats:
            return "such as " + " or ".join(moment.strftime(form) for form in writing.time_formats)
        if self.kind in (Kind.DAY, Kind.AMERICAN_DAY) and writing.day_first is not None:
            return f"a day such as {'22.09.2026' if writing.day_first else '09/22/2026'}"
        if self.kind is Kind.TIME and writing.day_first is not None:
            return f"a time such as {'22.09.2026' if writing.day_first else '09/22/2026'} 00:54:10"
        return {
            Kind.ID: "an id with all its digits",
            Kind.TEXT: "text",
            Kind.TIME: "a time such as 2026-09-22 00:54:10 (or as the shop's `day_first` or `time_format` says)",
            Kind.DAY: "a day such as 2026-09-22 (or as the shop's `day_first` or `time_format` says)",
            Kind.AMERICAN_DAY: "a day such as 09/22/2026",
            Kind.PERCENT: f"a share such as {'12,34%' if comma else '12.34%'}",
        }[self.kind]


NO_END = 2**62


@dataclass(frozen=True)
class Context:
    """What a report's functions may need besides its rows."""

    file: str
    time_zone: str
    remark_marks: Mapping[str, str]
    warehouse: str | None  # from the file's name
    file_day: str | None  # a day in the file's name
    currency: str | None = None  # the shop's, where it is declared
    counts_other_channels: bool = False  # whether goods sent for a sale on another channel are this shop's demand
    writing: Writing = AS_USUAL  # how the shop's files write numbers and times
    commas: frozenset[str] = frozenset()  # fields some of whose cells have decimal commas that nobody declared
    # Fields whose long ids have lost digits over the whole file; None: to be found in the rows at hand.
    rounded: frozenset[str] | None = None
    table_end: int = NO_END  # the line at which another table begins
    shop_names: Mapping[str, str] | None = None  # every name of the merchant's shops, in matching form -> its own
    shop: str | None = None  # whose orders a row speaks of that names no shop
    unreadable: pd.DataFrame | None = None  # the typed rows that were rejected, as far as they could be typed

    def unreadable_values(self, field_name: str) -> list[str]:
        """Values of a field on rejected rows: what their neighbours belong together with."""
        if self.unreadable is None:
            return []
        return self.unreadable[field_name].dropna().unique().tolist()


# Rows that are not wanted: (True where the row is, why).
Ignored = list[tuple[np.ndarray, str]]
# Rows that can be read and whose meaning cannot be told: (True where the row is, the field in question, what was
# expected there).
Held = list[tuple[np.ndarray, str, str]]
# What a person should know of some readable rows: (True where the row is, a sentence).
Told = list[tuple[pd.Series, str]]


@dataclass(frozen=True)
class Report:
    """One kind of file of one platform.

    platform: the folder of adapters that declares it; the registry fills it in. columns: the fields read. known:
    headers that are recognised and not read. generations: name -> headers that only this generation has; the first that
    is wholly present names the file's generation. key: fields that name a row (an exact repetition of a row is then
    ignored). day: the field whose days the export covers.
    money: the field that is summed, or a function of all typed rows and of which of them can be read.
    warehouse_pattern: where such files' names say their warehouse.
    explanations: regular expressions over a raw line; rows that match are notes to the reader of the file.
    ignore: which typed rows are not wanted. build: the readable rows as canonical frames.
    hold: which rows are held back although each of their cells can be read.
    tell: of which readable rows a person should know that something was supplied or is doubtful.
    sheets: a workbook's sheet -> the generation that files with this sheet are of, whatever their header says.
    currency: the field that says in which currency a row's amounts are; rows in another than the shop's are held back.
    sum_rows_by: (key, amounts): rows of one key are parts of one fact, such as the batches of a sku on its shelf; their
    amounts are added up on the first and the others are ignored.
    keep_together_by: the fields by which rows belong together (an order's lines, the parts of one shelf, repetitions);
    the first that is filled in a row decides. Large files are split so that these rows stay together. None: any row may
    belong with any other, and the file is read whole.
    by_header: the report as a file with a given header has it, for reports whose columns are named by the merchant (a
    column a location). Asked of every line that may be the header, with its cells as they are written.
    encodings: what its text files are in when they are not UTF-8, the likeliest first; of several the bytes decide, and
    it is said. quoted: False when quotes mean nothing in its tab-separated files.
    guessed: a sentence saying what of the report, or of its generations by name, nobody has confirmed on a real file.
    writing: how such files write numbers and times, if not as `values` reads them.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    build: Callable[[pd.DataFrame, Context], dict[str, pd.DataFrame]]
    platform: str = ""
    money: str | Callable[[pd.DataFrame, np.ndarray], pd.Series] | None = None
    known: frozenset[str] = frozenset()
    generations: tuple[tuple[str, tuple[str, ...]], ...] = ()
    key: tuple[str, ...] = ()
    day: str | None = None
    explanations: tuple[str, ...] = ()
    warehouse_pattern: str | None = None
    ignore: Callable[[pd.DataFrame, Context], Ignored] | None = None
    hold: Callable[[pd.DataFrame, Context], Held] | None = None
    tell: Callable[[pd.DataFrame, Context], Told] | None = None
    sheets: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    sum_rows_by: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    keep_together_by: tuple[str, ...] | None = None
    encodings: tuple[str, ...] = ("gb18030",)
    quoted: bool = True
    guessed: str | Mapping[str, str] | None = None
    writing: Writing = AS_USUAL
    by_header: Callable[["Report", Sequence[str]], "Report"] | None = None

    def for_header(self, header: Sequence[str]) -> "Report":
        """The report as files with this header have it."""
        return self if self.by_header is None else self.by_header(self, header)

    def spares(self, column: Column) -> bool:
        """Whether a cell of the column that cannot be read becomes null with a warning, and its row stays."""
        names_the_row = column.filled or column.name in self.key or column.name in (self.keep_together_by or ())
        is_optional = column.spared or column.name in BLEMISHABLE
        return is_optional and not names_the_row and column.name not in (self.currency, self.money)

    @property
    def tells_stock(self) -> bool:
        """Its rows say how much lies on shelves."""
        return any(column.name == "on_hand" for column in self.columns)

    def with_headers(self, more: Mapping[str, str | Sequence[str]]) -> "Report":
        """The report with a shop's own names for some of its fields, preferred to the platform's."""
        unknown = sorted(set(more) - {column.name for column in self.columns})
        if unknown:
            fields = ", ".join(column.name for column in self.columns)
            raise ValueError(f"{self.platform} {self.name} has no field {', '.join(unknown)}; it has {fields}")
        columns = tuple(
            replace(column, headers=(*_listed(more[column.name]), *column.headers)) if column.name in more else column
            for column in self.columns
        )
        return replace(self, columns=columns)

    def generation_of(self, header: Sequence[str], sheet: str | None = None) -> str:
        if sheet is not None and sheet.strip() in self.sheets:
            return self.sheets[sheet.strip()]
        found = {matching(name) for name in header}
        for name, marks in self.generations:
            if all(matching(mark) in found for mark in marks):
                return name
        return "unknown"

    def guess_of(self, generation: str) -> str | None:
        """What is not confirmed about files of a generation; None where all of it was read from real files."""
        if self.guessed is None or isinstance(self.guessed, str):
            return self.guessed
        return self.guessed.get(generation)

    def recognised(self) -> frozenset[str]:
        """Every header that is known, in matching form."""
        read = {matching(header) for column in self.columns for header in column.headers}
        return frozenset(read | {matching(header) for header in self.known})


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def header_list(text: str) -> frozenset[str]:
    """A header as it is pasted from a file: names between commas."""
    return frozenset(name.strip() for name in text.replace("\n", "").split(",") if name.strip())


def meanings(**words: str) -> dict[str, str]:
    """Word -> meaning, of a status column. words: those of each meaning, between commas."""
    return {word: meaning for meaning, several in words.items() for word in several.split(",")}
