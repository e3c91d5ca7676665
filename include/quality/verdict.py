"""What a check is asked and what it answers."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import pandas as pd

from include.settings.checking import Checking
from include.words.texts import Language, say

REASON_COLUMNS = (
    "file_line",
    "frame",
    "column",
    "title",
    "title_zh",
    "severity",
    "found",
    "expected",
    "owner",
    "action",
)
NOTE_COLUMNS = (
    "frame", "column", "title", "title_zh", "severity", "rows", "file_lines", "found", "expected", "owner", "action",
)  # fmt: skip


class ReadExport(Protocol):
    """The part of a Reading that checking and the ledger need."""

    report: str
    exported_at: datetime | None
    rows: int
    money_micros: int
    unknown_columns: tuple[str, ...]
    row_money: pd.DataFrame
    ignored: pd.DataFrame
    rejected: pd.DataFrame
    blemished: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class BatchContext:
    """What is known of an export beside its frames.

    `file` is the export's name, by which the results of several files of one report and day are told apart.
    `day` is the business day the export was delivered for, `checked_at` the clock. `history` holds past ledgers of the
    same shop and report: day, rows_total, money_total_micros; empty or None if there are none. `event_days` are days
    whose volume says nothing about other days, `slow_days` those on which trade rests. `same_file_day` is an earlier
    day whose file of this report is this one, byte by byte. `keys_elsewhere` are the keys (see `keys_of`) that other
    files of the same shop and day have brought. `longest` says of columns of text how many characters the books hold.
    `is_history` marks a first load, whose age and volume are not judged.
    """

    shop: str
    report: str
    day: str
    checked_at: datetime
    rows: int
    money_micros: int = 0
    exported_at: datetime | None = None
    unknown_columns: tuple[str, ...] = ()
    history: pd.DataFrame | None = None
    event_days: AbstractSet[str] = frozenset()
    slow_days: AbstractSet[str] = frozenset()
    same_file_day: str | None = None
    keys_elsewhere: Mapping[str, np.ndarray] = field(default_factory=dict)
    limits: Checking = field(default_factory=Checking)
    stale_days: int = 3
    longest: Mapping[str, int] = field(default_factory=dict)
    file: str = ""
    is_history: bool = False

    @classmethod
    def of(cls, reading: ReadExport, *, shop: str, day: str, checked_at: datetime, **known: Any) -> "BatchContext":
        """The context of a reading; `known` are the fields that the reading does not say."""
        return cls(
            shop=shop, report=reading.report, day=day, checked_at=checked_at, rows=reading.rows,
            money_micros=reading.money_micros, exported_at=reading.exported_at,
            unknown_columns=reading.unknown_columns, **known,
        )  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What may be published and what may not, with reasons.

    frames: the good rows by canonical name; empty where the batch is stopped, so that nothing can be published.
    quarantined: REASON_COLUMNS, one row for each (file_line, broken rule); `found` is masked.
    ignored: file_line, reason; rows that repeat another row of the file to the letter.
    warnings, failures: NOTE_COLUMNS, one row a broken rule; a failure stops the batch.
    results: the validation results, masked, as `build_data_docs` takes them.
    """

    frames: dict[str, pd.DataFrame]
    quarantined: pd.DataFrame
    ignored: pd.DataFrame
    warnings: pd.DataFrame
    failures: pd.DataFrame
    results: tuple[dict[str, Any], ...] = ()

    @property
    def stopped(self) -> bool:
        """Nothing of this batch may be published; readers keep what they had."""
        return not self.failures.empty

    def why_stopped(self, language: Language = "en") -> str:
        """The failures in one line a person can act on, the rules' titles in the language; '' where the batch goes
        on. What to do about them the rules say in English alone."""
        return say(language, "why.semicolon").join(
            say(
                language,
                "quality.failure",
                title=note[title_column(language)],
                where=f"{note['frame']}.{note['column']}",
                found=note["found"],
                expected=note["expected"],
            )
            + ("" if language == "zh" else f". {note['action']}")
            for note in self.failures.to_dict("records")
        )


def title_column(language: Language) -> str:
    """Which of REASON_COLUMNS and NOTE_COLUMNS holds a rule's title in the language."""
    return "title_zh" if language == "zh" else "title"
