"""How long a supplier really takes: an empirical distribution from its own receipts, late and partial ones included.

Each unit ordered is an observation. Units not yet received are known to take *longer* than their order's age, so they
enter as such (Kaplan and Meier 1958): leaving them out would make a supplier look faster the later it is. They count as
far as they are still believed to come: an order that nobody closed in the ERP is no supplier that takes a year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.quantity.distribution import DemandDistribution, distribution_through
from include.replenishment.suppliers.delays import prior_still_coming
from include.settings.stock.under_way import UnderWay

Floats = NDArray[np.float64]

LONGEST_DAYS = 365  # a receipt that came later is a mistake in the export, and no lead time


@dataclass(frozen=True)
class LeadTime:
    """One supplier's lead time. probability: sums to 1 over days 0, 1, 2 ...; `source` says what it rests on."""

    supplier: str
    probability: Floats
    mean_days: float
    spread_days: float  # standard deviation
    on_time_share: float | None  # of the units due by now, those received by then; None: none was due
    orders: int
    source: str  # 'receipts', 'promised', 'assumed' (nobody said), each of these 'with the delays of others'

    def draw(self, generator: np.random.Generator, shape: int | tuple[int, ...]) -> NDArray[np.int64]:
        """Days, drawn from the distribution."""
        return generator.choice(len(self.probability), size=shape, p=self.probability)


def lead_time_observations(purchase_orders: pd.DataFrame, receipts: pd.DataFrame, day: str) -> pd.DataFrame:
    """One row a receipt and one for what an order line still lacks, as known at the end of `day`.

    purchase_orders, receipts: canonical frames. Cancelled lines, and lines ordered after `day`, are left out; a
        closed line that received less than ordered lacks nothing any more.
    Returns purchase_order_id, line_id, supplier, ordered_day, expected_day, days (Int64, from order to shelf or to
    `day`), units, is_received (False: it takes longer than `days`).
    """
    keys = ["purchase_order_id", "line_id"]
    was_ordered = (purchase_orders["status"] != "cancelled") & (purchase_orders["ordered_day"] <= day)
    orders = purchase_orders.loc[was_ordered, [*keys, "supplier", "ordered_day", "expected_day", "quantity", "status"]]
    known = receipts[receipts["received_day"] <= day]
    arrived = orders.merge(
        known[[*keys, "received_day", "quantity"]].rename(columns={"quantity": "units"}), on=keys, how="inner"
    )
    arrived["days"] = _days_between(arrived["ordered_day"], arrived["received_day"])
    arrived["is_received"] = True
    units = known.groupby(keys, as_index=False)["quantity"].sum().rename(columns={"quantity": "received"})
    waiting = orders.merge(units, on=keys, how="left")
    waiting["units"] = waiting["quantity"] - waiting["received"].fillna(0)
    waiting = waiting[(waiting["status"] == "open") & (waiting["units"] > 0)].copy()
    waiting["days"] = _days_between(waiting["ordered_day"], pd.Series(day, index=waiting.index, dtype="str"))
    waiting["is_received"] = False
    columns = [*keys, "supplier", "ordered_day", "expected_day", "days", "units", "is_received"]
    both = pd.concat([arrived[columns], waiting[columns]], ignore_index=True)
    return both[both["days"].between(0, LONGEST_DAYS)].sort_values([*keys, "days"], ignore_index=True)


def lead_times(
    observations: pd.DataFrame, suppliers: pd.DataFrame, day: str, default_days: int, rules: UnderWay
) -> dict[str, LeadTime]:
    """The lead time of every supplier in `suppliers` (canonical frame), by supplier.

    With fewer than `rules.min_receipts` received order lines the promised days stand, spread by how late all suppliers
    together are against their expected day, if that is known. default_days: of a supplier that promises none; a promise
    of none or less is one day, since nothing comes on the day of its order.
    """
    delays = _pooled_delays(observations, rules.min_receipts)
    stated = suppliers.drop_duplicates("supplier", keep="last").set_index("supplier")["lead_time_days"]
    observations = _weighted(observations, stated, default_days, rules)
    shares = on_time_shares(observations, day)
    own = {str(name): part for name, part in observations.groupby("supplier", sort=False)}
    none = observations.iloc[:0]
    return {
        str(row.supplier): _lead_time_of(
            str(row.supplier),
            own.get(str(row.supplier), none),
            row.lead_time_days,
            delays,
            shares.get(str(row.supplier)),
            default_days,
            rules.min_receipts,
        )
        for row in suppliers.itertuples()
    }


