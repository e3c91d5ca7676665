"""The plan of a day: inputs, transfers before buying, orders within the budget, and what is too much.

Plain functions of what is known: the day's own lists, a what-if beside them and a replay all go through here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.events import Own
from include.demand.panel import Panel
from include.facts.shelves import SURE
from include.replenishment.elsewhere import others_of
from include.replenishment.orders.chasing import called_forward, chase_lines
from include.replenishment.orders.projection import Arrivals, expected, expected_loss, outlook
from include.replenishment.orders.under_way import MOVING_IN, REPORTED, arrivals_of, open_orders, told_overdue
from include.replenishment.planning_frames import PlanningData, whole_stock
from include.replenishment.policy import YUAN_MICROS, StockPolicy, policy_of
from include.replenishment.promotions.presale import due_units
from include.replenishment.promotions.promoted import promotions_ahead, told_promotions
from include.replenishment.quantity.joint_decisions import Deciding, JointDecisions
from include.replenishment.quantity.order_cycle import cycle_days
from include.replenishment.quantity.plan_lines import plan_lines, restock_lines, settled
from include.replenishment.quantity.protection_period import Protection
from include.replenishment.quantity.urgency import restock_urgency, transfer_urgency
from include.replenishment.recent_sales import recent_sales
from include.replenishment.suppliers.delays import Delays
from include.replenishment.surplus.ageing import ageing
from include.replenishment.surplus.balancing import added_up, standing, wanted_transfers
from include.replenishment.surplus.second_pass import sought_elsewhere
from include.replenishment.surplus.surplus import surplus_lines
from include.replenishment.surplus.transfer import after_transfers, with_both_sides
from include.settings.stock.replenishment import Replenishment
from include.words.texts import LANGUAGES

MORE_ROUNDS = 3  # of transfers, after the first
AMONG_THEMSELVES = Deciding()


@dataclass(frozen=True)
class DayPlan:
    """lines: `plan_lines` of every (sku, warehouse) still sold whose stock is known; transfers: `wanted_transfers`;
    excess: `surplus_lines`; inputs: what the lines were planned from; unplanned: `unplanned_places`; orders:
    `open_orders`, each row's place in `lines`; chase: `chase_lines`, if they were asked for; others: `others_of` the
    lines of both."""

    day: str
    inputs: pd.DataFrame
    lines: pd.DataFrame
    transfers: pd.DataFrame
    excess: pd.DataFrame
    unplanned: pd.DataFrame
    orders: pd.DataFrame
    chase: pd.DataFrame
    others: pd.DataFrame

    @property
    def restock(self) -> pd.DataFrame:
        """The lines with something to order, or with an order that was cut."""
        return restock_lines(self.lines)


def plan_day(
    planning: PlanningData,
    protection: Protection,
    settings: Replenishment,
    policy: StockPolicy,
    own_events: Own = None,
    is_excess_wanted: bool = True,
) -> DayPlan:
    """Transfers first, then orders for what still lacks, and what the budget cuts is sought in other warehouses once
    more; all count in the same plan.

    is_excess_wanted: excess and chase, for which somebody must look at the lists, are made as well.
    """
    start = start_of(planning, protection, settings, policy, own_events)
    moves = Moves(start, protection, settings, policy, planning.day)
    inputs, lines, transfers = planned(moves)
    excess, chase, others = pd.DataFrame(), pd.DataFrame(), pd.DataFrame()
    if is_excess_wanted:
        coming = both_arrivals(moves.coming(transfers), _ordered_today(lines))
        chase = chase_lines(planning, start.orders, inputs, lines, protection, settings, coming)
        excess = surplus_lines(planning, lines, inputs, policy, called_forward(chase))
        told = pd.concat([frame[["sku", "warehouse"]] for frame in (restock_lines(lines), chase)], ignore_index=True)
        rows = lines["sku"].isin(told["sku"]).to_numpy(dtype=bool)
        left, plan = _only(inputs, rows), _only(lines, rows)
        others = others_of(told, plan, transfers, standing(left, plan, protection, policy), policy)
    unplanned = unplanned_places(planning, protection)
    return DayPlan(planning.day, inputs, lines, transfers, excess, unplanned, start.orders, chase, others)


@dataclass(frozen=True)
class Start:
    """What a plan starts from, one row a line: `plan_inputs` with all demand, lost or not (before) and without what is
    lost before an order comes (inputs); `open_orders`; what other warehouses send."""

    before: pd.DataFrame
    inputs: pd.DataFrame
    orders: pd.DataFrame
    moving: Arrivals

    def of(self, rows: NDArray[np.int64]) -> Start:
        """The start of these lines alone."""
        place = np.full(len(self.before), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        row = place[self.orders["row"].to_numpy(dtype=np.int64)]
        return Start(
            self.before.iloc[rows].reset_index(drop=True),
            self.inputs.iloc[rows].reset_index(drop=True),
            self.orders.assign(row=row)[row >= 0].reset_index(drop=True),
            Arrivals(self.moving.days[rows], self.moving.units[rows]),
        )


def start_of(
    planning: PlanningData,
    protection: Protection,
    settings: Replenishment,
    policy: StockPolicy,
    own_events: Own = None,
    delays: Delays | None = None,
) -> Start:
    """delays: `known_delays`, where they are at hand."""
    before, orders, moving = _whole_inputs(planning, protection, settings, policy, own_events, delays)
    return Start(before, _walked(before, orders, moving, protection, planning.day), orders, moving)


def planned(moves: Moves, deciding: Deciding = AMONG_THEMSELVES) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(inputs after all transfers, lines, transfers) of a plan. deciding: what its lines decide together, by what is
    planned: 'transfers 0', 'transfers 1' .. (rounds), 'lines', 'lines again' and 'shortage'."""
    inputs, transfers = moves.balanced(moves.start.inputs, deciding)
    lines = plan_lines(inputs, moves.policy, moves.day, deciding.of("lines"))
    sure = inputs["state"].isin(SURE).to_numpy()
    more = sought_elsewhere(_only(inputs, sure), _only(lines, sure), moves.protection, moves.policy)
    if len(more) or deciding.is_made_again():
        transfers = added_up(transfers, more)
        inputs = moves.after(transfers)
        lines = plan_lines(inputs, moves.policy, moves.day, deciding.of("lines again"))
    lines = restock_urgency(lines, inputs, moves.settings)
    transfers = moves.with_shortage(transfers, inputs, deciding)
    alone = moves.start.inputs
    return inputs, lines, with_both_sides(transfer_urgency(transfers, alone, moves.settings), alone, lines)


