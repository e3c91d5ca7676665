"""What a person may review: the period asked for, and its sums of the shops and categories that are theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import Connection, select

from include.calendar.business_days import parse_day
from include.desk.looking.figures import MAX_REMEMBERED, REMEMBERED_SECONDS
from include.desk.page import Page
from include.kpi.decomposition import change_of_paid
from include.kpi.kpi_figures import Sums
from include.kpi.kpi_sums import KpiSums, paid_by_shop, read_sums
from include.kpi.review_periods import KINDS, Compared, Kind, Period, Span, compared, parse_period, period_of
from include.warehouse.tables import closes

# As many periods as a menu offers: a month of days, half a year of weeks, two years of months, three of quarters.
OFFERED: dict[Kind, int] = {"day": 31, "week": 26, "month": 24, "quarter": 12}


@dataclass(frozen=True)
class Reviewed:
    """categories: those that a person sees; None: all."""

    day: str
    period: Period
    compared: Compared
    sums: KpiSums
    categories: Sequence[str] | None

    @property
    def shops(self) -> list[str]:
        return sorted(self.sums.begins)

    def sums_of(self, span: str) -> Sums:
        return self.sums.of(span, self.shops, self.categories)

    def change_of(self, span: str, shops: Sequence[str]) -> dict[str, int] | None:
        """Why what these shops were paid is more or less than in another span, by term, in micros; None: not known."""
        sums, terms = self.sums, Counter[str]()
        for shop in shops:
            now, then = (sums.shops.get((name, shop)) for name in ("now", span))
            skus, before = (sums.skus.get((name, shop), {}) for name in ("now", span))
            one = change_of_paid(now, then, skus, before) if now and then else None
            if one is None:
                return None
            terms.update(one)
        return dict(terms)

    @property
    def first_day(self) -> str:
        """Of the sales that the books know of these shops."""
        return min(self.sums.begins.values())

    @property
    def offered(self) -> list[Period]:
        """The periods to choose from, newest first; the one that is shown is among them."""
        one = period_of(self.period.kind, parse_day(self.day))
        found: list[Period] = []
        while len(found) < OFFERED[self.period.kind] and one.last.isoformat() >= self.first_day:
            found.append(one)
            one = one.before
        return found if self.period in found else [*found, self.period]


def newest_close_of(connection: Connection) -> tuple[str, int] | None:
    """Day and revision."""
    c = closes.c
    row = connection.execute(select(c.day, c.revision).order_by(c.day.desc(), c.revision.desc()).limit(1)).first()
    return (str(row.day), int(row.revision)) if row else None


def may_review(page: Page) -> bool:
    """A figure of the business is not told by warehouse: whoever sees some warehouses sees none, rather than all."""
    return not page.person.scope.warehouses


def reviewed(connection: Connection, page: Page, kind: str, period: str) -> Reviewed | None:
    """The sums of a period, as of the newest close; of the newest period if nobody says, or none begins by then.

    None: there is no close yet, no sales, or nothing that the person may see."""
    close = newest_close_of(connection)
    if close is None or not may_review(page):
        return None
    day, scope = close[0], page.person.scope
    asked = _period(kind, period, day)
    against, shops = compared(asked, day), sorted(scope.shops) or None
    key = ("review", *close, asked, tuple(shops or ()))
    made, sums = page.remembered.get(key, (0.0, None))
    if sums is None or monotonic() - made > REMEMBERED_SECONDS:
        sums = read_sums(connection, day, shops, against.spans)
        if len(page.remembered) >= MAX_REMEMBERED:
            page.remembered.clear()
        page.remembered[key] = monotonic(), sums
    return Reviewed(day, asked, against, sums, sorted(scope.categories) or None) if sums.begins else None


def paid_over_time(connection: Connection, page: Page, spans: Sequence[Span], day: str) -> dict[tuple[str, str], int]:
    """(first day of the span, shop) -> micros paid, of what the person sees."""
    scope = page.person.scope
    by_first = {one.first: one for one in spans}
    return paid_by_shop(connection, day, scope.shops or None, by_first, scope.categories or None)


def _period(kind: str, period: str, day: str) -> Period:
    known: Kind = next((one for one in KINDS if one == kind), "month")
    newest = period_of(known, parse_day(day))
    try:
        asked = parse_period(known, period)
        is_readable = asked.first <= newest.first and asked.first.year > 1  # its year before is a year, too
    except (ValueError, OverflowError):
        return newest
    return asked if is_readable else newest
