"""Every row is accounted for: rows in the file = published + quarantined + ignored, and their money the same."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from include.exports.values.amounts import exact_sum
from include.quality.verdict import ReadExport, Verdict

STOPPED = "the export was stopped"
_SHOWN = 10


class LedgerError(AssertionError):
    """Rows or money are missing or counted twice; the message says which."""


def ledger(reading: ReadExport, verdict: Verdict) -> dict[str, Any]:
    """The ledger of an export: one value for each column of the books' `exports` table.

    rows_total, rows_published, rows_quarantined, rows_ignored; money_total_micros, money_published_micros,
    money_quarantined_micros, money_ignored_micros; reasons: JSON, reason -> {rows, money_micros}, each row under the
    first reason found for it. A row whose money could not be read counts 0. Of a stopped export, the rows that would
    have been published count as quarantined. Raises LedgerError.
    """
    money = _money_by_line(reading)
    ignored = _reason_by_line([reading.ignored, verdict.ignored], "reason")
    quarantined = _reason_by_line([verdict.quarantined], "title")
    published = [frame["file_line"] for frame in verdict.frames.values()]
    if verdict.stopped:
        held = money.index.difference([*ignored, *quarantined])
        quarantined |= dict.fromkeys(held.tolist(), STOPPED)
    parts = {
        "published": pd.unique(np.concatenate([np.empty(0, dtype=np.int64), *published])),
        "quarantined": np.unique(np.array([*quarantined], dtype=np.int64)),
        "ignored": np.unique(np.array([*ignored], dtype=np.int64)),
    }
    _each_line_once(money.index.to_numpy(), parts)

    sums = {name: exact_sum(money.loc[lines]) for name, lines in parts.items()}
    total = exact_sum(money)
    if total != int(reading.money_micros):
        raise LedgerError(
            f"money of the rows sums to {total} micros, the reader says {int(reading.money_micros)}: "
            f"difference {total - int(reading.money_micros)}"
        )
    return {
        "rows_total": len(money),
        **{f"rows_{name}": len(lines) for name, lines in parts.items()},
        "money_total_micros": total,
        **{f"money_{name}_micros": micros for name, micros in sums.items()},
        "reasons": json.dumps(_by_reason({**quarantined, **ignored}, money), ensure_ascii=False, sort_keys=True),
    }


def empty_ledger() -> dict[str, Any]:
    """The ledger of an export of which nothing could be read."""
    parts = ("total", "published", "quarantined", "ignored")
    counts = {f"rows_{part}": 0 for part in parts} | {f"money_{part}_micros": 0 for part in parts}
    return {**counts, "reasons": "{}"}


def summed(ledgers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The ledger of an export from those of its parts."""
    whole = empty_ledger()
    reasons: dict[str, dict[str, int]] = {}
    for part in ledgers:
        for name, value in part.items():
            if name != "reasons":
                whole[name] += value
        for reason, counts in json.loads(part["reasons"]).items():
            known = reasons.setdefault(reason, {"rows": 0, "money_micros": 0})
            reasons[reason] = {name: known[name] + counts[name] for name in known}
    return {**whole, "reasons": json.dumps(reasons, ensure_ascii=False, sort_keys=True)}


def held_back(whole: Mapping[str, Any]) -> dict[str, Any]:
    """The ledger of an export that is stopped: what would have been published counts as quarantined."""
    reasons = json.loads(whole["reasons"])
    if whole["rows_published"]:
        reasons[STOPPED] = {"rows": whole["rows_published"], "money_micros": whole["money_published_micros"]}
    return {
        **whole,
        "rows_published": 0,
        "rows_quarantined": whole["rows_quarantined"] + whole["rows_published"],
        "money_published_micros": 0,
        "money_quarantined_micros": whole["money_quarantined_micros"] + whole["money_published_micros"],
        "reasons": json.dumps(reasons, ensure_ascii=False, sort_keys=True),
    }


def _money_by_line(reading: ReadExport) -> pd.Series:
    lines = reading.row_money["file_line"].astype("int64")
    twice = lines[lines.duplicated()]
    if not twice.empty:
        raise LedgerError(f"the reader counts {_lines(twice)} more than once")
    if len(lines) != reading.rows:
        raise LedgerError(f"the reader says {reading.rows} rows and lists {len(lines)}")
    micros = reading.row_money["money_micros"].astype("Int64").fillna(0).astype("int64")
    return pd.Series(micros.to_numpy(), index=lines.to_numpy())


def _reason_by_line(frames: Iterable[pd.DataFrame], column: str) -> dict[int, str]:
    reasons: dict[int, str] = {}
    for frame in frames:
        first = frame.drop_duplicates("file_line")
        for line, reason in zip(first["file_line"], first[column], strict=True):
            reasons.setdefault(int(line), str(reason))
    return reasons


def _each_line_once(lines: np.ndarray, parts: dict[str, np.ndarray]) -> None:
    """parts: each line of theirs once."""
    names = list(parts)
    for i, first in enumerate(names):
        if len(foreign := np.setdiff1d(parts[first], lines, assume_unique=True)):
            raise LedgerError(f"{_lines(foreign)} {first}, though the file has no such row")
        for second in names[i + 1 :]:
            if len(both := np.intersect1d(parts[first], parts[second], assume_unique=True)):
                raise LedgerError(f"{_lines(both)} both {first} and {second}")
    if len(lost := np.setdiff1d(lines, np.concatenate([*parts.values()]), assume_unique=True)):
        counts = " + ".join(f"{len(parts[name])} {name}" for name in names)
        raise LedgerError(
            f"{len(lines)} rows in the file, {counts}: {_lines(lost)} neither published, quarantined nor ignored"
        )


def _lines(lines: Iterable[int]) -> str:
    numbers = sorted(int(line) for line in lines)
    shown = ", ".join(str(number) for number in numbers[:_SHOWN])
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"file line {shown}{more}"


def _by_reason(reasons: dict[int, str], money: pd.Series) -> dict[str, dict[str, int]]:
    table = pd.DataFrame({"reason": pd.Series(reasons, dtype="str"), "money": money.loc[list(reasons)]})
    return {
        str(reason): {"rows": len(rows), "money_micros": exact_sum(rows["money"])}
        for reason, rows in table.groupby("reason")
    }
