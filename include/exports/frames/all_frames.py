"""Every canonical frame by its name."""

from collections.abc import Mapping

from include.exports.frames.frame import Frame
from include.exports.frames.goods_frames import LISTINGS, PRODUCTS, PROMOTIONS, STOCK
from include.exports.frames.order_frames import ORDER_CUSTOMERS, ORDER_LINES, ORDERS, REFUNDS
from include.exports.frames.platform_frames import MONEY_MOVEMENTS, TRAFFIC
from include.exports.frames.purchase_frames import PURCHASE_ORDERS, RECEIPTS, SUPPLIERS

FRAMES: Mapping[str, Frame] = {
    frame.name: frame
    for frame in (
        ORDERS,
        ORDER_LINES,
        REFUNDS,
        STOCK,
        PRODUCTS,
        ORDER_CUSTOMERS,
        LISTINGS,
        SUPPLIERS,
        PURCHASE_ORDERS,
        RECEIPTS,
        PROMOTIONS,
        TRAFFIC,
        MONEY_MOVEMENTS,
    )
}
