"""What the orders that forecasts lead to would have cost: a short replay from each day that a backtest looks back on.

Every forecast orders for the same shelves, from the same beginning, of the merchant's own suppliers, by the code of the
daily plan; the units that customers then wanted are the panel's. A look a week is enough to tell forecasts apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.business_days import day_after
from include.calendar.events import Own
from include.demand.forecaster.model import DemandModel
from include.demand.naive import recent_totals
from include.demand.panel import Panel
from include.exports.frames.no_rows import no_rows
from include.replenishment.day_plan import plan_inputs
from include.replenishment.planning_data import SPANS, forecast_spans
from include.replenishment.planning_frames import DEPOSITS, MOVING, PlanningData
from include.replenishment.policy import YUAN_MICROS, StockPolicy, policy_of, unit_margin
from include.replenishment.quantity.plan_lines import plan_lines
from include.replenishment.quantity.protection_period import (
    Protection,
    measured_lead_times,
    promised_lead_time,
    protection_of,
)
from include.replenishment.suppliers.lead_time import LeadTime
from include.replenishment.suppliers.suppliers import chosen_suppliers, offers_of
from include.settings.stock.replenishment import Replenishment
from include.simulation.simulator import Supply, View, simulate

Floats = NDArray[np.float64]

LOOK_DAYS = 7
LONGEST_DAYS = 42  # lived through after an origin, where there are so many
MAX_SERIES = 1500  # drawn by seed from what sells; more would not change the verdict
LONGEST_IDLE_DAYS = 365
YEAR_DAYS = 365.0
POOL = 100  # a lead time's distribution as so many equally likely draws

Speakers = Mapping[str, DemandModel | None]
"""Who orders: name -> the model it goes by; None: the 13-week rule."""


@dataclass(frozen=True)
class Trial:
    """One forecast's orders from one origin. costs: yuan a line (lost margin and holding), the same lines for everyone
    at an origin. Units: wanted, lost, ordered; held (unit-days)."""

    name: str
    origin: int
    day: str
    costs: Floats
    wanted: float
    lost: float
    held: float
    ordered: float


def order_trials(planning: PlanningData, settings: Replenishment, speakers: Mapping[int, Speakers]) -> list[Trial]:
    """One trial a speaker and origin (days of the panel's history that it knew).

    planning: as of the newest day; its panel is cut at each look, its suppliers' lead times are what they have been.
    Lines whose orders could not arrive and be sold within the days that followed take no part; neither do budgets,
    transfers and suppliers' holidays: they are alike for all.
    """
    told: list[Trial] = []
    for origin, names in sorted(speakers.items()):
        field = TrialField.of(planning, settings, origin)
        if len(field.rows):
            told += [field.trial(name, model) for name, model in names.items()]
    return told


def costs_of(trials: Sequence[Trial]) -> dict[str, dict[int, Floats]]:
    """By name and origin, as the gate reads them."""
    costs: dict[str, dict[int, Floats]] = {}
    for trial in trials:
        costs.setdefault(trial.name, {})[trial.origin] = trial.costs
    return costs


def trial_rows(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """For a card: a row a name, over the origins that the challenger had too."""
    rows = []
    for name in dict.fromkeys(trial.name for trial in trials):
        mine = [trial for trial in trials if trial.name == name]
        wanted, lost = sum(t.wanted for t in mine), sum(t.lost for t in mine)
        rows.append(
            {
                "name": name,
                "from": [trial.day for trial in mine],
                "cost": round(sum(float(t.costs.sum()) for t in mine), 2),
                "fill_rate": round(1 - lost / max(wanted, 1e-9), 4),
                "wanted": round(wanted),
                "ordered": round(sum(t.ordered for t in mine)),
                "held_unit_days": round(sum(t.held for t in mine)),
            }
        )
    return rows


@dataclass(frozen=True)
class TrialField:
    """What every speaker meets at one origin. rows: of the panel; the arrays are one element a row of these."""

    planning: PlanningData
    settings: Replenishment
    policy: StockPolicy
    origin: int
    rows: NDArray[np.int64]
    wanted: Floats  # (m, days), NaN: unknown, or after the last order's turn
    looks: NDArray[np.bool_]  # (days, m): an order of this day has its turn
    leads: Mapping[str, LeadTime]
    pool: NDArray[np.int64]  # (m, POOL) lead days
    start: Floats
    rate: Floats  # units a day, for how long what is left will lie there

    @staticmethod
    def of(planning: PlanningData, settings: Replenishment, origin: int) -> TrialField:
        planning, settings = looking_every(LOOK_DAYS, planning, settings)
        # What a line costs is alike for all forecasts, and orders for weeks would be judged by what comes after.
        policy = replace(policy_of(settings), budget_micros=None, order_line_micros=0, max_lines=None)
        panel = planning.panel
        past = panel.until(origin)
        days = min(panel.day_count - origin, LONGEST_DAYS)
        leads = measured_lead_times(planning, settings)
        lead = lead_by_row(planning, settings, policy, last_known_day(panel, origin), leads)
        mean = np.array([each.mean_days for each in lead])
        until = np.ceil(mean[None, :]) + LOOK_DAYS + np.arange(days)[:, None]
        looks = (until <= days) & (np.arange(days) % LOOK_DAYS == 0)[:, None]
        sold = np.nan_to_num(past.units[:, -91:]).sum(axis=1)
        rows = np.flatnonzero(looks.any(axis=0) & (sold > 0) & ~panel.ended)
        if len(rows) > MAX_SERIES:
            rows = np.sort(np.random.default_rng(origin).choice(rows, MAX_SERIES, replace=False))
        wanted = panel.units[rows, origin : origin + days].astype(float)
        turn = np.where(looks[:, rows], until[:, rows], 0).max(axis=0)
        wanted[np.arange(days)[None, :] >= turn[:, None]] = np.nan
        usual = usual_rate(past, rows)
        with np.errstate(invalid="ignore"):
            later = np.nan_to_num(np.nansum(wanted, axis=1) / np.isfinite(wanted).sum(axis=1))
        start = opening_stock(usual, mean[rows], LOOK_DAYS)
        pool = lead_pools([lead[row] for row in rows])
        rate = np.maximum(np.maximum(usual, later), 1 / LONGEST_IDLE_DAYS)
        return TrialField(planning, settings, policy, origin, rows, wanted, looks[:, rows], leads, pool, start, rate)

    def trial(
        self,
        name: str,
        model: DemandModel | None,
        policy: StockPolicy | None = None,
        told: dict[int, Protection] | None = None,
        holding_weight: float = 1.0,
    ) -> Trial:
        """One speaker's orders, and what came of them.

        policy: another than the field's, with other levels. told: what the model says at each look, kept for its next
            trial. holding_weight: times that holding counts.
        """
        policy = policy or self.policy
        told = {} if told is None else told
        panel, rows = self.planning.panel, self.rows
        keys = panel.keys.iloc[rows][["sku", "warehouse"]].reset_index(drop=True)
        spans = _spans_for(int(self.pool.max()) + LOOK_DAYS)

        def orders(view: View) -> Floats:
            past = panel.until(self.origin + view.period)
            there = replace(self.planning, day=last_known_day(panel, self.origin + view.period), panel=past)
            if view.period not in told:
                ahead = forecast_spans(model, past, self.settings.supplier_holidays, spans)
                told[view.period] = protection_of(there, ahead, self.settings, policy, measured=self.leads)
            lines = plan_at_look(there, told[view.period], rows, view, self.settings, policy)
            quantity = lines["quantity"].to_numpy(dtype=float)
            return np.where(self.looks[view.period], quantity, 0.0)[None, :]

        def weekly(view: View) -> Floats:
            return orders(view) if self.looks[view.period].any() else np.zeros_like(view.on_hand)

        margin, value = unit_money(self.planning, keys["sku"], self.policy)
        holding = value * self.policy.holding_rate / YEAR_DAYS * holding_weight
        lived = simulate(
            self.wanted, weekly, Supply(self.pool), self.start, holding, margin,
            review_every=LOOK_DAYS, seed=self.origin,
        )  # fmt: skip
        left = np.maximum(self.start + lived.ordered[0] - lived.sold[0], 0.0)
        # What is left, or still to come, lies there until it will have sold: half of it on average.
        idle = left * holding * np.minimum(left / self.rate, LONGEST_IDLE_DAYS) / 2
        lost = lived.demand[0] - lived.sold[0]
        costs = lived.holding_cost[0] + lived.shortage_cost[0] + idle
        units = (float(part.sum()) for part in (lived.demand, lost, lived.held, lived.ordered))
        return Trial(name, self.origin, last_known_day(panel, self.origin), costs, *units)


def looking_every(days: int, planning: PlanningData, settings: Replenishment) -> tuple[PlanningData, Replenishment]:
    """Both as if everything, hot sellers too, were looked at every so many days."""
    planning = replace(planning, suppliers=planning.suppliers.assign(review_period_days=days))
    return planning, settings.model_copy(update={"review_period_days": days, "fast_lane_days": days})


def lead_by_row(
    planning: PlanningData, settings: Replenishment, policy: StockPolicy, day: str, leads: Mapping[str, LeadTime]
) -> list[LeadTime]:
    """The lead time of the supplier that each row of the panel is ordered from on `day`."""
    offers = offers_of(planning.products, planning.purchase_orders, day, settings.offer_days)
    chosen = chosen_suppliers(offers, leads, policy).set_index("sku")["supplier"]
    unknown = promised_lead_time(settings.default_lead_time_days)
    return [leads.get(str(name), unknown) for name in planning.panel.keys["sku"].map(chosen)]


def lead_pools(leads: Sequence[LeadTime]) -> NDArray[np.int64]:
    """(m, POOL): each lead time as so many equally likely days."""
    return np.stack([_pool(lead) for lead in leads]) if len(leads) else np.zeros((0, POOL), dtype=np.int64)


def usual_rate(past: Panel, rows: NDArray[np.int64] | None = None) -> Floats:
    """Units a day in the last thirteen weeks."""
    totals = recent_totals(past, LOOK_DAYS, rows)
    return np.asarray(np.nansum(totals, axis=1) / np.maximum(np.isfinite(totals).sum(axis=1), 1) / LOOK_DAYS)


def opening_stock(rate: Floats, lead_days: Floats, look_days: int) -> Floats:
    """Units that everyone begins with: enough for a lead time and half the time between looks."""
    return np.asarray(np.ceil(rate * (lead_days + look_days / 2)), dtype=float)


def plan_at_look(
    there: PlanningData,
    protection: Protection,
    rows: NDArray[np.int64],
    view: View,
    settings: Replenishment,
    policy: StockPolicy,
    own_events: Own = None,
) -> pd.DataFrame:
    """The plan's lines of the panel's `rows`, in their order, for simulated shelves: sku, warehouse, quantity and
    cost_micros (0: nothing to order, or no cost known).

    there: what is known at the look. view: of one seed, items as `rows`; on the shelves and under way is what it says,
        nothing is promised or moving.
    """
    keys = there.panel.keys.iloc[rows][["sku", "warehouse"]].reset_index(drop=True)
    coming = replace(
        there,
        panel=there.panel.rows(rows),
        stock=keys.assign(on_hand=view.on_hand[0].astype(np.int64), promised=0),
        ordered=pd.DataFrame(columns=["sku", "warehouse", "quantity", "expected_day"]),
        moving=no_rows(MOVING),
        deposits=no_rows(DEPOSITS),
        purchase_orders=_under_way(keys, view, there.day),
        receipts=there.receipts.iloc[:0],
    )
    inputs = plan_inputs(coming, _only(protection, rows), settings, own_events, policy)
    lines = plan_lines(inputs, policy, there.day)[["sku", "warehouse", "quantity", "cost_micros"]]
    placed = keys.merge(lines, on=["sku", "warehouse"], how="left")
    return placed.assign(quantity=placed["quantity"].fillna(0), cost_micros=placed["cost_micros"].fillna(0))


def unit_money(planning: PlanningData, sku: pd.Series, policy: StockPolicy) -> tuple[Floats, Floats]:
    """Yuan: what a lost unit would have earned; what a unit costs to buy."""
    goods = planning.products.drop_duplicates("sku", keep="last").set_index("sku").reindex(sku)
    price, cost = goods["list_price_micros"].astype("Int64"), goods["cost_micros"].astype("Int64")
    sold = planning.sold.groupby("sku")[["revenue_13_weeks_micros", "units_13_weeks"]].sum().reindex(sku)
    paid = sold["revenue_13_weeks_micros"] / sold["units_13_weeks"].where(sold["units_13_weeks"] > 0)
    price = paid.round().astype("Float64").astype("Int64").fillna(price)
    margin = np.maximum(unit_margin(price, cost, policy), 0.0)
    share = policy.assumed_margin
    value = cost.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    value = np.where(np.isnan(value), margin * (1 - share) / share, value)
    return margin / YUAN_MICROS, value / YUAN_MICROS


def _only(protection: Protection, rows: NDArray[np.int64]) -> Protection:
    frame = protection.frame.iloc[rows].reset_index(drop=True)
    return replace(protection, frame=frame, totals=protection.totals[rows])


def _under_way(keys: pd.DataFrame, view: View, day: str) -> pd.DataFrame:
    """Open purchase orders: what the look sees coming. The first of `due` comes a day after the look, and that is the
    morning after `day`."""
    ahead, row = np.nonzero(view.due[:, 0, :] > 0)
    frame = keys.iloc[row].reset_index(drop=True)
    number = pd.array([str(k) for k in range(len(frame))], dtype="str")
    expected = pd.array([day_after(day, int(days) + 2) for days in ahead], dtype="str")
    quantity = view.due[ahead, 0, row].astype(np.int64)
    placed = {"line_id": number, "status": "open", "ordered_day": day}
    return frame.assign(purchase_order_id=number, expected_day=expected, quantity=quantity, **placed)


def _spans_for(days: int) -> tuple[int, ...]:
    """Of SPANS those up to the first that covers so many days, and at least a month's."""
    covering = next((span for span in SPANS if span >= max(days, 28)), SPANS[-1])
    return tuple(span for span in SPANS if span <= covering)


def _pool(lead: LeadTime) -> NDArray[np.int64]:
    middle = (np.arange(POOL) + 0.5) / POOL
    reached = np.cumsum(lead.probability)
    return np.minimum(np.searchsorted(reached, middle), len(reached) - 1).astype(np.int64)


def last_known_day(panel: Panel, origin: int) -> str:
    """The last day that is known as of the origin."""
    return str(panel.days[origin - 1].date())
