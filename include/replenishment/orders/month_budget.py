"""A month's money for orders: what the settings give it, less what people accepted of the month's lists."""

from __future__ import annotations

from dataclasses import dataclass, replace

from include.calendar.business_days import day_after
from include.replenishment.explain import amount
from include.replenishment.orders.spending import Accepted, accepted_since
from include.replenishment.policy import YUAN_MICROS, StockPolicy
from include.settings.currencies import currency_names
from include.warehouse.workspace import Workspace
from include.words.texts import in_each


@dataclass(frozen=True)
class MonthBudget:
    """month: 'YYYY-MM' of the morning on which the list is worked. Money in micros."""

    month: str
    budget_micros: int
    fund_micros: int
    accepted: Accepted

    @property
    def left_micros(self) -> int:
        """Of the budget; the fund's part of what was accepted is not taken off it."""
        return max(self.budget_micros - (self.accepted.micros - self.accepted.fund_micros), 0)

    @property
    def fund_left_micros(self) -> int:
        return max(self.fund_micros - self.accepted.fund_micros, 0)

    def of(self, policy: StockPolicy) -> StockPolicy:
        """The policy with what is left as its budget and fund."""
        return replace(policy, budget_micros=self.left_micros, emergency_fund_micros=self.fund_left_micros)


def month_budget(workspace: Workspace, day: str) -> MonthBudget | None:
    """What is left for the list of `day`, as known at its close; None where the budget is a day's, or there is none."""
    settings = workspace.merchant.replenishment
    if settings.budget is None or settings.budget_of == "day":
        return None
    month = day_after(day)[:7]
    with workspace.books.connect() as connection:
        accepted = accepted_since(connection, f"{month}-01", day)
    budget, fund = (round(money * YUAN_MICROS) for money in (settings.budget, settings.emergency_fund))
    return MonthBudget(month, budget, fund, accepted)


def budget_note(money: MonthBudget, asked_micros: int, currency: str) -> tuple[str, str]:
    """What stands above the restock list. asked_micros: what the list's orders cost."""
    told = in_each(
        "note.month_budget",
        month=money.month,
        budget=amount(money.budget_micros),
        spent=amount(money.accepted.micros - money.accepted.fund_micros),
        left=amount(money.left_micros),
        asked=amount(asked_micros),
        fund=amount(money.fund_micros),
        fund_left=amount(money.fund_left_micros),
        money=currency_names(currency),
    )
    more = money.accepted.unpriced
    return in_each("note.both", first=told, second=in_each("note.unpriced", lines=more)) if more else told
