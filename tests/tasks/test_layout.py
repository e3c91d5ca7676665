"""How a list looks: on a screen of 1920 pixels, on A4, and in its words."""

import csv
import io
import re
import zipfile
from typing import Any

import openpyxl
import pytest

from include.exports.values.ids import id_of
from include.tasks.channels.parcel import Parcel
from include.tasks.document import Document, Line
from include.tasks.kinds import KINDS, kind_of
from include.tasks.sheets.comma_separated import write_csv
from include.tasks.sheets.digest import digest_of
from include.tasks.sheets.layout import (
    SMALLEST_LETTERS,
    heading_lines,
    height_of,
    letters_on_paper,
    places_of,
    printed_sums,
    printed_until,
    sum_places,
    talk_places,
)
from include.tasks.sheets.spreadsheet import write_xlsx
from include.words.texts import in_each
from tests.list_sheets import codes_of

WHY = "备货周期 13.7 天需求 29 + 安全库存 36 - 在库 43 - 在途 12 + 已售未发 18 = 需要 28 件；" * 4
COMMON: dict[str, Any] = {
    "sku": "JQ10056", "title": "白川里 升级加厚电热毯 旅行装 三盒装", "warehouse": "华北仓", "supplier": "GYS105",
    "supplier_name": "样本恒泰1厂", "quantity": 1200,
    "cost_micros": 19_836_000_000, "money_at_risk_micros": 9_216_000_000,
    "on_hand": 1043, "stock_day": "2025-11-11", "why_zh": WHY, "why_en": WHY,
}  # fmt: skip
LINES: dict[str, dict[str, Any]] = {
    "restock": {
        **COMMON, "sold_7": 1220, "sold_30": 5190, "daily_mean": "61.214", "empty_30": 3,
        "weekly_sales": "310 290x 0x 12x 288 301 " + "120 " * 8 + "? ? 400x 510 499 612 700 820x 1200 1310 1250 1220",
        "unit_cost_micros": 16_530_000, "pack": 12, "moq": 60, "cover_after_days": 38,
        "first_empty_day": "2025-11-19", "runs_out_day": "2025-11-29",
        "last_order_day": "2025-11-16", "protection_days": 14,
        "period_forecast": 1029, "lost_before_arrival": 0,
        "safety_stock": 936,
        "arriving": 216, "next_arrival_day": "2025-11-19", "stock_lasts_days": 18, "promised": 118, "need": 1128,
        "pack_rounding": 12, "moq_raise": 36, "shelf_life_cut": 4, "budget_cut": 8, "forgone_micros": 5_000_000_000,
        "transfer_in": 12, "transfer_out": 3, "supplier_on_time_share": 283, "service_level": 980,
        "abc": "A", "xyz": "X",
        "fallback_suppliers": "样本嘉禾1厂 GYS103 / 样本永顺1厂 GYS101",
    },
    "transfer": {
        **COMMON, "from_warehouse": "华南仓", "saved_micros": 486_670_000, "surplus": 65, "shortage": 42,
        "lacking_units": 42, "beyond_units": 29,
        "reason_zh": "缺货调入、积压调出", "reason_en": "lacks there, too much here",
        "from_free": 80, "from_sold_30": 90, "from_cover_days": 26,
        "free": 0, "sold_30": 51, "cover_days": 0, "empty_in_days": 0, "bought": 12,
        "a_day_micros": 67_000_000, "sales_micros": 320_000_000, "minimum_micros": 8_000_000,
        "relief_micros": 28_000_000, "held_micros": 9_000_000, "missed_micros": 3_000_000,
    },
    "chase": {
        **COMMON, "reference": "CG202509160001-12", "action_zh": "催货", "action_en": "expedite", "overdue_days": 39,
        "ordered_day": "2025-09-16", "expected_day": "2025-10-03", "counted": 180, "held_back": 40,
        "a_day_micros": 320_000_000, "lasts_days": 12,
    },
    "excess": {
        **COMMON, "grade": "S", "action": "clear", "action_zh": "清仓", "action_en": "clear",
        "tied_up_micros": 3_358_000_000, "cover_days": 2197, "days_left": 380, "age_days": 420, "sell_through": 10,
        "margin": 440, "action_cost_micros": 50_400_000,
    },
    "recall": {
        "customer": "0b3e9f39872b", "shop": "tmall", "shop_zh": "掌柜样本旗舰店", "shop_en": "Taobao",
        "channel": "call",
        "channel_name_zh": "电话（虚拟号）", "channel_name_en": "phone (virtual number)",
        "channel_zh": "千牛 → 交易 → 已卖出的宝贝 → 搜订单号 4212300000440006330 → 订单详情里查看虚拟号并拨打；"
        "订单 39 天前，虚拟号 2026-01-01 09:00 到期",
        "channel_en": "千牛 → 已卖出的宝贝 → search order 4212300000440006330 → call the number in 订单详情; "
        "the order is 39 days old, the number is valid until 2026-01-01 09:00",
        "channel_why_zh": "可用的方式里预计净赚最多", "channel_why_en": "gains most among the channels open to them",
        "offer": "coupon_10", "offer_zh": "10 元优惠券", "offer_en": "coupon of 10",
        "value_micros": 6_120_000,
        "p_churn": 754, "last_order_id": "4212300000440006330", "last_order_day": "2025-10-03", "days_since": 39,
        "usual_gap_days": 12, "tags_zh": "常客、高价值、大单、客单下降", "tags_en": "regular; high value; large",
        "why_zh": WHY, "why_en": WHY,
        "reason_zh": "平均 12 天买一次，上次 10月3日 买了“电热毯”，已经 39 天没来。",
        "reason_en": "Buys every 12 days on average; a blanket was bought on 3 Oct, 39 days ago.",
        "opening_zh": "您好，我是掌柜样本旗舰店的客服。您 10月3日 在我们店买的“电热毯”，用着还满意吗？",
        "opening_en": "Hello",
        "last_orders": ["2025-10-03 加厚电热毯 [BN10019] ×1", "2025-09-20 洗洁精 [JQ10056] ×2", "2025-09-01 猫砂 ×3"],
        "next_need_zh": "家清：自己的周期约 24 天，2025-11-01 已到期", "next_need_en": "cleaning: was due 2025-11-01",
        "after_sales_zh": "近几单退过款 20.00 元", "after_sales_en": "20.00 yuan refunded of the last orders",
        "offer_why_zh": "10 元优惠券（其他优惠的条件都不符合）", "offer_why_en": "coupon of 10",
    },
}  # fmt: skip
LANGUAGES = ("zh", "en")


