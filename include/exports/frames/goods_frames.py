"""Goods: their master, listings, stock and planned promotions."""

from include.exports.frames.frame import DAY, MONEY, TEXT, TRUTH, UNITS, Column, Frame, needed

PRODUCTS = Frame(
    "products",
    about="The product master, by version.",
    key=("sku",),
    columns=(
        needed("sku", TEXT, "the merchant's own code", asked=True),
        Column("title", TEXT, "the product's name", required=True, if_empty="warning"),
        Column("category", TEXT, "the merchant's category", required=True, if_empty="warning"),
        Column("brand", TEXT, "the brand"),
        Column("list_price_micros", MONEY, "usual price of one", required=True),
        Column("cost_micros", MONEY, "cost of one", asked=True, required=True, if_empty="warning"),
        Column("pack", UNITS, "order multiple, at least 1", required=True, if_empty="warning"),
        Column("moq", UNITS, "least order, at least 1", required=True, if_empty="warning"),
        Column("shelf_life_days", UNITS, "from production to expiry", unit="days"),
        Column("supplier", TEXT, "from whom it is bought", required=True, if_empty="warning"),
        Column("launched_day", DAY, "first day on sale"),
        Column("ended_day", DAY, "last day on sale; an ended sku is not planned"),
    ),
)

LISTINGS = Frame(
    "listings",
    about=("What a platform's listing code is in skus, by version: a bundle has a row for each of its skus."),
    key=("for_shop", "listing_code", "sku"),
    more=("A code without a row here counts as the sku of that name where one exists, else it is `unmapped`."),
    columns=(
        Column("for_shop", TEXT, "the shop whose listing it is; null: every shop's"),
        needed(
            "listing_code",
            TEXT,
            "商家编码 as it stands on order lines, or the platform's product where a line has no code",
            asked=True,
        ),
        needed("sku", TEXT, "the sku", asked=True),
        needed("quantity", UNITS, "units of the sku in one of the listing", asked=True),
        Column(
            "is_whole",
            TRUTH,
            "0: rows of the listing were held back in this export, so that an export that "
            "told it whole stays the truth; else 1; null: not known",
            only_in_books=True,
        ),
    ),
)

STOCK = Frame(
    "stock",
    about="Stock, by version.",
    key=("warehouse", "sku", "stock_day"),
    columns=(
        needed("warehouse", TEXT, "as the merchant's YAML names it"),
        needed("sku", TEXT, "the merchant's own code", asked=True),
        Column("stock_day", DAY, "the day the row speaks of; null: the export's own day"),
        needed("on_hand", UNITS, "on the shelf; may be negative where the ERP's is", asked=True),
        Column("available", UNITS, "on the shelf and not sold"),
        Column("locked", UNITS, "sold and not yet shipped"),
        Column(
            "in_transit",
            UNITS,
            "under way to the warehouse, as the ERP says; planned with, a lead time from now,"
            " where no purchase order names the sku and warehouse",
        ),
        Column(
            "moving_in",
            UNITS,
            "on its way from another warehouse of the merchant, as the ERP says; planned "
            "with, a transfer's days from now",
        ),
    ),
)

PROMOTIONS = Frame(
    "promotions",
    about="Skus of promotions, as a merchant plans them, by version.",
    key=("for_shop", "promotion", "sku", "first_day"),
    more=(
        "The newest export that names a promotion (of a `for_shop`) replaces all its "
        "rows: a row it leaves out is withdrawn. A promotion that no newer export names "
        "stays as it was told."
    ),
    shop="the shop (or ERP) that gave the report, by its name in the YAML",
    columns=(
        needed("promotion", TEXT, "the promotion's name", asked=True),
        Column("for_shop", TEXT, "the shop it is held in; null: every shop"),
        needed("sku", TEXT, "the sku", asked=True),
        needed("first_day", DAY, "its first day", asked=True),
        needed("last_day", DAY, "its last day, included", asked=True),
        Column("price_micros", MONEY, "planned price of a piece; goes before the discount"),
        Column("discount_per_mille", UNITS, "what is taken off the list price: 150 is 8.5折 or -15%", unit="per mille"),
        Column(
            "lift_per_mille",
            UNITS,
            "what people expect it to sell a day, of ordinary days: 1500 is 1.5倍 or +50%",
            unit="per mille",
        ),
        Column("stock_limit", UNITS, "pieces set aside for the promotion"),
        needed("status", TEXT, "`planned` or `cancelled`"),
        Column(
            "is_whole",
            TRUTH,
            "0: rows of the promotion were held back in this export, so that an export that "
            "told it whole stays the truth; else 1; null: not known",
            only_in_books=True,
        ),
    ),
)
