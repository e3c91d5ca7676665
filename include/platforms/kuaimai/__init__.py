"""快麦 and its like, ERPs."""

from include.exports.any_platform import order_customers, promotion_file
from include.platforms.kuaimai import stock

REPORTS = (
    *stock.REPORTS,
    order_customers.report("快麦", known="系统单号,下单时间,付款时间,发货时间,系统状态,实付金额"),
    promotion_file.report("快麦"),
)
