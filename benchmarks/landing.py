"""How often landings of a month hold, and how wide they are, on simulated merchants of known sales.

    python -m benchmarks.landing [--merchants 10] [--skus 24] [--days 790]

Each merchant lives by its own habits. Of every whole month for which the books then know the same days a year before,
the landing is told as of its 10th, 15th and 20th day and held against what the month took. The naive run rate is what
was taken so far, divided by the days so far, times the days of the month; its band is the one that would have held 80 %
of these months: the 10th to 90th percentile of its errors. Prints one row a question.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from include.kpi.landing import landing
from include.kpi.review_periods import period_of
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import SpecimenSettings, day_of

FIRST = date(2023, 10, 1)
ASKED = (10, 15, 20)


def paid_by_day(seed: int, skus: int, days: int) -> dict[date, int]:
    """What a merchant took by day, in micros; gifts and brushing aside."""
    specimen = Specimen(SpecimenSettings(seed=seed, skus=skus, first_day=FIRST))
    specimen.run_history(days)
    orders, lines = specimen.sales.orders, specimen.sales.lines
    day = orders["paid"].astype("datetime64[D]").astype(np.int64)
    is_real = ~np.isnat(orders["paid"]) & (orders["kind"] != 3)
    of_line = lines["order"]
    chosen = is_real[of_line]
    fen = np.bincount((day[of_line] - day[is_real].min())[chosen], weights=lines["payable_fen"][chosen])
    first = day_of(int(day[is_real].min()))
    told = {first + timedelta(days=number): int(value) * 10_000 for number, value in enumerate(fen)}
    return {one: told.get(one, 0) for one in specimen.lived_days()}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--merchants", type=int, default=10)
    parser.add_argument("--skus", type=int, default=24)
    parser.add_argument("--days", type=int, default=790)
    asked = parser.parse_args(arguments)
    rows: list[tuple[int, float, float, float, bool]] = []
    for seed in range(1, asked.merchants + 1):
        paid = paid_by_day(seed, asked.skus, asked.days)
        found = judged(paid)
        rows += found
        print(f"merchant {seed}: {np.mean([one[4] for one in found]):.0%} of {len(found)} held", flush=True)
    table = np.array([one[:4] for one in rows])
    held = np.array([one[4] for one in rows])
    for day in (*ASKED, 0):
        own = table[:, 0] == day if day else np.ones(len(table), dtype=bool)
        low, high = np.quantile(table[own, 3], [0.1, 0.9])
        called = f"as of day {day}" if day else "all"
        missed = f"median error {np.median(np.abs(table[own, 1])):.1%}"
        wide = f"median width {np.median(table[own, 2]):.1%}, run rate's band {high - low:.1%}"
        print(f"{called}: {own.sum()} landings, {held[own].mean():.1%} held, {missed}, {wide}")


def judged(paid: dict[date, int]) -> list[tuple[int, float, float, float, bool]]:
    """(day asked, relative error, relative width, relative error of the run rate, whether it held) of each landing."""
    found = []
    month = period_of("month", min(paid) + timedelta(days=31)).after
    while month.last <= max(paid):
        took = sum(paid[month.first + timedelta(days=n)] for n in range((month.last - month.first).days + 1))
        for day in ASKED:
            as_of = month.first + timedelta(days=day - 1)
            known = {one: value for one, value in paid.items() if one <= as_of}
            told = landing(known, month.first, month.last, as_of)
            if told is None or told.basis != "year_before":
                continue
            low, high = told.interval
            rate = told.done / day * (month.last - month.first + timedelta(days=1)).days
            found.append(
                (day, told.expected / took - 1, (high - low) / took, rate / took - 1, bool(low <= took <= high))
            )
        month = month.after
    return found


if __name__ == "__main__":
    main()
