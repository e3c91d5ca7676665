import numpy as np
import pandas as pd
import pytest

from include.customers.churn.reasons import that_hold
from include.customers.history import book_as_of, order_history
from include.customers.recall.choose import (
    CONTROL_COLUMNS,
    LINE_COLUMNS,
    assign_channels,
    order_values,
    recall_lines,
    tills,
)
from include.customers.recall.control_group import control_group
from include.settings.people.contacts import ContactChannel
from include.settings.people.customers import Customers, Till

KEY = b"a key of this merchant"
AS_OF = "2024-06-30"


def _shop(count=40):
    rows = []
    for n in range(count):
        rows += [(f"c{n:03d}", "2024-02-01", 1_000_000 * (n + 1)), (f"c{n:03d}", "2024-03-01", 1_000_000 * (n + 1))]
    frame = pd.DataFrame(rows, columns=["customer", "day", "revenue_micros"])
    frame["order_id"] = frame["customer"] + "/" + frame["day"]
    return order_history(frame.assign(shop="tmall_tea"))


def _scores(count=40, p_churn=0.8):
    return pd.DataFrame(
        {
            "customer": [f"c{n:03d}" for n in range(count)],
            "p_churn": p_churn,
            "expected_orders": 0.2,
        }
    )


def _rules(**changes):
    """Contacts cost nothing, where a test says no other."""
    usual = {"capacity": 5, "control_share": 0.0, "effect_of_contact": 0.1, "margin": 0.3, "wage_per_hour": 0}
    return Customers(**{**usual, **changes})


def test_the_list_is_the_most_gained_within_capacity_and_shows_its_sum():
    recall = recall_lines(_scores(), _shop(), AS_OF, _rules(), KEY)

    lines = recall.lines
    assert tuple(lines.columns) == LINE_COLUMNS
    assert lines["customer"].tolist() == ["c039", "c038", "c037", "c036", "c035"]
    assert lines["rank"].tolist() == [1, 2, 3, 4, 5]
    best = lines.iloc[0]
    assert best["last_order_id"] == "c039/2024-03-01"
    assert best["last_shop"] == "tmall_tea"
    assert best["last_order_day"] == "2024-03-01"
    assert best["days_since"] == 121
    assert best["usual_gap_days"] == 29
    # Two orders of 40 yuan and one of the merchant's median, 20.5: 100.5 / 3.
    assert best["order_money_micros"] == 33_500_000
    # Nobody ever came back here, so half of their pace over 90 days, at one order in 29: 33.5 x 0.3 x 1.55.
    assert (best["stake_orders"], best["stake_days"], best["margin_rate"]) == (1.55, 90, 0.3)
    assert best["margin_micros"] == 15_580_000
    # Contact helps 0.1 at even chances: it multiplies the odds by 1 + 0.1 / (0.5 x 0.9) = 11/9. A chance to return of
    # 0.2 has odds of 1/4, and becomes 11/36 of 47/36: 0.234.
    assert best["return_chance"] == 0.2
    assert best["return_with_contact"] == round(11 / 47, 4) == 0.234
    assert best["brings_micros"] == 530_000  # 0.034 x 15.58 = 0.52972
    assert best["gain_micros"] == 530_000


def test_bulk_orders_and_gifts_do_not_make_a_customer_worth_more():
    # Ten customers with two orders of 10 yuan; 'office' bought 5,000 yuan's worth once, 'both' beside an order of 10,
    # 'gifted' got a gift of 3 yuan on top of an order of 10.
    rows = [(f"c{n}", day, 10, 0) for n in range(10) for day in ("2024-02-01", "2024-03-01")]
    rows += [("office", "2024-03-01", 5000, 5000), ("gifted", "2024-03-01", 13, 3)]
    rows += [("both", "2024-02-01", 5000, 5000), ("both", "2024-03-01", 10, 0)]
    orders = pd.DataFrame(rows, columns=["customer", "day", "yuan", "exceptional"])
    orders["revenue_micros"] = orders["yuan"] * 1_000_000
    orders["exceptional_micros"] = orders["exceptional"] * 1_000_000
    book = book_as_of(order_history(orders), AS_OF)

    values = dict(zip(book.names, order_values(book).round(6), strict=True))

    assert set(values.values()) == {10.0}


