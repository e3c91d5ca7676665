"""The backup that is made before the first task of a new release brings the books to its schema."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from include.calendar.business_days import merchant_now
from include.pipeline.recovery.back_up import back_up
from include.pipeline.recovery.backup_place import BackupError
from include.privacy.sealing import SealError
from include.settings.saying import in_language
from include.warehouse.migrate import newest_revision, revision_of
from include.warehouse.workspace import Workspace
from include.words.texts import say

log = logging.getLogger("storekeeper.upgrade")


class UpgradeError(BackupError):
    """The books are older, and no backup could be made before they are changed; the message names the command."""


def backing_up_first(
    now: datetime, settings: Path | None, options: Callable[[], Mapping[str, Any] | None] = lambda: None
) -> Callable[[Workspace], None]:
    """What `open_workspace` does before it upgrades books that somebody has: a verified backup to the merchant's place.
    If the YAML says that somebody else backs up, that is logged. now: an aware moment. settings: the folder of
    merchant.yaml. options: of the place's connection. Raises UpgradeError."""

    def before(workspace: Workspace) -> None:
        merchant = workspace.merchant
        if merchant.backups.by == "elsewhere":
            log.warning(say(merchant.language, "recovery.migrate.by_elsewhere"))
            return
        day = merchant_now(merchant.time_zone, now).date().isoformat()
        try:
            done = back_up(workspace, day, now, settings, options())
        except (ValueError, OSError, SealError) as error:
            why = in_language(error, "zh"), in_language(error, "en")
            revisions = {"revision": revision_of(workspace.books), "newest": newest_revision()}
            raise UpgradeError.named("recovery.error.no_upgrade", why=why, **revisions) from error
        for sentence in done.describe(merchant.language):
            log.info(sentence)

    return before
