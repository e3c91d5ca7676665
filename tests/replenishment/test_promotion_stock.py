"""A promotion's stock plan by hand: arrivals, packs, holidays, stock that nobody knows, and no promotion at all."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from include.demand.panel import PROMOTIONS
from include.demand.promotion_effects import with_promotions
from include.replenishment.day_plan import plan_day
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import policy_of
from include.replenishment.promotions.promotion_stock import COLUMNS, by_supplier, promotion_stock
from include.replenishment.quantity.protection_period import protection_of
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from tests.replenishment.known import DAY, forecasts, known, no_orders

SETTINGS = Replenishment(transport=Transport(open=False), supplier_holidays={})


def day(after: int) -> str:
    return (pd.Timestamp(DAY) + pd.Timedelta(days=after)).strftime("%Y-%m-%d")


def promoted(what: PlanningData, first: int, last: int, lift: float = 3.0) -> PlanningData:
    """S1 in a promotion, told long ago."""
    row: dict[str, Any] = dict.fromkeys(PROMOTIONS, np.nan) | {
        "promotion": "summer", "sku": "S1", "shop": "", "share": 1.0, "first_day": day(first), "last_day": day(last),
        "lift": lift, "known_from": day(-30), "known_until": None,
    }  # fmt: skip
    frame = pd.DataFrame([row])
    for name, kind in PROMOTIONS.items():
        frame[name] = pd.to_datetime(frame[name]) if kind.startswith("datetime") else frame[name].astype(kind)
    return replace(what, panel=replace(what.panel, promotions=frame.astype(PROMOTIONS)))


def stock(what: PlanningData, settings: Replenishment = SETTINGS) -> pd.DataFrame:
    policy = policy_of(settings)
    protection = protection_of(what, with_promotions(forecasts(what), what.panel), settings, policy)
    plan = plan_day(what, protection, settings, policy)
    return promotion_stock(what, protection, plan, settings)


def test_without_promotions_there_is_an_empty_plan() -> None:
    lines = stock(known())

    assert list(lines.columns) == list(COLUMNS)
    assert len(lines) == 0
    assert len(by_supplier(lines)) == 0


def test_what_comes_in_time_is_counted_and_the_rest_ordered_in_packs() -> None:
    # given 5 in each warehouse, and two orders for the east: one before the promotion, one within it
    rows = [
        (number, "1", "S1", "G1", "east", day(-3), day(expected), "open", units, 9)
        for number, expected, units in (("P1", 8, 6), ("P2", 22, 4))
    ]
    bought = pd.DataFrame(rows, columns=no_orders().columns).astype(no_orders().dtypes.to_dict())
    what = promoted(replace(known(on_hand=5, pack=12, moq=20), purchase_orders=bought), 21, 27)

    lines = stock(what).set_index("warehouse")

    # then on a day's one unit, 20 are expected before it and 21 within
    line = lines.loc["east"]
    assert round(float(line["demand_promotion"] / line["demand_before"]), 2) == round(21 / 20, 2)
    assert (line["arriving"], line["arriving_during"]) == (6, 4)
    for name in ("east", "north"):
        one = lines.loc[name]
        assert (
            one["need"] == one["target"] - one["lost"] - 5 - one["arriving"] - one["arriving_during"] + one["promised"]
        )
        assert one["quantity"] == -(-max(int(one["need"]), 20) // 12) * 12
    assert lines.loc["north", "need"] > line["need"]
    # ten days of lead time, so that it is ordered by the eleventh
    assert (line["order_by"], bool(line["is_late"])) == (day(11), False)


def test_a_suppliers_holiday_brings_the_last_order_day_forward() -> None:
    # given a promotion shortly after 618, around which the supplier rests from the 10th to the 20th of June
    what = promoted(known(on_hand=5), 20, 25)
    rests = SETTINGS.model_copy(update={"supplier_holidays": {"618": (8, 2)}})

    open_all_the_time, resting = stock(what), stock(what, rests)

    assert set(open_all_the_time["order_by"]) == {day(10)}  # the 14th of June
    assert set(resting["order_by"]) < {day(days) for days in range(1, 6)}  # the 9th at the latest


def test_of_a_shelf_that_nobody_knows_nothing_is_said() -> None:
    what = promoted(known(on_hand=5), 21, 27)
    bare = replace(what, stock=what.stock[what.stock["warehouse"] != "north"].reset_index(drop=True))

    line = stock(bare).set_index("warehouse").loc["north"]

    assert pd.isna(line["on_hand"])
    assert pd.isna(line["quantity"])
    assert line["demand_promotion"] > 0
