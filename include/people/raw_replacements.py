"""The raw files of exports, and what takes the place of one that held an erased person.

The books know an export by the content that it first had. A file without an erased person has another content; it is
still the same export, so that nothing is counted twice.
"""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from sqlalchemy import delete, or_, select

from include.calendar.business_days import MOMENT
from include.files.content import Content
from include.files.raw_store import RawStore
from include.people.landings import keep_replacement
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import exports, raw_replacements
from include.warehouse.workspace import Workspace


@dataclass(frozen=True)
class Brought:
    """content: what is to be read: of a file that held an erased person, the file without. origin: the content by which
    the books know it."""

    content: Content
    origin: str


def bring(workspace: Workspace, raw: RawStore, content: Content) -> Brought:
    """Keep a file that came in, unless it stands replaced already."""
    digest = content.digest
    c = raw_replacements.c
    known = read_frame(
        workspace.books, select(raw_replacements).where(or_(c.content_hash == digest, c.replaced_by == digest))
    )
    origin = str(known["origin"].iloc[0]) if len(known) else digest
    for row in known.itertuples():
        if row.content_hash == digest and isinstance(row.replaced_by, str) and raw.holds(row.replaced_by):
            raw.erase(digest)
            return Brought(raw.kept_as(row.replaced_by), origin)
    raw.keep(content)
    return Brought(content, origin)


def replace(workspace: Workspace, raw: RawStore, digest: str, content: Content | None, clock: datetime) -> str | None:
    """Put `content` in the place of what is kept as `digest`, or nothing where it is None; returns its own digest."""
    after = None if content is None else raw.keep(content).digest
    if after == digest:
        return after
    c = raw_replacements.c
    with publication(workspace.books) as change:
        before = change.read(select(c.content_hash, c.origin).where(c.replaced_by == digest))
        origin = str(before["origin"].iloc[0]) if len(before) else digest
        hashes = {digest, *before["content_hash"]}
        change.execute(delete(raw_replacements).where(c.content_hash.in_(sorted(hashes))))
        rows = pd.DataFrame({"content_hash": sorted(hashes)})
        change.insert(raw_replacements, rows.assign(replaced_by=after, origin=origin, at=clock.strftime(MOMENT)))
        named = change.read(select(exports.c.export_id).where(exports.c.content_hash == origin))["export_id"]
    keep_replacement(raw, hashes, after, origin, clock.strftime(MOMENT), set(named))
    raw.erase(digest)
    return after


def kept_as(workspace: Workspace, content_hash: str) -> str | None:
    """What the content that the books know is kept as today; None where it was removed for an erased person."""
    c = raw_replacements.c
    found = read_frame(workspace.books, select(c.replaced_by).where(c.content_hash == content_hash))
    if found.empty:
        return content_hash
    after = found["replaced_by"].iloc[0]
    return after if isinstance(after, str) else None
