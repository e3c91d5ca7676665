"""Who gets what of a list and when: routes, quiet hours, one message a morning, and what nobody has opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, select

from include.settings.channels import Channel
from include.tasks.by_hand.views import note_view
from include.tasks.channels.delivery import deliver
from include.tasks.channels.escalation import escalate
from include.tasks.channels.parcel import Outcome, Parcel
from include.tasks.channels.routing import Route, route_of
from include.tasks.drafts import TaskList, draft
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.tasks.sheets.digest import digest_of
from include.tasks.task_tables import outbox, tasks
from tests.task_books import act

DAY = "2025-11-12"
NOW = datetime(2025, 11, 13, 7, 0)


@dataclass
class Chat:
    """A group that takes everything, and remembers it."""

    name: str = "chat"
    is_repeatable: bool = False
    got: list[Parcel] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        self.got.append(parcel)
        return self.outcomes.pop(0) if self.outcomes else Outcome("sent", "ok")


def at(hour: int, minute: int = 0) -> Any:
    return lambda: datetime(2025, 11, 13, hour, minute)


def route(**said: Any) -> Route:
    channel = Channel(name="chat", kind="wecom", connection="chat", **{"lists": ("restock", "transfer"), **said})
    return route_of(channel, time(8, 0))


def transfer(day: str = DAY) -> TaskList:
    payload = {"sku": "A", "title": "a", "from_warehouse": "hangzhou", "warehouse": "shenzhen", "quantity": 6,
               "surplus": 9, "saved_micros": 8_000_000, "cost_micros": 1_000, "why_zh": "x", "why_en": "x"}  # fmt: skip
    return TaskList("transfer", day, (draft(kind_of("transfer"), day, payload),))


def states(books: Engine) -> dict[str, str]:
    with books.connect() as connection:
        rows = connection.execute(select(outbox.c.kind, outbox.c.purpose, outbox.c.state))
        return {f"{kind} {purpose}": state for kind, purpose, state in rows}


@pytest.fixture
def restock(make: Any) -> TaskList:
    """A is urgent and of the first supplier, B of the second in the south, C of the first and not urgent."""
    late: dict[str, Any] = {"last_order_day": "2025-12-30"}
    return make.restock(
        DAY,
        make.draft("A", category="cups"),
        make.draft("B", supplier="S2", warehouse="shenzhen", category="lamps", **late),
        make.draft("C", category="lamps", **late),
    )


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ({}, "ABC"),
        ({"warehouses": ["shenzhen"]}, "B"),
        ({"suppliers": ["S1"]}, "AC"),
        ({"categories": ["lamps"]}, "BC"),
        ({"suppliers": ["S1"], "categories": ["lamps"]}, "C"),
        ({"urgent_only": True}, "A"),
    ],
)
def test_a_channel_gets_its_own_lines(books: Engine, restock: TaskList, said: dict[str, Any], taken: str) -> None:
    publish_list(books, restock, NOW, channels=["chat"])
    chat = Chat()
    deliver(books, [chat], {}, at(7), routes={"chat": route(**said)})
    (parcel,) = chat.got
    assert "".join(sorted(line.payload["sku"] for line in parcel.lines)) == taken


@pytest.mark.parametrize(("said", "tables"), [({}, {"plan": [{"sku": "A"}]}), ({"suppliers": ["S1"]}, {})])
def test_what_is_told_of_all_goods_goes_to_no_channel_that_takes_some(
    books: Engine, restock: TaskList, said: dict[str, Any], tables: dict[str, Any]
) -> None:
    publish_list(books, replace(restock, tables={"plan": [{"sku": "A"}]}), NOW, channels=["chat"])
    chat = Chat()
    deliver(books, [chat], {}, at(7), routes={"chat": route(**said)})
    assert chat.got[0].document.tables == tables


def test_a_channel_without_a_line_gets_no_message_and_none_waits_for_it(books: Engine, restock: TaskList) -> None:
    publish_list(books, restock, NOW, channels=["chat"])
    chat = Chat()
    deliver(books, [chat], {}, at(7), routes={"chat": route(warehouses=["nowhere"])})
    assert (chat.got, states(books)) == ([], {"restock list": "sent"})


def test_goods_that_leave_a_warehouse_are_its_lines_too(books: Engine) -> None:
    publish_list(books, transfer(), NOW, channels=["chat", "other"])
    chat, other = Chat(), Chat("other")
    routes = {"chat": route(warehouses=["hangzhou"]), "other": route(warehouses=["beijing"])}
    deliver(books, [chat, other], {}, at(7), routes=routes)
    assert (len(chat.got), other.got) == (1, [])


def test_quiet_hours_are_waited_for(books: Engine, restock: TaskList) -> None:
    publish_list(books, restock, NOW, channels=["chat"])
    chat, routes = Chat(), {"chat": route(quiet_hours=["21:00", "08:30"])}
    for hour, minute in ((7, 0), (8, 29)):
        deliver(books, [chat], {}, at(hour, minute), routes=routes)
    assert (chat.got, states(books)) == ([], {"restock list": "pending"})
    deliver(books, [chat], {}, at(8, 30), routes=routes)
    assert len(chat.got) == 1


class TestOneMessageAMorning:
    def test_it_is_sent_once_all_lists_are_there(self, books: Engine, restock: TaskList) -> None:
        publish_list(books, restock, NOW, channels=["chat"])
        chat, routes = Chat(), {"chat": route(digest=True)}
        deliver(books, [chat], {}, at(7), routes=routes)
        assert chat.got == [], "the transfer list is still to come"
        publish_list(books, transfer(), NOW, channels=["chat"])
        deliver(books, [chat], {}, at(7, 10), routes=routes)
        (whole,) = chat.got
        assert [one.document.kind for one in (whole, *whole.also)] == ["restock", "transfer"]
        assert states(books) == {"restock list": "sent", "transfer list": "sent"}
        assert deliver(books, [chat], {}, at(9), routes=routes).tried == frozenset()

    def test_what_is_missing_when_the_lists_are_due_is_not_waited_for(self, books: Engine, restock: TaskList) -> None:
        publish_list(books, restock, NOW, channels=["chat"])
        chat, routes = Chat(), {"chat": route(digest=True)}
        deliver(books, [chat], {}, at(7, 59), routes=routes)
        deliver(books, [chat], {}, at(8), routes=routes)
        assert [one.also for one in chat.got] == [()]

    @pytest.mark.parametrize(
        ("outcome", "state"),
        [
            (Outcome("unknown", "reset"), "unknown"),
            (Outcome("failed", "HTTP 400"), "failed"),
            (Outcome("failed", "busy", may_repeat=True), "sent"),
        ],
    )
    def test_its_lists_stand_or_fall_together(
        self, books: Engine, restock: TaskList, outcome: Outcome, state: str
    ) -> None:
        for one in (restock, transfer()):
            publish_list(books, one, NOW, channels=["chat"])
        chat = Chat(outcomes=[outcome])
        for minute in (0, 10, 20):
            deliver(books, [chat], {}, at(8, minute), routes={"chat": route(digest=True)})
        assert states(books) == {"restock list": state, "transfer list": state}
        assert len(chat.got) == (2 if state == "sent" else 1)
        assert len({one.delivery_key for one in chat.got}) == 1

    def test_two_workers_at_once_send_one(self, books: Engine, restock: TaskList) -> None:
        for one in (restock, transfer()):
            publish_list(books, one, NOW, channels=["chat"])
        chat, routes = Chat(), {"chat": route(digest=True)}

        def meanwhile(kind: str, lines: Any) -> dict[str, str]:
            deliver(books, [chat], {}, lambda: NOW + timedelta(minutes=70), routes=routes)
            return {}

        deliver(books, [chat], {}, at(8), routes=routes, screen=meanwhile)
        assert len(chat.got) == 1


class TestEscalation:
    @pytest.fixture
    def published(self, books: Engine, restock: TaskList) -> Engine:
        publish_list(books, restock, NOW)
        return books

    def told(self, books: Engine) -> list[str]:
        with books.begin() as connection:
            return escalate(connection, "chat", DAY, datetime(2025, 11, 13, 12))

    def test_a_list_that_nobody_opened_is_told_of_once(self, published: Engine) -> None:
        assert self.told(published) == ["restock"]
        assert self.told(published) == []
        chat = Chat()
        for _ in range(2):
            deliver(published, [chat], {}, at(12))
        (parcel,) = chat.got
        digest = digest_of(parcel, "zh")
        assert digest.title == "【无人处理】补货清单 2025-11-12"
        assert digest.summary.startswith("1 行紧急，至今没有人打开或处理")
        assert "¥99.00" in digest.summary
        assert [line.payload["sku"] for line in parcel.lines] == ["A"]
        assert digest_of(parcel, "en").title == "Nobody has looked: Restock list of 2025-11-12"

    def test_not_of_one_that_was_opened(self, published: Engine) -> None:
        with published.begin() as connection:
            for _ in range(2):
                note_view(connection, "restock", DAY, "小王", NOW)
        assert self.told(published) == []

    def test_not_of_one_with_an_answered_urgent_line(self, published: Engine) -> None:
        with published.begin() as connection:
            task = connection.scalar(select(tasks.c.task_id).where(tasks.c.sku == "A"))
            act(connection, str(task), "accepted", "小王", NOW)
        assert self.told(published) == []

    def test_an_answer_to_a_line_that_is_not_urgent_is_none(self, published: Engine) -> None:
        with published.begin() as connection:
            task = connection.scalar(select(tasks.c.task_id).where(tasks.c.sku == "C"))
            act(connection, str(task), "accepted", "小王", NOW)
        assert self.told(published) == ["restock"]

    def test_not_of_one_without_an_urgent_line(self, books: Engine, make: Any) -> None:
        publish_list(books, make.restock(DAY, make.draft("C", last_order_day="2025-12-30")), NOW)
        assert self.told(books) == []


def test_what_a_channel_cannot_do_is_refused() -> None:
    folder = {"name": "x", "kind": "file", "path": "/x", "lists": ()}
    with pytest.raises(ValidationError, match="digest is for channels of dingtalk, wecom, feishu, mail"):
        Channel(**{**folder, "digest": True})
    with pytest.raises(ValidationError, match="mention is for channels of dingtalk, wecom, feishu"):
        Channel(**{**folder, "mention": ["li"]})
    with pytest.raises(ValidationError, match="mention"):
        Channel(name="x", kind="wecom", connection="x", lists=(), mention=("<@all>",))
