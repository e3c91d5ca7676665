"""Names, phones, addresses, mail addresses and messages that stand in the exports stand nowhere else afterwards.

They are planted into every personal column of eight platforms' exports, and a day goes from ingestion to pushed lists,
with files that fail in every way that quotes something. Then everything that it left behind is searched: books, raw
store, results, Data Docs, lists, backups, temporary files, logs, what commands print.
"""

import dataclasses
import logging
import random
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.pipeline.push import deliver_waiting
from include.pipeline.upkeep import back_up, retire_raw_files, verify
from include.pipeline.write_data_docs import draw_data_docs
from include.platforms import registry
from include.simulation.specimen import export_files
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.faults import RENAMED_COLUMNS, Fault
from include.simulation.specimen.settings import SpecimenSettings
from include.simulation.specimen.writers import kuaishou
from include.warehouse.publish import ledger_of
from include.warehouse.workspace import Workspace
from tests.command_lines import storekeeper
from tests.copies import new_workspace
from tests.leaks import contents
from tests.pipeline.conftest import EXAMPLE, Desk, load_merchant
from tests.planted import MAIL, MESSAGE, NAME, NICK, PHONE, PLANTED, STREET, planted

inspect = storekeeper("inspect")

listings = storekeeper("listings")

OPENING, DAY = date(2025, 11, 4), date(2025, 11, 5)
HISTORY_DAYS = 8

OTHERS = {
    "pinduoduo": "orders: {pattern: '*orders_export*'}\n  refunds: {pattern: '*售后*', required: false}",
    "kuaishou": "orders: {pattern: '订单*'}\n  refunds: {pattern: '*售后*', required: false}",
    "shopify": "orders: {pattern: 'orders_export*'}",
    "youzan": "orders: {pattern: '订单*'}\n  order_lines: {pattern: '商品*'}",
    "amazon": "orders: {pattern: 'all_orders*'}",
}


