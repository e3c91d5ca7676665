"""Joining customers and parting them by hand, whatever exports say."""

from datetime import datetime

from include.people.access_log import note_access
from include.people.identity_store import APART, JOINED, state_identity
from include.warehouse.workspace import Workspace


def unmerge(workspace: Workspace, customer: str, who: str, why: str, now: datetime) -> None:
    """Say that a customer (a whole pseudonym) is joined to nobody, from the first list that is not out yet."""
    note_access(workspace, who, why, "unmerge", now, customer)
    state_identity(workspace, [customer], APART, who, why, now)


def merge_again(workspace: Workspace, customer: str, who: str, why: str, now: datetime) -> None:
    """Take an `unmerge` back: keys may join the customer again."""
    note_access(workspace, who, why, "merge", now, customer)
    state_identity(workspace, [customer], JOINED, who, why, now)
