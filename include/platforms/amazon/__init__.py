"""Amazon."""

from include.platforms.amazon import orders, stock

REPORTS = (*orders.REPORTS, *stock.REPORTS)
