"""Pinduoduo (拼多多)."""

from include.exports.any_platform import promotion_file
from include.platforms.pinduoduo import money, orders, traffic

REPORTS = (*orders.REPORTS, *money.REPORTS, *traffic.REPORTS, promotion_file.report("Pinduoduo"))
