"""What an audit finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from include.words.texts import Language, say


@dataclass(frozen=True)
class Finding:
    """Something that is not what it was. check: the name of its texts, `audit.finding.NAME` and `audit.do.NAME`.
    values: what these name: tables, files, days, ids; nothing personal."""

    check: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def describe(self, language: Language) -> str:
        return say(language, f"audit.finding.{self.check}", **self.values)

    def what_to_do(self, language: Language) -> str:
        return say(language, f"audit.do.{self.check}", **self.values)


@dataclass(frozen=True)
class Looked:
    """What an audit looked at and found. counts: what -> how many, by the names of `audit.looked.NAME`."""

    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Looked) -> Looked:
        return Looked((*self.findings, *other.findings), {**self.counts, **other.counts})
