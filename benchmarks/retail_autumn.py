"""Autumn 2011 of Online Retail II, week by week: forecasts and the orders they lead to, against rules of thumb.

    python -m benchmarks.retail_autumn FILE OUT [--retrain-weeks 4] [--least-lines 60] [--threads 1]

FILE is the UCI file as examples/online_retail_ii/convert.py reads it. Each Monday from 5 September to 7 November 2011
demand is forecast from what was known the evening before (the model is trained anew every few weeks), for the next 7,
14 and 28 days; each Monday from 5 September to 21 November orders are placed by the plan's own code. Beside it: the
13-week rule, last week again, and for the orders a min-max rule. The level ordered up to, and the min-max pair, are
those of least cost over the summer before, each by its own. Stock is simulated, since the file has none: everyone
begins with three weeks of the usual sales, the supplier needs ten days and fails nobody, cost is 55 % of the usual
price. Writes forecasts.csv, costs.csv, weeks.csv, report.md and its plots into OUT.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from examples.online_retail_ii.convert import COST_SHARE, LEAD_DAYS, NOT_MERCHANDISE, OPENING_DAYS, read
from include.calendar.events import event_dates
from include.demand.bulk import find_bulk_orders
from include.demand.forecast import Forecast
from include.demand.forecaster.backtest import Score, score, truth
from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.model import DemandModel
from include.demand.forecaster.training import train
from include.demand.naive import last_week_again, thirteen_weeks
from include.demand.panel import Panel, build_panel
from include.pages.plots import Line, line_plot
from include.replenishment.policy import StockPolicy, policy_of
from include.replenishment.quantity.plan_lines import plan_lines
from include.settings.stock.demand import Bulk
from include.settings.stock.replenishment import CLASSES, Replenishment
from include.simulation.simulator import Outcome, Policy, Supply, View, min_max_by_pace, simulate

FIRST_MONDAY, LAST_MONDAY = pd.Timestamp("2011-09-05"), pd.Timestamp("2011-11-21")
LAST_DAY = "2011-12-08"  # the file ends at noon of the 9th
SUMMER = pd.Timestamp("2011-06-06")  # from here to the first Monday the min-max rule is tuned
SPANS = (7, 14, 28)
LOOK_DAYS = 7
ORDER_SPAN = LEAD_DAYS + LOOK_DAYS
MICROS = 1_000_000
YEAR_DAYS = 365.0
HOLDING_A_YEAR = 0.25
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975)
PLAYERS = ("model", "13-week", "last week again")

Forecaster = Callable[[Panel, int], Forecast]


def shop(file: Path, min_lines: int) -> tuple[Panel, pd.DataFrame]:
    """Daily demand of every product that was ordered so often before the first Monday, and its price (pounds)."""
    lines = read(file)
    lines = lines[(lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)]
    lines = lines[~lines["StockCode"].str.match(NOT_MERCHANDISE)]
    # The workbook holds the first days of December 2010 in both sheets.
    first_of_second = lines.groupby("sheet")["InvoiceDate"].transform("min")
    earlier = lines["sheet"] == lines["sheet"].min()
    overlap = first_of_second[~earlier].min() if (~earlier).any() else pd.Timestamp.max
    lines = lines[~(earlier & (lines["InvoiceDate"] >= overlap))]
    lines = lines.assign(day=lines["InvoiceDate"].dt.strftime("%Y-%m-%d"), sku=lines["StockCode"].str.strip())
    known = lines[lines["InvoiceDate"] < FIRST_MONDAY]
    often = known["sku"].value_counts()
    lines = lines[lines["sku"].isin(often[often >= min_lines].index) & (lines["day"] <= LAST_DAY)]
    orders = lines.rename(columns={"InvoiceNo": "order_id", "Quantity": "quantity"})
    bulk = find_bulk_orders(orders[["order_id", "sku", "quantity"]], Bulk())
    is_bulk = pd.MultiIndex.from_frame(orders[["order_id", "sku"]]).isin(
        pd.MultiIndex.from_frame(bulk[["order_id", "sku"]])
    )
    wanted = orders[~is_bulk].assign(warehouse="London")
    wanted["revenue_micros"] = (wanted["quantity"] * wanted["UnitPrice"] * MICROS).round()
    facts = wanted.groupby(["day", "sku", "warehouse"], as_index=False)[["quantity", "revenue_micros"]].sum()
    facts = facts.rename(columns={"quantity": "units"})
    first = str(facts["day"].min())
    days = event_dates(pd.Timestamp(first).date(), pd.Timestamp(LAST_DAY).date())
    events = pd.DataFrame([{"day": str(day), "event": name} for name, dates in days.items() for day in dates])
    panel = build_panel(
        facts, None, pd.DataFrame({"sku": facts["sku"].unique()}), first, LAST_DAY, events, known_share=0.5
    )
    price = known.groupby("sku")["UnitPrice"].median().reindex(panel.keys["sku"])
    return panel, pd.DataFrame(
        {"sku": panel.keys["sku"], "price": price.to_numpy(), "cost": price.to_numpy() * COST_SHARE}
    )


class Trained:
    """The model that spoke on each Monday: trained on what was known on the newest training Monday before it."""

    def __init__(self, panel: Panel, mondays: list[int], every: int, threads: int) -> None:
        self.panel, self.config = panel, DemandConfig(threads=threads)
        self.from_origin = {origin: mondays[k // every * every] for k, origin in enumerate(mondays)}
        self.models: dict[int, DemandModel] = {}

    def __call__(self, past: Panel, span: int) -> Forecast:
        origin = self.from_origin[past.day_count]
        if origin not in self.models:
            _say(f"training as of {self.panel.days[origin - 1].date()}")
            self.models[origin] = train(self.panel.until(origin), self.config)
        return self.models[origin].forecast(past, span)


def forecast_scores(
    panel: Panel, speakers: dict[str, Forecaster], mondays: list[int]
) -> tuple[list[Score], pd.DataFrame]:
    """Scores by speaker and span; and by Monday: units sold in the next 14 days, and what each expected."""
    scores, weeks = [], []
    for span in SPANS:
        told: dict[str, list[tuple[Forecast, np.ndarray, np.ndarray]]] = {name: [] for name in speakers}
        for origin in mondays:
            if origin + span > panel.day_count:
                continue
            past = panel.until(origin)
            sold, good = truth(panel, origin, span)
            for name, speaker in speakers.items():
                told[name].append((speaker(past, span), sold, good))
            if span == 14:
                expected = {name: float(told[name][-1][0].mean[good].sum()) for name in speakers}
                weeks.append({"monday": str(panel.days[origin].date()), "sold": float(sold[good].sum()), **expected})
        scores += [score(name, each) for name, each in told.items()]
        _say(f"{span} days are scored")
    return scores, pd.DataFrame(weeks)


def planned(panel: Panel, goods: pd.DataFrame, speaker: Forecaster, start: int, policy: StockPolicy) -> Policy:
    """Orders of the plan's own code, from a speaker's forecast of the protection period, each Monday."""

    def orders(view: View) -> np.ndarray:
        origin = start + view.period
        past = panel.until(origin)
        ahead, fortnight = speaker(past, ORDER_SPAN), speaker(past, 14)
        inputs = pd.DataFrame(
            {
                "sku": goods["sku"],
                "warehouse": "London",
                "mean_demand": ahead.mean,
                "daily_mean": fortnight.mean / 14,
                "lead_time_days": float(LEAD_DAYS),
                "review_period_days": float(LOOK_DAYS),
                "on_hand": view.on_hand[0].astype(np.int64),
                "promised": 0,
                "arriving": view.on_order[0].astype(np.int64),
                "unit_cost_micros": (goods["cost"] * MICROS).round().astype("Int64"),
                "unit_price_micros": (goods["price"] * MICROS).round().astype("Int64"),
            }
        )
        for place, level in enumerate(ahead.levels):
            inputs[f"q{level:g}"] = ahead.quantiles[:, place]
        day = str(panel.days[origin - 1].date())
        return plan_lines(inputs, policy, day)["quantity"].to_numpy(dtype=float)[None, :]

    return orders


def live(panel: Panel, goods: pd.DataFrame, policy: Policy, start: int, end: int) -> Outcome:
    """From `start` to `end` (days of the panel), looking each Monday while an order can still be sold; the policy sees
    all days before."""
    holding = goods["cost"].to_numpy() * HOLDING_A_YEAR / YEAR_DAYS
    margin = (goods["price"] - goods["cost"]).to_numpy()
    before = panel.units[:, start - 91 : start]
    usual = np.nansum(before, axis=1) / 91
    stock = np.ceil(usual * OPENING_DAYS)

    def knowing(view: View) -> np.ndarray:
        if start + view.period + ORDER_SPAN > end:
            return np.zeros_like(view.on_hand)
        return policy(replace(view, demand_seen=panel.units[:, : start + view.period].astype(float)))

    return simulate(
        panel.units[:, start:end].astype(float), knowing, Supply(np.array([LEAD_DAYS])), stock, holding, margin,
        review_every=LOOK_DAYS,
    )  # fmt: skip


def at_level(level: float) -> StockPolicy:
    """One service level for every line; a line of an order costs nothing."""
    settings = Replenishment(
        service_levels=dict.fromkeys(CLASSES, level),
        holding_cost_per_year=HOLDING_A_YEAR,
        review_period_days=LOOK_DAYS,
        order_line_cost=0,
    )
    return policy_of(settings)


def remembered(speaker: Forecaster) -> Forecaster:
    """The same, asked once for each day and span."""
    told: dict[tuple[int, int], Forecast] = {}

    def again(past: Panel, span: int) -> Forecast:
        if (past.day_count, span) not in told:
            told[past.day_count, span] = speaker(past, span)
        return told[past.day_count, span]

    return again


def tuned_level(panel: Panel, goods: pd.DataFrame, speaker: Forecaster, start: int, end: int) -> float:
    """The level whose orders by this speaker's forecasts would have cost least over the summer."""
    costs = {
        level: _cost(live(panel, goods, planned(panel, goods, speaker, start, at_level(level)), start, end))
        for level in LEVELS
    }
    return min(costs, key=lambda level: costs[level])


