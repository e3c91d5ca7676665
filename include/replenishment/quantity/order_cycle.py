"""How much is ordered at once, so that a line is not ordered every day: the economic time supply.

An order line costs a person's time whatever it orders (checking, ordering, receiving, booking), and each unit on the
shelf costs holding each day. A line of pace d whose unit costs h a day to hold is cheapest ordered every

    T = sqrt(2 * K / (h * d)) days

(Harris 1913; Silver, Pyke and Thomas 2017, 5.2 and 5.4, as a time supply, so that it follows the season). So there are
two levels, s and S: nothing is ordered above s, the level that lasts lead time and review with the chance that pays
(7.7, with a batch of T days: by it, waiting a day longer costs less than the day's share of the line), and below it
the order fills up to S = s + what is expected to sell in the rest of the T days after the protection period.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.policy import StockPolicy, unit_margin

Floats = NDArray[np.float64]

YEAR_DAYS = 365.0


def cycle_days(frame: pd.DataFrame, policy: StockPolicy, settled: Floats) -> Floats:
    """Days that one order of each line should last, (lines,); 0: ordered as often as one looks.

    frame: daily_mean (units/day), unit_cost_micros, unit_price_micros. settled: (lines,) from 0, a borrowed forecast,
        to 1: how much of its longest cycle a young sku may have.
    """
    rate = np.maximum(frame["daily_mean"].to_numpy(dtype=float), 0.0)
    weight = 1.0 if policy.holding_weight is None else policy.holding_weight
    held = weight * unit_cost(frame, policy) * policy.holding_rate / YEAR_DAYS * rate
    pays = (held > 0) & (policy.order_line_micros > 0)
    days = np.sqrt(np.divide(2.0 * policy.order_line_micros, held, out=np.zeros(len(frame)), where=pays))
    return np.asarray(np.minimum(days, policy.longest_cycle_days * settled))


def unit_cost(frame: pd.DataFrame, policy: StockPolicy) -> Floats:
    """Micros that a unit costs to buy; by `assumed_margin` where nobody says."""
    cost = frame["unit_cost_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    margin = np.maximum(unit_margin(frame["unit_price_micros"], frame["unit_cost_micros"], policy), 0.0)
    return np.where(np.isnan(cost), margin * (1 - policy.assumed_margin) / policy.assumed_margin, cost)
