"""Working the codes that nobody has mapped, as a spreadsheet.

    python -m include.day.listings --books URL unmapped --day 2025-11-12 [--out unmapped.csv]
    python -m include.day.listings --books URL map unmapped.csv --day 2025-11-12

`unmapped` writes shop, listing_code, title, first_seen, units, yuan (of the last 28 days), and sku and quantity to be
filled in; for a bundle the line is repeated for each sku. Lines whose sku stays empty are left for another time. An
emptied shop maps the code in every shop. After `map`, replay the close of that day: it counts the old sales too.
Exit codes: 0 done, 1 nothing was mapped because a line is wrong, 2 the file cannot be read.
"""

import argparse
import csv
import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from include.calendar.business_days import merchant_now, parse_day
from include.landing.encoding import decode
from include.landing.errors import ExportError
from include.tasks.cells import neutral, yuan
from include.warehouse.books import open_books
from include.warehouse.listings import MappingError, map_listings, unmapped_listings

HEADER = ["shop", "listing_code", "title", "first_seen", "units", "yuan", "sku", "quantity"]


def as_csv(found: pd.DataFrame) -> bytes:
    """`unmapped_listings` as a person fills it in: UTF-8 with BOM, no formulas."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in found.itertuples():
        texts = [
            neutral(str(text)) if text == text and text is not None else ""
            for text in (row.shop, row.listing_code, row.title)
        ]
        writer.writerow([*texts, row.first_seen, int(row.units), yuan(int(row.revenue_micros)), "", ""])
    return held.getvalue().encode("utf-8-sig")


def from_csv(content: bytes, name: str) -> tuple[pd.DataFrame, int]:
    """(rows for `map_listings`, lines left open). Raises ExportError where a column is missing."""
    rows = csv.DictReader(io.StringIO(decode(content, name).data.decode()))
    missing = {"listing_code", "sku"} - set(rows.fieldnames or ())
    if missing:
        raise ExportError(name, f"no column {', '.join(sorted(missing))}", expected=", ".join(HEADER))
    worked, left = [], 0
    for row in rows:
        said = {key: (value or "").strip().removeprefix("'") for key, value in row.items() if isinstance(key, str)}
        if not said["sku"]:
            left += bool(said["listing_code"])
            continue
        worked.append(
            {
                "file_line": rows.line_num,
                "for_shop": said.get("shop"),
                "listing_code": said["listing_code"],
                "sku": said["sku"],
                "quantity": said.get("quantity"),
            }
        )
    return pd.DataFrame(worked, columns=["file_line", "for_shop", "listing_code", "sku", "quantity"]), left


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m include.day.listings", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--books", required=True, help="the books' address, e.g. sqlite:///var/books.sqlite")
    parser.add_argument("--time-zone", default="Asia/Shanghai", help="the merchant's")
    commands = parser.add_subparsers(dest="command", required=True)
    asking = commands.add_parser("unmapped", help="write what nobody has mapped")
    asking.add_argument("--day", required=True)
    asking.add_argument("--out", type=Path, help="a CSV file; the screen by default")
    mapping = commands.add_parser("map", help="take over the lines whose sku was filled in")
    mapping.add_argument("file", type=Path)
    mapping.add_argument("--day", required=True, help="the day from which the mapping is known")
    given = parser.parse_args(arguments)
    day = parse_day(given.day).isoformat()
    books = open_books(given.books)
    try:
        if given.command == "unmapped":
            content = as_csv(unmapped_listings(books, day))
            if given.out:
                given.out.write_bytes(content)
            else:
                print(content.decode("utf-8-sig"), end="")
            return 0
        rows, left = from_csv(given.file.read_bytes(), given.file.name)
        map_listings(books, rows, day, merchant_now(given.time_zone, datetime.now(UTC)))
    except (ExportError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except MappingError as error:
        print(f"nothing was mapped: {error}", file=sys.stderr)
        return 1
    finally:
        books.dispose()
    print(f"{len(rows)} lines mapped, {left} left open; replay the close of {day} to count their old sales")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
