"""旺店通, an ERP."""

from include.exports.any_platform import order_customers, promotion_file
from include.platforms.wangdiantong import stock

REPORTS = (
    *stock.REPORTS,
    order_customers.report("旺店通", known="订单编号,订单状态,下单时间,付款时间,发货时间,应收金额,已付,货品数量"),
    promotion_file.report("旺店通"),
)
