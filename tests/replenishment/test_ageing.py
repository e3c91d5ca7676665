"""Goods beyond their shelf life, or that will not sell before it: by receipts, first in, first out."""

from dataclasses import replace
from typing import Any

import pandas as pd

from include.pipeline.restock import payloads
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.replenishment.surplus.ageing import ageing
from include.replenishment.surplus.explain_surplus import explain_excess
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from tests.replenishment.known import forecasts, known, no_receipts

DAY = "2025-06-04"


def came(*receipts: tuple[str, int]) -> pd.DataFrame:
    rows = [("R", "P", "1", "S1", "east", day, units) for day, units in receipts]
    columns = ["receipt_id", "purchase_order_id", "line_id", "sku", "warehouse", "received_day", "quantity"]
    return pd.DataFrame(rows, columns=columns)


def shelf(on_hand: int, promised: int = 0, life: int | None = 30) -> pd.DataFrame:
    """Of one sold a day."""
    columns = ["sku", "warehouse", "on_hand", "promised", "daily_mean"]
    frame = pd.DataFrame([("S1", "east", on_hand, promised, 1.0)], columns=columns)
    return frame.assign(shelf_life_days=pd.array([life], dtype="Int64"))


def told(shelves: pd.DataFrame, receipts: pd.DataFrame) -> list[Any]:
    return ageing(shelves, receipts, DAY).astype(object).iloc[0].tolist()


def test_the_newest_receipts_are_what_lies_there() -> None:
    """40 there: the 25 of 06-01 and 15 of the 50 of 05-25. Those have 20 days left and sell in 15; the newer 25 are
    sold by day 40, and keep until day 27: 13 spoil."""
    assert told(shelf(40), came(("2025-04-01", 100), ("2025-05-25", 50), ("2025-06-01", 25))) == [0, 13, 20]


def test_what_is_older_than_its_shelf_life_is_expired() -> None:
    """10 came 34 days ago and are expired; 20 came ten days ago and sell within their twenty days but for 10."""
    assert told(shelf(30), came(("2025-05-01", 10), ("2025-05-25", 20))) == [10, 10, 20]


def test_what_is_promised_leaves_first_unless_it_is_expired() -> None:
    assert told(shelf(30, promised=4), came(("2025-05-20", 30))) == [0, 11, 15]
    assert told(shelf(30, promised=4), came(("2025-05-01", 10), ("2025-06-03", 20))) == [10, 10, 29]


def test_what_no_receipt_tells_of_is_at_least_as_old_as_the_oldest_known() -> None:
    assert told(shelf(30), came(("2025-05-01", 10))) == [30, 30, 0]


def test_nothing_is_said_of_goods_that_keep_or_whose_receipts_are_unknown() -> None:
    for shelves, receipts in ((shelf(30, life=None), came(("2020-01-01", 30))), (shelf(30), came())):
        found = told(shelves, receipts)
        assert found[:2] == [0, 0]
        assert pd.isna(found[2])


def test_what_will_not_sell_in_time_is_on_the_excess_list_with_its_days_left() -> None:
    what = known(on_hand=[30, 0, 0], shelf_life_days=30)
    settings = Replenishment(transport=Transport(open=False))
    policy = policy_of(settings)

    def planned(receipts: pd.DataFrame) -> DayPlan:
        there = replace(what, receipts=receipts)
        return plan_day(there, protection_of(there, forecasts(there), settings, policy), settings, policy)

    def excess(receipts: pd.DataFrame) -> pd.DataFrame:
        return planned(receipts).excess

    assert excess(no_receipts()).empty  # thirty days of stock, thirty of shelf life
    line = excess(came(("2025-05-20", 30))).iloc[0]
    assert line[["quantity", "days_left", "grade"]].tolist() == [15, 15, "A"]  # 15 days left, one a day
    assert line["action"] == "promote"
    assert line["action_days"] == 15  # it is over before the goods are
    assert "临期：最早一批还剩 15 天，到期前卖不完 15 件" in explain_excess(line.to_dict(), "zh")
    expired = excess(came(("2025-05-01", 30))).iloc[0]
    assert expired[["quantity", "action", "action_units", "grade"]].tolist() == [30, "dispose", 30, "S"]
    assert "建议停售报废 30 件。" in explain_excess(expired.to_dict(), "zh")
    assert "30 units are beyond their shelf life" in explain_excess(expired.to_dict(), "en")
    text = explain_excess(expired.to_dict(), "zh")
    assert "已过期 30 件，不能卖；建议" in text
    assert not [way for way in ("各方案成本", "促销", "清仓", "继续持有", "其余") if way in text]
    (listed,) = payloads(planned(came(("2025-05-01", 30))))["excess"].to_dict("records")
    assert listed["action_zh"] == "停售报废"
    assert pd.isna(listed["saved_micros"])
    # Ten more are too many as well, and may be sold.
    some = expired.to_dict() | {"quantity": 40}
    assert "其余 10 件没过期，报废后再列" in explain_excess(some, "zh")
