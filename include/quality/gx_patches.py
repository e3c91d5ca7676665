"""Every patch of Great Expectations' internals, each with what it works around. They say the same as the original,
faster; tests hold them against it.

They were read against one version: on another, `apply` leaves Great Expectations as it is and says so, and
tests/quality/test_gx_patches.py fails until somebody has read the new version. Import this module through
`include.quality.suites.great_expectations`.
"""

import hashlib
import inspect
import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from great_expectations.checkpoint.checkpoint import Checkpoint
from great_expectations.core.freshness_diagnostics import (
    CheckpointFreshnessDiagnostics,
    ValidationDefinitionFreshnessDiagnostics,
)
from great_expectations.core.id_dict import IDDict
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.validation_definition import ValidationDefinition, owner_from_batch_definition
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.store import ValidationResultsStore
from great_expectations.execution_engine import PandasExecutionEngine, pandas_execution_engine
from great_expectations.expectations.expectation import Expectation, parse_result_format
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.column_map_metrics.column_values_between import ColumnValuesBetween
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
    column_map_condition_auxilliary_methods,
    map_condition_auxilliary_methods,
)
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.validation_graph import ValidationGraph

import great_expectations
from great_expectations.expectations import registry

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
    _trust_committed_definitions()
    _keep_no_results()
    _save_no_project_in_memory()
    _hash_plain_arguments()
    _read_arguments_once()
    _describe_an_expectation_once()
    _follow_a_dependency_once()
    _take_one_column()
    _compute_conditions_by_column()
    _look_for_broken_rows_where_there_are()
    return True


def _replace(owner: type, name: str, way: Any) -> None:
    setattr(owner, name, way)


# --- frames are hashed for a fingerprint that nobody reads -----------------------------------------------------------
# PandasExecutionEngine.get_batch_data_and_markers hashes every frame of less than HASH_THRESHOLD bytes into the batch's
# marker `pandas_data_fingerprint`. A part of the time that a frame in memory takes, of which
# https://github.com/great-expectations/great_expectations/issues/4774 complains (closed without a change here).


def _leave_out_fingerprints() -> None:
    pandas_execution_engine.HASH_THRESHOLD = 0


# --- a run reads its definitions again, twice, to see whether somebody changed them in memory ------------------------
# Checkpoint.is_fresh and ValidationDefinition.is_fresh load checkpoint, definition and suite from their files and
# compare them with what was loaded from the same files a moment ago. Ours are committed and changed by nobody.


def _trust_committed_definitions() -> None:
    def fresh_definition(definition: ValidationDefinition) -> ValidationDefinitionFreshnessDiagnostics:
        definition._record_suite_owner(owner_from_batch_definition(definition.data))
        return ValidationDefinitionFreshnessDiagnostics(errors=[])

    def fresh_checkpoint(checkpoint: Checkpoint) -> CheckpointFreshnessDiagnostics:
        for definition in checkpoint.validation_definitions:
            fresh_definition(definition)
        return CheckpointFreshnessDiagnostics(errors=[])

    _replace(ValidationDefinition, "is_fresh", fresh_definition)
    _replace(Checkpoint, "is_fresh", fresh_checkpoint)


# --- every result is written as JSON into a store in memory that nobody reads ----------------------------------------
# The results are kept by us, masked; Data Docs are drawn from those, through `set` of the same store.


def _keep_no_results() -> None:
    def keep_none(*_: Any, **__: Any) -> bool:
        return True

    _replace(ValidationResultsStore, "store_validation_results", keep_none)


# --- the project's description is written as YAML into a store in memory, whenever a frame is added -------------------
# A data source, an asset and a batch definition save the project each; for a context without files that is ruamel.yaml
# writing a text into a dictionary that nobody reads.


def _save_no_project_in_memory() -> None:
    _replace(EphemeralDataContext, "_save_project_config", lambda context: None)


# --- a metric's arguments are copied value by value for its hash -----------------------------------------------------
# IDDict.to_id puts every value through convert_to_json_serializable, a long row of isinstance, which gives texts, whole
# numbers, truth values, None, lists and dictionaries of such back as they are; a metric is hashed some hundred times a
# suite.

