"""The daily facts, computed from lines: pure functions over frames, one business day's truth at a time.

Demand is what customers wanted: units paid on the day of payment, before refunds; gifts, brushing and bulk orders stand
beside it, not in it. It belongs to the warehouse that should serve the order's province. Money of a bundle is shared
among its skus by list price, exact to the micro.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.exports.values.amounts import split_exactly

FACTS_VERSION = 3
"""Raised when the same lines come to mean other facts: the next close then computes every day anew."""

BulkRule = Callable[[pd.DataFrame], pd.Series]
"""Takes the sizes of a shop's orders (day, sku, units, orders: how many orders of the sku had so many units that day)
and tells which sizes are one-off bulk orders, each by what the rows say of its day and the days before it."""


@dataclass(frozen=True)
class SoldLines:
    """Paid lines of one shop. paid: a row a line; by_sku: a row a line and sku, with its warehouse; unmapped: by day,
    the listings that no sku answers to."""

    paid: pd.DataFrame
    by_sku: pd.DataFrame
    unmapped: pd.DataFrame


@dataclass(frozen=True)
class OrderFacts:
    """Facts of one shop, each with `day`; `unmapped` lists paid listings that no sku answers to."""

    demand: pd.DataFrame
    sales: pd.DataFrame
    customer_orders: pd.DataFrame
    unmapped: pd.DataFrame


def sold_lines(
    orders: pd.DataFrame,
    lines: pd.DataFrame,
    refunds: pd.DataFrame,
    listings: pd.DataFrame,
    products: pd.DataFrame,
    warehouse_of: Mapping[str, str],
    fallback_warehouse: str,
) -> SoldLines:
    """What one shop sold, by the newest versions of its orders, lines and refunds (columns of the line tables)."""
    paid = _paid_lines(orders, lines)
    paid = paid.assign(refunded=_line_refunds(paid, orders, refunds))
    by_sku, unmapped = _by_sku(paid, listings, products)
    by_sku["warehouse"] = by_sku["province"].map(dict(warehouse_of)).astype("str").fillna(fallback_warehouse)
    wanted = ~by_sku["is_gift"] & ~by_sku["is_brushing"]
    units = by_sku["units"].where(wanted, 0)
    by_sku["ordered"] = units.groupby([by_sku["day"], by_sku["sku"], by_sku["order_id"]]).transform("sum")
    by_sku["ordered"] = by_sku["ordered"].where(wanted, 0)
    return SoldLines(paid, by_sku, unmapped)


def order_sizes(sold: SoldLines) -> pd.DataFrame:
    """day, sku, units, orders: how many orders of the sku had so many units that day; no gifts and no brushing."""
    wanted = sold.by_sku[sold.by_sku["ordered"] > 0].drop_duplicates(["day", "sku", "order_id"])
    sizes = wanted.groupby(["day", "sku", "ordered"], as_index=False).agg(orders=("order_id", "size"))
    return sizes.rename(columns={"ordered": "units"})


def order_facts(sold: SoldLines, products: pd.DataFrame, bulk: pd.DataFrame) -> OrderFacts:
    """The facts of one shop. bulk: day, sku, units of the sizes that are one-off bulk orders."""
    sizes = pd.MultiIndex.from_frame(sold.by_sku[["day", "sku", "ordered"]])
    by_sku = sold.by_sku.assign(in_bulk=sizes.isin(pd.MultiIndex.from_frame(bulk[["day", "sku", "units"]])))
    return OrderFacts(
        demand=_demand(by_sku),
        sales=_sales(by_sku),
        customer_orders=_customer_orders(sold.paid, by_sku, products),
        unmapped=sold.unmapped,
    )


def _paid_lines(orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Lines that were paid, with their order's buyer, province and mark; an order's moment of payment is its lines'."""
    about = orders[["order_id", "paid_at", "customer", "province", "mark"]].rename(columns={"paid_at": "order_paid_at"})
    joined = lines.merge(about, on="order_id", how="left")
    joined["paid_at"] = joined["paid_at"].fillna(joined["order_paid_at"])
    joined = joined[joined["paid_at"].notna()].reset_index(drop=True)
    price = joined["unit_price_micros"].astype("Int64").fillna(0)
    joined["list_micros"] = (price * joined["quantity"]).astype("int64")
    told = joined["paid_micros"].notna() | joined["unit_price_micros"].notna()  # a report may hold units and no money
    joined["paid_micros"] = joined["paid_micros"].astype("Int64").fillna(joined["list_micros"]).astype("int64")
    joined["day"] = joined["paid_at"].str[:10]
    joined["is_gift"] = (joined["is_gift"] == 1) | (joined["mark"] == "gift")
    joined["is_gift"] |= (joined["paid_micros"] == 0) & told
    joined["is_brushing"] = joined["mark"] == "brushing"
    return joined


