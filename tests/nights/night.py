"""Nights in which something goes wrong, each held against the same night undisturbed.

A twin lives a scenario's script with nothing going wrong, and the world is kept before every step. A night starts from
such a moment, lets the step fail, repeats it as Airflow would, and must come to what the twin's step came to: every
table but its moments, every file, every list that arrived. What comes after is then the twin's own, so a night goes on
with its next trouble; one night in some leaves the step undone instead and mends it only at the end.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from include.customers.churn.churn import save, train
from include.customers.store import history_as_of
from include.pipeline.audit.stored_lists import audit_lists
from include.pipeline.audit.whole_audit import audit
from include.tasks.channels.outbox import settle
from include.tasks.task_tables import outbox, tasks
from include.warehouse.model_registry import register
from include.warehouse.tables import FACT_TABLES, LINE_TABLES
from tests.nights.business import FIRST, day_of
from tests.nights.faults import AFTER, BEFORE, Fault
from tests.nights.script import COMMUTING, Script, Step, opening_steps
from tests.nights.state import State, first_mix, state_of, unaccounted
from tests.nights.world import World

NIGHTS_A_SCENARIO = 50
TROUBLES = {
    "kill": 6,  # SIGKILL of a forked process at the n-th operation
    "die": 5,  # the same in this process, which then does nothing more
    "error": 5,  # the n-th operation fails
    "lost": 3,  # the server ends every connection at the n-th operation
    "full": 2,  # no file may grow past a size
    "twice": 3,  # two or three processes do the step at once, one of which may be killed
    "pair": 2,  # two steps at once
    "clock": 2,  # the clock is hours ahead or behind
}
RECEIVING = ("refused", "busy", f"broken {BEFORE}", f"broken {AFTER}", f"silent {BEFORE}", f"silent {AFTER}")
LEFT_UNDONE = 0.04
WHOLE_AUDITS = 0.05
ON_SHEETS = (("accepted", "小王"), ("done", "小王"))
AGAIN = timedelta(minutes=20)  # past every wait between deliveries and every lease


class NightError(AssertionError):
    """What should hold does not."""


@dataclass
class Twin:
    """The scenario undisturbed. names, after: of each step, its operations and what it came to; before: it all.
    mended: (step, digest, what receivers will do) of every world left by a stopped step whose repetition came to
    the twin's."""

    world: World
    script: Script
    before: State
    names: list[list[str]] = field(default_factory=list)
    after: list[State] = field(default_factory=list)
    arrived: list[dict[tuple[str, str], str]] = field(default_factory=list)
    mended: set[tuple[int, str, tuple[str, ...]]] = field(default_factory=set)

    @classmethod
    def live(cls, world: World, scenario: int) -> "Twin":
        world.put_back("opening")
        twin = cls(world, Script(scenario), state_of(world))
        for number, step in enumerate(twin.script.steps):
            if step.prepare:
                step.prepare(world)
            world.keep(f"s{number}")
            wrong = world.live(step.work())
            if wrong:
                raise NightError(f"undisturbed, {step.name}: {wrong}")
            twin.names.append(list(world.watch.told if world.watch else ()))
            twin.after.append(state_of(world))
            twin.arrived.append(once_each(world, f"undisturbed, {step.name}"))
        if (lost := unaccounted(world)) is not None:
            raise NightError(f"undisturbed: {lost}")
        is_audited(world, twin.script.steps[-1], whole=True)
        _answers_are_kept(world, twin.script)
        return twin

    def forget(self) -> None:
        for number in range(len(self.script.steps)):
            self.world.forget(f"s{number}")


def begin(world: World) -> None:
    """The opening history and the first day; a churn model of its own."""
    for step in opening_steps():
        if step.prepare:
            step.prepare(world)
        wrong = world.live(step.work())
        if wrong:
            raise NightError(f"the opening, {step.name}: {wrong}")
        if step.kind == "close" and step.day == day_of(0):
            learnt = world.home / "learnt"
            learnt.mkdir()
            model_day = (FIRST - timedelta(days=15)).isoformat()
            save(train(history_as_of(world.workspace, step.day), model_day, 10, seed=1), learnt / "churn.json")
            register(world.workspace, "churn", step.day, learnt, {}, is_released=True)
    world.keep("opening")


