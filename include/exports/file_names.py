"""What a platform says in the file's name: when it was exported, which day or warehouse it is of."""

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

_UNIX = re.compile(r"^(1\d{9})_")
_MOMENTS = (
    (re.compile(r"(?<!\d)(20\d{2}-\d{1,2}-\d{1,2}[-_ T]\d{2}-\d{2}-\d{2})(?!\d)"), "%Y-%m-%d-%H-%M-%S"),
    (re.compile(r"(?<!\d)(20\d{12})(?!\d)"), "%Y%m%d%H%M%S"),
    (re.compile(r"(?<!\d)(20\d{10})(?!\d)"), "%Y%m%d%H%M"),
    (re.compile(r"(?<!\d)(20\d{6}[-_]\d{6})(?!\d)"), "%Y%m%d-%H%M%S"),
)
_DAYS = (
    (re.compile(r"(?<!\d)(20\d{2}-\d{1,2}-\d{1,2})(?!\d)"), "%Y-%m-%d"),
    (re.compile(r"(?<!\d)(20\d{6})(?!\d)"), "%Y%m%d"),
)


def exported_at(name: str, time_zone: str) -> datetime | None:
    """The moment in a file's name (ExportOrderList201809011818.csv), naive in the merchant's zone; midnight of a day
    where the name holds only a day; None where it says nothing."""
    stem = PurePosixPath(name.replace("\\", "/")).name
    unix = _UNIX.match(stem)
    if unix:
        moment = datetime.fromtimestamp(int(unix.group(1)), tz=UTC)
        return moment.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    for pattern, written in _MOMENTS:
        for text in reversed(pattern.findall(stem)):
            text = re.sub(r"[_ T]", "-", text) if "-" in written else text
            found = _read(text, written)
            if found:
                return found
    return _day(stem)


def day_in(name: str) -> str | None:
    """The last day in a file's name."""
    moment = _day(PurePosixPath(name.replace("\\", "/")).name)
    return moment.date().isoformat() if moment else None


def only_day_in(name: str) -> str | None:
    """The day in a file's name that names one day, be it twice (2026-06-18_2026-06-18); None for none or several."""
    stem = PurePosixPath(name.replace("\\", "/")).name
    for pattern, written in _DAYS:
        found = {moment for text in pattern.findall(stem) if (moment := _read(text, written))}
        if found:
            return found.pop().date().isoformat() if len(found) == 1 else None
    return None


def warehouse_in(name: str, pattern: str | None) -> str | None:
    """Group `warehouse`, else group 1, of a pattern that is searched for in the file's name."""
    if pattern is None:
        return None
    found = re.search(pattern, PurePosixPath(name.replace("\\", "/")).name)
    if found is None:
        return None
    groups = found.groupdict()
    text = groups["warehouse"] if "warehouse" in groups else found.group(1)
    return text.strip() or None if text else None


def _day(stem: str) -> datetime | None:
    for pattern, written in _DAYS:
        for text in reversed(pattern.findall(stem)):
            found = _read(text, written)
            if found:
                return found
    return None


def _read(text: str, written: str) -> datetime | None:
    try:
        return datetime.strptime(text, written)
    except ValueError:
        return None
