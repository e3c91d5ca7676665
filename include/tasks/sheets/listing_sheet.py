"""The spreadsheet of codes that nobody has mapped: written for a person, and read again when it is filled in."""

import csv
import io
from collections.abc import Mapping

import pandas as pd

from include.files.errors import ExportError
from include.files.text.text_stream import decode
from include.tasks.sheets.cells import amount_of, csv_bytes, neutral

HEADER = [
    "shop", "listing_code", "title", "first_seen", "units", "revenue", "like", "sku", "quantity", "dismiss",
]  # fmt: skip


def as_csv(found: pd.DataFrame, like: Mapping[str, str] | None = None) -> bytes:
    """`unmapped_listings` as a person fills it in: UTF-8 with BOM, no formulas. like: code -> the sku it resembles."""
    rows: list[list[object]] = [[*HEADER]]
    for row in found.itertuples():
        texts = [
            neutral(str(text)) if text == text and text is not None else ""
            for text in (row.shop, row.listing_code, row.title)
        ]
        resembles = neutral((like or {}).get(str(row.listing_code), ""))
        revenue = amount_of(int(row.revenue_micros))
        rows.append([*texts, row.first_seen, int(row.units), revenue, resembles, "", "", ""])
    return csv_bytes(rows)


def from_csv(content: bytes, name: str) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """(rows for `map_listings`, rows for `dismiss_listings`, lines left open). Raises ExportError where a column is
    missing."""
    rows = csv.DictReader(io.StringIO(decode(content, name).text))
    missing = {"listing_code", "sku"} - set(rows.fieldnames or ())
    if missing:
        lacking = ", ".join(sorted(missing))
        columns = ", ".join(HEADER)
        raise ExportError(name, f"no column {lacking}", expected=columns, said="error.export.lacks", columns=lacking)
    worked, dismissed, left = [], [], 0
    for row in rows:
        said = {key: (value or "").strip().removeprefix("'") for key, value in row.items() if isinstance(key, str)}
        about = {"file_line": rows.line_num, "for_shop": said.get("shop"), "listing_code": said["listing_code"]}
        if not said["sku"] and said.get("dismiss"):
            dismissed.append({**about, "why": said["dismiss"]})
            continue
        if not said["sku"]:
            left += bool(said["listing_code"])
            continue
        worked.append({**about, "sku": said["sku"], "quantity": said.get("quantity")})
    return (
        pd.DataFrame(worked, columns=["file_line", "for_shop", "listing_code", "sku", "quantity"]),
        pd.DataFrame(dismissed, columns=["file_line", "for_shop", "listing_code", "why"]),
        left,
    )
