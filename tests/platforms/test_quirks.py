"""The quirks of the platforms' files, and the test of each; those without a home elsewhere are below.

| quirk | test |
| --- | --- |
| columns stand in any order, and a customised export leaves some out | test_headers.test_the_order_of_columns_does_not_matter, test_customised_export_without_optional_columns |
| columns are renamed (买家实际支付金额, 买家实付金额) | test_taobao.test_an_order_is_worth_its_total_not_what_is_left_after_refunds |
| a blank at the end of a header's name | test_trailing_space_inside_a_header |
| a blank inside a header's name (商品 ID) | test_space_in_the_middle_of_a_header |
| full-width and half-width brackets, colons and plus signs | test_headers.test_header_names_are_compared_without_their_quirks, test_full_width_and_half_width_brackets_in_a_header |
| a byte order mark before the header | test_byte_order_mark_before_the_header |
| two columns of one name | test_headers.test_of_two_columns_with_one_name_the_first_is_read_and_both_are_told |
| ids as ="…", with a tab, an apostrophe, .0 | test_values.test_an_id_loses_what_excel_and_exporters_put_around_it |
| ids that a spreadsheet damaged (6.9E+18) | test_values.test_an_id_that_excel_damaged_is_not_guessed, test_id_damaged_by_excel_costs_its_row_and_is_not_guessed |
| amounts with commas, currency signs, units, remarks | test_values.test_money_is_exact_micros |
| blanks written as -, --, —, / | test_values.test_blank_money_is_null_and_not_bad, test_values.test_a_blank_id_is_null_and_not_bad |
| shares as 12.34% | test_values.test_shares |
| times in every form, Excel's serial numbers among them | test_values.test_times_in_all_their_forms |
| a preamble above the header | test_headers.test_the_header_is_found_below_a_preamble |
| an explanation row under the header | test_money.test_second_row_of_douyin_settlement_explains_and_is_no_data |
| total rows, footers, notes, blank tails | test_ledger.test_rows_that_are_no_data_are_ignored_with_their_reason |
| total rows that would double the numbers | test_traffic.test_sycm_header_in_row_5_of_a_true_biff_workbook_and_a_total_row |
| six summary rows of 客服绩效 | test_traffic.test_summary_rows_are_total_lines |
| GBK, GB18030, UTF-8 with BOM, xlsx, xltx, true BIFF .xls, locked workbooks | test_generations.test_every_generation_is_read_and_balances |
| the ending of a file's name says another container | test_ending_of_the_name_that_lies |
| Taobao: an order and its items stand in two files; Pinduoduo, Kuaishou: an order is its one line | test_orders_and_items_of_taobao_are_two_files, test_an_order_of_one_sku_is_its_own_line |
| an older export comes late | test_close.test_an_older_export_loaded_late_never_overwrites_a_newer_truth |
| Taobao: file names of every spelling (ExportItemlList) | test_taobao.test_every_spelling_of_the_files_name_says_when_it_was_made |
| Taobao: 买家实际支付金额 is net of refunds | test_taobao.test_an_order_is_worth_its_total_not_what_is_left_after_refunds |
| Taobao: a paid status with either comma | test_paid_status_with_full_width_or_half_width_comma |
| Taobao: 卖家服务费 0 and 买家服务费 0元, ="" where nothing is | test_values.test_money_is_exact_micros, test_values.test_a_blank_id_is_null_and_not_bad |
| Taobao: titles joined by ， and quantities only in sum | test_titles_joined_by_a_full_width_comma_make_no_lines |
| Taobao: masked buyers | test_taobao.test_a_masked_buyer_is_nobody |
| Taobao: 是否村淘订单, 满返红包金额 and other rare columns | test_rare_columns_are_known |
| Taobao: item rows that end with a comma | test_taobao.test_items_of_2017_end_with_a_comma_and_have_no_id_of_their_own |
| Taobao: 退款金额 says 无退款申请 | test_refund_amount_says_no_refund_applied |
| Taobao: 子订单编号 = 主订单编号 for an order of one item | test_sub_order_number_that_is_the_orders_own |
| Taobao: a refunded line is closed while its order is open | test_refunded_line_is_closed_while_its_order_is_open |
| Taobao: a workbook of three sheets | test_taobao.test_qianniu_workbook_holds_both_reports_in_its_sheets |
| Taobao: a locked workbook that repeats the order on each line | test_taobao.test_sold_goods_workbook_yields_orders_and_lines_though_the_order_repeats |
| Alipay: # lines around, T200P before the order's number | test_money.test_alipay_bill_stands_between_lines_that_begin_with_a_hash, test_money.test_alipay_order_number_loses_its_t200p |
| 生意参谋: numbers as text, days as 20260501 | test_traffic.test_sycm_numbers_are_text_with_commas_and_placeholders |
| 生意参谋: header in row 2 or 6; browser's (1) in the name | test_traffic.test_sycm_header_may_stand_in_row_2_or_6, test_traffic.test_skus_are_parts_of_their_product |
| JD: a file's name of digits that are no time | test_file_name_of_digits_is_no_time |
| JD: totals repeat; (删除) parents of split orders | test_jd.test_an_orders_total_counts_once_and_its_deleted_parent_not_at_all |
| JD: blanks, tabs and carriage returns in a status | test_jd.test_a_lone_carriage_return_in_a_cell_is_white_space |
| JD: (删除) before any status | test_deleted_before_any_status_of_jd |
| JD: refunds stand in the settlement only | test_jd.test_settlement_lines_with_an_after_sale_number_are_refunds |
| Douyin: a tab before every id, - for nothing | test_douyin_cells_begin_with_a_tab_and_nothing_is_a_dash |
| Douyin: names and phones as cipher text, virtual phones with an extension | test_douyin.test_cipher_text_goes_nowhere, test_virtual_phone_with_an_extension_goes_nowhere |
| Douyin: 子1;子2 with A01;B02 | test_douyin.test_packed_bundles_are_taken_apart |
| Douyin: gifts bound to another order | test_douyin.test_a_gift_is_bound_to_another_order |
| Douyin: the seconds since 1970 in the file's name | test_douyin.test_the_time_of_export_is_unix_time_in_the_name |
| Douyin: 商品单号 of the after-sale report is the 子订单编号 | test_after_sale_joins_the_sub_order |
| Douyin: the platform's own misspellings 动帐流水号, 店铺劵 | test_misspelt_headers_are_known_in_either_spelling |
| 抖音罗盘: a range as the day; the day in the name only | test_traffic.test_compass_range_of_one_day_is_that_day, test_traffic.test_compass_page_export_has_its_day_in_its_name_only |
| Taobao: the newest refund form, of whose 53 columns three are known | test_taobao.test_the_newest_refund_form_has_53_columns_in_any_order |
| Taobao: 商家编码, else 外部系统编号, is the code | test_taobao.test_items_of_2017_end_with_a_comma_and_have_no_id_of_their_own |
| 生意参谋: 客服绩效 and its six summary rows | test_traffic.test_service_agents_are_one_shop_and_its_six_summary_rows_are_no_data |
| 万相台: GBK, header in row 1, 75 columns | test_traffic.test_ads_are_a_part_of_the_product_with_what_they_cost |
| JD: of the layout of 2026 only some columns are known; 商家应收 for 应付金额 | test_jd.test_the_layout_of_2026_without_prices_shares_evenly |
| JD: ="…" around numbers in 钱包 | test_money.test_jd_wallet_writes_numbers_as_formulas_and_amounts_without_a_sign |
| JD: a layout of the after-sale report that nobody has seen | test_money.test_jd_after_sale_is_read_by_best_knowledge_and_says_so |
| JD: the settlement of 2026-08 has no after-sale number | test_jd.test_the_settlement_of_2026_tells_refunds_by_the_kind_of_bill |
| JD: a masked account is nobody | test_masked_accounts_are_nobody |
| Douyin: the settlement's ids begin with an apostrophe | test_money.test_douyin_settlement_gives_the_goods_and_each_fee_which_sum_to_what_was_settled |
| Douyin: every 售后状态 | test_every_after_sale_state_of_douyin_is_known |
| Douyin: fund flow is signed by its direction, in 30 columns or 39 | test_money.test_fund_flow_has_its_sign_from_its_direction |
| Pinduoduo: every cell ends with a tab | test_pinduoduo.test_a_trailing_tab_ends_every_cell_and_is_no_part_of_it |
| Pinduoduo: no 支付时间 in the default columns | test_pinduoduo.test_no_time_of_payment_so_the_deal_is_the_payment |
| Pinduoduo: 商家编码-SKU维度 became 商家编码-规格维度 | test_pinduoduo.test_columns_of_the_sku_code_were_renamed |
| Pinduoduo: the day in an order's number | test_pinduoduo.test_an_order_that_was_never_paid_was_made_on_the_day_in_its_number |
| Pinduoduo: statuses, with 退款成功 in them | test_pinduoduo.test_status_vocabulary, test_pinduoduo.test_an_unknown_status_is_told_and_the_payment_decides |
| Pinduoduo: a notice row of 3个月前 | test_pinduoduo.test_after_sale_skips_the_notice_of_three_months |
| Pinduoduo: after-sale states 0 to 16 | test_pinduoduo.test_after_sale_states_are_told_in_sentences |
| Pinduoduo: after-sale of several shops in one file | test_pinduoduo.test_cases_of_several_shops_are_no_shop_s |
| Pinduoduo: the bill's preamble with a blank line, its footers, and its containers | test_pinduoduo.test_the_bill_has_a_preamble_and_footers_in_every_container |
| Pinduoduo: 总计 of the advertising may be more than the sum | test_pinduoduo.test_the_total_of_advertising_is_not_added |
| Kuaishou: a locked workbook of several sheets | test_kuaishou.test_the_workbook_needs_the_shops_password, test_kuaishou.test_several_sheets_are_one_export |
| Kuaishou: money with ¥ or ￥, -, --, — and / for nothing | test_kuaishou.test_money_with_its_sign_and_cells_that_hold_nothing |
| Kuaishou: times with slashes | test_kuaishou.test_times_are_written_with_slashes |
| Kuaishou: older names | test_kuaishou.test_the_older_names_of_number_and_amount |
| Youzan: 分销员 stands twice | test_youzan.test_a_column_that_stands_twice_moves_no_other |
| Youzan: a phone of 186******05 is nobody | test_youzan.test_a_masked_phone_is_nobody |
| 聚水潭: _x002B_ for a plus sign, both views | test_headers.test_header_names_are_compared_without_their_quirks, test_generations.test_every_generation_is_read_and_balances |
| 金蝶: the last row is 合计; batches of one shelf | test_other_erps.test_kingdee_adds_up_batches_and_ends_with_a_total |
| ERPs: 可用 is the source's own and never reckoned | test_other_erps.test_guanyiyun_with_locks, test_other_erps.test_guanyiyun_with_occupations |
| Shopify: order columns on the first line only | test_shopify.test_order_columns_stand_on_the_first_line_only |
| Shopify: times with an offset, a zip with an apostrophe | test_shopify.test_times_with_an_offset_become_the_merchants, test_shopify.test_a_postcode_with_an_apostrophe_breaks_nothing_and_stays_behind |
| Amazon: separated by tabs, some cells quoted | test_amazon.test_all_orders_is_tab_separated_with_quotes_and_commas_in_its_cells |
| Amazon: days month first, times in UTC | test_amazon.test_ledger_days_are_written_month_first, test_amazon.test_times_in_utc_become_the_merchants_and_the_purchase_is_the_payment |
| WooCommerce: money text with its sign, an older name of Net Sales, products without a sku | test_woocommerce.test_net_sales_and_its_older_name_and_sign, test_woocommerce.test_products_are_names_with_counts_and_no_sku |
| 抖音罗盘: two measures of sales; 全部 rows | test_traffic.test_turnover_and_what_buyers_paid_are_two_measures, test_traffic.test_compass_row_of_all_products_is_a_total_line |
"""  # noqa: E501

