"""The desk as a web application, to be mounted in a web server that knows its users."""

from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlencode

from anyio import CapacityLimiter
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from markupsafe import Markup
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.desk.host import Host
from include.desk.page import NotLoggedInError, language_of
from include.desk.reporting import answer_api
from include.desk.reporting.signing import ReportError
from include.desk.routes import (
    approval_pages,
    call_pages,
    customer_pages,
    day_pages,
    delivery_pages,
    hand_back_pages,
    lift_pages,
    line_pages,
    list_pages,
    looking_back_pages,
    override_pages,
    preference_pages,
    supplier_pages,
    today_pages,
)
from include.desk.routes.reviews import review_pages, target_pages
from include.desk.views.filter_menus import FilterMenus
from include.desk.views.open_counts import OpenCounts
from include.lines.plan_session import PlanSessions
from include.lines.recent import Recent
from include.words.texts import say

PAGES = (
    today_pages,
    day_pages,
    list_pages,
    line_pages,
    call_pages,
    customer_pages,
    lift_pages,
    supplier_pages,
    target_pages,
    approval_pages,
    override_pages,
    looking_back_pages,
    review_pages,
    hand_back_pages,
    delivery_pages,
    preference_pages,
    answer_api,
)
MAX_ROWS = 20_000  # rows of tables that are kept as they were written, of some 2 kB each
MAX_VALUES = 2_000  # sums and the like, of some hundred bytes each
# Everything is ours: no other host, no inline script, no frame around us. `data:` is the pictures that Vega draws.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def make_desk(host: Host, sessions: PlanSessions | None = None) -> FastAPI:
    """The application. It describes itself to nobody, and lets nobody in whom `host` does not know. sessions: the plans
    that are kept in memory; None: those of the books."""
    app = FastAPI(title="Storekeeper", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.host = host
    app.state.sessions = PlanSessions() if sessions is None else sessions
    app.state.what_ifs = CapacityLimiter(1)
    app.state.menus = FilterMenus()
    app.state.counts = OpenCounts()
    app.state.rows = Recent[Markup](MAX_ROWS)
    app.state.values = Recent[Any](MAX_VALUES)
    app.state.remembered = {}
    app.state.reports = BoundedSemaphore(answer_api.AT_ONCE)
    for one in PAGES:
        app.include_router(one.router)
    app.add_middleware(_WithHeaders)
    app.add_exception_handler(NotLoggedInError, _to_login)
    app.add_exception_handler(ReportError, _to_system)
    app.add_exception_handler(HTTPException, _in_words)
    app.add_exception_handler(RequestValidationError, _unreadable)
    return app


class _WithHeaders:
    """What every answer says to the browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                # Customers' data, and a page that is true for a moment.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def _to_login(request: Request, _: Exception) -> Response:
    """A person is sent to the login, and back to where they were; a part of a page cannot be."""
    host: Host = request.app.state.host
    if request.method != "GET" or request.headers.get("hx-request") == "true":
        return PlainTextResponse(say(language_of(request, "zh"), "desk.error.logged_out"), 401)
    asked = request.scope.get("root_path", "") + request.url.path.removeprefix(request.scope.get("root_path", ""))
    query = f"?{urlencode(list(request.query_params.multi_items()))}" if request.query_params else ""
    return RedirectResponse(host.login(asked + query), 303)


async def _in_words(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(str(error.detail), error.status_code, error.headers)


async def _to_system(_: Request, error: Exception) -> Response:
    assert isinstance(error, ReportError)
    later = error.places.get("retry_after")
    return JSONResponse(error.as_json(), error.status, {"Retry-After": str(later)} if later else {})


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = ", ".join(str(one["loc"][-1]) for one in error.errors())
    return PlainTextResponse(say(language_of(request, "zh"), "desk.error.unreadable", fields=fields), 400)
