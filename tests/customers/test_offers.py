"""Equal customers are offered the same: an offer hangs on stage of life, category and tenure, and on nothing else."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from include.customers.history import order_history
from include.customers.offers import OFFER_FACTS, choose_offers, offer_in_words, why_this_offer
from include.customers.recall import recall_lines
from include.settings.merchant import Customers, Offer

OFFERS = (
    Offer(name="welcome_back", zh="回归礼", en="welcome back", stages=("dormant",), least_tenure_days=365),
    Offer(name="tea_sample", zh="茶样", en="tea sample", categories=("tea",)),
    Offer(name="second_gift", zh="第二单礼", en="second gift", most_tenure_days=60),
)


def test_the_first_offer_that_fits_is_made():
    facts = pd.DataFrame(
        [("dormant", "tea", 400), ("dormant", "tea", 300), ("mature", "", 30), ("mature", "", 90)],
        columns=list(OFFER_FACTS),
    )

    assert choose_offers(facts, OFFERS, "coupon").tolist() == ["welcome_back", "tea_sample", "second_gift", "coupon"]


def test_the_choice_takes_no_other_fact():
    facts = pd.DataFrame([("mature", "tea", 90)], columns=list(OFFER_FACTS))

    with pytest.raises(ValueError, match="discount_share"):
        choose_offers(facts.assign(discount_share=0.9), OFFERS, "coupon")
    with pytest.raises(ValidationError):
        Offer.model_validate({"name": "cheap", "zh": "便宜", "en": "cheap", "tags": ["discount_lover"]})
    conditions = set(Offer.model_fields) - {"name", "zh", "en"}
    assert conditions == {"stages", "categories", "least_tenure_days", "most_tenure_days"}


def test_what_customers_pay_and_at_what_discount_does_not_move_their_offer():
    """The same days and categories, other money: bargain hunters, full payers and those who get refunds alike."""
    rng = np.random.default_rng(1)
    days = [f"2024-0{1 + n % 5}-{1 + n % 27:02d}" for n in range(200)]
    orders = pd.DataFrame(
        {
            "customer": [f"c{n % 50:02d}" for n in range(200)],
            "day": days,
            "order_id": [str(n) for n in range(200)],
            "main_category": ["tea" if n % 50 < 20 else "pots" for n in range(200)],
            "revenue_micros": 100_000_000,
        }
    )
    rules = Customers(capacity=1000, offers=OFFERS, gap_multiple=0.01, min_p_churn=0.0, control_share=0.0)

    def offers(frame):
        history = order_history(frame)
        scores = pd.DataFrame({"customer": history.customers.astype(str), "p_churn": 0.6, "expected_orders": 0.5})
        lines = recall_lines(scores, history, "2024-06-30", rules, b"key").lines
        return lines.set_index("customer")["offer"].sort_index()

    dear = offers(orders)
    for discount in (0.0, 0.3, 0.9):
        money = (rng.uniform(10, 500, 200) * 1e6).astype("int64")
        cheap = orders.assign(
            revenue_micros=money, discount_micros=(money * discount).astype("int64"), refunded_micros=money // 2
        )
        pd.testing.assert_series_equal(offers(cheap), dear)
    assert set(dear) == {"tea_sample", "second_gift", "coupon_10"}


def test_the_reason_is_the_offers_own_conditions():
    assert offer_in_words("welcome_back", OFFERS, "zh") == "回归礼"
    assert why_this_offer("welcome_back", OFFERS, "zh") == "生命周期：沉睡、首单满 365 天"
    assert why_this_offer("tea_sample", OFFERS, "en") == "last bought from tea"
    assert why_this_offer("coupon", OFFERS, "en") == "the same for all"
