"""One POST, and what its end says about whether it arrived. Shared by everything that speaks HTTP."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from include.tasks.channels.parcel import Outcome

LONGEST_BODY = 64 * 1024  # bytes of an answer that are read: a server must not fill our memory
# httpx logs every request's whole address at INFO, and robots carry their token there.
logging.getLogger("httpx").setLevel(logging.WARNING)

# Nothing was sent when one of these is raised.
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol,
                   httpx.InvalidURL, httpx.ProxyError)  # fmt: skip
# Definite, and passing: try later.
_LATER = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Limits:
    """Seconds. `whole` bounds the answer's arrival, however slowly it trickles."""

    connect: float = 5.0
    answer: float = 30.0
    whole: float = 60.0

    @staticmethod
    def of(seconds: float | None) -> "Limits":
        """What the merchant says that an answer may take; None: the usual."""
        return Limits() if seconds is None else Limits(min(Limits.connect, seconds), seconds, seconds)


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: Mapping[str, str]


def post(url: str, body: bytes, headers: Mapping[str, str], limits: Limits) -> Reply | Outcome:
    """The reply to a POST, or the outcome where there is none. Redirects are not followed."""
    started = time.monotonic()
    timeout = httpx.Timeout(limits.answer, connect=limits.connect)
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=False) as client,
            client.stream("POST", url, content=body, headers=dict(headers)) as response,
        ):
            received = b""
            for chunk in response.iter_bytes():
                received += chunk
                if len(received) > LONGEST_BODY:
                    break
                if time.monotonic() - started > limits.whole:
                    return Outcome("unknown", f"HTTP {response.status_code}, no whole answer in {limits.whole:g} s")
            return Reply(response.status_code, received[:LONGEST_BODY], dict(response.headers))
    except _BEFORE_SENDING as error:
        passing = not isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL))
        return Outcome("failed", f"not reached: {_said(error)}", may_repeat=passing)
    except httpx.TimeoutException as error:
        return Outcome("unknown", f"no answer in time: {_said(error)}")
    except httpx.HTTPError as error:
        return Outcome("unknown", f"the connection broke: {_said(error)}")


def judged_by_status(reply: Reply) -> Outcome:
    """2xx sent, 5xx unknown (it may have worked before it broke), all else definitely not."""
    if 200 <= reply.status < 300:
        return Outcome("sent", f"HTTP {reply.status}")
    said = f"HTTP {reply.status}: {excerpt(reply.body)}"
    if reply.status >= 500:
        return Outcome("unknown", said)
    return Outcome("failed", said, may_repeat=reply.status in _LATER, wait_seconds=_asked_to_wait(reply))


def excerpt(body: bytes) -> str:
    return " ".join(body.decode("utf-8", "replace").split())[:200]


def _asked_to_wait(reply: Reply) -> int:
    text = {name.lower(): value for name, value in reply.headers.items()}.get("retry-after", "")
    return min(int(text), 24 * 3600) if text.isascii() and text.isdigit() else 0


def _said(error: Any) -> str:
    return f"{type(error).__name__} {error}".strip()
