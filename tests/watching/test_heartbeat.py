"""The heartbeat: asked once the newest day's lists have reached everybody, and never otherwise."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from include.pipeline.watching.heartbeat import beat, day_to_tell
from include.pipeline.watching.marks import marks
from include.tasks.task_tables import outbox, task_lists
from include.warehouse.tables import closes

DAY = "2025-11-11"
MORNING = datetime(2025, 11, 11, 23, 30, tzinfo=UTC)  # 07:30 of 11-12 where the merchant is


def close(books: Engine, day: str) -> None:
    with books.begin() as connection:
        connection.execute(
            insert(closes),
            {"day": day, "revision": 1, "closed_at": f"{day} 23:59:00", "missing_shops": "[]", "inputs_hash": "0" * 64,
             "exports": 1, "touched": "{}"},
        )  # fmt: skip


def bring_out(books: Engine, day: str, state: str = "sent") -> None:
    """A restock and a recall list of the day, and how they stand with the channel desk."""
    with books.begin() as connection:
        for kind in ("restock", "recall"):
            own = f"{kind}{day}"[:16]
            connection.execute(
                insert(task_lists),
                {"list_id": own, "kind": kind, "day": day, "revision": 1, "edition": 1, "content_hash": "", "lines": 3,
                 "document_hash": "", "document": b"", "stored_at": f"{day} 23:59:30"},
            )  # fmt: skip
            connection.execute(
                insert(outbox),
                {"delivery_key": own, "list_id": own, "channel": "desk", "kind": kind, "day": day, "state": state,
                 "withheld": "[]", "attempts": 1, "stored_at": f"{day} 23:59:30", "answer": ""},
            )  # fmt: skip


@pytest.fixture
def workspace(merchant_with: Callable[..., Any], workspace_of: Callable[..., Any], receiver: Any) -> Any:
    return workspace_of(merchant_with(heartbeat={"url": receiver.url, "attempts": 2, "timeout_seconds": 5}))


def asked(workspace: Any, now: datetime = MORNING) -> Any:
    return beat(workspace, workspace.merchant.alerts.heartbeat.url, now, pause=lambda _: None)


def test_it_is_silent_until_the_lists_are_out_and_beats_once(workspace: Any, receiver: Any) -> None:
    books = workspace.books
    assert asked(workspace) is None, "no day is closed"
    close(books, DAY)
    assert asked(workspace) is None, "there are no lists"
    bring_out(books, DAY, "pending")
    assert asked(workspace) is None, "they have not arrived"
    with books.begin() as connection:
        connection.execute(update(outbox).values(state="sent").where(outbox.c.kind == "restock"))
    assert asked(workspace) is None, "one has not"
    assert receiver.got == []
    with books.begin() as connection:
        connection.execute(update(outbox).values(state="sent"))
    assert asked(workspace).trouble == ""
    assert asked(workspace) is None, "it was told"
    assert [(method, path) for method, path, *_ in receiver.got] == [("GET", "/hooks/duty")]


def test_a_replay_of_an_older_day_is_no_news(workspace: Any, receiver: Any) -> None:
    for day in ("2025-11-09", "2025-11-10"):
        close(workspace.books, day)
        bring_out(workspace.books, day)
    assert day_to_tell(workspace, MORNING) is None, "11-11 ended last, and is not closed"
    assert asked(workspace, MORNING - timedelta(days=1)).day == "2025-11-10"
    assert len(receiver.got) == 1


@pytest.mark.parametrize("state", ["unknown", "dead", "failed", "held"])
def test_doubtful_lists_are_not_out(workspace: Any, receiver: Any, state: str) -> None:
    close(workspace.books, DAY)
    bring_out(workspace.books, DAY, state)
    assert asked(workspace) is None
    assert receiver.got == []


def test_an_address_that_hiccups_is_asked_again(workspace: Any, receiver: Any) -> None:
    close(workspace.books, DAY)
    bring_out(workspace.books, DAY)
    receiver.answers[:] = [503]
    assert asked(workspace).trouble == ""
    assert len(receiver.got) == 2


def test_a_heartbeat_that_is_not_taken_is_told_once_and_tried_again(workspace: Any, receiver: Any) -> None:
    close(workspace.books, DAY)
    bring_out(workspace.books, DAY)
    receiver.answers[:] = [500, 302, 500, 500]
    first, second = asked(workspace), asked(workspace)
    assert (first.trouble, first.is_news) == ("HTTP 302", True), "a redirect is no answer"
    assert (second.trouble, second.is_news) == ("HTTP 500", False)
    with workspace.books.connect() as connection:
        assert marks(connection)["heartbeat"].is_well is False
    assert asked(workspace).trouble == ""
    with workspace.books.connect() as connection:
        kept = marks(connection)["heartbeat"]
    assert (kept.day, kept.is_well) == (DAY, True)


def test_nobody_there_is_told_without_the_address(workspace: Any) -> None:
    close(workspace.books, DAY)
    bring_out(workspace.books, DAY)
    found = beat(workspace, "http://127.0.0.1:9/ping/t0ken-of-ours", MORNING, pause=lambda _: None)
    assert found is not None
    assert "refused" in found.trouble
    assert "t0ken" not in found.trouble


def test_a_post_says_the_day(
    merchant_with: Callable[..., Any], workspace_of: Callable[..., Any], receiver: Any
) -> None:
    workspace = workspace_of(merchant_with(heartbeat={"url": receiver.url, "method": "POST"}))
    close(workspace.books, DAY)
    bring_out(workspace.books, DAY)
    assert asked(workspace).trouble == ""
    ((method, _, _, body),) = receiver.got
    assert (method, json.loads(body)) == ("POST", {"day": DAY})


def test_a_heartbeat_has_one_address(merchant_with: Callable[..., Any]) -> None:
    for said in ({}, {"url": "https://a.example", "connection": "b"}):
        with pytest.raises(ValueError, match="either url or connection"):
            merchant_with(heartbeat=said)
