"""A list as an XLSX that a person works in.

The first sheet: title, notes, a hidden row with the columns' codes, the frozen header, the lines. Column A holds the
task's id, hidden, and within the range of the filter, so that it moves with its line. Reading it back goes by these
codes and ids (sheet_reading.py), so lines may be sorted and deleted. Where somebody is to be talked to, the second
sheet is what the caller needs, one line a call, and can be answered as well. The next ones show the arithmetic and
explain each column; the last one, hidden, says which list this is.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from include.tasks.channels.parcel import Parcel
from include.tasks.document import Line
from include.tasks.kinds import CALL, MESSAGE, Kind, Way, kind_of
from include.tasks.sheets.cells import amount_of, neutral
from include.tasks.sheets.columns import Column
from include.tasks.sheets.digest import dated_title_of, summary_of
from include.tasks.sheets.layout import (
    CODES_ROW_MARK,
    MOST_LINES_OF_WHY,
    WAY,
    Place,
    answer_words,
    explained_places,
    height_of,
    height_of_headings,
    places_of,
    printed_sums,
    printed_until,
    sum_places,
    talk_places,
    value_of,
    ways_among,
)
from include.tasks.wording import WORDS, Language

LIST_SHEET = "_list"
WORDS_FROM = 3  # its column in which the answers by way of contact begin
MANY_LINES = 20_000  # from which a sheet is written row by row, in bounded memory
SPARE_ROWS = 200  # below the list, which take answers too if somebody adds rows
# Widths are counted in figures of this font: it, or one of its measures, is on every machine (Calibri is not).
FONT = {"font_name": "Arial", "font_size": 10}
A4 = 9  # the number that the file format gives to this paper
COLOURS = {2: ("#F8CBAD", "#9C0006"), 1: ("#FFF2CC", "#7F6000")}


def write_xlsx(parcel: Parcel, language: Language) -> bytes:
    """The workbook's bytes; the same parcel gives the same bytes."""
    kind, words, lines = kind_of(parcel.document.kind), WORDS[language], parcel.lines
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "constant_memory": len(lines) > MANY_LINES,
            "default_format_properties": FONT,
        },
    )
    book.set_properties({"created": datetime.fromisoformat(parcel.document.day)})
    formats = _formats(book)
    places = places_of(kind, lines, language, parcel.currency)
    sheet = book.add_worksheet(kind.zh if language == "zh" else kind.en)
    talk = talk_places(kind, lines, language, parcel.currency)
    header_row = _write_top(sheet, parcel, language, places, formats, bool(talk))
    _write_lines(sheet, header_row, parcel, places, language, formats)
    sheet.freeze_panes(header_row + 1, 4 if kind.has_urgency else 3)
    if kind.has_urgency:
        _colour(sheet, header_row, header_row + max(len(lines), 1), places, words, formats)
    _set_paper(sheet, places[: printed_until(places) + 1], header_row, header_row + max(len(lines), 1), 1)
    if talk:
        talking = book.add_worksheet(words["talk"])
        _write_texts(talking, [(words["how_talk"], "plain")], talk, len(talk) - 1, formats)
        _write_lines(talking, 2, parcel, talk, language, formats)
        talking.freeze_panes(3, 4)
        _set_paper(talking, talk, 2, 2 + max(len(lines), 1), 1)
    summed = sum_places(kind, lines, language, parcel.currency)
    if summed:
        _write_sum(book.add_worksheet(words["sum"]), parcel, summed, language, formats)
    _explain(book.add_worksheet(words["explained"]), explained_places(places, talk), words, formats, bool(talk))
    _sign(book.add_worksheet(LIST_SHEET), parcel, language, kind)
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
            {"font_size": 10, "font_color": "#595959", "text_wrap": True, "valign": "top", "align": "left"}
        ),
        "note": book.add_format(
            {"bold": True, "font_size": 10, "font_color": "#9C5700", "bg_color": "#FFEB9C", "text_wrap": True,
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
        "day": book.add_format({**body, "num_format": "yyyy-mm-dd", "align": "center"}),
        "money": book.add_format({**body, "num_format": "#,##0.00"}),
        "per_mille": book.add_format({**body, "num_format": "0.0%"}),
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
) -> int:
    """Title, numbers, notes, how to answer; returns the header's row. Texts run over the columns up to the reasons."""
    words, document, kind = WORDS[language], parcel.document, kind_of(parcel.document.kind)
    rows = [(dated_title_of(parcel, language), "title"), (summary_of(parcel, language), "plain")]
    rows += [(note[language], "note") for note in document.notes]
    if parcel.withheld:
        shown_ids = {line.task_id for line in document.lines}
        rows.append((words["handled"].format(count=len(parcel.withheld & shown_ids)), "plain"))
    if document.held_back:
        rows.append((words["held_back"].format(count=len(document.held_back)), "plain"))
    how = words.get(f"how_{kind.name}", words["how"])
    rows.append((how + words["or_talk"] if has_talk else how, "plain"))
    _write_texts(sheet, rows, places, printed_until(places), formats)
    return len(rows) + 1


def _write_texts(
    sheet: Worksheet,
    rows: Sequence[tuple[str, str]],
    places: Sequence[Place],
    last: int,
    formats: Mapping[str, Any],
) -> None:
    """(text, style) a row, over the columns from B to `last`."""
    last = max(position for position, place in enumerate(places[: last + 1]) if not place.is_hidden)
    width = sum(place.width for place in places[1 : last + 1])
    for row, (text, style) in enumerate(rows):
        sheet.set_row(row, 27 if style == "title" else height_of([(text, width)]) + 1)
        sheet.merge_range(row, 1, row, last, "", formats[style])
        sheet.write_string(row, 1, neutral(text), formats[style])


def _write_lines(
    sheet: Worksheet,
    header_row: int,
    parcel: Parcel,
    places: Sequence[Place],
    language: Language,
    formats: Mapping[str, Any],
) -> None:
    """The hidden row of codes, the header and a row a line, each as high as its texts; filter and drop-downs."""
    kind, words, lines = kind_of(parcel.document.kind), WORDS[language], parcel.lines
    _write_header(sheet, header_row, places, formats)
    columns = {column.field: column for column in kind.columns}
    for row, line in enumerate(lines, start=header_row + 1):
        _write_line(sheet, row, line, places, columns, words, formats)
    last_row = header_row + max(len(lines), 1)
    sheet.autofilter(header_row, 0, last_row, len(places) - 1)
    _check_answers(sheet, header_row, last_row + SPARE_ROWS, places, kind, ways_among(kind, lines), language)


def _write_header(sheet: Worksheet, header_row: int, places: Sequence[Place], formats: Mapping[str, Any]) -> None:
    for position, place in enumerate(places):
        hidden = {"hidden": True} if place.is_hidden else {}
        sheet.set_column(position, position, place.width, None, hidden)
    sheet.set_row(header_row - 1, None, None, {"hidden": True})
    for position, place in enumerate(places):
        sheet.write_string(header_row - 1, position, place.code)
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
    words: Mapping[str, str],
    formats: Mapping[str, Any],
) -> None:
    own = {
        CODES_ROW_MARK: line.task_id,
        "rank": line.rank,
        "urgency": words[f"urgency_{line.urgency}"],
        WAY: words[f"way_{line.payload.get(WAY) or CALL}"],
    }
    values = {
        place.code: own[place.code] if place.code in own else _told(line, columns[place.code], words)
        for place in places
        if not place.is_answer
    }
    texts = [(str(values[place.code] or ""), place.width, place.code.startswith("why")) for place in places
             if place.unit in ("text", "why") and place.code in values and not place.is_hidden]  # fmt: skip
    height = height_of([(text, width) for text, width, is_why in texts if not is_why])
    why = height_of([(text, width) for text, width, is_why in texts if is_why], MOST_LINES_OF_WHY)
    sheet.set_row(row, max(height, why))
    for position, place in enumerate(places):
        if place.is_answer:
            sheet.write_blank(row, position, None, formats[f"answer_{place.unit}"])
        else:
            style = formats["rank" if place.code == "rank" else place.unit]
            _write_cell(sheet, row, position, values[place.code], place.unit, style)


