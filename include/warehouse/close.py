"""Closing a business day: facts for every day that the day's exports touched, as of that day.

A close writes a new version of a (shop, day) partition only where its content changed, so history is not copied every
night, and a reader as of any day finds what was known then. When an export of an already closed day comes late, every
later close that has a say about the days it touches is brought up to date in the same transaction.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, Engine, Select, delete, func, or_, select, union

from include.warehouse.as_of import day_ranges, exports_as_of, inputs_hash, known_on, latest_lines
from include.warehouse.books import Publication, publication, read_frame
from include.warehouse.facts import BulkRule, order_facts, stock_facts
from include.warehouse.listings import goods_as_of, newly_mapped_days, recipes
from include.warehouse.order_customers import customers_told, newly_told_days, with_customers
from include.warehouse.tables import (
    FACT_TABLES,
    closes,
    exports,
    fact_versions,
    listings,
    order_lines,
    orders,
    refunds,
    stock,
    unmapped,
    withdrawals,
)

FactsCheck = Callable[[str, pd.DataFrame, str, str], None]
"""Takes a fact table's name, rows about to be written, and their first and last day; raises to stop the close."""


@dataclass(frozen=True)
class Close:
    """What a close did: revision 1 is the first of its day; touched: shop -> the days whose facts were looked at."""

    day: str
    revision: int
    inputs_hash: str
    exports: int
    missing_shops: tuple[str, ...]
    touched: Mapping[str, tuple[str, ...]]
    changed_partitions: int


def close_day(
    books: Engine,
    day: str,
    closed_at: str,
    missing_shops: Sequence[str],
    warehouse_of: Mapping[str, str],
    fallback_warehouse: str,
    is_bulk: BulkRule,
    check: FactsCheck | None = None,
) -> Close:
    """Compute and publish the facts of every day that the exports delivered for `day` touch. Repeatable.

    missing_shops: those whose exports were not there; kept with the close so that every list can say so. check: called
    with each fact's name, its new rows and their first and last day before they are written; what it raises stops the
    close, and readers keep what they had.
    """
    inputs = exports_as_of(books, day)
    known = inputs_hash(inputs)
    changed = 0
    with publication(books) as change:
        touched = _touched(change, day)
        for newly in (newly_mapped_days, newly_told_days):
            for shop, old_days in newly(change, day).items():
                touched[shop] = sorted({*touched.get(shop, []), *old_days})
        for shop, shop_days in touched.items():
            for as_of in _affected_closes(change, shop, shop_days, day):
                changed += _write_order_facts(
                    change, shop, shop_days, as_of, warehouse_of, fallback_warehouse, is_bulk, check
                )
        for shop, stock_days in _stock_days(change, day).items():
            for as_of in _affected_closes(change, shop, stock_days, day):
                changed += _write_stock_facts(change, shop, stock_days, as_of, check)
            touched[shop] = sorted({*touched.get(shop, []), *stock_days})
        previous = change.read(select(closes).where(closes.c.day == day).order_by(closes.c.revision.desc()).limit(1))
        revision = 1 if previous.empty else int(previous.iloc[0]["revision"])
        summary = {shop: [days[0], days[-1], len(days)] for shop, days in touched.items() if days}
        row = {
            "day": day,
            "closed_at": closed_at,
            "missing_shops": json.dumps(sorted(missing_shops), ensure_ascii=False),
            "inputs_hash": known,
            "exports": len(inputs),
            "touched": json.dumps(summary, ensure_ascii=False),
        }
        same = not previous.empty and all(
            previous.iloc[0][k] == row[k] for k in ("missing_shops", "inputs_hash", "exports")
        )
        if not same:
            revision += 0 if previous.empty else 1
            change.insert(closes, pd.DataFrame([{**row, "revision": revision}]))
    return Close(
        day=day,
        revision=revision,
        inputs_hash=known,
        exports=len(inputs),
        missing_shops=tuple(sorted(missing_shops)),
        touched={shop: tuple(days) for shop, days in touched.items()},
        changed_partitions=changed,
    )


def newest_close(books: Engine, day: str | None = None) -> pd.Series | None:
    """The newest close (of `day`, or of the newest closed day): columns of `closes`; None where there is none."""
    statement = select(closes).order_by(closes.c.day.desc(), closes.c.revision.desc()).limit(1)
    if day:
        statement = statement.where(closes.c.day == day)
    frame = read_frame(books, statement)
    return None if frame.empty else frame.iloc[0]


