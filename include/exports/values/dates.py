"""Moments as people and programs of other countries spell them, where only one moment can be meant.

`2026/5/12 下午3:05`, `2026年05月12日 15时05分`, `2026-05-12 3:05 PM`, `12-May-26`, `May 12, 2026`, `20260512 1505`,
`2026-05-12(周二) 15:05`, `2026-05-12 15:05 GMT+8`, 1778569500 and 1778569500123 (seconds and milliseconds since 1970).
05/12/2026 gives None: it may be 5 December or 12 May.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAY = r"(?:\(?(?:星期|周|週|礼拜)[一二三四五六日天]\)?|\(?(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\)?,?)"
_HALF = r"(?P<half>上午|早上|凌晨|清晨|中午|下午|傍晚|晚上|[ap]\.?m\.?)"
_CLOCK = (
    rf"(?:{_HALF}?\s*(?P<hour>\d{{1,2}})[:时時点點.](?P<minute>\d{{1,2}})"
    r"(?:[:分.](?P<second>\d{1,2})(?:[.,]\d{1,6})?)?[分秒]?"
    r"\s*(?P<after>[ap]\.?m\.?)?)?"
)
_ZONE = r"\s*(?P<zone>z|utc|gmt|北京时间|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)?"
_END = rf"\s*{_WEEKDAY}?[\st,-]*{_CLOCK}{_ZONE}(?:\s*\([^()]*(?:time|时间)\))?$"
_DAYS = (
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?",
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?=\s)",
    rf"{_WEEKDAY}?\s*(?P<day>\d{{1,2}})[-\s./]+(?P<month>[a-z]{{3,9}})\.?[-\s./,]+(?P<year>\d{{4}}|\d{{2}})(?!\d)",
    rf"{_WEEKDAY}?\s*(?P<month>[a-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?!\d)",
)
_SPELT = tuple(re.compile(f"{_WEEKDAY}?\\s*{day}{_END}" if day[4] == "y" else day + _END) for day in _DAYS)
_SINCE_1970 = re.compile(r"(1[0-9]{9})(?:[0-9]{3}|\.0+)?")
_COMPACT = re.compile(r"(20[0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})")
_BEIJING = timedelta(hours=8)


def spelt_moment(text: str, time_zone: str) -> datetime | None:
    """The moment on the clocks of `time_zone`, or None where it is not clear."""
    said = unicodedata.normalize("NFKC", text).strip().casefold()
    seconds = _SINCE_1970.fullmatch(said)
    if seconds is not None:
        return _on_the_clock(datetime.fromtimestamp(int(seconds[1]), UTC), time_zone)
    compact = _COMPACT.fullmatch(said)
    if compact is not None:
        year, month, day, hour, minute = map(int, compact.groups())
        return _moment(year, month, day, hour, minute)
    for pattern in _SPELT:
        found = pattern.match(said)
        if found is not None:
            return _of(found, time_zone)
    return None


def _of(found: re.Match[str], time_zone: str) -> datetime | None:
    month = found["month"]
    number = int(month) if month.isdecimal() else _MONTHS.get(month)
    hour = _hour(int(found["hour"] or 0), found["half"] or "", found["after"] or "")
    if number is None or hour is None:
        return None
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    moment = _moment(year, number, int(found["day"]), hour, int(found["minute"] or 0), int(found["second"] or 0))
    zone = found["zone"]
    if moment is None or zone is None:
        return moment
    offset = _offset(zone)
    return None if offset is None else _on_the_clock(moment.replace(tzinfo=timezone(offset)), time_zone)


def _hour(hour: int, half: str, after: str) -> int | None:
    """The hour on a 24-hour clock, by the word before it (`half`) or after it (`after`); None if there are both, or if
    they contradict it."""
    if half and after:
        return None
    word = (half or after).replace(".", "")
    if not word:
        return hour
    if word in ("am", "上午", "早上", "凌晨", "清晨"):
        return None if hour > 12 else hour % 12
    if word == "中午":
        return hour + 12 if 1 <= hour < 3 else hour if 10 <= hour <= 14 else None
    if (word == "pm" and hour == 0) or (word == "晚上" and hour in (0, 12)):
        return None
    return hour + 12 if hour < 12 else hour


def _offset(zone: str) -> timedelta | None:
    if zone == "北京时间":
        return _BEIJING
    digits = re.fullmatch(r"(?:utc|gmt)?([+-])(\d{1,2}):?(\d{2})?", zone)
    if digits is None:
        return timedelta()
    offset = timedelta(hours=int(digits[2]), minutes=int(digits[3] or 0))
    if offset >= timedelta(hours=15):
        return None
    return -offset if digits[1] == "-" else offset


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int = 0) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _on_the_clock(moment: datetime, time_zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
