"""What people set on the desk, in the plan: forecasts, successors, parameters, what is not ordered any more."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from include.demand.forecast import Forecast
from include.demand.panel import build_panel
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.judgement.heeding import Heeded, Judged, heed
from include.replenishment.launches import with_launches
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.settings.stock.replenishment import Replenishment
from include.tasks.by_hand.overrides import Override
from tests.replenishment.known import DAY, FIRST_DAY, WAREHOUSES, YUAN, forecasts, known

pytestmark = pytest.mark.slow

SETTINGS = Replenishment()
SPANS = [3, 7, 14, 28, 60]


def said(what: str, value: object = "", number: int = 1, **more: Any) -> Override:
    """About S1 everywhere, from the day after the list's for ten days."""
    told = {
        "number": number, "what": what, "about": "sku", "name": "S1", "warehouse": "", "value": str(value),
        "first_day": "2025-06-05", "last_day": "2025-06-14", "reason": "直播", "model_units": None, "made_by": "li",
        "made_at": "2025-06-04 09:00:00", "known_day": DAY, "ended_by": None, "ended_at": None, "ended_day": None,
    }  # fmt: skip
    return Override(**{**told, **more})


def judged(what: PlanningData, *overrides: Override, a_day: float = 1.0) -> Judged:
    def forecast(planning: PlanningData) -> tuple[PlanningData, list[Forecast]]:
        return with_launches(planning, forecasts(planning, a_day), SETTINGS.launch_days)

    return heed(what, forecast(what), forecast, policy_of(SETTINGS), overrides)


def planned(told: Judged) -> DayPlan:
    protection = protection_of(told.planning, told.ahead, SETTINGS, told.policy)
    return plan_day(told.planning, protection, SETTINGS, told.policy)


def line(told: Judged, sku: str = "S1", warehouse: str = "east") -> dict[str, Any]:
    lines = planned(told).lines
    return dict(lines[(lines["sku"] == sku) & (lines["warehouse"] == warehouse)].iloc[0])


def means(told: Judged, sku: str = "S1", warehouse: str = "east") -> list[float]:
    keys = told.planning.panel.keys
    row = int(np.flatnonzero((keys["sku"] == sku) & (keys["warehouse"] == warehouse))[0])
    return [round(float(one.mean[row]), 6) for one in told.ahead]


