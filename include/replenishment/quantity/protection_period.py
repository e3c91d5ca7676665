"""How long each (sku, warehouse) must last until an order of the next look is there, and what will be wanted till then.

Supplier, lead time and holidays give the protection period as a distribution; the forecasts of fixed spans are mixed
over it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.events import Own, event_days
from include.demand.forecast import Forecast
from include.replenishment.orders.matching import matched_receipts
from include.replenishment.orders.projection import Paths, Totals
from include.replenishment.planning_frames import JudgedDays, PlanningData
from include.replenishment.policy import StockPolicy, value_class
from include.replenishment.quantity.distribution import DemandDistribution, distribution_through
from include.replenishment.suppliers.closures import Booleans, closures_of, stretched
from include.replenishment.suppliers.lead_time import (
    LeadTime,
    lead_time_observations,
    lead_times,
    mix_over_lead_time,
    spans_weighted,
)
from include.replenishment.suppliers.order_days import order_waits
from include.replenishment.suppliers.suppliers import chosen_suppliers, offers_of
from include.settings.names import require_known
from include.settings.stock.replenishment import Replenishment

Floats = NDArray[np.float64]

SURELY = 0.98  # chance by which an order of the next look is taken to be there: beyond it a lead time's tail is guessed
NO_LATER_DAYS = 0.1  # rounding: an order of the next look that comes within this much of today's comes as early
PATHS = 20  # equally likely paths of demand along which a shelf is walked
DAILY_SPAN = 14  # the span whose mean is the daily rate
GROWTH_DAYS, BEFORE_DAYS = 7, 28  # a hot seller's last week is held against the four weeks before
PERIOD = (
    "lead_time_days", "lead_time_spread_days", "is_lead_time_assumed", "protection_days", "longest_wait_days",
    "rest_days", "can_wait", "mean_demand",
)  # fmt: skip
LEFT_OUT_AROUND = 3  # days around a sale on which everything sells more, or less


@dataclass(frozen=True)
class Protection:
    """frame: one row a series of the panel, with the columns of `protection_of`. levels: (k,); spans: (s,) days;
    totals: (n, s, k) quantiles of demand over each span from the day after the close. leads: by supplier. closed:
    (AHEAD_DAYS,) whether suppliers rest on the closed day and each of the days after it. judged: row -> what people
    made of its forecast."""

    frame: pd.DataFrame
    levels: tuple[float, ...]
    spans: Floats
    totals: Floats
    leads: Mapping[str, LeadTime]
    closed: Booleans
    judged: Mapping[int, JudgedDays] = field(default_factory=dict)

    def over(self, days: Floats, rows: NDArray[np.int64]) -> DemandDistribution:
        """Demand of the given rows over their own number of days, between the spans by interpolation."""
        grid = np.concatenate([[0.0], self.spans])
        at = np.clip(days, 0.0, grid[-1])
        right = np.clip(np.searchsorted(grid, at, side="left"), 1, len(grid) - 1)
        share = ((at - grid[right - 1]) / (grid[right] - grid[right - 1]))[:, None]
        high = self.totals[rows, right - 1]
        low = np.where((right > 1)[:, None], self.totals[rows, np.maximum(right - 2, 0)], 0.0)
        return distribution_through(np.array(self.levels), low + share * (high - low))

    def paths(self, rows: NDArray[np.int64]) -> Paths:
        """Demand of the given rows for `walk`: each path is the same slice of the distribution at every day."""
        return lambda days, part: self.over(days, rows[part]).strata(PATHS)

    def expected_totals(self, rows: NDArray[np.int64]) -> tuple[Totals, Totals]:
        """For `outlook`: (days, part) -> expected demand of that part of the given rows, and (units, part) -> the days
        in which so many sell. Between the spans by interpolation, beyond them at the last pace."""
        levels = np.array(self.levels)
        means = [distribution_through(levels, self.totals[rows, span]).mean() for span in range(len(self.spans))]
        total = np.column_stack([np.zeros(len(rows)), *means])
        total = np.maximum.accumulate(total, axis=1)
        grid = np.concatenate([[0.0], self.spans])
        pace = total[:, -1] / grid[-1]

        def expected(days: Floats, part: NDArray[np.int64]) -> Floats:
            at = np.clip(days, 0.0, grid[-1])
            right = np.clip(np.searchsorted(grid, at, side="left"), 1, len(grid) - 1)
            share = (at - grid[right - 1]) / (grid[right] - grid[right - 1])
            low, high = total[part, right - 1], total[part, right]
            return np.asarray(low + share * (high - low) + np.maximum(days - grid[-1], 0.0) * pace[part])

        def days_of(units: Floats, part: NDArray[np.int64]) -> Floats:
            curve = total[part]
            right = np.clip((curve < units[:, None] - 1e-9).sum(axis=1), 1, len(grid) - 1)
            line = np.arange(len(part))
            low, high = curve[line, right - 1], curve[line, right]
            rise = high - low
            share = np.divide(units - low, rise, out=np.zeros(len(part)), where=rise > 0)
            inside = grid[right - 1] + np.clip(share, 0.0, 1.0) * (grid[right] - grid[right - 1])
            more = units - curve[:, -1]
            after = grid[-1] + np.divide(more, pace[part], out=np.full(len(part), np.inf), where=pace[part] > 0)
            days = np.where(more > 1e-9, after, inside)
            return np.asarray(np.where(pace[part] > 0, days, np.inf), dtype=float)  # nothing sells: bare of nothing

        return expected, days_of


def protection_of(
    planning: PlanningData,
    ahead: Sequence[Forecast],
    settings: Replenishment,
    policy: StockPolicy,
    own_events: Own = None,
    stated_lead_days: Mapping[str, int] | None = None,
    measured: Mapping[str, LeadTime] | None = None,
) -> Protection:
    """Demand over each series' own protection period, from a forecast of each span.

    stated_lead_days: days of a supplier or a sku that are taken instead of what was measured; for what-ifs.
    measured: `measured_lead_times`, where they are at hand.
    The frame has the panel's keys, and: supplier, unit_cost_micros (of the chosen offer, NA: unknown),
    supplier_on_time_share, fallback_suppliers; lead_time_days, lead_time_spread_days, review_period_days,
    is_lead_time_assumed (no supplier said it);
    protection_days; order_wait_days (days from tomorrow until the supplier takes orders; A skus and hot sellers do not
    wait for its day); rest_days (of these, what the supplier's holidays add); longest_wait_days (an order of the next
    review is there on that day for certain); can_wait (the supplier is closed, and it would arrive just as early);
    mean_demand and the quantiles q0.1 ... over the protection period; daily_mean; basis, confidence; hot_seller.
    """
    observed = _observed(planning) if measured is None else pd.DataFrame()
    closures = closures_of(observed, planning.day, settings.supplier_holidays, own_events)
    closed = closures.ahead_of(planning.day)
    leads = _lead_times(planning, settings, closures.outside(observed)) if measured is None else dict(measured)
    frame = planning.panel.keys.reset_index(drop=True).copy()
    offers = offers_of(planning.products, planning.purchase_orders, planning.day, settings.offer_days)
    chosen = chosen_suppliers(offers, leads, policy).set_index("sku")
    own = frame["supplier"].astype("str").fillna("") if "supplier" in frame else pd.Series("", index=frame.index)
    frame["supplier"] = frame["sku"].map(chosen["supplier"]).astype("str").fillna(own)
    for column in ("unit_cost_micros", "supplier_on_time_share", "fallback_suppliers"):
        frame[column] = frame["sku"].map(chosen[column])
    _heed_stated_suppliers(frame, planning.stated, offers, leads)
    frame["lead"] = frame["supplier"]
    _heed_stated_leads(frame, planning.stated, leads)
    frame["lead"] = _stated(frame, leads, stated_lead_days or {})
    frame["hot_seller"] = hot_sellers(planning, settings, own_events)
    frame["review_period_days"] = review_days(frame, planning.suppliers, settings, policy)
    _add_order_days(frame, planning, settings, policy)
    _heed_stated_reviews(frame, planning.stated)
    # Forecasts of no series do not say their span; any will do, as long as they rise.
    spans = np.array(
        [float(one.spans[0]) if len(one.spans) else DAILY_SPAN + place for place, one in enumerate(ahead)], dtype=float
    )
    totals = np.stack([forecast.quantiles for forecast in ahead], axis=1)
    means = np.column_stack([forecast.mean for forecast in ahead])
    judged = planning.judged_days
    protection = Protection(frame, tuple(ahead[0].levels), spans, totals, leads, closed, judged)
    _add_demand(frame, protection, means, np.arange(len(frame)), settings.default_lead_time_days)
    frame["daily_mean"] = means[:, int(np.searchsorted(spans, DAILY_SPAN))] / DAILY_SPAN
    frame["basis"], frame["confidence"] = ahead[0].basis, ahead[0].confidence
    return replace(protection, frame=frame.drop(columns="lead"))


def with_lead_days(
    protection: Protection, ahead: Sequence[Forecast], lead_days: Mapping[str, int], default_days: int
) -> Protection:
    """The protection that `protection_of` gives if these days are stated, from the one without. lead_days: by sku."""
    leads = {**protection.leads, **{sku: promised_lead_time(days) for sku, days in lead_days.items()}}
    other = replace(protection, leads=leads)
    rows = np.flatnonzero(protection.frame["sku"].isin(set(lead_days)).to_numpy(dtype=bool))
    part = protection.frame.iloc[rows].reset_index(drop=True)
    part["lead"] = part["sku"]
    means = np.column_stack([forecast.mean[rows] for forecast in ahead])
    _add_demand(part, other, means, rows, default_days)
    frame = protection.frame.copy()
    for name in (*PERIOD, *(f"q{level:g}" for level in protection.levels)):
        values = frame[name].to_numpy(copy=True)
        values[rows] = part[name].to_numpy()
        frame[name] = values
    return replace(other, frame=frame)


def _add_demand(
    frame: pd.DataFrame, protection: Protection, means: Floats, rows: NDArray[np.int64], default_days: int
) -> None:
    """Adds the protection periods of some rows of `protection`, and demand over them. frame: lead (the key in leads)
    and review_period_days of these rows; means: (rows, spans)."""
    leads, closed, spans = protection.leads, protection.closed, protection.spans
    _add_periods(frame, leads, closed, default_days)
    weights = _weights(frame, leads, closed, spans, default_days)
    judged = {place: protection.judged[row] for place, row in enumerate(rows.tolist()) if row in protection.judged}
    own_totals, own_means = _own(protection.totals[rows], means, judged)
    quantiles = mix_over_lead_time(own_totals, np.array(protection.levels), spans, weights)
    frame["mean_demand"] = (own_means * weights).sum(axis=1)
    _judge(frame, quantiles, judged, leads, closed, spans, default_days)
    for position, level in enumerate(protection.levels):
        frame[f"q{level:g}"] = quantiles[:, position]


def measured_lead_times(planning: PlanningData, settings: Replenishment, own_events: Own = None) -> dict[str, LeadTime]:
    """Every supplier's lead time from its own receipts, holidays left out."""
    observed = _observed(planning)
    closures = closures_of(observed, planning.day, settings.supplier_holidays, own_events)
    return _lead_times(planning, settings, closures.outside(observed))


