"""What the web server around the desk supplies: who asks, where the books are, and the time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from include.desk.rights import Visitor
from include.warehouse.workspace import Workspace


@dataclass(frozen=True)
class Host:
    """visitor: who sends a request; None if nobody is logged in. login: the address to log in at, to come back to a
    path. home: the page that the desk links back to. secret: for tokens, the same in every process of the server.
    now: an aware moment. sender_secret: what the connection of this id holds to sign with; None if there is none."""

    workspace: Callable[[], Workspace]
    visitor: Callable[[Request], Awaitable[Visitor | None]]
    login: Callable[[str], str]
    home: str
    secret: bytes
    now: Callable[[], datetime]
    sender_secret: Callable[[str], str | None]
