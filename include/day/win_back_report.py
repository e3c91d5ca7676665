"""What the recall lists of a month have earned, offers and contacts off, with its interval.

    python -m include.day.win_back_report 2025-10 [--language zh] [--merchant FOLDER] [--home FOLDER] [--books URL]

Reads the newest review of the month's lists: customers listed against those left alone, within the days of holdout, by
list's month. While the days of some lists are not over, it is of those whose days are. --merchant and --home default to
STOREKEEPER_MERCHANT and STOREKEEPER_HOME.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence

from sqlalchemy import select

from include.day.office import Office, office_for_reading
from include.review.win_back import MONTH, brought_in_words
from include.settings.location import place_arguments
from include.settings.merchant import SettingsError
from include.warehouse.books import read_frame
from include.warehouse.tables import win_back


def month_report(office: Office, month: str, language: str) -> str:
    """One sentence. Raises ValueError, in that language too, where `month` is none (YYYY-MM), or no list of it has a
    review yet."""
    chinese = language == "zh"
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise ValueError(
            f"月份写成 {month!r}，应为 YYYY-MM，如 2025-10"
            if chinese
            else f"month: found {month!r}, expected YYYY-MM, such as 2025-10"
        )
    c = win_back.c
    reviews = read_frame(
        office.books, select(win_back).where(c.part == MONTH, c.value == month).order_by(c.day.desc()).limit(1)
    )
    if reviews.empty:
        days = office.merchant.customers.holdout_days
        raise ValueError(
            f"{month} 的召回名单还没有结果：要等名单发出 {days} 天后才算"
            if chinese
            else f"no recall list of {month} is reviewed yet: that comes {days} days after the list"
        )
    return brought_in_words(
        reviews.to_dict("records")[0], office.merchant.customers, language, office.merchant.currency
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m include.day.win_back_report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("month")
    parser.add_argument("--language", choices=["zh", "en"])
    place_arguments(parser)
    given = parser.parse_args(arguments)
    try:
        with office_for_reading(given) as office:
            told = month_report(office, given.month, given.language or office.merchant.language)
    except (ValueError, SettingsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
