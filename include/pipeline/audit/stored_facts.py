"""Facts: every partition holds the rows that its close wrote; what a close knew; and a day computed again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import pandas as pd
from sqlalchemy import select

from include.demand.bulk import bulk_rule
from include.facts.close_day import compute_again
from include.facts.compute import hashes_of_facts
from include.pipeline.audit.finding import Finding, Looked
from include.warehouse.as_of import exports_as_of, inputs_hash
from include.warehouse.books import read_frame
from include.warehouse.tables import FACT_TABLES, closes, exports, fact_versions, withdrawals
from include.warehouse.workspace import Workspace

NEWEST_CLOSES = 30  # whose inputs are hashed anew: each reads the ledger once


def audit_facts(workspace: Workspace, facts: Sequence[str] = tuple(FACT_TABLES)) -> Looked:
    """facts: names of the tables whose partitions are read."""
    found = [one for fact in facts for one in _changed(workspace, fact)]
    count = read_frame(workspace.books, select(fact_versions.c.fact).where(fact_versions.c.fact.in_(list(facts))))
    return Looked((*found, *_inputs(workspace)), {"partitions": len(count)})


def audit_one_day(workspace: Workspace, seed: str) -> Looked:
    """Computes a closed day anew, as of the newest close, in a transaction that is not kept. seed: chooses the day."""
    versions = read_frame(workspace.books, select(fact_versions.c.day).distinct().order_by(fact_versions.c.day))
    closed = read_frame(workspace.books, select(closes.c.day).order_by(closes.c.day.desc()).limit(1))
    if versions.empty or closed.empty:
        return Looked(counts={"days_computed": 0})
    day, as_of = day_of(seed, versions["day"].tolist()), str(closed["day"].iloc[0])
    merchant = workspace.merchant
    differ = compute_again(
        workspace.books,
        day,
        as_of,
        merchant.warehouse_of(),
        merchant.fallback_warehouse,
        bulk_rule(merchant.demand.bulk),
        merchant.demand.bulk.window_days,
        merchant.warehouse_names(),
    )
    found = tuple(
        Finding("fact_not_computed", {"table": f"facts_{fact}", "shop": shop, "day": day, "as_of": as_of})
        for fact, shop in differ
    )
    return Looked(found, {"days_computed": 1})


def day_of(seed: str, days: Sequence[str]) -> str:
    """One of the days, by chance that a seed decides."""
    return days[int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") % len(days)]


def _changed(workspace: Workspace, fact: str) -> Iterator[Finding]:
    v = fact_versions.c
    said = read_frame(workspace.books, select(v.shop, v.day, v.as_of, v.content_hash, v.rows).where(v.fact == fact))
    keys = ["shop", "day", "as_of"]
    stored = hashes_of_facts(workspace.books, fact)
    both = said.merge(stored, on=keys, how="outer", suffixes=("", "_found"), indicator=True)
    for row in both[both["_merge"] == "right_only"].itertuples():
        yield Finding("fact_without_version", _about(fact, row))
    known = both[both["_merge"] != "right_only"]
    empty = hashlib.sha256(b"").hexdigest()
    for row in known[known["content_hash_found"].fillna(empty) != known["content_hash"]].itertuples():
        check = "fact_gone" if pd.isna(row.content_hash_found) else "fact_changed"
        yield Finding(check, _about(fact, row))


def _about(fact: str, row: object) -> dict[str, str]:
    table = FACT_TABLES[fact].name
    return {"table": table, **{name: str(getattr(row, name)) for name in ("shop", "day", "as_of")}}


def _inputs(workspace: Workspace) -> Iterator[Finding]:
    """Closes whose exports are not those that they knew, although none came or was taken back since."""
    c = closes.c
    newest = read_frame(
        workspace.books, select(c.day, c.revision, c.closed_at, c.inputs_hash).order_by(c.day.desc(), c.revision.desc())
    )
    newest = newest.drop_duplicates("day").head(NEWEST_CLOSES)
    came = read_frame(workspace.books, select(exports.c.day, exports.c.landed_at.label("at")))
    taken = read_frame(workspace.books, select(withdrawals.c.day, withdrawals.c.at))
    changes = pd.concat([came, taken], ignore_index=True)
    for row in newest.itertuples():
        since = changes[(changes["day"] <= row.day) & (changes["at"] > str(row.closed_at))]
        if since.empty and inputs_hash(exports_as_of(workspace.books, str(row.day))) != row.inputs_hash:
            yield Finding("inputs_differ", {"day": str(row.day), "closed_at": str(row.closed_at)})
