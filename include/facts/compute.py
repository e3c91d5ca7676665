"""Computing a close's facts and writing those that changed.

A close computes the days that it is told, from the lines known as of it. Two things reach further. An order's size is
judged by the orders of the days before it, so that a day whose sizes changed may change the days after it. And a shelf
that ended empty was empty after the day's last sale, so that stock follows demand.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd
from sqlalchemy import Connection, Engine, Select, delete, func, select, union_all, update

from include.calendar.business_days import day_after
from include.facts.customers_of_orders import customers_told, with_customers
from include.facts.facts import BulkRule, SoldLines, order_facts, order_sizes, sold_lines, stock_facts
from include.facts.listing_map import goods_as_of, recipes
from include.facts.serving import renamed_stock
from include.facts.touched import Days, union_of_days
from include.warehouse.as_of import day_ranges, known_on, latest_lines, newest_facts
from include.warehouse.books import Publication, read_frame, read_rows
from include.warehouse.tables import FACT_TABLES, exports, fact_versions, listings, order_lines, orders, refunds, stock

FactsCheck = Callable[[str, pd.DataFrame, str, str], None]
"""Takes a fact table's name, rows about to be written, and their first and last day; raises to stop the close."""

CHECKED = ("demand", "sales", "customer_orders", "stock")
_SIZE = ["day", "sku", "units"]
_EMPTY = hashlib.sha256(b"").hexdigest()


