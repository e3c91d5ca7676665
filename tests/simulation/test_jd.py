from pathlib import Path

import pandas as pd
import pytest

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.writers import jd
from tests.simulation.reading import fen, table

FOLDER = "jd/2025-11-13"


@pytest.fixture(scope="module")
def orders(written: Path) -> pd.DataFrame:
    return table(written / FOLDER, "[0-9]*.csv")


def test_headers_are_the_platforms_own(formats: str) -> None:
    first = jd.ORDER_HEADER[:30]
    assert ",".join(first) in formats
    assert ",".join(jd.ORDER_HEADER[30:]) in formats
    assert ",".join(jd.SETTLEMENT_HEADER) in formats


def test_totals_repeat_on_every_line_of_an_order(orders: pd.DataFrame) -> None:
    lines = orders.groupby("订单号")
    for column in ("订单金额", "应付金额", "结算金额", "运费金额", "订单状态", "下单时间"):
        assert (lines[column].nunique() == 1).all()
    assert (lines.size() > 1).sum() > 10
    # the order's amount is what its lines and the freight come to
    gross = (fen(orders["京东价"]) * orders["订购数量"].astype(int)).groupby(orders["订单号"]).sum()
    assert (gross + fen(lines["运费金额"].first()) == fen(lines["订单金额"].first())).all()


def test_a_deleted_parent_names_its_children_and_holds_their_lines_and_totals(orders: pd.DataFrame) -> None:
    deleted = orders[orders["订单状态"].str.startswith("(删除)")]
    assert deleted["订单号"].nunique() > 3

    for _, parent in deleted.groupby("订单号"):
        remark = parent["商家备注"].iloc[0]
        children = remark.removeprefix("订单拆分为").split()
        theirs = orders[orders["订单号"].isin(children)]
        assert remark.startswith("订单拆分为  ")
        assert len(children) == 2
        assert set(theirs["订单号"]) == set(children)
        assert sorted(theirs["商家SKUID"]) == sorted(parent["商家SKUID"])
        together = fen(theirs.groupby("订单号")["应付金额"].first()).sum()
        assert fen(parent["应付金额"]).iloc[0] == together
        assert set(theirs["下单帐号"]) == set(parent["下单帐号"])


def test_money_without_the_deleted_parents_is_the_true_money(orders: pd.DataFrame, lived: Specimen) -> None:
    kept = orders[~orders["订单状态"].str.startswith("(删除)")].groupby("订单号").first()
    truth = lived.truth("lines").groupby("number")["payable_fen"].sum()
    freight = lived.truth("orders").set_index("number")["freight_fen"]
    number = kept.index.astype("int64")

    assert (fen(kept["应付金额"]).to_numpy() == (truth.reindex(number) + freight.reindex(number)).to_numpy()).all()


def test_only_personal_cells_and_remarks_are_quoted_and_a_status_leads_with_a_blank(written: Path) -> None:
    (path,) = (written / FOLDER).glob("[0-9]*.csv")
    _, line, *_ = path.read_bytes().decode("gb18030").split("\r\n")

    assert line.count('"') == 10
    assert ", 等待" in line or ", 完成" in line or ", 已取消" in line


def test_the_settlement_tells_every_refund_that_was_paid(written: Path, lived: Specimen) -> None:
    settlement = table(written / FOLDER, "订单结算明细_*.csv")
    refunds = settlement[settlement["售后服务单号"] != ""]
    truth = pd.DataFrame(lived.sales.refunds.arrays())
    truth["shop"] = lived.sales.orders["shop"][truth["order"]]
    paid = truth[
        (truth["shop"] == 1) & (truth["outcome"] == 1) & truth["completed"].between("2025-10-30", "2025-11-14")
    ]

    assert refunds["售后服务单号"].is_unique
    assert -fen(refunds["应结金额"]).sum() == paid["amount_fen"].sum()
    assert (refunds["收支方向"] == "支出").all()
    assert (refunds["售后退款时间"] >= "2025-10-30").all()
    assert len(refunds) > 5
    assert set(settlement["费用名称"]) == {"货款", "佣金"}
