"""A replay in figures: Markdown tables with intervals, and small plots as SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from include.pages.plots import Line, line_plot
from include.settings.currencies import currency_name
from include.words.texts import Language, say

DRAWS = 2000
NOTHING = 1e-9  # a sum that is smaller is none: what is held against it is no ratio
WEEK = 7
TICK_DAYS = 30

Measure = Callable[[pd.DataFrame], float]


def _ratio(over: str, under: str) -> Measure:
    return lambda sums: float(sums[over].sum() / max(float(sums[under].sum()), 1e-9))


# What each figure is of the cells; it is called as the texts below say.
MEASURES: dict[str, Measure] = {
    "cost": lambda s: float((s["cost"] / s["days"]).sum()),
    "total": lambda s: float((s["total"] / s["days"]).sum()),
    "lost": lambda s: float(s["lost"].sum()),
    "fill": lambda s: 100 * (1 - _ratio("lost", "wanted")(s)),
    "availability": lambda s: 100 * (1 - _ratio("stock_out_days", "selling_days")(s)),
    "stock_units": lambda s: float(s["held"].sum() / s["days"].iloc[0]),
    "stock_yuan": lambda s: float(s["held_value"].sum() / s["days"].iloc[0]),
    "turnover": _ratio("held_value", "sold_cost"),
    "stock_outs": lambda s: float(s["stock_out_days"].sum()),
    "moved": lambda s: float(s["moved"].sum()),
    "order_lines": lambda s: float(s["order_lines"].sum()),
    "bought": lambda s: float(s["bought_yuan"].sum()),
}
OF_THE_SPECIMEN = ("cost", "total", "moved")  # figures that a replay of one's own history has not, or otherwise
WEEKLY = ("fill", "turnover", "stock_yuan", "lost")
COMPARED = ("lost", "held", "held_value", "cost", "order_lines", "total")
# The last is the planner of an earlier checkout: benchmarks.before puts it there.
RIVALS = {
    "min-max": "replay.specimen.min_max", "daily planner": "replay.specimen.daily_planner",
    "before": "replay.specimen.before",
}  # fmt: skip


def write_report(folder: Path, language: Language = "en") -> str:
    """report.md, stock.svg and lost.svg from cells.csv and days.csv of the folder; returns the report."""
    cells, days = pd.read_csv(folder / "cells.csv"), pd.read_csv(folder / "days.csv")
    for name, column in (("stock.svg", "on_hand_yuan"), ("lost.svg", "lost")):
        title = _say(language, f"replay.plot.{column}")
        (folder / name).write_text(plot(days, column, title), encoding="utf-8")
    text = report(cells, language)
    (folder / "report.md").write_text(text + "\n\n![stock](stock.svg)\n\n![lost units](lost.svg)\n", encoding="utf-8")
    return text


def report(cells: pd.DataFrame, language: Language = "en") -> str:
    """All players side by side, means over seeds; then the cells that sell at least weekly; then ratios to those
    of RIVALS that played."""
    cells = cells.assign(cost=cells["lost_margin"] + cells["holding_cost"] + cells["transport_cost"])
    cells["total"] = cells["cost"] + cells["handling_cost"]
    seeds, days = sorted(cells["seed"].unique()), int(cells["days"].iloc[0])
    figures = {
        name: (
            _say(language, f"replay.specimen.{name}" if name in OF_THE_SPECIMEN else f"replay.figure.{name}"),
            measure,
        )
        for name, measure in MEASURES.items()
    }
    compared = {_say(language, f"replay.ratio.{column}"): column for column in COMPARED}
    scope = {"seeds": ", ".join(map(str, seeds)), "days": days, "skus": cells["sku"].nunique()}
    parts = [
        _say(language, "replay.specimen.scope", **scope),
        table(cells, figures),
        _say(language, "replay.weekly"),
        table(at_least_weekly(cells), {name: figures[name] for name in WEEKLY}),
    ]
    for base, called in RIVALS.items():
        if base in set(cells["player"]):
            head = _say(language, "replay.specimen.player")
            against = _say(language, "replay.specimen.against", rival=say(language, called))
            parts += [against, ratios(cells, base, compared, head)]
    if cells["budget_used"].notna().any():
        used = cells.groupby("player")["budget_used"].mean().dropna()
        told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in used.items())
        parts.append(_say(language, "replay.budget", used=told))
    return "\n\n".join(parts)


def _say(language: Language, name: str, **values: Any) -> str:
    """A text about the simulated merchant, whose money is yuan."""
    return say(language, name, money=currency_name("CNY", language), **values)


def at_least_weekly(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells whose demand, the same for every player, is one unit a week or more."""
    return cells[cells["wanted"] >= cells["days"] / WEEK]


