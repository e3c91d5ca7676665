"""What the merchant decided about stock: service levels, budget, thresholds. And the ABC × XYZ classes they hang on.

Every number here is a judgement that belongs in the merchant's YAML; the defaults are what a planner would begin
with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.settings.replenishment import Replenishment
from include.settings.transport import lane_ends

YUAN_MICROS = 1_000_000

DEFAULT_SERVICE_LEVELS: Mapping[str, float] = {
    "AX": 0.975,
    "AY": 0.95,
    "AZ": 0.90,
    "BX": 0.95,
    "BY": 0.90,
    "BZ": 0.80,
    "CX": 0.90,
    "CY": 0.80,
    "CZ": 0.70,
}


@dataclass(frozen=True)
class ExcessPolicy:
    """When stock is too much, and what getting rid of it is thought to cost."""

    cover_days: int = 90  # stock for longer than this is excess
    cover_days_severe: int = 180
    age_days: int = 90  # days since the stock last came in
    age_days_severe: int = 180
    thin_margin: float = 0.15  # below this share of the price there is little to give away
    promote_horizon_days: int = 45  # a promotion should be over by then
    promote_elasticity: float = 2.5  # units sold grow by (1 - discount) ** -elasticity
    promote_deepest: float = 0.4  # never mark down by more than this share of the price
    bundle_discount: float = 0.15  # given away on the excess unit in a bundle
    bundle_uplift: float = 1.5  # units sold a day in a bundle, against alone
    clear_recovery: float = 0.3  # share of the unit cost a liquidator pays
    least_saving_micros: int = 20_000_000  # a way that saves less on a sku than this is not worth a person's time
    patience_days: int = 14  # what came within these days is not got rid of yet, unless it spoils


@dataclass(frozen=True)
class TransportCosts:
    """Moving goods between warehouses. Lanes, where they differ, by (from, to)."""

    is_open: bool = True  # False: every lane that is not named is closed
    micros_a_unit: int = 1_000_000
    share_of_cost: float = 0.0  # of the unit cost, on top
    days: int = 3
    lanes: Mapping[tuple[str, str], int] = field(default_factory=dict)  # micros a unit
    least_saving_micros: int = 20_000_000  # a line that saves less is not worth a person's time


@dataclass(frozen=True)
class StockPolicy:
    """One merchant's replenishment policy. Money in micros of a yuan, levels are probabilities in (0, 1)."""

    service_levels: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_SERVICE_LEVELS))
    # A level tuned by simulation, or set by hand, goes before the table: by "sku:CODE", "category:NAME", or
    # class "AX".
    level_overrides: Mapping[str, float] = field(default_factory=dict)
    value_share_a: float = 0.80  # skus that bring the first 80 % of revenue are A
    value_share_b: float = 0.95
    variation_x: float = 0.5  # weekly demand's standard deviation over its mean, up to which a sku is X
    variation_y: float = 1.0
    review_period_days: int = 7
    holding_rate: float = 0.25  # a year's capital, space and ageing, as a share of unit cost
    assumed_margin: float = 0.3  # share of price, where cost or price is unknown
    late_cost: float = 0.2  # what a unit that comes late costs more, as a share of its price
    order_line_micros: int = 0  # what a line of an order costs, whatever it orders; 0: a line is ordered at every look
    longest_cycle_days: float = 45.0  # no line is ordered for longer than this beyond its protection period
    max_lines: int | None = None  # of one day's list; None: as many as there are
    budget_micros: int | None = None  # for all orders of the day; None: no cap
    emergency_fund_micros: int = 0  # beyond the budget, only for A skus whose shelf is empty
    fast_lane_days: int = 2  # 爆款: such an order is to be placed within 48 hours
    # None: the service levels above. Else each line's level is where a unit more on the shelf earns what it costs, with
    # holding weighed so many times its money: one number to trade stock against lost sales, tuned by simulation.
    holding_weight: float | None = None
    # No level that is reckoned from cost is higher: beyond it a quantile is mostly guesswork, and costs stock for sure.
    highest_level: float = 0.995
    # At most, for what has to last through a supplier's holiday: leftovers lie there for weeks. None: no bound.
    holiday_level: float | None = None
    # At most, for a sku whose forecast is borrowed from others; the bound rises from there in the sku's first thirteen
    # weeks, or hundred units.
    new_sku_level: float = 0.6
    transport: TransportCosts = field(default_factory=lambda: TransportCosts())
    excess: ExcessPolicy = field(default_factory=ExcessPolicy)

    def __post_init__(self) -> None:
        for name, level in (*self.service_levels.items(), *self.level_overrides.items()):
            if not 0.0 < level < 1.0:
                raise ValueError(f"service level of {name} is {level}: expected a probability between 0 and 1")
        missing = sorted(set(DEFAULT_SERVICE_LEVELS) - set(self.service_levels))
        if missing:
            raise ValueError(f"service_levels lacks {', '.join(missing)}: expected all of AX .. CZ")
        if not 0 < self.value_share_a <= self.value_share_b <= 1:
            raise ValueError("expected 0 < value_share_a <= value_share_b <= 1")


