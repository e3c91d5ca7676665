"""An export as a whole, as one row of measures for the suite `export`: age, volume, money, overlap, quarantine.

A measure that cannot be taken (no history, a first load) is missing, and a missing measure breaks no rule. Around
events only the upper bounds are lifted: on the days that matter most a file that lacks half its rows is cut short too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

import pandas as pd

from include.quality.verdict import BatchContext

FEWEST_DAYS = 3
"""Same weekdays that make a usual one; where there are fewer, so many days of any weekday."""
LATEST_WEEKS = 8
LATEST_DAYS = 14
CHANCE = 4
"""Standard deviations of a count: a shop with ten rows a day has two by chance, one with a thousand has not."""
UNBOUNDED = 1e12
FEW_ROWS = 10
"""So few quarantined rows never stop an export while others are good: one bad row of five is not a changed layout."""
SPOKEN_OF = (
    "created_at", "paid_at", "requested_at", "completed_at", "stock_day", "ordered_day", "received_day", "traffic_day",
    "moved_at",
)  # fmt: skip
"""Columns that say which day a row speaks of."""
DATED = ("orders", "order_lines", "refunds", "stock", "purchase_orders", "receipts")
"""Reports that speak of their day; master data may be as old as it likes."""


@dataclass
class Seen:
    """What is measured of an export's good rows, added up over its parts."""

    frames: set[str] = field(default_factory=set)
    newest_payment: datetime | None = None
    newest_day: date | None = None
    quarantined_rows: int = 0
    repeated_rows: int = 0
    keys_seen_elsewhere: int = 0

    def add(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self.frames |= set(frames)
        paid = [frames[name]["paid_at"] for name in ("orders", "order_lines") if "paid_at" in frames.get(name, {})]
        newest = [moments.max() for moments in paid if moments.dtype.kind == "M"]
        known = [moment for moment in (self.newest_payment, *newest) if moment is not None and not pd.isna(moment)]
        self.newest_payment = max(known, default=None)
        told = (frame[name] for frame in frames.values() for name in SPOKEN_OF if name in frame)
        days = [pd.to_datetime(moments).max() for moments in told]
        found = [day.date() for day in days if not pd.isna(day)]
        self.newest_day = max([*found, *([self.newest_day] if self.newest_day else [])], default=None)


def export_measures(context: BatchContext, seen: Seen) -> pd.DataFrame:
    """One row: the columns that the suite `export` judges, and `file_line`."""
    measures: dict[str, float | bool | None] = {
        "quarantined_share": _quarantined_share(context.rows, seen.quarantined_rows),
        "keys_seen_elsewhere": seen.keys_seen_elsewhere,
        "repeated_lines": seen.repeated_rows,
        "unknown_columns": len(context.unknown_columns),
        **_against_usual(context, sums_say_little="money_movements" in seen.frames),
        **_age(context, seen),
    }
    row = {name: pd.Series([value], dtype="boolean" if name == "taken_after_the_day" else "Float64")
           for name, value in measures.items()}  # fmt: skip
    return pd.DataFrame({"file_line": pd.Series([0], dtype="int64"), **row})


def export_parameters(context: BatchContext) -> dict[str, float]:
    """The bounds of the suite `export`, from the merchant's settings."""
    limits = context.limits
    is_event = context.day in context.event_days
    missing = limits.row_count_tolerance
    if context.day in context.slow_days:
        missing = max(missing, limits.slow_days_tolerance)
    usual = _usual(context)
    by_chance = 1.0 if usual is None or usual[0] <= 0 else 1 - CHANCE / usual[0] ** 0.5
    return {
        "quarantine_ceiling": limits.quarantine_ceiling,
        "fewest_rows": round(max(0.0, min(1 - missing, by_chance)), 6),
        "max_rows": UNBOUNDED if is_event else round(1 + limits.row_count_excess, 6),
        "least_money": round(1 - limits.money_tolerance, 6),
        "most_money": UNBOUNDED if is_event else round(1 + limits.money_tolerance, 6),
        "stale_days": context.stale_days,
    }


def usual_weekday(history: pd.DataFrame, day: str, excused: frozenset[str]) -> pd.DataFrame:
    """The past ledgers of the same weekday as `day`, newest LATEST_WEEKS, without excused days."""
    days = pd.to_datetime(history["day"])
    weekday = date.fromisoformat(day).weekday()
    same = history[(days.dt.day_of_week == weekday) & (history["day"] < day) & ~history["day"].isin(excused)]
    return same.sort_values("day").tail(LATEST_WEEKS)


def _usual(context: BatchContext) -> tuple[float, float] | None:
    """Rows and money micros of a usual file; None where too little is known.

    The median of the same weekday. Where the weekday is too young, the least of the last files of any weekday: who
    sells on weekdays only has a first Saturday that is told of once, and not eight.
    """
    history = context.history
    if context.is_history or history is None or history.empty:
        return None
    excused = frozenset(context.event_days)
    past = usual_weekday(history, context.day, excused)
    if len(past) >= FEWEST_DAYS:
        return float(past["rows_total"].median()), float(past["money_total_micros"].median())
    known = history[(history["day"] < context.day) & ~history["day"].isin(excused)].sort_values("day")
    last = past if len(past) else known.tail(LATEST_DAYS)
    if known["day"].nunique() < FEWEST_DAYS:
        return None
    return float(last["rows_total"].min()), float(last["money_total_micros"].min())


def _against_usual(context: BatchContext, sums_say_little: bool) -> dict[str, float | None]:
    """sums_say_little: amounts with either sign, among which one withdrawal outweighs a day's sales."""
    ratios: dict[str, float | None] = dict.fromkeys(
        ("rows_against_usual", "money_against_usual", "money_a_row_against_usual")
    )
    usual = _usual(context)
    if usual is None:
        return ratios
    usual_rows, usual_money = usual
    if usual_rows > 0:
        ratios["rows_against_usual"] = context.rows / usual_rows
    if usual_money > 0 and not sums_say_little:
        ratios["money_against_usual"] = context.money_micros / usual_money
        if usual_rows > 0 and context.rows > 0:
            ratios["money_a_row_against_usual"] = (context.money_micros / context.rows) / (usual_money / usual_rows)
    return ratios


def _age(context: BatchContext, seen: Seen) -> dict[str, float | bool | None]:
    """Days from the newest payment, and from the export's own moment, to the business day; negative where later."""
    ages: dict[str, float | bool | None] = dict.fromkeys(
        (
            "newest_payment_age_days",
            "newest_day_age_days",
            "export_age_days",
            "same_file_age_days",
            "taken_after_the_day",
        )
    )
    if context.is_history or not seen.frames & set(DATED):
        return ages
    day = date.fromisoformat(context.day)
    if seen.newest_payment is not None:
        ages["newest_payment_age_days"] = (day - seen.newest_payment.date()).days
    elif seen.newest_day is not None:
        ages["newest_day_age_days"] = (day - seen.newest_day).days
    if context.same_file_day is not None and context.rows:
        ages["same_file_age_days"] = (day - date.fromisoformat(context.same_file_day)).days
    if context.exported_at is not None:
        ages["export_age_days"] = (day - context.exported_at.date()).days
        ages["taken_after_the_day"] = _is_after(context.exported_at, day)
    return ages


def _is_after(exported_at: datetime, day: date) -> bool | None:
    """Whether the day was over by then; None if the file's name holds the day and no time: it may be the day that the
    file is of, or any moment of it."""
    if exported_at.date() == day and exported_at.time() == time.min:
        return None
    return exported_at.date() > day


def _quarantined_share(rows: int, quarantined: int) -> float:
    if rows == 0 or (quarantined < FEW_ROWS and quarantined < rows):
        return 0.0
    return quarantined / rows
