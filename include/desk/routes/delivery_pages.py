"""The deliveries: how they stand, sent again or given up by hand."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import RedirectResponse, Response

from include.desk.chrome import chrome_of
from include.desk.page import Needs, Page, Text
from include.tasks.channels.deliveries import newest_deliveries
from include.tasks.channels.outbox import settle

router = APIRouter(prefix="/deliveries")
Operating = Annotated[Page, Depends(Needs("operate"))]
MAX_SHOWN = 100  # the newest
STATES = ("unknown", "dead", "failed", "held", "pending", "sending", "sent", "superseded")


@router.get("")
def show_deliveries(page: Operating, state: str = "") -> Response:
    return _page(page, state if state in STATES else "")


@router.post("/{delivery}/again")
def send_again(delivery: str, page: Operating, seen: Text = "", confirm: Text = "") -> Response:
    """Back into the outbox. What the receiver may have already is sent again only if the person says so."""
    if seen == "unknown" and confirm != "1":
        raise HTTPException(409, page.text("delivery.may_have_it"))
    return _settled(page, delivery, "pending", seen)


@router.post("/{delivery}/arrived")
def has_arrived(delivery: str, page: Operating, seen: Text = "") -> Response:
    return _settled(page, delivery, "sent", seen)


@router.post("/{delivery}/give-up")
def give_up(delivery: str, page: Operating, seen: Text = "") -> Response:
    return _settled(page, delivery, "failed", seen)


def _settled(page: Page, delivery: str, state: Literal["pending", "sent", "failed"], seen: str) -> Response:
    """The page again, or why it could not be: somebody else may have been faster."""
    with page.refusing(409), page.workspace.books.begin() as connection:
        settle(connection, delivery, state, page.person.name, page.now, seen=seen or "none")
    return RedirectResponse(f"{page.root}/deliveries", 303)


def _page(page: Page, state: str) -> Response:
    with page.workspace.books.connect() as connection:
        return page.render(
            "deliveries.html.j2",
            chrome=chrome_of(connection, page),
            deliveries=newest_deliveries(connection, MAX_SHOWN, state),
            state=state,
            states=STATES,
        )
