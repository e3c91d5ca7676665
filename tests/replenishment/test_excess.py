from typing import Any

import numpy as np
import pandas as pd
import pytest

from include.replenishment.surplus.excess import ACTIONS, excess_lines, grades
from include.replenishment.surplus.explain_surplus import explain_excess
from include.settings.stock.excess import Excess
from tests.replenishment.policies import a_policy


def stock(**changes: Any) -> pd.DataFrame:
    """200 there, one sold a day: 110 are more than 90 days' worth. Bought at 10 yuan, sold at 20."""
    line = {
        "sku": "S1",
        "warehouse": "east",
        "on_hand": 200,
        "promised": 0,
        "arriving": 0,
        "daily_mean": 1.0,
        "age_days": 10,
        "unit_cost_micros": 10_000_000,
        "unit_price_micros": 20_000_000,
        "sold_30": 50,
        "sold_91": 182,
    }
    return pd.DataFrame([{**line, **changes}]).astype({"age_days": "Int64"})


def test_only_what_exceeds_the_cover_is_too_much():
    line = excess_lines(stock(), a_policy()).iloc[0]

    assert line["quantity"] == 110
    assert line["cover_days"] == 200
    # What really sold: 50 of 250 in 30 days; 182 in 91, two a day, so that 200 last 100 days.
    assert line["sell_through"] == 0.2
    assert line["sold_cover_days"] == 100
    assert line["tied_up_micros"] == 1_100_000_000
    assert excess_lines(stock(on_hand=90), a_policy()).empty


def test_promised_units_and_units_on_their_way_are_not_ours_to_clear():
    assert excess_lines(stock(on_hand=200, promised=150, arriving=150), a_policy())["quantity"].tolist() == [50]


def test_points_make_the_grade():
    rules = Excess()
    cover = np.array([100.0, 200.0, 100.0, 200.0, np.inf])
    age = np.array([10.0, 10.0, 100.0, 100.0, 400.0])
    margin = np.array([0.5, 0.5, 0.5, 0.5, 0.1])

    assert grades(cover, age, margin, rules).tolist() == ["C", "B", "B", "A", "S"]


def test_the_action_is_the_one_that_costs_least_and_all_costs_are_kept():
    line = excess_lines(stock(returnable_units=110, return_fee=0.2, companion="S2"), a_policy()).iloc[0]

    costs = {action: line[f"cost_{action}_micros"] for action in ACTIONS}
    assert costs[line["action"]] == min(costs.values())
    assert line["action_cost_micros"] == min(costs.values())
    # 20 % of 10 yuan kept by the supplier; 70 % of cost lost to the liquidator.
    assert costs["return"] == 220_000_000
    assert costs["clear"] == 770_000_000
    # Held from day 90 to day 200, 145 on average, at 25 % of 10 yuan a year.
    assert costs["hold"] == round(110 * 145 * 10_000_000 * 0.25 / 365)


def test_what_does_not_sell_can_only_be_returned_cleared_or_written_off():
    line = excess_lines(stock(daily_mean=0.0, companion="S2", age_days=400), a_policy()).iloc[0]

    assert line["action"] == "clear"
    assert pd.isna(line["cost_promote_micros"])
    assert pd.isna(line["cost_bundle_micros"])
    assert pd.isna(line["cover_days"])
    assert line["saved_micros"] > 0


def test_the_worst_come_first():
    both = pd.concat([stock(sku="mild"), stock(sku="dead", daily_mean=0.0, age_days=400)])

    assert excess_lines(both, a_policy())["sku"].tolist() == ["dead", "mild"]


def test_a_sku_is_got_rid_of_in_one_way_in_all_warehouses() -> None:
    """East alone would clear what sells nothing there; north alone would bundle what sells a little."""
    dead, slow = {"daily_mean": 0.0, "age_days": 400, "companion": "S2"}, {"daily_mean": 0.1, "companion": "S2"}
    both = pd.concat([stock(**dead), stock(warehouse="north", **slow)], ignore_index=True)
    worthless = a_policy(excess=Excess(clearance_share=0.0))
    alone = [excess_lines(both.iloc[[row]], worthless)["action"].tolist() for row in (0, 1)]
    assert alone == [["clear"], ["bundle"]]

    lines = excess_lines(both, worthless)

    assert len(set(lines["action"]) - {"hold"}) == 1
    assert (lines["saved_micros"] >= 0).all()


def test_what_another_warehouse_buys_or_what_saves_little_is_held() -> None:
    dead = stock(daily_mean=0.0, age_days=400)

    assert excess_lines(dead.assign(is_bought=True), a_policy())["action"].tolist() == ["hold"]
    spoils = dead.assign(is_bought=True, spoiling_units=50, days_left=20)
    assert excess_lines(spoils, a_policy())["action"].tolist() == ["clear"]
    assert excess_lines(spoils.assign(days_left=530), a_policy())["action"].tolist() == ["hold"]
    # One piece at 10 yuan: clearing it saves less than 20 yuan.
    assert excess_lines(stock(on_hand=1, daily_mean=0.0), a_policy())["action"].tolist() == ["hold"]