def lines_of(kind: str) -> tuple[Line, ...]:
    return tuple(Line(f"task{n}", f"s{n}", n, n % 3, "2025-11-10", dict(LINES[kind])) for n in range(1, 4))


def parcel_of(kind: str) -> Parcel:
    return Parcel("k" * 64, 1, 1, Document(kind, "2025-11-11", lines_of(kind), (), (), {}), frozenset())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(LINES))
def test_what_to_do_the_answer_and_why_are_on_the_screen(kind: str, language: Any) -> None:
    places = places_of(kind_of(kind), lines_of(kind), language, "CNY")
    why = next(position for position, place in enumerate(places) if place.unit == "why")
    assert sum(place.pixels for place in places[: why + 1]) <= 1840
    answers = [position for position, place in enumerate(places) if place.is_answer]
    assert max(answers) < why
    if kind == "restock":
        after = [place.code for place in places[why + 1 : why + 4]]
        assert after == ["if_cost", "if_cover", "weekly_sales"]
        assert sum(place.pixels for place in places[: why + 3]) <= 1840, "what a quantity costs shows as it is typed"
    talk = talk_places(kind_of(kind), lines_of(kind), language, "CNY")
    assert sum(place.pixels for place in talk) <= 1840
    assert bool(talk) == (kind == "recall")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(LINES))
def test_letters_on_paper_are_seven_points_at_least(kind: str, language: Any) -> None:
    places = places_of(kind_of(kind), lines_of(kind), language, "CNY")
    last = printed_until(places)
    assert last >= max(position for position, place in enumerate(places) if place.is_answer)
    assert letters_on_paper(places[: last + 1]) >= SMALLEST_LETTERS
    if language == "zh" and kind != "recall":  # whose reasons stand on the sheet to talk by
        assert places[last].unit == "why", "the reasons are printed"
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel_of(kind), language)))
    for sheet in book.worksheets[:-2]:  # not the explanation and the hidden one
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0), "one page wide, many down"
        assert sheet.print_title_rows, "the header on every page"
        shown = re.match(r".*\$([A-Z]+)\$\d+:\$([A-Z]+)\$\d+", str(sheet.print_area))
        assert shown is not None
        first, final = (openpyxl.utils.column_index_from_string(letter) for letter in shown.groups())
        told = [one for one in sheet.column_dimensions.values() if one.min]  # one for all neighbours of a width
        widths = [next(one for one in told if one.min <= n <= one.max) for n in range(first, final + 1)]
        points = sum(one.width * 7 * 0.75 for one in widths if not one.hidden)  # their margins included
        assert 10 * min(1, 800 / points) >= SMALLEST_LETTERS - 0.15, sheet.title