def test_who_ordered_once_has_one_order_at_stake():
    orders = pd.DataFrame(
        [("once", "2024-05-01"), ("often", "2024-04-01"), ("often", "2024-04-11"), ("often", "2024-04-21")],
        columns=["customer", "day"],
    ).assign(revenue_micros=100_000_000, order_id="o", shop="tmall_tea")
    scores = pd.DataFrame({"customer": ["once", "often"], "p_churn": 0.8, "expected_orders": 0.5})

    lines = recall_lines(scores, order_history(orders), AS_OF, _rules(), KEY).lines.set_index("customer")

    assert lines.loc["once", "margin_micros"] == 30_000_000
    assert lines.loc["often", "margin_micros"] == 135_000_000  # half of 90 days at one order in 10


def test_a_measured_effect_takes_the_place_of_the_prior():
    assumed = recall_lines(_scores(), _shop(), AS_OF, _rules(), KEY).lines
    measured = recall_lines(_scores(), _shop(), AS_OF, _rules(), KEY, effects={"call": 0.2}).lines

    # The odds of 1/4 times 1 + 0.2 / (0.5 x 0.8) = 3/2: 3/11.
    assert (set(assumed["return_with_contact"]), set(measured["return_with_contact"])) == ({0.234}, {round(3 / 11, 4)})
    assert recall_lines(_scores(), _shop(), AS_OF, _rules(), KEY, effects={"call": 0.0}).lines.empty


def test_who_is_surely_gone_is_not_worth_most():
    scores = _scores(count=40)
    scores.loc[scores["customer"] == "c039", "p_churn"] = 0.999  # the highest value, and gone
    lines = recall_lines(scores, _shop(), AS_OF, _rules(), KEY).lines
    assert lines["customer"].tolist() == ["c038", "c037", "c036", "c035", "c034"]


def test_nobody_is_called_right_after_an_order_or_within_their_own_rhythm():
    rules = _rules(gap_multiple=0.01)  # all would be late
    the_day_after, day_15, day_30 = (
        recall_lines(_scores(), _shop(), day, rules, KEY) for day in ("2024-03-02", "2024-03-16", "2024-03-31")
    )

    assert the_day_after.lines.empty
    assert day_15.lines.empty
    assert day_15.left_out["in rhythm"] == 40  # their usual gap is 29 days
    assert len(day_30.lines) == 5


def test_who_comes_back_by_themselves_is_left_in_peace():
    scores = _scores(p_churn=0.201)
    scores.loc[scores["customer"].isin(["c039", "c038"]), "p_churn"] = [0.2, 0.197]

    recall = recall_lines(scores, _shop(), AS_OF, _rules(), KEY)

    assert recall.lines["customer"].tolist() == ["c037", "c036", "c035", "c034", "c033"]
    assert recall.left_out["surely back"] == 2


def test_reasons_that_the_dates_contradict_are_not_told():
    assert that_hold(["overdue", "season", "long_silence"], 10, 125, Customers()) == ["season"]
    assert that_hold(["overdue", "season", "long_silence"], 126, 125, Customers()) == ["overdue", "season"]
    assert that_hold(["overdue", "long_silence"], 14, 6, Customers()) == ["overdue"]  # two gaps, and yet a fortnight
    assert that_hold(["overdue", "long_silence"], 31, 15, Customers()) == ["overdue", "long_silence"]
    brief = Customers(long_silence_gaps=1.5, long_silence_days=13)
    assert that_hold(["overdue", "long_silence"], 14, 6, brief) == ["overdue", "long_silence"]


