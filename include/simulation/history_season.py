"""The books' history as a season to live again: what was wanted, from which shelves, and what was known on each day."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.business_days import day_after, parse_day
from include.calendar.events import Own
from include.demand.panel import Panel
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import YUAN_MICROS, policy_of
from include.replenishment.quantity.protection_period import measured_lead_times
from include.replenishment.suppliers.closures import AHEAD_DAYS, closed_days
from include.settings.stock.replenishment import Replenishment
from include.simulation.order_trials import (
    last_known_day,
    lead_by_row,
    lead_pools,
    looking_every,
    opening_stock,
    unit_money,
    usual_rate,
)
from include.simulation.simulator import Outcome, Policy, SameForAll, View, Watch, simulate

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FILL_DAYS = 28  # an unknown day is taken to have sold what the known ones of so many days before did
SOLD_DAYS = 91
YEAR_DAYS = 365.0


@dataclass(frozen=True)
class Season:
    """What everybody meets. Arrays: one element a row of the panel of `planning`, which is as of the season's last day.

    origin: days of the panel before the first. wanted: (n, days) units, NaN: not on sale, or nobody knows. filled:
    units of these that stand for unknown days. start: on the shelves before the first day; coming: (n, days) units
    under way then. lead_days: means; margin, value: yuan a unit. last_day: periods on sale. pack, minimum: of an order.
    """

    planning: PlanningData
    settings: Replenishment
    origin: int
    wanted: Floats
    filled: float
    start: Floats
    coming: Floats
    supply: SameForAll
    lead_days: Floats
    margin: Floats
    value: Floats
    last_day: Floats
    pack: Integers
    minimum: Integers

    @staticmethod
    def of(planning: PlanningData, settings: Replenishment, origin: int, stock: pd.DataFrame, own: Own) -> Season:
        """stock: the shelves before the first day; a row that it lacks begins with what it usually sells till an
        order is there."""
        planning, settings = looking_every(settings.review_period_days, planning, settings)
        panel, policy = planning.panel, policy_of(settings)
        eve = last_known_day(panel, origin)
        leads = lead_by_row(planning, settings, policy, eve, measured_lead_times(planning, settings, own))
        mean = np.array([lead.mean_days for lead in leads])
        usual = opening_stock(usual_rate(panel.until(origin)), mean, settings.review_period_days)
        shelf = (stock["on_hand"] - stock["promised"]).clip(lower=0).to_numpy(dtype=float)
        places = pd.MultiIndex.from_frame(panel.keys[["sku", "warehouse"]])
        found = pd.Series(shelf, index=pd.MultiIndex.from_frame(stock[["sku", "warehouse"]])).reindex(places).to_numpy()
        wanted, filled = wanted_since(panel, origin)
        closed = closed_days(parse_day(day_after(eve)), AHEAD_DAYS, settings.supplier_holidays, own)
        margin, value = unit_money(replace(planning, sold=sold_of(panel)), panel.keys["sku"], policy)
        goods = planning.products.drop_duplicates("sku", keep="last").set_index("sku").reindex(panel.keys["sku"])
        pack, minimum = (pd.to_numeric(goods[name]).fillna(0).to_numpy(dtype=np.int64) for name in ("pack", "moq"))
        return Season(
            planning=planning,
            settings=settings,
            origin=origin,
            wanted=wanted,
            filled=filled,
            start=np.where(np.isfinite(found), found, usual),
            coming=coming_of(planning, origin),
            supply=SameForAll(lead_pools(leads), closed=closed if settings.supplier_holidays else None),
            lead_days=mean,
            margin=margin,
            value=value,
            last_day=ended_columns(panel) - origin,
            pack=np.maximum(pack, 1),
            minimum=minimum,
        )

    @property
    def days(self) -> list[str]:
        return [str(day.date()) for day in self.planning.panel.days[self.origin :]]

    def lived(self, policy: Policy, players: int, watch: Watch | None = None) -> Outcome:
        """policy: orders of all players, (players, rows), at each look; it sees all demand that is known by then."""
        units = self.planning.panel.units

        def knowing(view: View) -> Floats:
            return policy(replace(view, demand_seen=units[:, : self.origin + view.period].astype(float)))

        return simulate(
            self.wanted, knowing, self.supply, self.start, self.value * self.settings.holding_cost_per_year / YEAR_DAYS,
            self.margin, self.coming, review_every=self.settings.review_period_days, seeds=players, seed=self.origin,
            watch=watch,
        )  # fmt: skip

    def by_rule(self, rule: Policy) -> Policy:
        """A rule of thumb's orders raised to the minimum and up to packs; none for what ends before they are there."""

        def orders(view: View) -> Floats:
            need = np.where(view.period + self.lead_days > self.last_day, 0.0, rule(view))
            packed = np.ceil(np.maximum(need, self.minimum) / self.pack) * self.pack
            return np.where(need > 0, packed, 0.0)

        return orders


