"""What stands around every page: the lists with their counts, the day that all is as of, and what a person may do."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from include.desk.page import READS, Page
from include.desk.views.approval_views import waiting_count
from include.desk.views.book_mark import book_mark
from include.desk.views.open_counts import open_counts


@dataclass(frozen=True)
class Chrome:
    """counts: kind -> (open lines, of which now, money in micros). day: of the newest list; None before the first.
    approvals: what waits for a second person, of what an approver sees."""

    counts: Mapping[str, tuple[int, int, int]]
    day: str | None
    approvals: int


def chrome_of(connection: Connection, page: Page) -> Chrome:
    person = page.person
    may_approve = person.may("approve")
    if page.request.method not in READS:
        # What this request has written is seen in its own transaction alone, and kept for nobody until it is committed.
        mark = book_mark(connection)
        waiting = waiting_count(connection, person) if may_approve else 0
        return Chrome(open_counts(connection, mark, person), mark.newest_day(), waiting)
    mark, waiting = page.mark, 0
    if may_approve:
        key = ("waiting", mark, person.scope.model_dump_json(), person.rights)
        waiting = page.values.of(key, lambda: waiting_count(connection, person))
    return Chrome(page.counts.of(connection, mark, person), mark.newest_day(), waiting)
