"""What platforms say beside orders: traffic, and money on the shop's account."""

from include.exports.frames.frame import DAY, MOMENT, MONEY, TEXT, UNITS, Column, Frame, needed

TRAFFIC = Frame(
    "traffic",
    about=(
        "A day's visitors and buyers, by version. A row is a listing; without "
        "`listing_id` and `merchant_code`, the shop as a whole. Rows with a `part` are "
        "parts of the rows without one: add up the one or the other."
    ),
    key=("traffic_day", "listing_id", "merchant_code", "part"),
    columns=(
        Column("listing_id", TEXT, "the platform's product (Tmall 商品ID, JD SKU)"),
        Column("merchant_code", TEXT, "商家编码, where the report has it"),
        Column(
            "part",
            TEXT,
            "null: all of the listing's or shop's traffic; else which part: `sku 5012`, "
            "`source 手淘搜索`, `live 731`, `video 88`, `ads 万相台`",
        ),
        needed("traffic_day", DAY, "the day the row speaks of", asked=True),
        Column("visitors", UNITS, "who came", unit="people", required=True),
        Column("views", UNITS, "of pages or videos; of ads, clicks", unit="views"),
        Column("favourites", UNITS, "who kept it", unit="people"),
        Column("carts", UNITS, "put into carts; people, where the report counts only those"),
        Column("paid_buyers", UNITS, "who paid", unit="people"),
        Column("paid_units", UNITS, "paid"),
        Column("paid_micros", MONEY, "what buyers paid, as the report counts it", required=True),
        Column("turnover_micros", MONEY, "成交金额, where the platform counts it beside what buyers paid"),
        Column("spend_micros", MONEY, "spent on advertising"),
        Column("impressions", UNITS, "how often it was shown (曝光, 展现); people, where the report counts only those"),
    ),
)

MONEY_MOVEMENTS = Frame(
    "money_movements",
    about=(
        "Money on the shop's account with the platform, by version. Several reports of a "
        "shop may tell the same money (Douyin's settlement and fund flow): bring in one "
        "of them."
    ),
    key=("movement_id",),
    columns=(
        needed(
            "movement_id",
            TEXT,
            "the platform's own number, or order, bill and fee between slashes where it has none",
            asked=True,
        ),
        Column("order_id", TEXT, "the order it belongs to"),
        Column("line_id", TEXT, "the order's line"),
        Column("moved_at", MOMENT, "when it moved; null where the report does not say", required=True),
        needed("amount_micros", MONEY, "above zero: it came in; below: it went out", asked=True),
        Column("kind", TEXT, "the platform's word for the business (货款结算入账, 交易付款, 提现)"),
        Column("fee", TEXT, "the platform's word for the fee (佣金)"),
    ),
)
