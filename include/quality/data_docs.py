"""Data Docs: what the checks of a day found, as static pages that load nothing from other hosts.

Rendering wants Great Expectations, whose import costs more than the rendering (30 ms a page). So a check only keeps its
results, a small JSON file a suite, and the pages of a whole day are built in one go.

Great Expectations' own index is drawn by scripts from five foreign hosts; ours is a plain table, and its other pages
are kept without their scripts and foreign styles.
"""

import contextlib
import html
import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from include.pages.rendering import render
from include.quality.data_docs_status import BROKEN, NOTED, PASSED, prepared, shown_state, state_of_all, with_states
from include.quality.suites import open_project

_FOREIGN = (
    re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<link\b[^>]*>", re.IGNORECASE),
    re.compile(r"<img\b[^>]*>", re.IGNORECASE),
    re.compile(r"<footer\b.*?</footer>", re.DOTALL | re.IGNORECASE),
    re.compile(r"url\(\s*['\"]?https?:[^)]*\)", re.IGNORECASE),
)
LEFT_BEHIND_SECONDS = 3600
_UNSAFE = re.compile(r"[^\w.()-]+")


def keep_results(results: Iterable[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write a verdict's results into `folder`, one file a suite; a replay of the same check replaces its files."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.draft"):  # of a process that was killed
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND_SECONDS:
                left.unlink()
    kept = []
    for result in results:
        path = folder / f"{_safe_name(result)}.{result['suite_name']}.json"
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
        draft.replace(path)
        kept.append(path)
    return kept


def kept_results(folder: Path) -> list[dict[str, Any]]:
    """What `keep_results` wrote into `folder`, in the order of the files' names."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def build_data_docs(results: Iterable[Mapping[str, Any]], folder: Path) -> Path:
    """Render the suites and these results into `folder`, replacing what is there; returns the index page.

    Readers of `folder` see the old pages until the new ones are whole.
    """
    results = list(results)
    _clear_left_behind(folder.parent)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _render(results, draft)
    shutil.rmtree(draft / "static", ignore_errors=True)  # 4 MB of fonts and pictures, no page of ours shows them
    for page in draft.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if page.is_relative_to(draft / "validations"):
            text = with_states(text, results[int(page.stem)])
        page.write_text(_without_foreign(text), encoding="utf-8")
    (draft / "index.html").write_text(_index(results, draft), encoding="utf-8")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return folder / "index.html"


def _clear_left_behind(docs: Path) -> None:
    """Remove the pages that a killed process was drawing or putting away: nobody draws for an hour."""
    for left in (*docs.glob(".*.draft"), *docs.glob(".*.old")):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _render(results: list[Mapping[str, Any]], folder: Path) -> None:
    project = open_project(data_docs=folder)
    from great_expectations.core import RunIdentifier
    from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    for number, result in enumerate(results):  # the number tells several files of one report and day apart
        key = ValidationResultIdentifier(
            ExpectationSuiteIdentifier(result["suite_name"]),
            RunIdentifier(run_name=_safe_name(result), run_time=result["meta"]["run_id"]["run_time"]),
            batch_identifier=str(number),
        )
        loaded = expectationSuiteValidationResultSchema.load(prepared(_escaped(json.loads(json.dumps(result)))))
        project.validation_results_store.set(key, loaded)
    project.build_data_docs(build_index=False)


def _escaped(document: dict[str, Any]) -> dict[str, Any]:
    """The results with every text from outside (names of files, found values) as text: Great Expectations writes them
    into its pages as they are. What the suites say is ours."""
    document["meta"] = _as_text(document["meta"])
    for one in document["results"]:
        one["result"] = _as_text(one["result"])
    return document


def _as_text(value: Any) -> Any:
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    if isinstance(value, dict):
        return {name: _as_text(one) for name, one in value.items()}
    return value


def _without_foreign(page: str) -> str:
    for pattern in _FOREIGN:
        page = pattern.sub("", page)
    return page.replace("</head>", render("_data_docs_head.html") + "</head>", 1)


def _index(results: list[Mapping[str, Any]], site: Path) -> str:
    pages = {int(page.stem): quote(page.relative_to(site).as_posix()) for page in site.glob("validations/*/*/*/*.html")}
    worst_first = (BROKEN, NOTED, PASSED)
    numbers = sorted(range(len(results)), key=lambda one: (worst_first.index(state_of_all(results[one])), one))
    checks = [
        {
            "state": shown_state(state_of_all(results[number])),
            "page": pages.get(number),  # none if Great Expectations could not draw it: a rule raised
            "name": f"{_run_name(results[number])} · {results[number]['suite_name']}",
            **results[number]["statistics"],
        }
        for number in numbers
    ]
    suites = sorted(page.stem for page in (site / "expectations").glob("*.html"))
    return render("data_docs.html", checks=checks, suites=suites)


def _safe_name(result: Mapping[str, Any]) -> str:
    return _UNSAFE.sub("-", _run_name(result))


def _run_name(result: Mapping[str, Any]) -> str:
    return str(result["meta"]["run_id"]["run_name"])
