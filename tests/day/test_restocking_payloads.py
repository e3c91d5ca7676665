"""A plan's lines as tasks: urgency, money and the words that go with them."""

from dataclasses import replace
from typing import Any

import numpy as np

from include.day.restocking import payloads
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.policy import policy_of
from include.replenishment.protection import protection_of
from include.settings.merchant import Replenishment, Transport
from include.tasks.drafts import drafts_from_frame
from include.tasks.kinds import NOW
from tests.replenishment.known import DAY, forecasts, known
from tests.replenishment.test_under_way import bought

SETTINGS = Replenishment(review_period_days=14, transport=Transport(days=2, min_saving=5))


def planned(what: Any, settings: Replenishment = SETTINGS) -> DayPlan:
    policy = policy_of(settings)
    return plan_day(what, protection_of(what, forecasts(what), settings, policy), settings, policy)


def test_a_hot_seller_is_urgent_though_its_stock_lasts() -> None:
    what = known(on_hand=13)
    units = np.ones_like(what.panel.units)
    units[0, -7:] = 6.0
    hot = replace(what, panel=replace(what.panel, units=units))

    frame = payloads(planned(hot, SETTINGS.model_copy(update={"default_lead_time_days": 1})))["restock"]
    drafts = {one.subject: one for one in drafts_from_frame("restock", DAY, frame)}

    assert drafts["east/S1"].urgency == NOW
    assert drafts["north/S1"].urgency < NOW or drafts["north/S1"].payload["last_order_day"] <= DAY
    assert "爆款" in drafts["east/S1"].payload["why_zh"]


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
