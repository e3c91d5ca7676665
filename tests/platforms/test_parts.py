"""A file read in parts says what it says read whole, wherever it is cut."""

import io
import random
import tempfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.exports.parts import read_in_parts
from include.files.content import Held
from include.files.errors import ExportError
from include.files.text import csv_records
from include.files.text.text_stream import examined, likely
from include.files.workbooks import workbook
from include.platforms.read_export import ask
from tests.platforms.mutations import mutated
from tests.platforms.test_mutated import Known, known_files
from tests.platforms.whole_and_parts import is_csv, read_parts, read_whole, told

FILES = [known for known in known_files() if is_csv(known.path.read_bytes(), known.path.name)]
MUTATED = 150
SEED = 20261122
JD = (
    "订单号,商品ID,商品名称,订购数量,下单时间,京东价,应付金额,订单状态,付款确认时间,商家SKUID,"
    "下单帐号,客户地址,商家备注"
)
DOUYIN = (
    "主订单编号,子订单编号,选购商品,商品数量,商品ID,商家编码,商品单价,订单应付金额,订单提交时间,支付完成时间,订单状态"
)


@pytest.fixture(autouse=True)
def _short_looks_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that small files are cut too where quotes are broken; and a part is not held back for a few blocks."""
    monkeypatch.setattr(csv_records, "LONGEST_RECORD_LINES", 4)
    monkeypatch.setattr("include.exports.parts.BLOCKS", 2)


@pytest.mark.parametrize("known", FILES, ids=lambda known: known.path.name)
@pytest.mark.parametrize("part_bytes", [150, 700])
def test_every_fixture_in_parts_says_what_it_says_whole(known: Known, part_bytes: int) -> None:
    content, settings = known.path.read_bytes(), {"platform": known.platform, "report": known.report}
    parts, _ = read_parts(content, known.path.name, part_bytes, **settings)
    assert parts == read_whole(content, known.path.name, **settings)


def test_so_does_every_damaged_file() -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    compared = in_parts = 0
    for number in range(MUTATED):
        known, seed = FILES[number % len(FILES)], rng.randrange(2**32)
        name, content = mutated(known.path, seed)
        if not is_csv(content, name) or len(content) > 200_000:
            continue
        settings = {"platform": known.platform, "report": known.report}
        parts, count = read_parts(content, name, 150, **settings)
        assert parts == read_whole(content, name, **settings), f"mutated({known.path.name}, {seed})"
        compared, in_parts = compared + 1, in_parts + (count > 1)
    assert compared > MUTATED / 2
    assert in_parts > compared / 5


def jd_row(order: int, line: int, note: str = "") -> str:
    moment = f"2026-05-01 10:{order % 60:02d}:00"
    goods = f"{900 + line},锅,{line},{moment},10.00,{60 + order}.00,完成,{moment},SKU-{line}"
    return f'{order},{goods},buyer{order},浙江省,"{note}"'


def test_lines_of_an_order_meet_however_far_apart_they_stand() -> None:
    # given three lines of each of 40 orders, all first lines before all second ones before all third ones, in GBK; a
    # line repeated at the end, one whose quantity cannot be read, and line breaks in cells
    rows = [jd_row(order, line, "两\n行" if order % 7 == 0 else "") for line in (1, 2, 3) for order in range(100, 140)]
    rows[45] = rows[45].replace(",2,2026", ",许多,2026")
    content = "\r\n".join([JD, *rows, rows[3], "合计"]).encode("gb18030")
    settings = {"platform": "jd", "report": "orders", "remark_marks": {"刷": "brushing"}}

    parts, count = read_parts(content, "jd.csv", 1_000, **settings)

    assert count > 5
    assert parts == read_whole(content, "jd.csv", **settings)
    assert not isinstance(parts, str)
    assert len(parts["frames"]["orders"]) == 1 + 40
    assert [reason for _, reason in parts["ignored"][1:]] == ["'repeated line'", "'total line'"]


def test_a_line_id_that_two_orders_claim_is_seen_in_one_part() -> None:
    # given line ids that stand once, but for one that an order at the beginning and one at the end both claim
    rows = [f"{n},L{n % 90},锅,1,7,SKU,1.00,1.00,2026-05-01 10:00:00,2026-05-01 10:00:00,已完成" for n in range(91)]
    content = "\n".join([DOUYIN, *rows]).encode()
    with read_in_parts(Held(content), ask("d.csv", platform="douyin", report="orders"), part_bytes=900) as readings:
        parts = [set(reading.frames["order_lines"]["order_id"]) for reading in readings]

    assert len(parts) > 3
    assert [part for part in parts if "0" in part] == [{"0", "90"}]


def test_the_currency_is_that_of_most_rows_of_the_file() -> None:
    # given dollars at the beginning and more yen after them
    header = (
        "Name,Financial Status,Paid at,Created at,Currency,Total,Subtotal,Lineitem sku,Lineitem quantity,Lineitem price"
    )
    rows = [
        f"#{n},paid,2026-05-01 10:00:00 +0800,2026-05-01 10:00:00 +0800,{'USD' if n < 40 else 'JPY'},5.00,5.00,A,1,5.00"
        for n in range(100)
    ]
    content = "\n".join([header, *rows]).encode()
    settings = {"platform": "shopify", "report": "orders"}

    parts, count = read_parts(content, "orders_export.csv", 800, **settings)

    assert count > 5
    assert parts == read_whole(content, "orders_export.csv", **settings)
    assert not isinstance(parts, str)
    assert parts["currency"] == "JPY"
    assert len(parts["rejected"]) == 1 + 40


@pytest.mark.parametrize("part_bytes", [9_000, 31_000])  # a block is one batch; several, and some are left at the end
def test_a_parquet_file_of_several_row_groups(part_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # given the lines of 600 orders in groups of 70 rows, the second lines of all after all first ones, with numbers,
    # moments and gaps as Parquet has them
    monkeypatch.setattr(workbook, "_BATCH_ROWS", 25)
    orders = list(range(300)) * 2
    table = pa.table({
        "order": pa.array(orders), "line": pa.array([f"L{n}" for n in range(600)]),
        "title": pa.array(["锅\t大" if n % 3 else None for n in range(600)]).dictionary_encode(),
        "quantity": pa.array([None if n == 411 else n % 5 + 1 for n in range(600)]),
        "price": pa.array([n / 4 for n in range(600)]),
        "paid": pa.array([Decimal(n) / 100 for n in range(600)], pa.decimal128(12, 2)),
        "at": pa.array([datetime(2026, 5, 1, 10, n % 60) for n in range(600)]),
    })  # fmt: skip
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=70)
    content = file.getvalue()
    declared = {
        "frame": "order_lines",
        "columns": {"order_id": "order", "line_id": "line", "title": "title", "quantity": "quantity",
                    "unit_price": "price", "paid": "paid", "created_at": "at", "merchant_code": "line"},
        "constants": {"status": "completed"},
    }  # fmt: skip
    settings = {"platform": "declared", "report": "lines", "declared": declared}

    with read_in_parts(Held(content), ask("x.parquet", **settings), part_bytes=part_bytes) as readings:
        parts = list(readings)

    assert len(parts) > 1
    assert told(parts) == read_whole(content, "x.parquet", **settings)
    assert sum(len(part.frames["order_lines"]) for part in parts) == 599
    assert len({order for part in parts for order in set(part.frames["order_lines"]["order_id"])}) == 300
    assert sum(part.frames["order_lines"]["order_id"].nunique() for part in parts) == 300  # each in one part


@pytest.mark.parametrize("rows", [0, 1])
def test_a_parquet_file_of_hardly_any_row(rows: int) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({name: pa.array(["1"] * rows, pa.string()) for name in JD.split(",")}), file)
    settings = {"platform": "jd", "report": "orders"}

    with read_in_parts(Held(file.getvalue()), ask("jd.parquet", **settings), part_bytes=10) as readings:
        assert told(list(readings)) == read_whole(file.getvalue(), "jd.parquet", **settings)


def test_a_damaged_parquet_file_is_told_when_its_damage_is_met() -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({name: [f"{n}" for n in range(500)] for name in JD.split(",")}), file, row_group_size=100)
    content = bytearray(file.getvalue())
    content[len(content) // 3 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 3)
    settings = {"platform": "jd", "report": "orders"}

    with (
        pytest.raises(ExportError, match="the Parquet file is damaged"),
        read_in_parts(Held(bytes(content)), ask("jd.parquet", **settings), part_bytes=1_000) as readings,
    ):
        list(readings)


@pytest.mark.parametrize(
    ("end", "encoding", "read_as"),
    [
        ("锅", "gb18030", "gb18030"),
        ("锅\udcff", "gb18030", "gb18030"),
        ("锅", "utf-8", "utf-8"),
        ("a\rb", "utf-8", "utf-8"),
        ("锅\udcff", "utf-8", "cp1252"),  # as which these four bytes are no damage
    ],
)
def test_a_file_whose_end_belies_its_beginning(end: str, encoding: str, read_as: str) -> None:
    # given two megabytes of plain ASCII, and a last row that tells another encoding, a damaged one or a lone return
    rows = [f"{n},900,pan,1,2026-05-01 10:00:00,10.00,60.00,完成,,SKU,b,c,".replace("完成", "x") for n in range(40_000)]
    rows.append(f"99,900,{end},1,2026-05-01 10:00:00,10.00,60.00,x,,SKU,b,c,")
    header = "order,listing,title,quantity,created,price,total,state,paid,sku,buyer,address,note"
    content = "\r\n".join([header, *rows]).encode(encoding, "surrogateescape")
    declared = {
        "frame": "order_lines",
        "columns": {"order_id": "order", "line_id": "order", "title": "title", "quantity": "quantity",
                    "paid": "total", "status": "state", "merchant_code": "sku", "created_at": "created"},
    }  # fmt: skip
    # a text in another encoding than UTF-8 with a byte that is none is read only in an encoding that the shop says
    said = {"encoding": "gb18030"} if encoding == "gb18030" else {}
    settings = {"platform": "declared", "report": "lines", "declared": declared, **said}
    assert likely(Held(content), "x.csv") != examined(Held(content), "x.csv") or encoding == "utf-8"

    parts, count = read_parts(content, "x.csv", 1 << 20, **settings)

    assert parts == read_whole(content, "x.csv", **settings)
    assert count > 1
    assert not isinstance(parts, str)
    assert parts["encoding"] == read_as
    last = end.encode(encoding, "surrogateescape").decode(read_as, "replace").replace("\r", " ")
    assert f"99,900,{last},1," in parts["raw"][-1][1]


def test_nothing_is_left_behind_and_nothing_lies_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = [jd_row(order, 1, "planted remark 13912345678") for order in range(100, 200)]
    content = "\n".join([JD, *rows]).encode()
    with read_in_parts(Held(content), ask("jd.csv", platform="jd", report="orders"), part_bytes=1_000) as readings:
        lying = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert lying
        assert not any(b"13912345678" in path.read_bytes() for path in lying)
        assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")} == {0}
        next(readings)  # and the one after it is being read when the work is given up
    assert not list(tmp_path.iterdir())
