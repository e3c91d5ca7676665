"""What people write into a cell: numbers, days and words, in the ways that they are written in China and elsewhere."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from include.calendar.business_days import parse_day
from include.exports.values.values import whole_of

_DATE = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})[日号]?")
_TIME = re.compile(r" \d\d:\d\d:\d\d$")  # a date in a cell is a moment
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = re.compile(r"(\d{1,2}) ([a-z]{3})[a-z]*\.?(?: (\d{4}))?")
_WEEKDAY = re.compile(r"(下下|下|本|这|这个|下个|下下个)?(?:周|星期|礼拜)([一二三四五六日天1-7])")
_WEEKS = {"": 0, "本": 0, "这": 0, "这个": 0, "下": 1, "下个": 1, "下下": 2, "下下个": 2}
_FROM_NOW = {
    "今天": 0, "今日": 0, "today": 0, "明天": 1, "明日": 1, "tomorrow": 1, "后天": 2, "大后天": 3,
}  # fmt: skip
_AFTER = re.compile(r"(\d{1,3})\s*(?:天后|天之后)|in (\d{1,3}) days?")
_DAYS = re.compile(r"(?:in |for )?(\d{1,3}|[一二两三四五六七八九十]+)\s*(?:天|日|days?|d)?(?:之?后)?")
_WEEKS_ON = re.compile(r"(?:in |for )?(\d{1,2}|[一二两三四五六七八九十]+|a)\s*(?:个?(?:周|星期|礼拜)|weeks?)(?:之?后)?")
_UNTIL = re.compile(r"^(?:提醒)?(?:到|至|until|till|on)?[\s:,]*")
_FIGURES = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
# A date that has lost its format is the number of days since then, as spreadsheets count: these are of 2009 to 2064.
_SERIAL_ZERO, _FIRST_SERIAL, _LAST_SERIAL = date(1899, 12, 30), 40_000, 60_000
# Excel counts a 29th of February 1900 that there was not, so that numbers before it are shown as the day after theirs.
_OF_1900, _LEAP_DAY_OF_1900 = re.compile(r"1900-\d\d-\d\d"), date(1900, 3, 1)
_STEPS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}


def plain_text(value: Any) -> str:
    """Trimmed, full-width forms made plain, a whole number without its '.0'."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip()


def whole_number(value: Any) -> int | None:
    return whole_of(plain_text(value))


def number_in_words(text: str) -> int | None:
    """六十 -> 60, 一百二十 -> 120; None for anything that is no Chinese number below a hundred million."""
    text = text.removesuffix("件").removesuffix("个")
    if not text or any(sign not in _FIGURES and sign not in _STEPS for sign in text):
        return None
    whole, part, figure = 0, 0, 0
    for sign in text:
        if sign in _FIGURES:
            figure = _FIGURES[sign]
            continue
        step = _STEPS[sign]
        if step == 10_000:
            whole, part, figure = whole + (part + figure) * step, 0, 0
        else:
            part, figure = part + (figure or (1 if step == 10 and not part else 0)) * step, 0
    return whole + part + figure


@dataclass(frozen=True)
class WrittenDay:
    """day: 'YYYY-MM-DD'; None where it cannot be told. either: the two days that it may be, where it is not clear."""

    day: str | None
    either: tuple[str, str] | None = None


def written_day(value: str, list_day: str, today: str | None = None) -> WrittenDay:
    """The date that somebody means.

    A date without a year is the first such day from the list's day on. Words (明天, 下周三, 5天后) count from the
    morning on which the list is worked, and from the day on which it is handed back: if these differ, the day is not
    clear, and both are given.
    """
    text = plain_text(value).casefold()
    if (found := _SERIAL.fullmatch(text)) is not None and _FIRST_SERIAL <= int(found[1]) < _LAST_SERIAL:
        return WrittenDay((_SERIAL_ZERO + timedelta(days=int(found[1]))).isoformat())
    text = _TIME.sub("", text)
    if (found := _DATE.fullmatch(text)) is not None:
        year, month, number = found.groups()
        return WrittenDay(_dated(year, int(month), int(number), list_day))
    if (found := _ENGLISH.fullmatch(text)) is not None and found[2] in _MONTH_NAMES:
        return WrittenDay(_dated(found[3], _MONTH_NAMES.index(found[2]) + 1, int(found[1]), list_day))
    if not list_day:
        return WrittenDay(_by_words(text, parse_day(today)) if today else None)
    first = _by_words(text, parse_day(list_day) + timedelta(days=1))
    second = _by_words(text, parse_day(today)) if today and today > list_day else first
    return WrittenDay(first) if first == second else WrittenDay(None, (first, second) if first and second else None)


def written_until(value: str, list_day: str, today: str | None = None) -> WrittenDay:
    """The day until which somebody puts a line off: a date as `written_day` reads it, or so many days or weeks.

    A number that was typed into a cell for dates is shown as a day of 1900, as Excel counts, and is meant as days."""
    text = _UNTIL.sub("", _TIME.sub("", plain_text(value).casefold()).strip(" ()"))
    if (found := _OF_1900.fullmatch(text)) is not None:
        shown = date.fromisoformat(found[0])
        text = f"{(shown - _SERIAL_ZERO).days - (shown < _LEAP_DAY_OF_1900)}天"
    if (found := _WEEKS_ON.fullmatch(text)) is not None:
        text = f"{7 * _number(found[1])}天后"
    elif (found := _DAYS.fullmatch(text)) is not None:
        text = f"{_number(found[1])}天后"
    return written_day(text, list_day, today)


def _number(text: str) -> int:
    return 1 if text == "a" else int(text) if text.isdigit() else number_in_words(text) or 0


def _by_words(text: str, start: date) -> str | None:
    """The day that the words mean if they are written on `start`; None for words of no day, or of one that is over."""
    if text in _FROM_NOW:
        return (start + timedelta(days=_FROM_NOW[text])).isoformat()
    if (found := _AFTER.fullmatch(text)) is not None:
        return (start + timedelta(days=int(found[1] or found[2]))).isoformat()
    if (found := _WEEKDAY.fullmatch(text)) is None:
        return None
    weekday = "1234567".find(found[2]) if found[2].isdigit() else "一二三四五六日".find(found[2].replace("天", "日"))
    monday = start - timedelta(days=start.weekday())
    day = monday + timedelta(days=weekday, weeks=_WEEKS[found[1] or ""])
    return day.isoformat() if day >= start else None


def _dated(year: str | None, month: int, number: int, list_day: str) -> str | None:
    first = int(list_day[:4]) if list_day else None
    for candidate in [int(year)] if year else [first, first + 1] if first else []:
        try:
            written = date(candidate, month, number).isoformat()
        except ValueError:
            continue
        if year or written >= list_day:
            return written
    return None
