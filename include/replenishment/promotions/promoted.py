"""Promotions that are planned, place by place: what raises a line's demand, in numbers and in words."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.demand.panel import Panel
from include.demand.promotion_effects import promoted_days
from include.exports.frames.no_rows import no_rows
from include.words.texts import in_each, joined

Floats = NDArray[np.float64]

AHEAD = {
    "series": "int64",
    "sku": "str",
    "warehouse": "str",
    "promotion": "str",
    "shop": "str",
    "first_day": "str",
    "last_day": "str",
    "price": "float64",
    "lift": "float64",
    "basis": "str",
    "stock_limit": "Float64",
}
MIN_LIFT = 1.01  # below it nothing is raised


def promotions_ahead(panel: Panel, days: int) -> pd.DataFrame:
    """The promotions that run on any of so many days after the panel's end, as known by then: columns of AHEAD, one row
    a (promotion, shop, sku, warehouse), ordered.

    price: yuan a piece as planned, missing: none is. lift: mean multiple of ordinary days on its days in sight, of the
    shop's own sales where it is held in one shop. stock_limit: pieces set aside for the sku. basis: LEARNED, STATED or
    'unknown'.
    """
    promoted = promoted_days(panel, days)
    if promoted is None:
        return no_rows(AHEAD)
    end = panel.day_count
    chosen = (promoted.known_from < end) & (promoted.known_until >= end) & (promoted.day >= end)
    entries = pd.DataFrame(
        {
            "series": promoted.row[chosen],
            "plan": promoted.plan[chosen],
            "lift": promoted.lift[chosen],
            "basis": promoted.basis[chosen],
        }
    )
    if entries.empty or panel.promotions is None:
        return no_rows(AHEAD)
    by = entries.groupby(["series", "plan"], as_index=False, sort=True)
    rows = by.agg(lift=("lift", "mean"), basis=("basis", "first"))
    plans = panel.promotions.reset_index(drop=True).loc[rows["plan"]].reset_index(drop=True)
    keys = panel.keys.loc[rows["series"], ["sku", "warehouse"]].reset_index(drop=True)
    listed = _list_prices(panel)[rows["series"].to_numpy(dtype=np.int64)]
    frame = rows.assign(
        sku=keys["sku"],
        warehouse=keys["warehouse"],
        promotion=plans["promotion"],
        shop=plans["shop"],
        stock_limit=plans["stock_limit"],
        first_day=plans["first_day"].dt.strftime("%Y-%m-%d"),
        last_day=plans["last_day"].dt.strftime("%Y-%m-%d"),
        price=plans["price"].fillna(pd.Series(listed) * (1 - plans["discount"])),
    )
    order = ["first_day", "promotion", "shop", "sku", "warehouse"]
    ordered = frame.sort_values(order, kind="stable").drop_duplicates(order, keep="last", ignore_index=True)
    return ordered[list(AHEAD)].astype(AHEAD)


def told_promotions(ahead: pd.DataFrame, rows: pd.Series, protection_days: pd.Series, day: str) -> dict[str, list[str]]:
    """promotion_zh, promotion_en of each line: the promotions within its protection period that raise its demand; ''
    where there is none. rows: each line's series."""
    raising = ahead[ahead["lift"] >= MIN_LIFT]
    by_series = {int(str(series)): part for series, part in raising.groupby("series")}
    today = pd.Timestamp(day)
    told: dict[str, list[str]] = {"promotion_zh": [], "promotion_en": []}
    for series, days in zip(rows, protection_days, strict=True):
        part = by_series.get(int(series))
        until = (today + timedelta(days=round(float(days)))).strftime("%Y-%m-%d")
        shown = None if part is None else part[part["first_day"] <= until]
        texts = [] if shown is None else [_words(one) for one in shown.to_dict("records")]
        for name, text in zip(told, joined("why.and", texts), strict=True):
            told[name].append(text)
    return told


def _words(one: dict[str, object]) -> tuple[str, str]:
    price = float(str(one["price"]))
    return in_each(
        "promotion.raises",
        promotion=one["promotion"],
        shop=in_each("promotion.in_shop", shop=one["shop"]) if one["shop"] else "",
        first=one["first_day"],
        last=one["last_day"],
        price="" if np.isnan(price) else in_each("promotion.at_price", price=f"{price:.2f}"),
        times=f"{float(str(one['lift'])):.1f}",
        basis=in_each(f"promotion.basis.{one['basis']}"),
    )


def _list_prices(panel: Panel) -> Floats:
    if "list_price_micros" not in panel.keys:
        return np.full(panel.series_count, np.nan)
    return pd.to_numeric(panel.keys["list_price_micros"]).astype("float64").to_numpy() / 1e6
