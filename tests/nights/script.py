"""What happens in a night, if nothing goes wrong with any process: which files come when, the steps of the day, and
what staff answer meanwhile. Drawn from a scenario's seed."""

import io
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
from sqlalchemy import select

from include.calendar.business_days import merchant_now
from include.pipeline.close import close
from include.pipeline.hand_back import take_in_lists
from include.pipeline.ingest import ingest_shop
from include.pipeline.push import deliver_waiting
from include.pipeline.recall import publish_recall_list
from include.pipeline.restock import look_back, publish_restock_lists
from include.tasks.acts import Act, act_all
from include.tasks.answers.hand_back_files import FOLDER
from include.tasks.kinds import kind_of
from include.tasks.task_tables import tasks
from include.warehouse.workspace import Workspace
from tests.list_sheets import codes_of
from tests.nights.business import (
    REPORTS,
    SHOPS,
    damaged,
    day_of,
    exports_of,
    in_another_order,
    opening,
    with_other_amounts,
)
from tests.nights.world import SECRETS, World

File = tuple[str, str, str, bytes, datetime]
"""(shop, day, name, content, when it was written)."""
ZONE = ZoneInfo("Asia/Shanghai")
VARIANTS = 12  # of a day's exports: checks of equal rows are judged once
# Pairs of steps that may run at once and come to the same.
COMMUTING = {("ingest", "ingest"), ("look_back", "recall"), ("push", "answer"), ("push", "hand_back"),
             ("restock", "recall")}  # fmt: skip


@dataclass
class Step:
    """A step of `kind` for `day`, at an aware moment. prepare: what others do to the world before it; its outcome may
    not depend on when it is repeated. about: shop or person."""

    kind: str
    day: str
    now: datetime
    about: str = ""
    without_late: bool = False
    prepare: Callable[[World], None] | None = None
    acts: list[Act] = field(default_factory=list)

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.kind, self.about, self.day)))

    def work(self, later: timedelta = timedelta()) -> Callable[[Workspace], list[str]]:
        """The step, so much later than it was due."""
        return lambda workspace: WORK[self.kind](self, workspace, self.now + later)


def _ingest(step: Step, workspace: Workspace, now: datetime) -> list[str]:
    done = ingest_shop(workspace, step.about, step.day, now)
    return [*(f"{file}: {why}" for file, why in done.failed.items()), *done.unsettled]


def _close(step: Step, workspace: Workspace, now: datetime) -> list[str]:
    return ["shops are late"] if close(workspace, step.day, now, step.without_late) is None else []


def _push(_: Step, workspace: Workspace, now: datetime) -> list[str]:
    report = deliver_waiting(workspace, SECRETS, now)
    wrong = {name: report[name] for name in ("pending", "sending", "failed", "dead", "unknown") if report[name]}
    return [str(wrong)] if wrong else []


def _answer(step: Step, workspace: Workspace, now: datetime) -> list[str]:
    with workspace.books.begin() as connection:
        done = act_all(connection, step.acts, step.about, merchant_now("Asia/Shanghai", now))
    return [f"{task}: {why}" for task, why in done.refused.items()]


def _nothing_wrong(
    work: Callable[[Step, Workspace, datetime], Any],
) -> Callable[[Step, Workspace, datetime], list[str]]:
    """A step that says by an exception alone what it could not do."""

    def worked(step: Step, workspace: Workspace, now: datetime) -> list[str]:
        work(step, workspace, now)
        return []

    return worked


WORK: Mapping[str, Callable[[Step, Workspace, datetime], list[str]]] = {
    "ingest": _ingest,
    "close": _close,
    "restock": _nothing_wrong(lambda step, workspace, now: publish_restock_lists(workspace, step.day, now)),
    "look_back": _nothing_wrong(lambda step, workspace, _: look_back(workspace, step.day)),
    "recall": _nothing_wrong(lambda step, workspace, now: publish_recall_list(workspace, step.day, now)),
    "push": _push,
    "answer": _answer,
    "hand_back": _nothing_wrong(lambda _, workspace, now: take_in_lists(workspace, lambda: now, sleep=lambda _: None)),
}


def draw_acts(world: World, rng: random.Random, at_most: int = 3) -> list[Act]:
    """What a person answers on lines that are open now."""
    with world.workspace.books.connect() as connection:
        rows = connection.execute(
            select(tasks.c.task_id, tasks.c.kind, tasks.c.day)
            .where(tasks.c.state == "open", tasks.c.kind.in_(["restock", "excess", "transfer"]))
            .order_by(tasks.c.task_id)
        ).all()
    acts = []
    for row in rng.sample(rows, min(len(rows), rng.randrange(1, at_most + 1))):
        state = rng.choice(["accepted", "done", "refused", "snoozed"])
        data: dict[str, Any] = {"refused": {"reason": "no room"}, "snoozed": {"until": "2025-11-20"}}.get(state, {})
        if state == "done" and kind_of(row.kind).counted:
            data = {"quantity": rng.randrange(1, 9)}
        acts.append(Act(row.task_id, state, data))  # type: ignore[arg-type]
    return acts


