"""Which of a shop's exports for a day are there, whether they are still being written, and the bytes of each.

This looks and never waits: `ExportsTrigger` in plugins/ decides when to look again, through `look_for_exports` of
`include.pipeline.ingest`; `include.files.locations` opens the folder, SFTP, S3 or HTTP place.
"""

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin

from include.files.container import Member, member_names, members_in
from include.files.content import Content
from include.files.errors import ExportError, SourceError
from include.files.locations.locations import open_place
from include.files.locations.place import NotModifiedError, Place
from include.files.spill import Spill
from include.privacy.display_names import display_name, readable

# What browsers, sync tools and spreadsheets leave beside real files.
UNFINISHED_ENDINGS = (".part", ".partial", ".crdownload", ".download", ".tmp", ".filepart", ".unfinished")
UNFINISHED_BEGINNINGS = ("~$", ".")


@dataclass(frozen=True)
class Seen:
    """What a file looked like at some moment (aware). `members`: of an archive, once it was looked into."""

    size: int
    modified_at: datetime
    at: datetime
    members: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Arrival:
    """One file of a report. `stable`: nobody is writing to it any more, as far as can be seen.

    size: 0 where the place does not say. mark: what tells this content from another of the same size, where the place
    has such a thing (an ETag). member: the part of an archive that this is; `name` is then the member's, and `archive`
    the file's own.
    """

    report: str
    path: str
    name: str
    size: int
    modified_at: datetime
    stable: bool
    mark: str | None = None
    member: str | None = None
    archive: str | None = None

    @property
    def display_name(self) -> str:
        """The name by which a person finds the file again; see `display_names`."""
        return display_name(f"{self.archive} > {self.name}" if self.archive else self.name)


@dataclass(frozen=True)
class Arrivals:
    """What a look found. `missing` and `unstable` are names of reports."""

    found: tuple[Arrival, ...]
    missing: tuple[str, ...]
    unstable: tuple[str, ...]
    seen: Mapping[str, Seen]  # by path, as it may be told; hand to the next look
    passed_over: tuple[str, ...] = ()  # links and special files under a report's name, as they may be told

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
    files: Mapping[str, str] | None = None,
    archives: str | None = None,
    fetched: "Archives | None" = None,
) -> Arrivals:
    """Look for the exports of `day`.

    source: an fsspec path; `{day}` stands for YYYY-MM-DD and `{yyyymmdd}` for YYYYMMDD, in the other texts too.
    patterns: report -> glob over file names (not their folders), case as the platform writes it.
    now: an aware moment. seen: what the last look saw.
    files: name -> address (absolute, or relative to the source), where an HTTP server gives no listing.
    archives: a glob over zips whose members are looked at as if they lay in the folder themselves. fetched: takes the
    zips that had to be fetched for that.
    A file is stable when it was last changed `settle_seconds` ago or longer, or when it had the same size and time of
    change in a look that long ago; where nobody says when it was changed (an answer made as it is asked for), HTTP
    itself says when it is whole. A file that several patterns match belongs to the first, and to every report of that
    very pattern: a workbook may hold a sheet for each.
    Raises SourceError where the place cannot be reached.
    """
    if now.tzinfo is None:
        raise ValueError("`now` must be an aware moment: file times are")
    root = _of_day(source, day)
    globs = {report: _of_day(pattern, day) for report, pattern in patterns.items()}
    archive_glob = _of_day(archives, day) if archives else None
    found: list[Arrival] = []
    looks: dict[str, Seen] = {}
    passed_over: list[str] = []
    with open_place(root, storage_options) as (place, path):
        for info in _listing(place, path, root, {_of_day(n, day): _of_day(a, day) for n, a in (files or {}).items()}):
            name = readable(info.get("file_name") or PurePosixPath(info["name"]).name)
            if name.startswith(UNFINISHED_BEGINNINGS) or name.lower().endswith(UNFINISHED_ENDINGS):
                continue
            report = _report_of(name, globs)
            is_archive = report is None and archive_glob is not None and fnmatch.fnmatchcase(name, archive_glob)
            if report is None and not is_archive:
                continue
            if info["type"] not in ("file", "link"):
                passed_over.append(display_name(name))
                continue
            arrival, look = _arrival(
                place, info, name, report or "", now, settle_seconds, (seen or {}).get(display_name(info["name"]))
            )
            if is_archive:
                look = _with_members(place, arrival, look, fetched)
                found += _members(arrival, look, globs)
            else:
                found.append(arrival)
            looks[display_name(arrival.path)] = look
    found += [replace(arrival, report=report) for arrival in found for report in _sharing(arrival.report, globs)]
    found.sort(key=lambda arrival: (arrival.report, arrival.name))
    there = {arrival.report for arrival in found}
    return Arrivals(
        found=tuple(found),
        missing=tuple(report for report in patterns if report not in there),
        unstable=tuple(sorted({arrival.report for arrival in found if not arrival.stable})),
        seen=looks,
        passed_over=tuple(passed_over),
    )


