"""What people know better than the model: overrides of forecasts and parameters, successors, what is not ordered.

Setting one and ending it are events of the desk's log; the table `overrides` holds them as they stand. A list of a day
knows those whose `known_day` is no later and whose `ended_day` is: so an older day's replay ignores what came since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update

from include.settings.saying import BilingualError
from include.settings.stock.override_kinds import What
from include.tasks.by_hand.desk_log import Doing, note_doings
from include.tasks.moments import moment
from include.tasks.privacy import masked
from include.tasks.task_events import DESK_LOG, lock_log
from include.tasks.task_tables import override_forecasts, override_scores, overrides

About = Literal["sku", "category", "event"]
ABOUTS: tuple[About, ...] = get_args(About)
FORECASTS: tuple[What, ...] = ("add", "replace", "multiply", "substitute")
INSTEAD: tuple[What, ...] = ("substitute", "successor")
PARAMETERS: tuple[What, ...] = ("service_level", "lead_time_days", "pack", "minimum", "supplier", "review_days")
LASTING: tuple[What, ...] = ("successor", "end")
"""They go on after their last day."""
ABOUT = "override"
LONGEST_REASON = 200  # letters


@dataclass(frozen=True)
class NewOverride:
    """What somebody asks for. warehouse: '' for all. value: a number as text, or the sku or supplier instead; '' for
    none. last_day: None: until it is ended. model_units: what the model says of the same; None: nothing."""

    what: What
    about: About
    name: str
    warehouse: str
    value: str
    first_day: str
    last_day: str | None
    reason: str
    model_units: float | None = None


@dataclass(frozen=True)
class Override:
    """An override as it stands; see the table `overrides`."""

    number: int
    what: What
    about: About
    name: str
    warehouse: str
    value: str
    first_day: str
    last_day: str | None
    reason: str
    model_units: float | None
    made_by: str
    made_at: str
    known_day: str
    ended_by: str | None
    ended_at: str | None
    ended_day: str | None

    @property
    def code(self) -> str:
        """What it is called on lists and pages: J12."""
        return f"J{self.number}"

    @property
    def amount(self) -> float:
        """`value` as a number."""
        return float(self.value)

    @property
    def is_forecast(self) -> bool:
        """Whether what it says can be held against what was sold."""
        return self.what in FORECASTS

    def is_over(self, day: str) -> bool:
        """Whether it says nothing of the days after `day`, or was ended by then."""
        ended = self.ended_day is not None and self.ended_day <= day
        return ended or (self.what not in LASTING and self.last_day is not None and self.last_day <= day)


class OverrideError(BilingualError):
    """An override that cannot be set or ended."""


def set_override(connection: Connection, asked: NewOverride, who: str, at: datetime, day: str) -> Override:
    """Keep an override; `day` is the business day whose list is the first to know of it. Raises OverrideError if no
    reason is given."""
    reason = masked(asked.reason.replace("\x00", "").strip())[:LONGEST_REASON]
    if not reason:
        raise OverrideError.named("error.override.no_reason")
    lock_log(connection, DESK_LOG)
    number = int(connection.scalar(select(func.coalesce(func.max(overrides.c.number), 0))) or 0) + 1
    units = None if asked.model_units is None else round(asked.model_units * 1000)
    said = {**asdict(asked), "reason": reason, "model_units": units}
    note_doings(connection, [Doing("override", ABOUT, f"J{number}", said)], who, at, day)
    row = {**said, "number": number, "made_by": who, "made_at": moment(at), "known_day": day}
    connection.execute(insert(overrides).values(**row))
    return _one(connection, number)


def end_override(connection: Connection, number: int, who: str, at: datetime, day: str) -> Override:
    """From the list of `day` on it counts no more. Raises OverrideError if there is none, or it was ended before."""
    lock_log(connection, DESK_LOG)
    found = one_override(connection, number)
    if found is None:
        raise OverrideError.named("error.override.none", code=f"J{number}")
    if found.ended_day is not None:
        raise OverrideError.named("error.override.ended", code=found.code, who=found.ended_by)
    note_doings(connection, [Doing("override_end", ABOUT, found.code, {})], who, at, day)
    ended = {"ended_by": who, "ended_at": moment(at), "ended_day": day}
    connection.execute(update(overrides).where(overrides.c.number == number).values(**ended))
    return _one(connection, number)


def one_override(connection: Connection, number: int) -> Override | None:
    found = list(_read(connection, select(overrides).where(overrides.c.number == number)))
    return found[0] if found else None


def all_overrides(connection: Connection) -> list[Override]:
    """Every override there ever was, newest first."""
    return list(_read(connection, select(overrides).order_by(overrides.c.number.desc())))


def overrides_about(connection: Connection, names: Mapping[About, Iterable[str]]) -> list[Override]:
    """Those about one of these names, or in which one of these skus takes another's place; newest first."""
    wanted = [(overrides.c.about == about) & overrides.c.name.in_(list(some)) for about, some in names.items()]
    heirs = overrides.c.what.in_(INSTEAD) & overrides.c.value.in_(list(names.get("sku", ())))
    return list(_read(connection, select(overrides).where(or_(*wanted, heirs)).order_by(overrides.c.number.desc())))


