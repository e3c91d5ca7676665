"""A customer's page in figures: how they moved between stages, when each category comes due, what they are worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.customers.btyd import distinct, rhythm_of
from include.customers.features import BtydFits
from include.customers.history import MICROS, Book, OrderHistory, book_as_of, day_text
from include.customers.recall import order_values
from include.customers.segments import SegmentRules, segment

YEAR = 365
_BEFORE = "not yet a customer"


def transitions(history: OrderHistory, earlier: str, later: str, rules: SegmentRules | None = None) -> pd.DataFrame:
    """from_stage, to_stage, customers: how many went from each stage on `earlier` to each on `later`, each as it was
    known on its day. Who came in between comes from 'not yet a customer'."""
    then, now = (segment(book_as_of(history, day), rules).set_index("customer")["stage"] for day in (earlier, later))
    moved = pd.DataFrame({"to_stage": now, "from_stage": then.reindex(now.index).fillna(_BEFORE)})
    return moved.groupby(["from_stage", "to_stage"]).size().rename("customers").reset_index()


def next_orders(book: Book) -> pd.DataFrame:
    """When each customer's categories come due: customer, category, order_days, usual_gap_days, last_day, due_day.

    One row a customer and category bought on at least two days. The usual gap is shrunk by one gap of the category's
    median, so that two purchases by chance close together do not call the customer due the day after.
    """
    history = book.history
    bought = pd.DataFrame({"owner": history.owner, "category": history.category, "day": history.day.astype(np.int64)})
    bought = bought[bought["category"] >= 0]
    spans = bought.groupby(["owner", "category"])["day"].agg(["min", "max", "size"]).reset_index()
    spans = spans[spans["size"] >= 2]
    gaps = (spans["max"] - spans["min"]) / (spans["size"] - 1)
    typical = gaps.groupby(spans["category"]).transform("median")
    usual = (spans["max"] - spans["min"] + typical) / spans["size"]
    names = np.array(history.category_names, dtype=object)
    due = spans["max"] + usual.round().astype("int64")
    return pd.DataFrame(
        {
            "customer": history.customers[spans["owner"]].astype(str),
            "category": names[spans["category"]].astype(str) if len(spans) else np.empty(0, dtype=str),
            "order_days": spans["size"].to_numpy(),
            "usual_gap_days": usual.to_numpy(),
            "last_day": [day_text(day) for day in spans["max"]],
            "due_day": [day_text(day) for day in due],
        }
    )


def yearly_values(book: Book, fits: BtydFits, margin: float) -> pd.DataFrame:
    """customer, expected_orders (order days of the next 365, the mean of the three families), order_money_micros (see
    `order_values`) and value_micros, the margin that these bring. margin: share of the money."""
    (x, t_x, age), inverse = distinct(rhythm_of(book))
    families = (fits.pareto_nbd, fits.mbg_nbd, fits.regular)
    orders = np.mean([model.expected_orders(x, t_x, age, YEAR) for model in families], axis=0)[inverse]
    money = order_values(book)
    return pd.DataFrame(
        {
            "customer": book.names.astype(str),
            "expected_orders": orders,
            "order_money_micros": np.round(money * MICROS).astype(np.int64),
            "value_micros": np.round(orders * money * margin * MICROS).astype(np.int64),
        }
    )
