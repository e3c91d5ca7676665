"""Writes docs/dags.md: every Dag, when it runs, what starts it and what it says about itself.

    python -m scripts.dag_page            # writes the page
    python -m scripts.dag_page --check    # ends with 1 where the page is stale

The Dags are parsed in a process of their own, with the specimen merchant of examples/ as merchant, as the dag-processor
would; so the page shows that merchant's shops.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from tempfile import TemporaryDirectory
from typing import Any

from scripts.generated_page import write_or_check
from scripts.local_airflow import PROJECT, clean_environment

PAGE = PROJECT / "docs" / "dags.md"
MERCHANT = PROJECT / "examples" / "specimen"
FILES = (
    "open_day",
    "ingest",
    "close",
    "restock",
    "recall",
    "push",
    "hand_back",
    "onboard",
    "upkeep",
)  # the order of a day, then the rest
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

# What a Dag is, as plain values. Runs in the other process: nothing of Airflow is imported into ours.
DESCRIBE = """
import json
from airflow.dag_processing.dagbag import DagBag

def assets(condition):
    parts = getattr(condition, "objects", None)
    if parts is None:
        return condition.name
    return {type(condition).__name__: [assets(part) for part in parts]}

def schedule(timetable):
    kind = type(timetable).__name__
    if getattr(timetable, "asset_condition", None) is not None:
        return {"kind": kind, "assets": assets(timetable.asset_condition)}
    cron = getattr(timetable, "expression", None)
    return {
        "kind": kind,
        "cron": cron,
        "time_zone": str(getattr(timetable, "timezone", "")) or None,
        "run_offset": getattr(timetable, "run_offset", None),
    }

bag = DagBag("dags")
print("RESULT" + json.dumps({
    "errors": {str(file): str(error) for file, error in bag.import_errors.items()},
    "dags": [
        {
            "dag": dag_id,
            "file": dag.fileloc.rpartition("/")[2].removesuffix(".py"),
            "schedule": schedule(dag.timetable),
            "tasks": [
                {
                    "task": task.task_id,
                    "after": sorted(task.upstream_task_ids),
                    "gives": sorted(asset.name for asset in task.outlets),
                }
                for task in dag.topological_sort()
            ],
            "owner": dag.owner,
            "tags": sorted(dag.tags),
            "description": dag.description or "",
            "doc": dag.doc_md or "",
        }
        for dag_id, dag in sorted(bag.dags.items())
    ],
}))
"""


class DagsError(RuntimeError):
    """The Dag files could not be parsed."""


def parsed_dags() -> list[dict[str, Any]]:
    """Every Dag as DESCRIBE tells of it, ordered by id. Raises DagsError."""
    with TemporaryDirectory() as scratch:
        environment = {
            **clean_environment(),
            "AIRFLOW_HOME": scratch,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
            "PYTHONPATH": str(PROJECT),
            "STOREKEEPER_MERCHANT": str(MERCHANT),
            "STOREKEEPER_HOME": scratch,
        }
        done = subprocess.run(
            [sys.executable, "-c", DESCRIBE],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    if "RESULT" not in done.stdout:
        raise DagsError(f"the Dags were not parsed:\n{done.stderr[-3000:]}")
    found = json.loads(done.stdout.rpartition("RESULT")[2])
    if found["errors"]:
        raise DagsError("\n".join(f"{file}: {error}" for file, error in found["errors"].items()))
    dags: list[dict[str, Any]] = found["dags"]
    return dags


def page(dags: Sequence[Mapping[str, Any]]) -> str:
    """The whole page, in Markdown."""
    unknown = sorted({dag["file"] for dag in dags} - set(FILES))
    parts = [
        "# The Dags\n\n"
        "Written by `make pages` from the Dag files; a test fails when it is stale. It shows the Dags of the specimen "
        "merchant in `examples/specimen`: each shop of yours has an `ingest_<shop>` of its own, and clock times are in "
        "your time zone. Every run but those of `hand_back` belongs to one business day, its partition key.\n\n"
        + _overview(dags)
    ]
    for file in (*FILES, *unknown):
        of_file = [dag for dag in dags if dag["file"] == file]
        if of_file:
            parts.append(_section(file, of_file))
    return "\n".join(parts)


def _overview(dags: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        f"| [{dag['dag']}](#{dag['file']}) | {in_words(dag['schedule'])} | {_given(dag)} | {', '.join(dag['tags'])} |"
        for dag in dags
    ]
    return "\n".join(["| Dag | runs | gives | tags |", "| --- | --- | --- | --- |", *rows]) + "\n"


def _section(file: str, dags: Sequence[Mapping[str, Any]]) -> str:
    """One Dag file: what it says about itself, once, then its Dags."""
    docs = list(dict.fromkeys(dag["doc"].strip() for dag in dags))
    lines = [f"## {file}", "", f"`dags/{file}.py`", "", "\n\n".join(docs), ""]
    for dag in dags:
        lines += [
            f"### {dag['dag']}",
            "",
            *([dag["description"], ""] if dag["description"] else []),
            f"- **Runs**: {in_words(dag['schedule'])}",
            f"- **Gives**: {_given(dag) or 'no asset'}",
            f"- **Tasks**: {'; '.join(_task(task) for task in dag['tasks'])}",
            f"- **Owner**: {dag['owner']}. **Tags**: {', '.join(dag['tags'])}",
            "",
        ]
    return "\n".join(lines)


def in_words(schedule: Mapping[str, Any]) -> str:
    """When a Dag runs, as a person would say it."""
    if "assets" in schedule and "Partitioned" not in schedule["kind"] and schedule["kind"]:
        return f"whenever the watch tells of {_assets_in_words(schedule['assets'])}"
    if "assets" in schedule:
        return f"for each day that has {_assets_in_words(schedule['assets'])}"
    if not schedule["cron"]:
        return "by hand, with the day as partition key"
    minute, hour, day_of_month, month, weekday = schedule["cron"].split()
    if minute.startswith("*/") and (hour, day_of_month, month, weekday) == ("*", "*", "*", "*"):
        return f"every {minute[2:]} minutes"
    if (day_of_month, month) != ("*", "*") or not (minute + hour).isdigit():
        raise ValueError(f"no words for the cron {schedule['cron']!r}")
    name = "day" if weekday == "*" else WEEKDAYS[int(weekday) % 7]
    # run_offset: how many ticks of its clock a run's day is from the run.
    day = {0: f"that {name}", -1: f"the {name} before"}[schedule["run_offset"]]
    return f"every {name} at {int(hour):02}:{int(minute):02} ({schedule['time_zone']}), for {day}"


def _assets_in_words(condition: Any, inner: bool = False) -> str:
    if isinstance(condition, str):
        return f"`{condition}`"
    ((kind, parts),) = condition.items()
    words = [_assets_in_words(part, inner=True) for part in parts]
    text = (", or " if kind == "AssetAny" and not inner else " or " if kind == "AssetAny" else " and ").join(words)
    return f"({text})" if inner else text


def _given(dag: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in sorted({name for task in dag["tasks"] for name in task["gives"]}))


def _task(task: Mapping[str, Any]) -> str:
    after = f" (after {', '.join(f'`{name}`' for name in task['after'])})" if task["after"] else ""
    return f"`{task['task']}`{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    return write_or_check(PAGE, lambda _: page(parsed_dags()), __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
