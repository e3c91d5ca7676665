"""Tags of behaviour: defined in YAML, computed as of a day from what was known on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from include.calendar.events import event_days
from include.customers.history import Book, day_text

DEFINITIONS = Path(__file__).parent / "tags.yaml"
# Days around an event that count as its sale; length of the season that is looked for a year ago.
_AROUND, _SEASON, _YEAR = 3, 60, 365
_COMPARISONS = {"=": np.equal, ">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less}


@dataclass(frozen=True)
class Tag:
    """when: (measure, comparison, value); a text value p1..p99 is a quantile of the merchant's customers."""

    name: str
    zh: str
    en: str
    when: tuple[tuple[str, str, float | str], ...]


def load_tags(path: Path = DEFINITIONS) -> tuple[Tag, ...]:
    """Raises ValueError naming the file, the tag and what is wrong with it. The same text is parsed once a process."""
    return _parsed(path.name, path.read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def _parsed(file: str, text: str) -> tuple[Tag, ...]:
    return tuple(_tag(file, name, one) for name, one in yaml.safe_load(text).items())


def _tag(file: str, name: str, described: Any) -> Tag:
    place = f"{file}, {name}"
    if not isinstance(described, Mapping) or set(described) != {"zh", "en", "when"}:
        raise ValueError(f"{place}: expected zh, en and when, found {described!r}")
    conditions = []
    for condition in described["when"]:
        if not isinstance(condition, list) or len(condition) != 3:
            raise ValueError(f"{place}: a condition is [measure, comparison, value], found {condition!r}")
        measure, comparison, value = condition
        if measure not in MEASURES:
            raise ValueError(f"{place}: no measure {measure!r}; there are {', '.join(MEASURES)}")
        if comparison not in _COMPARISONS:
            raise ValueError(f"{place}: no comparison {comparison!r}; there are {' '.join(_COMPARISONS)}")
        if not _is_number(value) and not _is_quantile(value):
            raise ValueError(f"{place}: {measure} is compared with a number or p1 to p99, found {value!r}")
        conditions.append((measure, comparison, value))
    return Tag(name, str(described["zh"]), str(described["en"]), tuple(conditions))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_quantile(value: Any) -> bool:
    return isinstance(value, str) and value[:1] == "p" and value[1:].isdigit() and 0 < int(value[1:]) < 100


MEASURES: Mapping[str, str] = {
    "order_days": "days with an order",
    "tenure_days": "days since the first order",
    "days_since": "days since the last order",
    "gaps_late": "days since the last order, in usual gaps",
    "gap_variation": "spread of the gaps between order days over their mean",
    "last_gap_share": "the last gap over the mean of the earlier ones",
    "money": "yuan in all that were kept: without refunds, gifts and bulk orders",
    "money_a_day": "yuan an order day that were kept",
    "last_money_share": "yuan kept of the last order day over the mean of the earlier ones",
    "discount_days_share": "share of order days with a discount of 5 % or more",
    "refund_days_share": "share of order days with a refund",
    "last_refund_share": "share of the last order day's money that was refunded",
    "exceptional_share": "share of the money that gifts and bulk orders made",
    "event_days_share": "share of order days within three days of a big sale or festival",
    "weekend_share": "share of order days on Saturday or Sunday",
    "orders_a_day": "orders an order day",
    "categories": "categories bought from",
    "shops": "shops bought in",
    "orders_last_season": "order days within the 60 days a year before the coming 60",
}


def measures(book: Book) -> pd.DataFrame:
    """One row a customer of the book, indexed by customer, with the columns of MEASURES; NaN where unknown."""
    history, days = book.history, (book.end - book.start).astype(np.float64)
    last, before = book.end - 1, days - 1
    usual = history.kept
    gap = np.zeros(len(history.day))
    gap[1:] = np.diff(history.day)
    gap[book.start] = 0.0
    weekday = (history.day + 3) % 7  # day 0 was a Thursday
    whole = np.maximum(history.amount + history.discount, 1e-9)
    season = book.since(book.as_of - _YEAR + _SEASON) - book.since(book.as_of - _YEAR)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_gap = np.where(before > 0, book.total(gap) / before, np.nan)
        spread = np.sqrt(np.maximum(book.total(gap**2) / before - mean_gap**2, 0.0))
        earlier_gap = np.where(before > 1, (book.total(gap) - gap[last]) / (before - 1), np.nan)
        earlier_money = np.where(before > 0, (book.total(usual) - usual[last]) / before, np.nan)
        columns = {
            "order_days": days,
            "tenure_days": book.as_of - book.first,
            "days_since": book.as_of - book.last,
            "gaps_late": (book.as_of - book.last) / mean_gap,
            "gap_variation": np.where(before > 1, spread / mean_gap, np.nan),
            "last_gap_share": gap[last] / earlier_gap,
            "money": book.total(usual),
            "money_a_day": book.total(usual) / days,
            "last_money_share": usual[last] / earlier_money,
            "discount_days_share": book.total((history.discount / whole >= 0.05).astype(np.float64)) / days,
            "refund_days_share": book.total((history.refunded > 0).astype(np.float64)) / days,
            "last_refund_share": history.refunded[last] / np.maximum(history.amount[last], 1e-9),
            "exceptional_share": book.total(history.exceptional) / np.maximum(book.total(history.amount), 1e-9),
            "event_days_share": book.total(_at_events(book)) / days,
            "weekend_share": book.total((weekday >= 5).astype(np.float64)) / days,
            "orders_a_day": book.total(history.orders.astype(np.float64)) / days,
            "categories": _distinct(book, history.category),
            "shops": _distinct(book, history.shop),
            "orders_last_season": season,
        }
    return pd.DataFrame(columns, index=pd.Index(book.names.astype(str), name="customer")).astype("float64")


def _at_events(book: Book) -> np.ndarray:
    """(order days,) 1.0 within _AROUND days of a big sale or festival."""
    history = book.history
    if not len(history.day):
        return np.zeros(0)
    first, final = (pd.Timestamp(day_text(number)).date() for number in (history.first_day, history.last_day))
    near = sorted(event_days(first, final, history.calendar, around=_AROUND))
    known = np.array(near, dtype="datetime64[D]").astype(np.int64)
    return np.isin(history.day, known).astype(np.float64)


def _distinct(book: Book, codes: np.ndarray) -> np.ndarray:
    """(customers,) how many different known codes each has."""
    known, kinds = codes >= 0, int(codes.max(initial=0)) + 1
    pairs = np.unique(book.history.owner[known] * kinds + codes[known])
    return np.bincount(pairs // kinds, minlength=len(book.start)).astype(np.float64)


def holding(book: Book, defined: tuple[Tag, ...]) -> pd.DataFrame:
    """(customers of the book, tags) bool: it holds."""
    table = measures(book)
    columns = {}
    for tag in defined:
        holds = np.ones(len(table), dtype=bool)
        for measure, comparison, value in tag.when:
            column = table[measure].to_numpy()
            holds &= _COMPARISONS[comparison](column, _border(column, value))
        columns[tag.name] = holds
    return pd.DataFrame(columns, index=table.index)


def _border(column: np.ndarray, value: float | str) -> float:
    if not isinstance(value, str):
        return float(value)
    known = column[~np.isnan(column)]
    return float(np.quantile(known, int(value[1:]) / 100)) if len(known) else np.nan
