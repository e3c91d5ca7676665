"""A day's plan as a whole: transfers before buying, holidays, goods under way, and the sum that holds after all."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.replenishment.day_plan import DayPlan, plan_day, plan_inputs
from include.replenishment.elsewhere import with_elsewhere
from include.replenishment.explain import explain
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import StockPolicy, policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.replenishment.suppliers.closures import closed_days, days_until_arrival
from include.replenishment.surplus.explain_surplus import explain_transfer
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from include.words.texts import LANGUAGES
from tests.replenishment.known import DAY, WAREHOUSES, YUAN, forecasts, known, no_orders, no_receipts

pytestmark = pytest.mark.slow

SETTINGS = Replenishment(transport=Transport(cost_per_unit=1, days=2, min_saving=0))


def planned(
    what: PlanningData, a_day: Any = 1.0, settings: Replenishment = SETTINGS, policy: StockPolicy | None = None
) -> DayPlan:
    policy = policy or policy_of(settings)
    return plan_day(what, protection_of(what, forecasts(what, a_day), settings, policy), settings, policy)


def ordered(quantity: int, expected_day: str, warehouse: str = "east", supplier: str = "G1") -> pd.DataFrame:
    row = ("P1", "1", "S1", supplier, warehouse, "2025-06-01", expected_day, "open", quantity, 9 * YUAN)
    return pd.DataFrame([row], columns=no_orders().columns).astype(no_orders().dtypes.to_dict())


def test_what_one_warehouse_has_too_much_of_is_moved_before_more_is_bought() -> None:
    plan = planned(known(on_hand=[100, 0, 12]))

    lines = plan.lines.set_index("warehouse")
    moved = plan.transfers.set_index("warehouse")["quantity"]
    assert set(plan.transfers["from_warehouse"]) == {"east"}
    assert lines.loc["north", "transfer_in"] == moved["north"] > 0
    assert lines.loc["east", "transfer_out"] == moved.sum() == lines.loc["east", "promised"]
    # What comes is counted: of the units moved, those that sell before an order of today is there save that many lost
    # sales, and nothing is bought for the others.
    alone = planned(known(on_hand=[0, 0, 12])).lines.set_index("warehouse")
    saved = alone.loc["north", "lost_before_arrival"] - lines.loc["north", "lost_before_arrival"]
    assert 0 < saved <= moved["north"]
    assert lines.loc["north", "need"] == alone.loc["north", "need"] - moved["north"] + saved
    assert "transfer_in" in lines.loc["north", "reasons"]
    assert "调拨调入" in explain(lines.loc["north"].to_dict(), "zh")
    assert "east" in explain_transfer(plan.transfers.iloc[0].to_dict(), "en")


def test_a_bare_shelf_gets_what_another_can_spare_until_its_delivery() -> None:
    """East is not above its level, but 40 units come to it in two days: it gives now and is filled up again."""
    coming = replace(known(on_hand=[14, 0, 14]), purchase_orders=ordered(40, "2025-06-06"))

    plan = planned(coming)

    assert plan.transfers[["from_warehouse", "warehouse"]].to_numpy().tolist() == [["east", "north"]]


def test_an_empty_shelf_whose_order_is_overdue_gets_before_one_that_still_has_stock() -> None:
    """An order that comes tomorrow or, twice as likely, in weeks is not a third of an order tomorrow. North is empty,
    south has six days: east's eight spare units are shared between them."""
    late = replace(known(on_hand=[28, 0, 6]), purchase_orders=ordered(60, "2025-05-25", "north"))

    plan = planned(late)

    moved = plan.transfers.set_index("warehouse")["quantity"]
    assert set(plan.transfers["from_warehouse"]) == {"east"}
    assert moved["north"] >= moved["south"] > 0
    assert moved.sum() == 8
    # Of north alone: the order comes on day 4, or not before an order of today, on day 10.
    none = planned(late, settings=Replenishment(transport=Transport(open=False))).lines.set_index("warehouse")
    assert none.loc["north", "lost_before_arrival"] == (3 + 10 + 10) // 3


def test_nothing_moves_when_lanes_are_closed_or_dear() -> None:
    stock = known(on_hand=[100, 0, 12])

    assert planned(stock, settings=Replenishment(transport=Transport(open=False))).transfers.empty
    assert planned(stock, settings=Replenishment(transport=Transport(cost_per_unit=50))).transfers.empty
    named = Transport(open=False, lanes={"east > south": 0.5}, min_saving=0)
    assert set(planned(stock, settings=Replenishment(transport=named)).transfers["warehouse"]) <= {"south"}


