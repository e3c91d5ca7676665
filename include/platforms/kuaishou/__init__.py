"""Kuaishou (快手小店)."""

from include.exports.any_platform import promotion_file
from include.platforms.kuaishou import money, orders

REPORTS = (*orders.REPORTS, *money.REPORTS, promotion_file.report("Kuaishou"))
