"""What if: the plan of a day made again with other judgements, beside the plan as it is. Nothing is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pandas as pd

from include.facts.close_day import require_closed
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.planning_data import plan_basis
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import YUAN_MICROS, StockPolicy
from include.replenishment.quantity.protection_period import Protection, protection_of
from include.settings.currencies import currency_name
from include.settings.names import UnknownNameError, called, no_such, require_known
from include.settings.saying import BilingualError
from include.settings.stock.replenishment import CLASSES
from include.warehouse.workspace import Workspace

KEYS = ["sku", "warehouse"]
LEVEL_KINDS = ("category", "sku")
Number = TypeVar("Number", int, float)
SIDE_BY_SIDE = ("service_level", "protection_days", "need", "quantity", "budget_cut", "cost_micros")


@dataclass(frozen=True)
class Question:
    """service_levels: by class 'AX', 'category:NAME' or 'sku:CODE'. budget: None: no cap; 'as it is' unless
    `changes_budget`. lead_days: by supplier or sku. holding_weight: levels are reckoned from cost, with holding counted
    so many times; highest_level: and none of these is higher. order_line_cost: of a line of an order, in the merchant's
    currency."""

    service_levels: Mapping[str, float] = field(default_factory=dict)
    changes_budget: bool = False
    budget: float | None = None
    lead_days: Mapping[str, int] = field(default_factory=dict)
    holding_weight: float | None = None
    highest_level: float | None = None
    order_line_cost: float | None = None

    def require_known(self, planning: PlanningData) -> None:
        """Raises UnknownNameError, with the nearest, for a class, category, sku or supplier that the books lack."""
        skus = set(planning.products["sku"]) | set(planning.panel.keys["sku"])
        categories = set(planning.products["category"].dropna()) - {""}
        for name in self.service_levels:
            _require_level_name(name, skus, categories)
        suppliers = set(planning.suppliers["supplier"]) | set(planning.purchase_orders["supplier"].dropna())
        require_known("supplier or sku", self.lead_days, skus | suppliers)

    def policy(self, policy: StockPolicy) -> StockPolicy:
        """The policy with this question's changes."""
        budget = policy.budget_micros
        if self.changes_budget:
            budget = None if self.budget is None else round(self.budget * YUAN_MICROS)
        weight = policy.holding_weight if self.holding_weight is None else self.holding_weight
        highest = policy.highest_level if self.highest_level is None else self.highest_level
        if self.highest_level is not None and weight is None:
            raise BilingualError.named("error.level_without_weight")
        line = policy.order_line_micros if self.order_line_cost is None else round(self.order_line_cost * YUAN_MICROS)
        return replace(
            policy.with_levels(self.service_levels),
            order_line_micros=line,
            budget_micros=budget,
            holding_weight=weight,
            highest_level=highest,
        )

    def words(self) -> str:
        """What it changes, as it is asked: 'service-level AX=0.97, budget none'."""
        said = {
            "service-level": " ".join(f"{name}={level:g}" for name, level in self.service_levels.items()),
            "budget": ("none" if self.budget is None else f"{self.budget:g}") if self.changes_budget else "",
            "lead-time": " ".join(f"{name}={days}" for name, days in self.lead_days.items()),
            "holding-weight": "" if self.holding_weight is None else f"{self.holding_weight:g}",
            "highest-level": "" if self.highest_level is None else f"{self.highest_level:g}",
            "order-line-cost": "" if self.order_line_cost is None else f"{self.order_line_cost:g}",
        }
        return ", ".join(f"{name} {value}" for name, value in said.items() if value)


def _require_level_name(name: str, skus: set[str], categories: set[str]) -> None:
    """A service level is of a class such as AX, of category:NAME or of sku:CODE."""
    kind, colon, rest = name.partition(":")
    if colon and kind in LEVEL_KINDS:
        require_known(kind, [rest], {"category": categories, "sku": skus}[kind])
    elif name not in CLASSES:
        for kind, there in (("category", categories), ("sku", skus)):
            if name in there:
                raise UnknownNameError.named("error.level_without_kind", name=name, kind=kind, what=called(kind))
        ways = [*CLASSES, *(f"category:{one}" for one in categories), *(f"sku:{one}" for one in skus)]
        unknown = no_such("class", name, ways)
        raise UnknownNameError.named("error.unknown_level", unknown=unknown.both)