def tuned_min_max(panel: Panel, goods: pd.DataFrame, start: int, end: int) -> tuple[float, float]:
    """The pair of days that would have cost least over the summer."""
    grid = [(low, low + more) for low in (7, 14, 21, 28, 42, 60, 90, 120) for more in (7, 14, 28)]
    costs = [_cost(live(panel, goods, min_max_by_pace(LEAD_DAYS, *pair), start, end)) for pair in grid]
    return grid[int(np.argmin(costs))]


def _cost(outcome: Outcome) -> float:
    return float(outcome.holding_cost.sum() + outcome.shortage_cost.sum())


def cost_row(name: str, outcome: Outcome, goods: pd.DataFrame) -> dict[str, object]:
    """A line of the table of costs; money in pounds."""
    days = float(outcome.known_periods.max())
    return {
        "orders by": name,
        "cost": _cost(outcome),
        "lost margin": float(outcome.shortage_cost.sum()),
        "holding": float(outcome.holding_cost.sum()),
        "fill rate, %": 100 * float(outcome.sold.sum() / outcome.demand.sum()),
        "average stock at cost": float((outcome.held * goods["cost"].to_numpy()).sum() / days),
        "turnover, days": float((outcome.held * goods["cost"].to_numpy()).sum())
        / float((outcome.sold * goods["cost"].to_numpy()).sum()),
        "bought at cost": float((outcome.ordered * goods["cost"].to_numpy()).sum()),
    }


