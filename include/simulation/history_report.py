"""A replay of the merchant's own history in figures: what each policy would have cost, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from include.pages.plots import bar_plot
from include.simulation.report import MEASURES, Measure, at_least_weekly, plot, ratios, table
from include.words.texts import say


def _a_day(column: str) -> Measure:
    return lambda sums: float((sums[column] / sums["days"]).sum())


# What each figure is of the cells; it is called as the text replay.figure says.
FIGURES: dict[str, Measure] = {
    "cost": _a_day("cost"),
    "total": _a_day("total"),
    "lost_margin": _a_day("lost_margin"),
    "holding": _a_day("holding_cost"),
    **{
        name: MEASURES[name]
        for name in ("fill", "availability", "stock_outs", "lost", "stock_units", "stock_yuan", "turnover",
                     "order_lines", "bought")
    },
}  # fmt: skip
PRESENT = "present"  # the player whom the others are held against
WEEKLY = ("cost", "fill", "availability", "turnover", "stock_yuan")
RATIOS = ("lost", "held", "held_value", "cost", "stock_out_days")
PLOTS = {"stock.svg": "on_hand_yuan", "lost.svg": "lost"}
CAVEATS = ("unknown_demand", "lost_sales", "lead_times", "hindsight", "rules_of_thumb", "transfers")


def write_report(folder: Path, cells: pd.DataFrame, days: pd.DataFrame, notes: Mapping[str, str]) -> str:
    """report.md with its plots into the folder; returns the report. The frames are those of
    `replay_history.Replayed`. The others are held against PRESENT."""
    cells = cells.assign(cost=cells["lost_margin"] + cells["holding_cost"])
    cells = cells.assign(total=cells["cost"] + cells["handling_cost"])
    for name, column in PLOTS.items():
        (folder / name).write_text(plot(days, column, _in(notes, f"replay.plot.{column}")), encoding="utf-8")
    costs = {player: FIGURES["cost"](part) for player, part in cells.groupby("player", sort=False)}
    cost_plot = bar_plot(_in(notes, "replay.figure.cost"), costs, "{:,.0f}")
    (folder / "cost.svg").write_text(cost_plot, encoding="utf-8")
    text = report_text(cells, notes)
    plots = "\n\n".join(f"![{name.removesuffix('.svg')}]({name})" for name in ("cost.svg", *PLOTS))
    (folder / "report.md").write_text(f"{text}\n\n{plots}\n", encoding="utf-8")
    return text


def report_text(cells: pd.DataFrame, notes: Mapping[str, str]) -> str:
    """Markdown: everybody side by side, what sells at least weekly, the ratios to PRESENT, and what to bear in mind. In
    the language of the notes."""
    figures = {name: (_in(notes, f"replay.figure.{name}"), measure) for name, measure in FIGURES.items()}
    used = cells.groupby("player", sort=False)["budget_used"].mean().dropna()
    budget = ", ".join(f"{name} {100 * share:.0f} %" for name, share in used.items())
    named = {_in(notes, f"replay.ratio.{column}"): column for column in RATIOS}
    scope = {
        "days": int(cells["days"].iloc[0]),
        "skus": cells["sku"].nunique(),
        "places": len(cells[["sku", "warehouse"]].drop_duplicates()),
    }
    parts = [
        _in(notes, "replay.title"),
        _in(notes, "replay.scope_asked" if notes["asked"] else "replay.scope", **scope),
        table(cells, figures),
        _in(notes, "replay.budget", used=budget or _in(notes, "replay.no_budget")),
        _in(notes, "replay.weekly"),
        table(at_least_weekly(cells), {name: figures[name] for name in WEEKLY}),
        _in(notes, "replay.ratios", present=PRESENT),
        ratios(cells, PRESENT, named, _in(notes, "replay.policy")),
        _in(notes, "replay.to_bear_in_mind"),
    ]
    return "\n\n".join([*parts, "\n".join(f"- {_in(notes, f'replay.caveat.{one}')}" for one in CAVEATS)])


def _in(notes: Mapping[str, str], name: str, **values: Any) -> str:
    """A text in the language of the notes, with what they say and the merchant's own money."""
    return say(notes["language"], name, **{**notes, **values})
