"""great_expectations/ is what scripts/write_suites.py writes from include/quality/rules/; a wrong line is told."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.exports.frames.all_frames import FRAMES
from scripts import write_suites
from scripts.write_suites import RULES, RuleError, expectations, files_of, stale, suite_documents

TEXTS: dict[str, Any] = yaml.safe_load((RULES / "texts.yaml").read_text(encoding="utf-8"))


def of_lines(*lines: dict[str, Any]) -> list[dict[str, Any]]:
    return expectations("made_up", {"names": {"quantity": ["Quantity", "数量"]}, "rules": lines}, TEXTS)


def test_the_json_is_not_stale() -> None:
    assert stale(files_of(suite_documents())) == [], "run `make suites`"


def test_every_action_is_one_that_a_rule_names() -> None:
    told = {
        expectation["meta"]["action"]
        for document in suite_documents().values()
        for expectation in document.get("expectations", [])
    }
    assert set(TEXTS["actions"].values()) == told


def test_a_line_becomes_an_expectation() -> None:
    # given a line with nothing but its column, rule, bounds and severity
    (found,) = of_lines({"column": "quantity", "rule": "between", "min": 1, "max": "$latest", "severity": "critical"})
    # then its words, owner and action are those of its kind, and its parameter is filled in by the check
    assert found["type"] == "expect_column_values_to_be_between"
    assert found["kwargs"] == {"column": "quantity", "min_value": 1, "max_value": {"$PARAMETER": "latest"}}
    assert found["severity"] == found["meta"]["severity"] == "critical"
    assert found["description"] == "Quantity is a possible number · 数量在合理范围"
    assert (found["meta"]["about"], found["meta"]["owner"]) == ("row", "data engineer")
    assert found["meta"]["action"] == TEXTS["actions"]["mend_mapping"]


def test_blank_is_a_warning_that_empties_the_cell() -> None:
    (found,) = of_lines({"column": "quantity", "rule": "not_negative", "severity": "blank"})
    assert (found["severity"], found["meta"]["then"]) == ("warning", "null")
    assert found["meta"]["action"] == TEXTS["actions"]["cell_counts_as_empty"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"column": "quantity", "rule": "positve", "severity": "critical"}, "rule is none of present, "),
        ({"column": "quantity", "rule": "present", "severity": "red"}, "severity is none of critical, warning, blank"),
        ({"column": "quantity", "rule": "present"}, "severity is none of"),
        ({"column": "quantity", "rule": "present", "max": 3, "severity": "critical"}, "max says nothing to the rule"),
        ({"column": "quantity", "rule": "one_of", "severity": "critical"}, "the rule one_of needs values"),
        ({"column": "quantity", "rule": "between", "severity": "critical"}, "between needs min or max"),
        ({"column": "sku", "rule": "present", "severity": "critical"}, r"names must say what sku is called"),
        ({"column": "quantity", "rule": "holds", "severity": "critical"}, "the rule holds of quantity needs a title"),
        ({"column": "quantity", "rule": "not_negative", "severity": "warning"}, "action None"),
        ({"column": "quantity", "rule": "present", "severity": "critical", "action": "pray"}, "action 'pray'"),
    ],
)
def test_a_wrong_line_is_told_with_its_file(line: dict[str, Any], message: str) -> None:
    with pytest.raises(RuleError, match=message) as told:
        of_lines(line)
    assert str(told.value).startswith("made_up.yaml")


def test_columns_types_and_severity_of_an_empty_cell_come_from_the_frames_declaration() -> None:
    # given the rules on suppliers: without a code a row is held back, without a lead time a person is told
    file = yaml.safe_load((RULES / "suppliers.yaml").read_text(encoding="utf-8"))
    # when they are written
    columns, first_type, *others = expectations("suppliers", file, TEXTS)
    # then the export must bring both columns, and every column has its type
    assert columns["kwargs"]["column_set"] == ["file_line", "supplier", "lead_time_days"]
    assert first_type["kwargs"] == {"column": "file_line", "type_": "int64"}
    types = {one["kwargs"]["column"]: one["kwargs"].get("type_") for one in others if one["type"].endswith("of_type")}
    assert types["supplier"] == "str"
    assert types["return_days"] == "int64"
    assert list(types) == list(FRAMES["suppliers"].kinds)
    empty = {one["kwargs"]["column"]: one["severity"] for one in others if one["type"].endswith("not_be_null")}
    assert empty == {"supplier": "critical", "lead_time_days": "warning", "title": "warning"}


PRESENT = {"column": "supplier", "rule": "present"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"required": ["supplier"]}, "required of a frame stand in include/exports/frames/"),
        ({"rules": [{**PRESENT, "severity": "warning"}]}, "the severity of an empty supplier"),
        ({"rules": [PRESENT]}, "must be about supplier, title, lead_time_days, each once"),
    ],
)
def test_a_file_cannot_say_what_its_frame_declares(change: dict[str, Any], message: str) -> None:
    file = yaml.safe_load((RULES / "suppliers.yaml").read_text(encoding="utf-8"))
    with pytest.raises(RuleError, match=message):
        expectations("suppliers", {**file, **change}, TEXTS)


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_a_frames_key_is_what_its_suite_holds_to_come_once(name: str) -> None:
    document = suite_documents()[f"expectations/{name}.json"]
    keys = [
        tuple(one["meta"].get("columns") or one["kwargs"].get("column_list") or [one["kwargs"]["column"]])
        for one in document["expectations"]
        if one["type"].endswith("be_unique")
    ]
    assert [tuple(sorted(key)) for key in keys] in ([tuple(sorted(FRAMES[name].key))], [])


def test_check_tells_stale_and_left_over_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(write_suites, "ROOT", tmp_path)
    monkeypatch.setattr(write_suites, "PROJECT", tmp_path / "great_expectations")
    for folder in ("expectations", "validation_definitions", "checkpoints"):
        (tmp_path / "great_expectations" / folder).mkdir(parents=True)
    # given a suite whose rules were removed
    left_over = tmp_path / "great_expectations" / "expectations" / "of_last_year.json"
    left_over.write_text("{}", encoding="utf-8")
    # when it is checked, written and checked again
    assert write_suites.main(["--check"]) == 1
    assert "of_last_year.json is stale: run `make suites`" in capsys.readouterr().err
    assert write_suites.main([]) == 0
    # then nothing is stale, and the left-over suite is gone
    assert write_suites.main(["--check"]) == 0
    assert not left_over.exists()
    stock = json.loads((left_over.parent / "stock.json").read_text(encoding="utf-8"))
    assert stock["name"] == "stock"


def test_a_wrong_line_is_told_in_a_sentence_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong() -> dict:
        raise RuleError("order_lines.yaml: severity is none of critical, warning, blank")

    monkeypatch.setattr(write_suites, "suite_documents", wrong)
    assert write_suites.main([]) == 1
    assert capsys.readouterr().err == "order_lines.yaml: severity is none of critical, warning, blank\n"
