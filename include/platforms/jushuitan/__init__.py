"""聚水潭, an ERP."""

from include.exports.any_platform import order_customers, promotion_file
from include.platforms.jushuitan import master_data, stock

REPORTS = (
    *stock.REPORTS,
    *master_data.REPORTS,
    order_customers.report(
        "聚水潭", known="内部订单号,订单日期,付款日期,发货日期,商店状态,状态,应付金额,已付金额,商品编码,数量"
    ),
    promotion_file.report("聚水潭"),
)
