"""A promotion's stock plan or review for people: a table for the terminal, and a workbook, Chinese or English."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from include.settings.currencies import currency_name
from include.tasks.sheets.cells import amount_of, neutral

TEXT, COUNT, DECIMAL, DAY, MONEY, YUAN, SHARE, TIMES = "text", "count", "decimal", "day", "money", "yuan", "share", "x"


@dataclass(frozen=True)
class Field:
    """One column: its name in the frame, what it is called, its unit, and what it means where the name does not say."""

    name: str
    zh: str
    en: str
    unit: str
    zh_meaning: str = ""
    en_meaning: str = ""
    width: int = 12

    def heading(self, language: str, currency: str) -> str:
        said = self.zh if language == "zh" else self.en
        return f"{said} ({currency_name(currency, language)})" if self.unit in (MONEY, YUAN) else said


_WHOSE = (
    Field("promotion", "活动", "Promotion", TEXT, width=20),
    Field("shop", "店铺", "Shop", TEXT, "空：所有店铺", "empty: every shop"),
    Field("first_day", "开始", "From", DAY),
    Field("last_day", "结束", "To", DAY),
    Field("sku", "商家编码", "Sku", TEXT, width=16),
    Field("title", "商品", "Title", TEXT, width=28),
)
PLAN = (
    *_WHOSE,
    Field("warehouse", "仓库", "Warehouse", TEXT),
    Field("supplier", "供应商", "Supplier", TEXT),
    Field("quantity", "要订", "To order", COUNT, "按箱规和起订量取整；空：库存未知",
          "in whole packs, the least order at least; empty: the stock is unknown"),
    Field("order_by", "最晚下单日", "Order by", DAY, "再晚就赶不上活动第一天；空：已赶不上",
          "later, it is not there on the first day; empty: it cannot be any more"),
    Field("arrives_day", "明天下单的到货日", "Arrives if ordered tomorrow", DAY, "按供应商九成货能到的天数，含休假",
          "by the days within which the supplier delivers nine tenths, holidays included"),
    Field("cost_micros", "货款", "Cost", MONEY),
    Field("price", "活动价", "Planned price", YUAN),
    Field("lift", "预计倍数", "Expected lift", TIMES, "活动日销量为平日的几倍",
          "sales of a promoted day over an ordinary day's"),
    Field("basis_text", "倍数依据", "Lift from", TEXT),
    Field("target", "到活动结束的需求", "Wanted until the end", COUNT, "按服务水平", "at the service level"),
    Field("service_level", "服务水平", "Service level", SHARE),
    Field("demand_before", "活动前预计", "Expected before", DECIMAL),
    Field("demand_promotion", "活动期预计", "Expected in it", DECIMAL),
    Field("lost", "补不上", "Lost anyway", COUNT),
    Field("on_hand", "在库", "On hand", COUNT),
    Field("promised", "已售未发", "Promised", COUNT),
    Field("arriving", "活动前到货", "Arrives before", COUNT),
    Field("arriving_during", "活动中到货", "Arrives in it", COUNT),
    Field("need", "缺口", "Lacking", COUNT, "需求 - 补不上 - 在库 - 到货 + 已售未发",
          "wanted - lost - on hand - arriving + promised"),
    Field("stock_limit", "活动库存", "Stock limit", COUNT),
)  # fmt: skip
SUPPLIERS = (
    Field("supplier", "供应商", "Supplier", TEXT),
    Field("lines", "行数", "Lines", COUNT),
    Field("units", "件数", "Units", COUNT),
    Field("cost_micros", "货款", "Cost", MONEY),
    Field("order_by", "最早的最晚下单日", "Order the first by", DAY),
    Field("late", "已赶不上首日的行", "Lines too late for the first day", COUNT),
)
REVIEW = (
    *_WHOSE,
    Field("seen_days", "已过天数", "Days seen", COUNT),
    Field("days", "活动天数", "Days", COUNT),
    Field("forecast", "预测", "Forecast", DECIMAL, "活动前一天的预测；活动未结束时为空",
          "said the day before it began; empty until it is over"),
    Field("sold", "实销", "Sold", DECIMAL),
    Field("lost", "估计缺货损失", "Lost, estimated", DECIMAL, "空架时估计没卖成的件数",
          "what empty shelves turned away"),
    Field("ordinary", "平日水平", "Ordinary sales", DECIMAL, "这些天没有活动时约卖多少",
          "what these days would have sold without it"),
    Field("lift", "实际倍数", "Lift", TIMES, "(实销 + 缺货损失) / 平日水平", "(sold + lost) over ordinary sales"),
    Field("lift_planned", "计划倍数", "Lift as planned", TIMES),
    Field("uplift", "增量", "Uplift", DECIMAL, "实销 - 平日水平", "sold less ordinary sales"),
    Field("before", "前两周差额", "Two weeks before", DECIMAL, "负数：顾客等活动",
          "below zero: customers waited for it"),
    Field("after", "后两周差额", "Two weeks after", DECIMAL, "负数：活动透支", "below zero: pulled forward"),
    Field("after_seen_days", "其中已过天数", "Of these, days seen", COUNT),
    Field("net", "净增量", "Net uplift", DECIMAL, "增量 + 前后两周差额；后两周未过完时为空",
          "uplift and both differences; empty until the two weeks are over"),
    Field("stock_left", "剩余库存", "Stock left", COUNT, "活动最后一天；空：未知", "on its last day; empty: unknown"),
    Field("price_planned_micros", "计划价", "Price planned", MONEY),
    Field("price_paid_micros", "实付均价", "Price paid", MONEY),
    Field("revenue_micros", "销售额", "Revenue", MONEY, "未扣退款", "before refunds"),
    Field("margin_micros", "毛利", "Margin", MONEY, "销售额 - 进价；空：进价未知",
          "revenue less cost; empty: cost unknown"),
)  # fmt: skip
_TITLES = {
    ("plan", "zh"): "活动备货",
    ("plan", "en"): "promotion_plan",
    ("review", "zh"): "活动复盘",
    ("review", "en"): "promotion_review",
}
_WORDS = {
    "zh": {"suppliers": "按供应商", "meanings": "说明", "total": "合计", "none": "没有活动", "learned": "以往活动",
           "stated": "活动计划", "unknown": "未知", "as_of": "截至"},
    "en": {"suppliers": "By supplier", "meanings": "Meanings", "total": "All", "none": "no promotion",
           "learned": "past promotions", "stated": "the plan", "unknown": "unknown", "as_of": "as of"},
}  # fmt: skip
_SHOWN = {
    "plan": ("promotion", "shop", "first_day", "last_day", "sku", "warehouse", "supplier", "quantity", "order_by",
             "cost_micros", "lift", "basis_text", "target", "on_hand", "arriving", "arriving_during"),
    "review": ("promotion", "shop", "sku", "first_day", "last_day", "seen_days", "forecast", "sold", "lost", "ordinary",
               "lift", "before", "after", "net", "stock_left", "price_planned_micros", "price_paid_micros",
               "margin_micros"),
}  # fmt: skip
MOST_SHOWN = 30  # rows in a terminal; --out writes all


def fields_of(what: str) -> tuple[Field, ...]:
    """The columns of a `plan` or a `review`."""
    return PLAN if what == "plan" else REVIEW


def file_name(what: str, promotion: str, day: str, language: str) -> str:
    """活动备货_双11_2025-10-12.xlsx; what no file's name may hold becomes a line."""
    safe = re.sub(r"[^\w.-]+", "-", promotion)
    return f"{_TITLES[what, language]}_{safe}_{day}.xlsx"


