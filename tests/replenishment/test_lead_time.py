import numpy as np
import pandas as pd
import pytest

from include.replenishment.suppliers.lead_time import (
    kaplan_meier,
    lead_time_observations,
    lead_times,
    mix_over_lead_time,
    spans_weighted,
)
from include.settings.stock.under_way import UnderWay

DAY = "2025-03-31"


def books(*orders: tuple[str, str, str, int, str, list[tuple[str, int]]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(supplier, ordered, expected, units, status, [(received, units)]) as purchase orders and receipts."""
    ordered, received = [], []
    for number, (supplier, ordered_day, expected_day, units, status, arrivals) in enumerate(orders):
        keys = {"purchase_order_id": f"P{number}", "line_id": "1"}
        ordered.append(
            {
                **keys,
                "supplier": supplier,
                "ordered_day": ordered_day,
                "expected_day": expected_day,
                "quantity": units,
                "status": status,
            }
        )
        received += [{**keys, "received_day": day, "quantity": part} for day, part in arrivals]
    return pd.DataFrame(ordered), pd.DataFrame(
        received, columns=["purchase_order_id", "line_id", "received_day", "quantity"]
    )


def suppliers_of(**promised: int | None) -> pd.DataFrame:
    return pd.DataFrame(
        {"supplier": list(promised), "lead_time_days": pd.array(list(promised.values()), dtype="Int64")}
    )


def test_partial_receipts_count_by_their_units():
    orders, receipts = books(
        ("n", "2025-03-01", "2025-03-08", 10, "closed", [("2025-03-06", 5), ("2025-03-16", 5)]),
        *[("n", "2025-03-01", "2025-03-08", 10, "closed", [("2025-03-11", 10)])] * 4,
    )

    lead = lead_times(lead_time_observations(orders, receipts, DAY), suppliers_of(n=7), DAY, 7, UnderWay())["n"]

    # 5 units in 5 days, 40 in 10, 5 in 15.
    assert lead.source == "receipts"
    assert lead.probability[[5, 10, 15]].tolist() == pytest.approx([0.1, 0.8, 0.1])
    assert lead.mean_days == pytest.approx(10)
    assert lead.spread_days == pytest.approx(np.sqrt(0.2 * 25))
    assert lead.on_time_share == pytest.approx(0.1)


def test_what_is_still_outstanding_makes_a_supplier_slower_not_faster():
    days, units = pd.Series([5, 5, 20]), pd.Series([1, 1, 2])

    probability = kaplan_meier(days, units, pd.Series([True, True, False]))

    # Half came in 5 days; the other half is 20 days old and takes 21 at least.
    assert probability[5] == pytest.approx(0.5)
    assert probability[21] == pytest.approx(0.5)


def test_a_young_order_says_nothing_about_later_days():
    # Two of three units came on day 10; the third was ordered 3 days ago and is no evidence against day 10.
    probability = kaplan_meier(pd.Series([10, 10, 3]), pd.Series([1, 1, 1]), pd.Series([True, True, False]))

    assert probability[10] == pytest.approx(1.0)


def test_only_what_was_known_by_the_day_counts():
    orders, receipts = books(
        ("n", "2025-03-01", "2025-03-08", 10, "open", [("2025-03-06", 4), ("2025-04-02", 6)]),
        ("n", "2025-04-01", "2025-04-08", 10, "open", []),
        ("n", "2025-03-01", "2025-03-08", 10, "cancelled", []),
        ("n", "2025-03-01", "2025-03-08", 10, "closed", [("2025-03-06", 7)]),
    )

    seen = lead_time_observations(orders, receipts, DAY)

    # The open line lacks 6 units for 30 days; the closed one lacks nothing.
    assert seen[["purchase_order_id", "days", "units", "is_received"]].to_numpy().tolist() == [
        ["P0", 5, 4, True],
        ["P0", 30, 6, False],
        ["P3", 5, 7, True],
    ]


def test_a_new_supplier_is_believed_with_the_delays_of_others():
    on_time = ("old", "2025-03-01", "2025-03-08", 10, "closed", [("2025-03-08", 10)])
    late = ("old", "2025-03-01", "2025-03-08", 10, "closed", [("2025-03-12", 10)])
    orders, receipts = books(*[on_time] * 3, *[late] * 3)
    observations = lead_time_observations(orders, receipts, DAY)

    leads = lead_times(observations, suppliers_of(old=7, new=20), DAY, 7, UnderWay())

    assert leads["new"].source == "promised with the delays of others"
    assert leads["new"].probability[[20, 24]].tolist() == pytest.approx([0.5, 0.5])
    assert leads["new"].on_time_share is None
    alone = lead_times(observations.iloc[:0], suppliers_of(new=20), DAY, 7, UnderWay())["new"]
    assert (alone.source, alone.mean_days, alone.spread_days) == ("promised", 20, 0)


def test_a_period_between_two_spans_is_shared_between_them():
    # Periods of 5 and 7 days, given spans of 4 and 7 days.
    weights = spans_weighted(np.array([0, 0, 0, 0, 0, 0.5, 0, 0.5]), np.array([4.0, 7.0]))

    assert weights.tolist() == pytest.approx([0.5 * 2 / 3, 0.5 * 1 / 3 + 0.5])


def test_a_certain_lead_time_leaves_the_quantiles_as_they_are():
    levels = np.array([0.5, 0.9, 0.99])
    values = np.array([[[4.0, 9.0, 12.0], [8.0, 15.0, 20.0]]])

    mixed = mix_over_lead_time(values, levels, np.array([7.0, 14.0]), np.array([[0.0, 1.0]]))

    assert mixed[0].tolist() == pytest.approx([8, 15, 20], abs=1e-6)


def test_an_uncertain_lead_time_spreads_the_total():
    levels = np.array([0.1, 0.5, 0.9])
    short, long = [9.0, 10.0, 11.0], [29.0, 30.0, 31.0]
    values = np.array([[short, long]])

    mixed = mix_over_lead_time(values, levels, np.array([7.0, 14.0]), np.array([[0.5, 0.5]]))

    # Half the time about 10, half about 30: the 0.9 quantile of all is the 0.8 quantile of the long half.
    assert mixed[0, 2] == pytest.approx(30.75, abs=1e-6)
    # The 0.1 quantile: 0.5 (0.1 + 0.4 (x - 9)) + 0.5 (0.1 x / 29) = 0.1, as below 0.1 demand is spread from zero.
    assert mixed[0, 0] == pytest.approx(3.7 / (0.4 + 0.1 / 29), abs=1e-6)
