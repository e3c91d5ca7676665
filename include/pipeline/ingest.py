"""One shop's day: look for its exports, keep the raw files, read, check, publish.

Every file is its own unit: one that cannot be read is stopped and said so, the others go on. What a step needs of the
world comes in as arguments.
"""

import json
import logging
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from sqlalchemy import select

from include.calendar.business_days import MOMENT, day_after, merchant_now, parse_day
from include.calendar.events import event_days, lunar_new_year
from include.customers.store import learn_from_report
from include.exports.currency import in_currency_of_books
from include.files.arrivals import Archives, Arrival, Arrivals, Seen, find_exports
from include.files.container import members_in
from include.files.content import Content, Held
from include.files.errors import ExportError, SourceError
from include.files.hashes import distinct
from include.files.raw_store import RawStore, held_or_kept
from include.people.landings import Landing, keep_landing
from include.people.pseudonymise import PersonalData, erased_marks, quarantine_context
from include.people.raw_replacements import bring, kept_as, replace
from include.people.redact_export import redacted
from include.pipeline.downloads import Downloads
from include.pipeline.whole_documents import TellingUnits, held_note
from include.pipeline.write_data_docs import results_folder
from include.platforms.kept_readings import limits_of, readings
from include.privacy.contact_keys import plain_word
from include.privacy.display_names import display_name
from include.privacy.sealing import SealError, seal
from include.replenishment.warehouse_notes import strange_names
from include.settings.merchant import Merchant
from include.settings.shops import Shop
from include.warehouse.books import read_frame, step_lock
from include.warehouse.cut_documents import Edges, notes_on_cut_orders
from include.warehouse.publish import Landed, publishing
from include.warehouse.tables import exports, longest_texts
from include.warehouse.workspace import ROOT, Workspace
from include.warehouse.world_faults import world_fault
from include.words.texts import Language, say

if TYPE_CHECKING:
    from include.exports.reading import Reading

SLOW_BEFORE, SLOW_AFTER = 7, 14  # days around lunar New Year on which hardly anybody buys or sends
HISTORY_WEEKS = 8  # of the same weekday, against which a day's rows and money are held
log = logging.getLogger("storekeeper.ingest")


