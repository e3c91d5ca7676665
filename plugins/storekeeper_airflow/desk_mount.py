"""The desk in Airflow's web server: behind Airflow's login, for Airflow's users.

If Airflow's way of telling who asks cannot be imported, there is no desk: nobody is let in by accident.
"""

import functools
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from airflow.configuration import conf

from include.settings.desk import MOUNTED_AT

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

    from include.desk.rights import Visitor
    from include.warehouse.workspace import Workspace

PREFIX = MOUNTED_AT


class DeskOnDemand:
    """The desk as the web server mounts it. It is made with the first request: Airflow loads plugins in all of its
    processes, and only one of them serves pages."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._app: FastAPI | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            from starlette.concurrency import run_in_threadpool

            await run_in_threadpool(self._make)
        assert self._app is not None
        await self._app(scope, receive, send)

    def _make(self) -> None:
        with self._lock:
            if self._app is None:
                self._app = _desk()


def _desk() -> "FastAPI":
    from include.desk.application import make_desk
    from include.desk.host import Host

    return make_desk(
        Host(
            workspace=_workspace,
            visitor=visitor_of,
            login=login_address,
            home=_base_path() + "/",
            secret=conf.get_mandatory_value("api", "secret_key").encode(),
            now=lambda: datetime.now(UTC),
            sender_secret=_sender_secret,
        )
    )


def link() -> dict[str, Any]:
    """The entry among Airflow's own: a full page, so that downloads, bookmarks and several tabs work."""
    return {
        "name": "掌柜",
        "icon": f"{_base_path()}{PREFIX}/static/mark.svg",
        "href": f"{_base_path()}{PREFIX}/",  # without the slash at its end Airflow's own pages would answer
        "destination": "nav",
        "url_route": None,
    }


async def visitor_of(request: "Request") -> "Visitor | None":
    """Airflow's user, by the cookie or the token of the request."""
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from fastapi import HTTPException

    from include.desk.rights import Visitor

    try:
        user = await get_user(request, None, await bearer_scheme(request))
    except HTTPException:
        return None
    return Visitor(user.get_name(), roles_of(user))


def roles_of(user: Any) -> tuple[str, ...]:
    """The roles that the auth manager knows of a user: SimpleAuthManager's one, FAB's several."""
    several = getattr(user, "roles", None) or ()
    names = [getattr(one, "name", one) for one in several] if not isinstance(several, str) else [several]
    own = getattr(user, "role", None)
    return tuple(str(name) for name in [*([own] if own else []), *names])


def login_address(path: str) -> str:
    """Airflow's login, and back to a path of ours."""
    return f"{_base_path()}/api/v2/auth/login?{urlencode({'next': path})}"


def _base_path() -> str:
    """What stands before all of Airflow's paths, where a proxy puts something there."""
    from urllib.parse import urlsplit

    return urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")


def _sender_secret(connection: str) -> str | None:
    from plugins.storekeeper_airflow.workplace import sender_secret

    return sender_secret(connection)


@functools.cache
def _workspace() -> "Workspace":
    from plugins.storekeeper_airflow.workplace import workspace

    return workspace()
