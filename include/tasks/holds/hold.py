"""Why a line or a list is held, as it is kept and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.tasks.canonical_json import Json
from include.tasks.sheets.cells import amount_of
from include.words.texts import LANGUAGES, say

HELD = "held"
"""The field of a line's payload, and of a list's manifest, that says why it is held: `as_kept`. There is none else."""
MONEY = ("cost", "price", "list_money", "budget", "above")  # guards whose figures are micros


@dataclass(frozen=True)
class Reason:
    """guard: its code, as in guard.po. said: the figure that broke it; usual: what it was held against."""

    guard: str
    said: int
    usual: int

    def in_words(self, language: str) -> str:
        show = _money if self.guard in MONEY else _number
        return say(language, f"guard.why.{self.guard}", said=show(self.said), usual=show(self.usual))


def as_kept(reasons: Iterable[Reason]) -> list[Mapping[str, Json]]:
    return [{"guard": one.guard, "said": one.said, "usual": one.usual} for one in reasons]


def reasons_of(kept: Mapping[str, Any]) -> tuple[Reason, ...]:
    """Of a payload or a manifest; none if it is not held."""
    return tuple(Reason(**one) for one in kept.get(HELD) or ())


def reasons_told(reasons: Sequence[Reason], language: str) -> str:
    """All reasons, one behind the other."""
    return say(language, "why.semicolon").join(one.in_words(language) for one in reasons)


def held_payload(payload: Mapping[str, Any], reasons: Sequence[Reason]) -> dict[str, Any]:
    """The payload of a line that is held: its reasons stand before all else in what is told of it."""
    more: dict[str, Any] = {HELD: as_kept(reasons)}
    for language in LANGUAGES:
        before = say(language, "guard.line_held", reasons=reasons_told(reasons, language))
        for name in (f"why_{language}", f"brief_{language}"):
            if payload.get(name):
                more[name] = f"{before}{payload[name]}"
    return {**payload, **more}


def _number(value: int) -> str:
    return f"{value:,}"


def _money(value: int) -> str:
    return f"{amount_of(value):,.2f}"
