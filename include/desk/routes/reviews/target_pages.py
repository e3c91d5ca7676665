"""Targets (目标): where the running year, quarter, month and week stand, and where they will land."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import JSONResponse, Response

from include.desk.chrome import chrome_of
from include.desk.page import Needs, Page
from include.desk.reviewing.review_sums import may_review
from include.desk.reviewing.review_tables import cell_text, review_csv, shop_name
from include.desk.reviewing.target_sums import Targeted, has_targets, targeted
from include.desk.reviewing.target_tables import day_table, target_chart, target_table, warnings
from include.kpi.targets import Standing

router = APIRouter(prefix="/review/targets")
Seeing = Annotated[Page, Depends(Needs("see"))]


@router.get("")
def show_targets(page: Seeing, shop: str = "", kind: str = "month") -> Response:
    """Each running period against its target, of all shops or one."""
    with page.workspace.books.connect() as connection:
        found = targeted(connection, page)
        chrome = chrome_of(connection, page)
    is_seen = may_review(page) and not page.person.scope.categories
    chosen = "" if found is None or shop not in found.standings else shop
    one = None if found is None else _standing(found, chosen, kind)
    return page.render(
        "targets.html.j2",
        found=found,
        nothing="yet" if is_seen and has_targets(page) else "stated" if is_seen else "part",
        shop=chosen,
        shops=[] if found is None else [(name, shop_name(page, name)) for name in found.standings if name],
        table=None if found is None else target_table(page, found, chosen),
        warnings=[] if found is None else warnings(page, found),
        one=one,
        days=None if found is None or one is None else day_table(page, found, chosen, one),
        told=lambda cell: cell_text(cell, page),
        chrome=chrome,
    )


@router.get("/picture/{kind}")
def show_target_chart(kind: str, page: Seeing, shop: str = "") -> Response:
    """What was paid so far, the plan and the landing, as Vega-Lite."""
    found, one = _asked(page, shop, kind)
    return JSONResponse(target_chart(page, found, shop, one))


@router.get("/file/{part}")
def target_file(part: str, page: Seeing, shop: str = "", kind: str = "month") -> Response:
    """A table as CSV: `targets`, or the `days` of a period."""
    found, one = _asked(page, shop, kind)
    if part not in ("targets", "days"):
        raise _no_such_page(page)
    table = target_table(page, found, shop) if part == "targets" else day_table(page, found, shop, one)
    whose = shop_name(page, shop) if shop else page.text("target.all")
    name = f"{page.text('target.page')}_{whose}_{found.day if part == 'targets' else one.period.name}.csv"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(review_csv(table, page), media_type="text/csv; charset=utf-8", headers=headers)


def _asked(page: Page, shop: str, kind: str) -> tuple[Targeted, Standing]:
    with page.workspace.books.connect() as connection:
        found = targeted(connection, page)
    one = None if found is None or shop not in found.standings else _standing(found, shop, kind)
    if found is None or one is None:
        raise _no_such_page(page)
    return found, one


def _standing(found: Targeted, shop: str, kind: str) -> Standing | None:
    """That of the kind; else the shortest that has a target."""
    standings = found.standings[shop]
    return next((one for one in standings if one.period.kind == kind), standings[-1] if standings else None)


def _no_such_page(page: Page) -> HTTPException:
    return HTTPException(404, page.text("desk.error.no_such_page"))
