"""Replay the merchant's own history under another policy, beside the present one and rules of thumb.

From the books as of a day: what customers wanted since an earlier one is wanted again, and every policy lives through
it in lockstep days from the same shelves. `present` is the policy of merchant.yaml, `asked` the same with what a
question changes; both order by the plan's own code from the same forecasts, of models that are trained on what was
known by then. Nothing is published.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after, parse_day
from include.calendar.events import Own
from include.facts.close_day import require_closed
from include.facts.stock_store import shelves_as_of, stock_on
from include.replenishment.planning_data import forecast_spans, known_on
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import StockPolicy, policy_of, with_levels
from include.replenishment.quantity.protection_period import Protection, measured_lead_times, protection_of
from include.settings.currencies import currency_name
from include.settings.saying import BilingualError
from include.settings.stock.replenishment import Replenishment
from include.simulation.history_season import SOLD_DAYS, Floats, Integers, Season, known_then
from include.simulation.order_trials import plan_at_look
from include.simulation.retrained_model import ModelSource, RetrainedModel
from include.simulation.simulator import Outcome, View, base_stock, min_max_by_pace
from include.simulation.what_if import Question
from include.warehouse.as_of import read_facts
from include.warehouse.workspace import Workspace
from include.words.texts import say as text_in

Say = Callable[[str], None]

MIN_DAYS = 28  # known before the first day of a replay
TUNING_DAYS = 120  # of the min-max rule, before the first day
BASE_STOCK_LEVEL = 0.95
PRESENT, ASKED = "present", "asked"


@dataclass
class Plan:
    """Orders of the plan's own code under one policy. used: share of the budget at each look, where there is one."""

    settings: Replenishment
    question: Question
    own_events: Own
    used: list[float] = field(default_factory=list)

    def orders(self, view: View, there: PlanningData, protection: Protection, policy: StockPolicy) -> Floats:
        """policy: the merchant's of that day, before the question."""
        policy = self.question.policy(policy)
        rows = np.arange(there.panel.series_count)
        lines = plan_at_look(there, protection, rows, view, self.settings, policy, self.own_events)
        if policy.budget_micros:
            self.used.append(float(lines["cost_micros"].sum()) / policy.budget_micros)
        return lines["quantity"].to_numpy(dtype=float)[None, :]


@dataclass(frozen=True)
class Replayed:
    """cells: a row a player, sku and warehouse, as `replay_report` takes them. days: player, day, wanted, lost,
    on_hand_yuan. orders: player, day, sku, warehouse, quantity. notes: what the report has to say of them."""

    cells: pd.DataFrame
    days: pd.DataFrame
    orders: pd.DataFrame
    notes: Mapping[str, str]


def replay_history(
    workspace: Workspace,
    since: str,
    day: str,
    question: Question,
    model_for: ModelSource | None = None,
    say: Say = print,
) -> Replayed:
    """The days from `since` to `day`, both included, lived again by each player.

    model_for: what is known at a look -> who forecasts then; retrained every 28 days by default.
    Raises ValueError for a day that is not closed, too little history before `since`, and names nobody knows.
    """
    require_closed(workspace.books, day)
    known = known_on(workspace, day)
    question.require_known(known)
    if known.panel.series_count == 0:
        raise BilingualError.named("error.no_demand", day=day)
    first = str(known.panel.days[0].date())
    origin = (parse_day(since) - parse_day(first)).days
    if not MIN_DAYS <= origin < known.panel.day_count:
        soonest = day_after(first, MIN_DAYS)
        if soonest > day:
            raise BilingualError.named(
                "error.too_short_to_replay", day=day, first=first, days=MIN_DAYS, soonest=soonest
            )
        raise BilingualError.named("error.since_out_of_bounds", day=day, first=first, soonest=soonest, since=since)
    own, eve = workspace.calendar, day_after(since, -1)
    looks = (parse_day(day) - parse_day(since)).days + 1
    shelves = known.panel.series_count

    def tell(name: str, **values: Any) -> None:
        say(f"  {text_in(workspace.merchant.language, name, **values)}")

    tell("replay.begins", shelves=shelves, since=since, day=day, looks=looks)
    stock = _stock_on(workspace, day, eve, known)
    season = Season.of(known, workspace.merchant.replenishment, origin, stock, own)
    settings, source = season.settings, model_for or RetrainedModel(28)
    plans = {PRESENT: Plan(settings, Question(), own)}
    if question != Question():
        question.policy(policy_of(settings))  # what cannot be asked is said before anything is trained
        plans[ASKED] = Plan(settings, question, own)
    earlier = season_before(season, own)
    pair = tuned_min_max(earlier)
    tell("replay.tuned", lowest=pair[0], highest=pair[1])
    span = np.ceil(earlier.lead_days).astype(np.int64) + settings.review_period_days
    rules = {
        "min-max": season.by_rule(min_max_by_pace(earlier.lead_days, *pair)),
        "base-stock": season.by_rule(base_stock(span, BASE_STOCK_LEVEL, SOLD_DAYS)),
    }
    names, days = [*plans, *rules], season.days
    ordered: list[pd.DataFrame] = []
    diary: list[tuple[str, str, float, float, float]] = []
    began = time.monotonic()

    def look(view: View) -> Floats:
        there = known_then(season.planning, origin + view.period)
        model = source(there)
        policy = policy_of(settings)
        if settings.levels_from == "simulation" and isinstance(source, RetrainedModel):
            policy = with_levels(policy, source.levels(there, settings))
        ahead = forecast_spans(model, there.panel, settings.supplier_holidays)
        leads = measured_lead_times(there, settings, own)
        mine = []
        for k, plan in enumerate(plans.values()):
            # Of what can be asked only lead times change what has to be lasted through.
            if k == 0 or plan.question.lead_days:
                protection = protection_of(there, ahead, settings, policy, own, plan.question.lead_days, leads)
            mine.append(plan.orders(view.of(k), there, protection, policy))
        mine += [rule(view.of(len(plans) + k)) for k, rule in enumerate(rules.values())]
        orders = np.vstack(mine)
        player, row = np.nonzero(orders)
        ordered.append(_ordered(names, player, days[view.period], there.panel.keys.iloc[row], orders[player, row]))
        return orders

    def watch(period: int, left: Floats, lost: Floats) -> None:
        worth = left @ season.value
        wanted = float(np.nansum(season.wanted[:, period]))
        told = zip(names, lost.sum(axis=1), worth, strict=True)
        diary.extend((name, days[period], wanted, float(units), float(yuan)) for name, units, yuan in told)
        if period < 3 or (period + 1) % 7 == 0 or period + 1 == len(days):
            past, seconds = period + 1, time.monotonic() - began
            tell("replay.lived_to", day=days[period], past=past, days=len(days), seconds=f"{seconds:.0f}")

    between = text_in(workspace.merchant.language, "why.and")
    tell("replay.players", names=between.join(names), days=len(days))
    outcome = season.lived(look, len(names), watch)
    orders = pd.concat(ordered, ignore_index=True)
    cells = pd.concat([cells_of(season, outcome, k, name) for k, name in enumerate(names)], ignore_index=True)
    used = {name: float(np.mean(plan.used)) for name, plan in plans.items() if plan.used}
    cells["budget_used"] = cells["player"].map(used).astype("float64")
    lines = orders.groupby(["player", "sku", "warehouse"]).size().rename("order_lines").reset_index()
    cells = cells.merge(lines, on=["player", "sku", "warehouse"], how="left").fillna({"order_lines": 0})
    cells["handling_cost"] = cells["order_lines"] * settings.order_line_cost
    told_days = pd.DataFrame(diary, columns=["player", "day", "wanted", "lost", "on_hand_yuan"])
    notes = {
        "language": workspace.merchant.language,
        "since": since,
        "day": day,
        "money": currency_name(workspace.merchant.currency, workspace.merchant.language),
        "asked": question.words(),
        "lowest": str(pair[0]),
        "highest": str(pair[1]),
        "filled": f"{100 * season.filled / max(float(np.nansum(season.wanted)), 1.0):.1f} %",
    }
    return Replayed(cells, told_days, orders, notes)


