"""One shop's day: look for its exports, keep the raw files, read, check, publish.

Every file is its own unit: one that cannot be read is stopped and said so, the others go on. What a step needs of the
world comes in as arguments.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import select

from include.calendar.business_days import MOMENT, day_after, merchant_now, parse_day
from include.calendar.events import event_days
from include.day.documents import results_folder
from include.day.office import Keys, Office
from include.landing.arrivals import Arrival, Arrivals, Seen, find_exports, read_arrival
from include.landing.errors import ExportError
from include.landing.sealing import customer_key, seal
from include.settings.merchant import Shop
from include.warehouse.books import read_frame
from include.warehouse.publish import Landed, publish_export
from include.warehouse.tables import exports

HISTORY_WEEKS = 8  # of the same weekday, against which a day's rows and money are held


@dataclass
class Ingested:
    """What became of a shop's files for a day. Counts are rows; `stopped`: file -> why it was not published."""

    shop: str
    day: str
    files: int = 0
    rows: int = 0
    published: int = 0
    quarantined: int = 0
    ignored: int = 0
    stopped: dict[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Every file was published, be it with rows in quarantine."""
        return not self.stopped

    def summary(self) -> dict[str, Any]:
        """Counts only: what may travel between tasks."""
        return {
            "files": self.files,
            "rows": self.rows,
            "published": self.published,
            "quarantined": self.quarantined,
            "ignored": self.ignored,
            "stopped": len(self.stopped),
        }


def look_for_exports(
    shop: Shop, day: str, now: datetime, seen: Mapping[str, Seen] | None = None, history: bool = False
) -> Arrivals:
    """What is there of the shop's exports for `day` (or of its opening history). `now` is an aware moment."""
    source = shop.source.history if history else shop.source.path
    if source is None:
        raise ValueError(f"shop {shop.name}: no `history` is named in its source")
    patterns = {name: report.pattern for name, report in shop.reports.items()}
    return find_exports(source, day, patterns, now, shop.source.settle_seconds, seen)


def are_whole(shop: Shop, arrivals: Arrivals) -> bool:
    """Every required report of the shop is there, with as many files as it needs, and nobody is writing to them."""
    return arrivals.complete({name: r.at_least for name, r in shop.reports.items() if r.required})


def ingest_shop(
    office: Office, shop_name: str, day: str, now: datetime, history: bool = False, password: str | None = None
) -> Ingested:
    """Ingest what is there of a shop for `day`; the same files again change nothing.

    history: the opening history instead of the day's own folder; it becomes known on `day`. password: of protected
    workbooks. `now` is an aware moment.
    """
    shop = office.merchant.shop(shop_name)
    arrivals = look_for_exports(shop, day, now, history=history)
    source = (shop.source.history if history else shop.source.path) or ""
    result = Ingested(shop_name, day)
    for arrival in arrivals.found:
        if not arrival.stable:
            continue
        content = read_arrival(arrival, source.replace("{day}", day))
        result.files += 1
        why = _ingest_file(office, shop, day, arrival, content, now, history, password, result)
        if why:
            result.stopped[arrival.name] = why
    return result


def _ingest_file(
    office: Office,
    shop: Shop,
    day: str,
    arrival: Arrival,
    content: bytes,
    now: datetime,
    history: bool,
    password: str | None,
    result: Ingested,
) -> str | None:
    """Keep, read, check and publish one file; returns why it was stopped, None where it was published."""
    from include.platforms.reading import read_export
    from include.quality.check import check_frames
    from include.quality.data_docs import keep_results
    from include.quality.ledger import ledger
    from include.quality.verdict import BatchContext

    merchant = office.merchant
    clock = merchant_now(merchant.time_zone, now)
    kept = office.raw_store().keep(content, arrival.name, clock)
    settings = shop.reports[arrival.report]
    landed = Landed(
        shop=shop.name,
        platform=shop.platform,
        report=arrival.report,
        day=day,
        content_hash=kept["sha256"],
        file_name=arrival.name,
        size_bytes=kept["size_bytes"],
        exported_at=merchant_now(merchant.time_zone, arrival.modified_at).strftime(MOMENT),
        landed_at=clock.strftime(MOMENT),
    )
    try:
        reading = read_export(
            content,
            platform=shop.platform,
            report=settings.report or arrival.report,
            name=arrival.name,
            time_zone=merchant.time_zone,
            password=password,
            remark_marks=dict(shop.remark_marks),
            columns=settings.columns,
            declared=settings.declared,
            warehouse_pattern=shop.warehouse_pattern,
        )
    except ExportError as error:
        publish_export(office.books, landed, {}, _empty_ledger(), pd.DataFrame(), _stopped(str(error)))
        return str(error)
    landed = _first_landing(office, landed, reading.exported_at)
    verdict = check_frames(
        reading.frames,
        BatchContext.of(
            reading,
            shop=shop.name,
            day=day,
            checked_at=clock,
            history=_usual_volume(office, shop.name, arrival.report, day),
            event_days=event_days(parse_day(day_after(day, -7 * HISTORY_WEEKS)), parse_day(day), merchant.promotions),
            limits=merchant.checking,
            is_history=history,
        ),
    )
    accounted = ledger(reading, verdict)
    why = verdict.why_stopped() if verdict.stopped else None
    publish_export(
        office.books,
        landed,
        {name: _for_the_books(frame, shop, office.keys) for name, frame in verdict.frames.items()},
        accounted,
        _quarantined(verdict.quarantined, reading.raw, landed.export_id, office.keys),
        {
            "state": "stopped" if why else "published",
            "message": why,
            "generation": reading.generation,
            "container": reading.container,
            "encoding": reading.encoding,
            "header_line": reading.header_line,
            "unknown_columns": json.dumps(list(reading.unknown_columns), ensure_ascii=False),
            "checks": verdict.warnings.to_json(orient="records", force_ascii=False),
        },
    )
    keep_results(verdict.results, results_folder(office, day) / landed.export_id)
    result.rows += accounted["rows_total"]
    result.published += accounted["rows_published"]
    result.quarantined += accounted["rows_quarantined"]
    result.ignored += accounted["rows_ignored"]
    return why


def _first_landing(office: Office, landed: Landed, exported_at: datetime | None) -> Landed:
    """With the moment the platform made it, where the file's name says so; an export seen before keeps its moments,
    so that copying a file anew does not make an old truth look young."""
    if exported_at is not None:
        landed = landed.made_at(exported_at.strftime(MOMENT))
    c = exports.c
    before = read_frame(office.books, select(c.exported_at, c.landed_at).where(c.export_id == landed.export_id))
    if before.empty:
        return landed
    return landed.made_at(before["exported_at"].iloc[0], before["landed_at"].iloc[0])


def _usual_volume(office: Office, shop: str, report: str, day: str) -> pd.DataFrame:
    """day, rows_total, money_total_micros of the shop's earlier exports of the report, of the last weeks."""
    c = exports.c
    return read_frame(
        office.books,
        select(c.day, c.rows_total, c.money_total_micros)
        .where(c.shop == shop, c.report == report, c.state == "published")
        .where(c.day < day, c.day >= day_after(day, -7 * HISTORY_WEEKS))
        .order_by(c.day),
    )


def _for_the_books(frame: pd.DataFrame, shop: Shop, keys: Keys) -> pd.DataFrame:
    """The frame as it may be stored: the platform's buyer key becomes a pseudonym, by keyed hash within the shop."""
    if "buyer" not in frame:
        return frame
    known = frame["buyer"].dropna().unique()
    pseudonym = {buyer: customer_key(shop.name, buyer, keys.customers) for buyer in known if buyer.strip()}
    return frame.drop(columns="buyer").assign(customer=frame["buyer"].map(pseudonym))


def _quarantined(reasons: pd.DataFrame, raw: pd.DataFrame, export_id: str, keys: Keys) -> pd.DataFrame:
    """Rows of the quarantine table; the raw row is sealed, bound to its export and line."""
    if reasons.empty:
        return pd.DataFrame()
    text = raw.set_index("file_line")["text"]
    sealed = {
        line: seal(text.get(line, ""), keys.newest, keys.vault_key_id, f"{export_id}:{line}")
        for line in reasons["file_line"].unique()
    }
    named = reasons.rename(columns={"title": "expectation", "column": "column_name"})
    columns = ["file_line", "frame", "column_name", "expectation", "found", "expected", "owner", "action"]
    return named[columns].assign(sealed_text=named["file_line"].map(sealed))


def _empty_ledger() -> dict[str, Any]:
    parts = ("total", "published", "quarantined", "ignored")
    return {
        **{f"rows_{part}": 0 for part in parts},
        **{f"money_{part}_micros": 0 for part in parts},
        "reasons": "{}",
    }


def _stopped(why: str) -> dict[str, Any]:
    return {"state": "stopped", "message": why}
