import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.replenishment.explain import explain
from include.replenishment.quantity.plan_lines import plan_lines, restock_lines
from tests.replenishment.lines import plan_inputs
from tests.replenishment.policies import a_policy, at_level

DAY = "2025-11-09"
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99)


@st.composite
def many_inputs(draw) -> pd.DataFrame:
    count = draw(st.integers(1, 12))
    least = draw(st.sampled_from([0, 500_000_000, 5_000_000_000]))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = generator.gamma(1.0, 10.0, size=(count, len(LEVELS))).cumsum(axis=1)
    frame = pd.DataFrame(
        {
            "sku": [f"S{i // 2}" for i in range(count)],
            "warehouse": [("east", "west")[i % 2] for i in range(count)],
            "category": "care",
            "supplier": [("north", "south")[i % 3 // 2] for i in range(count)],
            "supplier_minimum_micros": [(0, least)[i % 3 // 2] for i in range(count)],
            "mean_demand": spread[:, 1] * generator.uniform(0.5, 1.5, count),
            "daily_mean": spread[:, 1] / 14,
            "review_period_days": 7,
            "lead_time_days": generator.integers(0, 30, count).astype(float),
            "on_hand": generator.integers(0, 80, count),
            "promised": generator.integers(0, 30, count),
            "arriving": generator.integers(0, 30, count),
            "unit_cost_micros": generator.integers(0, 50_000_000, count),
            "unit_price_micros": generator.integers(0, 90_000_000, count),
            "pack": generator.integers(1, 13, count),
            "moq": generator.choice([0, 1, 10, 50], count),
            "shelf_life_days": pd.array(generator.choice([None, 5, 30, 400], count), dtype="Int64"),
            "revenue_13_weeks_micros": generator.integers(0, 10**9, count),
            "weekly_cv": generator.uniform(0, 2, count),
        }
    )
    for place, level in enumerate(LEVELS):
        frame[f"q{level}"] = spread[:, place]
    return frame


@given(many_inputs(), st.none() | st.integers(0, 5_000_000_000), st.integers(0, 1_000_000_000))
@settings(max_examples=25, deadline=None)
def test_the_sum_holds_in_whole_units_whatever_cuts_it(inputs, budget, fund):
    plan = plan_lines(inputs, a_policy(budget_micros=budget, emergency_fund_micros=fund), DAY)

    need = plan["protection_demand"] + plan["safety_stock"] - plan["on_hand"] - plan["arriving"] + plan["promised"]
    assert (need == plan["need"]).all()
    total = (
        plan["need"].clip(lower=0)
        - plan["deferred"]
        + plan["pack_rounding"]
        + plan["cycle_raise"]
        + plan["moq_raise"]
        - plan["shelf_life_cut"]
        - plan["budget_cut"]
    )
    assert (total == plan["quantity"]).all()
    assert (plan["quantity"] % plan["pack"] == 0).all()
    minimum = -(-plan["moq"] // plan["pack"]) * plan["pack"]
    assert ((plan["quantity"] == 0) | (plan["quantity"] >= minimum)).all()
    for term in (
        "pack_rounding",
        "cycle_raise",
        "moq_raise",
        "shelf_life_cut",
        "budget_cut",
        "quantity",
        "from_emergency_fund",
    ):
        assert (plan[term] >= 0).all()
        assert plan[term].dtype == "int64"
    assert (plan["supplier_raise"] <= plan["moq_raise"]).all()
    # A supplier gets its least order or none, but where a person is asked to talk to it.
    for supplier, order in plan.groupby("supplier"):
        value, least = order["cost_micros"].sum(), order["supplier_minimum_micros"].max()
        assert value == 0 or value >= least or order["is_below_supplier_minimum"].any(), supplier
    if budget is not None:
        spent_by_fund = (plan["from_emergency_fund"] * inputs["unit_cost_micros"]).sum()
        assert spent_by_fund <= fund
        assert plan["cost_micros"].sum() - spent_by_fund <= budget


@given(many_inputs(), st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_more_stock_never_orders_more_and_more_demand_never_less(inputs, extra):
    # Where a supplier has a least order, one line may be raised less because another now fills it.
    inputs = inputs.assign(supplier_minimum_micros=0)
    plan = plan_lines(inputs, a_policy(), DAY)

    stocked = plan_lines(inputs.assign(on_hand=inputs["on_hand"] + extra), a_policy(), DAY)
    assert (stocked["quantity"] <= plan["quantity"]).all()

    busier = inputs.copy()
    for level in LEVELS:
        busier[f"q{level}"] += extra
    busier["mean_demand"] += extra
    busier["daily_mean"] += extra / 14
    assert (plan_lines(busier, a_policy(), DAY)["quantity"] >= plan["quantity"]).all()


def test_one_line_by_hand():
    plan = plan_lines(plan_inputs(), at_level(0.9), DAY).iloc[0]

    # up to q0.9 = 28: 20 mean + 8 safety - 5 on hand - 3 arriving + 2 promised = 22
    assert plan[["protection_demand", "safety_stock", "need", "quantity"]].tolist() == [20, 8, 22, 22]
    assert plan["cost_micros"] == 220_000_000
    # 5 + 3 - 2 = 6 units last 4 whole days at 10 a week; goods ordered now come in 7: it was to be ordered 3 days ago.
    assert plan["last_order_day"] == "2025-11-06"
    assert plan["due_day"] == "2025-11-10"
    assert "late_already" in plan["reasons"]


def test_the_level_between_two_quantiles_is_read_between_them():
    # q0.9 = 28, q0.95 = 32: the level 0.925 reads 30.
    assert plan_lines(plan_inputs(), at_level(0.925), DAY)["order_up_to"].tolist() == [30]


def test_a_low_level_holds_less_than_the_mean_and_says_so():
    plan = plan_lines(plan_inputs(), at_level(0.5), DAY).iloc[0]

    assert plan["safety_stock"] == -1
    assert plan["need"] == 13


def test_a_borrowed_forecast_is_not_trusted_with_a_high_level_unless_somebody_says_so():
    guess = plan_inputs(basis="analogue")

    # Between q0.5 = 19 and q0.9 = 28, level 0.6 reads 21.25.
    assert plan_lines(guess, at_level(0.9), DAY)["order_up_to"].tolist() == [22]
    told = at_level(0.9, level_overrides={"sku:S1": 0.9})
    assert plan_lines(guess, told, DAY)["order_up_to"].tolist() == [28]


def test_the_level_of_a_young_sku_rises_with_the_days_it_has_been_on_sale():
    young = pd.concat([plan_inputs(sku=f"S{days}", days_on_sale=days) for days in (0, 30, 91)], ignore_index=True)
    levels = plan_lines(young, at_level(0.9), DAY)["service_level"]

    assert levels.tolist() == pytest.approx([0.6, 0.6 + 0.4 * 30 / 91, 0.9])
    told = plan_lines(young, at_level(0.9, level_overrides={"sku:S0": 0.9}), DAY)["service_level"]
    assert told[0] == 0.9


def test_the_level_of_a_young_sku_rises_with_what_it_has_sold_in_all_warehouses():
    young = pd.concat(
        [
            plan_inputs(days_on_sale=13, units_13_weeks=units, warehouse=place)
            for place, units in (("a", 40), ("b", 10))
        ],
        ignore_index=True,
    )
    levels = plan_lines(young, at_level(0.9), DAY)["service_level"]
    assert levels.tolist() == pytest.approx([0.6 + 0.4 * 0.5] * 2)  # 50 of 100 units, where 13 of 91 days were less
    sold_out = plan_lines(young.assign(units_13_weeks=300), at_level(0.9), DAY)["service_level"]
    assert sold_out.tolist() == [0.9, 0.9]
    guess = plan_lines(young.assign(units_13_weeks=300, basis="analogue"), at_level(0.9), DAY)["service_level"]
    assert guess.tolist() == [0.6, 0.6]


def test_no_level_reckoned_from_cost_is_above_the_highest():
    dear = plan_inputs(unit_price_micros=100_000_000)
    for highest in (0.98, 0.995):
        policy = at_level(0.5, holding_weight=1.0, highest_level=highest)
        assert plan_lines(dear, policy, DAY)["service_level"].tolist() == [highest]


def test_what_lasts_through_a_holiday_is_held_at_its_own_level_at_most():
    lines = pd.concat([plan_inputs(warehouse=str(days), rest_days=days) for days in (0, 2.4, 12)], ignore_index=True)
    plan = plan_lines(lines, at_level(0.95, holiday_level=0.9), DAY)
    assert plan["service_level"].tolist() == [0.95, 0.95, 0.9]
    assert plan["order_up_to"].tolist() == [32, 32, 28]
    assert (plan["protection_demand"] + plan["safety_stock"] == plan["order_up_to"]).all()
    assert [("supplier_rests" in reasons.split()) for reasons in plan["reasons"]] == [False, False, True]
    assert plan_lines(lines, at_level(0.95), DAY)["service_level"].tolist() == [0.95] * 3
    told = plan_lines(lines, at_level(0.95, holiday_level=0.9, level_overrides={"sku:S1": 0.97}), DAY)
    assert told["service_level"].tolist() == [0.97] * 3


def test_packs_then_the_minimum_raise_an_order():
    plan = plan_lines(plan_inputs(pack=6, moq=40), at_level(0.9), DAY).iloc[0]

    # 22 wanted, 24 in packs of 6, and 42 are the packs that hold the minimum of 40.
    assert plan[["need", "pack_rounding", "moq_raise", "quantity"]].tolist() == [22, 2, 18, 42]


def test_an_order_that_would_spoil_is_cut_and_one_below_the_minimum_is_none():
    # 10 a week sell 20 in 14 days; 6 are there: room for 14, two packs of 6.
    cut = plan_lines(plan_inputs(pack=6, shelf_life_days=14), at_level(0.9), DAY).iloc[0]
    assert cut[["pack_rounding", "shelf_life_cut", "quantity"]].tolist() == [2, 12, 12]

    none = plan_lines(plan_inputs(pack=6, moq=24, shelf_life_days=14), at_level(0.9), DAY).iloc[0]
    assert none[["shelf_life_cut", "quantity"]].tolist() == [24, 0]


def test_the_budget_goes_where_a_yuan_earns_most():
    rich = plan_inputs(sku="rich", unit_price_micros=40_000_000)
    poor = plan_inputs(sku="poor", unit_price_micros=11_000_000)

    plan = plan_lines(pd.concat([poor, rich]), at_level(0.9, budget_micros=220_000_000), DAY)

    bought = dict(zip(plan["sku"], plan["quantity"], strict=True))
    assert bought["rich"] > bought["poor"]
    assert plan["cost_micros"].sum() == 220_000_000
    assert plan["budget_cut_micros"].sum() == 220_000_000


def test_the_emergency_fund_pays_only_for_empty_shelves_of_a_skus():
    empty = plan_inputs(sku="empty", on_hand=0, arriving=0, promised=0)
    stocked = plan_inputs(sku="stocked")

    plan = plan_lines(
        pd.concat([empty, stocked]), at_level(0.9, budget_micros=0, emergency_fund_micros=100_000_000), DAY
    )

    assert plan["abc"].tolist() == ["A", "A"]
    assert plan["quantity"].tolist() == [10, 0]
    assert plan["from_emergency_fund"].tolist() == [10, 0]
    assert "emergency_fund" in plan["reasons"][0]


def test_money_at_risk_is_the_sales_that_what_is_there_would_miss():
    # Demand is surely 10: flat quantiles. 4 are there, 6 are missed at 25 yuan.
    certain = {"q0.5": 10.0, "q0.9": 10.0, "q0.95": 10.0, "q0.99": 10.0}
    plan = plan_lines(plan_inputs(on_hand=4, arriving=0, promised=0, **certain), at_level(0.95), DAY)

    # The distribution rises to its lowest quantile from zero: half of its mass is spread over 0..10.
    met = 0.5 * (0.4 * 2 + 0.6 * 4) + 0.5 * 4
    assert plan["money_at_risk_micros"][0] == round((7.5 - met) * 25_000_000)


def test_only_lines_with_something_to_do_are_listed_and_most_risk_comes_first():
    full = plan_inputs(sku="full", on_hand=500)
    small = plan_inputs(sku="small", unit_price_micros=12_000_000)
    large = plan_inputs(sku="large")

    lines = restock_lines(plan_lines(pd.concat([full, small, large]), at_level(0.9), DAY))

    assert lines["sku"].tolist() == ["large", "small"]


def test_an_unknown_cost_is_said_and_not_taken_for_nothing():
    plan = plan_lines(plan_inputs(unit_cost_micros=pd.NA, unit_price_micros=pd.NA), at_level(0.9), DAY).iloc[0]

    assert pd.isna(plan["cost_micros"])
    assert pd.isna(plan["money_at_risk_micros"])
    assert "cost_unknown" in plan["reasons"]
    assert plan["quantity"] == 22


def test_missing_columns_and_repeated_subjects_are_named():
    with pytest.raises(ValueError, match="lack on_hand"):
        plan_lines(plan_inputs().drop(columns="on_hand"), a_policy(), DAY)
    with pytest.raises(ValueError, match=r"sku S1 at east has no q0\.95"):
        plan_lines(plan_inputs(**{"q0.95": np.nan}), a_policy(), DAY)
    with pytest.raises(ValueError, match="sku S1 at east stands twice"):
        plan_lines(pd.concat([plan_inputs(), plan_inputs()]), a_policy(), DAY)


def test_a_sku_that_does_not_sell_has_no_last_order_day():
    still = {"q0.5": 0.0, "q0.9": 0.0, "q0.95": 0.0, "q0.99": 0.0}
    plan = plan_lines(plan_inputs(mean_demand=0.0, daily_mean=0.0, promised=0, **still), a_policy(), DAY)

    assert plan["last_order_day"].isna().all()
    assert plan["stock_lasts_days"].isna().all()
    assert plan["quantity"].tolist() == [0]


def walked(lost: int, first_empty: float, runs_out: float, lacks_from: float, **changes) -> dict:
    """A line of 7 days' lead time; its shelf as `outlook` sees it."""
    days = {"first_empty_days": first_empty, "runs_out_days": runs_out, "lacks_from_days": lacks_from}
    inputs = plan_inputs(lost_before_arrival=lost, **days, **changes)
    return plan_lines(inputs, at_level(0.95), DAY).iloc[0].to_dict()


def test_the_last_order_day_says_until_when_an_order_helps_and_what_is_missing_before_is_explained() -> None:
    # Two days without goods before those under way are there, which no order of today can help; these last 40 days.
    helped = walked(2, 3, 40, 40)
    assert (helped["last_order_day"], helped["order_spare_days"]) == ("2025-12-12", 33)
    assert "此前预计缺货 2 件（补不上，未计入订货）" in explain(helped, "zh")
    assert "补不上的之外，最晚 2025-12-12 下单才不再断货" in explain(helped, "zh")
    assert "lost_by_risk" not in helped["reasons"]
    # Nothing is missing at the expected pace: it is the risk that more sells.
    risk = walked(2, 40, 40, 40)
    assert "按日均预测此前不会断货" in explain(risk, "zh")
    # The shelf is bare when an order of today comes: it is late already.
    late = walked(2, 3, 40, 7)
    assert late["last_order_day"] == DAY
    assert f"不断货的最晚下单日 {DAY} 已过" in explain(late, "zh")
    # Owed units that nothing under way covers wait for the order, however long other goods would last.
    owed = walked(0, 40, 40, 40, on_hand=0, arriving=0, promised=3)
    assert owed["last_order_day"] == DAY


def test_where_nothing_can_be_ordered_before_it_spoils_there_is_no_last_order_day() -> None:
    spoils = walked(0, 3, 3, 3, shelf_life_days=5, moq=50)
    assert (spoils["quantity"], spoils["shelf_life_cut"] > 0) == (0, True)
    assert pd.isna(spoils["last_order_day"])


def test_what_is_taken_off_sale_is_ordered_to_the_unit() -> None:
    """Three customers wait in each of three warehouses. Boxes of 12 would leave 27 that nobody buys."""
    places = [plan_inputs(warehouse=name, pack=12, moq=24, ended_day="2025-11-12", mean_demand=0.0, daily_mean=0.0,
                          on_hand=0, arriving=0, promised=3, **dict.fromkeys(["q0.5", "q0.9", "q0.95", "q0.99"], 0.0))
              for name in ("east", "north", "south")]  # fmt: skip
    lines = plan_lines(pd.concat(places, ignore_index=True), a_policy(), DAY)

    assert lines["quantity"].tolist() == [3, 3, 3]
    assert lines[["pack_rounding", "moq_raise"]].to_numpy().sum() == 0
    text = explain(lines.iloc[0].to_dict(), "zh")
    assert "不凑整箱（箱规 12 件）和起订量，请先问供应商能否拆零" in text
    goes_on = plan_lines(places[0].assign(ended_day=None), a_policy(), DAY)
    assert goes_on["quantity"].tolist() == [24]


def test_the_merchant_says_when_a_supplier_is_often_late_and_what_a_holiday_is():
    def reasons(**changes) -> list[str]:
        line = plan_inputs(supplier_on_time_share=0.7, rest_days=2.0)
        return plan_lines(line, at_level(0.9, **changes), DAY)["reasons"][0].split()

    assert ("supplier_often_late" in reasons(), "supplier_rests" in reasons()) == (True, False)
    said = reasons(often_late_below=0.7, min_holiday_days=2)
    assert ("supplier_often_late" in said, "supplier_rests" in said) == (False, True)


def test_the_merchant_says_when_a_sku_is_settled_and_how_low_a_level_may_be():
    young = plan_inputs(days_on_sale=30, units_13_weeks=10)
    assert plan_lines(young, at_level(0.9, settled_days=60.0), DAY)["service_level"].tolist() == pytest.approx([0.8])
    assert plan_lines(young, at_level(0.9, settled_units=20.0), DAY)["service_level"].tolist() == pytest.approx([0.8])
    poor = plan_inputs(unit_price_micros=10_000_000)  # nothing is earned by it
    for lowest in (0.3, 0.5):
        policy = at_level(0.9, holding_weight=1.0, lowest_level=lowest)
        assert plan_lines(poor, policy, DAY)["service_level"].tolist() == [lowest]
