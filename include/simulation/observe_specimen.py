"""What a merchant would see of the specimen business, as the books would hold it: for replays too long to be read from
exports.

The same rules make the facts: demand by day of payment without brushing, gifts and bulk orders; a shelf that was empty
tells nothing. Lost sales stay out of sight.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after
from include.calendar.events import event_dates
from include.demand.panel import PROMOTIONS, build_panel
from include.facts.facts import BulkRule, stock_facts
from include.replenishment.planning_frames import DEPOSITS, MOVING, PlanningData
from include.settings.stock.demand import Demand
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.catalogue import BRANDS, CATEGORIES, NO_DAY
from include.simulation.specimen.orders import BRUSHING, GIFT, PRESALE
from include.simulation.specimen.regions import WAREHOUSES
from include.simulation.specimen.settings import day_number, day_of
from include.simulation.specimen.truth import day_texts
from include.simulation.specimen.writers.plans import PLANNED_AHEAD

FEN_MICROS = 10_000


class Observer:
    """Keeps the facts of a specimen business from day to day."""

    def __init__(self, settings: Demand, is_bulk: BulkRule) -> None:
        self.settings = settings
        self.is_bulk = is_bulk
        self.demand = pd.DataFrame()
        self.stock = pd.DataFrame()
        self.seen_until: date | None = None

    def copy(self) -> Observer:
        """An observer that goes its own way from here."""
        other = Observer(self.settings, self.is_bulk)
        other.demand, other.stock, other.seen_until = self.demand, self.stock, self.seen_until
        return other

    def look(self, business: Specimen) -> PlanningData:
        """Everything known at the end of the business's last day."""
        first = business.settings.first_day if self.seen_until is None else day_of(day_number(self.seen_until) + 1)
        if first <= business.last_day:
            demand = self._demand(business, first)
            stock = _stock(business, first, demand)
            self.demand = pd.concat([self.demand, demand], ignore_index=True)
            self.stock = pd.concat([self.stock, stock], ignore_index=True)
            self.seen_until = business.last_day
        day = business.last_day.isoformat()
        start = max(day_after(day, 1 - self.settings.history_days), business.settings.first_day.isoformat())
        goods = products(business)
        panel = build_panel(
            self.demand[self.demand["day"] >= start],
            self.stock[self.stock["day"] >= start],
            goods,
            start,
            day,
            _events(date.fromisoformat(start), business.last_day),
            known_share=self.settings.known_in_stock_share,
            promotions=promotions(business) if business.settings.promotions else None,
        )
        recent = self.demand[self.demand["day"] >= day_after(day, -90)]
        sold = recent.groupby(["sku", "warehouse"], as_index=False).agg(
            revenue_13_weeks_micros=("revenue_micros", "sum"), units_13_weeks=("units", "sum")
        )
        today = self.stock[self.stock["day"] == day]
        return PlanningData(
            day=day,
            panel=panel,
            products=goods,
            suppliers=suppliers(business),
            purchase_orders=purchase_orders(business),
            receipts=receipts(business),
            stock=today.assign(promised=today["locked"])[["sku", "warehouse", "on_hand", "promised"]],
            sold=sold,
            ordered=pd.DataFrame(columns=["sku", "warehouse", "quantity", "expected_day"]),
            moving=moving(business),
            deposits=deposits(business),
        )

    def _demand(self, business: Specimen, first: date) -> pd.DataFrame:
        """Demand facts of the days from `first` on."""
        orders = business.sales.orders
        begin = np.datetime64(day_of(day_number(first) - self.settings.bulk.window_days + 1), "s")
        end = np.datetime64(business.next_day, "s")
        paid, kind = orders["paid"], orders["kind"]
        rows = np.flatnonzero((paid >= begin) & (paid < end) & (kind != BRUSHING) & (kind != GIFT))
        order, line, _ = business.sales.lines_of(rows)
        lines = business.sales.lines
        part, sku, units = _parts(business, line)
        goods = business.catalogue
        weight = goods.price_fen[sku] * units
        share = weight / np.maximum(np.bincount(part, weights=weight, minlength=len(line))[part], 1)
        row = rows[order[part]]
        frame = pd.DataFrame(
            {
                "day": paid[row].astype("datetime64[D]").astype(str),
                "sku": np.array(goods.sku_codes)[sku],
                "warehouse": np.array(WAREHOUSES)[orders["warehouse"][row]],
                "order_id": row.astype(str),
                "units": units,
                "revenue_micros": np.rint(lines["payable_fen"][line][part] * share).astype(np.int64) * FEN_MICROS,
                "paid_at": paid[row],
            }
        )
        size = ["day", "sku", "ordered"]
        frame["ordered"] = frame.groupby(["day", "sku", "order_id"])["units"].transform("sum")
        by_order = frame.drop_duplicates(["day", "sku", "order_id"])
        sizes = by_order.groupby(size, as_index=False).agg(orders=("order_id", "size"))
        bulk = sizes[self.is_bulk(sizes.rename(columns={"ordered": "units"})).to_numpy(bool)]
        is_bulk = pd.MultiIndex.from_frame(frame[size]).isin(pd.MultiIndex.from_frame(bulk[size]))
        frame["wanted"] = frame["units"].where(~is_bulk, 0)
        frame["revenue_micros"] = frame["revenue_micros"].where(~is_bulk, 0)
        frame = frame[frame["day"] >= first.isoformat()]
        facts = frame.groupby(["day", "sku", "warehouse"], as_index=False).agg(
            units=("wanted", "sum"), revenue_micros=("revenue_micros", "sum"), last_sale_at=("paid_at", "max")
        )
        return facts.assign(
            units=facts["units"].astype("float64"),
            last_sale_at=facts["last_sale_at"].dt.strftime("%Y-%m-%d %H:%M:%S").astype("str"),
        )