def table(cells: pd.DataFrame, measures: Mapping[str, tuple[str, Measure]]) -> str:
    """Markdown: a row a measure, a column a player; the mean of the seeds' own figures."""
    players = list(dict.fromkeys(cells["player"]))
    rows = [["", *players], ["---", *["---:"] * len(players)]]
    for title, measure in measures.values():
        values = [
            np.mean([measure(part) for _, part in cells[cells["player"] == player].groupby("seed")])
            for player in players
        ]
        rows.append([title, *(f"{value:,.{2 if abs(value) < 100 else 0}f}" for value in values)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def ratios(cells: pd.DataFrame, base: str, columns: Mapping[str, str], head: str) -> str:
    """Markdown: each player's sums over those of `base`; columns: title -> column of the cells; head: the players'."""
    rows = [[head, *columns], ["---", *["---:"] * len(columns)]]
    for player in dict.fromkeys(cells["player"]):
        if player != base:
            found = [ratio_interval(cells, player, base, column) for column in columns.values()]
            rows.append([player, *("{} ({} .. {})".format(*map(_figure, ratio)) for ratio in found)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _figure(value: float) -> str:
    """'-' if neither side had anything to compare, '∞' if `base` had nothing."""
    return "-" if np.isnan(value) else "∞" if value > 1 / NOTHING**0.5 else f"{value:.2f}"


def ratio_interval(cells: pd.DataFrame, player: str, base: str, column: str) -> tuple[float, float, float]:
    """(ratio, low, high) of the players' sums over the seeds both have, 95 % by bootstrap of seeds and their skus."""
    by_sku = cells.groupby(["player", "seed", "sku"])[column].sum()
    ours, theirs = by_sku[player], by_sku[base]
    both = pd.concat([ours.rename("ours"), theirs.rename("theirs")], axis=1).dropna()
    groups = [part.to_numpy() for _, part in both.groupby(level="seed")]
    generator = np.random.default_rng(1)
    drawn = np.empty(DRAWS)
    for draw in range(DRAWS):
        chosen = [groups[k] for k in generator.integers(0, len(groups), len(groups))]
        sums = sum(part[generator.integers(0, len(part), len(part))].sum(axis=0) for part in chosen)
        # Skus that had nothing of it for either side say nothing of the ratio.
        drawn[draw] = sums[0] / max(sums[1], NOTHING) if sums.any() else np.nan
    whole = both.to_numpy().sum(axis=0)
    found = drawn[~np.isnan(drawn)]
    low, high = np.quantile(found, [0.025, 0.975]) if len(found) else (np.nan, np.nan)
    ratio = whole[0] / max(whole[1], NOTHING) if whole.any() else np.nan
    return float(ratio), float(low), float(high)


def plot(days: pd.DataFrame, column: str, title: str) -> str:
    """One line a player over the days, the mean of the seeds, smoothed over a week; as SVG."""
    lines = days.groupby(["player", "day"], sort=True)[column].mean().unstack("player")
    lines = lines.rolling(WEEK, min_periods=1).mean()[list(dict.fromkeys(days["player"]))]
    scale = 1000.0 if column.endswith("yuan") else 1.0
    across = [float(place) for place in range(len(lines))]
    drawn = [Line(player, across, (lines[player] / scale).to_list()) for player in lines.columns]
    ticks = [(float(place), str(lines.index[place])) for place in range(0, len(lines), TICK_DAYS)]
    return line_plot(title, drawn, ticks)