@pytest.fixture
def desk(tmp_path: Path, keys: Any, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Eight shops and their ERP, whose exports of a history and of a day are full of planted texts."""
    home, merchant = tmp_path / "home", tmp_path / "merchant"
    shutil.copytree(EXAMPLE, merchant)
    for shop, reports in OTHERS.items():
        (merchant / "shops" / f"{shop}.yaml").write_text(
            f"name: {shop}\nplatform: {shop}\n"
            f"source: {{path: '{{home}}/exports/{shop}/{{day}}', history: '{{home}}/exports/{shop}/history', "
            f"settle_seconds: 0}}\nreports:\n  {reports}\nremark_marks: {{SD: brushing, 赠品: gift}}\n"
        )
    write = export_files.write_sheet
    monkeypatch.setattr(export_files, "write_sheet", lambda sheet, folder: write(planted(sheet), folder))
    wrong = Fault(RENAMED_COLUMNS, "douyin", DAY, reports=("after_sale",), columns=("售后单号",))
    for shops in (("tmall", "jd", "douyin"), ("pinduoduo", "kuaishou", "shopify"), ("youzan", "amazon", "douyin")):
        first = OPENING - timedelta(days=HISTORY_DAYS - 1)
        business = Specimen(SpecimenSettings(seed=5, skus=20, first_day=first, shops=shops, lines_per_sku_day=2.0))
        business.run_history(HISTORY_DAYS)
        business.write_history(home / "exports", OPENING)
        business.step(DAY)
        business.write_day(home / "exports", DAY, [wrong])
    return Desk(new_workspace(load_merchant(merchant, home), f"sqlite:///{home}/books.sqlite", keys, home))


def spoil(folder: Path) -> None:
    """Beside Tmall's good files, those that fail."""
    (good,) = folder.glob("ExportOrderList*")
    lines = good.read_bytes().splitlines(keepends=True)
    head, rows = lines[0], lines[1:]

    def save(number: int, content: bytes) -> None:
        (folder / f"ExportOrderList2025110603{number:02d}.csv").write_bytes(content)

    save(1, b"".join(rows))  # without its header
    save(2, head.rstrip(b'"\r\n') + b"\r\n" + b"".join(rows))  # a quote of its header is never closed
    shifted = []
    for places in range(1, 46):
        cells = rows[places].rstrip(b"\r\n").split(b",")
        shifted.append(b",".join(cells[places:] + cells[:places]) + b"\r\n")
    save(3, head + b"".join(rows + shifted))  # rows whose cells stand under other columns
    save(4, head + b"".join(row.replace(b'"0"', b'"' + PHONE.encode() + b'"') for row in rows))
    numbers = random.Random(7)
    for number in range(5, 13):  # bytes changed, taken out, put in
        data = bytearray(b"".join(lines))
        for _ in range(30):
            at = numbers.randrange(len(data))
            match numbers.randrange(3):
                case 0:
                    data[at] = numbers.choice(b'",\r\n\t0a')
                case 1:
                    del data[at : at + numbers.randint(1, 6)]
                case 2:
                    data[at:at] = numbers.choice([b",", b'"', b"\n", b"\r\n"])
        save(number, bytes(data))
    save(13, b"\xff\xfe\x00" + b"".join(rows))


def pages_of(workspace: Workspace) -> dict[str, str]:
    """Address -> what the desk shows there to somebody with every right."""
    from fastapi.testclient import TestClient
    from sqlalchemy import select

    from include.desk.application import make_desk
    from include.desk.host import Host
    from include.desk.rights import Visitor
    from include.settings.desk import Desk as Rights
    from include.tasks.task_tables import tasks
    from include.warehouse.tables import facts_customer_orders

    rights = Rights(**dict.fromkeys(("viewer", "planner", "clerk", "approver", "engineer", "unmask"), ("li",)))
    own = dataclasses.replace(workspace, merchant=workspace.merchant.model_copy(update={"desk": rights}))

    async def visitor(_: Any) -> Visitor:
        return Visitor("li")

    now = datetime(2025, 11, 6, 1, tzinfo=UTC)
    host = Host(lambda: own, visitor, lambda path: path, "/", b"for tests alone", lambda: now, lambda _: None)
    client = TestClient(make_desk(host), follow_redirects=False)
    with workspace.books.connect() as books:
        lines = books.scalars(select(tasks.c.task_id).limit(20)).all()
        customers = books.scalars(select(facts_customer_orders.c.customer).distinct().limit(40)).all()
    addresses = [
        "/",
        "/lists/restock",
        "/lists/transfer",
        "/lists/chase",
        "/lists/excess",
        "/lists/recall",
        "/suppliers",
    ]
    addresses += [f"/shops/{shop.name}/{DAY}" for shop in workspace.merchant.shops]
    addresses += [f"/tasks/{one}" for one in lines] + [f"/customers/{one[:12]}" for one in customers]
    answers = {one: client.get(one) for one in addresses}
    return {address: answer.text for address, answer in answers.items() if answer.status_code == 200}


def test_planted_people_stand_in_no_place_but_the_exports(
    desk: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    caplog.set_level(logging.DEBUG)
    told: list[str] = []

    # given an adapter of ours that stumbles, and says over what
    refunds = registry.REPORTS["taobao"]["refunds"]

    def stumble(rows: pd.DataFrame, context: object) -> dict[str, pd.DataFrame]:
        raise ValueError(f"what is {NAME} of {PHONE}?")

    monkeypatch.setitem(registry.REPORTS["taobao"], "refunds", dataclasses.replace(refunds, build=stumble))
    spoil(desk.folder("tmall", DAY))

    # when the day is lived through, with the wrong password first
    from include.pipeline.ingest import ingest_shop

    shops = [shop.name for shop in desk.workspace.merchant.shops]
    for day, history in ((OPENING, True), (DAY, False)):
        for shop in shops:
            for password in ("wrong", kuaishou.PASSWORD) if shop == "kuaishou" else (None,):
                result = ingest_shop(
                    desk.workspace, shop, day.isoformat(), desk.morning_after(day), history=history, password=password
                )
                told += [repr(result), repr(result.summary()), *(why for _, why in result.problems())]
        desk.close(day, without_late_shops=True)
    desk.lists(DAY)
    assert deliver_waiting(desk.workspace, {}, desk.morning_after(DAY))["sent"] == 5
    assert draw_data_docs(desk.workspace, DAY.isoformat()) is not None
    back_up(desk.workspace, DAY.isoformat(), desk.morning_after(DAY))
    retire_raw_files(desk.workspace, DAY.isoformat())
    verify(desk.workspace, desk.morning_after(DAY))
    monkeypatch.setitem(registry.REPORTS["taobao"], "refunds", refunds)
    for path in [*desk.folder("tmall", DAY).iterdir(), *desk.folder("kuaishou", DAY).iterdir()]:
        inspect([str(path), "--password", kuaishou.PASSWORD])
        inspect([str(path), "--password", kuaishou.PASSWORD, "--rows"])
        inspect(["--headers", str(path), "--password", kuaishou.PASSWORD])
    listings(["--books", str(desk.workspace.books.url), "unmapped", "--day", DAY.isoformat()])

    pages = pages_of(desk.workspace)

    print("\n".join(told))
    # then all of it was there, was read by every platform, and failed where it should
    ledger = ledger_of(desk.workspace.books)
    published = ledger[ledger["rows_published"] > 0]
    assert set(published["shop"]) == set(shops)
    assert len(ledger[ledger["state"] == "stopped"]) >= 3
    assert ledger["rows_quarantined"].sum() > 30
    assert any("ValueError，include" in why for why in told)
    there = {text for found in PLANTED.leaks(contents(desk.home / "exports")).values() for text in found}
    assert {NAME, NICK, PHONE, MAIL, STREET, MESSAGE} <= {text.split(" as ")[0] for text in there}
    assert {"UTF-8", "GB18030"} <= {text.split(" as ")[1] for text in there}
    # and it stands nowhere else
    left = contents(tmp_path, leave_out=[desk.home / "exports"])
    assert any(place.endswith(".sealed") for place in left)
    assert any(".xlsx > " in place for place in left)
    assert any(": quarantine " in place for place in left)
    captured = capfd.readouterr()
    said = {"log": caplog.text, "stdout": captured.out, "stderr": captured.err, "results": "\n".join(told)}
    assert len(said["stdout"]) > 5_000
    assert len(pages) > 60
    assert PLANTED.leaks({**left, **{where: text.encode() for where, text in {**said, **pages}.items()}}) == {}


def test_planted_texts_are_found_however_they_are_packed(tmp_path: Path) -> None:
    """The search itself: every writing of a text is found in a file, a zip and a table."""
    import base64
    import json
    import sqlite3
    import zipfile
    import zlib

    text = f"…{NAME}…"
    with zipfile.ZipFile(tmp_path / "inner.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", text.encode("gb18030"))
    with zipfile.ZipFile(tmp_path / "outer.xlsx", "w") as archive:
        archive.write(tmp_path / "inner.zip", "b.zip")
    (tmp_path / "inner.zip").unlink()
    for number in range(3):
        (tmp_path / f"{number}.b64").write_bytes(base64.b64encode(b"x" * number + text.encode() + b"yy"))
    (tmp_path / "c.json").write_text(json.dumps({"who": text}))
    (tmp_path / "d.txt").write_bytes(text.encode("utf-16"))
    with sqlite3.connect(tmp_path / "e.sqlite") as books:
        books.execute("CREATE TABLE t (document BLOB)")
        books.execute("INSERT INTO t VALUES (?)", [zlib.compress(text.encode())])

    found = PLANTED.leaks(contents(tmp_path))

    assert {Path(place.split(" > ")[0].split(": ")[0]).name for place in found} == {
        "outer.xlsx", "0.b64", "1.b64", "2.b64", "c.json", "d.txt", "e.sqlite",
    }  # fmt: skip