@pytest.mark.parametrize(
    ("on_hand", "transport", "to_north"),
    [
        # A unit keeps 20 of its own; north is empty, south has twelve.
        ([16, 0, 12], {"days": 2}, {"east": "needs", "south": "needs"}),
        ([28, 0, 6], {"days": 2}, {"east": "gives", "south": "takes"}),
        ([22, 0, 12], {"days": 2, "min_saving": 500}, {"east": "small", "south": "needs"}),
        ([100, 0, 12], {"cost_per_unit": 50}, {"east": "worth", "south": "needs"}),
        ([40, 0, 12], {"days": 30}, {"east": "late", "south": "needs"}),
        ([100, 0, 12], {"open": False}, {"east": "closed", "south": "closed"}),
        ([0, 0, 100], {"open": False}, {"east": "", "south": "closed"}),
    ],
)
def test_every_line_says_of_every_other_warehouse_why_it_does_not_give(
    on_hand: list[int], transport: dict[str, Any], to_north: dict[str, str]
) -> None:
    settings = Replenishment(transport=Transport(**{"cost_per_unit": 1, "min_saving": 0, **transport}))

    plan = planned(known(on_hand=on_hand), settings=settings)

    of_north = plan.others[plan.others["warehouse"] == "north"].set_index("from_warehouse")
    assert of_north["why"].to_dict() == to_north
    assert of_north["free"].to_dict() == {"east": on_hand[0], "south": on_hand[2]}
    told = with_elsewhere(plan.restock, plan.others)
    line = told[told["warehouse"] == "north"].iloc[0]
    for language in LANGUAGES:
        assert f"{line[f'elsewhere_{language}']}" in explain(line.to_dict(), language)
    if to_north["east"] == "needs":
        assert "east 可用 16 件/16 天，连在途共 16 件，自己 11 天要备 20 件，让不出" in line["elsewhere_zh"]


def test_the_free_stock_of_a_warehouse_is_the_same_number_on_all_lists() -> None:
    """East has 47 of which ten are sold, and gives some away today: free are 37, before the transfers."""
    plan = planned(known(on_hand=[47, 0, 12], promised=[10, 0, 0]))

    assert plan.transfers["quantity"].sum() > 0
    assert set(plan.transfers.loc[plan.transfers["from_warehouse"] == "east", "from_free"]) == {37}
    assert set(plan.others.loc[plan.others["from_warehouse"] == "east", "free"]) == {37}


def test_transfers_agreed_to_before_are_on_their_way_and_not_suggested_again() -> None:
    stock = known(on_hand=[100, 0, 60])
    worth_it = Replenishment(transport=Transport(days=2, min_saving=5))
    first = planned(stock, settings=worth_it).transfers
    agreed = first[["sku", "from_warehouse", "warehouse", "quantity"]].assign(has_left=False)

    plan = planned(replace(stock, moving=agreed), settings=worth_it)

    assert plan.transfers.empty
    lines = plan.lines.set_index("warehouse")
    assert lines.loc["north", "arriving"] == agreed["quantity"].sum() == lines.loc["east", "promised"]
    # Once they have left, the giver's stock report shows it.
    left = planned(replace(stock, moving=agreed.assign(has_left=True)), settings=worth_it).lines.set_index("warehouse")
    assert left.loc["east", "promised"] == 0


@st.composite
def merchants(draw: st.DrawFn) -> tuple[PlanningData, np.ndarray, StockPolicy]:
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    skus = tuple(f"S{place}" for place in range(draw(st.integers(1, 4))))
    series = len(skus) * len(WAREHOUSES)
    pack, moq = int(generator.integers(1, 13)), int(generator.choice([0, 10, 48]))
    what = known(
        skus, generator.integers(0, 80, series), generator.integers(0, 20, series), pack=pack, moq=moq,
        shelf_life_days=draw(st.sampled_from([None, 20, 300])),
    )  # fmt: skip
    budget = draw(st.none() | st.integers(0, 2_000 * YUAN))
    weight = draw(st.none() | st.sampled_from([0.5, 5.0, 50.0]))
    policy = replace(policy_of(SETTINGS), budget_micros=budget, emergency_fund_micros=300 * YUAN, holding_weight=weight)
    return what, generator.gamma(1.0, 1.5, series), policy


