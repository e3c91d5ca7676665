"""What win-back brought against the customers who were left alone, as the newest recall run measured it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from include.calendar.business_days import day_after
from include.customers.profile import BEFORE
from include.customers.recall.lift import NOT_ENOUGH, control_needed
from include.customers.recall.win_back_review import ALL, CHANNEL, LIST, MONTH, OFFER
from include.settings.people.customers import Customers
from include.warehouse.tables import lifecycle_moves, recall_arms, win_back

LISTS_SHOWN, MONTHS_SHOWN = 10, 12
RECENT_DAYS = 28  # of lists by which it is told what an effect of the expected size takes


@dataclass(frozen=True)
class Compared:
    """One comparison of two arms. called: of what. row: columns of `win_back`."""

    called: str
    row: Row[Any]

    @property
    def listed_share(self) -> float | None:
        return self.row.listed_returned / self.row.listed if self.row.listed else None

    @property
    def control_share(self) -> float | None:
        return self.row.control_returned / self.row.control if self.row.control else None

    @property
    def is_known(self) -> bool:
        return bool(self.row.verdict != NOT_ENOUGH)

    @property
    def is_money_known(self) -> bool:
        return self.row.net_verdict not in (None, NOT_ENOUGH)


@dataclass(frozen=True)
class Trial:
    """An experiment of the settings. by_margin: it is judged by the margin, else by who returns. first: the arm that
    the others are held against."""

    name: str
    first: str
    by_margin: bool
    first_day: date
    last_day: date
    arms: Sequence[Compared]


@dataclass(frozen=True)
class Waiting:
    """Customers on lists whose days of holdout are not over. first_result: the day on which the first of them are.

    needed: customers left alone by which a rise as large as the lists expect is proven in four cases of five; base and
    rise: the chance to return without contact and what the lists expect of it. None while no list told them.
    """

    listed: int
    control: int
    first_result: str | None
    needed: int | None
    base: float | None
    rise: float | None


@dataclass(frozen=True)
class Move:
    """Customers who went from one stage of their life to another ('' for nobody's customer yet), on the newest day and
    in the last RECENT_DAYS."""

    from_stage: str
    to_stage: str
    today: int
    lately: int


@dataclass(frozen=True)
class LiftFigures:
    """as_of: the day of the newest review; None before the first recall list. moves: the most frequent first."""

    as_of: str | None
    everything: Compared | None
    channels: Sequence[Compared]
    offers: Sequence[Compared]
    months: Sequence[Compared]
    lists: Sequence[Compared]
    trials: Sequence[Trial]
    waiting: Waiting
    moves: Sequence[Move]


def lift_figures(connection: Connection, rules: Customers, language: str, no_offer: str) -> LiftFigures:
    """no_offer: what making no offer is called."""
    w = win_back.c
    as_of = connection.scalar(select(func.max(w.day)))
    rows = list(connection.execute(select(win_back).where(w.day == as_of).order_by(w.part, w.value)))
    everything = next((Compared("", row) for row in rows if row.part == ALL), None)
    channels = {one.name: one.called(language) for one in rules.channels_of_contact}
    offers = {one.name: one.called(language) for one in rules.offers} | {"none": no_offer}
    trials = [
        Trial(
            one.name,
            next(iter(one.arms)),
            one.metric == "margin",
            one.first_day,
            one.last_day,
            [Compared(row.value, row) for row in rows if row.part == one.name],
        )
        for one in rules.experiments
    ]
    return LiftFigures(
        as_of=as_of,
        everything=everything,
        channels=[Compared(channels.get(row.value, row.value), row) for row in rows if row.part == CHANNEL],
        offers=[Compared(offers.get(row.value, row.value), row) for row in rows if row.part == OFFER],
        months=_newest_of_each(connection, MONTH, MONTHS_SHOWN),
        lists=_newest_of_each(connection, LIST, LISTS_SHOWN),
        trials=trials,
        waiting=_waiting(connection, rules, everything),
        moves=_moves(connection, as_of),
    )


def _moves(connection: Connection, as_of: str | None) -> list[Move]:
    m = lifecycle_moves.c
    if as_of is None:
        return []
    lately = func.sum(m.customers).label("lately")
    of_day = func.coalesce(func.sum(m.customers).filter(m.day == as_of), 0).label("today")
    query = select(m.from_stage, m.to_stage, of_day, lately).where(
        m.day > day_after(as_of, -RECENT_DAYS), m.day <= as_of
    )
    rows = connection.execute(
        query.group_by(m.from_stage, m.to_stage).order_by(lately.desc(), m.from_stage, m.to_stage)
    )
    return [
        Move("" if row.from_stage == BEFORE else row.from_stage, row.to_stage, int(row.today), int(row.lately))
        for row in rows
    ]


def _newest_of_each(connection: Connection, part: str, most: int) -> list[Compared]:
    """The last that was said of each list or month, the newest list or month first."""
    w = win_back.c
    newest = select(w.value, func.max(w.day).label("day")).where(w.part == part).group_by(w.value)
    last = newest.order_by(w.value.desc()).limit(most).subquery()
    query = select(win_back).join(last, (last.c.value == w.value) & (last.c.day == w.day)).where(w.part == part)
    return [Compared(row.value, row) for row in connection.execute(query.order_by(w.value.desc()))]


def _waiting(connection: Connection, rules: Customers, everything: Compared | None) -> Waiting:
    r = recall_arms.c
    counts = select(r.arm, func.count(r.customer.distinct()).label("customers")).group_by(r.arm)
    named = {row.arm: row.customers for row in connection.execute(counts)}
    measured = (everything.row.listed, everything.row.control) if everything else (0, 0)
    first, last = connection.execute(select(func.min(r.day), func.max(r.day))).one()
    base: float | None = None
    rise: float | None = None
    if last is not None:
        recent = r.day > day_after(last, -RECENT_DAYS)
        base, rise = connection.execute(select(1 - func.avg(r.p_churn), func.avg(r.rise)).where(recent)).one()
    needed = None
    if base is not None and rise is not None and rise > 0:
        needed = control_needed(float(base), float(rise), rules.control_share)
    return Waiting(
        listed=max(named.get("listed", 0) - measured[0], 0),
        control=max(named.get("control", 0) - measured[1], 0),
        first_result=None if first is None or any(measured) else day_after(first, rules.holdout_days),
        needed=needed,
        base=base,
        rise=rise,
    )