def _told(line: Line, column: Column, words: Mapping[str, str]) -> Any:
    """A cell's value; on the talk sheet, each item of a list on a line of its own."""
    value = line.payload.get(column.field)
    return "\n".join(map(str, value)) if column.sheet == "talk" and isinstance(value, list) else value_of(
        line, column, words
    )  # fmt: skip


def _write_sum(
    sheet: Worksheet, parcel: Parcel, places: Sequence[Place], language: Language, formats: Mapping[str, Any]
) -> None:
    """The arithmetic, a row a line, by the same numbers as on the first sheet; nothing is read back from it."""
    words = WORDS[language]
    columns = {column.field: column for column in kind_of(parcel.document.kind).columns}
    for position, place in enumerate(places):
        sheet.set_column(position, position, place.width)
    _write_headings(sheet, 0, places, formats)
    for row, line in enumerate(parcel.lines, start=1):
        values = [line.rank if place.code == "rank" else value_of(line, columns[place.code], words) for place in places]
        texts = [(str(value or ""), place.width) for value, place in zip(values, places, strict=True)
                 if place.unit in ("text", "why")]  # fmt: skip
        sheet.set_row(row, height_of(texts))
        for position, (value, place) in enumerate(zip(values, places, strict=True)):
            style = formats["rank" if place.code == "rank" else place.unit]
            _write_cell(sheet, row, position, value, place.unit, style)
    sheet.freeze_panes(1, 3)
    _set_paper(sheet, printed_sums(places), 0, max(len(parcel.lines), 1), 0)


