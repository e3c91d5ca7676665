"""The kinds of task, and the columns by which people know their lines, in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from include.calendar.business_days import day_after
from include.settings.names import meant
from include.tasks.sheets.columns import CHASE, EXCESS, RECALL, RESTOCK, TRANSFER, Column

State = Literal["open", "accepted", "done", "refused", "expired", "withdrawn"]
Way = Literal["call", "message"]
CALL: Way = "call"
MESSAGE: Way = "message"
NORMAL, SOON, NOW = 0, 1, 2  # names of the urgencies, not amounts


@dataclass(frozen=True)
class Outcome:
    """What became of a task, where done or not done says too little. needs_day: with the day that was agreed on.
    state: of a task that ends so. is_answer: somebody answered, so that a quantity means something. also: what people
    called it on earlier lists. way: of contact that it can come of; None: of any."""

    code: str
    zh: str
    en: str
    needs_day: bool = False
    state: State = "done"
    is_answer: bool = True
    also: tuple[str, ...] = ()
    way: Way | None = None

    def called(self, language: Literal["zh", "en"]) -> str:
        return self.zh if language == "zh" else self.en


CHASE_OUTCOMES = (
    Outcome("asked", "已催未答复", "asked without answer", is_answer=False, also=("已催",)),
    Outcome("new_day", "新交期", "new day", needs_day=True),
    Outcome("pulled_forward", "已提前", "pulled forward", needs_day=True),
    Outcome("postponed", "已延后", "postponed", needs_day=True),
    Outcome("cancelled", "已取消", "cancelled"),
    Outcome("received", "已到货", "received"),
)
RECALL_OUTCOMES = (
    Outcome("interested", "已接通有意向", "interested", way=CALL),
    Outcome("not_interested", "已接通无意向", "not interested", way=CALL),
    Outcome("no_answer", "未接通", "no answer", way=CALL),
    Outcome("wrong_number", "空号", "wrong number", way=CALL),
    Outcome("sent", "已发送", "sent", way=MESSAGE),
    Outcome("replied", "已回复", "replied", way=MESSAGE),
    Outcome("not_delivered", "发送失败", "not delivered", way=MESSAGE),
    Outcome("do_not_disturb", "勿扰", "do not disturb", state="refused"),
    Outcome("ordered", "已下单", "ordered"),
)


@dataclass(frozen=True)
class Kind:
    """What is particular to one kind of task.

    subject: the payload fields that name what a task is about; one open task a subject.
    order: payload fields that rank the lines where the planner gives no `rank`; '-' in front: largest first.
    measures: payload fields whose change makes a refused suggestion worth making again.
    stays: whether an open task stays until it expires when a newer list no longer names its subject. A restock that is
        no longer needed would overstock; a customer not called yesterday may still be called today.
    counted: whether doing it has a quantity (and goods arrive).
    outcomes: what can become of it, where done says too little. An expected day without a word is a new day; done
        without a word is the first outcome, that nothing is known yet.
    answers_by_outcome: the answer itself is one of the outcomes, and without one nothing is known of it (a call). Which
        they are hangs on the payload's `way` of contact: lists of before this was said were all answered as calls.
    arrives: whether what is done arrives on a day. has_urgency: whether its lines differ in urgency.
    money_of_units: the payload field that says what all suggested units are worth, in micros.
    totals: the payload fields that the list's head adds up; none: all columns of money that add up.
    """

    name: str
    zh: str
    en: str
    subject: tuple[str, ...]
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    measures: tuple[str, ...]
    money: str | None = None
    due: str | None = None
    stays: bool = False
    counted: bool = True
    outcomes: tuple[Outcome, ...] = ()
    answers_by_outcome: bool = False
    arrives: bool = True
    has_urgency: bool = True
    money_of_units: str | None = None
    totals: tuple[str, ...] = ()

    def subject_of(self, payload: Mapping[str, Any]) -> str:
        """Raises ValueError where a part of the subject is missing."""
        parts = []
        for name in self.subject:
            value = payload.get(name)
            if value is None or value == "":
                raise ValueError(f"a {self.name} line needs {name!r}, found {value!r}")
            parts.append(str(value).replace("/", "%2F"))
        return "/".join(parts)

    def subject_in_words(self, payload: Mapping[str, Any]) -> str:
        """What a task is about, as people read it: 华南仓 → 华北仓 KF10082 where goods go from one place to another."""
        parts = [str(payload.get(name) or "") for name in self.subject]
        if self.subject[:2] == ("from_warehouse", "warehouse"):
            parts = [" → ".join(filter(None, parts[:2])), *parts[2:]]
        return " ".join(filter(None, parts))

    def outcome_named(self, word: str) -> Outcome | None:
        """The outcome that people call so, in Chinese or English, or by its code."""
        plain = word.casefold()
        return next((one for one in self.outcomes if plain in (one.code, one.zh, one.en, *one.also)), None)

    def outcomes_by(self, way: object) -> tuple[Outcome, ...]:
        """The outcomes that a line can have which is worked by this way (the payload's `way`)."""
        return tuple(one for one in self.outcomes if one.way in (None, way or CALL))

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways between which the outcomes of its lines differ."""
        return tuple(dict.fromkeys(one.way for one in self.outcomes if one.way is not None))

    def urgency_of(self, payload: Mapping[str, Any], day: str) -> int:
        """The payload's own `urgency`, or by the due day: the morning after `day` is now, two days more is soon."""
        own = payload.get("urgency")
        if own is not None:
            return max(NORMAL, min(NOW, int(own)))
        due = payload.get(self.due) if self.due else None
        if not due:
            return NORMAL
        if due <= day_after(day):
            return NOW
        return SOON if due <= day_after(day, 3) else NORMAL


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="restock",
            zh="补货",
            en="restock",
            subject=("warehouse", "sku"),
            columns=RESTOCK,
            order=("-money_at_risk_micros", "last_order_day"),
            measures=("quantity", "need"),
            money="money_at_risk_micros",
            due="last_order_day",
            money_of_units="cost_micros",
        ),
        Kind(
            name="chase",
            zh="催货",
            en="chase",
            subject=("reference",),
            columns=CHASE,
            order=("-money_at_risk_micros", "-overdue_days"),
            measures=("quantity",),
            money="money_at_risk_micros",
            outcomes=CHASE_OUTCOMES,
        ),
        Kind(
            name="excess",
            zh="积压",
            en="excess",
            subject=("warehouse", "sku"),
            columns=EXCESS,
            order=("-tied_up_micros",),
            measures=("quantity",),
            money="tied_up_micros",
            arrives=False,
            has_urgency=False,
            money_of_units="tied_up_micros",
        ),
        Kind(
            name="transfer",
            zh="调拨",
            en="transfer",
            subject=("from_warehouse", "warehouse", "sku"),
            columns=TRANSFER,
            order=("-money_at_risk_micros",),
            measures=("quantity",),
            money="money_at_risk_micros",
            money_of_units="cost_micros",
            totals=("quantity", "saved_micros", "cost_micros"),
        ),
        Kind(
            name="recall",
            zh="召回",
            en="recall",
            subject=("customer",),
            columns=RECALL,
            order=("-value_micros",),
            measures=("value_micros",),
            money="value_micros",
            stays=True,
            counted=False,
            outcomes=RECALL_OUTCOMES,
            answers_by_outcome=True,
            arrives=False,
            has_urgency=False,
        ),
    )
}


def kind_of(name: str) -> Kind:
    if name not in KINDS:
        raise ValueError(f"there is no kind of task {name!r}; there are {', '.join(KINDS)}")
    return KINDS[name]


def kind_named(word: str) -> str:
    """The name of the kind that is called so, in Chinese or English: 补货 is restock. Raises UnknownNameError, with the
    nearest."""
    return meant("kind of task", word.casefold(), {kind.name: (kind.zh, kind.en) for kind in KINDS.values()})
