"""A few lines planned among all: what lines decide together is decided with the others as the night left them.

`Recording` keeps what each plan of the night decided together. `Among` puts other lines in the place of some and
decides again, over all. A decision about a line that is not planned again may come out otherwise; if anything follows
from it, `WiderError` names the sku, and whoever plans takes it in and begins again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.policy import StockPolicy, value_class
from include.replenishment.quantity.budget import Spending
from include.replenishment.quantity.distribution import DemandDistribution
from include.replenishment.quantity.joint_decisions import Deciding, JointDecisions, Orders, paid_for
from include.replenishment.quantity.waiting import CatchUp, waits_for_its_turn, waits_to_catch_up

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

FIRST_TRANSFERS, LINES, AGAIN, SHORTAGE = "transfers 0", "lines", "lines again", "shortage"


class WiderError(Exception):
    """The joint decisions about lines of these skus come out otherwise, too."""

    def __init__(self, skus: Collection[str]) -> None:
        super().__init__(", ".join(sorted(skus)))
        self.skus = frozenset(skus)


class Kept(JointDecisions):
    """The joint decisions of one plan, taken among its lines and kept. series, sku: (lines,)."""

    def __init__(self) -> None:
        self.revenue = self.classes = pd.Series(dtype=float)
        self.series: Integers = np.zeros(0, dtype=np.int64)
        self.sku: NDArray[np.str_] = np.zeros(0, dtype=str)
        self.waiting_cost: Floats = np.zeros(0)
        self.wanted: Booleans = np.zeros(0, dtype=bool)
        self.waits: Booleans = np.zeros(0, dtype=bool)
        self.late: CatchUp | None = None
        self.put_off_waits: Booleans = np.zeros(0, dtype=bool)
        self.lists = 0
        self.orders: Orders | None = None
        self.spending: Spending | None = None

    def value_classes(self, revenue: pd.Series, policy: StockPolicy) -> pd.Series:
        self.revenue, self.classes = revenue, super().value_classes(revenue, policy)
        return self.classes

    def put_off(self, frame: pd.DataFrame, lines: CatchUp, lists: int) -> Booleans:
        self.late, self.lists = lines, lists
        self.put_off_waits = super().put_off(frame, lines, lists)
        return self.put_off_waits

    def turns(self, frame: pd.DataFrame, waiting_cost: Floats, wanted: Booleans, policy: StockPolicy) -> Booleans:
        self.series, self.sku = frame["series"].to_numpy(dtype=np.int64), frame["sku"].to_numpy(dtype=str)
        self.waiting_cost, self.wanted = waiting_cost, wanted
        self.waits = super().turns(frame, waiting_cost, wanted, policy)
        return self.waits

    def paid(self, frame: pd.DataFrame, orders: Orders, policy: StockPolicy) -> Spending:
        self.orders, self.spending = orders, super().paid(frame, orders, policy)
        return self.spending


class Recording(Deciding):
    """Among themselves, kept by plan."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    def of(self, plan: str) -> Kept:
        return self.kept.setdefault(plan, Kept())


@dataclass(frozen=True)
class Night:
    """What the plan of the night decided. kept: by plan. place: by series, its place among all lines. movable: skus
    whose transfers were weighed. unhurried: the lines as if none had to wait for its turn; None: orders depend on each
    other in other ways, too."""

    kept: Mapping[str, Kept]
    place: Integers
    movable: frozenset[str]
    unhurried: Kept | None


class Among(Deciding):
    """skus: whose lines are planned again."""

    def __init__(self, night: Night, skus: frozenset[str], policy: StockPolicy) -> None:
        self.night, self.kept, self.skus, self.policy = night, night.kept, skus, policy
        self.asked: set[str] = set()

    def of(self, plan: str) -> JointDecisions:
        self.asked.add(plan)
        # Who was sent nothing after the budget is planned once more as it was.
        usual = self.kept[LINES] if plan == AGAIN else Kept()
        return _AmongAll(plan, self.kept.get(plan, usual), self.night, self.skus)

    def is_made_again(self) -> bool:
        return AGAIN in self.kept

    def finish(self) -> None:
        """Plans that were made of the replanned lines in the night, and are not any more: the others decide alone."""
        none = pd.DataFrame({"series": np.zeros(0, dtype=np.int64)})
        for plan in sorted(set(self.kept) - self.asked - {SHORTAGE}):
            alone = self.of(plan)
            alone.value_classes(self.kept[plan].revenue.iloc[:0], self.policy)
            if self.kept[plan].late is not None:
                no_line = np.zeros(0, dtype=bool)
                alone.put_off(none, CatchUp(np.zeros(0), np.zeros(0), no_line, no_line), self.kept[plan].lists)
            alone.turns(none, np.zeros(0), np.zeros(0, dtype=bool), self.policy)


