"""A file that is named after somebody is read by its name, and told without it."""

import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.files.arrivals import find_exports
from include.pipeline.write_data_docs import draw_data_docs
from include.privacy.display_names import display_name
from tests.files.conftest import DAY
from tests.files.test_zips import zipped
from tests.leaks import Planted, contents
from tests.planted import CARD, MAIL, NAME, PHONE


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("订单_张三_13800138000.csv", "订单_***.csv"),
        ("13800138000_李小红 订单.xlsx", "*** 订单.xlsx"),
        ("张三13800138000.csv", "***.csv"),
        ("我的订单明细（+86 138-0013-8000）.csv", "我的订单明细（***）.csv"),
        ("退款报表明细_330102199001017777.xls", "退款报表明细_***.xls"),
        ("orders of some.one@post-example.com (2).csv", "orders of *** (2).csv"),
        ("day_13800138000.zip > 王五_13900139000.csv", "day_***.zip > ***.csv"),
    ],
)
def test_nobody_s_number_is_shown(name: str, shown: str) -> None:
    assert display_name(name) == shown


@pytest.mark.parametrize(
    "name",
    [
        "ExportOrderList202511120215.csv", "ExportOrderList2013-10-10.csv", "订单_20260603101500.xlsx",
        "1790059200_0123.csv", "1620000000000.csv", "千牛_1.zip > 订单报表.xlsx", "库存_2025-11-12.xlsx",
        "20251112021512345678.csv", "jd_12345678901.csv",
    ],
)  # fmt: skip
def test_other_numbers_are(name: str) -> None:
    assert display_name(name) == name


def test_no_name_of_a_file_is_told_anywhere(
    tmp_path: Path,
    open_books_of: Callable[..., Any],
    orders_file: Callable[..., bytes],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given files named after somebody: good ones, one without a header, one we stumble over, one still being written,
    # one that may not be read, a zip of two and an archive
    from include.exports import parts

    folder = tmp_path / "source" / DAY
    folder.mkdir(parents=True)
    bad = b"nothing,that,is\nknown,at,all\n"
    files = {
        f"ExportOrderList_{NAME}_{PHONE}.csv": orders_file(1),
        f"ExportOrderList2_{PHONE}.csv": orders_file(2),
        f"ExportOrderList3_{CARD}.csv": bad,
        f"ExportOrderList4_{MAIL}.csv": orders_file(4),
        f"ExportOrderList5_{PHONE}.csv": orders_file(5),
        f"ExportOrderList6_{PHONE}.zip": zipped({f"{NAME}{PHONE}.csv": orders_file(6), f"b{PHONE}.csv": bad + b"x"}),
        f"archive_{PHONE}.zip": zipped({f"ExportOrderList_{NAME}_{PHONE}_8.csv": orders_file(8)}),
        f"archive_2_{PHONE}.zip": zipped({f"ExportOrderList_{PHONE}_9.csv": b""}),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
        os.utime(folder / name, (time.time() - 600, time.time() - 600))
    os.utime(folder / f"ExportOrderList5_{PHONE}.csv")
    read_in_parts = parts.read_in_parts

    def stumble(content: Any, asked: Any, *more: Any) -> Any:
        if MAIL in asked.context.file:
            raise KeyError(asked.context.file)
        return read_in_parts(content, asked, *more)

    monkeypatch.setattr(parts, "read_in_parts", stumble)
    caplog.set_level(logging.DEBUG)
    books = open_books_of({"path": f"{tmp_path}/source/{{day}}", "archives": "archive_*.zip"})

    done = books.ingest()
    draw_data_docs(books.workspace, DAY)

    assert books.orders == ["1", "2", "6", "8"]
    assert set(done.failed) == {"ExportOrderList4_***.csv"}
    assert set(done.stopped) == {
        "ExportOrderList3_***.csv",
        "ExportOrderList6_***.zip > b***.csv",
        "archive_2_***.zip > ExportOrderList_***_9.csv",
    }
    assert done.unsettled == ["ExportOrderList5_***.csv"]
    told = [repr(done), *(f"{file}: {why}" for file, why in done.problems()), caplog.text, *capfd.readouterr()]
    left = {**contents(books.workspace.home), "told": "\n".join(told).encode()}
    assert any(place.endswith(".html") for place in left)
    assert Planted([NAME, PHONE, CARD, MAIL]).leaks(left) == {}


def test_what_a_look_saw_is_handed_on_without_the_name(tmp_path: Path) -> None:
    """It is stored while a day is waited for. Here the file is dated in the future, and settled by being watched."""
    file = tmp_path / f"orders {PHONE}.csv"
    file.write_bytes(b"x")
    now = datetime(2026, 5, 2, tzinfo=UTC)
    os.utime(file, (now.timestamp() + 3600,) * 2)

    first = find_exports(str(tmp_path), DAY, {"orders": "orders*"}, now, 60)
    later = find_exports(str(tmp_path), DAY, {"orders": "orders*"}, now + timedelta(seconds=60), 60, first.seen)

    assert list(first.seen) == [f"{tmp_path}/orders ***.csv"]
    assert [first.found[0].stable, later.found[0].stable] == [False, True]


def test_a_place_s_own_error_is_told_without_the_name(tmp_path: Path, open_books_of: Callable[..., Any]) -> None:
    folder = tmp_path / "source" / DAY
    folder.mkdir(parents=True)
    (folder / f"ExportOrderList_{PHONE}.csv").symlink_to(tmp_path / "source" / f"gone {PHONE}.csv")
    (folder / f"ExportOrderList2_{PHONE}.csv").mkdir()
    books = open_books_of({"path": f"{tmp_path}/source/{{day}}", "settle_seconds": 0})

    try:
        told = str(books.ingest())
    except OSError as error:
        told = str(error)

    assert PHONE not in told