def _touched(change: Publication, day: str) -> dict[str, list[str]]:
    """Shop -> every day on which a payment stands, in any version, of an order that the day's exports speak of."""
    of_day = change.read(
        select(exports.c.shop, exports.c.export_id).where(exports.c.state == "published", _speaks_on(day))
    )
    touched: dict[str, list[str]] = {}
    for shop, group in of_day.groupby("shop"):
        ids = list(group["export_id"])
        spoken = union(*(select(t.c.order_id).where(t.c.export_id.in_(ids)) for t in (orders, order_lines, refunds)))
        chosen = select(spoken.subquery().c.order_id)
        days: set[str] = set()
        for t in (orders, order_lines):
            paid_day = func.substr(t.c.paid_at, 1, 10).label("paid_day")
            of_table = select(paid_day).where(t.c.shop == shop, t.c.paid_at.is_not(None), t.c.order_id.in_(chosen))
            days |= set(change.read(of_table.distinct())["paid_day"])
        if days:
            touched[str(shop)] = sorted(d for d in days if d <= day)
    return touched


def _speaks_on(day: str) -> ColumnElement[bool]:
    """An export was delivered for `day`, or taken back or in again on it: what it says must be looked at."""
    said = select(withdrawals.c.export_id).where(withdrawals.c.day == day)
    return or_(exports.c.day == day, exports.c.export_id.in_(said))


def _stock_days(change: Publication, day: str) -> dict[str, list[str]]:
    of_day = select(exports.c.export_id).where(exports.c.state == "published", _speaks_on(day))
    spoken_day = func.coalesce(stock.c.stock_day, exports.c.day).label("stock_day")
    spoken = select(stock.c.shop, spoken_day).join(exports, exports.c.export_id == stock.c.export_id)
    frame = change.read(spoken.where(stock.c.export_id.in_(of_day)).distinct())
    return {str(shop): sorted(d for d in days if d <= day) for shop, days in frame.groupby("shop")["stock_day"]}


def _affected_closes(change: Publication, shop: str, days: Sequence[str], day: str) -> list[str]:
    """`day`, and every later close that has its own version of one of these partitions: oldest first."""
    if not days:
        return []
    c = fact_versions.c
    frame = change.read(
        select(c.as_of, c.day).where(c.shop == shop, c.as_of > day, c.day >= min(days), c.day <= max(days)).distinct()
    )
    later = frame[frame["day"].isin(days)]["as_of"]
    return [day, *sorted(set(later))]


def _write_order_facts(
    change: Publication,
    shop: str,
    days: Sequence[str],
    as_of: str,
    warehouse_of: Mapping[str, str],
    fallback_warehouse: str,
    is_bulk: BulkRule,
    check: FactsCheck | None,
) -> int:
    if not days:
        return 0
    paid_orders = [
        select(t.c.order_id).where(t.c.shop == shop, day_ranges(t.c.paid_at, days)) for t in (orders, order_lines)
    ]
    keys = paid_orders[0].union(paid_orders[1]).subquery()
    chosen = select(keys.c.order_id)
    frames = {
        t.name: change.read(latest_lines(t, as_of, t.c.shop == shop, t.c.order_id.in_(chosen)))
        for t in (orders, order_lines, refunds)
    }
    table = change.read(latest_lines(listings, as_of, or_(listings.c.for_shop.is_(None), listings.c.for_shop == shop)))
    computed = order_facts(
        orders=with_customers(frames["orders"], customers_told(change, shop, as_of, chosen)),
        lines=frames["order_lines"],
        refunds=frames["refunds"],
        listings=recipes(table),
        products=goods_as_of(change, as_of),
        warehouse_of=warehouse_of,
        fallback_warehouse=fallback_warehouse,
        is_bulk=is_bulk,
    )
    changed = 0
    for name in ("demand", "sales", "customer_orders"):
        changed += _replace_versions(change, name, shop, days, as_of, getattr(computed, name), check)
    change.execute(
        delete(unmapped).where(unmapped.c.shop == shop, unmapped.c.as_of == as_of, unmapped.c.day.in_(list(days)))
    )
    lost = computed.unmapped[computed.unmapped["day"].isin(days)]
    change.insert(unmapped, lost.assign(shop=shop, as_of=as_of))
    return changed


def _write_stock_facts(
    change: Publication, shop: str, days: Sequence[str], as_of: str, check: FactsCheck | None
) -> int:
    lines = change.read(_stock_of_days(shop, days, as_of))
    frame = stock_facts(lines, _sold(change, days, as_of))
    return _replace_versions(change, "stock", shop, days, as_of, frame, check)


