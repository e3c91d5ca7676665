"""What is ordered and not there yet counts as far as it is likely to come, and from when."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.explain import explain
from include.replenishment.orders.matching import matched_receipts
from include.replenishment.planning_frames import CHASED, PlanningData
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.replenishment.suppliers.delays import delays_of
from include.replenishment.suppliers.lead_time import lead_time_observations, lead_times
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from include.settings.stock.under_way import UnderWay
from tests.replenishment.known import DAY, YUAN, forecasts, known, no_orders, no_receipts

pytestmark = pytest.mark.slow

APART = Replenishment(transport=Transport(open=False))


def bought(*rows: tuple[str, str, str | None, int]) -> pd.DataFrame:
    """Open purchase orders of S1 for the east: (number, ordered, expected, units)."""
    made = [(name, "1", "S1", "G1", "east", day, due, "open", units, 9 * YUAN) for name, day, due, units in rows]
    return pd.DataFrame(made, columns=no_orders().columns).astype(no_orders().dtypes.to_dict())


def received(*rows: tuple[str | None, str | None, str, int]) -> pd.DataFrame:
    """Receipts of S1 in the east: (order, line, day, units)."""
    made = [(f"R{n}", order, line, "S1", "east", day, units) for n, (order, line, day, units) in enumerate(rows)]
    return pd.DataFrame(made, columns=no_receipts().columns).astype(no_receipts().dtypes.to_dict())


def planned(what: PlanningData, settings: Replenishment = APART) -> DayPlan:
    policy = policy_of(settings)
    return plan_day(what, protection_of(what, forecasts(what), settings, policy), settings, policy)


def east(plan: DayPlan) -> pd.Series:
    return plan.lines.set_index("warehouse").loc["east"]


def test_an_order_overdue_beyond_belief_counts_for_nothing_and_the_line_says_so() -> None:
    # The day is 2025-06-04; P1 was due 428 days before, and nothing was ever received.
    ghost = replace(known(on_hand=3), purchase_orders=bought(("P1", "2024-03-20", "2024-04-02", 400)))

    line, without = east(planned(ghost)), east(planned(known(on_hand=3)))

    assert line["arriving"] == 0
    assert line["quantity"] == without["quantity"] > 0
    assert "P1：400 件，已逾期 428 天，按 0 件计" in explain(line.to_dict(), "zh")
    assert "P1: 400 units, 428 days overdue, counted as 0" in explain(line.to_dict(), "en")


def test_an_overdue_order_fades_day_by_day_and_never_at_once() -> None:
    counted = []
    for late in (0, 1, 5, 15, 40, 90, 200):
        due = (pd.Timestamp(DAY) - pd.Timedelta(days=late)).strftime("%Y-%m-%d")
        plan = planned(replace(known(), purchase_orders=bought(("P1", "2024-10-01", due, 100))))
        counted.append(int(plan.orders["counted"].iloc[0]))
    assert counted[0] == 100
    assert counted == sorted(counted, reverse=True)
    assert counted[1] >= 90
    assert counted[-1] == 0


def test_a_supplier_known_to_be_late_is_believed_for_longer() -> None:
    """Given one that always came on its day and one that always came 20 days late, both ten days overdue."""
    lines = pd.DataFrame(
        [(f"{name}{n}", "1", name, "2025-01-10", 10, "closed", 0) for name in ("prompt", "slow") for n in range(30)],
        columns=["purchase_order_id", "line_id", "supplier", "promised_day", "quantity", "status", "open"],
    )
    came = lines[["purchase_order_id", "line_id"]].assign(
        received_day=np.where(lines["supplier"] == "prompt", "2025-01-10", "2025-01-30"), quantity=10
    )
    delays = delays_of(lines, came, DAY, UnderWay())
    prompt, slow = delays.still_coming(["prompt", "slow"], np.array([10, 10]))
    assert slow > 0.97
    assert prompt < 0.94
    # It comes when its delay is over: in ten days most likely.
    assert delays.days_until(["slow"], np.array([-10]))[0].tolist() == [10, 10, 10]
    assert delays.still_coming(["slow"], np.array([0])).tolist() == [1.0]


def test_orders_that_nobody_closed_do_not_make_a_supplier_slow() -> None:
    on_time = [(f"Q{n}", "2025-03-01", "2025-03-08", 10) for n in range(20)]
    orders = bought(*on_time, ("G", "2024-08-01", "2024-08-08", 10)).assign(status="closed")
    orders.loc[orders["purchase_order_id"] == "G", "status"] = "open"
    came = received(*[(name, "1", "2025-03-08", 10) for name, *_ in on_time])
    suppliers = known().suppliers

    with_ghost, without = (
        lead_times(lead_time_observations(part, came, DAY), suppliers, DAY, 7, UnderWay())["G1"]
        for part in (orders, orders[orders["purchase_order_id"] != "G"])
    )

    assert without.mean_days == 7
    assert with_ghost.mean_days == pytest.approx(7, abs=0.01)  # by age alone it would be 21
    # One that is five days late is believed, and does make it slower.
    late = pd.concat([orders, bought(("L", "2025-05-23", "2025-05-30", 10))], ignore_index=True)
    assert lead_times(lead_time_observations(late, came, DAY), suppliers, DAY, 7, UnderWay())["G1"].mean_days > 7.1


def test_an_order_without_a_day_comes_a_lead_time_after_it_was_placed() -> None:
    # Ten days' lead: ordered on the 1st, it comes on the 11th, in seven days, not tomorrow.
    plan = planned(replace(known(on_hand=0), purchase_orders=bought(("P1", "2025-06-01", None, 40))))
    assert plan.orders[["promised_day", "ahead_days", "overdue_days"]].iloc[0].tolist() == ["2025-06-11", 7, 0]
    # Six days of an empty shelf are lost, at about one a day.
    assert 4 <= east(plan)["lost_before_arrival"] <= 6
    assert east(planned(known(on_hand=0)))["lost_before_arrival"] >= 8


def test_a_receipt_without_a_line_number_belongs_to_its_orders_line() -> None:
    orders = bought(("P1", "2025-05-20", "2025-05-30", 100))
    what = replace(known(), purchase_orders=orders, receipts=received(("P1", None, "2025-06-03", 100)))
    assert east(planned(what))["arriving"] == 0
    numbered = replace(what, receipts=received(("P1", "1", "2025-06-03", 100)))
    pd.testing.assert_series_equal(east(planned(what)), east(planned(numbered)))


def test_receipts_fill_the_oldest_line_first_and_lose_no_unit() -> None:
    first, second = (bought(("P1", day, "2025-05-30", 10)) for day in ("2025-05-20", "2025-05-21"))
    orders = pd.concat([first, second.assign(line_id="2")], ignore_index=True)
    matched = matched_receipts(orders, received(("P1", None, "2025-06-01", 14), ("P1", "9", "2025-06-02", 10)))
    by_line = matched.groupby("line_id")["quantity"].sum()
    assert by_line.to_dict() == {"1": 10, "2": 14}  # 4 more came than were ordered: on the last line
    assert matched["quantity"].sum() == 24


def test_a_receipt_without_an_order_fits_the_oldest_open_line_of_its_place_and_no_younger_one() -> None:
    orders = bought(("P1", "2025-05-20", "2025-05-30", 10), ("P2", "2025-06-03", "2025-06-13", 10))
    matched = matched_receipts(orders, received((None, None, "2025-06-02", 12)))
    told = matched.assign(order=matched["purchase_order_id"].fillna("-")).groupby("order")["quantity"].sum().to_dict()
    assert told == {"P1": 10, "-": 2}  # P2 was ordered after it came


def test_the_stock_reports_own_column_counts_where_nobody_gives_purchase_orders() -> None:
    what = known(on_hand=3)
    said = replace(what, stock=what.stock.assign(in_transit=pd.array([60, pd.NA, 0], dtype="Int64")))
    line = east(planned(said))
    assert line["arriving"] == line["arriving_reported"] == 60
    assert "60 of what arrives is known from the stock report alone" in explain(line.to_dict(), "en")
    # With a purchase order for the place the report holds the same goods: they are not added up.
    both = replace(said, purchase_orders=bought(("P1", "2025-06-01", "2025-06-10", 60)))
    assert east(planned(both))["arriving"] == 60
    assert east(planned(both))["arriving_reported"] == 0


def test_goods_on_transfer_in_the_stock_report_arrive_and_are_not_ordered_again() -> None:
    what = known(on_hand=3)
    order = bought(("P1", "2025-06-01", "2025-06-10", 5))
    report = what.stock.assign(moving_in=pd.array([60, pd.NA, 0], dtype="Int64"))
    said, without = (replace(what, purchase_orders=order, stock=stock) for stock in (report, what.stock))
    line, before = east(planned(said)), east(planned(without))
    # whatever purchase orders say: these are no goods of a supplier
    assert (line["arriving_moved"], line["arriving"]) == (60, before["arriving"] + 60)
    assert line["need"] < before["need"]
    assert "60 of what arrives is on transfer from another warehouse" in explain(line.to_dict(), "en")
    assert "60 件是库存表的调拨在途" in explain(line.to_dict(), "zh")
    assert pd.Timestamp(line["next_arrival_day"]) == pd.Timestamp(what.day) + pd.Timedelta(days=APART.transport.days)
    # and a transfer that somebody agreed to here is the same goods
    agreed = {"sku": ["S1"], "from_warehouse": ["north"], "warehouse": ["east"], "quantity": [60], "has_left": [True]}
    both = east(planned(replace(said, moving=pd.DataFrame(agreed))))
    assert (both["arriving_moved"], both["transfer_in"], both["arriving"]) == (0, 60, line["arriving"])


def accepted(days_ago: int, units: int = 40, expected: str | None = None) -> pd.DataFrame:
    acted = (pd.Timestamp(DAY) - pd.Timedelta(days=days_ago)).strftime("%Y-%m-%d")
    return pd.DataFrame(
        [{"sku": "S1", "warehouse": "east", "quantity": units, "expected_day": expected, "task_id": "t1",
          "acted_day": acted, "who": "li"}]
    )  # fmt: skip


def test_an_acceptance_that_no_purchase_order_shows_is_believed_less_and_less() -> None:
    shows = replace(known(), purchase_orders=bought(("P1", "2025-06-01", "2025-06-10", 1)))
    counted = [
        int(planned(replace(shows, ordered=accepted(ago))).orders.set_index("kind").loc["accepted", "counted"])
        for ago in (0, 3, 10, 17, 60)
    ]
    assert counted[:2] == [40, 40]  # within the three days that it may take to appear
    assert counted[2] == 20  # a half-life later
    assert counted == sorted(counted, reverse=True)
    assert counted[-1] == 0


def test_without_purchase_orders_an_acceptance_counts_until_its_goods_lie_on_the_shelf() -> None:
    # Ten days' lead: accepted 12 days ago it may still be on the road, 20 days ago it came or never will.
    assert east(planned(replace(known(), ordered=accepted(12))))["arriving"] == 40
    assert east(planned(replace(known(), ordered=accepted(20))))["arriving"] == 0


def test_acceptances_that_took_longer_to_appear_are_waited_for_longer() -> None:
    shows = replace(known(), purchase_orders=bought(("P1", "2025-06-01", "2025-06-10", 1)), ordered=accepted(9))
    slow = replace(shows, seen_after_days=(8,) * 18 + (9,) * 4)
    assert east(planned(slow))["arriving"] == 41
    assert east(planned(shows))["arriving"] < 41


def answered(order: str, outcome: str, told_day: str, told_open: int, new_day: str | None = None) -> pd.DataFrame:
    row = (order, "1", "", outcome, new_day, told_open, told_day, told_open, DAY)
    return pd.DataFrame([row], columns=list(CHASED)).astype(CHASED)


def test_a_day_that_the_supplier_gave_counts_until_the_books_say_another() -> None:
    late = replace(known(on_hand=0), purchase_orders=bought(("P1", "2025-05-01", "2025-05-30", 40)))
    said = replace(late, chased=answered("P1", "new_day", "2025-05-30", 40, "2025-06-08"))

    order = planned(said).orders.iloc[0]

    assert (order["promised_day"], order["ahead_days"], order["counted"]) == ("2025-06-08", 4, 40)
    moved = replace(said, purchase_orders=bought(("P1", "2025-05-01", "2025-06-20", 40)))
    assert planned(moved).orders.iloc[0]["promised_day"] == "2025-06-20"


def test_what_people_called_cancelled_is_not_waited_for_until_the_books_say_otherwise() -> None:
    late = replace(known(on_hand=0), purchase_orders=bought(("P1", "2025-05-01", "2025-05-30", 40)))
    gone = replace(late, chased=answered("P1", "cancelled", "2025-05-30", 40))
    assert east(planned(gone))["arriving"] == 0
    # Ten pieces came after all: the answer was about another state of the order.
    came = replace(gone, receipts=received(("P1", "1", DAY, 10)))
    assert east(planned(came))["arriving"] > 0


def test_a_supplier_that_states_no_lead_time_takes_the_merchants_default_and_the_line_says_so() -> None:
    silent = known(on_hand=0)
    silent = replace(silent, suppliers=silent.suppliers.assign(lead_time_days=pd.array([pd.NA], dtype="Int64")))
    line = east(planned(silent, APART.model_copy(update={"default_lead_time_days": 7})))
    assert line["lead_time_days"] == 7
    assert "the supplier states no lead time: 7 days assumed" in explain(line.to_dict(), "en")
    stated = east(planned(known(on_hand=0)))
    assert stated["lead_time_days"] == 10
    assert "lead_time_assumed" not in stated["reasons"]


def test_a_stated_lead_time_of_nothing_is_a_day() -> None:
    soon = known()
    soon = replace(soon, suppliers=soon.suppliers.assign(lead_time_days=0))
    line = east(planned(soon))
    assert line["lead_time_days"] == 1
    assert "lead_time_assumed" not in line["reasons"]
