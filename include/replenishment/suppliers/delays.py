"""How late orders come, and how likely one that is overdue still is.

Delays against the expected day are estimated from the merchant's own receipts, open lines being lower bounds (Kaplan
and Meier 1958), each supplier's drawn towards all suppliers together. Some orders never come, and nobody closes them in
the ERP: a share `never` of all (the mixture cure model: Boag 1949, Berkson and Gage 1952; "never" for "cured").
So an order that is x days overdue still comes with the chance

    (1 - never) * S(x) / ((1 - never) * S(x) + never),    S(x) = P(delay > x, given that it comes)

which is near one just after the day and decays to nothing beyond all that any supplier ever took.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.settings.stock.under_way import UnderWay

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

EARLIEST, LATEST = -90, 400  # days of delay that are told apart
POINTS = (1 / 6, 1 / 2, 5 / 6)  # an order's arrival as so many equally likely days


@dataclass(frozen=True)
class Delays:
    """survival, timing: supplier -> P(delay > x), x = EARLIEST .. LATEST, given that the order comes; '' is everybody.
    timing is the merchant's own alone: on the day where too little came; survival holds the prior as well."""

    survival: dict[str, Floats]
    timing: dict[str, Floats]
    never: float
    half_life_days: float

    def still_coming(self, suppliers: Sequence[str], overdue: Integers) -> Floats:
        """The chance that each order still comes, `overdue` days after it was expected; 1 where it is not overdue."""
        late = np.asarray(overdue, dtype=np.int64)
        left = self._beyond(self.survival, suppliers, late)
        chance = (1 - self.never) * left
        return np.where(
            late > 0, np.divide(chance, chance + self.never, out=np.zeros(len(late)), where=chance > 0), 1.0
        )

    def days_until(self, suppliers: Sequence[str], ahead: Integers) -> Floats:
        """(orders, points): equally likely days from today on which each order comes if it does, 1 (tomorrow) at the
        earliest. ahead: days until it is expected, below zero: overdue."""
        kinds = pd.DataFrame({"supplier": list(suppliers), "ahead": np.asarray(ahead, dtype=np.int64)})
        known = {pair: self._points(*pair) for pair in set(kinds.itertuples(index=False, name=None))}
        found = [known[pair] for pair in kinds.itertuples(index=False, name=None)]
        return np.array(found, dtype=float).reshape(len(kinds), len(POINTS))

    def _points(self, supplier: str, ahead: int) -> Floats:
        curve = self.timing.get(supplier, self.timing[""])
        passed = -ahead  # it has not come with a delay of so many days
        already = curve[min(max(passed - EARLIEST, 0), len(curve) - 1)] if passed >= EARLIEST else 1.0
        left = 1 - np.array(POINTS)
        if already <= 1e-9 or passed > LATEST:
            return np.ceil(-np.log2(left) * self.half_life_days)
        delay = np.searchsorted(-curve, -left * already - 1e-12, side="left") + EARLIEST
        return np.maximum(ahead + delay, 1).astype(float)

    def _beyond(self, curves: dict[str, Floats], suppliers: Sequence[str], late: Integers) -> Floats:
        place = np.clip(late - EARLIEST, 0, LATEST - EARLIEST)
        values = np.array([curves.get(name, curves[""])[at] for name, at in zip(suppliers, place, strict=True)])
        return values.reshape(len(late)) * 0.5 ** (np.maximum(late - LATEST, 0) / self.half_life_days)


def prior_still_coming(overdue: Floats, rules: UnderWay) -> Floats:
    """`still_coming` before anything was seen of the merchant's orders."""
    late = np.maximum(np.asarray(overdue, dtype=float), 0.0)
    chance = (1 - rules.never_arriving_share) * rules.late_share * 0.5 ** (late / rules.overdue_half_life_days)
    share = np.divide(chance, chance + rules.never_arriving_share, out=np.zeros(len(late)), where=chance > 0)
    return np.where(late > 0, share, 1.0)


