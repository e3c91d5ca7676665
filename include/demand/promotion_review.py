"""What came of a promotion: forecast and sold, lost sales, stock left, prices, margin, and what it took from the weeks
around it.

Ordinary sales are what the promoted days, and two weeks on both sides, would have sold by the unpromoted days around
them, times what each day did to everything else. Days that nobody has seen are not judged: while a promotion runs its
forecast is held against nothing, and the weeks after it count as far as they are over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.demand.panel import Panel
from include.demand.promotion_effects import promoted_days, usual_sales

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

AROUND_DAYS = 14  # before and after a promotion, in which sales may have been pulled forward or put off
SHARE_DAYS = 56  # before it, from which a shop's part of a sku's sales is taken
ALL = ""  # the row of all skus
SUMS = (
    "forecast", "sold", "lost", "ordinary", "uplift", "before", "after", "net", "stock_left", "revenue_micros",
    "margin_micros",
)  # fmt: skip
COLUMNS = (
    "promotion", "shop", "first_day", "last_day", "sku", "title", "days", "seen_days", "forecast", "sold", "lost",
    "ordinary", "lift_planned", "lift", "uplift", "before", "after", "after_seen_days", "net", "stock_left",
    "price_planned_micros", "price_paid_micros", "revenue_micros", "margin_micros",
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What is known at the close of `day`. panel: demand until then. demand: facts day, shop, sku, warehouse, units,
    revenue_micros. stock: facts day, sku, warehouse, on_hand. products: sku, title, cost_micros, list_price_micros.
    forecasts: promotion, shop, sku, first_day, forecast (units over the whole promotion, said the day before it) and
    lift_planned (what multiple of ordinary sales that was to be)."""

    day: str
    panel: Panel
    demand: pd.DataFrame
    stock: pd.DataFrame
    products: pd.DataFrame
    forecasts: pd.DataFrame


def promotion_review(plans: pd.DataFrame, seen: Seen) -> pd.DataFrame:
    """One row a (promotion, shop, sku) that has begun, and one of all skus (sku '') a (promotion, shop); ordered.

    plans: promotion, shop, sku, first_day, last_day, price, discount, lift (of PROMOTIONS), as they stood.
    Returns COLUMNS: units but for prices, `*_micros`, lifts (multiples of ordinary sales) and days. lost: what empty
    shelves are estimated to have turned away. before, after: units beyond ordinary sales in the AROUND_DAYS on each
    side, below zero: taken by the promotion. net: uplift, before and after together. Null: not known, or not over.
    """
    begun = plans[plans["first_day"].dt.strftime("%Y-%m-%d") <= seen.day].reset_index(drop=True)
    if begun.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    panel = seen.panel
    usual = usual_sales(panel, _felt(panel, begun))
    known = np.isfinite(panel.units) & np.isfinite(usual)
    other = _promoted_otherwise(panel)
    rows = [_one(plan, seen, usual, known, other) for plan in begun.to_dict("records")]
    frame = pd.DataFrame(rows).merge(
        seen.forecasts, on=["promotion", "shop", "sku", "first_day"], how="left", validate="one_to_one"
    )
    frame["forecast"] = frame["forecast"].astype("Float64").where(frame["seen_days"] == frame["days"])
    parts = []
    for _, part in frame.groupby(["promotion", "shop"], sort=True):
        parts += [part.sort_values(["first_day", "sku"]), _summed(part)]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def _felt(panel: Panel, plans: pd.DataFrame) -> NDArray[np.bool_]:
    """The promoted days of these plans and AROUND_DAYS on both sides, and all other promoted days, [n, T]."""
    felt = _promoted_otherwise(panel)
    for plan in plans.to_dict("records"):
        rows = np.flatnonzero((panel.keys["sku"] == plan["sku"]).to_numpy())
        first, last = (_column(panel, plan[name]) for name in ("first_day", "last_day"))
        felt[rows, max(first - AROUND_DAYS, 0) : max(last + AROUND_DAYS + 1, 0)] = True
    return felt


def _promoted_otherwise(panel: Panel) -> NDArray[np.bool_]:
    """Every day on which a series was in any promotion, [n, T]."""
    out = np.zeros(panel.units.shape, dtype=bool)
    promoted = promoted_days(panel, 0)
    if promoted is not None:
        row, day, _ = promoted.past(panel.day_count)
        out[row, day] = True
    return out


def _column(panel: Panel, day: pd.Timestamp) -> int:
    return int((day - panel.days[0]).days)