@contextmanager
def arrival_chunks(
    arrival: Arrival, source: str, storage_options: Mapping[str, Any] | None = None, unless: str | None = None
) -> Iterator[Iterator[bytes] | None]:
    """The bytes of a found file as they come, whole and as it was found; `source` is the path it was found under.

    unless: the mark of a content that the caller has; None is given where the file still is that content.
    Raises SourceError where the file was changed, replaced, renamed or cut off while it was read, or the place cannot
    be reached: all of these are read again later. It does so at the latest when the block is left: what is made of the
    bytes counts only then.
    """
    with open_place(source, storage_options) as (place, _), _chunks(place, arrival, unless) as chunks:
        yield chunks


class Archives:
    """Zips that lie in a place, each fetched once, however many of its members are wanted. To be used in a `with`."""

    def __init__(self) -> None:
        self._spill = Spill()
        self._held: dict[tuple[Any, ...], Content] = {}

    def __enter__(self) -> "Archives":
        return self

    def __exit__(self, *error: Any) -> None:
        self._spill.__exit__(*error)

    def member(
        self,
        arrival: Arrival,
        source: str,
        storage_options: Mapping[str, Any] | None = None,
        password: str | None = None,
    ) -> Member:
        """What a member's arrival stands for. Raises SourceError as `arrival_chunks`, ExportError where the zip is
        damaged."""
        if _content_of(arrival) not in self._held:
            with open_place(source, storage_options) as (place, _):
                self.fetched(arrival, place)
        members = members_in(self._held[_content_of(arrival)], display_name(arrival.archive or ""), password) or []
        return next(member for member in members if member.name == arrival.member)

    def fetched(self, archive: Arrival, place: Place) -> Content:
        """The archive as it lies in `place` now."""
        with _chunks(place, archive) as chunks:
            held = self._spill.keep(chunks or ())
        self._held[_content_of(archive)] = held
        return held


class ChangedError(SourceError):
    """Another content, or none, lies where a file was found."""


def _content_of(arrival: Arrival) -> tuple[Any, ...]:
    return arrival.path, arrival.size, arrival.modified_at, arrival.mark


@contextmanager
def _chunks(place: Place, arrival: Arrival, unless: str | None = None) -> Iterator[Iterator[bytes] | None]:
    try:
        if not place.reads_one_content:
            before = _state(place, arrival.path)
            _refuse_change(arrival, before)
            if unless is not None and before.mark == unless:
                yield None
                return
        with closing(place.chunks(arrival.path, unless)) as coming:
            try:
                first = next(coming, b"")
            except NotModifiedError:
                yield None
                return
            yield _counted(chain([first], coming), arrival)
        _refuse_change(arrival, _state(place, arrival.path))
    except FileNotFoundError:
        raise ChangedError(
            f"{arrival.display_name}: renamed or removed after it was found; it is looked for again"
        ) from None


