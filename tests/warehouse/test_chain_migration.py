"""Events that were chained over what they say are chained anew over its digest; a break stays one."""

import hashlib
import json
from datetime import datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, insert, text, update

from include.tasks.task_events import GENESIS, Change, append, verify_chain
from include.tasks.task_tables import task_log_end, tasks
from include.warehouse.migrate import MIGRATIONS

COLUMNS = ("seq", "task_id", "at", "day", "who", "from_state", "to_state", "data")


def move(books: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with books.connect() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if revision != "head" else command.upgrade)(config, revision)
        connection.commit()


@pytest.fixture
def books_of_before(books: Engine) -> Engine:
    """Books at revision 0003 with three events of one task, chained as they were then."""
    with books.begin() as connection:
        task = {column.name: "1" for column in tasks.columns}
        numbers = dict.fromkeys(("revision", "rank", "urgency", "money_micros", "quantity", "changed_seq"), 1)
        connection.execute(insert(tasks).values({**task, **numbers, "state": "open", "payload": "{}"}))
        changes = [Change("1", "open", "open", {"note": f"第 {n} 次"}) for n in range(3)]
        append(connection, changes, datetime(2025, 11, 1, 9), "2025-11-01", "li")
    move(books, "0003")
    return books


def test_a_chain_of_before_is_whole_afterwards_and_goes_on(books_of_before: Engine) -> None:
    with books_of_before.connect() as connection:
        rows = connection.execute(
            text(f"SELECT {', '.join(COLUMNS)}, previous_hash, hash FROM task_events ORDER BY seq")
        )
        previous = GENESIS
        for row in rows:
            said = json.dumps(list(row[:8]), ensure_ascii=False, separators=(",", ":"))
            assert row.previous_hash == previous
            previous = hashlib.sha256(f"{previous}\n{said}".encode()).hexdigest()
            assert row.hash == previous
    move(books_of_before, "head")
    with books_of_before.begin() as connection:
        assert verify_chain(connection) is None
        append(connection, [Change("1", "open", "open")], datetime(2025, 11, 2, 9), "2025-11-02", "li")
        assert verify_chain(connection) is None


@pytest.mark.parametrize("broken", [1, 2, 3])
def test_an_event_that_was_changed_before_is_found_afterwards(books_of_before: Engine, broken: int) -> None:
    with books_of_before.begin() as connection:
        connection.execute(text("UPDATE task_events SET who = 'nobody' WHERE seq = :seq").bindparams(seq=broken))
    move(books_of_before, "head")
    with books_of_before.begin() as connection:
        assert verify_chain(connection) == broken


def test_a_log_cut_off_before_is_found_afterwards(books_of_before: Engine) -> None:
    with books_of_before.begin() as connection:
        connection.execute(text("DELETE FROM task_events WHERE seq = 3"))
    move(books_of_before, "head")
    with books_of_before.begin() as connection:
        assert verify_chain(connection) == 3
        connection.execute(update(task_log_end).values(seq=2))
        assert verify_chain(connection) is not None  # the end's hash is that of the event that is gone
