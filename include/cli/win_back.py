"""What the recall lists of a month have earned, offers and contacts off, with its interval.

    ./storekeeper win-back 2025-10 [--language zh] [--merchant FOLDER] [--home FOLDER] [--books URL]

Reads the newest review of the month's lists: customers listed against those left alone, within the days of holdout, by
list's month. While the days of some lists are not over, it is of those whose days are. --merchant and --home default to
STOREKEEPER_MERCHANT and STOREKEEPER_HOME.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from sqlalchemy import select

from include.customers.recall.win_back_review import MONTH, brought_in_words
from include.settings.arguments import command_parser, run_command
from include.settings.location import place_arguments, spoken
from include.settings.saying import SaidError, refused
from include.warehouse.books import read_frame
from include.warehouse.tables import win_back
from include.warehouse.workspace import Office, office_for_reading


def month_report(office: Office, month: str, language: str) -> str:
    """One sentence. Raises SaidError where no list of the month (YYYY-MM) has a review yet."""
    c = win_back.c
    reviews = read_frame(
        office.books, select(win_back).where(c.part == MONTH, c.value == month).order_by(c.day.desc()).limit(1)
    )
    if reviews.empty:
        days = office.merchant.customers.holdout_days
        raise SaidError(
            f"no recall list of {month} is reviewed yet: that comes {days} days after the list",
            f"{month} 的召回清单还没有复盘：清单发出 {days} 天后才有",
        )
    return brought_in_words(
        reviews.to_dict("records")[0], office.merchant.customers, language, office.merchant.currency
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("win-back", __doc__)
    parser.add_argument("month", type=_month, help="such as 2025-10")
    parser.add_argument("--language", choices=["zh", "en"])
    place_arguments(parser)
    given = parser.parse_args(arguments)
    try:
        with office_for_reading(given) as office:
            told = month_report(office, given.month, given.language or office.merchant.language)
    except (ValueError, OSError) as error:
        return refused(error, spoken(given))
    print(told)
    return 0


def _month(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError(
            f"expected a month such as 2025-10, found {text!r} · 月份要写成 2025-10 这样，写的是 {text!r}"
        )
    return text


if __name__ == "__main__":
    run_command(main)
