"""A line's picture as two Vega-Lite specifications: what was and will be wanted, and what will lie there.

A specification is a dict with its data in it; whoever shows it brings the programme that draws it. Altair writes and
checks it, and is imported only then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from include.calendar.business_days import day_after
from include.lines.line_history import STEP_DAYS, LineHistory
from include.words.texts import Language, has_text, say

if TYPE_CHECKING:
    import altair as alt

FONT = 11
HEIGHT = 190
MAX_EVENTS = 24


@dataclass(frozen=True)
class Colours:
    """CSS colours of a picture, to be read on light and dark. The ground stays transparent."""

    past: str = "#5b8db8"
    missing: str = "#c98b3a"
    forecast: str = "#3a9d8f"
    with_order: str = "#4c86c6"
    without_order: str = "#c96a6a"
    arrival: str = "#7a9f4b"
    event: str = "#9a86c4"
    ink: str = "#808892"
    grid: str = "#80889233"


def demand_picture(history: LineHistory, language: Language, colours: Colours | None = None) -> dict[str, Any]:
    """Units by step: bars of what was wanted, marked if the shelf was empty for a part of it; the forecast as a band
    with its mean; events."""
    import altair as alt

    chosen, long = colours or Colours(), STEP_DAYS[history.step]
    past = history.past.dropna(subset=["units"])
    short = history.past[history.past["in_stock"] < 1]
    x = _days(alt, "day")
    units = say(language, f"line.picture.unit.{history.step}")
    told = [_tip(alt, language, "day"), _tip(alt, language, "units"), _tip(alt, language, "in_stock", form=".0%"),
            _tip(alt, language, "price", form=".2f")]  # fmt: skip
    bars = (
        alt.Chart(_with_end(past, long))
        .mark_rect(color=chosen.past, opacity=0.75)
        .encode(x=x, x2="end:T", y=alt.Y("units:Q", title=None), y2=alt.datum(0), tooltip=told)
    )
    marks = (
        alt.Chart(_with_end(short, long))
        .mark_rule(color=chosen.missing, strokeWidth=4)
        .encode(x="day:T", x2="end:T", y=alt.datum(0), opacity=alt.Opacity("missing:Q", legend=None), tooltip=told)
        .transform_calculate(missing="1 - datum.in_stock")
    )
    ahead = alt.Chart(_with_middle(history.fan, long))
    tips = [_tip(alt, language, "day"), *(_tip(alt, language, name) for name in ("mean", "low", "high"))]
    band = ahead.mark_area(color=chosen.forecast, opacity=0.25).encode(x="middle_day:T", y="low:Q", y2="high:Q")
    mean = ahead.mark_line(color=chosen.forecast, strokeWidth=2, point={"color": chosen.forecast, "size": 14}).encode(
        x="middle_day:T", y="mean:Q", tooltip=tips
    )
    layers = [*_event_layers(alt, history, language, chosen), bars, marks, band, mean]
    return finished(alt, layers, say(language, "line.picture.demand"), units, chosen)


def stock_picture(history: LineHistory, language: Language, colours: Colours | None = None) -> dict[str, Any]:
    """Units free to sell at the end of each day, with and without the order; what comes; the last order day."""
    import altair as alt

    chosen, stock = colours or Colours(), history.stock
    names = {name: say(language, f"line.picture.{name}") for name in ("without_order", "with_order")}
    curves = stock.melt("day", list(names), "which", "units").assign(which=lambda one: one["which"].map(names))
    scale = alt.Scale(domain=list(names.values()), range=[chosen.without_order, chosen.with_order])
    legend = alt.Legend(title=None, orient="top", columns=2, labelFontSize=FONT, symbolType="stroke")
    x = _days(alt, "day")
    lines = (
        alt.Chart(curves)
        .mark_line(strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("units:Q", title=None),
            color=alt.Color("which:N", scale=scale, legend=legend),
            strokeDash=alt.StrokeDash(
                "which:N", legend=None, scale=alt.Scale(domain=[*names.values()], range=[[4, 3], []])
            ),
            tooltip=[_tip(alt, language, "day"), alt.Tooltip("which:N", title=" "), _tip(alt, language, "units")],
        )
    )
    comes = stock[stock["arriving"] + stock["ordered"] > 0]
    comes = comes.assign(comes=comes["arriving"] + comes["ordered"])
    arrivals = (
        alt.Chart(comes)
        .mark_point(shape="triangle-up", filled=True, size=60, color=chosen.arrival, opacity=1)
        .encode(x="day:T", y=alt.datum(0), tooltip=[_tip(alt, language, "day"), _tip(alt, language, "comes")])
    )
    layers = [lines, arrivals]
    if history.last_order_day is not None and history.last_order_day >= history.day:
        told = pd.DataFrame({"day": [history.last_order_day], "what": [say(language, "line.picture.last_order_day")]})
        rule = alt.Chart(told).mark_rule(color=chosen.ink, strokeDash=[2, 2], strokeWidth=1.5)
        layers.append(rule.encode(x="day:T", tooltip=["what:N", _tip(alt, language, "day")]))
    return finished(alt, layers, say(language, "line.picture.stock"), say(language, "line.picture.units"), chosen)


def event_name(event: str, language: Language) -> str:
    """What people call an event; the merchant's own are called as the settings name them."""
    name = f"line.event.{event}"
    return say(language, name) if has_text(name) else event


