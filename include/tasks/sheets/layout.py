"""What stands in which column of a list's file, under which heading, and how wide.

A sheet is laid out for a screen of 1920 pixels and for A4 across, one page wide: columns are as wide as what stands in
them, and the sum's text takes what room is left. What does not fit on the page in readable letters is not printed.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from include.settings.currencies import MINUS, currency_name
from include.tasks.channels.parcel import Parcel
from include.tasks.document import Line
from include.tasks.kind import CALL, SNOOZE_DAYS, Column, Kind, Way
from include.tasks.kinds import kind_of
from include.tasks.sheets.cells import BRACKETS, amount_of, drawn, per_cent
from include.tasks.sheets.order_formulas import COMPUTED, ORDER_COST, ORDER_COVER
from include.tasks.task_queries import Task
from include.words.texts import Language, say

CODES_ROW_MARK = "task_id"
WAY = "way"  # by which a line is worked: decides what its drop-down offers, hidden, and sorted along with its line
HIDDEN = (CODES_ROW_MARK, WAY)
A4_ACROSS_POINTS = 800  # of 842, what the margins leave
SMALLEST_LETTERS = 7.0  # points, on paper
LETTERS = 10.0  # points, on the sheet
PAPER_PIXELS = int(A4_ACROSS_POINTS / 0.75 * LETTERS / SMALLEST_LETTERS)  # of columns that make the smallest letters
MIN_WIDTH = {"text": 6, "count": 7, "signed": 7, "days": 7, "rate": 7, "day": 11.5, "money": 9, "per_mille": 8,
               "why": 40, "course": 12}  # fmt: skip
MAX_WIDTH = {"text": 24, "count": 12, "signed": 12, "days": 12, "rate": 12, "day": 12, "money": 14, "per_mille": 9,
              "why": 100, "course": 50}  # fmt: skip
ANSWER_WIDTHS = {"answer": 12, "answer_outcome": 10, "answer_quantity": 9, "answer_expected_day": 12,
                 "answer_reason": 14}  # fmt: skip
TALK_REASON_WIDTH = 11  # all of a call within one screen, and on one page with letters that can be read
COMPUTED_UNIT = {ORDER_COST: "money", ORDER_COVER: "days"}
BAR_WIDTH, BRACKET_WIDTH = 1.27, 0.9  # of a course's signs, in characters, in the widest fonts
NARROW = 11.0  # characters, below which a text column is not squeezed
WANTED_WHY = 54.0  # characters of the reasons, for which texts before them are squeezed
HEADING_LINES = 3  # of a column's heading at most
ARROW = 2.5  # characters that the filter's arrow covers at the lower right of a heading
MARGINS = 1.0  # characters that a cell leaves free on both sides
BOLD = 1.08  # times the width of plain letters
# What a line of a heading is not broken within: a word of Latin letters and figures, or a Chinese letter; brackets stay
# with what they enclose.
_PARTS = re.compile(r"\(?(?:[^\x00-\x20()\u2e80-\uffef]+|[\u2e80-\uffef])\)? *")
_LONG_WORDS = re.compile(r"[^\x00-\x20\u2e80-\uffef]{12,}")
LINE_POINTS = 14.25  # a line of Chinese letters of 10 points, which are taken from a taller font than Arial
MAX_LINES_OF_WHY = 8  # on the list; the sheet of sums shows all of it
LISTED_WHY, WHOLE_WHY = 60.0, 110.0  # characters on the sheet of sums, of reasons that the list shows or has in brief
MAX_LINES_BEHIND = 3  # of the texts behind the reasons, which are not printed


@dataclass(frozen=True)
class Place:
    """One column of the sheet. width: in characters, as spreadsheets count it; talk_width: on the sheet to talk by."""

    code: str
    heading: str
    meaning: str
    unit: str
    width: float
    is_answer: bool = False
    talk_width: float | None = None
    wraps: bool = False

    @property
    def pixels(self) -> int:
        return 0 if self.is_hidden else round(self.width * 7) + 5

    @property
    def is_hidden(self) -> bool:
        return self.code in HIDDEN


def file_name(parcel: Parcel, language: Language, ending: str) -> str:
    """补货_2025-11-12.xlsx; a revision gets a name of its own, since somebody may be working in the first one."""
    kind = kind_of(parcel.document.kind)
    words = [kind.called(language), parcel.document.day]
    if parcel.edition > 1:
        words.append(say(language, "list.revised_file", edition=parcel.edition))
    return "_".join(words) + "." + ending


def used_columns(kind: Kind, lines: Sequence[Line], language: Language) -> list[Column]:
    """The kind's columns, of all sheets, that at least one line has something for."""
    return [
        column
        for column in kind.columns_in(language)
        if column.field == "since_day" or any(line.payload.get(column.field) is not None for line in lines)
    ]


