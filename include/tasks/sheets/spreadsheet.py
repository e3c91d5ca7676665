"""A list as an XLSX that a person works in.

The first sheet: title and notes, an empty row, the frozen header, the lines. Nothing above the header is merged, and
nothing touches it, so that a spreadsheet that is asked to sort takes the table alone. Column A holds the task's id,
hidden, and within the range of the filter, so that it moves with its line. Reading it back goes by the headings, whose
codes the last sheet holds, and by the ids (sheet_reading.py), so lines may be sorted and deleted, and no code shows up
among the words that a spreadsheet offers while somebody types. Where somebody is to be talked to, the second sheet is
what the caller needs, one line a call, and can be answered as well. What a quantity costs and how long it lasts follows
what somebody writes (order_formulas.py). The next ones show the arithmetic, the sums by supplier, what promotions need
and what the week brought, and explain each column; the last one, hidden, says which list this is.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from include.settings.currencies import currency_name
from include.tasks.channels.parcel import Parcel
from include.tasks.document import Line
from include.tasks.kind import CALL, MESSAGE, Column, Kind, Way
from include.tasks.kinds import kind_of
from include.tasks.sheets.cells import amount_of, drawn, neutral, new_workbook
from include.tasks.sheets.digest import dated_title_of, summary_of
from include.tasks.sheets.layout import (
    CODES_ROW_MARK,
    MAX_LINES_BEHIND,
    MAX_LINES_OF_WHY,
    WAY,
    Party,
    Place,
    answer_words,
    explained_places,
    height_of,
    height_of_headings,
    in_rows,
    parties_of,
    places_of,
    printed_sums,
    printed_until,
    sum_places,
    talk_lines,
    talk_places,
    value_of,
    ways_among,
)
from include.tasks.sheets.list_tables import add_sheets
from include.tasks.sheets.order_formulas import COMPUTED, ORDER_COST, formula_of, sum_formula, value_of_formula
from include.words.texts import Language, say

LIST_SHEET = "_list"
HEADING_OF = "heading "  # begins the names under which it holds the codes of the headings
WORDS_FROM = 3  # its column in which the answers by way of contact begin
MANY_LINES = 20_000  # from which a sheet is written row by row, in bounded memory
SPARE_ROWS = 200  # below the list, which take answers too if somebody adds rows
# Widths are counted in figures of this font: it, or one of its measures, is on every machine (Calibri is not).
FONT = {"font_name": "Arial", "font_size": 10}
# Chinese fonts make bars as wide as Chinese letters: so small, 26 of them fit their column in any font.
BAR: dict[str, Any] = {"font_size": 7, "font_color": "#305496"}
_HOLE = "\x00"  # where a text takes what only the sheet knows
A4 = 9  # the number that the file format gives to this paper
COLOURS = {2: ("#F8CBAD", "#9C0006"), 1: ("#FFF2CC", "#7F6000")}


def write_xlsx(parcel: Parcel, language: Language, answers: Mapping[str, Mapping[str, Any]] | None = None) -> bytes:
    """The workbook's bytes; the same parcel gives the same bytes. answers: what stands in the answer columns' cells
    already, by task and column code."""
    kind, lines = kind_of(parcel.document.kind), parcel.lines
    buffer = io.BytesIO()
    is_long = len(lines) > MANY_LINES
    book = new_workbook(buffer, constant_memory=is_long, default_format_properties=dict(FONT))  # it is written into
    book.set_properties({"created": datetime.fromisoformat(parcel.document.day)})
    formats = _formats(book)
    places = places_of(kind, lines, language, parcel.currency)
    sheet = book.add_worksheet(kind.called(language))
    talked = talk_lines(kind, lines, language)
    talk = talk_places(kind, talked, language, parcel.currency)
    header_row = _write_top(sheet, parcel, language, places, formats, bool(talk), answers or {})
    _write_lines(sheet, header_row, kind, lines, places, language, formats, answers or {})
    sheet.freeze_panes(header_row + 1, 4 if kind.has_urgency else 3)
    if kind.has_urgency:
        _colour(sheet, header_row, header_row + max(len(lines), 1), places, language, formats)
    _set_paper(sheet, places[: printed_until(places) + 1], header_row, header_row + max(len(lines), 1), 1)
    if talk:
        talking = book.add_worksheet(say(language, "list.talk"))
        header = _write_texts(talking, [(say(language, "list.how_talk"), "plain")], talk, len(talk) - 1, formats)
        _write_lines(talking, header, kind, talked, talk, language, formats)
        talking.freeze_panes(header + 1, 4)
        _set_paper(talking, talk, header, header + max(len(talked), 1), 1)
    summed = sum_places(kind, lines, language, parcel.currency)
    if summed:
        _write_sum(book.add_worksheet(say(language, "list.sum")), parcel, summed, language, formats)
    by = parties_of(kind, lines, language)
    if by:
        _write_parties(book, by, parcel, language, formats)
    of_tables = add_sheets(book, parcel.document.tables, parcel.document.day, language, parcel.currency)
    explained = book.add_worksheet(say(language, "list.explained"))
    told = [(say(language, "list.sorting"), say(language, "list.sorting.meaning"))]
    told += [(place.heading, place.meaning) for place in explained_places(places, talk, summed)]
    told += [(say(language, "list.talk"), say(language, "list.talk.meaning"))] if talk else []
    told += of_tables
    _explain(explained, told, parcel.document.details(language), language, formats)
    _sign(book.add_worksheet(LIST_SHEET), parcel, language, kind, [*places, *talk])
    book.close()
    return buffer.getvalue()


def _set_paper(sheet: Worksheet, places: Sequence[Place], header_row: int, last_row: int, first: int) -> None:
    """A4 across, one page wide and as many down as needed, the header on each. places: from column A on."""
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.set_margins(left=0.25, right=0.25, top=0.4, bottom=0.5)
    sheet.set_footer("&L&A&R&P / &N")
    sheet.print_area(0, first, last_row, max(n for n, place in enumerate(places) if not place.is_hidden))
    sheet.repeat_rows(header_row)
    sheet.fit_to_pages(1, 0)


def _formats(book: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"valign": "top", "font_size": 10}
    return {
        "title": book.add_format({"bold": True, "font_size": 16, "valign": "vcenter", "align": "left"}),
        "plain": book.add_format(
            {"font_size": 10, "font_color": "#595959", "valign": "top", "align": "left"}
        ),
        "note": book.add_format(
            {"bold": True, "font_size": 10, "font_color": "#9C5700", "bg_color": "#FFEB9C",
             "valign": "top", "align": "left"}
        ),
        "header": book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "align": "center", "border": 1,
             "font_size": 10, "font_color": "#FFFFFF", "bg_color": "#305496"}
        ),
        "answer_header": book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "align": "center", "border": 1,
             "font_size": 10, "font_color": "#FFFFFF", "bg_color": "#548235"}
        ),
        "text": book.add_format({**body, "text_wrap": True, "align": "left", "indent": 1}),
        "why": book.add_format({**body, "text_wrap": True, "align": "left", "indent": 1}),
        "rank": book.add_format({**body, "align": "center"}),
        "count": book.add_format({**body, "num_format": "#,##0"}),
        "signed": book.add_format({**body, "num_format": "#,##0;-#,##0"}),
        "days": book.add_format({**body, "num_format": "0"}),
        "rate": book.add_format({**body, "num_format": "#,##0.00"}),
        "day": book.add_format({**body, "num_format": "yyyy-mm-dd", "align": "center"}),
        "money": book.add_format({**body, "num_format": "#,##0.00"}),
        "per_mille": book.add_format({**body, "num_format": "0.0%"}),
        "computed_money": book.add_format({**body, "num_format": "#,##0.00", "bg_color": "#EDEDED"}),
        "computed_days": book.add_format({**body, "num_format": "#,##0", "bg_color": "#EDEDED"}),
        "course": book.add_format({**body, **BAR, "align": "right"}),
        "course_bar": book.add_format({**FONT, **BAR}),
        "course_empty": book.add_format({**FONT, **BAR, "font_color": "#C00000"}),
        "course_bracket": book.add_format({**FONT, "bold": True}),
        "answer_text": book.add_format(
            {**body, "text_wrap": True, "bg_color": "#E2EFDA", "border": 1, "border_color": "#C6E0B4"}
        ),
        "answer_count": book.add_format(
            {**body, "num_format": "#,##0", "bg_color": "#E2EFDA", "border": 1, "border_color": "#C6E0B4"}
        ),
        "answer_day": book.add_format(
            {**body, "num_format": "yyyy-mm-dd", "bg_color": "#E2EFDA", "border": 1, "border_color": "#C6E0B4"}
        ),
        **{
            f"urgency_{level}": book.add_format({"bg_color": fill, "font_color": ink, "bold": True})
            for level, (fill, ink) in COLOURS.items()
        },
    }  # fmt: skip


def _write_top(
    sheet: Worksheet,
    parcel: Parcel,
    language: Language,
    places: Sequence[Place],
    formats: Mapping[str, Any],
    has_talk: bool,
    answers: Mapping[str, Mapping[str, Any]],
) -> int:
    """Title, numbers, notes, how to answer; returns the header's row."""
    document, kind = parcel.document, kind_of(parcel.document.kind)
    rows = [(dated_title_of(parcel, language), "title"), (summary_of(parcel, language), "plain")]
    rows += [(told, "note") for told in document.told_first(language)]
    if parcel.withheld:
        shown_ids = {line.task_id for line in document.lines}
        rows.append((say(language, "list.handled", count=len(parcel.withheld & shown_ids)), "plain"))
    snoozed = sum("snoozed_day" in one for one in document.held_back)
    for name, count in (("list.held_back", len(document.held_back) - snoozed), ("list.snoozed", snoozed)):
        if count:
            rows.append((say(language, name, count=count), "plain"))
    how = kind.say(language, "how")
    rows.append((how + say(language, "list.or_talk") if has_talk else how, "plain"))
    has_sum = any(place.code == ORDER_COST for place in places)
    if has_sum:
        rows.append(("", "plain"))  # its place
    header_row = _write_texts(sheet, rows, places, printed_until(places), formats)
    if has_sum:
        _write_order_sum(sheet, header_row, parcel, language, places, formats, answers)
    for position, place in enumerate(places):
        if place.unit == "course":  # what its signs mean, above it and off the paper as it is
            sheet.write_string(header_row - 2, position, say(language, "list.legend"), formats["plain"])
    return header_row


