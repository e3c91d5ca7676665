"""The uplift challenger on simulated customers whose answer to a contact is known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.customers.history import book_as_of, order_history
from include.customers.recall.uplift import (
    FEATURES,
    _qini,
    judge_uplift,
    lessons_of,
    load_uplift,
    rises_of,
    save_uplift,
    train_uplift,
    uplift_features,
)


def _arms(seed, factor_of, listed=6000, control=2000):
    """Both arms; contact multiplies the odds of returning by factor_of(lateness). The lists were ranked as if by one
    factor for all."""
    rng = np.random.default_rng(seed)
    count = listed + control
    features = rng.normal(size=(count, len(FEATURES)))
    risk = np.clip(rng.beta(6, 2, count), 0.05, 0.99)
    features[:, FEATURES.index("p_churn")] = risk
    arm = np.zeros(count, dtype=bool)
    arm[rng.permutation(count)[:listed]] = True
    odds = (1 - risk) / risk * np.where(arm, factor_of(features[:, FEATURES.index("lateness")]), 1.0)
    return features, arm, rng.random(count) < odds / (1 + odds), risk * (1 - risk) * 0.1


@pytest.mark.slow
def test_a_difference_between_customers_is_found():
    arms = _arms(1, lambda lateness: np.where(lateness > 0, 4.0, 1.0))

    verdict = judge_uplift(*arms)
    model = train_uplift(*arms[:3], as_of="2024-06-30")

    assert verdict.is_better
    assert verdict.qini > verdict.qini_of_ranking
    assert 0 < verdict.low < verdict.difference < verdict.high
    late = arms[0][:, FEATURES.index("lateness")] > 0
    rises = model.rises(arms[0])
    assert rises[late].mean() > 0.15
    assert abs(rises[~late].mean()) < 0.08


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1.0, 1.3])
def test_where_contact_moves_all_alike_the_ranking_by_risk_stays(factor):
    verdicts = [judge_uplift(*_arms(seed, lambda lateness: factor, 3000, 1000)) for seed in range(2, 6)]

    assert not any(verdict.is_better for verdict in verdicts)


def test_qini_counts_who_is_won_by_contact_first():
    # Of four kinds of hundred customers in each arm one is won by contact, the others stay as they are.
    listed = np.tile(np.repeat([True, False], 100), 4)
    won = np.repeat([True, False, False, False], 200)
    returned = np.where(won, listed, np.repeat([False, False, True, True], 200))

    mixed = np.random.default_rng(1).permutation(800)
    listed, won, returned = listed[mixed], won[mixed], returned[mixed]

    orders = (np.argsort(~won, kind="stable"), np.argsort(won, kind="stable"), np.arange(800)[::-1])
    best, worst, lot = (_qini(order, listed, returned, np.ones(800)) for order in orders)

    # The share won rises to 1/4 within the first quarter and stays: area 7/32, less 1/8 by lot.
    assert best == pytest.approx(3 / 32, abs=0.02)
    assert worst == pytest.approx(-3 / 32, abs=0.02)
    assert abs(lot) < 0.02


def test_features_are_of_a_customers_own_orders_alone():
    orders = pd.DataFrame(
        [("a", "2024-01-01"), ("a", "2024-01-31"), ("b", "2024-02-10"), ("c", "2024-05-01")],
        columns=["customer", "day"],
    ).assign(revenue_micros=50_000_000, refunded_micros=[0, 25_000_000, 0, 0], order_id="o")
    history = order_history(orders)
    whole = uplift_features(book_as_of(history, "2024-06-29"), np.array([0.5, 0.6, 0.7]))
    alone = uplift_features(book_as_of(history.of(["a"]), "2024-06-29"), np.array([0.5]))

    np.testing.assert_allclose(alone[0], whole[0])
    named = dict(zip(FEATURES, alone[0], strict=True))
    assert named["lateness"] == pytest.approx(150 / 45)  # silent for 150 days; (30 + 60) / 2 is the usual gap
    assert named["refund_share"] == pytest.approx(0.25)
    assert not any("discount" in name for name in FEATURES)


def test_lessons_are_of_each_lists_own_day(tmp_path: Path):
    orders = pd.DataFrame(
        [("a", "2024-01-01"), ("b", "2024-01-11"), ("a", "2024-03-01")], columns=["customer", "day"]
    ).assign(revenue_micros=50_000_000, order_id="o")
    history = order_history(orders)
    arms = pd.DataFrame({"customer": ["b", "a"], "p_churn": [0.2, 0.1], "arm": ["control", "listed"]})

    features, known = lessons_of([(book_as_of(history.of(["a", "b"]), "2024-02-01"), arms)])

    assert known["customer"].tolist() == ["a", "b"]
    np.testing.assert_allclose(features[:, FEATURES.index("p_churn")], [0.1, 0.2])
    np.testing.assert_allclose(np.expm1(features[:, FEATURES.index("days_since")]), [31, 21])  # March is not yet

    values, arm, returned, _ = _arms(1, lambda lateness: 2.0, 300, 300)
    model = train_uplift(values, arm, returned, "2024-06-30")
    save_uplift(model, tmp_path / "uplift.json")
    again = load_uplift(tmp_path / "uplift.json")
    book = book_as_of(history, "2024-04-01")
    scores = pd.DataFrame({"customer": ["a", "b"], "p_churn": [0.5, 0.9]})
    pd.testing.assert_series_equal(rises_of(again, book, scores), rises_of(model, book, scores))
    (tmp_path / "uplift.json").write_text('{"format": 1, "features": ["price"]}', encoding="utf-8")
    with pytest.raises(ValueError, match="expected an uplift model of format 1"):
        load_uplift(tmp_path / "uplift.json")
