"""The check itself: frames in, a verdict out. One pass of each frame's suite, then one over the export as a whole."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from include.files.hashes import distinct
from include.quality.comparisons import FREIGHT, KEYS, MAX_FREIGHT, for_checking, keys_of, keys_seen, with_freight
from include.quality.findings import (
    Broken,
    Findings,
    empty_reasons,
    findings_of,
    masked_document,
    notes_of,
    summed_documents,
    unreadable_cells,
)
from include.quality.quarantine import quarantined_rows
from include.quality.suites import open_project, run_suite
from include.quality.verdict import NOTE_COLUMNS, BatchContext, Verdict
from include.quality.volume import Seen, export_measures, export_parameters

EARLIEST = datetime(2005, 1, 1)
"""No platform of ours kept orders before; older moments are a spreadsheet's zero date or a misread column."""
DAYS_AHEAD = 2
MICROS = 1_000_000
UNBOUNDED = 2**31 - 1
LENGTHS = (
    "order_id", "line_id", "listing_id", "merchant_code", "refund_id", "warehouse", "sku", "supplier", "for_shop",
    "listing_code", "purchase_order_id", "receipt_id", "part", "movement_id", "customer", "promotion",
)  # fmt: skip
"""Columns of text whose length a suite bounds."""
END_OF_TIME = pd.Timestamp("2100-01-01")
REPEATED = "repeated line"
SUPERSEDED = "a later line of the same key counts"
MASTERS = ("products", "suppliers", "listings", "promotions")
"""Reports that say how things are, not what happened: of two rows of a key the last counts."""


