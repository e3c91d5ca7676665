"""Orders, their lines, refunds and customers."""

from include.exports.frames.frame import MOMENT, MONEY, TEXT, TRUTH, UNITS, Column, Frame, needed

ORDERS = Frame(
    "orders",
    about="Orders, by version.",
    key=("order_id",),
    columns=(
        needed("order_id", TEXT, "the platform's order number", asked=True),
        needed("status", TEXT, "`unpaid`, `paid`, `shipped`, `completed`, `closed`"),
        Column("created_at", MOMENT, "when the order was placed", asked=True, required=True, if_empty="critical"),
        Column("paid_at", MOMENT, "when it was paid; null while it is not", required=True),
        needed("total_micros", MONEY, "payable after discounts, with freight, before refunds", asked=True),
        Column(
            "refunded_micros",
            MONEY,
            "refunded as far as this export says; 0 where it says nothing",
            required=True,
            never_null=True,
        ),
        Column("freight_micros", MONEY, "freight within the total"),
        Column(
            "buyer",
            TEXT,
            "the buyer's pseudonym: HMAC-SHA256 of the platform's buyer key within the shop; "
            "null where the platform gives none",
            kept_as="customer",
        ),
        Column("province", TEXT, "where it is sent: decides the warehouse whose demand it is"),
        Column("city", TEXT, "where it is sent"),
        Column(
            "mark",
            TEXT,
            "from the seller's remark, by the shop's `remark_marks`: `brushing`, `gift`; "
            "`presale`: begun with a deposit (定金), as the platform says; or null",
        ),
        Column(
            "contact_until",
            MOMENT,
            "the phone that the platform shows for the order is virtual until then (虚拟号过期时间);"
            " null where it says nothing",
        ),
    ),
)

ORDER_LINES = Frame(
    "order_lines",
    about="Lines of orders, by version.",
    key=("line_id",),
    columns=(
        needed("order_id", TEXT, "the order", asked=True),
        needed(
            "line_id",
            TEXT,
            "the platform's sub-order number, or order and position where it has none; "
            "bundles written `A;B` give `…/1`, `…/2`",
        ),
        Column("listing_id", TEXT, "the platform's product"),
        Column(
            "merchant_code",
            TEXT,
            "商家编码, as the shop typed it into the listing",
            asked=True,
            required=True,
            if_empty="warning",
        ),
        Column("title", TEXT, "the listing's title"),
        needed("quantity", UNITS, "of the listing; what a bundle holds is said by `listings`", asked=True),
        Column("unit_price_micros", MONEY, "price of one before discounts"),
        Column("paid_micros", MONEY, "what the buyer pays for the line, before refunds", required=True),
        Column("refunded_micros", MONEY, "refunded of the line as far as this export says"),
        Column("status", TEXT, "as of `orders`", required=True, if_empty="warning"),
        Column("created_at", MOMENT, "when the order was placed"),
        Column("paid_at", MOMENT, "when it was paid"),
        Column(
            "is_gift",
            TRUTH,
            "1: a gift, by a price of nothing or the shop's remark, as far as the export says; else 0",
            required=True,
            never_null=True,
        ),
        Column(
            "told_with",
            TEXT,
            "the order with which the export tells the line, when its number is the reader's:"
            " the newest export that names the order replaces all its lines; null: the "
            "platform names the line",
            only_in_books=True,
        ),
        Column(
            "is_whole",
            TRUTH,
            "0: lines of the order were held back in this export, so that an export that told"
            " it whole stays the truth; else 1; null: not known",
            only_in_books=True,
        ),
    ),
)

REFUNDS = Frame(
    "refunds",
    about="After-sale cases, by version.",
    key=("refund_id",),
    columns=(
        needed("refund_id", TEXT, "the platform's case number", asked=True),
        needed("order_id", TEXT, "the order", asked=True),
        Column("line_id", TEXT, "the line, where the report names it"),
        Column("merchant_code", TEXT, "as of `order_lines`"),
        Column("requested_at", MOMENT, "when the buyer asked", required=True),
        Column("completed_at", MOMENT, "when the money went back", required=True),
        needed("refunded_micros", MONEY, "of the case; only `succeeded` ones count", asked=True),
        Column("quantity", UNITS, "goods sent back"),
        Column(
            "kind",
            TEXT,
            "`refund_only`, `return_refund`, `exchange`, `resend` or `unknown`",
            required=True,
            if_empty="critical",
        ),
        needed("status", TEXT, "`open`, `succeeded` or `closed` (without a refund)"),
        Column("reason", TEXT, "as the platform words it"),
        Column("told_with", TEXT, "as of `order_lines`", only_in_books=True),
        Column("is_whole", TRUTH, "as of `order_lines`", only_in_books=True),
    ),
)

ORDER_CUSTOMERS = Frame(
    "order_customers",
    about="Which customer an order is of, as an ERP, a CRM or a member export tells it, by version.",
    key=("for_shop", "order_id"),
    more=(
        "It counts for orders whose own report names nobody (`orders.customer` null); of "
        "several systems the newest says it."
    ),
    number="0, 1, … where one file line names several orders (merged orders)",
    shop="the shop (the ERP) that gave the report, by its name in the YAML",
    columns=(
        needed("for_shop", TEXT, "whose order it is, by the shop's name in the YAML", length=100),
        needed("order_id", TEXT, "the platform's order number", asked=True),
        Column(
            "buyer",
            TEXT,
            "the customer's pseudonym: HMAC-SHA256 of the key within `for_shop`; null where "
            "the key is a word for nobody",
            asked=True,
            required=True,
            if_empty="critical",
            kept_as="customer",
        ),
        Column("tier", TEXT, "of the membership, as the system calls it"),
        Column("consent", TEXT, "`in` or `out`: what the system says of being contacted"),
    ),
)