@given(merchants())
@settings(max_examples=20, deadline=None)
def test_the_sum_of_every_line_holds_after_packs_minimum_budget_and_transfers(drawn: Any) -> None:
    what, a_day, policy = drawn
    plan = planned(what, a_day, policy=policy)
    lines, moved = plan.lines, plan.transfers

    need = lines["protection_demand"] + lines["safety_stock"] - lines["on_hand"] - lines["arriving"] + lines["promised"]
    assert (need == lines["need"]).all()
    total = (
        lines["need"].clip(lower=0)
        - lines["deferred"]
        + lines["pack_rounding"]
        + lines["cycle_raise"]
        + lines["moq_raise"]
    )
    assert (total - lines["shelf_life_cut"] - lines["budget_cut"] == lines["quantity"]).all()
    assert (lines["quantity"] % lines["pack"] == 0).all()
    # What is taken is what comes, line by line, and nobody gives what it has promised.
    by_place = lines.set_index(["sku", "warehouse"])
    out = moved.groupby(["sku", "from_warehouse"])["quantity"].sum().reindex(by_place.index).fillna(0)
    into = moved.groupby(["sku", "warehouse"])["quantity"].sum().reindex(by_place.index).fillna(0)
    assert (out == by_place["transfer_out"]).all()
    assert (into == by_place["transfer_in"]).all()
    assert (by_place["promised"] - out == what.stock.set_index(["sku", "warehouse"])["promised"]).all()
    assert (by_place["arriving"] == into).all()
    assert ((out == 0) | (by_place["on_hand"] >= by_place["promised"])).all()
    assert ((out == 0) | (into == 0)).all()
    assert (lines["forgone_micros"] >= 0).all()
    if policy.budget_micros is not None:
        fund = (lines["from_emergency_fund"] * 10 * YUAN).sum()
        assert lines["cost_micros"].sum() - fund <= policy.budget_micros


def test_an_order_before_the_holiday_must_last_until_the_first_order_after_it_is_there() -> None:
    # Closed on days 5 .. 9. Three days' lead: placed on day 1 there on day 4; on day 2, day 5 is closed: day 10.
    closed = np.zeros(40, dtype=bool)
    closed[5:10] = True
    placed = [int(days_until_arrival(np.array([3]), day, closed)[0]) for day in (1, 2, 6, 10)]
    assert placed == [4, 10, 13, 13]

    holidays = {"double_11": (2, 1)}
    around = closed_days(pd.Timestamp("2025-11-07").date(), 8, holidays)
    assert around.tolist() == [False, False, True, True, True, True, False, False]
    with pytest.raises(ValueError, match="suppliers rest around 'easter'"):
        closed_days(pd.Timestamp("2025-11-07").date(), 8, {"easter": (1, 1)})


def test_the_protection_period_grows_ahead_of_the_suppliers_holiday() -> None:
    resting = SETTINGS.model_copy(update={"supplier_holidays": {"618": (4, 10)}})
    what = known()

    def days(chosen: Replenishment, column: str = "protection_days") -> float:
        frame = protection_of(what, forecasts(what), chosen, policy_of(chosen)).frame
        return float(frame[column].iloc[0])

    # Ten days' lead and one between looks; 14 to 28 June is closed. Placed on the 6th it would be there on the 16th:
    # the first open day is the 29th, 25 days after the close of the 4th, so demand runs over 24.
    assert days(SETTINGS) == 11
    assert days(resting) == 24
    assert (days(SETTINGS, "rest_days"), days(resting, "rest_days")) == (0, 13)
    bound = resting.model_copy(update={"holiday_level": 0.55})
    frame = planned(what, settings=bound, policy=policy_of(bound)).lines
    assert (frame["service_level"] <= 0.55).all()


def test_while_the_supplier_rests_nothing_is_ordered_that_can_wait() -> None:
    # Two weeks before the holiday of the 6th to the 28th an order would arrive after it in any case.
    resting = SETTINGS.model_copy(update={"supplier_holidays": {"618": (12, 10)}})
    what = known(on_hand=0)

    lines = planned(what, settings=resting).lines

    # Today's order (placed on the 5th) is the last that starts: the next one starts on the 29th.
    assert (lines["deferred"] == 0).all()
    assert (lines["quantity"] > 0).all()
    earlier = planned(replace(what, day="2025-06-02"), settings=resting).lines
    assert (earlier["deferred"] > 0).all()
    assert (earlier["quantity"] == 0).all()


