"""Review (经营): the figures of a day, week, month or quarter against those before, and broken down."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import JSONResponse, Response

from include.desk.chrome import chrome_of
from include.desk.page import Needs, Page
from include.desk.reviewing.reason_tables import (
    change_table,
    channel_sentences,
    channel_table,
    leak_sentences,
    term_meanings,
)
from include.desk.reviewing.review_chart import CHARTS, change_chart, review_chart
from include.desk.reviewing.review_notes import notes_of
from include.desk.reviewing.review_sums import Reviewed, may_review, newest_close_of, paid_over_time, reviewed
from include.desk.reviewing.review_tables import (
    BYS,
    ReviewTable,
    breakdown,
    cell_text,
    figure_table,
    figures_of,
    meaning_of,
    review_csv,
)
from include.kpi.review_periods import KINDS, spans_up_to

router = APIRouter(prefix="/review")
Seeing = Annotated[Page, Depends(Needs("see"))]


@router.get("")
def show_review(page: Seeing, kind: str = "", period: str = "", by: str = "") -> Response:
    """All figures of a period, and one breakdown of them."""
    cut = _by(by)
    with page.workspace.books.connect() as connection:
        found = reviewed(connection, page, kind, period)
        values: dict[str, Any] = {"chrome": chrome_of(connection, page)}
        leaking = [] if found is None else leak_sentences(connection, page, found.day)
    if found is not None:
        why = change_table(page, found)
        values |= {
            "why": why,
            "drawn_why": found.change_of("before", found.shops) is not None,
            "terms": term_meanings(page, why) if why else {},
            "channels": channel_table(page, found),
            "losses": [*leaking, *channel_sentences(page, found)],
            "table": figure_table(page, found),
            "cut": breakdown(page, found, cut),
            "meanings": [meaning_of(page, one) for one in figures_of(found)],
            "notes": notes_of(page, found, cut),
            "chart": _chart_of(found),
        }
    return page.render(
        "review.html.j2",
        reviewed=found,
        nothing="yet" if may_review(page) else "by_warehouse",
        by=cut,
        bys=BYS,
        kinds_of_periods=KINDS,
        told=lambda cell: cell_text(cell, page),
        **values,
    )


@router.get("/picture/{chart_name}")
def show_review_chart(chart_name: str, page: Seeing) -> Response:
    """What was paid over time, as Vega-Lite."""
    if chart_name not in CHARTS or not may_review(page):
        raise _no_such_page(page)
    number, days = CHARTS[chart_name]
    with page.workspace.books.connect() as connection:
        close = newest_close_of(connection)
        paid = paid_over_time(connection, page, spans_up_to(close[0], number, days), close[0]) if close else {}
    if not paid:
        raise _no_such_page(page)
    return JSONResponse(review_chart(chart_name, paid, page))


@router.get("/picture/why/{kind}/{period}")
def show_change_chart(kind: str, period: str, page: Seeing) -> Response:
    """Why what was paid moved against the period before, as Vega-Lite."""
    with page.workspace.books.connect() as connection:
        found = reviewed(connection, page, kind, period)
    terms = None if found is None or found.categories is not None else found.change_of("before", found.shops)
    if terms is None:
        raise _no_such_page(page)
    return JSONResponse(change_chart(terms, page))


@router.get("/file/{part}")
def review_file(part: str, page: Seeing, kind: str = "", period: str = "") -> Response:
    """A table as CSV: `figures`, `why`, `channels`, or what it is broken down by."""
    with page.workspace.books.connect() as connection:
        found = reviewed(connection, page, kind, period)
    table = None if found is None else _table(page, found, part)
    if found is None or table is None:
        raise _no_such_page(page)
    name = f"{page.text('review.page')}_{page.text(f'review.file.{table.name}')}_{found.period.name}.csv"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(review_csv(table, page), media_type="text/csv; charset=utf-8", headers=headers)


def _table(page: Page, found: Reviewed, part: str) -> ReviewTable | None:
    if part == "figures":
        return figure_table(page, found)
    if part in ("why", "channels"):
        return change_table(page, found) if part == "why" else channel_table(page, found)
    return breakdown(page, found, _by(part)) if part in BYS else None


def _chart_of(found: Reviewed) -> str:
    """Weeks of long periods, as soon as the books know a whole one."""
    is_long = found.period.kind in ("month", "quarter")
    return "weeks" if is_long and found.first_day <= spans_up_to(found.day, *CHARTS["weeks"])[-1].first else "days"


def _by(said: str) -> Any:
    return next((one for one in BYS if one == said), BYS[0])


def _no_such_page(page: Page) -> HTTPException:
    return HTTPException(404, page.text("desk.error.no_such_page"))