import re
from pathlib import Path

import pytest

from include.files.content import Held
from include.platforms.read_export import read_content, read_export
from include.platforms.registry import recognise

YUAN = 1_000_000
TESTS = Path(__file__).parents[1]
ORDERS = "订单编号,总金额,订单状态,订单创建时间,订单付款时间\n"


def test_every_test_named_above_exists() -> None:
    named = re.findall(r"(?:(test_\w+)\.)?(test_\w+)", __doc__ or "")

    assert len(named) > 50
    for module, test in named:
        files = TESTS.rglob(f"{module or Path(__file__).stem}.py")
        assert any(f"def {test}(" in file.read_text(encoding="utf-8") for file in files), f"{module}.{test}"


def test_customised_export_without_optional_columns() -> None:
    content = (
        "子订单编号,商家编码,商品数量,订单应付金额,订单状态,订单提交时间,支付完成时间,主订单编号\n"
        "2,XY-01,1,9.90,已发货,2026-09-22 00:54:10,2026-09-22 00:55:00,1\n"
    )

    reading = read_content(Held(content.encode("utf-8-sig")), platform="douyin", report="orders")

    assert reading.frames["order_lines"][["order_id", "line_id", "paid_micros"]].values.tolist() == [
        ["1", "2", 9_900_000]
    ]
    assert "省" in reading.missing_columns


