import numpy as np
import pandas as pd
import pytest

from include.customers.churn import churn
from include.customers.churn.reasons import THEMES
from include.customers.churn.training_cutoffs import Cutoff, season_cutoffs, training_cutoffs
from include.customers.history import book_as_of, day_number, order_history

AS_OF, HORIZON = "2024-11-26", 60  # day 330 of the simulated shop


@pytest.fixture(scope="module")
def model(shop):
    return churn.train(shop, AS_OF, HORIZON, seed=1)


@pytest.fixture(scope="module")
def scores(model, shop):
    return churn.score(model, shop, AS_OF)


def _auc(label, risk):
    rank = pd.Series(risk).rank().to_numpy()
    positive = label.sum()
    return (rank[label == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(label) - positive))


def test_scores_know_who_will_be_silent_and_how_many(shop, scores):
    seen = book_as_of(shop, AS_OF).orders_ahead(HORIZON)
    silent = (seen == 0).astype(int)

    assert scores["p_churn"].between(0, 1).all()
    assert _auc(silent, scores["p_churn"]) > 0.8
    assert scores["p_churn"].mean() == pytest.approx(silent.mean(), abs=0.05)
    assert np.corrcoef(scores["expected_orders"], seen)[0, 1] > 0.6
    assert (scores["expected_orders"] >= 0).all()


def test_every_customer_seen_by_then_is_scored_and_no_other(shop, scores):
    assert scores["customer"].tolist() == book_as_of(shop, AS_OF).names.tolist()


def test_reasons_are_codes_with_words_in_both_languages(model, shop, scores):
    customers = scores.sort_values("p_churn")["customer"].tolist()

    told = churn.explain(model, shop, AS_OF, customers)

    assert {code for codes in told for code in codes} <= set(THEMES)
    assert all(len(codes) <= 3 for codes in told)
    assert len(told[-1]) > 0
    assert churn.explain(model, shop, AS_OF, customers[-1:]) == told[-1:]


def test_what_came_later_changes_nothing(shop, model):
    known = shop.until(day_number(AS_OF))

    again = churn.train(known, AS_OF, HORIZON, seed=1)

    assert again.model_id == model.model_id
    pd.testing.assert_frame_equal(churn.score(again, known, AS_OF), churn.score(model, shop, AS_OF))


def test_a_saved_model_scores_the_same(model, shop, scores, tmp_path):
    churn.save(model, tmp_path / "churn.json")

    loaded = churn.load(tmp_path / "churn.json")

    assert loaded.model_id == model.model_id
    pd.testing.assert_frame_equal(churn.score(loaded, shop, AS_OF), scores)


def test_a_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "other.json").write_text("{}")

    with pytest.raises(ValueError, match=r"other\.json: expected a churn model of format 2"):
        churn.load(tmp_path / "other.json")


def test_a_shop_of_three_customers_is_scored_by_the_families_alone():
    rows = [("a", "2024-01-01"), ("a", "2024-01-09"), ("a", "2024-01-20"), ("b", "2024-01-05"), ("c", "2024-01-21")]
    history = order_history(
        pd.DataFrame(rows, columns=["customer", "day"]).assign(revenue_micros=1_000_000, order_id="o")
    )

    model = churn.train(history, "2024-01-21", 30)
    scores = churn.score(model, history, "2024-01-21").set_index("customer")
    (reasons_of_b,) = churn.explain(model, history, "2024-01-21", ["b"])

    assert model.learners is None
    assert scores[["p_churn", "expected_orders"]].notna().all().all()
    assert scores.loc["a", "p_churn"] < scores.loc["b", "p_churn"]
    assert reasons_of_b == ["long_silence"]


def test_nobody_to_learn_from_is_an_error_that_says_so(shop):
    with pytest.raises(ValueError, match="no customer ordered on or before 2020-01-01"):
        churn.train(shop, "2020-01-01", 30)


@pytest.mark.parametrize(("days", "horizon"), [(272, 273), (545, 180), (648, 90), (90, 60), (30, 90), (5, 30)])
def test_no_training_outcome_overlaps_the_target(days, horizon):
    cutoffs = (*training_cutoffs(1000, 1000 + days, horizon), *(season_cutoffs(1000, 1000 + days, horizon) or ()))

    for cut in cutoffs:
        assert cut.end <= 1000 + days
        assert cut.day >= 1000
        assert cut.horizon >= 1
        assert cut.horizon <= horizon


def test_a_young_shop_learns_from_shorter_horizons_in_the_same_proportion():
    # 100 days of books and a horizon of 100: half the books look ahead over the other half.
    assert Cutoff(1050, 50) in training_cutoffs(1000, 1100, 100)


def test_a_shop_with_years_of_books_looks_at_last_years_season():
    assert season_cutoffs(0, 700, 90) == (Cutoff(335, 90), Cutoff(290, 45))
    assert season_cutoffs(0, 300, 90) is None


def test_cuts_are_full_horizons_and_half_ones_whose_outcomes_are_newer():
    cutoffs = training_cutoffs(0, 700, 90)

    assert cutoffs[:4] == [Cutoff(655, 45), Cutoff(625, 45), Cutoff(610, 90), Cutoff(595, 45)]
    assert min(cut.day for cut in cutoffs if cut.horizon == 90) >= 45
    assert max(cut.end for cut in cutoffs) == 700


def test_who_is_late_has_a_reason_even_where_the_model_names_none(model, shop, scores):
    book = book_as_of(shop, AS_OF)
    late = (book.frequency > 2) & ((book.as_of - book.last) * book.frequency > 2 * (book.last - book.first))
    told = churn.explain(model, shop, AS_OF, book.names[late].tolist())

    assert late.sum() > 20
    assert all(told)
