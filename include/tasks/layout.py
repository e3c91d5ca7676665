"""What stands in which column of a list's file, and under which heading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.tasks.channels.parcel import Parcel
from include.tasks.columns import Column, shown
from include.tasks.document import Line
from include.tasks.kinds import Kind, kind_of
from include.tasks.wording import WORDS, Language

CODES_ROW_MARK = "task_id"
WIDTHS = {"text": 16, "count": 11, "signed": 11, "days": 11, "day": 13, "money": 15, "per_mille": 11, "why": 70}
WIDER = {
    "title": 32, "last_order_id": 22, "reasons": 28, "customer": 20, "tags_zh": 24, "tags_en": 30, "channel_zh": 20,
    "channel_en": 24,
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One column of the sheet."""

    code: str
    heading: str
    meaning: str
    unit: str
    width: float
    is_answer: bool = False


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
    """All columns of the sheet: what to do, then the answer, then why and the arithmetic."""
    words = WORDS[language]

    def place(column: Column) -> Place:
        chinese = language == "zh"
        return Place(
            column.field,
            column.heading(language, currency),
            column.zh_meaning if chinese else column.en_meaning,
            column.unit,
            WIDER.get(column.field, WIDTHS[column.unit]),
        )

    def own(code: str, unit: str, width: float, is_answer: bool = False) -> Place:
        return Place(code, words[code], words[f"{code}_meaning"], unit, width, is_answer)

    columns = [place(column) for column in used_columns(kind, lines, language) if column.sheet == "list"]
    middle = next((n for n, column in enumerate(columns) if column.unit == "why"), len(columns))
    answers = [own("answer", "text", 10, True)]
    if kind.outcomes:
        answers.append(own("answer_outcome", "text", 11, True))
    if kind.counted:
        answers += [own("answer_quantity", "count", 11, True), own("answer_expected_day", "day", 13, True)]
    answers.append(own("answer_reason", "text", 24, True))
    head = [Place(CODES_ROW_MARK, "id", "", "text", 4), own("rank", "count", 6), own("urgency", "text", 9)]
    return [*head, *columns[:middle], *answers, *columns[middle:]]


def talk_columns(kind: Kind, lines: Sequence[Line], language: Language) -> list[Column]:
    """The columns of the talk sheet that at least one line has something for; none where the kind has no talk sheet."""
    return [column for column in used_columns(kind, lines, language) if column.sheet == "talk"]


def value_of(line: Line, column: Column, words: Mapping[str, str]) -> Any:
    value = line.since_day if column.field == "since_day" else line.payload.get(column.field)
    if isinstance(value, list):
        return words["separator"].join(str(item) for item in value)
    return value
