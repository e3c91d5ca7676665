"""Writes the JSON of great_expectations/ from the rules of include/quality/rules/.

    python -m scripts.write_suites            # writes it (make suites)
    python -m scripts.write_suites --check    # ends with 1 if a file is stale

One YAML a suite, one line a rule; texts.yaml holds what several rules say. docs/adding-an-expectation.md shows how to
add one.
"""

import argparse
import json
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from include.exports.frames.all_frames import FRAMES
from include.exports.frames.frame import DAY, MOMENT, MONEY, TEXT, TRUTH, UNITS, Frame
from include.exports.values.ids import DAMAGED, NAMES_AND_PLACES
from include.quality.findings import BECOMES_NULL

ROOT = Path(__file__).parents[1]
RULES = ROOT / "include" / "quality" / "rules"
PROJECT = ROOT / "great_expectations"
TEXTS = "texts"
VERSION = "1.24.1"
"""Of Great Expectations, whose format the files have."""
BLANK = r"^\s*$"
ISO_DAY = r"^\d{4}-\d{2}-\d{2}$"
SEVERITIES = {"critical": "critical", "warning": "warning", "blank": "warning"}
"""What a rule's line says -> Great Expectations' severity. blank: a warning, and the cell is published as null."""
TYPES = {
    "text": ("str", "text", "文本"),
    "whole": ("int64", "whole numbers", "整数"),
    "number": ("float64", "numbers", "数值"),
    "moment": ("datetime64", "times", "时间"),
    "truth": ("bool", "yes or no", "是否值"),
}
_TYPE_OF = {TEXT: "text", DAY: "text", MONEY: "whole", UNITS: "whole", MOMENT: "moment", TRUTH: "truth"}
_SAID = {"rule", "column", "severity", "owner", "action", "title", "expected", "shown"}


class RuleError(ValueError):
    """A line of the rules cannot be; the message names file and line's rule."""


def _between(line: Mapping[str, Any]) -> dict[str, Any]:
    bounds = {"min_value": line.get("min"), "max_value": line.get("max")}
    given = {name: _bound(value) for name, value in bounds.items() if value is not None}
    if not given:
        raise RuleError("between needs min or max")
    return {"column": line["column"], **given}


def _bound(value: Any) -> Any:
    """`$latest` is the parameter of that name, which a check fills in."""
    return {"$PARAMETER": value[1:]} if isinstance(value, str) and value.startswith("$") else value


def _bounds(low: Any, high: Any) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda line: _between({"column": line["column"], "min": low, "max": high})


def _ordered(larger: str, smaller: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda line: {
        "column_A": line[larger],
        "column_B": line[smaller],
        "or_equal": True,
        "ignore_row_if": "either_value_is_missing",
    }


# Rule of the YAML -> Great Expectations' type, its arguments from the line, and the words that a line may add.
KINDS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], dict[str, Any]], set[str]]] = {
    "present": ("column_values_to_not_be_null", lambda line: {"column": line["column"]}, set()),
    "unique": ("column_values_to_be_unique", lambda line: {"column": line["column"]}, set()),
    "unique_together": (
        "compound_columns_to_be_unique",
        lambda line: {"column_list": line["columns"], "ignore_row_if": "never"},
        {"columns"},
    ),
    "whole_code": (
        "column_values_to_not_match_regex",
        lambda line: {"column": line["column"], "regex": f"{BLANK}|{DAMAGED}"},
        set(),
    ),
    "whole_number": (
        "column_values_to_not_match_regex",
        lambda line: {"column": line["column"], "regex": f"{BLANK}|{DAMAGED}|{NAMES_AND_PLACES}"},
        set(),
    ),
    "matches": (
        "column_values_to_match_regex",
        lambda line: {"column": line["column"], "regex": line["pattern"]},
        {"pattern"},
    ),
    "matches_not": (
        "column_values_to_not_match_regex",
        lambda line: {"column": line["column"], "regex": line["pattern"]},
        {"pattern"},
    ),
    "one_of": (
        "column_values_to_be_in_set",
        lambda line: {"column": line["column"], "value_set": line["values"]},
        {"values"},
    ),
    "holds": ("column_values_to_be_in_set", lambda line: {"column": line["column"], "value_set": [True]}, set()),
    "between": ("column_values_to_be_between", _between, {"min", "max"}),
    "not_negative": ("column_values_to_be_between", _bounds(0, None), set()),
    "amount": ("column_values_to_be_between", _bounds(0, "$max_money_per_row"), set()),
    "moment": ("column_values_to_be_between", _bounds("$earliest", "$latest"), set()),
    "day": ("column_values_to_match_regex", lambda line: {"column": line["column"], "regex": ISO_DAY}, set()),
    "day_between": (
        "column_values_to_be_between",
        lambda line: _between({**line, "column": f"{line['column']}_date"}),
        {"min", "max"},
    ),
    "at_least": ("column_pair_values_a_to_be_greater_than_b", _ordered("column", "other"), {"other"}),
    "at_most": ("column_pair_values_a_to_be_greater_than_b", _ordered("other", "column"), {"other"}),
    "length": (
        "column_value_lengths_to_be_between",
        lambda line: {"column": line["column"], "max_value": {"$PARAMETER": f"longest_{line['column']}"}},
        set(),
    ),
}


