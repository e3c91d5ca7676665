"""Closing a day: which shops are in, what the facts became, and whether an old close must be looked at again."""

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
from include.warehouse.as_of import exports_as_of, inputs_hash, known_on
from include.warehouse.books import read_frame, step_lock
from include.warehouse.tables import exports, longest_texts
from include.warehouse.workspace import Office

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


def missing_shops(office: Office, day: str) -> list[str]:
    """Shops of which a required report was not published for `day`, in the order of the YAML."""
    statement = (
        select(exports.c.shop, exports.c.report, func.count().label("files"))
        .where(exports.c.day == day, known_on(day))
        .group_by(exports.c.shop, exports.c.report)
    )
    there = {(r.shop, r.report): int(r.files) for r in read_frame(office.books, statement).itertuples()}
    return [
        shop.name
        for shop in office.merchant.shops
        if any(
            report.required and there.get((shop.name, name), 0) < report.at_least
            for name, report in shop.reports.items()
        )
    ]


def close(office: Office, day: str, now: datetime, without_late_shops: bool = False) -> Closed | None:
    """Close `day`; None where shops are missing, nobody said to go on without them and the day was never closed.

    `now` is an aware moment.
    """
    with step_lock(office.books, "close"):
        return _close(office, day, now, without_late_shops)


def _close(office: Office, day: str, now: datetime, without_late_shops: bool) -> Closed | None:
    missing = missing_shops(office, day)
    if missing and not without_late_shops and newest_close(office.books, day) is None:
        return None
    done = close_day(
        office.books,
        day,
        merchant_now(office.merchant.time_zone, now).strftime(MOMENT),
        missing,
        office.merchant.warehouse_of(),
        office.merchant.fallback_warehouse,
        bulk_rule(office.merchant.demand.bulk),
        facts_check(office, day, merchant_now(office.merchant.time_zone, now)),
        bulk_days=office.merchant.demand.bulk.window_days,
        rules=rules_of(office.merchant),
        warehouse_names=office.merchant.warehouse_names(),
    )
    record_changes(office, day)
    return Closed(done)


class FactsError(RuntimeError):
    """Facts that we computed ourselves break a critical rule: nothing of the close is published."""


def facts_check(office: Office, day: str, clock: datetime) -> FactsCheck:
    """Great Expectations' suite of each fact table, before its rows are written; results go to the Data Docs."""

    def check(table: str, rows: pd.DataFrame, first_day: str, last_day: str) -> None:
        from include.quality.check_export import check_facts
        from include.quality.data_docs import keep_results

        verdict = check_facts(table, rows, first_day, last_day, clock, longest_texts())
        shop = str(rows["shop"].iloc[0])
        keep_results(verdict.results, results_folder(office, day) / f"facts_{shop}")
        if verdict.stopped:
            raise FactsError(f"{table} of {shop}, {first_day} to {last_day}: {verdict.why_stopped()}")

    return check


def rules_of(merchant: Merchant) -> str:
    """What the merchant's settings say about facts; with other words every day is computed anew."""
    rules = {
        "warehouse_of": merchant.warehouse_of(),
        "fallback_warehouse": merchant.fallback_warehouse,
        "bulk": merchant.demand.bulk.model_dump(),
    }
    if others := {name: own for name, own in merchant.warehouse_names().items() if name != own}:
        rules["other_names"] = others
    return json.dumps(rules, sort_keys=True, ensure_ascii=False)


class NotClosedError(RuntimeError):
    """Lists are asked for of a day that is not closed."""


def refuse_open_day(office: Office, day: str) -> None:
    """Raise NotClosedError if `day` was never closed: its lists would be made of a part of its exports."""
    if newest_close(office.books, day) is not None:
        return
    newest = newest_close(office.books)
    last = "no day is closed yet" if newest is None else f"the newest closed day is {newest['day']}"
    missing = missing_shops(office, day)
    waits = f" (it waits for {', '.join(missing)})" if missing else ""
    raise NotClosedError(
        f"{day} is not closed{waits}, and lists of it would be made of a part of its exports; {last}. Trigger the Dag "
        f'close_day for {day}, with conf {{"force": true}} if its late shops are not to be waited for; its lists follow'
    )


def needs_closing_again(office: Office, day: str) -> bool:
    """The day is closed, and its close does not know all that stands in the books now."""
    last = newest_close(office.books, day)
    return last is not None and last["inputs_hash"] != inputs_hash(exports_as_of(office.books, day))


def close_note(office: Office, day: str) -> tuple[str, str] | None:
    """What every list of `day` says of the shops that are not whole in it, in Chinese and English; None when all are.

    A shop whose file was stopped had delivered: waiting brings nothing, somebody must look at the file.
    """
    last = newest_close(office.books, day)
    names = json.loads(last["missing_shops"]) if last is not None else []
    if not names:
        return None
    held = _held_back(office, day, names)
    late = [name for name in names if name not in held]
    zh, en = [], []
    if late:
        zh.append(f"注意：{'、'.join(late)} 的数据截止时未到，本清单未包含其 {day} 的销售；到达后将修订。")
        en.append(
            f"Note: {', '.join(late)} had not delivered by the cut-off; their sales of {day} are not in this list. "
            "It will be revised when they come."
        )
    for name, (file, why) in held.items():
        zh.append(f"注意：{name} 已交付，但文件 {file} 被拦下（{why}），其内容不在本清单中；修正后将修订。")
        en.append(
            f"Note: {name} had delivered, but the file {file} was held back ({why}); what it says of {day} is not in "
            "this list. It will be revised once the file is mended."
        )
    return "".join(zh), " ".join(en)


def _held_back(office: Office, day: str, shops: list[str]) -> dict[str, tuple[str, str]]:
    """Shop -> (file, why) of its first file of `day` that was stopped and that no other file of its report replaced."""
    c = exports.c
    found = read_frame(
        office.books,
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
