from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import SpecimenSettings

CELL = ["sku", "warehouse"]
NOTHING = pd.DataFrame({"sku": [], "warehouse": [], "quantity": []})


def small(**changes: object) -> Specimen:
    values: dict = {"seed": 3, "skus": 24, "first_day": date(2025, 3, 1)} | changes
    return Specimen(SpecimenSettings(**values))


def by_cell_and_day(specimen: Specimen, frame: pd.DataFrame, column: str) -> np.ndarray:
    """Days x skus x warehouses, in the order of the stock frame."""
    index = pd.MultiIndex.from_frame(specimen.truth("stock")[["day", *CELL]])
    values = frame.groupby(["day", *CELL])[column].sum().reindex(index, fill_value=0)
    return values.to_numpy().reshape(specimen.days, -1)


def test_stock_balances_every_day_in_every_warehouse(lived: Specimen) -> None:
    # given what was received and what left, told apart from the stock itself
    received = by_cell_and_day(lived, lived.truth("receipts"), "quantity")
    shipped = by_cell_and_day(lived, lived.truth("shipments"), "units")
    closing = by_cell_and_day(lived, lived.truth("stock"), "on_hand")
    opening = np.vstack([lived.opening.reshape(1, -1), closing[:-1]])

    # then opening + receipts - shipped = closing, nothing is negative, and something happened at all
    assert (opening + received - shipped == closing).all()
    assert closing.min() >= 0
    assert received.sum() > 1000
    assert shipped.sum() > 1000


def test_demand_is_sold_or_lost_and_the_sold_part_is_what_the_ledger_says(lived: Specimen) -> None:
    # given sold units by day of payment, counted from paid lines of shoppers and deposits
    lines = lived.truth("lines")
    lines = lines[lines["kind"].isin(["shopping", "presale"]) & (lines["paid"] < pd.Timestamp(lived.next_day))]
    parts = bundle_parts(lived)
    units = lines.merge(parts, on="listing")
    units["units"] = units["quantity"] * units["each"]
    units["day"] = units["paid"].dt.strftime("%Y-%m-%d")
    ledger = units.groupby(["day", *CELL])["units"].sum()

    # when the truth about demand is asked
    demand = lived.truth("demand").set_index(["day", *CELL])

    # then they agree
    assert (demand["wanted"] == demand["sold"] + demand["lost"] + demand["lost_with_bundle"]).all()
    sold = demand["sold"][demand["sold"] > 0]
    pd.testing.assert_series_equal(sold.sort_index(), ledger.sort_index(), check_names=False, check_dtype=False)
    assert demand["lost"].sum() > 0


def test_units_are_lost_only_when_a_shelf_ran_out(lived: Specimen) -> None:
    demand = lived.truth("demand")
    lost = demand[demand["lost"] > 0]

    # nobody is turned away on another day, and everybody who is has a time
    assert demand["empty_from"].notna().equals(demand["lost"] > 0)
    # a shelf that turned somebody away had little to sell at the end: less than the biggest bundle takes
    stock = lived.truth("stock").set_index(["day", *CELL])
    left = (stock["on_hand"] - stock["promised"]).reindex(pd.MultiIndex.from_frame(lost[["day", *CELL]]))
    presale = left.index.get_level_values("day") == "2025-11-14"  # unpaid deposits are set free on this day
    assert left[~presale].quantile(0.95) < 4


def test_the_same_settings_live_the_same_business_and_another_seed_another() -> None:
    one, same, other = small(), small(), small(seed=4)
    for specimen in (one, same, other):
        specimen.run_history(20)

    assert all(
        (one.sales.orders[name] == same.sales.orders[name])[~time_missing(one, name)].all()
        for name in one.sales.orders.types
    )
    assert (np.stack(one.closings) == np.stack(same.closings)).all()
    assert len(one.sales.orders) != len(other.sales.orders)


def test_what_customers_want_does_not_depend_on_what_is_restocked() -> None:
    habits, starved = small(), small()
    for _ in range(40):
        habits.step(habits.next_day)
        starved.step(starved.next_day, NOTHING)

    wanted = [specimen.truth("demand").groupby("day")["wanted"].sum() for specimen in (habits, starved)]
    late_payers = 0.02  # those turned away want it today, those served may pay tomorrow
    assert abs(wanted[0] - wanted[1]).sum() <= late_payers * wanted[0].sum()
    assert starved.truth("demand")["lost"].sum() > 2 * habits.truth("demand")["lost"].sum()
    assert len(habits.customers.table) == pytest.approx(len(starved.customers.table), rel=0.02)


