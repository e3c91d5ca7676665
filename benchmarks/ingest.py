"""How long a file of order lines takes from raw file to published partition: ours, the usual way and the floor.

    python -m benchmarks.ingest [--lines 1000000] [--ways ours usual floor] [--flat 100000,1000000,3000000]

The file is a Tmall item report of the 2022 generation (18 columns, GB18030, every cell quoted, ids as ="…"), written
from a seed; one line in 5,000 is bad (a quantity of -3, a moment in 2050, an id as Excel leaves it). The item report
stands for itself: no order report is needed to publish its lines. Each way gets a PostgreSQL database of its own
with the books' schema, publishes into the same table `order_lines` with the same keys, and runs in a process of its
own. There it first brings in a small file of the day before: imports and connections are told apart, as its start.

ours   include.pipeline.ingest.ingest_shop: the raw file kept encrypted, read, typed, checked by the suite
       `order_lines`, bad rows into quarantine with reasons, ledger, published in one transaction.
usual  pandas.read_csv, typing by hand, the same suite's rules by Great Expectations with COMPLETE results,
       DataFrame.to_sql of the rows that passed. No ledger, nothing encrypted, no reasons kept.
floor  Polars scan_csv (of the file encoded anew, which counts) and COPY. Nothing is checked or kept.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scripts.local_airflow import PROJECT
from scripts.memory import PeakMemory
from scripts.postgres_server import PostgresServer, find_postgres
from scripts.warden import sigterm_as_exit

SEED = 7
DAY, DAY_BEFORE = "2025-11-11", "2025-11-10"
FIRST_LINES = 1000  # of the day before, brought in before the clock runs
NOW = datetime(2025, 11, 11, 19, 0, tzinfo=UTC)  # 03:00 of the morning after, at the merchant's
FILE = "ExportItemlList202511120215.csv"
HEADER = (
    *("子订单编号", "主订单编号", "标题", "价格", "购买数量", "外部系统编号", "商品属性", "套餐信息", "备注"),
    *("订单状态", "商家编码", "支付单号", "买家应付货款", "买家实际支付金额", "退款状态", "退款金额"),
    *("订单创建时间", "订单付款时间"),
)
STATUSES = {
    "等待买家付款": "unpaid",
    "买家已付款，等待卖家发货": "paid",
    "卖家已发货，等待买家确认": "shipped",
    "交易成功": "completed",
    "交易关闭": "closed",
}
STATUS_SHARES = (0.06, 0.3, 0.3, 0.3, 0.04)
LISTINGS = 3000
BAD_EVERY = 5000
CHUNK = 250_000
NO_REFUND = "无退款申请"
WAYS = ("ours", "usual", "floor")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--flat", help="lines, lines, ...: our time a line by size instead")
    parser.add_argument("--run", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        print(json.dumps(_one_way(given.run, given.place, given.url)))
        return 0
    if find_postgres() is None:
        print("No PostgreSQL server is installed here: initdb is neither on PATH nor in its usual place.")
        return 1
    if given.flat:
        sizes = [int(size) for size in given.flat.split(",")]
        print(_table([(f"{size:,} lines", size, _measured(size, ("ours",))["ours"]) for size in sizes], None))
        return 0
    ways = tuple(given.ways)
    if "floor" in ways and find_spec("polars") is None:
        print("The floor is left out: Polars is not installed (pip install polars).")
        ways = tuple(way for way in ways if way != "floor")
    found = _measured(given.lines, ways)
    print(_table([(way, given.lines, found[way]) for way in ways], found.get("ours")))
    return 0


@dataclass(frozen=True)
class Run:
    """seconds: of the work. processor: seconds of its process's own, user and system of all threads (the database's are
    not among them), which say more where others use the machine. start: of imports and connections before it. peak:
    bytes. published: rows."""

    seconds: float
    processor: float
    start: float
    peak: int
    published: int


def _measured(lines: int, ways: tuple[str, ...]) -> dict[str, Run]:
    found = {}
    with sigterm_as_exit(), tempfile.TemporaryDirectory(prefix="ingest-") as folder, PostgresServer(WAYS) as server:
        place = Path(folder)
        write_export(_export(place, DAY_BEFORE), FIRST_LINES)
        size = write_export(_export(place, DAY), lines)
        _tell(f"{lines:,} lines, {size / 1e6:.0f} MB")
        for way in ways:
            _migrate(server.url_of(way))
            began = time.monotonic()
            told = subprocess.run(
                [sys.executable, "-m", "benchmarks.ingest", "--run", way, "--place", folder, "--url",
                 server.url_of(way)],
                cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            run = json.loads(told.stdout.splitlines()[-1])
            start = time.monotonic() - began - run["seconds"]
            found[way] = Run(run["seconds"], run["processor"], start, run["peak"], run["published"])
            _tell(f"{way}: {found[way].seconds:.1f} s")
    return found


def _table(rows: list[tuple[str, int, Run]], ours: Run | None) -> str:
    table = pd.DataFrame(
        {
            "": name,
            "seconds": f"{run.seconds:.1f}",
            **({} if ours is None else {"of ours": f"{run.seconds / ours.seconds:.2f}"}),
            "processor, s": f"{run.processor:.1f}",
            "µs a line": f"{run.seconds / lines * 1e6:.1f}",
            "peak memory": f"{run.peak / 2**30:.2f} GiB",
            "start, s": f"{run.start:.1f}",
            "rows published": f"{run.published:,}",
        }
        for name, lines, run in rows
    )
    return table.to_markdown(index=False, disable_numparse=True, stralign="right")


def _one_way(way: str, place: Path, url: str) -> dict[str, Any]:
    """Run in a process of its own."""
    ways: dict[str, Callable[[Path, str], Callable[[str], int]]] = {"ours": _ours, "usual": _usual, "floor": _floor}
    work = ways[way](place, url)
    work(DAY_BEFORE)
    with PeakMemory(every_seconds=0.1) as memory:
        began, used = time.monotonic(), time.process_time()
        published = work(DAY)
        seconds, processor = time.monotonic() - began, time.process_time() - used
    return {"seconds": seconds, "processor": processor, "peak": memory.peak, "published": published}


def _ours(place: Path, url: str) -> Callable[[str], int]:
    from include.pipeline.ingest import ingest_shop
    from include.quality.suites import great_expectations
    from include.settings.loading import load_merchant
    from include.warehouse.workspace import Keys, open_workspace

    great_expectations()
    merchant = load_merchant(PROJECT / "examples" / "specimen", place)
    key = base64.b64encode(bytes(range(32))).decode()
    keys = Keys.from_mapping({"vault": {"bench": key}, "vault_key_id": "bench", "customers": key})
    workspace = open_workspace(merchant, url.replace("+psycopg", ""), keys, place)

    def work(day: str) -> int:
        result = ingest_shop(workspace, "tmall", day, NOW)
        assert result.whole, list(result.problems())
        return result.published

    return work


def _usual(place: Path, url: str) -> Callable[[str], int]:
    """As it is commonly written: one frame, one batch, unexpected rows asked for with COMPLETE."""
    from sqlalchemy import create_engine

    import great_expectations as gx

    engine = create_engine(url)
    engine.connect().close()
    rules = json.loads((PROJECT / "great_expectations" / "expectations" / "order_lines.json").read_text())[
        "expectations"
    ]
    bounds = {"earliest": pd.Timestamp("2005-01-01"), "latest": pd.Timestamp("2025-11-15")}

    def work(day: str) -> int:
        frame = _typed_by_hand(_export(place, day))
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
        batch = context.data_sources.add_pandas("frames").add_dataframe_asset("lines")
        definition = batch.add_batch_definition_whole_dataframe("whole")
        suite = context.suites.add(gx.ExpectationSuite("order_lines", expectations=rules))
        validation = context.validation_definitions.add(
            gx.ValidationDefinition(name="order_lines", data=definition, suite=suite)
        )
        result = validation.run(
            batch_parameters={"dataframe": frame},
            expectation_parameters=bounds,
            result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["file_line"]},
        )
        bad = {
            row["file_line"]
            for one in result.results
            if not one.success and one.expectation_config is not None and one.expectation_config.severity == "critical"
            for row in one.result.get("unexpected_index_list") or []
        }
        good = frame[~frame["file_line"].isin(bad)].drop(columns="line_value_micros")
        good = good.assign(export_number=1, number=0, shop="tmall", is_gift=good["is_gift"].astype("int64"))
        for moment in ("created_at", "paid_at"):
            good[moment] = good[moment].dt.strftime("%Y-%m-%d %H:%M:%S")
        good.to_sql("order_lines", engine, if_exists="append", index=False, chunksize=10_000)
        return len(good)

    return work


def _typed_by_hand(file: Path) -> pd.DataFrame:
    raw = pd.read_csv(file, encoding="gb18030", dtype=str, keep_default_na=False)
    frame = pd.DataFrame({"file_line": np.arange(2, len(raw) + 2)})
    frame["order_id"] = raw["主订单编号"].str.strip('="')
    frame["line_id"] = raw["子订单编号"].str.strip('="')
    frame["listing_id"] = pd.Series(None, index=frame.index, dtype="str")
    frame["merchant_code"] = raw["商家编码"].str.strip().replace("", None)
    frame["title"] = raw["标题"].str.strip()
    frame["quantity"] = pd.to_numeric(raw["购买数量"], errors="coerce").astype("Int64")
    for column, header in (
        ("unit_price_micros", "价格"),
        ("paid_micros", "买家应付货款"),
        ("refunded_micros", "退款金额"),
    ):
        number = pd.to_numeric(raw[header].replace(NO_REFUND, "0"), errors="coerce")
        frame[column] = (number * 1_000_000).round().astype("Int64")
    frame["status"] = raw["订单状态"].map(STATUSES).astype("str")
    frame["created_at"] = pd.to_datetime(raw["订单创建时间"], errors="coerce")
    frame["paid_at"] = pd.to_datetime(raw["订单付款时间"], errors="coerce")
    frame["is_gift"] = ((frame["unit_price_micros"] == 0) | raw["备注"].str.contains("赠品")).astype(bool)
    frame["line_value_micros"] = (frame["unit_price_micros"] + 5_000) * frame["quantity"]
    return frame


def _floor(place: Path, url: str) -> Callable[[str], int]:
    import polars as pl
    import psycopg

    connection = psycopg.connect(url.replace("+psycopg", ""))

    def bare(header: str) -> pl.Expr:
        return pl.col(header).str.strip_chars('="')

    def micros(header: str) -> pl.Expr:
        number = pl.col(header).replace(NO_REFUND, "0").cast(pl.Decimal(18, 6), strict=False)
        return (number * 1_000_000).cast(pl.Int64, strict=False)

    def work(day: str) -> int:
        source = _export(place, day)
        encoded = place / "encoded.csv"
        with source.open(encoding="gb18030", newline="") as old, encoded.open("w", encoding="utf-8", newline="") as new:
            while text := old.read(1 << 24):
                new.write(text)
        lines = pl.scan_csv(encoded, infer_schema=False, row_index_name="line")
        typed = lines.select(
            export_number=pl.lit(1),
            file_line=pl.col("line") + 2,
            number=pl.lit(0),
            shop=pl.lit("tmall"),
            order_id=bare("主订单编号"),
            line_id=bare("子订单编号"),
            merchant_code=pl.col("商家编码"),
            title=pl.col("标题"),
            quantity=pl.col("购买数量").cast(pl.Int64, strict=False),
            unit_price_micros=micros("价格"),
            paid_micros=micros("买家应付货款"),
            refunded_micros=micros("退款金额"),
            status=pl.col("订单状态").replace(STATUSES),
            created_at=pl.col("订单创建时间"),
            paid_at=pl.col("订单付款时间"),
            is_gift=(
                pl.col("价格").eq("0.00") | pl.col("备注").str.contains("赠品", literal=True).fill_null(False)
            ).cast(pl.Int8),
        )
        rows = typed.collect(engine="streaming")
        buffer = io.BytesIO()
        rows.write_csv(buffer, include_header=False)
        columns = ", ".join(rows.columns)
        statement = f"COPY order_lines ({columns}) FROM STDIN (FORMAT csv)"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(buffer.getbuffer())
        connection.commit()
        return rows.height

    return work


def _export(place: Path, day: str) -> Path:
    return place / "exports" / "tmall" / day / FILE


def _migrate(url: str) -> None:
    """In a process of its own, so that this one stays small."""
    code = (
        "import sys; from include.warehouse.books import open_books; from include.warehouse.migrate import migrate; "
        "migrate(open_books(sys.argv[1]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, url.replace("+psycopg", "")], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL
    )


def write_export(file: Path, lines: int) -> int:
    """Write the export, the same bytes for the same number of lines; returns its size in bytes."""
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        out.write((",".join(f'"{name}"' for name in HEADER) + "\r\n").encode("gb18030"))
        for text in _chunks(lines):
            out.write(text.encode("gb18030"))
        return out.tell()


def _chunks(lines: int) -> Iterator[str]:
    rng = np.random.default_rng(SEED)
    goods = pa.array([f"样品掌柜 第{number}号 秋冬新款家居日用组合装 多色可选" for number in range(LISTINGS)])
    codes = pa.array([f"SK{number:05d}" for number in range(LISTINGS)])
    prices = rng.integers(590, 39_900, LISTINGS)
    order = 4_000_000_000_000_001_351  # such numbers end like any; round ones are taken for damaged by a spreadsheet
    for first in range(0, lines, CHUNK):
        size = min(CHUNK, lines - first)
        new_order = rng.random(size) < 0.7
        new_order[0] = True
        number = order + np.cumsum(new_order) * 10_000
        order = int(number[-1])
        nth = np.arange(size) - np.maximum.accumulate(np.where(new_order, np.arange(size), 0))
        listing = rng.integers(0, LISTINGS, size)
        quantity = rng.geometric(0.8, size)
        status = rng.choice(len(STATUSES), size, p=STATUS_SHARES)
        created = np.datetime64("2025-10-28T00:00:00") + rng.integers(0, 15 * 86_400 - 600, size).astype("m8[s]")
        price = np.where(rng.random(size) < 0.01, 0, prices[listing])
        due = price * quantity * rng.integers(80, 101, size) // 100
        paid = status > 0
        refunded = paid & (rng.random(size) < 0.05)
        bad = (np.arange(first, first + size) % BAD_EVERY) == BAD_EVERY // 2
        kind = np.arange(first, first + size) // BAD_EVERY % 3
        line_id = _whole(number + nth + 1)
        line_id = pc.if_else(pa.array(bad & (kind == 0)), "4.00000E+18", line_id)
        moments = pc.cast(pa.array(created), pa.string())
        moments = pc.if_else(pa.array(bad & (kind == 1)), "2050-11-11 10:00:00", moments)
        cells: dict[str, pa.Array | str] = {
            "子订单编号": _joined('="', line_id, '"'),
            "主订单编号": _joined('="', _whole(number), '"'),
            "标题": goods.take(pa.array(listing)),
            "价格": _money(price),
            "购买数量": _whole(np.where(bad & (kind == 2), -3, quantity)),
            "外部系统编号": codes.take(pa.array(listing)),
            "商品属性": "颜色分类：米白；尺寸：标准",
            "备注": pc.if_else(pa.array(price == 0), "赠品", ""),
            "订单状态": pa.array(list(STATUSES)).take(pa.array(status)),
            "商家编码": codes.take(pa.array(listing)),
            "支付单号": _joined("20", _whole(number % 10**16)),
            "买家应付货款": _money(due),
            "买家实际支付金额": _money(np.where(paid & ~refunded, due, 0)),
            "退款状态": pc.if_else(pa.array(refunded), "退款成功", "没有申请退款"),
            "退款金额": pc.if_else(pa.array(refunded), _money(due), NO_REFUND),
            "订单创建时间": moments,
            "订单付款时间": pc.if_else(
                pa.array(paid), pc.cast(pa.array(created + np.timedelta64(300, "s")), pa.string()), ""
            ),
        }
        pieces: list[Any] = []
        for place, name in enumerate(HEADER):
            cell = cells.get(name, "")
            dress = "" if name in ("子订单编号", "主订单编号") else '"'
            pieces += ["," + dress if place else dress, cell, dress]
        yield "".join(_joined(*pieces, "\r\n").to_pylist())


def _joined(*parts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _whole(numbers: np.ndarray) -> pa.Array:
    return pc.cast(pa.array(numbers.astype(np.int64)), pa.string())


def _money(fen: np.ndarray) -> pa.Array:
    cents = pc.utf8_lpad(_whole(fen % 100), 2, "0")
    return _joined(_whole(fen // 100), ".", cents)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
