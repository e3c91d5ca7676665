"""A workbook's cell as text, and what stands for a value that is lost.

Imported by the process that reads workbooks, which must start fast: nothing heavy here.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

EXCEL_DIGITS = 15
NO_VALUE = "a formula without a value"
"""Text of a cell whose formula was written by a program and never computed: what it would say nobody knows."""
ERRORS = (
    "#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!",
    "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!",
)  # fmt: skip

MERGED = ", merged with the cell above"
"""What is said behind an amount that stands once over several rows."""


def cell_text(value: Any) -> str:
    """A cell as the text a person would copy from it.

    A number has the fifteen digits that Excel keeps. A whole number beyond them has lost its last digits for good and
    is written like 6.91793E+18, which no id parser accepts.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**EXCEL_DIGITS else f"{value:.5E}"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value)) if abs(value) < 10**EXCEL_DIGITS else f"{value:.5E}"
        return format(value, f".{EXCEL_DIGITS}g")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