def _write_order_sum(
    sheet: Worksheet,
    header_row: int,
    parcel: Parcel,
    language: Language,
    places: Sequence[Place],
    formats: Mapping[str, Any],
    answers: Mapping[str, Mapping[str, Any]],
) -> None:
    """In the row before the empty one: what all lines that a filter leaves cost as they are answered."""
    last = header_row + 1 + max(len(parcel.lines), 1) + SPARE_ROWS
    columns = {place.code: xl_col_to_name(position) for position, place in enumerate(places)}
    costs, ids = (f"{columns[code]}{header_row + 1}:{columns[code]}{last}" for code in (ORDER_COST, CODES_ROW_MARK))
    money = currency_name(parcel.currency, language)
    text = _around(say(language, "list.as_answered", money=money, sum=_HOLE))
    uncounted = _around(say(language, "list.as_answered.uncounted", lines=_HOLE))
    values = [value_of_formula(ORDER_COST, line, answers.get(line.task_id, {}), language) for line in parcel.lines]
    known = [one for one in values if not isinstance(one, str)]
    told = f"{sum(known):,.2f}".join(text)
    if len(known) < len(values):
        told += str(len(values) - len(known)).join(uncounted)
    sheet.write_formula(header_row - 2, 1, sum_formula(text, uncounted, costs, ids), formats["plain"], told)


