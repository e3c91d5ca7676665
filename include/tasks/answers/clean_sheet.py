"""A list's sheet once more, as it was pushed, with what has been answered since: for anyone who saved over theirs."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from include.settings.saying import BilingualError
from include.tasks.acts import tasks_by_id
from include.tasks.canonical_json import read_json
from include.tasks.channels.parcel import Parcel
from include.tasks.document import read_document, unpack
from include.tasks.kind import Kind, state_word
from include.tasks.kinds import kind_of
from include.tasks.publish_list import no_list
from include.tasks.sheets.spreadsheet import write_xlsx
from include.tasks.task_tables import outbox, task_lists
from include.words.texts import Language, in_each


@dataclass(frozen=True)
class CleanSheet:
    """content: the workbook. lines: on it; answered: of these."""

    content: bytes
    lines: int
    answered: int


ANSWERED = ("accepted", "done", "refused", "snoozed")
GONE = ("withdrawn", "expired")


def clean_sheet(connection: Connection, kind: str, day: str, language: Language) -> CleanSheet:
    """The workbook of the day's newest list that was pushed: lines that are answered hold their answer, those that were
    taken back are left out. Handed back, it is read like the first one.

    Raises BilingualError if there is no such list, if it was never pushed (nothing of it could be handed back), or if
    it names customers: who may be contacted is asked when a list is pushed, and not here.
    """
    if "customer" in kind_of(kind).subject:
        raise BilingualError.named("error.no_sheet_of_customers", kind=in_each(f"{kind}.name"))
    query = (
        select(task_lists, outbox.c.delivery_key, outbox.c.withheld)
        .join(outbox, outbox.c.list_id == task_lists.c.list_id)
        .where(task_lists.c.kind == kind, task_lists.c.day == day)
        .where(outbox.c.purpose == "list")
        .order_by(task_lists.c.revision.desc(), outbox.c.delivery_key)
        .limit(1)
    )
    pushed = connection.execute(query).one_or_none()
    if pushed is None:
        stored = select(task_lists.c.list_id).where(task_lists.c.kind == kind, task_lists.c.day == day)
        if connection.execute(stored.limit(1)).first() is None:
            raise no_list(connection, kind, day)
        raise BilingualError.named("error.never_pushed", kind=in_each(f"{kind}.name"), day=day)
    document = read_document(unpack(pushed.document))
    now = tasks_by_id(connection, {line.task_id for line in document.lines})
    answers = {
        task: _cells(kind_of(kind), row.state, read_json(row.answer), language)
        for task, row in now.items()
        if row.state in ANSWERED
    }
    withheld = frozenset(read_json(pushed.withheld)) - set(answers)
    withheld |= {task for task, row in now.items() if row.state in GONE}
    parcel = Parcel(pushed.delivery_key, pushed.revision, pushed.edition, document, withheld)
    shown = {line.task_id for line in parcel.lines}
    return CleanSheet(write_xlsx(parcel, language, answers), len(shown), len(shown & set(answers)))


def _cells(kind: Kind, state: str, said: dict[str, Any], language: Language) -> dict[str, Any]:
    """What a person would have written into the answer columns."""
    outcome = said.get("outcome")
    cells = {
        "answer": state_word(language, state),
        "answer_outcome": kind.outcome_word(language, str(outcome)) if outcome else None,
        "answer_quantity": said.get("quantity"),
        "answer_expected_day": said.get("until", said.get("expected_day")),
        "answer_reason": said.get("reason") if kind.has_day else said.get("until", said.get("reason")),
    }
    return {code: value for code, value in cells.items() if value is not None}