@dataclass
class Ingested:
    """What became of a shop's files for a day. Counts are rows.

    stopped: file -> why it was not published; somebody must mend something. failed: file -> why it could not be read or
    published this time; trying again may help. unsettled: files that somebody was still writing to.
    """

    shop: str
    day: str
    files: int = 0
    rows: int = 0
    published: int = 0
    quarantined: int = 0
    ignored: int = 0
    orders: int = 0
    named_orders: int = 0  # of them, whose buyer the export names
    stopped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    unsettled: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Every file was published, be it with rows in quarantine."""
        return not (self.stopped or self.failed or self.unsettled)

    @property
    def worth_trying_again(self) -> bool:
        """Another attempt may bring more: a network, a file still being written, a fault that may pass."""
        return bool(self.failed or self.unsettled)

    def summary(self) -> dict[str, Any]:
        """Counts only: what may travel between tasks."""
        counts = ("files", "rows", "published", "quarantined", "ignored", "orders")
        told = {"named_orders": self.named_orders, "stopped": len(self.stopped)}
        return {name: getattr(self, name) for name in counts} | told

    def problems(self) -> Iterator[tuple[str, str]]:
        """(file, why) of everything that was not published."""
        yield from self.stopped.items()
        yield from self.failed.items()
        yield from ((name, "still being written") for name in self.unsettled)

    def trouble(self, language: Language) -> str:
        """What was not published and why, in one line; '' if all was."""
        found = [f"{file}: {' '.join(why.split())}" for file, why in self.problems()]
        return say(language, "alert.not_published", shop=self.shop, found=" | ".join(found)) if found else ""


def look_for_exports(
    shop: Shop,
    day: str,
    now: datetime,
    seen: Mapping[str, Seen] | None = None,
    history: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    fetched: Archives | None = None,
) -> Arrivals:
    """What is there of the shop's exports for `day` (or of its opening history). `now` is an aware moment.

    storage_options: of the shop's connection, see `include.files.locations.credentials`. fetched: takes the
    archives that are fetched to be looked into.
    """
    source = shop.source.history if history else shop.source.path
    if source is None:
        raise ValueError(f"shop {shop.name}: no `history` is named in its source")
    return find_exports(
        source,
        day,
        {name: report.pattern for name, report in shop.reports.items()},
        now,
        shop.source.settle_seconds,
        seen,
        storage_options,
        files={} if history else shop.source.files,
        archives=shop.source.archives,
        fetched=fetched,
    )


def are_whole(shop: Shop, arrivals: Arrivals) -> bool:
    """Every required report of the shop is there, with as many files as it needs, and nobody is writing to them."""
    return arrivals.complete({name: r.at_least for name, r in shop.reports.items() if r.required})


def ingest_shop(
    workspace: Workspace,
    shop_name: str,
    day: str,
    now: datetime,
    history: bool = False,
    password: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    seen: Mapping[str, Seen] | None = None,
) -> Ingested:
    """Ingest what is there of a shop for `day`; the same files again change nothing.

    history: the opening history instead of the day's own folder; it becomes known on `day`. password: of protected
    workbooks and zips. storage_options: of the shop's connection. seen: what the last look saw. `now` is an aware
    moment. Raises SourceError where the shop's place cannot be reached at all.
    """
    with step_lock(workspace.books, f"ingest {shop_name}"):
        return _ingest_shop(workspace, shop_name, day, now, history, password, storage_options, seen)


def _ingest_shop(
    workspace: Workspace,
    shop_name: str,
    day: str,
    now: datetime,
    history: bool,
    password: str | None,
    storage_options: Mapping[str, Any] | None,
    seen: Mapping[str, Seen] | None,
) -> Ingested:
    shop = workspace.merchant.shop(shop_name)
    source = (shop.source.history if history else shop.source.path) or ""
    run = _Run(workspace, shop, day, now, history, password, Ingested(shop_name, day))
    downloads = Downloads.of(workspace, shop_name, "history" if history else day)
    most = workspace.merchant.reading.part_bytes
    with Archives() as archives:
        arrivals = look_for_exports(shop, day, now, seen, history, storage_options, archives)
        for name in arrivals.passed_over:
            run.result.stopped[name] = f"{name}: a link or special file is not read; put the file itself there"
        for arrival in arrivals.found:
            if not arrival.stable:
                run.result.unsettled.append(arrival.display_name)
                continue
            try:
                content = downloads.read(arrival, source, run.raw, most, archives, storage_options, password)
                _take(run, downloads, arrival, content, most)
            except SourceError as error:
                run.result.failed[arrival.display_name] = str(error)
            except ExportError as error:
                run.result.stopped[arrival.display_name] = str(error)
            except Exception as error:  # as in `bring`: a file must not cost the shop its other files
                run.result.failed[arrival.display_name] = why = _fault(error, False, workspace.merchant.language)
                log.error("%s: %s", arrival.display_name, why)
    downloads.write()
    return run.result


def ingest_kept(workspace: Workspace, landings: Sequence[Landing], password: str | None = None) -> Ingested:
    """The exports of one run again, from the raw store, as of when they came. landings: of one shop, day and moment."""
    first = landings[0]
    zone = ZoneInfo(workspace.merchant.time_zone)
    came = datetime.strptime(first.landed_at, MOMENT).replace(tzinfo=zone)
    shop = workspace.merchant.shop(first.shop)
    run = _Run(workspace, shop, first.day, came, first.history, password, Ingested(first.shop, first.day))
    most = workspace.merchant.reading.part_bytes
    for landing in landings:
        run.result.files = landing.number
        digest = kept_as(workspace, landing.content_hash)
        if digest is None or not run.raw.holds(digest):
            run.result.failed[landing.told] = "its raw file is not kept any more"
            continue
        try:
            kept = run.raw.kept_as(digest)
            content = kept if kept.size > most else Held(kept.read())
        except SealError as error:
            run.result.failed[landing.told] = str(error)
            continue
        made = datetime.strptime(landing.exported_at, MOMENT).replace(tzinfo=zone)
        run.bring_export(landing.report, landing.name, landing.told, made, content)
    run.result.files = len(landings)
    return run.result


def _take(run: "_Run", downloads: Downloads, arrival: Arrival, content: Content, most: int) -> None:
    """Bring the exports of one file, and remember what was downloaded."""
    run.held_erased = is_apart = False
    for member, part in _exports_in(content, arrival.display_name, run.password, run.raw, most):
        is_apart |= member is not None
        run.bring(arrival, member, part)
    # Do not record the digest of a download that contained an erased person: its stored content was changed.
    if arrival.mark and arrival.display_name not in run.result.failed and not run.held_erased:
        run.raw.keep(content)
        downloads.remember(arrival, content.digest)
    elif is_apart and content.size > most:
        run.raw.erase(content.digest)  # its exports are kept, each for itself


def _exports_in(
    content: Content, name: str, password: str | None, raw: RawStore, most: int
) -> Iterator[tuple[str | None, Content]]:
    """(member or None for the file itself, content): a zip of several exports is taken apart."""
    try:
        members = members_in(content, name, password) or []
        if len(members) > 1:
            for member in members:
                _ = member.digest  # a damaged one says so before any is brought in
    except ExportError:
        members = []  # reading it will say the same, and have it written down
    if len(members) < 2:
        yield None, content
    else:
        yield from ((member.name, held_or_kept(member.chunks(), raw, most)) for member in members)


@dataclass
class _Run:
    """One shop's files of one day, one after the other."""

    workspace: Workspace
    shop: Shop
    day: str
    now: datetime
    history: bool
    password: str | None
    result: Ingested
    brought: set[tuple[str, str]] = field(default_factory=set)  # report, content
    keys: dict[str, np.ndarray] = field(default_factory=dict)  # frame -> keys that files before this one brought
    held_erased: bool = False  # the file at hand held somebody who was erased
    is_kept: bool = False  # the file at hand lies in the raw store

    def __post_init__(self) -> None:
        self.raw = self.workspace.raw_store()
        self.erased = erased_marks(self.workspace)
        self.clock = merchant_now(self.workspace.merchant.time_zone, self.now)

    def _personal(self) -> PersonalData:
        words = frozenset(plain_word(word) for word in self.workspace.merchant.customers.nobody)
        return PersonalData(self.shop, self.workspace.keys, self.erased, words)

    def bring(self, arrival: Arrival, member: str | None, content: Content) -> None:
        """One export, whatever becomes of it. member: of a zip; its own name says which report it is of."""
        report, name, told = arrival.report, arrival.name, arrival.display_name
        if member is not None:
            name, told = PurePosixPath(member).name, display_name(f"{arrival.display_name} > {member}")
            report = self.shop.report_of(name) or report
        self.result.files += 1
        if (report, content.digest) in self.brought:
            return  # the same file under two names
        self.brought.add((report, content.digest))
        self.bring_export(report, name, told, arrival.modified_at, content)

    def bring_export(self, report: str, name: str, told: str, modified_at: datetime, content: Content) -> None:
        """As `bring`, of which report it is known."""
        self.is_kept = content.size > self.workspace.merchant.reading.part_bytes  # as it came
        try:
            why = self._ingest(modified_at, report, name, told, content)
        except Exception as error:
            # A file that we stumble over must not cost the shop its other files. The error's own text stays out of the
            # log: it may quote a cell.
            self.result.failed[told] = why = _fault(error, self.is_kept, self.workspace.merchant.language)
            log.error("%s: %s", told, why)
            return
        if why:
            self.result.stopped[told] = why

    def _ingest(self, modified_at: datetime, report: str, name: str, told: str, content: Content) -> str | None:
        """Keep, read, check and publish one export; returns why it was stopped, None where it was published."""
        from include.quality.row_ledger import empty_ledger

        kept = bring(self.workspace, self.raw, content)
        self.is_kept = True
        self.held_erased |= kept.content is not content
        landed = Landed(
            shop=self.shop.name,
            platform=self.shop.platform,
            report=report,
            day=self.day,
            content_hash=kept.origin,
            file_name=told,
            size_bytes=kept.content.size,
            exported_at=merchant_now(self.workspace.merchant.time_zone, modified_at).strftime(MOMENT),
            landed_at=self.clock.strftime(MOMENT),
        )
        keep_landing(self.raw, self._landing(landed, name))
        personal = self._personal()
        try:
            with readings(self.workspace.merchant, self.shop, report, name, kept.content, self.password) as parts:
                why = self._publish(parts, landed, name, personal)
        except ExportError as error:
            why = str(_of(told, error) if told != name else error)
            with publishing(self.workspace.books, landed) as export:
                export.close(empty_ledger(), {"state": "stopped", "message": why})
            return why
        if personal.names or personal.orders:
            limits = limits_of(self.workspace.merchant)
            without = redacted(
                kept.content, self.shop, report, name, self.password, personal.names, personal.orders, limits
            )
            replace(self.workspace, self.raw, kept.content.digest, without.content, self.clock)
            self.held_erased = True
        return why

    def _landing(self, landed: Landed, name: str) -> Landing:
        return Landing(
            export_id=landed.export_id,
            shop=landed.shop,
            report=landed.report,
            day=landed.day,
            name=name,
            told=landed.file_name,
            content_hash=landed.content_hash,
            exported_at=landed.exported_at,
            landed_at=landed.landed_at,
            number=self.result.files,
            history=self.history,
        )

    def _publish(self, parts: Iterator["Reading"], landed: Landed, name: str, personal: PersonalData) -> str | None:
        """Check the parts of an export and publish them at once, or nothing of it; returns why it was stopped."""
        from include.exports.buyers import named_buyers
        from include.exports.reading import counted_sentences
        from include.quality.check_export import ExportCheck
        from include.quality.data_docs import keep_results
        from include.quality.row_ledger import held_back, ledger, summed
        from include.quality.verdict import BatchContext

        workspace, shop, merchant = self.workspace, self.shop, self.workspace.merchant
        first = next(parts)
        landed = _first_landing(workspace, landed, first.exported_at)
        check = ExportCheck(
            BatchContext.of(
                first,
                shop=shop.name,
                day=self.day,
                checked_at=self.clock,
                file=display_name(name),
                keys_elsewhere=self.keys,
                history=_usual_volume(workspace, shop.name, landed.report, self.day),
                event_days=event_days(
                    parse_day(day_after(self.day, -7 * HISTORY_WEEKS)), parse_day(self.day), workspace.calendar
                ),
                limits=merchant.checking,
                longest=longest_texts(),
                slow_days=_around_new_year(self.day),
                same_file_day=_same_file_day(workspace, landed),
                stale_days=merchant.checking.stale_days,
                is_history=self.history,
            )
        )
        ledgers, rate, held = [], merchant.rate_of(shop), 0
        sentences: Counter[str] = Counter()
        orders = buyers = 0
        strange: dict[str, int] = {}
        edges = Edges()
        with publishing(workspace.books, landed) as export:
            for reading in chain([first], parts):
                some, named = named_buyers(reading.frames)
                orders, buyers = orders + some, buyers + named
                read = TellingUnits.of(reading)
                for rows in reading.frames.values():
                    if "warehouse" in rows:
                        strange |= strange_names(rows, merchant.warehouse_names())
                checked = check.part(reading.frames, reading.rejected, reading.blemished)
                sentences.update(reading.row_notes)
                shelves = _shelves_held_back(reading, checked.quarantined)
                reading.frames.clear()  # the check holds what is good of them
                edges.add(checked.frames)
                told = read.marked(checked.frames, checked.quarantined["file_line"])
                held += told.held
                ledgers.append(ledger(reading, checked))
                export.add(
                    {
                        frame: in_currency_of_books(personal.for_the_books(rows, reading.people), rate)
                        for frame, rows in told.frames.items()
                    },
                    _quarantined(checked.quarantined, reading.raw, shelves, landed.export_id, personal),
                    told.emptied,
                )
            accounted = summed(ledgers)
            verdict = check.whole(accounted["rows_total"], accounted["money_total_micros"])
            why = verdict.why_stopped() if verdict.stopped else None
            if why:
                accounted = held_back(accounted)
            stored = self._personal() if why else personal
            stored.keep(workspace, landed.export_id, landed.exported_at, self.day)
            export.close(
                accounted,
                {
                    "state": "stopped" if why else "published",
                    "message": why,
                    "generation": first.generation,
                    "container": first.container,
                    "encoding": first.encoding,
                    "header_line": first.header_line,
                    "unknown_columns": json.dumps(list(first.unknown_columns), ensure_ascii=False),
                    "checks": _noted(
                        verdict.warnings,
                        (
                            *first.notes,
                            *counted_sentences(sentences),
                            *held_note(held),
                            *_on_buyers(workspace.merchant, shop, orders, buyers),
                            *_on_places(strange),
                            *notes_on_cut_orders(workspace.books, landed, edges),
                        ),
                    ),
                },
            )
        if personal.consents and not why:
            learn_from_report(workspace, shop.name, pd.concat(personal.consents), landed.exported_at)
        keep_results(verdict.results, results_folder(workspace, self.day) / landed.export_id)
        if not why:
            for frame, keys in check.keys().items():
                self.keys[frame] = distinct(np.concatenate([self.keys[frame], keys])) if frame in self.keys else keys
        self.result.orders += orders
        self.result.named_orders += buyers
        self.result.rows += accounted["rows_total"]
        self.result.published += accounted["rows_published"]
        self.result.quarantined += accounted["rows_quarantined"]
        self.result.ignored += accounted["rows_ignored"]
        return why


