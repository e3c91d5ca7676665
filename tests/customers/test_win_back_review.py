"""What win-back brought: parts that add up, who counts as listed, and experiments whose truth is known."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from include.customers.history import order_history
from include.customers.recall.calls.sentences import expected_in_words, offers_in_words
from include.customers.recall.effect import Effect
from include.customers.recall.experiments import arms_of
from include.customers.recall.win_back_review import (
    brought_in_words,
    effects_by_channel,
    experiments_in_words,
    outcomes,
    where_effects_come_from,
    win_back_of,
)
from include.settings.people.contacts import ContactChannel, Offer
from include.settings.people.customers import Customers
from include.settings.people.experiments import Experiment, Variant
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import win_back

CALL = ContactChannel(name="call", zh="电话", en="phone", capacity=10)
SMS = ContactChannel(name="sms", zh="短信", en="text message", capacity=10, effect_of_contact=0.02)
RULES = Customers(contact_channels=(CALL, SMS), margin=0.3, holdout_days=30)
NO_TRIALS = pd.DataFrame({"experiment": []})
NOBODY = pd.DataFrame({"customer": pd.Series(dtype="str"), "day": pd.Series(dtype="str")})


def _arms(rows):
    """rows: day, customer, arm, channel, offer."""
    arms = pd.DataFrame(rows, columns=["day", "customer", "arm", "channel", "offer"])
    return arms.assign(propensity=0.9, p_churn=0.6, rise=0.02)


def _orders(rows):
    frame = pd.DataFrame(rows, columns=["customer", "day", "yuan"])
    return order_history(frame.assign(revenue_micros=(frame["yuan"] * 1_000_000).astype("int64"), order_id="o"))


def _many(day="2024-06-01", listed=60, control=60, channel="call", offer="gift", prefix="x"):
    return [(day, f"{prefix}l{n}", "listed", channel, offer) for n in range(listed)] + [
        (day, f"{prefix}c{n}", "control", channel, offer) for n in range(control)
    ]


def test_each_part_tells_its_customers_and_they_add_up_to_all():
    arms = _arms(_many() + _many("2024-06-02", 50, 40, "sms", "coupon", "y"))
    came = [(f"xl{n}", "2024-06-10", 100) for n in range(30)] + [(f"xc{n}", "2024-06-10", 50) for n in range(12)]
    history = _orders([*came, ("yl0", "2024-06-20", 10), ("yl1", "2024-07-20", 10)])

    rows = win_back_of(
        "2024-07-02", outcomes(arms, history, "2024-07-02", RULES), pd.DataFrame({"experiment": []}), NOBODY, RULES
    ).set_index(["part", "value"])

    assert list(rows.index) == [
        ("all", ""), ("list", "2024-06-02"), ("month", "2024-06"), ("channel", "call"), ("channel", "sms"),
        ("offer", "coupon"),
        ("offer", "gift"),
    ]  # fmt: skip
    counts = rows[["listed", "listed_returned", "control", "control_returned"]]
    assert counts.loc[("channel", "call")].tolist() == [60, 30, 60, 12]
    assert counts.loc[("channel", "sms")].tolist() == [50, 1, 40, 0]  # an order after 30 days is no return
    for part in ("channel", "offer"):
        assert (counts.loc[part].sum() == counts.loc[("all", "")]).all()
    call = rows.loc[("channel", "call")]
    assert call["difference"] == pytest.approx(0.3)
    assert call["verdict"] == "helps"
    assert (call["listed_margin_micros"], call["control_margin_micros"]) == (15_000_000, 3_000_000)  # 0.3 x 100 x 1/2
    assert call["margin_verdict"] == "not enough data yet"  # few of those left alone brought any money
    assert rows.loc[("channel", "sms"), "verdict"] == "no proof of an effect"
    assert call["effect_measured"] > call["effect"] > 0.05


def test_who_is_listed_counts_whether_or_not_the_clerk_called():
    arms = _arms(_many(listed=40, control=40))
    history = _orders([(f"xl{n}", "2024-06-10", 100) for n in range(10)])
    done = pd.DataFrame(
        {"customer": ["xl0", "xl20", "xl30", "xc0"], "day": ["2024-06-02", "2024-06-05", "2024-08-01", "2024-06-02"]}
    )

    found = win_back_of(
        "2024-07-01", outcomes(arms, history, "2024-07-01", RULES), pd.DataFrame({"experiment": []}), done, RULES
    ).iloc[0]

    assert (found["listed"], found["listed_returned"]) == (40, 10)
    assert (found["contacted"], found["contacted_returned"]) == (2, 1)


def _priced(arms, offer, contact):
    """The list kept what its offers cost besides the price, and its contacts, in yuan."""
    return arms.assign(offer_cost_micros=offer * 1_000_000, contact_cost_micros=contact * 1_000_000)


def test_what_win_back_earns_is_net_of_offers_on_all_who_used_them_and_of_contacts():
    # given 200 listed, of whom 100 return for 100 yuan of goods that cost 60, and 200 left alone, of whom 80 do; an
    # offer in kind of 5 for each who returns, and a call of 2 that was made to 60
    arms = _priced(_arms(_many(listed=200, control=200)), 5, 2)
    came = [(f"xl{n}", "2024-06-10", 100) for n in range(100)] + [(f"xc{n}", "2024-06-10", 100) for n in range(80)]
    orders = pd.DataFrame(came, columns=["customer", "day", "yuan"])
    history = order_history(
        orders.assign(revenue_micros=orders["yuan"] * 1_000_000, cost_micros=60_000_000, order_id="o")
    )
    done = pd.DataFrame({"customer": [f"xl{n}" for n in range(60)], "day": "2024-06-02"})

    rows = win_back_of(
        "2024-07-01", outcomes(arms, history, "2024-07-01", RULES), pd.DataFrame({"experiment": []}), done, RULES
    ).set_index(["part", "value"])

    found = rows.loc[("all", "")]
    assert found["margin_difference_micros"] == 4_000_000  # 40 x (0.5 - 0.4), by cost and not by a share of 0.3
    assert (found["offers_micros"], found["contacts_micros"]) == (2_500_000, 600_000)  # on all 100, on the 60 called
    assert found["net_difference_micros"] == 900_000
    assert found["net_low_micros"] < 900_000 < found["net_high_micros"]
    assert rows.loc[("month", "2024-06"), "net_difference_micros"] == 900_000
    said = brought_in_words(rows.reset_index().iloc[0], RULES, "zh")
    assert said.startswith(
        "至今的名单，30 天内与特意不联系的客户相比（名单上 200 人，不联系 200 人）："
        "每人多带来毛利 4.00 元，另付优惠 2.50、联系 0.60，净增 +0.90 元"
    )
    assert "合计 +180 元" in said
    assert said.endswith("还不能证明有差别。")


def test_a_text_by_the_platforms_tool_costs_for_everybody_listed():
    tool = ContactChannel(name="sms", zh="短信", en="text", capacity=9, reach="audience")
    rules = RULES.model_copy(update={"contact_channels": (tool,)})
    arms = _priced(_arms(_many(listed=200, control=200, channel="sms")), 0, 1)
    history = _orders([(f"x{arm}{n}", "2024-06-10", 100) for arm in "lc" for n in range(80)])

    found = win_back_of(
        "2024-07-01", outcomes(arms, history, "2024-07-01", rules), pd.DataFrame({"experiment": []}), NOBODY, rules
    ).iloc[0]

    assert found["contacts_micros"] == 1_000_000
    assert found["net_difference_micros"] == -1_000_000


def test_lists_that_kept_no_costs_have_no_net():
    history = _orders([(f"xl{n}", "2024-06-10", 100) for n in range(30)])
    found = win_back_of(
        "2024-07-01", outcomes(_arms(_many()), history, "2024-07-01", RULES), pd.DataFrame({"experiment": []}), NOBODY,
        RULES,
    ).iloc[0]  # fmt: skip

    assert (found["net_difference_micros"], found["net_verdict"]) == (None, None)
    assert brought_in_words(found, RULES, "en").endswith("what win-back earned is open, not enough data yet.")


def test_nobody_yet_is_not_enough_data():
    rows = win_back_of(
        "2024-06-05",
        outcomes(_arms(_many()), _orders([]), "2024-06-05", RULES),
        pd.DataFrame({"experiment": []}),
        NOBODY,
        RULES,
    )

    assert rows[["part", "verdict", "margin_verdict"]].to_numpy().tolist() == [
        ["all", "not enough data yet", "not enough data yet"]
    ]
    assert (rows["effect"].iloc[0], rows["effect_measured"].iloc[0]) == (0.05, None)


def test_a_later_refund_and_a_later_order_change_no_earlier_review():
    arms = _arms(_many())
    early = [(f"xl{n}", "2024-06-10", 100) for n in range(30)]
    then = outcomes(arms, _orders(early), "2024-07-01", RULES)
    now = outcomes(arms, _orders([*early, ("xl40", "2024-07-05", 9)]), "2024-07-01", RULES)

    pd.testing.assert_frame_equal(then, now)


def test_channels_are_measured_each_by_itself():
    arms = _arms(_many(listed=900, control=300) + _many("2024-06-01", 20, 20, "sms", "gift", "y"))
    history = _orders(
        [(f"xl{n}", "2024-06-10", 1) for n in range(540)] + [(f"xc{n}", "2024-06-10", 1) for n in range(150)]
    )

    effects = effects_by_channel(outcomes(arms, history, "2024-07-01", RULES), RULES)

    assert effects["call"].measured == pytest.approx(0.2, abs=0.01)
    assert effects["sms"] == Effect(0.02, 20, 20)


def test_the_list_says_what_its_effects_rest_on():
    effects = {
        "call": Effect(0.08, 900, 100, measured=0.1, low=0.02, high=0.18),
        "sms": Effect(0.02, 20, 3),
    }

    # 0.08 at even odds multiplies the odds by 1 + 0.08 / (0.5 x 0.92) = 27/23: of 0.2, 27/119.
    assert where_effects_come_from(effects, (CALL, SMS), "zh") == (
        "电话：联系后回来的可能 20% → 22.7%、50% → 54.0%、70% → 73.3%（按 1000 名客户实测，并参考设置里的估计；"
        "本来 50% 的，95% 把握在 51.0% ~ 59.0% 之间）；\n短信：联系后回来的可能 20% → 20.6%、50% → 51.0%、70% → 70.8%"
        "（按设置估计，实测数据还不够：名单上 20 人、特意不联系的 3 人）。\n箭头左边是不联系也会回来的可能，"
        "右边是联系后的可能。"
    )
    harm = {"call": Effect(0.0, 900, 100, measured=-0.1, low=-0.18, high=-0.02, is_harm=True)}
    english = where_effects_come_from(harm, (CALL, SMS), "en")
    assert english.startswith(
        "phone: measured on 1000 customers, fewer return with a contact (50% → 41.0% to 49.0%): nobody is suggested.\n"
    )
    assert "not enough data yet: 20 listed and 3 left alone" in where_effects_come_from(effects, (CALL, SMS), "en")


@pytest.mark.parametrize("language", [0, 1])
def test_the_head_of_the_list_has_no_statisticians_words(language):
    measured = Effect(0.08, 900, 100, measured=0.1, low=0.02, high=0.18)
    harm = Effect(0.0, 900, 100, measured=-0.1, low=-0.18, high=-0.02, is_harm=True)
    name = ("zh", "en")[language]
    arms = _priced(_arms(_many(listed=200, control=200)), 5, 2)
    came = [(f"xl{n}", "2024-06-10", 100) for n in range(100)] + [(f"xc{n}", "2024-06-10", 100) for n in range(80)]
    rows = win_back_of("2024-07-01", outcomes(arms, _orders(came), "2024-07-01", RULES), NO_TRIALS, NOBODY, RULES)
    line = {f"{money}_micros": 1_000_000 for money in ("brings", "offers", "cost", "gain")}
    offered = RULES.model_copy(
        update={"offers": (Offer(name="ten", zh="十元券", en="ten", cost=10, effect_of_offer=0.1),)}
    )
    made = offers_in_words(["ten"], offered)
    assert made is not None
    told = [
        where_effects_come_from({"call": measured, "sms": Effect(0.02, 20, 3)}, (CALL, SMS), name),
        where_effects_come_from({"call": harm}, (CALL, SMS), name),
        brought_in_words(rows.iloc[0].to_dict(), RULES, name),
        expected_in_words([line], None, "CNY")[language],
        expected_in_words([line], (1.0, 0.5, 1.5), "CNY")[language],
        made[language],
        *experiments_in_words(pd.DataFrame([_trial(3, 0.3)]), (GIFT,), "2024-07-01", name),
    ]
    assert len(told) == 7
    assert all("95" in told[place] for place in (0, 2, 4, 6)), "the figures stay"
    strange = "先验|后验|区间|增益|收缩|对照组|显著|prior|posterior|interval|uplift|shrunk|control group|significan"
    assert re.findall(strange, " ".join(told)) == []


GIFT = Experiment(
    name="gift",
    arms={"usual": Variant(share=0.5), "gift": Variant(share=0.5, offer="gift")},
    first_day=date(2024, 6, 1),
    last_day=date(2024, 6, 30),
)


def _trial(seed, effect, customers=400):
    """One merchant's experiment: three in ten return, of those with a gift `effect` more. Its row of the review."""
    rng = np.random.default_rng(seed)
    names = [f"{seed}/{n}" for n in range(customers)]
    arms = arms_of(GIFT, names, b"key")
    came = rng.random(customers) < 0.3 + effect * (arms == "gift")
    trials = pd.DataFrame({"customer": names, "day": "2024-06-01", "experiment": "gift", "arm": arms})
    trials = trials.assign(returned=came, yuan=came * 10.0, margin=came * 3.0)
    rules = RULES.model_copy(update={"experiments": (GIFT,)})
    nobody = outcomes(_arms([]), _orders([]), "2024-07-01", rules)
    rows = win_back_of("2024-07-01", nobody, trials, NOBODY, rules)
    return rows[rows["part"] == "gift"].iloc[0]


