"""Replay the specimen merchant with several ways of running its stock, day by day in lockstep.

    storekeeper replay --out FOLDER [--seeds 101 102 103] [--skus 60] [--first 2025-10-01] [--days 180]
                       [--warm-up 30] [--merchant FOLDER]
                       [--players planner,'daily planner',habits,min-max,base-stock]

Every player gets its own copy of the business some days before the first (they warm up: the stock they begin with is
the merchant's own doing, and does not count), meets the same customers wanting the same things, and is told nothing but
what a merchant sees. The planner is the code of the daily lists with the settings of --merchant (STOREKEEPER_MERCHANT,
or else examples/specimen); people do what its lists say, the next morning. `daily planner` is the planner as it was
before a line cost anything to order: whatever is short is ordered at every look. The min-max rule is tuned on the same
business's days before, for the total cost: lost margin, holding, and order lines at what one costs to handle and a
planner to look at. Writes cells.csv (one row a seed, player, sku and warehouse), days.csv, report.md and its plots; run
again with other seeds, the report covers all.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from include.cli import options
from include.cli.command_line import Commands, Merchant, session
from include.cli.specimen import require_specimen
from include.settings.location import DEMO_MERCHANT, ROOT, named_merchant
from include.settings.saying import require_writable

commands = Commands()


@commands.command("replay", help=__doc__, short_help="a simulated merchant under the daily code · 用模拟商家试策略")
def replay(
    out: Annotated[Path, typer.Option(metavar="FOLDER")],
    seeds: Annotated[list[int] | None, options.number("--seeds", 0, "101 102 103 by default")] = None,
    skus: Annotated[int, options.number("--skus")] = 60,
    first: Annotated[date, options.option("--first", of=options.a_date, metavar="DAY")] = "2025-10-01",  # type: ignore[assignment]
    days: Annotated[int, options.number("--days")] = 180,
    warm_up: Annotated[int | None, options.number("--warm-up", 0, "days before the first, not counted")] = None,
    history_days: Annotated[int | None, options.number("--history-days")] = None,
    players: Annotated[str | None, typer.Option(metavar="NAMES", help="separated by commas")] = None,
    weights: Annotated[
        list[float] | None,
        options.option("--weights", of=options.amount, metavar="TIMES", help="more planners, by holding weight"),
    ] = None,
    retrain_days: Annotated[int | None, options.number("--retrain-days")] = None,
    merchant: Merchant = None,
) -> None:
    require_specimen("replay")
    from include.settings.loading import load_merchant
    from include.settings.names import UnknownNameError
    from include.simulation import replay_specimen as simulated
    from include.simulation.report import write_report

    try:
        named = simulated.named_players(players) if players else list(simulated.PLAYERS)
    except UnknownNameError as error:
        options.fail(f"--players: {error} · {error.zh}")
    warm_up = simulated.WARM_UP_DAYS if warm_up is None else warm_up
    lived, least = history_days or simulated.HISTORY_DAYS, simulated.TUNING_DAYS + warm_up + simulated.MIN_DAYS
    if lived < least:
        options.fail(
            f"--history-days: expected {least} or more, of which the rule of thumb is tuned on "
            f"{simulated.TUNING_DAYS} · 历史至少要 {least} 天，其中 {simulated.TUNING_DAYS} 天用来调经验法则"
        )
    asked = session().named
    asked.take(merchant, None, None)
    require_writable(out)
    described = load_merchant(named_merchant(asked) or ROOT / DEMO_MERCHANT, out)
    out.mkdir(parents=True, exist_ok=True)
    for seed in seeds or (101, 102, 103):
        cells, daily = simulated.replay_seed(
            seed, described, named, first, days, skus, lived, warm_up, retrain_days or simulated.RETRAIN_DAYS,
            weights or (), _say,
        )  # fmt: skip
        simulated.merge_into(out / "cells.csv", cells)
        simulated.merge_into(out / "days.csv", daily)
        print(write_report(out, described.language), flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
