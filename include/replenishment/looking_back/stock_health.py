"""How healthy the stock of a day is, added up by warehouse and category: value, turnover, availability, excess."""

from __future__ import annotations

import pandas as pd

from include.calendar.business_days import day_after

COST_DAYS = 28  # of sales, for the turnover
WEIGHT_DAYS = 91  # of sales, by which availability is weighted
GRADES = ("S", "A", "B", "C")
PLACE = ["sku", "warehouse"]
GROUP = ["warehouse", "category"]
TAKEN = ["units", "gift_units", "bulk_units"]


def stock_health(
    stock: pd.DataFrame,
    shares: pd.DataFrame,
    demand: pd.DataFrame,
    products: pd.DataFrame,
    excess: pd.DataFrame,
    day: str,
) -> pd.DataFrame:
    """One row a warehouse and category ('' of goods without one): the columns of the table `stock_health` but `day`.

    stock: sku, warehouse, on_hand of every shelf that is known. shares: day, sku, warehouse, in_stock_share, missing if
    it cannot be read. demand: facts of WEIGHT_DAYS up to the day. products: sku, category, cost_micros, newest last.
    excess: warehouse, category, grade, money_micros of the day's list.

    A place is a sku in a warehouse that has sold or has a known shelf. A shelf without a row is unknown, not empty: its
    sales weigh as unknown. Goods without a cost are counted apart, in stock and in what was sold.
    """
    goods = products.drop_duplicates("sku", keep="last").set_index("sku")
    places = stock[[*PLACE, "on_hand"]].merge(_sold(demand, day), on=PLACE, how="outer")
    today = shares.loc[shares["day"] == day].groupby(PLACE, as_index=False)["in_stock_share"].max()
    places = places.merge(today, on=PLACE, how="left")
    places = places[places["on_hand"].notna() | (places["weight"].fillna(0) > 0)]
    cost = pd.to_numeric(places["sku"].map(goods["cost_micros"])).astype("float64")
    on_hand, weight = places["on_hand"].fillna(0).astype("float64"), places["weight"].fillna(0).astype("float64")
    share = pd.to_numeric(places["in_stock_share"]).astype("float64")
    rows = pd.DataFrame(
        {
            "warehouse": places["warehouse"].astype("str"),
            "category": places["sku"].map(goods["category"]).astype("str").fillna(""),
            "places": 1,
            "unknown_places": places["on_hand"].isna().astype("int64"),
            "on_hand": on_hand,
            "uncosted": on_hand.where(cost.isna(), 0),
            "value_micros": (on_hand * cost).fillna(0),
            "cost_of_sales_micros": (places["left"].fillna(0).astype("float64") * cost).fillna(0),
            "weight": weight.where(share.notna(), 0),
            "weight_in_stock": (weight * share).fillna(0),
            "weight_unknown": weight.where(share.isna(), 0),
        }
    )
    sums = rows.groupby(GROUP).sum()
    whole = ["on_hand", "uncosted", "value_micros", "cost_of_sales_micros"]
    sums[whole] = sums[whole].round().astype("int64")
    return sums.join(_excess(excess), how="outer").fillna(0).reset_index()


def _sold(demand: pd.DataFrame, day: str) -> pd.DataFrame:
    """sku, warehouse, weight (units sold to customers) and left (units that left the shelf in COST_DAYS)."""
    recent = demand[demand["day"] > day_after(day, -WEIGHT_DAYS)]
    left = recent[TAKEN].sum(axis=1).where(recent["day"] > day_after(day, -COST_DAYS), 0)
    return recent.assign(weight=recent["units"], left=left).groupby(PLACE, as_index=False)[["weight", "left"]].sum()


def _excess(excess: pd.DataFrame) -> pd.DataFrame:
    """Micros tied up in each grade, a column a grade."""
    columns = {grade: f"excess_{grade.lower()}_micros" for grade in GRADES}
    graded = excess.assign(category=excess["category"].fillna("")).groupby([*GROUP, "grade"])["money_micros"].sum()
    return graded.unstack("grade").reindex(columns=list(columns)).rename(columns=columns).fillna(0)
