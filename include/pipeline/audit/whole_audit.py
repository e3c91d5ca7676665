"""`storekeeper audit`: whether the books, the lists and the files are what they were."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from include.calendar.business_days import day_after
from include.pipeline.audit.finding import Finding, Looked
from include.pipeline.audit.stored_facts import audit_facts, audit_one_day
from include.pipeline.audit.stored_files import audit_files
from include.pipeline.audit.stored_lines import audit_lines
from include.pipeline.audit.stored_lists import audit_lists
from include.warehouse.books import read_frame
from include.warehouse.tables import FACT_TABLES, exports
from include.warehouse.workspace import Workspace
from include.words.texts import Language, say

RECENT_DAYS = 3  # of exports and lists that every nightly audit reads whole
ROUND = 28  # nights in which everything else is read once
MAX_TOLD = 20  # findings of one kind on a page; more are counted


@dataclass(frozen=True)
class Audit:
    """counts: what was looked at, by the names of `audit.looked.NAME`."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]

    def page(self, language: Language) -> str:
        """One page: what was looked at, what is wrong and what to do."""
        looked = [say(language, f"audit.looked.{name}", n=f"{count:,}") for name, count in self.counts.items()]
        lines = [say(language, "audit.looked_at", what=say(language, "audit.comma").join(looked))]
        if not self.findings:
            return "\n".join([*lines, say(language, "audit.clean")])
        by_check: dict[str, list[Finding]] = {}
        for one in self.findings:
            by_check.setdefault(one.check, []).append(one)
        lines.append(say(language, "audit.found", n=len(self.findings)))
        for found in by_check.values():
            lines += ["", *(f"- {one.describe(language)}" for one in found[:MAX_TOLD])]
            if len(found) > MAX_TOLD:
                lines.append(say(language, "audit.more", n=len(found) - MAX_TOLD))
            lines.append(f"  → {found[0].what_to_do(language)}")
        return "\n".join(lines)


def audit(workspace: Workspace, now: datetime, *, is_nightly: bool = False) -> Audit:
    """now: the merchant's clock. is_nightly: reads what is recent and a part of the rest, so that all is read in ROUND
    nights; the ledger, the logs, the models and one day's facts are looked at every time."""
    looked = Looked()
    for part in parts_of(workspace, now, is_nightly=is_nightly):
        looked += part()
    return Audit(looked.findings, looked.counts)


def parts_of(workspace: Workspace, now: datetime, *, is_nightly: bool) -> Iterator[Callable[[], Looked]]:
    """The steps of an audit, in their order."""
    today = now.date().isoformat()
    chosen = of_tonight(workspace, now) if is_nightly else None
    facts = tuple(sorted(FACT_TABLES))
    night = now.date().toordinal()
    some = (facts[night % len(facts)],) if is_nightly else facts
    since = day_after(today, -ROUND) if is_nightly else ""
    yield lambda: audit_lines(workspace, chosen)
    yield lambda: audit_facts(workspace, some)
    yield lambda: audit_one_day(workspace, today)
    yield lambda: audit_lists(workspace, since)
    yield lambda: audit_files(workspace, today, chosen)


def of_tonight(workspace: Workspace, now: datetime) -> frozenset[str]:
    """The exports whose lines and files are read tonight: those that came lately, and one in ROUND of the others."""
    c = exports.c
    today, night = now.date().isoformat(), now.date().toordinal() % ROUND
    since = day_after(today, -RECENT_DAYS)
    rows = read_frame(workspace.books, select(c.export_id, c.day, c.landed_at))
    return frozenset(
        str(row.export_id)
        for row in rows.itertuples()
        if max(str(row.day), str(row.landed_at)) >= since
        or int(hashlib.sha256(str(row.export_id).encode()).hexdigest()[:8], 16) % ROUND == night
    )
