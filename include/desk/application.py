"""The desk as a web application, to be mounted in a web server that knows its users."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse

from include.desk.host import Host
from include.desk.page import NotLoggedInError, language_of
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
from include.desk.views.kept_rows import KeptRows
from include.lines.plan_session import PlanSessions
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
)
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


def make_desk(host: Host) -> FastAPI:
    """The application. It describes itself to nobody, and lets nobody in whom `host` does not know."""
    app = FastAPI(title="Storekeeper", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.host = host
    app.state.sessions = PlanSessions()
    app.state.menus = FilterMenus()
    app.state.rows = KeptRows()
    app.state.remembered = {}
    for one in PAGES:
        app.include_router(one.router)
    app.middleware("http")(_with_headers)
    app.add_exception_handler(NotLoggedInError, _to_login)
    app.add_exception_handler(HTTPException, _in_words)
    app.add_exception_handler(RequestValidationError, _unreadable)
    return app


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    answer = await call_next(request)
    for name, value in HEADERS.items():
        answer.headers[name] = value
    if "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"  # customers' data, and a page that is true for a moment
    return answer


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


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = ", ".join(str(one["loc"][-1]) for one in error.errors())
    return PlainTextResponse(say(language_of(request, "zh"), "desk.error.unreadable", fields=fields), 400)
