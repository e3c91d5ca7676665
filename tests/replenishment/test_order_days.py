"""Suppliers' own days: what is small waits for them, and says so."""

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from include.calendar.business_days import day_after
from include.replenishment.day_plan import plan_day
from include.replenishment.policy import policy_of
from include.replenishment.quantity.plan_lines import plan_lines, restock_lines
from include.replenishment.quantity.protection_period import protection_of
from include.replenishment.quantity.waiting import catch_up_units
from include.replenishment.stock_notes import catch_up_notes, waiting_notes
from include.replenishment.suppliers.lead_time import LeadTime
from include.replenishment.suppliers.order_days import days_to_order_days
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from tests.replenishment.known import DAY, YUAN, forecasts, known
from tests.replenishment.lines import plan_inputs
from tests.replenishment.policies import at_level

AT = at_level(0.9, order_line_micros=5 * YUAN)


@pytest.mark.parametrize(
    ("weekdays", "expected"),
    [
        # 2025-06-04 is a Wednesday: what is listed that night is ordered on Thursday.
        (("thu",), (0, 7)),
        (("fri",), (1, 1)),
        (("mon", "thu"), (0, 4)),
        (("wed",), (6, 6)),
    ],
)
def test_days_are_counted_from_the_morning_after(weekdays: tuple[str, ...], expected: tuple[int, int]) -> None:
    assert days_to_order_days(DAY, weekdays) == expected


def test_small_lines_wait_for_the_day_and_urgent_ones_do_not() -> None:
    big = plan_inputs(sku="A", revenue_13_weeks_micros=10**12)
    small = plan_inputs(sku="small", revenue_13_weeks_micros=10, on_hand=26, unit_price_micros=10_500_000)
    empty = plan_inputs(sku="empty", revenue_13_weeks_micros=10, on_hand=0, promised=0)
    dear = plan_inputs(sku="dear", revenue_13_weeks_micros=10, unit_price_micros=1_000 * YUAN)
    lines = pd.concat([big, small, empty, dear]).assign(order_wait_days=3)

    plan = plan_lines(lines, AT, DAY).set_index("sku")

    assert (plan["quantity"] > 0).to_dict() == {"A": True, "small": False, "empty": True, "dear": True}
    assert plan.loc["small", "need"] == plan.loc["small", "deferred"] == 1
    assert plan.loc["small", "waits_for"] == "order_day"
    assert plan.loc["small", "order_day"] == "2025-06-08"
    assert (plan.drop("small")["waits_for"] == "").all()
    assert set(restock_lines(plan.reset_index())["sku"]) == {"A", "empty", "dear"}
    assert (plan_lines(lines.assign(order_wait_days=0), AT, DAY)["quantity"] > 0).all()


def test_of_more_lines_than_a_list_may_hold_those_wait_that_lose_least_by_a_day() -> None:
    dear, cheap = plan_inputs(sku="dear", unit_price_micros=90 * YUAN), plan_inputs(sku="cheap")
    owed = plan_inputs(sku="owed", on_hand=0, promised=4, unit_price_micros=30 * YUAN)
    full = plan_inputs(sku="full", on_hand=100, unit_price_micros=900 * YUAN)

    at = replace(AT, max_lines=2, order_line_micros=200 * YUAN)  # more than `cheap` loses by a week's wait
    plan = plan_lines(pd.concat([cheap, full, dear, owed]), at, DAY).set_index("sku")

    assert (plan["quantity"] > 0).to_dict() == {"cheap": False, "full": False, "dear": True, "owed": True}
    assert plan["waits_for"].to_dict() == {"cheap": "turn", "full": "", "dear": "", "owed": ""}
    assert plan.loc["cheap", "deferred"] == plan.loc["cheap", "need"] > 0
    assert plan["waiting_cost_micros"].sort_values().index.tolist() == ["full", "cheap", "owed", "dear"]
    everything = plan_lines(pd.concat([cheap, full, dear, owed]), replace(at, max_lines=None), DAY)
    assert (everything["waits_for"] == "").all()


# What is caught up with

SPREAD = replace(AT, catch_up_from=date.fromisoformat(DAY), catch_up_days=4)


