from pathlib import Path

import pytest

from include.specimen.__main__ import main
from include.specimen.business import Specimen


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
    assert "2025-06-20: 15 files" in capsys.readouterr().out


def test_going_on_without_a_business_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["go-on", "--root", str(tmp_path)]) == 1
    assert "run `write` first" in capsys.readouterr().err