def _observed(planning: PlanningData) -> pd.DataFrame:
    came = matched_receipts(planning.purchase_orders, planning.receipts)
    return lead_time_observations(planning.purchase_orders, came, planning.day)


def _lead_times(planning: PlanningData, settings: Replenishment, observed: pd.DataFrame) -> dict[str, LeadTime]:
    suppliers = planning.suppliers.drop_duplicates("supplier", keep="last")
    return lead_times(observed, suppliers, planning.day, settings.default_lead_time_days, settings.under_way)


def promised_lead_time(days: int) -> LeadTime:
    """So many days, exactly kept."""
    return LeadTime("", np.eye(days + 1)[days], float(days), 0.0, None, 0, "promised")


def assumed_lead_time(days: int) -> LeadTime:
    """The lead time of a supplier nobody described: the merchant's default, exactly kept."""
    return replace(promised_lead_time(days), source="assumed")


def review_days(
    frame: pd.DataFrame, suppliers: pd.DataFrame, settings: Replenishment, policy: StockPolicy
) -> NDArray[np.int64]:
    """Days between looks: the merchant's, or the supplier's where that is shorter; hot sellers have a fast lane."""
    stated = suppliers.drop_duplicates("supplier", keep="last").set_index("supplier")["review_period_days"]
    days = frame["supplier"].map(stated).astype("Float64").fillna(settings.review_period_days)
    shortest = np.minimum(days.to_numpy(float), settings.review_period_days)
    fast = np.minimum(shortest, policy.fast_lane_days)
    return np.maximum(np.where(frame["hot_seller"], fast, shortest), 1).astype(np.int64)