def filled_sheet(world: World, day: str, rng: random.Random) -> bytes | None:
    """The day's restock sheet as it was pushed, its first lines answered; None if there is none."""
    found = sorted((world.home / "lists").glob(f"补货_{day}*.xlsx"))
    if not found:
        return None
    book = openpyxl.load_workbook(found[-1])
    sheet = book.worksheets[0]
    heading, column = codes_of(sheet)
    for row in range(heading + 1, sheet.max_row + 1):
        if sheet.cell(row, column["task_id"]).value and rng.random() < 0.7:
            sheet.cell(row, column["answer"]).value = rng.choice(["接受", "已完成"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


class Script:
    """The steps of a scenario, in their order. Staff's answers are made up as the twin lives them."""

    def __init__(self, scenario: int) -> None:
        self.scenario = scenario
        self.rng = random.Random(f"scenario {scenario}")
        self.steps: list[Step] = []
        self._day(2)
        if self.rng.random() < 0.2:
            self._day(3)

    def _day(self, number: int) -> None:
        rng, day = self.rng, day_of(number)
        files = exports_of(self.scenario % VARIANTS, day)
        night = datetime.fromisoformat(f"{day} 23:10:00").replace(tzinfo=ZONE)
        first: list[File] = []
        second: list[File] = []
        for (shop, report), content in files.items():
            fate = rng.choices(
                ["in time", "late", "broken", "again", "twice", "corrected", "shuffled"], [40, 2, 2, 1, 1, 2, 1]
            )[0]
            name = f"{report}.csv"
            if fate == "late":
                second.append((shop, day, name, content, night + timedelta(hours=6)))
            elif fate == "broken":
                first.append((shop, day, name, damaged(content, rng), night))
                second.append((shop, day, name, content, night + timedelta(hours=6)))
            else:
                first.append((shop, day, name, content, night))
            if fate == "twice":
                first.append((shop, day, f"{report} (1).csv", content, night))
            if fate == "again":
                second.append((shop, day, name, content, night + timedelta(hours=6)))
            if fate == "corrected":
                second.append((shop, day, name, with_other_amounts(content, rng), night + timedelta(hours=6)))
            if fate == "shuffled":
                second.append((shop, day, name, in_another_order(content, rng), night + timedelta(hours=6)))
        self._phase(day, night + timedelta(hours=4), first, SHOPS)
        self._staff(day, night + timedelta(hours=7))
        if second:
            changed = [shop for shop in SHOPS if any(shop == file[0] for file in second)]
            self._phase(day, night + timedelta(hours=8), second, changed)
            self._staff(day, night + timedelta(hours=11))

    def _phase(self, day: str, at: datetime, files: list[File], shops: Any) -> None:
        for shop in shops:
            own = [file for file in files if file[0] == shop]
            self.steps.append(Step("ingest", day, at, shop, prepare=lambda world, own=own: _put(world, own)))
        for kind in ("close", "restock", "look_back", "recall", "push"):
            at += timedelta(minutes=10)
            self.steps.append(Step(kind, day, at, without_late=True))

    def _staff(self, day: str, at: datetime) -> None:
        if self.rng.random() < 0.6:
            answer = Step("answer", day, at, "planner")
            answer.prepare = lambda world: _draw(world, answer, self.scenario)
            self.steps.append(answer)
        if self.rng.random() < 0.3:
            step = Step("hand_back", day, at + timedelta(minutes=9))
            content: list[bytes | None] = []

            def hand(world: World) -> None:
                if not content:
                    content.append(filled_sheet(world, day, random.Random(self.scenario)))
                folder = world.home / "lists" / FOLDER["zh"] / "小王"
                folder.mkdir(parents=True, exist_ok=True)
                if content[0] is not None:
                    (folder / f"补货_{day}.xlsx").write_bytes(content[0])

            step.prepare = hand
            self.steps.append(step)


def _draw(world: World, step: Step, scenario: int) -> None:
    if not step.acts:
        step.acts = draw_acts(world, random.Random(f"{scenario} {step.name}"))


def _put(world: World, files: list[File]) -> None:
    for shop, day, name, content, at in files:
        folder = world.home / "exports" / shop / day
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        os.utime(folder / name, (at.timestamp(), at.timestamp()))


def put_exports(world: World, seed: int, day: str) -> None:
    """A day's exports, all in time."""
    at = datetime.fromisoformat(f"{day} 23:10:00").replace(tzinfo=ZONE)
    _put(world, [(shop, day, f"{name}.csv", content, at) for (shop, name), content in exports_of(seed, day).items()])


def opening_steps() -> list[Step]:
    """The opening history's day and the day after it, on which everything begins."""
    steps = []
    for number, files in ((0, opening()), (1, exports_of(0, day_of(1)))):
        day = day_of(number)
        at = datetime.fromisoformat(f"{day} 23:10:00").replace(tzinfo=ZONE)
        for shop in SHOPS:
            own = [(shop, day, f"{report}.csv", files[shop, report], at) for report in REPORTS[shop]]
            step = Step("ingest", day, at + timedelta(hours=4), shop)
            step.prepare = lambda world, own=own: _put(world, own)
            steps.append(step)
        steps += [
            Step(kind, day, at + timedelta(hours=5)) for kind in ("close", "restock", "look_back", "recall", "push")
        ]
    return steps
