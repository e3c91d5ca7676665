"""Nothing ordered is suggested twice: 200 random merchants, a day on.

Each merchant has one sku in three warehouses and a supplier of its own: lead times of one to sixty days, packs,
minimums, shelves from empty to full, units owed, orders under way that are due, late, or partly delivered. They are
planned together, which is the same and quick. A day later its sales, its receipts and what was ordered are known, and
what is suggested then is held against that day's news.

The bound. A line's need is U - L - A: what it would be filled up to if nothing were lost, what will be lost before an
order of today is there, and what it has or expects. What is ordered adds to A and changes neither U nor L. A day's
demand d takes d off A, or off L if it was lost. If less was wanted than expected, less will be lost later, by the part
of the day's demand that was expected above d at most. So

    need tomorrow <= need today - ordered + (U tomorrow - U today) + d + E[(D - d)+] + goods no longer believed in
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from include.calendar.business_days import day_after
from include.demand.forecast import Forecast
from include.demand.panel import build_panel
from include.exports.frames.no_rows import no_rows
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.planning_frames import MOVING, PlanningData
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import Protection, protection_of
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from tests.replenishment.known import WAREHOUSES, YUAN, no_orders, no_receipts

pytestmark = pytest.mark.slow

MERCHANTS = 200
TODAY, FIRST_DAY = "2025-06-04", "2025-04-01"
SPANS = (1, 3, 7, 14, 21, 28, 45, 60, 90)
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
NORMAL = np.array([-1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.6449, 1.96])
ROUNDING = 1.0  # units: the level, what is lost and what is counted are whole
APART = Replenishment(transport=Transport(open=False))


@dataclass
class World:
    """Arrays are one element a (sku, warehouse), skus first. due: units that arrive on each day if all goes well."""

    generator: np.random.Generator
    keys: pd.DataFrame
    rate: np.ndarray
    wide: np.ndarray  # coefficient of variation of the level's own error
    on_hand: np.ndarray
    promised: np.ndarray
    goods: pd.DataFrame
    suppliers: pd.DataFrame
    orders: pd.DataFrame
    receipts: pd.DataFrame
    settings: Replenishment
    moving: pd.DataFrame
    day: str = TODAY
    busier: float = 1.0  # the forecast, times


def world(seed: int, settings: Replenishment = APART) -> World:
    generator = np.random.default_rng(seed)
    skus = [f"M{number:03d}" for number in range(MERCHANTS)]
    keys = pd.MultiIndex.from_product([skus, WAREHOUSES], names=["sku", "warehouse"]).to_frame(index=False)
    lead = generator.choice([1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60], MERCHANTS)
    pack = generator.choice([1, 1, 1, 6, 12], MERCHANTS)
    goods = pd.DataFrame(
        {
            "sku": skus, "title": skus, "category": "care", "list_price_micros": 20 * YUAN, "cost_micros": 10 * YUAN,
            "pack": pack, "moq": generator.choice([0, 0, 10, 60], MERCHANTS),
            "shelf_life_days": pd.array([pd.NA] * MERCHANTS, dtype="Int64"), "supplier": [f"G{s}" for s in skus],
            "launched_day": "2024-01-01", "ended_day": pd.array([None] * MERCHANTS, dtype="str"),
        }
    )  # fmt: skip
    suppliers = pd.DataFrame(
        {
            "supplier": goods["supplier"], "title": goods["supplier"], "lead_time_days": lead,
            "review_period_days": generator.choice([1, 1, 3, 7], MERCHANTS), "minimum_order_micros": 0,
        }
    )  # fmt: skip
    rate = generator.gamma(0.8, 5.0, len(keys))
    cover = generator.choice([0.0, 0.3, 1.0, 2.0], len(keys)) * generator.random(len(keys))
    on_hand = np.rint(rate * cover * (np.repeat(lead, len(WAREHOUSES)) + 3)).astype(np.int64)
    promised = np.where(generator.random(len(keys)) < 0.2, np.rint(rate), 0).astype(np.int64)
    made = World(
        generator, keys, rate, generator.choice([0.1, 0.4], len(keys)), on_hand, promised, goods, suppliers,
        no_orders(), no_receipts(), settings, no_rows(MOVING),
    )  # fmt: skip
    for ago in range(4):  # orders of earlier days: some not due for weeks, some due, some overdue
        units = np.where(generator.random(len(keys)) < 0.35, np.ceil(rate * generator.integers(1, 9, len(keys))), 0)
        due = generator.integers(-9, np.repeat(lead, len(WAREHOUSES)) + 1)
        place_orders(made, units.astype(np.int64), f"old{ago}", "2025-05-01", due)
    return made


def place_orders(made: World, units: np.ndarray, name: str, ordered_day: str, due: np.ndarray | None = None) -> None:
    """due: days from today; by default the supplier's lead time after the order."""
    row = np.flatnonzero(units > 0)
    lead = made.suppliers["lead_time_days"].to_numpy().repeat(len(WAREHOUSES))
    ahead = lead if due is None else due
    frame = made.keys.iloc[row].assign(
        purchase_order_id=[f"{name}-{number}" for number in row], line_id="1",
        supplier="G" + made.keys["sku"].iloc[row], ordered_day=ordered_day,
        expected_day=[day_after(made.day, int(ahead[number])) for number in row], status="open",
        quantity=units[row], unit_cost_micros=10 * YUAN,
    )  # fmt: skip
    frame = frame[list(made.orders.columns)].astype(no_orders().dtypes.to_dict())
    made.orders = pd.concat([made.orders, frame], ignore_index=True)