def shown(what: str, lines: pd.DataFrame, suppliers: pd.DataFrame | None, language: str, currency: str) -> str:
    """The first lines and the suppliers as text tables."""
    words = _WORDS[language]
    if lines.empty:
        return words["none"]
    told = _worded(lines, language)
    if what == "plan":
        told = told[(told["quantity"] > 0).fillna(True)]
    by_name = {field.name: field for field in fields_of(what)}
    parts = [_table([by_name[name] for name in _SHOWN[what]], told.head(MOST_SHOWN), language, currency)]
    if len(told) > MOST_SHOWN:
        parts.append(f"... {len(told) - MOST_SHOWN} (--out)")
    if suppliers is not None and len(suppliers):
        whose = [field for field in _WHOSE if field.name in ("promotion", "shop")]
        parts.append(_table([*whose, *SUPPLIERS], suppliers, language, currency))
    return "\n\n".join(parts)


def _table(fields: Sequence[Field], frame: pd.DataFrame, language: str, currency: str) -> str:
    columns = {
        field.heading(language, currency): [_text(value, field.unit) for value in frame[field.name]] for field in fields
    }
    return pd.DataFrame(columns).to_markdown(index=False, disable_numparse=True)


def _text(value: Any, unit: str) -> str:
    if value is None or pd.isna(value):
        return "" if unit == TEXT else "?"
    if unit == MONEY:
        return f"{amount_of(int(value)):,.2f}"
    return {
        TEXT: lambda: str(value),
        DAY: lambda: str(value),
        COUNT: lambda: f"{int(value):,}",
        DECIMAL: lambda: f"{float(value):,.1f}",
        YUAN: lambda: f"{float(value):,.2f}",
        SHARE: lambda: f"{100 * float(value):.1f}%",
        TIMES: lambda: f"{float(value):.2f}",
    }[unit]()


