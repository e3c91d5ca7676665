"""RFM quintiles and lifecycle stages: the groups a planner talks about."""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.customers.history import Book
from include.settings.people.segments import Segments


def quantile_scores(values: np.ndarray, quantiles: tuple[float, ...]) -> np.ndarray:
    """Scores 1 (lowest) to len(quantiles) + 1; equal values get equal scores."""
    if not len(values):
        return np.empty(0, dtype=np.int64)
    return 1 + np.searchsorted(np.quantile(values, quantiles), values, side="left").astype(np.int64)


def usual_gaps(book: Book) -> np.ndarray:
    """Days between a customer's order days, shrunk by one gap of the merchant's median."""
    span = (book.last - book.first).astype(np.float64)
    repeat = book.frequency > 0
    typical = float(np.median(span[repeat] / book.frequency[repeat])) if repeat.any() else 90.0
    return (span + typical) / (book.frequency + 1)


def segment(book: Book, rules: Segments) -> pd.DataFrame:
    """One row a customer: their RFM scores (the highest is best; rfm joins the three, e.g. '545') and their
    lifecycle stage. Money is what they kept.

    Columns: customer, recency_days, orders, money_micros, recency_score, frequency_score, money_score, rfm,
    usual_gap_days, stage.
    """
    history = book.history
    silence = book.as_of - book.last
    orders = book.end - book.start
    money = book.total(history.kept)
    # Recent is good: score the negated silence.
    scores = [
        quantile_scores(v, rules.score_borders) for v in (-silence.astype(np.float64), orders.astype(np.float64), money)
    ]
    gap = usual_gaps(book)
    return pd.DataFrame(
        {
            "customer": book.names.astype(str),
            "recency_days": silence,
            "orders": orders,
            "money_micros": np.round(money * 1_000_000).astype(np.int64),
            "recency_score": scores[0],
            "frequency_score": scores[1],
            "money_score": scores[2],
            "rfm": ["".join(map(str, row)) for row in zip(*scores, strict=True)],
            "usual_gap_days": gap,
            "stage": stages(book, rules),
        }
    )


def stages(book: Book, rules: Segments) -> np.ndarray:
    """(customers,) the stage of life of each: by the pace of their orders alone."""
    silence, gap, window = book.as_of - book.last, usual_gaps(book), rules.window_days
    edge = book.since(book.as_of - window)
    earlier = book.since(book.as_of - 2 * window)
    now, before = book.end - edge, edge - earlier
    age = book.as_of - book.first
    stage = np.full(len(now), "mature", dtype=object)
    stage[(now >= rules.growth * np.maximum(before, 1)) & (now > before)] = "growing"
    orders_less = (before >= rules.growth * np.maximum(now, 1)) & (before > now)
    stage[orders_less | (silence > rules.late_gaps * gap)] = "declining"
    stage[age <= rules.new_days] = "new"
    stage[silence > np.maximum(rules.dormant_gaps * gap, rules.new_days)] = "dormant"
    return stage.astype(str)
