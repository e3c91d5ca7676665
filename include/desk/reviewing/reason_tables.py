"""Why what was paid moved, and what each advertising channel took and brought, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from include.calendar.business_days import parse_day
from include.desk.page import Page
from include.desk.reviewing.review_sums import Reviewed
from include.desk.reviewing.review_tables import Cell, Heading, ReviewTable, shop_name
from include.kpi.channels import Earned, earned_by
from include.kpi.decomposition import TERMS
from include.kpi.kpi_sums import funnel_days
from include.kpi.leaks import BASE_DAYS, JUDGED_DAYS, DayOfFunnel, leaks
from include.tasks.sheets.cells import MICROS

AGAINST = ("before", "year")


def change_table(page: Page, reviewed: Reviewed) -> ReviewTable | None:
    """Term by term, in money, against the period before and a year before; the last row is the whole change. None: it
    is not told by category, or against nothing that is known."""
    if reviewed.categories is not None:
        return None
    told = {name: reviewed.change_of(name, reviewed.shops) for name in AGAINST}
    if all(one is None for one in told.values()):
        return None
    headings = [
        Heading("term", page.text("review.why.term"), page.text("review.why.term.meaning"), is_number=False),
        *(Heading(name, page.text(f"review.why.{name}"), page.text(f"review.why.{name}.meaning")) for name in AGAINST),
    ]
    shown = [name for name in TERMS if any(one is not None and one[name] for one in told.values())]
    rows = [
        [Cell(page.text(f"review.term.{name}"), "text"), *(_moved(one[name] if one else None) for one in told.values())]
        for name in shown
    ]
    whole = [_moved(None if one is None else sum(one.values())) for one in told.values()]
    return ReviewTable("why", headings, [*rows, [Cell(page.text("review.why.whole"), "text"), *whole]], total=True)


def term_meanings(page: Page, table: ReviewTable) -> dict[str, str]:
    """What each of the table's terms is called -> what it means."""
    called = {page.text(f"review.term.{name}"): page.text(f"review.term.{name}.meaning") for name in TERMS}
    return {str(row[0].value): called[str(row[0].value)] for row in table.rows if str(row[0].value) in called}


CHANNEL_COLUMNS = (
    "impressions", "clicks", "spent", "attributed", "return", "needed", "left", "days",
)  # fmt: skip


def channel_table(page: Page, reviewed: Reviewed) -> ReviewTable | None:
    """Each shop's channels of advertising in the period, what loses most first. None: none is told, or the person sees
    some categories only."""
    earned = [] if reviewed.categories is not None else earned_by(reviewed.sums, "now", reviewed.shops)
    if not earned:
        return None
    headings = [
        Heading("channel", page.text("review.channel.channel"), page.text("review.channel.channel.meaning"), False),
        *(
            Heading(name, page.text(f"review.channel.{name}"), page.text(f"review.channel.{name}.meaning"))
            for name in CHANNEL_COLUMNS
        ),
    ]
    return ReviewTable("channels", headings, [_channel_row(page, one) for one in earned])


def channel_sentences(page: Page, reviewed: Reviewed) -> Sequence[str]:
    """Each channel that loses money, with its figures and what to do about it."""
    if reviewed.categories is not None:
        return []
    return [
        page.text(
            "review.channel.loses",
            channel=_called(page, one),
            spent=page.money(one.sums.spent, 2),
            brought=page.money(one.sums.paid or 0, 2),
            back=f"{one.back:.2f}",
            needed=f"{one.needed:.2f}",
            lost=page.money(-(one.left or 0), 2),
            days=one.sums.days,
        )
        for one in earned_by(reviewed.sums, "now", reviewed.shops)
        if one.loses and one.back is not None and one.needed is not None
    ]


def leak_sentences(connection: Connection, page: Page, day: str) -> list[str]:
    """Each step of a shop's funnel that leaks as of the close of `day`, with its figures and who is to know."""
    if page.person.scope.categories:
        return []
    end = parse_day(day)
    first = (end - timedelta(days=BASE_DAYS + JUDGED_DAYS - 1)).isoformat()
    owner = page.workspace.merchant.targets.owner or page.text("target.owner.nobody")
    told = []
    for shop, days in sorted(funnel_days(connection, day, page.person.scope.shops or None, first).items()):
        funnel = {
            parse_day(one): DayOfFunnel(impressions=shown, visitors=visitors, carts=carts, buyers=buyers)
            for one, (visitors, buyers, shown, carts) in days.items()
        }
        told += [
            page.text(
                f"review.leak.{leak.step}",
                shop=shop_name(page, shop),
                day=day,
                rate=f"{leak.rate:.2%}",
                usual=f"{leak.usual:.2%}",
                came=f"{leak.came:,}",
                expected=f"{leak.expected:,.0f}",
                owner=owner,
            )
            for leak in leaks(funnel, end, page.workspace.calendar)
        ]
    return told


def _channel_row(page: Page, one: Earned) -> list[Cell]:
    sums, left = one.sums, one.left
    return [
        Cell(_called(page, one), "text"),
        Cell(sums.impressions or None, "count"),
        Cell(sums.clicks or None, "count"),
        Cell(sums.spent, "money"),
        Cell(sums.paid, "money"),
        Cell(one.back, "ratio", "bad" if one.loses else ""),
        Cell(one.needed, "ratio"),
        Cell(left, "money", "" if left is None else "bad" if left < 0 else "good"),
        Cell(sums.days, "count"),
    ]


def _called(page: Page, one: Earned) -> str:
    return page.text("review.channel.of_shop", channel=one.channel, shop=shop_name(page, one.shop))


def _moved(micros: int | None) -> Cell:
    is_shown = micros is not None and abs(micros) >= MICROS // 2  # less is told as nothing, and has no colour
    return Cell(micros, "money", "" if micros is None or not is_shown else "good" if micros > 0 else "bad")
