"""Targets as tables and a chart: where each period stands, where it will land, and what would close the gap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd

from include.desk.page import Page
from include.desk.reviewing.review_tables import Cell, Heading, ReviewTable, shop_name
from include.desk.reviewing.target_sums import Targeted
from include.kpi.landing import landing
from include.kpi.targets import Standing
from include.lines.picture import Colours, finished
from include.tasks.sheets.cells import MICROS

COLUMNS = ("target", "done", "completion", "ahead", "run_rate", "expected", "low", "high", "gap", "usual", "needed",
           "lift")  # fmt: skip
TONES: dict[str, Literal["", "good", "bad"]] = {"below": "bad", "above": "good"}


def target_table(page: Page, found: Targeted, shop: str) -> ReviewTable:
    """The periods that the newest close lies in, of one shop or, '', of all."""
    headings = [Heading("period", page.text("target.column.period"), page.text("target.column.period.meaning"), False)]
    headings += [
        Heading(name, page.text(f"target.column.{name}"), page.text(f"target.column.{name}.meaning"))
        for name in COLUMNS
    ]
    return ReviewTable("targets", headings, [_row(one) for one in found.standings[shop]])


def warnings(page: Page, found: Targeted) -> list[str]:
    """Each target that the interval of its landing leaves, with its figures and who is to know: of all shops together
    each period, of a shop its month."""
    owner = page.workspace.merchant.targets.owner or page.text("target.owner.nobody")
    told = []
    for shop, standings in found.standings.items():
        for one in standings:
            is_left = one.verdict in ("below", "above") and one.landing is not None and one.landing.basis != "over"
            if one.landing is None or not is_left or (shop and one.period.kind != "month"):
                continue
            low, high = one.landing.interval
            told.append(
                page.text(
                    f"target.warning.{one.verdict}",
                    of=page.text("target.all") if not shop else shop_name(page, shop),
                    period=one.period.name,
                    target=page.money(one.target, 0),
                    low=page.money(low, 0),
                    high=page.money(high, 0),
                    gap=page.money(abs(one.gap or 0), 0),
                    lift="–" if one.lift is None else f"{one.lift:+.0%}",
                    owner=owner,
                )
            )
    return told


def day_table(page: Page, found: Targeted, shop: str, one: Standing) -> ReviewTable:
    """The chart's table: each day of the period with its plan and what was paid, and both added up."""
    names = ("plan", "paid", "plan_so_far", "paid_so_far")
    headings = [Heading("day", page.text("target.column.day"), page.text("target.column.day.meaning"), False)]
    headings += [Heading(name, page.text(f"target.column.{name}"), page.text(f"target.column.{name}.meaning"))
                 for name in names]  # fmt: skip
    rows, planned, paid = [], 0, 0
    is_known = True
    for day in _days(one):
        today = found.paid[shop].get(day)
        is_known = is_known and today is not None
        planned, paid = planned + found.plans[shop][day], paid + (today or 0)
        rows.append([Cell(day.isoformat(), "text"), Cell(found.plans[shop][day], "money"), Cell(today, "money"),
                     Cell(planned, "money"), Cell(paid if is_known else None, "money")])  # fmt: skip
    return ReviewTable("days", headings, rows)


def target_chart(page: Page, found: Targeted, shop: str, one: Standing) -> dict[str, Any]:
    """What was paid so far, the plan, and the landing with its interval, added up from the period's first day."""
    import altair as alt

    colours, end = Colours(), date.fromisoformat(found.day)
    plan, paid, planned, so_far = [], [], 0, 0
    for day in _days(one):
        planned += found.plans[shop][day]
        plan.append({"day": day.isoformat(), "value": planned / MICROS, "which": page.text("target.chart.plan")})
        today = found.paid[shop].get(day)
        if day <= end and today is not None:
            so_far += today
            paid.append({"day": day.isoformat(), "value": so_far / MICROS, "which": page.text("target.chart.paid")})
    fan = []
    for last in [day for day in _days(one) if day >= end] if one.landing else []:
        told = landing(found.paid[shop], one.period.first, last, end, page.workspace.calendar)
        if told is not None:
            low, high = told.interval
            fan.append({"day": last.isoformat(), "value": told.expected / MICROS, "low": low / MICROS,
                        "high": high / MICROS, "which": page.text("target.chart.expected")})  # fmt: skip
    names = [page.text(f"target.chart.{name}") for name in ("plan", "paid", "expected")]
    scale = alt.Scale(domain=names, range=[colours.event, colours.past, colours.forecast])
    x = alt.X("day:T", axis=alt.Axis(title=None, format="%m-%d", grid=False))
    y = alt.Y("value:Q", title=None)
    color = alt.Color("which:N", scale=scale, legend=alt.Legend(title=None, orient="top"))
    tips = [alt.Tooltip("day:T", title=page.text("target.column.day"), format="%Y-%m-%d"),
            alt.Tooltip("which:N", title=" "),
            alt.Tooltip("value:Q", title=page.currency_name, format=",.0f")]  # fmt: skip
    layers = [
        alt.Chart(pd.DataFrame(rows)).mark_line(strokeWidth=2).encode(x=x, y=y, color=color, tooltip=tips)
        for rows in (plan, paid, fan)
        if rows
    ]
    if fan:
        band = alt.Chart(pd.DataFrame(fan)).mark_area(color=colours.forecast, opacity=0.25)
        layers.insert(0, band.encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q"))
    return finished(alt, layers, page.text("target.chart.title", period=one.period.name), page.currency_name, colours)


def _row(one: Standing) -> list[Cell]:
    told, tone = one.landing, TONES.get(one.verdict, "")
    low, high = (None, None) if told is None else told.interval
    done = None if told is None else told.done
    return [
        Cell(one.period.name, "text"),
        Cell(one.target, "money"),
        Cell(done, "money"),
        Cell(None if done is None or not one.target else done / one.target, "share"),
        Cell(None if done is None or not one.planned else done / one.planned - 1, "signed_share"),
        Cell(one.run_rate, "money"),
        Cell(None if told is None else told.expected, "money", tone),
        Cell(low, "money"),
        Cell(high, "money"),
        Cell(one.gap, "money"),
        Cell(one.usual, "money"),
        Cell(one.needed, "money"),
        Cell(one.lift, "signed_share"),
    ]


def _days(one: Standing) -> Sequence[date]:
    number = (one.period.last - one.period.first).days + 1
    return [one.period.first + timedelta(days=at) for at in range(number)]
