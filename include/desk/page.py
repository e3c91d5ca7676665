"""A request to the desk, looked at before any route sees it: who asks, may they, and did one of our pages send it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

from fastapi import Form, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from include.calendar.business_days import day_after, merchant_now, parse_day
from include.desk.csrf import is_token_of, token_for
from include.desk.host import Host
from include.desk.preferences import preferences
from include.desk.rights import Person, Right, Visitor, person_of
from include.desk.templating import render
from include.desk.views.book_mark import BookMark, book_mark
from include.desk.views.filter_menus import FilterMenus
from include.desk.views.open_counts import OpenCounts
from include.lines.plan_session import PlanSessions
from include.lines.recent import Recent
from include.settings.currencies import currency_name, with_currency
from include.settings.saying import BilingualError, in_language
from include.tasks.sheets.cells import amount_of
from include.warehouse.workspace import Workspace
from include.words.texts import LANGUAGES, Language, say

LANGUAGE_COOKIE = "storekeeper_language"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
MAX_BODY = 60_000_000  # bytes of a form with files: some lists at once
Text = Annotated[str, Form()]  # a field of a form
READS = frozenset({"GET", "HEAD"})


class NotLoggedInError(Exception):
    """Nobody is logged in."""


@dataclass
class Page:
    """What a route works with. language: of the person's choice, else the merchant's. mark: where the books stand.
    preferences: what the person chose, by name; both as they were when the request came."""

    request: Request
    host: Host
    person: Person
    workspace: Workspace
    language: Language
    mark: BookMark
    preferences: Mapping[str, Any]

    @property
    def has_own_clock(self) -> bool:
        """Whether days are opened by hand: then what people do has another time than what the programs did."""
        merchant = self.workspace.merchant
        return merchant.running.clock_starts > merchant_now(merchant.time_zone, self.host.now()).date()

    @cached_property
    def now(self) -> datetime:
        """The merchant's clock. Where days are opened by hand, as in the demo, it is the morning after the newest list,
        whenever that was: what is done then counts for the next day."""
        clock = merchant_now(self.workspace.merchant.time_zone, self.host.now())
        if not self.has_own_clock:
            return clock
        newest = self.mark.newest_day()
        return clock if newest is None else datetime.combine(parse_day(day_after(newest)), clock.time())

    @property
    def sessions(self) -> PlanSessions:
        """The plans that are kept in memory to be asked."""
        found: PlanSessions = self.request.app.state.sessions
        return found

    @property
    def menus(self) -> FilterMenus:
        found: FilterMenus = self.request.app.state.menus
        return found

    @property
    def counts(self) -> OpenCounts:
        found: OpenCounts = self.request.app.state.counts
        return found

    @property
    def rows(self) -> Recent[Markup]:
        """Rows of tables as they were written for somebody: fifty people who open a list are shown the same."""
        found: Recent[Markup] = self.request.app.state.rows
        return found

    @property
    def values(self) -> Recent[Any]:
        """What was read lately, by the mark that it was read under."""
        found: Recent[Any] = self.request.app.state.values
        return found

    @property
    def remembered(self) -> dict[Any, Any]:
        """What this process has added up lately, to be told again."""
        found: dict[Any, Any] = self.request.app.state.remembered
        return found

    @property
    def root(self) -> str:
        """The path that the desk is mounted at, without a slash at its end."""
        return str(self.request.scope.get("root_path", "")).rstrip("/")

    @property
    def is_part(self) -> bool:
        """Whether the browser asks for a part of a page that it has."""
        return self.request.headers.get("hx-request") == "true"

    def text(self, name: str, /, **values: Any) -> str:
        return say(self.language, name, **values)

    def no_such_page(self) -> HTTPException:
        """To be raised: there is nothing here that the person may see."""
        return HTTPException(404, self.text("desk.error.no_such_page"))

    @contextmanager
    def refusing(self, status: int) -> Iterator[None]:
        """Answer with this status, in the person's language, if what is done within raises BilingualError."""
        try:
            yield
        except BilingualError as error:
            raise HTTPException(status, in_language(error, self.language)) from error

    def money(self, micros: int, digits: int = 0) -> str:
        """Micros in the merchant's currency, −¥2.76 below zero; what rounds to nothing has no sign."""
        amount = round(amount_of(micros), digits)
        return with_currency(f"{amount or abs(amount):,.{digits}f}", self.workspace.merchant.currency, self.language)

    @property
    def currency_name(self) -> str:
        return currency_name(self.workspace.merchant.currency, self.language)

    def render(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(render(self, template, **values), status)

    def written(self, template: str, **values: Any) -> str:
        """A part of a page as text."""
        return render(self, template, **values)

    @property
    def csrf(self) -> str:
        return token_for(self.person.name, self.host.secret)


class Needs:
    """The dependency of every route: a person with one of these rights."""

    def __init__(self, *rights: Right) -> None:
        self.rights = rights

    async def __call__(self, request: Request) -> Page:
        host: Host = request.app.state.host
        visitor = await host.visitor(request)
        if visitor is None:
            raise NotLoggedInError
        page = await run_in_threadpool(_page, request, host, visitor)
        person = page.person
        if not any(person.may(right) for right in self.rights):
            raise HTTPException(
                403, page.text("desk.error.no_right" if person.roles else "desk.error.no_role", who=person.name)
            )
        if request.method not in READS:
            await _require_own(page)
        return page


def _page(request: Request, host: Host, visitor: Visitor) -> Page:
    """Reads what every page needs now: a route that holds a connection must not wait for a second one, which others
    hold who do the same."""
    workspace = host.workspace()
    person, language = person_of(visitor, workspace.merchant.desk), language_of(request, workspace.merchant.language)
    with workspace.books.connect() as connection:
        mark, chosen = book_mark(connection), preferences(connection, person.name)
    return Page(request, host, person, workspace, language, mark, chosen)


async def _require_own(page: Page) -> None:
    """Raises 403 for a write that no page of ours sent for this person, and 413 for one that would fill the disk."""
    request = page.request
    size = request.headers.get("content-length", "")
    if "transfer-encoding" in request.headers or (size.isdecimal() and int(size) > MAX_BODY):
        raise HTTPException(413, page.text("desk.error.too_large", megabytes=MAX_BODY // 1_000_000))
    token = request.headers.get(CSRF_HEADER, "")
    if not token and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        token = str((await request.form()).get(CSRF_FIELD, ""))
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site != "same-origin" or not is_token_of(token, page.person.name, page.host.secret):
        raise HTTPException(403, page.text("desk.error.not_ours"))


def language_of(request: Request, otherwise: Language) -> Language:
    """The person's choice, as its cookie says."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return next((one for one in LANGUAGES if one == chosen), otherwise)