@dataclass(frozen=True)
class Answer:
    """totals: what, as_it_is, what_if, difference. lines: those that differ, sku, warehouse, title and each of
    SIDE_BY_SIDE twice (`_as_it_is`, `_what_if`), most money first."""

    as_it_is: DayPlan
    what_if: DayPlan
    totals: pd.DataFrame
    lines: pd.DataFrame


def what_if(workspace: Workspace, day: str, question: Question) -> Answer:
    """The plan of `day` as it is and as it would be, from the same forecast. Raises ValueError for unknown names."""
    require_closed(workspace.books, day)
    basis = plan_basis(workspace, day)
    question.require_known(basis.planning)
    settings, events = workspace.merchant.replenishment, workspace.calendar

    def planned(protection: Protection, policy: StockPolicy) -> DayPlan:
        return plan_day(basis.planning, protection, settings, policy, events, is_excess_wanted=False)

    asked = question.policy(basis.policy)
    other_protection = protection_of(basis.planning, basis.ahead, settings, asked, events, question.lead_days)
    money = currency_name(workspace.merchant.currency, "en")
    as_it_is, other = planned(basis.protection, basis.policy), planned(other_protection, asked)
    return Answer(as_it_is, other, compared_totals(as_it_is, other, money), compared_lines(as_it_is, other))


def totals_of(plan: DayPlan, money: str = "yuan") -> dict[str, float]:
    """Lines and units to order and to move, money, and what the plan expects over the protection periods.

    money: what the merchant's currency is called."""
    lines, prices = plan.lines, plan.inputs
    cost = prices["unit_cost_micros"].astype("Float64").fillna(0).to_numpy(dtype=float) / YUAN_MICROS
    price = prices["unit_price_micros"].astype("Float64").fillna(0).to_numpy(dtype=float) / YUAN_MICROS
    position = (lines["on_hand"] + lines["arriving"] - lines["promised"] + lines["quantity"]).clip(lower=0)
    lost = lines["lost_units_with_order"].to_numpy(dtype=float)
    return {
        "lines to order": float((lines["quantity"] > 0).sum()),
        "units to order": float(lines["quantity"].sum()),
        f"cost of orders, {money}": float((lines["quantity"] * cost).sum()),
        "lines the budget cut": float((lines["budget_cut"] > 0).sum()),
        f"cut by the budget, {money}": float((lines["budget_cut"] * cost).sum()),
        f"would have earned, {money}": float(lines["forgone_micros"].sum()) / YUAN_MICROS,
        "transfers": float(len(plan.transfers)),
        "units to move": float(plan.transfers["quantity"].sum()),
        "expected lost sales, units": float(lost.sum()),
        f"expected lost sales, {money}": float((lost * price).sum()),
        "stock and orders, units": float(position.sum()),
        f"stock and orders, {money} at cost": float((position * cost).sum()),
    }


def compared_totals(as_it_is: DayPlan, other: DayPlan, money: str = "yuan") -> pd.DataFrame:
    """Columns what, as_it_is, what_if, difference."""
    before, after = totals_of(as_it_is, money), totals_of(other, money)
    frame = pd.DataFrame({"what": list(before), "as_it_is": list(before.values()), "what_if": list(after.values())})
    return frame.assign(difference=frame["what_if"] - frame["as_it_is"])


def compared_lines(as_it_is: DayPlan, other: DayPlan) -> pd.DataFrame:
    """The lines whose order differs, see `Answer`."""
    columns = [*KEYS, *SIDE_BY_SIDE]
    if as_it_is.lines.empty and other.lines.empty:  # pandas cannot join two text columns of no parts
        return pd.DataFrame(columns=_compared_columns())
    both = as_it_is.lines[["title", *columns]].merge(
        other.lines[columns], on=KEYS, suffixes=("_as_it_is", "_what_if"), how="outer"
    )
    differs = (both["quantity_as_it_is"] != both["quantity_what_if"]).fillna(True)
    moved = (both["cost_micros_what_if"] - both["cost_micros_as_it_is"]).abs().astype("Float64").fillna(0)
    chosen = both[differs].assign(moved=moved[differs])
    ranked = chosen.sort_values(["moved", *KEYS], ascending=[False, True, True], kind="stable")
    return ranked[_compared_columns()].reset_index(drop=True)


def _compared_columns() -> list[str]:
    return [*KEYS, "title", *(f"{name}_{side}" for name in SIDE_BY_SIDE for side in ("as_it_is", "what_if"))]
