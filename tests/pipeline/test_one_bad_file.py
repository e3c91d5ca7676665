"""One bad file costs itself alone: its name, its size, a full disk, and what killed runs leave behind."""

import os
import stat
import subprocess
import sys
import time
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, create_engine, select

from include.cli.keys import new_keys
from include.files.arrivals import find_exports
from include.files.raw_store import RawStore
from include.files.spill import Spill, clear_left_behind
from include.pipeline import ingest
from include.privacy.display_names import display_name, readable
from include.quality.data_docs import keep_results
from include.settings.merchant import Merchant
from include.tasks.channels.file import clear_left_behind as clear_left_behind_lists
from include.warehouse.books import read_frame
from include.warehouse.tables import exports
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace
from tests.platforms.test_sheets import SALES

ROOT = Path(__file__).parents[2]
DAY = "2026-05-12"
MORNING = datetime(2026, 5, 13, 3, tzinfo=ZoneInfo("Asia/Shanghai"))
GOOD = "order,sku,units,price,at,buyer\n1001,T1,2,10,2026-05-12 10:00:00,b\n"
OTHER = GOOD.replace("1001", "1002")


@pytest.fixture
def workspace(tmp_path: Path, books: Engine) -> Workspace:
    """On each database."""
    return workspace_of(tmp_path, books)


def workspace_of(home: Path, books: Engine, shop_more: dict[str, Any] | None = None, **reading: Any) -> Workspace:
    url = books.url.render_as_string(hide_password=False)
    shop = {
        "name": "web",
        "platform": "declared",
        "source": {"path": f"{home}/exports/{{day}}", "settle_seconds": 0},
        "reports": {"sales": {"pattern": "*", "declared": SALES}},
        **(shop_more or {}),
    }
    merchant = Merchant.model_validate(
        {
            "name": "m", "time_zone": "Asia/Shanghai", "books": url, "raw": f"{home}/raw",
            "models": f"{home}/models", "data_docs": f"{home}/docs", "running": {"clock_starts": "2100-01-01"},
            "warehouses": [{"name": "w1"}], "channels": [], "shops": [shop], "reading": reading,
        }
    )  # fmt: skip
    return new_workspace(merchant, url, Keys.from_mapping(new_keys()), home)


def put(workspace: Workspace, name: str | bytes, content: str | bytes) -> bytes:
    folder = os.fsencode(workspace.home / "exports" / DAY)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name if isinstance(name, bytes) else name.encode())
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def ingested(workspace: Workspace) -> ingest.Ingested:
    return ingest.ingest_shop(workspace, "web", DAY, MORNING)


def file_names(workspace: Workspace) -> list[str]:
    return sorted(read_frame(workspace.books, select(exports.c.file_name))["file_name"])


# ---- names


def test_a_file_whose_name_is_gbk_is_read_and_shown_decoded(workspace: Workspace) -> None:
    put(workspace, "测试.csv".encode("gbk"), GOOD)
    put(workspace, "b.csv", OTHER)

    result = ingested(workspace)

    assert (result.published, result.failed, result.stopped) == (2, {}, {})
    assert file_names(workspace) == ["b.csv", "测试.csv"]


def test_a_name_in_no_encoding_is_read_and_shown_by_its_bytes(workspace: Workspace) -> None:
    put(workspace, b"a\xff\xfe\x81.csv", GOOD)

    assert ingested(workspace).published == 1
    assert file_names(workspace) == ["a\\xff\\xfe\\x81.csv"]


@pytest.mark.parametrize("written", ["测试.csv".encode(), "测试.csv".encode("gbk")])
def test_a_name_is_readable_whatever_the_locale_makes_of_it(written: bytes) -> None:
    assert readable(written.decode("ascii", "surrogateescape")) == "测试.csv"
    assert display_name(written.decode("utf-8", "surrogateescape")) == "测试.csv"


def test_chinese_names_are_read_where_the_locale_is_c(tmp_path: Path) -> None:
    folder = tmp_path / "天猫" / DAY
    folder.mkdir(parents=True)
    (folder / "订单.csv").write_text(GOOD, encoding="utf-8")
    program = (
        "import sys; from datetime import datetime, UTC; from include.files.arrivals import *\n"
        "source = sys.stdin.buffer.read().decode()\n"
        "found = find_exports(source, '2026-05-12', {'orders': '\\u8ba2\\u5355*'}, datetime.now(UTC), 0).found\n"
        "with arrival_chunks(found[0], source) as chunks: print(len(b''.join(chunks)), ascii(found[0].display_name))"
    )
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, input=str(folder).encode(), capture_output=True, check=False
    )

    assert done.stdout.decode().split() == [str(len(GOOD)), ascii("订单.csv")], done.stderr.decode()