@pytest.mark.parametrize("header", ["收货地址 ", "订单付款时间 ", "宝贝标题 "])
def test_trailing_space_inside_a_header(fixtures: Path, header: str) -> None:
    path = fixtures / "taobao" / "ExportOrderList201709021818.csv"
    assert f'"{header}"'.encode("gb18030") in path.read_bytes()

    reading = read_export(path, platform="tmall", report="orders")

    assert header.strip() in reading.columns
    assert reading.unknown_columns == ()
    assert reading.frames["orders"]["province"].tolist()[0] == "广东"  # out of `收货地址 `


def test_space_in_the_middle_of_a_header(fixtures: Path) -> None:
    path = fixtures / "taobao" / "ExportItemlList202608111558.csv"
    assert "商品 ID".encode("gb18030") in path.read_bytes()

    lines = read_export(path, platform="tmall", report="items").frames["order_lines"]

    assert set(lines["listing_id"]) == {"680000000001"}


@pytest.mark.parametrize("brackets", ["（）", "()"])
def test_full_width_and_half_width_brackets_in_a_header(brackets: str) -> None:
    opening, closing = brackets
    content = (
        f"售后单号,订单号,商品单号,退商品金额{opening}元{closing},售后状态,售后申请时间\n"
        "7,1,2,9.90,退款成功,2026-09-24 10:00:00\n"
    )

    refunds = read_content(Held(content.encode()), platform="douyin", report="refunds").frames["refunds"]

    assert refunds["refunded_micros"].tolist() == [9_900_000]


