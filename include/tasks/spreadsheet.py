"""A list as an XLSX that a person works in.

The first sheet: title, notes, a hidden row with the columns' codes, the frozen header, the lines. Column A holds the
task's id, hidden, and within the range of the filter, so that it moves with its line. Reading it back goes by these
codes and ids (answers.py), so lines may be sorted and deleted. Where
somebody is to be talked to, the second sheet says what the caller should know. The next one explains each column; the
last one, hidden, says which list this is.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from include.tasks.cells import amount_of, neutral
from include.tasks.channels.parcel import Parcel
from include.tasks.columns import Column
from include.tasks.digest import summary_of, title_of
from include.tasks.document import Line
from include.tasks.kinds import kind_of
from include.tasks.layout import CODES_ROW_MARK, Place, places_of, talk_columns, value_of
from include.tasks.wording import WORDS, Language

LIST_SHEET = "_list"
MANY_LINES = 20_000
SPARE_ROWS = 200
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
        },
    )
    book.set_properties({"created": datetime.fromisoformat(parcel.document.day)})
    formats = _formats(book)
    places = places_of(kind, lines, language, parcel.currency)
    sheet = book.add_worksheet(kind.zh if language == "zh" else kind.en)
    header_row = _write_top(sheet, parcel, language, formats)
    _write_header(sheet, header_row, places, formats)
    columns = {column.field: column for column in kind.columns}
    for row, line in enumerate(lines, start=header_row + 1):
        _write_line(sheet, row, line, places, columns, words, formats)
    last_row = header_row + max(len(lines), 1)
    sheet.autofilter(header_row, 0, last_row, len(places) - 1)
    sheet.freeze_panes(header_row + 1, 4)
    _colour(sheet, header_row, last_row, places, words, formats)
    outcomes = [one.zh if language == "zh" else one.en for one in kind.outcomes]
    _check_answers(sheet, header_row, last_row + SPARE_ROWS, places, words, outcomes)
    _set_paper(sheet)
    sheet.repeat_rows(header_row)
    talk = talk_columns(kind, lines, language)
    if talk:
        _write_talk(book.add_worksheet(words["talk"]), parcel, talk, language, formats)
    _explain(book.add_worksheet(words["explained"]), places, words, formats)
    _sign(book.add_worksheet(LIST_SHEET), parcel, language)
    book.close()
    return buffer.getvalue()


def _set_paper(sheet: Worksheet) -> None:
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _formats(book: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"valign": "top", "font_size": 10}
    return {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "plain": book.add_format({"font_size": 10, "font_color": "#595959"}),
        "note": book.add_format({"bold": True, "font_color": "#9C5700", "bg_color": "#FFEB9C"}),
        "header": book.add_format(
            {"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1,
             "font_color": "#FFFFFF", "bg_color": "#305496"}
        ),
        "answer_header": book.add_format(
            {"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1,
             "font_color": "#FFFFFF", "bg_color": "#548235"}
        ),
        "text": book.add_format(body),
        "why": book.add_format({**body, "text_wrap": True}),
        "count": book.add_format({**body, "num_format": "#,##0"}),
        "signed": book.add_format({**body, "num_format": "#,##0;-#,##0"}),
        "days": book.add_format({**body, "num_format": "0"}),
        "day": book.add_format({**body, "num_format": "yyyy-mm-dd", "align": "left"}),
        "money": book.add_format({**body, "num_format": "#,##0.00"}),
        "per_mille": book.add_format({**body, "num_format": "0.0%"}),
        "answer_text": book.add_format({**body, "bg_color": "#E2EFDA", "border": 1, "border_color": "#C6E0B4"}),
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


def _write_top(sheet: Worksheet, parcel: Parcel, language: Language, formats: Mapping[str, Any]) -> int:
    """Title, numbers, notes, how to answer; returns the header's row."""
    words, document = WORDS[language], parcel.document
    rows = [(title_of(parcel, language), "title"), (summary_of(parcel, language), "plain")]
    rows += [(note[language], "note") for note in document.notes]
    if parcel.withheld:
        shown_ids = {line.task_id for line in document.lines}
        rows.append((words["handled"].format(count=len(parcel.withheld & shown_ids)), "plain"))
    if document.held_back:
        rows.append((words["held_back"].format(count=len(document.held_back)), "plain"))
    rows.append((words["how"], "plain"))
    for row, (text, style) in enumerate(rows):
        sheet.write_string(row, 1, neutral(text), formats[style])
    return len(rows) + 1


