"""Which day of the year before a day is like: the same distance from the lunar New Year or a sale, else the same
weekday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from include.calendar.events import LUNAR_NEW_YEAR, Own, event_dates

WEEKS_OF_A_YEAR = timedelta(days=364)  # 52 weeks: the same weekday
# So many days before and after it the New Year decides: shops close and open again by it, not by the sun.
AROUND_NEW_YEAR = 21
AROUND_SALE = 7  # a big sale is prepared and dies away within a week


def days_of_year_before(days: Sequence[date], own: Own = None) -> list[date]:
    """For each day the one a year before that it is held against. Days are in order, at least one.

    Of several events that are near, the one that is nearest by its own reach decides. An event that does not come back
    a year before (a merchant's own sale of one year) decides nothing.
    """
    events = event_dates(days[0] - timedelta(days=AROUND_NEW_YEAR) - WEEKS_OF_A_YEAR, days[-1], own)
    anchors: dict[int, tuple[float, date]] = {}
    for name, dates in events.items():
        reach = AROUND_NEW_YEAR if name == LUNAR_NEW_YEAR else AROUND_SALE
        known = sorted(dates)
        for one in known:
            earlier = [other for other in known if abs((one - other - WEEKS_OF_A_YEAR).days) <= _LONGEST_DRIFT]
            if not earlier:
                continue
            before = min(earlier, key=lambda other, one=one: abs((one - other - WEEKS_OF_A_YEAR).days))  # type: ignore[misc]
            for offset in range(-reach, reach + 1):
                day = one + timedelta(days=offset)
                nearness = abs(offset) / reach
                if nearness < anchors.get(day.toordinal(), (2.0, day))[0]:
                    anchors[day.toordinal()] = (nearness, before + timedelta(days=offset))
    return [anchors[day.toordinal()][1] if day.toordinal() in anchors else day - WEEKS_OF_A_YEAR for day in days]


_LONGEST_DRIFT = 31  # the New Year comes up to a month earlier or later in the year than the one before
