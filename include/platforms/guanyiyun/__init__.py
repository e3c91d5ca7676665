"""管易云, an ERP."""

from include.exports.any_platform import order_customers, promotion_file
from include.platforms.guanyiyun import stock

REPORTS = (
    *stock.REPORTS,
    order_customers.report("管易云", "单据编号,拍单时间,付款时间,发货状态,订单状态,实付金额"),
    promotion_file.report("管易云"),
)
