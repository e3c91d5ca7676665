import re

import pandas as pd
import pytest

from include.replenishment.explain import MAX_CLAUSES, amount, explain, explain_in_brief, explained
from include.replenishment.quantity.plan_lines import plan_lines
from include.replenishment.surplus.excess import excess_lines
from include.replenishment.surplus.explain_surplus import explain_excess, explain_transfer
from include.replenishment.surplus.transfer import transfer_lines
from tests.replenishment.lines import plan_inputs
from tests.replenishment.policies import at_level

POLICY = at_level(0.9, budget_micros=300_000_000)


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d[\d,]*(?:\.\d+)?", text))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sentence_holds_every_number_of_the_sum(language):
    inputs = plan_inputs(pack=6, moq=40, lead_time_spread_days=1.5, arriving_later=11, hot_seller=True)
    line = plan_lines(inputs, POLICY, "2025-11-09").iloc[0]

    text = explain(line.to_dict(), language)

    # 20 + 8 - 5 - 3 + 2 = 22; + 2 + 18 - 42 = 0, since the minimum of 42 does not fit into 300 yuan.
    assert {"20", "8", "5", "3", "2", "22", "18", "42", "0", "14", "90.0", "11", "1.5", "420.00"} <= numbers(text)
    assert "2025-11-06" in text
    assert ("预算" in text) == (language == "zh")


def test_a_deliberately_thin_stock_is_called_that():
    thin = at_level(0.5)
    line = plan_lines(plan_inputs(), thin, "2025-11-09").iloc[0].to_dict()

    assert "1 deliberately not held" in explain(line, "en")
    assert "少备（目标低于均值）1" in explain(line, "zh")


def test_an_unknown_language_is_refused():
    line = plan_lines(plan_inputs(), POLICY, "2025-11-09").iloc[0].to_dict()

    with pytest.raises(ValueError, match="'fr'"):
        explain(line, "fr")


def test_a_frame_gets_both_sentences():
    lines = explained(plan_lines(plan_inputs(), POLICY, "2025-11-09"), explain)

    assert "需要 22 件" in lines["why_zh"][0]
    assert "need 22 units" in lines["why_en"][0]


def test_yuan_are_exact():
    assert [amount(m) for m in (0, 4_999, 5_000, 1_234_567_890_000, -10_000)] == [
        "0.00",
        "0.00",
        "0.01",
        "1,234,567.89",
        "-0.01",
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_surplus_sentences_hold_their_numbers(language):
    stock = plan_inputs(on_hand=200, arriving=0, promised=0, daily_mean=1.0, age_days=100)
    excess = excess_lines(stock, POLICY).iloc[0].to_dict()
    assert {"200", "110", "1,100.00", "100"} <= numbers(explain_excess(excess, language))

    pair = pd.DataFrame(
        {
            "sku": ["s", "s"],
            "warehouse": ["north", "south"],
            "surplus": [10, 0],
            "shortage": [0, 8],
            "value_micros": 9_000_000,
        }
    )
    moved = transfer_lines(pair, {}, default_cost_micros=1_000_000).iloc[0].to_dict()
    assert {"10", "8", "8.00", "64.00"} <= numbers(explain_transfer(moved, language))


MOVED = {
    "from_warehouse": "north", "warehouse": "south", "quantity": 8, "surplus": 10, "shortage": 8, "saved_micros": 0,
    "lacking_units": 8, "excess_units": 0, "sales_micros": 0, "minimum_micros": 0, "relief_micros": 0, "held_micros": 0,
    "missed_micros": 0, "cost_micros": 0, "from_free": 90, "from_sold_30": 30, "from_cover_days": 90, "free": 0,
    "sold_30": 30,
}  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (0, 0, "（可用 0 件，近 30 天售 30 件，已断货）"),
        (0, 43, "（可用 0 件，近 30 天售 30 件，已断货；在途到齐后可卖到第 43 天）"),
        (19, 21, "19 天后断货；在途到齐后可卖到第 21 天）"),
        (19, 19, "19 天后断货）"),
        (None, None, "卖不动）"),
    ],
)
def test_a_transfer_tells_when_its_shelf_is_empty_and_until_when_it_lasts(first, last, told):
    line = {**MOVED, "empty_in_days": first, "cover_days": last}

    assert told in explain_transfer(line, "zh")
    assert ("empty now" in explain_transfer(line, "en")) == (first == 0)