@dataclass
class Night:
    """One night of a seed. happened: what was let go wrong, in words; counts of it."""

    twin: Twin
    seed: int
    happened: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"night {self.seed}")
        self.world, self.steps = self.twin.world, self.twin.script.steps

    def live(self) -> None:
        """Raises NightError with what happened and what does not hold."""
        places = sorted(self.rng.sample(range(len(self.steps)), min(len(self.steps), self.rng.randrange(1, 4))))
        if self.rng.random() < LEFT_UNDONE:
            return self._leave_undone(places[0])
        for number in places:
            self.world.put_back(f"s{number}")
            self._disturb(number)
        return None

    def suffer(self, number: int, fault: Fault) -> None:
        """One fault in one step, and what it must come to."""
        self.world.put_back(f"s{number}")
        self._mend(number, self._struck(self.steps[number], fault))

    def is_left(self, number: int, told: str) -> None:
        """The world is what a step that ended somewhere left, and must come to the twin's."""
        self.happened.append(told)
        self._mend(number, self._is_no_mix(number))

    def __str__(self) -> str:
        return "; ".join(self.happened)

    def _disturb(self, number: int) -> None:
        step, rng = self.steps[number], self.rng
        troubles = dict(TROUBLES)
        following = self.steps[number + 1] if number + 1 < len(self.steps) else None
        if following is None or (step.kind, following.kind) not in COMMUTING or step.day != following.day:
            del troubles["pair"]
        if step.kind in ("answer", "hand_back"):
            del troubles["clock"]
        if step.kind == "push" and rng.random() < 0.6:
            self.world.receivers.faults = rng.choices([*RECEIVING, ""], k=6)
            self.happened.append(f"receivers {self.world.receivers.faults}")
            self.counts["receivers"] += 1
        how = rng.choices(list(troubles), list(troubles.values()))[0]
        left: State | None = None
        if how == "pair" and following is not None:
            return self._pair(number, step, following)
        if how == "twice":
            fault = self._fault(number, "kill") if rng.random() < 0.5 else None
            count = rng.randrange(2, 4)
            said = self.world.live_forked([step.work()] * count, fault)
            self._tell(f"{step.name} {count} times at once{', the first killed' if fault else ''}: {said}", "twice")
        elif how == "clock":
            hours = rng.choice([-30, -20, -3, -1, 1, 3, 20, 30])
            said = [self.world.live(step.work(timedelta(hours=hours)))]
            self._tell(f"{step.name} with a clock {hours} h off: {said}", "clock")
        elif how == "full":
            size = rng.choice([0, 500, 4_000, 30_000, 100_000, 300_000])
            said = self.world.live_forked([step.work()], largest_file=size)
            self._tell(f"{step.name} with no file past {size} bytes: {said}", "full")
        else:
            left = self._struck(step, self._fault(number, how))
            if rng.random() < 0.25:
                left = self._struck(step, self._fault(number, rng.choice(["kill", "die", "error"])))
        return self._mend(number, left or state_of(self.world))

    def _mend(self, number: int, left: State) -> None:
        """Repeat what was stopped, as Airflow would, until all is as with the twin. What was left may be equal, in
        every byte that is not sealed, to what another night of this twin left and mended: then that is known."""
        key = (number, left.digest, tuple(self.world.receivers.faults))
        if key in self.twin.mended:
            self.counts["known"] += 1
            return
        self._repeat(self.steps[number])
        self._is_as_the_twin(number)
        whole = random.Random(f"audit {self.seed} {number}").random() < WHOLE_AUDITS
        is_audited(self.world, self.steps[number], whole, told=str(self))
        self.twin.mended.add(key)

    def _pair(self, number: int, step: Step, following: Step) -> None:
        if following.prepare:
            following.prepare(self.world)
        fault = self._fault(number, "kill") if self.rng.random() < 0.4 else None
        said = self.world.live_forked([step.work(), following.work()], fault)
        self._tell(f"{step.name} and {following.name} at once{', the first killed' if fault else ''}: {said}", "pair")
        self._repeat(step)
        self._repeat(following)
        self._is_as_the_twin(number + 1)
        is_audited(self.world, following, whole=False, told=str(self))

    def _fault(self, number: int, how: str) -> Fault:
        at = self.rng.randrange(1, len(self.twin.names[number]) + 1)
        if how == "lost" and self.world.url is None:
            how = "error"
        return Fault(at, how, self.rng.randrange(3), self.world.lose_connections if how == "lost" else None)

    def _struck(self, step: Step, fault: Fault) -> State:
        """Let the step meet a fault; what it left."""
        if fault.how == "kill":
            (said,) = self.world.live_forked([step.work()], fault)
        else:
            said = self.world.live(step.work(), fault)
        met = self.world.watch.struck if self.world.watch and fault.how != "kill" else ""
        shortly = [line.strip().splitlines()[-1] for line in said]
        self._tell(f"{step.name} {fault.how} at operation {fault.at} {met}: {shortly}", fault.how)
        return self._is_no_mix(next((place for place, one in enumerate(self.steps) if one is step), 0))

    def _is_no_mix(self, number: int) -> State:
        step, found = self.steps[number], state_of(self.world)
        before = self.twin.after[number - 1] if number else self.twin.before
        mix = first_mix(step.kind, step.day, before, found, self.twin.after[number])
        if mix is not None:
            raise NightError(f"{self}\n  left by {step.name}: {mix}")
        return found

    def _tell(self, what: str, counted: str) -> None:
        self.happened.append(what)
        self.counts[counted] += 1
        self.counts["killed"] += what.count("killed'")
        if "HUNG" in what:
            raise NightError(f"{self}\n  a process hangs")

    def _repeat(self, step: Step) -> None:
        """The step again as Airflow repeats it, with nothing going wrong."""
        if step.kind == "push":
            return self._deliver(step)
        wrong = self.world.live(step.work(AGAIN))
        if wrong:
            raise NightError(f"{self}\n  repeated with nothing going wrong, {step.name}: {'; '.join(wrong)}")
        return None

    def _deliver(self, step: Step) -> None:
        """Push until nothing waits; a person settles what is unknown or was refused by what the receiver has."""
        later = AGAIN
        for _ in range(12):
            wrong = self.world.live(step.work(later))
            if not wrong:
                return
            if "Traceback" in wrong[0]:
                raise NightError(f"{self}\n  repeated with nothing going wrong, {step.name}: {wrong[0]}")
            later += AGAIN
            there = {key for _, key, _ in self.world.receivers.arrived()}
            with self.world.workspace.books.begin() as connection:
                open_rows = connection.execute(
                    select(outbox.c.delivery_key).where(outbox.c.state.in_(["unknown", "failed", "dead"]))
                ).all()
                for (key,) in open_rows:
                    at = (step.now + later).replace(tzinfo=None)
                    settle(connection, key, "sent" if key in there else "pending", "keeper", at)
        raise NightError(f"{self}\n  deliveries never end: {wrong}")

    def _is_as_the_twin(self, number: int) -> None:
        difference = state_of(self.world).first_difference(self.twin.after[number])
        if difference is not None:
            raise NightError(f"{self}\n  after {self.steps[number].name}: {difference}")
        self._has_arrived(self.twin.arrived[number])

    def _has_arrived(self, wanted: dict[tuple[str, str], str]) -> None:
        found = once_each(self.world, str(self))
        for key in sorted({*found, *wanted}):
            if found.get(key) != wanted.get(key):
                where = "never arrived" if key not in found else "is not the twin's"
                raise NightError(f"{self}\n  receiver {key[0]}: list {key[1]} {where}")

    def _leave_undone(self, place: int) -> None:
        """A step fails for good this night; the rest goes on without it, and next night the engineer replays it all."""
        world, steps = self.world, self.steps
        world.put_back(f"s{place}")
        self.counts["left undone"] += 1
        self._struck(steps[place], self._fault(place, self.rng.choice(["kill", "error"])))
        undone = f"{steps[place].name} is left undone"
        self.happened.append(undone)
        for step in steps[place + 1 :]:
            if step.prepare:
                step.prepare(world)
            if step.kind in ("answer", "hand_back"):  # its lists may be others than the twin's
                continue
            wrong = world.live(step.work())
            if step.kind != "push" and wrong and "NotClosedError" not in wrong[0]:
                raise NightError(f"{self}\n  {step.name}: {'; '.join(wrong)}")
        for step in steps:
            if step.kind in ("ingest", "close", "restock", "look_back", "recall"):
                again = Step(step.kind, step.day, steps[-1].now, step.about, step.without_late)
                self._repeat(again)
        self._deliver(Step("push", steps[-1].day, steps[-1].now))
        names = [FACT_TABLES[name].name for name in FACT_TABLES] + [LINE_TABLES[name].name for name in LINE_TABLES]
        difference = state_of(world).first_difference(self.twin.after[-1], [*names, "fact_versions", "quarantine"])
        if difference is not None:
            raise NightError(f"{self}\n  replayed: {difference}")
        if (lost := unaccounted(world)) is not None:
            raise NightError(f"{self}\n  {lost}")
        once_each(world, str(self))
        is_audited(world, steps[-1], whole=True, told=str(self))