def suite_documents(rules: Path = RULES) -> dict[str, dict[str, Any]]:
    """Path below great_expectations/ -> the document that belongs there. Raises RuleError."""
    texts = _read(rules / f"{TEXTS}.yaml")
    documents = {}
    for path in sorted(rules.glob("*.yaml")):
        if path.stem == TEXTS:
            continue
        suite = path.stem
        documents[f"expectations/{suite}.json"] = {
            "name": suite,
            "id": _id("suite", suite),
            "meta": {"great_expectations_version": VERSION},
            "notes": None,
            "expectations": expectations(suite, _read(path), texts),
        }
        documents[f"validation_definitions/{suite}.json"] = _validation(suite)
        documents[f"checkpoints/{suite}.json"] = _checkpoint(suite)
    return documents


def expectations(suite: str, file: Mapping[str, Any], texts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Great Expectations' documents of a suite's rules, in the order of the file; columns and types come first."""
    if frame := FRAMES.get(suite):
        file = _with_what_the_frame_declares(suite, file, frame)
    written = [*_columns_and_types(file)]
    written += [(line, *_of_line(suite, line, file)) for line in file["rules"]]
    return [_expectation(suite, line, kind, kwargs, file, texts) for line, kind, kwargs in written]


def _with_what_the_frame_declares(suite: str, file: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    """The file with the columns and types of include/exports/frames/, and how bad it is if one of them is empty."""
    if said := {"required", "types"} & set(file):
        raise RuleError(f"{suite}.yaml: {' and '.join(sorted(said))} of a frame stand in include/exports/frames/")
    lines = [dict(line) for line in file["rules"]]
    present = [line for line in lines if line.get("rule") == "present"]
    for line in present:
        if "severity" in line:
            empty = f"the severity of an empty {line['column']}"
            raise RuleError(f"{suite}.yaml: {empty} stands in include/exports/frames/ (if_empty)")
    columns = [str(line.get("column")) for line in present]
    if sorted(columns) != sorted(frame.if_empty):
        raise RuleError(f"{suite}.yaml: the rule present must be about {', '.join(frame.if_empty)}, each once")
    for line in present:
        line["severity"] = frame.if_empty[line["column"]]
    types = {column: _TYPE_OF[kind] for column, kind in frame.kinds.items()}
    return {
        **file,
        "required": ["file_line", *frame.required],
        "types": {"file_line": "whole", **types},
        "rules": lines,
    }


def _columns_and_types(file: Mapping[str, Any]) -> list[tuple[dict[str, Any], str, dict[str, Any]]]:
    if "required" not in file:
        return []
    first = {"column_set": file["required"], "exact_match": False}
    written: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        ({"rule": "columns", "about": "batch", "severity": "critical"}, "table_columns_to_match_set", first)
    ]
    for column, name in file["types"].items():
        kind, en, zh = TYPES[name]
        line = {
            "rule": "type",
            "about": "batch",
            "severity": "critical",
            "title": [f"{column} holds {en}", f"{column} 为{zh}"],
        }
        written.append((line, "column_values_to_be_of_type", {"column": column, "type_": kind}))
    return written


def _of_line(suite: str, line: Mapping[str, Any], file: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    where = f"{suite}.yaml: {json.dumps(line, ensure_ascii=False)}"
    if line.get("rule") not in KINDS:
        raise RuleError(f"{where}: rule is none of {', '.join(KINDS)}")
    if line.get("severity") not in SEVERITIES:
        raise RuleError(f"{where}: severity is none of {', '.join(SEVERITIES)}")
    kind, kwargs, more = KINDS[line["rule"]]
    if unknown := set(line) - _SAID - more:
        raise RuleError(f"{where}: {', '.join(sorted(unknown))} says nothing to the rule {line['rule']}")
    try:
        return kind, kwargs(line)
    except KeyError as lacking:
        raise RuleError(f"{where}: the rule {line['rule']} needs {lacking.args[0]}") from None
    except RuleError as error:
        raise RuleError(f"{where}: {error}") from None


def _expectation(
    suite: str,
    line: Mapping[str, Any],
    kind: str,
    kwargs: Mapping[str, Any],
    file: Mapping[str, Any],
    texts: Mapping[str, Any],
) -> dict[str, Any]:
    severity = SEVERITIES[line["severity"]]
    title, title_zh = _title(suite, line, file, texts)
    shown = line.get("shown") or ([line["column"]] if line["rule"] == "day_between" else None)
    meta: dict[str, Any] = {
        "about": line.get("about") or file.get("about", "row"),
        "severity": severity,
        "owner": texts["owners"][line.get("owner", "data")],
        "action": _action(suite, line, file, texts),
        "title": title,
        "title_zh": title_zh,
    }
    if shown:
        meta["columns"] = shown
    if expected := line.get("expected") or _expected(line, texts):
        meta["expected"] = expected
    if line["severity"] == "blank":
        meta["then"] = BECOMES_NULL
    return {
        "type": f"expect_{kind}",
        "kwargs": dict(kwargs),
        "severity": severity,
        "description": f"{title} · {title_zh}",
        "meta": meta,
        "id": _id("expectation", suite, line["rule"], str(line.get("column", kwargs.get("column", ""))), title),
    }


def _title(suite: str, line: Mapping[str, Any], file: Mapping[str, Any], texts: Mapping[str, Any]) -> tuple[str, str]:
    """As the line says it, else the rule's title with the column's name."""
    english, chinese = line.get("title") or texts["rules"].get(line["rule"], {}).get("title") or ("", "")
    if not english:
        raise RuleError(f"{suite}.yaml: the rule {line['rule']} of {line.get('column')} needs a title")
    if "{name}" not in english:
        return english, chinese
    if line["rule"] == "length":
        names = [line["column"].replace("_", " ").capitalize(), texts["length_names"].get(line["column"])]
    else:
        names = file.get("names", {}).get(line.get("column"), [None, None])
    if None in names:
        raise RuleError(f"{suite}.yaml: names must say what {line.get('column')} is called: [English, 中文]")
    return english.replace("{name}", names[0]), chinese.replace("{name}", names[1])


def _action(suite: str, line: Mapping[str, Any], file: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    """Of the line, else of the file, else of the rule, else of every rule of that severity."""
    severity = line["severity"]
    of_rule = texts["rules"].get(line["rule"], {}).get("actions", {})
    name = line.get("action")
    for actions in (file.get("actions", {}), of_rule, texts["default_actions"]):
        name = name or actions.get(severity)
    if name not in texts["actions"]:
        raise RuleError(f"{suite}.yaml: action {name!r} of {line} is none of those of {TEXTS}.yaml")
    return str(texts["actions"][name])


def _expected(line: Mapping[str, Any], texts: Mapping[str, Any]) -> str | None:
    """What a broken rule says would be right, if the rule's type does not say it."""
    if line["rule"] in ("at_least", "at_most"):
        sign = "≥" if line["rule"] == "at_least" else "≤"
        return f"{line['column']} {sign} {line['other']}"
    said = texts["rules"].get(line["rule"], {}).get("expected", {})
    expected = said.get(line["severity"]) if isinstance(said, Mapping) else said
    return None if expected is None else str(expected)


def _validation(suite: str) -> dict[str, Any]:
    data = {"datasource": "frames", "asset": suite, "batch_definition": "whole"}
    return {
        "name": suite,
        "id": _id("validation", suite),
        "data": {part: {"name": name, "id": None} for part, name in data.items()},
        "suite": {"name": suite, "id": _id("suite", suite)},
    }


def _checkpoint(suite: str) -> dict[str, Any]:
    return {
        "name": suite,
        "id": _id("checkpoint", suite),
        "validation_definitions": [{"name": suite, "id": _id("validation", suite)}],
        "actions": [],
        "result_format": {"result_format": "COMPLETE", "unexpected_index_column_names": ["file_line"]},
    }


def _id(*names: str) -> str:
    """The same for the same names on every machine."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(("storekeeper", *names))))


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def files_of(documents: Mapping[str, Any]) -> dict[Path, str]:
    """The text of each file."""
    return {
        PROJECT / name: json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        for name, document in documents.items()
    }


def stale(files: Mapping[Path, str]) -> list[Path]:
    """The files that say something else than the rules, are not there, or belong to no rules."""
    folders = {path.parent for path in files}
    there = {path for folder in folders for path in folder.glob("*.json")}
    differing = {path for path, text in files.items() if path not in there or path.read_text(encoding="utf-8") != text}
    return sorted(differing | (there - set(files)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with --check say which are stale."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.write_suites", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if a file is stale")
    given = parser.parse_args(arguments)
    try:
        files = files_of(suite_documents())
    except RuleError as error:
        print(error, file=sys.stderr)
        return 1
    changed = stale(files)
    if given.check:
        for path in changed:
            print(f"{path.relative_to(ROOT)} is stale: run `make suites`", file=sys.stderr)
        return int(bool(changed))
    for path in changed:
        if path in files:
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()
        print(f"{path.relative_to(ROOT)} is {'written' if path in files else 'removed'}")
    if not changed:
        print("great_expectations/ is as it was")
    return 0


if __name__ == "__main__":
    sys.exit(main())
