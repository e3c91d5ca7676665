"""What the recall lists of a month have earned, in one sentence."""

from __future__ import annotations

from sqlalchemy import select

from include.customers.recall.win_back_review import MONTH, brought_in_words
from include.settings.saying import SaidError
from include.warehouse.books import read_frame
from include.warehouse.tables import win_back
from include.warehouse.workspace import Office


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
