"""Reading a pushed spreadsheet back: what people wrote into its answer columns becomes acts.

One bad row never stops the others: it is reported by row and column, with what was found and what was expected.
"""

import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from include.tasks.acts import Act, act_all, carried_on
from include.tasks.events import in_transaction
from include.tasks.kinds import State
from include.tasks.layout import CODES_ROW_MARK
from include.tasks.spreadsheet import LIST_SHEET

ANSWERS: Mapping[str, State] = {
    "接受": "accepted", "accept": "accepted", "accepted": "accepted",
    "完成": "done", "done": "done", "已完成": "done", "已下单": "done",
    "拒绝": "refused", "refuse": "refused", "refused": "refused",
}  # fmt: skip
EXPECTED_ANSWER = "接受/完成/拒绝 (accept/done/refuse)"
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
FIELDS = {
    "state": "answer",
    "quantity": "answer_quantity",
    "expected_day": "answer_expected_day",
    "reason": "answer_reason",
    "task_id": CODES_ROW_MARK,
}


@dataclass(frozen=True)
class Problem:
    """row: as the spreadsheet counts, from 1. column: its letter and heading."""

    row: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: found {self.found!r}, expected {self.expected}"


@dataclass(frozen=True)
class Answer:
    row: int
    act: Act


@dataclass(frozen=True)
class Answers:
    """kind, day: of the list that was pushed. headings: code -> 'letter heading', for messages."""

    kind: str
    day: str
    answers: tuple[Answer, ...]
    problems: tuple[Problem, ...]
    headings: Mapping[str, str]


@dataclass(frozen=True)
class Entered:
    changed: int
    unchanged: int
    problems: tuple[Problem, ...]


class NotAListError(ValueError):
    """The file is not a list of ours, or its hidden parts are gone."""


def read_answers(workbook: Path | bytes) -> Answers:
    """What a spreadsheet answers; lines without an answer say nothing. Raises NotAListError."""
    rows, facts = _sheets(workbook)
    codes_row = next((n for n, row in enumerate(rows) if CODES_ROW_MARK in row and "answer" in row), None)
    if codes_row is None or codes_row + 1 >= len(rows):
        raise NotAListError(
            f"no row of column codes with {CODES_ROW_MARK!r} and 'answer': expected a spreadsheet pushed by "
            "Storekeeper, its hidden column A and hidden row above the header in place"
        )
    places = {str(code): position for position, code in enumerate(rows[codes_row]) if code != ""}
    headings = {code: f"{_letter(position)} {rows[codes_row + 1][position]}" for code, position in places.items()}
    answers: list[Answer] = []
    problems: list[Problem] = []
    for number, cells in enumerate(rows[codes_row + 2 :], start=codes_row + 3):
        values = {code: cells[position] if position < len(cells) else "" for code, position in places.items()}
        _read_row(number, values, headings, answers, problems)
    return Answers(facts.get("kind", ""), facts.get("day", ""), tuple(answers), tuple(problems), headings)


def enter_answers(books: Engine | Connection, answers: Answers, who: str, at: datetime) -> Entered:
    """Act on the answers in one transaction. An answer about a task that was carried on to a later list acts on that
    one; the same file read twice changes nothing the second time."""
    problems = list(answers.problems)
    with in_transaction(books) as connection:
        rows: dict[str, int] = {}
        acts: list[Act] = []
        for answer in answers.answers:
            current = carried_on(connection, answer.act.task_id)
            if current in rows:
                first = rows[current]
                problems.append(
                    Problem(answer.row, answers.headings[CODES_ROW_MARK], current, f"one line a task, see row {first}")
                )
                continue
            rows[current] = answer.row
            acts.append(Act(current, answer.act.to_state, answer.act.data))
        acted = act_all(connection, acts, who, at)
    for task, refusal in acted.refused.items():
        code = FIELDS.get(refusal.place, "answer")
        heading = answers.headings.get(code, code)
        given = next(one for one in acts if one.task_id == task)
        found = given.to_state if code == "answer" else str(given.data.get(refusal.place, task))
        problems.append(Problem(rows[task], heading, found, str(refusal)))
    return Entered(len(acted.changed), len(acted.unchanged), tuple(sorted(problems, key=lambda one: one.row)))


def _sheets(workbook: Path | bytes) -> tuple[list[list[Any]], dict[str, str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    content = workbook if isinstance(workbook, bytes) else workbook.read_bytes()
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        facts = {}
        if LIST_SHEET in book.sheet_names:
            facts = {str(row[0]): str(row[1]) for row in book.get_sheet_by_name(LIST_SHEET).to_python()}
    except CalamineError as error:
        raise NotAListError(f"this cannot be read as a spreadsheet: {error}") from error
    return rows, facts


def _read_row(
    number: int,
    values: Mapping[str, Any],
    headings: Mapping[str, str],
    answers: list[Answer],
    problems: list[Problem],
) -> None:
    written = {code: value for code, value in values.items() if code.startswith("answer") and _text(value)}
    if not written:
        return None

    def problem(code: str, expected: str) -> None:
        problems.append(Problem(number, headings.get(code, code), _text(values.get(code, "")), expected))

    task = _text(values[CODES_ROW_MARK])
    if not task:
        return problem(CODES_ROW_MARK, "the hidden task id of the line (do not type into new lines)")
    if "answer" not in written:
        return problem("answer", EXPECTED_ANSWER + ", since other answer columns are filled in")
    state = ANSWERS.get(_text(written["answer"]).casefold())
    if state is None:
        return problem("answer", EXPECTED_ANSWER)
    data: dict[str, Any] = {}
    if "answer_quantity" in written:
        quantity = _whole(written["answer_quantity"])
        if quantity is None or quantity <= 0:
            return problem("answer_quantity", "a whole number above 0, or nothing for the suggested quantity")
        data["quantity"] = quantity
    if "answer_expected_day" in written:
        day = _day(written["answer_expected_day"])
        if day is None:
            return problem("answer_expected_day", "a date such as 2025-11-20")
        data["expected_day"] = day
    if "answer_reason" in written:
        data["reason"] = _text(written["answer_reason"])
    if state == "refused" and "reason" not in data:
        return problem("answer_reason", "why it is refused")
    answers.append(Answer(number, Act(task, state, data)))
    return None


def _text(value: Any) -> str:
    """Trimmed, full-width forms made plain, a whole number without its '.0'."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip()


def _whole(value: Any) -> int | None:
    text = _text(value).replace(",", "").removesuffix("件").strip()
    return int(text) if re.fullmatch(r"[+-]?\d{1,12}", text) else None


def _day(value: Any) -> str | None:
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    found = _DATE.fullmatch(_text(value))
    if not found:
        return None
    try:
        return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        return None


def _letter(position: int) -> str:
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def report(entered: Entered) -> Sequence[str]:
    """The outcome in lines that a person can act on."""
    return [
        f"{entered.changed} answers entered, {entered.unchanged} known already, {len(entered.problems)} not understood",
        *map(str, entered.problems),
    ]