def test_orders_passed_to_a_step_become_purchase_orders_and_receipts() -> None:
    # given a merchant who orders nothing of its own
    specimen = small(cancelled_purchases=0.0)
    specimen.run_history(3)
    sku, other = specimen.catalogue.sku_codes[:2]
    supplier = specimen.catalogue.suppliers.codes[5]
    day = specimen.next_day
    orders = pd.DataFrame(
        {"sku": [sku, other], "warehouse": ["华南仓", "华东仓"], "quantity": [120, 48], "supplier": [supplier, None]}
    )
    before = len(specimen.truth("purchase_orders"))

    # when they are placed and time goes by
    specimen.step(day, orders)
    placed = specimen.truth("purchase_orders").iloc[before:]
    for _ in range(60):
        specimen.step(specimen.next_day, NOTHING)

    # then they stand in the books as ordered, and arrive where they were sent, in full
    mine = placed[(placed["sku"].isin([sku, other])) & (placed["ordered"] == day.isoformat())]
    assert sorted(mine["quantity"]) == [48, 120]
    assert mine.set_index("sku")["supplier"][sku] == supplier
    receipts = specimen.truth("receipts")
    arrived = receipts[receipts["purchase"].isin(mine.index)].groupby(CELL)["quantity"].sum()
    assert arrived.to_dict() == {(sku, "华南仓"): 120, (other, "华东仓"): 48}
    assert (receipts["day"] > day.isoformat())[receipts["purchase"].isin(mine.index)].all()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("sku", "NO-SUCH", "unknown sku: NO-SUCH"),
        ("warehouse", "月球仓", "unknown warehouse: 月球仓"),
        ("quantity", 0, "must be positive"),
    ],
)
def test_orders_that_cannot_be_placed_say_why_and_change_nothing(column: str, value: object, message: str) -> None:
    specimen = small()
    orders = pd.DataFrame({"sku": [specimen.catalogue.sku_codes[0]], "warehouse": ["华东仓"], "quantity": [12]})
    orders[column] = [value]

    with pytest.raises(ValueError, match=message):
        specimen.step(specimen.next_day, orders)

    assert specimen.days == 0
    assert len(specimen.supply.purchases) == 0


def test_days_are_lived_one_after_another() -> None:
    specimen = small()
    with pytest.raises(ValueError, match="next day is 2025-03-01"):
        specimen.step(date(2025, 3, 2))


def test_promised_is_what_is_sold_and_has_not_left(lived: Specimen) -> None:
    # given paid orders, and deposits still to be paid, that have neither left nor been given up
    orders = lived.truth("orders")
    end = pd.Timestamp(lived.next_day)
    held = (orders["paid"].notna() | (orders["kind"] == "presale")) & (orders["kind"] != "brushing")
    there = held & ~(orders["shipped"] < end) & ~((orders["closed"] < end) & orders["shipped"].isna())
    lines = lived.truth("lines")
    waiting = lines[lines["order"].isin(orders.index[there])].merge(bundle_parts(lived), on="listing")
    expected = (waiting["quantity"] * waiting["each"]).groupby([waiting[name] for name in CELL]).sum()

    # then the warehouse holds their goods
    stock = lived.truth("stock")
    promised = stock[stock["day"] == lived.last_day.isoformat()].set_index(CELL)["promised"]
    assert promised[promised > 0].sort_index().to_dict() == expected.sort_index().to_dict()


def test_orders_for_double_11_are_promised_before_and_paid_on_the_day(lived: Specimen) -> None:
    orders = lived.truth("orders")
    deposits = orders[orders["kind"] == "presale"]

    assert len(deposits) > 50
    assert deposits["created"].between("2025-10-24", "2025-11-10").all()
    assert set(deposits["paid"].dropna().dt.date) == {date(2025, 11, 11)}
    assert 0 < deposits["paid"].isna().mean() < 0.3
    assert (deposits["closed"] == "2025-11-14")[deposits["paid"].isna()].all()


def test_a_merchant_who_never_restocks_runs_dry() -> None:
    specimen = small()
    for _ in range(90):
        specimen.step(specimen.next_day, NOTHING)

    demand = specimen.truth("demand")
    late = demand[demand["day"] > (specimen.last_day - timedelta(days=15)).isoformat()]
    assert late["lost"].sum() > 0.5 * late["wanted"].sum()


def bundle_parts(specimen: Specimen) -> pd.DataFrame:
    """listing, sku, each: what a unit of a listing holds."""
    goods = specimen.catalogue
    owner = np.repeat(np.arange(goods.listings), np.diff(goods.part_first))
    return pd.DataFrame(
        {
            "listing": np.array(goods.listing_codes)[owner],
            "sku": np.array(goods.sku_codes)[goods.part_sku],
            "each": goods.part_quantity,
        }
    )


def time_missing(specimen: Specimen, name: str) -> np.ndarray:
    values = specimen.sales.orders[name]
    return np.isnat(values) if values.dtype.kind == "M" else np.zeros(len(values), dtype=bool)
