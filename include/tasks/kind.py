"""What a kind of list is made of: its columns, what can come of a line, and how its lines are ranked.

The texts of a kind are in its catalogue, restock.po for restock; what it shares with others is in list.po.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from include.calendar.business_days import day_after
from include.settings.currencies import currency_name
from include.words.texts import LANGUAGES, has_text, say, say_first

State = Literal["open", "accepted", "done", "refused", "snoozed", "expired", "withdrawn"]
Unit = Literal["text", "count", "signed", "days", "rate", "day", "money", "per_mille", "why", "course"]
Sheet = Literal["list", "talk", "sum", "picture"]
Way = Literal["call", "message"]
CALL: Way = "call"
MESSAGE: Way = "message"
NORMAL, SOON, NOW = 0, 1, 2  # names of the urgencies, not amounts
# Days for which a line is put off by whoever names no day: a week, in which each supplier's order day comes once.
SNOOZE_DAYS = 7


def state_word(language: str, state: str) -> str:
    """A task's state as its reader calls it; anything else as it is."""
    return say(language, f"list.state.{state}") if has_text(f"list.state.{state}") else state


@dataclass(frozen=True)
class Column:
    """A column of a list: a field of the payload, which `include.pipeline` fills.

    unit: `per_mille` fields are shown in per cent, `money` (micros) in the merchant's currency, which takes the place
        of {money} in headings; `signed` numbers may be negative; a `rate` is a number with decimals,
        kept as text; a `course` is drawn (`cells.drawn`).
    sheet: of a spreadsheet, where the column stands; those of the list stand on the sheet of sums as well, behind why,
        a picture on the list alone.
    named_by: the payload field with the name of what this one is the code of; {language} is the reader's.
    adds_up: whether the sum over a list's lines means something, as that of unit prices does not.
    max_width, talk_width: in characters, where the unit's own or the fitted width does not do.
    wraps: whether it may be narrowed for the reasons to have room, and be shown in more lines.
    language: of a text that is written in both; it is shown in that language only.
    kind: the list's, set by it.
    """

    field: str
    unit: Unit
    sheet: Sheet = "list"
    named_by: str = ""
    adds_up: bool = True
    max_width: float | None = None
    talk_width: float | None = None
    wraps: bool = False
    language: str = ""
    kind: str = ""

    @property
    def name(self) -> str:
        """The field without the language of its text."""
        return self.field.removesuffix(f"_{self.language}")

    def heading(self, language: str, currency: str) -> str:
        return self._say(language).replace("{money}", currency_name(currency, language))

    def bare_heading(self, language: str) -> str:
        """The heading without its currency, for texts that say it beside the amount."""
        return self._say(language).replace("({money})", "").strip()

    def meaning(self, language: str) -> str:
        return self._say(language, ".meaning")

    def _say(self, language: str, about: str = "") -> str:
        name = f"column.{self.name}{about}"
        return say_first(language, f"{self.kind}.{name}", f"list.{name}")


def in_both(
    field: str, unit: Unit, *, max_widths: tuple[float | None, float | None] = (None, None), **more: Any
) -> tuple[Column, ...]:
    """A text that is written in both languages: field_zh and field_en. max_widths: Chinese, English."""
    return tuple(
        Column(f"{field}_{language}", unit, language=language, max_width=width, **more)
        for language, width in zip(LANGUAGES, max_widths, strict=True)
    )


SKU = Column("sku", "text")
TITLE = Column("title", "text", max_width=28, wraps=True)
WAREHOUSE = Column("warehouse", "text")
SUPPLIER = Column("supplier", "text", named_by="supplier_name", wraps=True)
WHY = in_both("why", "why")
BRIEF = (*in_both("brief", "why"), *in_both("why", "why", sheet="sum"))  # in brief on the list, whole with the sums
ELSEWHERE = in_both("elsewhere", "text", max_widths=(70, 90), wraps=True)
SINCE = Column("since_day", "day")


@dataclass(frozen=True)
class Outcome:
    """What became of a task, where done or not done says too little. needs_day: with the day that was agreed on.
    state: of a task that ends so. is_answer: somebody answered, so that a quantity means something. also: what people
    called it on earlier lists. way: of contact that it can come of; None: of any. kind: the list's, set by it."""

    code: str
    needs_day: bool = False
    state: State = "done"
    is_answer: bool = True
    also: tuple[str, ...] = ()
    way: Way | None = None
    kind: str = ""

    def called(self, language: str) -> str:
        return say(language, f"{self.kind}.outcome.{self.code}")


@dataclass(frozen=True)
class Kind:
    """What is particular to one kind of list.

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
    shown: the columns that the desk shows until a person chooses; none: the first ten.
    talk_first: the columns of the list that begin the sheet to talk by, by their names.
    summed_by: the payload field by which a sheet of its own adds up pieces and money; '': there is none.
    talk_if: the text without which a line is not on the sheet to talk by, by its name: nobody talks to them.
    has_audience: whether its customers can be handed to the platforms' own marketing tools.
    computes: whether its sheet has formulas for what the quantity that somebody writes costs and how long it lasts.
    is_guarded: whether it spends money that a second person may have to release. spends: the payload field of what a
        line spends, in micros, if that is not `money_of_units`.
    """

    name: str
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
    shown: tuple[str, ...] = ()
    talk_first: tuple[str, ...] = ()
    summed_by: str = ""
    talk_if: str = ""
    has_audience: bool = False
    computes: bool = False
    is_guarded: bool = False
    spends: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(replace(one, kind=self.name) for one in self.columns))
        object.__setattr__(self, "outcomes", tuple(replace(one, kind=self.name) for one in self.outcomes))

    @property
    def spent_field(self) -> str:
        """The payload field of what a line spends, in micros; '': it spends nothing."""
        return self.spends or self.money_of_units or ""

    def called(self, language: str) -> str:
        """What lists of this kind are called."""
        return say(language, f"{self.name}.name")

    def say(self, language: str, name: str, /, **values: Any) -> str:
        """The kind's own text of this name, or what all lists say."""
        return say_first(language, f"{self.name}.{name}", f"list.{name}", **values)

    def stake(self, language: str) -> str:
        """What the money of its lines is: lost if not ordered, tied up."""
        return self.say(language, "stake")

    def stake_meaning(self, language: str) -> str:
        return self.say(language, "stake.meaning")

    def no_list(self, language: str) -> str:
        """What must be there before there is a first list."""
        return self.say(language, "no_list")

    def columns_in(self, language: str) -> tuple[Column, ...]:
        """The columns in one language: the other language's texts are left out."""
        return tuple(column for column in self.columns if column.language in ("", language))

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
        return next((one for one in self.outcomes if plain in (one.code, *map(one.called, LANGUAGES), *one.also)), None)

    def outcome_word(self, language: str, code: str) -> str:
        """What the kind calls an outcome; a code that it does not know as it is."""
        return next((one.called(language) for one in self.outcomes if one.code == code), code)

    @property
    def has_day(self) -> bool:
        """Whether its sheets have a column for the day on which goods arrive."""
        return self.counted and self.arrives

    def outcomes_by(self, way: object) -> tuple[Outcome, ...]:
        """The outcomes that a line can have which is worked by this way (the payload's `way`)."""
        return tuple(one for one in self.outcomes if one.way in (None, way or CALL))

    def outcomes_in_words(self, language: str, way: object) -> str:
        """The outcomes of a line that is worked by this way, with commas between."""
        return say(language, "list.between").join(one.called(language) for one in self.outcomes_by(way))

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
