"""Who sends a report: a system that the settings name, proved by a signature under its secret.

The signature is the outgoing webhook's: HMAC-SHA256 of the timestamp, a full stop and the body's bytes. The delivery's
key stands in the body, and each sender has a secret of its own, so that nothing of a request can be exchanged.
"""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from include.desk.host import Host
from include.desk.page import Page
from include.desk.rights import Person
from include.desk.views.book_mark import book_mark
from include.settings.desk import Sender
from include.tasks.channels.webhook import signature
from include.words.texts import Language, say

log = logging.getLogger(__name__)

SENDER_HEADER = "x-storekeeper-sender"
TIMESTAMP_HEADER = "x-storekeeper-timestamp"
SIGNATURE_HEADER = "x-storekeeper-signature"
WINDOW_SECONDS = 300  # between the sender's clock and ours: what was recorded can be sent again for as long
MAX_BYTES = 1_000_000  # of a body: the longest delivery allowed, with some hundred bytes an answer
MIN_SECRET = 16  # letters: who sees one delivery can try out shorter secrets at leisure


class ReportError(Exception):
    """A delivery of which nothing is entered. code: for programs; places: line and column, or field, of the body."""

    def __init__(self, status: int, code: str, message: str, **places: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.places = status, code, message, places

    def as_json(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message, **self.places}}


@dataclass(frozen=True)
class Signed:
    """A request whose signature holds. page: what routes work with, for the sender as its person."""

    page: Page
    sender: Sender
    body: bytes = field(repr=False)


class FromSender:
    """The dependency of a route for systems: no login, cookie or token of a person counts, a signature alone does."""

    async def __call__(self, request: Request) -> Signed:
        host: Host = request.app.state.host
        workspace = await run_in_threadpool(host.workspace)
        named = request.headers.get(SENDER_HEADER, "")
        sender = next((one for one in workspace.merchant.desk.senders if one.name == named), None)
        language = workspace.merchant.language if sender is None else sender.language or workspace.merchant.language
        timestamp = _timestamp(request, host, language)
        body = await _body(request, language)
        secret = None if sender is None else await run_in_threadpool(host.sender_secret, sender.connection)
        if sender is not None and len(secret or "") < MIN_SECRET:
            log.error(
                "sender %s: connection %s has no password of %s letters or more, so that it is refused",
                sender.name,
                sender.connection,
                MIN_SECRET,
            )
            secret = None
        given = request.headers.get(SIGNATURE_HEADER, "")
        # Nobody learns which names there are: a name without a secret is refused as a wrong signature is.
        expected = signature(secret or "", timestamp, body)
        is_right = hmac.compare_digest(expected.encode("ascii"), given.encode("utf-8", "replace"))
        if sender is None or secret is None or not is_right:
            log.warning("a report was refused: its signature is not that of a sender we know")
            raise ReportError(401, "signature", say(language, "desk.report.signature"))
        return await run_in_threadpool(_signed, request, host, sender, language, body)


def _timestamp(request: Request, host: Host, language: Language) -> str:
    """Raises ReportError for none, or one that is too far from now."""
    said = request.headers.get(TIMESTAMP_HEADER, "")
    now = int(host.now().timestamp())
    if not (said.isascii() and said.isdecimal()) or len(said) > len(str(now)) or abs(int(said) - now) > WINDOW_SECONDS:
        told = say(language, "desk.report.timestamp", now=now, window=WINDOW_SECONDS)
        raise ReportError(401, "timestamp", told, now=now)
    return said


async def _body(request: Request, language: Language) -> bytes:
    """Raises ReportError as soon as it is longer than MAX_BYTES, whatever its head says."""
    parts, size = [], 0
    said = request.headers.get("content-length", "")
    too_long = said.isdecimal() and int(said) > MAX_BYTES
    if not too_long:
        async for part in request.stream():
            size += len(part)
            too_long = size > MAX_BYTES
            if too_long:
                break
            parts.append(part)
    if too_long:
        raise ReportError(413, "too_large", say(language, "desk.report.too_large", most=MAX_BYTES), most=MAX_BYTES)
    return b"".join(parts)


def _signed(request: Request, host: Host, sender: Sender, language: Language, body: bytes) -> Signed:
    workspace = host.workspace()
    person = Person(sender.name, frozenset({sender.role}), sender.scope)
    with workspace.books.connect() as connection:
        mark = book_mark(connection)
    return Signed(Page(request, host, person, workspace, language, mark, {}), sender, body)
