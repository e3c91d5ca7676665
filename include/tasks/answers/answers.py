"""Entering what people wrote into a pushed spreadsheet: its answers become acts.

Each answer is held against its task: a row that shows another subject than its id's task is refused, and what nobody
expects (another person's answer, an unlikely quantity) is asked about. One bad row never stops the others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from include.settings.channels import HandBack
from include.tasks.acts import Act, ActError, act_all, carried_on, tasks_by_id
from include.tasks.answers.plausibility import Spending, doubts_about, says_the_same, too_few, units_in_words
from include.tasks.answers.sheet_reading import Answer, Answers, NotAListError, Problem, read_answers
from include.tasks.answers.written import plain_text
from include.tasks.canonical_json import read_json
from include.tasks.holds.hold import reasons_told
from include.tasks.kind import CALL, state_word
from include.tasks.kinds import KINDS, kind_of
from include.tasks.sheets.cells import neutral
from include.tasks.sheets.layout import CODES_ROW_MARK
from include.tasks.sheets.workbook_text import not_a_list
from include.tasks.task_events import in_transaction, lock_log
from include.tasks.task_tables import newest_list_day, outbox
from include.words.texts import Language, has_text, say

__all__ = ["Answer", "Answers", "Entered", "EnteredLine", "NotAListError", "Problem", "enter_answers", "read_answers",
           "refusal_told", "report"]  # fmt: skip

FIELDS = {
    "state": "answer",
    "quantity": "answer_quantity",
    "expected_day": "answer_expected_day",
    "until": "answer_expected_day",
    "outcome": "answer_outcome",
    "reason": "answer_reason",
    "task_id": CODES_ROW_MARK,
}
ANSWERED = ("accepted", "done", "refused", "snoozed")


@dataclass(frozen=True)
class EnteredLine:
    """One row that was taken: what the books say of its task now. is_new: it changed something. rank: the line's number
    on the list that was handed back. word: what was written as its answer, if it is none of those offered."""

    row: int
    sheet: str
    product: str
    kind: str
    state: str
    answer: Mapping[str, Any]
    payload: Mapping[str, Any]
    is_new: bool
    rank: int | None = None
    word: str = ""


@dataclass(frozen=True)
class Entered:
    """notices: what the person should know although nothing is wrong. language: of the list."""

    changed: int
    unchanged: int
    problems: tuple[Problem, ...]
    notices: tuple[str, ...] = ()
    language: Language = "zh"
    lines: tuple[EnteredLine, ...] = ()


def enter_answers(
    books: Engine | Connection,
    answers: Answers,
    who: str,
    at: datetime,
    confirmed: bool = False,
    doubtful_times: float | None = None,
    saved_at: datetime | None = None,
) -> Entered:
    """Act on the answers in one transaction. An answer about a task that was carried on to a later list acts on that
    one; the same file read twice changes nothing the second time.

    confirmed: every row's doubts (another person's answer, an unlikely quantity) have been looked at.
    doubtful_times: of `include.settings.channels.HandBack`, the settings' own by default. saved_at: when the file was
    saved, by the merchant's clock; None: nobody knows. Raises NotAListError where
    the list was not pushed from these books.
    """
    with in_transaction(books) as connection:
        lock_log(connection)  # what is doubted is what stands when the answers are written
        _refuse_other_books(connection, answers)
        times = HandBack().doubtful_times if doubtful_times is None else doubtful_times
        return enter_rows(connection, answers, who, at, confirmed, times, saved_at)


def enter_rows(
    connection: Connection,
    answers: Answers,
    who: str,
    at: datetime,
    confirmed: bool,
    doubtful_times: float,
    saved_at: datetime | None = None,
) -> Entered:
    """As `enter_answers`, of rows from anywhere, in a transaction that has locked the log before it read anything."""
    entry = _Entry(connection, answers, who, confirmed, doubtful_times, saved_at)
    for answer in answers.answers:
        entry.take(answer)
    acted = act_all(connection, list(entry.acts.values()), who, at)
    for task, refusal in acted.refused.items():
        entry.refuse(task, refusal)
    notices = (*_old_list(connection, answers), *entry.notices(acted.changed, acted.unchanged))
    lines = _lines(connection, entry, acted.changed, acted.unchanged)
    problems = tuple(sorted(entry.problems, key=lambda one: (one.sheet, one.row)))
    return Entered(len(acted.changed), len(acted.unchanged), problems, notices, answers.language, lines)


def _refuse_other_books(connection: Connection, answers: Answers) -> None:
    """Ids follow from day and subject, so another shop's list, or a trial's, may carry the same ones."""
    query = select(outbox.c.kind, outbox.c.day).where(outbox.c.delivery_key == answers.delivery_key)
    pushed = connection.execute(query).one_or_none()
    if pushed is None or tuple(pushed) != (answers.kind, answers.day):
        raise not_a_list("answer.other_books")


def report(entered: Entered) -> Sequence[str]:
    """The outcome in lines that a person can act on, in the language of the list."""
    head = say(
        entered.language,
        "answer.entered",
        changed=entered.changed,
        unchanged=entered.unchanged,
        problems=len({(one.sheet, one.row) for one in entered.problems}),
    )
    return [head, *entered.notices, *map(str, entered.problems)]


class _Entry:
    """The answers of one file on their way to become acts. acts, rows: by the task that they are about now."""

    def __init__(
        self,
        connection: Connection,
        answers: Answers,
        who: str,
        confirmed: bool,
        doubtful_times: float,
        saved_at: datetime | None,
    ) -> None:
        self.connection, self.who, self.confirmed = connection, who, confirmed
        self.language: Language = answers.language
        self.kind = answers.kind
        self.problems = list(answers.problems)
        self.acts: dict[str, Act] = {}
        self.rows: dict[str, Answer] = {}
        self._contradicted: dict[str, Answer] = {}  # tasks whose two rows say different things: none is entered
        named = tasks_by_id(connection, {one.act.task_id for one in answers.answers})
        self._current = {
            task: carried_on(connection, task) if row.state == "withdrawn" else task for task, row in named.items()
        }
        self.before = {**named, **tasks_by_id(connection, set(self._current.values()) - set(named))}
        self._spending, self._doubtful_times, self._saved_at = Spending(connection), doubtful_times, saved_at

    def take(self, answer: Answer) -> None:
        """Make an act of an answer, or a problem."""
        named = self.before.get(answer.act.task_id)
        if named is not None and not _is_of_row(named, answer.shown):
            text = say(self.language, "answer.expect.own_id", other=_name(named))
            return self._problem(answer, CODES_ROW_MARK, answer.act.task_id, text)
        current = self._current.get(answer.act.task_id, answer.act.task_id)
        act = replace(answer.act, task_id=current)
        if named is not None and current != named.task_id:  # answered by what its own line said, not the later one
            act = replace(act, way=read_json(named.payload).get("way") or CALL)
        first = self.rows.get(current) or self._contradicted.get(current)
        if first is not None:
            return self._take_again(current, first, answer)
        row = self.before.get(current)
        if row is not None and answer.is_printed and row.state in ANSWERED and row.changed_by == self.who:
            # Whoever said another number or day before, and none now, has not changed it.
            act = replace(act, data={**act.data, **_said_before(row, act)})
        if row is not None and not (self.confirmed or answer.confirmed):
            said_at = answer.said_at or self._saved_at
            doubts = doubts_about(row, act, self.who, self._doubtful_times, self._spending, said_at)
            for one in doubts:
                doubt = replace(one, code="later_report") if answer.said_at and one.code == "later_word" else one
                found = self._said(answer, act, "state") if doubt.place == "state" else doubt.found(self.language)
                self._problem(answer, FIELDS[doubt.place], found, doubt.in_words(self.language), is_doubt=True)
            if doubts:
                return None
        if row is not None:
            self._spending.add(row, act)
            if answer.note:  # of what was said before, the note of then
                note = read_json(row.answer).get("note") if says_the_same(row, act) else answer.note
                act = replace(act, data={**act.data, **({"note": note} if note else {})})
        self.rows[current], self.acts[current] = answer, act
        return None

    def _take_again(self, current: str, before: Answer, answer: Answer) -> None:
        """The same task once more: on another sheet it may say the same, or more of it. Rows that contradict each other
        are entered neither."""
        is_elsewhere, differs = before.sheet != answer.sheet, _difference(before.act, answer.act)
        if is_elsewhere and differs is None:
            if current in self.acts:
                act = self.acts[current]
                self.acts[current] = replace(act, data={**answer.act.data, **act.data})
            return
        if differs is not None and current in self.acts:
            self._contradicted[current] = self.rows.pop(current)
            del self.acts[current]
        place = differs or "state"
        pair = (before, answer)
        named = [one.sheet if is_elsewhere else say(self.language, "answer.row_named", row=one.row) for one in pair]
        told = [self._said(one, one.act, place) for one in pair]
        both = [f"{name}={text}" for name, text in zip(named, told, strict=True)]
        clash = "answer.expect.one_sheet" if is_elsewhere else "answer.expect.one_answer"
        sheet = say(self.language, "answer.sheet_named", sheet=before.sheet) if before.sheet else ""
        text = say(self.language, "answer.expect.one_line" if differs is None else clash, row=before.row, sheet=sheet)
        self._problem(answer, FIELDS[place], say(self.language, "answer.comma").join(both), text)

    def _said(self, answer: Answer, act: Act, place: str) -> str:
        """What a row says in one of its columns, in the list's words; of the answer, with the written quantity."""
        outcome = act.data.get("outcome")
        if place == "outcome" or (place == "state" and outcome and kind_of(self.kind).answers_by_outcome):
            return kind_of(self.kind).outcome_word(self.language, str(outcome or ""))
        if place == "state":
            units = "" if answer.is_printed else units_in_words(self.language, act.data.get("quantity"))
            return f"{state_word(self.language, act.to_state)}{units}"
        return str(act.data.get(place, ""))

    def refuse(self, task: str, refusal: ActError) -> None:
        """An act that could not be, as a problem of its row."""
        act, row = self.acts.pop(task), self.before.get(task)
        code = FIELDS.get(refusal.place, "answer")
        found = (
            task
            if code == CODES_ROW_MARK
            else self._said(self.rows[task], act, refusal.place if refusal.place in FIELDS else "state")
        )
        self._problem(self.rows[task], code, found, refusal_told(refusal, row, self.language))

    def _problem(self, answer: Answer, code: str, found: str, expected: str, *, is_doubt: bool = False) -> None:
        heading = answer.headings.get(code) or answer.headings.get("answer", code)
        self.problems.append(
            Problem(
                answer.row, answer.product, heading, found, expected, self.language, answer.sheet, answer.rank, is_doubt
            )
        )

    def notices(self, changed: Sequence[str], unchanged: Sequence[str]) -> list[str]:
        """Whose earlier answers these are, or change."""
        others = Counter(self.before[task].changed_by for task in unchanged if self.before[task].changed_by != self.who)
        told = [say(self.language, "answer.same_as", count=count, who=who) for who, count in sorted(others.items())]
        own = sum(self.before[task].state in ANSWERED and self.before[task].changed_by == self.who for task in changed)
        told += [say(self.language, "answer.own_change", count=own)] if own else []
        taken = [(self.rows[task], self.acts[task]) for task in (*changed, *unchanged)]
        words = Counter((row.word, self._said(replace(row, is_printed=True), act, "state")) for row, act in taken)
        told += [
            say(self.language, "answer.understood", word=word, state=state, count=count)
            for (word, state), count in sorted(words.items())
            if word
        ]
        few = too_few(tasks_by_id(self.connection, set(changed)).values(), self.language)
        return told + ([few] if few else [])