def test_links_and_special_files_are_told(workspace: Workspace) -> None:
    put(workspace, "b.csv", GOOD)
    folder = workspace.home / "exports" / DAY
    (folder / "linked.csv").symlink_to(folder / "b.csv")
    os.mkfifo(folder / "pipe.csv")

    result = ingested(workspace)

    assert result.published == 1
    assert sorted(result.stopped) == ["linked.csv", "pipe.csv"]
    assert "a link or special file is not read" in result.stopped["pipe.csv"]


# ---- size


def test_a_workbook_that_ends_its_reader_leaves_the_shops_other_files_alone(workspace: Workspace) -> None:
    from tests.files.test_workbook_process import book

    far = b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c><c r="B1"><v>1</v></c></row>'
    put(workspace, "a.xlsx", book(far))
    put(workspace, "b.csv", GOOD)

    result = ingested(workspace)

    assert result.published == 1
    assert "takes more memory than reading one is allowed" in result.stopped["a.xlsx"]
    assert file_names(workspace) == ["a.xlsx", "b.csv"]  # the ledger names it


def test_a_csv_of_short_rows_is_stopped_before_they_are_all_held(tmp_path: Path, books: Engine) -> None:
    workspace = workspace_of(tmp_path, books, max_rejected_rows=1000)
    put(workspace, "a.csv", GOOD + "a,b\n" * 50_000)
    put(workspace, "b.csv", OTHER)

    result = ingested(workspace)

    assert result.published == 1
    assert "most rows cannot be read: they have another number of cells than the header" in result.stopped["a.csv"]
    assert "expected 6 cells a row" in result.stopped["a.csv"]


@pytest.mark.parametrize("quote", ["", '"'])
def test_so_is_one_that_is_read_line_by_line_or_in_parts(tmp_path: Path, books: Engine, quote: str) -> None:
    workspace = workspace_of(tmp_path, books, max_rejected_rows=1000, part_megabytes=0.05)
    put(workspace, "a.csv", GOOD + f"{quote}x\n" + "a,b\n" * 50_000)

    assert "another number of cells" in ingested(workspace).stopped["a.csv"]


def test_a_csv_whose_cells_are_all_wrong_is_stopped_and_names_the_column(tmp_path: Path, books: Engine) -> None:
    workspace = workspace_of(tmp_path, books, max_rejected_rows=1000)
    put(workspace, "a.csv", GOOD + "1001,T1,two,10,2026-05-12,b\n" * 3000)

    assert "in column units (3,000 rows); found 3,000 of the first 3,001 rows" in ingested(workspace).stopped["a.csv"]


def test_a_parquet_of_equal_rows_is_stopped_by_what_it_says_of_itself(tmp_path: Path, books: Engine) -> None:
    workspace = workspace_of(tmp_path, books, max_together_rows=10_000, part_megabytes=0.5)
    columns = {"order": "1", "sku": "T1", "units": "1", "price": "1", "at": DAY, "buyer": "b"}
    table = pa.table({name: pa.array([value]).take(pa.array([0] * 100_000)) for name, value in columns.items()})
    held = BytesIO()
    pq.write_table(table, held)
    put(workspace, "a.parquet", held.getvalue())
    put(workspace, "b.csv", OTHER)

    result = ingested(workspace)

    assert len(held.getvalue()) < 20_000
    assert result.published == 1
    assert "100,000 rows of one order_id; expected at most 10,000" in result.stopped["a.parquet"]


def test_a_gzip_file_says_what_to_do(workspace: Workspace) -> None:
    put(workspace, "a.csv.gz", b"\x1f\x8b\x08" + b"\0" * 20)

    assert "a gzip file is not read as it is" in ingested(workspace).stopped["a.csv.gz"]


# ---- orders in two files


@pytest.mark.parametrize(
    ("second", "is_cut"),
    [
        (["1002,T2,1,5", "1003,T1,1,10"], True),  # page two: the order goes on
        (["1002,T1,2,10", "1003,T1,1,10"], False),  # the order told again
        (["1003,T1,1,10", "1002,T2,1,5"], False),  # changed later, and not where pages meet
    ],
)
def test_an_order_that_is_cut_between_two_files_of_a_day_is_told(
    workspace: Workspace, second: list[str], is_cut: bool
) -> None:
    def rows(*said: str) -> str:
        return "\n".join([GOOD.split("\n")[0], *(f"{row},2026-05-12 10:00:00,b" for row in said)]) + "\n"

    put(workspace, "a.csv", rows("1001,T1,1,10", "1002,T1,2,10"))
    put(workspace, "b.csv", rows(*second))

    assert ingested(workspace).published == 4
    notes = " ".join(read_frame(workspace.books, select(exports.c.checks))["checks"].dropna())
    assert ("it was cut between two files" in notes) == is_cut


