"""What the Chinese shopping year does to a day: the festivals by lunar date and the platforms' own sales days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays


@cache
def lunar_new_year(year: int) -> date:
    """The first day of the lunar year that begins in `year`."""
    calendar = holidays.country_holidays("CN", years=year, language="en_US")
    days = [day for day, name in calendar.items() if name == "Chinese New Year (Spring Festival)"]
    return min(day for day in days if day.year == year)


@dataclass(frozen=True)
class DayEffects:
    """How a day differs from an ordinary one.

    `sales` multiplies what sales-minded skus sell, `festival` what gift and food skus sell on top of it, `discount` is
    the shop-wide price cut (0.15 = 15% off), `presale` says that deposits are taken for Double 11.
    """

    sales: float = 1.0
    festival: float = 1.0
    discount: float = 0.0
    presale: bool = False
    warehouse_open: bool = True
    suppliers_open: bool = True
    name: str = ""


# month, day -> multiplier, price cut, name
SALES_DAYS: dict[tuple[int, int], tuple[float, float, str]] = {
    (3, 6): (1.2, 0.05, "38"),
    (3, 7): (1.3, 0.05, "38"),
    (3, 8): (1.7, 0.1, "38"),
    (6, 1): (1.6, 0.1, "618"),
    (6, 16): (1.3, 0.1, "618"),
    (6, 17): (1.5, 0.1, "618"),
    (6, 18): (3.2, 0.15, "618"),
    (6, 19): (1.2, 0.1, "618"),
    (9, 9): (1.4, 0.05, "99"),
    (11, 1): (1.8, 0.15, "双11"),
    (11, 2): (1.3, 0.1, "双11"),
    (11, 3): (1.2, 0.1, "双11"),
    (11, 10): (1.3, 0.1, "双11"),
    (11, 11): (4.2, 0.2, "双11"),
    (11, 12): (1.5, 0.1, "双11"),
    (12, 11): (1.2, 0.05, "双12"),
    (12, 12): (1.8, 0.1, "双12"),
}
# A big sale borrows from the days around it: first and last month-day, multiplier.
QUIET_SPELLS: tuple[tuple[tuple[int, int], tuple[int, int], float], ...] = (
    ((5, 26), (5, 31), 0.9),
    ((6, 20), (6, 27), 0.8),
    ((10, 1), (10, 7), 0.85),
    ((10, 24), (10, 31), 0.9),
    ((11, 4), (11, 9), 0.9),
    ((11, 13), (11, 22), 0.75),
)
PRESALE_FIRST, PRESALE_LAST, BALANCE_DAY = (10, 24), (11, 9), (11, 11)


@cache
def effects(day: date) -> DayEffects:
    """The effects of a day; an ordinary day gives `DayEffects()`."""
    month_day = (day.month, day.day)
    presale = PRESALE_FIRST <= month_day <= PRESALE_LAST
    if month_day in SALES_DAYS:
        sales, discount, name = SALES_DAYS[month_day]
        return DayEffects(sales=sales, discount=discount, presale=presale, name=name)
    until = (lunar_new_year(day.year) - day).days
    if -20 <= until <= 30:
        return _spring_festival(until)
    for first, last, multiplier in QUIET_SPELLS:
        if first <= month_day <= last:
            return DayEffects(sales=multiplier, presale=presale)
    return DayEffects(presale=presale)


def _spring_festival(until: int) -> DayEffects:
    """The weeks around the lunar New Year; `until` is the days to New Year's Day, negative after it."""
    warehouse_open = not -5 <= until <= 2
    suppliers_open = not -12 <= until <= 10
    name = "春节"
    if until > 18:
        sales, festival = 1.0, 1.15
    elif until > 7:
        sales, festival = 1.15, 1.8
    elif until > 3:
        sales, festival = 0.7, 1.4
    elif until > 0:
        sales, festival = 0.35, 1.0
    elif until > -7:
        sales, festival = 0.22, 0.9
    elif until > -15:
        sales, festival = 0.65, 0.7
    else:
        sales, festival = 0.9, 0.8
    return DayEffects(
        sales=sales, festival=festival, warehouse_open=warehouse_open, suppliers_open=suppliers_open, name=name
    )


def next_working_day(day: date) -> date:
    """The day itself when the warehouse works, else the first day it works again."""
    while not effects(day).warehouse_open:
        day += timedelta(days=1)
    return day


def balance_day(day: date) -> date:
    """When the balance of a deposit taken on `day` is due: Double 11 of the same year."""
    return date(day.year, *BALANCE_DAY)
