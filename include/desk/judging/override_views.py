"""Overrides as pages show them: in words, with what they were worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, Row

from include.desk.judging.override_guards import FIELDS, may_see, may_set
from include.desk.page import Page
from include.replenishment.judgement.judged_lines import told_override
from include.replenishment.judgement.told_worth import told_worth
from include.settings.stock.override_kinds import WHATS
from include.tasks.by_hand.overrides import ABOUTS, Override, Score, all_overrides, overrides_about, scores
from include.words.texts import LANGUAGES, say

OverrideState = Literal["live", "over", "ended"]
STATES: tuple[OverrideState, ...] = ("live", "over", "ended")
MAX_ROWS = 200  # on a page


@dataclass(frozen=True)
class OverrideRow:
    """override: as it stands. told: what it says, in words. worth: what it was worth, in words; '' before it is known,
    and where nothing can be."""

    override: Override
    told: str
    state: OverrideState
    score: Score | None
    worth: str
    may_end: bool


@dataclass(frozen=True)
class Form:
    """What stands in the form. error: why it was not kept. question: what has to be confirmed. task: the line that it
    is filled in beside."""

    values: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    error: str = ""
    question: str = ""
    task: str = ""


@dataclass(frozen=True)
class Judgement:
    """Overrides with the form to add one. older: how many are not shown. whats, abouts: what can be chosen in it."""

    rows: Sequence[OverrideRow]
    form: Form
    may_plan: bool
    older: int = 0
    whats: Sequence[str] = WHATS
    abouts: Sequence[str] = ABOUTS


def judgement_of(connection: Connection, page: Page, line: Row[Any]) -> Judgement | None:
    """The overrides that can touch a line; None for a line that is about no sku."""
    if line.sku is None:
        return None
    about = overrides_about(connection, {"sku": [line.sku], "category": [line.category] if line.category else []})
    touching = [one for one in about if not one.warehouse or one.warehouse == line.warehouse]
    values = {**Form().values, "about": "sku", "name": line.sku, "warehouse": line.warehouse or ""}
    rows = rows_of(connection, page, touching)
    return Judgement(rows, Form(values, task=line.task_id), page.person.may("plan"))


def chosen_overrides(connection: Connection, page: Page, what: str, person: str, state: str) -> list[OverrideRow]:
    """All that the person may see, of this kind, person and state ('': of any), newest first."""
    found = [
        one
        for one in all_overrides(connection)
        if what in ("", one.what) and person in ("", one.made_by) and may_see(connection, page.person.scope, one)
    ]
    return [row for row in rows_of(connection, page, found) if state in ("", row.state)]


def rows_of(connection: Connection, page: Page, found: Sequence[Override]) -> list[OverrideRow]:
    if not found:
        return []
    day, known = page.mark.newest_day() or "", scores(connection)
    may_plan, currency = page.person.may("plan"), page.workspace.merchant.currency
    rows = []
    for one in found:
        state: OverrideState = "ended" if one.ended_day is not None else "over" if one.is_over(day) else "live"
        score = known.get(one.number)
        rows.append(
            OverrideRow(
                override=one,
                told=told_override(one)[LANGUAGES.index(page.language)],
                state=state,
                score=score,
                worth="" if score is None else told_worth(score, page.language, currency),
                may_end=state == "live" and may_plan and may_set(connection, page.person.scope, one),
            )
        )
    return rows


def asked_of(page: Page, said: float, own: float | None) -> str:
    """The question about a number that is far off the model's own."""
    if own is None:
        return page.text("desk.override.asked.unknown")
    show: Callable[[float], str] = lambda number: f"{number:,.1f}".removesuffix(".0")  # noqa: E731
    return say(page.language, "desk.override.asked", said=show(said), own=show(own))
