"""What a list's sheet works out by itself: what the quantity that somebody writes costs, and how long it lasts.

Formulas of the cells of their own row alone, so that they stay right wherever a line goes. Each has its value beside it
for programs that compute nothing. Where an error would stand, as when a column was deleted, nothing does.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from include.tasks.document import Line
from include.tasks.sheets.cells import amount_of
from include.words.texts import Language, say

ORDER_COST, ORDER_COVER = "if_cost", "if_cover"
# Column -> the columns that it is worked out from.
COMPUTED = {
    ORDER_COST: ("quantity", "unit_cost_micros"),
    ORDER_COVER: ("quantity", "cover_after_days", "on_hand", "arriving", "promised", "daily_mean"),
}
MAX_COVER_DAYS = 9999  # as the plan counts them


def formula_of(code: str, cells: Mapping[str, str], language: Language) -> str:
    """The formula in the column `code`, ORDER_COST or ORDER_COVER. cells: column code -> its cell of the same row."""
    units, suggested = _units_formula(cells, language), cells["quantity"]
    if code == ORDER_COST:
        cost = cells["unit_cost_micros"]
        return f'=IFERROR(IF({cost}="","",{units}*{cost}),"")'
    planned, on_hand, arriving, promised, a_day = (cells[name] for name in COMPUTED[ORDER_COVER][1:])
    lasts = f"MIN({MAX_COVER_DAYS},INT(MAX(0,{on_hand}+{arriving}-{promised}+{units})/{a_day}))"
    return f'=IFERROR(IF({planned}="","",IF({units}={suggested},{planned},{lasts})),"")'


def value_of_formula(code: str, line: Line, answer: Mapping[str, Any], language: Language) -> float | int | str:
    """What `formula_of` gives for a line with this answer (column code -> cell); '': nothing."""
    units, payload = _units(line, answer, language), line.payload
    if units is None or any(payload.get(name) is None for name in COMPUTED[code]):
        return ""
    if code == ORDER_COST:
        return float(amount_of(payload["unit_cost_micros"]) * units)
    if units == payload["quantity"]:
        return int(payload["cover_after_days"])
    a_day = Decimal(payload["daily_mean"])
    lasts = max(0, payload["on_hand"] + payload["arriving"] - payload["promised"] + units)
    return min(MAX_COVER_DAYS, math.floor(lasts / a_day)) if a_day > 0 else ""


def sum_formula(text: tuple[str, str], uncounted: tuple[str, str], costs: str, ids: str) -> str:
    """`text` around the sum of the costs that a filter leaves, and `uncounted` around the number of lines among these
    whose cost is not known, if there are any. costs, ids: the two columns' ranges, each with its heading."""
    before, after = map(_quoted, text)
    some, lines = map(_quoted, uncounted)
    left_out = f"SUBTOTAL(103,{ids})-1-SUBTOTAL(102,{costs})"
    told = f'IF({left_out}>0,{some}&({left_out})&{lines},"")'
    return f'=IFERROR({before}&FIXED(SUBTOTAL(109,{costs}),2)&{after}&{told},"")'


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _units_formula(cells: Mapping[str, str], language: Language) -> str:
    """Units that a row orders: as written, or as suggested where nothing is. What is refused or put off is not ordered.
    Another word, and what is no number of units, is an error here, as it is when the sheet is handed back."""
    answer, written, suggested = (cells[name] for name in ("answer", "answer_quantity", "quantity"))
    accepted, done, refused, later = _words(language)
    is_none = f'OR({answer}="{refused}",LEFT({answer},{len(later)})="{later}")'
    is_ordered = f'OR({answer}="",{answer}="{accepted}",{answer}="{done}")'
    number = f"IF(AND({written}*1>0,INT({written}*1)={written}*1),{written}*1,NA())"
    return f'IF({is_none},0,IF({is_ordered},IF({written}="",{suggested},{number}),NA()))'


def _units(line: Line, answer: Mapping[str, Any], language: Language) -> int | None:
    word, written = str(answer.get("answer") or ""), answer.get("answer_quantity")
    accepted, done, refused, later = _words(language)
    if word == refused or word.startswith(later):
        return 0
    if word not in ("", accepted, done):
        return None
    units = line.payload.get("quantity") if written is None else written
    return int(units) if isinstance(units, int) and units > 0 else None


def _words(language: Language) -> tuple[str, ...]:
    return tuple(say(language, f"list.state.{state}") for state in ("accepted", "done", "refused", "snoozed"))
