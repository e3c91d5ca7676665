"""What a day says of its files, models and lists is what is so."""

import errno
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from include.pipeline import ingest
from include.pipeline.close import NotClosedError, close_note
from include.pipeline.recall import publish_recall_list
from include.pipeline.restock import publish_restock_lists
from include.pipeline.write_data_docs import draw_data_docs
from include.replenishment.planning_data import RULE
from include.tasks.document import read_document
from include.tasks.publish_list import document_of
from include.warehouse import model_registry
from tests.command_lines import storekeeper
from tests.pipeline.erp_merchant import DAY, PRODUCTS, SOLD, STOCK, ErpMerchant, day_of, product, sale

main = storekeeper("inspect")


@pytest.fixture
def shop(tmp_path: Path, books: Engine) -> ErpMerchant:
    merchant = ErpMerchant.at(tmp_path, books)
    merchant.put("erp", DAY, "商品库存_w1_2026-05-12.csv", STOCK, "A,30,30,0,0,w1")
    merchant.put("erp", DAY, "商品资料_x.csv", PRODUCTS, product("A"))
    merchant.put("web", DAY, "sales.csv", SOLD, sale("1", "A"), sale("2", "A"))
    return merchant


def notes_of(merchant: ErpMerchant, kind: str) -> list[str]:
    with merchant.workspace.books.connect() as connection:
        document = document_of(connection, kind, DAY)
    assert document is not None
    return [note["en"] for note in read_document(document).notes]


def test_a_shop_whose_file_was_stopped_is_not_called_late(shop: ErpMerchant) -> None:
    # given a file of the web shop that is cut off, and the erp that has not come
    path = shop.put("web", DAY, "sales.csv", SOLD, sale("1", "A"))
    path.write_text(path.read_text()[:-20], encoding="utf-8")
    shop.ingest(DAY, "web")
    shop.close(DAY)
    # then the note tells the two apart, and why the file was held back
    note = close_note(shop.workspace, DAY)
    assert note is not None
    zh, en = note
    assert "erp had not delivered by the cut-off" in en
    assert "web had delivered, but the file sales.csv was held back" in en
    assert "the file is cut off" in en
    assert "web 已交付，但文件 sales.csv 被拦下" in zh
    # and the mended file ends it
    shop.put("web", DAY, "sales.csv", SOLD, sale("1", "A"))
    shop.live(DAY)
    assert close_note(shop.workspace, DAY) is None


@pytest.mark.parametrize("publish", [publish_restock_lists, publish_recall_list])
def test_lists_of_a_day_that_is_not_closed_are_refused_with_what_to_do(publish: Any, shop: ErpMerchant) -> None:
    shop.live(DAY)
    later = day_of(1)
    with pytest.raises(NotClosedError) as error:
        publish(shop.workspace, later, shop.now(later))
    told = str(error.value)
    assert told.startswith(f"{later} is not closed (it waits for web, erp)")
    assert f"the newest closed day is {DAY}" in told
    assert "close_day" in told


def test_a_damaged_demand_model_is_told_and_the_rule_takes_its_place(shop: ErpMerchant, tmp_path: Path) -> None:
    # given a champion whose file is changed on the disk
    shop.live(DAY)
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "model.json").write_text('{"q": 0.1}', encoding="utf-8")
    model_id, _ = model_registry.register(shop.workspace, "demand", day_of(-1), saved, {}, is_released=True)
    file = Path(shop.workspace.merchant.models) / model_id / "model.json"
    champion = model_registry.champion_of(shop.workspace, "demand", DAY)
    assert champion is not None
    assert champion.damage() is None
    file.write_text('{"q": 0.9}', encoding="utf-8")
    # when the lists are made
    made = publish_restock_lists(shop.workspace, DAY, shop.now(DAY))
    # then they rest on the rule, say so, and name the folder
    assert made["model"] == RULE
    (note,) = [one for one in notes_of(shop, "restock") if "The forecasting model is damaged" in one]
    assert model_id in note


def test_a_damaged_churn_model_is_no_model_of_an_earlier_release(shop: ErpMerchant, tmp_path: Path) -> None:
    shop.live(DAY)
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "churn.json").write_text("{}", encoding="utf-8")
    model_id, _ = model_registry.register(shop.workspace, "churn", day_of(-1), saved, {}, is_released=True)
    (Path(shop.workspace.merchant.models) / model_id / "churn.json").write_text("{", encoding="utf-8")
    publish_recall_list(shop.workspace, DAY, shop.now(DAY))
    told = " ".join(notes_of(shop, "recall"))
    assert "The churn model is damaged" in told
    assert model_id in told
    assert "earlier release" not in told


