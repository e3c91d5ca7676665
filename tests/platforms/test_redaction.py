"""An export without a person reads as before, but for the person."""

import io
import zipfile
from pathlib import Path

import pytest

from include.exports.reading import Reading
from include.exports.redaction import Needles, redact
from include.files.content import Held
from include.files.errors import ExportError
from include.files.limits import ReadLimits
from include.platforms import registry
from include.platforms.read_export import read_content

FIXTURES = Path(__file__).parent / "fixtures"
HEADER = "订单编号,买家会员名,总金额,订单状态,收货人姓名,收货地址,联系手机,订单创建时间,订单付款时间,退款金额,订单备注"
MORNING, NOON = "2025-11-01 10:00:00,2025-11-01 10:01:00", "2025-11-01 12:00:00,2025-11-01 12:01:00"
BOB = "江苏省 苏州市 人民路,'13761234508"
ROWS = [
    f'="90001",tina_shop,80.00,交易成功,王小安,浙江省 杭州市 文三路,\'13961234507,{MORNING},0.00,"two\nlines"',
    f'="90002",bobby,70.00,交易成功,李大宝,{BOB},{MORNING},0.00,',
    f'="90003",bobby,60.00,交易成功,李大宝,{BOB},{NOON},0.00,call +86 139 6123 4507 first',
]
ORDERS = registry.report("taobao", "orders")


def taobao(content: bytes) -> Reading:
    return read_content(Held(content), platform="taobao", report="orders", name="ExportOrderList.csv")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_a_text_keeps_its_rows_lines_and_money(encoding: str, ending: str) -> None:
    content = (HEADER + ending + ending.join(ROWS) + ending).encode(encoding)
    done = redact(Held(content), "ExportOrderList.csv", [ORDERS], Needles.of(["13961234507"], ["90001"]))
    assert done.content is not None
    assert done.rows == 2  # her order, and Bob's with her phone in its remark
    assert done.found == {"tina_shop", "13961234507", "bobby", "13761234508"}
    text = done.content.read().decode(encoding)
    for word in ("tina_shop", "王小安", "13961234507", "139 6123 4507", "杭州市"):
        assert word not in text
    before, after = taobao(content), taobao(done.content.read())
    assert after.rows == before.rows == 3
    assert after.money_micros == before.money_micros == 210_000_000
    for column in ("file_line", "order_id", "total_micros", "paid_at", "status"):
        assert after.frames["orders"][column].tolist() == before.frames["orders"][column].tolist()
    assert after.frames["orders"]["buyer"].dropna().tolist() == ["bobby"]
    # Whoever is not named is untouched, byte by byte.
    assert (ROWS[1] + ending) in text


def test_nothing_is_changed_where_nobody_is_named() -> None:
    content = (HEADER + "\n" + "\n".join(ROWS) + "\n").encode("gb18030")
    done = redact(Held(content), "x.csv", [ORDERS], Needles.of(["13961234599", "nobody", "8"]))
    assert (done.content, done.rows) == (Held(content), 0)


def test_a_short_name_is_looked_for_in_its_own_column_only() -> None:
    rows = [row.replace("bobby", "80") for row in ROWS[1:2]] + ROWS[:1]
    content = (HEADER + "\n" + "\n".join(row.replace("\n", " ") for row in rows) + "\n").encode()
    done = redact(Held(content), "x.csv", [ORDERS], Needles.of(["80"]))
    assert done.rows == 1
    assert done.found == {"80", "13761234508"}


def fixture_orders() -> list[Path]:
    return sorted(
        path
        for path in (FIXTURES / "taobao").iterdir()
        if path.name.startswith("ExportOrderList") and path.suffix in (".xlsx", ".xltx")
    )


@pytest.mark.parametrize("path", fixture_orders(), ids=lambda path: path.name[:24])
def test_workbooks_come_out_readable_and_the_same_each_time(path: Path) -> None:
    before = taobao(path.read_bytes())
    number = str(before.frames["orders"]["order_id"].iloc[0])
    reports = list(registry.REPORTS["taobao"].values())
    done = redact(Held(path.read_bytes()), path.name, reports, Needles.of((), [number]))
    again = redact(Held(path.read_bytes()), path.name, reports, Needles.of((), [number]))
    assert done.content is not None
    assert done.content == again.content
    after = taobao(done.content.read())
    assert after.frames["orders"]["order_id"].tolist() == before.frames["orders"]["order_id"].tolist()
    assert after.money_micros == before.money_micros
    assert after.frames["orders"]["buyer"].isna().iloc[0]


def test_a_zip_of_several_loses_the_person_in_each() -> None:
    one = (HEADER + "\n" + ROWS[0] + "\n").encode("gb18030")
    two = (HEADER + "\n" + ROWS[1] + "\n").encode("gb18030")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", one)
        archive.writestr("b.csv", two)
    done = redact(Held(packed.getvalue()), "all.zip", [ORDERS], Needles.of(["tina_shop"]))
    assert done.content is not None
    with zipfile.ZipFile(io.BytesIO(done.content.read())) as archive:
        assert archive.read("b.csv") == two
        assert b"tina_shop" not in archive.read("a.csv")


def test_rows_of_a_table_that_nobody_reads_by_line_go_whole() -> None:
    done = redact(Held(b"shop,buyer,state\nalpha,annabel,in\nalpha,bob,out\n"), "c.csv", [], Needles.of(["annabel"]))
    assert done.content == Held(b"shop,buyer,state\nalpha,bob,out\n")


def test_what_cannot_be_opened_says_so_without_quoting_it() -> None:
    with pytest.raises(ExportError) as error:
        redact(Held(b"PK\x03\x04 tina_shop"), "a.zip", [ORDERS], Needles.of(["tina_shop"]))
    assert "tina_shop" not in str(error.value)


@pytest.mark.parametrize(
    "dressed", ["`6917926768823643751", '"6,917,926,768,823,643,751"', "６９１７９２６７６８８２３６４３７５１"]
)
def test_an_order_is_found_in_whatever_dress_its_number_comes(dressed: str) -> None:
    # given an export in which a spreadsheet has dressed the number of the person's order
    row = f"{dressed},someone,80.00,交易成功,某某,浙江省 杭州市,,{MORNING},0.00,"
    content = f"{HEADER}\n{row}\n{ROWS[1]}\n".encode()

    done = redact(Held(content), "ExportOrderList.csv", [ORDERS], Needles.of([], ["6917926768823643751"]))

    assert done.rows == 1
    assert done.content is not None
    assert "someone" not in done.content.read().decode()


def test_a_workbook_is_rewritten_within_the_merchants_own_limits_not_the_usual_ones() -> None:
    """What was read by wider limits must be opened again by them, or nobody could be taken out of it."""
    path = next(path for path in sorted(FIXTURES.rglob("ExportOrderList*.xlsx")))
    needles = Needles.of(["13961234507"], [])

    assert redact(Held(path.read_bytes()), path.name, [ORDERS], needles, limits=ReadLimits(max_cells=10_000)).content
    with pytest.raises(ExportError, match="max_sheet_cells"):
        redact(Held(path.read_bytes()), path.name, [ORDERS], needles, limits=ReadLimits(max_cells=3))
