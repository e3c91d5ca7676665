"""Leaks of a shop's funnel: a step that lets fewer through than it did, beyond what chance and its own days explain.

The last two days together are held against the four weeks before, sales aside. A step's number is taken as binomial
with the scatter of its own days (overdispersion by Pearson's chi-square over its days, McCullagh and Nelder 1989, 4.5).
Small numbers say nothing: a step of which few were expected is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Literal

from include.calendar.events import Own, event_days

Step = Literal["visit", "cart", "buy"]
STEPS: Mapping[Step, tuple[str, str]] = {
    "visit": ("visitors", "impressions"),
    "cart": ("carts", "visitors"),
    "buy": ("buyers", "visitors"),
}
"""Step -> who came through it, of whom."""
JUDGED_DAYS = 2  # one day alone may be a report that came half; two that agree are none
BASE_DAYS = 28
MIN_BASE_DAYS = 14
# At three and a half standard deviations a shop with three steps is wrongly warned of once in years, if its days are as
# they seem; and a step that still lets six of seven through costs less than the search for the leak.
LIMIT = 3.5
MIN_FALL = 0.15
MIN_EXPECTED = 20  # below it the normal approximation is no good, and so would be the warning


@dataclass(frozen=True)
class DayOfFunnel:
    """What the platform's report of the whole shop says of a day; None: it does not say."""

    impressions: int | None
    visitors: int | None
    carts: int | None
    buyers: int | None


@dataclass(frozen=True)
class Leak:
    """rate: of the last days; usual: of the weeks before. missing: how many fewer came through than usual."""

    step: Step
    rate: float
    usual: float
    expected: float
    came: int
    deviations: float

    @property
    def missing(self) -> float:
        return self.expected - self.came


def leaks(days: Mapping[date, DayOfFunnel], as_of: date, own: Own = None) -> list[Leak]:
    """The steps that leak as of the close of `as_of`, the worst first. Days around a sale are neither judged nor a
    measure: everything converts otherwise then."""
    first = as_of - timedelta(days=JUDGED_DAYS - 1)
    begin = first - timedelta(days=BASE_DAYS)
    unusual = event_days(begin, as_of, own)
    judged = [first + timedelta(days=number) for number in range(JUDGED_DAYS)]
    if any(day.isoformat() in unusual for day in judged):
        return []
    base = [day for number in range(BASE_DAYS) if (day := begin + timedelta(days=number)).isoformat() not in unusual]
    found = [leak for step in STEPS if (leak := _leak(step, days, judged, base)) is not None]
    return sorted(found, key=lambda one: one.deviations)


def _leak(step: Step, days: Mapping[date, DayOfFunnel], judged: Sequence[date], base: Sequence[date]) -> Leak | None:
    now, before = _counts(step, days, judged), _counts(step, days, base)
    if len(now) < len(judged) or len(before) < MIN_BASE_DAYS:
        return None
    through, whole = (sum(one[at] for one in before) for at in (0, 1))
    usual = through / whole
    if not 0 < usual < 1:
        return None
    chi = sum((came - usual * of) ** 2 / (usual * (1 - usual) * of) for came, of in before)
    scatter = max(1.0, chi / (len(before) - 1))
    came, of = (sum(one[at] for one in now) for at in (0, 1))
    expected = usual * of
    if expected < MIN_EXPECTED:
        return None
    # The usual rate itself is known from so many only: its own error is added.
    deviations = (came - expected) / sqrt(scatter * expected * (1 - usual) * (1 + of / whole))
    if deviations > -LIMIT or came > (1 - MIN_FALL) * expected:
        return None
    return Leak(step, came / of, usual, expected, came, deviations)


def _counts(step: Step, days: Mapping[date, DayOfFunnel], chosen: Sequence[date]) -> list[tuple[int, int]]:
    """(came through, of whom) of the days that tell both, and on which anybody could."""
    part, whole = STEPS[step]
    told = [days[day] for day in chosen if day in days]
    pairs = [(getattr(one, part), getattr(one, whole)) for one in told]
    return [(came, of) for came, of in pairs if came is not None and of]
