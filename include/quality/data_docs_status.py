"""What Great Expectations draws with icons of a font from elsewhere, as words and colours: passed, noted, broken.

A broken rule of severity warning is a note and yellow; only a critical one is red. The row of a broken rule says what
was expected and what to do. Two values found beside each other are told apart, money in whole units.
"""

import html
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

State = Literal["passed", "noted", "broken"]
PASSED: State = "passed"
NOTED: State = "noted"
BROKEN: State = "broken"
WORDS: Mapping[State, str] = {"passed": "✓ passed · 通过", "noted": "! note · 提醒", "broken": "✗ broken · 有问题"}
MICROS = 1_000_000
_ROW = re.compile(r'<i class="fas [^"]*"[^>]*>\s*</i>((?:(?!<i class="fas ).)*?)\[\[(\d+)\]\]', re.DOTALL)
_PAGE = re.compile(r'<i class="fas [^"]*" aria-hidden="true">\s*</i>\s*(?:Succeeded|Failed)')
_LEFT = re.compile(r'<i class="fas (fa-[a-z-]+)[^"]*"[^>]*>\s*</i>')
_LEFT_STATES: Mapping[str, State] = {
    "fa-check-circle": "passed",
    "fa-times": "broken",
    "fa-exclamation-triangle": "broken",
}


def state_of(rule: Mapping[str, Any]) -> State:
    """Of one rule's result, as a verdict keeps it."""
    if rule["success"]:
        return "passed"
    about = rule["expectation_config"]
    severity = about.get("severity") or (about.get("meta") or {}).get("severity")
    raised = (rule.get("exception_info") or {}).get("raised_exception")
    return "noted" if severity == "warning" and not raised else "broken"


def state_of_all(result: Mapping[str, Any]) -> State:
    """Of a whole check: the worst of its rules."""
    states = {state_of(rule) for rule in result["results"]}
    if BROKEN in states or (not result["success"] and NOTED not in states):
        return BROKEN
    return NOTED if NOTED in states else PASSED


def shown_state(state: State) -> str:
    return f'<span class="state {state}">{WORDS[state]}</span>'


def prepared(document: dict[str, Any]) -> dict[str, Any]:
    """A result as it is to be drawn: each rule's description marked with its number, values written for people."""
    for number, rule in enumerate(document["results"]):
        about = rule["expectation_config"]
        about["description"] = f"{about.get('description') or about['type']} [[{number}]]"
        columns = _columns(about)
        found = rule["result"].get("partial_unexpected_list")
        if found:
            rule["result"]["partial_unexpected_list"] = [_written(value, columns) for value in found]
    return document


def with_states(page: str, result: Mapping[str, Any]) -> str:
    """The page of a `prepared` result with states in place of icons."""
    rules = result["results"]

    def row(match: re.Match[str]) -> str:
        rule = rules[int(match[2])]
        state = state_of(rule)
        return shown_state(state) + match[1] + ("" if state == PASSED else _what_to_do(rule))

    page = _PAGE.sub(shown_state(state_of_all(result)), page)
    page = _ROW.sub(row, page)
    page = re.sub(r"\s*\[\[\d+\]\]", "", page)
    return _LEFT.sub(lambda left: shown_state(_LEFT_STATES[left[1]]) if left[1] in _LEFT_STATES else "", page)


def _what_to_do(rule: Mapping[str, Any]) -> str:
    about = rule["expectation_config"].get("meta") or {}
    said = [
        (label, about.get(name))
        for label, name in (("应为 · expected", "expected"), ("怎么办 · what to do", "action"), ("谁 · who", "owner"))
    ]
    lines = "<br>".join(f"{label}: {html.escape(str(text))}" for label, text in said if text)
    return f'<div class="rule">{lines}</div>' if lines else ""


def _columns(about: Mapping[str, Any]) -> list[str]:
    """The columns that found values are of, in their order."""
    named = (about.get("meta") or {}).get("columns")
    kwargs = about["kwargs"]
    if named:
        return [str(name) for name in named]
    if "column_A" in kwargs:
        return [str(kwargs["column_A"]), str(kwargs["column_B"])]
    return [str(name) for name in kwargs.get("column_list") or [kwargs.get("column", "")]]


def _written(value: Any, columns: list[str]) -> Any:
    if isinstance(value, list):
        if len(value) != len(columns):
            return " · ".join(map(str, value))
        return " · ".join(
            f"{_display_name(name)} = {_amount(one, name)}" for name, one in zip(columns, value, strict=True)
        )
    return _amount(value, columns[0]) if len(columns) == 1 else value


def _amount(value: Any, column: str) -> Any:
    """Micros as whole units; anything else as it is."""
    if "_micros" not in column:
        return value
    try:
        return f"{Decimal(str(value)) / MICROS:,.2f}"
    except InvalidOperation:
        return value


def _display_name(column: str) -> str:
    return html.escape(column.replace("_micros", ""))
