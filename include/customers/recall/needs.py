"""What a customer is likely to need next: what comes due by its rhythm, and what is bought beside what they bought."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from include.customers.history import Book, day_number, day_text
from include.customers.profile import next_orders
from include.settings.people.needs import Needs

PAIR_COLUMNS = ("goods", "beside", "orders", "confidence", "lift")
DUE_COLUMNS = ("customer", "category", "usual_gap_days", "due_day", "is_own")
# A category is out of season by its part of the last month's orders against its part of the year's.
_MONTH, _YEAR = 30, 365
# If the year's part promises fewer orders than these, a month of none may be chance: this is statistics, not a choice.
_MIN_EXPECTED = 20.0


def bought_together(baskets: pd.DataFrame, min_orders: int, min_lift: float) -> pd.DataFrame:
    """Goods bought in one order more often than chance: PAIR_COLUMNS, by goods and falling lift.

    baskets: order, goods; repeated rows count once. orders: with both. confidence: share of the orders with `goods`
    that have `beside` too. lift: that share over the share of all orders that have `beside` (Agrawal, Imielinski and
    Swami 1993; Brin et al. 1997).
    """
    from scipy import sparse

    order, orders = pd.factorize(baskets["order"])
    goods, names = pd.factorize(baskets["goods"], sort=True)
    if not len(orders):
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in PAIR_COLUMNS})
    taken = sparse.csr_matrix((np.ones(len(order), dtype=np.int32), (order, goods)), shape=(len(orders), len(names)))
    taken.data[:] = 1
    alone = np.asarray(taken.sum(axis=0)).ravel()
    # Orders with one kind of goods count for the shares, and make no pair.
    several = taken[np.asarray(taken.sum(axis=1)).ravel() > 1]
    both = (several.T @ several).tocoo()
    kept = (both.row != both.col) & (both.data >= min_orders)
    row, column, count = both.row[kept], both.col[kept], both.data[kept]
    confidence = count / alone[row]
    lift = confidence / (alone[column] / len(orders))
    pairs = pd.DataFrame(
        {
            "goods": np.asarray(names)[row],
            "beside": np.asarray(names)[column],
            "orders": count.astype(np.int64),
            "confidence": confidence,
            "lift": lift,
        }
    )
    pairs = pairs[pairs["lift"] >= min_lift]
    return pairs.sort_values(["goods", "lift", "beside"], ascending=[True, False, True], ignore_index=True)


def needs_beside(bought: pd.DataFrame, pairs: pd.DataFrame, since: str = "") -> pd.DataFrame:
    """customer and PAIR_COLUMNS: for each customer the pair of the highest lift whose goods they bought and whose
    `beside` they did not. bought: customer, goods, and day where `since` is said: a pair hangs on what was bought from
    that day on."""
    lately = bought[bought["day"] >= since] if since else bought
    candidates = lately[["customer", "goods"]].drop_duplicates().merge(pairs, on="goods", how="inner")
    had = pd.MultiIndex.from_frame(bought[["customer", "goods"]])
    candidates = candidates[~pd.MultiIndex.from_frame(candidates[["customer", "beside"]]).isin(had)]
    candidates = candidates.sort_values(
        ["customer", "lift", "goods", "beside"], ascending=[True, False, True, True], kind="stable"
    )
    return candidates.drop_duplicates("customer").reset_index(drop=True)[["customer", *PAIR_COLUMNS]]


def coming_due(book: Book, within_days: int, customers: Collection[str], needs: Needs) -> pd.DataFrame:
    """DUE_COLUMNS of the category that each of `customers` needs next, where it comes due by `within_days` days ahead,
    or did so lately, and which is not out of season. is_own: by the customer's own rhythm, else by the category's. Of
    several the one with the customer's own rhythm, then the one due first."""
    due = next_orders(book, needs)
    due = due[due["customer"].isin(list(customers))]
    due = due[due["due_day"] <= day_text(book.as_of + within_days)]
    ago = book.as_of - due["due_day"].map(day_number).astype("int64")
    gap = due["usual_gap_days"]
    due = due[ago <= np.minimum(needs.over_after_gaps * gap, np.maximum(needs.recent_days, gap / 2))]
    due = due[~due["category"].isin(out_of_season(book, needs.season_share))]
    due = due.assign(is_own=due["order_days"] >= 2)
    due = due.sort_values(
        ["customer", "is_own", "due_day", "category"], ascending=[True, False, True, True], kind="stable"
    )
    return due.drop_duplicates("customer").reset_index(drop=True)[list(DUE_COLUMNS)]


def out_of_season(book: Book, share: float) -> frozenset[str]:
    """Categories whose part of all that is bought is less than `share` of their part over the year."""
    history = book.history
    named, size = history.category >= 0, len(history.category_names)
    month, year = (
        np.bincount(history.category[named & (history.day > book.as_of - days)], minlength=size)[:size]
        for days in (_MONTH, _YEAR)
    )
    expected = year / max(year.sum(), 1) * month.sum()
    over = (expected >= _MIN_EXPECTED) & (month < share * expected)
    return frozenset(history.category_names[place] for place in np.flatnonzero(over))
