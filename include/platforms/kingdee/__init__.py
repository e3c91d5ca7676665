"""金蝶云星空, an ERP."""

from include.platforms.kingdee import stock

REPORTS = stock.REPORTS
