"""A list as CSV, for machines and for a quick look."""

import re
from typing import Any

from include.tasks.channels.parcel import Parcel
from include.tasks.kinds import kind_of
from include.tasks.sheets.cells import amount_of, csv_bytes, neutral, neutral_heading, per_cent
from include.tasks.sheets.layout import used_columns, value_of
from include.words.texts import Language, say

# More digits than a spreadsheet keeps (4.2127E+18), or zeros in front that it would drop.
_NUMBER_AS_NAME = re.compile(r"\d{12,}|0\d+")


def write_csv(parcel: Parcel, language: Language) -> bytes:
    """UTF-8 with BOM (Excel needs it), one header line, exact numbers, no formulas but `="…"` around long numbers that
    are names: a spreadsheet would round them, and every reader of ours takes it off (`platforms.ids`)."""
    kind = kind_of(parcel.document.kind)
    columns = used_columns(kind, parcel.lines, language)
    headings = [neutral_heading(column.heading(language, parcel.currency)) for column in columns]
    urgency = [say(language, "list.sheet.urgency")] if kind.has_urgency else []
    rows = [["task_id", say(language, "list.sheet.rank"), *urgency, *headings]]
    for line in parcel.lines:
        cells = [_cell(value_of(line, column, language), column.unit) for column in columns]
        urgency = [say(language, f"list.urgency.{line.urgency}")] if kind.has_urgency else []
        rows.append([line.task_id, str(line.rank), *urgency, *cells])
    return csv_bytes(rows)


def _cell(value: Any, unit: str) -> str:
    if value is None:
        return ""
    if unit == "text" and isinstance(value, str) and _NUMBER_AS_NAME.fullmatch(value):
        return f'="{value}"'
    if isinstance(value, int) and not isinstance(value, bool):
        if unit == "money":
            return str(amount_of(value))
        return f"{per_cent(value)}%" if unit == "per_mille" else str(value)
    return neutral(str(value))
