"""The text of a delivery: JSON with a key and a list of answers. What is wrong with one of them is told of that one."""

import json
import re
from typing import Any

from include.desk.reporting.signing import ReportError
from include.tasks.answers.reported import Delivery
from include.tasks.canonical_json import content_hash
from include.words.texts import Language, say

MAX_ANSWERS = 1_000  # of a delivery; they are entered in one transaction, while everybody else waits
_KEY = re.compile(r"[!-~]{1,100}")
_FIELDS = ("delivery_key", "answers")


def delivery_of(body: bytes, sender: str, language: Language) -> Delivery:
    """Raises ReportError: 400 with line and column, or field; 413 for too many answers."""
    said = _json(body, language)
    if not isinstance(said, dict):
        raise _malformed(language, "", "desk.report.object")
    strange = sorted(set(said) - set(_FIELDS))
    if strange:
        raise _malformed(language, strange[0][:100], "desk.report.field", known=", ".join(_FIELDS))
    key, answers = said.get("delivery_key"), said.get("answers")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise _malformed(language, "delivery_key", "desk.report.key")
    if not isinstance(answers, list) or not answers:
        raise _malformed(language, "answers", "desk.report.answers")
    if len(answers) > MAX_ANSWERS:
        told = say(language, "desk.report.many", most=MAX_ANSWERS)
        raise ReportError(413, "too_many", told, field="answers", most=MAX_ANSWERS)
    return Delivery(sender, key, content_hash(json.dumps(answers, sort_keys=True)), tuple(answers))


def _json(body: bytes, language: Language) -> Any:
    """The value, in letters that every database can keep."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise _malformed(language, None, "desk.report.not_utf8", line=line) from error
    try:
        said = json.loads(text, parse_constant=_no_number)
        json.dumps(said, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        told = {"line": error.lineno, "column": error.colno}
        raise _malformed(language, None, "desk.report.not_json", **told) from error
    except (ValueError, RecursionError) as error:  # half a letter, a number without end, or too deep
        raise _malformed(language, None, "desk.report.strange_json") from error
    return said


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _malformed(language: Language, field: str | None, name: str, **values: Any) -> ReportError:
    """A 400. field: of the body; None: its text cannot be read, at this line and column."""
    places: dict[str, Any] = {key: values[key] for key in ("line", "column") if key in values}
    if field is not None:
        places = {"field": field}
    return ReportError(400, "malformed", say(language, name, **values), **places)
