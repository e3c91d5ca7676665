"""What stands in which column of a list's file, under which heading, and how wide.

A sheet is laid out for a screen of 1920 pixels and for A4 across, one page wide: columns are as wide as what stands in
them, and the sum's text takes what room is left. What does not fit on the page in readable letters is not printed.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from include.tasks.channels.parcel import Parcel
from include.tasks.desk import Task
from include.tasks.document import Line
from include.tasks.kinds import CALL, Kind, Way, kind_of
from include.tasks.sheets.cells import amount_of, per_cent
from include.tasks.sheets.columns import Column, shown
from include.tasks.wording import WORDS, Language

CODES_ROW_MARK = "task_id"
WAY = "way"  # by which a line is worked: decides what its drop-down offers, hidden, and sorted along with its line
HIDDEN = (CODES_ROW_MARK, WAY)
SCREEN_PIXELS = 1840  # of 1920, what the row numbers and the scroll bar leave
A4_ACROSS_POINTS = 800  # of 842, what the margins leave
SMALLEST_LETTERS = 7.0  # points, on paper
LETTERS = 10.0  # points, on the sheet
PAPER_PIXELS = int(A4_ACROSS_POINTS / 0.75 * LETTERS / SMALLEST_LETTERS)  # of columns that make the smallest letters
LEAST_WIDTH = {"text": 6, "count": 7, "signed": 7, "days": 7, "day": 11.5, "money": 9, "per_mille": 8, "why": 44}
MOST_WIDTH = {"text": 24, "count": 12, "signed": 12, "days": 12, "day": 12, "money": 14, "per_mille": 9, "why": 100}
MOST_WIDTH_OF = {
    "title": 28,
    "last_order_id": 23,
    "reference": 24,
    "tags_zh": 22,
    "tags_en": 24,
    "channel_zh": 24,
    "channel_en": 26,
    "channel_name_zh": 14,
    "channel_name_en": 16,
}
ANSWER_WIDTHS = {"answer": 12, "answer_outcome": 10, "answer_quantity": 9, "answer_expected_day": 12,
                 "answer_reason": 18}  # fmt: skip
TALK_FIRST = (
    "customer", "last_order_id", "shop", "shop_zh", "shop_en", "channel_name_zh", "channel_name_en", "channel_zh",
    "channel_en", "reason_zh", "reason_en",
)  # fmt: skip
# All of a call within one screen, and on one page with letters that can be read.
TALK_WIDTHS = {"channel_name": 8, "channel": 12, "reason": 17, "opening": 22, "last_orders": 21, "next_need": 16,
               "after_sales": 12, "offer_why": 15, "answer_reason": 11}  # fmt: skip
NARROW = 12.0  # characters, below which a text column is not squeezed
WRAPPING = frozenset(
    {"title", "supplier", "channel_name_zh", "channel_name_en", "channel_zh", "channel_en", "tags_zh", "tags_en",
     "reason_zh", "reason_en", "offer_zh", "offer_en", "elsewhere_zh", "elsewhere_en", "action_zh", "action_en", "shop",
     "shop_zh", "shop_en"}
)  # fmt: skip
BEHIND_WHY = 3  # columns of the sum that are still on the screen
HEADING_LINES = 3  # of a column's heading at most
ARROW = 2.5  # characters that the filter's arrow covers at the lower right of a heading
MARGINS = 1.0  # characters that a cell leaves free on both sides
BOLD = 1.08  # times the width of plain letters
# What a line of a heading is not broken within: a word of Latin letters and figures, or a Chinese letter; brackets stay
# with what they enclose.
_PARTS = re.compile(r"\(?(?:[^\x00-\x20()\u2e80-\uffef]+|[\u2e80-\uffef])\)? *")
MOST_LINES_OF_WHY = 3  # on the list; the sheet of sums shows all of it


@dataclass(frozen=True)
class Place:
    """One column of the sheet. width: in characters, as spreadsheets count it."""

    code: str
    heading: str
    meaning: str
    unit: str
    width: float
    is_answer: bool = False

    @property
    def pixels(self) -> int:
        return 0 if self.is_hidden else round(self.width * 7) + 5

    @property
    def is_hidden(self) -> bool:
        return self.code in HIDDEN


def file_name(parcel: Parcel, language: Language, ending: str) -> str:
    """补货_2025-11-12.xlsx; a revision gets a name of its own, since somebody may be working in the first one."""
    kind = kind_of(parcel.document.kind)
    words = [kind.zh if language == "zh" else kind.en, parcel.document.day]
    if parcel.edition > 1:
        words.append(WORDS[language]["revised_file"].format(edition=parcel.edition))
    return "_".join(words) + "." + ending


def used_columns(kind: Kind, lines: Sequence[Line], language: Language) -> list[Column]:
    """The kind's columns, of all sheets, that at least one line has something for."""
    return [
        column
        for column in shown(kind.columns, language)
        if column.field == "since_day" or any(line.payload.get(column.field) is not None for line in lines)
    ]


