"""Approvals: what waits for a second person, released or rejected."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from include.desk.chrome import chrome_of
from include.desk.page import Needs, Page, Text
from include.desk.views.approval_views import decided_rows, waiting_drafts, waiting_rows
from include.tasks.holds.approvals import HoldError, reject, release
from include.tasks.sheets.cells import MICROS
from include.tasks.task_tables import first_day_to_know

router = APIRouter(prefix="/approvals")
Approving = Annotated[Page, Depends(Needs("approve"))]


@router.get("")
def show_approvals(page: Approving) -> Response:
    with page.workspace.books.connect() as connection:
        return page.render(
            "approvals.html.j2",
            chrome=chrome_of(connection, page),
            holds=waiting_rows(connection, page.person, page.language),
            drafts=waiting_drafts(connection, page.person),
            limit_micros=int((page.workspace.merchant.desk.approve_above or 0) * MICROS),
            decided=decided_rows(connection, page.person, page.language),
        )


@router.post("/release")
def release_hold(page: Approving, kind: Text = "", day: Text = "", subject: Text = "", fingerprint: Text = "",
                 reason: Text = "") -> Response:  # fmt: skip
    """Let a held line be ordered, or a held list go out. kind, day, subject, fingerprint: of the hold that the page
    showed."""
    return _decided(page, (kind, day, subject, fingerprint), reason, release)


@router.post("/reject")
def reject_hold(page: Approving, kind: Text = "", day: Text = "", subject: Text = "", fingerprint: Text = "",
                reason: Text = "") -> Response:  # fmt: skip
    """Refuse a held line, or a held list, for a reason."""
    return _decided(page, (kind, day, subject, fingerprint), reason, reject)


def _decided(page: Page, key: tuple[str, str, str, str], reason: str, decide: Callable[..., None]) -> Response:
    """The page again, or why it could not be: somebody else, or a newer list, may have been faster."""
    with page.refusing(409), page.workspace.books.begin() as connection:
        rows = waiting_rows(connection, page.person, page.language)
        found = [one for one in rows if one.hold.key == key]
        if not found:
            raise HoldError.named("error.hold.changed")
        known_by = first_day_to_know(connection, page.now)
        decide(connection, found[0].hold, reason, page.person.name, page.now, known_by)
    return RedirectResponse(f"{page.root}/approvals", 303)