def _answers_are_kept(world: World, script: Script) -> None:
    """What a person answered is what the task says, unless somebody's sheet said more later."""
    said = {act.task_id: act.to_state for step in script.steps for act in step.acts}
    with world.workspace.books.connect() as connection:
        query = select(tasks.c.task_id, tasks.c.state, tasks.c.changed_by)
        found = {row.task_id: (row.state, row.changed_by) for row in connection.execute(query)}
    for task, state in said.items():
        if found.get(task) != (state, "planner") and found.get(task) not in ON_SHEETS:
            raise NightError(f"tasks {task} state: found {found.get(task)!r}, a person said {state!r}")


def once_each(world: World, told: str) -> dict[tuple[str, str], str]:
    """(receiver, delivery key) -> what arrived. The strict one may take a list once; the patient one knows it again."""
    found: dict[tuple[str, str], str] = {}
    for receiver, key, body in world.receivers.arrived():
        before = found.setdefault((receiver, key), body)
        if body != before:
            raise NightError(f"{told}\n  receiver {receiver}: list {key} arrived again with another content")
    with world.workspace.books.connect() as connection:
        sent = connection.execute(select(outbox.c.channel, outbox.c.delivery_key).where(outbox.c.state == "sent"))
        for channel, key in sent:
            if channel in ("strict", "patient") and (channel, key) not in found:
                raise NightError(f"{told}\n  outbox {key} state: 'sent', but {channel} never had it")
    strict = Counter(key for receiver, key, _ in world.receivers.arrived() if receiver == "strict")
    if doubled := [key for key, count in strict.items() if count > 1]:
        raise NightError(f"{told}\n  receiver strict: list {doubled[0]} arrived {strict[doubled[0]]} times")
    return found


