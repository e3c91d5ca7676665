"""Reading a handed-back spreadsheet: what people wrote into its answer columns, row by row.

A row answers for the task whose hidden id it carries, and it must still show that task's subject (its sku and
warehouse, or its customer). Every sheet with a row of column codes is read, wherever it stands. One bad row never stops
the others; each problem names row, product and column, what was found and what to write, in the language of the list.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.files.workbooks.cell_text import NO_VALUE
from include.tasks.acts import Act
from include.tasks.answers.written import number_in_words, plain_text, whole_number, written_day
from include.tasks.kinds import KINDS, Outcome, State
from include.tasks.sheets.layout import CODES_ROW_MARK, WAY
from include.tasks.sheets.spreadsheet import LIST_SHEET
from include.tasks.sheets.workbook_text import NotAListError, Sheet, is_lost, not_a_list, sheets_of
from include.tasks.wording import WORDS, Language, outcomes_in_words

ANSWERS: Mapping[str, State] = {
    "接受": "accepted", "accept": "accepted", "accepted": "accepted",
    "完成": "done", "done": "done", "已完成": "done", "已下单": "done",
    "拒绝": "refused", "refuse": "refused", "refused": "refused",
}  # fmt: skip
_SUBJECTS = sorted({name for kind in KINDS.values() for name in kind.subject})
CONFIRMED = re.compile(r"^(确认|confirm(ed)?\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """row: as the spreadsheet counts, from 1. product: what the row is about. column: its letter and heading.
    sheet: its name, where more than one can be answered on. rank: the line's number on the list."""

    row: int
    product: str
    column: str
    found: str
    expected: str
    language: Language = "zh"
    sheet: str = ""
    rank: int | None = None

    def __str__(self) -> str:
        words = WORDS[self.language]
        return words["problem"].format(
            row=self.row,
            product=self.product,
            column=self.column,
            found=self.found,
            expected=self.expected,
            sheet=words["sheet_named"].format(sheet=self.sheet) if self.sheet else "",
        )


@dataclass(frozen=True)
class Answer:
    """shown: the row's subject as its cells show it, by payload field. is_printed: no quantity was written, so it is
    the one that the row prints. confirmed: the person has been asked already.
    headings: column code -> 'letter heading' of its sheet, for messages."""

    row: int
    act: Act
    shown: Mapping[str, str] = field(default_factory=dict)
    product: str = ""
    confirmed: bool = False
    is_printed: bool = False
    sheet: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    rank: int | None = None


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
    found = [(name, rows, n) for name, rows in sheets for n, row in enumerate(rows) if _is_codes_row(row)]
    found = [(name, rows, n) for name, rows, n in found if n + 1 < len(rows)]
    if not found:
        raise not_a_list("no_codes")
    if not (facts.get("kind") and facts.get("delivery_key")):
        raise not_a_list("no_marker")
    language = _language(facts, found[0][1][found[0][2] + 1])
    kind = facts["kind"]
    readers = []
    for name, rows, codes_row in found:
        places = {str(code): position for position, code in enumerate(rows[codes_row]) if code != ""}
        headings = {code: f"{_letter(position)} {rows[codes_row + 1][position]}" for code, position in places.items()}
        named = name if len(found) > 1 else ""
        reader = _Sheet(kind, facts.get("day", ""), language, headings, named, today)
        reader.check_subject()
        for number, cells in enumerate(rows[codes_row + 2 :], start=codes_row + 3):
            values = {code: cells[position] if position < len(cells) else "" for code, position in places.items()}
            reader.read(number, values)
        readers.append(reader)
    answers = tuple(answer for reader in readers for answer in reader.answers)
    problems = tuple(problem for reader in readers for problem in reader.problems)
    return Answers(kind, facts.get("day", ""), answers, problems, language, facts["delivery_key"])