def _of(told: str, error: ExportError) -> ExportError:
    """The error told of a member of an archive."""
    return ExportError(
        told, error.problem, line=error.line, column=error.column, found=error.found, expected=error.expected
    )


def _fault(error: Exception, is_kept: bool, language: Language) -> str:
    """What went wrong: the world's fault as what it is, a fault of ours by kind and place, since its text may quote a
    cell."""
    kept = say(language, "error.ingest.kept" if is_kept else "error.ingest.not_kept")
    fault = world_fault(error)
    if fault is not None:
        return say(language, "error.ingest.world", why=fault.describe(language), kept=kept)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(ROOT / "include")]
    where = f"{Path(frames[-1].filename).relative_to(ROOT)}:{frames[-1].lineno}" if frames else "?"
    return say(language, "error.ingest.ours", kind=type(error).__name__, where=where, kept=kept)


def _first_landing(workspace: Workspace, landed: Landed, exported_at: datetime | None) -> Landed:
    """With the moment the platform made it, where the file's name says so; an export seen before keeps its moments,
    so that copying a file again does not make an old truth look young."""
    if exported_at is not None:
        landed = landed.made_at(exported_at.strftime(MOMENT))
    c = exports.c
    before = read_frame(workspace.books, select(c.exported_at, c.landed_at).where(c.export_id == landed.export_id))
    if before.empty:
        return landed
    return landed.made_at(before["exported_at"].iloc[0], before["landed_at"].iloc[0])