def _around(text: str) -> tuple[str, str]:
    """A text's two parts, before and after what is put into it."""
    before, _, after = text.partition(_HOLE)
    return before, after


def _write_texts(
    sheet: Worksheet, rows: Sequence[tuple[str, str]], places: Sequence[Place], last: int, formats: Mapping[str, Any]
) -> int:
    """(text, style) in as many rows as each needs to run from B over the empty cells up to `last`; returns the header's
    row, which an empty one parts from them."""
    last = max(position for position, place in enumerate(places[: last + 1]) if not place.is_hidden)
    width = sum(place.width for place in places[1 : last + 1])
    row = 0
    for text, style in rows:
        for part in [text] if style == "title" else in_rows(text, width):
            sheet.set_row(row, 27 if style == "title" else 14.5)
            sheet.write_string(row, 1, neutral(part), formats[style])
            if style == "note":
                for position in range(2, last + 1):
                    sheet.write_blank(row, position, None, formats[style])
            row += 1
    sheet.set_row(row, 6)
    return row + 1


def _write_lines(
    sheet: Worksheet,
    header_row: int,
    kind: Kind,
    lines: Sequence[Line],
    places: Sequence[Place],
    language: Language,
    formats: Mapping[str, Any],
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """The header and a row a line, each as high as its texts; filter and drop-downs."""
    _write_header(sheet, header_row, places, formats)
    columns = {column.field: column for column in kind.columns}
    for row, line in enumerate(lines, start=header_row + 1):
        _write_line(sheet, row, line, places, columns, language, formats, (answers or {}).get(line.task_id, {}))
    last_row = header_row + max(len(lines), 1)
    sheet.autofilter(header_row, 0, last_row, len(places) - 1)
    _check_answers(sheet, header_row, last_row + SPARE_ROWS, places, kind, ways_among(kind, lines), language)


def _write_header(sheet: Worksheet, header_row: int, places: Sequence[Place], formats: Mapping[str, Any]) -> None:
    for position, place in enumerate(places):
        hidden = {"hidden": True} if place.is_hidden else {}
        sheet.set_column(position, position, place.width, None, hidden)
    _write_headings(sheet, header_row, places, formats)


def _write_headings(sheet: Worksheet, row: int, places: Sequence[Place], formats: Mapping[str, Any]) -> None:
    sheet.set_row(row, height_of_headings(places))
    for position, place in enumerate(places):
        style = formats["answer_header" if place.is_answer else "header"]
        sheet.write_string(row, position, place.heading, style)


def _write_line(
    sheet: Worksheet,
    row: int,
    line: Line,
    places: Sequence[Place],
    columns: Mapping[str, Column],
    language: Language,
    formats: Mapping[str, Any],
    answer: Mapping[str, Any],
) -> None:
    own = {
        CODES_ROW_MARK: line.task_id,
        "rank": line.rank,
        "urgency": say(language, f"list.urgency.{line.urgency}"),
        WAY: say(language, f"list.way.{line.payload.get(WAY) or CALL}"),
    }
    values = {
        place.code: own[place.code] if place.code in own else _told(line, columns[place.code], language)
        for place in places
        if not (place.is_answer or place.code in COMPUTED)
    }
    cells = {place.code: f"{xl_col_to_name(position)}{row + 1}" for position, place in enumerate(places)}
    reasons = (position for position, place in enumerate(places) if place.code.startswith(("why", "brief")))
    why = next(reasons, len(places))
    most = [None] * why + [MAX_LINES_OF_WHY] + [MAX_LINES_BEHIND] * len(places)
    heights = [
        height_of([(str(values[place.code] or ""), place.width)], lines)
        for place, lines in zip(places, most, strict=False)
        if place.unit in ("text", "why") and place.code in values and not place.is_hidden
    ]
    sheet.set_row(row, max(heights, default=height_of([])))
    for position, place in enumerate(places):
        if place.is_answer:
            _write_cell(sheet, row, position, answer.get(place.code), place.unit, formats[f"answer_{place.unit}"])
        elif place.code in COMPUTED:
            value = value_of_formula(place.code, line, answer, language)
            formula = formula_of(place.code, cells, language)
            sheet.write_formula(row, position, formula, formats[f"computed_{place.unit}"], value)
        elif place.unit == "course" and values[place.code]:
            _draw(sheet, row, position, str(values[place.code]), formats)
        else:
            style = formats["rank" if place.code == "rank" else place.unit]
            _write_cell(sheet, row, position, values[place.code], place.unit, style)


def _draw(sheet: Worksheet, row: int, position: int, course: str, formats: Mapping[str, Any]) -> None:
    """The bars of a course, as text, which goes wherever its line goes."""
    runs = drawn(course)
    if len(runs) == 1:
        sheet.write_string(row, position, runs[0][0], formats["course"])
        return
    parts = [part for signs, ink in runs for part in (formats[f"course_{ink}"], signs)]
    sheet.write_rich_string(row, position, *parts, formats["course"])


def _told(line: Line, column: Column, language: Language) -> Any:
    """A cell's value; on the talk sheet, each item of a list on a line of its own."""
    value = line.payload.get(column.field)
    return "\n".join(map(str, value)) if column.sheet == "talk" and isinstance(value, list) else value_of(
        line, column, language
    )  # fmt: skip


def _write_sum(
    sheet: Worksheet, parcel: Parcel, places: Sequence[Place], language: Language, formats: Mapping[str, Any]
) -> None:
    """The arithmetic, a row a line, by the same numbers as on the first sheet; nothing is read back from it."""
    columns = {column.field: column for column in kind_of(parcel.document.kind).columns}
    for position, place in enumerate(places):
        sheet.set_column(position, position, place.width)
    _write_headings(sheet, 0, places, formats)
    for row, line in enumerate(parcel.lines, start=1):
        values = [
            line.rank if place.code == "rank" else value_of(line, columns[place.code], language) for place in places
        ]
        texts = [(str(value or ""), place.width) for value, place in zip(values, places, strict=True)
                 if place.unit in ("text", "why")]  # fmt: skip
        sheet.set_row(row, height_of(texts))
        for position, (value, place) in enumerate(zip(values, places, strict=True)):
            style = formats["rank" if place.code == "rank" else place.unit]
            _write_cell(sheet, row, position, value, place.unit, style)
    sheet.freeze_panes(1, 3)
    _set_paper(sheet, printed_sums(places), 0, max(len(parcel.lines), 1), 0)


def _write_parties(
    book: Any, parties: Sequence[Party], parcel: Parcel, language: Language, formats: Mapping[str, Any]
) -> None:
    """Lines, pieces and money of each supplier, and whether its least order is reached."""
    kind = kind_of(parcel.document.kind)
    columns = {column.field: column for column in kind.columns}
    names = [columns[name].heading(language, parcel.currency) for name in (kind.summed_by, "quantity")]
    money = columns[str(kind.money_of_units)].heading(language, parcel.currency)
    sheet = book.add_worksheet(say(language, "list.by", heading=columns[kind.summed_by].bare_heading(language)))
    currency = currency_name(parcel.currency, language)
    headings = [names[0], say(language, "list.by.lines"), names[1], money,
                say(language, "list.by.minimum", money=currency), say(language, "list.by.met")]  # fmt: skip
    for position, (heading, width) in enumerate(zip(headings, (30, 9, 12, 16, 16, 20), strict=True)):
        sheet.set_column(position, position, width)
        sheet.write_string(0, position, heading, formats["header"])
    sheet.set_row(0, 30)
    total = Party(say(language, "list.by.total"), sum(one.lines for one in parties),
                  sum(one.pieces for one in parties), sum(one.money for one in parties))  # fmt: skip
    for row, one in enumerate([*parties, total], start=1):
        short = (one.minimum or 0) - one.money
        met = "" if one.minimum is None else say(language, "list.by.met.yes")
        if short > 0:
            met = say(language, "list.by.met.no", amount=f"{amount_of(short):,.2f}")
        cells = [(one.name, "text"), (one.lines, "count"), (one.pieces, "count"), (one.money, "money"),
                 (one.minimum, "money"), (met, "text")]  # fmt: skip
        for position, (value, unit) in enumerate(cells):
            _write_cell(sheet, row, position, value, unit, formats[unit])
    sheet.freeze_panes(1, 1)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.print_area(0, 0, len(parties) + 1, len(headings) - 1)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _write_cell(sheet: Worksheet, row: int, position: int, value: Any, unit: str, style: Any) -> None:
    if value is None:
        sheet.write_blank(row, position, None, style)
    elif unit == "rate":
        sheet.write_number(row, position, float(value), style)
    elif isinstance(value, bool) or not isinstance(value, int):
        day = _as_day(value) if unit == "day" else None
        if day is not None:
            sheet.write_datetime(row, position, datetime(day.year, day.month, day.day), style)
        else:
            sheet.write_string(row, position, neutral(str(value)), style)
    elif unit == "money":
        sheet.write_number(row, position, float(amount_of(value)), style)
    elif unit == "per_mille":
        sheet.write_number(row, position, value / 1000, style)
    elif unit in ("text", "why"):
        sheet.write_string(row, position, str(value), style)
    else:
        sheet.write_number(row, position, value, style)


def _as_day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _colour(
    sheet: Worksheet,
    header_row: int,
    last_row: int,
    places: Sequence[Place],
    language: Language,
    formats: Mapping[str, Any],
) -> None:
    """The line's beginning, up to the answer, in the colour of its urgency; it moves along when the sheet is sorted."""
    end = next(position for position, place in enumerate(places) if place.is_answer) - 1
    for level in COLOURS:
        condition = '=$C{}="{}"'.format(header_row + 2, say(language, f"list.urgency.{level}"))
        sheet.conditional_format(
            header_row + 1, 1, last_row, end,
            {"type": "formula", "criteria": condition, "format": formats[f"urgency_{level}"]},
        )  # fmt: skip


def _check_answers(
    sheet: Worksheet,
    header_row: int,
    last_row: int,
    places: Sequence[Place],
    kind: Kind,
    ways: Sequence[Way],
    language: Language,
) -> None:
    """Drop-downs and limits: help while typing. What is pasted over them is found when the answers are read.

    If lines are worked by several ways, a drop-down goes by its own line's, so that it stays right when the sheet is
    sorted."""
    answers: list[str] | str = answer_words(kind, language, *ways[:1])
    own = next((position for position, place in enumerate(places) if place.code == WAY), None)
    if own is not None:
        cell = f"${xl_col_to_name(own)}{header_row + 2}"
        call, message = (_words_range(kind, way, language) for way in (CALL, MESSAGE))
        is_message = say(language, f"list.way.{MESSAGE}")
        answers = f'=IF({cell}="{is_message}",{message},{call})'
    outcomes = [one.called(language) for one in kind.outcomes]
    rules: dict[str, dict[str, Any]] = {
        "answer": {
            "validate": "list",
            "source": answers,
            "error_message": say(language, "list.one_outcome_of" if kind.answers_by_outcome else "list.one_of"),
        },
        "answer_outcome": {"validate": "list", "source": outcomes, "error_message": say(language, "list.an_outcome")},
        "answer_quantity": {
            "validate": "integer", "criteria": ">", "value": 0, "error_message": say(language, "list.whole_number"),
        },
    }  # fmt: skip
    for position, place in enumerate(places):
        if place.code in rules:
            sheet.data_validation(header_row + 1, position, last_row, position, rules[place.code])


def _explain(
    sheet: Worksheet,
    told: Sequence[tuple[str, str]],
    details: Sequence[str],
    language: Language,
    formats: Mapping[str, Any],
) -> None:
    """What each column means, and which sheet is for what if two can be answered on (`told`); then what else is to be
    said of the list."""
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, say(language, "list.column"), formats["header"])
    sheet.write_string(0, 1, say(language, "list.meaning"), formats["header"])
    sheet.freeze_panes(1, 0)
    about = say(language, "list.about")
    for row, (heading, meaning) in enumerate([*told, *((about, detail) for detail in details)], start=1):
        sheet.set_row(row, height_of([(meaning, 100.0)]))
        sheet.write_string(row, 0, heading, formats["text"])
        sheet.write_string(row, 1, meaning, formats["why"])
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)


def _words_range(kind: Kind, way: Way, language: Language) -> str:
    """Where the hidden sheet holds the answers of this way: _list!$D$1:$D$8."""
    column = xl_col_to_name(WORDS_FROM + kind.ways.index(way))
    return f"{LIST_SHEET}!${column}$1:${column}${len(answer_words(kind, language, way))}"


def _sign(sheet: Worksheet, parcel: Parcel, language: Language, kind: Kind, places: Sequence[Place]) -> None:
    """Which list this is, the codes of its headings, and the answers by way of contact, for the drop-downs."""
    sheet.very_hidden()
    for position, way in enumerate(kind.ways, start=WORDS_FROM):
        sheet.write_column(0, position, answer_words(kind, language, way))
    facts = {
        "kind": parcel.document.kind,
        "day": parcel.document.day,
        "revision": str(parcel.revision),
        "delivery_key": parcel.delivery_key,
        "language": language,
        **{f"{HEADING_OF}{place.code}": place.heading for place in places},
    }
    for row, (name, value) in enumerate(facts.items()):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, value)
