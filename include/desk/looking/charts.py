"""Charts of looking back as Vega-Lite specifications, from the tables that stand beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from include.desk.looking.figure_tables import FigureTable, Part
from include.desk.page import Page
from include.lines.picture import Colours, finished
from include.replenishment.looking_back.plan_results import OF_WORTH
from include.tasks.sheets.cells import MICROS

MAX_BARS = 12
CHARTS: Mapping[str, Part] = {
    "accuracy": "accuracy", "plan": "plan", "health": "health", "availability": "days", "turnover": "days",
    "worth": "worth",
}  # fmt: skip
"""Chart -> the table that it is of."""


def chart(which: str, table: FigureTable, page: Page) -> dict[str, Any]:
    """One of CHARTS, of its table with rows. Altair writes it, and is imported only now."""
    make = {"accuracy": _accuracy, "plan": _plan, "health": _health, "worth": _worth}
    return make[which](table, page) if which in make else _over_time(which, table, page)


def _accuracy(table: FigureTable, page: Page) -> dict[str, Any]:
    """WAPE and bias of the categories that sold most."""
    names = ("wape", "bias")
    return _bars(table, page, "category", names, 100, "%")


def _plan(table: FigureTable, page: Page) -> dict[str, Any]:
    """Lines of each list by what became of them; what they were worth is no line."""
    frame = pd.DataFrame(
        {"name": table.column("list"), "which": table.column("what"), "value": table.column("lines")}
    ).dropna()
    frame = frame[~frame["which"].isin([page.text(f"looking.what.{one}") for one in OF_WORTH])]
    return _grouped(frame, page, "plan", list(dict.fromkeys(frame["which"])), page.text("desk.lines"))


def _health(table: FigureTable, page: Page) -> dict[str, Any]:
    """Money tied up in excess by grade, in the categories with most stock."""
    grades = [one.name for one in table.columns if one.name.startswith("excess_")]
    return _bars(table, page, "category", grades, 1 / MICROS, page.currency_name, stacked=True)


def _worth(table: FigureTable, page: Page) -> dict[str, Any]:
    """Units gained by person."""
    frame = pd.DataFrame({"name": table.column("person"), "value": table.column("gained_units")})
    frame = frame.groupby("name", as_index=False)["value"].sum().assign(which=page.text("looking.column.gained_units"))
    return _grouped(frame, page, "worth", [page.text("looking.column.gained_units")], page.text("line.picture.units"))


def _over_time(name: str, table: FigureTable, page: Page) -> dict[str, Any]:
    """A column of the days: availability in per cent, or turnover in days."""
    import altair as alt

    colours, is_share = Colours(), name == "availability"
    unit, colour = ("%", colours.forecast) if is_share else (page.text("looking.unit.days"), colours.past)
    frame = pd.DataFrame({"day": table.column("day"), "value": table.column(name)}).dropna()
    frame["value"] = frame["value"].astype("float64") * (100 if is_share else 1)
    axis = alt.Axis(title=None, format="%m-%d", tickCount=4, labelOverlap=True, grid=False)
    tips = [alt.Tooltip("day:N", title=page.text("line.picture.tip.day"))]
    line = (
        alt.Chart(frame)
        .mark_line(color=colour, strokeWidth=2, point={"color": colour, "size": 18})
        .encode(
            x=alt.X("day:T", axis=axis, scale=alt.Scale(type="utc")),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=not is_share, nice=True)),
            tooltip=[*tips, alt.Tooltip("value:Q", title=unit, format=",.1f")],
        )
    )
    return finished(alt, [line], page.text(f"looking.column.{name}"), unit, colours)


def _bars(
    table: FigureTable, page: Page, by: str, names: Sequence[str], factor: float, unit: str, *, stacked: bool = False
) -> dict[str, Any]:
    """Bars of the first rows: one a column of `names`, beside or upon each other."""
    called = {name: page.text(f"looking.column.{name}") for name in names}
    rows = [
        {"name": row, "which": called[name], "value": value * factor}
        for name in names
        for row, value in zip(table.column(by)[:MAX_BARS], table.column(name)[:MAX_BARS], strict=True)
        if value is not None
    ]
    frame = pd.DataFrame(rows, columns=["name", "which", "value"])
    return _grouped(frame, page, table.part, list(called.values()), unit, stacked=stacked)


def _grouped(
    frame: pd.DataFrame, page: Page, part: str, order: Sequence[str], unit: str, *, stacked: bool = False
) -> dict[str, Any]:
    """frame: name, which, value."""
    import altair as alt

    colours = Colours()
    palette = [colours.past, colours.forecast, colours.missing, colours.without_order, colours.event]
    names = list(dict.fromkeys(frame["name"]))
    legend = alt.Legend(title=None, orient="top", columns=2)
    scale = alt.Scale(domain=list(order), range=palette[: len(order)])
    encoding: dict[str, Any] = {
        "y": alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=120, ticks=False)),
        "x": alt.X("value:Q", title=None, axis=alt.Axis(tickCount=4)),
        "color": alt.Color("which:N", scale=scale, sort=list(order), legend=legend if len(order) > 1 else None),
        "tooltip": [
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("which:N", title=" "),
            alt.Tooltip("value:Q", title=unit, format=",.1f"),
        ],
    }
    if not stacked and len(order) > 1:
        encoding["yOffset"] = alt.YOffset("which:N", sort=list(order))
    bars = alt.Chart(frame).mark_bar().encode(**encoding)
    height = max(len(names) * (18 if stacked or len(order) == 1 else 9 * len(order) + 6), 60)
    return finished(alt, [bars], page.text(f"looking.chart.{part}"), unit, colours, height)
