"""From Great Expectations' results to findings: one row a broken rule, or a broken rule and file line."""

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from include.quality.masking import found_text
from include.quality.verdict import NOTE_COLUMNS, REASON_COLUMNS
from include.words.texts import in_each

EXAMPLES = 5
BECOMES_NULL = "null"
"""`then` of an expectation's meta: a cell that breaks it is unknown, and its row is published without it."""
_VALUES_OF_ROWS = (
    "unexpected_list", "unexpected_index_list", "unexpected_index_query", "partial_unexpected_index_list",
    "partial_unexpected_counts", "unexpected_index_column_names",
)  # fmt: skip


@dataclass(frozen=True)
class Broken:
    """A rule that was broken. rows: how many file lines broke it; lines: the first of them; found: (file line, what was
    found) of the first rows, or one text where the rule is not about rows."""

    rule: Mapping[str, Any]
    rows: int
    lines: tuple[int, ...]
    found: tuple[tuple[int, str], ...]

    def note(self) -> dict[str, Any]:
        return {
            **self.rule,
            "rows": self.rows,
            "file_lines": json.dumps(list(self.lines)) if self.lines else "",
            "found": " | ".join(dict.fromkeys(found for _, found in self.found)),
        }


@dataclass(frozen=True)
class Findings:
    """rows: REASON_COLUMNS of every row that broke a rule; broken: every broken rule. blemished: column -> file lines
    whose cell broke a rule that makes it null and spares its row."""

    rows: pd.DataFrame
    broken: tuple[Broken, ...]
    blemished: Mapping[str, np.ndarray]


def notes_of(broken: Iterable[Broken]) -> pd.DataFrame:
    """NOTE_COLUMNS and `about`, a row a broken rule; the same rule broken in several parts of a file is told once."""
    by_rule: dict[str, list[Broken]] = {}
    for one in broken:
        by_rule.setdefault(json.dumps(one.rule, sort_keys=True, default=str), []).append(one)
    notes = [
        Broken(
            some[0].rule,
            sum(one.rows for one in some),
            tuple(sorted(line for one in some for line in one.lines)[:EXAMPLES]),
            tuple(sorted((found for one in some for found in one.found), key=lambda found: found[0])[:EXAMPLES]),
        ).note()
        for some in by_rule.values()
    ]
    return pd.DataFrame(notes, columns=[*NOTE_COLUMNS, "about"])


def findings_of(frame_name: str, columns: Iterable[str], results: Iterable[Any]) -> Findings:
    """What the results of one suite over one frame say. `columns` are those the frame has.

    A rule that could not be evaluated is itself a finding of its severity, about the batch; unless its column is
    absent, which the suite's rules on columns judge.
    """
    present = set(columns)
    rows: list[pd.DataFrame] = []
    found: list[Broken] = []
    blemished: dict[str, np.ndarray] = {}
    for result in results:
        if result.success:
            continue
        rule = _rule(frame_name, result.expectation_config)
        wanted = _columns_of(result.expectation_config.kwargs)
        if _was_not_evaluated(result):
            if set(wanted) <= present:
                found.append(Broken({**rule, "about": "batch"}, 0, (), ((0, "could not be evaluated"),)))
            continue
        broken = _broken_rows(wanted, result.result.get("unexpected_index_list") or [])
        if broken is None:
            found.append(Broken(rule, 0, (), ((0, _found_in_batch(result, present)),)))
            continue
        if rule["about"] == "row":
            rows.append(broken.assign(**{k: v for k, v in rule.items() if k != "about"}))
        lines = broken["file_line"].drop_duplicates()
        meta = result.expectation_config.meta or {}
        if meta.get("then") == BECOMES_NULL:
            (column,) = meta.get("columns") or wanted
            blemished[column] = np.union1d(blemished.get(column, lines.to_numpy()), lines.to_numpy())
        first = broken.head(EXAMPLES)
        found.append(
            Broken(
                rule,
                len(lines),
                tuple(int(line) for line in lines.head(EXAMPLES)),
                tuple(zip(first["file_line"].tolist(), first["found"].tolist(), strict=True)),
            )
        )
    all_rows = pd.concat(rows, ignore_index=True) if rows else empty_reasons()
    return Findings(all_rows[list(REASON_COLUMNS)], tuple(found), blemished)


def unreadable_cells(blemished: pd.DataFrame) -> list[Broken]:
    """The optional cells that the reader could not read (file_line, column, found, expected), as broken rules."""
    broken = []
    title_zh, title = in_each("quality.cell_readable")
    for (column, expected), cells in blemished.groupby(["column", "expected"], sort=False):
        first = cells.head(EXAMPLES)
        rule = {
            "frame": "file",
            "column": column,
            "title": title,
            "title_zh": title_zh,
            "severity": "warning",
            "expected": expected,
            "owner": "data engineer",
            "action": "The cell counts as empty and its row is published. Correct the file, or map another column.",
            "about": "row",
        }
        found = [found_text(str(column), value) for value in first["found"]]
        lines = first["file_line"].tolist()
        broken.append(Broken(rule, len(cells), tuple(lines), tuple(zip(lines, found, strict=True))))
    return broken


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


def summed_documents(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The masked results of one suite over the parts of a frame as those over all of it."""
    if len(parts) == 1:
        return parts[0]
    whole = copy.deepcopy(parts[0])
    for place, one in enumerate(whole["results"]):
        same = [part["results"][place] for part in parts]
        worst = next((other for other in same if not other["success"]), one)
        one |= {"success": worst["success"], "exception_info": worst["exception_info"]}
        one["result"] = {**worst["result"], **_summed([other["result"] for other in same])}
    kept = sum(one["success"] for one in whole["results"])
    count = len(whole["results"])
    whole["success"] = kept == count
    whole["statistics"] = {
        "evaluated_expectations": count,
        "successful_expectations": kept,
        "unsuccessful_expectations": count - kept,
        "success_percent": 100 * kept / count if count else None,
    }
    return whole


def _summed(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Great Expectations' counts of values over several parts, and its percentages of them."""
    counts = {
        name: sum(result.get(name, 0) for result in results)
        for name in ("element_count", "missing_count", "unexpected_count")
        if any(name in result for result in results)
    }
    elements, missing = counts.get("element_count", 0), counts.get("missing_count", 0)
    unexpected = counts.get("unexpected_count", 0)
    percents = {
        "missing_percent": (missing, elements),
        "unexpected_percent": (unexpected, elements - missing),
        "unexpected_percent_nonmissing": (unexpected, elements - missing),
        "unexpected_percent_total": (unexpected, elements),
    }
    found = {
        name: 100 * part / of if of else 0
        for name, (part, of) in percents.items()
        if any(name in result for result in results)
    }
    examples = [value for result in results for value in result.get("partial_unexpected_list", [])][:EXAMPLES]
    return {**counts, **found, **({"partial_unexpected_list": examples} if examples else {})}


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