def _write_cell(sheet: Worksheet, row: int, position: int, value: Any, unit: str, style: Any) -> None:
    if value is None:
        sheet.write_blank(row, position, None, style)
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
    words: Mapping[str, str],
    formats: Mapping[str, Any],
) -> None:
    """The line's beginning, up to the answer, in the colour of its urgency; it moves along when the sheet is sorted."""
    end = next(position for position, place in enumerate(places) if place.is_answer) - 1
    for level in COLOURS:
        condition = f'=$C{header_row + 2}="{words[f"urgency_{level}"]}"'
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
    words = WORDS[language]
    answers: list[str] | str = answer_words(kind, language, *ways[:1])
    own = next((position for position, place in enumerate(places) if place.code == WAY), None)
    if own is not None:
        cell = f"${xl_col_to_name(own)}{header_row + 2}"
        call, message = (_words_range(kind, way, language) for way in (CALL, MESSAGE))
        answers = f'=IF({cell}="{words["way_message"]}",{message},{call})'
    outcomes = [one.zh if language == "zh" else one.en for one in kind.outcomes]
    rules: dict[str, dict[str, Any]] = {
        "answer": {
            "validate": "list",
            "source": answers,
            "error_message": words["one_outcome_of" if kind.answers_by_outcome else "one_of"],
        },
        "answer_outcome": {"validate": "list", "source": outcomes, "error_message": words["an_outcome"]},
        "answer_quantity": {
            "validate": "integer", "criteria": ">", "value": 0, "error_message": words["whole_number"],
        },
    }  # fmt: skip
    for position, place in enumerate(places):
        if place.code in rules:
            sheet.data_validation(header_row + 1, position, last_row, position, rules[place.code])


def _explain(
    sheet: Worksheet, places: Sequence[Place], words: Mapping[str, str], formats: Mapping[str, Any], has_talk: bool
) -> None:
    """What each column means, and which sheet is for what where two can be answered on."""
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, words["column"], formats["header"])
    sheet.write_string(0, 1, words["meaning"], formats["header"])
    sheet.freeze_panes(1, 0)
    told = [(place.heading, place.meaning) for place in places]
    told += [(words["talk"], words["talk_meaning"])] if has_talk else []
    for row, (heading, meaning) in enumerate(told, start=1):
        sheet.set_row(row, height_of([(meaning, 100.0)]))
        sheet.write_string(row, 0, heading, formats["text"])
        sheet.write_string(row, 1, meaning, formats["why"])
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)


def _words_range(kind: Kind, way: Way, language: Language) -> str:
    """Where the hidden sheet holds the answers of this way: _list!$D$1:$D$8."""
    column = xl_col_to_name(WORDS_FROM + kind.ways.index(way))
    return f"{LIST_SHEET}!${column}$1:${column}${len(answer_words(kind, language, way))}"


def _sign(sheet: Worksheet, parcel: Parcel, language: Language, kind: Kind) -> None:
    """Which list this is, and the answers by way of contact, for the drop-downs."""
    sheet.very_hidden()
    for position, way in enumerate(kind.ways, start=WORDS_FROM):
        sheet.write_column(0, position, answer_words(kind, language, way))
    facts = {
        "kind": parcel.document.kind,
        "day": parcel.document.day,
        "revision": str(parcel.revision),
        "delivery_key": parcel.delivery_key,
        "language": language,
    }
    for row, (name, value) in enumerate(facts.items()):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, value)