@pytest.mark.parametrize("kind", ["restock", "transfer"])
def test_the_sum_is_printed_as_far_as_letters_stay_readable(kind: str) -> None:
    places = sum_places(kind_of(kind), lines_of(kind), "zh", "CNY")
    printed = printed_sums(places)
    assert any(place.unit == "why" for place in printed)
    assert letters_on_paper(printed) >= SMALLEST_LETTERS > letters_on_paper(places[: len(printed) + 1])


def test_the_sheet_to_talk_by_is_one_page_wide() -> None:
    places = talk_places(kind_of("recall"), lines_of("recall"), "zh", "CNY")
    assert letters_on_paper(places) >= SMALLEST_LETTERS
    codes = [place.code for place in places]
    assert codes[:4] == ["task_id", "rank", "customer", "last_order_id"]
    for code in ("reason_zh", "opening_zh", "offer_why_zh", "last_orders", "answer", "answer_reason"):
        assert code in codes


def test_who_is_written_to_by_a_platforms_tool_is_not_on_the_sheet_to_talk_by() -> None:
    called, sent = lines_of("recall")[:2]
    sent = Line(**{**vars(sent), "payload": {**sent.payload, "opening_zh": None, "opening_en": None}})
    document = Document("recall", "2025-11-11", (called, sent), (), (), {})
    for language in LANGUAGES:
        book = openpyxl.load_workbook(io.BytesIO(write_xlsx(Parcel("k" * 64, 1, 1, document), language)))
        on_list, on_talk = ([row[0] for row in sheet.values] for sheet in book.worksheets[:2])
        assert {"task1", "task2"} <= set(on_list)
        assert "task1" in on_talk
        assert "task2" not in on_talk
    nobody = Document("recall", "2025-11-11", (sent,), (), (), {})
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(Parcel("k" * 64, 1, 1, nobody), "zh")))
    assert "通话单" not in book.sheetnames


def test_five_calls_at_least_fit_on_a_page() -> None:
    """A4 across holds 480 points of rows below the header, as far as all columns are made to fit it."""
    for language in LANGUAGES:
        sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel_of("recall"), language))).worksheets[1]
        row = next(n for n, cells in enumerate(sheet.values, start=1) if cells[0] == "task1")
        scale = letters_on_paper(talk_places(kind_of("recall"), lines_of("recall"), language, "CNY")) / 10
        assert 480 / (sheet.row_dimensions[row].height * scale) >= 5, language


def test_details_stand_on_the_sheet_that_explains_and_not_above_the_list() -> None:
    notes = ({"zh": "先看", "en": "first"}, {"zh": "细节", "en": "detail", "is_detail": True})
    parcel = Parcel("k" * 64, 1, 1, Document("recall", "2025-11-11", lines_of("recall"), notes, (), {}))
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel, "zh")))
    top = [row[1] for row in book.worksheets[0].iter_rows(max_row=6, values_only=True)]
    assert "先看" in top
    assert "细节" not in top
    assert ("关于本清单", "细节") in [row[:2] for row in book["说明"].values]
    assert digest_of(parcel, "zh").notes == ("先看",)


def test_the_sum_stands_on_a_sheet_of_its_own_and_holds() -> None:
    codes = [place.code for place in sum_places(kind_of("restock"), lines_of("restock"), "zh", "CNY")]
    assert codes[:6] == ["rank", "sku", "title", "warehouse", "quantity", "why_zh"]
    terms = {"period_forecast", "lost_before_arrival", "safety_stock", "on_hand", "arriving", "promised", "need"}
    assert terms <= set(codes)
    codes = [place.code for place in sum_places(kind_of("recall"), lines_of("recall"), "zh", "CNY")]
    assert codes == ["rank", "customer", "value_micros", "why_zh", "channel_why_zh"]