def _one(
    plan: dict, seen: Seen, usual: Floats, known: NDArray[np.bool_], other: NDArray[np.bool_]
) -> dict[str, object]:
    panel, sku, shop = seen.panel, str(plan["sku"]), str(plan["shop"])
    first, last = (_column(panel, plan[name]) for name in ("first_day", "last_day"))
    end = min(last, panel.day_count - 1)
    rows = np.flatnonzero((panel.keys["sku"] == sku).to_numpy())
    facts = seen.demand[seen.demand["sku"] == sku]
    own = facts if shop == ALL else facts[facts["shop"] == shop]
    share = _share(facts, own, plan["first_day"])
    sold = _matrix(panel, rows, own)
    plain = usual[rows] * share
    during = slice(max(first, 0), end + 1)
    seen_known = known[rows][:, during]
    ordinary = float(np.nansum(plain[:, during]))
    of_known = float(plain[:, during][seen_known].sum())
    ratio = float(sold[:, during][seen_known].sum()) / of_known if of_known > 0 else 1.0
    # A shelf that was bare for a part of the day sold less than it would have: the panel scales such days up.
    whole = np.where(known[rows], panel.units[rows] * share, plain * ratio)[:, during]
    empty = ~seen_known | (panel.in_stock[rows][:, during] < 1)
    lost = float(np.nansum(np.where(empty, np.maximum(whole - sold[:, during], 0.0), 0.0)))
    units = float(sold[:, during].sum())
    after_end = min(last + AROUND_DAYS, panel.day_count - 1)
    usable = known[rows] & ~other[rows]
    before = _beyond(sold, plain, usable, slice(max(first - AROUND_DAYS, 0), max(first, 0)))
    after = _beyond(sold, plain, usable, slice(last + 1, after_end + 1)) if after_end > last else None
    promoted = own[_within(own, plan["first_day"], panel.days[end])]
    revenue = int(promoted["revenue_micros"].sum())
    goods = seen.products[seen.products["sku"] == sku]
    cost = goods["cost_micros"].iloc[-1] if len(goods) else pd.NA
    listed = goods["list_price_micros"].iloc[-1] if len(goods) else pd.NA
    left = seen.stock[(seen.stock["sku"] == sku) & (seen.stock["day"] == panel.days[end].strftime("%Y-%m-%d"))]
    uplift = units - ordinary
    return {
        "promotion": plan["promotion"],
        "shop": shop,
        "sku": sku,
        "title": str(goods["title"].iloc[-1]) if len(goods) else "",
        "first_day": plan["first_day"].strftime("%Y-%m-%d"),
        "last_day": plan["last_day"].strftime("%Y-%m-%d"),
        "days": last - first + 1,
        "seen_days": end - first + 1,
        "sold": units,
        "lost": lost,
        "ordinary": ordinary,
        "lift": (units + lost) / ordinary if ordinary > 0 else np.nan,
        "uplift": uplift,
        "before": before,
        "after": after,
        "after_seen_days": max(after_end - last, 0),
        "net": None if after_end < last + AROUND_DAYS or after is None else uplift + before + after,
        "stock_left": int(left["on_hand"].sum()) if len(left) else None,
        "price_planned_micros": _planned_price(plan, listed),
        "price_paid_micros": round(revenue / units) if units > 0 else None,
        "revenue_micros": revenue,
        "margin_micros": None if pd.isna(cost) else revenue - round(int(cost) * units),
    }


def _planned_price(plan: dict, listed: object) -> int | None:
    if pd.notna(plan["price"]):
        return round(float(plan["price"]) * 1e6)
    if pd.isna(plan["discount"]) or pd.isna(listed):
        return None
    return round(int(str(listed)) * (1 - float(plan["discount"])))


def _share(facts: pd.DataFrame, own: pd.DataFrame, first: pd.Timestamp) -> float:
    """The shop's part of the sku's sales in the weeks before."""
    weeks = first - timedelta(days=SHARE_DAYS), first - timedelta(days=1)
    whole = float(facts.loc[_within(facts, *weeks), "units"].sum())
    return float(own.loc[_within(own, *weeks), "units"].sum()) / whole if whole > 0 else 1.0


def _within(facts: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.Series:
    return (facts["day"] >= first.strftime("%Y-%m-%d")) & (facts["day"] <= last.strftime("%Y-%m-%d"))


def _matrix(panel: Panel, rows: Integers, facts: pd.DataFrame) -> Floats:
    """Units sold by the given series and day of the panel."""
    out = np.zeros((len(rows), panel.day_count))
    place = pd.Index(panel.keys["warehouse"].iloc[rows]).get_indexer(facts["warehouse"])
    day = (pd.to_datetime(facts["day"]) - panel.days[0]).dt.days.to_numpy(dtype=np.int64)
    inside = (place >= 0) & (day >= 0) & (day < panel.day_count)
    np.add.at(out, (place[inside], day[inside]), facts["units"].to_numpy(dtype=float)[inside])
    return out


def _beyond(sold: Floats, plain: Floats, usable: NDArray[np.bool_], days: slice) -> float:
    chosen = usable[:, days]
    return float((sold[:, days] - plain[:, days])[chosen].sum())


def _summed(part: pd.DataFrame) -> pd.DataFrame:
    """The row of all skus: sums where every sku is known, and what follows from them."""
    sums = {name: part[name].astype("Float64").sum(min_count=len(part), skipna=True) for name in SUMS}
    units, ordinary = float(part["sold"].sum()), float(part["ordinary"].sum())
    row = {
        "promotion": part["promotion"].iloc[0],
        "shop": part["shop"].iloc[0],
        "sku": ALL,
        "title": "",
        "first_day": part["first_day"].min(),
        "last_day": part["last_day"].max(),
        "days": int(part["days"].max()),
        "seen_days": int(part["seen_days"].min()),
        "lift": (units + float(part["lost"].sum())) / ordinary if ordinary > 0 else np.nan,
        "after_seen_days": int(part["after_seen_days"].min()),
        "price_paid_micros": round(float(part["revenue_micros"].sum()) / units) if units > 0 else None,
        **sums,
    }
    return pd.DataFrame([row]).reindex(columns=part.columns)
