"""Robots and mail as they are: floods, time-outs, resets, refusals with HTTP 200, and a worker killed at every step.

Whatever happens, a list stands in the group once at most; and it stands there, or a person is asked.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from include.tasks.channels.delivery import deliver
from include.tasks.channels.http import Limits
from include.tasks.channels.mail import MailChannel
from include.tasks.channels.outbox import settle
from include.tasks.channels.parcel import Channel, Outcome, Parcel
from include.tasks.channels.robots import RobotChannel
from include.tasks.channels.routing import Route
from include.tasks.drafts import TaskList, draft
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.tasks.task_tables import outbox
from include.warehouse.books import open_books
from include.warehouse.tables import metadata
from tests.ports import on_a_port
from tests.task_books import TABLES
from tests.tasks.robot_server import SECRET, TOKEN, MailServer, Robot, robot_server

pytestmark = pytest.mark.slow

DAY = "2025-11-12"
NOW = datetime(2025, 11, 13, 7, 0)
ROBOTS = ("dingtalk", "wecom", "feishu")
QUICK = Limits(connect=0.5, answer=0.4, whole=1.0)


@dataclass
class Clock:
    """Both the worker's and the robot's."""

    seconds: float = 0.0

    def __call__(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)


@dataclass
class Receiver:
    """Where lists arrive. channel: a new worker's, which remembers nothing; copies: how many stand there."""

    channel: Callable[[str], Channel]
    secrets: Mapping[str, str]
    copies: Callable[[], int]
    fault: Callable[[str], None]
    clock: Clock
    refused: Callable[[], int]
    make: str

    def run(self, books: Engine, names: tuple[str, ...] = ("chat",), minutes: int = 120) -> None:
        """Workers, one after the other, until nothing waits."""
        for _ in range(minutes):
            channels = [self.channel(name) for name in names]
            report = deliver(books, channels, dict.fromkeys(names, self.secrets), self.clock, jitter=lambda: 0.0)
            if not report.in_state("pending", "sending"):
                return
            self.clock.seconds += 60
        raise AssertionError(f"still not done: {report}")

    def ask_a_person(self, books: Engine) -> None:
        """Who looks into the group, and says what is there."""
        with books.begin() as connection:
            for row in connection.execute(select(outbox).where(outbox.c.state == "unknown")).all():
                settle(connection, row.delivery_key, "sent" if self.copies() else "pending", "li", self.clock())


@pytest.fixture
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    clock, make = Clock(), request.param
    with ExitStack() as stack:
        if make == "mail":
            server = stack.enter_context(on_a_port(MailServer()))
            yield Receiver(
                channel=lambda name: MailChannel(name, encryption="none", timeout_seconds=1),
                secrets={"host": "127.0.0.1", "port": str(server.port), "sender": "a@example.com",
                         "recipients": "b@example.com"},
                copies=lambda: len(server.messages),
                fault=server.faults.append,
                clock=clock,
                refused=lambda: 0,
                make=make,
            )  # fmt: skip
            return
        robot = stack.enter_context(robot_server(Robot(make, lambda: clock.seconds)))
        yield Receiver(
            channel=lambda name: RobotChannel(name, make, limits=QUICK),
            secrets={"url": robot.url, "secret": SECRET},
            copies=lambda: len(robot.taken),
            fault=robot.faults.append,
            clock=clock,
            refused=lambda: len(robot.refused),
            make=make,
        )