def _add_order_days(frame: pd.DataFrame, planning: PlanningData, settings: Replenishment, policy: StockPolicy) -> None:
    """Adds order_wait_days; whoever waits for the supplier's day is looked at again on the one after it."""
    wait, until_next = order_waits(frame["supplier"], planning.day, settings.supplier_order_days)
    by_sku = planning.sold.groupby("sku")["revenue_13_weeks_micros"].sum()
    is_a = frame["sku"].map(value_class(by_sku, policy)).eq("A").fillna(False).to_numpy(dtype=bool)
    by_day = (until_next > 0) & ~is_a & ~frame["hot_seller"].to_numpy(dtype=bool)
    frame["order_wait_days"] = np.where(by_day, wait, 0)
    frame["review_period_days"] = np.where(by_day, until_next, frame["review_period_days"])


def hot_sellers(planning: PlanningData, settings: Replenishment, own_events: Own = None) -> NDArray[np.bool_]:
    """Series that sell much, and in their last week much more a day than in the four weeks before.

    Like is held against like: the days of a sale and those around it, on which everything sells more, are left out of
    both, and as many ordinary days before them taken; what its whole category grew by is the season, not a hit.
    """
    days = planning.panel.days
    sales = event_days(days[0].date(), days[-1].date(), own_events, LEFT_OUT_AROUND)
    ordinary = np.flatnonzero(~days.strftime("%Y-%m-%d").isin(list(sales)))
    units = planning.panel.units
    recent = units[:, ordinary[-GROWTH_DAYS:]]
    before = units[:, ordinary[-GROWTH_DAYS - BEFORE_DAYS : -GROWTH_DAYS]]

    def rate(part: np.ndarray) -> Floats:
        seen = np.isfinite(part).sum(axis=1)
        return np.asarray(np.nansum(part, axis=1) / np.maximum(seen, 1), dtype=float)

    now, then = rate(recent), rate(before)
    growth = settings.hot_seller_growth * _season(planning.panel.keys, now, then)
    grown = (np.isfinite(before).sum(axis=1) >= GROWTH_DAYS) & (now >= growth * then)
    return np.asarray((now >= settings.hot_seller_units_per_day) & grown)


