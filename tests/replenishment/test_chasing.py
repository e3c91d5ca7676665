"""Open orders that need a person: each with what it holds back, and nothing that needs nobody."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from include.pipeline.restock import payloads
from include.replenishment.explain import explain
from include.replenishment.orders.chasing import explain_chase
from include.replenishment.planning_frames import CHASED, PlanningData
from include.tasks.drafts import drafts_from_frame
from include.tasks.kind import NOW, SOON
from tests.replenishment.known import DAY, YUAN, known, no_orders
from tests.replenishment.test_day_plan import SETTINGS, planned
from tests.replenishment.test_under_way import APART, accepted, bought

pytestmark = pytest.mark.slow


def chased(what: PlanningData, **settings: Any) -> pd.DataFrame:
    under_way = APART.under_way.model_copy(update=settings)
    return planned(what, settings=APART.model_copy(update={"under_way": under_way})).chase.set_index("reference")


def test_each_open_order_gets_the_action_that_its_shelf_asks_for() -> None:
    """The day is 2025-06-04. One a day sells at 20 yuan; east and north have 3, south 200."""
    south = bought(("P4", "2025-05-01", "2025-06-10", 500)).assign(warehouse="south")
    north = bought(("P3", "2025-05-20", "2025-06-28", 40)).assign(warehouse="north")  # due when stock is long gone
    orders = bought(
        ("P1", "2024-03-20", "2024-04-02", 400),  # 428 days overdue
        ("P2", "2025-05-01", "2025-05-30", 50),  # five days overdue, and the shelf runs empty
        ("P5", "2025-06-01", "2025-06-06", 5),  # comes in time
    )
    lines = chased(
        replace(known(on_hand=[3, 3, 200]), purchase_orders=pd.concat([orders, north, south], ignore_index=True))
    )

    assert lines["action"].to_dict() == {
        "P1-1": "cancel",
        "P2-1": "expedite",
        "P3-1": "pull_forward",
        "P4-1": "postpone",
    }
    # Without P4 the 200 last 200 days; what is not late says nothing of delays.
    assert lines.loc["P4-1", ["overdue_days", "held_back", "money_at_risk_micros"]].tolist() == [0, 0, 0]
    assert lines.loc["P2-1", ["quantity", "overdue_days", "supplier"]].tolist() == [50, 5, "G1"]
    assert lines.loc["P2-1", "money_at_risk_micros"] > 0
    assert lines.loc["P2-1", "a_day_micros"] == 20 * YUAN
    assert "已逾期 428 天，超出供应商历来的延误" in explain_chase(lines.loc["P1-1"].to_dict(), "zh")
    assert "the restock plan counts it as 0" in explain_chase(lines.loc["P1-1"].to_dict(), "en")


def test_an_overdue_order_that_nobody_misses_is_only_to_be_confirmed() -> None:
    lines = chased(replace(known(on_hand=90), purchase_orders=bought(("P2", "2025-05-01", "2025-05-30", 50))))
    assert lines["action"].to_dict() == {"P2-1": "confirm"}
    assert lines.loc["P2-1", "a_day_micros"] == 0


def test_what_sells_nothing_and_does_not_lie_there_is_not_to_be_postponed() -> None:
    """A launch that nobody has bought yet: its goods are to come, however little the forecast knows of them."""
    what = known(on_hand=0)
    panel = replace(what.panel, units=np.zeros_like(what.panel.units))
    soon = bought(("P1", "2025-06-01", "2025-06-10", 20))

    def told(on_hand: int) -> pd.DataFrame:
        some = replace(known(on_hand=on_hand), panel=panel, purchase_orders=soon)
        return planned(some, 0.0, settings=APART).chase

    assert told(0).empty
    (line,) = told(30).to_dict("records")
    assert line["action"] == "postpone"
    assert "现有库存预计卖不动" in explain_chase(line, "zh")
    assert "9999" not in explain_chase(line, "zh") + explain_chase(line, "en")


def test_goods_that_are_taken_off_sale_before_they_come_are_to_be_cancelled() -> None:
    order = bought(("P1", "2025-06-01", "2025-06-14", 50))
    ending = chased(replace(known(on_hand=5, ended_day="2025-06-10"), purchase_orders=order))
    gone = chased(replace(known(on_hand=5, ended_day="2025-05-10"), purchase_orders=order))
    for lines in (ending, gone):
        assert lines["action"].to_dict() == {"P1-1": "cancel"}
        assert "ended" in lines.loc["P1-1", "reasons"]


def test_an_order_for_a_warehouse_that_nobody_knows_is_told_and_not_dropped() -> None:
    strange = bought(("P1", "2025-06-01", "2025-06-14", 50)).assign(warehouse="east depot")
    lines = chased(replace(known(), purchase_orders=strange))
    assert lines.loc["P1-1", ["action", "quantity", "counted"]].tolist() == ["confirm", 50, 0]
    assert lines.loc["P1-1", "reasons"] == "no_place"


def test_an_acceptance_without_a_purchase_order_is_asked_about_after_the_days_it_may_take() -> None:
    shows = replace(known(), purchase_orders=bought(("P9", "2025-06-01", "2025-06-12", 1)))
    assert "t1" not in chased(replace(shows, ordered=accepted(3))).index
    lines = chased(replace(shows, ordered=accepted(4)))
    assert lines.loc["t1", ["action", "quantity", "accepted_task"]].tolist() == ["confirm", 40, "t1"]
    text = explain_chase(lines.loc["t1"].to_dict(), "en")
    assert "accepted by li on 2025-05-31, no purchase order seen" in text


def answer(order: str, days_ago: int) -> pd.DataFrame:
    acted = (pd.Timestamp(DAY) - pd.Timedelta(days=days_ago)).strftime("%Y-%m-%d")
    row = (order, "1", "", "asked", None, 50, "2025-05-30", 50, acted)
    return pd.DataFrame([row], columns=list(CHASED)).astype(CHASED)


@pytest.mark.parametrize(("days_ago", "listed"), [(0, False), (2, False), (3, True)])
def test_what_was_asked_lately_is_not_asked_again(days_ago: int, listed: bool) -> None:
    late = replace(known(on_hand=3), purchase_orders=bought(("P2", "2025-05-01", "2025-05-30", 50)))
    lines = chased(replace(late, chased=answer("P2", days_ago)), ask_again_days=3)
    assert ("P2-1" in lines.index) == listed


def test_the_list_puts_what_costs_most_first_and_an_empty_shelf_is_urgent() -> None:
    north = bought(("P3", "2025-05-01", "2025-05-30", 30)).assign(warehouse="north")
    orders = pd.concat([bought(("P2", "2025-05-01", "2025-05-30", 50)), north], ignore_index=True)
    plan = planned(replace(known(on_hand=[0, 3, 90]), purchase_orders=orders), settings=APART)

    drafts = drafts_from_frame("chase", DAY, payloads(plan)["chase"])

    assert [(draft.subject, draft.urgency) for draft in drafts] == [("P2-1", NOW), ("P3-1", SOON)]
    assert drafts[0].payload["action_zh"] == "催货"
    assert drafts[0].payload["money_at_risk_micros"] > drafts[1].payload["money_at_risk_micros"]


def test_what_comes_in_time_by_its_order_and_too_late_for_an_empty_shelf_is_urgent() -> None:
    """East has nothing and waits 24 days for P2, which nobody calls late; north has 3 and misses P3, overdue."""
    north = bought(("P3", "2025-05-01", "2025-05-30", 30)).assign(warehouse="north")
    orders = pd.concat([bought(("P2", "2025-05-20", "2025-06-28", 40)), north], ignore_index=True)
    plan = planned(replace(known(on_hand=[0, 3, 90]), purchase_orders=orders), settings=APART)

    drafts = drafts_from_frame("chase", DAY, payloads(plan)["chase"])

    told = [(draft.subject, draft.payload["action_zh"], draft.urgency) for draft in drafts]
    assert told == [("P2-1", "提前", NOW), ("P3-1", "催货", SOON)]


def test_without_open_orders_there_is_no_list() -> None:
    plan = planned(replace(known(), purchase_orders=no_orders()), settings=APART)
    assert drafts_from_frame("chase", DAY, payloads(plan)["chase"]) == []


def test_goods_of_an_unknown_price_are_asked_about_all_the_same() -> None:
    order = bought(("P3", "2025-05-20", "2025-06-28", 40))
    what = known(on_hand=3, list_price_micros=pd.NA)
    what = replace(what, sold=what.sold.assign(units_13_weeks=0.0, revenue_13_weeks_micros=0), purchase_orders=order)
    lines = chased(what)
    assert lines["action"].to_dict() == {"P3-1": "pull_forward"}
    assert lines["money_at_risk_micros"].isna().all()
    assert "? yuan of sales a day" in explain_chase(lines.iloc[0].to_dict(), "en")


def test_an_order_that_exports_no_longer_name_is_to_be_confirmed_and_says_why() -> None:
    orders = bought(("P1", "2025-05-20", "2025-06-09", 5), ("P2", "2025-05-20", "2025-06-09", 5))
    told = orders.assign(unnamed_since=pd.Series(["2025-05-25", pd.NA], dtype="str"))
    lines = chased(replace(known(on_hand=30), purchase_orders=told))
    assert lines["action"].to_dict() == {"P1-1": "confirm"}
    assert "(last on 2025-05-25): was it deleted in the ERP?" in explain_chase(lines.loc["P1-1"].to_dict(), "en")
    assert "上次见于 2025-05-25" in explain_chase(lines.loc["P1-1"].to_dict(), "zh")


def test_chase_and_restock_count_an_order_on_the_same_day_and_the_same_units_as_missing() -> None:
    """Three in the north sell in three days. Its order comes on the 28th; what is ordered today is there on the 14th:
    what is missing before then is missing on both lists."""
    north = bought(("P3", "2025-06-01", "2025-06-28", 40)).assign(warehouse="north")
    plan = planned(replace(known(on_hand=[200, 3, 200]), purchase_orders=north), settings=APART)

    (chase,), line = plan.chase.to_dict("records"), plan.lines.set_index("warehouse").loc["north"]

    assert chase["counted_day"] == line["next_arrival_day"] == "2025-06-28"
    assert chase["held_back"] == line["lost_before_arrival"] == 6
    assert "按 2025-06-28 到货计，到货前预计缺 6 件" in explain_chase(chase, "zh")
    assert f"已算上今天建议订的 {line['quantity']} 件，按 2025-06-14 到货计" in explain_chase(chase, "zh")
    assert "今天下单按 2025-06-14 到货计，此前预计缺货 6 件" in explain(line.to_dict(), "zh")
    told = payloads(plan)["chase"].iloc[0]
    assert told["counted_day"] == "2025-06-28"
    others = "{} 可用 200 件/200 天，没有到这里的调拨线路"
    assert told["elsewhere_zh"] == f"{others.format('east')}；{others.format('south')}"


def test_what_a_transfer_brings_is_not_called_forward_and_what_is_called_forward_is_not_sold_off() -> None:
    """East has years of stock. The north's three sell in three days, and 40 come on the 12th, before an order of today:
    nothing is to be bought. Open lanes bring what is missing; if they are closed, the order is called forward."""
    north = bought(("P3", "2025-06-01", "2025-06-12", 40)).assign(warehouse="north")
    stock = known(on_hand=[3000, 3, 60])
    what = replace(stock, purchase_orders=north)

    helped, alone = (planned(what, settings=settings) for settings in (SETTINGS, APART))

    assert "north" in set(helped.transfers["warehouse"])
    assert helped.chase.empty
    assert alone.restock.empty
    assert alone.chase["action"].tolist() == ["pull_forward"]
    assert alone.excess.set_index("warehouse")["action"].to_dict() == {"east": "hold"}
    # If nobody waits for it, it is cleared.
    enough = replace(what, stock=stock.stock.assign(on_hand=[3000, 20, 60]))
    assert planned(enough, settings=APART).excess.set_index("warehouse")["action"].to_dict() == {"east": "clear"}


def test_an_order_that_was_asked_about_without_an_answer_says_since_when() -> None:
    late = replace(known(on_hand=3), purchase_orders=bought(("P2", "2025-05-01", "2025-05-30", 50)))
    again = chased(replace(late, chased=answer("P2", 3)), ask_again_days=3).loc["P2-1"].to_dict()
    assert "2025-06-01 已催，至今未答复" in explain_chase(again, "zh")
    assert "asked on 2025-06-01, no answer yet" in explain_chase(again, "en")
    said = answer("P2", 3).assign(outcome="new_day", new_day="2025-06-02")
    answered = chased(replace(late, chased=said), ask_again_days=3).loc["P2-1"].to_dict()
    assert "未答复" not in explain_chase(answered, "zh")


def test_a_shelf_that_waits_for_its_order_gets_what_it_misses_meanwhile() -> None:
    """East has 80 days' stock, not too much. The north lacks nothing once its 40 come on the 12th, and sells out on the
    7th: of the days between, a transfer that takes two reaches most."""
    north = bought(("P3", "2025-06-01", "2025-06-12", 40)).assign(warehouse="north")
    what = replace(known(on_hand=[80, 3, 60]), purchase_orders=north)
    helped, alone = (planned(what, settings=settings) for settings in (SETTINGS, APART))

    (moved,) = helped.transfers.to_dict("records")
    assert (moved["from_warehouse"], moved["warehouse"], moved["lacking_units"]) == ("east", "north", 3)
    # Each is likely to be sold: half its margin of 10 yuan at least.
    assert moved["sales_micros"] >= 3 * 5 * YUAN
    assert (alone.chase["held_back"].tolist(), helped.chase["held_back"].tolist()) == ([3], [1])
    assert "已算上其他仓调来的 3 件" in explain_chase(helped.chase.iloc[0].to_dict(), "zh")