class _AmongAll(JointDecisions):
    def __init__(self, plan: str, kept: Kept, night: Night, skus: frozenset[str]) -> None:
        self.plan, self.kept, self.night, self.skus = plan, kept, night, skus
        self.others = np.flatnonzero(~np.isin(kept.sku, list(skus)))
        self.turned: set[str] = set()

    def value_classes(self, revenue: pd.Series, policy: StockPolicy) -> pd.Series:
        kept = self.kept
        is_other = ~kept.revenue.index.isin(list(self.skus))
        whole = pd.concat([kept.revenue[is_other], revenue]).sort_index()
        classes = value_class(whole, policy)
        before = kept.classes[is_other]
        changed = before.index[(classes.reindex(before.index) != before).to_numpy(dtype=bool)]
        if self.plan != SHORTAGE:
            _require_none(changed)
        return classes.reindex(revenue.index)

    def put_off(self, frame: pd.DataFrame, lines: CatchUp, lists: int) -> Booleans:
        kept, others = self.kept, self.others
        if kept.late is None:
            return super().put_off(frame, lines, lists)
        order, mine = self._order(frame)
        whole = CatchUp(
            *(
                np.concatenate([getattr(kept.late, one.name)[others], getattr(lines, one.name)])[order]
                for one in fields(CatchUp)
            )
        )
        waits = waits_to_catch_up(whole, lists)
        changed = kept.put_off_waits[others] != waits[~mine]
        # Who waits for its turn, what is moved and what the budget pays for hang on it.
        if self.plan != SHORTAGE:
            _require_none(kept.sku[others][changed])
        return waits[mine]

    def turns(self, frame: pd.DataFrame, waiting_cost: Floats, wanted: Booleans, policy: StockPolicy) -> Booleans:
        kept, others = self.kept, self.others
        order, mine = self._order(frame)
        cost = np.concatenate([kept.waiting_cost[others], waiting_cost])[order]
        asked = np.concatenate([kept.wanted[others], wanted])[order]
        waits = waits_for_its_turn(cost, asked, policy.max_lines, policy.order_line_micros)
        turned = set(kept.sku[others][waits[~mine] != kept.waits[others]].tolist())
        if self.plan in (LINES, AGAIN):
            self.turned = turned  # an order that waits, or no longer waits, is another's money
        elif self.plan != SHORTAGE:
            # What is moved depends on the pack that an order would be rounded to, where anything could be moved.
            _require_none(turned & self.night.movable if self.plan == FIRST_TRANSFERS else turned)
        return waits[mine]

    def paid(self, frame: pd.DataFrame, orders: Orders, policy: StockPolicy) -> Spending:
        if policy.budget_micros is None or self.kept.orders is None or self.kept.spending is None:
            return super().paid(frame, orders, policy)
        if self.turned and not self._is_ample(orders, policy.budget_micros):
            raise WiderError(self.turned)
        order, mine = self._order(frame)
        spent = paid_for(_joined(_part(self.kept.orders, self.others), orders, order), policy)
        if self.plan == LINES:  # what is cut is sought elsewhere, and only then planned for good
            _require_none(self.kept.sku[self.others][spent.kept[~mine] != self.kept.spending.kept[self.others]])
        return Spending(spent.kept[mine], spent.from_fund[mine], spent.forgone_micros[mine])

    def _order(self, frame: pd.DataFrame) -> tuple[Integers, Booleans]:
        """(the place of each line, the others before the replanned, among all; which of all are the replanned)."""
        mine = frame["series"].to_numpy(dtype=np.int64)
        series = np.concatenate([self.kept.series[self.others], mine])
        order = np.argsort(self.night.place[series], kind="stable")
        return order, order >= len(self.others)

    def _is_ample(self, orders: Orders, budget_micros: int) -> bool:
        """The budget pays for everything, whoever waits for its turn."""
        free = self.night.unhurried
        if self.plan != LINES or free is None or free.orders is None:
            return False
        others = ~np.isin(free.sku, list(self.skus))
        most = int((free.orders.sellable * free.orders.cost_micros)[others].sum())
        return most + int((orders.sellable * orders.cost_micros).sum()) <= budget_micros


def _require_none(skus: Iterable[str]) -> None:
    found = frozenset(map(str, skus))
    if found:
        raise WiderError(found)


def _part(orders: Orders, rows: Integers) -> Orders:
    values = {one.name: getattr(orders, one.name)[rows] for one in fields(orders) if one.name != "demand"}
    return Orders(**values, demand=DemandDistribution(orders.demand.levels, orders.demand.values[rows]))


def _joined(first: Orders, more: Orders, order: Integers) -> Orders:
    values = {
        one.name: np.concatenate([getattr(first, one.name), getattr(more, one.name)])[order]
        for one in fields(first)
        if one.name != "demand"
    }
    demand = np.vstack([first.demand.values, more.demand.values])[order]
    return Orders(**values, demand=DemandDistribution(first.demand.levels, demand))
