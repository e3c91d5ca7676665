"""A day's plan held in memory, so that one line's answer does not begin with the books.

A session holds what the plan of a day is made from and what its lines decided together. It is a function of the day,
the books as they are known on it, the configuration and the champion: a change of any makes another session.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, func, select

from include.facts.close_day import require_closed
from include.facts.shelves import SURE
from include.lines.among_all import AGAIN, SHORTAGE, Among, Kept, Night, Recording, WiderError
from include.lines.recent import Recent
from include.replenishment.day_plan import Moves, Start, planned, start_of
from include.replenishment.orders.under_way import known_delays
from include.replenishment.planning_data import PlanBasis, plan_basis
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import StockPolicy
from include.replenishment.quantity.joint_decisions import JointDecisions
from include.replenishment.quantity.plan_lines import plan_lines
from include.replenishment.quantity.protection_period import with_lead_days
from include.replenishment.suppliers.delays import Delays
from include.replenishment.surplus.balancing import could_move
from include.settings.stock.replenishment import Replenishment
from include.tasks.task_tables import BY_PEOPLE, overrides, task_events
from include.warehouse.model_registry import champion_of
from include.warehouse.tables import closes, exports, withdrawals
from include.warehouse.workspace import Workspace, code_version

MAX_SESSIONS = 2
MAX_BYTES = 1 << 30
MAX_PLANS = 200  # of a few lines each, some 100 kB, under another level or lead time
MAX_ROUNDS = 8  # of taking in other lines
WIDEST_SHARE = 0.5  # of all lines: beyond it all are planned again at once


@dataclass(frozen=True)
class Plan:
    """inputs, lines, transfers: as of `planned`, of the lines that were planned. is_whole: these are all of the day."""

    moves: Moves
    inputs: pd.DataFrame
    lines: pd.DataFrame
    transfers: pd.DataFrame
    is_whole: bool

    def row(self, sku: str, warehouse: str) -> int | None:
        """The place of a line; None: it is not planned."""
        found = np.flatnonzero(((self.lines["sku"] == sku) & (self.lines["warehouse"] == warehouse)).to_numpy())
        return int(found[0]) if len(found) else None


@dataclass(frozen=True)
class PlanSession:
    """nightly: the plan that the night made, of all lines. night: what its lines decided together. Nothing in it is
    changed by anybody once it is made, so that many may ask at once; plans are what was asked lately."""

    day: str
    workspace: Workspace
    basis: PlanBasis
    nightly: Plan
    night: Night
    delays: Delays
    plans: Recent[Plan] = field(default_factory=lambda: Recent(MAX_PLANS))

    @property
    def settings(self) -> Replenishment:
        return self.workspace.merchant.replenishment

    def series_of(self, sku: str, warehouse: str) -> int | None:
        """The row of a place in the panel and the forecasts; None: nobody sold it there."""
        keys = self.basis.planning.panel.keys
        found = np.flatnonzero(((keys["sku"] == sku) & (keys["warehouse"] == warehouse)).to_numpy())
        return int(found[0]) if len(found) else None

    def size_bytes(self) -> int:
        """About what it holds in memory."""
        panel, start = self.basis.planning.panel, self.nightly.moves.start
        arrays = (panel.units, panel.price, panel.in_stock, self.basis.protection.totals)
        frames = (self.basis.planning.purchase_orders, self.basis.planning.receipts, self.basis.protection.frame,
                  start.before, start.inputs, start.orders, self.nightly.inputs, self.nightly.lines)  # fmt: skip
        return sum(one.nbytes for one in arrays) + sum(int(one.memory_usage(deep=True).sum()) for one in frames)

    def planned_with(self, sku: str, service_level: float | None = None, lead_days: int | None = None) -> Plan:
        """The lines of a sku, and of those that it bears upon, as the night would plan them if the settings said so.

        service_level: of the sku, as in `level_overrides`. lead_days: of the sku, exactly kept."""
        if service_level is None and lead_days is None:
            return self.nightly
        # Whoever tries a quantity after it, or looks at another warehouse, has it planned already.
        return self.plans.of((sku, service_level, lead_days), lambda: self._planned(sku, service_level, lead_days))

    def _planned(self, sku: str, service_level: float | None, lead_days: int | None) -> Plan:
        policy, stated = self.basis.policy, {} if lead_days is None else {sku: lead_days}
        if service_level is not None:
            policy = policy.with_levels({f"sku:{sku}": service_level})
        basis = self.basis
        if stated:
            days = self.settings.default_lead_time_days
            basis = replace(basis, protection=with_lead_days(basis.protection, basis.ahead, stated, days))
        if stated and _tells_no_day(basis.planning, sku):
            # The supplier's delays are reckoned from the day of the order and the lead time: all its lines change.
            return self._whole(basis, policy, stated)
        skus, all_skus = self._with_supplier({sku}), self.nightly.moves.start.inputs["sku"]
        for _ in range(MAX_ROUNDS):
            if int(all_skus.isin(skus).sum()) > WIDEST_SHARE * len(all_skus) and len(skus) > 1:
                break
            try:
                return self._among(basis, policy, stated, skus)
            except WiderError as wider:
                skus = self._with_supplier(skus | wider.skus)
        return self._whole(basis, policy, stated)

    def _among(self, basis: PlanBasis, policy: StockPolicy, stated: Mapping[str, int], skus: frozenset[str]) -> Plan:
        start = self.nightly.moves.start
        rows = np.flatnonzero(start.inputs["sku"].isin(skus).to_numpy(dtype=bool))
        mine = start.of(rows) if not stated else self._start(basis, policy, skus)
        among = Among(self.night, skus, policy)
        moves = Moves(mine, basis.protection, self.settings, policy, self.day)
        plan = Plan(moves, *planned(moves, among), is_whole=False)
        among.finish()
        return plan

    def _whole(self, basis: PlanBasis, policy: StockPolicy, stated: Mapping[str, int]) -> Plan:
        start = self.nightly.moves.start if not stated else self._start(basis, policy)
        moves = Moves(start, basis.protection, self.settings, policy, self.day)
        return Plan(moves, *planned(moves), is_whole=True)

    def _start(self, basis: PlanBasis, policy: StockPolicy, skus: frozenset[str] | None = None) -> Start:
        known, events = basis.planning, self.workspace.calendar
        if skus is None:
            return start_of(known, basis.protection, self.settings, policy, events)
        return start_of(_only(known, skus), basis.protection, self.settings, policy, events, self.delays)

    def _with_supplier(self, skus: set[str] | frozenset[str]) -> frozenset[str]:
        """With all that is ordered together with them: of a supplier that takes no order below a value."""
        inputs = self.nightly.moves.start.inputs
        bound = inputs[inputs["supplier_minimum_micros"] > 0]
        suppliers = set(bound.loc[bound["sku"].isin(skus), "supplier"])
        return frozenset(skus) | frozenset(bound.loc[bound["supplier"].isin(suppliers), "sku"])


def open_session(workspace: Workspace, day: str) -> PlanSession:
    """Reads, forecasts and plans a closed day: seconds. Raises NotClosedError."""
    require_closed(workspace.books, day)
    return session_of(workspace, day, plan_basis(workspace, day))


def session_of(workspace: Workspace, day: str, basis: PlanBasis) -> PlanSession:
    """The session of a day whose basis is at hand."""
    settings, recording = workspace.merchant.replenishment, Recording()
    start = start_of(basis.planning, basis.protection, settings, basis.policy, workspace.calendar)
    moves = Moves(start, basis.protection, settings, basis.policy, day)
    nightly = Plan(moves, *planned(moves, recording), is_whole=True)
    if SHORTAGE not in recording.kept:  # nothing was moved; under other judgements something may be
        moves.unlimited(nightly.inputs, recording.of(SHORTAGE))
    delays = known_delays(basis.planning, start.before, settings)
    return PlanSession(day, workspace, basis, nightly, _night(nightly, recording.kept), delays)


def _night(nightly: Plan, kept: Mapping[str, Kept]) -> Night:
    moves, start, policy = nightly.moves, nightly.moves.start, nightly.moves.policy
    series = start.inputs["series"].to_numpy(dtype=np.int64)
    place = np.full(len(moves.protection.frame), -1, dtype=np.int64)
    place[series] = np.arange(len(series))
    sure = start.inputs[start.inputs["state"].isin(SURE)].reset_index(drop=True)
    movable = could_move(sure, moves.unlimited(sure, JointDecisions()), policy)
    unhurried = None
    if AGAIN not in kept and not (start.inputs["supplier_minimum_micros"] > 0).any():
        unhurried = Kept()
        plan_lines(nightly.inputs, replace(policy, max_lines=None), moves.day, unhurried, only_sum=True)
    return Night(kept, place, frozenset(movable), unhurried)


def _tells_no_day(planning: PlanningData, sku: str) -> bool:
    orders = planning.purchase_orders
    return bool(orders.loc[orders["sku"] == sku, "expected_day"].isna().any())


def _only(planning: PlanningData, skus: frozenset[str]) -> PlanningData:
    """What is known of some skus; the panel stays whole, so that a line's series is the same."""
    names = ("stock", "sold", "purchase_orders", "receipts", "ordered", "moving", "deposits", "products")
    frames = {name: getattr(planning, name) for name in names}
    return replace(planning, **{name: one[one["sku"].isin(skus)] for name, one in frames.items()})