def _line_refunds(paid: pd.DataFrame, orders: pd.DataFrame, refunds: pd.DataFrame) -> pd.Series:
    """Micros refunded of each paid line: what is known by line, and the rest of its order's refund by share of money.

    Platforms state a refund up to three times (order, line, refund report); the largest statement is the truth, since
    each of them may lag.
    """
    known = paid["refunded_micros"].astype("Int64").fillna(0).astype("int64")
    succeeded = refunds[refunds["status"] == "succeeded"]
    by_line = succeeded[succeeded["line_id"].notna()].groupby("line_id")["refunded_micros"].sum()
    known = np.maximum(known, paid["line_id"].map(by_line).fillna(0).astype("int64"))
    known = pd.Series(np.minimum(known, paid["paid_micros"]), index=paid.index)
    stated = orders.set_index("order_id")["refunded_micros"].groupby(level=0).max()
    reported = succeeded.groupby("order_id")["refunded_micros"].sum()
    whole = np.maximum(
        paid["order_id"].map(stated).fillna(0).astype("int64"), paid["order_id"].map(reported).fillna(0).astype("int64")
    )
    room = paid["paid_micros"] - known
    order = paid["order_id"]
    missing = (whole - known.groupby(order).transform("sum")).clip(lower=0)
    missing = np.minimum(missing, room.groupby(order).transform("sum"))
    return known + split_exactly(missing, room, order)


