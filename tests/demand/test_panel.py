"""The panel: unknown is not zero."""

import numpy as np
import pandas as pd
import pytest

from include.demand.panel import build_panel, fill_forward

PRODUCTS = pd.DataFrame(
    {"sku": ["A", "B"], "category": ["tea", "cups"], "launched_day": [None, "2025-03-03"], "ended_day": [None, None]}
)


def demand(rows: list[tuple[str, str, str, float, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["day", "sku", "warehouse", "units", "revenue_micros"])


def stock(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["day", "sku", "warehouse", "in_stock_share"])


def test_shops_are_added_up_and_days_without_sales_are_zero() -> None:
    facts = demand(
        [
            ("2025-03-01", "A", "w", 2, 20_000_000),
            ("2025-03-01", "A", "w", 3, 40_000_000),
            ("2025-03-04", "A", "w", 1, 0),
        ]
    )
    panel = build_panel(facts, None, PRODUCTS, "2025-03-01", "2025-03-04", known_share=0.5)
    assert panel.units.tolist() == [[5, 0, 0, 1]]
    assert panel.price[0, 0] == pytest.approx(60 / 5)
    assert np.isnan(panel.price[0, 1:]).all()
    assert fill_forward(panel.price)[0].tolist() == [12, 12, 12, 12]
    assert panel.keys.loc[0, "category"] == "tea"


def test_an_empty_shelf_is_unknown_and_a_half_filled_one_is_scaled_up() -> None:
    facts = demand([("2025-03-01", "A", "w", 4, 0), ("2025-03-02", "A", "w", 3, 0), ("2025-03-03", "A", "w", 1, 0)])
    shelf = stock([("2025-03-01", "A", "w", 1.0), ("2025-03-02", "A", "w", 0.75), ("2025-03-03", "A", "w", 0.2)])
    panel = build_panel(facts, shelf, PRODUCTS, "2025-03-01", "2025-03-04", known_share=0.5)
    assert panel.units[0, :2].tolist() == [4, 4]
    assert np.isnan(panel.units[0, 2])
    assert panel.units[0, 3] == 0  # no report: taken as in stock
    strict = build_panel(facts, shelf, PRODUCTS, "2025-03-01", "2025-03-04", assume_in_stock=False, known_share=0.5)
    assert np.isnan(strict.units[0, 3])


def test_days_before_launch_are_unknown() -> None:
    facts = demand([("2025-03-04", "B", "w", 1, 0)])
    panel = build_panel(facts, None, PRODUCTS, "2025-03-01", "2025-03-05", known_share=0.5)
    assert panel.started.tolist() == [2]
    assert np.isnan(panel.units[0, :2]).all()
    assert panel.units[0, 2:].tolist() == [0, 1, 0]


def test_a_sku_seen_only_on_the_shelf_has_a_row_and_starts_when_first_on_it() -> None:
    facts = demand([("2025-03-01", "A", "w", 1, 0)])
    shelf = stock([("2025-03-02", "C", "w", 1.0)])
    panel = build_panel(facts, shelf, PRODUCTS, "2025-03-01", "2025-03-03", known_share=0.5)
    assert panel.keys["sku"].tolist() == ["A", "C"]
    assert panel.started.tolist() == [0, 1]


def test_until_forgets_everything_later_but_the_calendar() -> None:
    facts = demand([("2025-03-01", "A", "w", 1, 0), ("2025-03-04", "A", "w", 9, 0)])
    events = pd.DataFrame({"day": ["2025-03-04"], "event": ["618"]})
    past = build_panel(facts, None, PRODUCTS, "2025-03-01", "2025-03-04", events, known_share=0.5).until(2)
    assert past.units.tolist() == [[1, 0]]
    assert past.events["event"].tolist() == ["618"]


def test_errors_say_what_is_wrong() -> None:
    facts = demand([("2025-03-01", "A", "w", 1, 0)])
    with pytest.raises(ValueError, match="before its first day 2025-03-05"):
        build_panel(facts, None, PRODUCTS, "2025-03-05", "2025-03-01", known_share=0.5)
    with pytest.raises(ValueError, match="known_share"):
        build_panel(facts, None, PRODUCTS, "2025-03-01", "2025-03-02", known_share=0)


def test_fill_forward_by_hand() -> None:
    given = np.array([[np.nan, 2, np.nan, 3], [np.nan] * 4], np.float32)
    filled = fill_forward(given)
    assert filled[0].tolist() == [2, 2, 2, 3]
    assert np.isnan(filled[1]).all()
