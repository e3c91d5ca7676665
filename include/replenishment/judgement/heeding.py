"""The one place in which the plan heeds what people set on the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after
from include.demand.forecast import Forecast
from include.replenishment.judgement.heirs import from_their_day, with_heirs
from include.replenishment.judgement.judged_forecasts import Change, judged_forecasts, rows_about
from include.replenishment.planning_frames import STATED, PlanningData
from include.replenishment.policy import StockPolicy
from include.tasks.by_hand.overrides import PARAMETERS, Foretold, Override
from include.tasks.canonical_json import Json, canonical_json, content_hash

Place = tuple[str, str]
"""A sku and a warehouse."""
Forecasting = Callable[[PlanningData], tuple[PlanningData, list[Forecast]]]
"""The books with their launches, and the forecasts of all spans."""


@dataclass(frozen=True)
class Heeded:
    """What took part in a plan. overrides: by number, those that touch a line; places: the lines they touch and by
    which, oldest first; changes: what forecast overrides did, to be judged later."""

    overrides: Mapping[int, Override] = field(default_factory=dict)
    places: Mapping[Place, tuple[int, ...]] = field(default_factory=dict)
    changes: tuple[Foretold, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.overrides)

    def of(self, places: Iterable[Place]) -> list[Override]:
        """Those that touch one of these lines, oldest first."""
        numbers = {number for place in places for number in self.places.get(place, ())}
        return [self.overrides[number] for number in sorted(numbers)]

    def manifest(self) -> dict[str, Json]:
        """Which took part, and a hash of what they say; nothing if none did."""
        if not self.overrides:
            return {}
        said = [_said(one) for _, one in sorted(self.overrides.items())]
        return {"overrides": [one.code for one in self.overrides.values()], "overrides_hash": content_hash(
            canonical_json({"overrides": said})
        )}  # fmt: skip


def _said(one: Override) -> dict[str, Json]:
    """What the plan reads of an override: neither its end, which comes later, nor the clock."""
    read = ("number", "what", "about", "name", "warehouse", "value", "first_day", "last_day", "reason", "made_by")
    return {name: getattr(one, name) for name in read}


@dataclass(frozen=True)
class Judged:
    """What is planned from: the books, the forecasts and the policy as people have them."""

    planning: PlanningData
    ahead: list[Forecast]
    policy: StockPolicy
    heeded: Heeded


def heed(
    planning: PlanningData,
    own: tuple[PlanningData, list[Forecast]],
    forecast: Forecasting,
    policy: StockPolicy,
    overrides: Sequence[Override],
) -> Judged:
    """Plan as these overrides say, if they are not over. planning: the books before launches. own: what `forecast`
    makes of them."""
    day, places = planning.day, _Places()
    overrides = [one for one in overrides if not one.is_over(day)]
    there, ahead = own
    inherited = with_heirs(planning, overrides)
    if inherited is not planning:
        there, ahead = forecast(inherited)
        ahead = from_their_day(ahead, own[1], day, overrides)
        for one in overrides:
            if one.what == "successor":
                places.add(one, there, np.flatnonzero(there.panel.keys["sku"].isin([one.name, one.value])))
    told = judged_forecasts(ahead, there.panel, day, overrides)
    for one in overrides:
        rows = np.array([change.row for change in told.changes if change.number == one.number], dtype=np.int64)
        places.add(one, there, rows)
    there = _stated(_ended(replace(there, judged_days=told.days), overrides, places), overrides, places)
    policy = _with_stated_levels(there, policy, overrides, places)
    return Judged(there, told.ahead, policy, places.heeded(_kept(told.changes, there, day)))


class _Places:
    """Gathers which override touches which line."""

    def __init__(self) -> None:
        self.overrides: dict[int, Override] = {}
        self.places: dict[Place, set[int]] = {}

    def add(self, one: Override, planning: PlanningData, rows: np.ndarray) -> list[Place]:
        keys = planning.panel.keys.iloc[rows]
        touched = [(str(sku), str(warehouse)) for sku, warehouse in zip(keys["sku"], keys["warehouse"], strict=True)]
        for place in touched:
            self.places.setdefault(place, set()).add(one.number)
        if touched:
            self.overrides[one.number] = one
        return touched

    def heeded(self, changes: tuple[Foretold, ...]) -> Heeded:
        places = {place: tuple(sorted(numbers)) for place, numbers in sorted(self.places.items())}
        return Heeded(dict(sorted(self.overrides.items())), places, changes)


def _kept(changes: Sequence[Change], planning: PlanningData, day: str) -> tuple[Foretold, ...]:
    keys = planning.panel.keys.iloc[[one.row for one in changes]]
    told = [
        Foretold(
            day, one.number, str(sku), str(warehouse), one.first_day, one.last_day, round(one.units_without, 4),
            round(one.units_with, 4),
        )
        for one, sku, warehouse in zip(changes, keys["sku"], keys["warehouse"], strict=True)
    ]  # fmt: skip
    return tuple(sorted(told, key=lambda one: (one.number, one.sku, one.warehouse)))


def _ended(planning: PlanningData, overrides: Sequence[Override], places: _Places) -> PlanningData:
    """Skus that people end, as if the product master said so; the predecessor of a successor ends before its day."""
    days: dict[str, str] = {}
    for one in overrides:
        last = {"end": one.last_day, "successor": day_after(one.first_day, -1)}.get(one.what)
        if last is None:
            continue
        places.add(one, planning, rows_about(one, planning.panel, planning.day))
        days[one.name] = min(last, days.get(one.name, last))
    if not days:
        return planning
    said = planning.products["sku"].map(days).astype("str")
    ended = planning.products["ended_day"]
    sooner = said.notna() & (ended.isna() | (said < ended).fillna(False))
    products = planning.products.assign(ended_day=ended.where(~sooner, said))
    over = planning.panel.keys["sku"].map(days).astype("str")
    is_over = (over <= planning.day).fillna(False).to_numpy(dtype=bool)
    return replace(planning, products=products, panel=replace(planning.panel, ended=planning.panel.ended | is_over))


def _stated(planning: PlanningData, overrides: Sequence[Override], places: _Places) -> PlanningData:
    """Parameters and blocks in force on the morning after the day; of several the newest counts, one of a single
    warehouse before one of all."""
    told: dict[Place, dict[str, object]] = {}
    names = {"block": "is_blocked", **{name: name for name in PARAMETERS if name != "service_level"}}
    for one in _in_force(overrides, planning.day):
        if one.what in names:
            value: object = one.value
            if one.what == "block":
                value = True
            elif one.what != "supplier":
                value = one.amount
            for place in places.add(one, planning, rows_about(one, planning.panel, planning.day)):
                told.setdefault(place, {})[names[one.what]] = value
    if not told:
        return planning
    rows = [{"sku": sku, "warehouse": warehouse, "is_blocked": False, **said}
            for (sku, warehouse), said in sorted(told.items())]  # fmt: skip
    frame = pd.DataFrame(rows).reindex(columns=list(STATED))
    return replace(planning, stated=frame.astype(STATED))


def _with_stated_levels(
    planning: PlanningData, policy: StockPolicy, overrides: Sequence[Override], places: _Places
) -> StockPolicy:
    levels = dict(policy.line_levels)
    for one in _in_force(overrides, planning.day):
        if one.what == "service_level":
            for sku, warehouse in places.add(one, planning, rows_about(one, planning.panel, planning.day)):
                levels[sku, warehouse] = one.amount
    return policy if levels == policy.line_levels else replace(policy, line_levels=levels)


def _in_force(overrides: Sequence[Override], day: str) -> list[Override]:
    tomorrow = day_after(day)
    begun = [one for one in overrides if one.first_day <= tomorrow]
    return sorted(begun, key=lambda one: (one.warehouse != "", one.number))
