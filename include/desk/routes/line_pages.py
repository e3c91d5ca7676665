"""What is done with lines: answered, taken back, commented, assigned; and a line opened."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Connection, Row, select

from include.desk.answering import MAX_LINES, Entered, Said, enter, take_back, visible_rows
from include.desk.choosing import Choice, chosen_ids, may_see_line
from include.desk.chrome import chrome_of
from include.desk.columns import chosen_columns, columns_of
from include.desk.crm.call_card import call_values
from include.desk.judging.override_views import judgement_of
from include.desk.lines import lines_of
from include.desk.page import Needs, Page, Text
from include.desk.views.line_views import behind, session_for, sums_shown
from include.lines.line_history import line_history
from include.lines.line_sum import KINDS_WITH_SUMS
from include.lines.line_what_if import Changes, line_what_if
from include.lines.picture import demand_picture, stock_picture
from include.lines.plan_session import PlanSession
from include.lines.similar_tasks import similar_tasks
from include.settings.saying import BilingualError, in_language
from include.tasks.answers.plausibility import money_of
from include.tasks.by_hand.desk_log import assign, comment, desk_events_about
from include.tasks.by_hand.purchase_drafts import orders_of
from include.tasks.canonical_json import read_json
from include.tasks.kind import State
from include.tasks.kinds import kind_of
from include.tasks.task_events import history
from include.tasks.task_tables import first_day_to_know
from include.warehouse.tables import closes

router = APIRouter(prefix="/tasks")
Seeing = Annotated[Page, Depends(Needs("see", "see_customers"))]
Answering = Annotated[Page, Depends(Needs("plan", "call"))]
ACTS: Mapping[str, State] = {
    "accept": "accepted", "done": "done", "refuse": "refused", "snooze": "snoozed", "open": "open",
}  # fmt: skip
WHAT_IF = ("quantity", "cost", "cover_days", "first_empty_day", "lost_units", "lost_money", "arrival_day")
_WORDS = {"reason": str, "note": str, "expected_day": str, "outcome": str}


@router.post("/act")
async def act(page: Answering) -> Response:
    """Answer lines. Form: act; task (id:seq), as often as wanted, or `list` and `choice` for all lines that a list
    shows; quantity, reason, note, expected_day, outcome, until or days; confirm."""
    form = await page.request.form()
    said = [one for one in (Said.read(str(text)) for text in form.getlist("task")) if one is not None]
    fields = {
        name: str(form.get(name, "")).strip()
        for name in ("act", "list", "choice", "confirm", "quantity", "until", "days", *_WORDS)
    }
    if "quantity" in form and not fields["quantity"] and fields["act"] in ("accept", "done"):
        raise HTTPException(400, page.text("desk.error.no_quantity"))  # an emptied field is no word for the suggestion
    return await run_in_threadpool(_act, page, said, fields)


def _act(page: Page, said: list[Said], fields: dict[str, str]) -> Response:
    to_state = ACTS.get(fields["act"])
    if to_state is None:
        raise HTTPException(400, page.text("desk.error.unreadable", fields="act"))
    data: dict[str, Any] = {name: fields[name] for name in _WORDS if fields[name]}
    if fields["quantity"]:
        if not fields["quantity"].isdecimal() or len(fields["quantity"]) > 9:
            raise HTTPException(400, page.text("desk.error.quantity", found=fields["quantity"][:40]))
        data["quantity"] = int(fields["quantity"])
    if to_state == "snoozed":
        data["until"] = fields["until"] or until_after(page, fields["days"])
    with page.workspace.books.begin() as connection:
        if not said and fields["list"]:
            said = _all_of(connection, page, fields["list"], fields["choice"])
        if len(said) > MAX_LINES:
            raise HTTPException(400, page.text("desk.error.many_lines", most=MAX_LINES))
        entered = enter(connection, page, said, to_state, data, is_confirmed=fields["confirm"] == "1")
        return _answered(connection, page, entered, {**fields, "to_state": to_state})


@router.post("/undo")
def undo(page: Answering, task: Annotated[list[str] | None, Form()] = None) -> Response:
    """Take back the last act on each line (id:seq)."""
    said = [one for one in map(Said.read, task or []) if one is not None]
    with page.workspace.books.begin() as connection:
        entered = take_back(connection, page, said[:MAX_LINES])
        return _answered(connection, page, entered, {"to_state": "undone"})


@router.get("/{task_id}/sum")
def sum_of_quantity(task_id: str, page: Seeing, quantity: str = "") -> Response:
    """What another quantity comes to."""
    with page.workspace.books.connect() as connection:
        row = seen_line(connection, page, task_id)
        if not quantity.isdecimal() or len(quantity) > 9 or not int(quantity):
            raise page.no_such_page()
        payload = read_json(row.payload)
        suggested, units, pack = payload.get("quantity"), int(quantity), payload.get("pack")
        is_broken = isinstance(pack, int) and pack > 1 and units % pack != 0
        return page.render(
            "_sum.html.j2",
            money_now=money_of(row.kind, payload, units),
            difference=units - suggested if isinstance(suggested, int) else None,
            pack=pack,
            whole=-(-units // pack) * pack if is_broken else None,
        )


@router.get("/{task_id}/behind/{code}")
def show_behind(task_id: str, code: str, page: Seeing) -> Response:
    """What a term of a line's sum is made of."""
    row, session = _planned(page, task_id)
    found = None if session is None else behind(session, code, row.sku, row.warehouse, page.language)
    return page.render("_behind.html.j2", found=found)


