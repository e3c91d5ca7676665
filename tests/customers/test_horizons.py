from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from include.customers.churn import churn
from include.customers.churn.churn_card import card_of, markdown
from include.customers.churn.customer_features import feature_matrix, fit_btyd
from include.customers.churn.horizons import Horizons, horizons_of, main_categories
from include.customers.history import OrderHistory, book_as_of, day_number, day_text, order_history
from include.settings.people.customers import Customers
from tests.customers.conftest import facts, simulated

AS_OF = "2024-11-26"  # day 330 of the simulated shop
BOTH = Horizons(60, {"sun cream": 120}, 3.0, (30, 90))


def bought(*rows: tuple[str, str, str]) -> OrderHistory:
    """From (customer, day, category)."""
    table = facts(*((customer, day, 10.0) for customer, day, _ in rows))
    return order_history(table.assign(main_category=[category or None for _, _, category in rows]))


def by_name(history: OrderHistory, horizons: Horizons, as_of: str) -> dict[str, int]:
    book = book_as_of(history, as_of)
    return dict(zip(book.names.tolist(), horizons.of(book).tolist(), strict=True))


@pytest.fixture(scope="module")
def shop() -> OrderHistory:
    """Customers of whom every third buys sun cream, every third nappies, by no trait of theirs."""
    rows = simulated(900, 420, seed=3)
    number = rows["customer"].str[1:].astype(int)
    return order_history(rows.assign(main_category=np.array(["sun cream", "nappies", "tea"])[number % 3]))


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    """Too few for LightGBM."""
    return simulated(25, 420, seed=3)


@pytest.fixture(scope="module")
def by_category(shop: OrderHistory) -> churn.ChurnModel:
    return churn.train(shop, AS_OF, Horizons(60, {"sun cream": 90, "nappies": 30}), seed=1)


def test_who_has_a_rhythm_has_its_horizon_others_their_categorys_or_the_merchants():
    history = bought(
        ("often", "2024-01-01", "sun cream"), ("often", "2024-01-11", "sun cream"), ("often", "2024-01-21", ""),
        ("slowly", "2024-01-01", "tea"), ("slowly", "2024-02-05", "tea"), ("slowly", "2024-03-30", "tea"),
        ("twice", "2024-01-01", "sun cream"), ("twice", "2024-01-05", "sun cream"),
        ("once", "2024-01-02", "tea"), ("unknown", "2024-01-03", ""),
    )  # fmt: skip

    assert by_name(history, BOTH, "2024-04-01") == {
        "often": 30,  # three gaps of ten days
        "slowly": 90,  # three of 44.5 are more than the longest
        "twice": 120,
        "once": 60,
        "unknown": 60,
    }
    assert by_name(history, Horizons(60), "2024-04-01") == dict.fromkeys(("often", "slowly", "twice", "once"), 60) | {
        "unknown": 60
    }
    assert by_name(history, Horizons(60, {"sun cream": 120}), "2024-04-01")["often"] == 120


def test_the_main_category_is_that_of_most_days_and_of_equals_the_last():
    history = bought(
        ("a", "2024-01-01", "tea"), ("a", "2024-01-02", "tea"), ("a", "2024-01-03", "sun cream"),
        ("b", "2024-01-01", "tea"), ("b", "2024-01-02", "sun cream"), ("b", "2024-01-03", ""),
        ("c", "2024-01-01", "sun cream"), ("c", "2024-01-02", "tea"),
        ("d", "2024-01-01", ""),
    )  # fmt: skip

    codes = main_categories(book_as_of(history, "2024-01-09"))

    assert np.append(history.category_names, "")[codes].tolist() == ["tea", "sun cream", "tea", ""]


def test_a_later_order_changes_no_earlier_horizon():
    early = [
        ("a", "2024-01-01", "tea"),
        ("a", "2024-01-11", "tea"),
        ("a", "2024-01-21", "tea"),
        ("b", "2024-01-05", "tea"),
    ]
    late = [("a", "2024-05-21", "sun cream"), ("b", "2024-02-20", "sun cream"), ("b", "2024-02-21", "sun cream")]

    before = by_name(bought(*early), BOTH, "2024-01-31")

    assert by_name(bought(*early, *late), BOTH, "2024-01-31") == before == {"a": 30, "b": 60}
    assert by_name(bought(*early, *late), BOTH, "2024-05-31") == {"a": 90, "b": 90}