def places_of(kind: Kind, lines: Sequence[Line], language: Language, currency: str) -> list[Place]:
    """All columns of the list: what to do, then the answer, then why and the arithmetic."""
    columns = _listed(kind, lines, language)
    places = _fitted(columns, lines, language, currency)
    middle = next((n for n, column in enumerate(columns) if column.unit == "why"), len(columns))
    head = [_own("task_id", "text", 4, language, kind), _own("rank", "count", 5.5, language, kind)]
    if kind.has_urgency:
        head.append(_own("urgency", "text", 8.5, language, kind))
    # What is worked out stands behind the reasons: on the screen, and not on paper, which has no room for it.
    computed = _computed(kind, columns, language, currency)
    why, behind = places[middle : middle + 1], places[middle + 1 :]
    laid = [*head, *places[:middle], *_answers(kind, language), *why, *computed, *behind]
    return [*_why_fitted(laid), *_way_of(kind, lines, language)]


def _listed(kind: Kind, lines: Sequence[Line], language: Language) -> list[Column]:
    """The columns of the list itself. Lists of before there was a reason in brief show the whole one."""
    used = used_columns(kind, lines, language)
    has_why = any(column.sheet == "list" and column.unit == "why" for column in used)
    return [
        one
        for one in used
        if one.sheet in ("list", "picture") or (one.sheet == "sum" and one.unit == "why" and not has_why)
    ]


def talk_places(kind: Kind, lines: Sequence[Line], language: Language, currency: str) -> list[Place]:
    """The columns of the sheet to talk by, one line a call, with its own answer; empty if the kind has none. lines: of
    `talk_lines`."""
    used = used_columns(kind, lines, language)
    own = [column for column in used if column.sheet == "talk"]
    if not own:
        return []
    first = [column for name in kind.talk_first for column in used if column.name == name]
    head = [_own("task_id", "text", 4, language, kind), _own("rank", "count", 5.5, language, kind)]
    places = [*_fitted([*first, *own], lines, language, currency), *_answers(kind, language)]
    talk = [replace(one, width=one.width if one.talk_width is None else one.talk_width) for one in places]
    return [*head, *talk, *_way_of(kind, lines, language)]


def talk_lines(kind: Kind, lines: Sequence[Line], language: Language) -> list[Line]:
    """The lines of which somebody talks or writes to a customer; the others are sent by a platform's own tool."""
    return [line for line in lines if not kind.talk_if or line.payload.get(f"{kind.talk_if}_{language}")]


def _way_of(kind: Kind, lines: Sequence[Line], language: Language) -> list[Place]:
    """The hidden column of the lines' ways, where these differ."""
    return [_own(WAY, "text", 4, language, kind)] if len(ways_among(kind, lines)) > 1 else []


def ways_among(kind: Kind, lines: Sequence[Line]) -> list[Way]:
    """The ways by which these lines are worked, as far as their outcomes differ by it; a call where none is said."""
    used = {line.payload.get(WAY) or CALL for line in lines} or {CALL}
    return [way for way in kind.ways if way in used]


