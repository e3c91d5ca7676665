"""Every table of the books.

Two rules hold everywhere. Money is a BIGINT of micros (1 yuan = 1,000,000), so that sums are exact on SQLite and
PostgreSQL alike. A moment is text 'YYYY-MM-DD HH:MM:SS' and a business day text 'YYYY-MM-DD', both in the merchant's
time zone: they sort as they read, and no driver converts them behind our back.

*Line tables* keep every version of a row once, with the export that said it first; each later export that says the
very same stands in the table's *repeats* with its number, file line and the line. So a line and its repeats are what
every export said, row by row: read them by `tellings.py`. *Fact tables* keep every version of a (shop, day) partition,
with the close (`as_of`) that computed it. Readers choose by `as_of.py`; nothing is overwritten by knowledge that came
later.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Float, Identity, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.types import TypeEngine

from include.exports.frames.all_frames import FRAMES
from include.exports.frames.frame import DAY, MOMENT, MONEY, TEXT, TRUTH, UNITS
from include.exports.frames.frame import Column as FrameColumn

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# On SQLite the rows of such a table lie in the tree of their key. Else the whole key stands twice, in the rows and in
# an index of them. For tables without other indexes, which would have to name rows by the whole key.
BY_KEY: Any = {"sqlite_with_rowid": False}
Day = String(10)
Moment = String(19)
Key = String(64)


def _text(name: str, *, required: bool = False) -> Column:
    return Column(name, Text, nullable=not required)


def _units(name: str, *, required: bool = False) -> Column:
    return Column(name, BigInteger, nullable=not required)


def _money(name: str, *, required: bool = False) -> Column:
    return Column(name, BigInteger, nullable=not required)


def _day(name: str, *, required: bool = False) -> Column:
    return Column(name, Day, nullable=not required)


def _moment(name: str, *, required: bool = False) -> Column:
    return Column(name, Moment, nullable=not required)


# --- what came in -------------------------------------------------------------------------------------------------

exports = Table(
    "exports",
    metadata,
    Column("export_id", Key, primary_key=True),
    Column("export_number", Integer, Identity(), nullable=False, unique=True),  # by which lines name it: it is short
    _text("shop", required=True),
    _text("platform", required=True),
    _text("report", required=True),
    _day("day", required=True),  # the business day it was delivered for: what `as of` compares
    Column("content_hash", Key, nullable=False),
    _text("file_name", required=True),
    Column("size_bytes", BigInteger, nullable=False),
    _text("generation"),
    _text("container"),
    _text("encoding"),
    Column("header_line", Integer),
    _moment("exported_at", required=True),  # when the platform made it: which of two exports is the newer truth
    _moment("landed_at", required=True),
    _text("state", required=True),  # published, stopped
    _text("message"),
    _text("unknown_columns"),  # JSON
    Column("rows_total", BigInteger, nullable=False),
    Column("rows_published", BigInteger, nullable=False),
    Column("rows_quarantined", BigInteger, nullable=False),
    Column("rows_ignored", BigInteger, nullable=False),
    _money("money_total_micros", required=True),
    _money("money_published_micros", required=True),
    _money("money_quarantined_micros", required=True),
    _money("money_ignored_micros", required=True),
    _text("reasons"),  # JSON: reason -> {rows, money_micros} of what was ignored or quarantined
    _text("checks"),  # JSON: expectations that were noted, not failed
    Column("lines_hash", Key),  # of all lines published; null: published before it was kept
    Column("audited_hash", Key),  # of the lines since a person was erased from them; null: as published
    Index("ix_exports_shop_day", "shop", "day"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("export_id", Key, primary_key=True),
    Column("file_line", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),  # a row may fail several expectations
    _text("frame", required=True),
    _text("column_name"),
    _text("expectation", required=True),
    _text("found"),
    _text("expected"),
    _text("owner"),
    _text("action"),
    _text("sealed_text"),  # the raw row, AES-256-GCM, base64
    # Of a stock row: the shelf whose stock is unknown since the row is held back, as far as the row could be read. An
    # empty sku: the row may be of any sku.
    _text("warehouse"),
    _text("sku"),
    _day("stock_day"),
)


# --- lines, by version ----------------------------------------------------------------------------------------------


_TYPES: dict[str, type[TypeEngine] | String] = {
    TEXT: Text,
    MONEY: BigInteger,
    UNITS: BigInteger,
    MOMENT: Moment,
    DAY: Day,
    TRUTH: Integer,
}


def _line_table(
    name: str, unit: tuple[str, ...] = (), document: str | None = None, found_by: tuple[str, ...] = ()
) -> Table:
    """The table of a canonical frame's line versions, as `include/exports/frames/` declares it.

    `info['keys']` name a line within its shop and are read by the as-of readers. unit: what an export tells as a whole,
    so that the newest one that names it replaces all its lines: columns, of which `told_with` stands for the line's own
    key where it is null. `is_whole` is 0 where some of the unit's lines were held back, and null where the export told
    it before that was written down. document: the column that names the order or receipt of a line; `told_with` is its
    value if the reader numbered the lines. found_by: of the key, what an index finds the earlier versions of a line by;
    a table without it keeps every row of every export, as where each day's rows are others anyway.
    """
    frame = FRAMES[name]
    return Table(
        name,
        metadata,
        Column("line", Integer, Identity(), primary_key=True),
        Column("export_number", Integer, nullable=False, index=True),  # the export that said it first
        Column("file_line", BigInteger, nullable=False),
        Column("number", Integer, nullable=False),  # several canonical rows may come from one file line
        _text("shop", required=True),
        *(_column(declared) for declared in frame.columns),
        info={"keys": frame.key, "unit": unit, "document": document, "found_by": found_by},
    )


def _repeats_of(table: Table) -> Table:
    """Which later exports said a line of `table` again, to the letter, and where in their files."""
    return Table(
        f"{table.name}_repeats",
        metadata,
        Column("line", Integer, primary_key=True, autoincrement=False),
        Column("export_number", Integer, primary_key=True, autoincrement=False, index=True),
        Column("file_line", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        **BY_KEY,
    )


def _column(declared: FrameColumn) -> Column:
    kind = Key if declared.kept_as else _TYPES[declared.kind]
    if declared.length:
        kind = String(declared.length)
    return Column(declared.book_name, kind, nullable=not declared.never_null)


orders = _line_table("orders", found_by=("order_id",))
Index("ix_orders_keys", orders.c.shop, orders.c.order_id)
Index("ix_orders_paid", orders.c.shop, orders.c.paid_at)

order_lines = _line_table("order_lines", unit=("told_with",), document="order_id", found_by=("order_id",))
Index("ix_order_lines_order", order_lines.c.shop, order_lines.c.order_id)

emptied_orders = Table(
    "emptied_orders",
    metadata,
    Column("export_id", Key, primary_key=True),
    Column("order_id", String(128), primary_key=True),
    _text("shop", required=True),
    Index("ix_emptied_orders_order", "shop", "order_id"),
)

refunds = _line_table("refunds", unit=("told_with",), document="order_id", found_by=("order_id",))
Index("ix_refunds_order", refunds.c.shop, refunds.c.order_id)

stock = _line_table("stock")
Index("ix_stock_day", stock.c.shop, stock.c.stock_day)

products = _line_table("products", found_by=("sku",))
Index("ix_products_keys", products.c.shop, products.c.sku)

listings = _line_table("listings", unit=("for_shop", "listing_code"), found_by=("listing_code",))
Index("ix_listings_keys", listings.c.shop, listings.c.listing_code)

order_customers = _line_table("order_customers", found_by=("for_shop", "order_id"))
Index("ix_order_customers_order", order_customers.c.for_shop, order_customers.c.order_id)

suppliers = _line_table("suppliers", found_by=("supplier",))
Index("ix_suppliers_keys", suppliers.c.shop, suppliers.c.supplier)

purchase_orders = _line_table("purchase_orders", found_by=("purchase_order_id",))
Index("ix_purchase_orders_keys", purchase_orders.c.shop, purchase_orders.c.purchase_order_id)

receipts = _line_table("receipts", unit=("receipt_id", "told_with"), document="receipt_id", found_by=("receipt_id",))
Index("ix_receipts_keys", receipts.c.shop, receipts.c.receipt_id)

promotions = _line_table("promotions", unit=("for_shop", "promotion"), found_by=("promotion",))
Index("ix_promotions_keys", promotions.c.shop, promotions.c.promotion)

traffic = _line_table("traffic")
Index("ix_traffic_keys", traffic.c.shop, traffic.c.traffic_day)

money_movements = _line_table("money_movements", found_by=("movement_id",))
Index("ix_money_movements_keys", money_movements.c.shop, money_movements.c.movement_id)

LINE_TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        orders,
        order_lines,
        refunds,
        stock,
        products,
        listings,
        order_customers,
        suppliers,
        purchase_orders,
        receipts,
        promotions,
        traffic,
        money_movements,
    )
}

REPEATS: dict[str, Table] = {name: _repeats_of(table) for name, table in LINE_TABLES.items() if table.info["found_by"]}


LONGEST_KEY = 256
"""Of a key that has no length of its own: PostgreSQL indexes no more than 2,700 bytes of a row."""
_BECOMES = {"merchant_code": ("sku", "listing_code"), "listing_id": ("sku", "listing_code")}


def longest_texts() -> dict[str, int]:
    """Column of the canonical frames and facts -> characters that every table takes which the value may come to.

    SQLite takes more than a column says and PostgreSQL does not: the checks hold back what either would refuse.
    """
    longest: dict[str, int] = {}
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, String) and column.type.length:
                longest[column.name] = min(column.type.length, longest.get(column.name, column.type.length))
    for table in LINE_TABLES.values():
        for key in table.info["keys"]:
            longest.setdefault(key, LONGEST_KEY)
    for name, targets in _BECOMES.items():
        longest[name] = min(longest.get(name, LONGEST_KEY), *(longest[target] for target in targets))
    return longest


# --- facts, by version of a (shop, day) partition -------------------------------------------------------------------

fact_versions = Table(
    "fact_versions",
    metadata,
    Column("fact", String(32), primary_key=True),
    Column("shop", String(64), primary_key=True),
    Column("day", Day, primary_key=True),
    Column("as_of", Day, primary_key=True),
    Column("content_hash", Key, nullable=False),
    Column("rows", BigInteger, nullable=False),
    **BY_KEY,
)


def _fact_table(name: str, *columns: Column, keys: tuple[str, ...], **more: Any) -> Table:
    return Table(
        name,
        metadata,
        Column("shop", String(64), primary_key=True),
        Column("day", Day, primary_key=True),
        Column("as_of", Day, primary_key=True),
        *columns,
        info={"keys": keys},
        **more,
    )


facts_demand = _fact_table(
    "facts_demand",
    Column("sku", String(128), primary_key=True),
    Column("warehouse", String(64), primary_key=True),
    Column("units", BigInteger, nullable=False),
    Column("gift_units", BigInteger, nullable=False),
    Column("brushed_units", BigInteger, nullable=False),
    Column("bulk_units", BigInteger, nullable=False),
    Column("orders", BigInteger, nullable=False),
    _money("revenue_micros", required=True),
    _moment("last_sale_at"),
    keys=("sku", "warehouse"),
    **BY_KEY,
)

facts_sales = _fact_table(
    "facts_sales",
    Column("sku", String(128), primary_key=True),
    Column("units_paid", BigInteger, nullable=False),
    _money("paid_micros", required=True),
    _money("refunded_micros", required=True),  # of what was paid on this day, as far as known at `as_of`
    keys=("sku",),
    **BY_KEY,
)

facts_stock = _fact_table(
    "facts_stock",
    Column("sku", String(128), primary_key=True),
    Column("warehouse", String(64), primary_key=True),
    Column("on_hand", BigInteger, nullable=False),
    _units("available"),
    _units("locked"),
    _units("in_transit"),
    _units("moving_in"),
    Column("in_stock_share", Float, nullable=False),
    keys=("sku", "warehouse"),
    **BY_KEY,
)

facts_customer_orders = _fact_table(
    "facts_customer_orders",
    Column("order_id", String(128), primary_key=True),
    Column("customer", Key, nullable=False),
    Column("units", BigInteger, nullable=False),
    _money("revenue_micros", required=True),
    _money("exceptional_micros", required=True),  # of the revenue: gifts, and one-off bulk orders
    _money("discount_micros", required=True),
    _money("refunded_micros", required=True),
    _text("province"),
    _text("main_category"),
    _money("cost_micros"),  # of all its goods but gifts and bulk, by the master; null where that of one is unknown
    keys=("order_id",),
)
Index("ix_facts_customer_orders_customer", facts_customer_orders.c.customer)

facts_order_sizes = _fact_table(
    "facts_order_sizes",
    Column("sku", String(128), primary_key=True),
    Column("units", BigInteger, primary_key=True, autoincrement=False),
    Column("orders", BigInteger, nullable=False),
    Column("is_bulk", Integer, nullable=False),
    keys=("sku", "units"),
    **BY_KEY,
)

unmapped = _fact_table(
    "unmapped",
    Column("listing_code", String(128), primary_key=True),
    _text("title"),
    Column("units", BigInteger, nullable=False),
    _money("revenue_micros", required=True),
    keys=("listing_code",),
    **BY_KEY,
)

FACT_TABLES: dict[str, Table] = {
    "demand": facts_demand,
    "sales": facts_sales,
    "stock": facts_stock,
    "customer_orders": facts_customer_orders,
    "order_sizes": facts_order_sizes,
    "unmapped": unmapped,
}

listing_dismissals = Table(
    "listing_dismissals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # 1, 2, ...: the newest that is known counts
    Column("for_shop", String(64)),  # null: every shop's
    Column("listing_code", String(128), nullable=False),
    Column("dismissed", Integer, nullable=False),  # 1: no merchandise; 0: taken back
    Column("day", Day, nullable=False),  # known from this day on
    Column("at", Moment, nullable=False),
    _text("who", required=True),
    _text("why", required=True),
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # 1, 2, ...: the newest that is known counts
    Column("export_id", Key, nullable=False),
    Column("withdrawn", Integer, nullable=False),  # 1: taken back; 0: it counts again
    Column("day", Day, nullable=False),  # known from this day on
    Column("at", Moment, nullable=False),
    _text("who", required=True),
    _text("why", required=True),
)

closes = Table(
    "closes",
    metadata,
    Column("day", Day, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("closed_at", Moment, nullable=False),
    _text("missing_shops", required=True),  # JSON list
    Column("inputs_hash", Key, nullable=False),
    Column("exports", BigInteger, nullable=False),
    _text("touched", required=True),  # JSON: shop -> [first day, last day, days]
    Column("rules_hash", Key),  # of the rules that facts are made by; null: closed before it was kept
)

# --- who was told, and what is kept an eye on -----------------------------------------------------------------------

alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", Key, primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("reason_hash", Key, nullable=False),  # of the reason without days, shops and numbers
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("failures", Integer, nullable=False),  # joined in this alert
    Column("told", Integer, nullable=False),  # of these: in the last message that was taken
    Column("state", String(8), nullable=False),  # waiting, told, dead
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment),  # the next attempt
    _text("alarm", required=True),  # JSON: the first failure
    _text("places", required=True),  # JSON: [step, day, shop] of the failures, the first MAX_PLACES
    _text("answer", required=True),  # of the last attempt, without secrets
    Index("ix_alerts_state", "state", "last_at"),
)

watch_marks = Table(
    "watch_marks",
    metadata,
    Column("name", String(16), primary_key=True),  # heartbeat, backup, audit
    Column("day", Day, nullable=False),  # the business day, or the night, that it is about
    Column("at", Moment, nullable=False),
    Column("is_well", Integer, nullable=False),
    _text("detail", required=True),  # what came of it, in one line
)

# --- what was forecast and released ---------------------------------------------------------------------------------

models = Table(
    "models",
    metadata,
    Column("model_id", Key, primary_key=True),
    _text("kind", required=True),  # demand, churn, uplift
    _day("day", required=True),  # trained as of
    _text("path", required=True),
    _text("card", required=True),  # JSON
    _text("state", required=True),  # champion, challenger (kept, not released), retired
    _day("champion_since"),
)

forecasts = Table(
    "forecasts",
    metadata,
    Column("day", Day, primary_key=True),
    Column("sku", String(128), primary_key=True),
    Column("warehouse", String(64), primary_key=True),
    Column("model_id", Key, nullable=False),
    Column("protection_days", Integer, nullable=False),
    Column("mean", Float, nullable=False),
    _text("quantiles", required=True),  # JSON: level -> units over the protection period
    **BY_KEY,
)

# What the desk looks back on. Sums by warehouse and category, so that they can be added up for anyone who sees some of
# them; category '' is of goods without one.
forecast_hits = Table(
    "forecast_hits",
    metadata,
    Column("day", Day, primary_key=True),  # as of this close
    Column("weeks", Integer, primary_key=True, autoincrement=False),  # the lists of the last so many weeks
    Column("warehouse", String(64), primary_key=True),
    Column("category", String(100), primary_key=True),
    Column("forecasts", Integer, nullable=False),  # that were judged: one a list, sku and warehouse
    Column("unknown", Integer, nullable=False),  # their days are over, and nobody knows what would have sold
    Column("sold", Float, nullable=False),
    Column("mean", Float, nullable=False),
    Column("error", Float, nullable=False),  # sum of |mean - sold|
)

stock_health = Table(
    "stock_health",
    metadata,
    Column("day", Day, primary_key=True),
    Column("warehouse", String(64), primary_key=True),
    Column("category", String(100), primary_key=True),
    Column("places", Integer, nullable=False),  # skus in the warehouse
    Column("unknown_places", Integer, nullable=False),  # of these: no stock report says how much lies there
    Column("on_hand", BigInteger, nullable=False),
    Column("uncosted", BigInteger, nullable=False),  # of the units on hand: without a known cost
    _money("value_micros", required=True),  # of the others, at cost
    _money("cost_of_sales_micros", required=True),  # of what left in the last 28 days, at cost
    Column("weight", Float, nullable=False),  # units sold in 13 weeks at places whose shelf is known today
    Column("weight_in_stock", Float, nullable=False),  # of these: at places in stock, by the share of the day
    Column("weight_unknown", Float, nullable=False),  # units sold in 13 weeks at the other places
    _money("excess_s_micros", required=True),
    _money("excess_a_micros", required=True),
    _money("excess_b_micros", required=True),
    _money("excess_c_micros", required=True),
)

plan_results = Table(
    "plan_results",
    metadata,
    Column("day", Day, primary_key=True),  # of the list, of the act, of the receipt
    Column("kind", String(20), primary_key=True),
    Column("what", String(10), primary_key=True),  # suggested, accepted, refused, done, came
    Column("place", String(100), primary_key=True),  # the warehouse; of a recall the shop
    Column("category", String(100), primary_key=True),
    Column("lines", Integer, nullable=False),  # below zero: what was taken back of an earlier day
    Column("units", BigInteger, nullable=False),
    _money("money_micros", required=True),
)

churn_scores = Table(
    "churn_scores",
    metadata,
    Column("day", Day, primary_key=True),
    Column("customer", Key, primary_key=True),
    Column("model_id", Key, nullable=False),
    Column("horizon_days", Integer, nullable=False),
    Column("p_churn", Float, nullable=False),
    Column("expected_orders", Float, nullable=False),
    **BY_KEY,
)

recall_arms = Table(
    "recall_arms",
    metadata,
    Column("day", Day, primary_key=True),
    Column("customer", Key, primary_key=True),
    _text("arm", required=True),  # listed, control
    Column("propensity", Float, nullable=False),
    Column("channel", String(20)),  # by which it was to be made; of the control arm, would have been
    _text("offer"),
    Column("p_churn", Float),
    Column("rise", Float),  # of the chance to return, as the list expected
    _money("offer_cost_micros"),  # of the offer, for each who returns, as far as the price paid does not show it
    _money("contact_cost_micros"),
    Index("ix_recall_arms_customer", "customer", "day"),
)

experiment_arms = Table(
    "experiment_arms",
    metadata,
    Column("day", Day, primary_key=True),
    Column("customer", Key, primary_key=True),
    Column("experiment", String(40), primary_key=True),
    Column("arm", String(40), nullable=False),
    Column("propensity", Float, nullable=False),
    Index("ix_experiment_arms_customer", "customer", "day"),
)

customer_profiles = Table(
    "customer_profiles",
    metadata,
    Column("day", Day, primary_key=True),  # only where something changed: what held on a day is the newest up to it
    Column("customer", Key, primary_key=True),
    Column("stage", String(16), nullable=False),
    Column("rfm", String(16), nullable=False),
    _text("tags", required=True),  # names, one space between
    Column("usual_gap_days", Integer, nullable=False),
    _money("value_micros", required=True),
    _text("next_category"),
    _day("next_due_day"),
    Index("ix_customer_profiles_customer", "customer", "day"),
)

# --- what came of it ------------------------------------------------------------------------------------------------

lifecycle_moves = Table(
    "lifecycle_moves",
    metadata,
    Column("day", Day, primary_key=True),
    Column("from_stage", String(24), primary_key=True),
    Column("to_stage", String(24), primary_key=True),
    Column("customers", BigInteger, nullable=False),
)

win_back = Table(
    "win_back",
    metadata,
    Column("day", Day, primary_key=True),  # as of
    Column("part", String(40), primary_key=True),  # all, list, channel, offer, or an experiment's name
    Column("value", String(100), primary_key=True),  # the list's day, the channel, the offer, the experiment's arm
    Column("listed", BigInteger, nullable=False),
    Column("listed_returned", BigInteger, nullable=False),
    Column("control", BigInteger, nullable=False),
    Column("control_returned", BigInteger, nullable=False),
    Column("difference", Float),
    Column("low", Float),
    Column("high", Float),
    _text("verdict", required=True),
    _money("listed_margin_micros", required=True),
    _money("control_margin_micros", required=True),
    _money("margin_difference_micros"),
    _money("margin_low_micros"),
    _money("margin_high_micros"),
    _text("margin_verdict", required=True),
    _money("offers_micros"),  # a listed customer, besides what the price paid shows
    _money("contacts_micros"),  # a listed customer
    _money("net_difference_micros"),  # of the margin, less offers and contacts
    _money("net_low_micros"),
    _money("net_high_micros"),
    _text("net_verdict"),
    Column("contacted", BigInteger, nullable=False),
    Column("contacted_returned", BigInteger, nullable=False),
    Column("effect", Float),
    Column("effect_measured", Float),
    Column("effect_low", Float),
    Column("effect_high", Float),
)

model_watch = Table(
    "model_watch",
    metadata,
    Column("day", Day, primary_key=True),
    Column("kind", String(16), primary_key=True),  # churn
    Column("measure", String(24), primary_key=True),
    Column("about", String(64), primary_key=True),
    Column("model_id", Key, nullable=False),
    Column("value", Float, nullable=False),
    Column("by_chance", Float, nullable=False),
    Column("bound", Float, nullable=False),
    Column("is_out", Integer, nullable=False),
    Column("customers", BigInteger, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("customer", Key, primary_key=True),
    Column("channel", String(20), primary_key=True),  # call, message, .., or any
    Column("at", Moment, primary_key=True),  # when the customer said so
    Column("source", String(100), primary_key=True),
    _text("state", required=True),  # in, out
    _day("day"),  # the first recall list that could know it
)

# --- personal data --------------------------------------------------------------------------------------------------
# Who is one person, by keyed hashes only; contacts, sealed; who read them; what was erased. No name, phone number or
# address stands in clear anywhere here.

identity_keys = Table(
    "identity_keys",
    metadata,
    Column("export_id", Key, primary_key=True),
    Column("customer", Key, primary_key=True),
    Column("kind", String(16), primary_key=True),  # phone, member, email
    Column("key_hash", Key, primary_key=True),  # keyed hash, the same in every shop of the merchant
    Column("whose", String(16), primary_key=True),  # buyer, receiver
    _text("shop", required=True),
    Index("ix_identity_keys_key_hash", "key_hash"),
    Index("ix_identity_keys_customer", "customer"),
)

identity_statements = Table(
    "identity_statements",
    metadata,
    Column("customer", Key, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("state", String(10), nullable=False),  # apart: no key joins it to anyone; joined: keys may again
    Column("who", String(100), nullable=False),
    _text("why", required=True),
    _day("day"),  # the first list that could know it
)

identity_changes = Table(
    "identity_changes",
    metadata,
    Column("day", Day, primary_key=True),
    Column("customer", Key, primary_key=True),
    Column("person", Key, nullable=False),  # the oldest of the customers that are one person, itself among them
    Column("kind", String(16)),  # by what, with whom and by which export; null where it stands alone again
    Column("key_hash", Key),
    Column("with_customer", Key),
    Column("export_id", Key),
    Index("ix_identity_changes_customer", "customer"),
    Index("ix_identity_changes_person", "person"),
)

contact_vault = Table(
    "contact_vault",
    metadata,
    Column("customer", Key, primary_key=True),
    Column("field", String(16), primary_key=True),  # phone, name, email
    _text("sealed", required=True),  # AES-256-GCM, bound to customer and field
    Column("key_id", String(64), nullable=False),
    Column("lookup", Key),  # blind index: keyed hash of the normalised value; none of a name
    _text("shop", required=True),
    Column("export_id", Key, nullable=False),
    _moment("exported_at", required=True),  # of the export that said it: a newer one replaces it
    _day("day", required=True),  # the last business day that said it: retention counts from here
    Index("ix_contact_vault_lookup", "lookup"),
)

access_log = Table(
    "access_log",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),  # without a gap
    Column("at", Moment, nullable=False),
    Column("who", String(100), nullable=False),
    Column("what", String(20), nullable=False),
    Column("subject", Key),  # irreversible mark of the person, by keyed hash of the pseudonym
    _text("why", required=True),
    _text("data", required=True),  # JSON: counts
    Column("previous_hash", Key, nullable=False),
    Column("hash", Key, nullable=False),
    Index("ix_access_log_subject", "subject"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", String(32), primary_key=True),
    _moment("at", required=True),
    Column("who", String(100), nullable=False),
    Column("state", String(10), nullable=False),  # begun, done
    _text("certificate", required=True),  # JSON: what was removed, kept and why; nothing personal
    Column("certificate_hash", Key, nullable=False),
)

erased_keys = Table(
    "erased_keys",
    metadata,
    Column("mark", Key, primary_key=True),  # irreversible: what an old export says again is known by it, nobody else is
    Column("kind", String(16), nullable=False),  # customer, phone, member, email
    Column("erasure_id", String(32), nullable=False),
    _moment("at", required=True),
)

raw_replacements = Table(
    "raw_replacements",
    metadata,
    Column("content_hash", Key, primary_key=True),  # a file that held an erased person
    Column("replaced_by", Key),  # the same file without the person; null where it was removed
    Column("origin", Key, nullable=False),  # the content by which the books know the export
    _moment("at", required=True),
    Index("ix_raw_replacements_replaced_by", "replaced_by"),
)