def test_a_horizon_stays_while_nobody_orders():
    history = bought(("a", "2024-01-01", "tea"), ("a", "2024-01-11", "tea"), ("a", "2024-01-21", "tea"))
    days = [day_text(number) for number in range(day_number("2024-01-21"), day_number("2024-12-31"), 30)]

    assert {by_name(history, BOTH, day)["a"] for day in days} == {30}


def test_one_horizon_is_what_a_number_says(few):
    horizons = horizons_of(Customers(horizon_days=60))
    named, plain = (churn.train(order_history(few), AS_OF, each, seed=1) for each in (horizons, 60))

    assert named.model_id == plain.model_id
    assert set(churn._document(plain)) == {"format", "as_of", "horizon", "seed", "btyd", "blend", "learners"}
    assert horizons.lengths == (60,)


def test_features_are_those_of_each_ones_horizon(shop):
    book = book_as_of(shop, AS_OF)
    fits = fit_btyd(book, 1)
    own = np.where(np.arange(len(book.names)) % 2, 30, 90)

    mixed = feature_matrix(book, own, fits)

    for days in (30, 90):
        alone = feature_matrix(book, days, fits)
        np.testing.assert_array_equal(mixed.values[own == days], alone.values[own == days])
    np.testing.assert_array_equal(feature_matrix(book, np.full(len(own), 30), fits).values,
                                  feature_matrix(book, 30, fits).values)  # fmt: skip


def test_scores_come_true_at_each_horizon(shop, by_category):
    scores = churn.score(by_category, shop, AS_OF)
    book = book_as_of(shop, AS_OF)
    own = scores["horizon_days"].to_numpy()

    assert scores["horizon_days"].tolist() == by_category.horizons.of(book).tolist()
    shares = {}
    for days in (30, 60, 90):
        silent = book.orders_ahead(days)[own == days] == 0
        shares[days] = scores.loc[own == days, "p_churn"].mean()
        assert (own == days).sum() > 250
        assert shares[days] == pytest.approx(silent.mean(), abs=0.06)
    assert shares[30] > shares[60] > shares[90]


def test_what_came_later_changes_no_score(shop, by_category):
    known = shop.until(day_number(AS_OF))

    pd.testing.assert_frame_equal(churn.score(by_category, known, AS_OF), churn.score(by_category, shop, AS_OF))


@pytest.mark.thorough
def test_what_came_later_changes_nothing_that_is_learned(shop, by_category):
    again = churn.train(shop.until(day_number(AS_OF)), AS_OF, by_category.horizons, seed=1)

    assert again.model_id == by_category.model_id


def test_a_saved_model_keeps_its_horizons(shop, by_category, tmp_path: Path):
    churn.save(by_category, tmp_path / "churn.json")

    loaded = churn.load(tmp_path / "churn.json")

    assert loaded.model_id == by_category.model_id
    assert loaded.horizons == by_category.horizons
    pd.testing.assert_frame_equal(churn.score(loaded, shop, AS_OF), churn.score(by_category, shop, AS_OF))
    some = shop.customers[:5].tolist()
    assert churn.explain(loaded, shop, AS_OF, some) == churn.explain(by_category, shop, AS_OF, some)


def test_a_horizon_that_nobody_has_yet_is_ready_for_who_comes(few):
    model = churn.train(order_history(few), AS_OF, Horizons(60, {"mooncakes": 365}), seed=1)
    later = few.copy()
    later.loc[len(later)] = {**few.iloc[0], "customer": "new", "day": "2024-12-01", "main_category": "mooncakes"}

    scores = churn.score(model, order_history(later), "2024-12-02").set_index("customer")

    assert scores.loc["new", "horizon_days"] == 365
    assert 0 < scores.loc["new", "p_churn"] < 1


def test_the_card_names_the_horizons(shop, by_category):
    judged = {"released": True, "reasons": [], "judged": None, "calibration": [], "by_horizon": [{"horizon_days": 30}]}

    page = markdown(card_of(by_category, shop, judged))

    assert "| by_category | sun cream 90, nappies 30 |" in page
    assert "## by horizon" in page


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"horizon_steps": [90, 30]}, "must rise"),
        ({"horizon_steps": [3, 30]}, "7 days at least"),
        ({"horizons": {"tea": 2}}, "greater than or equal to 7"),
        ({"horizon_gaps": 0}, "greater than 0"),
    ],
)
def test_horizons_that_cannot_be_are_refused(said, complaint):
    with pytest.raises(ValidationError, match=complaint):
        Customers.model_validate(said)
