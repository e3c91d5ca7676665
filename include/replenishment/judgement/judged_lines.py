"""What a list's line says of the overrides that touch it: whose they are, and the model's own number beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from include.calendar.events import Own
from include.replenishment.day_plan import DayPlan, plan_inputs
from include.replenishment.judgement.heeding import Heeded, Place
from include.replenishment.planning_data import PlanBasis
from include.replenishment.quantity.plan_lines import plan_lines
from include.settings.stock.replenishment import Replenishment
from include.tasks.by_hand.overrides import FORECASTS, Override
from include.tasks.drafts import Draft
from include.words.texts import LANGUAGES, in_each, joined, say

SHOWN: Mapping[str, str] = {
    "service_level": "service_level",
    "lead_time_days": "lead_time_days",
    "pack": "pack",
    "minimum": "moq",
    "supplier": "supplier",
    "review_days": "review_period_days",
}
"""Parameter -> the column of a plan line that holds it."""
Words = tuple[str, str]


def own_lines(basis: PlanBasis, settings: Replenishment, own_events: Own) -> pd.DataFrame:
    """`plan_lines` as they would be if nobody had set anything, before transfers, by sku and warehouse."""
    assert basis.own is not None
    own = basis.own
    inputs = plan_inputs(own.planning, own.protection, settings, own_events, own.policy)
    return plan_lines(inputs, own.policy, own.planning.day).set_index(["sku", "warehouse"])


def told_judgement(kind: str, drafts: Sequence[Draft], heeded: Heeded, plan: DayPlan, own: pd.DataFrame) -> list[Draft]:
    """The drafts of a list; those that an override touches say so at the end of their reason, and hold `overrides`
    (codes) and, on restock lines, `own_forecast`, the model's number without them."""
    lines = plan.lines.set_index(["sku", "warehouse"])
    return [_told(kind, draft, heeded, lines, own) for draft in drafts]


def _told(kind: str, draft: Draft, heeded: Heeded, lines: pd.DataFrame, own: pd.DataFrame) -> Draft:
    payload = draft.payload
    sku = str(payload.get("sku"))
    places = [(sku, str(payload[name])) for name in ("warehouse", "from_warehouse") if payload.get(name)]
    found = heeded.of(places)
    if not found:
        return draft
    place = places[0]
    more: dict[str, Any] = {"overrides": [one.code for one in found]}
    parts = _forecast_parts(found, place, lines, own)
    if kind == "restock" and place in own.index:
        more["own_forecast"] = int(own.at[place, "period_forecast"])
    parts += [one for each in found for one in _parts(each, place, lines, own)]
    told = joined("why.semicolon", parts)
    for number, language in enumerate(LANGUAGES):
        sentence = say(language, "judgement.told", told=told[number])
        for name in ("why", "brief"):
            column = f"{name}_{language}"
            if payload.get(column):
                more[column] = f"{payload[column]}{sentence}"
    return replace(draft, payload={**payload, **more})


def _forecast_parts(found: Sequence[Override], place: Place, lines: pd.DataFrame, own: pd.DataFrame) -> list[Words]:
    """The forecast of the line beside the model's own, if a forecast was changed."""
    is_forecast = any(one.what in FORECASTS or one.what == "successor" for one in found)
    if not is_forecast or place not in lines.index:
        return []
    before = int(own.at[place, "period_forecast"]) if place in own.index else 0
    return [in_each("judgement.forecast", now=int(lines.at[place, "period_forecast"]), own=before)]


def _parts(one: Override, place: Place, lines: pd.DataFrame, own: pd.DataFrame) -> list[Words]:
    """Who set what and why, with the number that it stands instead of."""
    what = told_override(one)
    column = SHOWN.get(one.what)
    if column is not None and place in own.index:
        what = in_each("judgement.instead", what=what, own=_shown(one.what, own.at[place, column]))
    return [in_each("judgement.said", code=one.code, who=one.made_by, what=what, reason=one.reason)]


def _shown(what: str, value: Any) -> str:
    """A parameter's number as a person reads it."""
    if pd.isna(value):
        return "?"
    if what == "service_level":
        return f"{100 * float(value):.1f}%"
    return str(value) if what == "supplier" else f"{float(value):.1f}".removesuffix(".0")


def told_override(one: Override) -> Words:
    """What an override says, without who and why: 11-15 至 11-20 每天按 12 件."""
    value = _shown(one.what, one.value) if one.value and one.what not in ("successor", "substitute") else one.value
    span = in_each(
        "judgement.span" if one.last_day else "judgement.span.open", first=one.first_day, last=one.last_day or ""
    )
    return in_each(f"judgement.what.{one.what}", name=one.name, value=value, span=span, first=one.first_day,
                   last=one.last_day or "")  # fmt: skip
