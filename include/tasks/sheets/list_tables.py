"""What goes along with a list and is answered nowhere, its document's `tables`: on sheets of its workbook, as CSV files
beside it, on the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from include.tasks.sheets.cells import neutral_heading
from include.tasks.sheets.promotion_sheet import OF_SUPPLIERS, PLAN, REVIEW, worded
from include.tasks.sheets.reckoning_sheet import OF_A_WEEK, in_words
from include.tasks.sheets.table_sheet import DAY, TEXT, Field, cell_of, fill, formats_of, text_of
from include.words.texts import say

RECKONING = "reckoning"  # name of its table
Tables = Mapping[str, Sequence[Mapping[str, Any]]]


def _as_they_are(frame: pd.DataFrame, _: str) -> pd.DataFrame:
    return frame


@dataclass(frozen=True)
class ListTable:
    """in_words: the stored rows with their codes as words of a language."""

    fields: tuple[Field, ...]
    in_words: Callable[[pd.DataFrame, str], pd.DataFrame] = _as_they_are


TABLES: Mapping[str, ListTable] = {
    "plan": ListTable(PLAN, worded),
    "suppliers": ListTable(OF_SUPPLIERS),
    "review": ListTable(REVIEW, worded),
    RECKONING: ListTable(OF_A_WEEK, in_words),
}


def table_columns(what: str) -> list[str]:
    """The columns of a frame that its table shows."""
    return ["basis" if field.name == "basis_text" else field.name for field in TABLES[what].fields]


def add_sheets(book: Any, tables: Tables, day: str, language: str, currency: str) -> list[tuple[str, str]]:
    """Write the tables on sheets of their own; returns what is to be said of their columns."""
    if not any(what in tables for what in TABLES):
        return []
    formats, explained = formats_of(book), []
    for name, fields, frame in _told(tables, language):
        title = f"{name} · {say(language, 'promotion.as_of')} {day}"
        fill(book.add_worksheet(name), title, fields, frame, formats, language, currency)
        told = ((field.heading(language, currency), field.meaning(language)) for field in fields)
        explained += [(f"{name} · {heading}", meaning) for heading, meaning in told if meaning]
    return explained


def csv_files(tables: Tables, day: str, language: str, currency: str) -> dict[str, bytes]:
    """The tables as CSV files, by their names, for a folder that takes no workbook."""
    made = {}
    for name, fields, frame in _told(tables, language):
        columns = {
            neutral_heading(field.heading(language, currency)): [
                cell_of(value, field.unit) for value in frame[field.name]
            ]
            for field in fields
        }
        text = pd.DataFrame(columns).to_csv(index=False, lineterminator="\r\n")
        made[f"{name}_{day}.csv"] = text.encode("utf-8-sig")
    return made


@dataclass(frozen=True)
class Shown:
    """A table as a page shows it. columns: heading, meaning, whether it holds numbers. rows: texts, the most of them;
    more: how many are left out."""

    title: str
    columns: Sequence[tuple[str, str, bool]]
    rows: Sequence[Sequence[str]]
    more: int


def tables_shown(tables: Tables, language: str, currency: str, most: int) -> list[Shown]:
    """The tables for a page."""
    shown = []
    for name, fields, frame in _told(tables, language):
        texts = [[text_of(value, field.unit) for value in frame[field.name].head(most)] for field in fields]
        columns = [
            (field.heading(language, currency), field.meaning(language), field.unit not in (TEXT, DAY))
            for field in fields
        ]
        told = list(zip(*texts, strict=True))
        shown.append(Shown(name, columns, told, len(frame) - len(told)))
    return shown


def _told(tables: Tables, language: str) -> Iterator[tuple[str, tuple[Field, ...], pd.DataFrame]]:
    """(name, columns, rows in words) of each table that there is."""
    for what, table in TABLES.items():
        if rows := tables.get(what):
            yield say(language, f"table.sheet.{what}"), table.fields, table.in_words(pd.DataFrame(rows), language)