def promotions(business: Specimen) -> pd.DataFrame:
    """The skus' own promotions as the business plans them, columns of PROMOTIONS; known as long ahead as its sheet says
    them."""
    goods, number = business.catalogue, day_number(business.last_day)
    first = day_number(business.settings.first_day)
    sku, begin, end, depth = business.demand.promotions(first - 10, number + PLANNED_AHEAD)
    there = (goods.launched[sku] <= begin) & (goods.ended[sku] > end)
    sku, begin, end, depth = sku[there], begin[there], end[there], depth[there]
    frame = pd.DataFrame(
        {
            "promotion": day_texts(begin).str.slice(0, 7),
            "sku": np.array(goods.sku_codes)[sku],
            "shop": "",
            "share": 1.0,
            "first_day": day_texts(begin),
            "last_day": day_texts(end),
            "price": goods.price_fen[sku] * (1 - depth) / 100,
            "discount": np.nan,
            "lift": np.nan,
            "stock_limit": np.nan,
            "known_from": day_texts(begin - PLANNED_AHEAD),
            "known_until": None,
        }
    )
    days = ["first_day", "last_day", "known_from", "known_until"]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in days}).astype(PROMOTIONS)


def products(business: Specimen) -> pd.DataFrame:
    """The product master of the last day, canonical columns: skus a month before their launch, ends two weeks ahead."""
    goods, number = business.catalogue, day_number(business.last_day)
    ends = np.where(goods.ended <= number + 14, goods.ended, NO_DAY)
    shelf_life = pd.Series(goods.shelf_life_days, dtype="Int64")
    frame = pd.DataFrame(
        {
            "sku": goods.sku_codes,
            "title": goods.titles,
            "category": np.array([kind.title for kind in CATEGORIES])[goods.category],
            "brand": np.array(BRANDS)[goods.brand],
            "list_price_micros": goods.price_fen * FEN_MICROS,
            "cost_micros": goods.cost_fen * FEN_MICROS,
            "pack": goods.pack,
            "moq": goods.moq,
            "shelf_life_days": shelf_life.where(shelf_life > 0),
            "supplier": np.array(goods.suppliers.codes)[goods.supplier],
            "launched_day": day_texts(goods.launched),
            "ended_day": day_texts(np.where(ends == NO_DAY, 0, ends)).where(ends != NO_DAY),
        }
    )
    return frame[goods.launched - 30 <= number].reset_index(drop=True)


def suppliers(business: Specimen) -> pd.DataFrame:
    """The suppliers, canonical columns."""
    table = business.catalogue.suppliers
    return pd.DataFrame(
        {
            "supplier": table.codes,
            "title": table.titles,
            "lead_time_days": table.lead_days,
            "review_period_days": table.review_days,
            "minimum_order_micros": table.minimum_order_fen * FEN_MICROS,
            "return_days": pd.array([pd.NA] * len(table.codes), dtype="Int64"),
            "return_fee_percent": pd.array([pd.NA] * len(table.codes), dtype="Int64"),
        }
    )


