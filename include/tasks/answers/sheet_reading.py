"""Reading a handed-back spreadsheet: what people wrote into its answer columns, row by row.

A row answers for the task whose hidden id it carries, and it must still show that task's subject (its sku and
warehouse, or its customer). Every sheet with the list's headings is read, wherever these stand; a sheet of before had a
row of column codes above them. One bad row never stops the others; each problem names row, product and column, what was
found and what to write, in the language of the list.
"""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from include.calendar.business_days import day_after
from include.files.workbooks.cell_text import NO_VALUE
from include.tasks.acts import Act
from include.tasks.answers.written import (
    WrittenDay,
    number_in_words,
    plain_text,
    whole_number,
    written_day,
    written_until,
)
from include.tasks.kind import SNOOZE_DAYS, Outcome, State
from include.tasks.kinds import KINDS
from include.tasks.sheets.layout import CODES_ROW_MARK, WAY
from include.tasks.sheets.spreadsheet import HEADING_OF, LIST_SHEET
from include.tasks.sheets.workbook_text import NotAListError, Sheet, is_lost, not_a_list, sheets_of
from include.words.texts import LANGUAGES, Language, say

ANSWERS: Mapping[str, State] = {
    "接受": "accepted", "accept": "accepted", "accepted": "accepted",
    "完成": "done", "done": "done", "已完成": "done", "已下单": "done", "已订货": "done", "已采购": "done",
    "已发出": "done", "已调拨": "done", "ordered": "done",
    "拒绝": "refused", "不订": "refused", "不调": "refused", "refuse": "refused", "refused": "refused",
    "稍后": "snoozed", "稍后提醒": "snoozed", "稍后再说": "snoozed", "later": "snoozed", "snooze": "snoozed",
    "snoozed": "snoozed",
}  # fmt: skip
# 稍后 7 天, 稍后到 12-01, later until 2025-12-01: with the day behind the word.
LATER = re.compile(r"^(稍后(?:提醒|再说)?|later|snoozed?)[\s:,(]*(?=\S)(.+)$", re.IGNORECASE)
CONFIRMED = re.compile(r"^(确认|confirm(ed)?\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """row: as the spreadsheet counts, from 1. product: what the row is about. column: its letter and heading.
    sheet: its name, where more than one can be answered on. rank: the line's number on the list. is_doubt: a person may
    confirm it as it is written."""

    row: int
    product: str
    column: str
    found: str
    expected: str
    language: Language = "zh"
    sheet: str = ""
    rank: int | None = None
    is_doubt: bool = False

    @property
    def question(self) -> str:
        """What is asked, without the advice that is for a sheet."""
        return self.expected.rpartition(say(self.language, "answer.doubt.before_advice"))[0] or self.expected

    def __str__(self) -> str:
        return say(
            self.language,
            "answer.problem",
            row=self.row,
            product=self.product,
            column=self.column,
            found=self.found,
            expected=self.expected,
            sheet=say(self.language, "answer.sheet_named", sheet=self.sheet) if self.sheet else "",
        )


@dataclass(frozen=True)
class Answer:
    """shown: the row's subject as its cells show it, by payload field. is_printed: no quantity was written, so it is
    the one that the row prints; of a line that is put off, no day was. confirmed: the person has been asked already.
    headings: column code -> 'letter heading' of its sheet, for messages. word: what was written as the answer, if it is
    none of those offered. said_at: when a system says that it was done, by the merchant's clock; note: what goes with
    an answer that is new."""

    row: int
    act: Act
    shown: Mapping[str, str] = field(default_factory=dict)
    product: str = ""
    confirmed: bool = False
    is_printed: bool = False
    sheet: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    rank: int | None = None
    word: str = ""
    said_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Answers:
    """kind, day, delivery_key: of the list that was pushed."""

    kind: str
    day: str
    answers: tuple[Answer, ...]
    problems: tuple[Problem, ...]
    language: Language = "zh"
    delivery_key: str = ""


def read_answers(workbook: Path | bytes, today: str | None = None) -> Answers:
    """What a spreadsheet answers; lines without an answer say nothing. Raises NotAListError.

    today: the day on which it is handed back, for words such as 下周三.
    """
    sheets, facts = _sheets(workbook)
    headings = {
        heading: name.removeprefix(HEADING_OF) for name, heading in facts.items() if name.startswith(HEADING_OF)
    }
    found = [table for name, rows in sheets if (table := _table(name, rows, headings)) is not None]
    is_signed = bool(facts.get("kind") and facts.get("delivery_key"))
    if not is_signed and (found or any(_is_header(row) for _, rows in sheets for row in rows)):
        raise not_a_list("answer.no_marker")
    if not found:
        raise not_a_list("answer.no_codes")
    language = _language(facts, list(found[0].headings.values()))
    kind = facts["kind"]
    readers = []
    for table in found:
        named = table.name if len(found) > 1 else ""
        told = {code: f"{_letter(position)} {table.headings[code]}" for code, position in table.places.items()}
        reader = RowReader(kind, facts.get("day", ""), language, told, named, today)
        reader.check_columns(table, set(headings.values()))
        for number, cells in table.rows:
            values = {code: cells[at] if at < len(cells) else "" for code, at in table.places.items()}
            reader.read(number, values)
        readers.append(reader)
    answers = tuple(answer for reader in readers for answer in reader.answers)
    problems = tuple(problem for reader in readers for problem in reader.problems)
    return Answers(kind, facts.get("day", ""), answers, problems, language, facts["delivery_key"])


@dataclass(frozen=True)
class _Table:
    """A sheet that can be answered on. places: column code -> position; headings: column code -> heading; strange:
    headings that are not the list's; rows: (number as the spreadsheet counts, cells) of all that may be a line."""

    name: str
    places: Mapping[str, int]
    headings: Mapping[str, str]
    strange: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]


