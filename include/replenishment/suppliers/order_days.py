"""The weekdays on which a supplier takes orders: what is small waits for its day.

An order of another day takes a telephone call, so it is made for A skus, for an empty shelf, and where waiting is
expected to lose more margin than an order line costs (see `plan.plan_lines`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.business_days import parse_day

Integers = NDArray[np.int64]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = 7


def days_to_order_days(day: str, weekdays: Sequence[str]) -> tuple[int, int]:
    """(days that an order has to wait from the morning after `day`, days from that morning to the order day after it).

    weekdays: of WEEKDAYS, at least one. (0, 7): tomorrow is the day, and the next is a week later.
    """
    tomorrow = (parse_day(day) + timedelta(days=1)).weekday()
    ahead = sorted((WEEKDAYS.index(name) - tomorrow) % WEEK for name in weekdays)
    later = [days for days in ahead if days > 0]
    return ahead[0], later[0] if later else WEEK


def order_waits(supplier: pd.Series, day: str, order_days: Mapping[str, Sequence[str]]) -> tuple[Integers, Integers]:
    """(wait, review) by line as `days_to_order_days` says them; (0, 0) for a supplier who takes orders any day."""
    found = {name: days_to_order_days(day, weekdays) for name, weekdays in order_days.items()}
    pairs = [found.get(str(name), (0, 0)) for name in supplier]
    both = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2)
    return both[:, 0], both[:, 1]