def overrides_known(connection: Connection, day: str) -> list[Override]:
    """What the list of `day` knows of, heeded or not, oldest first."""
    known = select(overrides).where(overrides.c.known_day <= day)
    return list(_read(connection, known.order_by(overrides.c.number)))


@dataclass(frozen=True)
class Foretold:
    """What the list of `day` forecast of an override's span in one place, without it and with it."""

    day: str
    number: int
    sku: str
    warehouse: str
    first_day: str
    last_day: str
    units_without: float
    units_with: float


def foretold(connection: Connection, numbers: Iterable[int], day: str) -> list[Foretold]:
    """What the lists up to `day` forecast of these overrides' spans, oldest list first."""
    columns = override_forecasts.c
    query = select(override_forecasts).where(columns.number.in_(list(numbers)), columns.day <= day)
    ordered = query.order_by(columns.day, columns.number, columns.sku, columns.warehouse)
    return [Foretold(**row._mapping) for row in connection.execute(ordered)]


@dataclass(frozen=True)
class Score:
    """What a forecast override was worth; see the table `override_scores`."""

    number: int
    day: str
    list_day: str
    places: int
    unknown_places: int
    units_sold: float
    units_without: float
    units_with: float
    better_units: float
    better_micros: int | None


def scores(connection: Connection) -> dict[int, Score]:
    """Number -> what that override was worth, of those that were judged."""
    return {row.number: Score(**row._mapping) for row in connection.execute(select(override_scores))}


def keep_scores(connection: Connection, told: Iterable[Score]) -> None:
    """Keep scores; one that a newer day told stays."""
    found = list(told)
    known = scores(connection) if found else {}
    for one in found:
        if one.number not in known or known[one.number].day <= one.day:
            connection.execute(delete(override_scores).where(override_scores.c.number == one.number))
            connection.execute(insert(override_scores).values(**asdict(one)))


def keep_foretold(connection: Connection, day: str, told: Sequence[Foretold]) -> None:
    """Keep what the list of `day` forecast of overrides' spans, in the place of what it did before."""
    connection.execute(delete(override_forecasts).where(override_forecasts.c.day == day))
    if told:
        connection.execute(insert(override_forecasts), [asdict(one) for one in told])


def _one(connection: Connection, number: int) -> Override:
    found = one_override(connection, number)
    assert found is not None
    return found


def _read(connection: Connection, query: Select[Any]) -> Iterable[Override]:
    return (_override(row) for row in connection.execute(query))


def _override(row: Row[Any]) -> Override:
    values = dict(row._mapping)
    units = values.pop("model_units")
    return Override(**values, model_units=None if units is None else units / 1000)