def _difference(one: Act, other: Act) -> str | None:
    """The first thing that both say, and say differently."""
    if one.to_state != other.to_state:
        return "state"
    names = ("outcome", "quantity", "expected_day", "until", "reason")
    return next((n for n in names if one.data.get(n, other.data.get(n)) != other.data.get(n, one.data.get(n))), None)


def _lines(
    connection: Connection, entry: _Entry, changed: Sequence[str], unchanged: Sequence[str]
) -> tuple[EnteredLine, ...]:
    """The rows that were taken, in the order of the sheet."""
    is_new = {**dict.fromkeys(unchanged, False), **dict.fromkeys(changed, True)}
    now = tasks_by_id(connection, is_new)
    lines = [
        EnteredLine(
            entry.rows[task].row, entry.rows[task].sheet, entry.rows[task].product, row.kind, row.state,
            read_json(row.answer), read_json(row.payload), is_new[task], entry.rows[task].rank, entry.rows[task].word,
        )
        for task, row in now.items()
    ]  # fmt: skip
    return tuple(sorted(lines, key=lambda one: (one.sheet, one.row)))


def _said_before(task: Row[Any], act: Act) -> dict[str, Any]:
    """The quantity of a task that stays so, or the day until which it is put off already."""
    name = "until" if act.to_state == "snoozed" else "quantity"
    said = read_json(task.answer).get(name)
    return {} if said is None or (name == "until" and task.state != "snoozed") else {name: said}