def is_audited(world: World, step: Step, whole: bool, told: str = "") -> None:
    now = datetime.fromisoformat(f"{step.day} 12:00:00") + timedelta(days=1)
    found = audit(world.workspace, now).findings if whole else audit_lists(world.workspace).findings
    if found:
        raise NightError(f"{told}\n  the audit: {[one.describe('en') for one in found[:3]]}")


def nights(world: World, first: int, count: int) -> Iterator[tuple[int, Night | None, str]]:
    """(seed, night, what does not hold); the night is None, and the last of its scenario, if its twin already fails."""
    twin: Twin | None = None
    broken = -1
    for seed in range(first, first + count):
        scenario = seed // NIGHTS_A_SCENARIO
        if scenario == broken:
            continue
        try:
            if twin is None or twin.script.scenario != scenario:
                if twin is not None:
                    twin.forget()
                twin = None
                twin = Twin.live(world, scenario)
            night = Night(twin, seed)
        except NightError as error:
            broken = scenario
            yield seed, None, str(error)
            continue
        try:
            night.live()
            yield seed, night, ""
        except NightError as error:
            yield seed, night, str(error)


def every_operation(world: World, seed: int, share: float) -> Iterator[tuple[str, str]]:
    """Every operation (or a share of them) of the scenario of a seed is the last, and fails. Yields (`death` or
    `error`, what does not hold; empty if all does) of each.

    What a death leaves on SQLite is on the disk: the step is lived once, its world is kept at every operation, and each
    different one is mended. Only of torn writes, and on PostgreSQL, a process of its own is killed each time.
    """
    scenario = seed // NIGHTS_A_SCENARIO
    twin, rng = Twin.live(world, scenario), random.Random(f"operations {seed}")
    for number, names in enumerate(twin.names):
        left: list[str] = []
        if world.url is None:
            world.put_back(f"s{number}")
            left = world.live_keeping_deaths(twin.script.steps[number].work())
        for at, name in enumerate(names, 1):
            for how in ("death", "error"):
                if rng.random() >= share:
                    continue
                try:
                    if how == "error":
                        Night(twin, seed).suffer(number, Fault(at, "error", rng.randrange(3)))
                    elif name == "write" or not left:
                        Night(twin, seed).suffer(number, Fault(at, "kill"))
                    else:
                        world.put_back(left[at - 1])
                        Night(twin, seed).is_left(number, f"died before operation {at}, {name}")
                    yield how, ""
                except NightError as error:
                    yield how, f"scenario {scenario}, step {number}, operation {at}, {how}: {error}"
        for kept in {*left}:
            world.forget(kept)
    twin.forget()
