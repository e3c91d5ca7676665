"""Beginning a new shop or platform from a file: what is written runs at once and holds none of the file's cells."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from include.cli.unknown_files.scaffolding import ScaffoldError, scaffold
from include.platforms.read_export import read_export
from include.settings.shops import Shop
from tests.command_lines import storekeeper

ROOT = Path(__file__).parents[2]
WEBSHOP = """Order,Article,Name,Pieces,Price,Ordered at,Client,Province
W1001,TEA-01,Green tea 250 g,2,39.90,2025-11-12 09:14:00,li88,上海
W1001,CUP-02,Cup white,1,25.00,2025-11-12 09:14:00,li88,上海
W1002,TEA-01,Green tea 250 g,1,39.90,2025-11-12 20:41:10,wang_7,广东
W1003,TEA-01,Green tea 250 g,-1,39.90,2025-11-12 21:00:00,li88,上海
TOTAL,,,3,,,,
"""
CHINESE = """某某商城订单导出
单号,下单时间,付款时间,商家编码,商品名称,件数,成交金额,订单状态,收货人姓名,手机号,收货地址,省份
SC9001,2026/5/1 10:01,2026/5/1 10:02,TEA-01,绿茶,2,79.80,已完成,王小明,13812345678,某路1号,浙江
SC9002,2026/5/1 11:01,,CUP-02,白瓷杯,1,25.00,待付款,李小红,13987654321,某路2号,广东
SC9003,2026/5/1 12:01,2026/5/1 12:02,TEA-01,绿茶,3,119.70,已发货,赵小刚,13700001111,某路3号,上海
"""


@pytest.fixture
def webshop(tmp_path: Path) -> Path:
    path = tmp_path / "orders_2025-11-12.csv"
    path.write_text(WEBSHOP, encoding="utf-8")
    return path


@pytest.fixture
def chinese(tmp_path: Path) -> Path:
    path = tmp_path / "商城订单20260502.csv"
    path.write_text(CHINESE, encoding="gb18030")
    return path


def run(*words: object) -> int:
    return storekeeper()([str(word) for word in words])


def passes(root: Path, test: str) -> None:
    """pytest, in a process of its own, as somebody runs it who has just written these files."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", test],
        cwd=root, capture_output=True, text=True, env={"PYTHONPATH": f"{root}:{ROOT}", "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def test_a_shop_s_settings_read_the_file_they_were_guessed_from(
    webshop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("scaffold", webshop, "--shop", "webshop", "--merchant", tmp_path / "m", "--root", tmp_path) == 0

    passes(tmp_path, "tests/shops/test_webshop.py")
    settings = tmp_path / "m" / "drafts" / "webshop.yaml"
    assert run("inspect", webshop, "--shop", settings, "--rows") == 0
    told = capsys.readouterr().out
    assert "rows         5: 4 published, 0 rejected" in told
    assert "line 5       published: refunds" in told
    assert "line 6       ignored: total line" in told
    assert 'pattern: "orders_*.csv"   # guessed' in settings.read_text()
    assert settings.read_text().count("# guessed") >= 10


def test_a_chinese_file_with_a_title_line_is_guessed(chinese: Path, tmp_path: Path) -> None:
    run("scaffold", chinese, "--shop", "mall", "--merchant", tmp_path / "m", "--root", tmp_path)

    passes(tmp_path, "tests/shops/test_mall.py")
    shop = Shop.model_validate(yaml.safe_load((tmp_path / "m" / "drafts" / "mall.yaml").read_text(encoding="utf-8")))
    reading = read_export(chinese, platform="declared", report="sales", declared=shop.reports["sales"].declared)
    assert reading.rejected.empty
    orders = reading.frames["orders"]
    assert orders["status"].tolist() == ["completed", "unpaid", "shipped"]
    assert orders["total_micros"].tolist() == [79_800_000, 25_000_000, 119_700_000]
    assert orders["paid_at"].isna().tolist() == [False, True, False]
    assert reading.frames["order_lines"]["merchant_code"].tolist() == ["TEA-01", "CUP-02", "TEA-01"]


def test_nothing_that_is_written_holds_a_cell_of_the_file(chinese: Path, tmp_path: Path) -> None:
    """But the words of a state, which the settings must name."""
    run("scaffold", chinese, "--shop", "mall", "--merchant", tmp_path / "m", "--root", tmp_path / "r")
    run("scaffold", chinese, "--shop", "other", "--platform", "mall", "--merchant", tmp_path / "m2", "--root",
        _tree(tmp_path / "copy"))  # fmt: skip

    cells = {cell for line in CHINESE.splitlines()[2:] for cell in line.split(",") if len(cell) > 2}
    cells -= {"已完成", "待付款", "已发货"}
    written = [path for folder in ("m", "m2", "r") for path in (tmp_path / folder).rglob("*") if path.is_file()]
    written += [path for path in (tmp_path / "copy").rglob("*mall*") if path.is_file()]
    assert len(written) >= 5
    for path in written:
        assert not {cell for cell in cells if cell in path.read_text(encoding="utf-8")}, path


def _tree(root: Path) -> Path:
    """A copy of what reads files, with the readers' tests."""
    for part in ("cli", "exports", "files", "pages", "privacy", "platforms", "settings", "calendar", "words"):
        shutil.copytree(ROOT / "include" / part, root / "include" / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "include" / "__init__.py", root / "include")
    (root / "tests" / "platforms" / "fixtures").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "platforms" / "conftest.py", root / "tests" / "platforms")
    return root