class PlanSessions:
    """The sessions of a process: of the days asked about last, MAX_SESSIONS at most, and MAX_BYTES as far as there
    is more than one. Anyone who asks for one that is being made waits for it."""

    def __init__(
        self,
        max_sessions: int = MAX_SESSIONS,
        max_bytes: int = MAX_BYTES,
        make: Callable[[Workspace, str], PlanSession] = open_session,
    ) -> None:
        self.max_sessions, self.max_bytes, self._make = max_sessions, max_bytes, make
        self._lock = Lock()
        self._made: OrderedDict[tuple[Any, ...], PlanSession] = OrderedDict()
        self._making: dict[tuple[Any, ...], Lock] = {}

    def of(self, workspace: Workspace, day: str) -> PlanSession:
        """The session of a closed day as the books are now. Raises NotClosedError."""
        key = state_of(workspace, day)
        with self._lock:
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                found = self._made.get(key)
                if found is not None:
                    self._made.move_to_end(key)
                    return found
            try:
                made = self._make(workspace, day)
                with self._lock:
                    self._made[key] = made
                    self._shrink()
            finally:
                with self._lock:
                    self._making.pop(key, None)
        return made

    def __len__(self) -> int:
        return len(self._made)

    def _shrink(self) -> None:
        while len(self._made) > self.max_sessions:
            self._made.popitem(last=False)
        while len(self._made) > 1 and sum(one.size_bytes() for one in self._made.values()) > self.max_bytes:
            self._made.popitem(last=False)


