"""What is to be paid by day: stated targets split by the calendar and the year before's sales, exact to the micro.

The shortest stated period counts for its days; what a longer one has beyond its stated parts is split over its other
days. A shop without a target of its own has its part, by the same days of the year before, of what the others leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from include.calendar.events import Own
from include.kpi.landing import Landing, Paid, landing, shape_of
from include.kpi.review_periods import Period, parse_period, period_of

TargetKind = Literal["year", "quarter", "month", "week"]
TARGET_KINDS: tuple[TargetKind, ...] = ("year", "quarter", "month", "week")
Plan = dict[date, int]
"""Day -> micros; a day without a target is not there."""


def stated_period(name: str) -> Period:
    """Of 2026, 2026-Q4 or 2026-11."""
    kinds = {4: "year", 7: "quarter" if "Q" in name else "month"}
    return parse_period(kinds[len(name)], name)  # type: ignore[arg-type]


def daily_plan(stated: Mapping[str, int], weights: Mapping[date, float]) -> Plan:
    """stated: period's name -> micros. weights: day -> its weight; a day without one counts as an average day, and all
    alike if none has one."""
    plan: Plan = {}
    for name, amount in sorted(stated.items(), key=lambda one: (_length(one[0]), one[0])):
        period = stated_period(name)
        days = _days(period.first, period.last)
        free = [day for day in days if day not in plan]
        plan |= split(amount - sum(plan[day] for day in days if day in plan), free, weights)
    return plan


def split(amount: int, days: Sequence[date], weights: Mapping[date, float]) -> Plan:
    """The amount over the days by weight; the parts add up to it."""
    known = [weights[day] for day in days if day in weights]
    usual = sum(known) / len(known) if sum(known) else 1.0
    own = [weights.get(day, usual) if sum(known) else 1.0 for day in days]
    total, so_far, given = sum(own), 0.0, 0
    plan: Plan = {}
    for day, weight in zip(days, own, strict=True):
        so_far += weight
        upto = round(amount * (so_far / total)) if day != days[-1] else amount
        plan[day], given = upto - given, upto
    return plan


def plans(
    stated: Mapping[str, int],
    of_shops: Mapping[str, Mapping[str, int]],
    paid: Mapping[str, Paid],
    own: Own = None,
) -> dict[str, Plan]:
    """Shop -> its plan, of all shops of `paid`. of_shops: shop -> period's name -> micros, of those that state one."""
    years = sorted({name[:4] for amounts in (stated, *of_shops.values()) for name in amounts})
    if not years:
        return {shop: {} for shop in paid}
    days = _days(date(int(years[0]), 1, 1), date(int(years[-1]), 12, 31))
    shapes = {shop: shape_of(days, told, own) for shop, told in paid.items()}
    alone = {shop: daily_plan(amounts, shapes.get(shop, {})) for shop, amounts in of_shops.items()}
    whole = daily_plan(stated, _together(days, shapes))
    found = {shop: dict(alone.get(shop, {})) for shop in paid}
    for day, amount in whole.items():
        left = max(0, amount - sum(plan.get(day, 0) for plan in alone.values()))
        rest = [shop for shop in sorted(paid) if day not in alone.get(shop, {})]
        known = {shop: shapes[shop][day] for shop in rest if shapes[shop].get(day)}
        weights = known or dict.fromkeys(rest, 1.0)  # nobody sold on that day: alike
        total, so_far, given = sum(weights.values()), 0.0, 0
        for number, (shop, weight) in enumerate(weights.items(), start=1):
            so_far += weight
            upto = left if number == len(weights) else round(left * (so_far / total))
            found[shop][day], given = upto - given, upto
        for shop in rest:
            found[shop].setdefault(day, 0)
    return found


@dataclass(frozen=True)
class Standing:
    """Where a period stands against its target, in micros. planned: of the target, up to the close. run_rate: what the
    days so far come to over all days. usual: paid a day in the last four weeks; needed: a day from now on, for the
    target. verdict: whether the interval of the landing lies below the target, above it, or holds it; unknown: no
    landing can be told."""

    period: Period
    target: int
    planned: int
    landing: Landing | None
    run_rate: int | None
    usual: int | None
    needed: int | None
    verdict: Literal["below", "above", "open", "unknown"]

    @property
    def gap(self) -> int | None:
        """What the expected landing lacks; below zero: it has more."""
        return None if self.landing is None else self.target - self.landing.expected

    @property
    def lift(self) -> float | None:
        """By how much the days to come must beat what is expected of them."""
        if self.landing is None or not self.landing.rest:
            return None
        return (self.target - self.landing.done) / self.landing.rest - 1


def standing(kind: TargetKind, plan: Plan, paid: Paid, as_of: date, own: Own = None) -> Standing | None:
    """Of the period of `kind` that `as_of` lies in. None: it has no target on one of its days."""
    period = period_of(kind, as_of)
    days = _days(period.first, period.last)
    if any(day not in plan for day in days):
        return None
    target = sum(plan[day] for day in days)
    past = [day for day in days if day <= as_of]
    planned = sum(plan[day] for day in past)
    told = landing(paid, period.first, period.last, as_of, own)
    left = len(days) - len(past)
    last_weeks = [paid[day] for day in _days(as_of - timedelta(days=27), as_of) if day in paid]
    usual = round(sum(last_weeks) / len(last_weeks)) if last_weeks else None
    if told is None:
        return Standing(period, target, planned, None, None, usual, None, "unknown")
    low, high = told.interval
    verdict: Literal["below", "above", "open"] = "below" if high < target else "above" if low > target else "open"
    needed = round((target - told.done) / left) if left and target > told.done else None
    return Standing(period, target, planned, told, round(told.done / len(past) * len(days)), usual, needed, verdict)


def _together(days: Sequence[date], shapes: Mapping[str, Mapping[date, float]]) -> dict[date, float]:
    return {
        day: sum(own[day] for own in shapes.values() if day in own)
        for day in days
        if any(day in own for own in shapes.values())
    }


def _length(name: str) -> int:
    return (stated_period(name).last - stated_period(name).first).days


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
