"""A list handed back on the desk: dropped onto a page or chosen as a file, answered with its receipt. Beside it stands
what other systems reported and was not entered."""

import errno
from collections.abc import Collection
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile

from include.desk.answering import visible_rows
from include.desk.chrome import chrome_of
from include.desk.page import Needs, Page, Text
from include.desk.reporting.left_out import SHOWN_DAYS, left_out, left_out_by_number
from include.tasks.acts import tasks_by_id
from include.tasks.answers.answers import Answers, NotAListError
from include.tasks.answers.hand_back_files import MAX_BYTES
from include.tasks.answers.hand_back_folder import HandBack, folders_of_the_desk
from include.tasks.answers.receipt import HandedBack, answer_word, summary_of_receipt, title_of_receipt
from include.tasks.answers.reported import confirm_reported
from include.tasks.answers.sheet_reading import Problem
from include.tasks.answers.uploaded import Row, Taken, confirm_rows, take_upload
from include.tasks.kind import state_word
from include.tasks.task_events import lock_log
from include.words.texts import say

router = APIRouter(prefix="/hand-back")
Answering = Annotated[Page, Depends(Needs("plan", "call"))]
MAX_FILES = 10  # of one hand-back: the lists of two mornings


@router.get("")
def show_hand_back(page: Answering) -> Response:
    return _rendered(page, [])


@router.post("")
async def hand_back(page: Answering) -> Response:
    """Form: file, once or several times."""
    form = await page.request.form()
    files = [one for one in form.getlist("file") if isinstance(one, UploadFile) and one.filename]
    if not files or len(files) > MAX_FILES:
        raise HTTPException(400, page.text("desk.hand_back.no_file", most=MAX_FILES))
    read = [(one.filename or "", await one.read(MAX_BYTES + 1)) for one in files]
    return await run_in_threadpool(_taken, page, read)


@router.post("/confirm")
async def confirm(page: Answering) -> Response:
    """Enter rows that were asked about. Form: digest of the file; row (sheet:row), as often as wanted."""
    form = await page.request.form()
    rows = [_row(str(one)) for one in form.getlist("row")]
    chosen = {one for one in rows if one is not None}
    return await run_in_threadpool(_confirmed, page, str(form.get("digest", "")), chosen)


@router.post("/reported")
def confirm_report(page: Answering, number: Text = "") -> Response:
    """Enter, as the person's own word, what a system reported and was asked about. Form: number of its event."""
    with page.workspace.books.begin() as connection:
        lock_log(connection)
        one = left_out_by_number(connection, page, int(number)) if number.isdecimal() and len(number) < 10 else None
        if one is None or one.task is None:
            raise HTTPException(409, page.text("desk.reports.gone"))
        trouble = confirm_reported(connection, one.said, one.task, page.person.name, page.now, page.language)
    return _rendered(page, [], trouble) if trouble else RedirectResponse(f"{page.root}/hand-back", 303)


def place_of(page: Page) -> HandBack:
    """The same for everybody and at any time: what was entered once is known by the copy that lies there."""
    return folders_of_the_desk(page.workspace.merchant, page.workspace.home)[0]


def _taken(page: Page, files: list[tuple[str, bytes]]) -> Response:
    place, books, who = place_of(page), page.workspace.books, page.person.name
    try:
        return _rendered(
            page, [take_upload(place, books, name, data, who, page.now, _narrow(page)) for name, data in files]
        )
    except OSError as error:
        why = error.strerror or errno.errorcode.get(error.errno or 0, "?")
        raise HTTPException(500, page.text("desk.hand_back.not_kept", why=why)) from error


def _confirmed(page: Page, digest: str, rows: Collection[Row]) -> Response:
    try:
        taken = confirm_rows(
            place_of(page), page.workspace.books, digest, rows, page.person.name, page.now, _narrow(page)
        )
    except NotAListError as error:
        raise HTTPException(400, error.in_words(page.language)) from error
    if taken is None:
        raise HTTPException(404, page.text("desk.hand_back.no_such_file"))
    return _rendered(page, [taken])


def _narrow(page: Page) -> Any:
    """What the person may answer: lists of their kinds, lines of their part of the merchant."""

    def narrowed(answers: Answers) -> Answers:
        if not page.person.may_answer(answers.kind) or not page.person.may_see(answers.kind):
            raise NotAListError("", "desk.hand_back.not_yours")
        named = {one.act.task_id for one in answers.answers}
        with page.workspace.books.connect() as connection:
            known = set(tasks_by_id(connection, named))
            hidden = known - set(visible_rows(connection, named, page.person))
        outside = [one for one in answers.answers if one.act.task_id in hidden]
        told = say(answers.language, "desk.hand_back.outside")
        problems = [
            Problem(
                one.row,
                one.product,
                one.headings.get("answer", ""),
                state_word(answers.language, one.act.to_state),
                told,
                answers.language,
                one.sheet,
                one.rank,
            )
            for one in outside
        ]
        kept = tuple(one for one in answers.answers if one.act.task_id not in hidden)
        return replace(answers, answers=kept, problems=(*answers.problems, *problems))

    return narrowed


def _row(text: str) -> Row | None:
    sheet, _, row = text.rpartition(":")
    return (sheet, int(row)) if row.isdecimal() and len(row) < 10 else None


def _rendered(page: Page, taken: list[Taken], trouble: str = "") -> Response:
    with page.workspace.books.connect() as connection:
        waiting, more = left_out(connection, page)
        return page.render(
            "hand_back.html.j2",
            chrome=chrome_of(connection, page),
            receipts=[
                (one.digest, one.said, title_of_receipt(one.said), summary_of_receipt(one.said)) for one in taken
            ],
            refused_of=_refused,
            asked_of=_asked,
            answer_of=answer_word,
            trouble=trouble,
            left_out=waiting,
            left_out_more=more,
            left_out_days=SHOWN_DAYS,
        )


def _refused(said: HandedBack) -> list[Problem]:
    """What was written wrongly, or may not be."""
    doubted = {(one.sheet, one.row) for one in _asked(said)}
    problems = said.entered.problems if said.entered else ()
    return [one for one in problems if (one.sheet, one.row) not in doubted]


def _asked(said: HandedBack) -> list[Problem]:
    """What can be entered once the person says that it is meant so: rows of which all that is wrong is a doubt."""
    problems = said.entered.problems if said.entered else ()
    wrong = {(one.sheet, one.row) for one in problems if not one.is_doubt}
    return [one for one in problems if one.is_doubt and (one.sheet, one.row) not in wrong]