def ratio_interval(ours: Outcome, theirs: Outcome, draws: int = 1000) -> tuple[float, float, float]:
    """(ratio of costs, low, high): 95 % by bootstrap over products."""
    mine = (ours.holding_cost + ours.shortage_cost)[0]
    base = (theirs.holding_cost + theirs.shortage_cost)[0]
    generator = np.random.default_rng(1)
    picks = generator.integers(0, len(mine), (draws, len(mine)))
    low, high = np.quantile(mine[picks].sum(axis=1) / base[picks].sum(axis=1), [0.025, 0.975])
    return float(mine.sum() / base.sum()), float(low), float(high)


def run(file: Path, out: Path, retrain_weeks: int, min_lines: int, threads: int) -> str:
    """Everything; returns the report's text."""
    out.mkdir(parents=True, exist_ok=True)
    panel, goods = shop(file, min_lines)
    _say(f"{panel.series_count} products, {panel.day_count} days")
    place = {day: k for k, day in enumerate(panel.days)}
    mondays = [place[day] for day in pd.date_range(FIRST_MONDAY, LAST_MONDAY, freq="7D")]
    levels = DemandConfig().levels
    model = Trained(panel, mondays, retrain_weeks, threads)
    speakers: dict[str, Forecaster] = {
        "model": model,
        "13-week": lambda past, span: thirteen_weeks(past, span, levels),
        "last week again": lambda past, span: last_week_again(past, span, levels),
    }
    judged = [origin for origin in mondays if origin + max(SPANS) <= panel.day_count]
    scores, weeks = forecast_scores(panel, speakers, judged)
    table = pd.DataFrame([each.row() for each in scores]).sort_values(["span", "name"], ignore_index=True)
    table.to_csv(out / "forecasts.csv", index=False)
    weeks.to_csv(out / "weeks.csv", index=False)

    first, end = mondays[0], panel.day_count
    summer = [place[day] for day in pd.date_range(SUMMER, FIRST_MONDAY - pd.Timedelta(days=7), freq="7D")]
    before: dict[str, Forecaster] = {**speakers, "model": Trained(panel, summer, len(summer), threads)}
    pair = tuned_min_max(panel, goods, summer[0], first)
    lived: dict[str, Outcome] = {}
    for name in PLAYERS:
        level = tuned_level(panel, goods, remembered(before[name]), summer[0], first)
        orders = planned(panel, goods, speakers[name], first, at_level(level))
        lived[f"{name} at {level:g}"] = live(panel, goods, orders, first, end)
        _say(f"{name} has lived")
    name = f"min-max ({pair[0]:g}, {pair[1]:g})"
    lived[name] = live(panel, goods, min_max_by_pace(LEAD_DAYS, *pair), first, end)
    costs = pd.DataFrame([cost_row(name, outcome, goods) for name, outcome in lived.items()])
    costs.to_csv(out / "costs.csv", index=False)
    text = report(
        panel, table, costs, {name: ratio_interval(next(iter(lived.values())), one) for name, one in lived.items()}
    )
    (out / "report.md").write_text(text, encoding="utf-8")
    _plots(out, weeks, table)
    return text


