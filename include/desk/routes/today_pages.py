"""The page that a person opens at 08:00."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, PlainTextResponse, Response

from include.desk.assets import TYPES, assets
from include.desk.chrome import chrome_of
from include.desk.page import Needs, Page
from include.desk.preferences import GUIDE
from include.desk.state_of_day import state_of_shop_day, today_of

router = APIRouter()
FOR_EVER = "private, max-age=31536000, immutable"


@router.get("/")
def today(page: Annotated[Page, Depends(Needs("see"))]) -> Response:
    with page.workspace.books.connect() as connection:
        chrome = chrome_of(connection, page)
        return page.render(
            "today.html.j2",
            is_new=GUIDE not in page.preferences,
            chrome=chrome,
            today=today_of(connection, page, chrome.counts),
        )


@router.get("/shops/{shop}/{day}")
def shop_day(shop: str, day: str, page: Annotated[Page, Depends(Needs("see"))]) -> Response:
    """What a shop delivered for a day, and what became of its rows."""
    with page.workspace.books.connect() as connection:
        found = state_of_shop_day(connection, page.workspace, page.person, shop, day)
        if found is None:
            return PlainTextResponse(page.text("desk.error.no_such_page"), 404)
        return page.render("shop_day.html.j2", chrome=chrome_of(connection, page), found=found)


@router.get("/static/{name:path}")
def static(name: str, page: Annotated[Page, Depends(Needs("see"))]) -> Response:
    if name not in assets():
        return PlainTextResponse(page.text("desk.error.no_such_page"), 404)
    file, _ = assets()[name]
    return FileResponse(file, media_type=TYPES[file.suffix], headers={"Cache-Control": FOR_EVER})