@pytest.fixture
def new_books(tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    made: list[Engine] = []

    def one() -> Engine:
        made.append(open_books(f"sqlite:///{tmp_path / f'{len(made)}.sqlite'}"))
        metadata.create_all(made[-1], tables=list(TABLES))
        return made[-1]

    yield one
    for engine in made:
        engine.dispose()


def rows(books: Engine) -> list[Any]:
    with books.connect() as connection:
        return list(connection.execute(select(outbox).order_by(outbox.c.channel)))


def queue(books: Engine, make: Any, names: tuple[str, ...] = ("chat",)) -> None:
    publish_list(books, make.restock(DAY, make.draft("A"), make.draft("B")), make.at("2025-11-13", 2), channels=names)


FAULTS = {
    "busy": ("sent", 1),
    "refused": ("failed", 0),
    "reset before": ("unknown", 0),
    "502 before": ("unknown", 0),
    "reset after": ("unknown", 1),
    "502 after": ("unknown", 1),
    "late after": ("unknown", 1),
    "no code after": ("unknown", 1),
}
OF_MAIL = {
    "busy": ("sent", 1),
    "refused": ("failed", 0),
    "lost before": ("unknown", 0),
    "lost after": ("unknown", 1),
}
CASES = [(name, fault) for name in ROBOTS for fault in FAULTS] + [("mail", fault) for fault in OF_MAIL]


@pytest.mark.parametrize(("receiver", "fault"), CASES, indirect=["receiver"])
def test_what_goes_wrong_once_never_makes_two(
    receiver: Receiver, new_books: Callable[[], Engine], make: Any, fault: str
) -> None:
    books = new_books()
    queue(books, make)
    receiver.fault(fault)
    receiver.run(books)
    state, copies = {**OF_MAIL, **FAULTS}[fault]
    assert (rows(books)[0].state, receiver.copies()) == (state, copies)

    receiver.ask_a_person(books)
    receiver.run(books)
    if state != "failed":
        assert (rows(books)[0].state, receiver.copies()) == ("sent", 1)
    assert TOKEN not in rows(books)[0].answer
    assert SECRET not in rows(books)[0].answer


@pytest.mark.parametrize("receiver", ROBOTS, indirect=True)
def test_a_flood_is_let_through_at_the_robots_pace_each_once(
    receiver: Receiver, new_books: Callable[[], Engine], make: Any
) -> None:
    """Given two channels that end at one robot, and more lists than it takes in a minute."""
    books, names = new_books(), ("one", "other")
    days = [f"2025-{month:02}-{day:02}" for month in (11, 10, 9) for day in range(28, 0, -1)]
    lists = days[: 60 if receiver.make == "feishu" else 25]
    for day in lists:  # the newest first, so that none takes the place of another
        publish_list(books, make.restock(day, make.draft("A", day=day)), NOW, channels=names, push="always")
    receiver.run(books, names)
    assert {row.state for row in rows(books)} == {"sent"}
    assert receiver.copies() == 2 * len(lists)
    assert max(row.attempts for row in rows(books)) > 1, "the robot has refused none: this was no flood"
    assert receiver.refused() < len(lists) / 2, "a robot that asks to wait is not asked by every other list too"


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Bomb:
    """Kills at the n-th step; a step is a statement, a commit, and the moments around sending."""

    at: int
    steps: int = 0
    is_armed: bool = True

    def step(self, *_: Any, **__: Any) -> None:
        if not self.is_armed:
            return
        self.steps += 1
        if self.steps == self.at:
            self.is_armed = False
            raise Killed


@dataclass
class Wired:
    """A channel with a bomb on either side."""

    channel: Channel
    bomb: Bomb
    is_repeatable: bool
    name: str = "chat"

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        self.bomb.step()
        outcome = self.channel.send(parcel, secrets)
        self.bomb.step()
        return outcome


@dataclass
class Erp:
    """A receiver that honours the key. whole: keys of what it has entered."""

    name: str = "chat"
    is_repeatable: bool = True
    whole: dict[str, int] = field(default_factory=dict)

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        self.whole[parcel.delivery_key] = self.whole.get(parcel.delivery_key, 0) + 1
        return Outcome("sent", "entered")


def killed_once(
    books: Engine, channel: Channel, clock: Clock, at: int, routes: Mapping[str, Route] | None = None
) -> bool:
    """Run a worker that is killed at its n-th step; False if it had fewer."""
    bomb = Bomb(at)
    hooks: tuple[tuple[str, Any], ...] = (("before_cursor_execute", bomb.step), ("commit", bomb.step))
    for name, hook in hooks:
        event.listen(books, name, hook)
    try:
        wired = Wired(channel, bomb, channel.is_repeatable)
        deliver(books, [wired], {"chat": SECRETS}, clock, routes=routes or {})
    except Killed:
        return True
    finally:
        for name, hook in hooks:
            event.remove(books, name, hook)
    return False


SECRETS: dict[str, str] = {}


@pytest.mark.parametrize("receiver", [*ROBOTS, "mail"], indirect=True)
def test_a_worker_killed_at_any_step_leaves_one_copy_or_asks(
    receiver: Receiver, new_books: Callable[[], Engine], make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "SECRETS", dict(receiver.secrets))
    by_state: dict[str, int] = {}
    step = 0
    while True:
        step += 1
        books, before = new_books(), receiver.copies()
        queue(books, make)
        was_killed = killed_once(books, receiver.channel("chat"), receiver.clock, step)
        standing = rows(books)[0].state
        receiver.clock.seconds += 3600
        receiver.run(books)
        row, copies = rows(books)[0], receiver.copies() - before
        by_state[row.state] = by_state.get(row.state, 0) + 1
        assert copies <= 1, f"killed at step {step}: it stands there twice"
        if row.state == "sent":
            assert copies == 1, f"killed at step {step}: it is said to be sent, and is not"
        else:
            assert (row.state, standing) == ("unknown", "sending"), f"killed at step {step}"
            with books.begin() as connection:
                settle(connection, row.delivery_key, "sent" if copies else "pending", "li", receiver.clock())
            receiver.run(books)
        assert (rows(books)[0].state, receiver.copies() - before) == ("sent", 1)
        if not was_killed:
            break
    assert step > 10, "there were hardly any steps to be killed at"
    assert 1 < by_state["unknown"] < by_state["sent"], by_state


def test_a_receiver_that_knows_the_key_needs_no_person(new_books: Callable[[], Engine], make: Any) -> None:
    step, was_killed, repeated = 0, True, 0
    while was_killed:
        step += 1
        books, erp, clock = new_books(), Erp(), Clock()
        queue(books, make)
        was_killed = killed_once(books, erp, clock, step)
        for _ in range(4):
            clock.seconds += 3600
            deliver(books, [erp], {}, clock)
        assert rows(books)[0].state == "sent", f"killed at step {step}"
        assert len(erp.whole) == 1
        repeated += max(erp.whole.values()) > 1
    assert repeated, "no step was killed between the receiver's entry and ours"


def test_a_message_of_two_lists_is_never_torn(new_books: Callable[[], Engine], make: Any) -> None:
    """Killed at any step, both lists of a morning's message are sent, or both are in doubt."""
    routes = {"chat": Route(only={}, is_digest=True, lists=frozenset({"restock", "chase"}))}
    step, was_killed, asked = 0, True, 0
    payload = {"reference": "P1", "sku": "A", "warehouse": "hangzhou", "supplier": "S1", "quantity": 4}
    while was_killed:
        step += 1
        books, once, clock = new_books(), Erp(is_repeatable=False), Clock()
        queue(books, make)
        publish_list(books, TaskList("chase", DAY, (draft(kind_of("chase"), DAY, payload),)), NOW, channels=["chat"])
        was_killed = killed_once(books, once, clock, step, routes)
        for _ in range(4):
            clock.seconds += 1800
            deliver(books, [once], {}, clock, routes=routes)
        states = {row.state for row in rows(books)}
        assert len(states) == 1, f"killed at step {step}: {states}"
        assert sum(once.whole.values()) <= 1, f"killed at step {step}"
        assert states <= {"sent", "unknown"}
        assert once.whole or states == {"unknown"}, f"killed at step {step}: said to be sent, and is not"
        asked += states == {"unknown"}
    assert 0 < asked < step


def test_two_kills_in_a_row_leave_one_copy_or_ask(new_books: Callable[[], Engine], make: Any) -> None:
    """The worker that cleans up after a killed one is killed too, at each of its steps."""
    for first in range(1, 26, 4):
        for second in range(1, 26, 4):
            books, once, clock = new_books(), Erp(is_repeatable=False), Clock()
            queue(books, make)
            killed_once(books, once, clock, first)
            clock.seconds += 3600
            killed_once(books, once, clock, second)
            clock.seconds += 3600
            for _ in range(3):
                deliver(books, [once], {}, clock)
                clock.seconds += 3600
            copies = sum(once.whole.values())
            assert copies <= 1, (first, second)
            assert rows(books)[0].state in (("sent", "unknown") if copies else ("unknown",)), (first, second)
