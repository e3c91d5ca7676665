"""One call after the other: an outcome is entered, and the next line of the list opens."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection, Row

from include.desk.answering import Said, enter, take_back
from include.desk.choosing import Choice, place_among_open
from include.desk.chrome import chrome_of
from include.desk.crm.call_card import call_card
from include.desk.page import Needs, Page, Text
from include.desk.routes.line_pages import line_values, seen_line, until_after
from include.tasks.kind import State
from include.tasks.kinds import kind_of

router = APIRouter(prefix="/calls")
Calling = Annotated[Page, Depends(Needs("call"))]


@router.post("/{task_id}")
def answer(task_id: str, page: Calling, seq: Annotated[int, Form()] = 0, outcome: Text = "", days: Text = "",
           note: Text = "", query: Text = "", confirm: Text = "") -> Response:  # fmt: skip
    """Enter what came of the call, or after how many days to try again. query: the choice of the list."""
    choice, data = Choice.read(parse_qsl(query)), {"note": note.strip()} if note.strip() else {}
    with page.workspace.books.begin() as connection:
        row = _call(connection, page, task_id)
        to_state: State = "snoozed"
        if days:
            data["until"] = until_after(page, days)
        else:
            known = next((one for one in kind_of(row.kind).outcomes if one.code == outcome), None)
            if known is None:
                raise HTTPException(400, page.text("desk.error.unreadable", fields="outcome"))
            to_state, data["outcome"] = known.state, known.code
        entered = enter(connection, page, [Said(task_id, seq)], to_state, data, is_confirmed=confirm == "1")
        if problem := entered.refused.get(task_id):
            return _again(connection, page, row, choice, note, problem)
        if question := entered.asked.get(task_id):
            again = {"outcome": outcome} if outcome else {"days": days}
            return _again(connection, page, row, choice, note, question, again)
        following = place_among_open(connection, kind_of(row.kind), choice, page.person, task_id).following
    return _to(page, following or task_id, choice, after=task_id)


@router.post("/{task_id}/undo")
def undo(task_id: str, page: Calling, seq: Annotated[int, Form()] = 0, query: Text = "") -> Response:
    """Take back what was entered last, and look at that call again."""
    choice = Choice.read(parse_qsl(query))
    with page.workspace.books.begin() as connection:
        row = _call(connection, page, task_id)
        entered = take_back(connection, page, [Said(task_id, seq)])
        if problem := entered.refused.get(task_id):
            return _again(connection, page, row, choice, "", problem)
    return _to(page, task_id, choice)


def _call(connection: Connection, page: Page, task_id: str) -> Row[Any]:
    row = seen_line(connection, page, task_id)
    if row.kind != "recall":
        raise page.no_such_page()
    return row


def _to(page: Page, task_id: str, choice: Choice, **more: str) -> Response:
    query = urlencode([*choice.pairs(), *more.items()])
    return RedirectResponse(f"{page.root}/tasks/{task_id}{'?' if query else ''}{query}", 303)


def _again(
    connection: Connection,
    page: Page,
    row: Row[Any],
    choice: Choice,
    note: str,
    problem: str,
    confirms: Mapping[str, str] | None = None,
) -> Response:
    """The same call, with what was written and why it was not entered. confirms: what enters it nevertheless."""
    return page.render(
        "line_recall.html.j2",
        409,
        chrome=chrome_of(connection, page),
        **line_values(connection, page, row),
        call=call_card(connection, page, row, choice),
        note=note,
        problem=problem,
        confirms=confirms,
    )
