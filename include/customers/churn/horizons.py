"""Over how many days without an order a customer counts as lost: so many for all, or by what and how they buy.

Few lengths, each for many customers: a customer's stays the same from day to day, and every length has the customers
that its level is set on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from include.customers.history import Book
from include.settings.people.customers import Customers

# So many gaps of their own make a rhythm.
_MIN_GAPS = 2


@dataclass(frozen=True)
class Horizons:
    """Days. of_merchant: of whoever has no other. by_category: of those who buy mostly from it. gaps: with a rhythm of
    their own, the first of `steps` that holds so many of their mean gaps (the last where none does), whatever their
    category; None: nobody's rhythm counts."""

    of_merchant: int
    by_category: Mapping[str, int] = field(default_factory=dict)
    gaps: float | None = None
    steps: tuple[int, ...] = ()

    @property
    def lengths(self) -> tuple[int, ...]:
        """Every horizon that a customer may have, rising."""
        steps = self.steps if self.gaps else ()
        return tuple(sorted({self.of_merchant, *self.by_category.values(), *steps}))

    def of(self, book: Book) -> np.ndarray:
        """(customers,) each one's days, by their orders in the book alone."""
        days = np.full(len(book.start), self.of_merchant, dtype=np.int64)
        if self.by_category:
            names = book.history.category_names
            known = np.array([self.by_category.get(name, self.of_merchant) for name in names] + [self.of_merchant])
            days = known[main_categories(book)]
        if self.gaps:
            steps = np.array(self.steps, dtype=np.int64)
            usual = (book.last - book.first) / np.maximum(book.frequency, 1)
            own = steps[np.minimum(np.searchsorted(steps, self.gaps * usual), len(steps) - 1)]
            days = np.where(book.frequency >= _MIN_GAPS, own, days)
        return days


def main_categories(book: Book) -> np.ndarray:
    """(customers,) code of the category of most of their order days, of several the one last bought from; -1 where no
    order's is known."""
    codes, count = book.history.category, len(book.history.category_names)
    known = np.flatnonzero(codes >= 0)
    if not len(known):
        return np.full(len(book.start), -1, dtype=np.int64)
    place = book.history.owner[known] * count + codes[known]
    # Order days rise within a customer: the last position of a pair is where it was last bought.
    pairs, first_from_the_end, size = np.unique(place[::-1], return_index=True, return_counts=True)
    latest = known[::-1][first_from_the_end]
    order = np.lexsort((latest, size, pairs // count))
    owner = (pairs // count)[order]
    best = order[np.append(owner[1:] != owner[:-1], True)]
    main = np.full(len(book.start), -1, dtype=np.int64)
    main[pairs[best] // count] = pairs[best] % count
    return main


def horizons_of(rules: Customers) -> Horizons:
    """What the merchant's settings say."""
    return Horizons(rules.horizon_days, dict(rules.horizons), rules.horizon_gaps, rules.horizon_steps)
