"""What stands above the lists: the day's catch-up, all excess with its money, and what came of earlier work on it."""

from dataclasses import replace

import pandas as pd

from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.planning_frames import CLEARED, PlanningData
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.replenishment.stock_notes import catch_up_notes, freed_notes, held_notes
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from tests.replenishment.known import forecasts, known

SETTINGS = Replenishment(transport=Transport(open=False))


def planned(what: PlanningData) -> DayPlan:
    policy = policy_of(SETTINGS)
    return plan_day(what, protection_of(what, forecasts(what), SETTINGS, policy), SETTINGS, policy)


def test_what_makes_up_for_earlier_days_is_named_with_its_money() -> None:
    """Bare shelves are filled for weeks at once; shelves that follow the list need a day's sales."""
    bare = planned(known(on_hand=0))
    ((zh, en),) = catch_up_notes(bare, 0.1)
    whole = f"{bare.lines['cost_micros'].sum() / 1_000_000:,.2f}"
    assert f"建议订货合计 {whole} 元，其中 " in zh
    assert "为首次补足" in zh
    assert f"Suggested orders come to {whole} yuan" in en

    level = planned(known(on_hand=200)).lines["order_up_to"].tolist()
    following = planned(known(on_hand=[units - 1 for units in level]))
    assert (following.lines["quantity"] > 0).all()
    assert catch_up_notes(following, 0.1) == []


def test_the_heads_totals_are_those_of_the_whole_plan() -> None:
    """Off sale and sold no more: cleared. Five pieces beyond the cover: held. Both are counted with their money."""
    ended = known(("S1", "S2"), on_hand=[95, 40, 40, 42, 0, 0])
    goods = ended.products
    goods = goods.assign(ended_day=goods["ended_day"].where(goods["sku"] != "S2", "2025-06-03"))
    panel = replace(ended.panel, ended=(ended.panel.keys["sku"] == "S2").to_numpy())
    excess = planned(replace(ended, products=goods, panel=panel)).excess

    (total, _), *_, (off_sale, _) = held_notes(excess)

    assert excess["tied_up_micros"].sum() == (5 + 42) * 10_000_000
    assert total.startswith("积压合计 2 处 47 件，占用 470.00 元；其中建议处理 1 处 42 件，占用 420.00 元")
    assert "不列出 1 处 5 件，占用 50.00 元" in total
    assert off_sale == "积压中已下架商品 1 处 42 件，占用 420.00 元。"


def test_what_earlier_work_freed_is_told_with_its_money() -> None:
    """Twenty were agreed to at ten yuan; twelve have left since."""
    what = known(on_hand=[38, 40, 40])
    said = {"sku": ["S1"], "warehouse": "east", "task_id": "t", "action": "clear", "state": "done", "quantity": 20}
    cleared = pd.DataFrame({**said, "on_hand": 50, "acted_day": "2025-05-04"}).astype(CLEARED)

    ((zh, en),) = freed_notes(replace(what, cleared=cleared))

    assert zh == "2025-05-04 以来已处理积压 1 处、20 件（占用 200.00 元）：库存已减少 12 件，释放资金 120.00 元。"
    assert "12 have left their shelves, 120.00 yuan freed" in en
    assert freed_notes(what) == []


def test_a_bundles_partner_is_not_one_that_is_bought_itself_and_fresh_units_are_told_of() -> None:
    """S1 sells little and has far too much; S2 and S3 of its category sell a lot. S2 is short, S3 has plenty."""
    skus = ("S1", "S2", "S3")
    what = known(skus, on_hand=[400, 400, 400, 0, 0, 0, 500, 500, 500])
    pace = [0.2, 0.2, 0.2, 9.0, 9.0, 9.0, 5.0, 5.0, 5.0]
    policy = policy_of(SETTINGS)

    def excess(what: PlanningData) -> pd.DataFrame:
        plan = plan_day(what, protection_of(what, forecasts(what, pace), SETTINGS, policy), SETTINGS, policy)
        return plan.excess[plan.excess["sku"] == "S1"]

    lines = excess(what)
    assert lines["companion"].tolist() == ["S3", "S3", "S3"]
    # S3 beyond its own need, not beyond its shelf.
    assert (lines["companion_spare"] < 500).all()
    came = pd.DataFrame({"receipt_id": ["R"], "purchase_order_id": ["P"], "line_id": ["1"], "sku": ["S1"],
                         "warehouse": ["east"], "received_day": ["2025-05-25"], "quantity": [400]})  # fmt: skip
    fresh = excess(replace(what, receipts=came.astype({"quantity": "int64"})))
    assert fresh.set_index("warehouse")["quantity"].to_dict()["east"] == 0
    east = int(fresh["too_fresh"].sum())
    assert any(f"另有 {east} 件刚到货不久，先不处理，未计入。" == zh for zh, _ in held_notes(fresh))
    old = excess(replace(what, receipts=came.assign(received_day="2025-05-20").astype({"quantity": "int64"})))
    assert old["too_fresh"].tolist() == [0, 0, 0]
