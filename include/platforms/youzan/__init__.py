"""Youzan (有赞), the merchant's own site."""

from include.platforms.youzan import orders

REPORTS = orders.REPORTS
