# ruff: noqa: E501 - a line of the list stays on its line
"""Every header line of FORMATS.md is a fixture that reads. Where that file is not at hand the lines are not looked for.

A line of the list names the place in FORMATS.md, what begins the header there, and the fixture that has all its names;
the test of each fixture's rows is test_every_generation_is_read_and_balances.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from include.exports.headers import matching
from include.platforms.read_export import read_export
from tests.platforms import test_generations as first
from tests.platforms import test_other_generations as others

FORMATS = others.FORMATS
_FUND_FLOW_39 = "商品名称,达人ID,达人名称,其他平台补贴,以旧换新抵扣,政府补贴平台垫资,银行补贴,服务商佣金,商户主体名称"
_PDD = "pinduoduo/0123456789abcdef0123456789abcdeforders_export"

# section, how the header begins in FORMATS.md (its names up to where the text goes on), fixture, its number of columns
LINES = [
    ("1.1 2017", "订单编号,买家会员名,买家支付宝账号,买家应付货款", "taobao/ExportOrderList201709021818.csv", 46),
    ("1.1 2018", "新零售交易类型,新零售导购门店名称,新零售导购门店id", "taobao/ExportOrderList201809021818.csv", 56),
    ("1.1 2018", "确认收货时间,打款商家金额", "taobao/ExportOrderList201809021818.csv", 56),
    ("1.1 2019-20", "是否信用购,体验期结束时间,前N有礼,配送类型", "taobao/ExportOrderList202003121048.csv", 66),
    ("1.1 2019-20, variants", "满返红包金额", "taobao/ExportOrderList201903121048.csv", 68),
    ("1.1 2022", "订单编号,买家会员名,买家会员昵称,支付单号,支付详情", "taobao/ExportOrderList202205011200.csv", 71),
    ("1.1 2023+", "买家实付金额", "taobao/ExportOrderList202305011200.xlsx", 71),
    ("1.1 已卖出的宝贝", "订单编号", "taobao/已卖出的宝贝_202608111600.xlsx", 22),
    ("1.2 2017", "订单编号,标题,价格,购买数量", "taobao/ExportOrderDetailList201709021818.csv", 10),
    ("1.2 2022", "子订单编号,主订单编号,标题,价格", "taobao/ExportItemlList202205011200.csv", 18),
    ("1.2 2025-26", "子订单编号,主订单编号,商品标题,商品价格", "taobao/ExportItemlList202608111558.csv", 23),
    ("1.3 2020", "订单编号,退款编号,支付宝交易号,订单付款时间", "taobao/退款报表202003121050.xls", 42),
    ("1.3 older", "买家会员名称", "taobao/退款报表201811121050.xls", 43),
    ("1.3 2026", "支付单号", "taobao/退款报表202605021050.xls", 45),
    ("1.3 53 columns", "退款总额, 退款申请时间, 商品id", "taobao/退款单202608121050.xls", 53),
    ("1.4 products 2022", "统计日期,商品id,商品名称,货号", "taobao/【生意参谋平台】商品_全部_2022-06-18_2022-06-18.xls", 34),
    ("1.4 products 2025-26", "主商品ID,商品类型", "taobao/【生意参谋平台】商品_全部_2026-06-18_2026-06-18.xls", 38),
    ("1.4 skus", "统计日期,商品id,skuid,sku信息", "taobao/【生意参谋平台】SKU_2026-06-18_2026-06-18 (1).xls", 8),
    ("1.4 sources", "流量来源,来源明细,访客数", "taobao/【生意参谋平台】无线流量来源_2026-06-18_2026-06-18.xls", 19),
    ("1.4 shop", "统计日期,店铺名称,访客数,加购人数", "taobao/【生意参谋平台】店铺_2026-06-18_2026-06-18.xls", 16),
    ("1.4 客服绩效", "", "taobao/【生意参谋平台】客服绩效_2026-06-18_2026-06-18.xls", 8),
    ("1.4 万相台", "日期,主体ID,主体名称,展现量,点击量,花费,点击率", "taobao/商品报表_20260619_110309.csv", 75),
    ("1.5 Alipay", "账务流水号,业务流水号,商品名称", "taobao/20880000000000000156_账务明细_20260810.csv", 13),
    ("1.5 天猫货款", "子订单号,订单号,数量,订单实际金额（元）", "taobao/交易货款_202607_202607.csv", 6),
    ("1.5 商品信息", "商品id,发布时间,商品名称,品牌", "taobao/商家中心_商品信息_20260811.xlsx", 10),
    ("2.1 2015-16", "订单号,商品ID,商品名称,订购数量,支付方式", "jd/15453840.csv", 30),
    ("2.1 2018", "送装服务,服务费,仓库id,仓库名称", "jd/18453840.csv", 40),
    ("2.1 2019-20", "纳税人识别号,名称（个人）,单位地址,单位电话", "jd/19453840.csv", 48),
    ("2.1 2026", "订单号,商品ID,商品名称,订购数量,商家应收,订单状态", "jd/26453840.csv", 12),
    ("2.2", "订单编号,父单号,订单状态,订单下单时间,订单完成时间,售后服务单号", "jd/订单结算明细_2016-01-01_2016-01-31.csv", 22),
    ("2.2 2026-08", "订单编号,父单号,订单状态,订单下单时间,订单完成时间,商品编号", "jd/结算明细_2026-08.csv", 18),
    ("2.2 钱包", "订单编号,单据编号,单据类型,商品编号", "jd/钱包明细_2026-08.csv", 23),
    ("2.3", "时间,SKU,SKU名称,一级类目", "jd/京东商智_商品明细_SKU_2026-08-03.xlsx", 21),
    ("2.3 stock", "RDC, 现货库存, 全国现货库存", "jd/现货库存_2026-08-05.csv", 5),
    ("3.1 layout A", "主订单编号,子订单编号,选购商品,商品规格", "douyin/1790059200_0123456789abcdef0123456789abcdef.csv", 73),
    ("3.1 74 columns", "序列号", "douyin/1790059202_0123456789abcdef0123456789abcdef.csv", 74),
    ("3.1 layout B", "主订单编号,子订单编号,支付方式,选购商品,货号", "douyin/1790059201_0123456789abcdef0123456789abcdef.csv", 75),
    ("3.2", "售后单号,订单号,商品单号,商品名称", "douyin/售后单_202609270215.csv", 50),
    ("3.3 settlement", "结算时间,订单号,子订单号,结算金额", "douyin/结算账单_20260930.csv", 34),
    ("3.3 fund flow", "动账时间,动帐流水号,动账方向", "douyin/资金流水_20261001.csv", 30),
    ("3.3 fund flow, 39", _FUND_FLOW_39, "douyin/资金流水_20261002.csv", 39),
    ("3.4 shop", "统计日期,日期,店铺名称,成交金额,用户支付金额", "douyin/采集-shop-20260730-20260730.csv", 20),
    ("3.4 product", "统计日期,日期,商品ID,商品名称", "douyin/采集-product-20260730-20260730.csv", 8),
    ("3.4 live", "统计日期,直播间ID,直播间名称,店铺名称", "douyin/采集-live-20260730-20260730.csv", 8),
    ("3.4 video", "统计日期,成交订单数,短视频ID,店铺名称", "douyin/采集-video-20260730-20260730.csv", 6),
    ("3.4 page, product", "商品标题", "douyin/商品列表_2026-07-30.xlsx", 6),
    ("3.4 page, live", "主播抖音号", "douyin/直播列表_20260730.csv", 8),
    ("3.4 page, video", "视频观看次数", "douyin/短视频列表_20260730.csv", 5),
    ("4.1 2020-21", "商品,订单号,订单状态,商品总价（元）,店铺优惠折扣(元)", _PDD + "2020-12-01-10-09-23.csv", 54),
    ("4.1 2025-26", "商品,订单号,订单状态,商品总价(元),邮费(元)", _PDD + "2026-07-20-10-09-23.csv", 27),
    ("4.1 optional", "是否审核中,支付时间,承诺发货时间,承诺送达时间", _PDD + "2024-05-01-10-09-23.xlsx", 36),
    ("4.2", "售后编号,订单编号,交易金额,售后状态", "pinduoduo/售后数据.xlsx", 24),
    ("4.2 several shops", "店铺名称,售后类型,售后状态,处理状态", "pinduoduo/售后管理_20260801101500.xlsx", 10),
    ("4.3", "商户订单号,发生时间,收入金额（+元）", "pinduoduo/pdd-mall-bill-detail(0f1e2d3c)_2026-07-20-10-09-55_2175.csv", 7),
    ("4.3 商品订单号", "商品订单号", "pinduoduo/pdd-mall-bill-detail(0f1e2d3c)_2026-07-20-10-09-55_2175_xlsx.zip", 7),
    ("4.4", "商品访客数,商品浏览量,成交金额,成交件数", "pinduoduo/商品数据_2026-07-19.csv", 16),
    ("4.4 ads", "日期,商品ID,商品名称,推广场景", "pinduoduo/商品推广_账户_分天数据_20260601至20260630.xls", 14),
    ("5", "订单号,赠品订单号,活动订单编号", "kuaishou/订单_20260603101500.xlsx", 64),
    ("5 older", "订单编号, 订单应付金额, 运单号", "kuaishou/订单_20230603101500.csv", 20),
    ("5 after-sale", "售后单号,订单编号", "kuaishou/售后_20260605101500.csv", 4),
    ("5 fund flow", "账务流水号,关联业务单号,入账时间", "kuaishou/账务流水_20260611.csv", 9),
    ("6", "订单号,销售渠道,归属店铺,订单类型", "youzan/订单报表_20220402.csv", 52),
    ("6 items", "订单号,外部订单号,订单商品状态,交易成功时间", "youzan/商品报表_20220402.csv", 18),
    ("7 聚水潭", "款式编码,颜色,规格,品牌,商品编码", "jushuitan/商品库存_华东仓_2026-05-01.xlsx", 24),
    ("7 库存视角", "款式编码,商品编码,颜色,规格,实际库存数", "jushuitan/库存视角-商品库存_华南仓_2026-05-01.xlsx", 13),
    ("7 旺店通", "商家编码,货品编号,货品名称,规格名称", "wangdiantong/库存_华东仓_2026-05-01.xlsx", 16),
    ("7 旺店通, interface", "库存量,可发库存,锁定量", "wangdiantong/stock_spec_20260501.csv", 17),
    ("7 管易云", "可销数,可配数,锁定数,在途数", "guanyiyun/库存查询_2026-05-01.csv", 10),
    ("7 管易云, variant", "库存数,已配货数,订单占用数,调拨占用数,唯品占用数", "guanyiyun/库存状态_2026-05-01.csv", 12),
    ("7 金蝶", "物料编码,物料名称,规格型号,仓库名称", "kingdee/即时库存_2026-05-01.xlsx", 10),
    ("7 快麦", "系统商品ID,系统SKU_ID,商品名称", "kuaimai/库存_华南仓_2026-05-01.csv", 11),
    ("8 Shopify", "Name,Email,Financial Status,Paid at", "shopify/orders_export.csv", 79),
    ("8 Amazon", "amazon-order-id merchant-order-id purchase-date", "amazon/all_orders_20260513.txt", 32),
    ("8 Amazon, unshipped", "order-id order-item-id purchase-date", "amazon/unshipped_20260513.txt", 30),
    ("8 Amazon, ledger", "Date FNSKU ASIN MSKU Title Disposition", "amazon/ledger_summary.txt", 22),
    ("8 Amazon, detail", "Date,FNSKU,ASIN,MSKU,Title,Event Type", "amazon/ledger_detail.csv", 14),
    ("8 WooCommerce", "Date,Order #,N. Revenue (formatted),Status", "woocommerce/orders-2025-03-02.csv", 11),
]  # fmt: skip
CASES = {case[0]: case for case in (*first.FILES, *others.FILES)}


@cache
def columns_of(file: str) -> tuple[str, ...]:
    path = Path(__file__).parent / "fixtures" / file
    password = first.PASSWORDS.get(file, others.PASSWORD)
    return read_export(path, platform=CASES[file][1], report=CASES[file][2], password=password).columns


@pytest.mark.parametrize(("section", "begins", "file", "count"), LINES, ids=lambda value: str(value)[:24])
def test_every_header_line_is_a_fixture_that_reads(section: str, begins: str, file: str, count: int) -> None:
    columns = columns_of(file)

    assert len(columns) == count
    known = {matching(name) for name in columns}
    asked = begins.split(",") if "," in begins else begins.split()
    assert {matching(name) for name in asked if name} <= known


def test_every_header_in_formats_is_some_fixture_s() -> None:
    """Found in FORMATS.md by itself: every run of five names and more in its code, whole."""
    if not FORMATS.exists():
        pytest.skip("FORMATS.md is not at hand, its headers cannot be looked for")
    platforms = FORMATS.read_text(encoding="utf-8").split("## 9. Webhooks")[0].split("## 1. Taobao")[1]
    headers = [{matching(name) for name in columns_of(case[2])} for case in LINES]
    lines = re.findall(r"```\n(.*?)```", platforms, re.DOTALL) + re.findall(r"`([^`\n]+)`", platforms)
    found = 0
    for line in (part for block in lines for part in block.splitlines()):
        names = [matching(name.strip('[]" ')) for name in re.split(r",(?![^（(]*[）)])", line)]
        names = [name for name in names if name and "…" not in name and "..." not in name]
        if len(names) < 6 or any(re.search(r"\d{6}|\d\.\d\d|【|^=", name) for name in names):
            continue  # an example of a row, or a sentence
        best = max(headers, key=lambda header: sum(name in header for name in names))
        assert [name for name in names if name not in best] == [], line[:60]
        found += 1
    assert found >= 24
