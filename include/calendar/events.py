"""Days that move demand: shopping festivals by date, lunar New Year by the moon.

The dates of lunar New Year come from the `holidays` package (computed lunisolar tables), not from a list of ours.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache

import pandas as pd

FIXED = {
    "618": (6, 18),
    "double_11": (11, 11),
    "double_12": (12, 12),
    "womens_day": (3, 8),
    "national_day": (10, 1),
    "christmas": (12, 25),
}
LUNAR_NEW_YEAR = "lunar_new_year"


@cache
def lunar_new_year(year: int) -> date:
    """The first day of the lunar year that begins in `year`."""
    import holidays

    festival = holidays.country_holidays("CN", years=year, language="en_US")
    days = [day for day, name in sorted(festival.items()) if name.startswith("Chinese New Year (")]
    if not days:
        raise ValueError(f"no lunar New Year is known for {year}")
    return days[0]


def event_dates(first: date, last: date, own: Mapping[str, Iterable[date]] | None = None) -> dict[str, list[date]]:
    """Every event's dates from a year before `first` to a year after `last`, so that offsets to the nearest exist.

    own: the merchant's own promotions from the YAML, by name.
    """
    years = range(first.year - 1, last.year + 2)
    dates = {name: [date(year, *month_day) for year in years] for name, month_day in FIXED.items()}
    dates[LUNAR_NEW_YEAR] = [lunar_new_year(year) for year in years]
    for name, days in (own or {}).items():
        dates[name] = sorted(days)
    return dates


def event_offsets(
    first: date, last: date, own: Mapping[str, Iterable[date]] | None = None, clip: int = 21
) -> pd.DataFrame:
    """Signed days to the nearest date of each event: one row a day, one column an event, clipped to ±`clip`.

    Negative before the event, 0 on it, positive after.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    columns = {}
    for name, dates in event_dates(first, last, own).items():
        columns[name] = [
            max(-clip, min(clip, min(((day - e).days for e in dates), key=abs, default=clip))) for day in days
        ]
    return pd.DataFrame(columns, index=pd.DatetimeIndex(days, name="day"))


def event_days(first: date, last: date, own: Mapping[str, Iterable[date]] | None = None, around: int = 3) -> set[str]:
    """Business days within `around` days of any event: days on which row counts and money may be unusual."""
    offsets = event_offsets(first, last, own)
    near = (offsets.abs() <= around).any(axis=1)
    return {day.date().isoformat() for day in offsets.index[near]}
