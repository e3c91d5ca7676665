"""A file too large to hold is brought in part by part, and the books say what they say of it brought in whole."""

import base64
import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, select

from benchmarks.ingest import DAY, FILE, NOW, write_export
from include.files.container import Member
from include.files.raw_store import Kept
from include.files.spill import Spilled
from include.pipeline.ingest import Ingested, ingest_shop
from include.pipeline.write_data_docs import results_folder
from include.settings.checking import Checking
from include.settings.loading import load_merchant
from include.settings.reading import Reading
from include.warehouse.books import read_frame
from include.warehouse.tables import LINE_TABLES, exports, order_lines, orders, quarantine
from include.warehouse.tellings import as_told, told
from include.warehouse.workspace import Keys, Workspace, open_workspace

EXAMPLE = Path(__file__).parents[2] / "examples" / "specimen"
ORDERS = "ExportOrderList202511120215.csv"
WHOLE, IN_PARTS = 128, 0.1  # megabytes
LINES = 3_000  # one of them bad


def order_row(number: int, total: str = "10.00") -> str:
    moment = f"2025-11-10 {number % 24:02d}:{number % 60:02d}:00"
    cells = (f"buyer {number}", total, moment, moment, "交易成功", "浙江省 杭州市", "SD")
    return ",".join([f'="{4 * 10**18 + number}"', *(f'"{cell}"' for cell in cells)])


def write_orders(file: Path, rows: list[str]) -> None:
    header = "订单编号,买家会员名,总金额,订单创建时间,订单付款时间,订单状态,收货地址,订单备注"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes("\r\n".join([header, *rows, "合计"]).encode("gb18030"))


@pytest.fixture
def exports_at(tmp_path: Path) -> Path:
    """Items, and orders: one repeated far below, one told again with another amount, one that cannot be read."""
    folder = tmp_path / "exports" / "tmall" / DAY
    write_export(folder / FILE, LINES)
    rows = [order_row(number) for number in range(2_000)]
    rows += [rows[3], order_row(5, total="11.00"), order_row(2_001, total="many")]
    write_orders(folder / ORDERS, rows)
    return tmp_path


def workspace_of(books: Engine, home: Path, megabytes: float, **checking: Any) -> Workspace:
    merchant = load_merchant(EXAMPLE, home)
    merchant = merchant.model_copy(
        update={"reading": Reading(part_megabytes=megabytes), "checking": Checking(**checking)}
    )
    key = base64.b64encode(bytes(range(32))).decode()
    keys = Keys.from_mapping({"vault": {"a": key}, "vault_key_id": "a", "customers": key})
    return open_workspace(merchant, books.url.render_as_string(hide_password=False), keys, home)