def policy_of(settings: Replenishment) -> StockPolicy:
    """The policy that the merchant's YAML describes; yuan become micros."""
    value_a, value_b = settings.value_shares
    transport = settings.transport
    variation_x, variation_y = settings.variation_limits
    budget = settings.budget
    return StockPolicy(
        service_levels=dict(settings.service_levels),
        level_overrides=dict(settings.level_overrides),
        value_share_a=value_a,
        value_share_b=value_b,
        variation_x=variation_x,
        variation_y=variation_y,
        review_period_days=settings.review_period_days,
        holding_rate=settings.holding_cost_a_year,
        assumed_margin=settings.assumed_margin,
        late_cost=settings.late_cost,
        fast_lane_days=settings.fast_lane_days,
        holding_weight=settings.holding_weight if settings.levels_from == "cost" else None,
        highest_level=settings.highest_level,
        holiday_level=settings.holiday_level,
        new_sku_level=settings.new_sku_level,
        order_line_micros=round(settings.order_line_cost * YUAN_MICROS),
        longest_cycle_days=settings.longest_cycle_days,
        max_lines=settings.max_restock_lines,
        transport=TransportCosts(
            is_open=transport.open,
            micros_a_unit=round(transport.cost_per_unit * YUAN_MICROS),
            share_of_cost=transport.share_of_cost,
            days=transport.days,
            lanes={lane_ends(name): round(yuan * YUAN_MICROS) for name, yuan in transport.lanes.items()},
            least_saving_micros=round(transport.min_saving * YUAN_MICROS),
        ),
        budget_micros=None if budget is None else round(budget * YUAN_MICROS),
        emergency_fund_micros=round(settings.emergency_fund * YUAN_MICROS),
        excess=ExcessPolicy(
            cover_days=settings.excess_cover_days,
            cover_days_severe=2 * settings.excess_cover_days,
            least_saving_micros=round(settings.excess_min_saving * YUAN_MICROS),
            patience_days=settings.excess_patience_days,
        ),
    )


def with_levels(policy: StockPolicy, levels: Mapping[str, float]) -> StockPolicy:
    """The policy with tuned levels, by class, in the place of its table's; `level_overrides` go on going before."""
    return replace(policy, service_levels={**policy.service_levels, **levels})


def unit_margin(price_micros: pd.Series, cost_micros: pd.Series, policy: StockPolicy) -> NDArray[np.float64]:
    """Micros earned on a unit sold; by `assumed_margin` where cost or price is unknown."""
    price = price_micros.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    cost = cost_micros.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    share = policy.assumed_margin
    assumed = np.where(np.isnan(cost), share * np.nan_to_num(price), share / (1 - share) * np.nan_to_num(cost))
    return np.where(np.isnan(price) | np.isnan(cost), assumed, price - cost)


def value_class(revenue: pd.Series, policy: StockPolicy) -> pd.Series:
    """A, B or C by each sku's place in cumulative revenue (the sku that crosses a bound still belongs before it)."""
    amount = revenue.astype("float64").fillna(0.0).clip(lower=0.0)
    total = amount.sum()
    if total <= 0:
        return pd.Series("C", index=revenue.index, dtype="str")
    order = np.argsort(-amount.to_numpy(), kind="stable")
    before = np.empty(len(amount))
    ranked = amount.to_numpy()[order]
    before[order] = (np.cumsum(ranked) - ranked) / total
    classes = np.where(before < policy.value_share_a, "A", np.where(before < policy.value_share_b, "B", "C"))
    return pd.Series(np.where(amount > 0, classes, "C"), index=revenue.index, dtype="str")


def predictability_class(weekly_cv: pd.Series, policy: StockPolicy) -> pd.Series:
    """X, Y or Z by the variation of weekly demand; unknown variation (a new sku) is Z."""
    cv = weekly_cv.astype("float64").fillna(np.inf)
    return pd.Series(
        np.where(cv <= policy.variation_x, "X", np.where(cv <= policy.variation_y, "Y", "Z")),
        index=weekly_cv.index,
        dtype="str",
    )


def classify(inputs: pd.DataFrame, policy: StockPolicy) -> pd.DataFrame:
    """Columns abc, xyz, service_level, is_overridden (the level is from `level_overrides`), indexed as `inputs`.

    inputs: sku, category, revenue_13_weeks_micros, weekly_cv; value is judged by sku over all its warehouses.
    """
    by_sku = inputs.groupby("sku", sort=True)["revenue_13_weeks_micros"].sum()
    abc = inputs["sku"].map(value_class(by_sku, policy)).astype("str")
    xyz = predictability_class(inputs["weekly_cv"], policy)
    joint = abc + xyz
    level = joint.map(dict(policy.service_levels)).astype("float64")
    is_overridden = pd.Series(False, index=inputs.index)
    if policy.level_overrides:
        overrides = dict(policy.level_overrides)
        for key in (
            joint,
            "category:" + inputs["category"].astype("str"),
            "sku:" + inputs["sku"].astype("str"),
        ):
            chosen = key.map(overrides).astype("float64")
            level = chosen.where(chosen.notna(), level)
            is_overridden |= chosen.notna()
    return pd.DataFrame(
        {"abc": abc, "xyz": xyz, "service_level": level, "is_overridden": is_overridden}, index=inputs.index
    )
