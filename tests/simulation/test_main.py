from pathlib import Path

import pytest

from include.simulation.specimen.business import Specimen
from tests.command_lines import storekeeper

main = storekeeper("specimen")


def test_write_then_go_on_with_orders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # given a small merchant written with two daily folders
    root = tmp_path / "exports"
    arguments = [
        "write",
        "--root",
        str(root),
        "--skus",
        "20",
        "--until",
        "2025-06-18",
        "--history-days",
        "30",
        "--days",
        "2",
    ]
    assert main(arguments) == 0
    assert sorted(path.name for path in (root / "tmall").iterdir()) == ["2025-06-17", "2025-06-18", "history"]

    # when it goes on for two days with orders from a restock list
    specimen = Specimen.load(root / "specimen.npz")
    before = len(specimen.supply.purchases)
    sku = specimen.catalogue.sku_codes[0]
    orders = tmp_path / "orders.csv"
    orders.write_text(f"商品编码,仓库,采购数量,供应商编码\n{sku},华北仓,36,\n{sku},华东仓,0,\n", encoding="utf-8-sig")
    assert main(["go-on", "--root", str(root), "--days", "2", "--orders", str(orders)]) == 0

    # then the days follow, and the list has been ordered once and nothing else
    assert sorted(path.name for path in (root / "jd").iterdir())[1:3] == ["2025-06-18", "2025-06-19"]
    purchases = Specimen.load(root / "specimen.npz").truth("purchase_orders").iloc[before:]
    mine = purchases[purchases["sku"] == sku]
    assert mine[["warehouse", "quantity", "ordered"]].to_numpy().tolist() == [["华北仓", 36, "2025-06-19"]]
    assert "2025-06-20: 16 files" in capsys.readouterr().out


def test_going_on_without_a_business_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["go-on", "--root", str(tmp_path)]) == 1
    assert "run `write` first" in capsys.readouterr().err


def test_other_shops_and_what_goes_wrong_can_be_chosen(tmp_path: Path) -> None:
    # given a merchant on three other platforms, whose Pinduoduo orders are missing on the last day
    arguments = ["write", "--root", str(tmp_path), "--skus", "20", "--until", "2025-06-18", "--history-days", "10"]
    chosen = ["--shops", "pinduoduo", "kuaishou", "shopify", "--stock-keeper", "wangdiantong"]
    assert main([*arguments, "--days", "2", *chosen, "--wrong", "missing:pinduoduo:2025-06-18:orders"]) == 0

    # then their folders are there, each with what its platform exports, and the one report is not
    folders = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert folders == {"pinduoduo", "kuaishou", "shopify", "wangdiantong", "jushuitan"}
    assert len(list((tmp_path / "pinduoduo" / "2025-06-17").iterdir())) == 2
    assert len(list((tmp_path / "pinduoduo" / "2025-06-18").iterdir())) == 1


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--shops", "jd", "tmall", "douyin"], "place 0 can be tmall or one of"),
        (["--shops", "amazon", "amazon", "douyin"], "one place only"),
        (["--wrong", "fire:tmall:2025-06-18"], "no fault called 'fire'"),
    ],
)
def test_a_merchant_that_cannot_be_is_refused(
    more: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["write", "--root", str(tmp_path), *more]) == 2
    assert says in capsys.readouterr().err
