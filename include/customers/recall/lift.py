"""What win-back brought: customers listed against the control group left alone, with honest intervals."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from include.customers.history import OrderHistory, day_number

# Fewer than this in either arm, and the interval says nothing that a reader would not misread.
MIN_IN_ARM = 30
# Money is mostly zeros and a few large sums: the interval needs so many customers in each arm who brought any.
MIN_PAYING = 40
# A verdict is looked at every day, and one day in twenty is wrong at 95 %: proof is asked to hold at 99 %.
PROOF = 0.99
NOT_ENOUGH = "not enough data yet"
POWER = 0.8  # the usual chance to prove what is so
# Beyond this many customers in the smaller arm, sums are normal enough by themselves.
_RESAMPLED, _RESAMPLES = 3000, 1999


@dataclass(frozen=True)
class Lift:
    """Shares of customers who ordered within the days of holdout. difference and its 95 % interval are None, and
    verdict is NOT_ENOUGH, while either arm is too small; else 'helps', 'harms' or 'no proof of an effect'."""

    listed: int
    listed_returned: int
    control: int
    control_returned: int
    difference: float | None
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True)
class MoneyLift:
    """Money a customer that each arm brought within the days, their difference with its 95 % interval (None while too
    few customers brought any) and the verdict, in the words of `Lift`."""

    listed: float
    control: float
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


def control_needed(base: float, rise: float, control_share: float) -> int:
    """Customers left alone by which a rise of the chance to return, from `base` by `rise`, is proven with a chance of
    POWER, if this share of all candidates is left alone (Fleiss 1981, chapter 3.4, for arms of unequal size)."""
    with_contact = min(base + rise, 1.0)
    normal = NormalDist()
    z = normal.inv_cdf((1 + PROOF) / 2) + normal.inv_cdf(POWER)
    to_one_listed = control_share / (1 - control_share)
    variance = base * (1 - base) + with_contact * (1 - with_contact) * to_one_listed
    return int(np.ceil((z / rise) ** 2 * variance))


def returned(arms: pd.DataFrame, history: OrderHistory, as_of: str, days: int, rate: float = 1.0) -> pd.DataFrame:
    """Which customers ordered within `days` days of their day on the list, and what they brought.

    arms: day, customer, arm, and any more. Only the first entry of a customer counts (later ones depend on the first),
    and only where the days have passed by `as_of`. Returns the same columns with returned (bool), yuan: net of refunds
    as far as known, without gifts and one-off bulk orders; and margin: of these, less what their goods cost, or by
    `rate` where an order's cost is not known.
    """
    first = arms.sort_values(["day", "customer"], kind="stable").drop_duplicates("customer")
    start = first["day"].map(day_number).to_numpy(dtype=np.int64)
    complete = start + days <= day_number(as_of)
    first, start = first[complete], start[complete]
    names = first["customer"].to_numpy(dtype=object).astype(str)
    place = np.minimum(np.searchsorted(history.customers, names), max(len(history.customers) - 1, 0))
    came, yuan, margin = np.zeros(len(first), dtype=bool), np.zeros(len(first)), np.zeros(len(first))
    earned = np.where(np.isnan(history.cost), history.kept * rate, history.kept - history.cost)
    if len(history.customers):
        begin, end = history.position(place, start), history.position(place, start + days)
        came = (history.customers[place] == names) & (end > begin)
        for row in np.flatnonzero(came):  # a sum of its own for each: running totals would round by what others spent
            yuan[row] = history.kept[begin[row] : end[row]].sum()
            margin[row] = earned[begin[row] : end[row]].sum()
    return first.assign(returned=came, yuan=yuan, margin=margin).reset_index(drop=True)


def lift(outcomes: pd.DataFrame, comparisons: int = 1) -> Lift:
    """outcomes: arm ('listed' or 'control'), returned. The comparison of the two arms.

    comparisons: of how many such comparisons this is one; the chance of a false proof is shared among them.
    """
    listed = outcomes.loc[outcomes["arm"] == "listed", "returned"]
    control = outcomes.loc[outcomes["arm"] == "control", "returned"]
    counts = (len(listed), int(listed.sum()), len(control), int(control.sum()))
    if min(len(listed), len(control)) < MIN_IN_ARM:
        return Lift(*counts, None, None, None, NOT_ENOUGH)
    difference, low, high = newcombe(counts[1], counts[0], counts[3], counts[2])
    z = NormalDist().inv_cdf(1 - (1 - PROOF) / comparisons / 2)
    _, proven_low, proven_high = newcombe(counts[1], counts[0], counts[3], counts[2], z)
    return Lift(*counts, difference, low, high, _verdict(proven_low, proven_high))


def money_lift(
    outcomes: pd.DataFrame, paying: int = MIN_PAYING, comparisons: int = 1, column: str = "yuan"
) -> MoneyLift:
    """outcomes: arm ('listed' or 'control'), yuan, and `column`. The comparison of what a customer of each arm brought
    of that column.

    The interval is a bootstrap of the studentised difference (Efron and Tibshirani 1993, chapter 12.5), which knows
    that money is skew; of large arms, Welch's.
    """
    is_listed = (outcomes["arm"] == "listed").to_numpy(dtype=bool)
    values, paid = (outcomes[name].to_numpy(dtype=np.float64) for name in (column, "yuan"))
    listed, control = values[is_listed], values[~is_listed & (outcomes["arm"] == "control").to_numpy(dtype=bool)]
    means = (_mean(listed), _mean(control))
    payers = [int((paid[mine] > 0).sum()) for mine in (is_listed, ~is_listed)]
    enough = min(len(listed), len(control)) >= MIN_IN_ARM and min(payers) >= paying
    if not enough:
        return MoneyLift(*means, None, None, None, NOT_ENOUGH)
    difference = means[0] - means[1]
    error = float(np.sqrt(_variance_of_mean(listed) + _variance_of_mean(control)))
    bounds = []
    spread = _studentised(listed, control) if min(len(listed), len(control)) < _RESAMPLED else None
    for level in (0.95, 1 - (1 - PROOF) / comparisons):
        tails = ((1 - level) / 2, (1 + level) / 2)
        below, above = (
            (NormalDist().inv_cdf(tail) for tail in tails) if spread is None else np.quantile(spread, tails).tolist()
        )
        bounds.append((difference - above * error, difference - below * error))
    return MoneyLift(*means, difference, *bounds[0], _verdict(*bounds[1]))


def _verdict(low: float, high: float) -> str:
    return "helps" if low > 0 else "harms" if high < 0 else "no proof of an effect"


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _variance_of_mean(values: np.ndarray) -> float:
    return float(values.var(ddof=1)) / len(values)


def _studentised(listed: np.ndarray, control: np.ndarray) -> np.ndarray:
    """(resamples,) difference of resampled means less the one seen, in its own standard errors. Always the same draws:
    an interval that is computed again comes out the same."""
    rng = np.random.default_rng(0)
    moved, variance = np.zeros(_RESAMPLES), np.zeros(_RESAMPLES)
    for values, sign in ((listed, 1.0), (control, -1.0)):
        # Of many customers the draws are many: a large arm's mean is resampled as the normal it is.
        if len(values) >= _RESAMPLED:
            drawn_mean = rng.normal(values.mean(), np.sqrt(_variance_of_mean(values)), _RESAMPLES)
            drawn_variance: np.ndarray | float = _variance_of_mean(values)
        else:
            drawn = values[rng.integers(0, len(values), (_RESAMPLES, len(values)))]
            drawn_mean, drawn_variance = drawn.mean(axis=1), drawn.var(axis=1, ddof=1) / len(values)
        moved += sign * (drawn_mean - values.mean())
        variance = variance + drawn_variance
    known = variance > 0
    return np.asarray(moved[known] / np.sqrt(variance[known]))
