"""What the recall list says: sums that add up, reasons that the dates bear out, and no code words."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from include.customers.history import order_history
from include.customers.recall.calls.occasions import Occasion
from include.customers.recall.calls.sentences import (
    all_left_out_in_words,
    expected_in_words,
    left_out_in_words,
    offer_with_cost,
    opening_in_words,
    reason_in_words,
    sum_in_words,
)
from include.customers.recall.choose import recall_lines, with_other_offers
from include.customers.recall.effect import Effect
from include.customers.recall.worth import chance_with_contact, totals
from include.settings.people.contacts import ContactChannel, Offer
from include.settings.people.customers import Customers
from tests.recall_sums import adds_up

AS_OF = "2024-06-30"
COUPON = Offer(name="coupon_10", zh="十元券", en="ten yuan off", cost=10, taken_by=0.8, effect_of_offer=0.2)
CALL = ContactChannel(name="call", zh="电话", en="phone", capacity=100, effect_of_contact=0.1, minutes_per_contact=5)
TEXT = ContactChannel(name="sms", zh="平台短信", en="text", capacity=100, effect_of_contact=0.02, cost_per_contact=0.05)


def merchant(costs: bool = True, count: int = 300, seed: int = 1) -> pd.DataFrame:
    """Customer orders of half a year, of customers who differ in everything."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"c{one:03d}", str(np.datetime64("2023-12-01") + int(day)), money)
        for one in range(count)
        for day, money in zip(
            np.unique(rng.integers(0, 205, rng.integers(1, 7))), rng.uniform(20, 900, 9), strict=False
        )
    ]
    frame = pd.DataFrame(rows, columns=["customer", "day", "yuan"])
    frame["order_id"] = frame["customer"] + "/" + frame["day"]
    frame["revenue_micros"] = (frame["yuan"] * 100).round().astype("int64") * 10_000
    frame["cost_micros"] = (frame["revenue_micros"] * rng.uniform(0.3, 0.8, len(frame))).astype("int64")
    return frame if costs else frame.drop(columns="cost_micros")


def chosen(orders: pd.DataFrame, **changes):
    rules = Customers(
        **{"control_share": 0.0, "contact_channels": (CALL, TEXT), "offers": (COUPON,), "horizon_days": 60, **changes}
    )
    history = order_history(orders.assign(shop="web"))
    risk = np.random.default_rng(2).uniform(0.2, 0.98, len(history.customers))
    scores = pd.DataFrame({"customer": history.customers.astype(str), "p_churn": risk, "expected_orders": 0.3})
    return recall_lines(scores, history, AS_OF, rules, b"key"), rules


@pytest.mark.parametrize("costs", [True, False])
def test_every_line_adds_up_to_the_cent_as_it_is_told(costs):
    found, _ = chosen(merchant(costs))

    lines = found.lines.to_dict("records")
    gains = [adds_up(sum_in_words(line, "zh")) for line in lines]
    assert len(lines) > 50
    assert gains == [Decimal(line["gain_micros"]) / 1_000_000 for line in lines]
    assert all(gain > 0 for gain in gains)
    assert {line["offer"] for line in lines} == {"coupon_10"} or {line["offer"] for line in lines} == {"none"}
    said = sum_in_words(lines[0], "zh")
    assert ("按所购商品的成本" if costs else "成本未知，按设置") in said
    assert f"expected {lines[0]['brings_micros'] / 1e6:.2f} - " in sum_in_words(lines[0], "en", "EUR")


def test_a_coupon_is_paid_to_those_too_who_would_have_come():
    # given a coupon of 40 yuan that helps a little: over all whom it fits it costs more than it brings
    dear = COUPON.model_copy(update={"cost": 40.0, "effect_of_offer": 0.02})
    found, _ = chosen(merchant(), offers=(dear,))
    cheap, _ = chosen(merchant(), offers=(dear.model_copy(update={"cost": 0.5}),))

    assert set(found.lines["offer"]) == {"none"}
    assert set(cheap.lines["offer"]) == {"coupon_10"}
    line = cheap.lines.iloc[0]
    with_it = line["return_with_contact"] * line["taken"] * 0.5  # of all who return, not of those won alone
    assert line["offers_micros"] == pytest.approx(with_it * 1e6, abs=5001)


def test_margin_is_of_what_the_customer_buys():
    # given two who pay the same at the same pace: one buys what costs 30 of 100, the other what costs 90
    days = ("2024-02-01", "2024-03-01", "2024-04-01")
    rows = [(name, day, cost) for name, cost in (("dear", 30), ("poor", 90)) for day in days]
    frame = pd.DataFrame(rows, columns=["customer", "day", "cost"])
    frame = frame.assign(order_id="o", revenue_micros=100_000_000, cost_micros=frame["cost"] * 1_000_000)

    found, _ = chosen(frame, offers=(), wage_per_hour=0)

    rates = found.lines.set_index("customer")["margin_rate"].to_dict()
    # (3 x 70 + one order at the merchant's 0.4) / 4, and (3 x 10 + 40) / 4
    assert rates == {"dear": 0.625, "poor": 0.175}