class _Sheet:
    """The rows of one sheet, read one by one."""

    def __init__(
        self, kind: str, day: str, language: Language, headings: Mapping[str, str], name: str, today: str | None
    ) -> None:
        self.kind, self.day, self.language, self.headings = kind, day, language, headings
        self.name, self.today = name, today
        self.answers: list[Answer] = []
        self.problems: list[Problem] = []
        self._words = WORDS[language]
        self._kind = KINDS.get(kind)
        self._outcomes = self._kind.outcomes if self._kind else ()

    def check_subject(self) -> None:
        """Raises NotAListError if a column is gone without which no row can be held against its id."""
        gone = [name for name in self._subject if name not in self.headings]
        if gone:
            columns = KINDS[self.kind].columns
            names = {column.field: column.zh if self.language == "zh" else column.en for column in columns}
            raise NotAListError(self._words["column_gone"].format(columns=", ".join(names.get(n, n) for n in gone)))

    @property
    def _subject(self) -> tuple[str, ...]:
        return KINDS[self.kind].subject if self.kind in KINDS else ()

    def read(self, number: int, values: Mapping[str, Any]) -> None:
        written = {code: value for code, value in values.items() if code.startswith("answer") and plain_text(value)}
        if not written:
            return None
        words = self._words
        told = {code: plain_text(value) for code, value in values.items()}
        product = " ".join(filter(None, (self._about(told), told.get("title"))))
        rank = whole_number(values.get("rank", ""))

        def problem(code: str, expected: str) -> None:
            heading, found = self.headings.get(code, code), plain_text(values.get(code, ""))
            found = words["no_value"] if found == NO_VALUE else found
            self.problems.append(Problem(number, product, heading, found, expected, self.language, self.name, rank))

        task = plain_text(values[CODES_ROW_MARK])
        if not task:
            return problem(CODES_ROW_MARK, words["expect_id"])
        lost = next((code for code, value in written.items() if is_lost(value)), None)
        if lost is not None:
            return problem(lost, words["expect_value"])
        if "answer" not in written:
            return problem("answer", words["expect_answer_too"])
        word = plain_text(written["answer"])
        meant = self._outcome(word)
        state = meant.state if meant else ANSWERS.get(word.casefold())
        if state is None:
            return problem("answer", self._expected_answers(plain_text(values.get(WAY, ""))))
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
                return problem("quantity", words["expect_printed"])
            data["quantity"] = printed
        if "answer_expected_day" in written:
            day = written_day(written["answer_expected_day"], self.day, self.today)
            if day.either:
                return problem(
                    "answer_expected_day", words["expect_clear_day"].format(first=day.either[0], second=day.either[1])
                )
            if day.day is None:
                return problem("answer_expected_day", words["expect_day"])
            data["expected_day"] = day.day
        if "answer_outcome" in written:
            outcome = self._outcome(plain_text(written["answer_outcome"]))
            if outcome is None:
                return problem("answer_outcome", words["expect_outcome"].format(outcomes=self._all_outcomes()))
            data["outcome"] = outcome.code
        reason = plain_text(written.get("answer_reason", ""))
        if reason:
            data["reason"] = reason
        if state == "refused" and not reason and not meant:
            return problem("answer_reason", words["expect_reason"])
        shown = {name: plain_text(values[name]) for name in _SUBJECTS if name in values}
        sure = bool(CONFIRMED.match(reason))
        is_printed = "quantity" in data and "answer_quantity" not in written
        act = Act(task, state, data)
        self.answers.append(Answer(number, act, shown, product, sure, is_printed, self.name, self.headings, rank))
        return None

    def _about(self, told: Mapping[str, str]) -> str:
        if self._kind is not None:
            return self._kind.subject_in_words(told)
        return " ".join(filter(None, (told.get(name) for name in ("sku", "warehouse", "customer"))))

    def _outcome(self, word: str) -> Outcome | None:
        return self._kind.outcome_named(word) if self._kind else None

    def _all_outcomes(self) -> str:
        return self._words["separator"].join(one.called(self.language) for one in self._outcomes)

    def _expected_answers(self, way: str) -> str:
        """way: as the row's hidden cell says it; '' where all lines of the sheet are worked alike, or it is gone."""
        if self._kind is None or not self._kind.answers_by_outcome:
            return self._words["expect_answer"]
        known = next((one for one in self._kind.ways if self._words[f"way_{one}"] == way), None)
        outcomes = outcomes_in_words(self.language, self._kind, known) if known else self._all_outcomes()
        return self._words["expect_call"].format(outcomes=outcomes)

    def _expected_quantity(self, value: Any) -> str:
        """What to write in place of a quantity that is none."""
        text, words = plain_text(value), self._words
        number = number_in_words(text)
        if number:
            return words["expect_figures"].format(number=number)
        try:
            amount = float(text.replace(",", ""))
        except ValueError:
            return words["expect_quantity"]
        if amount == 0:
            return words["expect_refusal"]
        return words["expect_positive"] if amount < 0 else words["expect_whole"]


def _language(facts: Mapping[str, str], header: Sequence[Any]) -> Language:
    said = facts.get("language")
    if said in ("zh", "en"):
        return said  # type: ignore[return-value]
    return "en" if WORDS["en"]["answer"] in map(str, header) else "zh"


def _is_codes_row(row: Sequence[Any]) -> bool:
    return CODES_ROW_MARK in row and "answer" in row


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