def test_those_who_refused_and_those_lately_contacted_are_left_alone():
    contacts = pd.DataFrame(
        {
            "day": ["2024-06-10", "2024-05-01", "2024-06-30"],
            "customer": ["c039", "c038", "c037"],  # 20 days ago, 60 days ago, by today's own first run
            "arm": "listed",
        }
    )

    lines = recall_lines(
        _scores(), _shop(), AS_OF, _rules(fatigue_days=30), KEY, contacts=contacts, opted_out={"call": {"c036"}}
    ).lines

    assert lines["customer"].tolist() == ["c038", "c037", "c035", "c034", "c033"]


def test_low_risk_within_their_rhythm_is_not_called():
    scores = _scores(p_churn=0.1)

    open_to_all = {"max_return_chance": 1.0}
    assert (
        len(recall_lines(scores, _shop(), AS_OF, _rules(**open_to_all), KEY).lines) == 5
    )  # late: 121 days, usual gap 29
    assert recall_lines(scores, _shop(), AS_OF, _rules(gap_multiple=5.0, **open_to_all), KEY).lines.empty


def test_control_customers_compete_and_are_then_left_alone():
    rules = _rules(control_share=0.3, capacity=10)

    recall = recall_lines(_scores(), _shop(), AS_OF, rules, KEY)

    control = recall.control
    assert tuple(control.columns) == CONTROL_COLUMNS
    held = set(control.loc[control["arm"] == "control", "customer"])
    assert held
    assert held.isdisjoint(recall.lines["customer"])
    assert set(control.loc[control["arm"] == "listed", "customer"]) == set(recall.lines["customer"])
    assert len(recall.lines) == 10
    assert control["propensity"].tolist() == [0.7] * len(control)
    # Both arms come from the same ranks: nobody below the last listed customer is a control.
    assert min(control["customer"]) == min(recall.lines["customer"])


def test_the_control_group_is_permanent_random_and_needs_the_key():
    customers = np.array([f"customer {n}" for n in range(20_000)])

    group = control_group(customers, KEY, 0.08)

    assert group.mean() == pytest.approx(0.08, abs=0.006)
    np.testing.assert_array_equal(group[::-1], control_group(customers[::-1], KEY, 0.08))
    np.testing.assert_array_equal(group[:7], control_group(customers[:7], KEY, 0.08))
    assert (control_group(customers, KEY, 0.10) >= group).all()  # raising the share only adds
    other = control_group(customers, b"another key", 0.08)
    assert (group & other).mean() == pytest.approx(0.08**2, abs=0.003)


def test_a_rerun_gives_the_same_list_whatever_the_order_of_the_scores():
    one = recall_lines(_scores(), _shop(), AS_OF, _rules(control_share=0.2), KEY)
    two = recall_lines(_scores().sample(frac=1, random_state=1), _shop(), AS_OF, _rules(control_share=0.2), KEY)

    pd.testing.assert_frame_equal(one.lines, two.lines)
    pd.testing.assert_frame_equal(one.control, two.control)


def test_nobody_to_call_gives_an_empty_list_with_its_columns():
    recall = recall_lines(_scores(0), _shop(), AS_OF, _rules(), KEY)

    assert recall.lines.empty
    assert tuple(recall.lines.columns) == LINE_COLUMNS
    assert recall.control.empty


def _channels(*described):
    return tuple(
        ContactChannel(name=name, zh=name, en=name, capacity=capacity, effect_of_contact=effect, cost_per_contact=cost)
        for name, capacity, effect, cost in described
    )


def test_each_channel_has_its_capacity_and_the_best_customers_get_the_best():
    rules = _rules(contact_channels=_channels(("sms", 4, 0.05, 0.0), ("call", 3, 0.1, 0.0)))

    lines = recall_lines(_scores(), _shop(), AS_OF, rules, KEY).lines

    assert lines["customer"].tolist() == ["c039", "c038", "c037", "c036", "c035", "c034", "c033"]
    assert lines["channel"].tolist() == ["call"] * 3 + ["sms"] * 4
    assert lines["channel_why"].tolist() == ["most"] * 3 + ["next"] * 4
    # 0.1 at even odds multiplies the odds of 1/4 by 11/9, 0.05 by 1 + 0.05 / (0.5 x 0.95) = 21/19: 21/97.
    assert lines["return_with_contact"].tolist() == [0.234] * 3 + [round(21 / 97, 4)] * 4


