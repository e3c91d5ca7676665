"""The time of one line's what-if, cold and warm, by number of skus.

    python -m benchmarks.line_what_if [--skus 160 2000] [--days 400] [--lines 40]

For each size the made-up merchant of `benchmarks.plan_scale` (three warehouses, 60 suppliers), forecast by the 13-week
rule; a list of forty lines and a budget, so that lines compete. Printed: seconds of the forecast and the session
(cold), then of the answers about lines that are ordered or moved (warm): wall and processor, median, 95 % and the
longest; how many had to plan everything; and how many of the first few differ from the whole plan.
"""

from __future__ import annotations

import argparse
import sys
import time
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from benchmarks.plan_scale import SETTINGS, merchant
from include.calendar.events import Calendar
from include.lines.line_what_if import Changes, line_what_if
from include.lines.plan_session import PlanSession, session_of
from include.replenishment.day_plan import plan_day
from include.replenishment.planning_data import RULE, PlanBasis, forecast_spans
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.simulation.what_if import Question

QUESTIONS = ((0.7, None), (0.97, None), (None, 4), (None, 30))
COMPARED = 8


def session_for(skus: int, days: int) -> tuple[PlanSession, float, float]:
    """(session, seconds of forecast and protection, seconds of the session)."""
    settings = SETTINGS.model_copy(update={"max_restock_lines": 40, "budget": 60_000})
    workspace = cast(Any, SimpleNamespace(merchant=SimpleNamespace(replenishment=settings), calendar=Calendar()))
    known, policy, start = merchant(3 * skus, days), policy_of(settings), time.perf_counter()
    ahead = forecast_spans(None, known.panel)
    protection = protection_of(known, ahead, settings, policy, workspace.calendar)
    basis, forecast = PlanBasis(known, ahead, RULE, None, None, policy, protection), time.perf_counter()
    session = session_of(workspace, known.day, basis)
    return session, forecast - start, time.perf_counter() - forecast


def measured(skus: int, days: int, lines: int) -> dict[str, float]:
    session, forecast, made = session_for(skus, days)
    plan, generator = session.nightly.lines, np.random.default_rng(2)
    chosen = plan[(plan["need"] > 0) | (plan["transfer_in"] > 0) | (plan["transfer_out"] > 0)]
    places = chosen[["sku", "warehouse"]].to_numpy()[generator.permutation(len(chosen))[:lines]]
    wall, processor, whole, differ = [], [], 0, 0
    for number, (sku, warehouse) in enumerate(places):
        level, lead = QUESTIONS[number % len(QUESTIONS)]
        begun, used = time.perf_counter(), time.process_time()
        answer = line_what_if(session, sku, warehouse, Changes(level, lead))
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
        whole += session.planned_with(sku, level, lead).is_whole
        if number < COMPARED and answer is not None:
            differ += answer.what_if.quantity != _planned(session, sku, warehouse, level, lead)
    parts = {"wall": wall, "processor": processor}
    figures = {"skus": float(skus), "lines": float(len(plan)), "forecast": forecast, "session": made}
    figures |= {"MB": session.size_bytes() / 1e6, "planned whole": float(whole), "differ": float(differ)}
    for name, took in parts.items():
        shares = dict(zip(("median", "95 %", "longest"), np.quantile(took, (0.5, 0.95, 1.0)), strict=True))
        figures |= {f"{name}, {share}": float(seconds) for share, seconds in shares.items()}
    return figures


def _planned(session: PlanSession, sku: str, warehouse: str, level: float | None, lead: int | None) -> int:
    """The quantity of the whole plan."""
    basis, settings, events = session.basis, session.settings, session.workspace.calendar
    policy = Question({} if level is None else {f"sku:{sku}": level}).policy(basis.policy)
    stated = {} if lead is None else {sku: lead}
    protection = protection_of(basis.planning, basis.ahead, settings, policy, events, stated)
    plan = plan_day(basis.planning, protection, settings, policy, events, is_excess_wanted=False)
    return int(plan.lines.set_index(["sku", "warehouse"]).loc[(sku, warehouse), "quantity"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skus", type=int, nargs="+", default=[160, 2000])
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--lines", type=int, default=40)
    given = parser.parse_args()
    table = pd.DataFrame([measured(skus, given.days, given.lines) for skus in given.skus])
    print(table.T.to_markdown(floatfmt=",.2f"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
