"""Zips: one export or several, junk beside them, names in GBK, bombs. And one file's fault costs no other file."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.files.container import ALWAYS_FITS, member_names, members_in, unpack
from include.files.content import Held
from include.files.errors import ExportError
from tests.files.conftest import DAY

ITEMS = (
    "子订单编号,主订单编号,标题,价格,购买数量,商家编码,订单状态\r\n99001,35153000000000001,茶,10.00,1,TEA,交易成功\r\n"
)


def zipped(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def put(folder: Path, name: str, content: bytes) -> None:
    (folder / DAY).mkdir(parents=True, exist_ok=True)
    (folder / DAY / name).write_bytes(content)


@pytest.fixture
def shop(tmp_path: Path, open_books_of: Callable[..., Any]) -> Callable[..., Any]:
    def of(**source: Any) -> Any:
        reports = {"orders": {"pattern": "ExportOrderList*"}, "order_lines": {"pattern": "ExportItemList*"}}
        return open_books_of({"path": f"{tmp_path}/{{day}}", "settle_seconds": 0, **source}, reports=reports)

    return of


def test_junk_is_no_member(orders_file: Callable[..., bytes]) -> None:
    junk = {"__MACOSX/._a.csv": b"x", "._a.csv": b"x", ".DS_Store": b"x", "Thumbs.db": b"x", "sub/": b""}

    assert member_names(Held(zipped({**junk, "sub/a.csv": b"1"})), "x.zip") == ["sub/a.csv"]
    assert unpack(Held(zipped({**junk, "a.csv": orders_file(1)})), "x.zip").container == "zip > csv"


def test_a_name_of_a_chinese_windows_is_read() -> None:
    """Its archivers write GBK and do not say so."""
    content = zipped({"ABCDEFGH.csv": b"1"}).replace(b"ABCDEFGH.csv", "退款报表.csv".encode("gb18030"))

    assert member_names(Held(content), "x.zip") == ["退款报表.csv"]


def test_a_zip_of_several_exports_is_as_many_exports(
    tmp_path: Path, shop: Callable[..., Any], orders_file: Callable[..., bytes]
) -> None:
    """Each belongs to the report that its own name fits, else to the zip's."""
    members = {"第一店.csv": orders_file(1), "第二店.csv": orders_file(2), "ExportItemList1.csv": ITEMS.encode()}
    put(tmp_path, "ExportOrderList2026.zip", zipped({**members, "__MACOSX/x": b"x"}))
    books = shop()

    done = books.ingest()

    assert done.whole
    assert done.files == 3
    assert [name for _, name, *_ in books.exports] == [
        "ExportOrderList2026.zip > ExportItemList1.csv", "ExportOrderList2026.zip > 第一店.csv",
        "ExportOrderList2026.zip > 第二店.csv",
    ]  # fmt: skip
    assert books.orders == ["1", "2"]


def test_one_bad_member_is_named_and_costs_no_other(
    tmp_path: Path, shop: Callable[..., Any], orders_file: Callable[..., bytes]
) -> None:
    put(tmp_path, "ExportOrderList2026.zip", zipped({"a.csv": orders_file(1), "b.csv": b"<html>not logged in</html>"}))
    books = shop()

    done = books.ingest()

    assert list(done.stopped) == ["ExportOrderList2026.zip > b.csv"]
    assert done.stopped["ExportOrderList2026.zip > b.csv"].startswith("ExportOrderList2026.zip > b.csv: ")
    assert books.orders == ["1"]


def test_a_zip_of_a_whole_day_s_reports_makes_the_day_whole(
    tmp_path: Path, shop: Callable[..., Any], orders_file: Callable[..., bytes]
) -> None:
    books = shop(archives="千牛_*.zip")
    assert not books.are_whole()
    put(
        tmp_path,
        "千牛_1.zip",
        zipped({"out/ExportOrderList1.csv": orders_file(1), "ExportItemList1.csv": ITEMS.encode()}),
    )

    assert books.are_whole()
    assert books.ingest().whole
    assert books.ingest().whole

    assert [name for _, name, *_ in books.exports] == [
        "千牛_1.zip > ExportItemList1.csv", "千牛_1.zip > ExportOrderList1.csv",
    ]  # fmt: skip


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """Ten kilobytes of zeros a megabyte."""
    packed = zipped({"a.csv": bytes(ALWAYS_FITS + 1)})

    for open_it in (unpack, members_in):
        with pytest.raises(ExportError, match="unpacks to more than an export can be packed into"):
            open_it(Held(packed), "bomb.zip")


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    """A member that announces ten bytes gives ten bytes, and then its checksum is wrong."""
    packed = bytearray(zipped({"a.csv": bytes(1_000_000)}))
    for at in (packed.find(b"PK\x03\x04") + 22, packed.find(b"PK\x01\x02") + 24):
        packed[at : at + 4] = (10).to_bytes(4, "little")

    with pytest.raises(ExportError, match="damaged"):
        unpack(Held(bytes(packed)), "bomb.zip")


def test_bombs_in_bombs_are_refused() -> None:
    inner = zipped({"a.csv": b"1"})
    for _ in range(4):
        inner = zipped({"x.zip": inner})

    with pytest.raises(ExportError, match="archives stand in archives"):
        unpack(Held(inner), "x.zip")


def test_the_same_export_under_two_names_is_one(
    tmp_path: Path, shop: Callable[..., Any], orders_file: Callable[..., bytes]
) -> None:
    put(tmp_path, "ExportOrderList1.csv", orders_file(1))
    put(tmp_path, "ExportOrderList1 (1).csv", orders_file(1))
    books = shop()

    assert books.ingest().whole

    assert len(books.exports) == 1
    assert books.orders == ["1"]


def test_any_fault_stops_its_own_file_only_and_quotes_no_cell(
    tmp_path: Path, shop: Callable[..., Any], orders_file: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.exports import parts

    put(tmp_path, "ExportOrderList1.csv", orders_file(1))
    put(tmp_path, "ExportOrderList2.csv", orders_file(2))
    read_in_parts = parts.read_in_parts

    def stumble(content: Any, asked: Any, *more: Any) -> Any:
        if asked.context.file == "ExportOrderList1.csv":
            raise KeyError("小树1")
        return read_in_parts(content, asked, *more)

    monkeypatch.setattr(parts, "read_in_parts", stumble)
    books = shop()

    done = books.ingest()

    assert list(done.failed) == ["ExportOrderList1.csv"]
    assert "KeyError，include/platforms/kept_readings.py" in done.failed["ExportOrderList1.csv"]
    assert "小树" not in str(done)
    assert done.worth_trying_again
    assert books.orders == ["2"]
    # and when it is mended, the other file is not in the books twice
    monkeypatch.setattr(parts, "read_in_parts", read_in_parts)
    assert books.ingest().whole
    assert books.orders == ["1", "2"]


def test_files_of_a_day_that_overlap_are_noted(
    tmp_path: Path, shop: Callable[..., Any], orders_file: Callable[..., bytes]
) -> None:
    from include.warehouse.publish import ledger_of

    put(tmp_path, "ExportOrderList1.csv", orders_file(1, 2))
    put(tmp_path, "ExportOrderList2.csv", orders_file(2, 3))
    books = shop()

    books.ingest()

    noted = ledger_of(books.workspace.books).set_index("file_name")["checks"].str.contains("other file of the day")
    assert noted.to_dict() == {"ExportOrderList1.csv": False, "ExportOrderList2.csv": True}
