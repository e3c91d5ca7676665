"""Taobao and Tmall (淘宝, 天猫), Alipay, 生意参谋 and 万相台."""

from include.exports.any_platform import promotion_file
from include.platforms.taobao import money, orders, refunds, sold, traffic

REPORTS = (
    *orders.REPORTS, *refunds.REPORTS, *sold.REPORTS, *money.REPORTS, *traffic.REPORTS, promotion_file.report("Taobao"),
)  # fmt: skip
