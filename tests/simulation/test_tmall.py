from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.writers import tmall
from tests.simulation.reading import fen, plain, table

DAY = date(2025, 11, 13)
FOLDER = "tmall/2025-11-13"


@pytest.fixture(scope="module")
def orders(written: Path) -> pd.DataFrame:
    return table(written / FOLDER, "ExportOrderList202511140215.csv")


@pytest.fixture(scope="module")
def items(written: Path) -> pd.DataFrame:
    return table(written / FOLDER, "ExportItemlList202511140215.csv")


def test_headers_are_the_platforms_own(formats: str) -> None:
    for header in (tmall.ORDER_HEADER, tmall.ITEM_HEADER, tmall.REFUND_HEADER):
        assert ",".join(header) in formats


def test_some_header_cells_end_with_a_blank_and_all_cells_are_quoted(written: Path) -> None:
    (path,) = (written / FOLDER).glob("ExportOrderList*.csv")
    first, second, *_ = path.read_bytes().decode("gb18030").split("\r\n")

    assert '"收货地址 "' in first
    assert '"订单付款时间 "' in first
    assert '"订单创建时间"' in first
    assert second.startswith('="4')
    assert ',"' in second


def test_what_the_buyer_really_paid_is_net_of_refunds(orders: pd.DataFrame) -> None:
    total, left, back = (fen(orders[name]) for name in ("总金额", "买家实际支付金额", "退款金额"))
    paid = orders["订单付款时间"] != ""

    assert (left == total - back)[paid].all()
    assert (left == 0)[~paid].all()
    assert (back == 0)[~paid].all()
    assert (back > 0).sum() > 5
    assert (~paid).sum() > 5


def test_an_order_is_the_sum_of_its_items(orders: pd.DataFrame, items: pd.DataFrame) -> None:
    goods = fen(items["买家应付货款"]).groupby(plain(items["主订单编号"])).sum()
    by_order = orders.set_index(plain(orders["订单编号"])).sort_index()

    assert set(goods.index) == set(by_order.index)
    assert (fen(by_order["买家应付货款"]) == goods).all()
    assert (fen(by_order["总金额"]) == goods + fen(by_order["买家应付邮费"])).all()
    left = fen(items["买家实际支付金额"]).groupby(plain(items["主订单编号"])).sum()
    assert (fen(by_order["买家实际支付金额"]) == left).all()


def test_a_sub_order_bears_the_orders_number_only_when_it_is_alone(items: pd.DataFrame) -> None:
    order, line = plain(items["主订单编号"]), plain(items["子订单编号"])
    alone = order.groupby(order).transform("size") == 1

    assert line.is_unique
    assert (line == order)[alone].all()
    assert (line != order)[~alone].all()
    assert (~alone).sum() > 10


def test_titles_of_several_goods_are_joined(orders: pd.DataFrame) -> None:
    several = orders[orders["宝贝种类"] == "2"]
    assert (several["宝贝标题"].str.count("，") == 1).all()
    assert len(several) > 5


def test_statuses_and_the_reasons_of_closing(orders: pd.DataFrame) -> None:
    assert set(orders["订单状态"]) == {
        "等待买家付款",
        "买家已付款，等待卖家发货",
        "卖家已发货，等待买家确认",
        "交易成功",
        "交易关闭",
    }
    closed, paid = orders["订单状态"] == "交易关闭", orders["订单付款时间"] != ""
    assert set(orders["订单关闭原因"][closed & ~paid]) == {"买家未付款"}
    assert set(orders["订单关闭原因"][closed & paid]) == {"退款"}
    assert set(orders["订单关闭原因"][~closed]) == {"订单未关闭"}


def test_no_refund_is_told_in_words(items: pd.DataFrame) -> None:
    none = items["退款状态"] == "没有申请退款"
    assert set(items["退款金额"][none]) == {"无退款申请"}
    assert (fen(items["退款金额"][items["退款状态"] == "退款成功"]) > 0).all()


def test_brushing_and_gifts_are_marked_by_the_merchant(orders: pd.DataFrame, lived: Specimen) -> None:
    truth = lived.truth("orders").set_index("number")["kind"]
    kind = truth.reindex(plain(orders["订单编号"]).astype("int64")).to_numpy()

    assert ((orders["商家备忘"] == "SD") == (kind == "brushing")).all()
    assert ((orders["商家备忘"] == "赠品") == (kind == "gift")).all()
    assert (fen(orders["总金额"])[kind == "gift"] == 0).all()
    assert (kind == "brushing").any()
    assert (kind == "gift").any()


def test_the_same_order_shows_less_once_it_was_refunded(lived: Specimen, tmp_path: Path) -> None:
    # given an order that was paid by the 6th and whose refund went through between the 7th and the 12th
    early, late = date(2025, 11, 6), date(2025, 11, 12)
    lived.write_day(tmp_path, early)
    lived.write_day(tmp_path, late)

    # when it is exported on both days
    before, after = (
        table(tmp_path / "tmall" / day.isoformat(), "ExportOrderList*.csv").set_index("订单编号")
        for day in (early, late)
    )
    both = before.index.intersection(after.index)
    less = fen(after.loc[both, "买家实际支付金额"]) < fen(before.loc[both, "买家实际支付金额"])

    # then the later export nets what the earlier did not know, and the total stands
    assert less.any()
    assert (before.loc[both, "总金额"] == after.loc[both, "总金额"])[less].all()
    assert (fen(after.loc[both, "退款金额"]) > fen(before.loc[both, "退款金额"]))[less].all()


def test_nicks_and_phones_are_masked_as_the_platform_does(orders: pd.DataFrame, lived: Specimen) -> None:
    truth = lived.truth("orders").set_index("number")["customer"]
    customer = truth.reindex(plain(orders["订单编号"]).astype("int64")).to_numpy()
    # many customers share one masked nick, and it is no key to any of them
    assert orders["买家会员名"].str.fullmatch(r".\*\*\d").all()
    assert pd.Series(customer).groupby(orders["买家会员名"]).nunique().min() > 1
    assert plain(orders["联系手机"]).str.lstrip("'").str.fullmatch(r"100\d{8}-\d{4}").all()
    paid = orders["订单付款时间"] != ""
    days = pd.to_datetime(orders["虚拟号过期时间"][paid]) - pd.to_datetime(orders["订单创建时间"][paid])
    assert set(days.dt.days) == {90}


def test_refunds_are_a_true_xls_and_agree_with_the_orders(written: Path, orders: pd.DataFrame) -> None:
    (path,) = (written / FOLDER).glob("退款报表*.xls")
    header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    refunds = pd.DataFrame(rows, columns=header)

    assert path.read_bytes().startswith(b"\xd0\xcf\x11\xe0")
    assert tuple(header) == tmall.REFUND_HEADER
    assert refunds["退款编号"].is_unique
    done = refunds[(refunds["退款状态"] == "退款成功")]
    back = fen(done["买家退款金额"]).groupby(done["订单编号"]).sum()
    shown = fen(orders.set_index(plain(orders["订单编号"]))["退款金额"])
    assert (shown.reindex(back.index) >= back).all()
    assert len(back) > 5
