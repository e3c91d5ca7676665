"""The outbox: once in effect, whatever happens on the way."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from include.tasks.by_hand.desk_log import desk_events_about, verify_desk_log
from include.tasks.channels.delivery import deliver
from include.tasks.channels.outbox import settle
from include.tasks.channels.parcel import Outcome, Parcel
from include.tasks.drafts import task_id
from include.tasks.publish_list import publish_list
from include.tasks.task_events import tasks_off_the_log, verify_chain
from include.tasks.task_tables import outbox, tasks

DAY = "2025-11-12"
NOW = datetime(2025, 11, 13, 7, 0)


@dataclass
class Post:
    """A channel that answers what it is told to, and remembers what it got."""

    name: str = "desk"
    is_repeatable: bool = False
    answers: list[Outcome | BaseException] = field(default_factory=lambda: [Outcome("sent", "ok")])
    got: list[Parcel] = field(default_factory=list)

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        self.got.append(parcel)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def queued(books: Engine, make: Any) -> Engine:
    publish_list(
        books, make.restock(DAY, make.draft("A"), make.draft("B")), make.at("2025-11-13", 2), channels=["desk"]
    )
    return books


def row(books: Engine) -> Any:
    with books.begin() as connection:
        return connection.execute(select(outbox)).one()


def at(minutes: float) -> Any:
    return lambda: NOW + timedelta(minutes=minutes)


def test_a_list_is_delivered_once(queued: Engine) -> None:
    post = Post()
    report = deliver(queued, [post], {}, at(0))
    again = deliver(queued, [post], {}, at(1))
    assert [d.state for d in report.deliveries] == ["sent"]
    assert again.deliveries == ()
    (parcel,) = post.got
    assert [line.payload["sku"] for line in parcel.lines] == ["A", "B"]
    assert row(queued).attempts == 1


def test_two_deliveries_at_once_send_once(queued: Engine) -> None:
    """Given two processes that have both read the row as pending, only one of them claims it."""
    post, gate = Post(), threading.Barrier(2)
    errors: list[BaseException] = []

    def one() -> None:
        try:
            gate.wait()
            deliver(queued, [post], {}, at(0))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(post.got) == 1
    assert row(queued).state == "sent"


def test_a_claim_seen_by_two_is_given_to_one(queued: Engine) -> None:
    """The same, without luck: the second claims what it read before the first was done."""
    from include.tasks.channels.delivery import _deliver_together

    stale, post = row(queued), Post()
    arguments = ({}, at(0), None)
    assert _deliver_together(queued, [stale], post, *arguments)
    assert not _deliver_together(queued, [stale], post, *arguments)
    assert len(post.got) == 1


def test_who_dies_between_sending_and_the_answer_leaves_unknown_not_repeated(queued: Engine) -> None:
    dying = Post(answers=[KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        deliver(queued, [dying], {}, at(0))
    assert row(queued).state == "sending"

    post = Post()
    early = deliver(queued, [post], {}, at(5))
    assert [d.state for d in early.deliveries] == ["sending"]  # it may still be at it
    late = deliver(queued, [post], {}, at(20))
    assert [d.state for d in late.deliveries] == ["unknown"]
    assert deliver(queued, [post], {}, at(10_000)).in_state("unknown")
    assert post.got == []


def test_who_dies_on_a_repeatable_channel_is_repeated_with_the_same_key(queued: Engine) -> None:
    dying = Post(is_repeatable=True, answers=[KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        deliver(queued, [dying], {}, at(0))
    post = Post(is_repeatable=True)
    deliver(queued, [post], {}, at(20))
    assert row(queued).state == "sent"
    assert post.got[0].delivery_key == dying.got[0].delivery_key


def test_a_late_answer_of_a_sender_taken_for_dead_is_still_believed(queued: Engine, monkeypatch: Any) -> None:
    class Slow(Post):
        def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
            deliver(queued, [Post()], {}, at(60))  # another process finds the row lost
            assert row(queued).state == "unknown"
            return super().send(parcel, secrets)

    deliver(queued, [Slow()], {}, at(0))
    assert row(queued).state == "sent"


@pytest.mark.parametrize(
    ("repeatable", "outcome", "state"),
    [
        (False, Outcome("failed", "HTTP 400"), "failed"),
        (False, Outcome("failed", "busy", may_repeat=True), "pending"),
        (False, Outcome("unknown", "HTTP 500"), "unknown"),
        (True, Outcome("unknown", "HTTP 500"), "pending"),
        (True, Outcome("failed", "HTTP 400"), "failed"),
        (False, RuntimeError("broke"), "unknown"),
    ],
)
def test_what_an_outcome_leads_to(queued: Engine, repeatable: bool, outcome: Any, state: str) -> None:
    deliver(queued, [Post(is_repeatable=repeatable, answers=[outcome])], {}, at(0))
    assert row(queued).state == state


def test_definite_failures_are_repeated_with_growing_waits_and_then_given_up(queued: Engine) -> None:
    post = Post(answers=[Outcome("failed", "busy", may_repeat=True)])
    tried = []
    for minute in range(100):
        before = len(post.got)
        deliver(queued, [post], {}, at(minute), jitter=lambda: 0.0)
        if len(post.got) > before:
            tried.append(minute)
    assert tried == [0, 1, 3, 7, 15, 31]  # waits of 1, 2, 4, 8 and 16 minutes
    assert row(queued).state == "dead"
    assert row(queued).answer.count('"failed"') == 6


def test_a_receiver_that_asks_to_wait_is_waited_for(queued: Engine) -> None:
    post = Post(answers=[Outcome("failed", "429", may_repeat=True, wait_seconds=600), Outcome("sent", "ok")])
    deliver(queued, [post], {}, at(0))
    deliver(queued, [post], {}, at(9))
    assert row(queued).state == "pending"
    deliver(queued, [post], {}, at(10))
    assert row(queued).state == "sent"


def test_a_newer_list_supersedes_what_is_still_waiting(queued: Engine, make: Any) -> None:
    publish_list(queued, make.restock("2025-11-13", make.draft("A")), make.at("2025-11-14", 2), channels=["desk"])
    post = Post()
    deliver(queued, [post], {}, at(0))
    assert [parcel.document.day for parcel in post.got] == ["2025-11-13"]


def test_one_broken_channel_stops_no_other(books: Engine, make: Any) -> None:
    publish_list(
        books, make.restock(DAY, make.draft("A")), make.at("2025-11-13", 2), channels=["broken", "desk", "gone"]
    )
    report = deliver(books, [Post("broken", answers=[RuntimeError("x")]), Post("desk")], {}, at(0))
    assert {d.channel: d.state for d in report.deliveries} == {"broken": "unknown", "desk": "sent", "gone": "pending"}


def test_secrets_never_reach_the_outbox_or_the_log(queued: Engine, caplog: pytest.LogCaptureFixture) -> None:
    secrets = {"desk": {"url": "https://robot.example/send?access_token=t0ken+x", "secret": "hush-hush"}}
    said = "400 for https://robot.example/send?access_token=t0ken+x, t0ken%2Bx, hush-hush, customer 13800138000"
    with caplog.at_level("DEBUG"):
        deliver(queued, [Post(answers=[RuntimeError(said)])], secrets, at(0))
    for text in (row(queued).answer, caplog.text):
        assert "robot.example" in text
        for secret in ("t0ken", "hush", "13800138000"):
            assert secret not in text


def test_consent_is_asked_at_the_last_moment(queued: Engine) -> None:
    post, stopped = Post(), task_id("restock", DAY, "hangzhou/A")
    deliver(
        queued, [post], {}, at(0), screen=lambda kind, lines: {stopped: "discontinued"} if kind == "restock" else {}
    )
    assert [line.payload["sku"] for line in post.got[0].lines] == ["B"]
    with queued.begin() as connection:
        of_a, of_b = connection.execute(select(tasks.c.state, tasks.c.answer).order_by(tasks.c.subject)).all()
        assert verify_chain(connection) is None
        assert tasks_off_the_log(connection) == []
    assert (of_a.state, of_a.answer) == ("withdrawn", '{"reason":"discontinued"}')
    assert of_b.state == "open"


def test_quiet_hours_put_a_delivery_off_and_nothing_else(queued: Engine) -> None:
    post = Post()

    def hold(kind: str, channel: str, now: datetime) -> datetime | None:
        return NOW + timedelta(minutes=60) if now < NOW + timedelta(minutes=60) else None

    for minutes in (0, 30):
        assert [d.state for d in deliver(queued, [post], {}, at(minutes), hold=hold).deliveries] == ["pending"]
    assert (post.got, row(queued).attempts) == ([], 0)
    assert [d.state for d in deliver(queued, [post], {}, at(60), hold=hold).deliveries] == ["sent"]


def test_a_screen_that_fails_sends_nothing_and_is_tried_again(queued: Engine) -> None:
    def broken(kind: str, lines: Any) -> dict[str, str]:
        raise OSError("consent is not reachable")

    post = Post()
    deliver(queued, [post], {}, at(0), screen=broken)
    assert (post.got, row(queued).state) == ([], "pending")
    deliver(queued, [post], {}, at(2))
    assert row(queued).state == "sent"


def test_a_person_settles_what_is_unknown(queued: Engine) -> None:
    deliver(queued, [Post(answers=[Outcome("unknown", "HTTP 500")])], {}, at(0))
    key = row(queued).delivery_key
    with queued.begin() as connection:
        with pytest.raises(ValueError, match="expected one"):
            settle(connection, "zzz", "sent", "li", NOW)
        with pytest.raises(ValueError, match="settled by a person, by name; found 'System'"):
            settle(connection, key[:10], "sent", "System", NOW)
        settle(connection, key[:10], "pending", "li", NOW)
    post = Post()
    deliver(queued, [post], {}, at(1))
    assert (len(post.got), row(queued).state) == (1, "sent")
    with queued.begin() as connection, pytest.raises(ValueError, match="is sent: only failed and unknown"):
        settle(connection, key, "pending", "li", NOW)
    assert "settled by li" in row(queued).answer


def test_who_dies_before_anything_is_sent_is_followed_by_another(queued: Engine) -> None:
    """Given a process that is killed while it makes up the list, the lease expires and nothing is in doubt."""

    def killed(kind: str, lines: Any) -> dict[str, str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(queued, [Post()], {}, at(0), screen=killed)
    post = Post()
    deliver(queued, [post], {}, at(4))
    assert (post.got, row(queued).state) == ([], "pending"), "the first may still be at it"
    deliver(queued, [post], {}, at(5))
    assert (len(post.got), row(queued).state, row(queued).attempts) == (1, "sent", 1)


def test_whose_lease_has_expired_sends_nothing(queued: Engine) -> None:
    """Given a process that slept while another delivered the list, it finds its claim gone and leaves it."""
    slow, quick = Post(), Post()

    def while_asleep(kind: str, lines: Any) -> dict[str, str]:
        deliver(queued, [quick], {}, at(6))
        return {}

    assert deliver(queued, [slow], {}, at(0), screen=while_asleep).deliveries == ()
    assert (slow.got, len(quick.got), row(queued).state) == ([], 1, "sent")


def test_a_list_that_is_superseded_while_it_is_made_up_is_not_sent(queued: Engine, make: Any) -> None:
    post = Post()

    def meanwhile(kind: str, lines: Any) -> dict[str, str]:
        publish_list(queued, make.restock("2025-11-13", make.draft("A")), make.at("2025-11-14", 2))
        return {}

    deliver(queued, [post], {}, at(0), screen=meanwhile)
    assert (post.got, row(queued).state) == ([], "superseded")


def test_a_wait_is_longer_by_chance_and_never_shorter(queued: Engine) -> None:
    busy = Post(answers=[Outcome("failed", "busy", may_repeat=True)])
    deliver(queued, [busy], {}, at(0), jitter=lambda: 1.0)
    assert row(queued).not_before == "2025-11-13 07:01:15"


def test_what_is_dead_is_sent_again_when_a_person_says_so_and_the_log_knows(queued: Engine) -> None:
    busy = Post(answers=[Outcome("failed", "busy", may_repeat=True)])
    for minute in range(0, 100, 2):
        deliver(queued, [busy], {}, at(minute))
    assert (row(queued).state, len(busy.got)) == ("dead", 6)
    key = row(queued).delivery_key
    with queued.begin() as connection:
        settle(connection, key, "pending", "li", NOW)
        (event,) = desk_events_about(connection, "delivery", key)
        assert verify_desk_log(connection) is None
    assert (event.who, event.data["from_state"], event.data["to_state"]) == ("li", "dead", "pending")
    post = Post()
    deliver(queued, [post], {}, at(200))
    assert (len(post.got), row(queued).attempts) == (1, 1)


def test_a_waiting_delivery_is_given_up_and_not_said_to_have_arrived(queued: Engine) -> None:
    with queued.begin() as connection:
        with pytest.raises(ValueError, match="is pending: only failed and unknown"):
            settle(connection, row(queued).delivery_key, "sent", "li", NOW)
        settle(connection, row(queued).delivery_key, "failed", "li", NOW)
    post = Post()
    deliver(queued, [post], {}, at(0))
    assert (post.got, row(queued).state) == ([], "failed")


def test_a_receiver_that_says_when_to_come_again_is_asked_longer_than_a_broken_one(queued: Engine) -> None:
    throttled = Post(answers=[Outcome("failed", "too fast", may_repeat=True, wait_seconds=600)])
    for minute in range(0, 240, 10):
        deliver(queued, [throttled], {}, at(minute), jitter=lambda: 0.0)
    assert (len(throttled.got) > 6, row(queued).state) == (True, "pending")
    for minute in range(240, 800, 10):
        deliver(queued, [throttled], {}, at(minute), jitter=lambda: 0.0)
    assert row(queued).state == "dead", "not for ever"
