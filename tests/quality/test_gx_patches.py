"""Our patches of Great Expectations say what it says itself: conditions value by value, arguments one by one."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from include.quality.suites import PROJECT, great_expectations

pytestmark = pytest.mark.slow

SUSPECT = r"^\s*$|^[+-]?\d+(?:\.\d+)?[eE]\+?\d+$"
TEXTS = [
    "4025", "4.02E+18", "", "  ", "\u3000", "\x1c", "货号 7", "٤E+3", "4E+3\n", "4E+3\nx", "A-1;B-2", "１２e５", "-7e3",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    great_expectations()


@pytest.mark.parametrize("regex", [SUSPECT, r"^\d{4}$", r"\s", r"(?!4)\d", r"^[^;]+$"])
def test_patterns_find_what_python_finds(regex: str) -> None:
    from include.quality.gx_patches import matches

    column = pd.Series(TEXTS, index=range(5, 5 + len(TEXTS)), dtype="str")
    pd.testing.assert_series_equal(matches(column, regex), column.astype(str).str.contains(regex))


def test_patterns_on_numbers_and_gaps_are_as_before() -> None:
    from include.quality.gx_patches import matches

    for column in (pd.Series([1, 20]), pd.Series(["a", None]), pd.Series([], dtype="str")):
        expected = column.astype(str).str.contains(r"^\d$")
        assert matches(column, r"^\d$").tolist() == expected.tolist()


MOMENTS = pd.Series(pd.to_datetime(["2004-12-31", "2005-01-01", "2025-11-14", "2050-01-01"]))
SERIES = {
    "Int64": (pd.Series([-3, 0, 1, 100_000, 100_001], dtype="Int64"), 1, 100_000),
    "int64": (pd.Series([-3, 0, 1, 100_000, 100_001]), 1, 100_000),
    "Float64": (pd.Series([-0.1, 0.0, 1.0, 1.1], dtype="Float64"), 0, 1.0),
    "microseconds": (MOMENTS.astype("datetime64[us]"), pd.Timestamp("2005-01-01"), pd.Timestamp("2025-11-14")),
    "nanoseconds": (MOMENTS.astype("datetime64[ns]"), pd.Timestamp("2005-01-01"), pd.Timestamp("2025-11-14")),
}


@pytest.mark.parametrize("kind", SERIES)
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("open_end", ["", "low", "high"])
def test_bounds_hold_what_they_held_value_by_value(kind: str, strict: bool, open_end: str) -> None:
    from include.quality.gx_patches import ColumnValuesBetween, _by_value, _is_comparable, is_between

    column, low, high = SERIES[kind]
    bounds = (None if open_end == "low" else low, None if open_end == "high" else high)
    assert _is_comparable(column, [bound for bound in bounds if bound is not None])
    expected = _by_value(ColumnValuesBetween, column, *bounds, strict, strict)
    assert is_between(column, *bounds, strict, strict).tolist() == np.asarray(expected, dtype=bool).tolist()


@pytest.mark.parametrize(
    ("column", "bounds"),
    [
        (pd.Series(["2025-01-01"], dtype="str"), ["2024-01-01"]),
        (pd.Series([True, False]), [0, 1]),
        (pd.Series([1, 2]), ["1"]),
        (MOMENTS, ["2005-01-01"]),
        (MOMENTS.dt.tz_localize("UTC"), [pd.Timestamp("2005-01-01", tz="UTC")]),
        (pd.Series([1.0, np.nan]), [0]),
        (pd.Series([1, 2]), [5, 1]),
    ],
)
def test_what_we_do_not_know_is_left_to_the_original(column: pd.Series, bounds: list[object]) -> None:
    from include.quality.gx_patches import _is_comparable

    assert not _is_comparable(column, bounds)


def test_great_expectations_asks_ours() -> None:
    from great_expectations.expectations import registry

    for name in ("between", "match_regex", "not_match_regex"):
        provider, _ = registry._registered_metrics[f"column_values.{name}.condition"]["providers"][
            "PandasExecutionEngine"
        ]
        assert provider.__module__ == "include.quality.gx_patches"


def test_arguments_are_those_that_are_read_one_by_one() -> None:
    from great_expectations.core import ExpectationSuite

    seen = 0
    for file in sorted((PROJECT / "expectations").rglob("*.json")):
        described = json.loads(file.read_text(encoding="utf-8"))
        for one in ExpectationSuite(name=described["name"], expectations=described["expectations"]).expectations:
            assert one._get_domain_kwargs() == {key: one._get_success_kwarg(key) for key in one.domain_keys}
            keys = {*one.domain_keys, *one.success_keys}
            assert one._get_success_kwargs() == {key: one._get_success_kwarg(key) for key in keys}
            told = one._get_runtime_kwargs({"catch_exceptions": "told", "nobody_asks": 1})
            expected = {key: one._get_success_kwarg(key) for key in {*keys, *one.runtime_keys}}
            assert told.pop("catch_exceptions") == "told"
            assert told.pop("result_format")["result_format"] == "BASIC"
            assert told == {key: value for key, value in expected.items() if key in told}
            assert set(told) == set(expected) - {"catch_exceptions", "result_format"}
            seen += 1
    assert seen > 300


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"column": "sku"},
        {"column": "sku", "row_condition": None, "strict_min": False},
        {"b": 1, "a": "数量", "c": True},
        {"column": "at", "min_value": pd.Timestamp("2025-01-01")},
        {"a": 1.5, "b": float("nan")},
        {"a": [1, 2], "b": {"c": None}},
        {"a": [1, pd.Timestamp("2025-01-01")], "b": {"c": [np.int64(1)]}, "c": {1: 2}},
        {"a": (1, 2), "b": {"format": "COMPLETE", "columns": ["file_line"], "rows": 20, "of": {"x": [True, None]}}},
        {1: "a", "b": "c"},
        {"a": np.int64(3), "b": np.bool_(True)},
    ],
)
def test_a_metric_is_hashed_as_great_expectations_hashes_it(arguments: dict) -> None:
    from great_expectations.core.id_dict import IDDict

    from include.quality.gx_patches import _any_id, plain_id

    def hashed(way: Callable[..., object]) -> object:
        try:
            return way(IDDict(arguments)), way(IDDict(arguments), id_ignore_keys={"column"})
        except TypeError as error:
            return str(error)

    assert hashed(plain_id) == hashed(_any_id)


RUN = """
import json
from datetime import datetime
import pandas as pd
from include.quality import suites

