"""How good the forecasts behind past lists were, as far as their days are over.

    ./storekeeper looking-back --day 2025-11-30 [--since-days 91] [--by demand_class model_id]
        [--merchant FOLDER] [--home FOLDER] [--books URL]

Reads the books as of the day, or as of the newest closed day where that is earlier: what nobody has seen is not 0 sold.
Every list keeps what was forecast for each sku and warehouse over its protection period, with the model that said it;
here it is held against what was sold since. `off_0.9` is how far from 90 % the share of totals not above the 0.9
quantile lies. --merchant and --home default to STOREKEEPER_MERCHANT and STOREKEEPER_HOME, or what
`include.settings.location` says.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Select, select

from include.calendar.business_days import day_after
from include.demand.accuracy import accuracy, held_against
from include.demand.panel_store import panel_as_of
from include.facts.close_day import last_closed_day
from include.settings.arguments import a_day, command_parser, count, run_command
from include.settings.location import place_arguments, spoken
from include.settings.saying import refused
from include.warehouse.books import read_frame
from include.warehouse.tables import forecasts
from include.warehouse.workspace import Office, office_for_reading


def forecast_accuracy(
    office: Office, day: str, since_days: int = 91, by: Sequence[str] = ("demand_class",)
) -> pd.DataFrame:
    """`accuracy` of the forecasts of the lists of the last so many days, as of the newest closed day up to `day`."""
    seen = last_closed_day(office.books, day)
    told = read_frame(office.books, _forecasts(seen, since_days))
    return accuracy(held_against(told, panel_as_of(office, seen)), by)


def first_day_to_judge(office: Office, day: str, since_days: int = 91) -> str | None:
    """The day whose close lets the first of these forecasts be judged; None if there is no forecast."""
    told = read_frame(office.books, _forecasts(last_closed_day(office.books, day), since_days))
    if told.empty:
        return None
    spans = told.groupby("day")["protection_days"].min()
    return min(day_after(str(made), int(span)) for made, span in spans.items())


def _forecasts(seen: str, since_days: int) -> Select:
    """Those of the lists of so many days before `seen`, a closed day, and of its own."""
    return select(forecasts).where(forecasts.c.day >= day_after(seen, -since_days), forecasts.c.day <= seen)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("looking-back", __doc__)
    parser.add_argument("--day", type=a_day, required=True)
    parser.add_argument("--since-days", type=count(), default=91)
    parser.add_argument(
        "--by", nargs="+", default=["demand_class"], choices=["demand_class", "model_id", "span_days", "day"]
    )
    place_arguments(parser)
    given = parser.parse_args(arguments)
    try:
        with office_for_reading(given) as office:
            seen = last_closed_day(office.books, given.day)
            zh = office.merchant.language == "zh"
            if seen < given.day:
                print(_not_seen(given.day, seen, zh), file=sys.stderr)
            told = forecast_accuracy(office, seen, given.since_days, given.by)
            soonest = None if len(told) else first_day_to_judge(office, seen, given.since_days)
    except (ValueError, OSError) as error:
        return refused(error, spoken(given))
    print(told.to_markdown(index=False, floatfmt=".3f") if len(told) else _nothing_to_judge(soonest, zh))
    return 0


def _not_seen(day: str, seen: str, zh: bool) -> str:
    if zh:
        return f"{day} 还没有结账：只看到最近结账的 {seen} 为止"
    return f"{day} is not closed yet: this looks back from {seen}, the newest closed day"


def _nothing_to_judge(soonest: str | None, zh: bool) -> str:
    if soonest is None:
        return "还没有清单留下预测" if zh else "no list has kept a forecast yet"
    if zh:
        return f"还没有一个预测的日子已经过完：最早的要到 {soonest} 结账后才能评"
    return f"no forecast's days are over yet: the first can be judged once {soonest} is closed"


if __name__ == "__main__":
    run_command(main)