@pytest.mark.parametrize(("second", "is_cut"), [(["R2,B,7", "R3,A,1"], True), (["R2,A,10", "R3,A,1"], False)])
def test_a_receipt_that_is_cut_between_two_files_of_a_day_is_told(
    tmp_path: Path, books: Engine, second: list[str], is_cut: bool
) -> None:
    workspace = workspace_of(tmp_path, books, {"platform": "jushuitan", "reports": {"receipts": {"pattern": "*"}}})
    for page, rows in (("1.csv", ["R1,A,5", "R2,A,10"]), ("2.csv", second)):
        lines = [f"{row},w1,{DAY}" for row in rows]
        put(workspace, page, "\n".join(["入库单号,商品编码,入库数量,仓库,入库日期", *lines]) + "\n")
    assert ingested(workspace).published == 4
    notes = " ".join(read_frame(workspace.books, select(exports.c.checks))["checks"].dropna())
    assert ("The receipt in line" in notes) == is_cut


# ---- faults of the world


def test_a_full_raw_store_is_named_and_nothing_is_said_to_be_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(workspace, "a.csv", GOOD)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", "/raw/13800138000.csv")

    monkeypatch.setattr(RawStore, "keep", full)

    why = ingested(workspace).failed["a.csv"]

    assert "No space left on device" in why
    assert "文件还没有存入原始库" in why
    assert "13800138000" not in why


def test_a_fault_after_the_file_was_kept_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    put(workspace, "a.csv", GOOD)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("张三 13800138000")

    monkeypatch.setattr("include.pipeline.ingest.publishing", broken)

    why = ingested(workspace).failed["a.csv"]

    assert why.startswith("程序出错（RuntimeError，include/pipeline/ingest.py:")
    assert "文件已存入原始库" in why
    assert "13800138000" not in why


def test_a_fault_in_fetching_a_file_costs_that_file_alone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(workspace, "a.csv", GOOD)
    put(workspace, "b.csv", OTHER)
    from include.pipeline.downloads import Downloads

    real = Downloads.read

    def read(self: Downloads, arrival: Any, *more: Any) -> Any:
        if arrival.name == "a.csv":
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "no")
        return real(self, arrival, *more)

    monkeypatch.setattr(Downloads, "read", read)

    result = ingested(workspace)

    assert (result.published, list(result.failed)) == (1, ["a.csv"])


# ---- leftovers and modes


def test_what_killed_runs_left_is_removed_and_what_lives_is_not(tmp_path: Path) -> None:
    long_ago = time.time() - 3 * 24 * 3600
    dead, old, young = (tmp_path / f"storekeeper-{name}" for name in ("dead", "old", "young"))
    for place in (dead, old, young):
        place.mkdir()
    (dead / "alive").touch()
    (dead / "0.sealed").touch()
    for place in (dead, old):
        os.utime(place, (long_ago, long_ago))
    with Spill(tmp_path) as living:
        living.put(pa.table({"n": [1]}))
        place = living._place
        os.utime(place, (long_ago, long_ago))

        assert clear_left_behind(tmp_path) == 0  # the spill has done it when it was first used
        assert sorted(tmp_path.iterdir()) == sorted([place, young])
    assert sorted(tmp_path.iterdir()) == [young]


def test_books_and_raw_files_are_nobody_elses(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    workspace = workspace_of(tmp_path / "home", create_engine(f"sqlite:///{tmp_path}/home/books.sqlite"))
    put(workspace, "a.csv", GOOD)
    ingested(workspace)

    made = [*workspace.home.glob("books.sqlite*"), *(workspace.home / "raw").rglob("*")]

    assert len(made) > 1
    assert [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o007] == []


def test_a_zip_whose_name_is_gbk_is_taken_apart(workspace: Workspace) -> None:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as target:
        target.writestr("a.csv", GOOD)
        target.writestr("b.csv", OTHER)
    put(workspace, "两份.zip".encode("gbk"), held.getvalue())

    assert ingested(workspace).published == 2


def test_a_pattern_in_chinese_finds_a_name_in_gbk(tmp_path: Path) -> None:
    with open(os.path.join(os.fsencode(tmp_path), "订单1.csv".encode("gbk")), "w") as file:
        file.write(GOOD)

    found = find_exports(str(tmp_path), DAY, {"orders": "订单*"}, MORNING, 0).found

    assert [arrival.name for arrival in found] == ["订单1.csv"]


def test_lists_and_results_that_a_killed_run_was_writing_are_removed(tmp_path: Path) -> None:
    long_ago = time.time() - 2 * 3600
    for name in (".0123456789ab.77.part", ".0123456789ab.78.part", "orders.77.draft", "orders.78.draft"):
        (tmp_path / name).touch()
        if ".77." in name:
            os.utime(tmp_path / name, (long_ago, long_ago))

    clear_left_behind_lists(tmp_path)
    keep_results([], tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [".0123456789ab.78.part", "orders.78.draft"]