if {is_plain}:
    suites._patch = lambda patches: None
some = {{"supplier": ["S1", "S1", None], "title": ["茶厂", None, "x" * 300], "lead_time_days": [5, 500, None],
        "review_period_days": [7, 7, None], "minimum_order_micros": [0, 10**18, 5], "return_days": [None, 30, -1],
        "return_fee_percent": [0, 101, None], "file_line": [2, 3, 4]}}
frame = pd.DataFrame(some).convert_dtypes()
limits = {{"max_money_per_row": 10**15, "longest_supplier": 64}}
result = suites.run_suite(suites.open_project(), "suppliers", frame, limits, "a run", datetime(2025, 11, 12))
print(json.dumps([one.to_json_dict() for one in result.results], sort_keys=True), sorted(result.meta))

from include.quality.check_export import ExportCheck
from include.quality.verdict import BatchContext
from tests.quality.conftest import CHECKED_AT, DAY, good_frame

for name in ("promotions", "orders", "refunds", "traffic"):  # rules on pairs, on several columns, with gaps
    frame = good_frame(name, 5)
    for column in frame.columns.drop("file_line"):
        frame.loc[1, column] = None if frame[column].dtype != "bool" else False
        frame.loc[3, column] = frame.loc[2, column]
        if frame[column].dtype == "Int64":
            frame.loc[4, column] = -7
    frame.loc[3, "file_line"] = 5
    check = ExportCheck(BatchContext(shop="tmall", report=name, day=DAY, checked_at=CHECKED_AT, rows=5))
    part, whole = check.part({{name: frame}}, None), check.whole(5, 0)
    told = [part.quarantined, part.ignored, *part.frames.values(), whole.warnings, whole.failures]
    print(name, *(one.to_csv() for one in told))
    for document in whole.results:
        for one in document["results"]:
            print(json.dumps(one, sort_keys=True))
"""


def test_a_run_finds_what_great_expectations_finds_without_the_patches() -> None:
    def found(is_plain: bool) -> str:
        words = [sys.executable, "-c", RUN.format(is_plain=is_plain)]
        return subprocess.run(words, cwd=PROJECT.parent, capture_output=True, text=True, check=True).stdout

    plain = found(True)
    assert plain.count('"success": false') > 20
    assert found(False) == plain


def test_the_patches_were_read_against_the_version_in_use() -> None:
    # on a new version: read what each patch replaces, then set READ_AGAINST, and the format's VERSION of the suites
    from include.quality.gx_patches import READ_AGAINST
    from scripts.write_suites import VERSION

    assert great_expectations().__version__ == READ_AGAINST == VERSION


def test_another_version_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from great_expectations.expectations.expectation import Expectation

    from include.quality import gx_patches

    # given another version of Great Expectations, whose own way to the arguments stands
    monkeypatch.setattr(great_expectations(), "__version__", "1.99.0")
    own = object()
    monkeypatch.setattr(Expectation, "_get_domain_kwargs", own)
    # when the patches are to be applied
    with caplog.at_level(logging.WARNING):
        assert not gx_patches.apply()
    # then nothing is replaced, and the log says so
    assert Expectation._get_domain_kwargs is own
    assert "1.99.0" in caplog.text