def test_sales_that_are_lost_before_the_arrival_are_not_ordered_for() -> None:
    empty, stocked = (planned(known(on_hand=units)).lines.iloc[0] for units in (0, 30))
    # Ten days at one a day are lost on an empty shelf; the mean of the given quantiles is a little below it.
    assert stocked["lost_before_arrival"] == 0
    assert 8 <= empty["lost_before_arrival"] <= 10
    assert empty["protection_demand"] == stocked["protection_demand"] - empty["lost_before_arrival"]
    assert "补不上" in explain(empty.to_dict(), "zh")


def test_the_cheaper_supplier_is_chosen_unless_it_is_late_and_the_others_are_named() -> None:
    what = replace(known(on_hand=0), purchase_orders=ordered(1, "2025-06-20", supplier="G2"))
    others = pd.concat([what.suppliers, what.suppliers.assign(supplier="G2")], ignore_index=True)
    line = planned(replace(what, suppliers=others)).lines.iloc[0]
    # G2 was paid 9 yuan, the master's G1 costs 10.
    assert (line["supplier"], line["fallback_suppliers"]) == ("G2", "G1")
    assert line["cost_micros"] == line["quantity"] * 9 * YUAN

    # G2's order of the 1st was due on the 2nd and is not there, G1's was there in time: 9 * 1.2 is more than 10.
    both = pd.concat(
        [ordered(1, "2025-06-02", supplier="G2"), ordered(1, "2025-06-02").assign(purchase_order_id="P2")],
        ignore_index=True,
    )
    came = pd.DataFrame([("R1", "P2", "1", "S1", "east", "2025-06-02", 1)], columns=no_receipts().columns)
    what = replace(what, suppliers=others, purchase_orders=both, receipts=came.astype(no_receipts().dtypes.to_dict()))
    line = planned(what).lines.iloc[0]
    assert (line["supplier"], line["fallback_suppliers"]) == ("G1", "G2")


def test_what_is_taken_off_sale_is_bought_for_its_last_days_only() -> None:
    still, ending, over = (
        planned(known(on_hand=0, ended_day=ended)).lines["need"].sum() for ended in (None, "2025-06-15", "2025-06-10")
    )
    assert still > 0
    assert over == 0  # an order would come on the 15th
    assert ending <= still


def test_a_hot_seller_has_a_fast_lane() -> None:
    slow = SETTINGS.model_copy(update={"review_period_days": 14})
    what = known()
    units = np.ones_like(what.panel.units)
    units[0, -7:] = 6.0
    hot = replace(what, panel=replace(what.panel, units=units))
    hot = replace(hot, suppliers=hot.suppliers.assign(review_period_days=14))

    lines = planned(hot, settings=slow).lines

    assert lines["hot_seller"].tolist() == [True, False, False]
    assert lines["review_period_days"].tolist() == [2, 14, 14]
    assert lines["due_day"][0] <= "2025-06-06"


def test_level_overrides_and_the_assumed_margin_reach_the_policy() -> None:
    policy = policy_of(Replenishment(level_overrides={"sku:S1": 0.6}, assumed_margin=0.4, holding_weight=3))
    assert policy.level_overrides == {"sku:S1": 0.6}
    assert policy.assumed_margin == 0.4
    assert policy.holding_weight is None  # levels come from the classes unless told
    lines = planned(known(), policy=policy).lines
    assert (lines["service_level"] == 0.6).all()


def test_a_large_minimum_order_needs_a_lower_level_where_levels_come_from_cost() -> None:
    by_cost = replace(policy_of(SETTINGS), holding_weight=10.0, order_line_micros=0)
    small, large = (planned(known(moq=moq), policy=by_cost).lines["service_level"][0] for moq in (1, 200))
    # 10 yuan of margin; a unit held a day costs 10 * 10 * 0.25 / 365 = 0.0685; batches last 1 and 200 days.
    assert small == pytest.approx(10 / 10.0685, abs=1e-3)
    assert large == pytest.approx(10 / 23.7, abs=1e-2)
    # A line of five yuan is ordered for sqrt(2 * 5 / 0.0685) = 12.1 days.
    cycle = planned(known(moq=1), policy=replace(by_cost, order_line_micros=5 * YUAN)).lines["service_level"][0]
    assert cycle == pytest.approx(10 / (10 + 12.1 * 0.0685), abs=1e-3)


