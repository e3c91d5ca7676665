"""Deposits for Double 11 through files and books: promised from the deposit on, demand once the balance is paid."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from include.replenishment.planning_data import deposits_on
from include.simulation.observe_specimen import deposits
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.orders import SHOPPING
from include.simulation.specimen.settings import JD
from include.warehouse.as_of import read_facts, read_lines

FIRST = date(2025, 11, 1)
KEY = ["day", "sku", "warehouse"]


def test_the_books_know_the_deposits_that_the_business_took(first_day: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(first_day)
    told = deposits_on(desk.workspace, "2025-11-01")
    business = Specimen.load(first_day / "business.npz")
    orders = business.sales.orders
    # Tmall and Douyin say which orders are presales; JD's report has no column for it.
    orders["kind"][orders["shop"] == JD] = SHOPPING
    true = deposits(business)
    assert told["quantity"].sum() > 10
    both = true.merge(told, on=KEY, how="outer", suffixes=("_true", "_told")).fillna(0)
    assert (both["quantity_true"] == both["quantity_told"]).all()


def test_a_deposit_is_no_demand_and_its_units_leave_the_forecast(
    first_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(first_day)
    begun = read_lines(desk.workspace.books, "orders", "2025-11-01")
    begun = begun[begun["mark"] == "presale"]
    assert begun["paid_at"].isna().all()
    orders = read_facts(desk.workspace.books, "customer_orders", "2025-11-01")
    assert not orders["order_id"].isin(begun["order_id"]).any()
    lines = desk.inputs(FIRST)
    held = deposits_on(desk.workspace, "2025-11-01").groupby(["warehouse", "sku"])["quantity"].sum()
    held = held.reindex(lines.index).fillna(0)
    assert (lines["promised"] >= held).all()
    reaches = lines["protection_days"] >= 10  # the balance is due on the eleventh
    assert (lines.loc[~reaches, "presold"] == 0).all()
    assert (lines.loc[reaches, "presold"] <= held[reaches]).all()
    assert lines["presold"].sum() > 0
