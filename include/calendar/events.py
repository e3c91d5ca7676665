"""Days that move demand: shopping festivals by date, holidays by the country's calendar.

Dates that move (lunar New Year, Easter, a country's public holidays) come from the `holidays` package and from rules,
not from lists of ours.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
"""Of China, whose festivals are those of its platforms."""
LUNAR_NEW_YEAR = "lunar_new_year"
CHINA = "CN"
SALES_ELSEWHERE = ("black_friday", "cyber_monday", "easter", "christmas")
"""Festivals that move sales in any other country; its public holidays are known beside them."""
AROUND_HOLIDAYS = 1
FARTHEST_DAYS = 21  # an event farther off than this counts as that far
"""Days around a public holiday on which counts may be unusual; a big sale is felt for longer."""


@dataclass(frozen=True)
class Calendar:
    """The festivals of a country, or of one of its parts (DE, DE-BE), and the merchant's own promotions by name."""

    country: str = CHINA
    own: Mapping[str, Iterable[date]] = field(default_factory=dict)

    @property
    def is_chinese(self) -> bool:
        return self.country.partition("-")[0] == CHINA


Own = Calendar | Mapping[str, Iterable[date]] | None
"""A calendar, or only the promotions of a merchant in China."""


@cache
def lunar_new_year(year: int) -> date:
    """The first day of the lunar year that begins in `year`."""
    import holidays

    festival = holidays.country_holidays("CN", years=year, language="en_US")
    days = [day for day, name in sorted(festival.items()) if name.startswith("Chinese New Year (")]
    if not days:
        raise ValueError(f"no lunar New Year is known for {year}")
    return days[0]


@cache
def public_holidays(country: str, year: int) -> Mapping[str, tuple[date, ...]]:
    """The days of each public holiday of a country or one of its parts, by a name such as `german_unity_day`."""
    import holidays

    code, _, part = country.partition("-")
    named: dict[str, list[date]] = {}
    for day, names in holidays.country_holidays(code, subdiv=part or None, years=year, language="en_US").items():
        for name in names.split("; "):
            word = re.sub(r"[^a-z0-9]+", "_", re.sub(r"\(.*?\)|'", "", name.lower())).strip("_")
            named.setdefault(word or "holiday", []).append(day)
    return {name: tuple(sorted(days)) for name, days in named.items()}


def black_friday(year: int) -> date:
    """The day after Thanksgiving, the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def easter(year: int) -> date:
    """Easter Sunday of the western churches."""
    from dateutil.easter import easter as sunday

    return sunday(year)


def event_dates(first: date, last: date, own: Own = None) -> dict[str, list[date]]:
    """Every event's dates from a year before `first` to a year after `last`, so that offsets to the nearest exist."""
    calendar = calendar_of(own)
    years = range(first.year - 1, last.year + 2)
    if calendar.is_chinese:
        dates = {name: [date(year, *month_day) for year in years] for name, month_day in FIXED.items()}
        dates[LUNAR_NEW_YEAR] = [lunar_new_year(year) for year in years]
    else:
        dates = _sales_elsewhere(years)
        for year in years:
            for name, these in public_holidays(calendar.country, year).items():
                if name not in SALES_ELSEWHERE:
                    dates.setdefault(name, []).extend(these)
    for name, days in calendar.own.items():
        dates[name] = sorted(days)
    return dates


def calendar_of(own: Own) -> Calendar:
    return own if isinstance(own, Calendar) else Calendar(own=own or {})


def _sales_elsewhere(years: range) -> dict[str, list[date]]:
    return {
        "black_friday": [black_friday(year) for year in years],
        "cyber_monday": [black_friday(year) + timedelta(days=3) for year in years],
        "easter": [easter(year) for year in years],
        "christmas": [date(year, 12, 25) for year in years],
    }


def event_offsets(first: date, last: date, own: Own = None) -> pd.DataFrame:
    """Signed days to the nearest date of each event: one row a day, one column an event, clipped to ±FARTHEST_DAYS.

    Negative before the event, 0 on it, positive after.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    columns = {}
    for name, dates in event_dates(first, last, own).items():
        nearest = [min(((day - e).days for e in dates), key=abs, default=FARTHEST_DAYS) for day in days]
        columns[name] = [max(-FARTHEST_DAYS, min(FARTHEST_DAYS, offset)) for offset in nearest]
    return pd.DataFrame(columns, index=pd.DatetimeIndex(days, name="day"))


def event_days(first: date, last: date, own: Own = None, around: int = 3) -> set[str]:
    """Business days within `around` days of any event: days on which row counts and money may be unusual. A public
    holiday abroad is felt on its eve and the day after."""
    calendar = calendar_of(own)
    offsets = event_offsets(first, last, own).abs()
    reach = pd.Series(around, index=offsets.columns)
    if not calendar.is_chinese:
        sales = {*SALES_ELSEWHERE, *calendar.own}
        reach[[name for name in offsets.columns if name not in sales]] = min(around, AROUND_HOLIDAYS)
    near = (offsets <= reach).any(axis=1)
    return {day.date().isoformat() for day in offsets.index[near]}