def _weighted(observations: pd.DataFrame, stated: pd.Series, default_days: int, rules: UnderWay) -> pd.DataFrame:
    """With `weight`: units, of open lines as far as they are still believed to come."""
    promised = _days_between(observations["ordered_day"], observations["expected_day"]).astype("Float64")
    usual = observations["supplier"].map(stated).astype("Float64").fillna(default_days)
    overdue = (observations["days"] - promised.fillna(usual)).to_numpy(dtype=float)
    believed = np.where(observations["is_received"].astype(bool), 1.0, prior_still_coming(overdue, rules))
    return observations.assign(weight=observations["units"].astype(float) * believed)


def _lead_time_of(
    supplier: str,
    own: pd.DataFrame,
    promised: object,
    delays: Floats,
    on_time: float | None,
    default_days: int,
    min_receipts: int,
) -> LeadTime:
    received = own[own["is_received"]]
    orders = len(received[["purchase_order_id", "line_id"]].drop_duplicates())
    if orders >= min_receipts:
        probability, source = kaplan_meier(own["days"], own["weight"], own["is_received"]), "receipts"
    else:
        is_stated = not pd.isna(promised)
        days, source = max(int(str(promised)), 1) if is_stated else default_days, "promised" if is_stated else "assumed"
        if len(delays):
            probability, source = _shifted(delays, days), f"{source} with the delays of others"
        else:
            probability = np.eye(days + 1)[days]
    support = np.arange(len(probability))
    mean = float(support @ probability)
    spread = float(np.sqrt(probability @ (support - mean) ** 2))
    return LeadTime(supplier, probability, mean, spread, on_time, orders, source)


def kaplan_meier(days: pd.Series, units: pd.Series, is_received: pd.Series) -> Floats:
    """P(lead time = d) for d = 0, 1 ... from observations weighted by units, where some are only lower bounds.

    What is still outstanding beyond the longest receipt is put on the day after the longest age seen.
    """
    day = days.to_numpy(dtype=np.int64)
    weight = units.to_numpy(dtype=float)
    received = is_received.to_numpy(dtype=bool)
    length = int(np.max(day)) + 2
    arrived = np.bincount(day[received], weights=weight[received], minlength=length)
    left = np.bincount(day[~received], weights=weight[~received], minlength=length)
    # A unit whose order is d days old has not arrived up to and including day d: it is at risk on day d.
    at_risk = weight.sum() - np.concatenate([[0.0], np.cumsum(arrived + left)[:-1]])
    hazard = np.divide(arrived, at_risk, out=np.zeros(length), where=at_risk > 1e-9)
    survival = np.cumprod(1.0 - hazard)
    probability = np.concatenate([[1.0], survival[:-1]]) * hazard
    probability[-1] += survival[-1]
    probability = _without_tail(probability)
    return probability / probability.sum()


