"""Our conditions on columns say what Great Expectations' own say, value by value."""

import numpy as np
import pandas as pd
import pytest

from include.quality.suites import great_expectations

SUSPECT = r"^\s*$|^[+-]?\d+(?:\.\d+)?[eE]\+?\d+$"
TEXTS = [
    "4025", "4.02E+18", "", "  ", "\u3000", "\x1c", "货号 7", "٤E+3", "4E+3\n", "4E+3\nx", "A-1;B-2", "１２e５", "-7e3",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    great_expectations()


@pytest.mark.parametrize("regex", [SUSPECT, r"^\d{4}$", r"\s", r"(?!4)\d", r"^[^;]+$"])
def test_patterns_find_what_python_finds(regex: str) -> None:
    from include.quality.columnar import matches

    column = pd.Series(TEXTS, index=range(5, 5 + len(TEXTS)), dtype="str")
    pd.testing.assert_series_equal(matches(column, regex), column.astype(str).str.contains(regex))


def test_patterns_on_numbers_and_gaps_are_as_before() -> None:
    from include.quality.columnar import matches

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
    from include.quality.columnar import ColumnValuesBetween, _by_value, _is_comparable, is_between

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
    from include.quality.columnar import _is_comparable

    assert not _is_comparable(column, bounds)


def test_great_expectations_asks_ours() -> None:
    from great_expectations.expectations import registry

    for name in ("between", "match_regex", "not_match_regex"):
        provider, _ = registry._registered_metrics[f"column_values.{name}.condition"]["providers"][
            "PandasExecutionEngine"
        ]
        assert provider.__module__ == "include.quality.columnar"
