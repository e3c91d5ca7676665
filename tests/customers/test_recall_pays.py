"""Recall on merchants whose answer to every contact is known: lists earn more than offers and contacts cost, and more
than the rule of before. The whole run is `python -m benchmarks.recall`."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.recall import BEFORE, FIRST_DAY, NOW, Plan, interval, one_merchant, report, rules_of
from benchmarks.recall_world import World
from include.simulation.specimen.settings import SpecimenSettings

SEEDS = (21, 22, 23, 24)
WORLD = SpecimenSettings(first_day=FIRST_DAY)
PLAN = Plan(founders=400, newcomers=2.5, days=60, every=6, settings=WORLD)
RULES = rules_of(Path(__file__).parents[2] / "examples" / "specimen")


@pytest.fixture(scope="module")
def merchants():
    return [one_merchant(seed, RULES, PLAN) for seed in SEEDS]


def test_lists_earn_more_than_offers_and_contacts_cost(merchants):
    mean, low, _ = report(merchants)[NOW]["true_gain"]

    assert low > 0
    assert mean > 5 * report(merchants)[NOW]["contact_cost"]


def test_they_earn_more_than_the_rule_of_before(merchants):
    mean, low, _ = report(merchants)["now_less_before"]["true_gain"]

    assert mean > 0
    assert low > 0
    assert all(one[BEFORE].contacts > 0 for one in merchants)


def test_where_contacts_do_nothing_little_is_spent_on_them():
    nothing = replace(WORLD, contact_lift=0.0, offer_lift=0.0)
    lived = [one_merchant(seed, RULES, replace(PLAN, settings=nothing)) for seed in SEEDS[:2]]

    lost = {rule: interval(np.array([one[rule].net.sum() - one[None].net.sum() for one in lived]))[0]
            for rule in (NOW, BEFORE)}  # fmt: skip
    assert lost[BEFORE] < lost[NOW] <= 0


def test_two_worlds_that_differ_in_one_contact_differ_in_one_customer():
    called, alone = (World(replace(WORLD, seed=5, contact_lift=1.0, contact_spread=0.0), 300, 2.0) for _ in range(2))
    for world in (called, alone):
        world.live(120)
    lost = int(np.flatnonzero(called.table["lost"] < 20_300)[0])

    called.contact([lost], called.day.fromordinal(called.day.toordinal() - 1))
    for world in (called, alone):
        world.live(40)

    orders = [world.customer_orders() for world in (called, alone)]
    others = [one[one["number"] != lost].reset_index(drop=True) for one in orders]
    assert others[0].equals(others[1])
    assert len(orders[0]) > len(orders[1])


def test_a_coupon_comes_off_one_order_whoever_would_have_come_anyway():
    used, plain = (World(replace(WORLD, seed=6, contact_lift=0.0, offer_lift=0.0, offer_used=1.0), 300, 2.0)
                   for _ in range(2))  # fmt: skip
    for world in (used, plain):
        world.live(60)
    everybody = np.arange(len(used.table))
    used.contact(everybody, used.day.fromordinal(used.day.toordinal() - 1), "text", 1000, 1000, 30)
    for world in (used, plain):
        world.live(30)

    paid = [world.customer_orders().groupby("number")["revenue_micros"].sum() for world in (used, plain)]
    off = (paid[1] - paid[0])[lambda money: money != 0]
    assert len(off) > 100  # nobody was moved by it
    assert off.max() <= 10_000_000
