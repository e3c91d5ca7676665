"""A replay of the merchant's own history in figures: what each policy would have cost, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from include.day.replay_report import COMPARED, MEASURES, Measure, at_least_weekly, plot, ratios, table
from include.pages.plots import bar_plot


def _a_day(column: str) -> Measure:
    return lambda sums: float((sums[column] / sums["days"]).sum())


FIGURES: dict[str, tuple[str, Measure]] = {
    "cost": ("cost (lost margin, holding), yuan a day", _a_day("cost")),
    "total": ("total cost (order lines besides), yuan a day", _a_day("total")),
    "lost_margin": ("lost margin, yuan a day", _a_day("lost_margin")),
    "holding": ("holding, yuan a day", _a_day("holding_cost")),
    **{name: MEASURES[name] for name in ("fill", "availability", "stock_outs", "lost", "stock_units", "stock_yuan")},
    **{name: MEASURES[name] for name in ("turnover", "order_lines", "bought")},
}
WEEKLY = ("cost", "fill", "availability", "turnover", "stock_yuan")
RATIOS = {**COMPARED, "stock-out days": "stock_out_days"}
PLOTS = (
    ("stock.svg", "on_hand_yuan", "Stock, thousand yuan at cost"),
    ("lost.svg", "lost", "Units lost a day (mean of 7 days)"),
)


def write_report(
    folder: Path, cells: pd.DataFrame, days: pd.DataFrame, notes: Mapping[str, str], base: str = "present"
) -> str:
    """report.md with its plots into the folder; returns the report. The frames are those of
    `replay_history.Replayed`; base: whom the others are held against."""
    cells = cells.assign(cost=cells["lost_margin"] + cells["holding_cost"])
    cells = cells.assign(total=cells["cost"] + cells["handling_cost"])
    for name, column, title in PLOTS:
        (folder / name).write_text(plot(days, column, _in(notes, title)), encoding="utf-8")
    costs = {player: FIGURES["cost"][1](part) for player, part in cells.groupby("player", sort=False)}
    (folder / "cost.svg").write_text(bar_plot(_in(notes, FIGURES["cost"][0]), costs, "{:,.0f}"), encoding="utf-8")
    text = told(cells, notes, base)
    plots = "\n\n".join(f"![{name.removesuffix('.svg')}]({name})" for name in ("cost.svg", *(one[0] for one in PLOTS)))
    (folder / "report.md").write_text(f"{text}\n\n{plots}\n", encoding="utf-8")
    return text


def told(cells: pd.DataFrame, notes: Mapping[str, str], base: str) -> str:
    """Markdown: everybody side by side, what sells at least weekly, the ratios to `base`, and what to bear in mind."""
    figures = {name: (_in(notes, title), measure) for name, (title, measure) in FIGURES.items()}
    skus, places = cells["sku"].nunique(), len(cells[["sku", "warehouse"]].drop_duplicates())
    used = cells.groupby("player", sort=False)["budget_used"].mean().dropna()
    budget = ", ".join(f"{name} {100 * share:.0f} %" for name, share in used.items()) or "no policy has one"
    parts = [
        f"# {notes['days']}, lived again",
        f"{int(cells['days'].iloc[0])} days, {skus} skus, {places} (sku, warehouse).",
        *([f"`asked` is the present policy with {notes['asked']}."] if notes["asked"] else []),
        table(cells, figures),
        f"Budget used, mean of looks (beyond 100 %: the emergency fund): {budget}.",
        "Of (sku, warehouse) that customers wanted at least once a week on average:",
        table(at_least_weekly(cells), {name: figures[name] for name in WEEKLY}),
        f"Against the {base} policy, ratio of sums, 95 % bootstrap intervals over skus:",
        ratios(cells, base, {_in(notes, title): column for title, column in RATIOS.items()}),
        "## To bear in mind",
        "\n".join(f"- {line}" for line in _caveats(notes)),
    ]
    return "\n\n".join(parts)


def _in(notes: Mapping[str, str], title: str) -> str:
    """A title with the merchant's own money for the yuan of the simulated merchant's reports."""
    return title.replace("yuan", notes.get("money", "yuan"))


def _caveats(notes: Mapping[str, str]) -> tuple[str, ...]:
    return (
        f"{notes['filled']} of the units wanted stand for days on which nobody knows what was wanted, since the shelf "
        "was empty: what the known days of the four weeks before sold on average. Empty for longer, a day counts "
        "neither way. What was wanted on such a day is rather more than that.",
        "What is not there is lost, not wanted later. Everybody begins with the shelves of the books on the eve of the "
        "first day, and with what was under way then.",
        "An order takes as long as its supplier's own receipts say, drawn once and alike for everybody, whatever the "
        "policy believes; suppliers' holidays come on top.",
        "Everybody sees the demand that was, also where the replayed shelf would have hidden it. Models, suppliers' "
        "lead times, sales and classes are as of each look; prices, packs and suppliers as of the last day.",
        f"The min-max rule orders below and up to {notes['min_max']}, at the pace of four weeks: the pair that "
        "would have cost least before the first day, order lines counted. "
        "Base stock goes up to the 95th percentile of thirteen weeks' "
        "totals over lead time and review period.",
        "Nothing moves between warehouses; what is left on the last day, or still under way, has cost nothing but its "
        "days till then.",
    )
