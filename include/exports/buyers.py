"""Who names their buyers, and what helps where nobody does: the words for people."""

from collections.abc import Mapping

import pandas as pd

from include.settings.report_names import WHY_NO_BUYER
from include.words.texts import Language, say


def why_nobody(platform: str, language: Language) -> str:
    """Why exports of a platform name so few buyers."""
    return WHY_NO_BUYER.get(platform, {}).get(language) or say(language, "note.no_buyer.why")


def named_buyers(frames: Mapping[str, pd.DataFrame]) -> tuple[int, int]:
    """(orders, orders that name a buyer) of a reading's frames."""
    orders = frames.get("orders")
    return (0, 0) if orders is None else (len(orders), int(orders["buyer"].notna().sum()))


def buyers_note(
    platform: str, orders: int, named: int, told_by: str | None = None, language: Language = "en"
) -> str | None:
    """A sentence for anyone who brings a shop's exports, where no order of theirs names its buyer.

    told_by: the shop whose report order_customers says whose the orders are.
    """
    if not orders or named:
        return None
    facts = {"orders": f"{orders:,}", "why": why_nobody(platform, language)}
    if told_by is not None:
        return say(language, "note.no_buyer.told_by", shop=told_by, **facts)
    return say(language, "note.no_buyer.file", **facts)