class TestForecasts:
    def test_units_are_added_over_their_days_and_to_every_quantile(self) -> None:
        told = judged(known(), said("add", 20, warehouse="east"))
        assert means(told) == [3 + 6, 7 + 14, 14 + 20, 28 + 20, 60 + 20]
        assert told.ahead[1].quantiles[0].tolist() == pytest.approx([2.8 + 14, 7 + 14, 10.5 + 14, 12.6 + 14])
        assert means(told, warehouse="north") == SPANS

    def test_what_is_said_of_all_warehouses_is_shared_by_what_they_sell(self) -> None:
        told = judged(known(), said("add", 30))
        assert means(told)[-1] == 70
        assert sum(means(told, warehouse=name)[-1] for name in WAREHOUSES) == 180 + 30

    def test_another_demand_a_day_replaces_the_models(self) -> None:
        told = judged(known(), said("replace", 4, warehouse="east", first_day="2025-06-08"))
        assert means(told) == [3, 3 + 4 * 4, 3 + 7 * 4 + 4, 3 + 28 + 18, 3 + 28 + 50]
        assert told.ahead[1].quantiles[0].tolist() == pytest.approx([19 * 0.4, 19, 19 * 1.5, 19 * 1.8])

    def test_a_multiple_scales_the_days_it_is_about(self) -> None:
        told = judged(known(), said("multiply", 0.5))
        assert means(told) == [1.5, 3.5, 5 + 4, 5 + 18, 5 + 50]

    def test_a_category_and_a_promotion_reach_all_their_skus(self) -> None:
        told = judged(known(("S1", "S2")), said("multiply", 2, about="category", name="care"))
        assert means(told, "S2")[0] == 6
        what = known(("S1", "S2"))
        events = pd.DataFrame([{"day": "2025-06-06", "event": "618"}])
        panel = replace(what.panel, events=pd.concat([what.panel.events, events.assign(
            day=pd.to_datetime(events["day"]).astype("datetime64[us]"), column=pd.NA, value=pd.NA)]))  # fmt: skip
        told = judged(replace(what, panel=panel), said("multiply", 2, about="event", name="618"))
        assert means(told, "S2")[0] == 6
        assert not judged(what, said("multiply", 2, about="event", name="nothing")).heeded

    def test_less_than_nothing_is_nothing(self) -> None:
        told = judged(known(), said("add", -500, warehouse="east"))
        assert means(told) == [0, 0, 4, 18, 50]
        assert (told.ahead[0].quantiles[0] == 0).all()

    def test_quantiles_and_spans_stay_in_order(self) -> None:
        told = judged(known(), said("multiply", 0, first_day="2025-06-09"), said("replace", 9, number=2))
        for one in told.ahead:
            assert (np.diff(one.quantiles, axis=1) >= 0).all()
        assert (np.diff(np.stack([one.quantiles for one in told.ahead]), axis=0) >= 0).all()

    def test_the_plan_orders_for_it_and_what_it_did_is_kept(self) -> None:
        before, told = line(judged(known())), judged(known(), said("add", 40, warehouse="east"))
        assert line(told)["period_forecast"] == before["period_forecast"] + 40
        assert line(told)["need"] == before["need"] + 40
        [one] = told.heeded.changes
        assert (one.sku, one.warehouse, one.first_day, one.last_day) == ("S1", "east", "2025-06-05", "2025-06-14")
        assert (one.units_without, one.units_with) == (10, 50)
        assert told.heeded.places == {("S1", "east"): (1,)}

    def test_it_ends_by_itself_and_what_has_gone_by_is_not_added_again(self) -> None:
        assert not judged(known(), said("add", 40, first_day="2025-05-20", last_day="2025-06-04")).heeded
        half = judged(known(), said("add", 40, first_day="2025-06-03", last_day="2025-06-06", warehouse="east"))
        assert means(half)[-1] == 60 + 20

    def test_what_lies_beyond_the_forecasts_changes_nothing_yet(self) -> None:
        assert not judged(known(), said("add", 40, first_day="2025-10-01", last_day="2025-10-02")).heeded


def test_a_substitute_sells_what_the_other_would_have() -> None:
    told = judged(known(("S1", "S2")), said("substitute", "S2"))
    assert means(told, "S1") == [0, 0, 4, 18, 50]
    assert means(told, "S2") == [6, 14, 24, 38, 70]


class TestSuccessor:
    def merchant(self) -> PlanningData:
        """Three a day of S1 in each warehouse; S2 is in the product master alone."""
        what = known(("S1",), on_hand=0)
        goods = pd.concat([what.products, what.products.assign(sku="S2", title="S2")], ignore_index=True)
        days = pd.date_range(FIRST_DAY, DAY).strftime("%Y-%m-%d")
        places = pd.MultiIndex.from_product([["S1"], WAREHOUSES, days], names=["sku", "warehouse", "day"])
        facts = places.to_frame(index=False).assign(units=3.0, revenue_micros=60 * YUAN)
        panel = build_panel(facts, None, goods, FIRST_DAY, DAY, None, known_share=0.5)
        return replace(what, products=goods, panel=panel)

    def test_it_takes_over_the_history_and_the_other_is_bought_no_more(self) -> None:
        told = judged(self.merchant(), said("successor", "S2", first_day="2025-06-01", last_day=None))
        keys, units = told.planning.panel.keys, told.planning.panel.units
        assert (units[(keys["sku"] == "S2").to_numpy()] == 3).all()
        lines = planned(told).lines
        assert set(lines["sku"]) == {"S2"}
        assert (lines["quantity"] > 0).all()
        assert {sku for sku, _ in told.heeded.places} == {"S1", "S2"}

    def test_until_its_day_the_other_sells(self) -> None:
        told = judged(self.merchant(), said("successor", "S2", first_day="2025-06-12", last_day=None))
        assert means(told, "S2") == [0, 0, 7, 21, 53], "seven days are the other's"
        assert line(told)["ended_day"] == "2025-06-11"

    def test_what_the_product_master_does_not_know_takes_over_nothing(self) -> None:
        told = judged(known(), said("successor", "S9", first_day="2025-06-01", last_day=None))
        assert set(told.planning.panel.keys["sku"]) == {"S1"}


