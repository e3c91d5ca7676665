"""Days, weeks (ISO), months and quarters, and what each is held against: the one before and the same a year before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from include.calendar.business_days import days_between, parse_day

Kind = Literal["day", "week", "month", "quarter", "year"]
KINDS: tuple[Kind, ...] = ("day", "week", "month", "quarter")  # that the review is told by
MONTHS_OF: dict[Kind, int] = {"month": 1, "quarter": 3, "year": 12}
_WRITTEN = {"week": re.compile(r"(\d{4})-W(\d{2})"), "month": re.compile(r"(\d{4})-(\d{2})"),
            "quarter": re.compile(r"(\d{4})-Q([1-4])"), "year": re.compile(r"(\d{4})()")}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """Business days from first to last, both of them in it."""

    first: str
    last: str

    @property
    def days(self) -> list[str]:
        return days_between(self.first, self.last)


@dataclass(frozen=True)
class Period:
    """One whole day, week, month, quarter or year of the calendar."""

    kind: Kind
    first: date
    last: date

    @property
    def name(self) -> str:
        """2025-11-11, 2025-W46, 2025-11, 2025-Q4, 2025: what `parse_period` reads."""
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            return f"{year}-W{week:02}"
        if self.kind == "quarter":
            return f"{self.first.year}-Q{(self.first.month + 2) // 3}"
        if self.kind == "year":
            return f"{self.first.year}"
        return self.first.isoformat() if self.kind == "day" else f"{self.first:%Y-%m}"

    @property
    def before(self) -> Period:
        return period_of(self.kind, self.first - timedelta(days=1))

    @property
    def after(self) -> Period:
        return period_of(self.kind, self.last + timedelta(days=1))

    @property
    def year_before(self) -> Period:
        """The same a year before: 29 February is held against the 28th, a week 53 against the last week."""
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            weeks = date(year - 1, 12, 28).isocalendar().week  # 28 December lies in the last week of its year
            return period_of("week", date.fromisocalendar(year - 1, min(week, weeks), 1))
        is_leap_day = (self.first.month, self.first.day) == (2, 29)
        return period_of(
            self.kind, self.first.replace(year=self.first.year - 1, day=28 if is_leap_day else self.first.day)
        )


@dataclass(frozen=True)
class Compared:
    """The days of a period as far as they are closed, and as many days of the periods that it is held against."""

    now: Span
    before: Span
    year: Span
    is_running: bool

    @property
    def spans(self) -> dict[str, Span]:
        return {"now": self.now, "before": self.before, "year": self.year}


def period_of(kind: Kind, day: date) -> Period:
    """The period that the day lies in."""
    if kind == "day":
        return Period(kind, day, day)
    if kind == "week":
        first = day - timedelta(days=day.weekday())
        return Period(kind, first, first + timedelta(days=6))
    months = MONTHS_OF[kind]
    number = day.year * 12 + (day.month - 1) // months * months  # months since the year 0
    after = number + months
    first, end = (date(one // 12, one % 12 + 1, 1) for one in (number, after))
    return Period(kind, first, end - timedelta(days=1))


def parse_period(kind: Kind, text: str) -> Period:
    """What `Period.name` wrote. Raises ValueError for anything else."""
    if kind == "day":
        return period_of(kind, parse_day(text))
    found = _WRITTEN[kind].fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no {kind}")
    year, number = int(found[1]), int(found[2] or 1)
    if kind == "week":
        return period_of(kind, date.fromisocalendar(year, number, 1))
    return period_of(kind, date(year, number * MONTHS_OF[kind] - MONTHS_OF[kind] + 1, 1))


def compared(period: Period, as_of: str) -> Compared:
    """A period that is not over as of the newest close is held against as many days of the others.

    Raises ValueError if it begins after `as_of`."""
    closed = min(period.last, parse_day(as_of))
    if closed < period.first:
        raise ValueError(f"{period.name} begins after {as_of}")
    is_running, length = closed < period.last, closed - period.first

    def span(of: Period) -> Span:
        last = min(of.last, of.first + length) if is_running else of.last
        return Span(of.first.isoformat(), last.isoformat())

    return Compared(span(period), span(period.before), span(period.year_before), is_running)


def spans_up_to(as_of: str, number: int, days: int) -> list[Span]:
    """So many spans of so many days each, the last of which ends on `as_of`; the oldest first."""
    end = parse_day(as_of)
    lasts = [end - timedelta(days=days * back) for back in range(number - 1, -1, -1)]
    return [Span((last - timedelta(days=days - 1)).isoformat(), last.isoformat()) for last in lasts]