def _season(keys: pd.DataFrame, now: Floats, then: Floats) -> Floats:
    """What the others of each series' category grew by together, at least 1."""
    if "category" not in keys:
        return np.ones(len(now))
    rates = pd.DataFrame({"now": now, "then": then})
    others = rates.groupby(keys["category"].to_numpy(), dropna=False).transform("sum") - rates
    grown = np.divide(others["now"], others["then"], out=np.ones(len(now)), where=(others["then"] > 0).to_numpy())
    return np.maximum(np.asarray(grown, dtype=float), 1.0)


def _stated(frame: pd.DataFrame, leads: dict[str, LeadTime], stated: Mapping[str, int]) -> pd.Series:
    """The key in `leads` for each row: as it is, or its sku if its days are stated; stated ones are added."""
    skus = set(frame["sku"])
    require_known("supplier or sku", stated, skus | set(frame["supplier"].dropna()))
    for name, days in stated.items():
        leads[name] = promised_lead_time(days)
    return frame["sku"].where(frame["sku"].isin(set(stated) & skus), frame["lead"])


def _heed_stated_suppliers(
    frame: pd.DataFrame, stated: pd.DataFrame, offers: pd.DataFrame, leads: Mapping[str, LeadTime]
) -> None:
    """The supplier that a person named for a line, at its own price if one is known; the chosen one is to fall back
    on."""
    named = stated[stated["supplier"].notna()]
    prices = offers.set_index(["sku", "supplier"])["unit_cost_micros"] if len(named) and len(offers) else pd.Series()
    for place, supplier in _rows_of(frame, named, "supplier"):
        before = str(frame.loc[place, "supplier"])
        others = [before, *str(frame.loc[place, "fallback_suppliers"] or "").replace("nan", "").split()]
        price = prices.get((frame.loc[place, "sku"], supplier))
        lead = leads.get(supplier)
        frame.loc[place, "supplier"] = supplier
        frame.loc[place, "fallback_suppliers"] = " ".join(one for one in others if one and one != supplier)
        frame.loc[place, "supplier_on_time_share"] = None if lead is None else lead.on_time_share
        if price is not None and not pd.isna(price):
            frame.loc[place, "unit_cost_micros"] = int(price)


