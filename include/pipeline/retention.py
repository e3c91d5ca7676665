"""How long what is about people stays, and logs: what is older goes, as the merchant's YAML says."""

import contextlib
import stat
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from include.calendar.business_days import day_after, parse_day
from include.customers.profile_store import retire_profiles
from include.people.access_log import retire_access_log
from include.people.contact_vault import retire_contacts
from include.warehouse.tables import churn_scores, experiment_arms, exports, quarantine, recall_arms
from include.warehouse.workspace import Workspace

# Where Airflow puts logs of tasks and of the Dag files that it reads; what else lies beside them is not ours to remove.
_LOGS = ("dag_id=*", "dag_processor", "scheduler")


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


def retire_logs(workspace: Workspace, folder: Path, day: str) -> dict[str, int]:
    """Remove Airflow's logs below `folder` that nobody has written to for as long as the merchant keeps them, and the
    folders that are empty then; returns how many files."""
    first_kept = parse_day(day_after(day, -workspace.merchant.retention.logs))
    before = datetime.combine(first_kept, time(), ZoneInfo(workspace.merchant.time_zone)).timestamp()
    removed = 0
    for root in [one for pattern in _LOGS for one in folder.glob(pattern) if one.is_dir() and not one.is_symlink()]:
        stood = [(path, path.lstat()) for path in sorted(root.rglob("*"), reverse=True)]  # what lies in a folder, first
        for path, about in stood:
            if about.st_mtime >= before:
                continue
            with contextlib.suppress(OSError):  # somebody writes there again, or it is gone already
                if stat.S_ISDIR(about.st_mode):
                    path.rmdir()
                else:
                    path.unlink()
                    removed += 1
    return {"logs_removed": removed}
