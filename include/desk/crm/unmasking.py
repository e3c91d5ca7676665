"""Showing how a customer can be reached in clear: written down first, by whom and why, then opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from include.people.access_log import note_access
from include.people.contact_vault import opened_contacts
from include.settings.desk import Scope
from include.settings.saying import BilingualError
from include.warehouse.workspace import Workspace

UNMASK = "unmask"
"""What the access log calls it."""


@dataclass(frozen=True)
class InClear:
    """field: phone, name or email. day: the last business day whose export said it."""

    field: str
    value: str
    shop: str
    day: str


def contacts_in_clear(
    workspace: Workspace, customers: Sequence[str], scope: Scope, who: str, why: str, now: datetime
) -> list[InClear]:
    """What the vault holds of one person, of the shops within `scope`.

    customers: all pseudonyms of the person. now: the merchant's clock. Raises BilingualError without keys or without a
    reason, and SealError where a value was tampered with; the access log has the attempt then.
    """
    if not workspace.keys.vault or not workspace.keys.customers:
        raise BilingualError.named("error.no_keys_here")
    for customer in customers:
        note_access(workspace, who, why, UNMASK, now, customer)
    return [
        InClear(one["field"], one["value"], one["shop"], one["day"])
        for one in opened_contacts(workspace, list(customers))
        if not scope.shops or one["shop"] in scope.shops
    ]
