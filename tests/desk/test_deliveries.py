"""The page of deliveries: how they stand, and what a person says of them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from include.pipeline.push import escalate_unseen
from include.settings.merchant import Merchant
from include.tasks.by_hand.desk_log import desk_events_about, verify_desk_log
from include.tasks.channels.delivery import deliver
from include.tasks.channels.escalation import escalate
from include.tasks.channels.outbox import enqueue
from include.tasks.channels.parcel import Outcome
from include.tasks.task_tables import list_views, outbox, task_lists
from tests.command_lines import storekeeper

MORNING = datetime(2025, 11, 12, 8)


class Channel:
    """A channel that always gives the same outcome."""

    is_repeatable = False

    def __init__(self, outcome: Outcome) -> None:
        self.name, self.outcome, self.sent = "chat", outcome, 0

    def send(self, parcel: Any, secrets: Any) -> Outcome:
        self.sent += 1
        return self.outcome


@pytest.fixture
def queued(listed: Engine) -> Engine:
    with listed.begin() as connection:
        stored = connection.execute(select(task_lists).where(task_lists.c.kind == "restock")).one()
        enqueue(connection, stored, ["chat"], [], MORNING)
    return listed


def row(books: Engine) -> Any:
    with books.connect() as connection:
        return connection.execute(select(outbox)).one()


def delivered(books: Engine, outcome: Outcome) -> Any:
    deliver(books, [Channel(outcome)], {"chat": {"url": "https://robot.example/t0ken-of-ours"}}, lambda: MORNING)
    return row(books)


def test_an_engineer_sees_how_deliveries_stand_without_secrets(queued: Engine, desk: Any) -> None:
    delivered(queued, Outcome("failed", "HTTP 400 from https://robot.example/t0ken-of-ours"))
    page = desk.client_of("小赵", "op").get("/deliveries").text
    assert "补货" in page
    assert "HTTP 400 from https://robot.example/..." in page
    assert "t0ken" not in page
    assert "/again" in page
    assert "/give-up" not in page
    assert "没有推送记录" in desk.client_of("小赵", "op").get("/deliveries?state=sent").text


def test_what_may_have_arrived_is_sent_again_only_if_a_person_says_it_may_arrive_twice(
    queued: Engine, desk: Any
) -> None:
    key = delivered(queued, Outcome("unknown", "no answer in time")).delivery_key
    client = desk.client_of("小赵", "op")
    assert "对方可能已经收到" in client.get("/deliveries").text
    assert client.post(f"/deliveries/{key}/again", data={"seen": "unknown"}).status_code == 409
    assert row(queued).state == "unknown"
    assert client.post(f"/deliveries/{key}/again", data={"seen": "unknown", "confirm": "1"}).status_code == 303
    assert row(queued).state == "pending"


@pytest.mark.parametrize(
    ("outcome", "act", "state"),
    [
        (Outcome("unknown", "reset"), "arrived", "sent"),
        (Outcome("unknown", "reset"), "give-up", "failed"),
        (Outcome("failed", "HTTP 400"), "again", "pending"),
    ],
)
def test_each_word_of_a_person_is_an_event(queued: Engine, desk: Any, outcome: Outcome, act: str, state: str) -> None:
    before = delivered(queued, outcome)
    answer = desk.client_of("小赵", "op").post(f"/deliveries/{before.delivery_key}/{act}", data={"seen": before.state})
    assert (answer.status_code, row(queued).state) == (303, state)
    with queued.connect() as connection:
        (event,) = desk_events_about(connection, "delivery", before.delivery_key)
        assert verify_desk_log(connection) is None
    assert (event.who, event.data["from_state"], event.data["to_state"]) == ("小赵", before.state, state)


def test_what_has_changed_since_the_page_was_shown_is_not_touched(queued: Engine, desk: Any) -> None:
    """A failed delivery that another engineer has sent again, and that is in doubt by now, is not sent a third time."""
    key = delivered(queued, Outcome("failed", "HTTP 400")).delivery_key
    one, other = desk.client_of("小赵", "op"), desk.client_of("小钱", "op")
    assert one.post(f"/deliveries/{key}/again", data={"seen": "failed"}).status_code == 303
    delivered(queued, Outcome("unknown", "reset"))
    assert other.post(f"/deliveries/{key}/again", data={"seen": "failed"}).status_code == 409
    assert other.post(f"/deliveries/{key}/again").status_code == 409
    assert row(queued).state == "unknown"


def test_a_planner_does_not_send_again(queued: Engine, desk: Any) -> None:
    key = delivered(queued, Outcome("failed", "HTTP 400")).delivery_key
    client = desk.client_of("小王", "user")
    assert client.get("/deliveries").status_code == 403
    assert client.post(f"/deliveries/{key}/again", data={"seen": "failed"}).status_code == 403
    assert "/deliveries" not in client.get("/").text


def test_a_list_counts_as_opened_once_a_page_of_it_was_shown_to_somebody_who_can_answer_it(
    queued: Engine, desk: Any
) -> None:
    def opened() -> list[tuple[str, str]]:
        with queued.connect() as connection:
            return [(row.kind, row.person) for row in connection.execute(select(list_views))]

    planner = desk.client_of("小王", "user")
    assert 'data-opened="restock"' in planner.get("/lists/restock").text
    desk.client_of("小赵", "viewer").post("/lists/restock/seen")
    assert opened() == [], "asking for a page opens nothing, and a viewer can do nothing about it"
    for _ in range(2):
        assert planner.post("/lists/restock/seen").status_code == 204
    assert opened() == [("restock", "小王")]


def test_the_channel_of_the_settings_is_told_at_the_set_time(listed: Engine, desk: Any) -> None:
    merchant = desk.workspace.merchant
    told = merchant.model_copy(update={"desk": merchant.desk.model_copy(update={"escalation": "chat"})})
    place = replace(desk.workspace, merchant=told)
    assert escalate_unseen(desk.workspace, datetime(2025, 11, 12, 4, tzinfo=UTC)) == [], "nobody is named"
    assert escalate_unseen(place, datetime(2025, 11, 12, 3, 59, tzinfo=UTC)) == [], "11:59 where the merchant is"
    assert escalate_unseen(place, datetime(2025, 11, 12, 4, tzinfo=UTC)) == ["restock"]
    assert escalate_unseen(place, datetime(2025, 11, 12, 5, tzinfo=UTC)) == []
    assert escalate_unseen(place, datetime(2025, 11, 13, 5, tzinfo=UTC)) == [], "yesterday's list is another matter"


def test_who_is_told_must_be_a_channel_that_people_read(desk: Any) -> None:
    said = desk.workspace.merchant.model_dump()
    with pytest.raises(ValueError, match="is no channel that people read"):
        Merchant.model_validate({**said, "desk": {**said["desk"], "escalation": "nobody"}})


def test_the_command_line_shows_the_same(queued: Engine, desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        delivered(queued, Outcome("failed", "HTTP 400 from https://robot.example/t0ken-of-ours"))
        with queued.begin() as connection:
            connection.execute(outbox.update().values(state="pending", not_before=None))
    with queued.begin() as connection:
        assert escalate(connection, "chat", "2025-11-11", MORNING) == ["restock"]
    storekeeper("tasks")(["--books", str(queued.url), "deliveries"])
    printed = capsys.readouterr().out
    assert "HTTP 400 from https://robot.example/..." in printed
    assert "2 attempts" in printed
    assert "that nobody has opened it" in printed
    assert "t0ken" not in printed
    assert "无人打开的提醒" in desk.client_of("小赵", "op").get("/deliveries").text
