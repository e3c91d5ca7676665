"""What stands around every page: the lists with their counts, the day that all is as of, and what a person may do."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from include.desk.choosing import open_counts
from include.desk.page import Page
from include.desk.views.approval_views import waiting_count
from include.tasks.task_tables import newest_list_day


@dataclass(frozen=True)
class Chrome:
    """counts: kind -> (open lines, of which now, money in micros). day: of the newest list; None before the first.
    approvals: what waits for a second person, of what an approver sees."""

    counts: Mapping[str, tuple[int, int, int]]
    day: str | None
    approvals: int


def chrome_of(connection: Connection, page: Page) -> Chrome:
    waiting = waiting_count(connection, page.person) if page.person.may("approve") else 0
    return Chrome(open_counts(connection, page.person), newest_list_day(connection), waiting)
