"""A purchase order as a file: for the supplier, and as the merchant's ERP imports it."""

import io
from collections.abc import Mapping

from include.settings.currencies import currency_name
from include.tasks.by_hand.purchase_drafts import OrderLine, PurchaseDraft
from include.tasks.sheets.cells import amount_of, csv_bytes, neutral, new_workbook
from include.words.texts import Language, say

FIELDS = (
    "number", "supplier", "supplier_name", "warehouse", "sku", "title", "quantity", "unit_cost", "cost",
    "expected_day", "note",
)  # fmt: skip
"""What a column of an ERP's import layout may be filled with."""


def values_of(draft: PurchaseDraft, line: OrderLine, supplier_name: str | None) -> dict[str, str | int]:
    """Every field of a line, as text or whole number."""
    return {
        "number": draft.number,
        "supplier": draft.supplier,
        "supplier_name": supplier_name or draft.supplier,
        "warehouse": line.warehouse,
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "unit_cost": str(amount_of(line.unit_cost_micros)) if line.cost_micros else "",
        "cost": str(amount_of(line.cost_micros)) if line.cost_micros else "",
        "expected_day": draft.expected_day or "",
        "note": draft.number,
    }


def as_csv(draft: PurchaseDraft, supplier_name: str | None, layout: Mapping[str, str]) -> bytes:
    """In the columns of an ERP: heading -> field of FIELDS; with the mark by which spreadsheets know UTF-8."""
    lines = [values_of(draft, line, supplier_name) for line in draft.lines]
    return csv_bytes([layout, *([neutral(str(line[field])) for field in layout.values()] for line in lines)])


def as_xlsx(draft: PurchaseDraft, supplier_name: str | None, merchant: str, currency: str, language: Language) -> bytes:
    """For the supplier: who orders what, how many, at what price, and the sum."""
    file = io.BytesIO()
    book = new_workbook(file, in_memory=True)
    sheet = book.add_worksheet(say(language, "purchase.sheet"))
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, say(language, "purchase.title", merchant=neutral(merchant)), title)
    about = {"number": draft.number, "supplier": f"{supplier_name or ''} {draft.supplier}".strip(),
             "made": draft.made_at[:10], "expected": draft.expected_day or ""}  # fmt: skip
    for row, (name, value) in enumerate(about.items(), start=1):
        sheet.write_string(row, 0, say(language, f"purchase.head.{name}"), bold)
        sheet.write_string(row, 1, neutral(value))
    top = len(about) + 2
    columns = ("warehouse", "sku", "title", "quantity", "unit_cost", "cost")
    for place, name in enumerate(columns):
        heading = say(language, f"purchase.column.{name}", money=currency_name(currency, language))
        sheet.write_string(top, place, heading, head)
    for row, line in enumerate(draft.lines, start=top + 1):
        for place, text in enumerate((line.warehouse, line.sku, line.title)):
            sheet.write_string(row, place, neutral(text))
        sheet.write_number(row, 3, line.quantity)
        if line.cost_micros:
            sheet.write_number(row, 4, float(amount_of(line.unit_cost_micros)), money)
            sheet.write_number(row, 5, float(amount_of(line.cost_micros)), money)
    end = top + 1 + len(draft.lines)
    sheet.write_string(end, 0, say(language, "purchase.sum"), bold)
    units, cost = sum(one.quantity for one in draft.lines), float(amount_of(draft.money_micros))
    sheet.write_formula(end, 3, f"=SUM(D{top + 2}:D{end})", bold, units)
    sheet.write_formula(end, 5, f"=SUM(F{top + 2}:F{end})", money, cost)
    for place, width in enumerate((12, 16, 34, 9, 11, 13)):
        sheet.set_column(place, place, width)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(top + 1, 0)
    book.close()
    return file.getvalue()
