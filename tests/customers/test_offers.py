"""Equal customers are offered the same: an offer hangs on stage of life, category and tenure, and on nothing else."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from include.customers.history import order_history
from include.customers.recall.choose import recall_lines
from include.customers.recall.offers import OFFER_FACTS, choose_offers, fitting_offers, why_this_offer
from include.settings.people.contacts import Offer
from include.settings.people.customers import Customers

OFFERS = (
    Offer(name="welcome_back", zh="回归礼", en="welcome back", stages=("dormant",), min_tenure_days=365, cost=5),
    Offer(name="tea_sample", zh="茶样", en="tea sample", categories=("tea",), cost=1, effect_of_offer=0.05),
    Offer(name="second_gift", zh="第二单礼", en="second gift", max_tenure_days=60, cost=2),
)


def test_an_offer_fits_by_its_conditions_and_none_fits_everybody():
    facts = pd.DataFrame(
        [("dormant", "tea", 400), ("dormant", "tea", 300), ("mature", "", 30), ("mature", "", 90)],
        columns=list(OFFER_FACTS),
    )

    assert fitting_offers(facts, OFFERS).astype(int).tolist() == [
        [1, 1, 1, 0],
        [1, 0, 1, 0],
        [1, 0, 0, 1],
        [1, 0, 0, 0],
    ]


def test_all_whom_the_same_offers_fit_are_made_the_one_that_brings_most_from_them_together():
    fits = np.array([[True, True, False], [True, True, False], [True, True, True], [True, True, True]])
    # The first offer brings 5 of one and 1 of the other, none 3 and 2: 6 against 5. A loss is a contact not made.
    gain = np.array([[3.0, 5.0, -np.inf], [2.0, 1.0, -np.inf], [1.0, -9.0, 2.0], [1.0, 1.5, -8.0]])

    assert choose_offers(fits, gain).tolist() == [1, 1, 0, 0]  # 2, 1.5 and 2: of equals the first


def test_an_offer_without_a_cost_is_refused():
    with pytest.raises(ValidationError, match="the offer cheap has no cost: say cost"):
        Offer(name="cheap", zh="便宜", en="cheap")
    with pytest.raises(ValidationError, match="'coupon_10' is described nowhere"):
        Customers(offer="coupon_10")
    arms = {"usual": {"share": 0.5}, "tea": {"share": 0.5, "offer": "tea"}}
    with pytest.raises(ValidationError, match="no offer is called 'tea'"):
        Customers(experiments=[{"name": "e", "arms": arms, "first_day": "2025-01-01", "last_day": "2025-02-01"}])


def test_the_choice_takes_no_other_fact():
    facts = pd.DataFrame([("mature", "tea", 90)], columns=list(OFFER_FACTS))

    with pytest.raises(ValueError, match="discount_share"):
        fitting_offers(facts.assign(discount_share=0.9), OFFERS)
    with pytest.raises(ValidationError):
        Offer.model_validate({"name": "cheap", "zh": "便宜", "en": "cheap", "cost": 1, "tags": ["discount_lover"]})
    conditions = {name for name in Offer.model_fields if name in ("stages", "categories") or "tenure" in name}
    assert conditions == {"stages", "categories", "min_tenure_days", "max_tenure_days"}
    assert set(Offer.model_fields) - conditions == {
        "name", "zh", "en", "cost", "share_of_order", "taken_by", "valid_days", "effect_of_offer", "off_the_price",
    }  # fmt: skip


def test_customers_who_are_alike_are_offered_the_same_whatever_they_pay():
    """The same days and categories, other money: bargain hunters, full payers and those who get refunds alike."""
    rng = np.random.default_rng(1)
    days = [f"2024-0{1 + n % 5}-{1 + n % 27:02d}" for n in range(200)]
    orders = pd.DataFrame(
        {
            "customer": [f"c{n % 50:02d}" for n in range(200)],
            "day": days,
            "order_id": [str(n) for n in range(200)],
            "main_category": ["tea" if n % 50 < 20 else "pots" for n in range(200)],
        }
    )
    rules = Customers(
        capacity=1000, offers=OFFERS, gap_multiple=0.01, min_p_churn=0.0, control_share=0.0, wage_per_hour=0
    )
    money = (rng.uniform(100, 5000, 200) * 1e6).astype("int64")
    history = order_history(orders.assign(revenue_micros=money, discount_micros=money // 3, refunded_micros=money // 9))
    scores = pd.DataFrame({"customer": history.customers.astype(str), "p_churn": 0.6, "expected_orders": 0.5})

    lines = recall_lines(scores, history, "2024-06-30", rules, b"key").lines

    by_category = lines.assign(is_tea=lines["customer"].str[1:].astype(int) < 20).groupby("is_tea")["offer"].unique()
    assert {is_tea: list(made) for is_tea, made in by_category.items()} == {True: ["tea_sample"], False: ["none"]}
    assert lines["order_money_micros"].nunique() > 30


def test_the_reason_is_the_offers_own_conditions():
    assert why_this_offer("welcome_back", OFFERS, "zh") == "生命周期：沉睡、老客，首单已满 365 天"
    assert why_this_offer("tea_sample", OFFERS, "en") == "last bought from tea"
    anybody = (Offer(name="coupon", zh="券", en="coupon", cost=10),)
    assert why_this_offer("coupon", anybody, "en") == "the same for all"
    assert why_this_offer("none", anybody, "zh") == "给优惠不合算"