def _by_sku(paid: pd.DataFrame, listings: pd.DataFrame, products: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Paid lines as skus of the warehouse: listings and bundles unfolded; and what no table answers to."""
    code = paid["merchant_code"].where(paid["merchant_code"].notna(), paid["listing_id"]).fillna("")
    lines = paid.assign(listing_code=code, row=np.arange(len(paid)))
    table = listings[["listing_code", "sku", "quantity"]].rename(columns={"quantity": "per_listing"})
    mapped = lines.merge(table, on="listing_code", how="left")
    known = set(products["sku"])
    itself = mapped["sku"].isna() & (
        mapped["listing_code"].isin(known) | ((not known) & (mapped["listing_code"] != ""))
    )
    mapped.loc[itself, "sku"] = mapped.loc[itself, "listing_code"]
    mapped["per_listing"] = mapped["per_listing"].astype("Int64").fillna(1).astype("int64")
    lost = mapped[mapped["sku"].isna()]
    unmapped = (
        lost.groupby(["day", "listing_code"], as_index=False)
        .agg(title=("title", "first"), units=("quantity", "sum"), revenue_micros=("paid_micros", "sum"))
        .reset_index(drop=True)
    )
    mapped = mapped[mapped["sku"].notna()].sort_values(["row", "sku"], kind="stable", ignore_index=True)
    price = mapped["sku"].map(products.drop_duplicates("sku").set_index("sku")["list_price_micros"])
    weight = price.astype("Int64").fillna(1).astype("int64") * mapped["per_listing"]
    for money in ("paid_micros", "refunded", "list_micros"):
        mapped[money] = split_exactly(mapped[money], weight, mapped["row"])
    mapped["units"] = mapped["quantity"].astype("int64") * mapped["per_listing"]
    return mapped, unmapped


def _demand(by_sku: pd.DataFrame) -> pd.DataFrame:
    """day, sku, warehouse, units, gift_units, brushed_units, bulk_units, orders, revenue_micros, last_sale_at."""
    rows = by_sku.copy()
    in_bulk = rows["in_bulk"]
    wanted = ~rows["is_gift"] & ~rows["is_brushing"] & ~in_bulk
    for column, mask in (
        ("wanted_units", wanted),
        ("gift_units", rows["is_gift"] & ~rows["is_brushing"]),
        ("brushed_units", rows["is_brushing"]),
        ("bulk_units", in_bulk),
    ):
        rows[column] = rows["units"].where(mask, 0)
    rows["revenue_micros"] = rows["paid_micros"].where(wanted, 0)
    rows["wanted_order"] = rows["order_id"].where(wanted)
    rows["sold_at"] = rows["paid_at"].where(~rows["is_brushing"])
    return rows.groupby(["day", "sku", "warehouse"], as_index=False).agg(
        units=("wanted_units", "sum"),
        gift_units=("gift_units", "sum"),
        brushed_units=("brushed_units", "sum"),
        bulk_units=("bulk_units", "sum"),
        orders=("wanted_order", "nunique"),
        revenue_micros=("revenue_micros", "sum"),
        last_sale_at=("sold_at", "max"),
    )


def _sales(by_sku: pd.DataFrame) -> pd.DataFrame:
    """day, sku, units_paid, paid_micros, refunded_micros: all that was paid but brushing, and what of it came back."""
    real = by_sku[~by_sku["is_brushing"]]
    return real.groupby(["day", "sku"], as_index=False).agg(
        units_paid=("units", "sum"), paid_micros=("paid_micros", "sum"), refunded_micros=("refunded", "sum")
    )


def _customer_orders(paid: pd.DataFrame, by_sku: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """day, order_id, customer, units, revenue_micros, exceptional_micros (of it, gifts and bulk), discount_micros,
    refunded_micros, province, main_category, cost_micros (of what is not exceptional; null where not all is known)."""
    real = paid[paid["customer"].notna() & ~paid["is_brushing"]]
    real = real.assign(
        discount=(real["list_micros"] - real["paid_micros"]).clip(lower=0),
        gift_micros=real["paid_micros"].where(real["is_gift"], 0),
    )
    facts = real.groupby("order_id", as_index=False).agg(
        day=("day", "min"),
        customer=("customer", "first"),
        units=("quantity", "sum"),
        revenue_micros=("paid_micros", "sum"),
        exceptional_micros=("gift_micros", "sum"),
        discount_micros=("discount", "sum"),
        refunded_micros=("refunded", "sum"),
        province=("province", "first"),
    )
    bulk = by_sku[by_sku["in_bulk"]].groupby("order_id")["paid_micros"].sum()
    facts["exceptional_micros"] += facts["order_id"].map(bulk).fillna(0).astype("int64")
    category = products.drop_duplicates("sku").set_index("sku")["category"]
    spent = by_sku.assign(category=by_sku["sku"].map(category)).dropna(subset=["category"])
    spent = spent.groupby(["order_id", "category"], as_index=False)["paid_micros"].sum()
    main = spent.sort_values(["order_id", "paid_micros", "category"], ascending=[True, False, True])
    main = main.drop_duplicates("order_id").set_index("order_id")["category"]
    facts["main_category"] = facts["order_id"].map(main)
    facts["cost_micros"] = facts["order_id"].map(_order_costs(real, by_sku, products))
    return facts


def _order_costs(real: pd.DataFrame, by_sku: pd.DataFrame, products: pd.DataFrame) -> pd.Series:
    """By order, Int64 micros: what the goods cost that were neither gifts nor bulk. An order with a line that maps to
    no sku, or a sku without a cost above zero, is not in it."""
    wanted = by_sku[~by_sku["is_gift"] & ~by_sku["is_brushing"] & ~by_sku["in_bulk"]]
    each = wanted["sku"].map(products.drop_duplicates("sku").set_index("sku")["cost_micros"]).astype("Int64")
    is_known = (each > 0).fillna(False).astype(bool)
    lines = real[~real["is_gift"]]
    unknown = {*wanted.loc[~is_known, "order_id"], *lines.loc[~lines.index.isin(by_sku["row"]), "order_id"]}
    costs = (each.fillna(0) * wanted["units"].astype("Int64")).groupby(wanted["order_id"]).sum()
    return costs[~costs.index.isin(unknown)]


def deposits(
    orders: pd.DataFrame,
    lines: pd.DataFrame,
    listings: pd.DataFrame,
    products: pd.DataFrame,
    warehouse_of: Mapping[str, str],
    fallback_warehouse: str,
) -> pd.DataFrame:
    """day (of the deposit), sku, warehouse, quantity: what waits for the balance of a presale (预售尾款).

    These units are promised, and no demand before the day on which the balance is paid. Newest versions of one shop's
    orders and lines; an order counts that was begun with a deposit, has no payment yet and is not closed.
    """
    waiting = orders[(orders["mark"] == "presale") & orders["paid_at"].isna() & (orders["status"] == "unpaid")]
    begun = waiting[["order_id", "created_at", "province"]].rename(columns={"created_at": "begun_at"})
    rows = lines.merge(begun, on="order_id", how="inner")
    day = rows["begun_at"].fillna(rows["created_at"]).str[:10]
    rows = rows.assign(paid_micros=0, refunded=0, list_micros=0, day=day)
    by_sku, _ = _by_sku(rows, listings, products)
    by_sku["warehouse"] = by_sku["province"].map(dict(warehouse_of)).astype("str").fillna(fallback_warehouse)
    held = by_sku.groupby(["day", "sku", "warehouse"], as_index=False)["units"].sum()
    return held.rename(columns={"units": "quantity"})


def stock_facts(stock: pd.DataFrame, sold: pd.DataFrame) -> pd.DataFrame:
    """Each day's stock by warehouse and sku, with the share of the day in which it could be bought.

    stock: day, warehouse, sku, on_hand, available, locked, in_transit, moving_in at the day's end. sold: day, sku,
    warehouse, last_sale_at. Sellable at the end: the whole day counts. Sold out then: up to the last sale, or none.
    """
    free = stock["available"].astype("Int64")
    free = free.fillna(stock["on_hand"].astype("Int64") - stock["locked"].astype("Int64").fillna(0))
    facts = stock.assign(free=free.fillna(0).astype("int64"))
    keys = ["day", "sku", "warehouse"]
    facts = facts.merge(sold[[*keys, "last_sale_at"]], on=keys, how="left")
    facts["in_stock_share"] = np.where(facts["free"] > 0, 1.0, share_until(facts["last_sale_at"]).to_numpy(float))
    columns = [*keys, "on_hand", "available", "locked", "in_transit", "moving_in", "in_stock_share"]
    return facts[columns].sort_values(keys, ignore_index=True)


def share_until(moments: pd.Series) -> pd.Series:
    """The part of the day that is over at a moment 'YYYY-MM-DD HH:MM:SS'; 0 where there is none."""
    moment = pd.to_datetime(moments, format="%Y-%m-%d %H:%M:%S")
    return ((moment.dt.hour * 60 + moment.dt.minute) / (24 * 60)).fillna(0.0)
