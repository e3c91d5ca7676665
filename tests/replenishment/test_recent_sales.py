"""The course of a line's sales: what was sold week by week, and when there was nothing to sell."""

import numpy as np
import pandas as pd

from include.demand.panel import Panel, build_panel
from include.replenishment.recent_sales import COURSE_WEEKS, weekly_sales, with_course

LAST = "2025-11-30"
LINES = pd.DataFrame({"sku": ["A", "B", "C", "D"], "warehouse": "w"})


def day(before: int) -> str:
    return str((pd.Timestamp(LAST) - pd.Timedelta(days=before)).date())


def panel(sales: pd.DataFrame, shares: dict[tuple[str, int], float], weeks: int = 30) -> Panel:
    """shares: (sku, days before the last) -> share of the day on which something lay there; else all of it."""
    stock = [
        {"day": day(before), "sku": sku, "warehouse": "w", "in_stock_share": shares.get((sku, before), 1.0)}
        for sku, first in (("A", weeks * 7 - 1), ("B", 16))
        for before in range(first + 1)
    ]
    return build_panel(sales, pd.DataFrame(stock), pd.DataFrame({"sku": ["A", "B"]}), day(weeks * 7 - 1), LAST,
                       known_share=0.5)  # fmt: skip


def sold(*told: tuple[str, int, int]) -> pd.DataFrame:
    """(sku, days before the last, units) -> facts, each in two shops."""
    rows = [
        {"day": day(before), "sku": sku, "warehouse": "w", "shop": shop, "units": part}
        for sku, before, units in told
        for shop, part in (("x", units - 1), ("y", 1))
    ]
    return pd.DataFrame(rows)


def course(sales: pd.DataFrame, shares: dict[tuple[str, int], float] | None = None) -> list[str | None]:
    made = with_course(LINES, weekly_sales(sales, LAST), panel(sales, shares or {}))
    return [None if pd.isna(one) else str(one) for one in made["weekly_sales"]]


def test_weeks_are_of_seven_days_up_to_the_list_s_day() -> None:
    a, *_ = course(sold(("A", 0, 5), ("A", 6, 2), ("A", 7, 4), ("A", 181, 9)))
    assert a == " ".join(["9", *["0"] * (COURSE_WEEKS - 3), "4", "7"])


def test_a_course_begins_with_the_first_whole_week_on_sale() -> None:
    _, b, c, d = course(sold(("B", 16, 3), ("B", 8, 2), ("A", 0, 2)))
    assert b == "2 0", "17 days on sale are two weeks and a rest"
    assert (c, d) == (None, None), "never on sale"


def test_what_was_really_sold_is_told_and_an_empty_shelf_marked() -> None:
    """The panel scales days up that were partly empty, and forgets those that were mostly so: that is demand."""
    sales = sold(("A", 0, 6), ("A", 8, 4), ("A", 15, 2))
    a, *_ = course(sales, {("A", 0): 0.6, ("A", 8): 0.1, ("A", 22): 0.0})
    assert a is not None
    assert a.split()[-4:] == ["0x", "2", "4x", "6x"]


def test_a_week_of_which_no_day_is_known_is_not_zero() -> None:
    unread = {("A", before): np.nan for before in range(7, 15)}
    a, *_ = course(sold(("A", 0, 6), ("A", 20, 2)), unread)
    assert a is not None
    assert a.split()[-3:] == ["2", "?", "6"]


def test_no_sales_at_all_make_no_trouble() -> None:
    nothing = sold(("A", 0, 6)).head(0)
    assert weekly_sales(nothing, LAST).shape == (0, COURSE_WEEKS)
    assert course(nothing) == [" ".join(["0"] * COURSE_WEEKS), "0 0", None, None]