def sum_places(kind: Kind, lines: Sequence[Line], language: Language, currency: str) -> list[Place]:
    """The columns of the sheet with the arithmetic: which line, why, and what stands behind that on the list; none for
    contacts that say no why."""
    columns = [column for column in used_columns(kind, lines, language) if column.sheet not in ("talk", "picture")]
    middle = next((n for n, column in enumerate(columns) if column.unit == "why"), len(columns))
    behind = [column for column in columns[middle:] if column.field != "since_day" and column.name != "brief"]
    figure = "quantity" if kind.counted else kind.money
    named = [column for column in columns[:middle] if column.field in ("title", figure, *kind.subject)]
    if not kind.counted and middle == len(columns):
        return []
    places = _fitted([*named, *behind], lines, language, currency)
    has_brief = any(column.sheet == "sum" for column in behind)
    width = WHOLE_WHY if has_brief else LISTED_WHY
    return [_own("rank", "count", 5.5, language, kind),
            *(replace(one, width=width) if one.unit == "why" else one for one in places)]  # fmt: skip


@dataclass(frozen=True)
class Party:
    """What a list asks of one supplier: lines, pieces and money (micros); minimum: the least order it takes, if it is
    known."""

    name: str
    lines: int
    pieces: int
    money: int
    minimum: int | None = None


def parties_of(kind: Kind, lines: Sequence[Line], language: Language) -> list[Party]:
    """The lines added up by the field that the kind says, most money first; none if it says none."""
    column = next((one for one in kind.columns if one.field == kind.summed_by), None)
    if column is None or kind.money_of_units is None:
        return []
    by: dict[str, list[Line]] = {}
    for line in lines:
        by.setdefault(str(value_of(line, column, language) or "?"), []).append(line)
    parties = [
        Party(
            name,
            len(part),
            sum(int(line.payload.get("quantity") or 0) for line in part),
            sum(int(line.payload.get(kind.money_of_units) or 0) for line in part),
            max((int(line.payload.get("supplier_minimum_micros") or 0) for line in part), default=0) or None,
        )
        for name, part in by.items()
    ]
    return sorted(parties, key=lambda one: (-one.money, one.name))


def explained_places(*sheets: Sequence[Place]) -> list[Place]:
    """Each column once, in order, that has something to be said about."""
    seen: dict[str, Place] = {}
    for places in sheets:
        seen |= {place.code: place for place in places if place.meaning and place.code not in seen}
    return list(seen.values())


def printed_until(places: Sequence[Place]) -> int:
    """The last column of the print area: the reasons where letters stay readable on A4 with them, else the answer."""
    last = max(position for position, place in enumerate(places) if place.is_answer)
    why = next((position for position, place in enumerate(places) if place.unit == "why"), last)
    return why if letters_on_paper(places[: why + 1]) >= SMALLEST_LETTERS else last


def printed_sums(places: Sequence[Place]) -> Sequence[Place]:
    """Of a sheet that nobody writes on, the columns that letters stay readable with on A4: as many as that allows."""
    return next(
        (places[:count] for count in range(len(places), 1, -1) if letters_on_paper(places[:count]) >= SMALLEST_LETTERS),
        places[:1],
    )


def letters_on_paper(places: Sequence[Place]) -> float:
    """Height of the letters, in points, if these columns are made to fit A4 across."""
    return LETTERS * min(1.0, A4_ACROSS_POINTS / max(sum(place.pixels for place in places) * 0.75, 1))


def in_rows(text: str, width: float) -> list[str]:
    """A text in as many rows of this width, in characters, as it needs; broken between words and Chinese letters."""
    rows, row = [], ""
    for part in _PARTS.findall(text) or [text]:
        if row and width_of(row + part.rstrip()) * BOLD > width:
            rows.append(row.rstrip())
            row = ""
        row += part
    return [*rows, row.rstrip()]


def height_of(texts: Sequence[tuple[str, float]], max_lines: int | None = None) -> float:
    """Points that a row needs to show these (text, width of its column), each in so many lines at most."""
    lines = max((_lines_of(text, width) for text, width in texts), default=1)
    return min((lines if max_lines is None else min(lines, max_lines)) * LINE_POINTS + 3, 409.0)


