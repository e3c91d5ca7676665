"""From Great Expectations' results to findings: one row a broken rule, or a broken rule and file line."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from include.quality.masking import found_text
from include.quality.verdict import NOTE_COLUMNS, REASON_COLUMNS

EXAMPLES = 5
_VALUES_OF_ROWS = (
    "unexpected_list", "unexpected_index_list", "unexpected_index_query", "partial_unexpected_index_list",
    "partial_unexpected_counts", "unexpected_index_column_names",
)  # fmt: skip


@dataclass(frozen=True)
class Findings:
    """rows: REASON_COLUMNS of every row that broke a rule; notes: NOTE_COLUMNS of every broken rule."""

    rows: pd.DataFrame
    notes: pd.DataFrame


def findings_of(frame_name: str, columns: Iterable[str], results: Iterable[Any]) -> Findings:
    """What the results of one suite over one frame say. `columns` are those the frame has.

    A rule that could not be evaluated is itself a finding of its severity, about the batch; unless its column is
    absent, which the suite's rules on columns judge.
    """
    present = set(columns)
    rows: list[pd.DataFrame] = []
    notes: list[dict[str, Any]] = []
    for result in results:
        if result.success:
            continue
        rule = _rule(frame_name, result.expectation_config)
        wanted = _columns_of(result.expectation_config.kwargs)
        if _was_not_evaluated(result):
            if set(wanted) <= present:
                notes.append({**rule, "about": "batch", "rows": 0, "file_lines": "", "found": "could not be evaluated"})
            continue
        broken = _broken_rows(wanted, result.result.get("unexpected_index_list") or [])
        if broken is None:
            found = _found_in_batch(result, present)
            notes.append({**rule, "rows": 0, "file_lines": "", "found": found})
            continue
        if rule["about"] == "row":
            rows.append(broken.assign(**{k: v for k, v in rule.items() if k != "about"}))
        lines = broken["file_line"].drop_duplicates()
        notes.append(
            {
                **rule,
                "rows": len(lines),
                "file_lines": json.dumps([int(line) for line in lines.head(EXAMPLES)]),
                "found": " | ".join(dict.fromkeys(broken["found"].head(EXAMPLES))),
            }
        )
    all_rows = pd.concat(rows, ignore_index=True) if rows else empty_reasons()
    return Findings(all_rows[list(REASON_COLUMNS)], pd.DataFrame(notes, columns=[*NOTE_COLUMNS, "about"]))


def empty_reasons() -> pd.DataFrame:
    """No row with a reason: REASON_COLUMNS."""
    return pd.DataFrame({c: pd.Series(dtype="int64" if c == "file_line" else "str") for c in REASON_COLUMNS})


def masked_document(result: Any) -> dict[str, Any]:
    """A suite's validation result as JSON for Data Docs, without rows' values but a few masked examples.

    The rows' values are taken out of `result` itself, so `findings_of` comes first.
    """
    for one in result.results:
        column = one.expectation_config.kwargs.get("column", "")
        for name in _VALUES_OF_ROWS:
            one.result.pop(name, None)
        examples = one.result.pop("partial_unexpected_list", [])
        if examples:
            one.result["partial_unexpected_list"] = [_example(column, value) for value in examples[:EXAMPLES]]
        one.exception_info = {  # a traceback may quote values
            "raised_exception": _was_not_evaluated(one),
            "exception_message": None,
            "exception_traceback": None,
        }
    document: dict[str, Any] = result.to_json_dict()
    return document


def _rule(frame_name: str, config: Any) -> dict[str, Any]:
    meta: Mapping[str, Any] = config.meta or {}
    return {
        "frame": frame_name,
        "column": ", ".join(meta.get("columns") or _columns_of(config.kwargs)),
        "title": meta.get("title", config.type),
        "title_zh": meta.get("title_zh", config.type),
        "severity": str(getattr(config.severity, "value", config.severity)),
        "expected": meta.get("expected") or expected_text(config.type, config.kwargs),
        "owner": meta.get("owner", ""),
        "action": meta.get("action", ""),
        "about": meta.get("about", "batch"),
    }


def expected_text(kind: str, kwargs: Mapping[str, Any]) -> str:
    """What a rule wants, in words and signs that read in either language of the board."""
    if kind == "expect_column_values_to_be_between":
        low, high = kwargs.get("min_value"), kwargs.get("max_value")
        if low is None:
            return f"≤ {_bound(high)}"
        return f"≥ {_bound(low)}" if high is None else f"{_bound(low)} … {_bound(high)}"
    if kind == "expect_column_values_to_be_in_set":
        return " | ".join(str(value) for value in kwargs["value_set"])
    if kind == "expect_column_values_to_be_of_type":
        return str(kwargs["type_"])
    if kind == "expect_table_columns_to_match_set":
        return ", ".join(kwargs["column_set"])
    return {
        "expect_column_values_to_not_be_null": "a value",
        "expect_column_values_to_be_unique": "each value once",
        "expect_compound_columns_to_be_unique": "each combination once",
    }.get(kind, kind)


def _bound(value: Any) -> str:
    """GX hands whole bounds back as floats and moments as ISO text."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return re.sub(r"[T ]00:00:00$", "", str(value))


def _columns_of(kwargs: Mapping[str, Any]) -> list[str]:
    if "column" in kwargs:
        return [kwargs["column"]]
    if "column_A" in kwargs:
        return [kwargs["column_A"], kwargs["column_B"]]
    return list(kwargs.get("column_list", []))


def _was_not_evaluated(result: Any) -> bool:
    return _was_not_evaluated_info(result.exception_info)


def _was_not_evaluated_info(info: Any) -> bool:
    """GX gives one exception as a mapping, several as a mapping of metric to mapping."""
    if not isinstance(info, Mapping):
        return False
    return bool(info.get("raised_exception")) or any(_was_not_evaluated_info(value) for value in info.values())


def _broken_rows(columns: list[str], index: list[dict[str, Any]]) -> pd.DataFrame | None:
    """file_line and masked `found` of the rows that broke a rule; None where the rule is not about rows."""
    if not index:
        return None
    table = pd.DataFrame(index)
    names = [column for column in columns if column in table]
    if len(names) == 1:
        found = [found_text(names[0], value) for value in table[names[0]]]
    else:
        rows = table[names].to_dict("records")
        found = [", ".join(f"{name}={found_text(name, value)}" for name, value in row.items()) for row in rows]
    return pd.DataFrame({"file_line": table["file_line"].astype("int64"), "found": pd.Series(found, dtype="str")})


def _found_in_batch(result: Any, present: set[str]) -> str:
    if result.expectation_config.type == "expect_table_columns_to_match_set":
        absent = [column for column in result.expectation_config.kwargs["column_set"] if column not in present]
        return f"without {', '.join(absent)}"
    return found_text("", str(result.result.get("observed_value", "")))


def _example(column: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: found_text(name, one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [found_text(column, one) for one in value]
    return found_text(column, value)
