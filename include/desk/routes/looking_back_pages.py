"""Looking back: forecasts against sales, plans against what was done, the stock's health, what judgement was worth."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from include.desk.chrome import chrome_of
from include.desk.looking.charts import CHARTS, chart
from include.desk.looking.figure_tables import PARTS, FigureTable, as_csv, formatted
from include.desk.looking.figures import figures, stored_day
from include.desk.page import Needs, Page
from include.replenishment.looking_back.day_figures import WEEKS

router = APIRouter(prefix="/looking-back")
Seeing = Annotated[Page, Depends(Needs("see"))]


@router.get("")
def show_looking_back(page: Seeing, weeks: str = "") -> Response:
    """All tables of the last 4 or 13 weeks."""
    chosen = _weeks(weeks)
    with page.workspace.books.connect() as connection:
        values: dict[str, Any] = {
            "chrome": chrome_of(connection, page),
            "day": stored_day(connection),
            "tables": [figures(connection, page, part, chosen) for part in PARTS],
        }
    charts = {part: [one for one, of in CHARTS.items() if of == part] for part in PARTS}
    return page.render(
        "looking_back.html.j2",
        weeks=chosen,
        choices=WEEKS,
        charts=charts,
        shown=lambda value, unit: formatted(value, unit, page),
        **values,
    )


@router.get("/picture/{chart_name}")
def show_chart(chart_name: str, page: Seeing, weeks: str = "") -> Response:
    """A chart as Vega-Lite."""
    table = _table(page, CHARTS.get(chart_name, ""), weeks)
    return JSONResponse(chart(chart_name, table, page))


@router.get("/file/{part}")
def table_file(part: str, page: Seeing, weeks: str = "") -> Response:
    """A table as CSV."""
    table = _table(page, part, weeks)
    name = f"{page.text(f'looking.file.{table.part}')}_{table.as_of}_{_weeks(weeks)}w.csv"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(as_csv(table, page), media_type="text/csv; charset=utf-8", headers=headers)


def _table(page: Page, part: str, weeks: str) -> FigureTable:
    """Raises 404 if there is no such table, or nothing in it."""
    known = next((one for one in PARTS if one == part), None)
    table = None
    if known is not None:
        with page.workspace.books.connect() as connection:
            table = figures(connection, page, known, _weeks(weeks))
    if table is None or not table.rows:
        raise page.no_such_page()
    return table


def _weeks(said: str) -> int:
    return next((one for one in WEEKS if str(one) == said), WEEKS[0])
