"""What the merchant decided about stock: service levels, budget, thresholds. And the ABC × XYZ classes they hang on.

Every number here is a judgement of the merchant, as its YAML says it or as `include.settings` has it by default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.settings.stock.excess import Excess
from include.settings.stock.replenishment import CLASSES, Replenishment
from include.settings.stock.transport import lane_ends

YUAN_MICROS = 1_000_000


@dataclass(frozen=True)
class TransportCosts:
    """Moving goods between warehouses. Lanes, where they differ, by (from, to)."""

    is_open: bool  # False: every lane that is not named is closed
    micros_per_unit: int
    share_of_cost: float  # of the unit cost, on top
    days: int
    lanes: Mapping[tuple[str, str], int]  # micros a unit
    min_saving_micros: int  # a line that saves less is not worth a person's time


@dataclass(frozen=True)
class StockPolicy:
    """One merchant's replenishment policy. Money in micros of a yuan, levels are probabilities in (0, 1)."""

    service_levels: Mapping[str, float]
    # A level tuned by simulation, or set by hand, goes before the table: by "sku:CODE", "category:NAME", or class "AX".
    level_overrides: Mapping[str, float]
    value_share_a: float
    value_share_b: float
    variation_x: float
    variation_y: float
    review_period_days: int
    holding_rate: float  # a year's capital, space and ageing, as a share of unit cost
    assumed_margin: float
    late_cost: float
    often_late_below: float
    supplier_choices: int
    order_line_micros: int  # 0: a line is ordered at every look
    longest_cycle_days: float
    max_lines: int | None  # of one day's list; None: as many as there are
    budget_micros: int | None  # for all orders of the day; None: no cap
    emergency_fund_micros: int  # beyond the budget, only for A skus whose shelf is empty
    fast_lane_days: int
    # None: the service levels above. Else each line's level is where a unit more on the shelf earns what it costs, with
    # holding weighed so many times its money: one number to trade stock against lost sales, tuned by simulation.
    holding_weight: float | None
    highest_level: float
    lowest_level: float
    holiday_level: float | None  # None: no bound
    min_holiday_days: int
    new_sku_level: float
    settled_days: float
    settled_units: float
    transport: TransportCosts
    excess: Excess
    catch_up_from: date | None  # day of the first of the lists over which catching up is spread
    catch_up_days: int
    line_levels: Mapping[tuple[str, str], float]  # (sku, warehouse): set by a person

    def with_levels(self, levels: Mapping[str, float]) -> StockPolicy:
        """With other levels, by the keys of `level_overrides`; of a sku, in all its warehouses: what people set of
        single lines of it counts no more."""
        lines = {place: level for place, level in self.line_levels.items() if f"sku:{place[0]}" not in levels}
        return replace(self, level_overrides={**self.level_overrides, **levels}, line_levels=lines)

    def __post_init__(self) -> None:
        for name, level in (*self.service_levels.items(), *self.level_overrides.items()):
            if not 0.0 < level < 1.0:
                raise ValueError(f"service level of {name} is {level}: expected a probability between 0 and 1")
        missing = [name for name in CLASSES if name not in self.service_levels]
        if missing:
            raise ValueError(f"service_levels lacks {', '.join(missing)}: expected all of AX .. CZ")
        if not 0 < self.value_share_a <= self.value_share_b <= 1:
            raise ValueError("expected 0 < value_share_a <= value_share_b <= 1")

    def catch_up_lists(self, day: str) -> int:
        """Lists over which what is to be caught up is still spread, the one of `day` among them; 0: it is not."""
        begun = None if self.catch_up_from is None else (date.fromisoformat(day) - self.catch_up_from).days
        return 0 if begun is None or begun < 0 else max(self.catch_up_days - begun, 0)


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
        holding_rate=settings.holding_cost_per_year,
        assumed_margin=settings.assumed_margin,
        late_cost=settings.late_cost,
        often_late_below=settings.often_late_below,
        supplier_choices=settings.supplier_choices,
        fast_lane_days=settings.fast_lane_days,
        holding_weight=settings.holding_weight if settings.levels_from == "cost" else None,
        highest_level=settings.highest_level,
        lowest_level=settings.lowest_level,
        holiday_level=settings.holiday_level,
        min_holiday_days=settings.min_holiday_days,
        new_sku_level=settings.new_sku_level,
        settled_days=settings.settled_days,
        settled_units=settings.settled_units,
        order_line_micros=round(settings.order_line_cost * YUAN_MICROS),
        longest_cycle_days=settings.longest_cycle_days,
        max_lines=settings.max_restock_lines,
        transport=TransportCosts(
            is_open=transport.open,
            micros_per_unit=round(transport.cost_per_unit * YUAN_MICROS),
            share_of_cost=transport.share_of_cost,
            days=transport.days,
            lanes={lane_ends(name): round(yuan * YUAN_MICROS) for name, yuan in transport.lanes.items()},
            min_saving_micros=round(transport.min_saving * YUAN_MICROS),
        ),
        budget_micros=None if budget is None else round(budget * YUAN_MICROS),
        emergency_fund_micros=round(settings.emergency_fund * YUAN_MICROS),
        excess=settings.excess,
        catch_up_from=settings.catch_up_from,
        catch_up_days=settings.catch_up_days,
        line_levels={},
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


def classify(
    inputs: pd.DataFrame,
    policy: StockPolicy,
    value_classes: Callable[[pd.Series, StockPolicy], pd.Series] = value_class,
) -> pd.DataFrame:
    """Columns abc, xyz, service_level, is_overridden (the level is from `level_overrides` or `line_levels`), indexed as
    `inputs`.

    inputs: sku, warehouse, category, revenue_13_weeks_micros, weekly_cv; value is judged by sku over all its
    warehouses. value_classes: as `value_class`, of the revenue by sku.
    """
    by_sku = inputs.groupby("sku", sort=True)["revenue_13_weeks_micros"].sum()
    abc = inputs["sku"].map(value_classes(by_sku, policy)).astype("str")
    xyz = predictability_class(inputs["weekly_cv"], policy)
    joint = abc + xyz
    level = joint.map(dict(policy.service_levels)).astype("float64")
    is_overridden = pd.Series(False, index=inputs.index)
    if policy.level_overrides:
        overrides = dict(policy.level_overrides)
        for key in (joint, "category:" + inputs["category"].astype("str"), "sku:" + inputs["sku"].astype("str")):
            chosen = key.map(overrides).astype("float64")
            level = chosen.where(chosen.notna(), level)
            is_overridden |= chosen.notna()
    if policy.line_levels:
        lines = zip(inputs["sku"], inputs["warehouse"], strict=True)
        chosen = pd.Series([policy.line_levels.get(line) for line in lines], index=inputs.index, dtype="float64")
        level = chosen.where(chosen.notna(), level)
        is_overridden |= chosen.notna()
    return pd.DataFrame(
        {"abc": abc, "xyz": xyz, "service_level": level, "is_overridden": is_overridden}, index=inputs.index
    )