def delays_of(lines: pd.DataFrame, receipts: pd.DataFrame, day: str, rules: UnderWay) -> Delays:
    """The delays as known at the end of `day`.

    lines: order lines with purchase_order_id, line_id, supplier, promised_day, quantity, status, open (units still
    lacking). receipts: matched to lines (`matched_receipts`).
    """
    keys = ["purchase_order_id", "line_id"]
    known = receipts.loc[receipts["received_day"] <= day, [*keys, "received_day", "quantity"]]
    came = lines[[*keys, "supplier", "promised_day", "quantity"]].merge(
        known.rename(columns={"quantity": "units"}), on=keys, how="inner"
    )
    today = pd.Timestamp(day)
    delay = (pd.to_datetime(came["received_day"]) - pd.to_datetime(came["promised_day"])).dt.days
    waiting = lines[(lines["status"] == "open") & (lines["open"] > 0)]
    age = (today - pd.to_datetime(waiting["promised_day"])).dt.days.to_numpy(dtype=float)
    believed = prior_still_coming(age, rules)
    seen = pd.DataFrame(
        {
            "supplier": pd.concat([came["supplier"], waiting["supplier"]], ignore_index=True).fillna("").astype("str"),
            "delay": np.concatenate([delay.to_numpy(dtype=float), age]),
            "weight": np.concatenate(
                [
                    (came["units"] / came["quantity"].clip(lower=1)).clip(upper=1).to_numpy(dtype=float),
                    # An order that is not believed any more says nothing about how long orders take.
                    (waiting["open"] / waiting["quantity"].clip(lower=1)).to_numpy(dtype=float) * believed,
                ]
            ),
            "came": np.arange(len(came) + len(waiting)) < len(came),
        }
    )
    seen["delay"] = seen["delay"].clip(EARLIEST, LATEST).astype(np.int64)
    half_life, prior = rules.overdue_half_life_days, rules.prior_lines
    grid = np.arange(EARLIEST, LATEST + 1)
    on_time = np.where(grid < 0, 1.0, 0.0)
    first = np.where(grid < 0, 1.0, rules.late_share * 0.5 ** (np.maximum(grid, 0) / half_life))
    lines_came = float(seen.loc[seen["came"], "weight"].sum())
    everybody = _curve(seen, half_life)
    pooled = (lines_came * everybody + prior * first) / (lines_came + prior)
    timed = everybody if lines_came >= rules.min_receipts else on_time
    survival, timing = {"": pooled}, {"": timed}
    for name, own in seen.groupby("supplier", sort=False):
        count = float(own.loc[own["came"], "weight"].sum())
        if name and count > 0:
            curve = _curve(own, half_life)
            survival[str(name)] = (count * curve + prior * pooled) / (count + prior)
            timing[str(name)] = (count * curve + prior * timed) / (count + prior)
    ghosts = float((believed < 0.5).sum())
    believed_lines = rules.never_arriving_lines
    never = (believed_lines * rules.never_arriving_share + ghosts) / (believed_lines + lines_came + ghosts)
    return Delays(survival, timing, never, half_life)


def _curve(seen: pd.DataFrame, half_life_days: float) -> Floats:
    """Kaplan and Meier's P(delay > x) over the grid; beyond the longest delay seen what is left halves gradually."""
    place = seen["delay"].to_numpy(dtype=np.int64) - EARLIEST
    weight, came = seen["weight"].to_numpy(dtype=float), seen["came"].to_numpy(dtype=bool)
    length = LATEST - EARLIEST + 1
    arrived = np.bincount(place[came], weights=weight[came], minlength=length)
    left = np.bincount(place[~came], weights=weight[~came], minlength=length)
    at_risk = weight.sum() - np.concatenate([[0.0], np.cumsum(arrived + left)[:-1]])
    hazard = np.divide(arrived, at_risk, out=np.zeros(length), where=at_risk > 1e-9)
    longest = int(np.flatnonzero(arrived)[-1]) if arrived.any() else -EARLIEST
    hazard[longest + 1 :] = 1 - 0.5 ** (1 / half_life_days)
    return np.cumprod(1 - np.clip(hazard, 0.0, 1.0))
