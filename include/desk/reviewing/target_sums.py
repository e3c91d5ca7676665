"""Where targets stand, of the shops that a person sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from time import monotonic

from sqlalchemy import Connection

from include.calendar.business_days import parse_day
from include.calendar.events import Own
from include.desk.looking.figures import MAX_REMEMBERED, REMEMBERED_SECONDS
from include.desk.page import Page
from include.desk.reviewing.review_sums import may_review, newest_close_of
from include.kpi.kpi_sums import paid_by_day
from include.kpi.landing import Paid
from include.kpi.targets import TARGET_KINDS, Plan, Standing, plans, standing
from include.settings.reviewing.targets import Amounts
from include.tasks.sheets.cells import MICROS

# Two years and the weeks around them: what a year's target is split by, and what its landing is held against.
YEARS_BACK = timedelta(days=2 * 366 + 60)


@dataclass(frozen=True)
class Targeted:
    """Of the shops that a person sees, all together and each: paid, plan and standings by shop; '' is all of them."""

    day: str
    paid: Mapping[str, Paid]
    plans: Mapping[str, Plan]
    standings: Mapping[str, Sequence[Standing]]


def has_targets(page: Page) -> bool:
    said = page.workspace.merchant.targets
    return bool(said.paid or said.shops)


def targeted(connection: Connection, page: Page) -> Targeted | None:
    """As of the newest close. None: no target, no close, or nothing that the person may see."""
    close = newest_close_of(connection)
    if close is None or not has_targets(page) or not may_review(page) or page.person.scope.categories:
        return None
    key = ("targets", *close)
    made, kept = page.remembered.get(key, (0.0, None))
    if kept is None or monotonic() - made > REMEMBERED_SECONDS:
        kept = _all_shops(connection, page, close[0])
        if len(page.remembered) >= MAX_REMEMBERED:
            page.remembered.clear()
        page.remembered[key] = monotonic(), kept
    paid, planned = kept
    mine = [shop for shop in sorted(paid) if not page.person.scope.shops or shop in page.person.scope.shops]
    if not mine:
        return None
    paid = {"": _paid_by_all([paid[shop] for shop in mine]), **{shop: paid[shop] for shop in mine}}
    planned = {"": _plan_of_all([planned[shop] for shop in mine]), **{shop: planned[shop] for shop in mine}}
    own, as_of = page.workspace.calendar, parse_day(close[0])
    return Targeted(close[0], paid, planned, {shop: _standings(planned[shop], paid[shop], as_of, own) for shop in paid})


def _all_shops(connection: Connection, page: Page, day: str) -> tuple[dict[str, Paid], dict[str, Plan]]:
    said, first = page.workspace.merchant.targets, (parse_day(day) - YEARS_BACK).isoformat()
    paid: dict[str, Paid] = {
        shop: {parse_day(one): micros for one, micros in told.items()}
        for shop, told in paid_by_day(connection, day, None, first).items()
    }
    own = page.workspace.calendar
    return paid, plans(_micros(said.paid), {shop: _micros(one) for shop, one in said.shops.items()}, paid, own)


def _standings(plan: Plan, paid: Paid, as_of: date, own: Own) -> list[Standing]:
    told = [standing(kind, plan, paid, as_of, own) for kind in TARGET_KINDS]
    return [one for one in told if one is not None]


def _paid_by_all(parts: Sequence[Paid]) -> dict[date, int]:
    """The days that every shop knows; one that began later sold nothing before."""
    begun = [(min(part), part) for part in parts if part]
    return {
        day: sum(part.get(day, 0) for _, part in begun)
        for day in sorted({day for _, part in begun for day in part})
        if all(day in part or day < begin for begin, part in begun)
    }


def _plan_of_all(parts: Sequence[Plan]) -> Plan:
    """The days on which every shop has a target."""
    return {day: sum(part[day] for part in parts) for day in parts[0] if all(day in part for part in parts)}


def _micros(amounts: Amounts) -> dict[str, int]:
    return {name: int(amount * MICROS) for name, amount in amounts.items()}
