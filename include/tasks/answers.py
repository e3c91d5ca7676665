"""Reading a pushed spreadsheet back: what people wrote into its answer columns becomes acts.

A row answers for the task whose hidden id it carries, and only if the row still shows that task's subject (its sku and
warehouse, or its customer): an id that lost its row in a sort, or was pasted, is refused. One bad row never stops the
others; each problem names row, product and column, what was found and what to write, in the language of the list.
"""

import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from include.platforms.values import whole_of
from include.tasks.acts import Act, ActError, act_all, carried_on
from include.tasks.canonical import read_json
from include.tasks.cells import neutral
from include.tasks.events import in_transaction
from include.tasks.kinds import CHASE_OUTCOMES, KINDS, State, kind_of
from include.tasks.layout import CODES_ROW_MARK
from include.tasks.plausibility import Doubt, doubts_about
from include.tasks.spreadsheet import LIST_SHEET
from include.tasks.tables import task_lists, tasks
from include.tasks.wording import WORDS, Language

ANSWERS: Mapping[str, State] = {
    "接受": "accepted", "accept": "accepted", "accepted": "accepted",
    "完成": "done", "done": "done", "已完成": "done", "已下单": "done",
    "拒绝": "refused", "refuse": "refused", "refused": "refused",
}  # fmt: skip
OUTCOMES = {word.casefold(): one.code for one in CHASE_OUTCOMES for word in (one.code, one.zh, one.en)}
CONFIRMED = re.compile(r"^(确认|confirm(ed)?\b)", re.IGNORECASE)
_DATE = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?")
FIELDS = {
    "state": "answer",
    "quantity": "answer_quantity",
    "expected_day": "answer_expected_day",
    "outcome": "answer_outcome",
    "reason": "answer_reason",
    "task_id": CODES_ROW_MARK,
}


@dataclass(frozen=True)
class Problem:
    """row: as the spreadsheet counts, from 1. product: what the row is about. column: its letter and heading."""

    row: int
    product: str
    column: str
    found: str
    expected: str
    language: Language = "zh"

    def __str__(self) -> str:
        return WORDS[self.language]["problem"].format(
            row=self.row, product=self.product, column=self.column, found=self.found, expected=self.expected
        )


@dataclass(frozen=True)
class Answer:
    """shown: the row's subject as its cells show it, by payload field. confirmed: the person has been asked already."""

    row: int
    act: Act
    shown: Mapping[str, str] = field(default_factory=dict)
    product: str = ""
    confirmed: bool = False


@dataclass(frozen=True)
class Answers:
    """kind, day: of the list that was pushed. headings: code -> 'letter heading', for messages."""

    kind: str
    day: str
    answers: tuple[Answer, ...]
    problems: tuple[Problem, ...]
    headings: Mapping[str, str]
    language: Language = "zh"


@dataclass(frozen=True)
class Entered:
    """notices: what the person should know although nothing is wrong. language: of the list."""

    changed: int
    unchanged: int
    problems: tuple[Problem, ...]
    notices: tuple[str, ...] = ()
    language: Language = "zh"


class NotAListError(ValueError):
    """The file is not a list of ours, or its hidden parts are gone."""


def read_answers(workbook: Path | bytes) -> Answers:
    """What a spreadsheet answers; lines without an answer say nothing. Raises NotAListError."""
    sheets, facts = _sheets(workbook)
    found = next(((rows, n) for rows in sheets for n, row in enumerate(rows) if _is_codes_row(row)), None)
    if found is None or found[1] + 1 >= len(found[0]):
        raise NotAListError(
            "找不到隐藏的列代码行：请交回由掌柜推送的清单（.xlsx），不要删除隐藏的 A 列和表头上方的隐藏行。 "
            f"No row of column codes with {CODES_ROW_MARK!r} and 'answer': hand back the .xlsx that was pushed, "
            "with its hidden column A and the hidden row above the header in place."
        )
    rows, codes_row = found
    places = {str(code): position for position, code in enumerate(rows[codes_row]) if code != ""}
    headings = {code: f"{_letter(position)} {rows[codes_row + 1][position]}" for code, position in places.items()}
    sheet = _Sheet(facts.get("kind", ""), facts.get("day", ""), _language(facts, rows[codes_row + 1]), headings)
    sheet.check_subject()
    for number, cells in enumerate(rows[codes_row + 2 :], start=codes_row + 3):
        values = {code: cells[position] if position < len(cells) else "" for code, position in places.items()}
        sheet.read(number, values)
    return Answers(sheet.kind, sheet.day, tuple(sheet.answers), tuple(sheet.problems), headings, sheet.language)