def purchase_orders(business: Specimen) -> pd.DataFrame:
    """All purchase lines as of the last day, canonical columns."""
    goods, table, number = business.catalogue, business.supply.purchases, day_number(business.last_day)
    received = business.supply.received(business.last_day)
    is_cancelled = table["cancelled"] <= number
    status = np.where(is_cancelled, "cancelled", np.where(received >= table["quantity"], "closed", "open"))
    return pd.DataFrame(
        {
            "purchase_order_id": table["number"].astype(str),
            "line_id": table["line"].astype(str),
            "sku": np.array(goods.sku_codes)[table["sku"]],
            "supplier": np.array(goods.suppliers.codes)[table["supplier"]],
            "warehouse": np.array(WAREHOUSES)[table["warehouse"]],
            "ordered_day": day_texts(table["ordered"]),
            "expected_day": day_texts(table["expected"]),
            "quantity": table["quantity"].astype(np.int64),
            "unit_cost_micros": table["cost_fen"] * FEN_MICROS,
            "status": status,
        }
    )


def receipts(business: Specimen) -> pd.DataFrame:
    """All receipts up to the last day, canonical columns."""
    table, orders = business.supply.receipts, business.supply.purchases
    come = table["day"] <= day_number(business.last_day)
    purchase = table["purchase"][come]
    return pd.DataFrame(
        {
            "receipt_id": table["number"][come].astype(str),
            "purchase_order_id": orders["number"][purchase].astype(str),
            "line_id": orders["line"][purchase].astype(str),
            "sku": np.array(business.catalogue.sku_codes)[orders["sku"][purchase]],
            "warehouse": np.array(WAREHOUSES)[orders["warehouse"][purchase]],
            "received_day": day_texts(table["day"][come]),
            "quantity": table["quantity"][come].astype(np.int64),
        }
    )


def moving(business: Specimen) -> pd.DataFrame:
    """Transfers that have left and not arrived at the end of the last day."""
    table = business.transfers
    rows = np.flatnonzero(table["arrives"] > day_number(business.last_day))
    names = np.array(WAREHOUSES)
    return pd.DataFrame(
        {
            "sku": np.array(business.catalogue.sku_codes)[table["sku"][rows]],
            "from_warehouse": names[table["giver"][rows]],
            "warehouse": names[table["taker"][rows]],
            "quantity": table["quantity"][rows].astype(np.int64),
            "has_left": np.ones(len(rows), dtype=bool),
        }
    ).astype(MOVING)


def deposits(business: Specimen) -> pd.DataFrame:
    """Units of presales whose balance is still to be paid at the end of the last day, columns of DEPOSITS."""
    table = business.sales.orders
    end = np.datetime64(business.next_day, "s")
    is_open = (table["kind"] == PRESALE) & (table["created"] < end)
    rows = np.flatnonzero(is_open & ~(table["paid"] < end) & ~(table["closed"] < end))
    order, line, _ = business.sales.lines_of(rows)
    part, sku, units = _parts(business, line)
    row = rows[order[part]]
    frame = pd.DataFrame(
        {
            "day": table["created"][row].astype("datetime64[D]").astype(str),
            "sku": np.array(business.catalogue.sku_codes)[sku],
            "warehouse": np.array(WAREHOUSES)[table["warehouse"][row]],
            "quantity": units,
        }
    )
    return frame.groupby(["day", "sku", "warehouse"], as_index=False)["quantity"].sum().astype(DEPOSITS)


def _parts(business: Specimen, line: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from include.simulation.specimen.shelf import parts_of

    lines = business.sales.lines
    return parts_of(business.catalogue, lines["listing"][line], lines["quantity"][line])


def _stock(business: Specimen, first: date, demand: pd.DataFrame) -> pd.DataFrame:
    """Stock facts of the days from `first` on, for skus that are listed."""
    goods = business.catalogue
    past = (first - business.settings.first_day).days
    closings = np.stack(business.closings[past:]).astype(np.int64)
    days, skus, warehouses = closings.shape[0], goods.skus, len(WAREHOUSES)
    numbers = day_number(first) + np.arange(days)
    listed = np.repeat((goods.launched[None, :] - 30 <= numbers[:, None]).ravel(), warehouses)
    frame = pd.DataFrame(
        {
            "day": np.repeat(day_texts(numbers).to_numpy(), skus * warehouses),
            "warehouse": np.tile(WAREHOUSES, days * skus),
            "sku": np.tile(np.repeat(goods.sku_codes, warehouses), days),
            "on_hand": closings[:, 0].ravel(),
            "locked": closings[:, 1].ravel(),
            "in_transit": closings[:, 2].ravel(),
        }
    )
    for unknown in ("available", "moving_in"):
        frame[unknown] = pd.array([pd.NA] * len(frame), dtype="Int64")
    return stock_facts(frame[listed].reset_index(drop=True), demand)


def _events(first: date, last: date) -> pd.DataFrame:
    return pd.DataFrame(
        [{"day": one.isoformat(), "event": name} for name, dates in event_dates(first, last).items() for one in dates]
    )