def mix_over_lead_time(values: Floats, levels: Floats, spans: Floats, weights: Floats) -> Floats:
    """Quantiles of demand over a protection period of random length.

    values: (lines, spans, k) quantiles at `levels` (k,) of the total over each of `spans` days (rising);
    weights: (lines, spans) the chance of each span, rows summing to 1, see `spans_weighted`.
    Returns (lines, k): the quantiles of the mixture, found by bisection on its distribution function.
    """
    lines, count, _ = values.shape
    high = np.zeros((lines, len(levels)))
    parts = []
    for span in range(count):
        rows = np.flatnonzero(weights[:, span] > 0)  # most periods touch few spans
        part = distribution_through(levels, values[rows, span, :])
        parts.append((rows, weights[rows, span : span + 1], part))
        high[rows] = np.maximum(high[rows], part.values[:, -1:])
    low = np.zeros_like(high)
    for _ in range(32):
        middle = (low + high) / 2
        chance = np.zeros_like(middle)
        for rows, weight, part in parts:
            chance[rows] += weight * _distribution_function(part, middle[rows])
        below = chance < levels[None, :]
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return high


def spans_weighted(probability: Floats, spans: Floats) -> Floats:
    """P(d days), d = 0, 1 ..., split over `spans`: each day's chance goes to its two neighbours by nearness."""
    if len(spans) == 1:
        return np.ones(1)
    days = np.clip(np.arange(len(probability)), spans[0], spans[-1])
    right = np.clip(np.searchsorted(spans, days, side="left"), 1, len(spans) - 1)
    weights = np.zeros(len(spans))
    share = (days - spans[right - 1]) / (spans[right] - spans[right - 1])
    np.add.at(weights, right, probability * share)
    np.add.at(weights, right - 1, probability * (1 - share))
    return weights


def _days_between(start: pd.Series, end: pd.Series) -> pd.Series:
    days = (pd.to_datetime(end) - pd.to_datetime(start)).dt.days
    return days.astype("Int64")


def _pooled_delays(observations: pd.DataFrame, min_receipts: int) -> Floats:
    """P(delay = d - LONGEST_DAYS) of all receipts against their expected day; empty where there are too few."""
    known = observations[observations["is_received"] & observations["expected_day"].notna()]
    if len(known) < min_receipts:
        return np.zeros(0)
    promised = _days_between(known["ordered_day"], known["expected_day"])
    delay = LONGEST_DAYS + (known["days"] - promised).clip(-LONGEST_DAYS, LONGEST_DAYS).to_numpy(dtype=np.int64)
    weight = known["units"].to_numpy(dtype=float)
    return np.bincount(delay, weights=weight, minlength=2 * LONGEST_DAYS + 1) / weight.sum()


def _shifted(delays: Floats, promised: int) -> Floats:
    """The delays' distribution moved to `promised` days; nothing arrives before it is ordered."""
    days = np.maximum(np.arange(len(delays)) - LONGEST_DAYS + promised, 0)
    return _without_tail(np.bincount(days, weights=delays).astype(np.float64))


def _without_tail(probability: Floats) -> Floats:
    return probability[: int(np.flatnonzero(probability)[-1]) + 1]


def on_time_shares(observations: pd.DataFrame, day: str) -> dict[str, float]:
    """By supplier, of the units due by `day` those received by their day; none for whom nothing was due.

    observations: of `lead_time_observations`."""
    due = observations[observations["expected_day"].notna() & (observations["expected_day"] <= day)]
    promised = _days_between(due["ordered_day"], due["expected_day"])
    units = due["units"].astype(float)
    on_time = units.where(due["is_received"].astype(bool) & (due["days"] <= promised), 0.0)
    sums = pd.DataFrame({"supplier": due["supplier"], "units": units, "on_time": on_time}).groupby("supplier").sum()
    sums = sums[sums["units"] > 0]
    return {str(name): float(share) for name, share in (sums["on_time"] / sums["units"]).items()}


def _distribution_function(part: DemandDistribution, units: Floats) -> Floats:
    """P(demand <= units), shape of `units` (lines, k)."""
    chance = np.zeros_like(units)
    for k in range(len(part.levels) - 1):
        low, high = part.values[:, k : k + 1], part.values[:, k + 1 : k + 2]
        share = np.divide(units - low, high - low, out=(units >= high).astype(float), where=high > low)
        chance += (part.levels[k + 1] - part.levels[k]) * np.clip(share, 0.0, 1.0)
    return chance
