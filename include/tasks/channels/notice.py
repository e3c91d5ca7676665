"""What a channel tells besides lists: that a step failed, or that somebody tries whether alerts arrive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from include.tasks.canonical_json import Json
from include.tasks.channels.parcel import Outcome


@dataclass(frozen=True)
class Notice:
    """key: of this message; a repeated one has the same. paragraphs: in the channel's language, without links. links:
    (text, address), the first for anyone who follows one only. data: the same for a program."""

    key: str
    title: str
    paragraphs: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()
    data: Mapping[str, Json] = field(default_factory=dict)


class Teller(Protocol):
    """A channel that somebody hears at once."""

    @property
    def name(self) -> str: ...

    def tell(self, notice: Notice, secrets: Mapping[str, str]) -> Outcome:
        """Say it once. Raises only where it cannot tell what happened; secrets stand in no detail."""