@pytest.mark.parametrize("kind", list(LINES))
def test_rows_are_as_high_as_their_texts_and_the_title_is_whole(kind: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel_of(kind), "zh")))
    assert book.worksheets[0].row_dimensions[1].height >= 24, "letters of 16 points"
    if kind == "recall":
        talk = book["通话单"]
        assert all(talk.row_dimensions[row].height >= height_of([("一\n二\n三", 20.0)]) for row in (4, 5, 6))


@pytest.mark.parametrize(
    ("heading", "width", "lines"),
    [
        ("商品", 28.0, 1),
        ("建议订货", 7.5, 2),  # 8 and a bit over 6.5: 建议订 and 货, of which the arrow leaves room for 2.5
        ("建议订货", 15.0, 1),
        ("紧急程度", 9.7, 2),  # one line of 8.6, whose end the arrow would cover
        ("近30天销量", 7.5, 3),  # 近30天, 销量, and a line for the arrow
        ("近30天销量", 5.6, 4),  # 近30, 天销, 量 and the arrow: 30 is not parted
        ("Sold in 30 days", 9.0, 3),  # 'Sold in', '30 days', and the arrow
    ],
)
def test_a_heading_is_counted_in_lines_that_the_filters_arrow_leaves_free(
    heading: str, width: float, lines: int
) -> None:
    assert heading_lines(heading, width) == lines


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(LINES))
def test_every_heading_is_whole(kind: str, language: Any) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel_of(kind), language)))
    for sheet in book.worksheets[: 3 if kind == "recall" else 2]:
        headings = next(row for row in sheet.iter_rows() if row[-1].value and row[-1].font.bold)
        assert all(cell.alignment.vertical == "top" for cell in headings)
        told = [one for one in sheet.column_dimensions.values() if one.min]
        for cell in headings:
            wide = next(one for one in told if one.min <= cell.column <= one.max)
            lines = heading_lines(str(cell.value), wide.width - 5 / 7)
            assert wide.hidden or sheet.row_dimensions[cell.row].height >= lines * 13.5, (sheet.title, cell.value)


def test_the_recall_list_shows_its_whole_sum_on_a_sheet_of_its_own() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel_of("recall"), "zh")))
    assert book.sheetnames == ["召回", "通话单", "算式", "说明", "_list"]
    row = next(row for row in book["算式"].iter_rows(min_row=2) if row[0].value == 1)
    assert [cell.value for cell in row] == [1, "0b3e9f39872b", 6.12, WHY, "可用的方式里预计净赚最多"]
    assert book["算式"].row_dimensions[2].height >= height_of([(WHY, 60.0)])


def test_the_way_of_contact_stands_alone_in_its_column() -> None:
    (line, *_) = table(write_xlsx(parcel_of("recall"), "zh"))
    assert line["channel_name_zh"] == "电话（虚拟号）"
    assert line["channel_zh"].startswith("千牛 → ")


CODE_WORDS = ("clear", "coupon_10", "tmall", "call", "sms", "expedite", "transfer", "restock", "recall", "excess")


@pytest.mark.parametrize("kind", list(LINES))
def test_no_code_words_stand_in_a_chinese_list(kind: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel_of(kind), "zh")))
    said = []
    for sheet in book.worksheets[:-1]:
        for row in sheet.iter_rows():
            hidden = sheet.row_dimensions[row[0].row].hidden
            said += [str(cell.value) for cell in row if cell.value is not None and not hidden]
    said += write_csv(parcel_of(kind), "zh").decode("utf-8-sig").replace(",", "\n").splitlines()
    words = {word.casefold() for text in said for word in re.findall(r"[A-Za-z_0-9]+", text)}
    assert words & set(CODE_WORDS) == set()


def test_suppliers_and_shops_are_called_by_their_names() -> None:
    (line, *_) = table(write_xlsx(parcel_of("restock"), "zh"))
    assert line["supplier"] == "样本恒泰1厂 GYS105"
    (line, *_) = table(write_xlsx(parcel_of("recall"), "zh"))
    assert line["shop"] == "掌柜样本旗舰店"


def top_of(sheet: Any, between: str = "") -> str:
    """The texts above the table, which run over several rows."""
    header, _ = codes_of(sheet)
    return between.join(str(row[1]) for row in sheet.iter_rows(max_row=header - 2, values_only=True))