def test_a_transfer_of_more_than_lacks_tells_what_the_rest_is_for():
    """71 go: 44 that are lacking, and 27 that would lie too long where they are."""
    more = {**MOVED, "quantity": 71, "shortage": 44, "lacking_units": 44, "excess_units": 40}
    more |= {"empty_in_days": 0, "cover_days": 0}

    assert "缺 44 件；调拨 71 件，其中补缺 44 件、因调出仓积压 27 件；" in explain_transfer(more, "zh")
    assert "move 71: 44 that are lacking, 27 that are too much" in explain_transfer(more, "en")
    assert "其中补缺" not in explain_transfer(more | {"quantity": 44}, "zh")


def test_a_restock_line_says_of_which_days_its_daily_mean_is_and_what_its_reorder_level_is():
    line = plan_lines(plan_inputs(sold_7=10, sold_30=40), POLICY, "2025-11-09").iloc[0].to_dict()

    assert f"未来 14 天日均预测 {line['daily_mean']:.1f} 件" in explain(line, "zh")
    assert line["order_up_to"] == line["period_forecast"] - line["lost_before_arrival"] + line["safety_stock"]
    assert f"低于补货点 {line['order_up_to']} 件（备货周期预测 − 补不上 + 安全库存）" in explain(line, "zh")


@pytest.mark.parametrize(("language", "between"), [("zh", "；"), ("en", "; ")])
def test_the_reason_in_brief_begins_with_what_decides_and_has_four_clauses(language, between):
    inputs = plan_inputs(pack=6, moq=40, lead_time_spread_days=1.5, arriving_later=11, hot_seller=True)
    line = plan_lines(inputs, POLICY, "2025-11-09").iloc[0].to_dict()
    most = {"zh": "华东仓 可用 300 件，让不出", "en": "华东仓 has 300 free, none to spare"}
    line |= {f"{name}_{each}": most[each] for name in ("elsewhere", "most_elsewhere") for each in most}

    brief, whole = (each(line, language) for each in (explain_in_brief, explain))

    clauses = brief[:-1].split(between)
    assert len(clauses) == MAX_CLAUSES < len(whole[:-1].split(between))
    # The budget cut it to nothing; by when to order; 28 for 14 days, 6 there or coming, need 22; elsewhere.
    assert {"42", "420.00"} <= numbers(clauses[0])
    assert "2025-11-06" in clauses[1]
    assert numbers(clauses[2]) == {"14", "28", "6", "22"}
    assert most[language] in clauses[3]
    assert all(clause in whole for clause in (clauses[0], clauses[1], clauses[3]))


def test_what_is_owed_beyond_the_stock_is_no_stock_below_zero():
    line = plan_lines(plan_inputs(on_hand=0, arriving=3, promised=19), POLICY, "2025-11-09").iloc[0].to_dict()

    assert "14 天要备 28 件，现有连在途不够已售未发，差 16 件，需要 44 件" in explain_in_brief(line, "zh")
    assert "28 to last 14 days, 16 owed beyond what is there or coming, need 44" in explain_in_brief(line, "en")


def test_few_sales_of_an_empty_shelf_and_a_large_safety_stock_are_explained():
    """384 are ordered though nothing sold in 30 days, and the safety stock is above the forecast."""
    inputs = plan_inputs(sold_30=0, empty_30=26, daily_mean=2.0, **{"q0.9": 50.0})
    line = plan_lines(inputs, at_level(0.9), "2025-11-09").iloc[0].to_dict()

    for text in (explain(line, "zh"), explain_in_brief(line, "zh")):
        assert "近 30 天约 26 天断货，售 0 件不等于没人要" in text
        assert "需求不稳：平均 20 件，要有 90.0% 的把握（按 AY 类设定）得备 50 件" in text
    shown = plan_lines(plan_inputs(sold_30=50, empty_30=5), POLICY, "2025-11-09").iloc[0].to_dict()
    assert "断货，售" not in explain(shown, "zh"), "what sells as expected needs no excuse"


@pytest.mark.parametrize(
    ("changes", "inputs", "origin"),
    [
        ({}, {}, "class"),
        ({"holding_weight": 1.0}, {}, "highest"),
        ({"holding_weight": 1.0, "highest_level": 0.9999}, {}, "cost"),
        ({"holding_weight": 1.0, "level_overrides": {"sku:S1": 0.8}}, {}, "own"),
        ({"new_sku_level": 0.6}, {"basis": "analogue"}, "new"),
        ({"holiday_level": 0.6}, {"rest_days": 20}, "holiday"),
    ],
)
def test_a_line_says_where_its_service_level_is_from(changes, inputs, origin):
    line = plan_lines(plan_inputs(**inputs), at_level(0.9, **changes), "2025-11-09").iloc[0]

    assert line["level_from"] == origin
    assert f"服务水平 {100 * line['service_level']:.1f}%：" in explain(line.to_dict(), "zh")