def test_a_contact_must_be_worth_what_it_costs():
    rules = _rules(contact_channels=_channels(("call", 100, 0.1, 0.2)))

    lines = recall_lines(_scores(), _shop(), AS_OF, rules, KEY).lines

    free = recall_lines(_scores(), _shop(), AS_OF, _rules(capacity=100), KEY).lines
    worth = free[free["gain_micros"] > 200_000]
    assert 0 < len(worth) < len(free)
    assert lines["customer"].tolist() == worth["customer"].tolist()
    assert (worth["gain_micros"].to_numpy() - lines["gain_micros"].to_numpy() == 200_000).all()
    assert set(lines["cost_micros"]) == {200_000}
    assert recall_lines(_scores(), _shop(), AS_OF, rules, KEY).left_out["not worth"] == 40 - len(lines)


def test_consent_holds_channel_by_channel():
    rules = _rules(contact_channels=_channels(("call", 40, 0.1, 0.0), ("sms", 40, 0.05, 0.0)))

    lines = recall_lines(
        _scores(), _shop(), AS_OF, rules, KEY, opted_out={"call": {"c039", "c038"}, "sms": {"c038", "c037"}}
    ).lines.set_index("customer")

    assert lines.loc["c039", ["channel", "channel_why"]].tolist() == ["sms", "only"]
    assert lines.loc["c037", ["channel", "channel_why"]].tolist() == ["call", "only"]
    assert "c038" not in lines.index


def test_controls_take_no_room_of_a_channel_and_are_told_by_the_one_they_would_have_had():
    gain = np.array([[5.0, 3.0], [4.0, 3.0], [3.0, 2.0], [2.0, 1.0], [-1.0, 1.0]])
    control = np.array([True, False, False, False, False])

    assert assign_channels(gain, control, [1, 2]).tolist() == [0, 0, 1, 1, -1]
    assert assign_channels(gain, ~control, [1, 2]).tolist() == [0, 1, 1, 1, 1]


def test_nobody_is_contacted_more_often_than_the_cap_whatever_the_channels():
    days = ["2024-01-10", "2024-03-05", "2024-05-01"]
    contacts = pd.DataFrame(
        [(day, "c039", by) for day, by in zip(days, ("call", "sms", "call"), strict=True)]
        + [(day, "c038", "sms") for day in days[:2]],
        columns=["day", "customer", "channel"],
    )
    rules = _rules(max_contacts=(3, 180))

    assert "c039" not in set(recall_lines(_scores(), _shop(), AS_OF, rules, KEY, contacts).lines["customer"])
    assert "c038" in set(recall_lines(_scores(), _shop(), AS_OF, rules, KEY, contacts).lines["customer"])
    # The first of the three is 172 days ago.
    wider = _rules(max_contacts=(3, 171))
    assert "c039" in set(recall_lines(_scores(), _shop(), AS_OF, wider, KEY, contacts).lines["customer"])


def test_a_released_uplift_model_ranks_by_the_rise_it_expects():
    rises = pd.Series(0.01, index=[f"c{n:03d}" for n in range(40)])
    rises["c005"] = 0.4

    lines = recall_lines(_scores(), _shop(), AS_OF, _rules(), KEY, rises=rises).lines

    assert lines["customer"].tolist() == ["c005", "c039", "c038", "c037", "c036"]
    assert lines["return_with_contact"].tolist() == [0.6, 0.21, 0.21, 0.21, 0.21]  # of 0.2