@pytest.mark.parametrize("effect", [0.0, 0.1])
def test_an_experiments_interval_covers_the_truth_as_often_as_it_says(effect):
    found = [_trial(seed, effect) for seed in range(100)]

    assert {row["value"] for row in found} == {"gift"}
    assert 90 <= sum(row["low"] <= effect <= row["high"] for row in found) <= 99
    if effect == 0:
        assert sum(row["verdict"] == "no proof of an effect" for row in found) >= 96


def test_an_experiments_result_is_told_by_its_metric_and_not_for_ever():
    row = _trial(3, 0.3)
    told = experiments_in_words(pd.DataFrame([row]), (GIFT,), "2024-07-01", "zh")

    assert told == [
        f"实验 gift：gift 对 usual（{row['listed']} 人对 {row['control']} 人）：{100 * row['difference']:+.1f} 个百分点"
        f"（95% 把握在 {100 * row['low']:+.1f} ~ {100 * row['high']:+.1f} 之间），有效。"
    ]
    by_margin = GIFT.model_copy(update={"metric": "margin"})
    (english,) = experiments_in_words(pd.DataFrame([row]), (by_margin,), "2024-07-01", "en")
    assert f"{row['margin_difference_micros'] / 1e6:+.1f} yuan a customer" in english
    few = pd.DataFrame([{**row, "verdict": "not enough data yet", "difference": None, "low": None, "high": None}])
    assert experiments_in_words(few, (GIFT,), "2024-07-01", "en")[0].endswith(": not enough data yet.")
    assert experiments_in_words(pd.DataFrame([row]), (GIFT,), "2024-10-01", "en") == []


def test_each_database_keeps_the_rows_as_they_are(books):
    history = _orders([(f"xl{n}", "2024-06-10", 100) for n in range(30)])
    arms = _arms(_many() + _many("2024-06-02", 5, 5, "sms", "coupon", "y"))
    rows = win_back_of(
        "2024-07-02",
        outcomes(arms, history, "2024-07-02", RULES),
        pd.DataFrame({"experiment": []}),
        NOBODY,
        RULES,
    )
    with publication(books) as change:
        change.insert(win_back, rows)

    kept = read_frame(books, select(win_back)).set_index(["part", "value"])

    made = rows.set_index(["part", "value"])
    call, sms = kept.loc[("channel", "call")], kept.loc[("channel", "sms")]
    assert len(kept) == len(made)
    assert call["low"] == made.loc[("channel", "call"), "low"]
    assert call["listed_margin_micros"] == made.loc[("channel", "call"), "listed_margin_micros"]
    assert (sms["verdict"], pd.isna(sms["difference"]), pd.isna(sms["margin_low_micros"])) == (
        "not enough data yet",
        True,
        True,
    )
