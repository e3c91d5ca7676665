"""The address that other systems report to: what was done with lines, as signed JSON. docs/webhook.md is for them."""

from threading import BoundedSemaphore
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, Row

from include.desk.answering import visible_rows
from include.desk.reporting.delivery_text import delivery_of
from include.desk.reporting.signing import FromSender, ReportError, Signed
from include.tasks.answers.reported import ReportedBeforeError, Rules, take_delivery
from include.words.texts import say

router = APIRouter(prefix="/api")
Reporting = Annotated[Signed, Depends(FromSender())]
AT_ONCE = 4  # deliveries of a process that are entered or wait for the books: people's requests need its threads too
RETRY_SECONDS = 5  # after which a sender may come again: deliveries are entered within a second or two


@router.post("/answers")
async def take_answers(signed: Reporting) -> JSONResponse:
    """Body: delivery_key, and answers (task_id, answer, quantity, expected_day, outcome, reason, at, by, subject)."""
    places: BoundedSemaphore = signed.page.request.app.state.reports
    if not places.acquire(blocking=False):
        told = say(signed.page.language, "desk.report.busy", seconds=RETRY_SECONDS)
        raise ReportError(429, "busy", told, retry_after=RETRY_SECONDS)
    try:
        receipt, is_repeated = await run_in_threadpool(_taken, signed)
    finally:
        places.release()
    return JSONResponse(receipt, headers={"Idempotent-Replayed": "true"} if is_repeated else {})


def _taken(signed: Signed) -> tuple[dict[str, Any], bool]:
    page = signed.page
    delivery = delivery_of(signed.body, signed.sender.name, page.language)

    def visible(connection: Connection, ids: set[str]) -> dict[str, Row[Any]]:
        return visible_rows(connection, ids, page.person)

    rules = Rules(
        page.language,
        page.workspace.merchant.hand_back.doubtful_times,
        page.now,
        page.host.now(),
        visible,
        page.person.may_answer,
    )
    try:
        with page.workspace.books.begin() as connection:
            return take_delivery(connection, delivery, rules)
    except ReportedBeforeError as error:
        told = page.text("desk.report.other_content", key=delivery.key)
        raise ReportError(409, "other_content", told, field="delivery_key") from error