def stored(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """What the books hold of all exports, but for the sealed texts, whose nonces differ."""
    found = {}
    for table, order in ((exports, []), (orders, []), (order_lines, []), (quarantine, ["number"])):
        by = ["export_id", *([] if table is exports else ["file_line"]), *order]
        columns = [column for column in table.columns if column.name not in ("sealed_text",)]
        rows = told(table, as_told(table)) if table.name in LINE_TABLES else select(*columns)
        found[table.name] = read_frame(workspace.books, rows).sort_values(by, ignore_index=True)
    return found


def counts(workspace: Workspace) -> list[dict[str, Any]]:
    """What Great Expectations counted, by suite and rule."""
    files = sorted(results_folder(workspace, DAY).rglob("*.json"))
    documents = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return [
        {
            "suite": document["suite_name"],
            "success": document["success"],
            "statistics": document["statistics"],
            "results": [
                (one["expectation_config"]["type"], one["success"], {
                    name: value for name, value in one["result"].items() if name.endswith(("_count", "_list"))
                })
                for one in document["results"]
            ],
        }
        for document in documents
    ]  # fmt: skip


def ingest(workspace: Workspace) -> Ingested:
    return ingest_shop(workspace, "tmall", DAY, NOW)


def test_the_books_hold_the_same_whole_and_in_parts(books: Engine, exports_at: Path) -> None:
    whole = workspace_of(books, exports_at, WHOLE)
    as_a_whole = ingest(whole)
    expected, expected_counts = stored(whole), counts(whole)

    in_parts = workspace_of(books, exports_at, IN_PARTS)
    found = ingest(in_parts)

    assert found.summary() == as_a_whole.summary()
    assert found.whole
    assert found.rows == LINES + 2_004
    assert found.quarantined == 4  # a bad line, an unreadable order, and both rows of the order told twice
    assert found.ignored == 2  # the repeated row and the total
    assert counts(in_parts) == expected_counts
    for name, frame in stored(in_parts).items():
        pd.testing.assert_frame_equal(frame, expected[name], obj=name)
    assert expected["orders"]["customer"].nunique() == 1_999
    # and once more changes nothing
    ingest(in_parts)
    for name, frame in stored(in_parts).items():
        pd.testing.assert_frame_equal(frame, expected[name], obj=name)


def test_an_export_stopped_by_its_last_part_leaves_no_line(books: Engine, exports_at: Path) -> None:
    # given good orders first and then twice as many that cannot be read
    folder = exports_at / "exports" / "tmall" / DAY
    (folder / FILE).unlink()
    write_orders(folder / ORDERS, [order_row(n, total="many" if n >= 500 else "10.00") for n in range(1_500)])
    whole = workspace_of(books, exports_at, WHOLE)
    why = ingest(whole).stopped
    expected = stored(whole)

    in_parts = workspace_of(books, exports_at, IN_PARTS)

    assert ingest(in_parts).stopped == why
    assert list(why) == [ORDERS]
    found = stored(in_parts)
    assert found["orders"].empty
    assert found["exports"][["rows_published", "rows_quarantined"]].to_numpy().tolist() == [[0, 1_500]]
    for name, frame in found.items():
        pd.testing.assert_frame_equal(frame, expected[name], obj=name)


def test_a_file_that_fails_half_way_leaves_what_was_there(
    books: Engine, exports_at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = workspace_of(books, exports_at, IN_PARTS)
    ingest(workspace)
    before = stored(workspace)
    from include.quality.check_export import ExportCheck

    whole = ExportCheck.whole
    monkeypatch.setattr(ExportCheck, "whole", lambda *_: 1 // 0)
    broken = ingest(workspace)
    monkeypatch.setattr(ExportCheck, "whole", whole)

    assert set(broken.failed) == {FILE, ORDERS}
    for name, frame in stored(workspace).items():
        pd.testing.assert_frame_equal(frame, before[name], obj=name)


def test_keys_of_a_large_file_are_known_to_the_next_one(books: Engine, exports_at: Path) -> None:
    folder = exports_at / "exports" / "tmall" / DAY
    write_orders(folder / "ExportOrderList202511120216.csv", [order_row(n, total="12.00") for n in range(1_900, 2_300)])
    workspace = workspace_of(books, exports_at, IN_PARTS)

    ingest(workspace)

    second = stored(workspace)["exports"].set_index("file_name").loc["ExportOrderList202511120216.csv"]
    found = {note.get("column"): note.get("found") for note in json.loads(second["checks"])}
    assert found["keys_seen_elsewhere"] == "100.0"


def as_parquet(file: Path) -> None:
    """Put the csv's cells into a Parquet file of several row groups, in its place."""
    records = list(csv.reader(file.read_text(encoding="gb18030").splitlines()))
    records = [[cell.strip('="') for cell in record] for record in records]
    table = pa.table(dict(zip(records[0], zip(*records[1:], strict=True), strict=True)))
    pq.write_table(table, file.with_suffix(".parquet"), row_group_size=700)
    file.unlink()


def zipped(*files: Path, into: Path) -> None:
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)
            file.unlink()


@pytest.mark.parametrize("container", ["zip > csv", "a zip of two", "parquet", "zip > parquet"])
def test_so_they_do_for_other_containers(
    books: Engine, exports_at: Path, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = exports_at / "exports" / "tmall" / DAY
    items = folder / FILE
    if container.endswith("parquet"):
        as_parquet(items)
        items = items.with_suffix(".parquet")
    if container == "a zip of two":
        zipped(items, folder / ORDERS, into=folder / "ExportOrderList.zip")
    elif container.startswith("zip"):
        zipped(items, into=folder / "ExportItemList.zip")
    whole = workspace_of(books, exports_at, WHOLE)
    as_a_whole = ingest(whole)
    expected, expected_counts = stored(whole), counts(whole)
    assert as_a_whole.whole
    if " of " not in container:
        assert set(expected["exports"]["container"]) == {container, "csv"}

    in_parts = workspace_of(books, exports_at, IN_PARTS)
    for content in (Kept, Member, Spilled):
        monkeypatch.setattr(content, "read", lambda _: pytest.fail("held whole"))
    found = ingest(in_parts)

    assert found.summary() == as_a_whole.summary()
    assert counts(in_parts) == expected_counts
    for name, frame in stored(in_parts).items():
        pd.testing.assert_frame_equal(frame, expected[name], obj=name)
    assert set(in_parts.raw_store().kept()) == set(expected["exports"]["content_hash"])
