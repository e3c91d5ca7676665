"""JD (京东), its wallet and 京东商智."""

from include.exports.any_platform import promotion_file
from include.platforms.jd import money, orders, stock, traffic

REPORTS = (*orders.REPORTS, *money.REPORTS, *traffic.REPORTS, *stock.REPORTS, promotion_file.report("JD"))