def short_lines() -> pd.DataFrame:
    """Eight C skus that lack weeks of sales, the dearest first to lose by waiting, an A sku and an empty shelf."""
    poor = {"revenue_13_weeks_micros": 10}
    parts = [plan_inputs(sku=f"c{n}", unit_price_micros=(50 - n) * YUAN, **poor) for n in range(8)]
    parts += [plan_inputs(sku="A", revenue_13_weeks_micros=10**12), plan_inputs(sku="empty", on_hand=0, **poor)]
    return pd.concat(parts, ignore_index=True)


def test_the_first_lists_catch_up_with_equal_parts_by_urgency_and_nothing_is_lost() -> None:
    lines, listed = short_lines(), []
    whole = plan_lines(lines, AT, DAY)
    late = catch_up_units(lines, whole["need"].to_numpy())
    assert (late > 0).all()
    for number in range(5):
        day = day_after(DAY, number)
        plan = plan_lines(lines, SPREAD, day)
        assert plan.equals(plan_lines(lines, SPREAD, day)), "a replay gives the same"
        # what is listed and what waits is what is needed in all
        assert (plan["quantity"] + plan["deferred"]).sum() == plan["need"].clip(lower=0).sum()
        assert ((plan["waits_for"] == "catch_up") == (plan["deferred"] > 0)).all()
        assert (plan.loc[plan["deferred"] > 0, "order_day"] == day_after(DAY, 4)).all()
        listed.append(plan.loc[plan["quantity"] > 0, "sku"].tolist())
        lines = lines.assign(arriving=lines["arriving"] + plan["quantity"])  # everything is ordered

    # ten lines of equal money in four parts, what cannot wait first, then what loses most
    assert listed[0] == ["c0", "A", "empty"]
    assert listed[1:3] == [["c1", "c2", "c3"], ["c4", "c5"]]
    assert listed[3:] == [["c6", "c7"], []]


def test_a_skus_and_empty_shelves_do_not_wait_even_if_they_take_more_than_a_days_part() -> None:
    urgent = [plan_inputs(sku=f"empty{n}", on_hand=0, revenue_13_weeks_micros=10) for n in range(9)]
    lines = pd.concat([plan_inputs(sku="late", revenue_13_weeks_micros=10), *urgent], ignore_index=True)
    plan = plan_lines(lines, SPREAD, DAY).set_index("sku")
    assert plan.index[plan["quantity"] == 0].tolist() == ["late"]


def test_outside_of_the_first_days_and_without_a_first_day_nothing_waits() -> None:
    lines = short_lines()
    plain = plan_lines(lines, AT, DAY)
    for policy, day in ((SPREAD, day_after(DAY, -1)), (SPREAD, day_after(DAY, 4)), (SPREAD, day_after(DAY, 3))):
        assert (plan_lines(lines, policy, day)["waits_for"] == "").all()
    assert policy_of(Replenishment()).catch_up_lists(DAY) == 0
    assert (plain["waits_for"] == "").all()
    usual = plan_lines(lines.assign(daily_mean=30.0), SPREAD, DAY)
    assert (usual["waits_for"] == "").all(), "a line that needs what sells between two looks catches up with nothing"


def test_the_head_adds_up_what_is_caught_up_with_today_and_later() -> None:
    what = known(("S1", "S2"), on_hand=2)
    settings = Replenishment(
        transport=Transport(open=False), catch_up_from=date.fromisoformat(DAY), catch_up_days=3,
        value_shares=(0.01, 0.02), hot_seller_units_per_day=1e9,
    )  # fmt: skip
    policy = policy_of(settings)
    plan = plan_day(what, protection_of(what, forecasts(what), settings, policy), settings, policy)
    waiting = plan.lines[plan.lines["waits_for"] == "catch_up"]
    assert len(waiting)

    ((zh, en),) = catch_up_notes(plan, 0.1, policy.catch_up_lists(DAY))
    whole, today, later = (float(one.replace(",", "")) for one in re.findall(r"([\d,]+\.\d\d) 元", zh))
    assert whole == pytest.approx(today + later)
    units = catch_up_units(waiting, waiting["need"].to_numpy())
    assert later == pytest.approx((waiting["unit_cost_micros"] * units).sum() / 1e6)
    assert f"其余 {len(waiting)} 行" in zh
    assert f"the last by {day_after(DAY, 3)}" in en
    assert any("首次补足分几天下单" in told for told, _ in waiting_notes(plan))