class ExportCheck:
    """The check of an export that comes in parts, each with rows that no row of another part belongs with."""

    def __init__(self, context: BatchContext) -> None:
        """The context's rows and money are not looked at: `whole` is told them."""
        self._context = context
        self._project = open_project()
        self._parameters = _row_parameters(context)
        self._seen = Seen()
        self._reasons: Counter[tuple[str, str, str]] = Counter()
        self._broken: dict[str, list[Broken]] = {}
        self._documents: dict[str, list[dict[str, Any]]] = {}
        self._keys: dict[str, list[np.ndarray]] = {}

    def part(
        self,
        report_frames: Mapping[str, pd.DataFrame],
        rejected: pd.DataFrame | None,
        blemished: pd.DataFrame | None = None,
    ) -> Verdict:
        """The rows of a part; only `whole` says whether the good ones may be published.

        rejected, blemished: what the reader could not read, at the cost of the row and not (file_line, column, found,
        expected).
        """
        frames, ignored = without_repeats(report_frames)
        results = {name: self._run(name, self._for_checking(name, frames), self._parameters) for name in frames}
        if blemished is not None and not blemished.empty:
            self._broken.setdefault("file", []).extend(unreadable_cells(blemished))
        quarantined = quarantined_rows(list(results.values()), rejected)
        first = quarantined.drop_duplicates("file_line")
        self._reasons.update(zip(first["column"], first["found"], first["expected"], strict=True))
        bad_lines = quarantined["file_line"].unique()
        good = frames if not len(bad_lines) else {
            name: frame[~frame["file_line"].isin(bad_lines)].reset_index(drop=True) for name, frame in frames.items()
        }  # fmt: skip
        good = {name: _without_blemishes(frame, results[name].blemished) for name, frame in good.items()}
        good, superseded = _last_of_each_key(good)
        ignored = pd.concat([ignored, superseded], ignore_index=True)
        self._seen.add(good)
        self._seen.quarantined_rows += len(bad_lines)
        self._seen.repeated_rows += len(ignored) - len(superseded)
        keys = keys_of(good)
        self._seen.keys_seen_elsewhere += keys_seen(keys, self._context.keys_elsewhere)
        for name, some in keys.items():
            self._keys.setdefault(name, []).append(some)
        return Verdict(good, quarantined, ignored, warnings=_no_notes(), failures=_no_notes())

    def _for_checking(self, name: str, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        frame = frames[name]
        if name == "order_lines":
            most = round(self._context.limits.max_freight * MICROS)
            frame = with_freight(frame, frames.get("orders"), most)
        return for_checking(name, frame).drop(columns=[FREIGHT, MAX_FREIGHT], errors="ignore")

    def whole(self, rows: int, money_micros: int) -> Verdict:
        """What all parts together are found to be, without their rows. rows: of the file."""
        context = replace(self._context, rows=rows, money_micros=money_micros)
        self._run("export", export_measures(context, self._seen), export_parameters(context))
        notes = notes_of(broken for some in self._broken.values() for broken in some)
        failures = notes[(notes["severity"] == "critical") & (notes["about"] == "batch")]
        failures = self._with_the_usual_reason(failures)
        warnings = notes[notes["severity"] != "critical"]
        return Verdict(
            frames={},
            quarantined=empty_reasons(),
            ignored=_no_lines(),
            warnings=_with_names(warnings, context)[list(NOTE_COLUMNS)].reset_index(drop=True),
            failures=failures[list(NOTE_COLUMNS)].reset_index(drop=True),
            results=tuple(summed_documents(parts) for parts in self._documents.values()),
        )

    def _with_the_usual_reason(self, failures: pd.DataFrame) -> pd.DataFrame:
        """A share says little: name what most of the quarantined rows have in common."""
        about = failures["column"] == "quarantined_share"
        if not about.any() or not self._reasons:
            return failures
        (column, found, expected), rows = self._reasons.most_common(1)[0]
        told = f"; {rows} rows for {column}: found {found or 'nothing'}, expected {expected}"
        if expected.endswith("the currency of the shop"):
            told += " (say `currency:` in the shop's YAML)"
        return failures.assign(found=failures["found"].where(~about, failures["found"] + told))

    def keys(self) -> dict[str, np.ndarray]:
        """The keys (see `keys_of`) of all good rows."""
        return {name: distinct(np.concatenate(parts)) for name, parts in self._keys.items()}

    def _run(self, suite: str, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> Findings:
        context = self._context
        run_name = "_".join(filter(None, (context.day, context.shop, context.report, context.file)))
        result = run_suite(self._project, suite, frame, parameters, run_name, context.checked_at)
        found = findings_of(suite, frame.columns, result.results)
        self._broken.setdefault(suite, []).extend(found.broken)
        self._documents.setdefault(suite, []).append(masked_document(result))
        return found


def check_facts(
    name: str,
    frame: pd.DataFrame,
    first_day: str,
    last_day: str,
    checked_at: datetime,
    longest: Mapping[str, int] | None = None,
) -> Verdict:
    """Judge a fact table's rows of the days `first_day` to `last_day` before they are published.

    Facts are our own work, so there is no quarantine: any broken critical rule stops them. The verdict's frames hold
    the frame under `name` where it may be published.
    """
    project = open_project()
    numbered = for_checking(name, frame.reset_index(drop=True)).assign(file_line=range(1, len(frame) + 1))
    run_name = f"{last_day}_books"
    bounds = {"first_day": pd.Timestamp(first_day), "last_day": pd.Timestamp(last_day)}
    parameters = {**bounds, **_longest(longest or {})}
    result = run_suite(project, name, numbered, parameters, run_name, checked_at)
    notes = notes_of(findings_of(name, numbered.columns, result.results).broken)
    failures = notes[notes["severity"] == "critical"][list(NOTE_COLUMNS)].reset_index(drop=True)
    return Verdict(
        frames={name: frame} if failures.empty else {},
        quarantined=empty_reasons(),
        ignored=_no_lines(),
        warnings=notes[notes["severity"] != "critical"][list(NOTE_COLUMNS)].reset_index(drop=True),
        failures=failures,
        results=(masked_document(result),),
    )


def without_repeats(frames: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The frames without rows that repeat an earlier row of theirs in every column but the file line.

    Second: file_line, reason of the file lines that have no row left in any frame.
    """
    kept = {}
    for name, frame in frames.items():
        repeats = _repeats(name, frame)
        kept[name] = frame[~repeats].reset_index(drop=True) if repeats.any() else frame
    return kept, _lines_gone(frames, kept, REPEATED)


def _repeats(name: str, frame: pd.DataFrame) -> np.ndarray:
    """Which rows repeat an earlier one. Rows that share no key with another are not compared cell by cell."""
    said = [column for column in frame.columns if column != "file_line"]
    repeats = np.zeros(len(frame), dtype=bool)
    key = [column for column in KEYS.get(name, ()) if column in frame] or said
    if said:
        alike = frame.duplicated(subset=key, keep=False).to_numpy()
        repeats[alike] = frame.loc[alike, said].duplicated().to_numpy()
    return repeats


def _without_blemishes(frame: pd.DataFrame, blemished: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The frame with the cells that broke a rule about an optional column made null."""
    for column, lines in blemished.items():
        wrong = frame["file_line"].isin(lines)
        if wrong.any():
            frame = frame.assign(**{column: frame[column].mask(wrong)})
    return frame


def _last_of_each_key(frames: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Master data with the last row of each key only: a master says how things are, and the later line says it last.

    Second: file_line, reason of the file lines that have no row left in any frame.
    """
    kept = {}
    for name, frame in frames.items():
        key = [column for column in KEYS.get(name, ()) if column in frame]
        earlier = frame.duplicated(key, keep="last") if name in MASTERS and key else None
        kept[name] = frame if earlier is None or not earlier.any() else frame[~earlier].reset_index(drop=True)
    return kept, _lines_gone(frames, kept, SUPERSEDED)


def _lines_gone(before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame], reason: str) -> pd.DataFrame:
    """file_line, reason of the file lines that have no row left in any frame."""
    if all(after[name] is frame for name, frame in before.items()):
        return _no_lines()
    left = {int(line) for frame in after.values() for line in frame["file_line"].unique()}
    there = {int(line) for frame in before.values() for line in frame["file_line"].unique()}
    gone = sorted(there - left)
    return pd.DataFrame({"file_line": gone, "reason": reason}) if gone else _no_lines()


def _row_parameters(context: BatchContext) -> dict[str, Any]:
    """Bounds of time: an export that was taken after its day may speak of every day up to then."""
    day = datetime.fromisoformat(context.day)
    latest = max(day, context.exported_at or day) + timedelta(days=DAYS_AHEAD + 1)
    latest = latest.replace(hour=0, minute=0, second=0, microsecond=0)
    limits = context.limits
    return {
        "earliest": pd.Timestamp(EARLIEST),
        "latest": pd.Timestamp(latest),
        "end_of_time": END_OF_TIME,
        "max_money_per_row": round(limits.max_money_per_row * MICROS),
        "max_units_per_line": limits.max_units_per_line,
        "max_units": limits.max_units,
        **_longest(context.longest),
    }


def _longest(known: Mapping[str, int]) -> dict[str, int]:
    return {f"longest_{column}": known.get(column, UNBOUNDED) for column in LENGTHS}


def _with_names(warnings: pd.DataFrame, context: BatchContext) -> pd.DataFrame:
    """Numbers that say little: name the unknown columns, and the day of the same file."""
    told = {"unknown_columns": ", ".join(context.unknown_columns), "same_file_age_days": context.same_file_day or ""}
    found = warnings["found"]
    for column, text in told.items():
        found = found.mask(warnings["column"] == column, text)
    return warnings.assign(found=found)


def _no_notes() -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype="str") for column in NOTE_COLUMNS})


def _no_lines() -> pd.DataFrame:
    return pd.DataFrame({"file_line": pd.Series(dtype="int64"), "reason": pd.Series(dtype="str")})
