"""How long what is about people stays: what is older goes, as the merchant's YAML says."""

from sqlalchemy import delete, select, update

from include.calendar.business_days import day_after
from include.customers.profile_store import retire_profiles
from include.people.access_log import retire_access_log
from include.people.contact_vault import retire_contacts
from include.warehouse.tables import churn_scores, experiment_arms, exports, quarantine, recall_arms
from include.warehouse.workspace import Workspace


def retire_personal_data(workspace: Workspace, day: str) -> dict[str, int]:
    """Remove what is about people and older than the merchant's retention allows; returns how many rows of each."""
    keep = workspace.merchant.retention
    first_kept = day_after(day, -keep.scores)
    with workspace.books.begin() as connection:
        old = select(exports.c.export_id).where(exports.c.day < day_after(day, -keep.quarantine))
        texts = connection.execute(
            update(quarantine)
            .where(quarantine.c.sealed_text.is_not(None), quarantine.c.export_id.in_(old))
            .values(sealed_text=None)
        ).rowcount
        scores = sum(
            connection.execute(delete(table).where(table.c.day < first_kept)).rowcount
            for table in (churn_scores, recall_arms, experiment_arms)
        )
    return {
        "contacts": retire_contacts(workspace, day),
        "quarantine": texts,
        "scores": scores,
        "profiles": retire_profiles(workspace, first_kept),
        "access_log": retire_access_log(workspace, day, keep.access_log),
    }