def value_of(line: Line | Task, column: Column, language: Language) -> Any:
    """What a cell shows; of a code whose name is known, the name with the code behind it."""
    value = line.since_day if column.field == "since_day" else line.payload.get(column.field)
    if isinstance(value, list):
        return say(language, "list.between").join(str(item) for item in value)
    if column.named_by:
        name = line.payload.get(column.named_by.format(language=language))
        return value if not name or name == value else name if "{" in column.named_by else f"{name} {value}"
    return value


def shown_text(value: Any, unit: str) -> str:
    """A cell's value as it looks."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        if unit == "money":
            return f"{amount_of(value):,}".replace("-", MINUS)
        return f"{per_cent(value)}%" if unit == "per_mille" else f"{value:,}".replace("-", MINUS)
    return "".join(bars for bars, _ in drawn(str(value))) if unit == "course" else str(value)


def width_of(text: str) -> float:
    """Characters that a text takes, by the width of a figure; Chinese ones take two."""
    return sum(2.0 if unicodedata.east_asian_width(sign) in "WF" else 1.0 for sign in text)


def _course_width(bars: str) -> float:
    return sum(BRACKET_WIDTH if sign in BRACKETS else BAR_WIDTH for sign in bars)


def _fitted(columns: Sequence[Column], lines: Sequence[Line], language: Language, currency: str) -> list[Place]:
    def place(column: Column) -> Place:
        unit = column.unit
        heading = column.heading(language, currency)
        wide = _course_width if unit == "course" else width_of
        said = [wide(shown_text(value_of(line, column, language), unit)) for line in lines]
        most = MAX_WIDTH[unit] if column.max_width is None else column.max_width
        least = max(MIN_WIDTH[unit], _heading_width(heading))
        width = max(min(max(said, default=0) + 2.5, most), least)
        meaning, talk_width = column.meaning(language), column.talk_width
        return Place(column.field, heading, meaning, unit, width, talk_width=talk_width, wraps=column.wraps)

    return [place(column) for column in columns]


def _heading_width(heading: str) -> float:
    """So wide that the heading stands in HEADING_LINES, the one for the filter's arrow among them."""
    width = math.ceil(width_of(heading) / 2) + 2.5
    while heading_lines(heading, width) > HEADING_LINES or _longest_part(heading) * BOLD > width - MARGINS:
        width += 0.5
    return width


def height_of_headings(places: Sequence[Place]) -> float:
    """Points that a header row needs to show all of its headings, each clear of the filter's arrow."""
    lines = max((heading_lines(place.heading, place.width) for place in places if not place.is_hidden), default=1)
    return lines * 13.5 + 3


def heading_lines(heading: str, width: float) -> int:
    """Lines that a heading takes, in bold letters from the top of its cell, in the middle of each line; with one more
    if the filter's arrow, in the lower right corner, would cover the end of the last."""
    room, lines, at = width - MARGINS, 1, 0.0
    for part in _PARTS.findall(heading):
        wide = width_of(part.rstrip()) * BOLD
        if at and at + wide > room:
            lines, at = lines + 1, 0.0
        lines += max(math.ceil(wide / max(room, 1.0)) - 1, 0)
        at += width_of(part) * BOLD
    return lines + (at > width - 2 * ARROW)


def _longest_part(heading: str) -> float:
    return max((width_of(part.rstrip()) for part in _PARTS.findall(heading)), default=0.0)


def _own(code: str, unit: str, width: float, language: Language, kind: Kind) -> Place:
    heading = kind.say(language, f"sheet.{code}")
    if code in HIDDEN:
        return Place(code, heading, "", unit, width)
    meaning = kind.say(language, f"sheet.{code}.meaning")
    return Place(code, heading, meaning, unit, max(width, _heading_width(heading)))