@dataclass(frozen=True)
class Moves:
    """Transfers of a day, and the planner's inputs after them."""

    start: Start
    protection: Protection
    settings: Replenishment
    policy: StockPolicy
    day: str

    def balanced(
        self, inputs: pd.DataFrame, deciding: Deciding = AMONG_THEMSELVES
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(inputs after all transfers, transfers). inputs: as they are without any.

        What moves changes what is lost on both sides and so what still lacks: the shelves are walked and the transfers
        sought again, of what moved, until nothing more is worth it."""
        # What lies where nobody has counted lately is neither given away nor called short.
        asked = inputs["state"].isin(SURE).to_numpy()
        transfers = more = self._wanted(_only(inputs, asked), deciding.of("transfers 0"))
        for number in range(1, MORE_ROUNDS + 1):
            if more.empty:
                break
            inputs = self.after(transfers)
            again = asked & inputs["sku"].isin(more["sku"]).to_numpy()
            more = self._wanted(_only(inputs, again), deciding.of(f"transfers {number}"))
            transfers = added_up(transfers, more)
        return (inputs if more.empty else self.after(transfers)), transfers

    def after(self, transfers: pd.DataFrame) -> pd.DataFrame:
        """The inputs with these transfers on their way; taken_today and given_today say who has part in them."""
        moved = after_transfers(self.start.before, transfers, self.settings.transport.days)
        inputs = _walked(moved, self.start.orders, self.coming(transfers), self.protection, self.day)
        places = pd.MultiIndex.from_frame(inputs[["sku", "warehouse"]])
        return inputs.assign(
            taken_today=places.isin(pd.MultiIndex.from_frame(transfers[["sku", "warehouse"]])),
            given_today=places.isin(pd.MultiIndex.from_frame(transfers[["sku", "from_warehouse"]])),
        )

    def coming(self, transfers: pd.DataFrame) -> Arrivals:
        """What warehouses send each other, agreed to before or of today."""
        return both_arrivals(self.start.moving, _moves(self.start.before, transfers, self.settings.transport.days))

    def with_shortage(
        self, transfers: pd.DataFrame, inputs: pd.DataFrame, deciding: Deciding = AMONG_THEMSELVES
    ) -> pd.DataFrame:
        """shortage: what came and what still lacks. What a transfer saves from being lost was lacking, too, though no
        order could have met it. limit: why no more is moved: all that can be spared goes ('spared'), nothing lacks any
        more ('met'), more would not sell there within the excess cover ('full'), or a further unit would save less than
        its freight ('worth')."""
        if transfers.empty:
            return transfers.assign(limit=pd.array([], dtype="str"))
        came = transfers.groupby(["sku", "warehouse"])["lacking_units"].transform("sum")
        still = self.unlimited(inputs, deciding.of("shortage")).set_index(["sku", "warehouse"])["need"].clip(lower=0)
        lacks = still.reindex(pd.MultiIndex.from_frame(transfers[["sku", "warehouse"]])).to_numpy(dtype=np.int64)
        transfers = transfers.assign(shortage=came + lacks)
        given = transfers.groupby(["sku", "from_warehouse"])["quantity"].transform("sum")
        taken = transfers.groupby(["sku", "warehouse"])["quantity"].transform("sum")
        roomy = transfers.groupby(["sku", "warehouse"])["excess_units"].transform("sum") > 0
        full = transfers["shortage"] + transfers["room"].where(roomy, 0)
        limit = np.select([given >= transfers["surplus"], taken >= full], ["spared", "met"], "worth")
        limit = np.where((limit == "met") & roomy, "full", limit)
        return transfers.assign(limit=pd.array(limit, dtype="str"))

    def _wanted(self, inputs: pd.DataFrame, together: JointDecisions) -> pd.DataFrame:
        return wanted_transfers(inputs, self.unlimited(inputs, together), self.protection, self.policy)

    def unlimited(self, inputs: pd.DataFrame, together: JointDecisions) -> pd.DataFrame:
        """The plan if money were no object."""
        return plan_lines(inputs, replace(self.policy, budget_micros=None), self.day, together, only_sum=True)


def unplanned_places(planning: PlanningData, protection: Protection) -> pd.DataFrame:
    """sku, warehouse, daily_mean of what is still sold and whose stock nobody knows: it is planned nowhere."""
    frame = protection.frame.loc[~planning.panel.ended, ["sku", "warehouse", "daily_mean"]]
    places = pd.MultiIndex.from_frame(frame[["sku", "warehouse"]])
    is_known = places.isin(pd.MultiIndex.from_frame(planning.stock[["sku", "warehouse"]]))
    return frame[~is_known].sort_values(["warehouse", "sku"], ignore_index=True)


def _only(frame: pd.DataFrame, rows: NDArray[np.bool_]) -> pd.DataFrame:
    return frame if rows.all() else frame[rows].reset_index(drop=True)


def plan_inputs(
    planning: PlanningData,
    protection: Protection,
    settings: Replenishment,
    own_events: Own = None,
    policy: StockPolicy | None = None,
) -> pd.DataFrame:
    """The planner's inputs: protection demand with stock, goods under way and product facts, for what is still sold and
    whose stock is known.

    One row a (sku, warehouse), ordered; besides what `plan_lines` takes: series (row of the panel), basis, confidence,
    days_on_sale (NA: from the first known day on), next_arrival_days and arriving_in_lead.
    policy: the settings' own by default.
    """
    return start_of(planning, protection, settings, policy or policy_of(settings), own_events).inputs


def _whole_inputs(
    planning: PlanningData,
    protection: Protection,
    settings: Replenishment,
    policy: StockPolicy,
    own_events: Own,
    delays: Delays | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, Arrivals]:
    """(`plan_inputs` with all demand, lost or not; `open_orders`; what other warehouses send)."""
    products = planning.products.drop_duplicates("sku", keep="last")
    frame = protection.frame.assign(series=np.arange(len(protection.frame)))
    frame = frame.loc[~planning.panel.ended | _oversold(planning)].drop(columns=["title", "category"], errors="ignore")
    product = [
        "sku",
        "title",
        "category",
        "list_price_micros",
        "cost_micros",
        "pack",
        "moq",
        "shelf_life_days",
        "ended_day",
    ]
    frame = frame[[c for c in frame.columns if c not in product[1:]]].merge(products[product], on="sku", how="left")
    frame = _as_stated(frame, planning.stated)
    frame["unit_cost_micros"] = frame["unit_cost_micros"].astype("Int64").fillna(frame["cost_micros"].astype("Int64"))
    frame = frame.merge(planning.sold, on=["sku", "warehouse"], how="left")
    paid = (frame["revenue_13_weeks_micros"] / frame["units_13_weeks"].where(frame["units_13_weeks"] > 0)).round()
    frame["unit_price_micros"] = paid.astype("Int64").fillna(frame["list_price_micros"].astype("Int64"))
    frame["revenue_13_weeks_micros"] = frame["revenue_13_weeks_micros"].fillna(0).astype("int64")
    series = frame["series"].to_numpy()
    frame["weekly_cv"] = weekly_variation(planning.panel)[series]
    # What was there on the first day that is known may be of any age.
    started = planning.panel.started[series]
    frame["days_on_sale"] = pd.Series(planning.panel.day_count - started, dtype="Int64").where(started > 0)
    frame = frame.merge(recent_sales(planning), on=["sku", "warehouse"], how="left")
    frame = frame.merge(whole_stock(planning), on=["sku", "warehouse"], how="inner")
    for column in ("on_hand", "promised"):
        frame[column] = frame[column].fillna(0).astype("int64")
    frame = frame.sort_values(["sku", "warehouse"], ignore_index=True)
    frame["sellable_days"] = _days_until(frame["ended_day"], planning.day)
    frame["expired_units"] = ageing(frame, planning.receipts, planning.day)["expired_units"]
    orders = open_orders(planning, frame, settings, protection.closed, delays)
    frame = _with_under_way(frame.drop(columns=["in_transit", "moving_in"], errors="ignore"), orders)
    # Not every warehouse holds the goods of a deposit: promised they are all the same.
    frame["promised"] = np.maximum(frame["promised"], _held(frame, planning))
    frame["supplier_minimum_micros"] = frame["supplier"].map(_min_orders(planning, settings)).fillna(0).astype("int64")
    frame = _with_moving(frame, planning.moving, settings.transport.days)
    for column in ("title", "category", "supplier"):
        frame[column] = frame[column].fillna("")
    coming = promotions_ahead(planning.panel, int(np.ceil(frame["protection_days"].max())) if len(frame) else 1)
    frame = frame.assign(**told_promotions(coming, frame["series"], frame["protection_days"], planning.day))
    frame = _without_presold(_until_the_end(frame, protection, planning.day), planning, protection, own_events)
    frame = _with_cycles(frame, protection, policy, planning.day)
    return frame, orders, _moves(frame, planning.moving, settings.transport.days - 1)


def _as_stated(frame: pd.DataFrame, stated: pd.DataFrame) -> pd.DataFrame:
    """Pack and minimum as a person set them, and is_blocked: nothing is ordered, by a person's word."""
    if stated.empty:
        return frame
    told = stated.set_index(["sku", "warehouse"]).reindex(pd.MultiIndex.from_frame(frame[["sku", "warehouse"]]))
    told.index = frame.index
    return frame.assign(
        pack=told["pack"].fillna(frame["pack"].astype("Int64")),
        moq=told["minimum"].fillna(frame["moq"].astype("Int64")),
        is_blocked=told["is_blocked"].astype("boolean").fillna(False).astype(bool),
    )


def _days_until(days: pd.Series, day: str) -> pd.Series:
    left = (pd.to_datetime(days, errors="coerce") - pd.Timestamp(day)).dt.days
    return left.clip(lower=0).astype("Int64")


def _with_cycles(frame: pd.DataFrame, protection: Protection, policy: StockPolicy, day: str) -> pd.DataFrame:
    """Adds cycle_days, how long one order should last, and cycle_demand, what of it sells after the protection period
    and before the sku is taken off sale."""
    days = cycle_days(frame, policy, settled(frame, policy))
    covered = (frame["protection_days"] - frame["lead_time_days"]).to_numpy(dtype=float)
    more = np.maximum(days - covered, 0.0)
    start = frame["protection_days"].to_numpy(dtype=float)
    left = (pd.to_datetime(frame["ended_day"], errors="coerce") - pd.Timestamp(day)).dt.days.to_numpy(dtype=float)
    end = np.fmax(np.fmin(start + more, left), start)
    expected, _ = protection.expected_totals(frame["series"].to_numpy(dtype=np.int64))
    line = np.arange(len(frame))
    units = np.floor(np.round(expected(end, line) - expected(start, line), 6))
    return frame.assign(cycle_days=days, cycle_demand=np.maximum(units, 0).astype(np.int64))


def _oversold(planning: PlanningData) -> NDArray[np.bool_]:
    """Series of the panel with more sold and not shipped than lies there: an ended sku's customers still wait."""
    short = planning.stock.loc[
        planning.stock["promised"] > planning.stock["on_hand"].clip(lower=0), ["sku", "warehouse"]
    ]
    places = pd.MultiIndex.from_frame(planning.panel.keys[["sku", "warehouse"]])
    return np.asarray(places.isin(pd.MultiIndex.from_frame(short)))


def _min_orders(planning: PlanningData, settings: Replenishment) -> dict[str, int]:
    """Micros of the least purchase order by supplier: as the settings say, else as the supplier report does."""
    least: dict[str, int] = {}
    if settings.heeds_stated_minimums:
        stated = planning.suppliers.drop_duplicates("supplier", keep="last").dropna(subset=["minimum_order_micros"])
        least = {str(row.supplier): int(str(row.minimum_order_micros)) for row in stated.itertuples()}
    return least | {name: round(yuan * YUAN_MICROS) for name, yuan in settings.supplier_minimums.items()}


def weekly_variation(panel: Panel) -> NDArray[np.float64]:
    """Coefficient of variation of each series' weekly demand over the last 13 weeks; NaN where nothing sold."""
    days = min(13 * 7, panel.day_count // 7 * 7)
    if days == 0 or panel.series_count == 0:
        return np.full(panel.series_count, np.nan)
    recent = panel.units[:, -days:].reshape(panel.series_count, -1, 7)
    seen = np.isfinite(recent)
    with np.errstate(invalid="ignore", divide="ignore"):
        weekly = np.where(seen.any(axis=2), np.nansum(recent, axis=2) * 7 / seen.sum(axis=2), np.nan)
    weeks_seen = np.isfinite(weekly).sum(axis=1)
    total = np.nansum(weekly, axis=1)
    mean = np.divide(total, weeks_seen, out=np.full(len(weekly), np.nan), where=weeks_seen > 0)
    gaps = np.where(np.isfinite(weekly), weekly - mean[:, None], 0.0)
    spread = np.sqrt(np.divide((gaps**2).sum(axis=1), weeks_seen, out=np.zeros(len(weekly)), where=weeks_seen > 0))
    return np.divide(spread, mean, out=np.full(len(weekly), np.nan), where=mean > 0)


def _with_under_way(frame: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Adds arriving (no later than an order of the next look), arriving_later, arriving_in_lead, next_arrival_days (as
    assumed) and next_due_days (as promised, below zero: overdue), the units of the stock report, bought and moved, and
    the overdue orders in words.

    What was ordered before does not come after what is ordered later: held against the mean of the protection period
    alone, every order that a holiday may catch would be placed again the next day, and the next."""
    row = orders["row"].to_numpy(dtype=np.int64)
    counted = orders["counted"].to_numpy(dtype=np.int64)
    ahead = orders["ahead_days"].to_numpy(dtype=float)
    longest = np.maximum(frame["protection_days"], frame["longest_wait_days"]).to_numpy(dtype=float)
    in_time = ahead <= longest[row]
    reported, moved = ((orders["kind"] == kind).to_numpy() for kind in (REPORTED, MOVING_IN))

    def units(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(row[chosen], weights=counted[chosen], minlength=len(frame)).astype(np.int64)

    # What is overdue does not come tomorrow: the day that is assumed is the day that is said.
    assumed, next_days, due = orders["assumed_days"].to_numpy(dtype=float), *np.full((2, len(frame)), np.inf)
    is_late = (orders["overdue_days"] > 0).to_numpy()
    in_lead = np.where(is_late, assumed, ahead) <= frame["lead_time_days"].to_numpy(dtype=float)[row]
    np.minimum.at(next_days, row[counted > 0], assumed[counted > 0])
    is_next = (counted > 0) & (assumed == next_days[row])
    np.minimum.at(due, row[is_next], orders["due_days"].to_numpy(dtype=float)[is_next])
    told = {f"overdue_{language}": told_overdue(orders, language) for language in LANGUAGES}
    return frame.assign(
        arriving=units(in_time),
        arriving_later=units(~in_time),
        arriving_in_lead=units(in_lead),
        arriving_reported=units(reported & in_time),
        arriving_moved=units(moved & in_time),
        next_arrival_days=pd.Series(next_days, index=frame.index).replace(np.inf, np.nan).astype("Float64"),
        next_arrival_units=units(is_next),
        next_overdue_days=np.maximum(-np.where(np.isfinite(due), due, 0.0), 0).astype(np.int64),
        next_due_days=_in_sight(due, frame.index).astype("Int64"),
        **{name: [texts.get(place, "") for place in range(len(frame))] for name, texts in told.items()},
    )


def _with_moving(frame: pd.DataFrame, moving: pd.DataFrame, days: int) -> pd.DataFrame:
    """Transfers that were agreed to before: on their way to the one, promised by the other until they have left."""
    if moving.empty:
        return frame.assign(transfer_in=0, transfer_out=0)
    staying = moving.assign(left=moving["quantity"].where(~moving["has_left"], 0))
    counted = after_transfers(frame, moving, days).assign(promised=frame["promised"], transfer_out=0)
    going = staying.groupby(["sku", "from_warehouse"])["left"].sum()
    places = pd.MultiIndex.from_frame(frame[["sku", "warehouse"]])
    units = going.reindex(places).fillna(0).to_numpy(dtype=np.int64)
    counted["promised"] += units
    counted["transfer_out"] += units
    return counted


def _until_the_end(frame: pd.DataFrame, protection: Protection, day: str) -> pd.DataFrame:
    """What is taken off sale within its protection period sells until then only; nothing is bought that comes after."""
    left = (pd.to_datetime(frame["ended_day"], errors="coerce") - pd.Timestamp(day)).dt.days
    ends = (left < frame["protection_days"]).to_numpy(dtype=bool)
    if not ends.any():
        return frame
    rows = frame.loc[ends, "series"].to_numpy(dtype=np.int64)
    in_time = (left[ends] > frame.loc[ends, "lead_time_days"]).to_numpy(dtype=bool)
    days = np.where(in_time, left[ends].to_numpy(dtype=float), 0.0)
    whole = frame.loc[ends, "protection_days"].to_numpy(dtype=float)
    frame = frame.copy()
    frame.loc[ends, "mean_demand"] = frame.loc[ends, "mean_demand"] * days / whole
    for position, level in enumerate(protection.levels):
        values = protection.over(days, rows).values[:, position + 1]
        frame.loc[ends, f"q{level:g}"] = np.where(days > 0, values, 0.0)
    return frame


def _held(frame: pd.DataFrame, planning: PlanningData) -> NDArray[np.int64]:
    """Units of each line that wait for a presale's balance."""
    held = planning.deposits.groupby(["sku", "warehouse"])["quantity"].sum()
    places = pd.MultiIndex.from_frame(frame[["sku", "warehouse"]])
    return held.reindex(places).fillna(0).to_numpy(dtype=np.int64)


def _without_presold(
    frame: pd.DataFrame, planning: PlanningData, protection: Protection, own_events: Own
) -> pd.DataFrame:
    """What was presold and will be paid for within the protection period is promised: the forecast of that day holds it
    as well, and gives it up."""
    places = frame[["sku", "warehouse"]]
    due = due_units(places, planning.deposits, planning.day, frame["protection_days"].to_numpy(dtype=float), own_events)
    in_lead = due_units(
        places, planning.deposits, planning.day, frame["lead_time_days"].to_numpy(dtype=float), own_events
    )
    due = np.minimum(due, np.floor(frame["mean_demand"].to_numpy(dtype=float)).astype(np.int64))
    frame = frame.assign(presold=due, presold_in_lead=in_lead, mean_demand=frame["mean_demand"] - due)
    for level in protection.levels:
        frame[f"q{level:g}"] = np.maximum(frame[f"q{level:g}"] - due, 0.0)
    return frame


def _walked(
    frame: pd.DataFrame, orders: pd.DataFrame, moving: Arrivals, protection: Protection, day: str
) -> pd.DataFrame:
    """What the shelf will have to turn away before an order of today is there is lost, not sold later: it is taken off
    the demand that is ordered for. On the position alone an empty shelf would be refilled for it.

    Adds lost_before_arrival, and of the shelf without any order of today, in days of demand (NA: not in sight):
    first_empty_days, until nothing can be sold for the first time (0: now); first_lost_days, until as much is missed as
    can be seen (a gap of hours loses nothing); runs_out_days; lacks_from_days, when an order of today would begin to be
    missed."""
    rows = frame["series"].to_numpy(dtype=np.int64)
    courses = arrivals_of(orders, len(frame), moving)
    stock = stock_to_walk(frame)
    lead = frame["lead_time_days"].to_numpy(dtype=float)
    lost = np.floor(np.round(expected_loss(stock, courses, lead, protection.paths(rows)), 6))
    lost = np.minimum(lost, np.floor(np.maximum(frame["mean_demand"].to_numpy(dtype=float), 0.0)))
    ahead = outlook(stock, expected(courses), *protection.expected_totals(rows), np.ceil(np.round(lead, 6)))
    is_bare = (frame["on_hand"] <= frame["promised"]).to_numpy() & np.isfinite(ahead.runs_out)
    first_empty = np.where(is_bare, 0.0, ahead.first_empty)
    frame = frame.assign(
        lost_before_arrival=lost.astype(np.int64),
        mean_demand=frame["mean_demand"] - lost,
        first_empty_days=_in_sight(first_empty, frame.index),
        first_lost_days=_in_sight(ahead.first_empty, frame.index),
        runs_out_days=_in_sight(ahead.runs_out, frame.index),
        lacks_from_days=_in_sight(ahead.lacks_from, frame.index),
    )
    for level in protection.levels:
        frame[f"q{level:g}"] = np.maximum(frame[f"q{level:g}"] - lost, 0.0)
    return frame


def stock_to_walk(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Units free to sell, (lines,): the demand of the lead time still holds what was presold, so the stock that is
    promised for it counts."""
    return (frame["on_hand"] - frame["promised"] + frame["presold_in_lead"]).to_numpy(dtype=float)


def _in_sight(days: NDArray[np.float64], index: pd.Index) -> pd.Series:
    return pd.Series(np.where(np.isfinite(days), days, np.nan), index=index).astype("Float64")


def _moves(frame: pd.DataFrame, transfers: pd.DataFrame, days: int) -> Arrivals:
    """Transfers on their way to each line: so many days of demand come before them."""
    places = pd.MultiIndex.from_frame(frame[["sku", "warehouse"]])
    row = places.get_indexer(pd.MultiIndex.from_frame(transfers[["sku", "warehouse"]]))
    known = row >= 0
    units = transfers["quantity"].to_numpy(dtype=float)[known]
    return Arrivals.of(len(frame), row[known].astype(np.int64), np.full(len(units), float(days)), units)


def _ordered_today(lines: pd.DataFrame) -> Arrivals:
    """What the plan orders today, after its lead time's demand."""
    row = np.flatnonzero(lines["quantity"] > 0).astype(np.int64)
    part = lines.iloc[row]
    units = part["quantity"].to_numpy(dtype=float)
    return Arrivals.of(len(lines), row, part["lead_time_days"].to_numpy(dtype=float), units)


def both_arrivals(one: Arrivals, other: Arrivals) -> Arrivals:
    """What comes of either, line by line."""
    line, place = np.nonzero(np.isfinite(other.days))
    return one.and_more(line, other.days[line, place], other.units[line, place])
