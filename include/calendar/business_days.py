"""Business days: calendar days in the merchant's time zone, written 'YYYY-MM-DD' everywhere."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOMENT = "%Y-%m-%d %H:%M:%S"


def parse_day(text: str) -> date:
    """'2025-11-11' as a date; anything else is a ValueError that says what was found."""
    try:
        parsed = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"a business day is written YYYY-MM-DD, found {text!r}") from error
    if text != parsed.isoformat():
        raise ValueError(f"a business day is written YYYY-MM-DD, found {text!r}")
    return parsed


def day_after(day: str, days: int = 1) -> str:
    """The business day so many days later (earlier where `days` is negative)."""
    return (parse_day(day) + timedelta(days=days)).isoformat()


def nearest_days(day: str, days: Collection[str]) -> list[str]:
    """Of `days` the last before `day` and the first after it, as far as there are any."""
    earlier, later = [one for one in days if one < day], [one for one in days if one > day]
    return [*([max(earlier)] if earlier else []), *([min(later)] if later else [])]


def days_between(first: str, last: str) -> list[str]:
    """All business days from `first` to `last`, both included; empty if `last` is before `first`."""
    begin, end = parse_day(first), parse_day(last)
    return [(begin + timedelta(days=n)).isoformat() for n in range((end - begin).days + 1)]


def merchant_now(time_zone: str, now: datetime | None = None) -> datetime:
    """The merchant's wall clock, naive. `now` is an aware moment, the present by default."""
    moment = now or datetime.now(ZoneInfo(time_zone))
    return moment.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)


def cut_off_of(day: str, at: time, time_zone: str) -> datetime:
    """The aware moment `at` (merchant's time) of the morning after `day`."""
    morning = datetime.combine(parse_day(day) + timedelta(days=1), at)
    return morning.replace(tzinfo=ZoneInfo(time_zone))