@router.get("/{task_id}/picture/{which}")
def show_picture(task_id: str, which: str, page: Seeing) -> Response:
    """A picture as Vega-Lite: `demand` or `stock`."""
    row, session = _planned(page, task_id)
    draw = {"demand": demand_picture, "stock": stock_picture}.get(which)
    if session is None or draw is None:
        raise HTTPException(404, page.text("desk.error.no_picture"))
    history = line_history(session, row.sku, row.warehouse)
    if history is None:
        raise HTTPException(404, page.text("desk.error.not_planned"))
    return JSONResponse(draw(history, page.language))


@router.get("/{task_id}/what-if")
async def show_what_if(task_id: str, page: Seeing, level: str = "", lead: str = "", quantity: str = "") -> Response:
    """What another service level (per cent), lead time (days) or quantity would make of a line."""
    # One after the other, in a thread of their own: each needs the whole processor for a while, and together they would
    # only keep each other, and every other page, waiting.
    limiter: CapacityLimiter = page.request.app.state.what_ifs
    return await to_thread.run_sync(_what_if, task_id, page, level, lead, quantity, limiter=limiter)


def _what_if(task_id: str, page: Page, level: str, lead: str, quantity: str) -> Response:
    row, session = _planned(page, task_id)
    if session is None:
        raise HTTPException(404, page.text("desk.error.no_picture"))
    try:
        changes = Changes(
            service_level=round(float(level) / 100, 4) if level else None,
            lead_days=int(lead) if lead else None,
            quantity=int(quantity) if quantity else None,
        )
        answer = line_what_if(session, row.sku, row.warehouse, changes)
    except BilingualError as error:
        raise HTTPException(400, in_language(error, page.language)) from error
    except ValueError as error:
        raise HTTPException(400, page.text("desk.error.unreadable", fields="level, lead, quantity")) from error
    if answer is None:
        raise HTTPException(404, page.text("desk.error.not_planned"))
    return page.render("_what_if.html.j2", answer=answer, shown=WHAT_IF)


@router.get("/{task_id}/similar")
def show_similar(task_id: str, page: Seeing) -> Response:
    """Earlier tasks like this one, and what came of them."""
    row, session = _planned(page, task_id)
    with page.workspace.books.connect() as connection:
        found = [] if session is None else similar_tasks(connection, session, row.kind, row.sku)
        seen = visible_rows(connection, {one.task.task_id for one in found}, page.person)
    found = [one for one in found if one.task.task_id in seen]
    kind = kind_of(row.kind)
    return page.render("_similar.html.j2", found=[(one, kind.subject_in_words(one.task.payload)) for one in found])


@router.get("/{task_id}")
def show_line(task_id: str, page: Seeing) -> Response:
    """A line opened: its sum, what was done with it and what was said."""
    with page.workspace.books.connect() as connection:
        row = seen_line(connection, page, task_id)
        values = {"chrome": chrome_of(connection, page), **line_values(connection, page, row)}
        if row.kind == "recall":
            return page.render("line_recall.html.j2", **values, **call_values(connection, page, row))
        return page.render("line.html.j2", **values)


@router.post("/{task_id}/comment")
def add_comment(task_id: str, page: Answering, text: Text = "") -> Response:
    with page.workspace.books.begin() as connection:
        row = seen_line(connection, page, task_id)
        try:
            day = first_day_to_know(connection, page.now, row.kind)
            comment(connection, row.kind, row.subject, text, page.person.name, page.now, day)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return page.render("_events.html.j2", **line_values(connection, page, row))


