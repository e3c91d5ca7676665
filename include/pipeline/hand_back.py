"""Lists that people hand back: the folders beside the lists, what lies in them, and what follows from it."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from include.calendar.business_days import merchant_now
from include.customers.store import consents_by_now, learn_consents, withdraw_recalls
from include.tasks.answers.hand_back_folder import HandBack, Look, Receipt, hand_back_folders
from include.warehouse.books import step_lock
from include.warehouse.workspace import Workspace


def looks_of(folders: list[HandBack]) -> dict[tuple[str, str], Look]:
    """(folder, name below it) -> how what is waiting looks now."""
    return {(str(one.folder), name): look for one in folders for name, look in one.waiting().items()}


def take_in_lists(
    workspace: Workspace, clock: Callable[[], datetime], sleep: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """Enter every list that lies at rest in a hand-back folder; returns counts. clock: aware moments.

    A file is at rest if it looks the same after the settling time. A customer who wants no more contact is taken off
    every open recall list at once. Raises RuntimeError, after all that, where a file could not be read or moved.
    """
    folders = hand_back_folders(workspace.merchant)
    for folder in folders:
        folder.make()
    before = looks_of(folders)
    if before:
        sleep(workspace.merchant.hand_back.settle_seconds)
    receipts: list[Receipt] = []
    failures: list[str] = []
    with step_lock(workspace.books, "hand_back"):
        for folder in folders:
            only = {name: look for (place, name), look in before.items() if place == str(folder.folder)}
            taken = folder.take_in(workspace.books, lambda: merchant_now(workspace.merchant.time_zone, clock()), only)
            receipts += taken.receipts
            failures += [f"{folder.folder}/{one.file} ({one.why})" for one in taken.failures]
    withdrawn = 0
    if any(receipt.kind == "recall" for receipt in receipts):
        learn_consents(workspace)
        withdrawn = withdraw_recalls(
            workspace, consents_by_now(workspace), merchant_now(workspace.merchant.time_zone, clock())
        )
    if failures:
        raise RuntimeError(f"these files could not be read or moved and stay where they are: {'; '.join(failures)}")
    return {
        "files": len(receipts),
        "for_a_person": sum(receipt.needs_a_person for receipt in receipts),
        "withdrawn": withdrawn,
    }