def wanted_since(panel: Panel, origin: int) -> tuple[Floats, float]:
    """(units wanted on each day from `origin` on, (n, days), whole; how many of them were filled in).

    An unknown day of what was on sale is taken to have sold what the known days of the four weeks before did on
    average; NaN where there is none. What a day leaves over of a whole unit goes to the next one.
    """
    units = panel.units[:, max(origin - FILL_DAYS, 0) :].astype(float)
    first = panel.day_count - units.shape[1]
    known = np.isfinite(units)
    sums = np.cumsum(np.pad(np.where(known, units, 0.0), ((0, 0), (1, 0))), axis=1)
    counts = np.cumsum(np.pad(known, ((0, 0), (1, 0))), axis=1)
    at = np.arange(units.shape[1])
    before = np.maximum(at - FILL_DAYS, 0)
    total, count = sums[:, at] - sums[:, before], counts[:, at] - counts[:, before]
    usual = np.divide(total, count, out=np.full(units.shape, np.nan), where=count > 0)
    on_sale = (at + first >= panel.started[:, None]) & (at + first < ended_columns(panel)[:, None])
    filled = np.where(known, units, np.where(on_sale, usual, np.nan))[:, origin - first :]
    whole = np.diff(np.floor(np.cumsum(np.nan_to_num(filled), axis=1) + 0.5), axis=1, prepend=0.0)
    guessed = np.where(known[:, origin - first :], 0.0, np.nan_to_num(filled))
    return np.where(np.isfinite(filled), whole, np.nan), float(guessed.sum())


def ended_columns(panel: Panel) -> Floats:
    """The day of the panel after the last one on sale of each row; infinite where no end is known."""
    if "ended_day" not in panel.keys:
        return np.full(panel.series_count, np.inf)
    last = pd.to_datetime(panel.keys["ended_day"], errors="coerce")
    days = ((last - panel.days[0]) / pd.Timedelta(days=1)).to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(days), days + 1, np.inf)


def coming_of(planning: PlanningData, origin: int) -> Floats:
    """(n, days): units of orders placed before the first day that came in on each day from it on."""
    panel, keys = planning.panel, ["purchase_order_id", "line_id"]
    first = day_after(last_known_day(panel, origin))
    placed = planning.purchase_orders.loc[planning.purchase_orders["ordered_day"] < first, keys].drop_duplicates()
    came = planning.receipts[planning.receipts["received_day"] >= first].merge(placed, on=keys)
    places = pd.MultiIndex.from_frame(panel.keys[["sku", "warehouse"]])
    row = places.get_indexer(pd.MultiIndex.from_frame(came[["sku", "warehouse"]]))
    column = (pd.to_datetime(came["received_day"]) - pd.Timestamp(first)).dt.days.to_numpy(dtype=np.int64)
    units = np.zeros((panel.series_count, panel.day_count - origin))
    inside = (row >= 0) & (column < units.shape[1])
    np.add.at(units, (row[inside], column[inside]), came["quantity"].to_numpy(dtype=float)[inside])
    return units


def known_then(planning: PlanningData, origin: int) -> PlanningData:
    """What was known when the panel had so many days: demand, sales, orders and receipts till then. Products and
    suppliers carry no days, and are as they are."""
    day, past = last_known_day(planning.panel, origin), planning.panel.until(origin)
    keys = ["purchase_order_id", "line_id"]
    orders = planning.purchase_orders[planning.purchase_orders["ordered_day"] <= day]
    later = planning.receipts[planning.receipts["received_day"] > day]
    came_later = pd.MultiIndex.from_frame(orders[keys]).isin(pd.MultiIndex.from_frame(later[keys]))
    status = orders["status"].mask(came_later & (orders["status"] == "closed"), "open")
    return replace(
        planning,
        day=day,
        panel=past,
        purchase_orders=orders.assign(status=status),
        receipts=planning.receipts[planning.receipts["received_day"] <= day],
        sold=sold_of(past),
    )


def sold_of(panel: Panel) -> pd.DataFrame:
    """sku, warehouse, revenue_13_weeks_micros and units_13_weeks of the panel's last thirteen weeks."""
    units, price = panel.units[:, -SOLD_DAYS:].astype(float), panel.price[:, -SOLD_DAYS:].astype(float)
    revenue = np.rint(np.nansum(units * price, axis=1) * YUAN_MICROS).astype(np.int64)
    frame = panel.keys[["sku", "warehouse"]].reset_index(drop=True)
    return frame.assign(revenue_13_weeks_micros=revenue, units_13_weeks=np.nansum(units, axis=1))
