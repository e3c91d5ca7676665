"""What a person is asked about before an answer counts: somebody else's answer, and a quantity that nobody expects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from include.settings.currencies import with_currency
from include.tasks.acts import Act
from include.tasks.canonical_json import read_json
from include.tasks.document import read_head, unpack
from include.tasks.kind import state_word
from include.tasks.kinds import kind_of
from include.tasks.moments import moment
from include.tasks.sheets.cells import amount_of
from include.tasks.task_tables import MACHINE, task_lists, tasks
from include.words.texts import Language, say

BUDGET = "budget_micros"  # of a list's manifest: the most that its day's orders may cost


@dataclass(frozen=True)
class Doubt:
    """code: 'other_person', 'later_word' (of a file), 'later_report' (of a system), 'many', 'surplus' or 'budget'.
    place: the field of the act that is doubted; written: what stands there. details: of the message."""

    code: str
    place: str
    written: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def in_words(self, language: Language) -> str:
        facts = dict(self.details)
        if "state" in facts:
            facts["state"] = state_word(language, facts["state"])
        if self.code in ("other_person", "later_word", "later_report"):
            facts["quantity"] = units_in_words(language, facts["quantity"])
        for name in ("money", "budget"):
            if name in facts:
                facts[name] = with_currency(f"{amount_of(facts[name]):,.2f}", facts["currency"], language)
        return say(language, f"answer.doubt.{self.code}", **facts)

    def asked(self, language: Language) -> str:
        """The doubt for a command line, without the advice that is for a sheet."""
        return self.in_words(language).rpartition(say(language, "answer.doubt.before_advice"))[0]

    def found(self, language: Language) -> str:
        """What was written, in words."""
        return state_word(language, self.written)


FEW = 1 / 3  # of what was suggested: a quantity below it is told, and not asked about
NAMED = 5  # lines that are named


def too_few(rows: Iterable[Row[Any]], language: Language) -> str:
    """A note on the tasks (rows of `tasks`) that were entered with much less than was suggested; '' if none was."""
    few = []
    for row in rows:
        payload, quantity = read_json(row.payload), read_json(row.answer).get("quantity")
        suggested = payload.get("quantity")
        if isinstance(quantity, int) and isinstance(suggested, int) and quantity < FEW * suggested:
            product = kind_of(row.kind).subject_in_words(payload)
            few.append(say(language, "answer.few_line", product=product, quantity=quantity, suggested=suggested))
    if not few:
        return ""
    named = say(language, "list.between").join(few[:NAMED]) + ("…" if len(few) > NAMED else "")
    return say(language, "answer.few", count=len(few), named=named)


def units_in_words(language: Language, quantity: object) -> str:
    """' 912 件' behind a state; nothing where no quantity is known."""
    return say(language, "list.units", quantity=quantity) if quantity else ""


class Spending:
    """What the orders of a day's list cost that people have said yes to, against the day's budget."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._budgets: dict[tuple[str, str], tuple[int | None, str]] = {}
        self._costs: dict[tuple[str, str], dict[str, int]] = {}

    def beyond(self, row: Row[Any], act: Act) -> tuple[int, int, str] | None:
        """(the money in all, the budget, its currency) if this act takes the list's orders beyond its budget."""
        budget, currency = self._budget(row.kind, row.day)
        if budget is None or act.to_state not in ("accepted", "done"):
            return None
        others = sum(cost for task, cost in self._standing(row.kind, row.day).items() if task != row.task_id)
        total = others + money_of(row.kind, read_json(row.payload), act.data.get("quantity"))
        return (total, budget, currency) if total > budget else None

    def add(self, row: Row[Any], act: Act) -> None:
        """Count an act that is taken."""
        standing = self._standing(row.kind, row.day)
        standing.pop(row.task_id, None)
        if act.to_state in ("accepted", "done"):
            standing[row.task_id] = money_of(row.kind, read_json(row.payload), act.data.get("quantity"))

    def _standing(self, kind: str, day: str) -> dict[str, int]:
        if (kind, day) not in self._costs:
            rows = self._connection.execute(
                select(tasks.c.task_id, tasks.c.payload, tasks.c.answer)
                .where(tasks.c.kind == kind, tasks.c.day == day, tasks.c.state.in_(["accepted", "done"]))
            )  # fmt: skip
            self._costs[kind, day] = {
                row.task_id: money_of(kind, read_json(row.payload), read_json(row.answer).get("quantity"))
                for row in rows
            }
        return self._costs[kind, day]

    def _budget(self, kind: str, day: str) -> tuple[int | None, str]:
        if (kind, day) not in self._budgets:
            blob = self._connection.execute(
                select(task_lists.c.document)
                .where(task_lists.c.kind == kind, task_lists.c.day == day)
                .order_by(task_lists.c.revision.desc())
                .limit(1)
            ).scalar_one_or_none()
            manifest = {} if blob is None else read_head(unpack(blob))["manifest"]
            self._budgets[kind, day] = (manifest.get(BUDGET), str(manifest.get("currency", "CNY")))
        return self._budgets[kind, day]


