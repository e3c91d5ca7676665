"""Overrides: all of them with what they were worth, one more, and the end of one."""

import re
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from include.desk.choosing import may_see_line
from include.desk.chrome import chrome_of
from include.desk.judging import override_views
from include.desk.judging.override_guards import FIELDS, doubt_about, may_see, may_set, model_says, read_override
from include.desk.judging.override_views import MAX_ROWS, STATES, Judgement, asked_of, chosen_overrides
from include.desk.page import Needs, Page, Text
from include.settings.saying import BilingualError, in_language
from include.settings.stock.override_kinds import WHATS
from include.tasks.by_hand.overrides import (
    Override,
    OverrideError,
    all_overrides,
    end_override,
    one_override,
    set_override,
)
from include.tasks.task_tables import first_day_to_know

router = APIRouter(prefix="/overrides")
Seeing = Annotated[Page, Depends(Needs("see"))]
Planning = Annotated[Page, Depends(Needs("plan"))]
_TASK = re.compile(r"[a-z0-9]{1,32}")


@router.get("")
def show_overrides(page: Seeing, what: str = "", person: str = "", state: str = "live") -> Response:
    """All overrides. what, person: of this kind, of this person; state: live, over, ended or all."""
    with page.workspace.books.connect() as connection:
        return _rendered(connection, page, override_views.Form(), (what, person, state))


@router.post("")
def add_override(page: Planning, what: Text = "", about: Text = "", name: Text = "", warehouse: Text = "",
                 value: Text = "", first_day: Text = "", last_day: Text = "", reason: Text = "", task: Text = "",
                 confirm: Text = "") -> Response:  # fmt: skip
    """Keep an override, or say what is wrong or doubtful about it beside the filled-in form. task: the line that the
    person comes from."""
    given = (what, about, name, warehouse, value, first_day, last_day, reason)
    fields = dict(zip(FIELDS, given, strict=True))
    with page.workspace.books.begin() as connection:
        try:
            asked = read_override(connection, page.workspace, fields, page.person, page.now.date())
            own = model_says(connection, asked)
            doubt = doubt_about(connection, asked, own)
            if doubt is not None and confirm != "1":
                question = asked_of(page, doubt.said, doubt.own)
                return _rendered(connection, page, override_views.Form(fields, question=question, task=task))
            asked = replace(asked, model_units=own)
            set_override(connection, asked, page.person.name, page.now, first_day_to_know(connection, page.now))
        except BilingualError as error:
            told = in_language(error, page.language)
            return _rendered(connection, page, override_views.Form(fields, error=told, task=task), status=409)
    return _back(page, task)


@router.post("/{number}/end")
def end(number: str, page: Planning, task: Text = "") -> Response:
    with page.refusing(409), page.workspace.books.begin() as connection:
        found = _found(connection, page, number)
        if not may_set(connection, page.person.scope, found):
            raise OverrideError.named("error.override.scope")
        end_override(connection, found.number, page.person.name, page.now, first_day_to_know(connection, page.now))
    return _back(page, task)


def _rendered(
    connection: Connection,
    page: Page,
    form: override_views.Form,
    chosen: tuple[str, str, str] = ("", "", "live"),
    status: int = 200,
) -> Response:
    what, person, state = chosen
    rows = chosen_overrides(connection, page, what, person, "" if state not in STATES else state)
    line = may_see_line(connection, page.person, form.task) if _TASK.fullmatch(form.task) else None
    context: dict[str, Any] = {
        "judgement": Judgement(rows[:MAX_ROWS], form, page.person.may("plan"), max(len(rows) - MAX_ROWS, 0)),
        "chosen": {"what": what, "person": person, "state": state},
        "people": sorted({one.made_by for one in all_overrides(connection)}),
        "kinds_of_override": WHATS,
        "states": (*STATES, "all"),
        "line": line,
        "gained": sum(row.score.better_units for row in rows if row.score is not None),
        "gained_micros": sum(row.score.better_micros or 0 for row in rows if row.score is not None),
        "judged": sum(row.score is not None for row in rows),
    }
    return page.render("overrides.html.j2", status, chrome=chrome_of(connection, page), **context)


def _found(connection: Connection, page: Page, number: str) -> Override:
    """The override of this number, if the person may know of it. Raises OverrideError."""
    found = one_override(connection, int(number)) if number.isdecimal() and len(number) < 10 else None
    if found is None or not may_see(connection, page.person.scope, found):
        raise OverrideError.named("error.override.none", code=number)
    return found


def _back(page: Page, task: str) -> Response:
    """To the line that the person came from, or to the overrides."""
    address = f"/tasks/{quote(task)}#judgement" if _TASK.fullmatch(task) else "/overrides"
    return RedirectResponse(page.root + address, 303)
