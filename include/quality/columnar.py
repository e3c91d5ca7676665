"""Great Expectations' conditions on a column, computed a column at a time.

Its own call Python once a value wherever a column is nullable, holds moments finer or coarser than nanoseconds, or a
pattern says `\\d`, `\\s` or `\\w`: on a million rows that is most of a check. These give the same answers, and hand
whatever they do not know to the original. Import this module through `include.quality.suites.great_expectations`.
"""

import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from great_expectations.execution_engine import PandasExecutionEngine, pandas_execution_engine
from great_expectations.expectations.metrics.column_map_metrics.column_values_between import ColumnValuesBetween
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)

_NOT_PLAIN = r"[^\x20-\x7e]"
"""On printable ASCII, Arrow's patterns (RE2) and Python's mean the same; elsewhere a digit or a space may differ."""

# Every frame of less than this many bytes is hashed for a fingerprint that nobody reads.
pandas_execution_engine.HASH_THRESHOLD = 0


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Great Expectations warns of every condition that replaces one of its own: here that is the purpose."""
    registry = logging.getLogger("great_expectations.expectations.registry")
    level = registry.level
    registry.setLevel(logging.ERROR)
    try:
        yield
    finally:
        registry.setLevel(level)


def matches(column: pd.Series, regex: str) -> pd.Series:
    """Whether each text holds the pattern somewhere, as `column.astype(str).str.contains(regex)` says it."""
    texts = pa.array(column.astype("str"), type=pa.large_string(), from_pandas=True)
    if texts.null_count:
        return _by_python(column, regex)
    try:
        found = pc.match_substring_regex(texts, regex)
    except pa.ArrowInvalid:  # a pattern beyond RE2, such as a look-ahead
        return _by_python(column, regex)
    found = pd.Series(found.to_numpy(zero_copy_only=False), index=column.index)
    foreign = pc.match_substring_regex(texts, _NOT_PLAIN).to_numpy(zero_copy_only=False)
    if foreign.any():
        found[foreign] = _by_python(column[foreign], regex)
    return found


def _by_python(column: pd.Series, regex: str) -> pd.Series:
    contains: pd.Series = column.astype(str).str.contains(regex)
    return contains


def is_between(column: pd.Series, low: Any, high: Any, strict_low: bool, strict_high: bool) -> pd.Series:
    """Whether each value, of numbers or moments without gaps, is within the bounds; None bounds nothing."""
    within = np.ones(len(column), dtype=bool)
    if low is not None:
        within &= ((column > low) if strict_low else (column >= low)).to_numpy(dtype=bool)
    if high is not None:
        within &= ((column < high) if strict_high else (column <= high)).to_numpy(dtype=bool)
    return pd.Series(within, index=column.index)


def _is_comparable(column: pd.Series, bounds: list[Any]) -> bool:
    kind = column.dtype
    if column.hasnans or not bounds or (len(bounds) == 2 and bounds[0] > bounds[1]):
        return False
    if pd.api.types.is_bool_dtype(kind):
        return False
    if pd.api.types.is_numeric_dtype(kind):
        return all(isinstance(bound, (int, float)) for bound in bounds)
    return kind.kind == "M" and not isinstance(kind, pd.DatetimeTZDtype) and all(
        isinstance(bound, pd.Timestamp) and bound.tz is None for bound in bounds
    )  # fmt: skip


_by_value: Callable[..., pd.Series] = inspect.unwrap(ColumnValuesBetween._pandas)

with _without_warnings():

    class _Between(ColumnMapMetricProvider):
        condition_metric_name = "column_values.between"
        condition_value_keys = ("min_value", "max_value", "strict_min", "strict_max")

        @column_condition_partial(engine=PandasExecutionEngine)
        def _pandas(
            cls: Any,  # noqa: N805
            column: pd.Series,
            min_value: Any = None,
            max_value: Any = None,
            strict_min: bool | None = None,
            strict_max: bool | None = None,
            **more: Any,
        ) -> pd.Series:
            if _is_comparable(column, [bound for bound in (min_value, max_value) if bound is not None]):
                return is_between(column, min_value, max_value, bool(strict_min), bool(strict_max))
            return _by_value(ColumnValuesBetween, column, min_value, max_value, strict_min, strict_max, **more)

    class _MatchRegex(ColumnMapMetricProvider):
        condition_metric_name = "column_values.match_regex"
        condition_value_keys = ("regex",)

        @column_condition_partial(engine=PandasExecutionEngine)
        def _pandas(cls: Any, column: pd.Series, regex: str, **_: Any) -> pd.Series:  # noqa: N805
            return matches(column, regex)

    class _NotMatchRegex(ColumnMapMetricProvider):
        condition_metric_name = "column_values.not_match_regex"
        condition_value_keys = ("regex",)

        @column_condition_partial(engine=PandasExecutionEngine)
        def _pandas(cls: Any, column: pd.Series, regex: str, **_: Any) -> pd.Series:  # noqa: N805
            return ~matches(column, regex)
