"""Working the codes that nobody has mapped, as a spreadsheet.

    python -m include.day.listings --books URL unmapped --day 2025-11-12 [--out unmapped.csv]
    python -m include.day.listings --books URL map unmapped.csv --day 2025-11-12
    python -m include.day.listings --books URL dismiss CODE --why 补差价 --day 2025-11-12 [--shop tmall] [--who NAME]
    python -m include.day.listings --books URL restore CODE --why "it is sold again" --day 2025-11-12 [--shop tmall]
    python -m include.day.listings --books URL dismissed --day 2025-11-12

`unmapped` writes shop, listing_code, title, first_seen, units, revenue (of the last 28 days), like (a sku that differs
only in case, signs or leading zeros, which a spreadsheet eats), and sku, quantity and dismiss to be filled in; for a
bundle the line is repeated for each sku. `dismiss` takes the reason why a code is no merchandise. Lines where sku and
dismiss stay empty are left for another time. An emptied shop speaks of the code in every shop. After `map`, replay the
close of that day: it counts the old sales too.
A dismissed code leaves the list and nothing else: its lines keep their money and stand in no demand. `restore` takes it
back, `dismissed` tells who dismissed what, when and why.
Exit codes: 0 done, 1 nothing was changed because something is wrong, 2 the file cannot be read.
"""

import argparse
import csv
import getpass
import io
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from include.calendar.business_days import merchant_now, parse_day
from include.landing.encoding import decode
from include.landing.errors import ExportError
from include.tasks.cells import amount_of, neutral
from include.warehouse.books import open_books
from include.warehouse.listings import (
    MappingError,
    dismiss_listings,
    dismissed_listings,
    map_listings,
    similar_skus,
    unmapped_listings,
)

HEADER = [
    "shop", "listing_code", "title", "first_seen", "units", "revenue", "like", "sku", "quantity", "dismiss",
]  # fmt: skip
WORDS = {"dismiss": "dismissed", "restore": "restored"}


def as_csv(found: pd.DataFrame, like: Mapping[str, str] | None = None) -> bytes:
    """`unmapped_listings` as a person fills it in: UTF-8 with BOM, no formulas. like: code -> the sku it resembles."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in found.itertuples():
        texts = [
            neutral(str(text)) if text == text and text is not None else ""
            for text in (row.shop, row.listing_code, row.title)
        ]
        resembles = neutral((like or {}).get(str(row.listing_code), ""))
        writer.writerow(
            [*texts, row.first_seen, int(row.units), amount_of(int(row.revenue_micros)), resembles, "", "", ""]
        )
    return held.getvalue().encode("utf-8-sig")


def from_csv(content: bytes, name: str) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """(rows for `map_listings`, rows for `dismiss_listings`, lines left open). Raises ExportError where a column is
    missing."""
    rows = csv.DictReader(io.StringIO(decode(content, name).data.decode()))
    missing = {"listing_code", "sku"} - set(rows.fieldnames or ())
    if missing:
        raise ExportError(name, f"no column {', '.join(sorted(missing))}", expected=", ".join(HEADER))
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
    mapping = commands.add_parser("map", help="take over the lines whose sku or dismiss was filled in")
    mapping.add_argument("file", type=Path)
    mapping.add_argument("--day", required=True, help="the day from which the mapping is known")
    dismissing = commands.add_parser("dismiss", help="say that a code is no merchandise")
    restoring = commands.add_parser("restore", help="take a dismissal back")
    for saying in (dismissing, restoring):
        saying.add_argument("code")
        saying.add_argument("--shop", default="", help="every shop by default")
        saying.add_argument("--why", required=True)
        saying.add_argument("--day", required=True, help="the day from which it is known")
    for saying in (mapping, dismissing, restoring):
        saying.add_argument("--who", default=getpass.getuser(), help="who says so; the account by default")
    telling = commands.add_parser("dismissed", help="who dismissed what, when and why")
    telling.add_argument("--day", required=True)
    given = parser.parse_args(arguments)
    day = parse_day(given.day).isoformat()
    books = open_books(given.books)
    now = merchant_now(given.time_zone, datetime.now(UTC))
    try:
        match given.command:
            case "unmapped":
                found = unmapped_listings(books, day)
                content = as_csv(found, similar_skus(books, day, found["listing_code"]))
                if given.out:
                    given.out.write_bytes(content)
                else:
                    print(content.decode("utf-8-sig"), end="")
            case "map":
                rows, dismissed, left = from_csv(given.file.read_bytes(), given.file.name)
                if rows.empty and dismissed.empty:
                    raise MappingError("no line names a sku or a reason to dismiss")
                if not rows.empty:
                    map_listings(books, rows, day, now)
                    print(f"{len(rows)} lines mapped; replay the close of {day} to count their old sales")
                if not dismissed.empty:
                    print(f"{dismiss_listings(books, dismissed, day, now, given.who)} codes dismissed")
                print(f"{left} lines left open")
            case "dismiss" | "restore":
                one = pd.DataFrame(
                    [{"file_line": 1, "for_shop": given.shop, "listing_code": given.code, "why": given.why}]
                )
                changed = dismiss_listings(books, one, day, now, given.who, undo=given.command == "restore")
                print(f"{given.code}: {WORDS[given.command]}" if changed else f"{given.code}: it was so already")
            case "dismissed":
                for said in dismissed_listings(books, day).itertuples():
                    shop = said.for_shop if isinstance(said.for_shop, str) else "every shop"
                    print(f"{said.listing_code} in {shop}: {said.why} ({said.who}, {said.at}, from {said.day} on)")
    except (ExportError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except MappingError as error:
        print(f"nothing was changed: {error}", file=sys.stderr)
        return 1
    finally:
        books.dispose()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