def enter_answers(
    books: Engine | Connection, answers: Answers, who: str, at: datetime, confirmed: bool = False
) -> Entered:
    """Act on the answers in one transaction. An answer about a task that was carried on to a later list acts on that
    one; the same file read twice changes nothing the second time.

    confirmed: every row's doubts (another person's answer, an unlikely quantity) have been looked at.
    """
    words, language = WORDS[answers.language], answers.language
    problems = list(answers.problems)
    rows: dict[str, Answer] = {}
    acts: list[Act] = []

    def problem(answer: Answer, code: str, found: str, expected: str) -> None:
        heading = answers.headings.get(code, code)
        problems.append(Problem(answer.row, answer.product, heading, found, expected, language))

    with in_transaction(books) as connection:
        for answer in answers.answers:
            task = answer.act.task_id
            about = connection.execute(select(tasks.c.kind, tasks.c.payload).where(tasks.c.task_id == task)).first()
            if about is not None and not _is_of_row(about.kind, read_json(about.payload), answer.shown):
                problem(answer, CODES_ROW_MARK, task, words["expect_own_id"].format(other=_name(about)))
                continue
            current = carried_on(connection, task)
            if current in rows:
                problem(answer, CODES_ROW_MARK, current, words["expect_one_line"].format(row=rows[current].row))
                continue
            doubts = () if confirmed or answer.confirmed else _doubts(connection, current, answer, who)
            if doubts:
                for doubt in doubts:
                    text = words[f"doubt_{doubt.code}"].format(**doubt.facts(words))
                    problem(answer, FIELDS[doubt.place], doubt.found(words), text)
                continue
            rows[current] = answer
            acts.append(Act(current, answer.act.to_state, answer.act.data))
        acted = act_all(connection, acts, who, at)
        notices = _notices(connection, answers)
    for task, refusal in acted.refused.items():
        code = FIELDS.get(refusal.place, "answer")
        given = next(one for one in acts if one.task_id == task)
        unsaid = task if code == CODES_ROW_MARK else ""
        found = _state_word(words, given.to_state) if code == "answer" else str(given.data.get(refusal.place, unsaid))
        problem(rows[task], code, found, _told(refusal, words))
    ordered = tuple(sorted(problems, key=lambda one: one.row))
    return Entered(len(acted.changed), len(acted.unchanged), ordered, notices, language)


def report(entered: Entered) -> Sequence[str]:
    """The outcome in lines that a person can act on, in the language of the list."""
    head = WORDS[entered.language]["entered"].format(
        changed=entered.changed, unchanged=entered.unchanged, problems=len({one.row for one in entered.problems})
    )
    return [head, *entered.notices, *map(str, entered.problems)]


class _Sheet:
    """The rows of one handed-back list, read one by one."""

    def __init__(self, kind: str, day: str, language: Language, headings: Mapping[str, str]) -> None:
        self.kind, self.day, self.language, self.headings = kind, day, language, headings
        self.answers: list[Answer] = []
        self.problems: list[Problem] = []
        self._words = WORDS[language]

    def check_subject(self) -> None:
        """Raises NotAListError if a column is gone without which no row can be held against its id."""
        gone = [name for name in self._subject if name not in self.headings]
        if gone:
            names = {column.field: column.zh if self.language == "zh" else column.en for column in self._columns}
            raise NotAListError(self._words["column_gone"].format(columns=", ".join(names.get(n, n) for n in gone)))

    @property
    def _subject(self) -> tuple[str, ...]:
        return KINDS[self.kind].subject if self.kind in KINDS else ()

    @property
    def _columns(self) -> tuple[Any, ...]:
        return KINDS[self.kind].columns if self.kind in KINDS else ()

    def read(self, number: int, values: Mapping[str, Any]) -> None:
        written = {code: value for code, value in values.items() if code.startswith("answer") and _text(value)}
        if not written:
            return None
        words = self._words
        names = (*self._subject, "title") if self._subject else ("sku", "warehouse", "customer", "title")
        product = " ".join(filter(None, (_text(values.get(name, "")) for name in names)))

        def problem(code: str, expected: str) -> None:
            heading, found = self.headings.get(code, code), _text(values.get(code, ""))
            self.problems.append(Problem(number, product, heading, found, expected, self.language))

        task = _text(values[CODES_ROW_MARK])
        if not task:
            return problem(CODES_ROW_MARK, words["expect_id"])
        if "answer" not in written:
            return problem("answer", words["expect_answer_too"])
        state = ANSWERS.get(_text(written["answer"]).casefold())
        if state is None:
            return problem("answer", words["expect_answer"])
        data: dict[str, Any] = {}
        if "answer_quantity" in written:
            quantity = _whole(written["answer_quantity"])
            if quantity is None or quantity <= 0:
                return problem("answer_quantity", words["expect_quantity"])
            data["quantity"] = quantity
        elif state in ("accepted", "done") and "answer_quantity" in self.headings:
            # No quantity means the number on this row of this sheet, whatever a later list says.
            printed = _whole(values.get("quantity", ""))
            if printed is None or printed <= 0:
                return problem("quantity", words["expect_printed"])
            data["quantity"] = printed
        if "answer_expected_day" in written:
            day = _day(written["answer_expected_day"], self.day)
            if day is None:
                return problem("answer_expected_day", words["expect_day"])
            data["expected_day"] = day
        if "answer_outcome" in written:
            outcome = OUTCOMES.get(_text(written["answer_outcome"]).casefold())
            if outcome is None:
                return problem("answer_outcome", words["expect_outcome"])
            data["outcome"] = outcome
        reason = _text(written.get("answer_reason", ""))
        if reason:
            data["reason"] = reason
        if state == "refused" and not reason:
            return problem("answer_reason", words["expect_reason"])
        shown = {name: _text(values[name]) for name in self._subject}
        self.answers.append(Answer(number, Act(task, state, data), shown, product, bool(CONFIRMED.match(reason))))
        return None


