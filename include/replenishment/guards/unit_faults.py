"""Numbers of the books that look as if they were said in another unit: yuan for fen, cartons for pieces, an empty file.

What a number is held against is the middle of several earlier ones, so that a fault is still seen on the days after it
came, and the day on which it is mended is no fault.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.demand.panel import Panel
from include.facts.shelves import SURE
from include.replenishment.planning_frames import PlanningData, whole_stock
from include.settings.stock.guards import Guards

FAULTS = {"sku": "str", "warehouse": "str", "guard": "str", "said": "int64", "usual": "int64"}
WEEK = 7
BASE_DAYS = 90  # as `sales_times` says
KNOWN_DAYS = 28  # of the base: of fewer, an average day says little
ABOUT = 2.0  # times; "about so many times" of `money_factor`
ABOUT_PACK = 1.5  # times; packs lie closer together than units of money
FEWEST_DAYS = 3  # with sales: on fewer, even numbers are chance
FEWEST_BEFORE = 20  # with sales, of the ninety before: of fewer it is not known in what numbers a sku sells
MOSTLY = 0.5  # share of the days before
EVEN = 1e-3  # units are kept in 32 bits
MIN_PACKS = 2  # of fewer expected packs, a carton more or less is all the difference


@dataclass(frozen=True)
class Earlier:
    """What the books said before. products: sku, cost_micros, list_price_micros, a row a sku and earlier day.
    stock: day, sku, warehouse, on_hand, promised, by the reports of the week before. moved: day, sku, warehouse,
    sold, received, of the same days and the day itself."""

    products: pd.DataFrame
    stock: pd.DataFrame
    moved: pd.DataFrame


def unit_faults(planning: PlanningData, earlier: Earlier, guards: Guards) -> pd.DataFrame:
    """Columns of FAULTS, one row a suspicion, ordered. warehouse: '' for all; sku: '' for all goods.

    cost, price: micros, now and before. stock: units, now and expected. stock_file: shelves that are filled now, and
    that should be. sales: units a day of the last days, and of an average day. sales_file: the same of all goods."""
    found = [
        *_money_faults(planning.products, earlier.products, guards),
        *_stock_faults(planning, earlier, guards),
        *_sales_faults(planning.panel, guards),
    ]
    whole = pd.concat([_shaped(one) for one in (pd.DataFrame(columns=list(FAULTS)), *found)], ignore_index=True)
    return whole.sort_values(["guard", "sku", "warehouse"], kind="stable", ignore_index=True)


def usual_cost(earlier: pd.DataFrame) -> pd.Series:
    """By sku: the middle cost of the earlier days, in micros."""
    return _middle(earlier, "cost_micros")


def is_other_unit(said: NDArray[np.float64], usual: NDArray[np.float64], factor: float) -> NDArray[np.bool_]:
    """Whether one is about `factor` times the other."""
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.maximum(said / usual, usual / said)
    return (said > 0) & (usual > 0) & (times >= factor / ABOUT) & (times <= factor * ABOUT)


def _money_faults(products: pd.DataFrame, earlier: pd.DataFrame, guards: Guards) -> list[pd.DataFrame]:
    if guards.money_factor is None or earlier.empty:
        return []
    found, newest = [], products.drop_duplicates("sku", keep="last").set_index("sku")
    for guard, column in (("cost", "cost_micros"), ("price", "list_price_micros")):
        said = newest[column].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        usual = _middle(earlier, column).reindex(newest.index).to_numpy(dtype=float)
        is_fault = is_other_unit(said, usual, guards.money_factor)
        found.append(_faults(newest.index[is_fault], "", guard, said[is_fault], usual[is_fault]))
    return found


def _middle(earlier: pd.DataFrame, column: str) -> pd.Series:
    told = earlier.dropna(subset=[column])
    return told[column].astype("float64").groupby(told["sku"].to_numpy()).median()


def _stock_faults(planning: PlanningData, earlier: Earlier, guards: Guards) -> list[pd.DataFrame]:
    shelves = _expected_shelves(planning, earlier)
    if shelves.empty:
        return []
    found = []
    if guards.min_pack is not None:
        packs = planning.products.drop_duplicates("sku", keep="last").set_index("sku")["pack"].astype("Float64")
        pack = shelves["sku"].map(packs).to_numpy(dtype=float, na_value=1.0)
        said, low, high = (shelves[name].to_numpy(dtype=float) for name in ("said", "low", "high"))
        is_large = (pack >= guards.min_pack) & (low >= MIN_PACKS * pack) & (said > 0)
        is_fewer = is_large & (said * pack <= low * ABOUT_PACK)
        is_more = is_large & (said * ABOUT_PACK >= high * pack)
        for chosen, usual in ((is_fewer, low), (is_more, high)):
            rows = shelves[chosen]
            found.append(_faults(rows["sku"], rows["warehouse"], "stock", rows["said"], usual[chosen]))
    if guards.emptied_share is not None:
        filled = shelves[shelves["low"] > 0]
        for warehouse, part in filled.groupby("warehouse"):
            empty = int((part["said"] <= 0).sum())
            if empty >= guards.min_emptied_shelves and empty >= guards.emptied_share * len(part):
                found.append(_faults([""], [warehouse], "stock_file", [len(part) - empty], [len(part)]))
    return found


def _expected_shelves(planning: PlanningData, earlier: Earlier) -> pd.DataFrame:
    """sku, warehouse, said (by the newest report), and the least and most that should lie there (low, high) by the
    middle of the reports of the week before: least, if all that was promised or sold since has left, and most, if none
    of it has. Only of shelves of which both are known."""
    stock = whole_stock(planning)
    stock = stock[stock["state"].isin(SURE)]
    if stock.empty or earlier.stock.empty:
        return pd.DataFrame(columns=["sku", "warehouse", "said", "low", "high"])
    now = stock[["sku", "warehouse", "stock_day"]].assign(said=stock["on_hand"] - stock["received_since"])
    told = earlier.stock.merge(now, on=["sku", "warehouse"], how="inner")
    told = told[told["day"] < told["stock_day"]].reset_index(drop=True)
    moves = told[["sku", "warehouse", "day", "stock_day"]].reset_index(names="report")
    moves = moves.merge(earlier.moved.rename(columns={"day": "moved_day"}), on=["sku", "warehouse"], how="inner")
    moves = moves[(moves["moved_day"] > moves["day"]) & (moves["moved_day"] <= moves["stock_day"])]
    since = moves.groupby("report")[["sold", "received"]].sum().reindex(range(len(told)), fill_value=0)
    told["low"] = (told["on_hand"] - told["promised"] - since["sold"].to_numpy()).clip(lower=0)
    told["high"] = told["on_hand"] + since["received"].to_numpy()
    middle = told.groupby(["sku", "warehouse"], as_index=False).agg(
        said=("said", "first"), low=("low", "median"), high=("high", "median")
    )
    return middle[["sku", "warehouse", "said", "low", "high"]]


def _sales_faults(panel: Panel, guards: Guards) -> list[pd.DataFrame]:
    """A sku's last days far beyond an average day, all in multiples of so much that its earlier days were not: many
    pieces said for one. What merely sells well does not sell in even numbers. And a day of all goods, if the calendar
    knows no event of it."""
    if guards.sales_times is None or panel.day_count < KNOWN_DAYS + WEEK:
        return []
    skus, units = by_sku(panel)
    base, week = units[:, -WEEK - BASE_DAYS : -WEEK], units[:, -WEEK:]
    known = np.isfinite(base).sum(axis=1)
    mean = np.nansum(base, axis=1) / np.maximum(known, 1)
    total_base, total_week = np.nansum(base, axis=0), np.nansum(week, axis=0)
    found = []
    for days in range(FEWEST_DAYS, WEEK + 1):
        sold = np.nansum(week[:, -days:], axis=1)
        much = (sold > guards.sales_times * mean * days) & (sold >= guards.min_units_sold) & (known >= KNOWN_DAYS)
        rows = [
            row for row in np.flatnonzero(much) if _in_another_unit(week[row, -days:], base[row], guards.sales_times)
        ]
        found.append(_faults(skus[rows], "", "sales", sold[rows] / days, mean[rows]))
    each = [pd.concat(found).drop_duplicates("sku", keep="first")]
    plain = ~np.isin(panel.days[-WEEK:], pd.to_datetime(panel.events["day"]))
    usual_day = total_base.mean()
    is_whole = plain & (total_week > guards.sales_times * usual_day) & (total_week > total_base.max())
    if is_whole.any() and total_base.sum() >= guards.min_units_sold:
        each.append(_faults([""], "", "sales_file", [total_week[is_whole].max()], [usual_day]))
    return each


def _in_another_unit(days: NDArray[np.float64], base: NDArray[np.float64], times: float) -> bool:
    """Whether what sold on these days is a multiple of `times` or more on each, as most days before were not."""
    sold, before = _whole(days), _whole(base)
    unit = int(np.gcd.reduce(sold)) if len(sold) >= FEWEST_DAYS and len(before) >= FEWEST_BEFORE else 1
    return unit >= times and np.mean(before % unit == 0) < MOSTLY


def _whole(units: NDArray[np.float64]) -> NDArray[np.int64]:
    """The units of days on which something sold; without days that are reckoned up from a shelf that was partly
    empty."""
    sold = units[np.isfinite(units) & (units > 0)]
    even: NDArray[np.int64] = np.rint(sold[np.abs(sold - np.rint(sold)) < EVEN]).astype(np.int64)
    return even


def by_sku(panel: Panel) -> tuple[pd.Index, NDArray[np.float64]]:
    """(skus, units [skus, T] over all warehouses, NaN where no warehouse knows)."""
    codes, skus = pd.factorize(panel.keys["sku"], sort=True)
    units = np.zeros((len(skus), panel.day_count))
    np.add.at(units, codes, np.nan_to_num(panel.units, nan=0.0))
    known = np.zeros((len(skus), panel.day_count), dtype=bool)
    np.logical_or.at(known, codes, np.isfinite(panel.units))
    return pd.Index(skus), np.where(known, units, np.nan)


def _faults(skus: object, warehouse: object, guard: str, said: object, usual: object) -> pd.DataFrame:
    told = pd.DataFrame({"sku": list(skus), "guard": guard})  # type: ignore[call-overload]
    told["warehouse"] = warehouse if isinstance(warehouse, str) else list(warehouse)  # type: ignore[call-overload]
    return told.assign(said=np.rint(np.asarray(said, dtype=float)), usual=np.rint(np.asarray(usual, dtype=float)))


def _shaped(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[list(FAULTS)].astype(FAULTS)
