"""How good the forecasts behind past lists were, as far as their days are over.

    python -m include.day.looking_back --day 2025-11-30 [--since-days 91] [--by demand_class model_id]
        [--merchant FOLDER] [--home FOLDER] [--books URL]

Reads the books as of the day. Every list keeps what was forecast for each sku and warehouse over its protection period,
with the model that said it; here it is held against what was sold since. `off_0.9` is how far from 90 % the share of
totals not above the 0.9 quantile lies. --merchant and --home default to STOREKEEPER_MERCHANT and STOREKEEPER_HOME.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import pandas as pd
from sqlalchemy import select

from include.calendar.business_days import day_after
from include.day.office import Office
from include.day.panels import panel_as_of
from include.day.what_if import office_for_reading, place_arguments
from include.review.accuracy import accuracy, held_against
from include.settings.merchant import SettingsError
from include.warehouse.books import read_frame
from include.warehouse.tables import forecasts


def forecast_accuracy(
    office: Office, day: str, since_days: int = 91, by: Sequence[str] = ("demand_class",)
) -> pd.DataFrame:
    """`accuracy` of the forecasts of the lists of the last so many days, as of `day`."""
    since = day_after(day, -since_days)
    statement = select(forecasts).where(forecasts.c.day >= since, forecasts.c.day < day)
    told = read_frame(office.books, statement)
    return accuracy(held_against(told, panel_as_of(office, day)), by)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m include.day.looking_back",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--day", required=True)
    parser.add_argument("--since-days", type=int, default=91)
    parser.add_argument(
        "--by", nargs="*", default=["demand_class"], choices=["demand_class", "model_id", "span_days", "day"]
    )
    place_arguments(parser)
    given = parser.parse_args(arguments)
    try:
        with office_for_reading(given) as office:
            told = forecast_accuracy(office, given.day, given.since_days, given.by)
    except (ValueError, SettingsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(told.to_markdown(index=False, floatfmt=".3f") if len(told) else "no forecast's days are over yet")
    return 0


if __name__ == "__main__":
    sys.exit(main())
