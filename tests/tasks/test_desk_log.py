"""What people do on the desk besides answering lines, and the log that remembers it."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, delete, select, update

from include.tasks.by_hand.desk_log import assign, comment, desk_events_about, erase_desk_events, verify_desk_log
from include.tasks.task_tables import assignments, desk_events

AT = datetime(2025, 11, 13, 9)
DAY = "2025-11-13"


def test_a_comment_stays_with_its_subject(books: Engine) -> None:
    with books.begin() as connection:
        comment(connection, "restock", "hangzhou/A", " 供应商说下周一到 ", "li", AT, DAY)
        comment(connection, "restock", "hangzhou/A", "打 13912345678 催过", "wang", AT, DAY)
        told = desk_events_about(connection, "restock", "hangzhou/A")
        assert (told[0].who, told[0].data["text"]) == ("li", "供应商说下周一到")
        assert "13912345678" not in told[1].data["text"]
        assert desk_events_about(connection, "transfer", "hangzhou/A") == []
        assert verify_desk_log(connection) is None
        with pytest.raises(ValueError):
            comment(connection, "restock", "hangzhou/A", "  ", "li", AT, DAY)


def test_the_last_assignment_holds(books: Engine) -> None:
    with books.begin() as connection:
        assign(connection, "restock", ["a", "b"], "li", "boss", AT, DAY)
        assign(connection, "restock", ["b"], "wang", "boss", AT, DAY)
        assign(connection, "restock", ["a"], "", "boss", AT, DAY)
        rows = connection.execute(select(assignments.c.subject, assignments.c.person)).all()
        assert [tuple(row) for row in rows] == [("b", "wang")]
        with pytest.raises(ValueError):
            assign(connection, "restock", ["a"], "storekeeper", "boss", AT, DAY)


@pytest.mark.parametrize("what", ["changed", "removed", "cut off"])
def test_a_log_that_was_meddled_with_is_found_out(books: Engine, what: str) -> None:
    with books.begin() as connection:
        for text in ("one", "two", "three"):
            comment(connection, "restock", "a", text, "li", AT, DAY)
        if what == "changed":
            connection.execute(update(desk_events).where(desk_events.c.seq == 2).values(who="wang"))
        else:
            connection.execute(delete(desk_events).where(desk_events.c.seq == (2 if what == "removed" else 3)))
        assert verify_desk_log(connection) == (3 if what == "cut off" else 2)


def test_what_was_said_of_a_person_can_be_erased(books: Engine) -> None:
    with books.begin() as connection:
        comment(connection, "recall", "somebody", "她说下月再来", "li", AT, DAY)
        comment(connection, "recall", "c2", "改天", "li", AT, DAY)
        assign(connection, "recall", ["somebody", "c2"], "wang", "li", AT, DAY)
        assert erase_desk_events(connection, "recall", ["somebody"], "e1", AT, DAY) == 2
        left = connection.execute(select(desk_events)).all()
        assert not any("somebody" in str(tuple(row)) or "她" in row.data for row in left)
        assert [row.subject for row in connection.execute(select(assignments))] == ["c2"]
        assert verify_desk_log(connection) is None
        connection.execute(update(desk_events).where(desk_events.c.seq == 2).values(salt="", data='{"erased":"e9"}'))
        assert verify_desk_log(connection) == 2, "nobody told of this erasure"