def places_of(kind: Kind, lines: Sequence[Line], language: Language, currency: str) -> list[Place]:
    """All columns of the list: what to do, then the answer, then why and the arithmetic."""
    columns = [column for column in used_columns(kind, lines, language) if column.sheet == "list"]
    places = _fitted(columns, lines, language, currency)
    middle = next((n for n, column in enumerate(columns) if column.unit == "why"), len(columns))
    head = [_own("task_id", "text", 4, language), _own("rank", "count", 5.5, language)]
    if kind.has_urgency:
        head.append(_own("urgency", "text", 8.5, language, kind.name))
    laid = [*head, *places[:middle], *_answers(kind, language), *places[middle:]]
    return [*_why_fitted(laid), *_way_of(kind, lines, language)]


def talk_places(kind: Kind, lines: Sequence[Line], language: Language, currency: str) -> list[Place]:
    """The columns of the sheet to talk by, one line a call, with its own answer; empty if the kind has none."""
    used = used_columns(kind, lines, language)
    own = [column for column in used if column.sheet == "talk"]
    if not own:
        return []
    first = [column for name in TALK_FIRST for column in used if column.field == name]
    head = [_own("task_id", "text", 4, language), _own("rank", "count", 5.5, language)]
    places = [*_fitted([*first, *own], lines, language, currency), *_answers(kind, language)]
    return [*head, *(replace(one, width=_talk_width(one)) for one in places), *_way_of(kind, lines, language)]


def _way_of(kind: Kind, lines: Sequence[Line], language: Language) -> list[Place]:
    """The hidden column of the lines' ways, where these differ."""
    return [_own(WAY, "text", 4, language)] if len(ways_among(kind, lines)) > 1 else []


def ways_among(kind: Kind, lines: Sequence[Line]) -> list[Way]:
    """The ways by which these lines are worked, as far as their outcomes differ by it; a call where none is said."""
    used = {line.payload.get(WAY) or CALL for line in lines} or {CALL}
    return [way for way in kind.ways if way in used]


def _talk_width(place: Place) -> float:
    return TALK_WIDTHS.get(place.code.removesuffix("_zh").removesuffix("_en"), place.width)


def sum_places(kind: Kind, lines: Sequence[Line], language: Language, currency: str) -> list[Place]:
    """The columns of the sheet with the arithmetic: which line, why, and what stands behind that on the list; none for
    contacts that say no why."""
    columns = [column for column in used_columns(kind, lines, language) if column.sheet == "list"]
    middle = next((n for n, column in enumerate(columns) if column.unit == "why"), len(columns))
    behind = [column for column in columns[middle:] if column.field != "since_day"]
    figure = "quantity" if kind.counted else kind.money
    named = [column for column in columns[:middle] if column.field in ("title", figure, *kind.subject)]
    if not kind.counted and middle == len(columns):
        return []
    places = _fitted([*named, *behind], lines, language, currency)
    return [_own("rank", "count", 5.5, language),
            *(replace(one, width=60.0) if one.unit == "why" else one for one in places)]  # fmt: skip


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


def height_of(texts: Sequence[tuple[str, float]], most_lines: int | None = None) -> float:
    """Points that a row needs to show these (text, width of its column), each in so many lines at most."""
    lines = max((_lines_of(text, width) for text, width in texts), default=1)
    return min((lines if most_lines is None else min(lines, most_lines)) * 13.5 + 3, 409.0)


def value_of(line: Line | Task, column: Column, words: Mapping[str, str]) -> Any:
    """What a cell shows; of a code whose name is known, the name with the code behind it."""
    value = line.since_day if column.field == "since_day" else line.payload.get(column.field)
    if isinstance(value, list):
        return words["separator"].join(str(item) for item in value)
    if column.named_by:
        name = line.payload.get(column.named_by.format(language=words["language"]))
        return value if not name or name == value else name if "{" in column.named_by else f"{name} {value}"
    return value