def _orders(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """rows: customer, day, yuan, yuan refunded."""
    frame = pd.DataFrame(rows, columns=["customer", "day", "yuan", "back"])
    frame["order_id"] = [f"o{n}" for n in range(len(frame))]
    return frame.assign(shop="web", revenue_micros=frame["yuan"] * 1_000_000, refunded_micros=frame["back"] * 1_000_000)


def test_a_customer_is_worth_what_they_kept_and_one_who_kept_nothing_is_on_no_list():
    # given 'all' who kept two orders of 60, 'half' who sent one of them back, 'none' who sent both back, and ten buyers
    # of one order of 60
    days = ("2024-02-01", "2024-03-01")
    rows = [("all", day, 60, 0) for day in days] + [("none", day, 60, 60) for day in days]
    rows += [("half", days[0], 60, 0), ("half", days[1], 60, 60)]
    rows += [(f"c{n}", days[0], 60, 0) for n in range(10)]
    history = order_history(_orders(*rows))
    scores = pd.DataFrame({"customer": history.customers, "p_churn": 0.8, "expected_orders": 0.2})

    recall = recall_lines(scores, history, AS_OF, _rules(capacity=100), KEY)

    money = recall.lines.set_index("customer")["order_money_micros"]
    # their orders' mean with one of the merchant's median, 60: (60 + 60 + 60) / 3 and (60 + 0 + 60) / 3
    assert money["all"] == 60_000_000
    assert money["half"] == 40_000_000
    assert "none" not in money.index
    assert recall.left_out["kept nothing"] == 1


def test_what_is_kept_is_reckoned_order_by_order():
    # given a day on which one order was sent back for more than it cost, and another was kept
    history = order_history(_orders(("a", "2024-02-01", 10, 12), ("a", "2024-02-01", 60, 0)))

    assert history.kept.tolist() == [60.0]
    assert history.refunded.tolist() == [12.0]


def test_a_buyer_with_orders_far_beyond_anybody_is_a_till_whatever_its_name():
    # given a till that writes one name 84 times in 28 days, beside thirty buyers of one order
    rows = [("店里", f"2024-03-{1 + n // 3:02d}", 80, 0) for n in range(84)]
    rows += [(f"c{n:02d}", "2024-03-01", 100, 0) for n in range(30)]
    history = order_history(_orders(*rows))
    scores = pd.DataFrame({"customer": history.customers, "p_churn": 0.8, "expected_orders": 0.3})

    recall = recall_lines(scores, history, AS_OF, _rules(capacity=100), KEY)

    assert "店里" not in set(recall.lines["customer"])
    assert len(recall.lines) == 30
    assert recall.left_out["till"] == 1
    # a merchant whose customers truly order so often says so
    raised = recall_lines(scores, history, AS_OF, _rules(capacity=100, till={"orders": 100}), KEY)
    assert "店里" in set(raised.lines["customer"])


def test_frequent_buyers_among_frequent_buyers_are_no_tills():
    # given forty who order every other day, and one who orders daily
    days = pd.date_range("2024-03-01", periods=60).strftime("%Y-%m-%d")
    rows = [(f"c{n:02d}", day, 10, 0) for n in range(40) for day in days[::2]]
    rows += [("daily", day, 10, 0) for day in days]
    history = order_history(_orders(*rows))

    assert not tills(book_as_of(history, AS_OF), Till()).any()


def test_a_candidate_whom_no_channel_reaches_is_left_out_and_counted():
    channels = (
        ContactChannel(name="call", zh="电话", en="phone", capacity=100, effect_of_contact=0.2),
        ContactChannel(name="sms", zh="短信", en="text message", capacity=100, effect_of_contact=0.1),
    )
    rules = _rules(contact_channels=channels)
    missed = {"call": {"c000", "c001"}, "sms": {"c001"}}

    recall = recall_lines(_scores(3), _shop(3), AS_OF, rules, KEY, out_of_reach=missed)

    assert recall.lines.set_index("customer")["channel"].to_dict() == {"c002": "call", "c000": "sms"}
    assert recall.left_out["out of reach"] == 1
    # an opt-out is no matter of reach
    refused = recall_lines(_scores(3), _shop(3), AS_OF, rules, KEY, opted_out={n: {"c000"} for n in ("call", "sms")})
    assert refused.left_out["out of reach"] == 0