@router.post("/assign")
def assign_lines(page: Answering, task: Annotated[list[str] | None, Form()] = None, person: Text = "") -> Response:
    """Say whose these lines are; an empty name: nobody's in particular."""
    said = [one for one in map(Said.read, task or []) if one is not None]
    with page.workspace.books.begin() as connection:
        rows = visible_rows(connection, {one.task_id for one in said}, page.person)
        try:
            for kind in sorted({row.kind for row in rows.values()}):
                subjects = [row.subject for row in rows.values() if row.kind == kind]
                day = first_day_to_know(connection, page.now, kind)
                assign(connection, kind, subjects, person, page.person.name, page.now, day)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return _answered(connection, page, Entered(changed=list(rows)), {"to_state": "assigned", "person": person})


def seen_line(connection: Connection, page: Page, task_id: str) -> Row[Any]:
    """The task's row. Raises 404 if the person may not see it."""
    row = may_see_line(connection, page.person, task_id)
    if row is None:
        raise page.no_such_page()
    return row


def _all_of(connection: Connection, page: Page, kind: str, query: str) -> list[Said]:
    """Every line that a list shows, over all its pages."""
    if not page.person.may_see(kind):
        return []
    found = chosen_ids(connection, kind_of(kind), Choice.read(parse_qsl(query)), page.person, MAX_LINES + 1)
    return [Said(task, seq) for task, seq in found]


def until_after(page: Page, days: str) -> str:
    """The day so many days from now. Raises 400."""
    if not days.isdecimal() or len(days) > 3 or not int(days):
        raise HTTPException(400, page.text("desk.error.unreadable", fields="days"))
    return (page.now.date() + timedelta(days=int(days))).isoformat()


def _answered(connection: Connection, page: Page, entered: Entered, done: dict[str, Any]) -> Response:
    """The changed rows, as the page shows them, with what could not be entered and what is asked."""
    touched = [*entered.changed, *entered.unchanged, *entered.asked, *entered.refused]
    rows = visible_rows(connection, touched, page.person)
    by_kind: dict[str, Any] = {}
    for kind_name in sorted({row.kind for row in rows.values()}):
        kind = kind_of(kind_name)
        every = columns_of(kind, page.language, page.workspace.merchant.currency)
        columns = chosen_columns(every, kind, page.preferences.get(f"columns.{kind_name}") or ())
        own = [row for row in rows.values() if row.kind == kind_name]
        by_kind[kind_name] = (kind, columns, lines_of(connection, own, page, columns, kind))
    asked_from = urlsplit(page.request.headers.get("hx-current-url", ""))  # links of the rows keep the page's choice
    choice = Choice.read(parse_qsl(asked_from.query))
    return page.render("_answered.html.j2", entered=entered, rows=rows, by_kind=by_kind, done=done, choice=choice)


def _planned(page: Page, task_id: str) -> tuple[Any, PlanSession | None]:
    """The task's row, and the plan of its list's day. Raises 404 for a line that has no sku and warehouse."""
    with page.workspace.books.connect() as connection:
        row = seen_line(connection, page, task_id)
    if row.kind not in KINDS_WITH_SUMS or not row.sku or not row.warehouse:
        raise page.no_such_page()
    return row, session_for(page.sessions, page.workspace, row.day)


def _has_plan(connection: Connection, row: Any) -> bool:
    """Whether the plan of the line's day can be asked: the day is closed, and the line is about a shelf."""
    if row.kind not in KINDS_WITH_SUMS or not row.sku or not row.warehouse:
        return False
    return connection.execute(select(closes.c.day).where(closes.c.day == row.day).limit(1)).first() is not None


def line_values(connection: Connection, page: Page, row: Any) -> dict[str, Any]:
    kind = kind_of(row.kind)
    columns = columns_of(kind, page.language, page.workspace.merchant.currency)
    line = lines_of(connection, [row], page, columns, kind)[0]
    return {
        "kind": kind,
        "line": line,
        "all_columns": columns,
        "sums": sums_shown(row),
        "has_plan": _has_plan(connection, row),
        "may_answer": page.person.may_answer(row.kind),
        "events": history(connection, row.task_id),
        "comments": desk_events_about(connection, row.kind, row.subject),
        "judgement": judgement_of(connection, page, row),
        "purchase": orders_of(connection, [row.task_id]).get(row.task_id),
    }
