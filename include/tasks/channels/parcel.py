"""What every channel gets, answers and promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from include.tasks.document import Document, Line

Purpose = Literal["list", "escalation"]


@dataclass(frozen=True)
class Parcel:
    """One list for one channel. It is made of stored things only: the same key always carries the same content.

    withheld: ids of lines that are not to be sent, since a person acted on them, may no longer be contacted, or since
    the channel does not take them. purpose: the list itself, or that nobody has looked at its urgent lines. also: the
    other lists of the morning that go out in the same message.
    """

    delivery_key: str
    revision: int
    edition: int
    document: Document
    withheld: frozenset[str] = frozenset()
    purpose: Purpose = "list"
    also: tuple["Parcel", ...] = ()

    @property
    def currency(self) -> str:
        """Of the list's amounts; lists from before this was said are in yuan."""
        return str(self.document.manifest.get("currency", "CNY"))

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for line in self.document.lines if line.task_id not in self.withheld)


@dataclass(frozen=True)
class Outcome:
    """sent: it arrived. failed: it certainly did not. unknown: it may have.

    may_repeat: a failure that may pass by itself (busy, not reachable). wait_seconds: the receiver asked to wait.
    """

    state: Literal["sent", "failed", "unknown"]
    detail: str
    may_repeat: bool = False
    wait_seconds: int = 0


class Channel(Protocol):
    """is_repeatable: delivering the same key again has no further effect, so an unknown outcome may be repeated."""

    @property
    def name(self) -> str: ...

    @property
    def is_repeatable(self) -> bool: ...

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        """Deliver. Raises only where it cannot tell what happened; secrets stand in no detail."""
