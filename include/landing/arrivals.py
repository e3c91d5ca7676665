"""Which of a shop's exports for a day are there, and whether they are still being written.

This looks and never waits: whoever calls it decides when to look again.
"""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import fsspec

# What browsers, sync tools and spreadsheets leave beside real files.
UNFINISHED_ENDINGS = (".part", ".partial", ".crdownload", ".download", ".tmp", ".filepart", ".unfinished")
UNFINISHED_BEGINNINGS = ("~$", ".")


@dataclass(frozen=True)
class Seen:
    """What a file looked like at some moment (aware)."""

    size: int
    modified_at: datetime
    at: datetime


@dataclass(frozen=True)
class Arrival:
    """One file of a report. `stable`: nobody is writing to it any more, as far as can be seen."""

    report: str
    path: str
    name: str
    size: int
    modified_at: datetime
    stable: bool


@dataclass(frozen=True)
class Arrivals:
    """What a look found. `missing` and `unstable` are names of reports."""

    found: tuple[Arrival, ...]
    missing: tuple[str, ...]
    unstable: tuple[str, ...]
    seen: Mapping[str, Seen]  # hand to the next look

    def complete(self, required: Mapping[str, int] | tuple[str, ...] | list[str] | set[str]) -> bool:
        """Every required report is there, stable, with as many files as it needs (report -> files; 1 by default)."""
        needs = required if isinstance(required, Mapping) else dict.fromkeys(required, 1)
        stable = [arrival.report for arrival in self.found if arrival.stable]
        return all(stable.count(report) >= files for report, files in needs.items()) and not (
            set(self.unstable) & set(needs)
        )

    def of(self, report: str) -> list[Arrival]:
        return [arrival for arrival in self.found if arrival.report == report]


def find_exports(
    source: str,
    day: str,
    patterns: Mapping[str, str],
    now: datetime,
    settle_seconds: float,
    seen: Mapping[str, Seen] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Arrivals:
    """Look for the exports of `day`.

    source: an fsspec path; `{day}` stands for YYYY-MM-DD and `{yyyymmdd}` for YYYYMMDD, in `patterns` too.
    patterns: report -> glob over file names (not their folders), case as the platform writes it.
    now: an aware moment. seen: what the last look saw.
    A file is stable when it was last changed `settle_seconds` ago or longer, or when it had the same size and time of
    change in a look that long ago. A file that several patterns match belongs to the first.
    """
    if now.tzinfo is None:
        raise ValueError("`now` must be an aware moment: file times are")
    files, root = fsspec.core.url_to_fs(_of_day(source, day), **dict(storage_options or {}))
    globs = {report: _of_day(pattern, day) for report, pattern in patterns.items()}
    found: list[Arrival] = []
    looks: dict[str, Seen] = {}
    for info in _listing(files, root):
        name = PurePosixPath(info["name"]).name
        if name.startswith(UNFINISHED_BEGINNINGS) or name.lower().endswith(UNFINISHED_ENDINGS):
            continue
        report = next((report for report, glob in globs.items() if fnmatch.fnmatchcase(name, glob)), None)
        if report is None:
            continue
        size, modified_at = int(info["size"] or 0), _modified_at(files, info)
        before = (seen or {}).get(info["name"])
        unchanged = before is not None and (before.size, before.modified_at) == (size, modified_at)
        since = before.at if before is not None and unchanged else now
        looks[info["name"]] = Seen(size, modified_at, since)
        age = max((now - modified_at).total_seconds(), (now - since).total_seconds())
        found.append(Arrival(report, info["name"], name, size, modified_at, stable=age >= settle_seconds))
    found.sort(key=lambda arrival: (arrival.report, arrival.name))
    there = {arrival.report for arrival in found}
    return Arrivals(
        found=tuple(found),
        missing=tuple(report for report in patterns if report not in there),
        unstable=tuple(sorted({arrival.report for arrival in found if not arrival.stable})),
        seen=looks,
    )


def read_arrival(arrival: Arrival, source: str, storage_options: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of a found file; `source` is the path it was found under."""
    files, _ = fsspec.core.url_to_fs(source, **dict(storage_options or {}))
    with files.open(arrival.path, "rb") as stream:
        content: bytes = stream.read()
    return content


def _of_day(text: str, day: str) -> str:
    return text.replace("{day}", day).replace("{yyyymmdd}", day.replace("-", ""))


def _listing(files: Any, root: str) -> list[dict[str, Any]]:
    try:
        files.invalidate_cache()
        infos = files.ls(root, detail=True)
    except FileNotFoundError:
        return []
    return [info for info in infos if info["type"] == "file"]


def _modified_at(files: Any, info: Mapping[str, Any]) -> datetime:
    """Time of change, aware. File systems name it differently."""
    for key in ("mtime", "LastModified", "last_modified", "modified", "updated", "created"):
        value = info.get(key)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, tz=UTC)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value)
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    moment: datetime = files.modified(info["name"])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