def _heed_stated_leads(frame: pd.DataFrame, stated: pd.DataFrame, leads: dict[str, LeadTime]) -> None:
    """Days from order to shelf that a person set for a line; they are added to `leads` by warehouse and sku."""
    for place, days in _rows_of(frame, stated, "lead_time_days"):
        name = f"{frame.loc[place, 'warehouse']}/{frame.loc[place, 'sku']}"
        leads[name] = promised_lead_time(round(float(days)))
        frame.loc[place, "lead"] = name


def _heed_stated_reviews(frame: pd.DataFrame, stated: pd.DataFrame) -> None:
    for place, days in _rows_of(frame, stated, "review_days"):
        frame.loc[place, "review_period_days"] = int(days)


def _rows_of(frame: pd.DataFrame, stated: pd.DataFrame, name: str) -> list[tuple[int, Any]]:
    """(row of the frame, value) of the lines of which a person set this."""
    told = stated[stated[name].notna()]
    if told.empty:
        return []
    at = pd.MultiIndex.from_frame(frame[["sku", "warehouse"]]).get_indexer(
        pd.MultiIndex.from_frame(told[["sku", "warehouse"]])
    )
    return [(int(row), value) for row, value in zip(at, told[name], strict=True) if row >= 0]


def _add_periods(frame: pd.DataFrame, leads: Mapping[str, LeadTime], closed: np.ndarray, default_days: int) -> None:
    """Adds lead_time_days and its spread as an order placed tomorrow meets them, protection_days (means),
    longest_wait_days and rest_days."""
    kinds = frame[["lead", "review_period_days"]].drop_duplicates().itertuples(index=False)
    now: dict[str, tuple[float, float, bool]] = {}
    period: dict[tuple[str, int], float] = {}
    longest: dict[tuple[str, int], float] = {}
    rest: dict[tuple[str, int], float] = {}
    always_open = np.zeros_like(closed)
    for supplier, review in kinds:
        lead = leads.get(str(supplier)) or assumed_lead_time(default_days)
        chance = stretched(lead, 1, closed)
        days = np.arange(len(chance))
        mean = float(days @ chance)
        spread = np.sqrt(max(float(chance @ (days - mean) ** 2), 0.0))  # rounding may leave less than nothing
        now[supplier] = mean, float(spread), lead.source.startswith("assumed")
        later = stretched(lead, 1 + int(review), closed)
        period[supplier, review] = float(np.arange(len(later)) @ later)
        longest[supplier, review] = float(np.searchsorted(np.cumsum(later), SURELY)) + 1.0
        undisturbed = stretched(lead, 1 + int(review), always_open)
        rest[supplier, review] = period[supplier, review] - float(np.arange(len(undisturbed)) @ undisturbed)
    frame["lead_time_days"] = [now[supplier][0] for supplier in frame["lead"]]
    frame["lead_time_spread_days"] = [now[supplier][1] for supplier in frame["lead"]]
    frame["is_lead_time_assumed"] = [now[supplier][2] for supplier in frame["lead"]]
    pairs = list(zip(frame["lead"], frame["review_period_days"], strict=True))
    frame["protection_days"] = [period[pair] for pair in pairs]
    frame["longest_wait_days"] = [longest[pair] for pair in pairs]
    frame["rest_days"] = [rest[pair] for pair in pairs]
    frame["can_wait"] = frame["protection_days"] - frame["lead_time_days"] < NO_LATER_DAYS


