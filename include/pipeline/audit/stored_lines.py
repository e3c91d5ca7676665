"""Lines against the ledger: each export's rows are those that were published, no more, no fewer and no others."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pandas as pd
from sqlalchemy import distinct, func, select

from include.pipeline.audit.finding import Finding, Looked
from include.warehouse.books import read_frame
from include.warehouse.lines_hash import hashes_of_lines
from include.warehouse.publish import ledger_of
from include.warehouse.tables import LINE_TABLES, REPEATS, emptied_orders, exports, quarantine
from include.warehouse.workspace import Workspace


def audit_lines(workspace: Workspace, chosen: Collection[str] | None = None) -> Looked:
    """chosen: exports whose lines are read; None: all of them. The ledger is looked at whole."""
    ledger = ledger_of(workspace.books)
    published = ledger[ledger["state"] == "published"]
    if chosen is not None:
        published = published[published["export_id"].isin(set(chosen))]
    found = [*_unbalanced(ledger), *_unnamed(workspace), *_held_back(workspace, published)]
    found += _changed(workspace, published)
    return Looked(tuple(found), {"exports": len(ledger), "exports_read": len(published)})


def _unbalanced(ledger: pd.DataFrame) -> Iterator[Finding]:
    """Exports whose rows or money do not add up."""
    parts = ("published", "quarantined", "ignored")
    rows = sum(ledger[f"rows_{part}"] for part in parts)
    money = sum(ledger[f"money_{part}_micros"] for part in parts)
    off = (ledger["state"] == "published") & ((rows != ledger["rows_total"]) | (money != ledger["money_total_micros"]))
    for row in ledger[off].itertuples():
        yield Finding("ledger_unbalanced", _about(row))


def _unnamed(workspace: Workspace) -> Iterator[Finding]:
    """Lines of exports that the ledger does not know: their own row was removed."""
    named = [
        (table, table.c.export_number, exports.c.export_number) for table in (*LINE_TABLES.values(), *REPEATS.values())
    ]
    named += [(table, table.c.export_id, exports.c.export_id) for table in (emptied_orders, quarantine)]
    for table, own, known in named:
        gone = select(own.label("export")).where(own.not_in(select(known))).distinct()
        for export in read_frame(workspace.books, gone)["export"]:
            yield Finding("export_gone", {"table": table.name, "export": str(export)})


def _held_back(workspace: Workspace, published: pd.DataFrame) -> Iterator[Finding]:
    """Exports whose quarantined rows are not as many as the ledger says."""
    q = quarantine.c
    rows = read_frame(
        workspace.books, select(q.export_id, func.count(distinct(q.file_line)).label("rows")).group_by(q.export_id)
    )
    found = published["export_id"].map(rows.set_index("export_id")["rows"]).fillna(0).astype("int64")
    for row, count in zip(published.itertuples(), found, strict=True):
        if count != row.rows_quarantined:
            yield Finding(
                "quarantine_differs", {**_about(row), "said": int(str(row.rows_quarantined)), "found": int(count)}
            )


def _changed(workspace: Workspace, published: pd.DataFrame) -> Iterator[Finding]:
    """Exports whose lines are not those that were published."""
    hashed = published[published["lines_hash"].notna()]  # others were published before the hash was kept
    stored = hashes_of_lines(workspace.books, hashed["export_id"].tolist())
    for row in hashed.itertuples():
        said = row.lines_hash if pd.isna(row.audited_hash) else row.audited_hash
        hashes, lines = stored[str(row.export_id)]
        if said not in hashes:
            yield Finding("lines_changed", _about(row))
        elif lines != row.rows_published:
            yield Finding("rows_differ", {**_about(row), "said": int(str(row.rows_published)), "found": lines})


def _about(row: object) -> dict[str, str]:
    return {name: str(getattr(row, name)) for name in ("shop", "report", "day", "file_name", "export_id")}
