"""Draws docs/restock_list.svg: the first lines of a demo's real restock list, for README.

    .venv/bin/python -m scripts.list_picture [--list var/demo/lists/补货_2025-11-11.xlsx]

Reads the spreadsheet that a planner would open, by its row of codes, so it shows what is delivered and nothing else.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from include.pages.aligned import shortened, width_of
from scripts.local_airflow import PROJECT

PICTURE = PROJECT / "docs" / "restock_list.svg"
# Code -> width in pixels, and whether it stands to the right.
SHOWN = {
    "rank": (44, True), "urgency": (76, False), "sku": (84, False), "title": (206, False), "warehouse": (64, False),
    "supplier": (76, False), "quantity": (76, True), "last_order_day": (98, False), "cost_micros": (100, True),
    "money_at_risk_micros": (118, True), "answer": (64, False),
}  # fmt: skip
LINES = 8
ROW, HEAD, MARGIN, LETTER = 26, 58, 12, 6.6
WHY_WIDTH = 144  # places of a line of the reason
URGENT = {"紧急": "#f8d0d0", "尽快": "#ffe9a8"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = PROJECT / "var" / "demo" / "lists" / "补货_2025-11-11.xlsx"
    parser.add_argument("--list", type=Path, default=default, dest="file")
    given = parser.parse_args(arguments)
    rows = CalamineWorkbook.from_path(given.file).get_sheet_by_index(0).to_python()
    PICTURE.write_text(drawn(rows), encoding="utf-8")
    print(f"{PICTURE.relative_to(PROJECT)}: {PICTURE.stat().st_size / 1024:.0f} kB")
    return 0


def drawn(rows: Sequence[Sequence[Any]]) -> str:
    """The picture of a sheet. rows: titles and notes, the codes (task_id first), the headings, then the lines."""
    at = next(number for number, row in enumerate(rows) if row and row[0] == "task_id")
    codes, headings, lines = list(rows[at]), rows[at + 1], rows[at + 2 : at + 2 + LINES]
    columns = [(codes.index(code), *about) for code, about in SHOWN.items() if code in codes]
    width = 2 * MARGIN + sum(wide for _, wide, _ in columns)
    reasons = _wrapped(f"第 1 行为什么：{lines[0][codes.index('why_zh')]}", WHY_WIDTH)
    height = HEAD + ROW * (len(lines) + 1) + 20 + 20 * len(reasons) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif" font-size="13" '
        'fill="#222" role="img">',
        f"<title>{escape(str(rows[0][1]))}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff" stroke="#ccc"/>',
        f'<text x="{MARGIN}" y="24" font-size="16" font-weight="600">{escape(str(rows[0][1]))}</text>',
        f'<text x="{MARGIN}" y="46" fill="#555">{escape(str(rows[1][1]))}</text>',
        f'<rect x="1" y="{HEAD}" width="{width - 2}" height="{ROW}" fill="#e8eef5"/>',
    ]
    urgency = codes.index("urgency")
    for number, row in enumerate([headings, *lines]):
        top = HEAD + ROW * number
        if number:
            colour = URGENT.get(str(row[urgency]))
            parts.append(f'<line x1="0" x2="{width}" y1="{top}" y2="{top}" stroke="#e2e2e2"/>')
            if colour:
                parts.append(f'<rect x="{MARGIN + 40}" y="{top + 4}" width="56" height="18" rx="4" fill="{colour}"/>')
        left = float(MARGIN)
        for column, wide, to_the_right in columns:
            text = shortened(_cell(row[column], money=codes[column].endswith("_micros")), int(wide / LETTER) - 1)
            place = left + wide - 10 if to_the_right else left + 4
            anchor = ' text-anchor="end"' if to_the_right else ""
            weight = "" if number else ' font-weight="600"'
            parts.append(f'<text x="{place:g}" y="{top + 18}"{anchor}{weight}>{escape(text)}</text>')
            left += wide
    below = HEAD + ROW * (len(lines) + 1) + 24
    parts += [
        f'<text x="{MARGIN}" y="{below + 20 * number}" fill="#444">{escape(text)}</text>'
        for number, text in enumerate(reasons)
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _cell(value: Any, money: bool) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return f"{value:,.2f}" if money else f"{value:,.0f}"
    return str(value)


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for letter in text:
        if width_of(lines[-1] + letter) > width:
            lines.append("")
        lines[-1] += letter
    return lines


if __name__ == "__main__":
    sys.exit(main())