def _write_header(sheet: Worksheet, header_row: int, places: Sequence[Place], formats: Mapping[str, Any]) -> None:
    for position, place in enumerate(places):
        hidden = {"hidden": True} if place.code == CODES_ROW_MARK else {}
        sheet.set_column(position, position, place.width, None, hidden)
    sheet.set_row(header_row - 1, None, None, {"hidden": True})
    for position, place in enumerate(places):
        sheet.write_string(header_row - 1, position, place.code)
    sheet.set_row(header_row, 32)
    for position, place in enumerate(places):
        style = formats["answer_header" if place.is_answer else "header"]
        sheet.write_string(header_row, position, place.heading, style)


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
    }
    for position, place in enumerate(places):
        if place.is_answer:
            sheet.write_blank(row, position, None, formats[f"answer_{place.unit}"])
            continue
        value = own[place.code] if place.code in own else value_of(line, columns[place.code], words)
        _write_cell(sheet, row, position, value, place.unit, formats[place.unit])


def _write_talk(
    sheet: Worksheet, parcel: Parcel, columns: Sequence[Column], language: Language, formats: Mapping[str, Any]
) -> None:
    """One row a line, by the same numbers as on the first sheet; nothing is read back from it."""
    words, subject = WORDS[language], parcel.document.kind
    who = next(column for column in kind_of(subject).columns if column.field in kind_of(subject).subject)
    headings = [words["rank"], who.zh if language == "zh" else who.en]
    headings += [column.heading(language, parcel.currency) for column in columns]
    for position, heading in enumerate(headings):
        sheet.set_column(position, position, (6, 16)[position] if position < 2 else 48)
        sheet.write_string(0, position, heading, formats["header"])
    for row, line in enumerate(parcel.lines, start=1):
        sheet.write_number(row, 0, line.rank, formats["count"])
        _write_cell(sheet, row, 1, line.payload.get(who.field), who.unit, formats[who.unit])
        for position, column in enumerate(columns, start=2):
            value = line.payload.get(column.field)
            text = "\n".join(value) if isinstance(value, list) else value
            _write_cell(sheet, row, position, text, column.unit, formats[column.unit])
    sheet.freeze_panes(1, 2)
    _set_paper(sheet)
    sheet.repeat_rows(0)


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
    words: Mapping[str, str],
    outcomes: Sequence[str],
) -> None:
    """Drop-downs and limits: help while typing. What is pasted over them is found when the answers are read."""
    rules: dict[str, dict[str, Any]] = {
        "answer": {
            "validate": "list",
            "source": [words["accepted"], words["done"], words["refused"]],
            "error_message": words["one_of"],
        },
        "answer_outcome": {"validate": "list", "source": list(outcomes), "error_message": words["an_outcome"]},
        "answer_quantity": {
            "validate": "integer", "criteria": ">", "value": 0, "error_message": words["whole_number"],
        },
        "answer_expected_day": {
            "validate": "date", "criteria": ">", "value": date(2020, 1, 1), "error_message": words["a_day"],
        },
    }  # fmt: skip
    for position, place in enumerate(places):
        if place.code in rules:
            sheet.data_validation(header_row + 1, position, last_row, position, rules[place.code])


def _explain(sheet: Worksheet, places: Sequence[Place], words: Mapping[str, str], formats: Mapping[str, Any]) -> None:
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, words["column"], formats["header"])
    sheet.write_string(0, 1, words["meaning"], formats["header"])
    sheet.freeze_panes(1, 0)
    for row, place in enumerate((place for place in places if place.meaning), start=1):
        sheet.write_string(row, 0, place.heading, formats["text"])
        sheet.write_string(row, 1, place.meaning, formats["why"])


def _sign(sheet: Worksheet, parcel: Parcel, language: Language) -> None:
    sheet.very_hidden()
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