def _usual_volume(workspace: Workspace, shop: str, report: str, day: str) -> pd.DataFrame:
    """day, rows_total, money_total_micros of the shop's earlier exports of the report, of the last weeks."""
    c = exports.c
    return read_frame(
        workspace.books,
        select(c.day, c.rows_total, c.money_total_micros)
        .where(c.shop == shop, c.report == report, c.state == "published")
        .where(c.day < day, c.day >= day_after(day, -7 * HISTORY_WEEKS))
        .order_by(c.day),
    )


def _around_new_year(day: str) -> frozenset[str]:
    """`day`, if it lies in the week before lunar New Year or the two after it."""
    own = parse_day(day)
    days = ((own - lunar_new_year(year)).days for year in (own.year, own.year + 1))
    return frozenset({day} if any(-SLOW_BEFORE <= since <= SLOW_AFTER for since in days) else ())


def _same_file_day(workspace: Workspace, landed: Landed) -> str | None:
    """The newest earlier day for which the shop delivered the very same file."""
    c = exports.c
    before = read_frame(
        workspace.books,
        select(c.day)
        .where(c.shop == landed.shop, c.report == landed.report, c.content_hash == landed.content_hash)
        .where(c.day < landed.day, c.state == "published")
        .order_by(c.day.desc())
        .limit(1),
    )
    return None if before.empty else str(before["day"].iloc[0])


