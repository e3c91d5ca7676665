"""The vault of contacts: read by customer with an entry in the access log, sealed again when the key changes."""

from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import delete, select, update

from include.calendar.business_days import day_after
from include.people.access_log import note_access
from include.people.pseudonymise import quarantine_context, seal_contact, vault_context
from include.privacy.sealing import seal, unseal
from include.warehouse.books import read_frame
from include.warehouse.tables import contact_vault, quarantine
from include.warehouse.workspace import Workspace

AT_ONCE = 1000


def opened_contacts(workspace: Workspace, customers: list[str]) -> list[dict[str, str]]:
    """customer, shop, field, value, day of what the vault holds of these customers, in clear. The caller writes the
    access down first. Raises SealError where a value was tampered with."""
    c = contact_vault.c
    rows = read_frame(
        workspace.books,
        select(c.customer, c.shop, c.field, c.sealed, c.day)
        .where(c.customer.in_(customers))
        .order_by(c.customer, c.field),
    )
    return [
        {
            "customer": row.customer,
            "shop": row.shop,
            "field": row.field,
            "value": unseal(row.sealed, workspace.keys.vault, vault_context(row.customer, row.field)),
            "day": row.day,
        }
        for row in rows.itertuples()
    ]


def rotate(workspace: Workspace, who: str, why: str, now: datetime) -> dict[str, int]:
    """Seal everything anew that is sealed with an older key: contacts, quarantined rows, raw files. Returns how many of
    each. It may be stopped and started again: what is done is done. Afterwards older keys open nothing any more."""
    note_access(workspace, who, why, "rotate", now)
    raw = workspace.raw_store()
    return {
        "contacts": _rotate_contacts(workspace),
        "quarantine": _rotate_quarantine(workspace),
        "raw": sum(raw.reseal(digest) for digest in list(raw.kept())),
    }


def still_sealed_with(workspace: Workspace) -> dict[str, int]:
    """Key id -> how many things it still has to open."""
    counts: dict[str, int] = {}
    raw = workspace.raw_store()
    named = [
        *read_frame(workspace.books, select(contact_vault.c.key_id))["key_id"],
        *(text.split(":")[1] for text in _sealed_texts(workspace)["sealed_text"]),
        *(raw.key_id_of(digest) for digest in raw.kept()),
    ]
    for name in named:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def retire_contacts(workspace: Workspace, day: str) -> int:
    """Remove contacts that no export has said for so long as the retention allows; returns how many."""
    first_kept = day_after(day, -workspace.merchant.retention.contacts)
    with workspace.books.begin() as connection:
        return connection.execute(delete(contact_vault).where(contact_vault.c.day < first_kept)).rowcount


def _rotate_contacts(workspace: Workspace) -> int:
    c, keys, done = contact_vault.c, workspace.keys, 0
    while True:
        with workspace.books.begin() as connection:
            rows = connection.execute(
                select(c.customer, c.field, c.sealed).where(c.key_id != keys.vault_key_id).limit(AT_ONCE)
            ).all()
            for row in rows:
                text = unseal(row.sealed, keys.vault, vault_context(row.customer, row.field))
                connection.execute(
                    update(contact_vault)
                    .where(c.customer == row.customer, c.field == row.field)
                    .values(sealed=seal_contact(row.customer, row.field, text, keys), key_id=keys.vault_key_id)
                )
        done += len(rows)
        if len(rows) < AT_ONCE:
            return done


def _rotate_quarantine(workspace: Workspace) -> int:
    keys, c = workspace.keys, quarantine.c
    frame = _sealed_texts(workspace)
    old = frame[~frame["sealed_text"].str.startswith(f"sk1:{keys.vault_key_id}:")]
    for first in range(0, len(old), AT_ONCE):
        with workspace.books.begin() as connection:
            for row in old.iloc[first : first + AT_ONCE].itertuples():
                context = quarantine_context(row.export_id, row.file_line)
                text = unseal(row.sealed_text, keys.vault, context)
                connection.execute(
                    update(quarantine)
                    .where(c.export_id == row.export_id, c.file_line == row.file_line, c.number == row.number)
                    .values(sealed_text=seal(text, keys.newest, keys.vault_key_id, context))
                )
    return len(old)


def _sealed_texts(workspace: Workspace) -> pd.DataFrame:
    c = quarantine.c
    return read_frame(
        workspace.books, select(c.export_id, c.file_line, c.number, c.sealed_text).where(c.sealed_text.is_not(None))
    )


def sealed_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """export_id, file_line, number, text of every quarantined row whose text is kept, opened."""
    return [
        {
            "export_id": row.export_id,
            "file_line": row.file_line,
            "number": row.number,
            "text": unseal(row.sealed_text, workspace.keys.vault, quarantine_context(row.export_id, row.file_line)),
        }
        for row in _sealed_texts(workspace).itertuples()
    ]
