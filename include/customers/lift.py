"""What win-back brought: customers listed against the control group left alone, with honest intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.customers.history import OrderHistory, day_number

# Fewer than this in either arm, and the interval says nothing that a reader would not misread.
LEAST_IN_ARM = 30
# A verdict is looked at every day, and one day in twenty is wrong at 95 %: proof is asked to hold at 99 %.
_Z_OF_PROOF = 2.575829


@dataclass(frozen=True)
class Lift:
    """Shares of customers who ordered within the days of holdout. difference and its 95 % interval are None, and
    verdict 'not enough data yet', while either arm is too small; else 'helps', 'harms' or 'no proof of an effect'."""

    listed: int
    listed_returned: int
    control: int
    control_returned: int
    difference: float | None
    low: float | None
    high: float | None
    verdict: str


def wilson(successes: int, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927)."""
    if count == 0:
        return 0.0, 1.0
    p = successes / count
    centre = p + z * z / (2 * count)
    half = z * float(np.sqrt(p * (1 - p) / count + z * z / (4 * count * count)))
    scale = 1 + z * z / count
    return max((centre - half) / scale, 0.0), min((centre + half) / scale, 1.0)


def newcombe(
    first: int, first_count: int, second: int, second_count: int, z: float = 1.959964
) -> tuple[float, float, float]:
    """Difference of two shares and its interval (Newcombe 1998, "Interval estimation for the difference between
    independent proportions", method 10): difference, low, high."""
    p, q = first / first_count, second / second_count
    low_p, high_p = wilson(first, first_count, z)
    low_q, high_q = wilson(second, second_count, z)
    difference = p - q
    low = difference - float(np.hypot(p - low_p, high_q - q))
    high = difference + float(np.hypot(high_p - p, q - low_q))
    return difference, low, high


def returned(arms: pd.DataFrame, history: OrderHistory, as_of: str, days: int) -> pd.DataFrame:
    """Which customers ordered within `days` days of their day on the list.

    arms: day, customer, arm. Only the first entry of a customer counts (later ones depend on the first), and only where
    the days have passed by `as_of`. Returns day, customer, arm, returned.
    """
    first = arms.sort_values(["day", "customer"]).drop_duplicates("customer")
    start = first["day"].map(day_number).to_numpy(dtype=np.int64)
    complete = start + days <= day_number(as_of)
    first, start = first[complete], start[complete]
    place = np.searchsorted(history.customers, first["customer"].to_numpy(dtype=object).astype(str))
    place = np.minimum(place, max(len(history.customers) - 1, 0))
    came = np.zeros(len(first), dtype=bool)
    if len(history.customers):
        same = history.customers[place] == first["customer"].to_numpy(dtype=object).astype(str)
        came = same & (history.position(place, start + days) > history.position(place, start))
    return first[["day", "customer", "arm"]].assign(returned=came).reset_index(drop=True)


def lift(outcomes: pd.DataFrame, least: int = LEAST_IN_ARM) -> Lift:
    """outcomes: arm ('listed' or 'control'), returned. The comparison of the two arms."""
    listed = outcomes.loc[outcomes["arm"] == "listed", "returned"]
    control = outcomes.loc[outcomes["arm"] == "control", "returned"]
    counts = (len(listed), int(listed.sum()), len(control), int(control.sum()))
    if min(len(listed), len(control)) < least:
        return Lift(*counts, None, None, None, "not enough data yet")
    difference, low, high = newcombe(counts[1], counts[0], counts[3], counts[2])
    _, proven_low, proven_high = newcombe(counts[1], counts[0], counts[3], counts[2], _Z_OF_PROOF)
    verdict = "helps" if proven_low > 0 else "harms" if proven_high < 0 else "no proof of an effect"
    return Lift(*counts, difference, low, high, verdict)