def _worded(lines: pd.DataFrame, language: str) -> pd.DataFrame:
    words = _WORDS[language]
    if "basis" in lines:
        lines = lines.assign(basis_text=lines["basis"].map({name: words[name] for name in lines["basis"].unique()}))
    return lines.assign(title=lines["title"].where(lines["sku"] != "", words["total"]))


def write_sheet(
    what: str, lines: pd.DataFrame, suppliers: pd.DataFrame | None, day: str, language: str, currency: str
) -> bytes:
    """The workbook of one promotion: its lines, its suppliers where there are any, and what the columns mean. The same
    lines give the same bytes."""
    import xlsxwriter

    words = _WORDS[language]
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": datetime.fromisoformat(day)})
    formats = _formats(book)
    sheet = book.add_worksheet(_TITLES[what, language])
    heads = lines[["promotion", "first_day", "last_day"]].iloc[0]
    title = f"{heads['promotion']} · {_TITLES[what, language]} · {words['as_of']} {day}"
    _fill(sheet, title, fields_of(what), _worded(lines, language), formats, language, currency)
    if suppliers is not None:
        page = book.add_worksheet(words["suppliers"])
        _fill(page, f"{title} · {words['suppliers']}", SUPPLIERS, suppliers, formats, language, currency)
    meanings = book.add_worksheet(words["meanings"])
    meanings.set_column(0, 0, 28)
    meanings.set_column(1, 1, 70)
    for row, field in enumerate(fields_of(what)):
        meanings.write_string(row, 0, field.heading(language, currency), formats["header"])
        meanings.write_string(row, 1, field.zh_meaning if language == "zh" else field.en_meaning, formats[TEXT])
    book.close()
    return buffer.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"font_size": 10, "valign": "top"}
    numbers = {COUNT: "#,##0", DECIMAL: "#,##0.0", DAY: "yyyy-mm-dd", MONEY: "#,##0.00", YUAN: "#,##0.00",
               SHARE: "0.0%", TIMES: "0.00"}  # fmt: skip
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "header": book.add_format(
            {"bold": True, "text_wrap": True, "border": 1, "font_color": "#FFFFFF", "bg_color": "#305496"}
        ),
        TEXT: book.add_format(body),
        **{unit: book.add_format({**body, "num_format": form}) for unit, form in numbers.items()},
    }


def _fill(
    sheet: Any,
    title: str,
    fields: Sequence[Field],
    frame: pd.DataFrame,
    formats: Mapping[str, Any],
    language: str,
    currency: str,
) -> None:
    sheet.write_string(0, 0, neutral(title), formats["title"])
    for column, field in enumerate(fields):
        sheet.set_column(column, column, field.width)
        sheet.write_string(2, column, field.heading(language, currency), formats["header"])
        for row, value in enumerate(frame[field.name], start=3):
            _write(sheet, row, column, value, field.unit, formats)
    sheet.autofilter(2, 0, 2 + max(len(frame), 1), len(fields) - 1)
    sheet.freeze_panes(3, 0)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write(sheet: Any, row: int, column: int, value: Any, unit: str, formats: Mapping[str, Any]) -> None:
    if value is None or pd.isna(value):
        sheet.write_blank(row, column, None, formats[unit])
    elif unit == TEXT:
        sheet.write_string(row, column, neutral(str(value)), formats[unit])
    elif unit == DAY:
        sheet.write_datetime(row, column, date.fromisoformat(str(value)), formats[unit])
    else:
        number = float(amount_of(int(value))) if unit == MONEY else float(value)
        sheet.write_number(row, column, number, formats[unit])
