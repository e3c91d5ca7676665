"""A plan's lines as tasks: urgency, money and the words that go with them."""

from dataclasses import replace
from typing import Any

import numpy as np

from include.pipeline.restock import payloads
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from include.tasks.drafts import drafts_from_frame
from include.tasks.kind import NOW, SOON
from tests.replenishment.known import DAY, forecasts, known
from tests.replenishment.test_under_way import bought

SETTINGS = Replenishment(review_period_days=14, transport=Transport(days=2, min_saving=5))


def planned(what: Any, settings: Replenishment = SETTINGS) -> DayPlan:
    policy = policy_of(settings)
    return plan_day(what, protection_of(what, forecasts(what), settings, policy), settings, policy)


def test_money_and_days_make_a_line_urgent_and_no_label_does() -> None:
    """A unit a day at 20 yuan: waiting a day costs as much as makes a line urgent, from when the shelf is bare."""
    what = known(on_hand=[13, 2, 2])
    units = np.ones_like(what.panel.units)
    units[0, -7:] = 6.0
    hot = replace(what, panel=replace(what.panel, units=units))

    def drafts(settings: Replenishment) -> dict[str, Any]:
        frame = payloads(planned(hot, settings))["restock"]
        return {one.subject: one for one in drafts_from_frame("restock", DAY, frame)}

    alone = SETTINGS.model_copy(update={"transport": Transport(open=False)})
    normal = drafts(alone.model_copy(update={"default_lead_time_days": 1}))
    assert "爆款" in normal["east/S1"].payload["why_zh"]
    assert normal["east/S1"].urgency < NOW  # thirteen days' stock, ten days' lead
    assert normal["north/S1"].urgency == NOW
    assert normal["north/S1"].payload["a_day_micros"] == 20_000_000
    patient = drafts(alone.model_copy(update={"urgent_loss_per_day": 70.0}))
    # Three days cost 60 yuan, less than 70; but its last order day is passed.
    assert patient["north/S1"].urgency == SOON
    assert patient["north/S1"].payload["last_order_day"] <= DAY


def test_a_transfer_that_rescues_an_empty_shelf_is_urgent_and_its_sum_is_told() -> None:
    frame = payloads(planned(known(on_hand=[100, 0, 40])))["transfer"]

    (line,) = (one for one in drafts_from_frame("transfer", DAY, frame) if one.subject == "east/north/S1")
    assert line.urgency == NOW
    told = line.payload
    gains = sum(told[name] for name in ("sales_micros", "minimum_micros", "relief_micros"))
    costs = sum(told[name] for name in ("held_micros", "missed_micros", "cost_micros"))
    assert gains - costs == told["saved_micros"] > 0
    assert (told["from_free"], told["free"], told["empty_in_days"]) == (100, 0, 0)
    assert told["lacking_units"] + told["beyond_units"] == told["quantity"]
    assert told["lacking_units"] <= told["shortage"]
    assert told["reason_zh"].startswith("缺货调入")
    assert "已断货" in told["why_zh"]
    assert "= 净省" in told["why_zh"]


def test_a_restock_line_tells_sales_dates_and_what_cannot_be_saved() -> None:
    what = known(on_hand=[3, 40, 40])
    late = bought(("P1", "2025-05-01", "2025-05-30", 5))
    alone = SETTINGS.model_copy(update={"transport": Transport(open=False)})

    frame = payloads(planned(replace(what, purchase_orders=late), alone))["restock"]

    line = frame.set_index("warehouse").loc["east"]
    # One a day over the period, of which some are missed before an order of today comes: both are terms of the sum.
    assert line["period_forecast"] - line["lost_before_arrival"] == line["protection_demand"]
    total = line["period_forecast"] - line["lost_before_arrival"] + line["safety_stock"] - line["on_hand"]
    assert total - line["arriving"] + line["promised"] == line["need"]
    assert line["lost_before_arrival"] > 0
    assert (line["next_arrival_units"], line["next_overdue_days"]) == (line["arriving"], 5)
    assert DAY < line["first_empty_day"] <= line["runs_out_day"]
    assert line["last_order_day"] <= DAY
    assert "今天下单也会断货" in line["why_zh"]
    assert "（补不上，未计入订货）" in line["why_zh"]
    # Due on 05-30, five days ago: fourteen days are a late order's half-life, so it is assumed in fourteen.
    assert line[["next_arrival_day", "next_due_day"]].tolist() == ["2025-06-18", "2025-05-30"]
    assert "下次到货按 2025-06-18 计，5 件（应 2025-05-30 到，已逾期 5 天）" in line["why_zh"]
    assert "P1：5 件，已逾期 5 天，按 5 件计、2025-06-18 到货，请催货" in line["why_zh"]
    assert "今天下单按 2025-06-14 到货计，此前预计缺货 5 件（补不上" in line["why_zh"]
    assert line["elsewhere_zh"].startswith("north 可用 40 件/40 天，没有到这里的调拨线路；south")
    assert line["sold_7"] >= 0


def test_what_the_budget_cut_is_told_with_what_it_would_have_earned() -> None:
    capped = SETTINGS.model_copy(update={"budget": 100.0})

    frame = payloads(planned(known(on_hand=0), capped))["restock"]

    cut = frame[frame["budget_cut"] > 0]
    assert len(cut) > 0
    assert (cut["forgone_micros"] > 0).any()
    assert all("预计少赚" in text for text in cut["why_zh"])
    assert frame.loc[frame["budget_cut"] == 0, "forgone_micros"].isna().all()
    assert frame["cost_micros"].sum() <= 100_000_000


def test_every_list_becomes_drafts() -> None:
    what = known(("S1", "S2"), on_hand=[4000, 0, 12, 0, 0, 0])
    plan = planned(replace(what, purchase_orders=bought(("P1", "2025-05-01", "2025-05-30", 5))))

    for kind, frame in payloads(plan).items():
        drafts = drafts_from_frame(kind, DAY, frame)
        assert len(drafts) == len(frame) > 0
    assert drafts_from_frame("transfer", DAY, payloads(plan)["transfer"])[0].subject.startswith("east/")
