"""How a person wants to see the desk."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from include.desk.page import LANGUAGE_COOKIE, Needs, Page, Text
from include.desk.preferences import GUIDE, prefer
from include.words.texts import LANGUAGES

router = APIRouter()
Seeing = Annotated[Page, Depends(Needs("see", "see_customers"))]
A_YEAR = 365 * 24 * 3600


@router.post("/language")
def choose_language(page: Seeing, language: Text = "", back: Text = "") -> Response:
    """Show the desk in this language from now on."""
    answer = RedirectResponse(_own_path(back, page), 303)
    if language in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE, language, max_age=A_YEAR, path=page.root or "/", samesite="lax", httponly=False
        )
    return answer


@router.post("/guide")
def close_guide(page: Seeing, open_again: Text = "") -> Response:
    """Hide the first steps, or show them again."""
    with page.workspace.books.begin() as connection:
        prefer(connection, page.person.name, GUIDE, None if open_again else "read")
    return RedirectResponse(f"{page.root}/", 303)


def _own_path(back: str, page: Page) -> str:
    """A path of the desk; anything else is its first page."""
    said = urlsplit(back)
    is_own = not said.scheme and not said.netloc and said.path.startswith(f"{page.root}/") and "\\" not in back
    return back if is_own and not said.path.startswith("//") else f"{page.root}/"
