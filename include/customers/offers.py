"""Which offer a customer of the recall list is made: the first of the merchant's whose conditions fit.

Whoever is alike in stage of life, category and tenure is offered the same. Nothing else is asked: in particular not
what a customer pays, how often at a discount, or what they could be got to pay, since equal customers must not be
treated unequally (PIPL article 24; the rules on algorithmic recommendation, article 21). An experiment may vary an
offer, by lot.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from include.customers.segments import STAGE_WORDS
from include.settings.merchant import Offer

# All that an offer may hang on.
OFFER_FACTS = ("stage", "category", "tenure_days")


def choose_offers(facts: pd.DataFrame, offers: Sequence[Offer], otherwise: str) -> np.ndarray:
    """(rows,) the offer's name for each row of `facts`, whose columns are OFFER_FACTS and nothing more (ValueError):
    stage, category of the last order ('' where unknown), days since the first order."""
    if tuple(facts.columns) != OFFER_FACTS:
        raise ValueError(f"an offer is chosen by {', '.join(OFFER_FACTS)} alone, found {', '.join(facts.columns)}")
    chosen = np.full(len(facts), otherwise, dtype=object)
    for offer in reversed(offers):
        fits = facts["tenure_days"].to_numpy() >= offer.least_tenure_days
        if offer.most_tenure_days is not None:
            fits &= facts["tenure_days"].to_numpy() <= offer.most_tenure_days
        if offer.stages:
            fits &= facts["stage"].isin(offer.stages).to_numpy()
        if offer.categories:
            fits &= facts["category"].isin(offer.categories).to_numpy()
        chosen[fits] = offer.name
    return chosen.astype(str)


# What the offer that is made without any being described is called.
_USUAL = {"coupon_10": ("10 元优惠券", "coupon of 10")}


def offer_in_words(name: str, offers: Sequence[Offer], language: str) -> str:
    """What the offer is called."""
    found = next((one for one in offers if one.name == name), None)
    zh, en = (found.zh, found.en) if found is not None else _USUAL.get(name, (name, name))
    return zh if language == "zh" else en


def why_this_offer(name: str, offers: Sequence[Offer], language: str) -> str:
    """The offer's conditions as a sentence part: why this customer is made it."""
    found = next((one for one in offers if one.name == name), None)
    parts = [] if found is None else _conditions(found, language)
    if not parts and any(_conditions(one, language) for one in offers):
        return "其他优惠的条件都不符合" if language == "zh" else "the conditions of no other offer fit"
    if not parts:
        return "所有客户相同" if language == "zh" else "the same for all"
    return "、".join(parts) if language == "zh" else ", ".join(parts)


def _conditions(offer: Offer, language: str) -> list[str]:
    chinese = language == "zh"
    parts = []
    if offer.stages:
        words = [STAGE_WORDS[stage][language] for stage in offer.stages]
        parts.append(("生命周期：" + "/".join(words)) if chinese else "stage " + " or ".join(words))
    if offer.categories:
        names = ("/" if chinese else " or ").join(offer.categories)
        parts.append(f"最近品类：{names}" if chinese else f"last bought from {names}")
    if offer.least_tenure_days:
        days = offer.least_tenure_days
        parts.append(f"老客，首单已满 {days} 天" if chinese else f"known for {days} days or more")
    if offer.most_tenure_days is not None:
        days = offer.most_tenure_days
        parts.append(f"首单 {days} 天内" if chinese else f"first ordered within {days} days")
    return parts