def _own(totals: Floats, means: Floats, judged: Mapping[int, JudgedDays]) -> tuple[Floats, Floats]:
    """(totals, means) as the model has them, without what people changed."""
    if not judged:
        return totals, means
    totals, means = totals.copy(), means.copy()
    for row, days in judged.items():
        totals[row], means[row] = days.own_quantiles, days.own_mean
    return totals, means


def _judge(
    frame: pd.DataFrame,
    quantiles: Floats,
    judged: Mapping[int, JudgedDays],
    leads: Mapping[str, LeadTime],
    closed: np.ndarray,
    spans: Floats,
    default_days: int,
) -> None:
    """Give the rows that people changed their mean demand and quantiles, in place: to the day, since what is added on a
    few days cannot be interpolated between spans, nor may it look like uncertainty."""
    if not judged:
        return
    means = frame["mean_demand"].to_numpy(dtype=float, copy=True)
    kinds = list(zip(frame["lead"], frame["review_period_days"], strict=True))
    chances: dict[tuple[str, int], tuple[Floats, NDArray[np.int64]]] = {}
    for row, days in judged.items():
        supplier, review = kinds[row]
        if (supplier, review) not in chances:
            lead = leads.get(str(supplier)) or assumed_lead_time(default_days)
            chance = stretched(lead, 1 + int(review), closed)
            at = np.clip(np.arange(len(chance)), spans[0], spans[-1]).astype(np.int64)
            chances[supplier, review] = chance, at
        chance, at = chances[supplier, review]
        mean, added = float(chance @ days.until[at]), float(chance @ days.added[at])
        ratio = (mean - added) / means[row] if means[row] > 0 else 1.0
        means[row] = mean
        quantiles[row] = np.maximum(quantiles[row] * ratio + added, 0.0)
    frame["mean_demand"] = means


def _weights(
    frame: pd.DataFrame, leads: Mapping[str, LeadTime], closed: np.ndarray, spans: Floats, default_days: int
) -> Floats:
    """(n, spans): the chance of each span as protection period, split between its neighbours."""
    found: dict[tuple[str, int], Floats] = {}
    rows = []
    for supplier, review in zip(frame["lead"], frame["review_period_days"], strict=True):
        if (supplier, review) not in found:
            lead = leads.get(str(supplier)) or assumed_lead_time(default_days)
            found[supplier, review] = spans_weighted(stretched(lead, 1 + int(review), closed), spans)
        rows.append(found[supplier, review])
    return np.vstack(rows) if rows else np.zeros((0, len(spans)))
