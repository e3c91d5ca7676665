"""Which offer a customer of the recall list is made: of those that fit, the one that brings most, or none.

Anyone who is alike in stage of life, category and tenure is offered the same. Nothing else is asked of a customer: in
particular not what they pay, how often at a discount, or what they could be got to pay, since equal customers must not
be treated unequally (PIPL article 24; the rules on algorithmic recommendation, article 21). What an offer brings is
therefore added up over all whom the same offers fit, and the best one is for all of them. An experiment may vary an
offer, by lot.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from include.settings.people.contacts import Offer
from include.words.texts import say

# All that an offer may hang on.
OFFER_FACTS = ("stage", "category", "tenure_days")


def fitting_offers(facts: pd.DataFrame, offers: Sequence[Offer]) -> np.ndarray:
    """(rows, 1 + offers) bool: no offer, which fits everybody, then each whose conditions fit the row of `facts`.

    facts: columns OFFER_FACTS and nothing more (ValueError): stage, category of the last order ('' where unknown), days
    since the first order.
    """
    if tuple(facts.columns) != OFFER_FACTS:
        raise ValueError(f"an offer is chosen by {', '.join(OFFER_FACTS)} alone, found {', '.join(facts.columns)}")
    columns = [np.ones(len(facts), dtype=bool)]
    for offer in offers:
        fits = facts["tenure_days"].to_numpy() >= offer.min_tenure_days
        if offer.max_tenure_days is not None:
            fits &= facts["tenure_days"].to_numpy() <= offer.max_tenure_days
        if offer.stages:
            fits &= facts["stage"].isin(offer.stages).to_numpy()
        if offer.categories:
            fits &= facts["category"].isin(offer.categories).to_numpy()
        columns.append(fits)
    return np.stack(columns, axis=1)


def choose_offers(fits: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """(rows,) index of the offer for each row, 0 being none: the same for all rows with the same offers to choose from.

    fits: of `fitting_offers`. gain: (rows, 1 + offers) what each is expected to bring with this offer by their best
    channel; who brings nothing is not contacted, so a loss counts as nothing. Of equals the first is taken.
    """
    alike, group = np.unique(fits, axis=0, return_inverse=True)
    group = group.reshape(-1)
    brought = np.zeros(alike.shape)
    np.add.at(brought, group, np.maximum(gain, 0.0))
    best = np.argmax(np.where(alike, brought, -1.0), axis=1) if len(alike) else np.empty(0, dtype=np.int64)
    return np.asarray(best[group])


def offer_called(name: str, offers: Sequence[Offer]) -> Offer | None:
    """The offer of that name; None where none is made, or it is no longer described."""
    return next((one for one in offers if one.name == name), None)


def why_this_offer(name: str, offers: Sequence[Offer], language: str) -> str:
    """The offer's conditions as a sentence part: why this customer is made it."""
    found = offer_called(name, offers)
    if found is None:
        return say(language, "recall.offer_why.none")
    parts = _conditions(found, language)
    if not parts and any(_conditions(one, language) for one in offers):
        return say(language, "recall.offer_why.no_other_fits")
    return say(language, "why.and").join(parts) or say(language, "recall.offer_why.same_for_all")


def _conditions(offer: Offer, language: str) -> list[str]:
    one_of, parts = say(language, "recall.offer_why.or"), []
    if offer.stages:
        stages = one_of.join(say(language, f"recall.stage.{stage}") for stage in offer.stages)
        parts.append(say(language, "recall.offer_why.stage", stages=stages))
    if offer.categories:
        parts.append(say(language, "recall.offer_why.category", categories=one_of.join(offer.categories)))
    if offer.min_tenure_days:
        parts.append(say(language, "recall.offer_why.known_for", days=offer.min_tenure_days))
    if offer.max_tenure_days is not None:
        parts.append(say(language, "recall.offer_why.first_within", days=offer.max_tenure_days))
    return parts