def _table(name: str, rows: Sequence[Sequence[str]], codes: Mapping[str, str]) -> _Table | None:
    """codes: heading -> code. A sheet may have been sorted with its header in it, so lines are looked for on both sides
    of the header; what stands above it at first has neither id nor answer."""
    numbered = list(enumerate(rows, start=1))
    for number, row in numbered:
        if CODES_ROW_MARK in row and "answer" in row and number < len(rows):  # as lists were written once
            places = {str(code): position for position, code in enumerate(row) if code != ""}
            headings = {code: str(rows[number][at]) for code, at in places.items()}
            return _Table(name, places, headings, (), numbered[number + 1 :])
        texts = [plain_text(cell) for cell in row]
        found = {code: texts.index(plain_text(text)) for text, code in codes.items() if plain_text(text) in texts}
        if CODES_ROW_MARK in found and "answer" in found:
            strange = [text for text in texts if text and text not in {plain_text(one) for one in codes}]
            headings = {code: str(row[at]) for code, at in found.items()}
            return _Table(name, found, headings, strange, [*numbered[: number - 1], *numbered[number:]])
    return None


class RowReader:
    """The rows of one sheet, or of one report, read one by one."""

    def __init__(
        self, kind: str, day: str, language: Language, headings: Mapping[str, str], name: str, today: str | None
    ) -> None:
        self.kind, self.day, self.language, self.headings = kind, day, language, headings
        self.name, self.today = name, today
        self.answers: list[Answer] = []
        self.problems: list[Problem] = []
        self._kind = KINDS.get(kind)
        self._subjects = sorted({name for one in KINDS.values() for name in one.subject})
        self._outcomes = self._kind.outcomes if self._kind else ()

    def check_columns(self, table: _Table, codes: Set[str]) -> None:
        """Raises NotAListError if a column is gone without which no row can be held against its id, or if what was
        written into a column would not be seen, since its heading is another now."""
        lost = sorted(code for code in codes - set(table.places) if code.startswith("answer"))
        if lost and table.strange:
            wanted = ", ".join(say(self.language, f"list.sheet.{code}") for code in lost)
            found = ", ".join(table.strange)
            raise NotAListError(say(self.language, "answer.heading_changed", wanted=wanted, found=found))
        gone = [name for name in self._subject if name not in self.headings]
        if gone:
            names = {column.field: column.bare_heading(self.language) for column in KINDS[self.kind].columns}
            columns = ", ".join(names.get(name, name) for name in gone)
            raise NotAListError(say(self.language, "answer.column_gone", columns=columns))

    @property
    def _subject(self) -> tuple[str, ...]:
        return KINDS[self.kind].subject if self.kind in KINDS else ()

    def read(self, number: int, values: Mapping[str, Any]) -> None:
        written = {code: value for code, value in values.items() if code.startswith("answer") and plain_text(value)}
        if not written:
            return None
        product = self._product({code: plain_text(value) for code, value in values.items()})
        rank = whole_number(values.get("rank", ""))

        def problem(code: str, expected: str) -> None:
            heading, found = self.headings.get(code, code), plain_text(values.get(code, ""))
            found = self._say("answer.no_value") if found == NO_VALUE else found
            self.problems.append(Problem(number, product, heading, found, expected, self.language, self.name, rank))

        task = plain_text(values[CODES_ROW_MARK])
        if not task:
            return problem(CODES_ROW_MARK, self._say("answer.expect.id"))
        lost = next((code for code, value in written.items() if is_lost(value)), None)
        if lost is not None:
            return problem(lost, self._say("answer.expect.value"))
        if "answer" not in written:
            return problem("answer", self._say("answer.expect.answer_too"))
        word = plain_text(written["answer"])
        meant = self._outcome(word)
        state = meant.state if meant else ANSWERS.get(word.casefold())
        later = LATER.match(word) if state is None else None
        state = "snoozed" if later else state
        if state is None:
            return problem("answer", self._expected_answers(plain_text(values.get(WAY, ""))))
        if state == "snoozed":
            return self._put_off(number, values, written, later[2] if later else "", problem)
        data: dict[str, Any] = {"outcome": meant.code} if meant else {}
        if "answer_quantity" in written:
            quantity = whole_number(written["answer_quantity"])
            if quantity is None or quantity <= 0:
                return problem("answer_quantity", self._expected_quantity(written["answer_quantity"]))
            data["quantity"] = quantity
        elif state in ("accepted", "done") and "answer_quantity" in self.headings:
            # No quantity means the number on this row of this sheet, whatever a later list says.
            printed = whole_number(values.get("quantity", ""))
            if printed is None or printed <= 0:
                return problem("quantity", self._say("answer.expect.printed"))
            data["quantity"] = printed
        if "answer_expected_day" in written:
            day = written_day(written["answer_expected_day"], self.day, self.today)
            if day.either:
                first, second = day.either
                text = self._say("answer.expect.clear_day", first=first, second=second)
                return problem("answer_expected_day", text)
            if day.day is None:
                return problem("answer_expected_day", self._say("answer.expect.day"))
            data["expected_day"] = day.day
        if "answer_outcome" in written:
            outcome = self._outcome(plain_text(written["answer_outcome"]))
            if outcome is None:
                return problem("answer_outcome", self._say("answer.expect.outcome", outcomes=self._all_outcomes()))
            data["outcome"] = outcome.code
        reason = plain_text(written.get("answer_reason", ""))
        if reason:
            data["reason"] = reason
        if state == "refused" and not reason and not meant:
            return problem("answer_reason", self._say("answer.expect.reason"))
        is_printed = "quantity" in data and "answer_quantity" not in written
        self._take(number, values, Act(task, state, data), is_printed)
        return None

    def _take(self, number: int, values: Mapping[str, Any], act: Act, is_printed: bool) -> None:
        told = {code: plain_text(value) for code, value in values.items()}
        word, meant = told["answer"], self._outcome(told["answer"])
        names = (say(each, f"list.state.{act.to_state}") for each in LANGUAGES)
        offered = map(meant.called, LANGUAGES) if meant else names
        self.answers.append(
            Answer(
                number,
                act,
                shown={name: told[name] for name in self._subjects if name in told},
                product=self._product(told),
                confirmed=bool(CONFIRMED.match(str(act.data.get("reason", "")))),
                is_printed=is_printed,
                sheet=self.name,
                headings=self.headings,
                rank=whole_number(values.get("rank", "")),
                word="" if word.casefold() in {one.casefold() for one in offered} else word,
            )
        )

    def _put_off(
        self,
        number: int,
        values: Mapping[str, Any],
        written: Mapping[str, Any],
        behind: str,
        problem: Callable[[str, str], None],
    ) -> None:
        """A line that is to come again later: on the day that stands behind the word, in the column of days or, alone,
        in that of reasons; in SNOOZE_DAYS if there is none."""
        if "answer_quantity" in written:
            return problem("answer_quantity", self._say("answer.expect.no_quantity"))
        reason = plain_text(written.get("answer_reason", ""))
        places = [("answer", behind), ("answer_expected_day", plain_text(written.get("answer_expected_day", "")))]
        code, text = next(((code, text) for code, text in places if text), ("answer_reason", reason))
        day = written_until(text, self.day, self.today) if text else WrittenDay(None)
        if day.either:
            first, second = day.either
            return problem(code, self._say("answer.expect.clear_day", first=first, second=second))
        if day.day is None and code != "answer_reason":
            return problem(code, self._say("answer.expect.until"))
        if code == "answer_reason" and day.day is not None:
            reason = ""
        begun = max(day_after(self.day) if self.day else "", self.today or "")
        if not (day.day or begun):
            return problem("answer", self._say("answer.expect.until"))
        data = {"until": day.day or day_after(begun, SNOOZE_DAYS), **({"reason": reason} if reason else {})}
        self._take(number, values, Act(plain_text(values[CODES_ROW_MARK]), "snoozed", data), day.day is None)
        return None

    def _product(self, told: Mapping[str, str]) -> str:
        return " ".join(filter(None, (self._about(told), told.get("title"))))

    def _say(self, name: str, **values: Any) -> str:
        return say(self.language, name, **values)

    def _about(self, told: Mapping[str, str]) -> str:
        if self._kind is not None:
            return self._kind.subject_in_words(told)
        return " ".join(filter(None, (told.get(name) for name in ("sku", "warehouse", "customer"))))

    def _outcome(self, word: str) -> Outcome | None:
        return self._kind.outcome_named(word) if self._kind else None

    def _all_outcomes(self) -> str:
        return self._say("list.between").join(one.called(self.language) for one in self._outcomes)

    def _expected_answers(self, way: str) -> str:
        """way: as the row's hidden cell says it; '' where all lines of the sheet are worked alike, or it is gone."""
        if self._kind is None or not self._kind.answers_by_outcome:
            return self._say("answer.expect.answer")
        known = next((one for one in self._kind.ways if self._say(f"list.way.{one}") == way), None)
        outcomes = self._kind.outcomes_in_words(self.language, known) if known else self._all_outcomes()
        return self._say("answer.expect.call", outcomes=outcomes)

    def _expected_quantity(self, value: Any) -> str:
        """What to write in place of a quantity that is none."""
        text = plain_text(value)
        number = number_in_words(text)
        if number:
            return self._say("answer.expect.figures", number=number)
        try:
            amount = float(text.replace(",", ""))
        except ValueError:
            return self._say("answer.expect.quantity")
        if amount == 0:
            return self._say("answer.expect.refusal")
        return self._say("answer.expect.positive" if amount < 0 else "answer.expect.whole")


def _is_header(row: Sequence[Any]) -> bool:
    """The row has the headings that every list has."""
    texts = set(map(str, row))
    return any({say(each, "list.sheet.rank"), say(each, "list.sheet.answer")} <= texts for each in LANGUAGES)


def _language(facts: Mapping[str, str], header: Sequence[Any]) -> Language:
    said = facts.get("language")
    if said in LANGUAGES:
        return said
    return "en" if say("en", "list.sheet.answer") in map(str, header) else "zh"


def _sheets(workbook: Path | bytes) -> tuple[list[tuple[str, list[list[str]]]], dict[str, str]]:
    """Name and rows of every sheet but the hidden ones of ours, and which list this is."""
    sheets = sheets_of(workbook if isinstance(workbook, bytes) else workbook.read_bytes())
    return [(one.name, one.rows) for one in sheets if one.name != LIST_SHEET], facts_of(sheets)


def facts_of(sheets: Sequence[Sheet]) -> dict[str, str]:
    """What the hidden sheet of a list says of it: kind, day, delivery_key, language."""
    rows = next((one.rows for one in sheets if one.name == LIST_SHEET), [])
    return {row[0]: row[1] for row in rows if len(row) > 1}


def _letter(position: int) -> str:
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
