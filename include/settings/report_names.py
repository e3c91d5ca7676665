"""The names of platforms and reports that settings may use.

Said here once more beside the adapters, which are heavy to import: settings are read whenever Dags are parsed, and a
misspelt name must be found then and not by the first export. A test holds the two together.
"""

from collections.abc import Mapping

DECLARED = "declared"  # whose reports have the names that the shop's YAML gives them
SAME_PLATFORM: Mapping[str, str] = {"tmall": "taobao"}
REPORTS: Mapping[str, tuple[str, ...]] = {
    "taobao": (
        "ads",
        "bill",
        "goods_payments",
        "items",
        "listings",
        "order_lines",
        "orders",
        "promotions",
        "refunds",
        "service",
        "shop_traffic",
        "sku_traffic",
        "sold",
        "traffic",
        "traffic_sources",
    ),
    "jd": (
        "after_sale",
        "orders",
        "promotions",
        "refunds",
        "settlement",
        "stock",
        "traffic",
        "wallet",
    ),
    "douyin": (
        "after_sale",
        "fund_flow",
        "live_page",
        "live_traffic",
        "orders",
        "promotions",
        "refunds",
        "settlement",
        "shop_traffic",
        "traffic",
        "traffic_page",
        "video_page",
        "video_traffic",
    ),
    "pinduoduo": (
        "ads",
        "after_sale",
        "bill",
        "orders",
        "promotions",
        "refunds",
        "traffic",
    ),
    "kuaishou": (
        "after_sale",
        "fund_flow",
        "orders",
        "promotions",
        "refunds",
    ),
    "youzan": (
        "items",
        "order_lines",
        "orders",
    ),
    "shopify": ("orders", "stock"),
    "amazon": (
        "orders",
        "receipts",
        "stock",
        "unshipped",
    ),
    "woocommerce": ("orders",),
    "jushuitan": (
        "listings",
        "order_customers",
        "products",
        "promotions",
        "purchase_orders",
        "receipts",
        "stock",
        "stock_days",
        "suppliers",
    ),
    "wangdiantong": (
        "order_customers",
        "promotions",
        "stock",
    ),
    "guanyiyun": (
        "order_customers",
        "promotions",
        "stock",
    ),
    "kingdee": ("stock",),
    "kuaimai": (
        "order_customers",
        "promotions",
        "stock",
    ),
}

# What people call a platform, where a shop has no name of its own.
PLATFORM_WORDS: Mapping[str, Mapping[str, str]] = {
    "taobao": {"zh": "淘宝", "en": "Taobao"},
    "tmall": {"zh": "天猫", "en": "Tmall"},
    "jd": {"zh": "京东", "en": "JD"},
    "douyin": {"zh": "抖音", "en": "Douyin"},
    "pinduoduo": {"zh": "拼多多", "en": "Pinduoduo"},
    "kuaishou": {"zh": "快手", "en": "Kuaishou"},
    "youzan": {"zh": "有赞", "en": "Youzan"},
}