def _is_of_row(kind: str, payload: Mapping[str, Any], shown: Mapping[str, str]) -> bool:
    """True if the row shows the subject of the task whose id it carries."""
    return all(_text(neutral(str(payload.get(name, "")))) == shown.get(name) for name in kind_of(kind).subject)


def _name(task: Any) -> str:
    payload = read_json(task.payload)
    return " ".join(str(payload.get(name, "")) for name in kind_of(task.kind).subject)


def _doubts(connection: Connection, task_id: str, answer: Answer, who: str) -> tuple[Doubt, ...]:
    row = connection.execute(select(tasks).where(tasks.c.task_id == task_id)).one_or_none()
    return () if row is None else doubts_about(row, answer.act, who)


def _notices(connection: Connection, answers: Answers) -> tuple[str, ...]:
    """That a newer list is out."""
    newest = connection.execute(
        select(func.max(task_lists.c.day)).where(task_lists.c.kind == answers.kind)
    ).scalar_one_or_none()
    if not newest or not answers.day or newest <= answers.day:
        return ()
    return (WORDS[answers.language]["old_list"].format(day=answers.day, newest=newest),)


def _told(refusal: ActError, words: Mapping[str, str]) -> str:
    """What is wrong with an act, in the language of the list."""
    text = words.get(f"refused_{refusal.code}")
    if text is None:
        return str(refusal)
    facts = {name: _state_word(words, value) if name == "state" else value for name, value in refusal.facts.items()}
    return text.format(**facts)


def _state_word(words: Mapping[str, str], state: str) -> str:
    return words.get(state) or words[f"state_{state}"]


def _language(facts: Mapping[str, str], header: Sequence[Any]) -> Language:
    said = facts.get("language")
    if said in ("zh", "en"):
        return said  # type: ignore[return-value]
    return "zh" if WORDS["zh"]["answer"] in map(str, header) else "en"


def _is_codes_row(row: Sequence[Any]) -> bool:
    return CODES_ROW_MARK in row and "answer" in row


def _sheets(workbook: Path | bytes) -> tuple[list[list[list[Any]]], dict[str, str]]:
    """The rows of every sheet but the hidden ones of ours, and which list this is."""
    from python_calamine import CalamineError, CalamineWorkbook

    content = workbook if isinstance(workbook, bytes) else workbook.read_bytes()
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [name for name in book.sheet_names if name != LIST_SHEET]
        sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names]
        facts = {}
        if LIST_SHEET in book.sheet_names:
            facts = {str(row[0]): str(row[1]) for row in book.get_sheet_by_name(LIST_SHEET).to_python()}
    except CalamineError as error:
        raise NotAListError(
            f"这不是能读的工作簿，请交回 .xlsx 清单（不是 .csv）。 "
            f"This cannot be read as a spreadsheet ({error}): hand back the .xlsx, not a .csv."
        ) from error
    return sheets, facts


def _text(value: Any) -> str:
    """Trimmed, full-width forms made plain, a whole number without its '.0'."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip()


def _whole(value: Any) -> int | None:
    return whole_of(_text(value))


def _day(value: Any, list_day: str) -> str | None:
    """'YYYY-MM-DD' of a date as people write it; without a year, the first such day from the list's day on."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    found = _DATE.fullmatch(_text(value))
    if not found:
        return None
    year, month, day = found.groups()
    first = int(list_day[:4]) if list_day else None
    for candidate in [int(year)] if year else [first, first + 1] if first else []:
        try:
            written = date(candidate, int(month), int(day)).isoformat()
        except ValueError:
            continue
        if year or written >= list_day:
            return written
    return None


def _letter(position: int) -> str:
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
