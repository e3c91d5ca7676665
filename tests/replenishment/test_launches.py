"""First orders of what the masters launch: borrowed from the launches of skus like it, with its bound said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from include.demand.panel import build_panel
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.explain import explain
from include.replenishment.launches import with_launches
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.replenishment.stock_notes import launch_notes
from include.settings.stock.replenishment import Replenishment
from tests.replenishment.known import DAY, FIRST_DAY, WAREHOUSES, YUAN, forecasts, known
from tests.replenishment.test_day_plan import ordered

SETTINGS = Replenishment()
EARLIER = "2025-04-11"  # when the others were launched: ten days after the first known one


def merchant(launch: str, others: int = 8, sold: int = 2) -> PlanningData:
    """`others` skus like N1, launched on one day, of which each warehouse sold two a day ever since; and N1."""
    skus = tuple(f"S{number}" for number in range(others))
    what = known(skus, on_hand=60)
    new = what.products.iloc[:1].assign(sku="N1", title="N1", launched_day=launch)
    goods = pd.concat([what.products.assign(launched_day=EARLIER), new], ignore_index=True)
    days = pd.date_range(EARLIER, DAY).strftime("%Y-%m-%d")
    places = pd.MultiIndex.from_product([skus, WAREHOUSES, days], names=["sku", "warehouse", "day"])
    facts = places.to_frame(index=False).assign(units=float(sold), revenue_micros=sold * 20 * YUAN)
    shelf = facts[["sku", "warehouse", "day"]].assign(in_stock_share=1.0)
    return replace(what, products=goods, panel=build_panel(facts, shelf, goods, FIRST_DAY, DAY, None, known_share=0.5))


def planned(what: PlanningData) -> tuple[PlanningData, DayPlan]:
    policy = policy_of(SETTINGS)
    there, ahead = with_launches(what, forecasts(what), SETTINGS.launch_days)
    return there, plan_day(there, protection_of(there, ahead, SETTINGS, policy), SETTINGS, policy)


def first_orders(plan: DayPlan) -> pd.DataFrame:
    return plan.restock[plan.restock["sku"] == "N1"].set_index("warehouse", drop=False)


def test_a_launch_of_next_week_gets_its_first_order_in_every_warehouse() -> None:
    """Launched tomorrow, an order is there in about ten days and the next a week later: two a day are wanted."""
    _, plan = planned(merchant("2025-06-05"))

    lines = first_orders(plan)
    assert set(lines.index) == set(WAREHOUSES)
    line = lines.loc["east"].to_dict()
    assert line["on_hand"] == 0
    assert line["quantity"] > 0
    assert {"first_order"} <= set(line["reasons"].split())
    assert line["service_level"] <= SETTINGS.new_sku_level
    assert "首批建议：2025-06-05 上架" in explain(line, "zh")
    assert "服务水平封顶 60.0%" in explain(line, "zh")
    assert "a first order: launched on 2025-06-05" in explain(line, "en")


def test_a_stock_report_that_says_what_is_under_way_says_nothing_of_a_launch() -> None:
    # given stock with all that the books tell of it, what is under way among it
    what = merchant("2025-06-05")
    told = what.stock.assign(stock_day=DAY, state="told", sold_since=0, received_since=0)
    told["in_transit"] = pd.Series(5, index=told.index, dtype="Int64")

    there, plan = planned(replace(what, stock=told))

    assert there.stock.loc[there.stock["sku"] == "N1", "in_transit"].isna().all()
    assert (first_orders(plan)["arriving"] == 0).all()


def test_demand_begins_on_the_launch_day() -> None:
    """Two a day from the day after the wait: 28 days ahead less the six before it are 22 days."""
    what = merchant("2025-06-11")
    there, ahead = with_launches(what, forecasts(what), SETTINGS.launch_days)

    spans = {int(one.spans[0]): one.mean[there.panel.keys["sku"] == "N1"] for one in ahead}
    assert np.allclose(spans[3], 0.0)
    assert np.allclose(spans[28], 2 * 22)
    assert np.allclose(spans[60], 2 * 54)  # nobody was followed so long: its pace goes on


def test_what_is_far_ahead_is_not_ordered_yet_and_what_is_ordered_already_not_again() -> None:
    assert first_orders(planned(merchant("2025-09-01"))[1]).empty
    soon = merchant("2025-06-05")
    coming = ordered(500, "2025-06-08").assign(sku="N1")

    lines = first_orders(planned(replace(soon, purchase_orders=coming))[1])
    assert "east" not in lines.index
    assert "north" in lines.index


@pytest.mark.parametrize("launch", ["2025-01-01", None])
def test_what_never_sold_and_was_not_launched_lately_is_no_launch(launch: str | None) -> None:
    there, _ = planned(merchant(launch or "2025-01-01"))

    assert "N1" not in set(there.panel.keys["sku"])


def test_a_launch_that_nothing_is_like_gets_no_number_and_a_note() -> None:
    there, plan = planned(merchant("2025-06-05", others=1))

    assert first_orders(plan).empty
    assert there.launches_alone == ("N1",)
    assert launch_notes(there) == [
        (
            "1 个新品没有足够的同类商品可以参照，没有首批建议：N1。",
            "1 launches have too few skus like them to suggest a first order: N1.",
        )
    ]


def test_the_forecasts_of_all_others_stay_as_they_were() -> None:
    what = merchant("2025-06-05")
    _, ahead = with_launches(what, forecasts(what), SETTINGS.launch_days)

    for before, after in zip(forecasts(what), ahead, strict=True):
        assert np.array_equal(after.mean[: what.panel.series_count], before.mean)
        assert after.basis[: what.panel.series_count].tolist() == before.basis.tolist()
