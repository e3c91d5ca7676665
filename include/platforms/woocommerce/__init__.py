"""WooCommerce."""

from include.platforms.woocommerce import orders

REPORTS = orders.REPORTS