def _stock_of_days(shop: str, days: Sequence[str], as_of: str) -> Select:
    """The newest stock row of each day, warehouse and sku. A row that does not say its day speaks of its export's."""
    day = func.coalesce(stock.c.stock_day, exports.c.day)
    ranked = (
        select(
            day.label("day"),
            *(stock.c[name] for name in ("warehouse", "sku", "on_hand", "available", "locked", "in_transit")),
            func.row_number()
            .over(
                partition_by=(day, stock.c.warehouse, stock.c.sku),
                order_by=(exports.c.exported_at.desc(), exports.c.export_id.desc(), stock.c.file_line.desc()),
            )
            .label("version"),
        )
        .join(exports, exports.c.export_id == stock.c.export_id)
        .where(stock.c.shop == shop, known_on(as_of))
        .where(day_ranges(day, days))
        .subquery()
    )
    return select(*(c for c in ranked.columns if c.name != "version")).where(ranked.c.version == 1)


def _sold(change: Publication, days: Sequence[str], as_of: str) -> pd.DataFrame:
    """day, sku, warehouse, last_sale_at over all shops, as known to the close of `as_of`."""
    table = FACT_TABLES["demand"]
    newest = (
        select(fact_versions.c.shop, fact_versions.c.day, func.max(fact_versions.c.as_of).label("as_of"))
        .where(fact_versions.c.fact == "demand", fact_versions.c.as_of <= as_of)
        .where(fact_versions.c.day >= min(days), fact_versions.c.day <= max(days))
        .group_by(fact_versions.c.shop, fact_versions.c.day)
        .subquery()
    )
    frame = change.read(
        select(table.c.day, table.c.sku, table.c.warehouse, table.c.last_sale_at).join(
            newest,
            (table.c.shop == newest.c.shop) & (table.c.day == newest.c.day) & (table.c.as_of == newest.c.as_of),
        )
    )
    return frame.groupby(["day", "sku", "warehouse"], as_index=False)["last_sale_at"].max()


def _replace_versions(
    change: Publication,
    fact: str,
    shop: str,
    days: Sequence[str],
    as_of: str,
    frame: pd.DataFrame,
    check: FactsCheck | None,
) -> int:
    """Write the version `as_of` of these partitions, where it differs from the newest one before it."""
    table = FACT_TABLES[fact]
    v = fact_versions.c
    within = (v.fact == fact, v.shop == shop, v.day >= min(days), v.day <= max(days))
    before = change.read(
        select(v.day, v.as_of, v.content_hash).where(*within, v.as_of < as_of).order_by(v.day, v.as_of)
    )
    known = before.drop_duplicates("day", keep="last").set_index("day")["content_hash"].to_dict()
    change.execute(delete(table).where(table.c.shop == shop, table.c.as_of == as_of, table.c.day.in_(list(days))))
    change.execute(delete(fact_versions).where(v.fact == fact, v.shop == shop, v.as_of == as_of, v.day.in_(list(days))))
    wanted = set(days)
    keys = ["day", *table.info["keys"]]
    frame = frame[frame["day"].isin(wanted)].sort_values(keys, ignore_index=True)
    hashes = _partition_hashes(frame)
    empty = hashlib.sha256(b"").hexdigest()
    changed = {d for d in wanted if hashes.get(d, empty) != known.get(d, None if d in hashes else empty)}
    rows = frame[frame["day"].isin(changed)]
    if check is not None and len(rows):
        check(table.name, rows.assign(shop=shop), str(rows["day"].min()), str(rows["day"].max()))
    change.insert(table, rows.assign(shop=shop, as_of=as_of))
    counts = rows.groupby("day").size()
    versions = pd.DataFrame(
        [
            {
                "fact": fact,
                "shop": shop,
                "day": d,
                "as_of": as_of,
                "content_hash": hashes.get(d, empty),
                "rows": int(counts.get(d, 0)),
            }
            for d in sorted(changed)
        ]
    )
    change.insert(fact_versions, versions)
    return len(changed)


def _partition_hashes(frame: pd.DataFrame) -> dict[str, str]:
    """Day -> hash of its rows' content. `frame` is ordered."""
    if frame.empty:
        return {}
    columns = sorted(c for c in frame.columns if c != "day")
    codes = pd.util.hash_pandas_object(frame[columns].astype("str"), index=False)
    return {
        str(day): hashlib.sha256(part.to_numpy().tobytes()).hexdigest()
        for day, part in codes.groupby(frame["day"], sort=False)
    }