def table(workbook: bytes) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0]
    header, places = codes_of(sheet)
    rows = list(sheet.values)[header:]
    return [{code: row[column - 1] for code, column in places.items()} for row in rows]


def test_order_numbers_survive_excel_and_our_own_reader() -> None:
    text = write_csv(parcel_of("recall"), "zh").decode("utf-8-sig")
    (row, *_) = csv.DictReader(io.StringIO(text))
    assert row["最近订单"] == '="4212300000440006330"'
    assert id_of(row["最近订单"]) == "4212300000440006330"
    assert row["距今(天)"] == "39", "numbers stay numbers"


MEANINGS = {
    "restock": {"紧急程度": "最晚下单日", "仓库": "货要到的仓库", "实际数量": "实际下单的件数", "处理结果": "已下单"},
    "transfer": {
        "紧急程度": "调入仓已断货",
        "实际数量": "实际调拨的件数",
        "处理结果": "已发出",
        "调入仓": "货少的仓库",
    },
    "chase": {"紧急程度": "早到还能少断货", "实际数量": "供应商答应的件数", "处理结果": "已问过供应商"},
    "excess": {"仓库": "货现在所在的仓库", "实际数量": "实际处理的件数", "处理结果": "已处理"},
    "recall": {"处理结果": "空号：以后不再打电话"},
}


@pytest.mark.parametrize("kind", list(LINES))
def test_the_explanation_is_true_of_this_list(kind: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel_of(kind), "zh")))
    told = {str(row[0]): str(row[1]) for row in book["说明"].values}
    for heading, meaning in MEANINGS[kind].items():
        assert meaning in told[heading]
    assert ("预计到货" in told) == (kind in ("restock", "transfer", "chase"))
    assert ("实际数量" in told) == (kind != "recall")
    assert ("紧急程度" in told) == KINDS[kind].has_urgency
    for level in ("紧急：", "尽快：", "正常："):
        assert (level in told.get("紧急程度", "")) == KINDS[kind].has_urgency
    top = top_of(book.worksheets[0])
    assert "（数据截至 11-11，11-12 早上处理）" in top
    assert ("数量不填" in top) == (kind != "recall")
    assert ("紧急" in top) == KINDS[kind].has_urgency


@pytest.mark.parametrize(
    ("language", "enough", "talk"),
    [("zh", "填一页就行", "通话单"), ("en", "one of the two is enough", "Talk sheet")],
)
def test_both_sheets_of_the_recall_list_and_the_explanation_say_that_one_answer_is_enough(
    language: Any, enough: str, talk: str
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel_of("recall"), language)))
    for sheet in book.worksheets[:2]:
        top = top_of(sheet, "" if language == "zh" else " ")
        assert (top.count(enough), talk in top) == (1, True), sheet.title
    told = {str(row[0]): str(row[1]) for row in book.worksheets[-2].values}
    assert enough in told[talk]


@pytest.mark.parametrize(("language", "column"), [("zh", "供应商答复"), ("en", "Supplier's answer")])
def test_the_list_of_open_orders_says_where_the_suppliers_answer_goes_and_no_other_does(
    language: Any, column: str
) -> None:
    for kind in LINES:
        sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(parcel_of(kind), language))).worksheets[0]
        top = top_of(sheet, "" if language == "zh" else " ")
        assert (column in top) == (kind == "chase"), kind


def test_the_explanation_of_the_action_uses_the_words_of_the_sheet() -> None:
    actions = ("cancel", "expedite", "confirm", "pull_forward", "postpone")
    told = [in_each(f"chase.action.{action}") for action in actions]
    meaning = next(column for column in KINDS["chase"].columns if column.field == "action_zh")
    assert sorted(re.split("、|或", meaning.meaning("zh"))) == sorted(zh for zh, _ in told)
    assert sorted(meaning.meaning("en").split(", ")) == sorted(en for _, en in told)


def test_a_call_is_answered_by_its_outcome() -> None:
    with zipfile.ZipFile(io.BytesIO(write_xlsx(parcel_of("recall"), "zh"))) as archive:
        for number in (1, 2):
            xml = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
            assert "已接通有意向,已接通无意向,未接通,空号,勿扰,已下单,接受,拒绝,稍后" in xml
