"""Stock that nobody knows, or knows of another day: not planned, or planned with its age said; never taken for none."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from include.replenishment.day_plan import DayPlan, plan_day, plan_inputs
from include.replenishment.explain import explain
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.replenishment.stock_notes import held_notes, stock_notes
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from tests.replenishment.known import DAY, forecasts, known

pytestmark = pytest.mark.slow

SETTINGS = Replenishment(transport=Transport(cost_per_unit=1, days=2, min_saving=0))
FILES = pd.DataFrame(
    [(shop, place, DAY, "zeros", False, "told", 0, 1, False) for shop, place in (("erp", "east"), ("erp", "north"))],
    columns=[
        "shop", "warehouse", "stock_day", "leaves_out", "is_said", "state", "missing", "named", "seems_to_leave_out",
    ],
)  # fmt: skip


def planned(what: PlanningData, a_day: Any = 1.0) -> DayPlan:
    policy = policy_of(SETTINGS)
    return plan_day(what, protection_of(what, forecasts(what, a_day), SETTINGS, policy), SETTINGS, policy)


def with_shelf(what: PlanningData, warehouse: str, **shelf: Any) -> PlanningData:
    """The shelf of S1 in `warehouse` as told otherwise."""
    usual = {"stock_day": DAY, "state": "told", "sold_since": 0, "received_since": 0}
    stock = what.stock.assign(**usual)
    for name, value in shelf.items():
        stock.loc[stock["warehouse"] == warehouse, name] = value
    return replace(what, stock=stock)


def line(plan: DayPlan, warehouse: str) -> dict[str, Any]:
    return plan.lines.set_index("warehouse", drop=False).loc[warehouse].to_dict()


def test_a_shelf_whose_stock_is_unknown_is_on_no_list_and_in_the_notes() -> None:
    what = known(on_hand=[0, 40, 400])
    missing = replace(what, stock=what.stock[what.stock["warehouse"] != "east"], stock_files=FILES)

    plan = planned(missing)

    assert "east" in set(planned(what).transfers["warehouse"])
    for frame in (plan.lines, plan.restock, plan.excess, plan.transfers, plan.inputs):
        assert "east" not in set(frame["warehouse"])
    assert plan.unplanned[["sku", "warehouse"]].to_numpy().tolist() == [["S1", "east"]]
    zh, en = stock_notes(plan, missing)[0]
    assert en == "1 skus not planned: no stock known for east (its stock file does not tell): S1."
    assert zh == "east：1 个在售商品库存未知（库存文件没有给出可用的数），没有列入建议：S1。"


def test_a_merchant_without_stock_files_gets_one_note_and_no_line() -> None:
    what = known(on_hand=50)
    without = replace(what, stock=what.stock.iloc[:0], stock_files=FILES.iloc[:0])

    plan = planned(without)

    assert plan.lines.empty
    assert plan.restock.empty
    assert plan.excess.empty
    notes = stock_notes(plan, without)
    assert len(notes) == 1
    assert notes[0][1].startswith("No stock is known: 1 skus are not planned.")


def test_an_old_number_is_planned_with_its_day_and_what_happened_since() -> None:
    """20 lay there two days ago, 3 sold and 8 came in since: 28 less 3 are there."""
    what = with_shelf(
        known(on_hand=[28, 40, 40]),
        "east",
        stock_day="2025-06-02",
        promised=3,
        state="unreadable",
        sold_since=3,
        received_since=8,
    )

    found = line(planned(what), "east")

    assert {"stock_old", "stock_unreadable"} <= set(found["reasons"].split())
    assert "stock_out_now" not in found["reasons"]
    assert "库存为 2025-06-02 的数（2 天前），其后售出 3 件、入库 8 件" in explain(found, "zh")
    assert "the stock is of 2025-06-02 (2 days ago)" in explain(found, "en")
    assert found["on_hand"] - found["promised"] == 25


def test_a_shelf_that_the_file_leaves_out_is_empty_and_says_so() -> None:
    found = line(planned(with_shelf(known(on_hand=[0, 40, 40]), "east", state="left_out")), "east")

    assert {"stock_out_now", "left_out"} <= set(found["reasons"].split())
    assert "2025-06-04 的库存文件没有列出它，按 0 件计" in explain(found, "zh")


def test_an_unsure_number_gives_nothing_away_is_never_too_much_and_never_called_out_of_stock() -> None:
    sure = known(on_hand=[400, 0, 40])
    unsure = with_shelf(sure, "east", state="unsure", stock_day="2025-06-03")

    assert "east" in set(planned(sure).transfers["from_warehouse"])
    assert "east" in set(planned(sure).excess["warehouse"])
    plan = planned(unsure)
    assert "east" not in set(plan.transfers["from_warehouse"])
    assert "east" not in set(plan.excess["warehouse"])
    nothing = line(planned(with_shelf(known(on_hand=[0, 40, 40]), "east", state="unsure")), "east")
    assert "stock_out_now" not in nothing["reasons"]


def test_a_shop_whose_files_seem_cut_off_or_leave_out_zeros_is_told_so() -> None:
    what = known(on_hand=50)
    files = FILES.assign(state=["unsure", "told"], missing=[6, 0], named=[4, 9], seems_to_leave_out=[False, True])

    english = [en for _, en in stock_notes(planned(what), replace(what, stock_files=files))]

    assert english[0].startswith("The stock file of east from erp of 2025-06-04 names 4 skus and lacks 6")
    assert "leaves_out: zeros" in english[1]
    said = replace(what, stock_files=files.assign(state="told", is_said=True))
    assert stock_notes(planned(what), said) == []


def test_oversold_stock_of_an_erp_stays_negative_and_is_ordered_for() -> None:
    needs = {on_hand: line(planned(known(on_hand=[on_hand, 40, 40])), "east")["need"] for on_hand in (0, -5)}

    assert needs[-5] >= needs[0]
    assert line(planned(known(on_hand=[-5, 40, 40])), "east")["on_hand"] == -5


def test_what_is_best_held_on_to_is_summed_up_with_its_money() -> None:
    """95 pieces sell in 95 days: 5 are too many and cost nothing to keep."""
    plan = planned(known(on_hand=[95, 40, 40]))

    held = plan.excess[plan.excess["action"] == "hold"]
    assert held["warehouse"].tolist() == ["east"]
    (zh, en), (max_zh, _) = held_notes(plan.excess)
    assert en.startswith("All excess: 1 positions, 5 units, 50.00 yuan tied up; asked for here: 0 positions")
    assert "积压合计 1 处 5 件，占用 50.00 元；其中建议处理 0 处" in zh
    assert "继续持有最省、这里不列出 1 处 5 件，占用 50.00 元" in zh
    assert max_zh.startswith("继续持有占用最多的：S1 east 5 件 50.00")


def test_what_is_sold_and_not_shipped_of_an_ended_sku_is_ordered_and_says_why() -> None:
    """Off sale since yesterday: seven are sold and two lie there."""
    what = known(on_hand=[2, 0, 0], promised=[7, 0, 0], ended_day="2025-06-03")

    plan = planned(what, 0.0)

    found = line(plan, "east")
    assert plan.lines["warehouse"].tolist() == ["east"]  # nobody waits for the others
    assert found["need"] == found["quantity"] == 5
    assert "only_promised" in found["reasons"].split()
    assert "2025-06-03 下架，只补已售未发的 7 件；也可以改为退款" in explain(found, "zh")
    # Five customers would have to be paid back, at the price of 20 yuan.
    assert found["money_at_risk_micros"] == 5 * 20_000_000


def test_ended_goods_that_lie_there_are_too_much_with_their_money() -> None:
    plan = planned(known(on_hand=[42, 0, 0], ended_day="2025-06-03"), 0.0)

    excess = plan.excess.iloc[0]
    assert plan.lines.empty
    assert excess[["warehouse", "quantity", "action"]].tolist() == ["east", 42, "clear"]
    assert excess["tied_up_micros"] == 42 * 10_000_000


def test_what_sells_until_its_end_leaves_the_rest_as_excess() -> None:
    """One a day, off sale in ten days, 60 there: 50 too many."""
    plan = planned(known(on_hand=[60, 60, 60], ended_day="2025-06-14"))

    assert plan.excess["quantity"].tolist() == [50, 50, 50]
    assert (
        plan_inputs(known(), protection_of(known(), forecasts(known()), SETTINGS, policy_of(SETTINGS)), SETTINGS)[
            "state"
        ]
        .eq("told")
        .all()
    )