class Computing:
    """The facts of one close after another, within one transaction."""

    def __init__(
        self,
        change: Publication,
        warehouse_of: Mapping[str, str],
        fallback_warehouse: str,
        is_bulk: BulkRule,
        bulk_days: int,
        check: FactsCheck | None,
        warehouse_names: Mapping[str, str],
    ) -> None:
        self._change = change
        self._warehouse_of, self._fallback, self._names = warehouse_of, fallback_warehouse, warehouse_names
        self._is_bulk, self._bulk_days, self._check = is_bulk, bulk_days, check

    def write(self, as_of: str, touched: Days, told_stock: Days, anew: bool = False) -> int:
        """Make the versions of `as_of` what the lines known by then say; returns how many partitions it has of its own.

        touched: days whose facts of orders are computed. told_stock: days whose stock is. What an earlier computation
        of the same close wrote for other days is removed. anew: by other rules than the close before had.
        """
        goods = goods_as_of(self._change, as_of)
        codes = self._change.read(latest_lines(listings, as_of))
        stood = self._own_days(as_of, [name for name in FACT_TABLES if name != "stock"])
        written = 0
        for shop in sorted({*touched, *stood}):
            of_shop = recipes(codes[codes["for_shop"].isna() | (codes["for_shop"] == shop)])
            days, old = touched.get(shop, set()), stood.get(shop, set())
            written += self._orders_of(shop, days, old, as_of, of_shop, goods, anew)
        return written + self._stock(as_of, told_stock)

    def _own_days(self, as_of: str, facts: Sequence[str]) -> Days:
        v = fact_versions.c
        rows = self._change.read(select(v.shop, v.day).where(v.as_of == as_of, v.fact.in_(list(facts))).distinct())
        return {str(shop): set(days) for shop, days in rows.groupby("shop")["day"]}

    def _orders_of(
        self,
        shop: str,
        touched: set[str],
        stood: set[str],
        as_of: str,
        codes: pd.DataFrame,
        goods: pd.DataFrame,
        anew: bool,
    ) -> int:
        days = set(touched)
        while True:
            sold = self._sold(shop, days, as_of, codes, goods)
            sizes, further = self._judged(shop, days, as_of, order_sizes(sold), anew)
            if not further:
                break
            days |= further
        facts = order_facts(sold, goods, sizes.loc[sizes["is_bulk"] == 1, _SIZE])
        frames = {
            "demand": facts.demand,
            "sales": facts.sales,
            "customer_orders": facts.customer_orders,
            "order_sizes": sizes,
            "unmapped": facts.unmapped,
        }
        return sum(self._replace(name, shop, days, stood, as_of, frame) for name, frame in frames.items())

    def _sold(self, shop: str, days: Iterable[str], as_of: str, codes: pd.DataFrame, goods: pd.DataFrame) -> SoldLines:
        """What the shop sold on these days: lines of every order with a payment there, in any version."""
        wanted = sorted(days) or [as_of]
        paid = [
            select(t.c.order_id).where(t.c.shop == shop, day_ranges(t.c.paid_at, wanted)) for t in (orders, order_lines)
        ]
        chosen = select(paid[0].union(paid[1]).subquery().c.order_id)
        begun, lines, back = (
            self._change.read(latest_lines(t, as_of, t.c.shop == shop, t.c.order_id.in_(chosen)))
            for t in (orders, order_lines, refunds)
        )
        begun = with_customers(begun, customers_told(self._change, shop, as_of, chosen))
        return sold_lines(begun, lines, back, codes, goods, self._warehouse_of, self._fallback)

    def _judged(
        self, shop: str, days: set[str], as_of: str, sizes: pd.DataFrame, anew: bool
    ) -> tuple[pd.DataFrame, set[str]]:
        """The sizes of orders on these days, with `is_bulk`; and other days on which a size is judged otherwise now.

        sizes: day, sku, units, orders as computed now, of these days and perhaps of others.
        """
        sizes = sizes[sizes["day"].isin(days)]
        columns = [*_SIZE, "orders", "is_bulk"]
        before = self._stored_sizes(shop, days, as_of)[columns]
        was, now = (partition_hashes(_ordered(part, _SIZE)[[*_SIZE, "orders"]]) for part in (before, sizes))
        changed = [day for day in days if anew or was.get(day) != now.get(day)]
        judged = {later for day in changed for n in range(self._bulk_days) if (later := day_after(day, n)) <= as_of}
        around = {day_after(day, -n) for day in judged for n in range(self._bulk_days)} - days
        stored = self._stored_sizes(shop, around, as_of)[columns]
        known = _ordered(pd.concat([sizes.merge(before[[*_SIZE, "is_bulk"]], on=_SIZE, how="left"), stored]), _SIZE)
        known["was_bulk"] = known["is_bulk"].astype("Int64").fillna(0).astype("int64")
        again = known["day"].isin(judged)
        if again.any():
            found = self._is_bulk(known[[*_SIZE, "orders"]]).to_numpy(bool).astype("int64")
            known["is_bulk"] = known["was_bulk"].where(~again, found)
        else:
            known["is_bulk"] = known["was_bulk"]
        other = known[(known["is_bulk"] != known["was_bulk"]) & ~known["day"].isin(days)]
        return known.loc[known["day"].isin(days), columns].reset_index(drop=True), set(other["day"])

    def _stored_sizes(self, shop: str, days: Iterable[str], as_of: str) -> pd.DataFrame:
        """The sizes of orders on these days as closes before `as_of` knew them."""
        wanted = sorted(days)
        table = FACT_TABLES["order_sizes"]
        if not wanted:
            return pd.DataFrame({c.name: pd.Series(dtype="int64" if c.name in ("units", "orders", "is_bulk") else "str")
                                 for c in table.columns if c.name != "as_of"})  # fmt: skip
        statement = newest_facts("order_sizes", day_after(as_of, -1), wanted[0], wanted[-1], [shop])
        rows = self._change.read(statement.where(day_ranges(table.c.day, wanted)))
        return rows[rows["day"].isin(set(wanted))]

    def _stock(self, as_of: str, told: Days) -> int:
        """Stock of the days told, and of those whose demand this close changed."""
        v = fact_versions.c
        sold_anew = select(v.day).where(v.fact == "demand", v.as_of == as_of)
        shelves = self._change.read(
            select(v.shop, v.day).where(v.fact == "stock", v.as_of < as_of, v.day.in_(sold_anew)).distinct()
        )
        days = union_of_days(told, {str(shop): set(some) for shop, some in shelves.groupby("shop")["day"]})
        stood = self._own_days(as_of, ["stock"])
        written = 0
        for shop in sorted({*days, *stood}):
            wanted = sorted(days.get(shop, ()))
            lines = self._change.read(_stock_of_days(shop, wanted or [as_of], as_of))
            lines = renamed_stock(lines, self._names)
            frame = stock_facts(lines, self._last_sales(wanted or [as_of], as_of))
            written += self._replace("stock", shop, set(wanted), stood.get(shop, set()), as_of, frame)
        return written

    def _last_sales(self, days: Sequence[str], as_of: str) -> pd.DataFrame:
        """day, sku, warehouse, last_sale_at over all shops, as known to the close of `as_of`."""
        table = FACT_TABLES["demand"]
        statement = newest_facts("demand", as_of, days[0], days[-1]).where(day_ranges(table.c.day, days))
        narrow = statement.with_only_columns(table.c.day, table.c.sku, table.c.warehouse, table.c.last_sale_at)
        frame = self._change.read(narrow)
        return frame.groupby(["day", "sku", "warehouse"], as_index=False)["last_sale_at"].max()

    def _replace(self, fact: str, shop: str, days: set[str], stood: set[str], as_of: str, frame: pd.DataFrame) -> int:
        """Write the version `as_of` of these partitions, if it differs from the newest one before it, and remove that
        of the partitions in `stood`; returns how many were written."""
        table, v = FACT_TABLES[fact], fact_versions.c
        old = sorted(stood | days)
        own = [table.c.shop == shop, table.c.as_of == as_of]
        self._change.execute(delete(table).where(*own, table.c.day.in_(old)))
        self._change.execute(
            delete(fact_versions).where(v.fact == fact, v.shop == shop, v.as_of == as_of, v.day.in_(old))
        )
        if not days:
            return 0
        before = self._change.read(
            select(v.day, v.as_of, v.content_hash)
            .where(v.fact == fact, v.shop == shop, v.day >= min(days), v.day <= max(days), v.as_of < as_of)
            .order_by(v.day, v.as_of)
        )
        known = before.drop_duplicates("day", keep="last").set_index("day")["content_hash"].to_dict()
        frame = _ordered(frame[frame["day"].isin(days)], ["day", *table.info["keys"]])
        hashes = partition_hashes(frame)
        changed = sorted(d for d in days if hashes.get(d, _EMPTY) != known.get(d, _EMPTY))
        rows = frame[frame["day"].isin(changed)]
        if self._check is not None and fact in CHECKED and len(rows):
            self._check(table.name, rows.assign(shop=shop), str(rows["day"].min()), str(rows["day"].max()))
        self._change.insert(table, rows.assign(shop=shop, as_of=as_of))
        counts = rows.groupby("day").size()
        versions = {
            "day": changed,
            "content_hash": [hashes.get(d, _EMPTY) for d in changed],
            "rows": [int(counts.get(d, 0)) for d in changed],
        }
        self._change.insert(fact_versions, pd.DataFrame(versions).assign(fact=fact, shop=shop, as_of=as_of))
        return len(changed)


