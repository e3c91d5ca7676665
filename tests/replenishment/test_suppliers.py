import numpy as np
import pandas as pd

from include.replenishment.suppliers.lead_time import LeadTime
from include.replenishment.suppliers.suppliers import offers_of, ranked_suppliers
from tests.replenishment.policies import a_policy


def lead(supplier: str, on_time: float | None, days: float = 7.0) -> LeadTime:
    return LeadTime(supplier, np.array([1.0]), days, 1.0, on_time, 9, "receipts")


def offers(**yuan: float | None) -> pd.DataFrame:
    micros = [None if price is None else int(price * 1_000_000) for price in yuan.values()]
    return pd.DataFrame({"sku": "s", "supplier": list(yuan), "unit_cost_micros": pd.array(micros, dtype="Int64")})


def test_the_cheapest_is_not_first_when_it_is_usually_late():
    leads = {"cheap": lead("cheap", 0.2), "punctual": lead("punctual", 1.0)}

    ranked = ranked_suppliers(offers(cheap=10.0, punctual=11.0), leads, a_policy(late_cost=0.2))

    # 10 x (1 + 0.2 x 0.8) = 11.6 against 11.
    assert ranked["supplier"].tolist() == ["punctual", "cheap"]
    assert ranked["effective_cost_micros"].tolist() == [11_000_000, 11_600_000]


def test_a_new_supplier_is_as_punctual_as_the_others_together():
    leads = {"a": lead("a", 0.5), "b": lead("b", 1.0), "new": lead("new", None)}

    ranked = ranked_suppliers(offers(new=10.0), leads, a_policy())

    assert ranked["on_time_share"].tolist() == [0.75]


def test_three_at_most_and_an_unknown_price_comes_last():
    names = {"a": 3.0, "b": 2.0, "c": 1.0, "d": None}

    ranked = ranked_suppliers(offers(**names), {}, a_policy())

    assert ranked[["supplier", "rank"]].to_numpy().tolist() == [["c", 1], ["b", 2], ["a", 3]]


def test_the_merchant_says_how_many_suppliers_are_weighed_and_how_long_a_price_counts():
    assert ranked_suppliers(offers(a=3.0, b=2.0, c=1.0), {}, a_policy(supplier_choices=2))["rank"].tolist() == [1, 2]

    products = pd.DataFrame({"sku": ["s"], "supplier": ["own"], "cost_micros": [5_000_000]})
    order = {"purchase_order_id": "p", "line_id": "1", "sku": "s", "supplier": "other", "unit_cost_micros": 4_000_000,
             "ordered_day": "2025-10-20", "status": "closed"}  # fmt: skip
    for days, names in ((20, ["other", "own"]), (19, ["own"])):
        found = offers_of(products, pd.DataFrame([order]), "2025-11-08", offer_days=days)
        assert found["supplier"].tolist() == names
