"""A business day's steps without Airflow: ingest each shop, close, restock, recall, push.

    storekeeper day --day 2025-11-11                          every step of the day
    storekeeper day --day 2025-11-11 --until 2025-11-13       of these days, one after the other
    storekeeper day --day 2025-11-11 --step restock           one step alone

The same functions as the Dags call, in one process: for a small shop, for trying a merchant's settings, or while
Airflow is down. Each step may be run again: the same files and books change nothing.
A replay is silent: if a day's lists are on the desk already and no export came since its close, its lists are revised
and nothing is pushed. Of several days only the last one's lists are pushed. --push and --no-push go before both.
What Airflow connections open (remote sources, webhooks, mail) stays with the Dags. The keys are found as `storekeeper
people` finds them.

Ends with 0 when done, 1 when a step was refused or a file was not published.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args
from zoneinfo import ZoneInfo

import typer

from include.calendar.business_days import days_between
from include.cli import options
from include.cli.command_line import Commands, Session, at_merchant, refusing
from include.cli.keys import KeysFile, Passwords, passwords_in, workspace_with_keys
from include.words.texts import Language, has_text, say

if TYPE_CHECKING:
    from datetime import datetime

    from include.pipeline.ingest import Ingested
    from include.warehouse.workspace import Workspace

Step = Literal["ingest", "close", "restock", "recall", "push"]

commands = Commands()


@commands.command("day", help=__doc__, short_help="a business day's steps without Airflow · 不用 Airflow 跑一天的步骤")
@at_merchant
def run_days(
    session: Session,
    day: Annotated[str, options.day("the business day, or the first of several")],
    until: Annotated[str | None, options.day("the last of several days", "--until")] = None,
    step: Annotated[Step | None, typer.Option(help="this step alone")] = None,
    without_late_shops: Annotated[
        bool, typer.Option("--without-late-shops", help="close without the shops whose exports are not there")
    ] = False,
    push: Annotated[
        bool | None, typer.Option("--push/--no-push", help="push the lists whatever they are, or never")
    ] = None,
    keys: KeysFile = None,
    passwords: Passwords = None,
) -> int:
    last = until or day
    if last < day:
        options.fail(f"--until: expected {day} or later, found {last!r} · --until 不能早于 {day}")
    locked = passwords_in(passwords)
    code = 0
    with _workspace(session, keys) as workspace:
        zone = workspace.merchant.time_zone
        for one in days_between(day, last):
            now = session.clock(zone).replace(tzinfo=ZoneInfo(zone))
            pushed = False if push is None and one != last else push
            run = _Day(workspace, one, now, pushed)
            for name in (step,) if step else get_args(Step):
                code |= run.step(name, locked, without_late_shops)
    return code


@contextmanager
def _workspace(session: Session, keys: Path | None) -> Iterator[Workspace]:
    """The workspace, from which no remote place is read."""
    from include.files.errors import ExportError, SourceError
    from include.pipeline.whole_day import require_no_connection
    from include.privacy.sealing import SealError

    with refusing(ValueError, OSError, RuntimeError, SealError, ExportError, SourceError):
        workspace = workspace_with_keys(session, keys, may_upgrade=True)
        try:
            require_no_connection(workspace)
            yield workspace
        finally:
            workspace.books.dispose()


class _Day:
    """A day that is run. now: an aware moment. push: the engineer's word, None if there is none."""

    def __init__(self, workspace: Workspace, day: str, now: datetime, push: bool | None) -> None:
        self.workspace, self.day, self.now, self.push = workspace, day, now, push
        self.language = workspace.merchant.language
        self.replay: bool | None = None

    def step(self, name: Step, passwords: dict[str, str], without_late_shops: bool) -> int:
        """Run a step and say what came of it; returns 1 if a file was not published."""
        from include.pipeline import whole_day

        workspace, day, now = self.workspace, self.day, self.now
        if name == "ingest":
            done = whole_day.ingest_shops(workspace, day, now, passwords)
            return max([self._say_ingested(shop, one) for shop, one in done.items()], default=0)
        if self.replay is None:  # before the close, which takes in what came since
            self.replay = whole_day.is_replay(workspace, day)
        if name == "close":
            self._say(name, whole_day.close_day(workspace, day, now, without_late_shops))
        elif name == "push":
            self._say(name, whole_day.deliver(workspace, now))
        else:
            if self.replay and self.push is None:
                print(self._told(name, say(self.language, "command.day.replay")))
            self._say(name, whole_day.publish_lists(workspace, day, now, name, self.replay, self.push))
        return 0

    def _say_ingested(self, shop: str, done: Ingested | None) -> int:
        if done is None:
            print(self._told("ingest", say(self.language, "command.day.late"), shop))
            return 0
        counts = {"files": done.files, "rows": done.rows, "published": done.published}
        print(self._told("ingest", say(self.language, "command.day.ingested", **counts), shop))
        for file, why in done.problems():
            print(say(self.language, "command.day.not_published", file=file, why=why), file=sys.stderr)
        return 0 if done.whole else 1

    def _say(self, step: str, summary: object) -> None:
        print(self._told(step, _in_words(summary, self.language)))

    def _told(self, step: str, said: str, shop: str = "") -> str:
        name = " ".join(filter(None, (say(self.language, f"command.day.step.{step}"), shop)))
        return say(self.language, "command.day.told", day=self.day, step=name, said=said)


def _in_words(summary: object, language: Language) -> str:
    """{'restock': {'lines': 3}} as 'restock (lines 3)', in the words of the language."""
    if isinstance(summary, list):
        return say(language, "list.between").join(map(str, summary)) or say(language, "command.none")
    if not isinstance(summary, dict):
        return str(summary)
    parts = []
    for name, one in summary.items():
        known = next((text for text in (f"command.day.count.{name}", f"{name}.name") if has_text(text)), None)
        told = say(language, known) if known else name  # a shop's name, or what a later release counts
        inner = _in_words(one, language)
        parts.append(
            say(language, "command.day.within" if isinstance(one, dict) else "command.day.count", name=told, said=inner)
        )
    return say(language, "command.day.between").join(parts)
