"""What planned promotions do to the days they run on: a lift by (sku, warehouse) and day, known as of an origin.

A promotion's lift is learned from past ones: of the promoted days, units over what ordinary days around them would have
sold, against the price cut. Poisson regression with an overdispersion factor (McCullagh and Nelder 1989, ch. 6),
pooled over everything and then, as gamma-Poisson shrinkage, by sku. Where there is nothing to learn from, what a
person expects counts as it is written.

The model is trained on, and forecasts, what would sell without the promotions that were known as of the origin; their
lift is multiplied onto it. So a past origin sees what was planned then, and nothing that was planned later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.demand.forecast import Forecast
from include.demand.paid_cuts import paid_cuts, regular_prices, sku_prices
from include.demand.panel import Panel
from include.demand.sales_events import EventDays, event_days

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEARNED, STATED, UNKNOWN = "learned", "stated", "unknown"
AROUND = 35  # days on both sides of a promoted day from which its ordinary sales are taken
MIN_UNITS = 100.0  # that the promoted days would have sold anyway, below which nothing is learned
MIN_PROMOTED = 5  # (sku, promotion) of the past, below which nothing is learned
OWN_UNITS = 50.0  # ordinary units of a sku's own promoted days at which its own effect counts half
TRAFFIC_SPREAD, ELASTICITY, ELASTICITY_SPREAD = 0.3, 1.5, 1.0  # weak priors of log lift at no cut, and per log price
LARGEST, LEAST = 10.0, 0.5  # lifts that are believed
MIN_BESIDE = 0.3  # of usual sales, by skus without a promotion: below it, nothing tells what the day itself did
NEAR_LIST = 0.85  # of the list price, from which what is usually paid is the list price less coupons
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Effect:
    """What past promotions did. traffic: log lift of a promoted day whose price stays; elasticity: log lift per log of
    price cut; unpriced: log lift of promotions without a price; None: not learned. own: by sku, factor of the lift.
    units, promoted: ordinary units of the days, and the (sku, promotion) pairs, that it was learned from."""

    traffic: float | None = None
    elasticity: float | None = None
    unpriced: float | None = None
    own: dict[str, float] | None = None
    units: float = 0.0
    promoted: int = 0


@dataclass(frozen=True)
class Promoted:
    """Every promoted (series, day), one entry a version of the plan: row, day (columns of the panel and after), shop
    (number), lift (of the part of the sales that the shop has), share (that part), known_from and known_until (columns:
    known at the close of the first, no more at the close of the second), plan (row of the panel's promotions), basis.

    Ordered by row, day, shop and lift, so that of several in one shop the last is the strongest."""

    count: int
    row: Integers
    day: Integers
    shop: Integers
    lift: Floats
    share: Floats
    known_from: Integers
    known_until: Integers
    plan: Integers
    basis: NDArray[np.str_]
    effect: Effect

    def at(self, origin: int, days: int) -> tuple[Integers, Integers, Floats]:
        """(row, day, lift) of the promoted days [origin, origin + days), as known at the close before the origin."""
        chosen = (self.known_from < origin) & (self.known_until >= origin)
        chosen &= (self.day >= origin) & (self.day < origin + days)
        return self._lifts(np.flatnonzero(chosen))

    def past(self, length: int) -> tuple[Integers, Integers, Floats]:
        """(row, day, lift) of the promoted days [0, length), each as it stood at its own close."""
        chosen = (self.known_from <= self.day) & (self.known_until > self.day) & (self.day >= 0) & (self.day < length)
        return self._lifts(np.flatnonzero(chosen))

    def mean_lift(self, origin: int, days: int) -> Floats:
        """Mean lift of the days [origin, origin + days), [n]; 1 where nothing is planned."""
        row, _, lift = self.at(origin, days)
        total = np.bincount(row, weights=lift - 1, minlength=self.count)
        return np.asarray(1 + total / max(days, 1), dtype=float)

    def day_lifts(self, origin: int, days: int) -> Floats:
        """Lift of each of the days, [n, days]."""
        row, day, lift = self.at(origin, days)
        out = np.ones((self.count, days))
        out[row, day - origin] = lift
        return out

    def _lifts(self, entries: Integers) -> tuple[Integers, Integers, Floats]:
        """One lift a (row, day): of each shop the strongest, by their parts of the sales; a row for all shops has what
        the others leave."""
        row, day, shop = self.row[entries], self.day[entries], self.shop[entries]
        if not len(entries):
            return row, day, np.empty(0)
        last = np.ones(len(entries), dtype=bool)
        last[:-1] = (row[1:] != row[:-1]) | (day[1:] != day[:-1]) | (shop[1:] != shop[:-1])
        row, day, shop, entries = row[last], day[last], shop[last], entries[last]
        begins = np.ones(len(row), dtype=bool)
        begins[1:] = (row[1:] != row[:-1]) | (day[1:] != day[:-1])
        place = np.cumsum(begins) - 1
        named = np.bincount(place, weights=np.where(shop > 0, self.share[entries], 0.0))
        share = np.where(shop > 0, self.share[entries], np.maximum(1 - named[place], 0.0))
        lift = 1.0 + np.bincount(place, weights=share * (self.lift[entries] - 1)).astype(np.float64)
        return row[begins], day[begins], lift


def promoted_days(panel: Panel, horizon: int, calendar: EventDays | None = None) -> Promoted | None:
    """The panel's promoted days and `horizon` more, with their lifts; None where no promotion is planned or was.

    calendar: what the festivals do, if it is at hand. A lift that a person wrote holds over ordinary days, so what a
    festival's day is known to bring is taken out of it.
    """
    if panel.promotions is None or panel.promotions.empty:
        return None
    plans = panel.promotions.reset_index(drop=True)
    first, last, known_from, known_until = (
        _columns(panel, plans[name]) for name in ("first_day", "last_day", "known_from", "known_until")
    )
    prices = sku_prices(panel)
    ratio = _ratios(panel, plans, first, prices)
    row, plan, day = _expanded(panel, plans, first, last, panel.day_count + horizon)
    bare = Promoted(
        panel.series_count, row, day, pd.factorize(plans["shop"].fillna(""), sort=True)[0][plan].astype(np.int64),
        np.ones(len(row)), plans["share"].to_numpy(dtype=float)[plan], known_from[plan], known_until[plan], plan,
        np.full(len(row), UNKNOWN), Effect(),
    )  # fmt: skip
    if (plans["shop"].fillna("") != "").all():
        bare = replace(bare, shop=bare.shop + 1)  # number 0 is every shop
    effect = _learned(panel, bare, ratio, plans, prices)
    said = plans["lift"].to_numpy(dtype=float)
    learned = _learned_lifts(effect, ratio, plans)
    basis = np.where(np.isfinite(learned), LEARNED, np.where(np.isfinite(said), STATED, UNKNOWN))
    lift = np.where(np.isfinite(learned), learned, np.where(np.isfinite(said), said, 1.0))[plan]
    stated = basis[plan] == STATED
    if stated.any():
        calendar = calendar or event_days(panel, horizon, _groups(panel))
        inside = stated & (day >= 0) & (day < calendar.lift.shape[1])
        lift[inside] /= np.maximum(calendar.lift[calendar.group[row[inside]], day[inside]], 0.1)
    order = np.lexsort((plan, lift, bare.shop, day, row))
    told = {
        name: getattr(bare, name)[order]
        for name in ("row", "day", "shop", "share", "known_from", "known_until", "plan")
    }
    return Promoted(panel.series_count, lift=lift[order], basis=basis[plan][order], effect=effect, **told)


def without_promotions(panel: Panel) -> Panel:
    """The panel with what its promoted days would have sold without their promotions, and no promotions."""
    promoted = promoted_days(panel, 0)
    if promoted is None:
        return panel
    row, day, lift = promoted.past(panel.day_count)
    units = panel.units.copy()
    units[row, day] /= lift.astype(np.float32)
    return replace(panel, units=units, promotions=None)


def with_promotions(ahead: Sequence[Forecast], panel: Panel) -> list[Forecast]:
    """Forecasts from the panel's end of what would sell without promotions, with the lift of what is planned."""
    longest = max((int(one.spans.max()) for one in ahead if len(one.spans)), default=1)
    promoted = promoted_days(panel, longest)
    return list(ahead) if promoted is None else [lifted(one, promoted, panel.day_count) for one in ahead]


def lifted(forecast: Forecast, promoted: Promoted, origin: int) -> Forecast:
    """The forecast with each series' mean lift over its own span; the spread grows with the mean."""
    lift = np.ones(len(forecast.mean))
    for span in np.unique(forecast.spans):
        rows = forecast.spans == span
        lift[rows] = promoted.mean_lift(origin, int(span))[rows]
    return replace(forecast, mean=forecast.mean * lift, quantiles=forecast.quantiles * lift[:, None])


# -- what past promotions did ----------------------------------------------------------------------------------------


def _learned(panel: Panel, promoted: Promoted, ratio: Floats, plans: pd.DataFrame, prices: Floats) -> Effect:
    """The effect of the promoted days that are over; before the first of them, of cuts in the prices paid."""
    chosen = (promoted.known_from <= promoted.day) & (promoted.known_until > promoted.day)
    chosen &= (promoted.day >= 0) & (promoted.day < panel.day_count)
    entries = np.flatnonzero(chosen)
    row, day, plan = promoted.row[entries], promoted.day[entries], promoted.plan[entries]
    begin = int(day.min()) if len(day) else panel.day_count
    code, skus = pd.factorize(panel.keys["sku"])
    cut_row, cut_day, cut_ratio = paid_cuts(panel, prices, code, begin)
    is_promoted = np.zeros(panel.units.shape, dtype=bool)
    is_promoted[row, day] = True
    is_promoted[cut_row, cut_day] = True
    usual = usual_sales(panel, is_promoted)
    share = np.concatenate([promoted.share[entries], np.ones(len(cut_row))])
    at = np.concatenate([row, cut_row]), np.concatenate([day, cut_day])
    cuts = np.concatenate([ratio[plan], cut_ratio])
    units, expected = panel.units[at].astype(float), usual[at]
    sold = np.maximum(units - expected * (1 - share), 0.0)
    expected = expected * share
    good = np.isfinite(units) & np.isfinite(expected) & (expected > 0)
    of_plan = plans.groupby(["sku", "promotion", "first_day"], sort=False).ngroup().to_numpy()
    pair = np.concatenate([of_plan[plan], -1 - code[cut_row]])
    sku = np.asarray(skus)[code[at[0]]]
    priced, unpriced = good & np.isfinite(cuts), good & ~np.isfinite(cuts)
    effect = Effect(units=float(expected[good].sum()), promoted=len(np.unique(pair[good])))
    if _is_enough(expected[priced], pair[priced]):
        depth = -np.log(cuts[priced])
        traffic, elasticity = _fitted(sold[priced], expected[priced], depth)
        told = expected[priced] * np.exp(traffic + elasticity * depth)
        own = pd.DataFrame({"sku": sku[priced], "sold": sold[priced], "told": told}).groupby("sku").sum()
        factor = ((own["sold"] + OWN_UNITS) / (own["told"] + OWN_UNITS)).clip(LEAST, 1 / LEAST)
        effect = replace(effect, traffic=traffic, elasticity=elasticity, own=factor.to_dict())
    if _is_enough(expected[unpriced], pair[unpriced]):
        ratio_of_sums = (sold[unpriced].sum() + MIN_UNITS) / (expected[unpriced].sum() + MIN_UNITS)
        effect = replace(effect, unpriced=float(np.log(ratio_of_sums)))
    return effect


def _is_enough(expected: Floats, pair: Integers) -> bool:
    return bool(expected.sum() >= MIN_UNITS and len(np.unique(pair)) >= MIN_PROMOTED)


def _fitted(sold: Floats, expected: Floats, depth: Floats) -> tuple[float, float]:
    """(traffic, elasticity) of sold ~ expected exp(traffic + elasticity depth), by Newton's method; neither below 0."""
    x = np.column_stack([np.ones(len(depth)), depth])
    prior = np.array([0.0, ELASTICITY])
    weight = np.diag([1 / TRAFFIC_SPREAD**2, 1 / ELASTICITY_SPREAD**2])
    at, dispersion = prior.copy(), 1.0
    for _ in range(30):
        told = expected * np.exp(np.clip(x @ at, -3, 3))
        dispersion = max(float(np.mean((sold - told) ** 2 / np.maximum(told, 1e-6))), 1.0)
        slope = x.T @ (sold - told) / dispersion - weight @ (at - prior)
        curve = (x * told[:, None]).T @ x / dispersion + weight
        step = np.linalg.solve(curve, slope)
        at = at + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-6:
            break
    return max(float(at[0]), 0.0), max(float(at[1]), 0.0)


def _learned_lifts(effect: Effect, ratio: Floats, plans: pd.DataFrame) -> Floats:
    """Of each plan, NaN where nothing is learned that speaks of it."""
    lift = np.full(len(plans), np.nan)
    if effect.traffic is not None and effect.elasticity is not None:
        own = plans["sku"].map(effect.own or {}).fillna(1.0).to_numpy(dtype=float)
        lift = np.exp(effect.traffic - effect.elasticity * np.log(ratio)) * own
    if effect.unpriced is not None:
        lift = np.where(np.isfinite(ratio), lift, np.exp(effect.unpriced))
    return np.asarray(np.clip(lift, LEAST, LARGEST), dtype=float)


def usual_sales(panel: Panel, is_promoted: NDArray[np.bool_]) -> Floats:
    """What each day would sell without a promotion, [n, T]: the mean of the unpromoted days around it, times what the
    day itself did to everything else."""
    known = np.isfinite(panel.units)
    units = np.where(known, panel.units, 0.0).astype(float)
    plain = known & ~is_promoted
    level = units.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    usual, beside = level @ known, level @ plain
    everything = units.sum(axis=0) / np.maximum(usual, 1e-9)
    others = (units * plain).sum(axis=0) / np.maximum(beside, 1e-9)
    factor = np.where(beside >= MIN_BESIDE * usual, others, everything)
    factor = np.where(factor > 0, factor, 1.0)
    sums = np.cumsum(np.pad(np.where(plain, units / factor, 0.0), ((0, 0), (1, 0))), axis=1)
    counts = np.cumsum(np.pad(plain, ((0, 0), (1, 0))), axis=1)
    day = np.arange(panel.day_count)
    low, high = np.maximum(day - AROUND, 0), np.minimum(day + AROUND + 1, panel.day_count)
    count = counts[:, high] - counts[:, low]
    mean = (sums[:, high] - sums[:, low]) / np.maximum(count, 1)
    return np.asarray(np.where(count >= 7, mean, np.nan) * factor, dtype=float)


# -- plans as numbers ------------------------------------------------------------------------------------------------


def _columns(panel: Panel, days: pd.Series) -> Integers:
    """The panel's column of each day; NEVER where there is none."""
    number = (pd.to_datetime(days) - panel.days[0]) / pd.Timedelta(days=1)
    return number.fillna(NEVER).clip(-NEVER, NEVER).to_numpy(dtype=np.int64)


def _groups(panel: Panel) -> Integers:
    """Each series' category by number, as lifts of festivals are measured."""
    if "category" not in panel.keys:
        return np.zeros(panel.series_count, np.int64)
    return np.maximum(pd.factorize(panel.keys["category"])[0], 0).astype(np.int64)


def _expanded(
    panel: Panel, plans: pd.DataFrame, first: Integers, last: Integers, end: int
) -> tuple[Integers, Integers, Integers]:
    """(row, plan, day) of every day [0, end) of every plan in every series of its sku."""
    rows = pd.DataFrame({"sku": panel.keys["sku"].astype("str"), "row": np.arange(panel.series_count)})
    both = pd.DataFrame({"sku": plans["sku"].astype("str"), "plan": np.arange(len(plans))}).merge(rows, on="sku")
    row, plan = both["row"].to_numpy(np.int64), both["plan"].to_numpy(np.int64)
    begin = np.maximum(first[plan], 0)
    length = np.maximum(np.minimum(last[plan] + 1, end) - begin, 0)
    offset = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    return np.repeat(row, length), np.repeat(plan, length), np.repeat(begin, length) + offset


def _ratios(panel: Panel, plans: pd.DataFrame, first: Integers, prices: Floats) -> Floats:
    """Planned over regular price of each plan, at most 1; NaN where no price is planned or none is known.

    Regular is the list price where nearly that is paid: coupons come off promoted prices as well. A list price that
    nobody pays is none, and the median of what was paid before the promotion is regular.
    """
    code, skus = pd.factorize(panel.keys["sku"])
    at = pd.Index(skus).get_indexer(plans["sku"])
    regular = regular_prices(prices, at, np.clip(first, 0, panel.day_count))
    listed = _list_prices(panel, code, len(skus))
    of_plan = np.where(at >= 0, listed[at], np.nan) if len(listed) else np.full(len(plans), np.nan)
    is_listed = ~(regular < NEAR_LIST * of_plan) & np.isfinite(of_plan)
    regular = np.where(is_listed, of_plan, regular)
    off = plans["discount"].to_numpy(dtype=float)
    base = np.where(np.isfinite(of_plan), of_plan, regular)
    planned = plans["price"].to_numpy(dtype=float)
    planned = np.where(np.isfinite(planned), planned, base * (1 - off))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.isfinite(planned), planned / regular, 1 - off)
    return np.clip(ratio, 0.1, 1.0)


def _list_prices(panel: Panel, code: Integers, count: int) -> Floats:
    """Yuan, by sku; NaN where none is known."""
    listed = np.full(count, np.nan)
    if "list_price_micros" in panel.keys:
        said = pd.to_numeric(panel.keys["list_price_micros"]).astype("float64").to_numpy() / 1e6
        listed[code] = said
    return listed