def test_who_costs_more_than_they_bring_is_left_out_and_counted():
    free, _ = chosen(merchant(), contact_channels=(CALL,), offers=(), wage_per_hour=0)
    paid, rules = chosen(merchant(), contact_channels=(CALL,), offers=(), wage_per_hour=240)  # 20 yuan a call

    assert 0 < len(paid.lines) < len(free.lines)
    assert paid.left_out["not worth"] >= len(free.lines) - len(paid.lines)
    told = dict(zip(("zh", "en"), zip(*left_out_in_words(paid.left_out, rules), strict=True), strict=True))
    assert (
        told["zh"][0]
        == f"{paid.left_out['not worth']} 位客户联系不合算（预计多带来的毛利抵不过优惠和联系成本），未列入。"
    )
    head, _ = expected_in_words(paid.lines.to_dict("records"), None, "CNY")
    assert head.startswith(f"名单上 {len(paid.lines)} 人预计净赚 {paid.lines['gain_micros'].sum() / 1e6:.2f} 元：")
    assert "效果有的还按设置估计" in head


def test_all_who_are_left_out_are_counted_in_one_short_sentence():
    counts = {"not worth": 3, "in rhythm": 40, "full": 0}
    told = all_left_out_in_words(counts)
    assert told == (
        "另有 43 人未列入：还在自己的购买间隔内 40、联系不合算 3。",
        "43 more are not listed: within their own rhythm 40, not worth the cost 3.",
    )
    assert all_left_out_in_words({"full": 0}) is None


def test_the_heads_factor_and_the_lines_chances_agree():
    found, _ = chosen(merchant(), offers=(), contact_channels=(CALL,))

    factor = 1 + 0.1 / (0.5 * 0.9)
    without, with_it = (found.lines[name].to_numpy() for name in ("return_chance", "return_with_contact"))
    np.testing.assert_allclose(with_it, chance_with_contact(without, factor), atol=5.1e-5)


def test_the_total_has_an_interval_once_its_effects_are_measured():
    found, _ = chosen(merchant(), offers=(), contact_channels=(CALL,))
    measured = {"call": Effect(0.1, 900, 100, measured=0.12, low=0.02, high=0.2)}

    assert totals(found.lines, {"call": Effect(0.1, 3, 1)}) is None
    gain, low, high = totals(found.lines, measured)
    assert gain == pytest.approx(found.lines["gain_micros"].sum() / 1e6)
    assert low < gain < high
    assert (
        f"95% 把握在 {low:.2f} ~ {high:.2f} 元之间"
        in expected_in_words(found.lines.to_dict("records"), (gain, low, high), "CNY")[0]
    )


def test_an_experiments_offer_has_its_own_sum():
    found, rules = chosen(merchant(), offers=(COUPON.model_copy(update={"cost": 400.0}),))
    assert set(found.lines["offer"]) == {"none"}

    varied = with_other_offers(
        found.lines.assign(offer="coupon_10"), found.lines["offer"].tolist(), rules, found.within
    )

    assert (varied["use_micros"] == 400_000_000).all()
    assert (varied["return_with_contact"] > found.lines["return_with_contact"]).all()
    back = with_other_offers(varied.assign(offer="none"), varied["offer"].tolist(), rules, found.within)
    assert back["gain_micros"].tolist() == found.lines["gain_micros"].tolist()
    assert adds_up(sum_in_words(varied.iloc[0].to_dict(), "zh")) < 0


RULES = Customers()


def line(days, gap, orders, *reasons):
    return {"days_since": days, "usual_gap_days": gap, "order_days": orders, "reasons": list(reasons)}


def test_a_reason_is_one_sentence_that_the_dates_bear_out():
    assert reason_in_words(line(58, 24, 6, "overdue", "slowing"), RULES, "zh") == (
        "平时约 24 天买一次，这次已 58 天没下单，是平时的 2.4 倍；下单越来越少。"
    )
    assert reason_in_words(line(58, 24, 6, "long_silence"), RULES, "zh").endswith("是平时的 2.4 倍；很久没有下单。")
    assert "很久" not in reason_in_words(line(30, 24, 6, "long_silence"), RULES, "zh")
    assert reason_in_words(line(70, 60, 1, "few_orders"), RULES, "zh") == "只买过一次，70 天没再来。"
    english = reason_in_words(line(58, 24, 6), RULES, "en")
    assert english == "Usually buys every 24 days and has not for 58, 2.4 times as long."


def test_the_opening_line_and_the_offer_have_no_code_words():
    bought = Occasion("bought", "2025-09-03", "猫粮 大号", need="宠物")
    assert opening_in_words("样本旗舰店", bought, COUPON, "zh") == (
        "您好，我是样本旗舰店的客服。您 9月3日买的“猫粮 大号”还满意吗？宠物类商品差不多该添置了，需要帮您备上吗？"
        "这次给您准备了十元券，30 天内下单可用。"
    )
    waits = opening_in_words("样本旗舰店", Occasion("case", "2025-09-03"), COUPON, "zh")
    assert waits == "您好，我是样本旗舰店的客服。您 9月3日买的商品，还有一笔售后没处理完，我先帮您跟进，您看方便吗？"
    long_ago = Occasion("bought", "2025-07-03", "sun cream", is_old=True)
    old = opening_in_words("Sample", long_ago, None, "en")
    assert old == "Hello, this is Sample. It has been a while since your last order: were you happy with it?"
    assert "sun cream" in opening_in_words("Sample", Occasion("bought", "2025-07-03", "sun cream"), None, "en")
    assert (
        offer_with_cost(COUPON, {"use_micros": 10_000_000}, "zh", "CNY")
        == "十元券（30 天内有效，每用一次成本 10.00 元）"
    )
    assert offer_with_cost(None, {"use_micros": 0}, "zh", "CNY") == "不给优惠"