def _shelves_held_back(reading: "Reading", reasons: pd.DataFrame) -> pd.DataFrame:
    """file_line, warehouse, sku, stock_day of the stock rows in quarantine, whoever put them there; an empty sku: it
    could not be read."""
    read = reading.frames.get("stock")
    if read is None:
        read = reading.unread_shelves
    held = read.loc[read["file_line"].isin(reasons["file_line"]), list(reading.unread_shelves.columns)]
    shelves = pd.concat([reading.unread_shelves, held]).drop_duplicates("file_line")
    return shelves.assign(sku=shelves["sku"].fillna(""))


def _quarantined(
    reasons: pd.DataFrame, raw: pd.DataFrame, shelves: pd.DataFrame, export_id: str, personal: PersonalData
) -> pd.DataFrame:
    """Rows of the quarantine table; the raw row is sealed, bound to its export and line. A row of somebody who was
    erased is kept without its text."""
    if reasons.empty:
        return pd.DataFrame()
    text = raw.set_index("file_line")["text"]
    told = {line: text.get(line, "") for line in reasons["file_line"].unique()}
    sealed = {
        line: seal(
            "" if personal.tells_of_erased(row) else row,
            personal.keys.newest,
            personal.keys.vault_key_id,
            quarantine_context(export_id, line),
        )
        for line, row in told.items()
    }
    named = reasons.rename(columns={"title": "expectation", "column": "column_name"})
    columns = ["file_line", "frame", "column_name", "expectation", "found", "expected", "owner", "action"]
    held = named[columns].assign(sealed_text=named["file_line"].map(sealed))
    return held if shelves.empty else held.merge(shelves, on="file_line", how="left")


def _on_buyers(merchant: Merchant, shop: Shop, orders: int, buyers: int) -> tuple[str, ...]:
    from include.exports.buyers import buyers_note

    note = buyers_note(shop.platform, orders, buyers, merchant.customers_told_by)
    if note is None:
        return ()
    told = buyers_note(shop.platform, orders, buyers, merchant.customers_told_by, merchant.language)
    log.warning("%s: %s", shop.name, told)
    return (note,)


def _on_places(strange: Mapping[str, int]) -> list[str]:
    if not strange:
        return []
    named = ", ".join(repr(name) for name in sorted(strange))
    return [f"Warehouses that merchant.yaml does not know, by name or other_names: {named}; their rows count for none."]


def _noted(warnings: pd.DataFrame, notes: tuple[str, ...]) -> str:
    """JSON: the rules that gave a warning, and what the adapter says of its own knowledge of the file."""
    records = json.loads(warnings.to_json(orient="records", force_ascii=False))
    return json.dumps([*records, *({"title": note, "severity": "note"} for note in notes)], ensure_ascii=False)