def _stock_on(workspace: Workspace, as_of: str, eve: str, planning: PlanningData) -> pd.DataFrame:
    """The shelves at the end of `eve`, as the close of `as_of` knows them."""
    sold = read_facts(workspace.books, "demand", as_of, day_after(eve, -90), eve)
    places = planning.panel.keys[["sku", "warehouse"]]
    shelves = shelves_as_of(workspace, as_of, eve)
    return stock_on(shelves, eve, places, sold, planning.receipts, workspace.merchant.replenishment)


def season_before(season: Season, own: Own) -> Season:
    """The days before, as known on their last: rules of thumb are tuned on them."""
    origin = season.origin
    eve = known_then(season.planning, origin)
    nothing = pd.DataFrame({"sku": [], "warehouse": [], "on_hand": [], "promised": []})
    return Season.of(eve, season.settings, max(origin - TUNING_DAYS, origin // 2), nothing, own)


def tuned_min_max(season: Season) -> tuple[int, int]:
    """(lowest, highest): days beyond the lead time to order below, and up to, at least cost."""
    pairs = [(low, low + more) for low in (2, 4, 7, 10, 14, 21, 28, 42) for more in (4, 7, 14, 28)]
    rules = [season.by_rule(min_max_by_pace(season.lead_days, *pair)) for pair in pairs]
    tried = season.lived(lambda view: np.vstack([rule(view.of(k)) for k, rule in enumerate(rules)]), len(rules))
    lines = tried.order_lines * season.settings.order_line_cost
    return pairs[int((tried.holding_cost + tried.shortage_cost + lines).sum(axis=1).argmin())]


def cells_of(season: Season, outcome: Outcome, player: int, name: str) -> pd.DataFrame:
    """What came of one player's orders, see `replay.cells_of`; days without known demand do not count."""
    lost = outcome.demand[player] - outcome.sold[player]
    return season.planning.panel.keys[["sku", "warehouse"]].assign(
        wanted=outcome.demand[player],
        lost=lost,
        held=outcome.held[player],
        lost_margin=outcome.shortage_cost[player],
        held_value=outcome.held[player] * season.value,
        holding_cost=outcome.holding_cost[player],
        sold_cost=outcome.sold[player] * season.value,
        stock_out_days=outcome.short_periods[player],
        selling_days=outcome.known_periods[player],
        bought_yuan=outcome.ordered[player] * season.value,
        days=len(season.days),
        seed=0,
        player=name,
    )


def _ordered(names: Sequence[str], player: Integers, day: str, keys: pd.DataFrame, quantity: Floats) -> pd.DataFrame:
    frame = keys[["sku", "warehouse"]].reset_index(drop=True).assign(day=day, quantity=quantity.astype(np.int64))
    frame.insert(0, "player", pd.array([names[k] for k in player], dtype="str"))
    return frame