def money_of(kind: str, payload: Mapping[str, Any], quantity: Any) -> int:
    """What so many units of a line are worth, in micros, by the worth of the suggested ones; 0 where it says none."""
    name = kind_of(kind).money_of_units
    worth, suggested = payload.get(name) if name else None, payload.get("quantity")
    if not isinstance(worth, int) or not isinstance(suggested, int) or suggested <= 0:
        return 0
    return worth if quantity is None else round(worth * int(quantity) / suggested)


def says_the_same(row: Row[Any], act: Act) -> bool:
    """Whether the task of `row` is answered so already; an act may leave out what was said besides."""
    said = read_json(row.answer)
    return row.state == act.to_state and all(said.get(name) == value for name, value in act.data.items())


def doubts_about(
    row: Row[Any], act: Act, who: str, times: float, spending: Spending | None = None, saved_at: datetime | None = None
) -> tuple[Doubt, ...]:
    """What is to be asked before `act` changes the task of `row` (columns of `tasks`); nothing if all is as expected.

    A quantity is held against `times` the suggestion, against what the giver can spare of a transfer, and with all
    that is accepted of the list against the day's budget. saved_at: when a file that says so was saved, by the
    merchant's clock: what its person has said since goes before it.
    """
    doubts = []
    said, payload = read_json(row.answer), read_json(row.payload)
    is_answered = row.state in ("accepted", "done", "refused", "snoozed")
    is_same = says_the_same(row, act)
    if is_answered and row.changed_by not in (who, MACHINE) and not is_same:
        details = {"who": row.changed_by, "state": row.state, "quantity": said.get("quantity")}
        doubts.append(Doubt("other_person", "state", act.to_state, details))
    elif is_answered and row.changed_by == who and not is_same and saved_at and row.changed_at > moment(saved_at):
        details = {"at": row.changed_at[:16], "state": row.state, "quantity": said.get("quantity")}
        doubts.append(Doubt("later_word", "state", act.to_state, details))
    quantity, suggested = act.data.get("quantity"), payload.get("quantity")
    if isinstance(quantity, int) and act.to_state in ("accepted", "done") and not is_same:
        surplus = payload.get("surplus")
        if isinstance(surplus, int) and quantity > surplus:
            doubts.append(Doubt("surplus", "quantity", str(quantity), {"surplus": surplus}))
        elif isinstance(suggested, int) and quantity > times * max(suggested, 1):
            doubts.append(Doubt("many", "quantity", str(quantity), {"suggested": suggested, "times": times}))
        elif spending is not None and (beyond := spending.beyond(row, act)) is not None:
            money, budget, currency = beyond
            details = {"money": money, "budget": budget, "currency": currency}
            doubts.append(Doubt("budget", "quantity", str(quantity), details))
    return tuple(doubts)