def test_goods_under_way_count_from_when_their_supplier_works_again() -> None:
    resting = SETTINGS.model_copy(update={"supplier_holidays": {"618": (4, 10)}})
    what = replace(known(), purchase_orders=ordered(5, "2025-06-20"))
    protection = protection_of(what, forecasts(what), resting, policy_of(resting))
    line = plan_inputs(what, protection, resting).set_index("warehouse").loc["east"]
    assert line["next_arrival_days"] == 25
    assert DAY == "2025-06-04"


def test_what_a_holiday_may_catch_is_not_ordered_again_every_day_before_it() -> None:
    """Lead times of 5 to 14 days, the holiday ten days ahead: some orders come before it, most after. An order of
    yesterday that is expected after it does not come later than one of tomorrow."""
    resting = SETTINGS.model_copy(update={"supplier_holidays": {"618": (4, 10)}})
    received = pd.DataFrame(
        [(f"R{n}", f"Q{n}", "1", "S1", "east", f"2025-03-{6 + n % 10:02d}", 10) for n in range(20)],
        columns=no_receipts().columns,
    ).astype(no_receipts().dtypes.to_dict())
    past = pd.DataFrame(
        [(f"Q{n}", "1", "S1", "G1", "east", "2025-03-01", "2025-03-11", "closed", 10, 9 * YUAN) for n in range(20)],
        columns=no_orders().columns,
    ).astype(no_orders().dtypes.to_dict())
    caught = ordered(40, "2025-06-14")  # promised into the holiday: 29 June
    what = replace(known(), purchase_orders=pd.concat([past, caught], ignore_index=True), receipts=received)
    protection = protection_of(what, forecasts(what), resting, policy_of(resting))

    line = plan_inputs(what, protection, resting).set_index("warehouse").loc["east"]

    assert line["protection_days"] < 25
    # Half of the supplier's orders came a day early or sooner: it is assumed on the 13th, the day before the holiday.
    assert line[["next_arrival_days", "next_due_days"]].tolist() == [9, 10]
    assert line[["arriving", "arriving_later"]].tolist() == [40, 0]
    # One that is promised for a day far beyond is still no help.
    late = replace(what, purchase_orders=pd.concat([past, ordered(40, "2025-07-20")], ignore_index=True))
    line = plan_inputs(late, protection, resting).set_index("warehouse").loc["east"]
    assert line[["arriving", "arriving_later"]].tolist() == [0, 40]


def test_a_shelf_without_a_piece_is_empty_now_however_soon_goods_come() -> None:
    """Four pieces come in the next two days, of which 0.4 a day sell: too little is missed until then to be a loss."""
    soon = ordered(4, "2025-06-06")
    what = replace(known(on_hand=[0, 2, 0], promised=[0, 0, 5]), purchase_orders=soon)
    inputs = plan_inputs(what, protection_of(what, forecasts(what, 0.4), SETTINGS, policy_of(SETTINGS)), SETTINGS)

    east, north, south = inputs.to_dict("records")
    # 4 pieces last ten days from the day on which they are there; 2 of north last five.
    assert (east["first_empty_days"], round(east["runs_out_days"]), round(east["first_lost_days"])) == (0, 11, 11)
    assert (round(north["first_empty_days"]), round(north["runs_out_days"])) == (5, 5)
    assert south["first_empty_days"] == 0
    apart = SETTINGS.model_copy(update={"transport": Transport(open=False)})
    line = planned(what, 0.4, settings=apart).lines.iloc[0]
    assert (line["stock_lasts_days"], line["first_empty_day"]) == (0, "2025-06-05")
    assert "现在已无可卖库存" in explain(line.to_dict(), "zh")


@pytest.mark.parametrize("on_hand", [0, 500])
def test_a_merchant_with_one_warehouse(monkeypatch: pytest.MonkeyPatch, on_hand: int) -> None:
    """Nothing can move, and no line has a word of other warehouses."""
    monkeypatch.setattr("tests.replenishment.known.WAREHOUSES", ("east",))

    plan = planned(known(on_hand=on_hand))

    assert plan.transfers.empty
    assert len(plan.restock) == (on_hand == 0)
    told = with_elsewhere(plan.restock, plan.others)
    assert list(told["elsewhere_zh"]) == [""] * len(plan.restock)
