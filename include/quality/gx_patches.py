"""Every patch of Great Expectations' internals, each with what it works around. They say the same as the original,
faster; tests hold them against it.

They were read against one version: on another, `apply` leaves Great Expectations as it is and says so, and
tests/quality/test_gx_patches.py fails until somebody has read the new version. Import this module through
`include.quality.suites.great_expectations`.
"""

import inspect
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from great_expectations.execution_engine import PandasExecutionEngine, pandas_execution_engine
from great_expectations.expectations.expectation import Expectation, parse_result_format
from great_expectations.expectations.metrics.column_map_metrics.column_values_between import ColumnValuesBetween
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)

import great_expectations

READ_AGAINST = "1.24.1"
_log = logging.getLogger(__name__)


def apply() -> bool:
    """Put all patches in place; False, and nothing done, if Great Expectations is of another version."""
    if great_expectations.__version__ != READ_AGAINST:
        _log.warning(
            "Great Expectations is %s, its patches were read against %s and are left out: checks are right, and slow",
            great_expectations.__version__,
            READ_AGAINST,
        )
        return False
    _leave_out_fingerprints()
    _read_arguments_once()
    _compute_conditions_by_column()
    return True


# --- frames are hashed for a fingerprint that nobody reads -----------------------------------------------------------
# PandasExecutionEngine.get_batch_data_and_markers hashes every frame of less than HASH_THRESHOLD bytes into the batch's
# marker `pandas_data_fingerprint`. A part of the time that a frame in memory takes, of which
# https://github.com/great-expectations/great_expectations/issues/4774 complains (closed without a change here).


def _leave_out_fingerprints() -> None:
    pandas_execution_engine.HASH_THRESHOLD = 0


# --- an expectation's configuration is built anew for every argument -------------------------------------------------
# Expectation.configuration is a property that dumps the whole pydantic model; _get_domain_kwargs, _get_success_kwargs
# and _get_runtime_kwargs read it once an argument, dozens of times for each metric of each expectation: a third of what
# a suite costs before it has looked at a row. No issue upstream is known to us.


def domain_kwargs(expectation: Expectation) -> dict[str, Any]:
    """`Expectation._get_domain_kwargs`."""
    return _said_or_default(expectation, expectation.domain_keys)


def success_kwargs(expectation: Expectation) -> dict[str, Any]:
    """`Expectation._get_success_kwargs`."""
    return _said_or_default(expectation, [*expectation.success_keys, *expectation.domain_keys])


def runtime_kwargs(expectation: Expectation, runtime_configuration: dict[str, Any] | None = None) -> dict[str, Any]:
    """`Expectation._get_runtime_kwargs`."""
    kwargs = _said_or_default(expectation, expectation.runtime_keys)
    kwargs |= {key: value for key, value in (runtime_configuration or {}).items() if key in kwargs}
    kwargs |= success_kwargs(expectation)
    kwargs["result_format"] = parse_result_format(kwargs["result_format"])
    return kwargs


def _said_or_default(expectation: Expectation, keys: Iterable[str]) -> dict[str, Any]:
    said = expectation.configuration.kwargs
    return {key: said[key] if key in said else expectation._get_default_value(key) for key in keys}


def _read_arguments_once() -> None:
    for name, way in {
        "_get_domain_kwargs": domain_kwargs,
        "_get_success_kwargs": success_kwargs,
        "_get_runtime_kwargs": runtime_kwargs,
    }.items():
        setattr(Expectation, name, way)


# --- conditions on a column call Python once a value -----------------------------------------------------------------
# ColumnValuesBetween maps a Python function over every column that is not int, float or datetime64[ns]: nullable
# integers and moments in microseconds, which are all of ours.
# https://github.com/great-expectations/great_expectations/pull/2633 made native dtypes fast and left the rest alone.
# ColumnValuesMatchRegex and ColumnValuesNotMatchRegex use astype(str).str.contains, which calls Python's re a value
# wherever a pattern says \d, \s or \w. On a million rows both are most of a check. What the functions below do not know
# goes to the original.

_NOT_PLAIN = r"[^\x20-\x7e]"
"""On printable ASCII, Arrow's patterns (RE2) and Python's mean the same; elsewhere a digit or a space may differ."""

_by_value: Callable[..., pd.Series] = inspect.unwrap(ColumnValuesBetween._pandas)


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


def _compute_conditions_by_column() -> None:
    """A metric provider registers itself when its class is made, in place of the one of the same name."""
    with _without_warnings():

        class Between(ColumnMapMetricProvider):
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

        class MatchRegex(ColumnMapMetricProvider):
            condition_metric_name = "column_values.match_regex"
            condition_value_keys = ("regex",)

            @column_condition_partial(engine=PandasExecutionEngine)
            def _pandas(cls: Any, column: pd.Series, regex: str, **_: Any) -> pd.Series:  # noqa: N805
                return matches(column, regex)

        class NotMatchRegex(ColumnMapMetricProvider):
            condition_metric_name = "column_values.not_match_regex"
            condition_value_keys = ("regex",)

            @column_condition_partial(engine=PandasExecutionEngine)
            def _pandas(cls: Any, column: pd.Series, regex: str, **_: Any) -> pd.Series:  # noqa: N805
                return ~matches(column, regex)