def _ordered(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.sort_values(keys, ignore_index=True)


def _stock_of_days(shop: str, days: Sequence[str], as_of: str) -> Select:
    """The newest stock row of each day, warehouse and sku. A row that does not say its day speaks of its export's."""
    said = ("warehouse", "sku", "on_hand", "available", "locked", "in_transit", "moving_in", "file_line")
    about = [stock.c[name] for name in said] + [
        exports.c.exported_at,
        exports.c.export_id,
        exports.c.day.label("export_day"),
    ]
    known = [stock.c.shop == shop, known_on(as_of)]
    same_export = exports.c.export_number == stock.c.export_number
    own_day = select(stock.c.stock_day.label("day"), *about).join(exports, same_export)
    of_exports = select(exports.c.export_number).where(day_ranges(exports.c.day, days))
    day_of_export = select(exports.c.day.label("day"), *about).join(exports, same_export)
    rows = union_all(
        own_day.where(*known, day_ranges(stock.c.stock_day, days)),
        day_of_export.where(*known, stock.c.stock_day.is_(None), stock.c.export_number.in_(of_exports)),
    ).subquery()
    c = rows.c
    newest = [c.exported_at.desc(), c.export_day.desc(), c.export_id.desc(), c.file_line.desc()]
    version = func.row_number().over(partition_by=(c.day, c.warehouse, c.sku), order_by=newest).label("version")
    ranked = select(c.day, *(c[name] for name in said[:-1]), version).subquery()
    return select(*(one for one in ranked.columns if one.name != "version")).where(ranked.c.version == 1)


def partition_hashes(frame: pd.DataFrame) -> dict[str, str]:
    """Day -> hash of its rows' content. `frame` is ordered."""
    if frame.empty:
        return {}
    columns = sorted(c for c in frame.columns if c != "day")
    codes = pd.util.hash_pandas_object(frame[columns].astype("str"), index=False)
    return {
        str(day): hashlib.sha256(part.to_numpy().tobytes()).hexdigest()
        for day, part in codes.groupby(frame["day"], sort=False)
    }


def hashes_of_facts(books: Engine, fact: str) -> pd.DataFrame:
    """shop, day, as_of, content_hash of every partition that stands in the books, computed again from its rows."""
    table = FACT_TABLES[fact]
    found: list[tuple[str, str, str, str]] = []
    for shop in read_frame(books, select(table.c.shop).distinct().order_by(table.c.shop))["shop"]:
        frame = read_frame(books, select(table).where(table.c.shop == shop))
        for as_of, part in frame.groupby("as_of", sort=True):
            rows = _ordered(part.drop(columns=["shop", "as_of"]), ["day", *table.info["keys"]])
            found += [(str(shop), day, str(as_of), said) for day, said in partition_hashes(rows).items()]
    return pd.DataFrame(found, columns=["shop", "day", "as_of", "content_hash"], dtype="str")


def hash_facts_again(connection: Connection, fact: str, places: Sequence[tuple[str, str, str]]) -> None:
    """Keep the hash of these partitions (shop, day, as_of) as they stand in a transaction: a person was erased from
    them, and a later close must find them unchanged."""
    table, v = FACT_TABLES[fact], fact_versions.c
    for shop, day, as_of in places:
        own = (table.c.shop == shop, table.c.day == day, table.c.as_of == as_of)
        rows = read_rows(connection, select(table).where(*own)).drop(columns=["shop", "as_of"])
        now = partition_hashes(_ordered(rows, ["day", *table.info["keys"]])).get(day, _EMPTY)
        mine = (v.fact == fact, v.shop == shop, v.day == day, v.as_of == as_of)
        connection.execute(update(fact_versions).where(*mine).values(content_hash=now))