def _event_layers(alt: Any, history: LineHistory, language: Language, colours: Colours) -> list[alt.Chart]:
    """A rule a day of an event, the newest MAX_EVENTS."""
    if history.events.empty:
        return []
    told = history.events.tail(MAX_EVENTS)
    told = told.assign(event=[event_name(str(name), language) for name in told["event"]])
    rule = alt.Chart(told).mark_rule(color=colours.event, strokeWidth=1, strokeDash=[3, 3])
    return [rule.encode(x="day:T", tooltip=["event:N", _tip(alt, language, "day")])]


def _with_end(frame: pd.DataFrame, long: int) -> pd.DataFrame:
    return frame.assign(end=[day_after(str(day), long) for day in frame["day"]])


def _with_middle(frame: pd.DataFrame, long: int) -> pd.DataFrame:
    return frame.assign(middle_day=[day_after(str(day), long // 2) for day in frame["day"]])


def _days(alt: Any, column: str) -> Any:
    """Few ticks, so that a phone can show them."""
    axis = alt.Axis(title=None, format="%y-%m-%d", tickCount=4, labelOverlap=True, grid=False)
    # A day is written without its hour and so read as of UTC: it is told in UTC again, wherever the reader is.
    return alt.X(f"{column}:T", axis=axis, scale=alt.Scale(type="utc"))


def _tip(alt: Any, language: Language, column: str, form: str = ",.1f") -> Any:
    title = say(language, f"line.picture.tip.{column}")
    return (
        alt.Tooltip("day:T", title=title, format="%Y-%m-%d")
        if column == "day"
        else alt.Tooltip(f"{column}:Q", title=title, format=form)
    )


def finished(
    alt: Any, layers: list[Any], title: str, unit: str, colours: Colours, height: int = HEIGHT
) -> dict[str, Any]:
    """The layers on one ground, as wide as where it is shown."""
    heading = alt.TitleParams(title, subtitle=unit, anchor="start", fontSize=FONT + 2, subtitleFontSize=FONT)
    chart = (
        alt.layer(*layers)
        .properties(width="container", height=height, title=heading, description=title, background="transparent")
        .configure_view(stroke=None)
        .configure_title(color=colours.ink, subtitleColor=colours.ink)
        .configure_axis(
            labelColor=colours.ink, domainColor=colours.grid, tickColor=colours.grid, gridColor=colours.grid,
            labelFontSize=FONT, tickCount=4,
        )
        .configure_legend(labelColor=colours.ink)
    )  # fmt: skip
    with alt.data_transformers.enable("default", max_rows=None, consolidate_datasets=True):
        return dict(chart.to_dict())
