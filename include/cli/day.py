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
from include.cli.keys import json_object, office_with_keys

if TYPE_CHECKING:
    from datetime import datetime

    from include.pipeline.ingest import Ingested
    from include.warehouse.workspace import Office

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
    keys: Annotated[Path | None, typer.Option(metavar="FILE", help="JSON, as `storekeeper keys` prints it")] = None,
    passwords: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON: shop -> password of its locked workbooks")
    ] = None,
) -> int:
    last = until or day
    if last < day:
        options.fail(f"--until: expected {day} or later, found {last!r} · --until 不能早于 {day}")
    locked = json_object(passwords.read_text(encoding="utf-8"), passwords) if passwords else {}
    code = 0
    with _office(session, keys) as office:
        zone = office.merchant.time_zone
        for one in days_between(day, last):
            now = session.clock(zone).replace(tzinfo=ZoneInfo(zone))
            pushed = False if push is None and one != last else push
            run = _Day(office, one, now, pushed)
            for name in (step,) if step else get_args(Step):
                code |= run.step(name, locked, without_late_shops)
    return code


@contextmanager
def _office(session: Session, keys: Path | None) -> Iterator[Office]:
    """The office, from which no remote place is read."""
    from include.files.errors import ExportError, SourceError
    from include.pipeline.whole_day import require_no_connection
    from include.privacy.sealing import SealError

    with refusing(ValueError, OSError, RuntimeError, SealError, ExportError, SourceError):
        office = office_with_keys(session, keys)
        try:
            require_no_connection(office)
            yield office
        finally:
            office.books.dispose()


class _Day:
    """A day that is run. now: an aware moment. push: the engineer's word, None if there is none."""

    def __init__(self, office: Office, day: str, now: datetime, push: bool | None) -> None:
        self.office, self.day, self.now, self.push = office, day, now, push
        self.zh = office.merchant.language == "zh"
        self.replay: bool | None = None

    def step(self, name: Step, passwords: dict[str, str], without_late_shops: bool) -> int:
        """Run a step and say what came of it; returns 1 if a file was not published."""
        from include.pipeline import whole_day

        office, day, now = self.office, self.day, self.now
        if name == "ingest":
            done = whole_day.ingest_shops(office, day, now, passwords)
            return max([self._say_ingested(shop, one) for shop, one in done.items()], default=0)
        if self.replay is None:  # before the close, which takes in what came since
            self.replay = whole_day.is_replay(office, day)
        if name == "close":
            self._say(name, whole_day.close_day(office, day, now, without_late_shops))
        elif name == "push":
            self._say(name, whole_day.deliver(office, now))
        else:
            if self.replay and self.push is None:
                print(f"{day} {name}: 重放，不推送" if self.zh else f"{day} {name}: a replay, nothing is pushed")
            self._say(name, whole_day.publish_lists(office, day, now, name, self.replay, self.push))
        return 0

    def _say_ingested(self, shop: str, done: Ingested | None) -> int:
        if done is None:
            late = "导出文件还没到齐" if self.zh else "its exports are not all there"
            print(f"{self.day} ingest {shop}: {late}")
            return 0
        print(
            f"{self.day} ingest {shop}: {done.files} 个文件，{done.rows} 行，入账 {done.published} 行"
            if self.zh
            else f"{self.day} ingest {shop}: {done.files} files, {done.rows} rows, {done.published} published"
        )
        for file, why in done.told():
            print(f"{file}：没有入账：{why}" if self.zh else f"{file} was not published: {why}", file=sys.stderr)
        return 0 if done.whole else 1

    def _say(self, step: str, summary: object) -> None:
        print(f"{self.day} {step}: {_in_words(summary)}")


def _in_words(summary: object) -> str:
    """{'restock': {'lines': 3}} as 'restock (lines 3)'."""
    if not isinstance(summary, dict):
        return str(summary)
    parts = [
        f"{name} ({_in_words(one)})" if isinstance(one, dict) else f"{name} {one}" for name, one in summary.items()
    ]
    return ", ".join(parts)