def test_byte_order_mark_before_the_header(fixtures: Path) -> None:
    path = fixtures / "douyin" / "1790059202_0123456789abcdef0123456789abcdef.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")

    reading = read_export(path, platform="douyin", report="orders")

    assert (reading.encoding, reading.columns[0]) == ("utf-8-sig", "主订单编号")


def test_id_damaged_by_excel_costs_its_row_and_is_not_guessed() -> None:
    row = "{},10.00,交易成功,2026-05-01 10:00:00,2026-05-01 10:00:05\n"
    content = ORDERS + row.format("6.91793E+18") + row.format("6917926768823643751")

    reading = read_content(Held(content.encode()), platform="tmall", report="orders")

    assert reading.rejected[["file_line", "column", "found"]].values.tolist() == [[2, "订单编号", "6.91793E+18"]]
    assert reading.frames["orders"]["order_id"].tolist() == ["6917926768823643751"]


@pytest.mark.parametrize(
    ("file", "name"), [("退款报表202003121050.xls", "refunds.csv"), ("ExportOrderList202305011200.xlsx", "x.xls")]
)
def test_ending_of_the_name_that_lies(fixtures: Path, file: str, name: str) -> None:
    report = "refunds" if "退款" in file else "orders"

    reading = read_content(Held((fixtures / "taobao" / file).read_bytes()), platform="tmall", report=report, name=name)

    assert reading.container == file.rsplit(".", 1)[1]
    assert len(reading.frames[report]) > 0


@pytest.mark.parametrize("comma", ["，", ","])
def test_paid_status_with_full_width_or_half_width_comma(comma: str) -> None:
    status = f'"买家已付款{comma}等待卖家发货"'
    content = ORDERS + f"1,10.00,{status},2026-05-01 10:00:00,2026-05-01 10:00:05\n"

    orders = read_content(Held(content.encode("gbk")), platform="tmall", report="orders").frames["orders"]

    assert orders["status"].tolist() == ["paid"]


