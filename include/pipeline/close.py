"""Closing a day: which shops are in, what the facts became, and whether an old close must be looked at again."""

import functools
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from include.calendar.business_days import MOMENT, merchant_now
from include.demand.bulk import bulk_rule
from include.facts.close_day import Close, FactsCheck, close_day, newest_close
from include.people.identity_store import record_changes
from include.pipeline.write_data_docs import results_folder
from include.settings.merchant import Merchant
from include.settings.saying import BilingualError
from include.warehouse.as_of import exports_as_of, inputs_hash, known_on
from include.warehouse.books import read_frame
from include.warehouse.tables import exports, longest_texts
from include.warehouse.workspace import Workspace, one_at_a_time
from include.words.texts import in_each, listed

LONGEST_REASON = 160


@dataclass(frozen=True)
class Closed:
    close: Close

    def summary(self) -> dict[str, Any]:
        """Counts only: what may travel between tasks."""
        return {
            "day": self.close.day,
            "revision": self.close.revision,
            "missing_shops": list(self.close.missing_shops),
            "exports": self.close.exports,
            "touched_days": {shop: len(days) for shop, days in self.close.touched.items()},
            "changed_partitions": self.close.changed_partitions,
        }


def missing_shops(workspace: Workspace, day: str) -> list[str]:
    """Shops of which a required report was not published for `day`, in the order of the YAML."""
    statement = (
        select(exports.c.shop, exports.c.report, func.count().label("files"))
        .where(exports.c.day == day, known_on(day))
        .group_by(exports.c.shop, exports.c.report)
    )
    there = {(r.shop, r.report): int(r.files) for r in read_frame(workspace.books, statement).itertuples()}
    return [
        shop.name
        for shop in workspace.merchant.shops
        if any(
            report.required and there.get((shop.name, name), 0) < report.at_least
            for name, report in shop.reports.items()
        )
    ]


@one_at_a_time("close")
def close(workspace: Workspace, day: str, now: datetime, without_late_shops: bool = False) -> Closed | None:
    """Close `day`; None where shops are missing, nobody said to go on without them and the day was never closed.

    `now` is an aware moment.
    """
    missing = missing_shops(workspace, day)
    if missing and not without_late_shops and newest_close(workspace.books, day) is None:
        return None
    done = close_day(
        workspace.books,
        day,
        merchant_now(workspace.merchant.time_zone, now).strftime(MOMENT),
        missing,
        workspace.merchant.warehouse_of(),
        workspace.merchant.fallback_warehouse,
        bulk_rule(workspace.merchant.demand.bulk),
        facts_check(workspace, day, merchant_now(workspace.merchant.time_zone, now)),
        bulk_days=workspace.merchant.demand.bulk.window_days,
        rules=rules_of(workspace.merchant),
        warehouse_names=workspace.merchant.warehouse_names(),
    )
    record_changes(workspace, day)
    return Closed(done)


class FactsError(RuntimeError):
    """Facts that we computed ourselves break a critical rule: nothing of the close is published."""


def facts_check(workspace: Workspace, day: str, clock: datetime) -> FactsCheck:
    """Great Expectations' suite of each fact table, before its rows are written; results go to the Data Docs."""

    def check(table: str, rows: pd.DataFrame, first_day: str, last_day: str) -> None:
        from include.quality.check_export import check_facts
        from include.quality.data_docs import keep_results

        verdict = check_facts(table, rows, first_day, last_day, clock, longest_texts())
        shop = str(rows["shop"].iloc[0])
        keep_results(verdict.results, results_folder(workspace, day) / f"facts_{shop}")
        if verdict.stopped:
            raise FactsError(f"{table} of {shop}, {first_day} to {last_day}: {verdict.why_stopped()}")

    return check


def rules_of(merchant: Merchant) -> str:
    """What the merchant's settings say about facts; with other words every day is computed again."""
    rules = {
        "warehouse_of": merchant.warehouse_of(),
        "fallback_warehouse": merchant.fallback_warehouse,
        "bulk": merchant.demand.bulk.model_dump(),
    }
    if others := {name: own for name, own in merchant.warehouse_names().items() if name != own}:
        rules["other_names"] = others
    return json.dumps(rules, sort_keys=True, ensure_ascii=False)


class NotClosedError(BilingualError):
    """Lists are asked for of a day that is not closed."""


def refuse_open_day(workspace: Workspace, day: str) -> pd.Series:
    """The newest close of `day`. Raises NotClosedError if there is none: its lists would be made of a part of its
    exports."""
    last = newest_close(workspace.books, day)
    if last is not None:
        return last
    newest = newest_close(workspace.books)
    told = in_each("error.no_day_closed") if newest is None else in_each("error.newest_closed", day=newest["day"])
    missing = missing_shops(workspace, day)
    waits = in_each("error.it_waits_for", shops=listed(missing)) if missing else ("", "")
    raise NotClosedError.named("error.lists_of_open_day", day=day, waits=waits, last=told, conf='{"force": true}')


def needs_closing_again(workspace: Workspace, day: str) -> bool:
    """True if an export published since the last close would change it."""
    last = newest_close(workspace.books, day)
    return last is not None and last["inputs_hash"] != inputs_hash(exports_as_of(workspace.books, day))


def close_note(workspace: Workspace, day: str, last: pd.Series | None = None) -> tuple[str, str] | None:
    """What every list of `day` says of the shops that are not whole in it, in Chinese and English; None when all are.

    A shop whose file was stopped had delivered: waiting brings nothing, somebody must look at the file.
    last: the newest close of `day`, if it is at hand.
    """
    last = newest_close(workspace.books, day) if last is None else last
    names = json.loads(last["missing_shops"]) if last is not None else []
    if not names:
        return None
    held = _held_back(workspace, day, names)
    late = [name for name in names if name not in held]
    told = [in_each("note.late_shops", shops=listed(late), day=day)] if late else []
    told += [
        in_each("note.held_back_file", shop=name, file=file, why=why, day=day) for name, (file, why) in held.items()
    ]
    return functools.reduce(lambda first, second: in_each("note.both", first=first, second=second), told)


def _held_back(workspace: Workspace, day: str, shops: list[str]) -> dict[str, tuple[str, str]]:
    """Shop -> (file, why) of its first file of `day` that was stopped and that no other file of its report replaced."""
    c = exports.c
    found = read_frame(
        workspace.books,
        select(c.shop, c.report, c.file_name, c.message, c.state)
        .where(c.day == day, c.shop.in_(shops))
        .order_by(c.landed_at, c.file_name),
    )
    published = found[found["state"] == "published"]
    there = set(zip(published["shop"], published["report"], strict=True))
    held: dict[str, tuple[str, str]] = {}
    for row in found[found["state"] == "stopped"].itertuples():
        if (row.shop, row.report) not in there:
            held.setdefault(row.shop, (row.file_name, _shortly(row.message)))
    return held


def _shortly(message: object) -> str:
    """The first sentence of why a file was stopped."""
    text = message if isinstance(message, str) else "no reason was kept"
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"