def outlook_of(made: World) -> tuple[PlanningData, list[Forecast]]:
    facts = made.keys.assign(day=TODAY, units=1.0, revenue_micros=20 * YUAN)
    shelf = made.keys.assign(day=TODAY, in_stock_share=1.0)
    known = PlanningData(
        day=made.day, panel=build_panel(facts, shelf, made.goods, FIRST_DAY, TODAY, None, known_share=0.5),
        products=made.goods,
        suppliers=made.suppliers, purchase_orders=made.orders, receipts=made.receipts,
        stock=made.keys.assign(on_hand=made.on_hand, promised=made.promised),
        sold=made.keys.assign(revenue_13_weeks_micros=91 * 20 * YUAN, units_13_weeks=91.0),
        ordered=pd.DataFrame(columns=["sku", "warehouse", "quantity", "expected_day"]), moving=made.moving,
    )  # fmt: skip
    ahead = []
    for span in SPANS:
        mean = made.rate * made.busier * span
        spread = np.sqrt(mean + (made.wide * mean) ** 2)
        quantiles = np.maximum(mean[:, None] + spread[:, None] * NORMAL[None, :], 0.0)
        words = np.full(len(mean), "model"), np.full(len(mean), "high")
        ahead.append(Forecast(made.keys, np.full(len(mean), span), LEVELS, mean, quantiles, *words))
    return known, ahead


def planned(made: World) -> tuple[DayPlan, Protection]:
    known, ahead = outlook_of(made)
    policy = policy_of(made.settings)
    protection = protection_of(known, ahead, made.settings, policy)
    return plan_day(known, protection, made.settings, policy, is_excess_wanted=False), protection


