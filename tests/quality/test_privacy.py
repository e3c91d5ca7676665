"""Personal values never leave a check: not in reasons, notes, results or Data Docs."""

import json
from pathlib import Path

import pandas as pd
import pytest

from include.quality.data_docs import build_data_docs, keep_results, kept_results
from include.quality.masking import MASK, found_text
from tests.quality.one_part import check_frames

PLANTED = [
    "小确幸的猫_planted",
    "欧阳锋",
    "王小明",
    "13812345678",
    "浙江省杭州市文三路9号",
    "maomao@example.com",
    "330102199001011234",
]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("buyer", "anything"), ("customer", "9f8e"), ("reason", "不想要了"), ("province", "浙江省杭州市文三路9号"),
        ("买家会员名", "t**3"), ("收货人姓名", "x"), ("status", "王小明"), ("status", "13812345678"),
        ("status", "138****5678"), ("kind", "maomao@example.com"), ("title", "杭州市西湖区文三路"),
        ("quantity", "请送到3号楼"), ("quantity", "330102199001011234"), ("order_id", "张三 13812345678"),
        ("total_micros", "0571-88888888"), ("status", "欧阳锋镝"), ("status", "小确幸的猫zz9"),
        ("status", "tb12345678"), ("quantity", "请放门卫王大爷处勿按铃"), ("status", "John Smith"),
        ("kind", "等付款后请放到三楼前台张姐那里谢谢"),
    ],
)  # fmt: skip
def test_what_is_or_looks_like_a_person_is_masked(column: str, value: str) -> None:
    assert found_text(column, value) == MASK


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("quantity", 0, "0"), ("status", "部分发货", "部分发货"), ("status", "已付款", "已付款"),
        ("order_id", None, ""),
        ("order_id", "6.91793E+18", "6.91793E+18"), ("order_id", "13812345678", "13812345678"),
        ("paid_at", pd.Timestamp("2050-01-01"), "2050-01-01 00:00:00"), ("quantity", pd.NA, ""), ("buyer", None, ""),
        ("title", "x" * 50, "x" * 40 + "… (50 characters)"),
    ],
)  # fmt: skip
def test_what_helps_to_mend_the_mapping_is_shown(column: str, value: object, shown: str) -> None:
    assert found_text(column, value) == shown


@pytest.fixture(scope="module")
def shifted(tmp_path_factory):
    """A check of orders and lines whose rows have shifted, so that persons stand under any column."""
    from include.quality.verdict import BatchContext
    from tests.quality.conftest import CHECKED_AT, DAY, good_frame

    orders, lines = good_frame("orders", 300), good_frame("order_lines", 300)
    orders["buyer"] = PLANTED[0]
    orders.loc[0, "status"] = "王小明"
    orders.loc[1, "mark"] = "13812345678"
    orders.loc[2, ["province", "city"]] = ["浙江省杭州市文三路9号", "欧阳锋"]
    orders.loc[3, "order_id"] = None
    lines.loc[4, "status"] = "maomao@example.com"
    lines.loc[5, "status"] = "<img src=x onerror=alert(1)>"
    rejected = pd.DataFrame(
        {"file_line": [400], "column": ["订单状态"], "found": ["330102199001011234"], "expected": ["a status"]}
    )
    context = BatchContext(
        shop="tmall", report="orders", day=DAY, checked_at=CHECKED_AT, rows=301
    )  # fmt: skip
    verdict = check_frames({"orders": orders, "order_lines": lines}, context, rejected)
    folder: Path = tmp_path_factory.mktemp("quality")
    keep_results(verdict.results, folder / "results" / DAY)
    index = build_data_docs(kept_results(folder / "results" / DAY), folder / "docs" / DAY)
    return verdict, folder, index


def test_no_planted_value_in_reasons_notes_or_results(shifted) -> None:
    verdict, _, _ = shifted
    assert set(verdict.quarantined["file_line"]) == {2, 3, 5, 6, 7, 400}
    told = verdict.quarantined.to_csv() + verdict.warnings.to_csv() + verdict.failures.to_csv() + verdict.why_stopped()
    told += json.dumps(verdict.results, ensure_ascii=False) + repr(verdict.results)
    assert [value for value in PLANTED if value in told] == []
    assert MASK in told


def test_data_docs_name_the_suites_and_hold_no_person(shifted) -> None:
    _, folder, index = shifted
    pages = list(folder.joinpath("docs").rglob("*.html"))
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert index.name == "index.html"
    assert all(
        name in index.read_text(encoding="utf-8") for name in ("2025-11-03_tmall_orders", "order_lines", "export")
    )
    assert "Quantity is at least 1 and a possible number · 数量至少为 1 且在合理范围" in text
    files = "".join(path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*") if path.is_file())
    assert [value for value in PLANTED if value in files] == []
    assert "<img src=x" not in text


def test_data_docs_load_nothing_from_other_hosts(shifted) -> None:
    _, folder, _ = shifted
    for page in folder.joinpath("docs").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for loader in ("<script", "<link", "<img", "@import", "url(http", 'src="http'):
            assert loader not in text, f"{page.name}: {loader}"


def test_every_link_of_the_index_leads_to_a_page(shifted) -> None:
    import re

    _, _, index = shifted
    links = re.findall(r'href="([^"]+)"', index.read_text(encoding="utf-8"))
    assert len(links) == 3 + 18
    assert all((index.parent / link).is_file() for link in links)


def test_several_files_of_one_report_and_day_have_a_page_each(shifted, tmp_path: Path) -> None:
    verdict, _, _ = shifted
    index = build_data_docs([*verdict.results, *verdict.results], tmp_path / "day")
    assert len(list(index.parent.glob("validations/*/*/*/*.html"))) == 6


def test_data_docs_are_replaced_whole_and_a_replayed_check_replaces_its_results(shifted) -> None:
    verdict, folder, index = shifted
    stray = index.parent / "stray.html"
    stray.write_text("old")
    before = sorted(path.name for path in (folder / "results" / "2025-11-03").iterdir())
    keep_results(verdict.results, folder / "results" / "2025-11-03")
    build_data_docs(verdict.results[:1], index.parent)
    assert sorted(path.name for path in (folder / "results" / "2025-11-03").iterdir()) == before
    assert len(before) == 3
    assert not stray.exists()
    assert [path.name for path in index.parent.parent.iterdir()] == ["2025-11-03"]