_PLAIN = (str, int, bool, type(None))


def _is_plain(value: Any) -> bool:
    if type(value) is dict:
        return all(type(key) is str and _is_plain(inner) for key, inner in value.items())
    return type(value) in _PLAIN or (type(value) is list and all(map(_is_plain, value)))


def plain_id(arguments: IDDict, id_keys: Any = None, id_ignore_keys: Any = None) -> Any:
    """`IDDict.to_id`."""
    keys = set(arguments if id_keys is None else id_keys)
    keys -= set(arguments._id_ignore_keys if id_ignore_keys is None else id_ignore_keys)
    if len(keys) < 2 or not all(type(key) is str and _is_plain(arguments[key]) for key in keys):
        return _any_id(arguments, id_keys, id_ignore_keys)
    text = json.dumps({key: arguments[key] for key in keys}, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


_any_id = IDDict.to_id


def _hash_plain_arguments() -> None:
    _replace(IDDict, "to_id", plain_id)


# --- an expectation's configuration is built again for every argument -------------------------------------------------
# Expectation.configuration is a property that dumps the whole pydantic model; _get_domain_kwargs, _get_success_kwargs
# and _get_runtime_kwargs read it once an argument, dozens of times for each metric of each expectation: a third of what
# a suite costs before it has looked at a row. No issue upstream is known to us.


def domain_kwargs(expectation: Expectation) -> dict[str, Any]:
    """`Expectation._get_domain_kwargs`."""
    return _said_or_default(expectation, expectation.configuration.kwargs, expectation.domain_keys)


def success_kwargs(expectation: Expectation) -> dict[str, Any]:
    """`Expectation._get_success_kwargs`."""
    keys = [*expectation.success_keys, *expectation.domain_keys]
    return _said_or_default(expectation, expectation.configuration.kwargs, keys)


def runtime_kwargs(expectation: Expectation, runtime_configuration: dict[str, Any] | None = None) -> dict[str, Any]:
    """`Expectation._get_runtime_kwargs`."""
    said = expectation.configuration.kwargs
    kwargs = _said_or_default(expectation, said, expectation.runtime_keys)
    kwargs |= {key: value for key, value in (runtime_configuration or {}).items() if key in kwargs}
    kwargs |= _said_or_default(expectation, said, [*expectation.success_keys, *expectation.domain_keys])
    kwargs["result_format"] = parse_result_format(kwargs["result_format"])
    return kwargs


def _said_or_default(expectation: Expectation, said: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: said[key] if key in said else expectation._get_default_value(key) for key in keys}


def _read_arguments_once() -> None:
    _replace(Expectation, "_get_domain_kwargs", domain_kwargs)
    _replace(Expectation, "_get_success_kwargs", success_kwargs)
    _replace(Expectation, "_get_runtime_kwargs", runtime_kwargs)


# --- an expectation is described and built again for every metric that it needs ---------------------------------------
# get_validation_dependencies names about eight metrics. For the arguments of each it describes the expectation
# (`configuration`, a dump of its model) and builds another from the description (`to_domain_obj`), only to read the
# same arguments again: most of what a suite costs before it has looked at a row. While it runs, one description serves
# and stands for the expectation that it is of.

_at_work = threading.local()


def _held() -> tuple[Expectation | None, ExpectationConfiguration | None]:
    return getattr(_at_work, "held", (None, None))


def _describe_an_expectation_once() -> None:
    describe, build = vars(Expectation)["configuration"].fget, ExpectationConfiguration.to_domain_obj

    def configuration(expectation: Expectation) -> ExpectationConfiguration:
        held, described = _held()
        return described if held is expectation and described is not None else describe(expectation)

    def to_domain_obj(described: ExpectationConfiguration) -> Expectation:
        expectation, held = _held()
        return expectation if held is described and expectation is not None else build(described)

    def described_once(needs: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(needs)
        def get_validation_dependencies(expectation: Expectation, *args: Any, **kwargs: Any) -> Any:
            before = _held()
            if before[0] is expectation:
                return needs(expectation, *args, **kwargs)
            _at_work.held = (expectation, describe(expectation))
            try:
                return needs(expectation, *args, **kwargs)
            finally:
                _at_work.held = before

        return get_validation_dependencies

    _replace(Expectation, "configuration", property(configuration))
    _replace(ExpectationConfiguration, "to_domain_obj", to_domain_obj)
    names = registry.list_registered_expectation_implementations()
    kinds: list[type] = [Expectation, *map(registry.get_expectation_impl, names)]
    for kind in kinds:
        for owner in kind.__mro__:
            needs = vars(owner).get("get_validation_dependencies")
            if needs is not None and not hasattr(needs, "__wrapped__"):
                _replace(owner, "get_validation_dependencies", described_once(needs))


# --- what a metric depends on is looked up again for every metric that depends on it ----------------------------------
# ValidationGraph.build_metric_dependency_graph follows a dependency that it has followed before once more, down to the
# types of the table's columns, to find edges that the graph has (it keeps one of an id) and throws away.


def build_metric_dependency_graph(
    graph: ValidationGraph,
    metric_configuration: MetricConfiguration,
    runtime_configuration: dict[str, Any] | None = None,
) -> None:
    """`ValidationGraph.build_metric_dependency_graph`."""
    followed = vars(graph).setdefault("_followed", set())
    if metric_configuration.id in followed:
        return
    followed.add(metric_configuration.id)
    _any_graph(graph, metric_configuration, runtime_configuration)


_any_graph = ValidationGraph.build_metric_dependency_graph


def _follow_a_dependency_once() -> None:
    _replace(ValidationGraph, "build_metric_dependency_graph", build_metric_dependency_graph)


# --- a condition on a column leaves gaps out of every column of the frame ---------------------------------------------
# What computes on one column asks for the whole frame and drops the rows where the column has a gap, which copies all
# columns, for each condition of each column.


def compute_domain(
    engine: PandasExecutionEngine, domain_kwargs: dict[str, Any], domain_type: Any, accessor_keys: Any = None
) -> tuple[pd.DataFrame, dict[str, Any], dict[str, Any]]:
    """`PandasExecutionEngine.get_compute_domain`, which gives of the frame what the domain names: one column."""
    frame, compute, accessor = _any_domain(engine, domain_kwargs, domain_type, accessor_keys)
    if MetricDomainTypes(domain_type) is MetricDomainTypes.COLUMN and accessor.get("column") in frame.columns:
        frame = frame[accessor["column"]].to_frame()  # a view
    return frame, compute, accessor


_any_domain = PandasExecutionEngine.get_compute_domain


def _take_one_column() -> None:
    _replace(PandasExecutionEngine, "get_compute_domain", compute_domain)


# --- rows that break a rule are looked for where none does ------------------------------------------------------------
# Their values, their indices and the query for them each filter the whole frame, once for the gaps of the column and
# once for the condition, also where the condition, which is at hand, holds everywhere.

_OF_NO_ROW: dict[Callable[..., Any], Callable[[Mapping[str, Any]], Any]] = {
    column_map_condition_auxilliary_methods._pandas_column_map_condition_values: lambda wanted: [],
    map_condition_auxilliary_methods._pandas_map_condition_index: lambda wanted: [],
    map_condition_auxilliary_methods._pandas_map_condition_query: lambda wanted: (
        None if wanted.get("return_unexpected_index_query") is False else "df.filter(items=[], axis=0)"
    ),
}


def _of_broken_rows(find: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(find)
    def found(*args: Any, metric_value_kwargs: Mapping[str, Any], metrics: Mapping[str, Any], **more: Any) -> Any:
        if not np.any(metrics["unexpected_condition"][0]):
            return _OF_NO_ROW[find](metric_value_kwargs["result_format"])
        return find(*args, metric_value_kwargs=metric_value_kwargs, metrics=metrics, **more)

    return found


def _look_for_broken_rows_where_there_are() -> None:
    for metric in registry._registered_metrics.values():
        kind, find = metric["providers"].get("PandasExecutionEngine", (None, None))
        if find in _OF_NO_ROW:
            metric["providers"]["PandasExecutionEngine"] = (kind, _of_broken_rows(find))


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
