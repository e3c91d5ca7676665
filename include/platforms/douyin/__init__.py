"""Douyin (抖店) and 抖音罗盘."""

from include.exports.any_platform import promotion_file
from include.platforms.douyin import money, orders, traffic

REPORTS = (*orders.REPORTS, *money.REPORTS, *traffic.REPORTS, promotion_file.report("Douyin"))