def test_titles_joined_by_a_full_width_comma_make_no_lines(fixtures: Path) -> None:
    # given an order of "锅，铲": which codes it holds only the item report knows
    reading = read_export(fixtures / "taobao" / "ExportOrderList201709021818.csv", platform="tmall", report="orders")

    assert "锅，铲" in reading.raw["text"][0]
    assert set(reading.frames) == {"orders"}


def test_rare_columns_are_known(fixtures: Path) -> None:
    reading = read_export(fixtures / "taobao" / "ExportOrderList201903121048.csv", platform="tmall", report="orders")

    assert {"满返红包金额", "是否村淘订单"} <= set(reading.columns)
    assert reading.unknown_columns == ()
    assert reading.frames["orders"]["status"].tolist() == ["paid"]  # with a half-width comma


def test_refund_amount_says_no_refund_applied(fixtures: Path) -> None:
    path = fixtures / "taobao" / "ExportItemlList202205011200.csv"
    assert "无退款申请".encode("gb18030") in path.read_bytes()

    lines = read_export(path, platform="tmall", report="items").frames["order_lines"]

    assert lines["refunded_micros"].tolist() == [0, 9_500_000, 0]


def test_sub_order_number_that_is_the_orders_own(fixtures: Path) -> None:
    lines = read_export(
        fixtures / "taobao" / "ExportItemlList202205011200.csv", platform="tmall", report="items"
    ).frames["order_lines"]

    assert (lines["line_id"] == lines["order_id"]).tolist() == [True, False, False]
    assert lines["line_id"].is_unique


def test_refunded_line_is_closed_while_its_order_is_open(fixtures: Path) -> None:
    lines = read_export(
        fixtures / "taobao" / "ExportItemlList202205011200.csv", platform="tmall", report="items"
    ).frames["order_lines"]

    of_one_order = lines[lines["order_id"] == "2600000000000000011"]
    assert of_one_order[["status", "refunded_micros"]].values.tolist() == [["closed", 9_500_000], ["shipped", 0]]


def test_file_name_of_digits_is_no_time(fixtures: Path) -> None:
    assert read_export(fixtures / "jd" / "19453840.csv", platform="jd", report="orders").exported_at is None


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("(删除)等待出库", "deleted split order"),
        ("(删除)锁定", "deleted split order"),
        ("(删除)等待确认收货", "deleted split order"),
        ("(删除)暂停", "deleted split order"),
        ("（删除）等待付款", "deleted unpaid order"),
        ("(删除)未付款", "deleted unpaid order"),
        ("等待付款", None),
        ("等待付款确认", None),
        ("锁定", None),
        ("(锁定)等待出库", None),
        ("暂停订单", None),
        ("已取消", None),
        ("已完成", None),
    ],
)
def test_deleted_before_any_status_of_jd(status: str, reason: str | None) -> None:
    content = f"订单号,商品ID,订购数量,应付金额,订单状态,下单时间\n1,100,1,5.00,{status},2026-01-01 10:00:00\n"

    reading = read_content(Held(content.encode("gb18030")), platform="jd", report="orders")

    assert reading.rejected.empty
    assert reading.ignored["reason"].tolist() == ([reason] if reason else [])


def test_douyin_cells_begin_with_a_tab_and_nothing_is_a_dash(fixtures: Path) -> None:
    path = fixtures / "douyin" / "1790059200_0123456789abcdef0123456789abcdef.csv"
    assert b'"\t6917926768823643751"' in path.read_bytes()

    reading = read_export(path, platform="douyin", report="orders")

    lines = reading.frames["order_lines"]
    assert not lines[["order_id", "line_id", "listing_id", "merchant_code", "title"]].stack().str.contains("\t").any()
    assert lines["paid_at"].isna().tolist()[-1]  # `-`
    assert reading.rejected.empty


def test_virtual_phone_with_an_extension_goes_nowhere(fixtures: Path) -> None:
    path = fixtures / "douyin" / "1790059202_0123456789abcdef0123456789abcdef.csv"
    assert b"18400913965-7576" in path.read_bytes()

    reading = read_export(path, platform="douyin", report="orders")

    assert reading.rejected.empty
    assert not any("18400913965" in frame.to_csv() for frame in reading.frames.values())


