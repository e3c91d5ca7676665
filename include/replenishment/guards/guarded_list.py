"""Lists that spend money held against the guards before they go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from include.replenishment.day_plan import DayPlan
from include.replenishment.explain import amount
from include.replenishment.guards.earlier_books import earlier_books
from include.replenishment.guards.spend_guards import (
    Broken,
    Place,
    broken_by_lines,
    broken_by_moves,
    broken_by_sums,
)
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import YUAN_MICROS, StockPolicy
from include.settings.currencies import currency_names
from include.settings.stock.guards import Guards
from include.tasks.drafts import Draft, Note, TaskList
from include.tasks.holds.approvals import Release, releases_known
from include.tasks.holds.held_rows import ListSums, summed
from include.tasks.holds.hold import HELD, Reason, as_kept, held_payload, reasons_told
from include.tasks.holds.list_sums import sums_before
from include.tasks.kinds import kind_of
from include.tasks.memory import hold_back, refusals, rules_of
from include.warehouse.workspace import Workspace
from include.words.texts import LANGUAGES, in_each, joined

NAMED = 5  # places that a note names


@dataclass(frozen=True)
class Remembered:
    """What people and earlier lists said by the day. before: the sums of earlier lists. releases: by subject. refused:
    subjects that this list will leave out."""

    before: Sequence[ListSums] = ()
    releases: Mapping[str, Release] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()


def guarded_lists(
    workspace: Workspace, lists: Sequence[TaskList], plan: DayPlan, planning: PlanningData, policy: StockPolicy
) -> list[TaskList]:
    """The lists with what is held of them, as far as the books and people said by their day; a list of which nothing
    is held, or that nobody guards, is the same."""
    settings, above = workspace.merchant.replenishment, workspace.merchant.desk.approve_plans_above
    guards, currency, earlier = settings.guards, workspace.merchant.currency, earlier_books(workspace, planning)
    limit = None if policy.budget_micros is None else policy.budget_micros + policy.emergency_fund_micros
    orders = Limits(guards, limit, None if above is None else round(above * YUAN_MICROS))
    found = []
    for one in lists:
        if one.kind == "restock":
            broken, limits = broken_by_lines(plan.restock, planning, earlier, guards), orders
        elif one.kind == "transfer":
            broken, limits = broken_by_moves(plan.transfers, planning, earlier, guards), Limits(guards)
        else:
            found.append(one)
            continue
        found.append(held_list(one, broken, _remembered(workspace, one), limits, currency))
    return found


def guarded_by_sums(workspace: Workspace, task_list: TaskList) -> TaskList:
    """A list that is held against its own earlier lists alone: the whole of it if it is far larger than any."""
    limits = Limits(workspace.merchant.replenishment.guards)
    return held_list(task_list, Broken(), _remembered(workspace, task_list), limits, workspace.merchant.currency)


@dataclass(frozen=True)
class Limits:
    """budget_micros: all that is left of it, with the fund. above_micros: a list that costs more is held. None: no
    limit."""

    guards: Guards
    budget_micros: int | None = None
    above_micros: int | None = None


def held_list(
    task_list: TaskList, broken: Broken, remembered: Remembered, limits: Limits, currency: str = "CNY"
) -> TaskList:
    """The list with the reasons on its lines that broke a guard, and in its manifest if all of it is held. What was
    released lately of the same subject is not held again."""
    lines = [_held_line(line, broken.lines, remembered.releases) for line in task_list.lines]
    asked = [line.payload for line in lines if line.subject not in remembered.refused]
    sums = summed(task_list.kind, asked)
    whole = (
        *broken.whole,
        *broken_by_sums(sums, remembered.before, limits.budget_micros, limits.above_micros, limits.guards),
    )
    quiet = broken.quiet if task_list.kind == "restock" else ()  # said once, above the list that orders
    notes = _notes(task_list.kind, whole, [one for one in asked if one.get(HELD)], quiet, currency)
    if not notes:
        return task_list
    manifest = {**task_list.manifest, HELD: as_kept(whole)} if whole else task_list.manifest
    return replace(task_list, lines=lines, manifest=manifest, notes=[*notes, *task_list.notes])


def _held_line(line: Draft, broken: Mapping[Place, tuple[Reason, ...]], releases: Mapping[str, Release]) -> Draft:
    place = "/".join(str(line.payload[name]) for name in ("from_warehouse", "warehouse") if line.payload.get(name))
    reasons = broken.get((str(line.payload.get("sku")), place), ())
    release = releases.get(line.subject)
    if not reasons or (release is not None and release.covers(reasons, int(line.payload.get("quantity") or 0))):
        return line
    return replace(line, payload=held_payload(line.payload, reasons))


def _notes(
    kind: str,
    whole: Sequence[Reason],
    held: Sequence[Mapping[str, Any]],
    quiet: Sequence[tuple[Place, Reason]],
    currency: str,
) -> list[Note]:
    """What stands above the list of what waits, and of numbers that look wrong though no line rests on them."""
    notes = []
    if whole:
        reasons = tuple(reasons_told(whole, language) for language in LANGUAGES)
        notes.append(in_each("guard.note.list", reasons=reasons))
    if held:
        worth = kind_of(kind).spent_field
        cost = sum(int(one.get(worth) or 0) for one in held)
        money = {"cost": amount(cost), "money": currency_names(currency)}
        notes.append(in_each("guard.note.lines", count=len(held), **money))
    if quiet:
        named = [_named(place, reason) for place, reason in quiet[:NAMED]]
        more = len(quiet) > NAMED
        told = joined("why.semicolon", named)
        notes.append(in_each("guard.note.quiet", told=in_each("note.and_more", named=told) if more else told))
    return [Note(*one) for one in notes]


def _named(place: Place, reason: Reason) -> tuple[str, str]:
    where = " ".join(filter(None, (place[1], place[0])))
    return in_each("guard.note.place", place=where, reason=tuple(reason.in_words(one) for one in LANGUAGES))


def _remembered(workspace: Workspace, task_list: TaskList) -> Remembered:
    rules, kind, day = rules_of(workspace.merchant.replenishment), task_list.kind, task_list.day
    with workspace.books.connect() as connection:
        _, left_out = hold_back(task_list.lines, refusals(connection, kind, day, rules), rules)
        return Remembered(
            before=sums_before(connection, kind, day),
            releases=releases_known(connection, kind, day, rules),
            refused=frozenset(str(one["subject"]) for one in left_out),
        )