class TestLines:
    def test_what_is_blocked_is_needed_and_not_ordered(self) -> None:
        told = judged(known(on_hand=0), said("block", last_day=None, warehouse="east"))
        blocked, other = line(told), line(told, warehouse="north")
        assert (blocked["quantity"], blocked["waits_for"], blocked["deferred"]) == (0, "blocked", blocked["need"])
        assert other["quantity"] > 0

    def test_what_is_ended_is_sold_off(self) -> None:
        told = judged(known(on_hand=0), said("end", last_day="2025-06-06"))
        assert line(told)["quantity"] == 0
        assert line(told)["protection_demand"] == 0
        over = judged(known(on_hand=0), said("end", first_day="2025-05-01", last_day="2025-06-01"))
        assert planned(over).lines.empty

    @pytest.mark.parametrize(
        ("what", "value", "column", "expected"),
        [
            ("service_level", 0.999, "service_level", 0.999),
            ("lead_time_days", 30, "lead_time_days", 30.0),
            ("pack", 24, "pack", 24),
            ("minimum", 500, "moq", 500),
            ("supplier", "G7", "supplier", "G7"),
            ("review_days", 2, "review_period_days", 2),
        ],
    )
    def test_a_parameter_of_one_line_is_another(self, what: str, value: object, column: str, expected: object) -> None:
        before = judged(known(on_hand=0))
        told = judged(known(on_hand=0), said(what, value, warehouse="east", last_day=None))
        assert line(told)[column] == expected
        assert line(told, warehouse="north")[column] == line(before, warehouse="north")[column] != expected
        over = judged(known(on_hand=0), said(what, value, first_day="2025-05-01", last_day="2025-06-04"))
        assert line(over)[column] == line(before)[column]

    def test_of_several_the_newest_counts_and_one_warehouse_before_all(self) -> None:
        some = [said("pack", 6, 3, warehouse="east"), said("pack", 12, 1), said("pack", 24, 2)]
        told = judged(known(on_hand=0), *some)
        assert line(told)["pack"] == 6
        assert line(told, warehouse="north")["pack"] == 24

    def test_a_longer_lead_time_asks_for_more(self) -> None:
        told = judged(known(on_hand=0), said("lead_time_days", 30, warehouse="east"))
        assert line(told)["quantity"] > line(told, warehouse="north")["quantity"]
        assert line(told)["protection_days"] == pytest.approx(line(told, warehouse="north")["protection_days"] + 20)


def test_without_overrides_nothing_is_touched() -> None:
    told = judged(known())
    assert not told.heeded
    assert told.heeded.manifest() == {}


def test_the_manifest_names_them_and_tells_apart_what_they_say() -> None:
    one, other = (judged(known(), said("add", units)).heeded.manifest() for units in (20, 21))
    assert one["overrides"] == other["overrides"] == ["J1"]
    assert one["overrides_hash"] != other["overrides_hash"]
    ended: Heeded = judged(known(), said("add", 20, ended_by="li", ended_at="x", ended_day="2025-06-09")).heeded
    assert ended.manifest() == one, "an end that comes later changes no replay"