def _answers(kind: Kind, language: Language) -> list[Place]:
    def own(code: str, unit: str) -> Place:
        heading, meaning = (kind.say(language, f"sheet.{code}{about}") for about in ("", ".meaning"))
        if code == "answer":
            where = say(language, "list.sheet.answer_expected_day" if kind.has_day else "list.sheet.answer_reason")
            meaning += say(language, "list.snooze.meaning", column=where, days=SNOOZE_DAYS)
        width = max(ANSWER_WIDTHS[code], _heading_width(heading))
        if code == "answer":
            said = [word for way in kind.ways or (CALL,) for word in answer_words(kind, language, way)]
            width = max(width, 3 + max(map(width_of, said)))
        talk_width = TALK_REASON_WIDTH if code == "answer_reason" else None
        return Place(code, heading, meaning, unit, width, True, talk_width)

    answers = [own("answer", "text")]
    if kind.outcomes and not kind.answers_by_outcome:
        answers.append(own("answer_outcome", "text"))
    if kind.counted:
        answers.append(own("answer_quantity", "count"))
    if kind.has_day:
        answers.append(own("answer_expected_day", "day"))
    return [*answers, own("answer_reason", "text")]


def _computed(kind: Kind, columns: Sequence[Column], language: Language, currency: str) -> list[Place]:
    """The columns that the sheet computes, as far as what they need stands on it."""
    found = {column.field for column in columns}
    money = currency_name(currency, language)
    places = []
    for code, needed in COMPUTED.items():
        if kind.computes and found.issuperset(needed):
            heading = kind.say(language, f"sheet.{code}", money=money)
            unit = COMPUTED_UNIT[code]
            width = max(MIN_WIDTH[unit], _heading_width(heading))
            places.append(Place(code, heading, kind.say(language, f"sheet.{code}.meaning"), unit, width))
    return places


def answer_words(kind: Kind, language: Language, way: object = None) -> list[str]:
    """What the answer's drop-down offers on a line that is worked by this way."""
    states = ("accepted", "done", "refused", "snoozed")
    accept, done, refuse, later = (say(language, f"list.state.{state}") for state in states)
    if kind.answers_by_outcome:
        return [*(one.called(language) for one in kind.outcomes_by(way)), accept, refuse, later]
    return [accept, done, refuse, later]


def _why_fitted(places: Sequence[Place]) -> list[Place]:
    """The reasons take what the other columns leave of the page; if that is too little, the wide texts before them are
    narrowed, since they can be shown in more lines."""
    why = next((position for position, place in enumerate(places) if place.unit == "why"), None)
    if why is None:
        return list(places)
    before = _narrowed(places[:why], PAPER_PIXELS - round(WANTED_WHY * 7) - 5)
    others = sum(place.pixels for place in before)
    width = min(max((PAPER_PIXELS - others - 5) / 7, MIN_WIDTH["why"]), MAX_WIDTH["why"])
    return [*before, replace(places[why], width=math.floor(width)), *places[why + 1 :]]


def _narrowed(places: Sequence[Place], room: int) -> list[Place]:
    """The columns within so many pixels, if that can be had from texts that are wider than NARROW."""
    excess = (sum(place.pixels for place in places) - room) / 7
    spare = {place.code: place.width - NARROW for place in places
             if place.unit == "text" and place.wraps and place.width > NARROW}  # fmt: skip
    share = min(max(excess, 0) / max(sum(spare.values()), 1e-9), 1.0)
    return [replace(place, width=math.floor((place.width - share * spare.get(place.code, 0)) * 10) / 10)
            for place in places]  # fmt: skip


def _lines_of(text: str, width: float) -> int:
    room = max(width - 1.6, 1.0)
    return sum(max(math.ceil((width_of(part) * 1.04 + _left_empty(part)) / room), 1) for part in text.split("\n"))


def _left_empty(text: str) -> float:
    """Characters that stay free before long words, such as order numbers, which begin on a line of their own: half of
    each, taken over many."""
    return sum(len(word) / 2 for word in _LONG_WORDS.findall(text))