def test_a_full_disk_and_a_database_that_is_gone_are_no_faults_of_ours(
    shop: ErpMerchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ingest, "bring", full)
    (why,) = shop.ingest(DAY, "web").failed.values()
    assert why.startswith("磁盘已满（No space left on device）")
    assert "文件还没有存入原始库" in why
    monkeypatch.undo()

    def full_books(*_: Any, **__: Any) -> None:
        raise RuntimeError("INTERNAL: [SQLite] database or disk is full")

    monkeypatch.setattr(ingest, "publishing", full_books)
    (why,) = shop.ingest(DAY, "web").failed.values()
    assert why.startswith("磁盘已满（database or disk is full）")
    assert "文件已存入原始库" in why


def test_a_file_s_name_is_text_in_the_data_docs(shop: ErpMerchant) -> None:
    hostile = "1<svg onload=alert(1)>.csv"
    shop.put("web", DAY, hostile, SOLD, sale("7", "A"), sale("8", "A", units=0))
    shop.live(DAY)
    index = draw_data_docs(shop.workspace, DAY)
    assert index is not None
    pages = list(Path(index).parent.rglob("*.html"))
    assert len(pages) > 5
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<svg onload" not in text, page
        assert "Content-Security-Policy" in text, page


def test_the_check_command_says_what_the_day_says(shop: ErpMerchant, capsys: pytest.CaptureFixture[str]) -> None:
    # given a file of which the reader takes every row and the checks hold one back, and a shop's settings for it
    content = [SOLD, *(sale(str(n), "A") for n in range(30)), sale("77", "A", units=0)]
    file = shop.put("web", DAY, "sales.csv", *content)
    home = shop.workspace.home
    declared = dict(shop.workspace.merchant.shop("web").reports["sales"].declared or {})
    settings = {
        "platform": "declared",
        "name": "web",
        "source": {"path": "/x/{day}"},
        "reports": {"sales": {"pattern": "*.csv", "declared": declared}},
    }
    (home / "shops").mkdir()
    (home / "merchant.yaml").write_text("checking: {quarantine_ceiling: 1.0}\n")
    (home / "shops" / "web.yaml").write_text(json.dumps(settings, default=dict), encoding="utf-8")
    # when both look at it
    assert main([str(file), "--shop", str(home / "shops" / "web.yaml"), "--rows"]) == 0
    told = capsys.readouterr().out
    done = shop.ingest(DAY, "web")
    # then they say the same, the row with its reason
    assert f"{done.rows}: {done.published} published, {done.quarantined} rejected" in told
    assert (done.published, done.quarantined) == (30, 1)
    assert "held back    1: Quantity is at least 1 and a possible number, first in line 32" in told
    assert "line 32      rejected: quantity, expected" in told


def test_a_file_that_the_day_stops_is_stopped_by_the_command_with_the_currency(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a Shopify export in EUR, and a shop without `currency:`
    header = "Name,Email,Financial Status,Paid at,Created at,Currency,Subtotal,Total,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku"  # noqa: E501
    moment = "2026-05-12 10:00:00 +0800"
    rows = [f"#{n},b{n}@x.de,paid,{moment},{moment},EUR,9.00,9.00,1,Tea,9.00,A" for n in range(1000, 1020)]
    file = tmp_path / "orders_export.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    yaml = tmp_path / "kasse.yaml"
    yaml.write_text(
        'name: kasse\nplatform: shopify\nsource: {path: "/x/{day}"}\nreports: {orders: {pattern: "orders_*"}}\n'
    )
    assert main([str(file), "--shop", str(yaml)]) == 1
    told = capsys.readouterr().out
    assert "stopped" in told
    assert "Currency: found EUR, expected CNY, the currency of the shop (say `currency:` in the shop's YAML)" in told


@pytest.mark.postgres
def test_two_at_once_wait_for_each_other_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    from tests.copies import emptied

    books: Engine = emptied(postgres_url)
    merchant = ErpMerchant.at(tmp_path, books)
    merchant.put("erp", DAY, "商品库存_w1_2026-05-12.csv", STOCK, *(f"S{n},3,3,0,0,w1" for n in range(50)))
    merchant.put("web", DAY, "sales.csv", SOLD, *(sale(str(n), "A") for n in range(200)))
    with ThreadPoolExecutor(2) as both:
        for shop in ("web", "erp"):
            done = list(both.map(lambda _, shop=shop: merchant.ingest(DAY, shop), range(2)))
            assert all(one.whole for one in done), [list(one.problems()) for one in done]
        closed = list(both.map(lambda _: merchant.close(DAY), range(2)))
    assert {one.close.revision for one in closed if one} == {1}
    assert len(merchant.lines("order_lines")) == 200
    assert int(pd.to_numeric(merchant.facts("demand")["units"]).sum()) == 400