def test_no_line_waits_for_its_turn_that_loses_more_by_it_than_a_line_costs() -> None:
    lines = pd.concat([plan_inputs(sku=name, unit_price_micros=price * YUAN) for name, price in (("a", 25), ("b", 90))])
    cost = plan_lines(lines, AT, DAY)["waiting_cost_micros"].min()

    def listed(order_line_micros: int) -> int:
        policy = replace(AT, max_lines=1, order_line_micros=order_line_micros)
        return int((plan_lines(lines, policy, DAY)["quantity"] > 0).sum())

    assert (listed(int(cost) - 1), listed(int(cost) + 1)) == (2, 1)
    assert listed(0) == 1  # nobody says what a line costs: the bound holds


def test_on_the_eve_of_a_suppliers_rest_a_days_wait_costs_the_whole_rest() -> None:
    """1.43 units a day; an order of tomorrow comes a day later as a rule, twenty days later on the eve of the rest."""
    usual = plan_inputs(on_hand=0, promised=0, arriving=0, protection_days=8)
    eve = plan_inputs(on_hand=0, promised=0, arriving=0, protection_days=27)

    one, twenty = (plan_lines(line, AT, DAY)["waiting_cost_micros"].item() for line in (usual, eve))

    # the shelf is empty: 15 yuan of margin, a day's demand against nearly all of the twenty units of the period
    assert one == pytest.approx(15 * YUAN * 10 / 7, rel=0.02)
    assert 200 * YUAN < twenty <= 15 * YUAN * 20


def test_what_waits_must_last_until_an_order_of_its_day_is_there() -> None:
    """Two skus of one supplier who takes orders on Tuesdays: A is looked at every day, the other for its days."""
    settings = Replenishment(transport=Transport(open=False), supplier_order_days={"G1": ("tue",)})
    what = known(("A", "C"), on_hand=[500, 500, 500, 15, 15, 0])
    what = replace(what, sold=what.sold.assign(revenue_13_weeks_micros=np.where(what.sold["sku"] == "A", 10**12, 1)))
    policy = policy_of(settings)
    protection = protection_of(what, forecasts(what), settings, policy)
    plan = plan_day(what, protection, settings, policy, is_excess_wanted=False)

    by_sku = protection.frame.groupby("sku")[["review_period_days", "order_wait_days"]].first()
    assert by_sku.to_dict("index") == {
        "A": {"review_period_days": 1, "order_wait_days": 0},
        "C": {"review_period_days": 5, "order_wait_days": 5},
    }
    c = plan.lines[plan.lines["sku"] == "C"].set_index("warehouse")
    assert (c["need"] > 0).all()
    assert c["quantity"].gt(0).to_dict() == {"east": False, "north": False, "south": True}
    notes = waiting_notes(plan)
    assert len(notes) == 1
    assert "另有 2 行" in notes[0][0]
    assert "2025-06-10" in notes[0][0]
    assert "2025-06-10" in notes[0][1]


def test_a_list_that_holds_more_lines_than_were_asked_for_is_not_called_full() -> None:
    """Two lines a list: two more lose more by waiting than a line costs, the fifth waits."""
    settings = Replenishment(transport=Transport(open=False), max_restock_lines=2, order_line_cost=3)
    what = known(tuple("ABCDE"), on_hand=[5, 500, 500] * 4 + [17, 500, 500])
    policy = policy_of(settings)
    plan = plan_day(what, protection_of(what, forecasts(what), settings, policy), settings, policy)

    assert len(plan.restock) == 4
    ((zh, en),) = waiting_notes(plan)
    assert "比今天列出的都等得起，排到明天" in zh
    assert "they can wait better than all that is listed" in en


def test_a_weekday_is_one_of_seven_and_there_is_one_at_least() -> None:
    with pytest.raises(ValidationError, match="someday"):
        Replenishment(supplier_order_days={"G1": ("someday",)})
    with pytest.raises(ValidationError, match="G1: name at least one weekday"):
        Replenishment(supplier_order_days={"G1": ()})


def test_rounding_leaves_the_spread_of_a_lead_time_a_number() -> None:
    """A supplier that always takes seven days, from whose distribution a difference took a little too much."""
    chance = np.zeros(8)
    chance[7], chance[3] = 1.0, -1e-18
    lead = LeadTime("G1", chance, 7.0, 0.0, None, 1, "receipts")
    settings, what = Replenishment(), known(("A",))

    frame = protection_of(what, forecasts(what), settings, policy_of(settings), measured={"G1": lead}).frame

    assert frame["lead_time_spread_days"].tolist() == [0.0] * len(frame)