def test_after_sale_joins_the_sub_order(fixtures: Path) -> None:
    layout = fixtures / "douyin" / "1790059200_0123456789abcdef0123456789abcdef.csv"
    lines = read_export(layout, platform="douyin", report="orders").frames["order_lines"]
    refunds = read_export(
        fixtures / "douyin" / "售后单_202609270215.csv", platform="douyin", report="after_sale"
    ).frames["refunds"]

    joined = refunds.merge(lines[["order_id", "line_id", "merchant_code"]], on="line_id", suffixes=("", "_of_line"))

    assert len(joined) == len(refunds)
    assert (joined["order_id"] == joined["order_id_of_line"]).all()
    assert (joined["merchant_code"] == joined["merchant_code_of_line"]).all()


@pytest.mark.parametrize("spelling", ["动帐流水号", "动账流水号"])
def test_misspelt_headers_are_known_in_either_spelling(spelling: str) -> None:
    content = f"动账时间,{spelling},动账方向,动账金额,动账场景\n2026-09-30 02:00:00,'73,入账,47.52,货款结算入账\n"

    reading = read_content(Held(content.encode()), platform="douyin", report="fund_flow")

    assert reading.frames["money_movements"][["movement_id", "amount_micros"]].values.tolist() == [["73", 47_520_000]]
    found = recognise(["结算时间", "订单号", "子订单号", "结算金额", "结算单类型", "店铺劵", "店铺券"])
    assert found is not None
    assert (found.report, found.unknown) == ("settlement", ())


def test_masked_accounts_are_nobody() -> None:
    header = "订单号,商品ID,订购数量,应付金额,订单状态,下单时间,下单帐号,联系电话\n"
    row = "{},100,1,5.00,已完成,2026-01-01 10:00:00,{},1******6198\n"
    content = header + row.format("1", "jd_****") + row.format("2", "jd_小树")

    orders = read_content(Held(content.encode("gb18030")), platform="jd", report="orders").frames["orders"]

    assert orders["buyer"].fillna("").tolist() == ["", "jd_小树"]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("同意退款，退款成功", "succeeded"),
        ("退款成功", "succeeded"),
        ("售后关闭", "closed"),
        ("售后已拒绝", "closed"),
        ("换货成功", "succeeded"),
        ("补寄成功", "succeeded"),
        ("待收退货", "open"),
        ("待退货", "open"),
        ("售后待处理", "open"),
        ("售后处理中", "open"),
    ],
)
def test_every_after_sale_state_of_douyin_is_known(state: str, status: str) -> None:
    content = (
        f'售后单号,订单号,商品单号,退商品金额（元）,售后状态,售后申请时间\n7,1,2,9.90,"{state}",2026-09-24 10:00:00\n'
    )

    refunds = read_content(Held(content.encode()), platform="douyin", report="refunds").frames["refunds"]

    assert refunds["status"].tolist() == [status]


def test_orders_and_items_of_taobao_are_two_files(fixtures: Path) -> None:
    """Each says its own part, and the items say whose they are."""
    orders = read_export(fixtures / "taobao" / "ExportOrderList201709021818.csv", platform="taobao", report="orders")
    items = read_export(
        fixtures / "taobao" / "ExportOrderDetailList201709021818.csv", platform="taobao", report="order_lines"
    )

    assert set(orders.frames) == {"orders"}
    assert set(items.frames) == {"order_lines"}
    assert set(items.frames["order_lines"]["order_id"]) < set(orders.frames["orders"]["order_id"])


@pytest.mark.parametrize(
    ("platform", "pattern"), [("pinduoduo", "*orders_export2026*.csv"), ("kuaishou", "订单_20260603102000.csv")]
)
def test_an_order_of_one_sku_is_its_own_line(fixtures: Path, platform: str, pattern: str) -> None:
    (file,) = (fixtures / platform).glob(pattern)

    frames = read_export(file, platform=platform, report="orders").frames

    assert len(frames["orders"]) > 1
    orders, lines = (frames[name][["file_line", "order_id"]] for name in ("orders", "order_lines"))
    assert orders.equals(lines)