def shown_text(value: Any, unit: str) -> str:
    """A cell's value as it looks."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        if unit == "money":
            return f"{amount_of(value):,}"
        return f"{per_cent(value)}%" if unit == "per_mille" else f"{value:,}"
    return str(value)


def width_of(text: str) -> float:
    """Characters that a text takes, by the width of a figure; Chinese ones take two."""
    return sum(2.0 if unicodedata.east_asian_width(sign) in "WF" else 1.0 for sign in text)


def _fitted(columns: Sequence[Column], lines: Sequence[Line], language: Language, currency: str) -> list[Place]:
    words = WORDS[language]

    def place(column: Column) -> Place:
        chinese, unit = language == "zh", column.unit
        heading = column.heading(language, currency)
        said = [width_of(shown_text(value_of(line, column, words), unit)) for line in lines]
        most = MOST_WIDTH_OF.get(column.field, MOST_WIDTH[unit])
        least = max(LEAST_WIDTH[unit], _heading_width(heading))
        width = max(min(max(said, default=0) + 2.5, most), least)
        meaning = column.zh_meaning if chinese else column.en_meaning
        return Place(column.field, heading, meaning, unit, width)

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


def _own(code: str, unit: str, width: float, language: Language, kind: str = "") -> Place:
    """kind: of the list, if the meaning differs between kinds."""
    words = WORDS[language]
    if code in HIDDEN:
        return Place(code, words[code], "", unit, width)
    meaning = words[f"{code}_meaning{kind and f'_{kind}'}"]
    return Place(code, words[code], meaning, unit, max(width, _heading_width(words[code])))


def _answers(kind: Kind, language: Language) -> list[Place]:
    words = WORDS[language]

    def own(code: str, unit: str) -> Place:
        meaning = words.get(f"{code}_meaning_{kind.name}", words[f"{code}_meaning"])
        width = max(ANSWER_WIDTHS[code], _heading_width(words[code]))
        if code == "answer":
            said = [word for way in kind.ways or (CALL,) for word in answer_words(kind, language, way)]
            width = max(width, 3 + max(map(width_of, said)))
        return Place(code, words[code], meaning, unit, width, True)

    answers = [own("answer", "text")]
    if kind.outcomes and not kind.answers_by_outcome:
        answers.append(own("answer_outcome", "text"))
    if kind.counted:
        answers.append(own("answer_quantity", "count"))
    if kind.counted and kind.arrives:
        answers.append(own("answer_expected_day", "day"))
    return [*answers, own("answer_reason", "text")]


def answer_words(kind: Kind, language: Language, way: object = None) -> list[str]:
    """What the answer's drop-down offers on a line that is worked by this way."""
    words = WORDS[language]
    if kind.answers_by_outcome:
        return [*(one.called(language) for one in kind.outcomes_by(way)), words["accepted"], words["refused"]]
    return [words["accepted"], words["done"], words["refused"]]


def _why_fitted(places: Sequence[Place]) -> list[Place]:
    """The reasons take what the other columns leave of the screen; if that is too little, or too much for the page, the
    wide texts before them are narrowed, since they can be shown in more lines."""
    why = next((position for position, place in enumerate(places) if place.unit == "why"), None)
    if why is None:
        return list(places)
    room = min(SCREEN_PIXELS - round(LEAST_WIDTH["why"] * 7) - 5, PAPER_PIXELS)
    before = _narrowed(places[:why], room)
    behind = sum(place.pixels for place in places[why + 1 : why + 1 + BEHIND_WHY])
    others = sum(place.pixels for place in before) + behind
    width = min(max((SCREEN_PIXELS - others - 5) / 7, LEAST_WIDTH["why"]), MOST_WIDTH["why"])
    return [*before, replace(places[why], width=math.floor(width)), *places[why + 1 :]]


def _narrowed(places: Sequence[Place], room: int) -> list[Place]:
    """The columns within so many pixels, if that can be had from texts that are wider than NARROW."""
    excess = (sum(place.pixels for place in places) - room) / 7
    spare = {place.code: place.width - NARROW for place in places
             if place.unit == "text" and place.code in WRAPPING and place.width > NARROW}  # fmt: skip
    share = min(max(excess, 0) / max(sum(spare.values()), 1e-9), 1.0)
    return [replace(place, width=math.floor((place.width - share * spare.get(place.code, 0)) * 10) / 10)
            for place in places]  # fmt: skip


def _lines_of(text: str, width: float) -> int:
    room = max(width - 1.6, 1.0)
    return sum(max(math.ceil(width_of(part) * 1.04 / room), 1) for part in text.split("\n"))