def _is_of_row(task: Row[Any], shown: Mapping[str, str]) -> bool:
    """True if the row shows the subject of the task whose id it carries."""
    payload = read_json(task.payload)
    return all(
        plain_text(neutral(str(payload.get(name, "")))) == shown.get(name) for name in kind_of(task.kind).subject
    )


def _name(task: Row[Any]) -> str:
    return kind_of(task.kind).subject_in_words(read_json(task.payload))


def _old_list(connection: Connection, answers: Answers) -> tuple[str, ...]:
    """That a newer list is out."""
    newest = newest_list_day(connection, answers.kind)
    if not newest or not answers.day or newest <= answers.day:
        return ()
    counted = answers.kind in KINDS and KINDS[answers.kind].counted
    name = "answer.old_list" if counted else "answer.old_list_plain"
    return (say(answers.language, name, day=answers.day, newest=newest),)


def refusal_told(refusal: ActError, row: Row[Any] | None, language: Language) -> str:
    """What is wrong with an act, in the language of the list."""
    code = refusal.code
    if code == "state" and refusal.facts.get("state") == "withdrawn":
        code = "withdrawn"
    if not has_text(f"answer.refused.{code}"):
        return str(refusal)
    facts = dict(refusal.facts)
    if code == "state" and row is not None:
        said = read_json(row.answer)
        facts = {
            "who": row.changed_by,
            "state": state_word(language, row.state),
            "quantity": units_in_words(language, said.get("quantity")),
        }
    if "reasons" in facts:
        facts["reasons"] = reasons_told(facts["reasons"], language)
    if "way" in facts:
        facts["outcomes"] = kind_of(facts["kind"]).outcomes_in_words(language, facts["way"])
    if "outcome" in facts:
        facts["outcome"] = kind_of(facts["kind"]).outcome_word(language, facts["outcome"])
    return say(language, f"answer.refused.{code}", **facts)
