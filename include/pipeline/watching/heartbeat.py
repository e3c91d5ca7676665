"""Asking an address outside once the newest day's lists are out: silence is what it listens for."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
from sqlalchemy import func, select

from include.calendar.business_days import day_after, merchant_now
from include.pipeline.push import what_is_missing
from include.pipeline.watching.marks import marks, set_mark
from include.settings.channels import Heartbeat
from include.tasks.channels.secrecy import without_secrets
from include.warehouse.tables import closes
from include.warehouse.workspace import Workspace

log = logging.getLogger("storekeeper.heartbeat")
PAUSE_SECONDS = 2.0  # between attempts, which the settings count: a name server or a proxy that hiccups


@dataclass(frozen=True)
class Beat:
    """day: of the lists that are out. trouble: why the address did not take it; '' if it did. is_news: it was not in
    trouble for this day before."""

    day: str
    trouble: str = ""
    is_news: bool = False


def day_to_tell(workspace: Workspace, now: datetime) -> str | None:
    """The day that ended last, if its lists have reached everybody and that was not told yet; else None. `now` is an
    aware moment. A replay of an older day is no news to the world outside."""
    ended = day_after(merchant_now(workspace.merchant.time_zone, now).date().isoformat(), -1)
    with workspace.books.connect() as connection:
        newest = connection.scalar(select(func.max(closes.c.day)))
        told = marks(connection).get("heartbeat")
    if newest is None or newest < ended or (told is not None and told.is_well and told.day >= newest):
        return None
    return None if what_is_missing(workspace, newest) else str(newest)


def beat(workspace: Workspace, address: str, now: datetime, pause: Callable[[float], None] = time.sleep) -> Beat | None:
    """Ask `address` if the newest day's lists are out and it has not been asked for them; None if not. What came of it
    is kept. `now` is an aware moment."""
    settings = workspace.merchant.alerts.heartbeat
    day = day_to_tell(workspace, now) if settings else None
    if settings is None or day is None:
        return None
    with workspace.books.connect() as connection:
        before = marks(connection).get("heartbeat")
    trouble = ping(settings, address, day, pause)
    clock = merchant_now(workspace.merchant.time_zone, now)
    set_mark(workspace.books, "heartbeat", day, clock, not trouble, trouble)
    if trouble:
        log.error("the heartbeat for %s was not taken: %s", day, trouble)
    is_known = before is not None and before.day == day and not before.is_well
    return Beat(day, trouble, bool(trouble) and not is_known)


def ping(settings: Heartbeat, address: str, day: str, pause: Callable[[float], None] = time.sleep) -> str:
    """'' once the address has taken it, else why it did not, without the address."""
    trouble = ""
    for attempt in range(settings.attempts):
        if attempt:
            pause(PAUSE_SECONDS * attempt)
        trouble = _asked(settings, address, day)
        if not trouble:
            break
    return without_secrets(trouble, {"url": address})


def _asked(settings: Heartbeat, address: str, day: str) -> str:
    body = json.dumps({"day": day}).encode() if settings.method == "POST" else None
    try:
        with httpx.Client(timeout=settings.timeout_seconds, follow_redirects=False) as client:
            answer = client.request(settings.method, address, content=body, headers={"User-Agent": "storekeeper"})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{type(error).__name__} {error}".strip()
    return "" if answer.is_success else f"HTTP {answer.status_code}"
