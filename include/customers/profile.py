"""A customer's page in figures: when each category comes due, what they are worth, their stage, RFM and tags."""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.customers.churn.btyd import distinct, rhythm_of
from include.customers.churn.customer_features import BtydFits
from include.customers.history import MICROS, Book
from include.customers.recall.choose import order_values
from include.customers.segments import segment
from include.customers.tags import Tag, holding
from include.settings.people.needs import Needs
from include.settings.people.segments import Segments

YEAR = 365
BEFORE = "not yet a customer"


def next_orders(book: Book, borrowed: Needs | None = None) -> pd.DataFrame:
    """When each customer's categories come due: customer, category, order_days, usual_gap_days, last_day, due_day.

    One row a customer and category bought on at least two days. The usual gap is shrunk by one gap of the category's
    median, so that two purchases by chance close together do not call the customer due the day after.

    borrowed: also those who bought a category once, due by the category's own rhythm, if these say that it is bought
    again: by many, and by a good part of all who bought it.
    """
    history = book.history
    bought = pd.DataFrame({"owner": history.owner, "category": history.category, "day": history.day.astype(np.int64)})
    bought = bought[bought["category"] >= 0]
    spans = bought.groupby(["owner", "category"])["day"].agg(["min", "max", "size"]).reset_index()
    again = spans["size"] >= 2
    gaps = ((spans["max"] - spans["min"]) / (spans["size"] - 1)).where(again)
    typical = gaps.groupby(spans["category"]).transform("median")
    if borrowed is not None:
        of_category = again.groupby(spans["category"])
        is_by_many = of_category.transform("sum") >= borrowed.repeat_customers
        again |= is_by_many & (of_category.transform("mean") >= borrowed.repeat_share)
    spans, typical = spans[again], typical[again]
    usual = (spans["max"] - spans["min"] + typical) / spans["size"]
    names = np.array(history.category_names, dtype=object)
    due = spans["max"] + usual.round().astype("int64")
    return pd.DataFrame(
        {
            "customer": history.customers[spans["owner"]].astype(str),
            "category": names[spans["category"]].astype(str) if len(spans) else np.empty(0, dtype=str),
            "order_days": spans["size"].to_numpy(),
            "usual_gap_days": usual.to_numpy(),
            "last_day": spans["max"].to_numpy().astype("datetime64[D]").astype(str),
            "due_day": due.to_numpy(dtype=np.int64).astype("datetime64[D]").astype(str),
        }
    )


def yearly_values(book: Book, fits: BtydFits, margin: float | np.ndarray) -> pd.DataFrame:
    """customer, expected_orders (order days of the next 365, the mean of the three families), order_money_micros (see
    `order_values`) and value_micros, the margin that these bring. margin: share of the money, of all or of
    each customer."""
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


PROFILE_COLUMNS = (
    "customer", "stage", "rfm", "tags", "usual_gap_days", "value_micros", "next_category", "next_due_day",
)  # fmt: skip


def profiles(
    book: Book, fits: BtydFits, margin: float | np.ndarray, defined: tuple[Tag, ...], rules: Segments
) -> pd.DataFrame:
    """PROFILE_COLUMNS, one row a customer of the book, by customer: stage and RFM (`segment`), tags (names, a space
    between), usual gap in whole days, value (`yearly_values`) in steps of a quarter, so that it changes when that means
    something, and the category that comes due first (None where there is no rhythm)."""
    known = segment(book, rules).set_index("customer")
    names = np.full(len(known), "", dtype=object)
    for name, holds in holding(book, defined).items():
        names[holds.to_numpy()] += f" {name}"
    value = yearly_values(book, fits, margin).set_index("customer")["value_micros"]
    due = next_orders(book).sort_values(["due_day", "category"], kind="stable").drop_duplicates("customer")
    due = due.set_index("customer")[["category", "due_day"]].reindex(known.index)
    table = pd.DataFrame(
        {
            "stage": known["stage"],
            "rfm": known["rfm"],
            "tags": pd.Series(names, index=known.index, dtype="str").str.strip(),
            "usual_gap_days": known["usual_gap_days"].round().astype("int64"),
            "value_micros": _in_steps(value.reindex(known.index).to_numpy(dtype=np.int64)),
            "next_category": due["category"].astype(object).where(due["category"].notna(), None),
            "next_due_day": due["due_day"].astype(object).where(due["due_day"].notna(), None),
        }
    )
    return table.rename_axis("customer").reset_index()[list(PROFILE_COLUMNS)]


def _in_steps(micros: np.ndarray) -> np.ndarray:
    """Micros on a scale of ten steps a decade, each a quarter above the last (Renard's R10); below a yuan, none."""
    yuan = micros / MICROS
    steps = np.array([1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0])
    place = np.round(10 * np.log10(np.maximum(yuan, 1.0))).astype(np.int64)
    value = np.round(steps[place % 10] * 10.0 ** (place // 10) * MICROS).astype(np.int64)
    return np.where(yuan < 1.0, 0, value)
