from datetime import date, timedelta

import numpy as np
import pytest

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.customers import Customers
from include.simulation.specimen.settings import SpecimenSettings, day_number

DAY = date(2025, 5, 6)


def lost_customers(how_many: int) -> Customers:
    """Customers who would never come again."""
    customers = Customers(SpecimenSettings(seed=5))
    customers.found(DAY - timedelta(days=100), how_many)
    customers.table["lost"][:] = day_number(DAY) - 10
    return customers


def visitors_within(customers: Customers, days: int) -> set[int]:
    came: set[int] = set()
    for ahead in range(1, days + 1):
        came |= set(customers.visitors(DAY + timedelta(days=ahead)).tolist())
    return came


def test_a_contact_brings_back_the_share_it_is_said_to() -> None:
    # given 4000 lost customers, half of whom are contacted
    customers = lost_customers(4000)
    contacted = set(range(0, 4000, 2))

    # when the window has passed
    called_back = customers.contact(contacted, DAY)
    came = visitors_within(customers, 14)

    # then 12 % of the contacted came (three standard errors are 2.2 %), and nobody else
    assert came <= contacted
    assert len(came) == called_back
    assert len(came) / len(contacted) == pytest.approx(0.12, abs=0.022)


def test_a_second_contact_within_the_rest_does_nothing() -> None:
    customers = lost_customers(1000)
    customers.contact(range(1000), DAY)
    came = customers.table["called_back"].copy()

    assert customers.contact(range(1000), DAY + timedelta(days=20)) == 0
    assert (customers.table["called_back"] == came).all()


def test_a_contact_of_one_customer_is_nobody_elses_luck() -> None:
    few, many = lost_customers(500), lost_customers(500)
    few.contact(range(100), DAY)
    many.contact(range(500), DAY)

    assert (few.table["called_back"][:100] == many.table["called_back"][:100]).all()


def test_lost_customers_do_not_come_and_living_ones_do_in_their_rhythm() -> None:
    customers = Customers(SpecimenSettings(seed=5))
    customers.found(DAY, 2000)
    customers.table["lost"][:1000] = day_number(DAY)
    customers.table["lost"][1000:] = day_number(DAY) + 1000

    came = visitors_within(customers, 120)

    assert min(came) >= 1000
    assert len(came) > 950


def test_an_unknown_customer_cannot_be_contacted() -> None:
    with pytest.raises(ValueError, match=r"0\.\.9"):
        lost_customers(10).contact([10], DAY)


def test_drift_follows_the_known_hazard(lived: Specimen) -> None:
    # given repeat customers, each with a hazard a day of their own
    table = lived.customers.table.arrays()
    repeat = (table["kind"] == 0) & (table["hazard"] < 1)
    lifetimes = (table["lost"] - table["born"])[repeat] * table["hazard"][repeat]

    # then life x hazard is exponential with mean one
    assert lifetimes.mean() == pytest.approx(1.0, abs=0.1)
    assert np.mean(lifetimes > 1.0) == pytest.approx(np.exp(-1), abs=0.05)


def test_what_a_contact_changes_varies_from_customer_to_customer_about_the_stated_mean():
    customers = lost_customers(20_000)
    settings = customers.settings

    call, text, offered = customers.lifts("call"), customers.lifts("text"), customers.lifts("call", 1000)

    assert call.mean() == pytest.approx(settings.contact_lift, rel=0.03)
    assert np.percentile(call, 90) > 3 * np.percentile(call, 10)
    assert text.mean() == pytest.approx(settings.contact_lift * settings.text_strength, rel=0.03)
    assert (offered - call).mean() == pytest.approx(10 * settings.offer_lift, rel=0.03)
    np.testing.assert_array_equal(customers.lifts("call"), call)  # for life


def test_a_coupon_comes_off_the_next_order_once_and_until_its_day():
    customers = lost_customers(1000)
    customers.contact(range(1000), DAY, "push", 1000, 1000, days=10)
    who, goods = np.arange(1000), np.full(1000, 5000)

    late = customers.use_coupons(who, goods, DAY + timedelta(days=11))
    off = customers.use_coupons(who, goods, DAY + timedelta(days=5))
    again = customers.use_coupons(who[off > 0], goods[off > 0], DAY + timedelta(days=6))

    assert late.sum() == 0
    assert set(off) == {0, 1000}
    assert (off > 0).mean() == pytest.approx(customers.settings.offer_used, abs=0.05)
    assert again.sum() == 0
    dear = lost_customers(10)
    dear.contact(range(10), DAY, "push", 1000, 1000)
    assert dear.use_coupons(np.arange(10), np.full(10, 900), DAY).max() == 450  # half of the goods