def report(
    panel: Panel, table: pd.DataFrame, costs: pd.DataFrame, ratios: dict[str, tuple[float, float, float]]
) -> str:
    """Both tables in Markdown."""
    shares = [column for column in table.columns if column.startswith("at_or_below_0.")]
    shown = table[["span", "name", "pinball", "bias", "wape", *shares]]
    shown = shown.rename(columns={name: name.removeprefix("at_or_below_") for name in shares})
    against = [
        "" if name.startswith("model") else f"{ratio:.2f} ({low:.2f} .. {high:.2f})"
        for name, (ratio, low, high) in ratios.items()
    ]
    return "\n".join(
        [
            f"{panel.series_count:,} products, {panel.day_count} days up to {LAST_DAY}.",
            "",
            shown.to_markdown(index=False, floatfmt=".3f"),
            "",
            costs.assign(**{"model's cost over this": against}).to_markdown(index=False, floatfmt=",.1f"),
            "",
        ]
    )


def _plots(out: Path, weeks: pd.DataFrame, table: pd.DataFrame) -> None:
    at = list(range(len(weeks)))
    ticks = [(float(k), monday[5:]) for k, monday in enumerate(weeks["monday"])]
    lines = [Line(name, at, weeks[name].tolist()) for name in ("sold", *PLAYERS)]
    plot = line_plot("Units of the next 14 days, by Monday of the forecast", lines, ticks)
    (out / "weeks.svg").write_text(plot, encoding="utf-8")
    bars = [
        Line(name, list(SPANS), table[table["name"] == name].sort_values("span")["pinball"].tolist())
        for name in PLAYERS
    ]
    plot = line_plot("Pinball loss over units sold, by span (days)", bars, [(float(s), str(s)) for s in SPANS])
    (out / "pinball.svg").write_text(plot, encoding="utf-8")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--retrain-weeks", type=int, default=4)
    parser.add_argument("--least-lines", type=int, default=60, help="of a product before September")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    print(run(given.file, given.out, given.retrain_weeks, given.min_lines, given.threads))
    return 0


if __name__ == "__main__":
    sys.exit(main())