def test_a_new_platform_is_known_at_once(chinese: Path, tmp_path: Path) -> None:
    root = _tree(tmp_path / "tree")
    there = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    words = ("--shop", "mall_a", "--platform", "mall", "--merchant", tmp_path / "m", "--root", root)

    assert run("scaffold", chinese, *words) == 0
    passes(root, "tests/platforms/test_mall.py")
    changed = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} - there
    assert {path for path in changed if "include" in path and "__pycache__" not in path} == {
        f"include/platforms/mall/{name}" for name in ("__init__.py", "names.yaml", "sales.py")
    }
    asked = subprocess.run(
        [sys.executable, "-m", "include.cli", "inspect", chinese],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.search(r"platform +mall\n", asked)
    assert "3 published, 0 rejected" in asked


def test_nothing_is_overwritten(webshop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("scaffold", webshop, "--shop", "webshop", "--merchant", tmp_path / "m", "--root", tmp_path)
    run(*words)
    settings = tmp_path / "m" / "drafts" / "webshop.yaml"
    settings.write_text("mine")
    shutil.rmtree(tmp_path / "tests")

    assert run(*words) == 1

    assert "already there" in capsys.readouterr().err
    assert settings.read_text() == "mine"
    assert not (tmp_path / "tests").exists()


def test_a_draft_is_no_shop_until_somebody_moves_it(webshop: Path, tmp_path: Path) -> None:
    words = ("scaffold", webshop, "--shop", "webshop", "--merchant", tmp_path / "m", "--root", tmp_path)
    run(*words)
    live = tmp_path / "m" / "shops" / "webshop.yaml"
    assert not live.exists(), "a day would wait for it"
    live.parent.mkdir()
    (tmp_path / "m" / "drafts" / "webshop.yaml").rename(live)
    passes(tmp_path, "tests/shops/test_webshop.py")
    shutil.rmtree(tmp_path / "tests")
    assert run(*words) == 1, "it is there already"


def test_what_cannot_be_guessed_is_left_for_a_person_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Alpha,Beta,Pieces\nfoo,bar,1\nbaz,qux,2\n")

    assert run("scaffold", file, "--shop", "odd", "--merchant", tmp_path / "m", "--root", tmp_path) == 0

    said = capsys.readouterr().out
    assert re.search(r"no column was found for .*; free headers are Alpha, Beta", said)
    with pytest.raises(AssertionError, match=r"\?\?\? the header of"):
        passes(tmp_path, "tests/shops/test_odd.py")


@pytest.mark.parametrize(
    ("name", "content", "frame"),
    [
        ("stock.csv", "Warehouse,SKU,On hand,Reserved\nEast,A-1,5,1\nEast,A-2,7,0\n", "stock"),
        ("goods.csv", "商品编码,商品名称,分类,成本价,供应商\nA1,茶,饮,12.50,某厂\nA2,杯,器,8.20,某厂\n", "products"),
        ("map.csv", "平台商品编码,商品编码,数量\n990001,A1,1\n990002,A2,2\n", "listings"),
        ("sup.csv", "供应商,交货周期\n某厂,7\n他厂,9\n", "suppliers"),
    ],
)
def test_masters_are_told_from_sales(tmp_path: Path, name: str, content: str, frame: str) -> None:
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")

    run("scaffold", file, "--shop", "erp", "--merchant", tmp_path / "m", "--root", tmp_path)

    shop = yaml.safe_load((tmp_path / "m" / "drafts" / "erp.yaml").read_text(encoding="utf-8"))
    assert list(shop["reports"]) == [frame]
    assert "???" not in str(shop)
    reading = read_export(file, platform="declared", report=frame, declared=shop["reports"][frame]["declared"])
    assert reading.rejected.empty
    assert len(reading.frames[frame]) == 2


@pytest.mark.parametrize(
    ("content", "frame", "fields"),
    [
        (
            "订单号,下单日期,支付日期,商家编码,数量,实付金额,订单状态\n"
            "T1001,2026-03-01,2026-03-02,A-1,2,19.80,已发货\nT1002,2026-03-01,2026-03-03,A-2,1,9.90,已发货\n",
            "sales",
            {"paid_at": "支付日期", "created_at": "下单日期"},
        ),
        (
            "退款编号,交易单号,货号,申请日期,完成日期,退款金额,数量\n"
            "R1,T1001,A-1,2026-03-04,2026-03-06,9.90,1\nR2,T1002,A-2,2026-03-05,2026-03-07,9.90,1\n",
            "refunds",
            {"order_id": "交易单号", "merchant_code": "货号", "requested_at": "申请日期", "completed_at": "完成日期"},
        ),
    ],
)
def test_days_and_numbers_are_known_by_the_names_that_shops_write(
    tmp_path: Path, content: str, frame: str, fields: dict[str, str]
) -> None:
    file = tmp_path / "of_a_shop.csv"
    file.write_text(content, encoding="utf-8")

    run("scaffold", file, "--shop", "web", "--merchant", tmp_path / "m", "--root", tmp_path)

    shop = yaml.safe_load((tmp_path / "m" / "drafts" / "web.yaml").read_text(encoding="utf-8"))
    assert list(shop["reports"]) == [frame]
    declared = shop["reports"][frame]["declared"]
    columns = declared["columns"]
    headers = {field: one["header"] if isinstance(one, dict) else one for field, one in columns.items()}
    assert {field: headers.get(field) for field in fields} == fields
    assert "paid_at" not in declared.get("same", {})


def test_headers_tells_the_names_and_nothing_else(chinese: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", chinese, "--headers") == 0

    assert capsys.readouterr().out.splitlines() == [
        "csv, gb18030, line 2:", CHINESE.splitlines()[1],
    ]  # fmt: skip


def test_headers_of_a_file_of_data_rows_shows_none_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.csv"
    file.write_text("".join(CHINESE.splitlines(keepends=True)[2:]), encoding="utf-8")

    assert run("inspect", file, "--headers") == 1

    told = capsys.readouterr()
    assert "小明" not in told.out + told.err


def test_rows_tells_each_line_s_fate_and_no_personal_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ExportOrderList202605020010.csv"
    header = "订单编号,买家会员名,总金额,订单状态,订单创建时间,订单付款时间,收货地址"
    good = "35153000000000001,小树,10.00,交易成功,2026-05-01 10:00:00,2026-05-01 10:00:05,广东省 某路"
    bad = good.replace("0001,", "0002,").replace("10.00", "zehn")
    file.write_text("\n".join([header, good, bad, "合计,,20.00,,,,"]))

    assert run("inspect", file, "--rows") == 0

    told = capsys.readouterr().out
    lines = [line for line in told.splitlines() if line.startswith("line ")]
    assert lines == [
        "line 2       published: orders",
        "line 3       rejected: 总金额, expected an amount of money such as 1,234.50",
        "line 4       ignored: total line",
    ]
    assert "小树" not in told
    assert "某路" not in told


def test_who_sells_is_not_taken_for_the_buyer(tmp_path: Path) -> None:
    header = "订单号,商品名称,SKU编码,成交数量,实付款,订单创建时间,订单支付时间,CPS达人昵称,团长昵称,客服昵称"
    row = "26152000000{n:02d},杯,A-{n},1,9.90,2026-06-01 20:00:{n:02d},2026-06-01 20:01:{n:02d},小主播,小团长,小满"
    path = tmp_path / "订单.csv"
    path.write_text("\n".join([header, *(row.format(n=n) for n in range(1, 9))]), encoding="utf-8")

    assert run("scaffold", path, "--shop", "ks", "--merchant", tmp_path / "m", "--root", tmp_path) == 0

    written = (tmp_path / "m" / "drafts" / "ks.yaml").read_text(encoding="utf-8")
    assert "SKU编码" in written
    assert not re.search(r"buyer.*昵称", written)


def test_a_table_that_goes_on_in_a_second_sheet_is_one_table(fixtures: Path, tmp_path: Path) -> None:
    """There its header stands once more, among what would else be numbers only."""
    path = fixtures / "kuaishou" / "订单_20260603101500.xlsx"
    words = ("--password", "ks-20260601", "--merchant", tmp_path / "m", "--root", tmp_path)

    assert run("scaffold", path, "--shop", "ks", *words) == 0

    shop = yaml.safe_load((tmp_path / "m" / "drafts" / "ks.yaml").read_text(encoding="utf-8"))
    declared = shop["reports"]["sales"]["declared"]
    assert declared["columns"]["quantity"] == "成交数量"
    assert "成交数量" not in declared["columns"]["status"]["words"]
    passes(tmp_path, "tests/shops/test_ks.py")
    reading = read_export(path, platform="declared", report="sales", declared=declared, password="ks-20260601")
    assert reading.frames["order_lines"]["quantity"].tolist() == [1, 2, 1, 1]


@pytest.mark.parametrize("name", ["tmall.yaml", "tmall.txt"])
def test_the_yaml_of_a_shop_is_no_export(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text("name: tmall\nplatform: taobao\nreports:\n  orders: {pattern: '*'}\n", encoding="utf-8")
    with pytest.raises(ScaffoldError, match="is YAML, which describes a shop: expected a file that the shop exports"):
        scaffold(file, "tmall", tmp_path / "merchant", tmp_path)
    assert list(tmp_path.iterdir()) == [file]