def _counted(chunks: Iterable[bytes], arrival: Arrival) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        yield chunk
    if arrival.size and size != arrival.size:
        raise SourceError(f"{arrival.display_name}: {size} bytes came of {arrival.size}; it is read again later")


@dataclass(frozen=True)
class _State:
    size: int | None
    modified_at: datetime | None
    mark: str | None


def _state(place: Place, path: str) -> _State:
    info = place.info(path)
    return _State(info.get("size"), _modified_at(info), info.get("mark"))


def _refuse_change(arrival: Arrival, state: _State) -> None:
    """What the place says now must be what it said when the file was found, as far as it says anything."""
    pairs = (
        (arrival.size or None, state.size),
        (arrival.mark, state.mark),
        (arrival.modified_at if state.modified_at else None, state.modified_at),
    )
    if any(found is not None and now is not None and found != now for found, now in pairs):
        raise ChangedError(f"{arrival.display_name}: changed or replaced while it was read; it is read again later")


def _report_of(name: str, globs: Mapping[str, str]) -> str | None:
    return next((report for report, glob in globs.items() if fnmatch.fnmatchcase(name, glob)), None)


def _sharing(report: str, globs: Mapping[str, str]) -> list[str]:
    """The other reports that look for the same files."""
    return [other for other, glob in globs.items() if glob == globs[report] and other != report]


def _arrival(
    place: Place,
    info: dict[str, Any],
    name: str,
    report: str,
    now: datetime,
    settle_seconds: float,
    before: Seen | None,
) -> tuple[Arrival, Seen]:
    path = info["name"]
    if "size" not in info or info.get("type") == "link" or place.lists_no_marks:
        info = place.info(path)
    size, changed, mark = int(info.get("size") or 0), _modified_at(info), info.get("mark")
    unchanged = before is not None and before.size == size and changed in (None, before.modified_at)
    since = before.at if before is not None and unchanged else now
    # Without a time of change there is nothing to wait for: the place gives whole files or none.
    age = max((now - (changed or now)).total_seconds(), (now - since).total_seconds())
    stable = changed is None or age >= settle_seconds
    modified_at = changed or (before.modified_at if before is not None and unchanged else now)
    look = Seen(size, modified_at, since, before.members if before is not None and unchanged else None)
    return Arrival(report, path, name, size, modified_at, stable, mark), look


def _with_members(place: Place, arrival: Arrival, look: Seen, fetched: Archives | None) -> Seen:
    if not arrival.stable or look.members is not None:
        return look
    with nullcontext(fetched) if fetched is not None else Archives() as archives:
        try:
            return replace(look, members=tuple(member_names(archives.fetched(arrival, place), arrival.name)))
        except (ExportError, ChangedError):
            return look  # damaged, or still being written after all: its reports stay missing; it is looked at again


def _members(archive: Arrival, look: Seen, globs: Mapping[str, str]) -> list[Arrival]:
    found = []
    for member in look.members or ():
        name = PurePosixPath(member).name
        report = _report_of(name, globs)
        if report is not None:
            found.append(replace(archive, report=report, name=name, member=member, archive=archive.name))
    return found


def _of_day(text: str, day: str) -> str:
    return text.replace("{day}", day).replace("{yyyymmdd}", day.replace("-", ""))


def _listing(place: Place, path: str, root: str, files: Mapping[str, str]) -> list[dict[str, Any]]:
    if files:
        return [found for name, address in files.items() if (found := _asked(place, urljoin(root, address), name))]
    try:
        infos = place.ls(path, detail=True)
    except FileNotFoundError:
        return []
    return [info for info in infos if info["type"] != "directory"]


def _asked(place: Place, address: str, name: str) -> dict[str, Any] | None:
    try:
        return {**place.info(address), "file_name": name}
    except FileNotFoundError:
        return None


def _modified_at(info: Mapping[str, Any]) -> datetime | None:
    """Time of change, aware; None where the file system does not say. File systems name it differently."""
    for key in ("mtime", "LastModified", "last_modified", "modified", "updated", "created"):
        value = info.get(key)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, tz=UTC)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value)
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return None
