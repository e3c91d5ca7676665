"""The numbers beside the lists' names: counted once, then kept up to date by the events of the log."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event, select, update

from include.desk.rights import Person
from include.desk.views.book_mark import book_mark
from include.desk.views.open_counts import OpenCounts, open_counts
from include.settings.desk import Scope
from include.tasks.acts import Act, act_all, undo
from include.tasks.drafts import TaskList
from include.tasks.publish_list import publish_list
from include.tasks.task_events import Change, append
from include.tasks.task_tables import tasks
from tests.desk.conftest import DAY, restock_draft

NOW = datetime(2025, 11, 12, 9)
PEOPLE = [
    Person("li", frozenset({"planner", "clerk"}), scope)
    for scope in (Scope(), Scope(warehouses=("华南仓",)), Scope(shops=("jd",)), Scope(categories=("保暖",)))
]


def told(engine: Engine, counts: OpenCounts) -> list[dict[str, tuple[int, int, int]]]:
    with engine.connect() as connection:
        mark = book_mark(connection)
        return [counts.of(connection, mark, one) for one in PEOPLE]


def counted(engine: Engine) -> list[dict[str, tuple[int, int, int]]]:
    with engine.connect() as connection:
        return [open_counts(connection, book_mark(connection), one) for one in PEOPLE]


def test_counts_are_those_of_the_open_lines_whatever_is_done(listed: Engine) -> None:
    chance, counts = random.Random(4), OpenCounts()
    assert told(listed, counts) == counted(listed)
    assert told(listed, counts)[0]["restock"][0] == 20
    with listed.connect() as connection:
        ids = list(connection.scalars(select(tasks.c.task_id).order_by(tasks.c.task_id)))
    for minute in range(30):
        some, at = chance.sample(ids, 3), NOW + timedelta(minutes=minute)
        state: Any = chance.choice(["accepted", "refused", "done", "snoozed"])
        data = {"until": "2025-11-20"} if state == "snoozed" else {"reason": "够了", "outcome": "reached"}
        with listed.begin() as connection:
            act_all(connection, [Act(one, state, data) for one in some], "li", at)
            if chance.random() < 0.4:
                undo(connection, some[:1], "li", at)
        assert told(listed, counts) == counted(listed)


def test_lines_are_counted_once_however_many_are_answered(listed: Engine) -> None:
    counts = OpenCounts()
    told(listed, counts)
    seen: list[str] = []
    event.listen(listed, "before_cursor_execute", lambda c, cursor, statement, *more: seen.append(statement))
    with listed.begin() as connection:
        task = connection.scalars(select(tasks.c.task_id).where(tasks.c.kind == "restock")).first()
        act_all(connection, [Act(str(task), "accepted", {})], "li", NOW)
    seen.clear()
    assert told(listed, counts)[0]["restock"][0] == 19
    assert not [one for one in seen if "tasks.state = 'open'" in one]
    seen.clear()
    told(listed, counts)
    assert len(seen) == 1, "nothing has changed: the mark alone is read"


def test_a_new_revision_of_a_list_is_counted_anew(listed: Engine) -> None:
    """It may change what lines are worth, and how urgent they are, without an event of each."""
    counts = OpenCounts()
    told(listed, counts)
    drafts = [restock_draft(n, money_at_risk_micros=1_000_000, last_order_day="2025-11-12") for n in range(1, 21)]
    publish_list(listed, TaskList("restock", DAY, drafts), NOW)
    assert told(listed, counts)[0]["restock"] == (20, 20, 20_000_000)
    assert told(listed, counts) == counted(listed)


def test_an_erased_person_is_counted_out(listed: Engine) -> None:
    """Her line has no shop and no money any more, so that its events do not say what to take away."""
    counts = OpenCounts()
    told(listed, counts)
    with listed.begin() as connection:
        row = connection.execute(select(tasks).where(tasks.c.kind == "recall", tasks.c.shop == "jd")).one()
        append(connection, [Change(row.task_id, "open", "withdrawn")], NOW, DAY, "storekeeper")
        blank = {"state": "withdrawn", "shop": None, "money_micros": None}
        connection.execute(update(tasks).where(tasks.c.task_id == row.task_id).values(blank))
        append(connection, [Change(row.task_id, "withdrawn", "withdrawn", {"erased": "e1"})], NOW, DAY, "storekeeper")
    assert told(listed, counts) == counted(listed)
    assert "recall" not in told(listed, counts)[2], "the only line of that shop"


def test_the_mark_says_the_newest_day_of_each_kind(listed: Engine) -> None:
    publish_list(listed, TaskList("restock", "2025-11-13", [restock_draft(1)]), datetime(2025, 11, 14))
    with listed.connect() as connection:
        mark = book_mark(connection)
        assert mark.newest_day() == mark.newest_day("restock") == "2025-11-13"
        assert mark.newest_day("recall") == DAY
        assert mark.newest_day("nothing") is None
        assert {kind: number for kind, _, number in mark.lists}["restock"] == 2