def test_a_promotion_has_a_price_days_and_a_floor_and_counts_what_sells_anyway() -> None:
    """110 too many and 45 that sell anyway in 45 days: 155 / 45 times as many, at (1 - discount) ** -2.5. Of the 110,
    80 would not sell before the sku ends in 120 days, and earn their margin of 10 less the discount."""
    line = excess_lines(stock(sellable_days=120), a_policy()).iloc[0]

    assert line["action"] == "promote"
    given_away, held = 155 * line["discount"] * 20, 110 * 10 * 0.25 / 365 * 22.5
    assert line["cost_promote_micros"] == pytest.approx((given_away - 80 * 10 + held) * 1_000_000)
    assert line["discount"] == pytest.approx(1 - (155 / 45) ** -0.4)
    assert line["action_price_micros"] == round(20_000_000 * (1 - line["discount"]))
    assert line["action_days"] == 45
    assert 10_000_000 <= line["floor_price_micros"] <= line["action_price_micros"]


def test_only_what_came_within_the_suppliers_window_goes_back() -> None:
    """40 of the 60 came lately: these go back for a tenth of their cost, the others stay."""
    lately = stock(on_hand=60, daily_mean=0.0, age_days=400, returnable_units=40, return_fee=0.1)
    line = excess_lines(lately, a_policy(excess=Excess(clearance_share=0.0))).iloc[0]

    assert line[["action", "action_units", "quantity"]].tolist() == ["return", 40, 60]
    assert "手续费 10%" in explain_excess({**line.to_dict(), "days_left": None}, "zh")


def test_a_bundle_needs_a_partner_with_units_beyond_its_own_need() -> None:
    """110 too many: with 109 to spare of the partner there is no bundle, with 110 there is."""
    for spare, possible in ((109, False), (110, True)):
        line = excess_lines(stock(companion="S2", companion_spare=spare), a_policy()).iloc[0]
        assert pd.notna(line["cost_bundle_micros"]) == possible


def test_what_just_came_is_left_alone_unless_it_spoils_or_ends() -> None:
    """200 there, of which 90 are kept and 150 came lately: only the 50 older ones are too many so far."""
    policy = a_policy()
    line = excess_lines(stock(fresh_units=150), policy).iloc[0]
    assert line[["quantity", "too_fresh"]].tolist() == [50, 60]
    # All came lately: nothing is asked for, and it is told of.
    (waits,) = excess_lines(stock(fresh_units=200, daily_mean=0.0), policy).to_dict("records")
    assert (waits["quantity"], waits["too_fresh"], waits["action"]) == (0, 200, "hold")
    spoils = stock(fresh_units=200, spoiling_units=30)
    assert excess_lines(spoils.assign(days_left=180), policy)["quantity"].tolist() == [30]
    # What has more than a year of shelf life left can wait two weeks, whether it will sell before or not.
    assert excess_lines(spoils.assign(days_left=530), policy)["quantity"].tolist() == [0]
    ended = excess_lines(stock(fresh_units=200, daily_mean=0.0, sellable_days=0), policy).iloc[0]
    assert ended[["quantity", "action", "action_units"]].tolist() == [200, "clear", 200]
    at_once = a_policy(excess=Excess(patience_days=0))
    assert excess_lines(stock(), at_once)["quantity"].tolist() == [110]


def test_what_is_off_sale_goes_to_the_last_unit_in_every_warehouse() -> None:
    """Boxes of 12 say nothing here: 7, 13 and 25 pieces are cleared as they are."""
    gone = [stock(warehouse=name, on_hand=units, daily_mean=0.0, sellable_days=0, age_days=400, pack=12)
            for name, units in (("east", 7), ("north", 13), ("south", 25))]  # fmt: skip
    lines = excess_lines(pd.concat(gone, ignore_index=True), a_policy()).set_index("warehouse")
    assert lines["action_units"].to_dict() == {"south": 25, "north": 13, "east": 7}
    assert set(lines["action"]) == {"clear"}


def test_the_merchant_says_what_each_way_costs_and_what_is_near_its_end() -> None:
    def line(rules: Excess, **changes: Any) -> pd.Series:
        return excess_lines(stock(**changes), a_policy(excess=rules)).iloc[0]

    # 110 of 200 too many, bought at 10 yuan: 1,100 yuan at cost.
    assert line(Excess(clearance_share=0.5))["cost_clear_micros"] == 550_000_000
    # The excess and 45 days' sales: 155 in the place of 45, so 1 - (155 / 45) ** (-1 / 2.5) = 39 % off.
    assert pd.isna(line(Excess(max_markdown=0.38))["cost_promote_micros"])
    assert line(Excess(max_markdown=0.40))["cost_promote_micros"] > 0
    # 100 of the 200 sell in 100 days: 110 x 10 yuan x 25 % x 100 / 365 are 75.34, and the other 100 are lost.
    assert line(Excess(written_off_days=100))["cost_hold_micros"] == pytest.approx(1_075.34e6, rel=1e-5)
    spoils = {"is_bought": True, "spoiling_units": 50, "days_left": 20, "daily_mean": 0.0, "age_days": 400}
    assert [line(Excess(near_end_days=days), **spoils)["action"] for days in (20, 19)] == ["clear", "hold"]
    assert [line(Excess(thin_margin=share), age_days=91)["grade"] for share in (0.15, 0.6)] == ["A", "S"]
