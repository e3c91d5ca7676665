"""Whom to order from: price, corrected by how often the supplier was late, with the next best to fall back on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after
from include.replenishment.policy import StockPolicy
from include.replenishment.suppliers.lead_time import LeadTime


def offers_of(products: pd.DataFrame, purchase_orders: pd.DataFrame, day: str, offer_days: int) -> pd.DataFrame:
    """sku, supplier, unit_cost_micros: the product master's own supplier at its cost, and everyone whom the sku was
    ordered from in the last `offer_days` at the newest price paid. One row a (sku, supplier)."""
    columns = ["sku", "supplier", "unit_cost_micros"]
    usual = products.drop_duplicates("sku", keep="last").rename(columns={"cost_micros": "unit_cost_micros"})
    known = (purchase_orders["ordered_day"] <= day) & (purchase_orders["ordered_day"] > day_after(day, -offer_days))
    paid = purchase_orders[known & (purchase_orders["status"] != "cancelled")]
    paid = paid.sort_values(["ordered_day", "purchase_order_id", "line_id"], kind="stable")
    both = [part[columns].astype({"unit_cost_micros": "Int64"}) for part in (usual, paid) if len(part)]
    if not both:
        return pd.DataFrame(columns=columns)
    offers = pd.concat(both, ignore_index=True)
    offers = offers[offers["supplier"].notna() & (offers["supplier"] != "")]
    newest = offers.groupby(["sku", "supplier"], sort=True)["unit_cost_micros"].last()  # the last that is known
    return newest.reset_index()


def chosen_suppliers(offers: pd.DataFrame, leads: Mapping[str, LeadTime], policy: StockPolicy) -> pd.DataFrame:
    """One row a sku: supplier, unit_cost_micros, supplier_on_time_share (NA: nothing was due yet) and
    fallback_suppliers, the next best as 'CODE CODE', '' where there is none."""
    ranked = ranked_suppliers(offers, leads, policy)
    best = ranked[ranked["rank"] == 1].set_index("sku")
    others = ranked[ranked["rank"] > 1].groupby("sku")["supplier"].agg(" ".join)
    measured = {name: lead.on_time_share for name, lead in leads.items()}
    share = best["supplier"].map(measured).astype("Float64")
    chosen = best[["supplier", "unit_cost_micros"]].assign(supplier_on_time_share=share)
    chosen["fallback_suppliers"] = others.reindex(best.index).astype("str").fillna("")
    return chosen.reset_index()


def ranked_suppliers(offers: pd.DataFrame, leads: Mapping[str, LeadTime], policy: StockPolicy) -> pd.DataFrame:
    """The best `policy.supplier_choices` offers for each sku, one row each, `rank` 1 first.

    offers: sku, supplier, unit_cost_micros and any other columns, which stay. A unit that comes late is reckoned to
        cost `policy.late_cost` of its price more; a supplier with nothing due yet is taken to be as punctual as the
        others together. Adds on_time_share, lead_time_days, lead_time_spread_days, effective_cost_micros, rank.
    """
    frame = offers.reset_index(drop=True).copy()
    known = [lead.on_time_share for lead in leads.values() if lead.on_time_share is not None]
    usual = float(np.mean(known)) if known else 1.0
    found = [leads.get(str(supplier)) for supplier in frame["supplier"]]
    frame["on_time_share"] = [
        usual if lead is None or lead.on_time_share is None else lead.on_time_share for lead in found
    ]
    frame["lead_time_days"] = [np.nan if lead is None else lead.mean_days for lead in found]
    frame["lead_time_spread_days"] = [np.nan if lead is None else lead.spread_days for lead in found]
    cost = frame["unit_cost_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    effective = cost * (1 + policy.late_cost * (1 - frame["on_time_share"].to_numpy()))
    frame["effective_cost_micros"] = pd.Series(np.rint(effective)).astype("Float64").astype("Int64")
    # An unknown price comes last; equal offers go by the shorter lead time, then by name.
    ranked = frame.sort_values(
        ["sku", "effective_cost_micros", "lead_time_days", "supplier"], kind="stable", na_position="last"
    )
    ranked["rank"] = ranked.groupby("sku").cumcount() + 1
    return ranked[ranked["rank"] <= policy.supplier_choices].reset_index(drop=True)
