"""Suppliers, purchase orders and receipts."""

from include.exports.frames.frame import DAY, MONEY, TEXT, TRUTH, UNITS, Column, Frame, needed

SUPPLIERS = Frame(
    "suppliers",
    about="Suppliers, by version.",
    key=("supplier",),
    columns=(
        needed("supplier", TEXT, "the supplier's code", asked=True),
        Column("title", TEXT, "the supplier's name", if_empty="warning"),
        Column(
            "lead_time_days",
            UNITS,
            "promised, from order to shelf; what receipts show goes before it",
            unit="days",
            asked=True,
            required=True,
            if_empty="warning",
        ),
        Column(
            "review_period_days",
            UNITS,
            "days between two looks at this supplier; the shorter of it and the merchant's own is planned with",
            unit="days",
        ),
        Column(
            "minimum_order_micros",
            MONEY,
            "least order value; plans heed it where `replenishment.heeds_stated_minimums` says so",
        ),
        Column(
            "return_days",
            UNITS,
            "since a receipt, in which the supplier takes goods back; null: it does not",
            unit="days",
        ),
        Column("return_fee_percent", UNITS, "of their cost, that it keeps then; null: nothing", unit="%"),
    ),
)

PURCHASE_ORDERS = Frame(
    "purchase_orders",
    about="Lines of purchase orders, by version.",
    key=("purchase_order_id", "line_id"),
    columns=(
        needed("purchase_order_id", TEXT, "the ERP's order number", asked=True),
        needed("line_id", TEXT, "its line", asked=True),
        needed("sku", TEXT, "what was ordered", asked=True),
        Column("supplier", TEXT, "from whom", if_empty="warning"),
        needed("warehouse", TEXT, "where to", asked=True),
        needed("ordered_day", DAY, "when it was ordered", asked=True),
        Column("expected_day", DAY, "when it is expected; null or past counts as arriving any moment"),
        needed("quantity", UNITS, "ordered", asked=True),
        Column("unit_cost_micros", MONEY, "cost of one"),
        needed("status", TEXT, "`open`, `closed` or `cancelled`; only open ones are under way"),
    ),
)

RECEIPTS = Frame(
    "receipts",
    about="Goods received, by version.",
    key=("receipt_id", "line_id", "sku"),
    columns=(
        needed("receipt_id", TEXT, "the ERP's receipt number", asked=True),
        Column("purchase_order_id", TEXT, "the order it belongs to", required=True, if_empty="warning"),
        Column("line_id", TEXT, "the order's line; `#2` .. where a receipt names none for further rows of a sku"),
        needed("sku", TEXT, "what came", asked=True),
        needed("warehouse", TEXT, "where", asked=True),
        needed("received_day", DAY, "when", asked=True),
        needed("quantity", UNITS, "received", asked=True),
        Column(
            "told_with",
            TEXT,
            "the receipt, when its rows name no order line: the newest export that names the "
            "receipt replaces all its lines; null: the rows name order lines, and the newest "
            "export that names receipt and sku replaces that sku's lines",
            only_in_books=True,
        ),
        Column(
            "is_whole",
            TRUTH,
            "0: lines of the receipt were held back in this export, so that an export that "
            "told it whole stays the truth; else 1; null: not known",
            only_in_books=True,
        ),
    ),
)
