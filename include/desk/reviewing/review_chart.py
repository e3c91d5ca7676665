"""What was paid, by shop, over the last 30 days or 13 weeks: a chart as Vega-Lite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from include.desk.page import Page
from include.desk.reviewing.review_tables import shop_name
from include.lines.picture import Colours, finished
from include.tasks.sheets.cells import MICROS

CHARTS: Mapping[str, tuple[int, int]] = {"days": (30, 1), "weeks": (13, 7)}
"""Chart -> how many bars, and the days of each."""


def review_chart(name: str, paid: Mapping[tuple[str, str], int], page: Page) -> dict[str, Any]:
    """paid: (first day, shop) -> micros. Altair writes it, and is imported only now."""
    import altair as alt

    colours = Colours()
    palette = [colours.past, colours.forecast, colours.missing, colours.without_order, colours.event, colours.arrival]
    totals = pd.DataFrame(
        [(first, shop_name(page, shop), micros / MICROS) for (first, shop), micros in sorted(paid.items())],
        columns=["day", "shop", "value"],
    )
    shops = list(totals.groupby("shop")["value"].sum().sort_values(ascending=False).index)
    scale = alt.Scale(domain=shops, range=[palette[number % len(palette)] for number in range(len(shops))])
    axis = alt.Axis(title=None, labelAngle=0, labelOverlap="greedy", labelExpr="slice(datum.value, 5)", grid=False)
    bars = (
        alt.Chart(totals)
        .mark_bar()
        .encode(
            x=alt.X("day:O", axis=axis),
            y=alt.Y("sum(value):Q", title=None),
            color=alt.Color("shop:N", scale=scale, sort=shops, legend=alt.Legend(title=None, orient="top", columns=2)),
            tooltip=[
                alt.Tooltip("day:N", title=page.text(f"review.chart.{name}.first")),
                alt.Tooltip("shop:N", title=" "),
                alt.Tooltip("value:Q", title=page.currency_name, format=",.2f"),
            ],
        )
    )
    return finished(alt, [bars], page.text(f"review.chart.{name}"), page.currency_name, colours)


def change_chart(terms: Mapping[str, int], page: Page) -> dict[str, Any]:
    """What each term added to the change of what was paid: one bar each, in the order in which they are told."""
    import altair as alt

    colours = Colours()
    told = pd.DataFrame(
        [(page.text(f"review.term.{name}"), micros / MICROS) for name, micros in terms.items() if micros],
        columns=["term", "value"],
    )
    value = alt.Tooltip("value:Q", title=page.currency_name, format="+,.2f")
    bars = (
        alt.Chart(told)
        .mark_bar()
        .encode(
            y=alt.Y("term:N", sort=list(told["term"]), axis=alt.Axis(title=None, grid=False, labelLimit=160)),
            x=alt.X("value:Q", title=None),
            color=alt.condition("datum.value > 0", alt.value(colours.forecast), alt.value(colours.without_order)),
            tooltip=[alt.Tooltip("term:N", title=" "), value],
        )
    )
    return finished(alt, [bars], page.text("review.chart.why"), page.currency_name, colours)
