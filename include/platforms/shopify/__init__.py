"""Shopify."""

from include.platforms.shopify import orders, stock

REPORTS = (*orders.REPORTS, *stock.REPORTS)
