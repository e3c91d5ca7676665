"""How urgent a line is: what each day of waiting costs, from when on, and whether the help still comes in time.

2: a day more costs `urgent_loss_per_day` in sales, or more; 1: it will within `soon_days`, or so many days cost so
much; 0: it can wait for its turn. A label does not make a line urgent, money does; but what is late already is 1 at
least: an order whose last day is passed, goods that are overdue and missed, and a shelf that is empty now, as far as
the line can still save sales. An order of today saves nothing before its arrival, so that restock lines go by their
last order day: what an empty shelf misses until then makes transfers and chasing urgent.

Lists are sorted by urgency first, so no line stands below a less urgent one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.policy import YUAN_MICROS
from include.replenishment.surplus.transfer import whole_days
from include.settings.stock.replenishment import Replenishment

Floats = NDArray[np.float64]

NORMAL, SOON, NOW = 0, 1, 2  # names of the urgencies, not amounts


def restock_urgency(lines: pd.DataFrame, inputs: pd.DataFrame, settings: Replenishment) -> pd.DataFrame:
    """`lines` of the plan with a_day_micros (sales lost a day on an empty shelf; NA: no price is known) and urgency.

    The days that are spare are those of the last order day. What is sold and cannot be shipped without an order is as
    good as lost, too.
    """
    price = inputs["unit_price_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    rate = np.maximum(lines["daily_mean"].to_numpy(dtype=float), 0.0)
    a_day = rate * price
    spare = lines["order_spare_days"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
    owed = np.maximum(lines["promised"] - lines["on_hand"] - lines["arriving"], 0).to_numpy(dtype=float)
    is_wanted = ((lines["quantity"] > 0) | (lines["budget_cut"] > 0)).to_numpy()
    refunds = np.where(owed > 0, owed * price, 0.0)
    spare = np.where(owed > 0, 0.0, spare)
    level = _level(np.where(rate > 0, a_day, 0.0) + refunds, spare, settings)
    level = np.where(spare <= 0, np.maximum(level, SOON), level)
    return lines.assign(a_day_micros=_micros(a_day), urgency=np.where(is_wanted, level, NORMAL))


def transfer_urgency(transfers: pd.DataFrame, before: pd.DataFrame, settings: Replenishment) -> pd.DataFrame:
    """`transfers` with a_day_micros, urgency, and empty_in_days (until nothing can be sold where they go, 0:
    now; NA: not in sight).

    before: the planner's inputs without them. One that saves sales of an empty shelf is 1 at least: it is the only help
    that comes in days.
    """
    places = pd.MultiIndex.from_frame(before[["sku", "warehouse"]])
    about = before.iloc[places.get_indexer(pd.MultiIndex.from_frame(transfers[["sku", "warehouse"]]))]
    price = about["unit_price_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    rate = np.maximum(about["daily_mean"].to_numpy(dtype=float), 0.0)
    a_day = rate * price
    lost = about["first_lost_days"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
    spare = lost - settings.transport.days
    rescues = (transfers["money_at_risk_micros"] > 0).to_numpy()
    empty = whole_days(about["first_empty_days"]).set_axis(transfers.index)
    return transfers.assign(
        a_day_micros=_micros(a_day),
        empty_in_days=empty,
        urgency=_rescuing(rescues, _level(a_day, spare, settings), (empty == 0).fillna(False).to_numpy(dtype=bool)),
    )


def chase_urgency(
    a_day: Floats,
    empty_in: Floats,
    is_empty: NDArray[np.bool_],
    can_save: Floats,
    is_late: NDArray[np.bool_],
    settings: Replenishment,
) -> NDArray[np.int64]:
    """The urgency of open orders, whichever way they are asked about.

    a_day: micros of sales lost a day on the empty shelf, NaN: nobody knows; empty_in: days until sales are lost without
    the order; can_save: units that it still saves if it comes sooner; is_late: it is overdue and missed.
    """
    rescues = can_save >= 1
    level = _rescuing(rescues, _level(a_day, empty_in, settings), is_empty)
    return np.asarray(np.where(is_late, np.maximum(level, SOON), level), dtype=np.int64)


def _rescuing(rescues: NDArray[np.bool_], level: NDArray[np.int64], is_empty: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Who saves nothing waits for its turn; who can still save sales of a shelf that is empty now does not."""
    level = np.where(is_empty, np.maximum(level, SOON), level)
    return np.asarray(np.where(rescues, level, NORMAL), dtype=np.int64)


def _level(a_day: Floats, spare: Floats, settings: Replenishment) -> NDArray[np.int64]:
    """a_day: micros that a day's wait costs, NaN: nobody knows; spare: days until it begins to cost."""
    least = settings.urgent_loss_per_day * YUAN_MICROS
    # Goods of an unknown price may be worth hurrying for: unknown is not nothing.
    costs, adds_up = ~(a_day < least), ~(a_day * settings.soon_days < least)
    is_late, is_soon = spare <= 1, spare <= settings.soon_days
    return np.select([is_late & costs, is_late & adds_up | is_soon & costs], [NOW, SOON], default=NORMAL)


def _micros(money: Floats) -> pd.Series:
    return pd.Series(np.rint(money)).astype("Float64").astype("Int64")
