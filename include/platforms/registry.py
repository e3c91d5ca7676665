"""Which platforms and reports there are, and which of them a header belongs to.

Each folder beside this module is a platform: its `REPORTS` are what it exports, its `names.yaml` says their names. The
platforms come by their `place`, a platform's reports as its `REPORTS` has them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from include.exports.any_platform.declared import declare
from include.exports.declaration import Report
from include.exports.headers import matching, shareable_names
from include.exports.locating import likely_new_name, match_columns
from include.settings import report_names
from include.settings.report_names import DECLARED, OTHER_NAMES, SAME_AS


def _reports_of(platform: str) -> dict[str, Report]:
    reports: Sequence[Report] = import_module(f"{__package__}.{platform}").REPORTS
    return {report.name: replace(report, platform=platform) for report in reports}


REPORTS: Mapping[str, dict[str, Report]] = {platform: _reports_of(platform) for platform in report_names.REPORTS}


@dataclass(frozen=True)
class Recognised:
    """The report a header is most likely of. nearest: unknown or missing name -> the name most like it."""

    platform: str
    report: str
    generation: str
    known: tuple[str, ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]  # required headers that are not there
    nearest: Mapping[str, str]


def report(platform: str, name: str, declared: Mapping[str, Any] | None = None) -> Report:
    """The declaration of a report. Raises KeyError naming what there is."""
    if platform == DECLARED:
        if declared is None:
            raise KeyError(f"a declared shop's report {name!r} needs its columns in the shop's YAML")
        return declare(name, declared)
    platform = SAME_AS.get(platform, platform)
    if platform not in REPORTS:
        raise KeyError(f"no platform {platform!r}; there are {', '.join([*REPORTS, *SAME_AS, DECLARED])}")
    reports = REPORTS[platform]
    name = OTHER_NAMES.get((platform, name), name)
    if name not in reports:
        raise KeyError(f"{platform} has no report {name!r}; there are {', '.join(reports)}")
    return reports[name]


def recognise(header: Sequence[str]) -> Recognised | None:
    """The best known report for a header, or None where hardly a name is known.

    A report whose required columns are all there comes first, then the one that knows most of the header, then the one
    with the most columns in it, then the one that stands first in REPORTS.
    """
    best: tuple[tuple[bool, float, int], Report] | None = None
    names = [name for name in header if name.strip()]
    for reports in REPORTS.values():
        for candidate in reports.values():
            known = candidate.recognised()
            count = sum(matching(name) in known for name in names)
            read = match_columns(header, candidate.columns)
            whole = all(column.name in read for column in candidate.columns if column.required)
            score = (whole, count / max(1, len(names)), len(read))
            if count >= 2 and (best is None or score > best[0]):
                best = (score, candidate)
    return None if best is None else _described(best[1], header)


def _described(candidate: Report, header: Sequence[str]) -> Recognised:
    known_names = candidate.recognised()
    read = match_columns(header, candidate.columns)
    names = [name for name in header if name.strip()]
    known = tuple(name for name in names if matching(name) in known_names)
    unknown = shareable_names([name for name in names if matching(name) not in known_names])
    lacking = [column for column in candidate.columns if column.name not in read]
    missing = tuple(column.headers[0] for column in lacking if column.required)
    # An unknown column may be one that is missing under a new name, never one that is there.
    alike = {c.headers[0]: found for c in lacking if (found := likely_new_name(c, unknown))}
    alike |= {found: name for name, found in reversed(alike.items())}
    return Recognised(
        candidate.platform, candidate.name, candidate.generation_of(header), known, unknown, missing, alike
    )