def lived(made: World, ordered: np.ndarray, comes: str = "on time") -> np.ndarray:
    """One day: what was ordered is placed in the morning, what is due arrives, and customers come. Returns demand.

    comes: 'on time', 'late' (nothing that is due today comes) or 'in parts' (half of it does)."""
    made.day = day_after(made.day)
    place_orders(made, ordered, f"new{made.day}", made.day, made.suppliers["lead_time_days"].to_numpy().repeat(3))
    is_due = made.orders["expected_day"] == made.day
    due = made.orders[is_due]
    units = {"on time": due["quantity"], "late": due["quantity"] * 0, "in parts": due["quantity"] // 2}[comes]
    came = due[["purchase_order_id", "line_id", "sku", "warehouse"]].assign(
        receipt_id="R" + due["purchase_order_id"], received_day=made.day, quantity=units
    )
    came = came[came["quantity"] > 0][list(made.receipts.columns)].astype(no_receipts().dtypes.to_dict())
    if comes == "on time":  # the ERP closes what came: lead times stay what they were
        made.orders = made.orders.assign(status=made.orders["status"].where(~is_due, "closed"))
    else:
        made.receipts = pd.concat([made.receipts, came], ignore_index=True)
    places = pd.MultiIndex.from_frame(made.keys)
    arrived = came.groupby(["sku", "warehouse"])["quantity"].sum().reindex(places).fillna(0).to_numpy(np.int64)
    wanted = made.generator.poisson(made.rate)
    shipped = np.minimum(made.promised, made.on_hand + arrived)
    made.on_hand, made.promised = made.on_hand + arrived - shipped, made.promised - shipped
    made.on_hand = made.on_hand - np.minimum(wanted, made.on_hand)
    return np.asarray(wanted, dtype=float)


def by_place(made: World, plan: DayPlan, column: str) -> np.ndarray:
    places = pd.MultiIndex.from_frame(made.keys)
    return plan.lines.set_index(["sku", "warehouse"])[column].reindex(places).to_numpy(dtype=float)


def filled_up_to(made: World, plan: DayPlan) -> np.ndarray:
    """U: the level without what is lost."""
    return by_place(made, plan, "order_up_to") + by_place(made, plan, "lost_before_arrival")


def news_of(made: World, before: DayPlan, after: DayPlan, protection: Protection, wanted: np.ndarray) -> np.ndarray:
    """How much more a line may need than yesterday, before what was ordered is taken off."""
    one_day = protection.over(np.ones(len(wanted)), np.arange(len(wanted)))
    unexpected = one_day.mean() - one_day.expected_met(wanted)
    believed = disbelieved(before, after)
    return filled_up_to(made, after) - filled_up_to(made, before) + wanted + unexpected + believed + ROUNDING


def disbelieved(before: DayPlan, after: DayPlan) -> np.ndarray:
    """Units of orders under way that count for less than yesterday though they did not come."""
    keys = ["purchase_order_id", "line_id"]
    both = before.orders.merge(after.orders, on=keys, suffixes=("", "_now"))
    # What came is on the shelf; what is open may count for less.
    faded = (both["counted"] - both["counted_now"] - (both["open"] - both["open_now"])).clip(lower=0)
    return np.bincount(both["row"], weights=faded, minlength=len(before.lines)).astype(float)


@pytest.mark.parametrize("comes", ["on time", "late", "in parts"])
def test_what_was_ordered_is_not_suggested_again(comes: str) -> None:
    made = world(seed=1)
    first, _ = planned(made)
    ordered = by_place(made, first, "quantity")
    assert (ordered > 0).sum() > MERCHANTS  # most have something to order

    wanted = lived(made, ordered.astype(np.int64), comes)
    second, protection = planned(made)

    assert_no_more_than_news(made, first, second, protection, wanted, ordered)


def assert_no_more_than_news(
    made: World, first: DayPlan, second: DayPlan, protection: Protection, wanted: np.ndarray, ordered: np.ndarray
) -> None:
    allowed = by_place(made, first, "need") - ordered + news_of(made, first, second, protection, wanted)
    too_much = by_place(made, second, "need") - np.maximum(allowed, 0.0)
    assert too_much.max() <= 0, made.keys.assign(more=too_much).nlargest(5, "more")


def test_ordering_half_of_it_leads_to_the_other_half() -> None:
    made = world(seed=2)
    made.goods = made.goods.assign(pack=1, moq=0)
    first, _ = planned(made)
    whole = by_place(made, first, "quantity")
    ordered = np.floor(whole / 2)

    wanted = lived(made, ordered.astype(np.int64))
    second, protection = planned(made)

    assert_no_more_than_news(made, first, second, protection, wanted, ordered)
    # Nor less: what is wanted is made up for, but for what a bare shelf will turn away the longer it waits, a day's
    # demand at most; on a day when it did not move, what it would sell.
    one_day = protection.over(np.ones(len(wanted)), np.arange(len(wanted))).mean()
    moved = filled_up_to(made, second) - filled_up_to(made, first)
    least = by_place(made, first, "need") - ordered + moved - one_day - ROUNDING - 1
    too_little = least - by_place(made, second, "need")
    large = whole >= 20
    assert large.sum() > 100
    assert too_little[large].max() <= 0


def test_a_merchant_who_does_as_the_list_says_holds_what_the_list_aims_at() -> None:
    """Day by day as suggested: what is held and under way never exceeds the level it was ordered up to."""
    made = world(seed=3)
    made.goods = made.goods.assign(pack=1, moq=0)
    made.orders = no_orders()
    made.promised[:] = 0
    plan, _ = planned(made)
    for _ in range(6):
        ordered = by_place(made, plan, "quantity")
        # Below its level a line is filled up for a cycle more.
        aimed_at = np.maximum(
            by_place(made, plan, "order_up_to") + by_place(made, plan, "cycle_demand"),
            by_place(made, plan, "on_hand") + by_place(made, plan, "arriving"),
        )
        held = by_place(made, plan, "on_hand") + by_place(made, plan, "arriving") + ordered
        assert (held <= aimed_at).all()
        lived(made, ordered.astype(np.int64))
        plan, _ = planned(made)


def test_a_forecast_that_grows_is_ordered_for_once() -> None:
    made = world(seed=4)
    first, _ = planned(made)
    ordered = by_place(made, first, "quantity")

    wanted = lived(made, ordered.astype(np.int64))
    made.busier = 1.3
    second, protection = planned(made)

    # A busier forecast loses no less before the arrival than the one before it.
    assert_no_more_than_news(made, first, second, protection, wanted, ordered)
    again = by_place(made, second, "quantity")
    wanted = lived(made, again.astype(np.int64))
    third, protection = planned(made)
    assert_no_more_than_news(made, second, third, protection, wanted, again)


def test_what_waits_out_a_suppliers_rest_is_not_ordered_again_every_day_before_it() -> None:
    resting = APART.model_copy(update={"supplier_holidays": {"618": (4, 10)}})
    made = world(seed=5, settings=resting)
    first, _ = planned(made)
    for _ in range(3):
        ordered = by_place(made, first, "quantity")
        wanted = lived(made, ordered.astype(np.int64))
        second, protection = planned(made)
        waits = by_place(made, first, "deferred") + by_place(made, second, "deferred") > 0
        allowed = by_place(made, first, "need") - ordered + news_of(made, first, second, protection, wanted)
        too_much = np.where(waits, 0, by_place(made, second, "need") - np.maximum(allowed, 0.0))
        assert too_much.max() <= 0, made.keys.assign(more=too_much).nlargest(5, "more")
        first = second


def test_what_was_moved_is_not_ordered_for_again() -> None:
    made = world(seed=6, settings=Replenishment(transport=Transport(days=2, min_saving=5)))
    first, _ = planned(made)
    moved = first.transfers[["sku", "from_warehouse", "warehouse", "quantity"]]
    assert len(moved) > 20
    ordered = by_place(made, first, "quantity")

    places = pd.MultiIndex.from_frame(made.keys)
    left = moved.groupby(["sku", "from_warehouse"])["quantity"].sum().reindex(places).fillna(0).to_numpy(np.int64)
    made.on_hand = made.on_hand - left
    wanted = lived(made, ordered.astype(np.int64))
    made.moving = moved.assign(has_left=True)
    made.settings = APART.model_copy(update={"transport": Transport(open=False, days=2)})
    second, protection = planned(made)

    assert_no_more_than_news(made, first, second, protection, wanted, ordered)