def state_of(workspace: Workspace, day: str) -> tuple[Any, ...]:
    """What a day's plan is a function of; it changes if any of it does. Raises NotClosedError."""
    require_closed(workspace.books, day)
    champion = champion_of(workspace, "demand", day)
    model = None if champion is None else (champion.model_id, champion.files())
    settings = (code_version(), workspace.configuration_hash())
    return (str(workspace.books.url), str(workspace.home), day, *settings, model, *_known(workspace.books, day))


def _known(books: Engine, day: str) -> tuple[Any, ...]:
    """Marks of what the books know on a day: its close, the exports, those taken back, what people answered."""
    known = exports.c.day <= day
    of_day = select(closes.c.revision, closes.c.inputs_hash).where(closes.c.day == day)
    last = of_day.order_by(closes.c.revision.desc()).limit(1).subquery()
    set_by_people = overrides.c.known_day <= day
    marks = (
        select(last.c.revision),
        select(last.c.inputs_hash),
        select(func.count()).select_from(exports).where(known),
        select(func.max(exports.c.landed_at)).where(known),
        select(func.max(withdrawals.c.number)).where(withdrawals.c.day <= day),
        select(func.max(task_events.c.seq)).where(BY_PEOPLE, task_events.c.day <= day),
        select(func.count()).select_from(overrides).where(set_by_people),
        select(func.count(overrides.c.ended_day)).where(set_by_people),
    )
    with books.connect() as connection:
        return tuple(connection.execute(select(*(one.scalar_subquery() for one in marks))).one())
